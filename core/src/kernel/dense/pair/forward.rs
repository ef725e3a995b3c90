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

/// Halvings of eight pairs of lanes.
const LEVELS: usize = 3;

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
            match width {
                1 => write::<1>(&outputs, B * L, places),
                2 => write::<2>(&outputs, B * L, places),
                _ => write::<OUTPUTS>(&outputs, B * L, places),
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
        let whole = self.first(self.count / L * L);
        let mut halves = [[[S::splat(0.0); B]; OUTPUTS]; LEVELS];
        let (mut sums, mut pair) = ([[S::splat(0.0); B]; OUTPUTS], 0);
        while pair < L / 2 {
            // Two lanes that are added up first: the sums of neither need a place among the halves.
            let before = self.lane::<L, S, B>(&whole, 2 * pair, x);
            sums = self.lane::<L, S, B>(&whole, 2 * pair + 1, x);
            plus(&before, &mut sums);
            // As one counts in binary: two halves of a level become one of the next.
            let mut level = 0;
            while pair >> level & 1 == 1 && level < LEVELS {
                plus(&halves[level], &mut sums);
                level += 1;
            }
            if level < LEVELS {
                halves[level] = sums;
            }
            pair += 1;
        }
        sums
    }

    /// The first of these units.
    #[inline(always)]
    fn first(&self, count: usize) -> Self {
        let up_to = |row: &'a [f32]| row.get(..count).unwrap_or(&[]);
        Self { weights: self.weights.map(up_to), biases: up_to(self.biases), columns: self.columns.map(up_to), count }
    }

    /// The sums over the units of the lane whose turn it is. `whole` are the units of whole vectors: with their own number of
    /// them the compiler sees that each is there.
    #[inline(always)]
    fn lane<const L: usize, S: Vector<L>, const B: usize>(
        &self,
        whole: &Self,
        turn: usize,
        x: &[[S; B]; INPUTS],
    ) -> [[S; B]; OUTPUTS] {
        // Its bits backwards, so that halves follow one another.
        let lane = turn.reverse_bits() >> (usize::BITS - L.trailing_zeros());
        let (mut sums, mut unit) = ([[S::splat(0.0); B]; OUTPUTS], lane);
        while unit < whole.count {
            whole.unit::<L, S, B>(unit, x, &mut sums);
            unit += L;
        }
        // The last vector ends with the row, over units that have been.
        let unit = self.count - L + lane;
        if unit >= whole.count {
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

/// Up to `most` rows of `N` outputs that are in columns.
#[inline(always)]
fn write<const N: usize>(columns: &[[f32; ROWS]; OUTPUTS], most: usize, rows: &mut [f32]) {
    for (place, row) in rows.as_chunks_mut::<N>().0.iter_mut().take(most.min(ROWS)).enumerate() {
        row.iter_mut().zip(columns).for_each(|(number, column)| *number = column[place]);
    }
}

/// sums = others + sums.
#[inline(always)]
fn plus<const L: usize, S: Vector<L>, const B: usize>(others: &[[S; B]; OUTPUTS], sums: &mut [[S; B]; OUTPUTS]) {
    unrolled!(3; OUTPUTS, OUTPUT => {
        unrolled!(4; B, BLOCK => sums[OUTPUT][BLOCK] = others[OUTPUT][BLOCK].add(sums[OUTPUT][BLOCK]));
    });
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
