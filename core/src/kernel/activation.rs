//! Element-wise activations; their derivatives are written in terms of the output, so that only the output is kept.

use super::math;
use super::vector::Vector;

/// The activation that a kernel applies to its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// y = x.
    Identity,
    /// y = max(0, x).
    ReLU,
    /// y = 1 / (1 + exp(-x)).
    Sigmoid,
    /// y = tanh(x).
    Tanh,
}

impl Activation {
    /// y = act(x).
    #[inline(always)]
    pub fn apply(self, x: f32) -> f32 {
        match self {
            Self::Identity => x,
            // A comparison, not `max`: a NaN stays a NaN, as in PyTorch.
            Self::ReLU => {
                if x < 0.0 {
                    0.0
                } else {
                    x
                }
            }
            Self::Sigmoid => math::sigmoid(x),
            Self::Tanh => math::tanh(x),
        }
    }

    /// dy/dx as a function of y = act(x).
    #[inline(always)]
    pub fn derivative(self, y: f32) -> f32 {
        match self {
            Self::Identity => 1.0,
            Self::ReLU => {
                if y > 0.0 {
                    1.0
                } else {
                    0.0
                }
            }
            Self::Sigmoid => y * (1.0 - y),
            Self::Tanh => 1.0 - y * y,
        }
    }
}

/// output = act(input).
pub(crate) fn forward(activation: Activation, input: &[f32], output: &mut [f32]) {
    for (y, &x) in output.iter_mut().zip(input) {
        *y = activation.apply(x);
    }
}

/// gradient *= act'(output), in place.
pub(crate) fn mask(activation: Activation, output: &[f32], gradient: &mut [f32]) {
    if activation == Activation::Identity {
        return;
    }
    for (g, &y) in gradient.iter_mut().zip(output) {
        *g *= activation.derivative(y);
    }
}

/// values = act(values) for the activations that no epilogue applies in registers.
#[inline(always)]
pub(crate) fn activate<const L: usize, S: Vector<L>>(activation: Activation, values: &mut [f32]) {
    if matches!(activation, Activation::Sigmoid | Activation::Tanh) {
        for value in values {
            *value = activation.apply(*value);
        }
    }
}
