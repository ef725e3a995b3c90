//! The forward product of wide layers: tiles of rows by vectors of outputs, bias and activation in the epilogue.
//!
//! The weights are read in place, a block of inputs at a time that stays in the second-level cache while all rows pass
//! over it; the rows of a tile are copied side by side (bytes become floats on the way), where every strip of columns
//! reads them again.

use super::Dense;
use super::slim::{self, along, of_short};
use crate::kernel::activation::{Activation, activate};
use crate::kernel::element::DenseElement;
use crate::kernel::isa::{Kernel, prefetch};
use crate::kernel::rows::Rows;
use crate::kernel::threads::{Split, place};
use crate::kernel::tile::{Column, Copied, columns, epilogue, load, multiply, store, strip, zeros};
use crate::kernel::vector::Vector;

/// output = act(rows W + b), W as `[inputs][outputs]`; the rows are a multiple of four, where the inputs are not few.
pub(super) struct Wide<'a, T> {
    pub(super) rows: Rows<'a, T>,
    pub(super) dense: Dense<'a>,
    pub(super) activation: Activation,
    pub(super) output: &'a mut [f32],
}

/// Elements of a row that are copied at a time: 12 rows of them take 19 KB of a 48 KB first-level cache.
/// No power of two, whose rows would fall on the same cache lines.
const BLOCK: usize = 400;

/// Most inputs of rows that are read in place where one strip of columns is all that reads them: to copy them first takes
/// as long as the product of 16 x 16 x 16.
const FEW: usize = 128;

/// Weights of a block of inputs: half of a 1 MiB second-level cache.
const NEAR: usize = 1 << 17;

/// One block of steps over a tile of rows.
struct Block<'a, const R: usize> {
    outputs: usize,
    bias: &'a [f32],
    weight: &'a [f32],
    scale: f32,
    first: bool,
    /// What the sums go through after their last step.
    last: Option<Activation>,
}

impl<T: DenseElement> Kernel for Wide<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(mut self) {
        let count = self.rows.len();
        if S::FMA && slim::is_short(self.dense.inputs) {
            of_short!(self.dense.inputs, R >= 8, [8, 8, 8, 4], [4, 4, 2, 2], self.slim::<L, S>());
        } else if S::FMA && T::IS_F32 && self.dense.inputs <= FEW && self.dense.outputs <= V * L {
            self.direct::<L, S, 4, V>(&mut 0, count);
        } else if S::FMA {
            self.blocks::<L, S, R, V>(count);
        } else {
            self.direct::<L, S, R, V>(&mut 0, count);
        }
        activate::<L, S>(self.activation, self.output);
    }
}

impl<'a, T: DenseElement> Wide<'a, T> {
    #[inline(always)]
    fn slim<const L: usize, S: Vector<L>, const I: usize, const V: usize>(&mut self) {
        let parameters = (self.dense.weight, self.dense.bias);
        along!(self.dense.outputs, V, L, cover => {
            slim::forward::<T, L, S, I, _>(&cover, self.rows, parameters, self.activation, self.output);
        });
    }

    /// The places of `R` rows, and what they are multiplied with.
    #[inline(always)]
    fn tile<const R: usize>(&mut self, row: usize) -> ([&'a [T]; R], Block<'a, R>, &mut [f32]) {
        let Dense { outputs, weight, bias, .. } = self.dense;
        let mut rows: [&[T]; R] = [&[]; R];
        for (r, place) in rows.iter_mut().enumerate() {
            *place = self.rows.row(row + r);
        }
        let block = Block { outputs, bias, weight, scale: T::SCALE, first: true, last: Some(self.activation) };
        (rows, block, self.output.get_mut(row * outputs..(row + R) * outputs).unwrap_or(&mut []))
    }

    #[inline(always)]
    fn direct<const L: usize, S: Vector<L>, const R: usize, const V: usize>(&mut self, row: &mut usize, count: usize) {
        while *row + R <= count {
            let inputs = self.dense.inputs;
            let (rows, block, output) = self.tile::<R>(*row);
            block.all::<L, S, V, _>(output, || columns(rows, inputs));
            *row += R;
        }
    }

    /// All rows, block after block of the inputs.
    #[inline(always)]
    fn blocks<const L: usize, S: Vector<L>, const R: usize, const V: usize>(&mut self, count: usize) {
        let inputs = self.dense.inputs;
        let most = (NEAR / self.dense.outputs.max(1)).clamp(BLOCK / 4, BLOCK);
        let parts = inputs.div_ceil(most).max(1);
        // Four rows still keep the multipliers busy: as many fours as leave a multiple of `R`.
        let fours = (0..R).find(|fours| count.saturating_sub(4 * fours).is_multiple_of(R)).unwrap_or(0);
        let mut start = 0;
        for part in 1..=parts {
            let steps = inputs * part / parts - start;
            let mut row = 0;
            self.copied::<L, S, R, V>(&mut row, count - 4 * fours, start, steps);
            self.copied::<L, S, 4, V>(&mut row, count, start, steps);
            start += steps;
        }
    }

    #[inline(always)]
    fn copied<const L: usize, S: Vector<L>, const R: usize, const V: usize>(
        &mut self,
        row: &mut usize,
        count: usize,
        start: usize,
        steps: usize,
    ) {
        let ends = start + steps >= self.dense.inputs;
        let mut copy = Copied::<R, BLOCK>::new();
        while *row + R <= count {
            if start == 0 && self.rows.are_picked() {
                for next in *row + R..(*row + 2 * R).min(count) {
                    prefetch(self.rows.row(next));
                }
            }
            let (rows, mut block, output) = self.tile::<R>(*row);
            block.weight = block.weight.get(start * block.outputs..).unwrap_or(&[]);
            block.first = start == 0;
            block.last = block.last.filter(|_| ends);
            let copied = copy.fill(rows, start, steps);
            block.all::<L, S, V, _>(output, || copied.steps());
            *row += R;
        }
    }
}

impl<const R: usize> Block<'_, R> {
    /// All columns; `left` gives the rows' elements step by step, once for each strip of columns.
    #[inline(always)]
    fn all<const L: usize, S: Vector<L>, const V: usize, I: Iterator<Item: Column<R>>>(
        &self,
        output: &mut [f32],
        left: impl Fn() -> I,
    ) {
        let mut col = 0;
        self.strips::<L, S, V, I>(output, &mut col, &left);
        self.strips::<L, S, 1, I>(output, &mut col, &left);
        if col < self.outputs && self.outputs >= L {
            let overlapped = self.outputs - L;
            self.strip::<L, S, 1, I>(output, overlapped, col - overlapped, &left);
        }
    }

    #[inline(always)]
    fn strips<const L: usize, S: Vector<L>, const V: usize, I: Iterator<Item: Column<R>>>(
        &self,
        output: &mut [f32],
        col: &mut usize,
        left: &impl Fn() -> I,
    ) {
        while *col + V * L <= self.outputs {
            self.strip::<L, S, V, I>(output, *col, 0, left);
            *col += V * L;
        }
    }

    #[inline(always)]
    fn strip<const L: usize, S: Vector<L>, const V: usize, I: Iterator<Item: Column<R>>>(
        &self,
        output: &mut [f32],
        col: usize,
        skip: usize,
        left: &impl Fn() -> I,
    ) {
        let sums = if self.first { zeros() } else { load::<L, S, R, V>(output, self.outputs, col) };
        let right = strip(self.weight, self.outputs, col);
        let mut sums = multiply::<f32, L, S, R, V>(sums, left(), right);
        if let Some(activation) = self.last {
            epilogue::<L, S, R, V>(&mut sums, self.scale, self.bias, col, activation);
        }
        store::<L, S, R, V>(&sums, output, self.outputs, col, skip);
    }
}

impl<T: DenseElement> Split for Wide<'_, T> {
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
