//! The forward product of wide layers: tiles of rows by vectors of outputs, bias and activation in the epilogue.

use super::Dense;
use crate::kernel::activation::{Activation, activate};
use crate::kernel::element::DenseElement;
use crate::kernel::isa::{Kernel, prefetch};
use crate::kernel::rows::Rows;
use crate::kernel::tile::{columns, epilogue, load, multiply, store, strip, zeros};
use crate::kernel::vector::Vector;
use core::array::from_fn;

/// output = act(rows W + b), W as `[inputs][outputs]`.
pub(super) struct Wide<'a, T> {
    pub(super) rows: Rows<'a, T>,
    pub(super) dense: Dense<'a>,
    pub(super) activation: Activation,
    pub(super) output: &'a mut [f32],
}

/// Elements of a row that are converted at a time: 12 rows of them take half of a 48 KiB first-level cache.
const BLOCK: usize = 512;

/// One block of steps over a tile of rows.
struct Block<'a, T, const R: usize> {
    rows: [&'a [T]; R],
    steps: usize,
    dense: Dense<'a>,
    weight: &'a [f32],
    first: bool,
    /// What the sums go through after their last step.
    last: Option<Activation>,
}

impl<T: DenseElement> Kernel for Wide<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(mut self) {
        let count = self.rows.len().min(self.output.len() / self.dense.outputs.max(1));
        let mut row = 0;
        while row + R <= count {
            for next in row + R..(row + 2 * R).min(count) {
                prefetch(self.rows.row(next));
            }
            self.tile::<L, S, R, V>(row);
            row += R;
        }
        // Four rows still keep the multipliers busy; single rows want more columns at once.
        while R > 4 && row + 4 <= count {
            self.tile::<L, S, 4, V>(row);
            row += 4;
        }
        while R > 1 && row < count {
            self.tile::<L, S, 1, V>(row);
            row += 1;
        }
    }
}

impl<T: DenseElement> Wide<'_, T> {
    #[inline(always)]
    fn tile<const L: usize, S: Vector<L>, const R: usize, const V: usize>(&mut self, row: usize) {
        let Dense { inputs, outputs, weight, .. } = self.dense;
        let rows: [&[T]; R] = from_fn(|r| self.rows.row(row + r));
        let Some(output) = self.output.get_mut(row * outputs..(row + R) * outputs) else { return };
        let last = Some(self.activation);
        if !S::FMA || T::IS_F32 {
            let block = Block { rows, steps: inputs, dense: self.dense, weight, first: true, last };
            block.all_columns::<L, S, V>(output);
        } else {
            let mut buffer = [[0.0; BLOCK]; R];
            let mut start = 0;
            loop {
                let steps = BLOCK.min(inputs - start);
                let mut converted: [&[f32]; R] = [&[]; R];
                for ((into, row), buffer) in converted.iter_mut().zip(rows).zip(&mut buffer) {
                    *into = T::converted(row.get(start..start + steps).unwrap_or(&[]), buffer);
                }
                let weight = weight.get(start * outputs..).unwrap_or(&[]);
                let ends = start + steps >= inputs;
                let last = if ends { last } else { None };
                let block = Block { rows: converted, steps, dense: self.dense, weight, first: start == 0, last };
                block.scaled_columns::<L, S, V>(output, T::SCALE);
                start += steps;
                if ends {
                    break;
                }
            }
        }
        activate::<L, S>(self.activation, output);
    }
}

impl<T: DenseElement, const R: usize> Block<'_, T, R> {
    #[inline(always)]
    fn all_columns<const L: usize, S: Vector<L>, const V: usize>(&self, output: &mut [f32]) {
        self.scaled_columns::<L, S, V>(output, T::SCALE);
    }

    #[inline(always)]
    fn scaled_columns<const L: usize, S: Vector<L>, const V: usize>(&self, output: &mut [f32], scale: f32) {
        let mut col = 0;
        if R == 1 && S::FMA {
            // One row: eight sums at once hide the latency of a multiply-add, and read the weights in long runs.
            self.strips::<L, S, 8>(output, scale, &mut col);
            self.strips::<L, S, 4>(output, scale, &mut col);
        }
        self.strips::<L, S, V>(output, scale, &mut col);
        self.strips::<L, S, 1>(output, scale, &mut col);
        let outputs = self.dense.outputs;
        if col < outputs && outputs >= L {
            let overlapped = outputs - L;
            self.strip::<L, S, 1>(output, scale, overlapped, col - overlapped);
        }
    }

    #[inline(always)]
    fn strips<const L: usize, S: Vector<L>, const V: usize>(&self, output: &mut [f32], scale: f32, col: &mut usize) {
        while *col + V * L <= self.dense.outputs {
            self.strip::<L, S, V>(output, scale, *col, 0);
            *col += V * L;
        }
    }

    #[inline(always)]
    fn strip<const L: usize, S: Vector<L>, const V: usize>(
        &self,
        output: &mut [f32],
        scale: f32,
        col: usize,
        skip: usize,
    ) {
        let pitch = self.dense.outputs;
        let sums = if self.first { zeros() } else { load::<L, R, V>(output, pitch, col) };
        let mut sums =
            multiply::<f32, L, S, R, V>(sums, columns(self.rows, self.steps), strip(self.weight, pitch, col));
        if let Some(activation) = self.last {
            epilogue::<L, S, R, V>(&mut sums, scale, self.dense.bias, col, activation);
        }
        store(&sums, output, pitch, col, skip);
    }
}
