//! Optimizers: how a step changes the parameters.
//!
//! | optimizer | keeps | fused |
//! | --- | --- | --- |
//! | [`Sgd`] | nothing | the update is part of the weight-gradient kernel, no gradient is stored |
//! | [`SgdMomentum`] | gradient, velocity | one pass over all |
//! | [`Adam`], [`AdamW`] | gradient, two moments | one pass over all |

mod adam;
mod sgd;

pub use adam::{Adam, AdamW, Moments};
pub use sgd::{Momentum, Sgd, SgdMomentum};

use crate::batch::Batch;
use crate::network::{Accepts, Network};
use crate::tensor::Sample;

/// Changes a network's parameters after a forward pass whose loss gradient lies over the outputs of the tape.
pub trait Optimizer<N: Network> {
    /// What is kept from step to step: gradients and moments, or nothing.
    type Memory;

    /// The memory before the first step.
    fn memory(&self) -> Self::Memory;

    /// Runs the backward pass and changes the parameters.
    fn update<X: Sample, const B: usize>(
        &mut self,
        network: &mut N,
        memory: &mut Self::Memory,
        input: Batch<'_, X, B>,
        tape: &mut N::Tape<B>,
    ) where
        N: Accepts<X>;
}
