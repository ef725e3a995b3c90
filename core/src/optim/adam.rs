//! [`Adam`] and [`AdamW`]: steps scaled by running moments of the gradient.

use super::Optimizer;
use crate::batch::Batch;
use crate::kernel::update::{self, AdamStep};
use crate::network::{Accepts, Network};
use crate::tensor::Sample;

/// Adam: m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2,
/// w = w - lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps).
///
/// `weight_decay` is an L2 penalty, g = g + weight_decay w, as PyTorch's `Adam`; [`AdamW`] decays apart from the
/// moments. Kingma and Ba, 2015, arXiv:1412.6980.
///
/// ```
/// use formwork::optim::Adam;
/// let adam = Adam::new(1e-3).with_weight_decay(1e-5);
/// assert_eq!((adam.betas, adam.eps), ((0.9, 0.999), 1e-8));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adam {
    /// Learning rate.
    pub lr: f32,
    /// How much of the first and of the second moment is kept.
    pub betas: (f32, f32),
    /// Added to the root of the second moment.
    pub eps: f32,
    /// L2 penalty.
    pub weight_decay: f32,
}

/// AdamW: Adam whose weight decay, w = w - lr weight_decay w, stays out of the moments.
///
/// Loshchilov and Hutter, 2019, arXiv:1711.05101.
///
/// ```
/// use formwork::optim::AdamW;
/// assert_eq!(AdamW::new(1e-3).weight_decay, 0.01);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamW {
    /// Learning rate.
    pub lr: f32,
    /// How much of the first and of the second moment is kept.
    pub betas: (f32, f32),
    /// Added to the root of the second moment.
    pub eps: f32,
    /// Decoupled weight decay.
    pub weight_decay: f32,
}

/// What Adam keeps: the last gradient, both moments, and the powers of the betas so far.
#[derive(Clone, Debug)]
pub struct Moments<N> {
    /// The gradient of the last batch.
    pub gradient: N,
    /// The running mean of the gradient.
    pub first: N,
    /// The running mean of its square.
    pub second: N,
    /// beta1^t and beta2^t after t steps.
    powers: (f64, f64),
}

impl Adam {
    /// PyTorch's defaults: betas (0.9, 0.999), eps 1e-8, no weight decay.
    pub const fn new(lr: f32) -> Self {
        Self { lr, betas: (0.9, 0.999), eps: 1e-8, weight_decay: 0.0 }
    }

    /// The same with an L2 penalty.
    pub const fn with_weight_decay(self, weight_decay: f32) -> Self {
        Self { weight_decay, ..self }
    }

    /// The same with other betas.
    pub const fn with_betas(self, first: f32, second: f32) -> Self {
        Self { betas: (first, second), ..self }
    }

    /// The same with another eps.
    pub const fn with_eps(self, eps: f32) -> Self {
        Self { eps, ..self }
    }
}

impl AdamW {
    /// PyTorch's defaults: betas (0.9, 0.999), eps 1e-8, weight decay 0.01.
    pub const fn new(lr: f32) -> Self {
        Self { lr, betas: (0.9, 0.999), eps: 1e-8, weight_decay: 0.01 }
    }

    /// The same with another weight decay.
    pub const fn with_weight_decay(self, weight_decay: f32) -> Self {
        Self { weight_decay, ..self }
    }

    /// The same with other betas.
    pub const fn with_betas(self, first: f32, second: f32) -> Self {
        Self { betas: (first, second), ..self }
    }

    /// The same with another eps.
    pub const fn with_eps(self, eps: f32) -> Self {
        Self { eps, ..self }
    }
}

impl<N: Network> Moments<N> {
    fn new() -> Self {
        Self { gradient: N::zeros(), first: N::zeros(), second: N::zeros(), powers: (1.0, 1.0) }
    }

    /// One step over all parameters. The bias corrections are computed in f64, as PyTorch computes them, and folded
    /// into the step size and the scale of the root. Apart from the backward pass, whose frame it would enlarge.
    #[inline(never)]
    fn step(&mut self, network: &mut N, lr: f32, betas: (f32, f32), eps: f32, penalty: f32, decay: f32) {
        self.powers.0 *= f64::from(betas.0);
        self.powers.1 *= f64::from(betas.1);
        let step = AdamStep {
            beta1: betas.0,
            beta2: betas.1,
            step_size: (f64::from(lr) / (1.0 - self.powers.0)) as f32,
            root_scale: libm::sqrt(1.0 / (1.0 - self.powers.1)) as f32,
            eps,
            penalty,
            decay,
        };
        for index in 0..N::SLICES {
            let weight = network.slice_mut(index);
            let moments = (self.gradient.slice(index), self.first.slice_mut(index), self.second.slice_mut(index));
            if let (Some(weight), (Some(gradient), Some(first), Some(second))) = (weight, moments) {
                update::adam(weight, gradient, first, second, step);
            }
        }
    }
}

impl<N: Network> Optimizer<N> for Adam {
    type Memory = Moments<N>;

    fn memory(&self) -> Moments<N> {
        Moments::new()
    }

    fn update<X: Sample, const B: usize>(
        &mut self,
        network: &mut N,
        memory: &mut Moments<N>,
        input: Batch<'_, X, B>,
        tape: &mut N::Tape<B>,
    ) where
        N: Accepts<X>,
    {
        network.backward(input, tape, &mut memory.gradient);
        memory.step(network, self.lr, self.betas, self.eps, self.weight_decay, 1.0);
    }
}

impl<N: Network> Optimizer<N> for AdamW {
    type Memory = Moments<N>;

    fn memory(&self) -> Moments<N> {
        Moments::new()
    }

    fn update<X: Sample, const B: usize>(
        &mut self,
        network: &mut N,
        memory: &mut Moments<N>,
        input: Batch<'_, X, B>,
        tape: &mut N::Tape<B>,
    ) where
        N: Accepts<X>,
    {
        network.backward(input, tape, &mut memory.gradient);
        memory.step(network, self.lr, self.betas, self.eps, 0.0, 1.0 - self.lr * self.weight_decay);
    }
}
