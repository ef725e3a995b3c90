//! Neural networks whose shapes are fixed and checked at compile time.
#![cfg_attr(not(feature = "std"), no_std)]
#![deny(unsafe_code)]

#[cfg(feature = "alloc")]
extern crate alloc;

mod batch;
#[cfg(feature = "alloc")]
pub mod data;
pub mod errors;
pub mod init;
mod kernel;
pub mod layer;
pub mod loss;
pub mod network;
pub mod optim;
pub mod tensor;
pub mod train;

pub use batch::{Batch, BatchError, Rows};
pub use formwork_macros::network;
pub use network::{Network, Tape};
pub use tensor::{Tensor, Vector};
pub use train::Trainer;

#[doc(no_inline)]
pub use rand;

/// Everything that a training program names.
pub mod prelude {
    #[cfg(feature = "alloc")]
    pub use crate::data::Dataset;
    pub use crate::layer::Parameters;
    pub use crate::loss::{CrossEntropy, Loss, Mse};
    pub use crate::network::{Network, StaticFacts, Tape, TapeOf};
    pub use crate::optim::{Adam, AdamW, Sgd};
    pub use crate::train::Trainer;
    pub use crate::{Batch, Tensor, Vector};
}

/// The README's code runs as a test.
#[cfg(all(doctest, feature = "std"))]
#[doc = include_str!("../../README.md")]
pub struct Readme;
