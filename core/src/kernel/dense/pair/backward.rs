//! The gradients of both layers from sums of one kind: where unit j is above 0 (m = 1, else 0), with i = b and x = 1 for
//! the bias,
//!
//! s_j[i, c] = sum_r m_rj x_ri g_rc
//!
//! holds them all: dW_1[i, j] = sum_c W_2[j, c] s_j[i, c], and, since h_rj = m_rj (b_j + sum_i W_1[i, j] x_ri),
//! dW_2[j, c] = b_j s_j[b, c] + sum_i W_1[i, j] s_j[i, c]. The products x g are the same for every unit: a unit is a choice of
//! rows whose products it adds up. What a rounded s_j adds to dW_2 is bounded by n u (|b_j| + |W_1| |x|) |g|, as the rounded
//! h is.

use super::subsets::{Block, Hidden, ROOM, ROWS, Totals, UNITS};
use super::{INPUTS, OUTPUTS};
use crate::kernel::dense::{Dense, DenseMut, DenseUpdate};
use crate::kernel::isa::{Isa, Kernel, dispatch_on};
use crate::kernel::rows::Rows;
use crate::kernel::threads::Split;
use crate::kernel::vector::{Vector, mul_add};

/// Most numbers of a unit: a weight for each input and each output, and a bias.
const NUMBERS: usize = INPUTS + 1 + OUTPUTS;

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

    #[inline(always)]
    fn all<const L: usize, S: Vector<L>>(&mut self) {
        let (count, mut start) = (self.rows.len().min(self.gradient.len()), 0);
        let mut block = Block::EMPTY;
        while start < self.units() {
            let held = self.parameters(start);
            let least = held[INPUTS].map(|bias| 0.0 - bias);
            let hidden = Hidden { weights: &held[..INPUTS], least: &least, count: (self.units() - start).min(UNITS) };
            let (mut totals, mut ends) = (Totals([[0.0; 16]; UNITS]), [0.0; 16]);
            for row in (0..count).step_by(ROWS) {
                block.fill::<L, S>(&self.rows, &self.gradient, row);
                block.add::<L, S>(&hidden, &mut totals);
                block.add_all::<L, S>(&mut ends);
            }
            self.write::<L, S>(start, &held, &totals);
            for (place, end) in self.last_bias.iter_mut().zip(&ends[INPUTS * ROOM..]) {
                *place = written::<L, S>(self.update, *place, *end);
            }
            self.last_bias = &mut [];
            start += UNITS;
        }
    }

    /// A copy: a step writes over them.
    fn parameters(&self, start: usize) -> [[f32; UNITS]; NUMBERS] {
        let mut parameters = [[0.0; UNITS]; NUMBERS];
        for (number, places) in parameters.iter_mut().enumerate() {
            let row = self.held.map_or(&*self.into[number], |held| held[number]);
            let row = row.get(start..).unwrap_or(&[]);
            places.iter_mut().zip(row).for_each(|(place, number)| *place = *number);
        }
        parameters
    }

    #[inline(always)]
    fn write<const L: usize, S: Vector<L>>(&mut self, start: usize, held: &[[f32; UNITS]; NUMBERS], totals: &Totals) {
        for number in 0..=INPUTS + OUTPUTS {
            let places = self.into[number].get_mut(start..).unwrap_or(&mut []);
            for (unit, (place, sums)) in places.iter_mut().zip(&totals.0).enumerate() {
                let mut sum = 0.0;
                if number <= INPUTS {
                    for output in 0..OUTPUTS {
                        sum = mul_add::<L, S>(held[INPUTS + 1 + output][unit], sums[number * ROOM + output], sum);
                    }
                } else {
                    for input in 0..=INPUTS {
                        sum = mul_add::<L, S>(held[input][unit], sums[input * ROOM + number - INPUTS - 1], sum);
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

impl Kernel for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(mut self) {
        if const { S::FMA } {
            self.all::<L, S>();
        }
    }
}

impl Split for Backward<'_> {
    fn work(&self) -> usize {
        self.rows.len() * self.units() * (INPUTS + (INPUTS + 1) * self.outputs)
    }

    // Every part makes all tables, which takes as long as some 25 units.
    fn most(&self) -> usize {
        self.units() / 32
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
