//! Initialisers: how parameters are drawn before training, each from a generator that you pass in.
//!
//! | initialiser | weights | biases |
//! | --- | --- | --- |
//! | [`PyTorch`] | U(-1/sqrt(fan_in), 1/sqrt(fan_in)) | the same |
//! | [`Normal`] | N(mean, std^2) | 0 |
//! | [`Uniform`] | U(low, high) | 0 |
//! | [`Kaiming`] | N(0, 2/fan_in) or U(+-sqrt(6/fan_in)) | 0 |
//! | [`Xavier`] | N(0, 2/(fan_in + fan_out)) or U(+-sqrt(6/(fan_in + fan_out))) | 0 |
//! | [`Constant`] | the constant | 0 |

use crate::kernel::math::sqrt;
use crate::layer::{ParameterInfo, ParameterKind};
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;

/// Fills one slice of parameters before training.
pub trait Init {
    /// Draws every value of `slice`; `info` says whether it is a weight and how many inputs reach an output.
    fn fill<G: Rng + ?Sized>(&self, info: &ParameterInfo, slice: &mut [f32], rng: &mut G);
}

/// Whether values are drawn from a normal or a uniform distribution of the same variance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Distribution {
    /// Normal.
    Normal,
    /// Uniform; what PyTorch's `kaiming_uniform_` and `xavier_uniform_` draw.
    #[default]
    Uniform,
}

/// PyTorch's default for `Linear`: weights and biases uniform in +-1/sqrt(fan_in).
///
/// ```
/// use formwork::layer::Linear;
/// use rand::{SeedableRng, rngs::StdRng};
/// let layer = Linear::<100, 3>::new(&mut StdRng::seed_from_u64(0));
/// assert!(layer.weight.as_slice().iter().all(|w| w.abs() <= 0.1));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PyTorch;

/// Weights N(mean, std^2), biases 0.
///
/// ```
/// use formwork::{init::Normal, layer::Linear};
/// use rand::{SeedableRng, rngs::StdRng};
/// let layer = Linear::<2, 1>::with_init(&Normal { mean: 0.0, std: 0.01 }, &mut StdRng::seed_from_u64(0));
/// assert_eq!(layer.bias.as_slice(), [0.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normal {
    /// Mean.
    pub mean: f32,
    /// Standard deviation.
    pub std: f32,
}

/// Weights U(low, high), biases 0.
///
/// ```
/// use formwork::{init::Uniform, layer::Linear};
/// use rand::{SeedableRng, rngs::StdRng};
/// let layer = Linear::<2, 3>::with_init(&Uniform { low: 1.0, high: 2.0 }, &mut StdRng::seed_from_u64(0));
/// assert!(layer.weight.as_slice().iter().all(|w| (1.0..2.0).contains(w)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Uniform {
    /// Smallest value.
    pub low: f32,
    /// Largest value.
    pub high: f32,
}

/// He initialisation for ReLU networks: variance 2/fan_in; biases 0. He et al., 2015, arXiv:1502.01852.
///
/// ```
/// use formwork::{init::{Distribution, Kaiming}, layer::Linear};
/// use rand::{SeedableRng, rngs::StdRng};
/// let layer = Linear::<600, 2>::with_init(&Kaiming(Distribution::Uniform), &mut StdRng::seed_from_u64(0));
/// assert!(layer.weight.as_slice().iter().all(|w| w.abs() <= 0.1));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Kaiming(pub Distribution);

/// Glorot initialisation: variance 2/(fan_in + fan_out); biases 0. Glorot and Bengio, AISTATS 2010.
///
/// ```
/// use formwork::{init::Xavier, layer::Linear};
/// use rand::{SeedableRng, rngs::StdRng};
/// let layer = Linear::<400, 200>::with_init(&Xavier::default(), &mut StdRng::seed_from_u64(0));
/// assert!(layer.weight.as_slice().iter().all(|w| w.abs() <= 0.1));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Xavier(pub Distribution);

/// Every weight the same, biases 0: what never to start a hidden layer from, for nothing tells its units apart.
///
/// ```
/// use formwork::{init::Constant, layer::Linear};
/// use rand::{SeedableRng, rngs::StdRng};
/// let layer = Linear::<2, 1>::with_init(&Constant(0.5), &mut StdRng::seed_from_u64(0));
/// assert_eq!((layer.weight.as_slice(), layer.bias.as_slice()), (&[0.5, 0.5][..], &[0.0][..]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Constant(pub f32);

fn normal<G: Rng + ?Sized>(slice: &mut [f32], mean: f32, std: f32, rng: &mut G) {
    for value in slice {
        let standard: f32 = rng.sample(StandardNormal);
        *value = mean + std * standard;
    }
}

fn uniform<G: Rng + ?Sized>(slice: &mut [f32], low: f32, high: f32, rng: &mut G) {
    for value in slice {
        *value = low + (high - low) * rng.random::<f32>();
    }
}

fn with_variance<G: Rng + ?Sized>(slice: &mut [f32], distribution: Distribution, variance: f32, rng: &mut G) {
    match distribution {
        Distribution::Normal => normal(slice, 0.0, sqrt(variance), rng),
        Distribution::Uniform => {
            let bound = sqrt(3.0 * variance);
            uniform(slice, -bound, bound, rng);
        }
    }
}

impl Init for PyTorch {
    fn fill<G: Rng + ?Sized>(&self, info: &ParameterInfo, slice: &mut [f32], rng: &mut G) {
        let bound = 1.0 / sqrt(info.fan_in as f32);
        uniform(slice, -bound, bound, rng);
    }
}

macro_rules! biases_at_zero {
    ($($init:ty: |$self:ident, $info:ident, $slice:ident, $rng:ident| $draw:expr;)*) => {$(
        impl Init for $init {
            fn fill<G: Rng + ?Sized>(&self, $info: &ParameterInfo, $slice: &mut [f32], $rng: &mut G) {
                let $self = self;
                match $info.kind {
                    ParameterKind::Weight => $draw,
                    ParameterKind::Bias => $slice.fill(0.0),
                }
            }
        }
    )*};
}

biases_at_zero! {
    Normal: |this, info, slice, rng| normal(slice, this.mean, this.std, rng);
    Uniform: |this, info, slice, rng| uniform(slice, this.low, this.high, rng);
    Kaiming: |this, info, slice, rng| with_variance(slice, this.0, 2.0 / info.fan_in as f32, rng);
    Xavier: |this, info, slice, rng| with_variance(slice, this.0, 2.0 / (info.fan_in + info.fan_out) as f32, rng);
    Constant: |this, info, slice, _rng| slice.fill(this.0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::Linear;
    use rand::{SeedableRng, rngs::StdRng};

    /// Mean and variance of the 60,000 weights of a layer.
    fn moments<N: Init>(init: &N) -> (f64, f64) {
        let layer = Linear::<300, 200>::with_init(init, &mut StdRng::seed_from_u64(7));
        let weights = layer.weight.as_slice();
        let count = weights.len() as f64;
        let mean = weights.iter().map(|w| f64::from(*w)).sum::<f64>() / count;
        (mean, weights.iter().map(|w| (f64::from(*w) - mean).powi(2)).sum::<f64>() / count)
    }

    /// Each initialiser has the mean and the variance that its source states. Of 60,000 draws the mean errs by
    /// about 0.4 % of a standard deviation and the variance by 0.6 %: four times that is allowed.
    #[test]
    fn means_and_variances_are_as_published() {
        let check = |name: &str, (mean, variance): (f64, f64), expected_mean: f64, expected: f64| {
            assert!((mean - expected_mean).abs() < 0.016 * expected.sqrt(), "{name}: mean {mean}");
            assert!((variance / expected - 1.0).abs() < 0.024, "{name}: variance {variance}, not {expected}");
        };
        check("PyTorch", moments(&PyTorch), 0.0, 1.0 / (3.0 * 300.0));
        check("Normal", moments(&Normal { mean: 0.5, std: 0.01 }), 0.5, 1e-4);
        check("Uniform", moments(&Uniform { low: -1.0, high: 3.0 }), 1.0, 16.0 / 12.0);
        for distribution in [Distribution::Normal, Distribution::Uniform] {
            check("Kaiming", moments(&Kaiming(distribution)), 0.0, 2.0 / 300.0);
            check("Xavier", moments(&Xavier(distribution)), 0.0, 2.0 / 500.0);
        }
    }

    #[test]
    fn the_same_seed_draws_the_same() {
        let draw = |seed| Linear::<5, 20>::new(&mut StdRng::seed_from_u64(seed));
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }
}
