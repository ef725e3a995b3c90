//! Products whose right side is packed: a block of steps by a strip of columns lies together in a buffer on the
//! stack, and every tile of rows runs over it. Serves transposed right sides, ragged widths and large matrices.

use super::isa::Kernel;
use super::tile::{Lanes, Sums, copied_columns, load, multiply, neighbours, store, vectors, zeros};
use super::vector::Vector;
use core::array::from_fn;

/// Steps of a packed strip: 256 of 2 vectors of 16 floats are 32 KiB, two thirds of a 48 KiB first-level cache, which
/// leaves room for the rows that stream past. Without an operating system the stack is short.
const BLOCK: usize = if cfg!(target_os = "none") { 16 } else { 256 };

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

/// output[r][c] = sum_k left[r][k] right[k][c].
pub(crate) struct Product<'a> {
    pub(crate) left: Left<'a>,
    pub(crate) right: Right<'a>,
    pub(crate) rows: usize,
    pub(crate) inner: usize,
    pub(crate) cols: usize,
    pub(crate) output: &'a mut [f32],
}

/// Between copied rows, so that they do not fall on the same cache lines.
const GAP: usize = 16;

/// Rows of the left side, side by side.
type Copied<const R: usize> = [[f32; BLOCK + GAP]; R];

/// Steps of a small product: its panel is cleared in no time.
const SHORT: usize = 32;

type Panel<const L: usize, const V: usize, const N: usize> = [[Lanes<L>; V]; N];

impl Kernel for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(mut self) {
        let mut start = 0;
        loop {
            let steps = BLOCK.min(self.inner - start);
            let mut col = 0;
            while col < self.cols {
                if self.cols - col > L {
                    self.strip::<L, S, R, V, BLOCK>(start, steps, col);
                    col += V * L;
                } else if steps <= SHORT {
                    self.strip::<L, S, R, 1, SHORT>(start, steps, col);
                    col += L;
                } else {
                    self.strip::<L, S, R, 1, BLOCK>(start, steps, col);
                    col += L;
                }
            }
            start += steps;
            if start >= self.inner {
                break;
            }
        }
    }
}

impl Product<'_> {
    #[inline(always)]
    fn strip<const L: usize, S: Vector<L>, const R: usize, const V: usize, const N: usize>(
        &mut self,
        start: usize,
        steps: usize,
        col: usize,
    ) {
        let mut panel: Panel<L, V, N> = [[[0.0; L]; V]; N];
        self.pack(&mut panel, start, steps, col);
        let panel = panel.get(..steps).unwrap_or(&[]);
        let mut row = 0;
        self.tiles::<L, S, R, V>(panel, start, &mut row, col);
        if R > 4 {
            self.tiles::<L, S, 4, V>(panel, start, &mut row, col);
        }
        self.tiles::<L, S, 1, V>(panel, start, &mut row, col);
    }

    #[inline(always)]
    fn tiles<const L: usize, S: Vector<L>, const R: usize, const V: usize>(
        &mut self,
        panel: &[[Lanes<L>; V]],
        start: usize,
        row: &mut usize,
        col: usize,
    ) {
        if *row + R <= self.rows {
            let mut copy: Copied<R> = [[0.0; BLOCK + GAP]; R];
            while *row + R <= self.rows {
                self.tile::<L, S, R, V>(panel, &mut copy, start, *row, col);
                *row += R;
            }
        }
    }

    #[inline(always)]
    fn pack<const L: usize, const V: usize, const N: usize>(
        &self,
        panel: &mut Panel<L, V, N>,
        start: usize,
        steps: usize,
        col: usize,
    ) {
        let width = (self.cols - col).min(V * L);
        match self.right {
            Right::Rows(matrix) => {
                let rows = matrix.get(start * self.cols..).unwrap_or(&[]).chunks(self.cols.max(1));
                for (packed, row) in panel.iter_mut().zip(rows).take(steps) {
                    let row = row.get(col..col + width).unwrap_or(&[]);
                    if let Some(vectors) = vectors::<L, V>(row) {
                        *packed = *vectors;
                    } else {
                        for (packed, value) in packed.as_flattened_mut().iter_mut().zip(row) {
                            *packed = *value;
                        }
                    }
                }
            }
            Right::Columns(matrix) => {
                let mut place = 0;
                while place < V * L {
                    let rows: [&[f32]; 4] = from_fn(|r| {
                        let row = (col + place + r) * self.inner + start;
                        if place + r < width { matrix.get(row..row + steps).unwrap_or(&[]) } else { &[] }
                    });
                    transpose(panel, rows, place);
                    place += 4;
                }
            }
        }
    }

    #[inline(always)]
    fn tile<const L: usize, S: Vector<L>, const R: usize, const V: usize>(
        &mut self,
        panel: &[[Lanes<L>; V]],
        copy: &mut Copied<R>,
        start: usize,
        row: usize,
        col: usize,
    ) {
        let steps = panel.len();
        let width = (self.cols - col).min(V * L);
        let Some(output) = self.output.get_mut(row * self.cols..(row + R) * self.cols) else { return };
        let right = panel.iter();
        let sums = if start == 0 {
            zeros()
        } else if width == V * L {
            load(output, self.cols, col)
        } else {
            let mut sums: Sums<L, R, V> = zeros();
            for (sums, output) in sums.iter_mut().zip(output.chunks(self.cols.max(1))) {
                let held = output.get(col..col + width).unwrap_or(&[]);
                sums.as_flattened_mut().iter_mut().zip(held).for_each(|(sum, held)| *sum = *held);
            }
            sums
        };
        let sums: Sums<L, R, V> = match self.left {
            Left::Rows(matrix) => {
                let rows = matrix.get(row * self.inner..).unwrap_or(&[]).chunks(self.inner.max(1));
                for (copy, row) in copy.iter_mut().zip(rows) {
                    for (value, element) in copy.iter_mut().zip(row.get(start..start + steps).unwrap_or(&[])) {
                        *value = *element;
                    }
                }
                multiply::<f32, L, S, R, V>(sums, copied_columns(copy, steps), right)
            }
            Left::Columns(matrix) => {
                let matrix = matrix.get(start * self.rows..).unwrap_or(&[]);
                multiply::<f32, L, S, R, V>(sums, neighbours(matrix, self.rows, row), right)
            }
        };
        if width == V * L {
            return store::<L, S, R, V>(&sums, output, self.cols, col, 0);
        }
        for (sums, output) in sums.iter().zip(output.chunks_mut(self.cols.max(1))) {
            let places = output.get_mut(col..col + width).unwrap_or(&mut []);
            places.iter_mut().zip(sums.as_flattened()).for_each(|(place, sum)| *place = *sum);
        }
    }
}

/// Four rows become four neighbours of each packed step; places of rows that are not there stay zero.
#[inline(always)]
fn transpose<const L: usize, const V: usize, const N: usize>(
    panel: &mut Panel<L, V, N>,
    rows: [&[f32]; 4],
    place: usize,
) {
    let [a, b, c, d] = rows;
    let [a, b, c, d] = [a.as_chunks::<4>().0, b.as_chunks::<4>().0, c.as_chunks::<4>().0, d.as_chunks::<4>().0];
    // Blocks of 4 x 4 are shuffles of vectors; what is left goes one by one.
    let mut done = 0;
    let blocks = panel.as_chunks_mut::<4>().0.iter_mut().zip(a).zip(b).zip(c).zip(d);
    for ((((packed, a), b), c), d) in blocks {
        for k in 0..4 {
            if let Some(packed) = packed[k].as_flattened_mut().get_mut(place..).and_then(|p| p.first_chunk_mut::<4>()) {
                *packed = [a[k], b[k], c[k], d[k]];
            }
        }
        done += 4;
    }
    for (r, row) in rows.iter().enumerate() {
        for (packed, value) in panel.iter_mut().zip(*row).skip(done) {
            if let Some(packed) = packed.as_flattened_mut().get_mut(place + r) {
                *packed = *value;
            }
        }
    }
}
