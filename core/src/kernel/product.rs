//! Products whose right side is packed: a block of steps by some strips of columns lies together in a buffer on the
//! stack, and every tile of rows runs over it. Serves transposed right sides, narrow widths and large matrices.

use super::activation::{Activation, forward_in_place, mask};
use super::copied::Copied;
use super::isa::{Kernel, prefetch};
use super::threads::{Split, place};
use super::tile::{self, COPIED, Held, Into, PACKED, multiply, vectors};
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

/// `V` vectors of each step.
type Panel<const L: usize, const V: usize, const N: usize> = [MaybeUninit<[[f32; L]; V]>; N];

/// A block of steps, of some rows and columns.
#[derive(Clone, Copy)]
struct Place {
    start: usize,
    steps: usize,
    row: usize,
    col: usize,
    /// Whether these steps are the last.
    ends: bool,
}

impl Kernel for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(mut self) {
        let mut panels: [Panel<L, V, BLOCK>; STRIPS] = [[MaybeUninit::uninit(); BLOCK]; STRIPS];
        let mut col = 0;
        // What is left is packed as strips of single vectors where one of them takes it.
        while self.cols - col > L {
            self.columns::<L, S, R, V, STRIPS>(&mut panels, &mut col);
        }
        if col < self.cols {
            let mut panels: [Panel<L, 1, BLOCK>; 1] = [[MaybeUninit::uninit(); BLOCK]; 1];
            self.columns::<L, S, R, 1, 1>(&mut panels, &mut col);
        }
    }
}

impl Product<'_> {
    /// The next `N` strips of columns, or as many as there are.
    #[inline(always)]
    fn columns<const L: usize, S: Vector<L>, const R: usize, const V: usize, const N: usize>(
        &mut self,
        panels: &mut [Panel<L, V, BLOCK>; N],
        col: &mut usize,
    ) {
        let strip = V * L;
        let rest = self.cols - *col;
        // A last strip of one vector or less is left to a narrower tile.
        let strips =
            (rest / strip + usize::from(rest % strip > L || (V == 1 && !rest.is_multiple_of(strip)))).clamp(1, N);
        let mut place = Place { start: 0, steps: 0, row: 0, col: *col, ends: false };
        while !place.ends {
            place.steps = BLOCK.min(self.inner - place.start);
            place.ends = place.start + place.steps >= self.inner;
            for (index, panel) in panels.iter_mut().enumerate().take(strips) {
                self.pack::<L, V>(panel.get_mut(..place.steps).unwrap_or(&mut []), place, *col + index * strip);
            }
            place.row = 0;
            self.tiles::<L, S, R, V>(panels.get(..strips).unwrap_or(&[]), &mut place);
            if const { R > 4 } {
                self.tiles::<L, S, 4, V>(panels.get(..strips).unwrap_or(&[]), &mut place);
            }
            self.tiles::<L, S, 1, V>(panels.get(..strips).unwrap_or(&[]), &mut place);
            place.start += place.steps;
        }
        *col = (*col + strips * strip).min(self.cols);
    }

    #[inline(always)]
    fn tiles<const L: usize, S: Vector<L>, const R: usize, const V: usize>(
        &mut self,
        panels: &[Panel<L, V, BLOCK>],
        place: &mut Place,
    ) {
        let mut copy = Copied::<R>::new();
        while place.row + R <= self.rows {
            match self.left {
                Left::Rows(matrix) => {
                    let row = |r| matrix.get((place.row + r) * self.inner..).unwrap_or(&[]);
                    let left = copy.fill(row, place.start, place.steps);
                    for (strip, panel) in panels.iter().enumerate() {
                        self.ahead::<R>(place, strip, panels.len(), V * L);
                        self.tile::<L, S, R, V, COPIED>(left, packed(panel, place.steps), place, strip);
                    }
                }
                Left::Columns(matrix) => {
                    let numbers = matrix.get(place.start * self.rows + place.row..).unwrap_or(&[]);
                    let left = tile::Left::<R>::new(numbers, PACKED, self.rows, place.steps);
                    for (strip, panel) in panels.iter().enumerate() {
                        self.tile::<L, S, R, V, PACKED>(left, packed(panel, place.steps), place, strip);
                    }
                }
            }
            if place.ends {
                self.finish(place, R, panels.len() * V * L);
            }
            place.row += R;
        }
    }

    /// One tile, by way of a place of its own where it is wider than what is left of the columns.
    #[inline(always)]
    fn tile<const L: usize, S: Vector<L>, const R: usize, const V: usize, const ROW: usize>(
        &mut self,
        left: tile::Left<'_, R>,
        right: tile::Right<'_, L, V>,
        place: &Place,
        strip: usize,
    ) {
        let (cols, col) = (self.cols, place.col + strip * V * L);
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
        if col + V * L <= cols {
            let into = Into { rows: output, pitch: cols, col, skip: 0 };
            return multiply::<L, S, R, V, ROW>(left, right, held, into, forward(bias));
        }
        let (mut ragged, mut ragged_bias) = ([[[0.0; L]; V]; R], [[0.0; L]; V]);
        ragged_bias.as_flattened_mut().iter_mut().zip(bias).for_each(|(place, bias)| *place = *bias);
        for (ragged, output) in ragged.iter_mut().zip(output.chunks(cols.max(1))) {
            let held = output.get(col..).unwrap_or(&[]);
            ragged.as_flattened_mut().iter_mut().zip(held).for_each(|(sum, held)| *sum = *held);
        }
        let rows = ragged.as_flattened_mut().as_flattened_mut();
        let into = Into { rows, pitch: V * L, col: 0, skip: 0 };
        multiply::<L, S, R, V, ROW>(left, right, held, into, forward(ragged_bias.as_flattened()));
        for (ragged, output) in ragged.iter().zip(output.chunks_mut(cols.max(1))) {
            let places = output.get_mut(col..).unwrap_or(&mut []);
            places.iter_mut().zip(ragged.as_flattened()).for_each(|(place, sum)| *place = *sum);
        }
    }

    /// Asks for what the next tile needs: its sums so far and, strip by strip, the next rows of the left side.
    #[inline(always)]
    fn ahead<const R: usize>(&self, place: &Place, strip: usize, strips: usize, width: usize) {
        let (row, strip_next) = if strip + 1 < strips { (place.row, strip + 1) } else { (place.row + R, 0) };
        let col = place.col + strip_next * width;
        for row in row..row + R {
            let columns = row * self.cols + col..row * self.cols + (col + width).min(self.cols);
            prefetch(self.output.get(columns).unwrap_or(&[]));
        }
        if let Left::Rows(matrix) = self.left {
            let (from, to) = (place.steps * strip / strips, place.steps * (strip + 1) / strips);
            for row in place.row + R..place.row + 2 * R {
                let start = row * self.inner + place.start;
                prefetch(matrix.get(start + from..start + to).unwrap_or(&[]));
            }
        }
    }

    /// What no tile does in registers, over finished columns while they are in the first-level cache.
    // A function of its own: the curves of all activations.
    #[inline(never)]
    fn finish(&mut self, place: &Place, rows: usize, width: usize) {
        let end = (place.col + width).min(self.cols);
        for row in place.row..place.row + rows {
            let places = row * self.cols + place.col..row * self.cols + end;
            let Some(output) = self.output.get_mut(places.clone()) else { return };
            match self.finish {
                Finish::Masked(activation, previous) => {
                    mask(activation, previous.get(places).unwrap_or(&[]), output);
                }
                Finish::Forward(_, activation) if activation != Activation::ReLU => {
                    forward_in_place(activation, output);
                }
                _ => return,
            }
        }
    }

    /// Writes every step of a panel.
    #[inline(always)]
    fn pack<const L: usize, const V: usize>(&self, panel: &mut [MaybeUninit<[[f32; L]; V]>], place: Place, col: usize) {
        let width = (self.cols - col).min(V * L);
        match self.right {
            Right::Rows(matrix) => {
                let rows = matrix.get(place.start * self.cols..).unwrap_or(&[]).chunks(self.cols.max(1));
                for (packed, row) in panel.iter_mut().zip(rows.map(Some).chain(core::iter::repeat(None))) {
                    let row = row.and_then(|row| row.get(col..col + width)).unwrap_or(&[]);
                    if let Some(vectors) = vectors::<L, V>(row) {
                        packed.write(*vectors);
                    } else {
                        let packed = packed.write([[0.0; L]; V]).as_flattened_mut();
                        packed.iter_mut().zip(row).for_each(|(packed, value)| *packed = *value);
                    }
                }
            }
            Right::Columns(matrix) => {
                let steps = panel.len();
                panel.iter_mut().for_each(|packed| _ = packed.write([[0.0; L]; V]));
                // SAFETY: all of them have just been written.
                let panel = unsafe { panel.assume_init_mut() };
                for first in (0..V * L).step_by(4) {
                    let mut rows: [&[f32]; 4] = [&[]; 4];
                    for (r, row) in rows.iter_mut().enumerate().take(width.saturating_sub(first)) {
                        let start = (col + first + r) * self.inner + place.start;
                        *row = matrix.get(start..start + steps).unwrap_or(&[]);
                    }
                    turn(panel, rows, first);
                }
            }
        }
    }
}

/// The first `steps` steps of a panel.
#[inline(always)]
fn packed<const L: usize, const V: usize, const N: usize>(
    panel: &Panel<L, V, N>,
    steps: usize,
) -> tile::Right<'_, L, V> {
    // SAFETY: `columns` has packed as many steps of each of its panels.
    tile::Right::packed(unsafe { panel.get(..steps).unwrap_or(&[]).assume_init_ref() })
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
}
