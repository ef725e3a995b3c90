//! Element-wise activations; their derivatives are written in terms of the output, so that only the output is kept.

use super::isa::{Kernel, dispatch};
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
    for (y, x) in output.iter_mut().zip(input) {
        *y = *x;
    }
    match activation {
        Activation::Identity => {}
        Activation::ReLU => output.iter_mut().for_each(|y| *y = activation.apply(*y)),
        Activation::Sigmoid | Activation::Tanh => dispatch(Curve { activation, values: output }),
    }
}

/// gradient *= act'(output), in place.
#[inline(always)]
pub(crate) fn mask(activation: Activation, output: &[f32], gradient: &mut [f32]) {
    // The choice stands outside the loop, so that each loop is vector code.
    match activation {
        Activation::Identity => {}
        Activation::ReLU => masked(output, gradient, |y| Activation::ReLU.derivative(y)),
        Activation::Sigmoid => masked(output, gradient, |y| Activation::Sigmoid.derivative(y)),
        Activation::Tanh => masked(output, gradient, |y| Activation::Tanh.derivative(y)),
    }
}

#[inline(always)]
fn masked(output: &[f32], gradient: &mut [f32], derivative: impl Fn(f32) -> f32) {
    for (g, &y) in gradient.iter_mut().zip(output) {
        *g *= derivative(y);
    }
}

/// values = act(values) for the activations that no epilogue applies in registers.
struct Curve<'a> {
    activation: Activation,
    values: &'a mut [f32],
}

impl Kernel for Curve<'_> {
    type Output = ();
    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        activate::<L, S>(self.activation, self.values);
    }
}

/// The same inside a kernel.
#[inline(always)]
pub(crate) fn activate<const L: usize, S: Vector<L>>(activation: Activation, values: &mut [f32]) {
    // Whether to fuse is known when this is compiled; a const parameter cannot be `S::FMA` itself.
    match (activation, S::FMA) {
        (Activation::Identity | Activation::ReLU, _) => {}
        (Activation::Sigmoid, true) => values.iter_mut().for_each(|y| *y = math::sigmoid_with::<true>(*y)),
        (Activation::Sigmoid, false) => values.iter_mut().for_each(|y| *y = math::sigmoid_with::<false>(*y)),
        (Activation::Tanh, true) => values.iter_mut().for_each(|y| *y = math::tanh_with::<true>(*y)),
        (Activation::Tanh, false) => values.iter_mut().for_each(|y| *y = math::tanh_with::<false>(*y)),
    }
}
