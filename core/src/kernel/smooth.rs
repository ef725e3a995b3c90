//! Activations whose slope is no function of their output, element by element.

use super::isa::{Kernel, active, dispatch_to_256};
use super::math;
use super::vector::Vector;

/// Which of them.
#[derive(Clone, Copy)]
#[expect(clippy::upper_case_acronyms, reason = "the name of the layer")]
pub(crate) enum Smooth {
    /// x sigmoid(x).
    SiLU,
    /// x P(X <= x), X standard normal.
    GELU,
}

impl Smooth {
    /// y = act(x).
    pub(crate) fn apply(self, x: f32) -> f32 {
        match self {
            Self::SiLU => silu::<false>(x),
            Self::GELU => gelu::<false>(x),
        }
    }

    /// dy/dx at x.
    pub(crate) fn derivative(self, x: f32) -> f32 {
        match self {
            Self::SiLU => silu_slope::<false>(x),
            Self::GELU => gelu_slope::<false>(x),
        }
    }

    /// output = act(input).
    pub(crate) fn forward(self, input: &[f32], output: &mut [f32]) {
        dispatch_to_256(active(), Forward { smooth: self, input, output });
    }

    /// into = gradient act'(input).
    pub(crate) fn backward(self, input: &[f32], gradient: &[f32], into: &mut [f32]) {
        dispatch_to_256(active(), Backward { smooth: self, input, gradient, into });
    }
}

#[inline(always)]
fn silu<const FMA: bool>(x: f32) -> f32 {
    x * math::sigmoid_with::<FMA>(x)
}

#[inline(always)]
fn silu_slope<const FMA: bool>(x: f32) -> f32 {
    let s = math::sigmoid_with::<FMA>(x);
    // Far below 0 both factors of x (1 - s) s are known, their product with an infinite x is not.
    if s == 0.0 { 0.0 } else { s * (1.0 + x * (1.0 - s)) }
}

#[inline(always)]
fn gelu<const FMA: bool>(x: f32) -> f32 {
    x * math::normal_with::<FMA>(x).0
}

#[inline(always)]
fn gelu_slope<const FMA: bool>(x: f32) -> f32 {
    let (below, bell) = math::normal_with::<FMA>(x);
    // 1 / sqrt(2 pi); as above.
    let density = bell * 0.398_942_3;
    if density == 0.0 { below } else { below + x * density }
}

struct Forward<'a> {
    smooth: Smooth,
    input: &'a [f32],
    output: &'a mut [f32],
}

impl Kernel for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        let both = self.output.iter_mut().zip(self.input);
        match (self.smooth, S::FMA) {
            (Smooth::SiLU, true) => both.for_each(|(y, x)| *y = silu::<true>(*x)),
            (Smooth::SiLU, false) => both.for_each(|(y, x)| *y = silu::<false>(*x)),
            (Smooth::GELU, true) => both.for_each(|(y, x)| *y = gelu::<true>(*x)),
            (Smooth::GELU, false) => both.for_each(|(y, x)| *y = gelu::<false>(*x)),
        }
    }
}

struct Backward<'a> {
    smooth: Smooth,
    input: &'a [f32],
    gradient: &'a [f32],
    into: &'a mut [f32],
}

impl Kernel for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        let all = self.into.iter_mut().zip(self.gradient.iter().zip(self.input));
        match (self.smooth, S::FMA) {
            (Smooth::SiLU, true) => all.for_each(|(into, (g, x))| *into = g * silu_slope::<true>(*x)),
            (Smooth::SiLU, false) => all.for_each(|(into, (g, x))| *into = g * silu_slope::<false>(*x)),
            (Smooth::GELU, true) => all.for_each(|(into, (g, x))| *into = g * gelu_slope::<true>(*x)),
            (Smooth::GELU, false) => all.for_each(|(into, (g, x))| *into = g * gelu_slope::<false>(*x)),
        }
    }
}
