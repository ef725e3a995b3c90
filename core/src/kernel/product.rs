//! Products whose right side is packed: a block of steps by a strip of columns lies together in a buffer on the
//! stack, and every tile of rows runs over it. Serves transposed right sides, ragged widths and large matrices.

use super::isa::Kernel;
use super::tile::{Lanes, Sums, columns, load, multiply, neighbours, zeros};
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

/// output[r][c] = finish(sum_k left[r][k] right[k][c], r cols + c).
pub(crate) struct Product<'a, F> {
    pub(crate) left: Left<'a>,
    pub(crate) right: Right<'a>,
    pub(crate) rows: usize,
    pub(crate) inner: usize,
    pub(crate) cols: usize,
    pub(crate) output: &'a mut [f32],
    /// What a finished sum becomes, given its place in `output`.
    pub(crate) finish: F,
}

type Panel<const L: usize, const V: usize> = [[Lanes<L>; V]; BLOCK];

impl<F: Fn(f32, usize) -> f32> Kernel for Product<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(mut self) {
        let mut panel: Panel<L, V> = [[[0.0; L]; V]; BLOCK];
        let mut narrow: Panel<L, 1> = [[[0.0; L]; 1]; BLOCK];
        let mut start = 0;
        loop {
            let steps = BLOCK.min(self.inner - start);
            let mut col = 0;
            while col < self.cols {
                if self.cols - col > L {
                    self.strip::<L, S, R, V>(&mut panel, start, steps, col);
                    col += V * L;
                } else {
                    self.strip::<L, S, R, 1>(&mut narrow, start, steps, col);
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

impl<F: Fn(f32, usize) -> f32> Product<'_, F> {
    #[inline(always)]
    fn strip<const L: usize, S: Vector<L>, const R: usize, const V: usize>(
        &mut self,
        panel: &mut Panel<L, V>,
        start: usize,
        steps: usize,
        col: usize,
    ) {
        self.pack(panel, start, steps, col);
        let panel = panel.get(..steps).unwrap_or(&[]);
        let mut row = 0;
        while row + R <= self.rows {
            self.tile::<L, S, R, V>(panel, start, row, col);
            row += R;
        }
        while R > 4 && row + 4 <= self.rows {
            self.tile::<L, S, 4, V>(panel, start, row, col);
            row += 4;
        }
        while R > 1 && row < self.rows {
            self.tile::<L, S, 1, V>(panel, start, row, col);
            row += 1;
        }
    }

    #[inline(always)]
    fn pack<const L: usize, const V: usize>(&self, panel: &mut Panel<L, V>, start: usize, steps: usize, col: usize) {
        let width = (self.cols - col).min(V * L);
        match self.right {
            Right::Rows(matrix) => {
                let rows = matrix.get(start * self.cols..).unwrap_or(&[]).chunks(self.cols.max(1));
                for (packed, row) in panel.iter_mut().zip(rows).take(steps) {
                    let packed = packed.as_flattened_mut();
                    let row = row.get(col..col + width).unwrap_or(&[]);
                    if width == V * L {
                        for (packed, value) in packed.iter_mut().zip(row) {
                            *packed = *value;
                        }
                    } else {
                        packed.fill(0.0);
                        for (packed, value) in packed.iter_mut().zip(row) {
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
                let rows: [&[f32]; R] =
                    from_fn(|r| matrix.get((row + r) * self.inner + start..(row + r + 1) * self.inner).unwrap_or(&[]));
                multiply::<f32, L, S, R, V>(sums, columns(rows, steps), right)
            }
            Left::Columns(matrix) => {
                let matrix = matrix.get(start * self.rows..).unwrap_or(&[]);
                multiply::<f32, L, S, R, V>(sums, neighbours(matrix, self.rows, row), right)
            }
        };
        let last = start + steps >= self.inner;
        for (r, (sums, output)) in sums.iter().zip(output.chunks_mut(self.cols.max(1))).enumerate() {
            let first = (row + r) * self.cols + col;
            let Some(output) = output.get_mut(col..col + width) else { return };
            if width == V * L {
                let places = output.as_chunks_mut::<L>().0;
                for (v, (sums, places)) in sums.iter().zip(places).enumerate() {
                    for l in 0..L {
                        places[l] = if last { (self.finish)(sums[l], first + v * L + l) } else { sums[l] };
                    }
                }
            } else {
                for (l, (output, sum)) in output.iter_mut().zip(sums.as_flattened()).enumerate() {
                    *output = if last { (self.finish)(*sum, first + l) } else { *sum };
                }
            }
        }
    }
}

/// Four rows become four neighbours of each packed step; rows that are not there become zeros.
#[inline(always)]
fn transpose<const L: usize, const V: usize>(panel: &mut Panel<L, V>, rows: [&[f32]; 4], place: usize) {
    let steps = rows.iter().map(|row| row.len()).max().unwrap_or(0);
    for (k, packed) in panel.iter_mut().enumerate().take(steps) {
        if let Some(packed) = packed.as_flattened_mut().get_mut(place..place + 4) {
            for (packed, row) in packed.iter_mut().zip(rows) {
                *packed = row.get(k).copied().unwrap_or(0.0);
            }
        }
    }
    if steps == 0 {
        for packed in panel.iter_mut() {
            if let Some(packed) = packed.as_flattened_mut().get_mut(place..place + 4) {
                packed.fill(0.0);
            }
        }
    }
}
