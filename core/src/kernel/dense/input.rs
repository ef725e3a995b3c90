//! Input gradient, the mask of the activation before folded in.

use super::narrow::Dots;
use super::slim::{self, along, of_short};
use super::{Dense, Layout, batch, padded, turned};
use crate::kernel::activation::{Activation, mask_on};
use crate::kernel::isa::{Isa, Kernel, dispatch_on};
use crate::kernel::rows::Rows;
use crate::kernel::threads::{Split, place, run};
use crate::kernel::tile::Finish;
use crate::kernel::vector::{Vector, mul_add};

/// into = (gradient W^T) act'(previous).
pub(super) struct Input<'a> {
    pub(super) gradient: &'a [f32],
    pub(super) dense: Dense<'a>,
    pub(super) activation: Activation,
    pub(super) previous: &'a [f32],
    pub(super) into: &'a mut [f32],
}

/// [`Input`] where W is `[inputs][outputs]`, as dot products in the order of the outputs: no buffer, and the bits that a product
/// with turned weights would give where multiply-adds are not fused.
struct Wide<'a>(Input<'a>);

impl Kernel for Wide<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        if const { S::FMA } {
            return;
        }
        let Input { gradient, dense: Dense { inputs, outputs, weight, .. }, activation, previous, into } = self.0;
        let rows = gradient.chunks_exact(outputs.max(1)).zip(previous.chunks_exact(inputs.max(1)));
        for ((gradient, previous), into) in rows.zip(into.chunks_exact_mut(inputs.max(1))) {
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
            mask_on(Isa::Portable, activation, previous, into);
        }
    }
}

/// [`Input`] of few outputs, W as `[outputs][inputs]`. Activations other than ReLU are the caller's.
struct Slim<'a>(Input<'a>);

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
        let Input { gradient, dense, activation, previous, into } = &mut self.0;
        let mask = (*activation, *previous);
        for cover in along(dense.inputs) {
            slim::input_gradient::<L, S, O>(&cover, gradient, dense.weight, mask, into);
        }
    }
}

/// [`Input`] of fewer inputs than a vector holds, W as `[outputs][inputs]`. The activation is the caller's.
struct Few<'a>(Input<'a>);

impl Kernel for Few<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        let Input { gradient, dense: Dense { inputs, outputs, weight, .. }, into, .. } = self.0;
        for (gradient, into) in gradient.chunks_exact(outputs.max(1)).zip(into.chunks_exact_mut(inputs.max(1))) {
            into.fill(0.0);
            for (&g, weight) in gradient.iter().zip(weight.chunks_exact(inputs.max(1))) {
                into.iter_mut().zip(weight).for_each(|(into, &w)| *into = mul_add::<L, S>(g, w, *into));
            }
        }
    }
}

impl Input<'_> {
    pub(super) fn run(self, isa: Isa) {
        let Dense { inputs, outputs, weight, .. } = self.dense;
        let is_wide = Layout::of(inputs, outputs) == Layout::ByInput;
        // (One column is one row.)
        if inputs != 1 && !(is_wide && turned::are_dots(isa, inputs, outputs)) {
            return run(self);
        }
        let turned = Dense { inputs: outputs, outputs: inputs, weight, bias: &[] };
        batch(isa, &Rows::new(self.gradient, outputs), &turned, Activation::Identity, self.into);
        mask_on(isa, self.activation, self.previous, self.into);
    }

    /// Rows that there are places for.
    fn count(&self) -> usize {
        (self.gradient.len() / self.dense.outputs.max(1)).min(self.into.len() / self.dense.inputs.max(1))
    }

    /// Where W is `[outputs][inputs]`.
    fn narrow(mut self, isa: Isa) {
        let Self { dense: Dense { inputs, outputs, weight, .. }, activation, previous, gradient, .. } = self;
        let rows = gradient.get(..self.count() * outputs).unwrap_or(&[]);
        if inputs < isa.lanes() {
            let rows = Rows::new(rows, outputs);
            if padded::takes_by_inner(rows.len(), outputs, inputs) {
                let weights = padded::Weights::by_inner(isa, weight, inputs);
                padded::product(isa, &rows, &weights, inputs, Finish::Scaled(1.0), self.into);
            } else {
                dispatch_on(isa, Few(self.again()));
            }
            mask_on(isa, activation, previous, self.into);
        } else if isa.fuses() && slim::is_short(outputs) {
            dispatch_on(isa, Slim(self.again()));
            if activation != Activation::ReLU {
                mask_on(isa, activation, previous, self.into);
            }
        } else {
            let turned = Dense { inputs: outputs, outputs: inputs, weight, bias: &[] };
            turned::products(isa, rows, &turned, (activation, previous), self.into);
        }
    }

    /// The same for a kernel that gives the places back.
    fn again(&mut self) -> Input<'_> {
        Input { into: &mut *self.into, ..*self }
    }
}

impl Split for Input<'_> {
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
        let Dense { inputs, outputs, weight, .. } = self.dense;
        match Layout::of(inputs, outputs) {
            Layout::ByInput if isa.fuses() => {
                let count = self.count();
                let rows = self.gradient.get(..count * outputs).unwrap_or(&[]);
                let into = self.into.get_mut(..count * inputs).unwrap_or(&mut []);
                turned::product(isa, (rows, outputs), (weight, inputs), (self.activation, self.previous), into);
            }
            Layout::ByInput => dispatch_on(isa, Wide(self)),
            Layout::ByOutput => self.narrow(isa),
        }
    }
}
