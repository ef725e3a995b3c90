//! The gradients of one row alone, where nothing that is prepared for many would be used again.

use super::slim::written;
use super::{DenseMut, DenseUpdate, Layout};
use crate::kernel::isa::{Isa, Kernel, dispatch_on, dispatch_to_256};
use crate::kernel::tile::unrolled;
use crate::kernel::vector::{Vector, mul_add};

/// Weight and bias gradient of one row: all products of a number of the row with one of the gradient.
pub(super) struct Outer<'a> {
    pub(super) row: &'a [f32],
    pub(super) gradient: &'a [f32],
    pub(super) into: DenseMut<'a>,
    pub(super) update: Option<DenseUpdate>,
}

/// Most multiply-adds: half of what threads begin to share.
const MOST: usize = 1 << 18;

impl Outer<'_> {
    /// Runs on an instruction set, or with narrower vectors where rows of weights are shorter than its own.
    pub(super) fn run_on(self, isa: Isa) {
        if self.right().len() < isa.lanes() { dispatch_to_256(isa, self) } else { dispatch_on(isa, self) }
    }

    /// The numbers that each row of weights is a multiple of.
    #[inline(always)]
    fn right(&self) -> &[f32] {
        match Layout::of(self.into.inputs, self.into.outputs) {
            Layout::ByInput => self.gradient,
            Layout::ByOutput => self.row,
        }
    }

    /// Whether this is the way for a layer.
    pub(super) const fn takes(into: &DenseMut<'_>) -> bool {
        into.inputs > 0 && into.inputs * into.outputs <= MOST
    }
}

impl Kernel for Outer<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        let Self { row, gradient, into, update } = self;
        let (left, right) = match Layout::of(into.inputs, into.outputs) {
            Layout::ByInput => (row, gradient),
            Layout::ByOutput => (gradient, row),
        };
        for (weights, &x) in into.weight.chunks_exact_mut(right.len().max(1)).zip(left) {
            products::<L, S>(x, right, weights, update);
        }
        products::<L, S>(1.0, gradient, into.bias, update);
    }
}

/// into = x right, or a step with that.
#[inline(always)]
fn products<const L: usize, S: Vector<L>>(x: f32, right: &[f32], into: &mut [f32], update: Option<DenseUpdate>) {
    let length = into.len().min(right.len());
    let mut first = 0;
    while first < length && length >= L {
        let place = first.min(length - L);
        let from = right.get(place..).and_then(|right| right.first_chunk());
        let to = into.get_mut(place..).and_then(|into| into.first_chunk_mut());
        let (Some(from), Some(to)) = (from, to) else { return };
        let held = S::load(to);
        // What the vector before has written stays: a step is taken once.
        let product = S::splat(x).mul(S::load(from));
        written(update, held, product).keep(held, first - place).store(to);
        first += L;
    }
    for (place, y) in into.iter_mut().zip(right).skip(first) {
        *place = match update {
            Some(step) => mul_add::<L, S>(-step.lr, x * y, step.decay * *place),
            None => x * y,
        };
    }
}

/// into[i] = sum_o gradient[o] weight[i, o], W as `[inputs][outputs]` with at least eight of both: squares of the weights are
/// turned on the way to their products.
pub(super) struct Squares<'a> {
    pub(super) gradient: &'a [f32],
    pub(super) weight: &'a [f32],
    pub(super) into: &'a mut [f32],
}

impl Kernel for Squares<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        let Self { gradient, weight, into } = self;
        let (inputs, outputs) = (into.len(), gradient.len());
        if inputs < L || outputs < L {
            return;
        }
        let whole = inputs / L * L;
        let (mut last, ragged) = (S::splat(0.0), inputs - L);
        // Steps outside, so that the sums of several squares are on their way at once.
        for step in (0..outputs).step_by(L) {
            let place = step.min(outputs - L);
            let (Some(g), skip) = (gradient.get(place..).and_then(|g| g.first_chunk::<L>()), step - place) else {
                return;
            };
            let rows = weight.get(place..).unwrap_or(&[]);
            for (square, sums) in into.as_chunks_mut::<L>().0.iter_mut().enumerate() {
                let rows = rows.get(square * L * outputs..).unwrap_or(&[]);
                let before = if step == 0 { S::splat(0.0) } else { S::load(sums) };
                add::<L, S>(rows, outputs, (g, skip), before).store(sums);
            }
            if whole < inputs {
                last = add::<L, S>(rows.get(ragged * outputs..).unwrap_or(&[]), outputs, (g, skip), last);
            }
        }
        if let (true, Some(places)) = (whole < inputs, into.last_chunk_mut()) {
            last.store(places);
        }
    }
}

/// The sums of `L` rows, `pitch` apart, after their products with `g` but for the first `skip`, one after the other.
#[inline(always)]
fn add<const L: usize, S: Vector<L>>(matrix: &[f32], pitch: usize, (g, skip): (&[f32; L], usize), mut sums: S) -> S {
    let mut rows = [S::splat(0.0); L];
    unrolled!(8; L, ROW => {
        if let Some(row) = matrix.get(ROW * pitch..).and_then(|row| row.first_chunk()) {
            rows[ROW] = S::load(row);
        }
    });
    let columns = S::turned(rows);
    unrolled!(8; L, STEP => {
        if (skip..L).contains(&STEP) {
            sums = S::splat(g[STEP]).mul_add(columns[STEP], sums);
        }
    });
    sums
}
