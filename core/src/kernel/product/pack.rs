//! Packing: the columns of a strip as one row for each step, strip after strip.

use super::{Place, Right};
use crate::kernel::isa::{Isa, Kernel, dispatch_on, dispatch_to_256};
use crate::kernel::tile::{unrolled, vectors};
use crate::kernel::vector::Vector;

/// Packs some steps of some strips. Beyond the columns stands whatever stood there: no sum of it is kept.
pub(super) fn pack(isa: Isa, right: Right<'_>, (inner, cols): (usize, usize), place: Place, panels: &mut [f32]) {
    match right {
        Right::Rows(matrix) => dispatch_on(isa, Rows { matrix, cols, place, panels }),
        Right::Columns(matrix) => columns(isa, matrix, (inner, cols), place, panels),
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

/// Of a matrix `[cols][inner]`.
fn columns(isa: Isa, matrix: &[f32], (inner, cols): (usize, usize), place: Place, panels: &mut [f32]) {
    let Place { start, steps, width, .. } = place;
    for (strip, panel) in panels.chunks_mut((steps * width).max(1)).enumerate() {
        let col = place.col + strip * width;
        let rows = matrix.get(col * inner + start..).unwrap_or(&[]);
        turn(isa, (rows, inner), (steps, cols.saturating_sub(col).min(width)), panel, width);
    }
}

/// The first `steps` numbers of `cols` rows, `inner` apart, as `steps` rows of `cols`, `pitch` apart; beyond the columns stands
/// whatever stood there, or numbers of the last.
pub(in super::super) fn turn(
    isa: Isa,
    (matrix, inner): (&[f32], usize),
    (steps, cols): (usize, usize),
    panel: &mut [f32],
    pitch: usize,
) {
    dispatch_to_256(isa, Turn { matrix, inner, steps, cols, panel, pitch });
}

struct Turn<'a> {
    matrix: &'a [f32],
    inner: usize,
    steps: usize,
    cols: usize,
    panel: &'a mut [f32],
    pitch: usize,
}

impl Kernel for Turn<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(mut self) {
        // Squares that overlap at the ends: their numbers are the same.
        let squares = if self.pitch >= L { self.steps / L * L } else { 0 };
        for col in (0..self.cols).step_by(L) {
            let first = col.min(self.cols.saturating_sub(L));
            for step in (0..squares).step_by(L) {
                self.square::<L, S>(first, step);
            }
            if squares > 0 && squares < self.steps {
                self.square::<L, S>(first, self.steps - L);
            }
        }
        if squares == 0 {
            for (col, row) in self.matrix.chunks(self.inner.max(1)).enumerate().take(self.cols) {
                for (packed, value) in self.panel.chunks_mut(self.pitch.max(1)).zip(row).take(self.steps) {
                    if let Some(packed) = packed.get_mut(col) {
                        *packed = *value;
                    }
                }
            }
        }
    }
}

impl Turn<'_> {
    /// `L` columns from `first` on of `L` steps; where there are fewer columns, the last of them in place of others.
    #[inline(always)]
    fn square<const L: usize, S: Vector<L>>(&mut self, first: usize, step: usize) {
        let mut rows = [S::splat(0.0); L];
        unrolled!(8; L, ROW => {
            let start = (first + ROW).min(self.cols - 1) * self.inner + step;
            if let Some(row) = self.matrix.get(start..).and_then(|row| row.first_chunk()) {
                rows[ROW] = S::load(row);
            }
        });
        let columns = S::turned(rows);
        unrolled!(8; L, STEP => {
            let place = (step + STEP) * self.pitch + first;
            if let Some(place) = self.panel.get_mut(place..).and_then(|places| places.first_chunk_mut()) {
                columns[STEP].store(place);
            }
        });
    }
}
