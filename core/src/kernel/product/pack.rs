//! Packing: the columns of a strip as one row for each step, strip after strip.

use super::{Place, Right};
use crate::kernel::isa::{Isa, Kernel, dispatch_on};
use crate::kernel::tile::vectors;
use crate::kernel::vector::{Vector, transpose};

/// Packs some steps of some strips. Beyond the columns stands whatever stood there: no sum of it is kept.
pub(super) fn pack(isa: Isa, right: Right<'_>, (inner, cols): (usize, usize), place: Place, panels: &mut [f32]) {
    match right {
        Right::Rows(matrix) => dispatch_on(isa, Rows { matrix, cols, place, panels }),
        Right::Columns(matrix) => columns(matrix, (inner, cols), place, panels),
    }
}

/// Of a matrix `[inner][cols]`.
struct Rows<'a> {
    matrix: &'a [f32],
    cols: usize,
    place: Place,
    panels: &'a mut [f32],
}

impl Kernel for Rows<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        if self.place.vectors == V {
            self.strips::<L, V>();
        } else {
            self.strips::<L, 1>();
        }
    }
}

impl Rows<'_> {
    #[inline(always)]
    fn strips<const L: usize, const V: usize>(self) {
        let Place { start, steps, .. } = self.place;
        let places = self.panels.as_chunks_mut::<L>().0.as_chunks_mut::<V>().0;
        let rows = self.matrix.get(start * self.cols..).unwrap_or(&[]).chunks(self.cols.max(1));
        // Row by row: a column of a large matrix is in another page at every step.
        for (step, row) in rows.take(steps).enumerate() {
            let row = row.get(self.place.col..).unwrap_or(&[]);
            for (packed, from) in places.iter_mut().skip(step).step_by(steps).zip(row.chunks(V * L)) {
                if let Some(vectors) = vectors::<L, V>(from) {
                    *packed = *vectors;
                } else {
                    packed.as_flattened_mut().iter_mut().zip(from).for_each(|(packed, value)| *packed = *value);
                }
            }
        }
    }
}

/// Of a matrix `[cols][inner]`, by blocks of 4 x 4, which are the same on every instruction set.
#[inline(never)]
fn columns(matrix: &[f32], (inner, cols): (usize, usize), place: Place, panels: &mut [f32]) {
    let Place { start, steps, width, .. } = place;
    for (strip, panel) in panels.chunks_mut((steps * width).max(1)).enumerate() {
        let col = place.col + strip * width;
        let there = cols.saturating_sub(col).min(width);
        for first in (0..there).step_by(4) {
            let mut rows: [&[f32]; 4] = [&[]; 4];
            for (r, row) in rows.iter_mut().enumerate().take(there - first) {
                let start = (col + first + r) * inner + start;
                *row = matrix.get(start..start + steps).unwrap_or(&[]);
            }
            turn(panel, width, rows, first);
        }
    }
}

/// A matrix `[cols][inner]` as `[inner][pitch]`; beyond the columns stands whatever stood there.
pub(in super::super) fn turned(matrix: &[f32], (inner, cols): (usize, usize), pitch: usize, to: &mut [f32]) {
    for (first, some) in matrix.chunks((4 * inner).max(1)).take(cols.div_ceil(4)).enumerate() {
        let mut rows: [&[f32]; 4] = [&[]; 4];
        rows.iter_mut().zip(some.chunks_exact(inner.max(1))).for_each(|(place, row)| *place = row);
        turn(to, pitch, rows, 4 * first);
    }
}

/// Four rows become four neighbours of each packed step; where there are fewer rows, places stay as they are.
fn turn(panel: &mut [f32], width: usize, rows: [&[f32]; 4], first: usize) {
    let [a, b, c, d] = rows;
    let [a, b, c, d] = [a.as_chunks::<4>().0, b.as_chunks::<4>().0, c.as_chunks::<4>().0, d.as_chunks::<4>().0];
    let mut done = 0;
    for ((((packed, a), b), c), d) in panel.chunks_exact_mut(4 * width).zip(a).zip(b).zip(c).zip(d) {
        for (packed, turned) in packed.chunks_exact_mut(width).zip(transpose([a, b, c, d])) {
            if let Some(packed) = packed.get_mut(first..).and_then(|packed| packed.first_chunk_mut::<4>()) {
                *packed = turned;
            }
        }
        done += 4;
    }
    for (r, row) in rows.iter().enumerate() {
        for (packed, value) in panel.chunks_exact_mut(width).zip(*row).skip(done) {
            if let Some(packed) = packed.get_mut(first + r) {
                *packed = *value;
            }
        }
    }
}
