//! Products whose right side is packed: a block of steps by some strips of columns lies together in a buffer on the
//! stack, and every tile of rows runs over it. Serves transposed right sides, narrow widths and large matrices.

use super::activation::{Activation, mask};
use super::isa::{Kernel, prefetch};
use super::tile::{Copied, Sums, epilogue, load, multiply, neighbours, store, vectors, zeros};
use super::vector::{Vector, transpose};
use core::mem::MaybeUninit;

/// Steps of a packed strip: 256 of 2 vectors of 16 floats are 32 KiB, two thirds of a 48 KiB first-level cache, which
/// leaves room for the rows that stream past. Without an operating system the stack is short.
const BLOCK: usize = if cfg!(target_os = "none") { 16 } else { 256 };

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
    /// sum + bias[c], and ReLU where that is the activation; others are the caller's.
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

/// Between copied rows, so that they do not fall on the same cache lines.
const GAP: usize = 16;

/// `V` vectors of each step.
type Panel<const L: usize, const V: usize, const N: usize> = [MaybeUninit<[[f32; L]; V]>; N];

/// A block of steps, of some rows and columns.
#[derive(Clone, Copy)]
struct Place {
    start: usize,
    steps: usize,
    row: usize,
    col: usize,
}

impl Kernel for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(mut self) {
        let mut panels: [Panel<L, V, BLOCK>; STRIPS] = [[MaybeUninit::uninit(); BLOCK]; STRIPS];
        let mut col = 0;
        // What is left is packed as strips of single vectors where one of them takes it.
        while self.cols - col > L {
            self.columns::<L, S, R, V, BLOCK, STRIPS>(&mut panels, &mut col);
        }
        if col < self.cols {
            let mut panels: [Panel<L, 1, BLOCK>; 1] = [[MaybeUninit::uninit(); BLOCK]; 1];
            self.columns::<L, S, R, 1, BLOCK, 1>(&mut panels, &mut col);
        }
    }
}

impl Product<'_> {
    /// The next `N` strips of columns, or as many as there are.
    #[inline(always)]
    fn columns<const L: usize, S: Vector<L>, const R: usize, const V: usize, const STEPS: usize, const N: usize>(
        &mut self,
        panels: &mut [Panel<L, V, STEPS>; N],
        col: &mut usize,
    ) {
        let strip = V * L;
        let rest = self.cols - *col;
        // A last strip of one vector or less is left to a narrower tile.
        let strips =
            (rest / strip + usize::from(rest % strip > L || (V == 1 && !rest.is_multiple_of(strip)))).clamp(1, N);
        let mut place = Place { start: 0, steps: 0, row: 0, col: *col };
        loop {
            place.steps = STEPS.min(self.inner - place.start);
            for (index, panel) in panels.iter_mut().enumerate().take(strips) {
                self.pack::<L, V>(panel.get_mut(..place.steps).unwrap_or(&mut []), place, *col + index * strip);
            }
            place.row = 0;
            self.tiles::<L, S, R, V, STEPS>(panels.get(..strips).unwrap_or(&[]), &mut place);
            if R > 4 {
                self.tiles::<L, S, 4, V, STEPS>(panels.get(..strips).unwrap_or(&[]), &mut place);
            }
            self.tiles::<L, S, 1, V, STEPS>(panels.get(..strips).unwrap_or(&[]), &mut place);
            place.start += place.steps;
            if place.start >= self.inner {
                break;
            }
        }
        *col = (*col + strips * strip).min(self.cols);
    }

    #[inline(always)]
    fn tiles<const L: usize, S: Vector<L>, const R: usize, const V: usize, const STEPS: usize>(
        &mut self,
        panels: &[Panel<L, V, STEPS>],
        place: &mut Place,
    ) {
        let mut copy = Copied::<R, { BLOCK + GAP }>::new();
        let ends = place.start + place.steps >= self.inner;
        while place.row + R <= self.rows {
            match self.left {
                Left::Rows(matrix) => {
                    let mut rows: [&[f32]; R] = [&[]; R];
                    for (r, row) in rows.iter_mut().enumerate() {
                        *row = matrix.get((place.row + r) * self.inner..).unwrap_or(&[]);
                    }
                    let filled = copy.fill(rows, place.start, place.steps);
                    for (strip, panel) in panels.iter().enumerate() {
                        let sums = self.begin::<L, S, R, V>(place, strip);
                        self.ahead::<R>(place, strip, panels.len(), V * L);
                        let sums = multiply::<f32, L, S, R, V>(sums, filled.steps(), packed(panel, place.steps));
                        self.end::<L, S, R, V>(place, strip, sums);
                    }
                }
                Left::Columns(matrix) => {
                    let (pitch, row) = (self.rows, place.row);
                    let matrix = matrix.get(place.start * pitch..).unwrap_or(&[]);
                    for (strip, panel) in panels.iter().enumerate() {
                        let sums = self.begin::<L, S, R, V>(place, strip);
                        let left = neighbours(matrix, pitch, row);
                        let sums = multiply::<f32, L, S, R, V>(sums, left, packed(panel, place.steps));
                        self.end::<L, S, R, V>(place, strip, sums);
                    }
                }
            }
            if let (true, Finish::Masked(activation, previous)) = (ends, self.finish) {
                self.mask::<R>(activation, previous, place, panels.len() * V * L);
            }
            place.row += R;
        }
    }

    /// The sums of a tile as far as they have come.
    #[inline(always)]
    fn begin<const L: usize, S: Vector<L>, const R: usize, const V: usize>(
        &self,
        place: &Place,
        strip: usize,
    ) -> Sums<S, R, V> {
        if place.start == 0 {
            return zeros();
        }
        let (cols, col) = (self.cols, place.col + strip * V * L);
        let output = self.output.get(place.row * cols..).unwrap_or(&[]);
        if col + V * L <= cols {
            return load::<L, S, R, V>(output, cols, col);
        }
        let mut ragged = [[[0.0; L]; V]; R];
        for (ragged, output) in ragged.iter_mut().zip(output.chunks(cols.max(1))) {
            let held = output.get(col..).unwrap_or(&[]);
            ragged.as_flattened_mut().iter_mut().zip(held).for_each(|(sum, held)| *sum = *held);
        }
        load::<L, S, R, V>(ragged.as_flattened().as_flattened(), V * L, 0)
    }

    /// Asks for what the next tile needs: its sums so far and, strip by strip, the next rows of the left side.
    #[inline(always)]
    fn ahead<const R: usize>(&self, place: &Place, strip: usize, strips: usize, width: usize) {
        let (row, strip_next) = if strip + 1 < strips { (place.row, strip + 1) } else { (place.row + R, 0) };
        let col = place.col + strip_next * width;
        for row in row..row + R {
            prefetch(
                self.output.get(row * self.cols + col..row * self.cols + (col + width).min(self.cols)).unwrap_or(&[]),
            );
        }
        if let Left::Rows(matrix) = self.left {
            let (from, to) = (place.steps * strip / strips, place.steps * (strip + 1) / strips);
            for row in place.row + R..place.row + 2 * R {
                let start = row * self.inner + place.start;
                prefetch(matrix.get(start + from..start + to).unwrap_or(&[]));
            }
        }
    }

    /// Puts them into the output.
    #[inline(always)]
    fn end<const L: usize, S: Vector<L>, const R: usize, const V: usize>(
        &mut self,
        place: &Place,
        strip: usize,
        mut sums: Sums<S, R, V>,
    ) {
        let (cols, col) = (self.cols, place.col + strip * V * L);
        if let (true, Finish::Forward(bias, activation)) = (place.start + place.steps >= self.inner, self.finish) {
            let bias = bias.get(col..).unwrap_or(&[]);
            let mut ragged = [[0.0; L]; V];
            ragged.as_flattened_mut().iter_mut().zip(bias).for_each(|(place, bias)| *place = *bias);
            epilogue::<L, S, R, V>(&mut sums, 1.0, ragged.as_flattened(), 0, activation);
        }
        let output = self.output.get_mut(place.row * cols..).unwrap_or(&mut []);
        if col + V * L <= cols {
            return store::<L, S, R, V>(&sums, output, cols, col, 0);
        }
        let mut ragged = [[[0.0; L]; V]; R];
        store::<L, S, R, V>(&sums, ragged.as_flattened_mut().as_flattened_mut(), V * L, 0, 0);
        for (ragged, output) in ragged.iter().zip(output.chunks_mut(cols.max(1))) {
            let places = output.get_mut(col..).unwrap_or(&mut []);
            places.iter_mut().zip(ragged.as_flattened()).for_each(|(place, sum)| *place = *sum);
        }
    }

    /// The mask over finished columns, while they are in the first-level cache.
    #[inline(always)]
    fn mask<const R: usize>(&mut self, activation: Activation, previous: &[f32], place: &Place, width: usize) {
        let end = (place.col + width).min(self.cols);
        for row in place.row..place.row + R {
            let places = row * self.cols + place.col..row * self.cols + end;
            if let (Some(previous), Some(output)) = (previous.get(places.clone()), self.output.get_mut(places)) {
                mask(activation, previous, output);
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
) -> impl Iterator<Item = &[[f32; L]; V]> {
    // SAFETY: `columns` has packed as many steps of each of its panels.
    let panel = unsafe { panel.get(..steps).unwrap_or(&[]).assume_init_ref() };
    panel.iter()
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
