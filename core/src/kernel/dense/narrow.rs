//! The forward product of narrow layers: dot products over the inputs, several outputs and rows at once.
//!
//! A dot product of `L` lanes keeps `L` sums (input i goes to lane i mod L; the ragged end is taken from the last
//! `L` inputs, those already counted blanked) and adds them up by halves. Without fused multiply-add, and where
//! there are fewer inputs than lanes, there is one lane: the sum runs in the order of the inputs.

use super::alone::{self, Alone};
use super::blocks::{self, Blocks};
use super::{Dense, padded};
use crate::kernel::activation::{Activation, forward_on};
use crate::kernel::element::DenseElement;
use crate::kernel::isa::{Isa, Kernel, OnEach, ask_for, dispatch_on, dispatch_to_256};
use crate::kernel::rows::Rows;
use crate::kernel::threads::{Split, place};
use crate::kernel::tile::{Finish, unrolled};
use crate::kernel::vector::{Vector, mul_add};

/// output = act(rows W^T + b), W as `[outputs][inputs]`. As a kernel of its own it takes a multiple of four rows (what is left
/// over is `Few`) and leaves activations other than ReLU out; [`Scalars`] and [`Alone`] take any number of rows.
pub(super) struct Narrow<'a, T> {
    pub(super) rows: Rows<'a, T>,
    pub(super) dense: &'a Dense<'a>,
    pub(super) activation: Activation,
    pub(super) output: &'a mut [f32],
}

/// Rows whose loads are started ahead of the row in hand, where rows are picked out of a larger set.
const AHEAD: usize = 4;

impl<T: DenseElement> Kernel for Narrow<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(mut self) {
        self.by_vectors::<L, S, R, 2>();
    }
}

/// [`Narrow`] without vectors, for any number of rows.
struct Scalars<'a, T>(Narrow<'a, T>);

impl<T: DenseElement> Kernel for Scalars<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        let Self(mut narrow) = self;
        let even = narrow.rows.len().min(narrow.output.len() / narrow.dense.outputs.max(1)) / 2 * 2;
        if even > 0 {
            narrow.by_numbers::<S::One, 2>();
            narrow.rows = narrow.rows.split_at(even).1;
            narrow.output = narrow.output.get_mut(even * narrow.dense.outputs..).unwrap_or(&mut []);
        }
        if !narrow.output.is_empty() {
            narrow.by_numbers::<S::One, 1>();
        }
    }
}

/// Whether a dot product has one lane.
#[inline(always)]
pub(super) const fn is_scalar(isa: Isa, inputs: usize) -> bool {
    !isa.fuses() || inputs < isa.lanes()
}

impl<T: DenseElement> Narrow<'_, T> {
    /// All outputs, `B` rows together.
    #[inline(always)]
    pub(super) fn by_vectors<const L: usize, S: Vector<L>, const R: usize, const B: usize>(&mut self) {
        if const { S::FMA } {
            let mut first = 0;
            if const { R >= 8 } {
                // Ten is the number of classes that one meets most; of two rows they are 20 sums.
                self.some::<L, S, B, 10>(&mut first);
            }
            self.some::<L, S, B, 4>(&mut first);
            self.some::<L, S, B, 2>(&mut first);
            self.some::<L, S, B, 1>(&mut first);
        }
    }

    #[inline(always)]
    fn by_numbers<S: Vector<1>, const B: usize>(&mut self) {
        let mut first = 0;
        self.some::<1, S, B, 4>(&mut first);
        self.some::<1, S, B, 1>(&mut first);
    }

    /// `O` outputs of all rows, while there are as many.
    #[inline(always)]
    fn some<const L: usize, S: Vector<L>, const B: usize, const O: usize>(&mut self, first: &mut usize) {
        let &Dense { inputs, outputs, weight, .. } = self.dense;
        while *first + O <= outputs {
            let places = weight.get(*first * inputs..(*first + O) * inputs).unwrap_or(&[]);
            let dots = Dots::<L, S, O>::new(places, inputs);
            let count = self.rows.len().min(self.output.len() / outputs);
            let mut row = 0;
            while row + B <= count {
                let ahead = (*first == 0 && self.rows.are_picked() && row + AHEAD + B <= count).then_some(row + AHEAD);
                self.rows_of::<L, S, B, O>(&dots, (row, ahead), *first);
                row += B;
            }
            *first += O;
        }
    }

    #[inline(always)]
    fn rows_of<const L: usize, S: Vector<L>, const B: usize, const O: usize>(
        &mut self,
        dots: &Dots<'_, L, S, O>,
        (row, ahead): (usize, Option<usize>),
        first: usize,
    ) {
        let &Dense { outputs, bias, .. } = self.dense;
        let mut rows: [&[T]; B] = [&[]; B];
        unrolled!(2; B, ROW => rows[ROW] = self.rows.row(row + ROW));
        // None is asked for twice: those in hand are near.
        let mut next = rows;
        if let Some(ahead) = ahead {
            unrolled!(2; B, ROW => next[ROW] = self.rows.row(ahead + ROW));
        }
        let sums = dots.of(rows, next);
        let bias = bias.get(first..).and_then(|bias| bias.first_chunk::<O>()).copied().unwrap_or([0.0; O]);
        let relu = self.activation == Activation::ReLU;
        let output = self.output.get_mut(row * outputs..).unwrap_or(&mut []);
        for (sums, output) in sums.iter().zip(output.chunks_exact_mut(outputs.max(1))) {
            if let Some(places) = output.get_mut(first..).and_then(|output| output.first_chunk_mut::<O>()) {
                for ((place, sum), bias) in places.iter_mut().zip(sums).zip(bias) {
                    let value = mul_add::<L, S>(*sum, T::SCALE, bias);
                    *place = if relu { Activation::ReLU.apply(value) } else { value };
                }
            }
        }
    }
}

/// `O` rows of weights, one after the other, that rows of inputs are multiplied with.
pub(super) struct Dots<'a, const L: usize, S, const O: usize> {
    weights: &'a [f32],
    /// The last `L` weights of each row, blank where whole vectors have been.
    ends: [S; O],
    length: usize,
}

impl<'a, const L: usize, S: Vector<L>, const O: usize> Dots<'a, L, S, O> {
    /// Rows of `length` weights; fewer than `O` of them make every product 0.
    #[inline(always)]
    pub(super) fn new(weights: &'a [f32], length: usize) -> Self {
        let mut ends = [S::splat(0.0); O];
        let ragged = length % L;
        if ragged > 0 {
            for (end, row) in ends.iter_mut().zip(weights.chunks_exact(length)) {
                if let Some(last) = row.last_chunk::<L>() {
                    *end = S::load(last).blank(L - ragged);
                }
            }
        }
        Self { weights, ends, length }
    }

    /// The products of `B` rows with each row of weights; on the way the lines of the `next` rows are asked for, one by one:
    /// all at once are more than a core waits for.
    #[inline(always)]
    #[allow(unsafe_code, reason = "the lengths of rows are checked once, not at every step")]
    pub(super) fn of<T: DenseElement, const B: usize>(&self, rows: [&[T]; B], next: [&[T]; B]) -> [[f32; O]; B] {
        let mut sums = [[S::splat(0.0); O]; B];
        if self.weights.len() < O * self.length || rows.iter().any(|row| row.len() < self.length) {
            return [[0.0; O]; B];
        }
        // Pointers with one index for all of them: slices are compared with their lengths at every step, and their twelve
        // lengths and pointers are more than the registers of x86-64.
        let (mut inputs, mut weights) = ([core::ptr::null::<T>(); B], [self.weights.as_ptr(); O]);
        unrolled!(2; B, ROW => inputs[ROW] = rows[ROW].as_ptr());
        // SAFETY: each of the `O` rows of weights begins within the slice, whose length has just been checked.
        unrolled!(10; O, OUTPUT => weights[OUTPUT] = unsafe { weights[OUTPUT].add(OUTPUT * self.length) });
        let (mut k, whole) = (0, self.length / L * L);
        while k < whole {
            if const { B > 1 } && (k * size_of::<T>()).is_multiple_of(64) {
                unrolled!(2; B, ROW => ask_for(next[ROW].as_ptr().wrapping_add(k)));
            }
            let mut x = [S::splat(0.0); B];
            // SAFETY: `L` elements from `k` on end at `whole` or before, and every row of inputs has `length` elements.
            unrolled!(2; B, ROW => x[ROW] = T::load(unsafe { &*inputs[ROW].add(k).cast::<[T; L]>() }));
            unrolled!(10; O, OUTPUT => {
                // SAFETY: likewise, every row of weights has `length` elements.
                let w = S::load(unsafe { &*weights[OUTPUT].add(k).cast::<[f32; L]>() });
                unrolled!(2; B, ROW => sums[ROW][OUTPUT] = x[ROW].mul_add(w, sums[ROW][OUTPUT]));
            });
            k += L;
        }
        let ragged = self.length % L;
        if L > 1 && ragged > 0 {
            let mut x = [S::splat(0.0); B];
            unrolled!(2; B, ROW => {
                let last = rows[ROW].get(..self.length).and_then(|row| row.last_chunk::<L>());
                x[ROW] = last.map_or(S::splat(0.0), T::load).blank(L - ragged);
            });
            unrolled!(10; O, OUTPUT => {
                let w = self.ends[OUTPUT];
                unrolled!(2; B, ROW => sums[ROW][OUTPUT] = x[ROW].mul_add(w, sums[ROW][OUTPUT]));
            });
        }
        totals(&sums)
    }
}

impl<T: DenseElement> Split for Narrow<'_, T> {
    fn work(&self) -> usize {
        self.rows.len() * self.dense.inputs * self.dense.outputs
    }

    fn split(self, share: usize, parts: usize) -> (Self, Self) {
        let count = place(self.rows.len(), share, parts);
        let (first, rest) = self.rows.split_at(count);
        let (above, below) = self.output.split_at_mut((count * self.dense.outputs).min(self.output.len()));
        (Self { rows: first, output: above, ..self }, Self { rows: rest, output: below, ..self })
    }

    fn run_on(self, isa: Isa) {
        let Self { rows, dense, activation, output } = self;
        let narrow = Narrow { rows, dense, activation, output: &mut *output };
        if is_scalar(isa, dense.inputs) {
            if let Some(rows) =
                rows.map(T::as_f32).filter(|rows| padded::takes_by_output(rows.len(), dense.inputs, dense.outputs))
            {
                let mut bias = [0.0; padded::PLACE];
                bias.iter_mut().zip(dense.bias).for_each(|(place, number)| *place = *number);
                let weights = padded::Weights::by_output(isa, dense.weight, (dense.inputs, dense.outputs));
                let finish = Finish::Forward(1.0, &bias, activation == Activation::ReLU);
                padded::product(isa, &rows, &weights, dense.outputs, finish, narrow.output);
            } else if const { T::IS_F32 } {
                dispatch_to_256(isa, Scalars(narrow));
            } else {
                // So few bytes, less than a line of a picture, are not worth more copies of the kernel.
                Scalars(narrow).portable();
            }
        } else if let Some(rows) = rows.map(T::as_f32).filter(|rows| blocks::takes(isa, dense.inputs, rows.len())) {
            dispatch_on(isa, Blocks { rows: &rows, dense, activation, output: narrow.output });
        } else if const { T::IS_F32 } && alone::takes(isa, dense) {
            dispatch_on(isa, Alone { rows: &rows, dense, activation, output: narrow.output });
        } else {
            dispatch_on(isa, narrow);
        }
        forward_on(isa, activation, output);
    }
}

/// The sums of all lanes: as many vectors together as there are lanes, then four, then one.
#[inline(always)]
fn totals<const L: usize, S: Vector<L>, const O: usize, const B: usize>(sums: &[[S; O]; B]) -> [[f32; O]; B] {
    let mut totals = [[0.0; O]; B];
    let whole = const { if L > 4 { B * O / L * L } else { 0 } };
    unrolled!(2; if L > 4 { B * O / L } else { 0 }, BLOCK => {
        let mut block = [S::splat(0.0); L];
        unrolled!(L, PLACE => block[PLACE] = sums[(BLOCK * L + PLACE) / O][(BLOCK * L + PLACE) % O]);
        let mut numbers = [0.0; L];
        S::totals(block).store(&mut numbers);
        unrolled!(L, PLACE => totals[(BLOCK * L + PLACE) / O][(BLOCK * L + PLACE) % O] = numbers[PLACE]);
    });
    unrolled!(8; if L > 4 { B * O % L / 4 } else { B * O / 4 }, FOUR => {
        let place = |k: usize| ((whole + 4 * FOUR + k) / O, (whole + 4 * FOUR + k) % O);
        let [a, b, c, d] = [place(0), place(1), place(2), place(3)];
        let [a, b, c, d] = [(a, sums[a.0][a.1]), (b, sums[b.0][b.1]), (c, sums[c.0][c.1]), (d, sums[d.0][d.1])];
        let four = S::sums([a.1, b.1, c.1, d.1]);
        totals[a.0.0][a.0.1] = four[0];
        totals[b.0.0][b.0.1] = four[1];
        totals[c.0.0][c.0.1] = four[2];
        totals[d.0.0][d.0.1] = four[3];
    });
    unrolled!(4; B * O % 4, REST => {
        let place = B * O / 4 * 4 + REST;
        totals[place / O][place % O] = sums[place / O][place % O].sum();
    });
    totals
}
