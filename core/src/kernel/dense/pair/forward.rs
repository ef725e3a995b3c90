//! output = act(relu(rows W_1 + b_1) W_2 + b_2), unit by unit for some vectors of rows.

use super::{of_sides, turn};
use crate::kernel::activation::{Activation, activate};
use crate::kernel::dense::Dense;
use crate::kernel::isa::{Isa, Kernel, dispatch_on};
use crate::kernel::rows::Rows;
use crate::kernel::threads::{Split, place};
use crate::kernel::tile::unrolled;
use crate::kernel::vector::Vector;

/// The outputs of a batch.
pub(in crate::kernel::dense) struct Forward<'a> {
    pub(in crate::kernel::dense) rows: Rows<'a, f32>,
    pub(in crate::kernel::dense) first: Dense<'a>,
    pub(in crate::kernel::dense) last: Dense<'a>,
    pub(in crate::kernel::dense) outer: Activation,
    pub(in crate::kernel::dense) output: &'a mut [f32],
}

/// Most rows that are turned together: four vectors of 16.
const ROWS: usize = 64;

/// Halvings of 16 lanes.
const LEVELS: usize = 4;

impl Kernel for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(mut self) {
        if const { S::FMA } {
            if const { R >= 8 } {
                of_sides!(self.first.inputs, self.last.outputs, self.many::<L, S>());
            } else {
                of_sides!(self.first.inputs, self.last.outputs, self.few::<L, S>());
            }
            activate::<L, S>(self.outer, self.output);
        }
    }
}

impl Forward<'_> {
    /// With 32 registers.
    #[inline(always)]
    fn many<const L: usize, S: Vector<L>, const I: usize, const O: usize>(&mut self) {
        let mut row = 0;
        if const { I + O <= 5 } {
            self.blocks::<L, S, I, O, 4>(&mut row, 3 * L);
        }
        self.blocks::<L, S, I, O, 2>(&mut row, L);
        self.blocks::<L, S, I, O, 1>(&mut row, 0);
    }

    /// With 16 registers.
    #[inline(always)]
    fn few<const L: usize, S: Vector<L>, const I: usize, const O: usize>(&mut self) {
        let mut row = 0;
        if const { I + O <= 5 } {
            self.blocks::<L, S, I, O, 2>(&mut row, L);
        }
        self.blocks::<L, S, I, O, 1>(&mut row, 0);
    }

    /// `B` vectors of rows at a time, while more than `most` rows are left.
    #[inline(always)]
    fn blocks<const L: usize, S: Vector<L>, const I: usize, const O: usize, const B: usize>(
        &mut self,
        row: &mut usize,
        most: usize,
    ) {
        let count = self.rows.len().min(self.output.len() / O);
        let (relu, bias) = (self.outer == Activation::ReLU, self.last.bias.first_chunk::<O>());
        let (Some(units), Some(bias)) = (Units::<I, O>::of(&self.first, &self.last), bias) else { return };
        while *row < count && count - *row > most {
            let mut columns = [[0.0; ROWS]; I];
            turn(&self.rows, *row, B * L, &mut columns);
            let mut x = [[S::splat(0.0); B]; I];
            unrolled!(4; I, INPUT => {
                unrolled!(4; B, BLOCK => {
                    x[INPUT][BLOCK] = columns[INPUT].as_chunks::<L>().0.get(BLOCK).map_or(S::splat(0.0), S::load);
                });
            });
            let sums = units.sums::<L, S, B>(&x);
            let mut outputs = [[0.0; ROWS]; O];
            unrolled!(4; O, OUTPUT => {
                unrolled!(4; B, BLOCK => {
                    let value = sums[OUTPUT][BLOCK].add(S::splat(bias[OUTPUT]));
                    if let Some(places) = outputs[OUTPUT].as_chunks_mut::<L>().0.get_mut(BLOCK) {
                        (if relu { value.relu() } else { value }).store(places);
                    }
                });
            });
            let rows = self.output.get_mut(*row * O..).unwrap_or(&mut []).as_chunks_mut::<O>().0;
            for (place, row) in rows.iter_mut().take((B * L).min(ROWS)).enumerate() {
                row.iter_mut().zip(&outputs).for_each(|(number, column)| *number = column[place]);
            }
            *row += B * L;
        }
    }
}

/// The parameters around the hidden units.
struct Units<'a, const I: usize, const O: usize> {
    weights: [&'a [f32]; I],
    biases: &'a [f32],
    columns: [&'a [f32]; O],
    count: usize,
}

impl<'a, const I: usize, const O: usize> Units<'a, I, O> {
    fn of(first: &Dense<'a>, last: &Dense<'a>) -> Option<Self> {
        let count = first.outputs;
        let (mut weights, mut columns) = ([&[][..]; I], [&[][..]; O]);
        for (input, row) in weights.iter_mut().enumerate() {
            *row = first.weight.get(input * count..(input + 1) * count)?;
        }
        for (output, column) in columns.iter_mut().enumerate() {
            *column = last.weight.get(output * count..(output + 1) * count)?;
        }
        Some(Self { weights, biases: first.bias.get(..count)?, columns, count })
    }

    /// The sums over all units, in the order of a dot product over vectors of units: each lane's units one after the other,
    /// then the lanes by halves, so that the bits are those of a row alone.
    #[inline(always)]
    fn sums<const L: usize, S: Vector<L>, const B: usize>(&self, x: &[[S; B]; I]) -> [[S; B]; O] {
        let mut halves = [[[S::splat(0.0); B]; O]; LEVELS];
        let (mut sums, mut turn) = ([[S::splat(0.0); B]; O], 0);
        while turn < L {
            sums = self.lane::<L, S, B>(turn.reverse_bits() >> (usize::BITS - L.trailing_zeros()), x);
            // As one counts in binary: two halves of a level become one of the next.
            let mut level = 0;
            while turn >> level & 1 == 1 && level < LEVELS {
                unrolled!(4; O, OUTPUT => {
                    unrolled!(4; B, BLOCK => {
                        sums[OUTPUT][BLOCK] = halves[level][OUTPUT][BLOCK].add(sums[OUTPUT][BLOCK]);
                    });
                });
                level += 1;
            }
            if level < LEVELS {
                halves[level] = sums;
            }
            turn += 1;
        }
        sums
    }

    /// The sums over the units of one lane.
    #[inline(always)]
    fn lane<const L: usize, S: Vector<L>, const B: usize>(&self, lane: usize, x: &[[S; B]; I]) -> [[S; B]; O] {
        let mut sums = [[S::splat(0.0); B]; O];
        let whole = self.count / L * L;
        let mut unit = lane;
        while unit < whole {
            self.unit::<L, S, B>(unit, x, &mut sums);
            unit += L;
        }
        // The last vector ends with the row, over units that have been.
        let unit = self.count - L + lane;
        if unit >= whole {
            self.unit::<L, S, B>(unit, x, &mut sums);
        }
        sums
    }

    #[inline(always)]
    fn unit<const L: usize, S: Vector<L>, const B: usize>(&self, unit: usize, x: &[[S; B]; I], sums: &mut [[S; B]; O]) {
        let at = |row: &[f32]| row.get(unit).copied().unwrap_or(0.0);
        let mut hidden = [S::splat(0.0); B];
        unrolled!(4; I, INPUT => {
            let weight = S::splat(at(self.weights[INPUT]));
            unrolled!(4; B, BLOCK => hidden[BLOCK] = x[INPUT][BLOCK].mul_add(weight, hidden[BLOCK]));
        });
        let bias = S::splat(at(self.biases));
        unrolled!(4; B, BLOCK => hidden[BLOCK] = hidden[BLOCK].add(bias).relu());
        unrolled!(4; O, OUTPUT => {
            let weight = S::splat(at(self.columns[OUTPUT]));
            unrolled!(4; B, BLOCK => sums[OUTPUT][BLOCK] = hidden[BLOCK].mul_add(weight, sums[OUTPUT][BLOCK]));
        });
    }
}

impl Split for Forward<'_> {
    fn work(&self) -> usize {
        self.rows.len() * self.first.outputs * (self.first.inputs + self.last.outputs)
    }

    // Fewer rows than four vectors take as long as those.
    fn most(&self) -> usize {
        self.rows.len() / ROWS
    }

    fn split(self, share: usize, parts: usize) -> (Self, Self) {
        let count = place(self.rows.len(), share, parts);
        let (first, rest) = self.rows.split_at(count);
        let (above, below) = self.output.split_at_mut((count * self.last.outputs).min(self.output.len()));
        (Self { rows: first, output: above, ..self }, Self { rows: rest, output: below, ..self })
    }

    fn run_on(self, isa: Isa) {
        dispatch_on(isa, self);
    }
}
