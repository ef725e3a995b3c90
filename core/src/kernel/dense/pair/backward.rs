//! The gradients of both layers from sums of one kind: where unit j is above 0 (m = 1, else 0), with i = b and x = 1 for
//! the bias,
//!
//! s_j[i, c] = sum_r m_rj x_ri g_rc
//!
//! holds them all: dW_1[i, j] = sum_c W_2[j, c] s_j[i, c], and, since h_rj = m_rj (b_j + sum_i W_1[i, j] x_ri),
//! dW_2[j, c] = b_j s_j[b, c] + sum_i W_1[i, j] s_j[i, c]. The products x g are the same for every unit, so that a unit takes
//! additions alone beside the choice of its rows. Processors with units for additions apart run them beside multiply-adds:
//! the sums of the first input are multiply-adds, about half of what there is to do. What a rounded s_j adds to dW_2 is
//! bounded by n u (|b_j| + |W_1| |x|) |g|, as the rounded h is.

use super::{INPUTS, OUTPUTS, SUMS, turn};
use crate::kernel::dense::{Dense, DenseMut, DenseUpdate};
use crate::kernel::isa::{Isa, Kernel, dispatch_on};
use crate::kernel::rows::Rows;
use crate::kernel::threads::Split;
use crate::kernel::tile::unrolled;
use crate::kernel::vector::{Vector, mul_add};

/// Most numbers of a unit: a weight for each input and each output, and a bias.
const NUMBERS: usize = INPUTS + 1 + OUTPUTS;

/// Units whose sums are kept while the rows pass by; even, because two are added up at a time.
const UNITS: usize = 128;

/// Rows whose columns lie in the first-level cache, up to 16 KB of it.
const ROWS: usize = 512;

/// A column of them. The padding keeps the columns out of each other's sets of the cache.
type Column = [f32; ROWS + 16];

/// The gradients of a batch, or the parameters after a step, of some of the units.
pub(in crate::kernel::dense) struct Backward<'a> {
    rows: Rows<'a, f32>,
    gradient: Rows<'a, f32>,
    /// Weights of each input, biases, weights of each output; the parameters are those to write where there are none.
    held: Option<[&'a [f32]; NUMBERS]>,
    into: [&'a mut [f32]; NUMBERS],
    /// The bias of the last layer, given to one of the parts.
    last_bias: &'a mut [f32],
    outputs: usize,
    update: Option<DenseUpdate>,
}

impl<'a> Backward<'a> {
    /// All units; nothing where a slice is shorter than its sizes say.
    pub(in crate::kernel::dense) fn new(
        rows: Rows<'a, f32>,
        gradient: &'a [f32],
        held: Option<[Dense<'a>; 2]>,
        [first, last]: [DenseMut<'a>; 2],
        update: Option<DenseUpdate>,
    ) -> Option<Self> {
        let (outputs, units) = (last.outputs, first.outputs);
        let held = match held {
            Some([first, last]) => {
                let mut numbers: [&[f32]; NUMBERS] = [&[]; NUMBERS];
                let all = first.weight.chunks_exact(units).take(INPUTS).chain(first.bias.chunks_exact(units));
                let all = all.chain(last.weight.chunks_exact(units).take(outputs));
                let count = numbers.iter_mut().zip(all).map(|(place, row)| *place = row).count();
                Some(numbers).filter(|_| count == INPUTS + 1 + outputs)
            }
            None => None,
        };
        let mut into: [&mut [f32]; NUMBERS] = core::array::from_fn(|_| &mut [][..]);
        let all = first.weight.chunks_exact_mut(units).take(INPUTS).chain(first.bias.chunks_exact_mut(units));
        let all = all.chain(last.weight.chunks_exact_mut(units).take(outputs));
        let count = into.iter_mut().zip(all).map(|(place, row)| *place = row).count();
        let gradient = Rows::new(gradient, outputs);
        let new = Self { rows, gradient, held, into, last_bias: last.bias, outputs, update };
        Some(new).filter(|_| count == INPUTS + 1 + outputs)
    }

    fn units(&self) -> usize {
        self.into[0].len()
    }

    /// `U` units at a time.
    #[inline(always)]
    fn all<const L: usize, S: Vector<L>, const U: usize>(&mut self) {
        let (count, mut start) = (self.rows.len().min(self.gradient.len()), 0);
        let mut block = Block::<L>::EMPTY;
        while start < self.units() {
            let units = (self.units() - start).min(UNITS);
            let held = self.parameters(start, units);
            let (mut sums, mut ends) = ([[0.0; SUMS]; UNITS], [0.0; OUTPUTS]);
            let mut row = 0;
            while row < count {
                block.fill::<S>(&self.rows, &self.gradient, row);
                // Beyond the last unit the parameters are 0, and what they sum is not written.
                for unit in (0..units).step_by(U) {
                    block.add::<S, U>(&held, unit, &mut sums);
                }
                if !self.last_bias.is_empty() {
                    block.add_ends::<S>(&mut ends);
                }
                row += ROWS;
            }
            self.write::<L, S>(start, &held, &sums);
            for (place, end) in self.last_bias.iter_mut().zip(ends) {
                *place = written::<L, S>(self.update, *place, end);
            }
            self.last_bias = &mut [];
            start += units;
        }
    }

    /// A copy: a step writes over them.
    fn parameters(&self, start: usize, units: usize) -> [[f32; UNITS]; NUMBERS] {
        let mut parameters = [[0.0; UNITS]; NUMBERS];
        for (number, places) in parameters.iter_mut().enumerate() {
            let row = self.held.map_or(&*self.into[number], |held| held[number]);
            let row = row.get(start..start + units).unwrap_or(&[]);
            places.iter_mut().zip(row).for_each(|(place, number)| *place = *number);
        }
        parameters
    }

    #[inline(always)]
    fn write<const L: usize, S: Vector<L>>(
        &mut self,
        start: usize,
        held: &[[f32; UNITS]; NUMBERS],
        sums: &[[f32; SUMS]; UNITS],
    ) {
        for number in 0..=INPUTS + OUTPUTS {
            let places = self.into[number].get_mut(start..).unwrap_or(&mut []);
            for (unit, (place, sums)) in places.iter_mut().zip(sums).enumerate() {
                let mut sum = 0.0;
                if number <= INPUTS {
                    for output in 0..OUTPUTS {
                        sum = mul_add::<L, S>(held[INPUTS + 1 + output][unit], sums[number * OUTPUTS + output], sum);
                    }
                } else {
                    for input in 0..=INPUTS {
                        sum = mul_add::<L, S>(held[input][unit], sums[input * OUTPUTS + number - INPUTS - 1], sum);
                    }
                }
                *place = written::<L, S>(self.update, *place, sum);
            }
        }
    }
}

/// What a place becomes of what it held and of its gradient.
#[inline(always)]
fn written<const L: usize, S: Vector<L>>(update: Option<DenseUpdate>, held: f32, gradient: f32) -> f32 {
    update.map_or(gradient, |update| mul_add::<L, S>(-update.lr, gradient, update.decay * held))
}

/// What all units add up of some rows.
// A vector of 16 numbers that crosses a line of the cache is read twice.
#[repr(align(64))]
struct Block<const L: usize> {
    inputs: [Column; INPUTS],
    gradients: [Column; OUTPUTS],
    /// x_1 g_c: the sums of the first input are multiply-adds.
    products: [Column; OUTPUTS],
    vectors: usize,
}

impl<const L: usize> Block<L> {
    const EMPTY: Self = Self {
        inputs: [[0.0; ROWS + 16]; INPUTS],
        gradients: [[0.0; ROWS + 16]; OUTPUTS],
        products: [[0.0; ROWS + 16]; OUTPUTS],
        vectors: 0,
    };

    #[inline(always)]
    fn fill<S: Vector<L>>(&mut self, rows: &Rows<'_, f32>, gradient: &Rows<'_, f32>, first: usize) {
        let count = turn(rows, first, ROWS, &mut self.inputs);
        turn(gradient, first, ROWS, &mut self.gradients);
        self.vectors = count.div_ceil(L);
        for (gradient, places) in self.gradients.iter().zip(&mut self.products) {
            let sides = self.inputs[1].as_chunks::<L>().0.iter().zip(gradient.as_chunks::<L>().0);
            for (place, (x, g)) in places.as_chunks_mut::<L>().0.iter_mut().zip(sides).take(self.vectors) {
                S::load(x).mul(S::load(g)).store(place);
            }
        }
    }

    /// The vector of rows `place` of some column.
    #[inline(always)]
    fn vector<S: Vector<L>>(column: &Column, place: usize) -> S {
        column.as_chunks::<L>().0.get(place).map_or(S::splat(0.0), S::load)
    }

    #[inline(always)]
    fn add<S: Vector<L>, const U: usize>(
        &self,
        held: &[[f32; UNITS]; NUMBERS],
        first: usize,
        totals: &mut [[f32; SUMS]; UNITS],
    ) {
        let (mut sums, mut weights, mut biases) =
            ([[S::splat(0.0); SUMS]; U], [[S::splat(0.0); INPUTS]; U], [S::splat(0.0); U]);
        unrolled!(4; U, UNIT => {
            unrolled!(2; INPUTS, INPUT => weights[UNIT][INPUT] = S::splat(held[INPUT][first + UNIT]));
            biases[UNIT] = S::splat(held[INPUTS][first + UNIT]);
        });
        for place in 0..self.vectors.min(ROWS / L) {
            let (mut hidden, x_0) = ([S::splat(0.0); U], Self::vector::<S>(&self.inputs[0], place));
            unrolled!(2; INPUTS, INPUT => {
                let x = if const { INPUT == 0 } { x_0 } else { Self::vector::<S>(&self.inputs[INPUT], place) };
                // In the order of the forward pass, so that a unit is above 0 where it was.
                unrolled!(4; U, UNIT => hidden[UNIT] = x.mul_add(weights[UNIT][INPUT], hidden[UNIT]));
            });
            unrolled!(4; U, UNIT => hidden[UNIT] = hidden[UNIT].add(biases[UNIT]));
            unrolled!(3; OUTPUTS, OUTPUT => {
                let g = Self::vector::<S>(&self.gradients[OUTPUT], place);
                unrolled!(4; U, UNIT => {
                    let sums = &mut sums[UNIT];
                    sums[OUTPUT] = x_0.mul_add_above(g, sums[OUTPUT], hidden[UNIT]);
                    sums[INPUTS * OUTPUTS + OUTPUT] = sums[INPUTS * OUTPUTS + OUTPUT].add_above(g, hidden[UNIT]);
                });
            });
            unrolled!(3; OUTPUTS, OUTPUT => {
                let product = Self::vector::<S>(&self.products[OUTPUT], place);
                unrolled!(4; U, UNIT => {
                    let sum = &mut sums[UNIT][OUTPUTS + OUTPUT];
                    *sum = sum.add_above(product, hidden[UNIT]);
                });
            });
        }
        unrolled!(4; U, UNIT => {
            let totals = &mut totals[first + UNIT];
            unrolled!(4; SUMS / 4, FOUR => {
                if const { 4 * FOUR < (INPUTS + 1) * OUTPUTS } {
                    let sums = &sums[UNIT];
                    let four = S::sums([sums[4 * FOUR], sums[4 * FOUR + 1], sums[4 * FOUR + 2], sums[4 * FOUR + 3]]);
                    totals[4 * FOUR..4 * FOUR + 4].iter_mut().zip(four).for_each(|(total, sum)| *total += sum);
                }
            });
        });
    }

    /// The sums of the gradients.
    #[inline(always)]
    fn add_ends<S: Vector<L>>(&self, ends: &mut [f32; OUTPUTS]) {
        for (end, column) in ends.iter_mut().zip(&self.gradients) {
            let mut sum = S::splat(0.0);
            for place in 0..self.vectors {
                sum = sum.add(Self::vector::<S>(column, place));
            }
            *end += sum.sum();
        }
    }
}

impl Kernel for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(mut self) {
        // The sums of two units, their weights and what is read fit in 32 registers.
        if const { S::FMA && R >= 8 } {
            self.all::<L, S, 2>();
        } else if const { S::FMA } {
            self.all::<L, S, 1>();
        }
    }
}

impl Split for Backward<'_> {
    fn work(&self) -> usize {
        self.rows.len() * self.units() * (INPUTS + (INPUTS + 1) * self.outputs)
    }

    // Every part reads all rows.
    fn most(&self) -> usize {
        self.units() / 16
    }

    fn split(self, share: usize, parts: usize) -> (Self, Self) {
        // Whole vectors of 16 units begin at a line of the cache.
        let count = (self.units() * share / parts.max(1)).next_multiple_of(16).min(self.units());
        let mut rest: [&mut [f32]; NUMBERS] = core::array::from_fn(|_| &mut [][..]);
        let mut first: [&mut [f32]; NUMBERS] = core::array::from_fn(|_| &mut [][..]);
        for ((all, first), rest) in self.into.into_iter().zip(&mut first).zip(&mut rest) {
            (*first, *rest) = all.split_at_mut(count.min(all.len()));
        }
        let held = self.held.map(|held| held.map(|row| row.split_at(count.min(row.len()))));
        let (before, behind) = (held.map(|held| held.map(|row| row.0)), held.map(|held| held.map(|row| row.1)));
        (Self { into: first, held: before, ..self }, Self { into: rest, held: behind, last_bias: &mut [], ..self })
    }

    fn run_on(self, isa: Isa) {
        dispatch_on(isa, self);
    }
}
