//! Training: a [`Trainer`] that takes one batch a step, and (feature `alloc`) `fit` over epochs.

#[cfg(feature = "alloc")]
mod fit;
mod trainer;

#[cfg(feature = "alloc")]
pub use fit::{EpochReport, Evaluation, Event};
pub use trainer::Trainer;
