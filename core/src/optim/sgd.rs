//! [`Sgd`]: stochastic gradient descent, plain and with momentum.

use super::Optimizer;
use crate::batch::Batch;
use crate::kernel::update;
use crate::network::{Accepts, Network};
use crate::tensor::Sample;

/// Plain stochastic gradient descent, w = w - lr (g + weight_decay w), folded into the kernel that computes g.
///
/// ```
/// use formwork::optim::Sgd;
/// let plain = Sgd::new(0.1).with_weight_decay(1e-4);
/// let momentum = plain.with_momentum(0.9);
/// assert_eq!((plain.lr, momentum.momentum), (0.1, 0.9));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sgd {
    /// Learning rate.
    pub lr: f32,
    /// L2 penalty, as PyTorch's `weight_decay`.
    pub weight_decay: f32,
}

/// SGD with momentum in PyTorch's form: v = momentum v + g + weight_decay w; w = w - lr v.
///
/// Keeps two copies of the network: the gradient and the velocity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SgdMomentum {
    /// Learning rate.
    pub lr: f32,
    /// L2 penalty, as PyTorch's `weight_decay`.
    pub weight_decay: f32,
    /// How much of the last velocity is kept.
    pub momentum: f32,
}

impl Sgd {
    /// A learning rate and no weight decay.
    pub const fn new(lr: f32) -> Self {
        Self { lr, weight_decay: 0.0 }
    }

    /// The same with an L2 penalty.
    pub const fn with_weight_decay(self, weight_decay: f32) -> Self {
        Self { weight_decay, ..self }
    }

    /// The same with momentum.
    pub const fn with_momentum(self, momentum: f32) -> SgdMomentum {
        SgdMomentum { lr: self.lr, weight_decay: self.weight_decay, momentum }
    }
}

impl<N: Network> Optimizer<N> for Sgd {
    type Memory = ();

    fn memory(&self) {}

    fn update<X: Sample, const B: usize>(
        &mut self,
        network: &mut N,
        (): &mut (),
        input: Batch<'_, X, B>,
        tape: &mut N::Tape<B>,
    ) where
        N: Accepts<X>,
    {
        network.backward_sgd(input, tape, self.lr, self.weight_decay);
    }
}

/// What momentum keeps.
#[derive(Clone, Debug)]
pub struct Momentum<N> {
    /// The gradient of the last batch.
    pub gradient: N,
    /// The running velocity.
    pub velocity: N,
}

impl<N: Network> Optimizer<N> for SgdMomentum {
    type Memory = Momentum<N>;

    fn memory(&self) -> Momentum<N> {
        Momentum { gradient: N::zeros(), velocity: N::zeros() }
    }

    fn update<X: Sample, const B: usize>(
        &mut self,
        network: &mut N,
        memory: &mut Momentum<N>,
        input: Batch<'_, X, B>,
        tape: &mut N::Tape<B>,
    ) where
        N: Accepts<X>,
    {
        network.backward(input, tape, &mut memory.gradient);
        for index in 0..N::SLICES {
            let slices = (network.slice_mut(index), memory.gradient.slice(index), memory.velocity.slice_mut(index));
            if let (Some(weight), Some(gradient), Some(velocity)) = slices {
                update::sgd_momentum(weight, gradient, velocity, self.lr, self.momentum, self.weight_decay);
            }
        }
    }
}
