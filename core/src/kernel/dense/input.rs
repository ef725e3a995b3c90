//! Input gradient, the mask of the activation before folded in.

use super::narrow::Dots;
use super::slim::{self, along, of_short};
use super::{Dense, batch, padded, turned};
use crate::kernel::activation::{Activation, mask_on};
use crate::kernel::isa::{Isa, Kernel, dispatch_on};
use crate::kernel::rows::Rows;
use crate::kernel::threads::{Split, place};
use crate::kernel::tile::Finish;
use crate::kernel::vector::{Vector, mul_add};

/// into = (gradient W^T) act'(previous), W as `[inputs][outputs]`, as dot products in the order of the outputs: no buffer,
/// and the bits that a packed product would give where multiply-adds are not fused.
pub(super) struct Wide<'a> {
    pub(super) gradient: &'a [f32],
    pub(super) dense: Dense<'a>,
    pub(super) activation: Activation,
    pub(super) previous: &'a [f32],
    pub(super) into: &'a mut [f32],
}

/// into = (gradient W) act'(previous), W as `[outputs][inputs]`.
pub(super) struct Narrow<'a> {
    pub(super) gradient: &'a [f32],
    pub(super) dense: Dense<'a>,
    pub(super) activation: Activation,
    pub(super) previous: &'a [f32],
    pub(super) into: &'a mut [f32],
}

impl Kernel for Wide<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        if const { S::FMA } {
            return;
        }
        let Dense { inputs, outputs, weight, .. } = self.dense;
        let rows = self.gradient.chunks_exact(outputs.max(1)).zip(self.previous.chunks_exact(inputs.max(1)));
        for ((gradient, previous), into) in rows.zip(self.into.chunks_exact_mut(inputs.max(1))) {
            for (into, weight) in into.chunks_mut(4).zip(weight.chunks((4 * outputs).max(1))) {
                if let Some(into) = into.first_chunk_mut::<4>() {
                    [*into] = Dots::<1, S::One, 4>::new(weight, outputs).of([gradient], [gradient]);
                    continue;
                }
                for (into, weight) in into.iter_mut().zip(weight.chunks_exact(outputs.max(1))) {
                    [[*into]] = Dots::<1, S::One, 1>::new(weight, outputs).of([gradient], [gradient]);
                }
            }
            // The kernel of this instruction set alone.
            mask_on(Isa::Portable, self.activation, previous, into);
        }
    }
}

/// [`Narrow`] of few outputs. Activations other than ReLU are the caller's.
struct Slim<'a>(Narrow<'a>);

impl Kernel for Slim<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(mut self) {
        if const { S::FMA } {
            of_short!(self.0.dense.outputs, self.of::<L, S>());
        }
    }
}

impl Slim<'_> {
    #[inline(always)]
    fn of<const L: usize, S: Vector<L>, const O: usize>(&mut self) {
        let Narrow { gradient, dense, activation, previous, into } = &mut self.0;
        let mask = (*activation, *previous);
        for cover in along(dense.inputs) {
            slim::input_gradient::<L, S, O>(&cover, gradient, dense.weight, mask, into);
        }
    }
}

/// [`Narrow`] of fewer inputs than a vector holds. The activation is the caller's.
struct Few<'a>(Narrow<'a>);

impl Kernel for Few<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        let Narrow { gradient, dense: Dense { inputs, outputs, weight, .. }, into, .. } = self.0;
        for (gradient, into) in gradient.chunks_exact(outputs.max(1)).zip(into.chunks_exact_mut(inputs.max(1))) {
            into.fill(0.0);
            for (&g, weight) in gradient.iter().zip(weight.chunks_exact(inputs.max(1))) {
                into.iter_mut().zip(weight).for_each(|(into, &w)| *into = mul_add::<L, S>(g, w, *into));
            }
        }
    }
}

impl Narrow<'_> {
    fn count(&self) -> usize {
        (self.gradient.len() / self.dense.outputs.max(1)).min(self.into.len() / self.dense.inputs.max(1))
    }
}

impl Split for Wide<'_> {
    fn work(&self) -> usize {
        self.gradient.len() * self.dense.inputs
    }

    fn split(self, share: usize, parts: usize) -> (Self, Self) {
        let Dense { inputs, outputs, .. } = self.dense;
        let count = place(self.gradient.len() / outputs.max(1), share, parts);
        let (gradient, gradient_rest) = self.gradient.split_at((count * outputs).min(self.gradient.len()));
        let (previous, previous_rest) = self.previous.split_at((count * inputs).min(self.previous.len()));
        let (into, into_rest) = self.into.split_at_mut((count * inputs).min(self.into.len()));
        (
            Self { gradient, previous, into, ..self },
            Self { gradient: gradient_rest, previous: previous_rest, into: into_rest, ..self },
        )
    }

    fn run_on(self, isa: Isa) {
        dispatch_on(isa, self);
    }
}

impl Split for Narrow<'_> {
    fn work(&self) -> usize {
        self.gradient.len() * self.dense.inputs
    }

    fn split(self, share: usize, parts: usize) -> (Self, Self) {
        let Dense { inputs, outputs, .. } = self.dense;
        let count = place(self.gradient.len() / outputs.max(1), share, parts);
        let (gradient, gradient_rest) = self.gradient.split_at((count * outputs).min(self.gradient.len()));
        let (previous, previous_rest) = self.previous.split_at((count * inputs).min(self.previous.len()));
        let (into, into_rest) = self.into.split_at_mut((count * inputs).min(self.into.len()));
        (
            Self { gradient, previous, into, ..self },
            Self { gradient: gradient_rest, previous: previous_rest, into: into_rest, ..self },
        )
    }

    fn run_on(self, isa: Isa) {
        let Self { activation, previous, .. } = self;
        let Dense { inputs, outputs, weight, .. } = self.dense;
        let gradient = Rows::new(self.gradient.get(..self.count() * outputs).unwrap_or(&[]), outputs);
        let turned = Dense { inputs: outputs, outputs: inputs, weight, bias: &[] };
        if inputs == 1 {
            // One column is one row.
            batch(isa, &gradient, &turned, Activation::Identity, self.into);
            return mask_on(isa, activation, previous, self.into);
        }
        if inputs < isa.lanes() && padded::takes_by_inner(self.count(), outputs, inputs) {
            let weights = padded::Weights::by_inner(isa, weight, inputs);
            padded::product(isa, &gradient, &weights, inputs, Finish::Scaled(1.0), self.into);
            return mask_on(isa, activation, previous, self.into);
        }
        if inputs < isa.lanes() {
            dispatch_on(isa, Few(Narrow { into: &mut *self.into, ..self }));
            return mask_on(isa, activation, previous, self.into);
        }
        if isa.fuses() && slim::is_short(self.dense.outputs) {
            dispatch_on(isa, Slim(Narrow { into: &mut *self.into, ..self }));
            if activation != Activation::ReLU {
                mask_on(isa, activation, previous, self.into);
            }
            return;
        }
        turned::products(isa, gradient.together().unwrap_or(&[]), &turned, (activation, previous), self.into);
    }
}
