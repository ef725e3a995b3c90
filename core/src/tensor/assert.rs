//! Messages of const assertions, with numbers in them.

/// A text put together at compile time.
#[doc(hidden)]
#[derive(Debug)]
pub struct Message {
    bytes: [u8; 192],
    length: usize,
}

impl Message {
    /// Starts with a text.
    pub const fn new(text: &str) -> Self {
        Self { bytes: [0; 192], length: 0 }.text(text)
    }

    /// Adds a text; what does not fit is cut off.
    pub const fn text(mut self, text: &str) -> Self {
        let text = text.as_bytes();
        let mut index = 0;
        while index < text.len() && self.length < self.bytes.len() {
            self.bytes[self.length] = text[index];
            self.length += 1;
            index += 1;
        }
        self
    }

    /// Adds a number in decimals.
    pub const fn number(self, number: usize) -> Self {
        let mut digits = [0; 20];
        let mut start = digits.len();
        let mut rest = number;
        loop {
            start -= 1;
            digits[start] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        match core::str::from_utf8(digits.split_at(start).1) {
            Ok(text) => self.text(text),
            Err(_) => self,
        }
    }

    /// What was put together.
    pub const fn as_str(&self) -> &str {
        match core::str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => text,
            Err(_) => "",
        }
    }
}

/// Refuses a shape at compile time: `fits!(A + B == R, "cat: ", A, " rows and ", B, " rows make ", A + B)`.
macro_rules! fits {
    ($condition:expr, $start:literal $(, $number:expr, $text:literal)* $(,)?) => {
        const {
            if !$condition {
                let message = $crate::tensor::Message::new($start)$(.number($number).text($text))*;
                panic!("{}", message.as_str());
            }
        }
    };
}
pub(crate) use fits;

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_are_written_in_decimals() {
        let message = super::Message::new("cat: ").number(0).text(" rows and ").number(usize::MAX);
        assert_eq!(message.as_str(), "cat: 0 rows and 18446744073709551615");
    }
}
