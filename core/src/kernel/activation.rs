//! Element-wise activations; their derivatives are written in terms of the output, so that only the output is kept.

use super::isa::{Isa, Kernel, dispatch, dispatch_on, dispatch_to_256};
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
    /// y = x above 0, else 0.01 x.
    LeakyReLU,
    /// y = x above 0, else exp(x) - 1.
    ELU,
    /// y = ln(1 + exp(x)).
    Softplus,
}

/// The slope of `LeakyReLU` below 0, PyTorch's default.
const LEAK: f32 = 0.01;

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
            Self::LeakyReLU => leaky(x),
            Self::ELU => elu::<false>(x),
            Self::Softplus => math::softplus_with::<false>(x),
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
            Self::LeakyReLU => {
                if y > 0.0 {
                    1.0
                } else {
                    LEAK
                }
            }
            Self::ELU => {
                if y > 0.0 {
                    1.0
                } else {
                    y + 1.0
                }
            }
            // sigmoid(x) = 1 - exp(-y).
            Self::Softplus => -math::exp_m1_with::<false>(-y),
        }
    }
}

#[inline(always)]
fn leaky(x: f32) -> f32 {
    if x > 0.0 { x } else { LEAK * x }
}

#[inline(always)]
fn elu<const FMA: bool>(x: f32) -> f32 {
    if x > 0.0 { x } else { math::exp_m1_with::<FMA>(x) }
}

/// output = act(input).
pub(crate) fn forward(activation: Activation, input: &[f32], output: &mut [f32]) {
    for (y, x) in output.iter_mut().zip(input) {
        *y = *x;
    }
    forward_in_place(activation, output);
}

/// values = act(values).
#[inline]
pub(crate) fn forward_in_place(activation: Activation, values: &mut [f32]) {
    match activation {
        Activation::Identity => {}
        Activation::ReLU => values.iter_mut().for_each(|y| *y = activation.apply(*y)),
        _ => dispatch(Curve { activation, values }),
    }
}

/// The same on a given instruction set, for the activations that no tile applies: without `Identity` and ReLU.
#[inline]
pub(crate) fn forward_on(isa: Isa, activation: Activation, values: &mut [f32]) {
    if !matches!(activation, Activation::Identity | Activation::ReLU) {
        dispatch_on(isa, Curve { activation, values });
    }
}

/// [`mask`] on a given instruction set.
#[inline]
pub(crate) fn mask_on(isa: Isa, activation: Activation, output: &[f32], gradient: &mut [f32]) {
    if activation != Activation::Identity {
        dispatch_to_256(isa, Mask { activation, output, gradient });
    }
}

struct Mask<'a> {
    activation: Activation,
    output: &'a [f32],
    gradient: &'a mut [f32],
}

impl Kernel for Mask<'_> {
    type Output = ();
    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        mask(self.activation, self.output, self.gradient);
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
        Activation::LeakyReLU => masked(output, gradient, |y| Activation::LeakyReLU.derivative(y)),
        Activation::ELU => masked(output, gradient, |y| Activation::ELU.derivative(y)),
        Activation::Softplus => masked(output, gradient, |y| Activation::Softplus.derivative(y)),
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
        (Activation::LeakyReLU, _) => values.iter_mut().for_each(|y| *y = leaky(*y)),
        (Activation::ELU, true) => values.iter_mut().for_each(|y| *y = elu::<true>(*y)),
        (Activation::ELU, false) => values.iter_mut().for_each(|y| *y = elu::<false>(*y)),
        (Activation::Softplus, true) => values.iter_mut().for_each(|y| *y = math::softplus_with::<true>(*y)),
        (Activation::Softplus, false) => values.iter_mut().for_each(|y| *y = math::softplus_with::<false>(*y)),
    }
}
