//! The forward product of narrow layers: dot products over the inputs, several outputs and rows at once.
//!
//! A dot product of `L` lanes keeps `L` sums (input i goes to lane i mod L; the ragged end is taken from the last
//! `L` inputs, those already counted blanked) and adds them up by halves. Without fused multiply-add, and where
//! there are fewer inputs than lanes, there is one lane: the sum runs in the order of the inputs.

use super::Dense;
use crate::kernel::activation::{Activation, activate};
use crate::kernel::element::{DenseElement, unscaled};
use crate::kernel::isa::{Kernel, prefetch};
use crate::kernel::rows::Rows;
use crate::kernel::threads::{Split, place};
use crate::kernel::tile::{Lanes, reduce, unrolled};
use crate::kernel::vector::{Vector, mul_add};
use core::array::from_fn;

/// output = act(rows W^T + b), W as `[outputs][inputs]`.
pub(super) struct Narrow<'a, T> {
    pub(super) rows: Rows<'a, T>,
    pub(super) dense: Dense<'a>,
    pub(super) activation: Activation,
    pub(super) output: &'a mut [f32],
}

/// Rows whose loads are started ahead of the row in hand. Measured on shuffled 784-byte pictures.
const AHEAD: usize = 4;

impl<T: DenseElement> Kernel for Narrow<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(mut self) {
        if S::FMA && self.dense.inputs >= L {
            // Two rows share each load of the weights where 20 sums fit the registers.
            if R >= 8 { self.all::<L, S, 2>() } else { self.all::<L, S, 1>() }
        } else {
            self.all::<1, S::One, 1>();
        }
        activate::<L, S>(self.activation, self.output);
    }
}

impl<T: DenseElement> Narrow<'_, T> {
    #[inline(always)]
    fn all<const L: usize, S: Vector<L>, const B: usize>(&mut self) {
        let count = self.rows.len().min(self.output.len() / self.dense.outputs.max(1));
        let mut row = 0;
        while row + B <= count {
            for next in row + AHEAD..row + AHEAD + B {
                if next < count {
                    prefetch(self.rows.row(next));
                }
            }
            self.outputs::<L, S, B>(row);
            row += B;
        }
        if B > 1 && row < count {
            self.outputs::<L, S, 1>(row);
        }
    }

    /// All outputs of `B` rows: ten at a time, the number of classes one meets most, then by what is left.
    #[inline(always)]
    fn outputs<const L: usize, S: Vector<L>, const B: usize>(&mut self, row: usize) {
        let mut first = 0;
        if L > 1 {
            self.some::<L, S, B, 10>(row, &mut first);
            self.some::<L, S, B, 8>(row, &mut first);
        }
        self.some::<L, S, B, 4>(row, &mut first);
        if L > 1 {
            self.some::<L, S, B, 3>(row, &mut first);
            self.some::<L, S, B, 2>(row, &mut first);
        }
        self.some::<L, S, B, 1>(row, &mut first);
    }

    #[inline(always)]
    fn some<const L: usize, S: Vector<L>, const B: usize, const O: usize>(&mut self, row: usize, first: &mut usize) {
        let Dense { inputs, outputs, weight, bias } = self.dense;
        while *first + O <= outputs {
            let rows: [&[T]; B] = from_fn(|b| self.rows.row(row + b));
            let weights: [&[f32]; O] =
                from_fn(|o| weight.get((*first + o) * inputs..(*first + o + 1) * inputs).unwrap_or(&[]));
            let sums = dots::<T, L, S, B, O>(rows, weights, inputs);
            let bias = bias.get(*first..).and_then(|bias| bias.first_chunk::<O>()).copied().unwrap_or([0.0; O]);
            let floor = if self.activation == Activation::ReLU { 0.0 } else { f32::NEG_INFINITY };
            for (b, sums) in sums.iter().enumerate() {
                let Some(output) = self.output.get_mut((row + b) * outputs + *first..) else { return };
                for ((output, sum), bias) in output.iter_mut().zip(sums).zip(bias) {
                    let x = mul_add::<L, S>(*sum, T::SCALE, bias);
                    *output = if x < floor { floor } else { x };
                }
            }
            *first += O;
        }
    }
}

/// The products of `B` rows with `O` rows of weights, all of `length` elements.
#[inline(always)]
pub(super) fn dots<T: DenseElement, const L: usize, S: Vector<L>, const B: usize, const O: usize>(
    rows: [&[T]; B],
    weights: [&[f32]; O],
    length: usize,
) -> [[f32; O]; B] {
    let steps = length / L;
    let mut row_chunks: [&[[T; L]]; B] = [&[]; B];
    let mut weight_chunks: [&[[f32; L]]; O] = [&[]; O];
    let mut complete = true;
    for (chunks, row) in row_chunks.iter_mut().zip(rows) {
        match row.as_chunks::<L>().0.get(..steps) {
            Some(row) => *chunks = row,
            None => complete = false,
        }
    }
    for (chunks, row) in weight_chunks.iter_mut().zip(weights) {
        match row.as_chunks::<L>().0.get(..steps) {
            Some(row) => *chunks = row,
            None => complete = false,
        }
    }
    let mut sums = [[S::splat(0.0); O]; B];
    if !complete {
        return [[0.0; O]; B];
    }
    for k in 0..steps {
        let mut x = [S::splat(0.0); B];
        unrolled!(B, ROW => {
            let Some(chunk) = row_chunks[ROW].get(k) else { return [[0.0; O]; B] };
            x[ROW] = T::load(chunk);
        });
        unrolled!(O, OUTPUT => {
            let Some(chunk) = weight_chunks[OUTPUT].get(k) else { return [[0.0; O]; B] };
            let w = S::load(chunk);
            unrolled!(B, ROW => sums[ROW][OUTPUT] = x[ROW].mul_add(w, sums[ROW][OUTPUT]));
        });
    }
    if L > 1 && steps * L < length {
        // The last L inputs, blank where the steps above have been.
        let skip = L - (length - steps * L);
        let mut x = [S::splat(0.0); B];
        unrolled!(B, ROW => x[ROW] = S::load(&blank(rows[ROW].last_chunk().map_or([0.0; L], unscaled), skip)));
        unrolled!(O, OUTPUT => {
            let w = S::load(&blank(weights[OUTPUT].last_chunk().copied().unwrap_or([0.0; L]), skip));
            unrolled!(B, ROW => sums[ROW][OUTPUT] = x[ROW].mul_add(w, sums[ROW][OUTPUT]));
        });
    }
    let mut reduced = [[0.0; O]; B];
    unrolled!(B, ROW => unrolled!(O, OUTPUT => {
        let mut lanes = [0.0; L];
        sums[ROW][OUTPUT].store(&mut lanes);
        reduced[ROW][OUTPUT] = reduce(lanes);
    }));
    reduced
}

#[inline(always)]
fn blank<const L: usize>(mut lanes: Lanes<L>, skip: usize) -> Lanes<L> {
    for (l, lane) in lanes.iter_mut().enumerate() {
        *lane = if l < skip { 0.0 } else { *lane };
    }
    lanes
}

impl<T: DenseElement> Split for Narrow<'_, T> {
    fn work(&self) -> usize {
        self.rows.len() * self.dense.inputs * self.dense.outputs
    }

    fn split(self, share: usize, parts: usize) -> (Self, Self) {
        let count = place(self.rows.len(), share, parts);
        let (first, rest) = self.rows.split_at(count);
        let (above, below) = self.output.split_at_mut((count * self.dense.outputs).min(self.output.len()));
        (Self { rows: first, output: above, ..self }, Self { rows: rest, output: below, ..self })
    }
}
