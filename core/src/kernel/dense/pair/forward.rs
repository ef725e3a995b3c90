//! output = act(relu(rows W_1 + b_1) W_2 + b_2), unit by unit for some vectors of rows.

use super::{INPUTS, OUTPUTS, turn};
use crate::kernel::activation::{Activation, forward_on};
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
        let mut row = 0;
        if const { S::FMA && R >= 8 } {
            // With 32 registers.
            self.blocks::<L, S, 4>(&mut row, L);
        } else if const { S::FMA } {
            self.blocks::<L, S, 2>(&mut row, L);
        }
        if const { S::FMA } {
            self.blocks::<L, S, 1>(&mut row, 0);
        }
    }
}

impl Forward<'_> {
    /// `B` vectors of rows at a time, while more than `most` rows are left.
    #[inline(always)]
    fn blocks<const L: usize, S: Vector<L>, const B: usize>(&mut self, row: &mut usize, most: usize) {
        let width = self.last.outputs.max(1);
        let count = self.rows.len().min(self.output.len() / width);
        let (relu, mut bias) = (self.outer == Activation::ReLU, [0.0; OUTPUTS]);
        bias.iter_mut().zip(self.last.bias).for_each(|(place, number)| *place = *number);
        let Some(units) = Units::of(&self.first, &self.last) else { return };
        while *row < count && count - *row > most {
            let mut columns = [[0.0; ROWS]; INPUTS];
            turn(&self.rows, *row, B * L, &mut columns);
            let mut x = [[S::splat(0.0); B]; INPUTS];
            unrolled!(2; INPUTS, INPUT => {
                unrolled!(4; B, BLOCK => {
                    x[INPUT][BLOCK] = columns[INPUT].as_chunks::<L>().0.get(BLOCK).map_or(S::splat(0.0), S::load);
                });
            });
            let sums = units.sums::<L, S, B>(&x);
            let mut outputs = [[0.0; ROWS]; OUTPUTS];
            unrolled!(3; OUTPUTS, OUTPUT => {
                unrolled!(4; B, BLOCK => {
                    let value = sums[OUTPUT][BLOCK].add(S::splat(bias[OUTPUT]));
                    if let Some(places) = outputs[OUTPUT].as_chunks_mut::<L>().0.get_mut(BLOCK) {
                        (if relu { value.relu() } else { value }).store(places);
                    }
                });
            });
            let places = self.output.get_mut(*row * width..).unwrap_or(&mut []);
            if width == OUTPUTS {
                let rows = places.as_chunks_mut::<OUTPUTS>().0.iter_mut().take((B * L).min(ROWS)).enumerate();
                rows.for_each(|(place, row)| *row = [outputs[0][place], outputs[1][place], outputs[2][place]]);
            } else {
                for (place, row) in places.chunks_exact_mut(width).take((B * L).min(ROWS)).enumerate() {
                    row.iter_mut().zip(&outputs).for_each(|(number, column)| *number = column[place]);
                }
            }
            *row += B * L;
        }
    }
}

/// The parameters around the hidden units.
struct Units<'a> {
    weights: [&'a [f32]; INPUTS],
    biases: &'a [f32],
    columns: [&'a [f32]; OUTPUTS],
    count: usize,
}

impl<'a> Units<'a> {
    fn of(first: &Dense<'a>, last: &Dense<'a>) -> Option<Self> {
        let count = first.outputs;
        let (mut weights, mut columns) = ([&[][..]; INPUTS], [&[][..]; OUTPUTS]);
        for (input, row) in weights.iter_mut().enumerate() {
            *row = first.weight.get(input * count..(input + 1) * count)?;
        }
        for (output, column) in columns.iter_mut().enumerate() {
            // Of fewer outputs one is there twice, and written once.
            let output = output.min(last.outputs.saturating_sub(1));
            *column = last.weight.get(output * count..(output + 1) * count)?;
        }
        Some(Self { weights, biases: first.bias.get(..count)?, columns, count })
    }

    /// The sums over all units, in the order of a dot product over vectors of units: each lane's units one after the other,
    /// then the lanes by halves, so that the bits are those of a row alone.
    #[inline(always)]
    fn sums<const L: usize, S: Vector<L>, const B: usize>(&self, x: &[[S; B]; INPUTS]) -> [[S; B]; OUTPUTS] {
        let mut halves = [[[S::splat(0.0); B]; OUTPUTS]; LEVELS];
        let (mut sums, mut turn) = ([[S::splat(0.0); B]; OUTPUTS], 0);
        while turn < L {
            sums = self.lane::<L, S, B>(turn.reverse_bits() >> (usize::BITS - L.trailing_zeros()), x);
            // As one counts in binary: two halves of a level become one of the next.
            let mut level = 0;
            while turn >> level & 1 == 1 && level < LEVELS {
                unrolled!(3; OUTPUTS, OUTPUT => {
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
    fn lane<const L: usize, S: Vector<L>, const B: usize>(
        &self,
        lane: usize,
        x: &[[S; B]; INPUTS],
    ) -> [[S; B]; OUTPUTS] {
        let mut sums = [[S::splat(0.0); B]; OUTPUTS];
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
    fn unit<const L: usize, S: Vector<L>, const B: usize>(
        &self,
        unit: usize,
        x: &[[S; B]; INPUTS],
        sums: &mut [[S; B]; OUTPUTS],
    ) {
        let at = |row: &[f32]| row.get(unit).copied().unwrap_or(0.0);
        let mut hidden = [S::splat(0.0); B];
        unrolled!(2; INPUTS, INPUT => {
            let weight = S::splat(at(self.weights[INPUT]));
            unrolled!(4; B, BLOCK => hidden[BLOCK] = x[INPUT][BLOCK].mul_add(weight, hidden[BLOCK]));
        });
        let bias = S::splat(at(self.biases));
        unrolled!(4; B, BLOCK => hidden[BLOCK] = hidden[BLOCK].add(bias).relu());
        unrolled!(3; OUTPUTS, OUTPUT => {
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
        let Self { rows, first, last, outer, output } = self;
        dispatch_on(isa, Forward { rows, first, last, outer, output: &mut *output });
        forward_on(isa, outer, output);
    }
}
