//! Where the right side is packed: a place of each thread, which stays when it is there; without `std` on the stack.

#[cfg(feature = "std")]
pub(in super::super) use of_thread::{Buffer, with};
#[cfg(not(feature = "std"))]
pub(in super::super) use on_stack::{Buffer, with};

#[cfg(feature = "std")]
mod of_thread {
    use std::cell::RefCell;
    use std::vec::Vec;

    /// Numbers of a line of the cache: a vector that crosses one is read twice.
    const LINE: usize = 16;

    pub(in super::super::super) struct Buffer(Vec<f32>);

    std::thread_local! {
        static BUFFER: RefCell<Buffer> = const { RefCell::new(Buffer(Vec::new())) };
    }

    /// Calls `body` with this thread's buffer.
    pub(in super::super::super) fn with(body: impl FnOnce(&mut Buffer)) {
        BUFFER.with(|buffer| match buffer.try_borrow_mut() {
            Ok(mut buffer) => body(&mut buffer),
            Err(_) => body(&mut Buffer(Vec::new())),
        });
    }

    impl Buffer {
        /// `length` numbers, at most `ROOM`, whatever they are.
        pub(in super::super::super) fn of(&mut self, length: usize) -> &mut [f32] {
            if self.0.len() < length + LINE {
                self.0.resize(length + LINE, 0.0);
            }
            let start = self.0.as_ptr().align_offset(size_of::<f32>() * LINE).min(LINE);
            self.0.get_mut(start..start + length).unwrap_or(&mut [])
        }
    }
}

#[cfg(not(feature = "std"))]
mod on_stack {
    use super::super::ROOM;

    pub(in super::super::super) struct Buffer([f32; ROOM]);

    /// Calls `body` with a buffer on the stack.
    pub(in super::super::super) fn with(body: impl FnOnce(&mut Buffer)) {
        body(&mut Buffer([0.0; ROOM]));
    }

    impl Buffer {
        /// `length` numbers, at most `ROOM`, whatever they are.
        pub(in super::super::super) fn of(&mut self, length: usize) -> &mut [f32] {
            self.0.get_mut(..length).unwrap_or(&mut [])
        }
    }
}
