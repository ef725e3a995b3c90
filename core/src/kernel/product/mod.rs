//! Products whose right side is packed: a block of steps by many strips of columns lies together in a buffer, and every tile
//! of rows runs over it. Serves transposed right sides, narrow widths and large matrices.

pub(super) mod buffer;
pub(super) mod pack;

use super::activation::{Activation, forward_on, mask_on};
use super::isa::Isa;
use super::rows::Rows;
use super::threads::{Split, place};
use super::tile::{self, COPIED, Copied, Held, Into, PACKED, TALLEST, Tiles, WIDEST, multiply};
use buffer::Buffer;
use core::ops::Range;

/// Most steps of a packed strip: as many as the rows of a tile are copied for.
const BLOCK: usize = COPIED;

/// Most numbers that are packed together, so that the rows of a tile are copied once for all of them: 4 MiB, a part of a
/// third-level cache, which a tile reads at a tenth of its bandwidth. Without `std` they lie on the stack.
const ROOM: usize = if cfg!(target_os = "none") {
    16 * 16
} else if cfg!(feature = "std") {
    1 << 20
} else {
    1 << 13
};
const _: () = assert!(ROOM >= BLOCK * WIDEST);

/// The left side.
#[derive(Clone, Copy)]
pub(crate) enum Left<'a> {
    /// `[rows][inner]`.
    Rows(&'a [f32]),
    /// `[inner][rows]`, and from one step to the next: a part of the rows lies among the others.
    Columns(&'a [f32], usize),
}

/// The right side.
#[derive(Clone, Copy)]
pub(crate) enum Right<'a> {
    /// `[inner][cols]`.
    Rows(&'a [f32]),
    /// `[cols][inner]`.
    Columns(&'a [f32]),
}

/// What becomes of a finished sum.
#[derive(Clone, Copy)]
pub(crate) enum Finish<'a> {
    /// The sum itself.
    Plain,
    /// act(sum + bias[c]).
    Forward(&'a [f32], Activation),
    /// sum act'(previous[r][c]).
    Masked(Activation, &'a [f32]),
}

/// output[r][c] = finish(sum_k left[r][k] right[k][c]).
pub(crate) struct Product<'a> {
    pub(crate) left: Left<'a>,
    pub(crate) right: Right<'a>,
    pub(crate) rows: usize,
    pub(crate) inner: usize,
    pub(crate) cols: usize,
    pub(crate) output: &'a mut [f32],
    pub(crate) finish: Finish<'a>,
}

/// A block of steps, of some rows and columns.
#[derive(Clone, Copy)]
struct Place {
    start: usize,
    steps: usize,
    /// Whether these steps are the last.
    ends: bool,
    row: usize,
    col: usize,
    /// How many strips, those of them that have all their columns, and of how many vectors.
    strips: usize,
    whole: usize,
    vectors: usize,
    /// Columns of a strip.
    width: usize,
}

/// The blocks that all steps are divided into.
#[derive(Clone, Copy)]
struct Blocks {
    count: usize,
    inner: usize,
}

impl Blocks {
    /// The step that a block begins with.
    fn start(self, block: usize) -> usize {
        self.inner * block / self.count
    }

    /// The place with the steps of a block.
    fn of(self, place: Place, block: usize) -> Place {
        let (start, end) = (self.start(block), self.start(block + 1));
        Place { start, steps: end - start, ends: block + 1 == self.count, ..place }
    }
}

impl Place {
    /// The sums of the steps before.
    fn held(&self) -> Held<'static> {
        if self.start == 0 { Held::Nothing } else { Held::There }
    }
}

/// What a tile from column `col` on does of what becomes of its sums, if anything yet.
fn of_tile(finish: Option<Finish<'_>>, col: usize) -> tile::Finish<'_> {
    match finish {
        Some(Finish::Forward(bias, activation)) => {
            tile::Finish::Forward(1.0, bias.get(col..).unwrap_or(&[]), activation == Activation::ReLU)
        }
        _ => tile::Finish::Scaled(1.0),
    }
}

impl Product<'_> {
    /// The next strips of `vectors` vectors, or as many as there are.
    fn columns(&mut self, isa: Isa, panels: &mut Buffer, col: usize, vectors: usize) -> usize {
        let tiles = isa.tiles();
        let (width, rest) = (vectors * tiles.lanes, self.cols - col);
        // A last strip of one vector or less is left to a narrower tile.
        let is_ragged = rest % width > tiles.lanes || (vectors == 1 && !rest.is_multiple_of(width));
        let all = rest / width + usize::from(is_ragged);
        let blocks = Blocks { count: self.inner.div_ceil(BLOCK).max(1), inner: self.inner };
        let longest = self.inner.div_ceil(blocks.count).max(1);
        let strips = all.clamp(1, ROOM / (longest * width));
        let whole = strips.min(rest / width);
        let mut place = Place { start: 0, steps: 0, ends: false, row: 0, col, strips, whole, vectors, width };
        // As many blocks as there is room for: a tile's sums are still near when the next block adds to them.
        let together = ROOM / (strips * longest * width);
        for first in (0..blocks.count).step_by(together) {
            let packed = first..(first + together).min(blocks.count);
            let panels = panels.of(strips * (blocks.start(packed.end) - blocks.start(first)) * width);
            let mut rest = &mut *panels;
            for block in packed.clone() {
                let place = blocks.of(place, block);
                let (panels, others) = rest.split_at_mut((strips * place.steps * width).min(rest.len()));
                pack::pack(isa, self.right, (self.inner, self.cols), place, panels);
                rest = others;
            }
            place.row = 0;
            for height in [tiles.rows, 4, 1] {
                if height == 1 || height <= tiles.rows {
                    self.tiles(isa, panels, (blocks, packed.clone()), &mut place, height);
                }
            }
        }
        (col + strips * width).min(self.cols)
    }

    /// `height` rows at a time, as far as they go, of the blocks that are packed.
    #[inline(never)]
    fn tiles(
        &mut self,
        isa: Isa,
        panels: &[f32],
        (blocks, packed): (Blocks, Range<usize>),
        at: &mut Place,
        height: usize,
    ) {
        let mut copy = Copied::new();
        while at.row + height <= self.rows {
            let mut panels = panels;
            for block in packed.clone() {
                let place = blocks.of(*at, block);
                let left = match self.left {
                    Left::Rows(matrix) => {
                        let rows = Rows::new(matrix, self.inner);
                        let next = if block + 1 < packed.end {
                            (place.row, place.start + place.steps)
                        } else {
                            (place.row + height, blocks.start(packed.start))
                        };
                        copy.fill(isa, &rows, (place.row, height), (place.start, place.steps)).before(&rows, next)
                    }
                    Left::Columns(matrix, pitch) => {
                        let numbers = matrix.get(place.start * pitch + place.row..).unwrap_or(&[]);
                        tile::Left::new(numbers, (height, PACKED), (place.steps, pitch))
                    }
                };
                self.strips(isa.tiles(), left, panels, &place);
                if place.strips > place.whole {
                    self.ragged(isa.tiles(), left, panels, &place, height);
                }
                if place.ends {
                    self.finish(isa, &place, height);
                }
                panels = panels.get(place.strips * place.steps * place.width..).unwrap_or(&[]);
            }
            at.row += height;
        }
    }

    /// The strips that have all their columns.
    fn strips(&mut self, tiles: &Tiles, left: tile::Left<'_>, panels: &[f32], place: &Place) {
        let (pitch, col) = (self.cols, place.col);
        let right = tile::Right::packed(tiles, panels, (place.vectors, place.whole), place.steps);
        let finish = place.ends.then_some(self.finish);
        let rows = self.output.get_mut(place.row * pitch..).unwrap_or(&mut []);
        multiply(tiles, left, right, place.held(), Into { rows, pitch, col, skip: 0 }, of_tile(finish, col));
    }

    /// The strip that is wider than what is left of the columns, by way of a place of its own.
    fn ragged(&mut self, tiles: &Tiles, left: tile::Left<'_>, panels: &[f32], place: &Place, height: usize) {
        let (cols, width, col) = (self.cols, place.width, place.col + place.whole * place.width);
        let panel = panels.get(place.whole * place.steps * width..).unwrap_or(&[]);
        let right = tile::Right::packed(tiles, panel, (place.vectors, 1), place.steps);
        let mut bias = [0.0; WIDEST];
        let finish = place.ends.then_some(match self.finish {
            Finish::Forward(all, activation) => {
                let all = all.get(col..).unwrap_or(&[]);
                bias.iter_mut().zip(all).for_each(|(place, bias)| *place = *bias);
                Finish::Forward(&bias, activation)
            }
            other => other,
        });
        let output = self.output.get_mut(place.row * cols..).unwrap_or(&mut []);
        let mut sums = [0.0; TALLEST * WIDEST];
        for (sums, output) in sums.chunks_mut(width).zip(output.chunks(cols.max(1))).take(height) {
            let held = output.get(col..).unwrap_or(&[]);
            sums.iter_mut().zip(held).for_each(|(sum, held)| *sum = *held);
        }
        let into = Into { rows: &mut sums, pitch: width, col: 0, skip: 0 };
        multiply(tiles, left, right, place.held(), into, of_tile(finish, 0));
        for (sums, output) in sums.chunks(width).zip(output.chunks_mut(cols.max(1))).take(height) {
            let places = output.get_mut(col..).unwrap_or(&mut []);
            places.iter_mut().zip(sums).for_each(|(place, sum)| *place = *sum);
        }
    }

    /// What no tile does in registers, over finished columns while they are in the first-level cache.
    fn finish(&mut self, isa: Isa, place: &Place, height: usize) {
        let end = (place.col + place.strips * place.width).min(self.cols);
        for row in place.row..place.row + height {
            let places = row * self.cols + place.col..row * self.cols + end;
            let Some(output) = self.output.get_mut(places.clone()) else { return };
            match self.finish {
                Finish::Masked(activation, previous) => {
                    mask_on(isa, activation, previous.get(places).unwrap_or(&[]), output);
                }
                Finish::Forward(_, activation) => forward_on(isa, activation, output),
                Finish::Plain => return,
            }
        }
    }
}

impl Split for Product<'_> {
    fn work(&self) -> usize {
        self.rows * self.inner * self.cols
    }

    fn split(self, share: usize, parts: usize) -> (Self, Self) {
        let count = place(self.rows, share, parts);
        let (left, left_rest) = match self.left {
            Left::Rows(matrix) => {
                let (first, rest) = matrix.split_at((count * self.inner).min(matrix.len()));
                (Left::Rows(first), Left::Rows(rest))
            }
            Left::Columns(matrix, pitch) => (self.left, Left::Columns(matrix.get(count..).unwrap_or(&[]), pitch)),
        };
        let (finish, finish_rest) = match self.finish {
            Finish::Masked(activation, previous) => {
                let (first, rest) = previous.split_at((count * self.cols).min(previous.len()));
                (Finish::Masked(activation, first), Finish::Masked(activation, rest))
            }
            other => (other, other),
        };
        let (output, output_rest) = self.output.split_at_mut((count * self.cols).min(self.output.len()));
        (
            Self { left, rows: count, output, finish, ..self },
            Self { left: left_rest, rows: self.rows - count, output: output_rest, finish: finish_rest, ..self },
        )
    }

    fn run_on(mut self, isa: Isa) {
        buffer::with(|panels| {
            let (tiles, mut col) = (isa.tiles(), 0);
            while col < self.cols {
                // What is left is packed as strips of single vectors where one of them takes it.
                let vectors = if self.cols - col > tiles.lanes { tiles.vectors } else { 1 };
                col = self.columns(isa, panels, col, vectors);
            }
        });
    }
}
