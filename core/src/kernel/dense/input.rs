//! Input gradient, the mask of the activation before folded in.

use super::Dense;
use super::narrow::Dots;
use super::slim::{self, along, of_short};
use crate::kernel::activation::{Activation, mask};
use crate::kernel::copied::Copied;
use crate::kernel::isa::Kernel;
use crate::kernel::threads::{Split, place};
use crate::kernel::tile::{COPIED, Finish, Held, Into, Left, Right, multiply};
use crate::kernel::vector::Vector;

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
        let Dense { inputs, outputs, weight, .. } = self.dense;
        let rows = self.gradient.chunks_exact(outputs.max(1)).zip(self.previous.chunks_exact(inputs.max(1)));
        for ((gradient, previous), into) in rows.zip(self.into.chunks_exact_mut(inputs.max(1))) {
            for (into, weight) in into.chunks_mut(4).zip(weight.chunks((4 * outputs).max(1))) {
                if let Some(into) = into.first_chunk_mut::<4>() {
                    [*into] = Dots::<1, S::One, 4>::new(weight, outputs).of([gradient]);
                    continue;
                }
                for (into, weight) in into.iter_mut().zip(weight.chunks_exact(outputs.max(1))) {
                    [[*into]] = Dots::<1, S::One, 1>::new(weight, outputs).of([gradient]);
                }
            }
            mask(self.activation, previous, into);
        }
    }
}

impl Kernel for Narrow<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(mut self) {
        if self.dense.inputs < L {
            self.all::<1, S::One, 1, 1>();
        } else if const { S::FMA } && slim::is_short(self.dense.outputs) {
            of_short!(self.dense.outputs, R >= 8, [8, 8, 8, 4], [4, 4, 2, 2], self.slim::<L, S>());
            slim::other_masks(self.activation, self.previous, self.into);
        } else {
            self.all::<L, S, R, V>();
        }
    }
}

impl Narrow<'_> {
    #[inline(always)]
    fn slim<const L: usize, S: Vector<L>, const O: usize, const V: usize>(&mut self) {
        let mask = (self.activation, self.previous);
        along!(self.dense.inputs, V, L, cover => {
            slim::input_gradient::<L, S, O, _>(&cover, self.gradient, self.dense.weight, mask, self.into);
        });
    }

    #[inline(always)]
    fn all<const L: usize, S: Vector<L>, const R: usize, const V: usize>(&mut self) {
        let count = (self.gradient.len() / self.dense.outputs.max(1)).min(self.into.len() / self.dense.inputs.max(1));
        let mut row = 0;
        while row + R <= count {
            self.tile::<L, S, R, V>(row);
            row += R;
        }
        while R > 1 && row < count {
            self.tile::<L, S, 1, V>(row);
            row += 1;
        }
    }

    #[inline(always)]
    fn tile<const L: usize, S: Vector<L>, const R: usize, const V: usize>(&mut self, row: usize) {
        let (inputs, outputs) = (self.dense.inputs, self.dense.outputs);
        let gradient = self.gradient.get(row * outputs..).unwrap_or(&[]);
        let mut copy = Copied::<R>::new();
        let left = copy.fill(|r| gradient.get(r * outputs..).unwrap_or(&[]), 0, outputs);
        let wide = inputs / (V * L);
        self.strips::<L, S, R, V>(left, row, (0, wide));
        let narrow = (inputs - wide * V * L) / L;
        self.strips::<L, S, R, 1>(left, row, (wide * V * L, narrow));
        if !inputs.is_multiple_of(L) {
            // Written whole where it overlaps: the values are the same.
            self.strips::<L, S, R, 1>(left, row, (inputs.saturating_sub(L), 1));
        }
        // While the rows are in the first-level cache.
        let places = row * inputs..(row + R) * inputs;
        if let (Some(previous), Some(into)) = (self.previous.get(places.clone()), self.into.get_mut(places)) {
            mask(self.activation, previous, into);
        }
    }

    #[inline(always)]
    fn strips<const L: usize, S: Vector<L>, const R: usize, const V: usize>(
        &mut self,
        left: Left<'_, R>,
        row: usize,
        (col, strips): (usize, usize),
    ) {
        let Dense { inputs, outputs, weight, .. } = self.dense;
        let rows = self.into.get_mut(row * inputs..).unwrap_or(&mut []);
        let right = Right::<L, V>::strips(weight, inputs, (col, strips), outputs);
        let into = Into { rows, pitch: inputs, col, skip: 0 };
        multiply::<L, S, R, V, COPIED>(left, right, Held::Nothing, into, Finish::Scaled(1.0));
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
}
