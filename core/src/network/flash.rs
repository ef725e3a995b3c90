//! Weights as bytes: written on the host, read while compiling into a `static` that lies in flash.

use super::Network;

/// The bytes, if they are exactly the weights of `N`; the constructor that `network!` emits starts here.
///
/// # Panics
/// If they are not, with both sizes; in a constant that is a compile error.
pub const fn weights_of<N: Network>(bytes: &[u8]) -> &[u8] {
    if bytes.len() != N::WEIGHT_BYTES {
        let mut text = Text { bytes: [0; 160], length: 0 };
        text.push(N::NAME);
        text.push(" has ");
        text.push_number(N::WEIGHT_BYTES);
        text.push(" bytes of weights (4 a parameter), found ");
        text.push_number(bytes.len());
        text.push(" [FW0014]");
        panic!("{}", text.as_str())
    }
    bytes
}

/// A text put together in a constant, where nothing formats numbers; what does not fit is cut off.
struct Text {
    bytes: [u8; 160],
    length: usize,
}

impl Text {
    const fn push(&mut self, text: &str) {
        let mut rest = text.as_bytes();
        while let [byte, tail @ ..] = rest {
            if self.length < self.bytes.len() {
                self.bytes[self.length] = *byte;
                self.length += 1;
            }
            rest = tail;
        }
    }

    const fn push_number(&mut self, number: usize) {
        if number >= 10 {
            self.push_number(number / 10);
        }
        let digits = "0123456789";
        let (_, from) = digits.split_at(number % 10);
        let (digit, _) = from.split_at(1);
        self.push(digit);
    }

    const fn as_str(&self) -> &str {
        match core::str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => text,
            Err(_) => "bytes of another size than the weights",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Text;

    #[test]
    fn numbers_are_written_and_what_does_not_fit_is_cut() {
        let mut text = Text { bytes: [0; 160], length: 0 };
        text.push("has ");
        text.push_number(1_063_456);
        text.push_number(0);
        assert_eq!(text.as_str(), "has 10634560");
        for _ in 0..100 {
            text.push("long");
        }
        assert_eq!(text.as_str().len(), 160);
    }
}
