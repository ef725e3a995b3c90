//! The forward product of one row through a wide layer: a sample alone, and the rows that are left over from tiles.
//!
//! All sums of a strip of outputs are in registers, and the weights are read once, in runs as long as the registers allow, at
//! the bandwidth of the cache that holds them. Of small layers the time is that of one multiply-add after the other: so the
//! outputs that are no whole strip share one, in which the vectors of its second half end with the row and may lie over those of
//! the first, rather than take a pass of their own. Each sum advances as in the tiles, whose bits it has.

use super::{Dense, Layout, slim};
use crate::kernel::activation::{Activation, forward_on};
use crate::kernel::element::DenseElement;
use crate::kernel::isa::{Isa, Kernel, dispatch_on};
use crate::kernel::threads::{Split, place_of, run};
use crate::kernel::tile::{COPIED, Copied, unrolled, vectors};
use crate::kernel::vector::Vector;

/// Whether a layer's rows go this way, one by one: few inputs have loops of their own.
pub(super) const fn takes(dense: &Dense<'_>) -> bool {
    matches!(Layout::of(dense.inputs, dense.outputs), Layout::ByInput) && !slim::is_short(dense.inputs)
}

/// output = act(row W + b), W as `[inputs][outputs]` with at least a vector of outputs, b 0 where there is none.
// By reference: to copy what the caller has just written waits longer than a small layer takes.
pub(super) fn forward<T: DenseElement>(
    isa: Isa,
    row: &[T],
    dense: &Dense<'_>,
    activation: Activation,
    output: &mut [f32],
) {
    let rectify = activation == Activation::ReLU;
    match T::as_f32(row) {
        Some(row) => run(Row { row, dense, start: 0, scale: T::SCALE, rectify, col: 0, output: &mut *output }),
        None => converted(isa, row, dense, rectify, output),
    }
    forward_on(isa, activation, output);
}

/// The same of numbers that are not what the loops read.
// Apart: small layers should not walk through the place of the numbers on the stack.
#[inline(never)]
fn converted<T: DenseElement>(isa: Isa, row: &[T], dense: &Dense<'_>, rectify: bool, output: &mut [f32]) {
    let (mut copy, mut start) = (Copied::new(), 0);
    loop {
        let end = row.len().min(start + COPIED);
        let numbers = copy.numbers(isa, row.get(start..end).unwrap_or(&[]));
        run(Row { row: numbers, dense, start, scale: T::SCALE, rectify, col: 0, output: &mut *output });
        start = end;
        if start >= row.len() {
            return;
        }
    }
}

/// Some inputs of a row, from `start` on; the sums of those before them are in the output. All outputs from `col` on that there are
/// places for, at least a vector.
struct Row<'a> {
    row: &'a [f32],
    dense: &'a Dense<'a>,
    start: usize,
    scale: f32,
    rectify: bool,
    col: usize,
    output: &'a mut [f32],
}

/// How many multiply-adds of a tile take as long as one here, where each waits for a weight from the second-level cache: on Zen 4
/// that gives 8 a cycle, and registers 16. With 4, 784-256-10 was shared, and took up to 1.1 of the time of one thread.
const WAIT: usize = 2;

impl Split for Row<'_> {
    fn work(&self) -> usize {
        WAIT * self.row.len() * self.output.len()
    }

    fn most(&self) -> usize {
        self.output.len() / Layout::WIDE
    }

    fn split(self, share: usize, parts: usize) -> (Self, Self) {
        let place = place_of::<{ Layout::WIDE }>(self.output.len(), share, parts);
        let (before, behind) = self.output.split_at_mut(place);
        (Self { output: before, ..self }, Self { col: self.col + place, output: behind, ..self })
    }

    fn run_on(self, isa: Isa) {
        dispatch_on(isa, self);
    }
}

impl Kernel for Row<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(mut self) {
        let (mut place, end) = (0, self.output.len());
        while place < end && end >= L {
            let rest = (end - place).div_ceil(L);
            // Half of 32 registers, or of 16. Never so many that a single vector is left, which would wait for itself at every step,
            // and lie over sums that are done.
            let vectors = match rest {
                1 | 2 => rest,
                3 | 4 | 9 => 4,
                // (Ten to twelve are eight and then the rest: as one strip they would be the work of sixteen.)
                13..=16 | 18.. if const { L == 16 } => 16,
                _ => 8,
            };
            let half = vectors / 2 * L;
            let second = if vectors < rest { place + half } else { end - half };
            match vectors {
                1 => self.strip::<L, S, 1, 0>(end - L, 0),
                2 => self.strip::<L, S, 1, 1>(place, second),
                4 => self.strip::<L, S, 2, 2>(place, second),
                16 if const { L == 16 } => self.strip::<L, S, 8, 8>(place, second),
                _ => self.strip::<L, S, 4, 4>(place, second),
            }
            place += vectors * L;
        }
    }
}

impl Row<'_> {
    /// `A` vectors of outputs from `first` on, and `B` from `second` on.
    #[inline(always)]
    #[allow(unsafe_code, reason = "the lengths of rows are checked once, not at every step")]
    fn strip<const L: usize, S: Vector<L>, const A: usize, const B: usize>(&mut self, first: usize, second: usize) {
        let &Dense { inputs, outputs, weight, .. } = self.dense;
        let weight = weight.get(self.start * outputs..).unwrap_or(&[]);
        let (all, end) = (self.row.len() * outputs, self.col + (first + A * L).max(second + B * L));
        if all > weight.len() || end > outputs {
            return;
        }
        let (mut sums, mut others) = ([S::splat(0.0); A], [S::splat(0.0); B]);
        if self.start > 0 {
            (sums, others) = (self.held(first), self.held(second));
        }
        // Without a count of its steps, which would have the loop unrolled: layers of 16 to 64 outputs took up to 1.2 of the time.
        let (mut x, mut row) = (self.row.as_ptr(), 0);
        while row < all {
            // SAFETY: `row` is a multiple of `outputs` below that of all inputs, so that there is an input, and a row of `outputs`
            // weights; both runs of vectors end with it or before.
            let (value, left, right): (f32, &[[f32; L]; A], &[[f32; L]; B]) = unsafe {
                let weights = weight.as_ptr().add(row + self.col);
                (*x, &*weights.add(first).cast(), &*weights.add(second).cast())
            };
            let value = S::splat(value);
            unrolled!(8; A, VECTOR => sums[VECTOR] = value.mul_add(S::load(&left[VECTOR]), sums[VECTOR]));
            unrolled!(8; B, VECTOR => others[VECTOR] = value.mul_add(S::load(&right[VECTOR]), others[VECTOR]));
            (x, row) = (x.wrapping_add(1), row + outputs);
        }
        let ends = self.start + self.row.len() >= inputs;
        self.write(&sums, first, ends);
        self.write(&others, second, ends);
    }

    /// What the inputs before have left.
    #[inline(always)]
    fn held<const L: usize, S: Vector<L>, const N: usize>(&self, place: usize) -> [S; N] {
        let mut sums = [S::splat(0.0); N];
        if let Some(places) = at::<L, N>(self.output, place) {
            unrolled!(8; N, VECTOR => sums[VECTOR] = S::load(&places[VECTOR]));
        }
        sums
    }

    /// These sums, or after the last of the inputs the outputs that they make.
    #[inline(always)]
    fn write<const L: usize, S: Vector<L>, const N: usize>(&mut self, sums: &[S; N], place: usize, ends: bool) {
        let bias = at(self.dense.bias, self.col + place).unwrap_or(&[[0.0; L]; N]);
        let places = self.output.get_mut(place..).unwrap_or(&mut []);
        let Some(places) = places.as_chunks_mut::<L>().0.first_chunk_mut::<N>() else { return };
        let scale = S::splat(self.scale);
        unrolled!(8; N, VECTOR => {
            let mut value = sums[VECTOR];
            if ends {
                value = value.mul(scale).add(S::load(&bias[VECTOR]));
                value = if self.rectify { value.relu() } else { value };
            }
            value.store(&mut places[VECTOR]);
        });
    }
}

/// `N` vectors of a row from a place on.
#[inline(always)]
fn at<const L: usize, const N: usize>(row: &[f32], place: usize) -> Option<&[[f32; L]; N]> {
    vectors(row.get(place..)?)
}
