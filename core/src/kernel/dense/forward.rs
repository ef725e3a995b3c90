//! The forward product of wide layers: tiles of rows by vectors of outputs, bias and activation in the epilogue.
//!
//! The weights are read in place, a block of inputs at a time that stays in the second-level cache while all rows pass
//! over it; the rows of a tile are copied side by side (bytes become floats on the way), where every strip of columns
//! reads them again. Pictures have a way of their own ([`pictures`](super::pictures)).

use super::Dense;
use crate::kernel::activation::{Activation, forward_on};
use crate::kernel::element::DenseElement;
use crate::kernel::isa::{Isa, prefetch};
use crate::kernel::rows::Rows;
use crate::kernel::threads::{Split, place};
use crate::kernel::tile::{COPIED, Copied, Finish, Held, Into, Left, Right, Tiles, multiply};

/// output = act(rows W + b), W as `[inputs][outputs]`; the rows are a multiple of four.
pub(super) struct Wide<'a, T> {
    pub(super) rows: Rows<'a, T>,
    pub(super) dense: &'a Dense<'a>,
    pub(super) activation: Activation,
    pub(super) output: &'a mut [f32],
    /// Whether the rows are pictures that are worth their own way.
    pub(super) pictures: bool,
}

/// Weights that are near enough to be read again for every four rows in place of every tall tile of copied rows: half of a
/// second-level cache of 512 KiB. To copy the rows takes a thirtieth of the product of 64 x 64 x 64, and as long as that of
/// 16 x 16 x 16.
pub(super) const FEW_WEIGHTS: usize = 1 << 16;

/// Weights of a block of inputs: half of a 1 MiB second-level cache.
const BLOCK: usize = 1 << 17;

/// A block of steps over all columns of a tile of rows.
pub(super) struct Block<'a> {
    pub(super) tiles: &'a Tiles,
    pub(super) dense: &'a Dense<'a>,
    pub(super) scale: f32,
    pub(super) activation: Activation,
    /// The first of the inputs, and how many.
    pub(super) start: usize,
    pub(super) steps: usize,
}

impl<T: DenseElement> Wide<'_, T> {
    /// All rows, block after block of the inputs.
    // Apart: small layers should not walk through the place of the copies on the stack.
    #[inline(never)]
    fn blocks(&mut self, isa: Isa, mut block: Block<'_>) {
        let (inputs, count, tall) = (self.dense.inputs, self.rows.len(), block.tiles.rows);
        let most = (BLOCK / self.dense.outputs.max(1)).clamp(COPIED / 4, COPIED);
        let parts = inputs.div_ceil(most).max(1);
        let done = if self.pictures { self.pictures(isa, &mut block, parts) } else { 0 };
        // Four rows still keep the multipliers busy: as many fours as leave a multiple of the tallest tile.
        let fours = (0..tall).find(|fours| (count - done).saturating_sub(4 * fours).is_multiple_of(tall)).unwrap_or(0);
        let mut copy = Copied::new();
        for part in 1..=parts {
            block.steps = inputs * part / parts - block.start;
            let mut row = done;
            self.copied(isa, &block, &mut copy, (&mut row, count - 4 * fours), tall);
            self.copied(isa, &block, &mut copy, (&mut row, count), 4);
            block.start += block.steps;
        }
    }

    /// The rows up to `count`, `height` at a time.
    fn copied(
        &mut self,
        isa: Isa,
        block: &Block<'_>,
        copy: &mut Copied,
        (row, count): (&mut usize, usize),
        height: usize,
    ) {
        while *row + height <= count {
            if block.start == 0 && self.rows.are_picked() {
                for next in *row + height..(*row + 2 * height).min(count) {
                    prefetch(self.rows.row(next));
                }
            }
            let left = copy.fill(isa, &self.rows, (*row, height), (block.start, block.steps));
            let left = left.before(&self.rows, (*row + height, block.start));
            block.all(left, self.output.get_mut(*row * self.dense.outputs..).unwrap_or(&mut []));
            *row += height;
        }
    }
}

impl<'a> Block<'a> {
    /// All inputs of rows of `T`.
    #[inline]
    pub(super) fn whole<T: DenseElement>(isa: Isa, dense: &'a Dense<'a>, activation: Activation) -> Self {
        Self { tiles: isa.tiles(), dense, scale: T::SCALE, activation, start: 0, steps: dense.inputs }
    }

    #[inline]
    pub(super) fn all(&self, left: Left<'_>, output: &mut [f32]) {
        let mut col = 0;
        self.strips(left, output, &mut col, self.tiles.vectors);
        self.rest(left, output, col);
    }

    /// As many strips of `vectors` vectors as there are from `col` on.
    #[inline]
    pub(super) fn strips(&self, left: Left<'_>, output: &mut [f32], col: &mut usize, vectors: usize) {
        // (Both are powers of two: small products feel a division.)
        let strips =
            self.dense.outputs.saturating_sub(*col) >> (vectors.trailing_zeros() + self.tiles.lanes.trailing_zeros());
        if strips > 0 {
            self.some(left, output, (*col, vectors, strips), 0);
            *col += strips * vectors * self.tiles.lanes;
        }
    }

    /// Vector by vector; the last one overlaps what is done where the columns are no whole vectors.
    #[inline]
    pub(super) fn rest(&self, left: Left<'_>, output: &mut [f32], mut col: usize) {
        self.strips(left, output, &mut col, 1);
        if let (true, Some(place)) = (col < self.dense.outputs, self.dense.outputs.checked_sub(self.tiles.lanes)) {
            self.some(left, output, (place, 1, 1), col - place);
        }
    }

    #[inline]
    fn some(&self, left: Left<'_>, output: &mut [f32], columns: (usize, usize, usize), skip: usize) {
        let (&Dense { inputs, outputs, weight, bias }, (col, ..)) = (self.dense, columns);
        let held = if self.start == 0 { Held::Nothing } else { Held::There };
        let finish = if self.start + self.steps < inputs {
            Finish::Scaled(1.0)
        } else {
            Finish::Forward(self.scale, bias.get(col..).unwrap_or(&[]), self.activation == Activation::ReLU)
        };
        let weight = weight.get(self.start * outputs..).unwrap_or(&[]);
        let right = Right::new(self.tiles.lanes, (weight, outputs), columns, self.steps);
        multiply(self.tiles, left, right, held, Into { rows: output, pitch: outputs, col, skip }, finish);
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

    fn run_on(mut self, isa: Isa) {
        let &Dense { inputs, outputs, .. } = self.dense;
        let (activation, block) = (self.activation, Block::whole::<T>(isa, self.dense, self.activation));
        let is_small = (1..=FEW_WEIGHTS).contains(&(inputs * outputs));
        match self.rows.together().and_then(T::as_f32) {
            Some(rows) if is_small => block.all(Left::fours(rows, self.rows.len() / 4, inputs), self.output),
            _ => self.blocks(isa, block),
        }
        forward_on(isa, activation, self.output);
    }
}
