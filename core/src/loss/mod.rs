//! Losses: the mean over a batch, and its gradient written over the outputs.
//!
//! | loss | outputs | targets |
//! | --- | --- | --- |
//! | [`CrossEntropy`] | logits `[rows, N]` | class ids (`u8`, `u16`, `u32`, `usize`) or probabilities `Vector<N>` |
//! | [`Mse`] | `[rows, N]` | `Vector<N>` |
//!
//! Targets are a [`Batch`]: of the same size in its type as the batch of inputs.
//! Every mean divides by the samples that are there, so the last, smaller batch weighs right.

mod cross_entropy;
mod mse;

pub use cross_entropy::{Class, CrossEntropy};
pub use mse::Mse;

use crate::batch::Batch;
use core::fmt;

/// A loss over outputs of type `O` (a `Vector<N>`) and targets of type `Y`.
pub trait Loss<O, Y> {
    /// The mean loss over the batch.
    ///
    /// # Errors
    /// [`LossError`] when a target does not fit the outputs.
    fn loss<const B: usize>(&self, outputs: &[O], targets: Batch<'_, Y, B>) -> Result<Measured, LossError>;

    /// The mean loss over the batch; its gradient is written over the outputs.
    ///
    /// # Errors
    /// [`LossError`] when a target does not fit the outputs, which are then left as they were.
    fn loss_and_gradient<const B: usize>(
        &self,
        outputs: &mut [O],
        targets: Batch<'_, Y, B>,
    ) -> Result<Measured, LossError>;
}

/// What a loss says of a batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// The mean loss over the samples.
    pub loss: f32,
    /// Samples measured.
    pub samples: usize,
    /// Samples whose largest output is their class, where targets are classes.
    pub correct: Option<usize>,
}

/// Why a target does not fit the outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LossError {
    /// Another number of targets than of outputs.
    Rows {
        /// Rows of outputs.
        outputs: usize,
        /// Targets given.
        targets: usize,
    },
    /// A class id that the outputs have no place for.
    Class {
        /// The place in the batch.
        place: usize,
        /// The class id found there.
        class: usize,
        /// Classes there are: ids go from 0 to one less.
        classes: usize,
    },
}

impl fmt::Display for LossError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rows { outputs, targets } => write!(f, "{outputs} samples need {outputs} targets, found {targets}"),
            Self::Class { place, class, classes } => write!(
                f,
                "sample {place} of the batch has class {class}, but the network tells {classes} classes apart (0 to {})",
                classes.saturating_sub(1)
            ),
        }
    }
}

impl core::error::Error for LossError {}

fn same_rows<Y, const B: usize>(outputs: usize, targets: &Batch<'_, Y, B>) -> Result<(), LossError> {
    if outputs == targets.len() { Ok(()) } else { Err(LossError::Rows { outputs, targets: targets.len() }) }
}
