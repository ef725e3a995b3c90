//! Products whose right side is packed: a block of steps by some strips of columns lies together in a buffer on the
//! stack, and every tile of rows runs over it. Serves transposed right sides, narrow widths and large matrices.

use super::activation::{Activation, forward_on, mask_on};
use super::isa::{Isa, Kernel, dispatch_on, prefetch};
use super::rows::Rows;
use super::threads::{Split, place};
use super::tile::{self, COPIED, Copied, Held, Into, PACKED, TALLEST, Tiles, WIDEST, multiply, vectors};
use super::vector::{Vector, transpose};
use core::mem::MaybeUninit;

/// Steps of a packed strip: 256 of 2 vectors of 16 floats are 32 KiB, two thirds of a 48 KiB first-level cache, which
/// leaves room for the rows that stream past. Without an operating system the stack is short.
const BLOCK: usize = if cfg!(target_os = "none") { 16 } else { 256 };
const _: () = assert!(BLOCK <= COPIED);

/// Strips that are packed together, so that the rows of a tile are copied once for all of them.
const STRIPS: usize = if cfg!(target_os = "none") { 1 } else { 4 };

/// The left side.
#[derive(Clone, Copy)]
pub(crate) enum Left<'a> {
    /// `[rows][inner]`.
    Rows(&'a [f32]),
    /// `[inner][rows]`.
    Columns(&'a [f32]),
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

/// Room for a block of steps of some strips, one strip after the other.
type Panels = [MaybeUninit<f32>; STRIPS * BLOCK * WIDEST];

/// A block of steps, of some rows and columns.
#[derive(Clone, Copy)]
struct Place {
    start: usize,
    steps: usize,
    row: usize,
    col: usize,
    /// Whether these steps are the last.
    ends: bool,
    /// How many strips, and of how many vectors.
    strips: usize,
    vectors: usize,
    /// Columns of a strip.
    width: usize,
}

impl Product<'_> {
    /// The next strips of `vectors` vectors, or as many as there are.
    fn columns(&mut self, isa: Isa, panels: &mut Panels, col: usize, vectors: usize) -> usize {
        let tiles = isa.tiles();
        let (width, rest) = (vectors * tiles.lanes, self.cols - col);
        // A last strip of one vector or less is left to a narrower tile.
        let is_ragged = rest % width > tiles.lanes || (vectors == 1 && !rest.is_multiple_of(width));
        let strips = (rest / width + usize::from(is_ragged)).clamp(1, STRIPS);
        let mut place = Place { start: 0, steps: 0, row: 0, col, ends: false, strips, vectors, width };
        while !place.ends {
            place.steps = BLOCK.min(self.inner - place.start);
            place.ends = place.start + place.steps >= self.inner;
            for (strip, panel) in panels.chunks_mut(BLOCK * width).enumerate().take(strips) {
                let panel = panel.get_mut(..place.steps * width).unwrap_or(&mut []);
                let (matrix, cols, inner, start) = (self.right, self.cols, self.inner, place.start);
                dispatch_on(isa, Pack { matrix, cols, inner, start, col: col + strip * width, vectors, panel });
            }
            place.row = 0;
            for height in [tiles.rows, 4, 1] {
                if height == 1 || height <= tiles.rows {
                    self.tiles(isa, panels, &mut place, height);
                }
            }
            place.start += place.steps;
        }
        (col + strips * width).min(self.cols)
    }

    /// `height` rows at a time, as far as they go.
    fn tiles(&mut self, isa: Isa, panels: &Panels, place: &mut Place, height: usize) {
        let mut copy = Copied::new();
        while place.row + height <= self.rows {
            let left = match self.left {
                Left::Rows(matrix) => {
                    let rows = Rows::new(matrix, self.inner);
                    copy.fill(isa, &rows, (place.row, height), (place.start, place.steps))
                }
                Left::Columns(matrix) => {
                    let numbers = matrix.get(place.start * self.rows + place.row..).unwrap_or(&[]);
                    tile::Left::new(numbers, (height, PACKED), (place.steps, self.rows))
                }
            };
            for strip in 0..place.strips {
                self.ahead(place, strip, height);
                self.tile(isa.tiles(), left, panels, place, (strip, height));
            }
            if place.ends {
                self.finish(isa, place, height);
            }
            place.row += height;
        }
    }

    /// One tile, by way of a place of its own where it is wider than what is left of the columns.
    fn tile(
        &mut self,
        tiles: &Tiles,
        left: tile::Left<'_>,
        panels: &Panels,
        place: &Place,
        (strip, height): (usize, usize),
    ) {
        let (cols, width, col) = (self.cols, place.width, place.col + strip * place.width);
        let from = strip * BLOCK * width;
        // SAFETY: `columns` has packed as many steps of each of its strips.
        let panel = unsafe { panels.get(from..from + place.steps * width).unwrap_or(&[]).assume_init_ref() };
        let right = tile::Right::new(tiles, (panel, width), (0, place.vectors, 1), place.steps);
        let held = if place.start == 0 { Held::Nothing } else { Held::There };
        let output = self.output.get_mut(place.row * cols..).unwrap_or(&mut []);
        let (bias, relu) = match self.finish {
            Finish::Forward(bias, activation) => (bias.get(col..).unwrap_or(&[]), activation == Activation::ReLU),
            _ => (&[][..], false),
        };
        let forward = |bias| match self.finish {
            Finish::Forward(..) if place.ends => tile::Finish::Forward(1.0, bias, relu),
            _ => tile::Finish::Scaled(1.0),
        };
        if col + width <= cols {
            return multiply(tiles, left, right, held, Into { rows: output, pitch: cols, col, skip: 0 }, forward(bias));
        }
        let (mut ragged, mut ragged_bias) = ([0.0; TALLEST * WIDEST], [0.0; WIDEST]);
        ragged_bias.iter_mut().zip(bias).for_each(|(place, bias)| *place = *bias);
        for (ragged, output) in ragged.chunks_mut(width).zip(output.chunks(cols.max(1))).take(height) {
            let held = output.get(col..).unwrap_or(&[]);
            ragged.iter_mut().zip(held).for_each(|(sum, held)| *sum = *held);
        }
        let into = Into { rows: &mut ragged, pitch: width, col: 0, skip: 0 };
        multiply(tiles, left, right, held, into, forward(&ragged_bias));
        for (ragged, output) in ragged.chunks(width).zip(output.chunks_mut(cols.max(1))).take(height) {
            let places = output.get_mut(col..).unwrap_or(&mut []);
            places.iter_mut().zip(ragged).for_each(|(place, sum)| *place = *sum);
        }
    }

    /// Asks for what the next tile needs: its sums so far and, strip by strip, the next rows of the left side.
    fn ahead(&self, place: &Place, strip: usize, height: usize) {
        let Left::Rows(matrix) = self.left else { return };
        let (row, next) = if strip + 1 < place.strips { (place.row, strip + 1) } else { (place.row + height, 0) };
        let col = place.col + next * place.width;
        for row in row..row + height {
            let columns = row * self.cols + col..row * self.cols + (col + place.width).min(self.cols);
            prefetch(self.output.get(columns).unwrap_or(&[]));
        }
        let (from, to) = (place.steps * strip / place.strips, place.steps * (strip + 1) / place.strips);
        for row in place.row + height..place.row + 2 * height {
            let start = row * self.inner + place.start;
            prefetch(matrix.get(start + from..start + to).unwrap_or(&[]));
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

/// Some steps of a strip of columns, one after the other; every place of the panel is written.
struct Pack<'a> {
    matrix: Right<'a>,
    cols: usize,
    inner: usize,
    start: usize,
    col: usize,
    vectors: usize,
    panel: &'a mut [MaybeUninit<f32>],
}

impl Kernel for Pack<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        if self.vectors == V {
            self.steps::<L, V>();
        } else {
            self.steps::<L, 1>();
        }
    }
}

impl Pack<'_> {
    #[inline(always)]
    fn steps<const L: usize, const V: usize>(self) {
        let width = (self.cols - self.col).min(V * L);
        match self.matrix {
            Right::Rows(matrix) => {
                let rows = matrix.get(self.start * self.cols..).unwrap_or(&[]).chunks(self.cols.max(1));
                let steps = self.panel.as_chunks_mut::<L>().0.as_chunks_mut::<V>().0;
                for (packed, row) in steps.iter_mut().zip(rows.map(Some).chain(core::iter::repeat(None))) {
                    let row = row.and_then(|row| row.get(self.col..self.col + width)).unwrap_or(&[]);
                    if let Some(vectors) = vectors::<L, V>(row) {
                        let values = packed.as_flattened_mut().iter_mut().zip(vectors.as_flattened());
                        values.for_each(|(packed, value)| _ = packed.write(*value));
                    } else {
                        let values = row.iter().copied().chain(core::iter::repeat(0.0));
                        packed
                            .as_flattened_mut()
                            .iter_mut()
                            .zip(values)
                            .for_each(|(packed, value)| _ = packed.write(value));
                    }
                }
            }
            Right::Columns(matrix) => {
                self.panel.fill(MaybeUninit::new(0.0));
                // SAFETY: all of them have just been written.
                let panel = unsafe { self.panel.assume_init_mut() };
                let panel = panel.as_chunks_mut::<L>().0.as_chunks_mut::<V>().0;
                let steps = panel.len();
                for first in (0..V * L).step_by(4) {
                    let mut rows: [&[f32]; 4] = [&[]; 4];
                    for (r, row) in rows.iter_mut().enumerate().take(width.saturating_sub(first)) {
                        let start = (self.col + first + r) * self.inner + self.start;
                        *row = matrix.get(start..start + steps).unwrap_or(&[]);
                    }
                    turn(panel, rows, first);
                }
            }
        }
    }
}

/// Four rows become four neighbours of each packed step; places of rows that are not there stay zero.
#[inline(always)]
fn turn<const L: usize, const V: usize>(panel: &mut [[[f32; L]; V]], rows: [&[f32]; 4], first: usize) {
    let [a, b, c, d] = rows;
    let [a, b, c, d] = [a.as_chunks::<4>().0, b.as_chunks::<4>().0, c.as_chunks::<4>().0, d.as_chunks::<4>().0];
    let mut done = 0;
    let blocks = panel.as_chunks_mut::<4>().0.iter_mut().zip(a).zip(b).zip(c).zip(d);
    for ((((packed, a), b), c), d) in blocks {
        for (packed, turned) in packed.iter_mut().zip(transpose([a, b, c, d])) {
            if let Some(packed) = packed.as_flattened_mut().get_mut(first..).and_then(|p| p.first_chunk_mut::<4>()) {
                *packed = turned;
            }
        }
        done += 4;
    }
    for (r, row) in rows.iter().enumerate() {
        for (packed, value) in panel.iter_mut().zip(*row).skip(done) {
            if let Some(packed) = packed.as_flattened_mut().get_mut(first + r) {
                *packed = *value;
            }
        }
    }
}

impl Split for Product<'_> {
    fn work(&self) -> usize {
        match self.left {
            Left::Rows(_) => self.rows * self.inner * self.cols,
            // Columns cannot be cut between rows.
            Left::Columns(_) => 0,
        }
    }

    fn split(self, share: usize, parts: usize) -> (Self, Self) {
        let count = place(self.rows, share, parts);
        let (left, left_rest) = match self.left {
            Left::Rows(matrix) => {
                let (first, rest) = matrix.split_at((count * self.inner).min(matrix.len()));
                (Left::Rows(first), Left::Rows(rest))
            }
            columns @ Left::Columns(_) => (columns, columns),
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
        let mut panels: Panels = [MaybeUninit::uninit(); STRIPS * BLOCK * WIDEST];
        let (tiles, mut col) = (isa.tiles(), 0);
        while col < self.cols {
            // What is left is packed as strips of single vectors where one of them takes it.
            let vectors = if self.cols - col > tiles.lanes { tiles.vectors } else { 1 };
            col = self.columns(isa, &mut panels, col, vectors);
        }
    }
}
