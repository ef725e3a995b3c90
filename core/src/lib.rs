//! Neural networks whose shapes are fixed and checked at compile time.
#![cfg_attr(not(feature = "std"), no_std)]
#![deny(unsafe_code)]

#[cfg(feature = "alloc")]
extern crate alloc;

mod kernel;
pub mod tensor;

pub use tensor::{Tensor, Vector};
