//! The forward product of narrow layers: dot products over the inputs, several outputs and rows at once.
//!
//! A dot product of `L` lanes keeps `L` sums (input i goes to lane i mod L; the ragged end is taken from the last
//! `L` inputs, those already counted blanked) and adds them up by halves. Without fused multiply-add, and where
//! there are fewer inputs than lanes, there is one lane: the sum runs in the order of the inputs.

use super::Dense;
use crate::kernel::activation::{Activation, activate};
use crate::kernel::element::DenseElement;
use crate::kernel::isa::{Kernel, prefetch};
use crate::kernel::rows::Rows;
use crate::kernel::tile::{Lanes, mul_add, reduce};
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
    fn run<const L: usize, const FMA: bool, const R: usize, const V: usize>(mut self) {
        if FMA && self.dense.inputs >= L {
            // Two rows share each load of the weights where 20 sums fit the registers.
            if R >= 8 { self.all::<L, FMA, 2>() } else { self.all::<L, FMA, 1>() }
        } else {
            self.all::<1, FMA, 1>();
        }
        activate::<L, FMA>(self.activation, self.output);
    }
}

impl<T: DenseElement> Narrow<'_, T> {
    #[inline(always)]
    fn all<const L: usize, const FMA: bool, const B: usize>(&mut self) {
        let count = self.rows.len().min(self.output.len() / self.dense.outputs.max(1));
        let mut row = 0;
        while row + B <= count {
            for next in row + AHEAD..row + AHEAD + B {
                if next < count {
                    prefetch(self.rows.row(next));
                }
            }
            self.outputs::<L, FMA, B>(row);
            row += B;
        }
        if B > 1 && row < count {
            self.outputs::<L, FMA, 1>(row);
        }
    }

    /// All outputs of `B` rows: ten at a time, the number of classes one meets most, then by what is left.
    #[inline(always)]
    fn outputs<const L: usize, const FMA: bool, const B: usize>(&mut self, row: usize) {
        let mut first = 0;
        if L > 1 {
            self.some::<L, FMA, B, 10>(row, &mut first);
            self.some::<L, FMA, B, 8>(row, &mut first);
        }
        self.some::<L, FMA, B, 4>(row, &mut first);
        if L > 1 {
            self.some::<L, FMA, B, 3>(row, &mut first);
            self.some::<L, FMA, B, 2>(row, &mut first);
        }
        self.some::<L, FMA, B, 1>(row, &mut first);
    }

    #[inline(always)]
    fn some<const L: usize, const FMA: bool, const B: usize, const O: usize>(&mut self, row: usize, first: &mut usize) {
        let Dense { inputs, outputs, weight, bias } = self.dense;
        while *first + O <= outputs {
            let rows: [&[T]; B] = from_fn(|b| self.rows.row(row + b));
            let weights: [&[f32]; O] =
                from_fn(|o| weight.get((*first + o) * inputs..(*first + o + 1) * inputs).unwrap_or(&[]));
            let sums = dots::<T, L, FMA, B, O>(rows, weights, inputs);
            let bias = bias.get(*first..).and_then(|bias| bias.first_chunk::<O>()).copied().unwrap_or([0.0; O]);
            let floor = if self.activation == Activation::ReLU { 0.0 } else { f32::NEG_INFINITY };
            for (b, sums) in sums.iter().enumerate() {
                let Some(output) = self.output.get_mut((row + b) * outputs + *first..) else { return };
                for ((output, sum), bias) in output.iter_mut().zip(sums).zip(bias) {
                    let x = mul_add::<FMA>(*sum, T::SCALE, bias);
                    *output = if x < floor { floor } else { x };
                }
            }
            *first += O;
        }
    }
}

/// The products of `B` rows with `O` rows of weights, all of `length` elements.
#[inline(always)]
pub(super) fn dots<T: DenseElement, const L: usize, const FMA: bool, const B: usize, const O: usize>(
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
    let mut sums = [[[0.0; L]; O]; B];
    if !complete {
        return [[0.0; O]; B];
    }
    for k in 0..steps {
        let Some(x) = all(&row_chunks, |chunks| chunks.get(k)) else { break };
        let Some(w) = all(&weight_chunks, |chunks| chunks.get(k)) else { break };
        advance::<L, FMA, B, O>(&mut sums, x.map(|x| x.map(T::unscaled)), w.map(|w| *w));
    }
    if L > 1 && steps * L < length {
        // The last L inputs, blank where the steps above have been.
        let skip = L - (length - steps * L);
        let blank = |lanes: Lanes<L>| -> Lanes<L> { from_fn(|l| if l < skip { 0.0 } else { lanes[l] }) };
        let x = all(&rows, |row| row.last_chunk::<L>());
        let w = all(&weights, |row| row.last_chunk::<L>());
        if let (Some(x), Some(w)) = (x, w) {
            advance::<L, FMA, B, O>(&mut sums, x.map(|x| blank(x.map(T::unscaled))), w.map(|w| blank(*w)));
        }
    }
    sums.map(|sums| sums.map(reduce))
}

#[inline(always)]
fn advance<const L: usize, const FMA: bool, const B: usize, const O: usize>(
    sums: &mut [[Lanes<L>; O]; B],
    x: [Lanes<L>; B],
    w: [Lanes<L>; O],
) {
    for o in 0..O {
        for b in 0..B {
            for l in 0..L {
                sums[b][o][l] = mul_add::<FMA>(x[b][l], w[o][l], sums[b][o][l]);
            }
        }
    }
}

/// `f` of every item, if it gives something for each.
#[inline(always)]
fn all<'a, S, U, const N: usize>(items: &[&'a [S]; N], f: impl Fn(&'a [S]) -> Option<&'a U>) -> Option<[&'a U; N]> {
    let mut given = [None; N];
    for (given, item) in given.iter_mut().zip(items) {
        *given = Some(f(item)?);
    }
    // All are `Some` here; the empty arm is never met and costs a test that the optimiser drops.
    let first = given.first().copied().flatten()?;
    Some(given.map(|item| item.unwrap_or(first)))
}
