//! The forward product of wide layers: tiles of rows by vectors of outputs, bias and activation in the epilogue.
//!
//! The weights are read in place, a block of inputs at a time that stays in the second-level cache while all rows pass
//! over it; the rows of a tile are copied side by side (bytes become floats on the way), where every strip of columns
//! reads them again.

use super::Dense;
use super::slim::{self, along, of_short};
use crate::kernel::activation::{Activation, activate};
use crate::kernel::copied::Copied;
use crate::kernel::element::DenseElement;
use crate::kernel::isa::{Kernel, prefetch};
use crate::kernel::rows::Rows;
use crate::kernel::threads::{Split, place};
use crate::kernel::tile::{COPIED, Finish, Held, Into, Left, Right, multiply};
use crate::kernel::vector::Vector;

/// output = act(rows W + b), W as `[inputs][outputs]`; the rows are a multiple of four, where the inputs are not few.
pub(super) struct Wide<'a, T> {
    pub(super) rows: Rows<'a, T>,
    pub(super) dense: Dense<'a>,
    pub(super) activation: Activation,
    pub(super) output: &'a mut [f32],
}

/// Most inputs of rows that are read in place where one strip of columns is all that reads them: to copy them first takes
/// as long as the product of 16 x 16 x 16.
const FEW: usize = 128;

/// Weights of a block of inputs: half of a 1 MiB second-level cache.
const NEAR: usize = 1 << 17;

/// A block of steps over all columns of a tile of rows.
pub(super) struct Block<'a> {
    pub(super) dense: Dense<'a>,
    pub(super) scale: f32,
    pub(super) activation: Activation,
    /// The first of the inputs, and how many.
    pub(super) start: usize,
    pub(super) steps: usize,
}

impl<T: DenseElement> Kernel for Wide<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(mut self) {
        let Dense { inputs, outputs, .. } = self.dense;
        let count = self.rows.len();
        if const { T::IS_F32 && S::FMA } && slim::is_short(inputs) {
            of_short!(inputs, R >= 8, [8, 8, 8, 4], [4, 4, 2, 2], self.slim::<L, S>());
        } else if let (true, Some(rows)) = (inputs <= FEW && outputs <= V * L, self.rows.together().and_then(T::as_f32))
        {
            self.direct::<L, S, V>(rows, count);
        } else {
            self.blocks::<L, S, R, V>(count);
        }
        activate::<L, S>(self.activation, self.output);
    }
}

impl<T: DenseElement> Wide<'_, T> {
    #[inline(always)]
    fn slim<const L: usize, S: Vector<L>, const I: usize, const V: usize>(&mut self) {
        let parameters = (self.dense.weight, self.dense.bias);
        along!(self.dense.outputs, V, L, cover => {
            slim::forward::<T, L, S, I, _>(&cover, self.rows, parameters, self.activation, self.output);
        });
    }

    /// Rows where they are, four at a time.
    #[inline(always)]
    fn direct<const L: usize, S: Vector<L>, const V: usize>(&mut self, rows: &[f32], count: usize) {
        let Dense { inputs, outputs, .. } = self.dense;
        let block = Block { dense: self.dense, scale: T::SCALE, activation: self.activation, start: 0, steps: inputs };
        for row in (0..count / 4 * 4).step_by(4) {
            let left = Left::<4>::new(rows.get(row * inputs..).unwrap_or(&[]), inputs, 1, inputs);
            block.all::<L, S, 4, V, 0>(left, self.output.get_mut(row * outputs..).unwrap_or(&mut []));
        }
    }

    /// All rows, block after block of the inputs.
    #[inline(always)]
    fn blocks<const L: usize, S: Vector<L>, const R: usize, const V: usize>(&mut self, count: usize) {
        let inputs = self.dense.inputs;
        let most = (NEAR / self.dense.outputs.max(1)).clamp(COPIED / 4, COPIED);
        let parts = inputs.div_ceil(most).max(1);
        // Four rows still keep the multipliers busy: as many fours as leave a multiple of `R`.
        let fours = (0..R).find(|fours| count.saturating_sub(4 * fours).is_multiple_of(R)).unwrap_or(0);
        let mut block = Block { dense: self.dense, scale: T::SCALE, activation: self.activation, start: 0, steps: 0 };
        for part in 1..=parts {
            block.steps = inputs * part / parts - block.start;
            let mut row = 0;
            self.copied::<L, S, R, V>(&block, &mut row, count - 4 * fours);
            if const { R != 4 } {
                self.copied::<L, S, 4, V>(&block, &mut row, count);
            }
            block.start += block.steps;
        }
    }

    #[inline(always)]
    fn copied<const L: usize, S: Vector<L>, const R: usize, const V: usize>(
        &mut self,
        block: &Block<'_>,
        row: &mut usize,
        count: usize,
    ) {
        let mut copy = Copied::<R>::new();
        while *row + R <= count {
            if block.start == 0 && self.rows.are_picked() {
                for next in *row + R..(*row + 2 * R).min(count) {
                    prefetch(self.rows.row(next));
                }
            }
            let left = copy.fill(|r| self.rows.row(*row + r), block.start, block.steps);
            let output = self.output.get_mut(*row * self.dense.outputs..).unwrap_or(&mut []);
            block.all::<L, S, R, V, COPIED>(left, output);
            *row += R;
        }
    }
}

impl Block<'_> {
    #[inline(always)]
    fn all<const L: usize, S: Vector<L>, const R: usize, const V: usize, const ROW: usize>(
        &self,
        left: Left<'_, R>,
        output: &mut [f32],
    ) {
        let mut col = 0;
        self.strips::<L, S, R, V, ROW>(left, output, &mut col);
        self.rest::<L, S, R, ROW>(left, output, col);
    }

    /// As many strips of `V` vectors as there are from `col` on.
    #[inline(always)]
    pub(super) fn strips<const L: usize, S: Vector<L>, const R: usize, const V: usize, const ROW: usize>(
        &self,
        left: Left<'_, R>,
        output: &mut [f32],
        col: &mut usize,
    ) {
        let strips = self.dense.outputs.saturating_sub(*col) / (V * L);
        if strips > 0 {
            self.some::<L, S, R, V, ROW>(left, output, (*col, strips), 0);
            *col += strips * V * L;
        }
    }

    /// Vector by vector; the last one overlaps what is done where the columns are no whole vectors.
    #[inline(always)]
    pub(super) fn rest<const L: usize, S: Vector<L>, const R: usize, const ROW: usize>(
        &self,
        left: Left<'_, R>,
        output: &mut [f32],
        mut col: usize,
    ) {
        self.strips::<L, S, R, 1, ROW>(left, output, &mut col);
        if let (true, Some(place)) = (col < self.dense.outputs, self.dense.outputs.checked_sub(L)) {
            self.some::<L, S, R, 1, ROW>(left, output, (place, 1), col - place);
        }
    }

    #[inline(always)]
    fn some<const L: usize, S: Vector<L>, const R: usize, const V: usize, const ROW: usize>(
        &self,
        left: Left<'_, R>,
        output: &mut [f32],
        (col, strips): (usize, usize),
        skip: usize,
    ) {
        let Dense { inputs, outputs, weight, bias } = self.dense;
        let held = if self.start == 0 { Held::Nothing } else { Held::There };
        let finish = if self.start + self.steps < inputs {
            Finish::Scaled(1.0)
        } else {
            Finish::Forward(self.scale, bias.get(col..).unwrap_or(&[]), self.activation == Activation::ReLU)
        };
        let weight = weight.get(self.start * outputs..).unwrap_or(&[]);
        let right = Right::<L, V>::strips(weight, outputs, (col, strips), self.steps);
        let into = Into { rows: output, pitch: outputs, col, skip };
        multiply::<L, S, R, V, ROW>(left, right, held, into, finish);
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
