//! Sums over the rows where a unit is above 0, four rows at a time: there are 16 choices of four rows, whose sums are made
//! once and serve all units. A unit looks up the one of its rows: the method of the four Russians (Arlazarov, Dinic, Kronrod
//! and Faradzhev, 1970).

use super::{INPUTS, OUTPUTS, turn};
use crate::kernel::rows::Rows;
use crate::kernel::tile::unrolled;
use crate::kernel::vector::Vector;

/// Units whose sums are kept while the rows pass by, in 8 KB.
pub(super) const UNITS: usize = 128;

/// Places for the sums of an input, or of the bias behind the inputs: one for each output, and a free one.
pub(super) const ROOM: usize = 4;

/// The sums of a unit, a line of the cache.
pub(super) type Sums = [f32; 16];

/// Those in use.
const USED: usize = (INPUTS + 1) * ROOM;

/// Vectors of them, at most: a vector has four lanes or more.
const PARTS: usize = USED / 4;

/// Rows of a table.
const FOUR: usize = 4;

/// The sums of all choices of four rows: bit r of the place says that row r is among them.
type Table = [Sums; 1 << FOUR];

/// Rows of a block, whose tables take 16 KB: half of a first-level cache.
pub(super) const ROWS: usize = 64;

/// What hidden units are made of.
pub(super) struct Hidden<'a> {
    pub(super) weights: &'a [[f32; UNITS]],
    /// The negative biases: a unit is above 0 where the products of its inputs add up to more.
    pub(super) least: &'a [f32; UNITS],
    pub(super) count: usize,
}

/// The sums of some units.
#[repr(align(64))]
pub(super) struct Totals(pub(super) [Sums; UNITS]);

/// What some rows add to the sums of any unit.
#[repr(align(64))]
pub(super) struct Block {
    tables: [Table; ROWS / FOUR],
    inputs: [[f32; ROWS]; INPUTS],
    count: usize,
}

impl Block {
    pub(super) const EMPTY: Self =
        Self { tables: [[[0.0; 16]; 1 << FOUR]; ROWS / FOUR], inputs: [[0.0; ROWS]; INPUTS], count: 0 };

    /// The rows from `first` on.
    #[inline(always)]
    pub(super) fn fill<const L: usize, S: Vector<L>>(
        &mut self,
        rows: &Rows<'_, f32>,
        gradient: &Rows<'_, f32>,
        first: usize,
    ) {
        self.count = turn(rows, first, ROWS, &mut self.inputs);
        match gradient.width() {
            1 => self.place_all::<1>(gradient, first),
            2 => self.place_all::<2>(gradient, first),
            _ => self.place_all::<OUTPUTS>(gradient, first),
        }
        // Up to a whole vector.
        let count = self.count.next_multiple_of(L).min(ROWS);
        (self.count..count).for_each(|row| self.place(row, [0.0; ROOM]));
        for table in self.tables.iter_mut().take(count / FOUR) {
            unrolled!(4; FOUR, ROW => {
                let with = 1 << ROW;
                for others in 1..with {
                    table[with | others] = sum::<L, S>(&table[others], &table[with]);
                }
            });
        }
    }

    /// All rows, of gradients of `N` outputs that lie one after the other.
    #[inline(always)]
    fn place_all<const N: usize>(&mut self, gradient: &Rows<'_, f32>, first: usize) {
        let rows = gradient.together().and_then(|data| data.get(first * N..(first + self.count) * N)).unwrap_or(&[]);
        for (row, numbers) in rows.as_chunks::<N>().0.iter().take(ROWS).enumerate() {
            let [a, b, c] = [0, 1, 2].map(|output| numbers.get(output).copied().unwrap_or(0.0));
            self.place(row, [a, b, c, 0.0]);
        }
    }

    /// What one row adds: its gradient times each input, and times 1 for the bias.
    #[inline(always)]
    fn place(&mut self, row: usize, gradient: [f32; ROOM]) {
        let sums = &mut self.tables[row / FOUR][1 << (row % FOUR)];
        for (input, places) in sums.as_chunks_mut::<ROOM>().0.iter_mut().take(INPUTS + 1).enumerate() {
            let x = self.inputs.get(input).map_or(1.0, |column| column[row]);
            *places = gradient.map(|g| x * g);
        }
    }

    /// Adds them up for each unit: four vectors share what is read of a unit, and are a block where a vector has 16 lanes.
    #[inline(always)]
    pub(super) fn add<const L: usize, S: Vector<L>>(&self, hidden: &Hidden<'_>, totals: &mut Totals) {
        let (mut vector, vectors) = (0, self.count.div_ceil(L));
        while vector + 4 <= vectors {
            self.add_vectors::<L, S, 4>(vector, hidden, totals);
            vector += 4;
        }
        while vector < vectors {
            self.add_vectors::<L, S, 1>(vector, hidden, totals);
            vector += 1;
        }
    }

    /// `V` vectors of rows from `first` on.
    #[inline(always)]
    fn add_vectors<const L: usize, S: Vector<L>, const V: usize>(
        &self,
        first: usize,
        hidden: &Hidden<'_>,
        totals: &mut Totals,
    ) {
        let mut x = [[S::splat(0.0); V]; INPUTS];
        for (x, column) in x.iter_mut().zip(&self.inputs) {
            let vectors = column.as_chunks::<L>().0.iter().skip(first);
            x.iter_mut().zip(vectors).for_each(|(x, numbers)| *x = S::load(numbers));
        }
        let Some(tables) = self.tables.get(first * L / FOUR..(first + V) * L / FOUR) else { return };
        for (unit, total) in totals.0.iter_mut().enumerate().take(hidden.count) {
            let mut weights = [S::splat(0.0); INPUTS];
            unrolled!(2; INPUTS, INPUT => weights[INPUT] = S::splat(hidden.weights[INPUT][unit]));
            let (least, mut above) = (S::splat(hidden.least[unit]), 0);
            unrolled!(4; V, VECTOR => {
                // In the order of the forward pass, so that a unit is above 0 where it was.
                let mut value = S::splat(0.0);
                unrolled!(2; INPUTS, INPUT => value = x[INPUT][VECTOR].mul_add(weights[INPUT], value));
                above |= u64::from(value.above(least)) << (VECTOR * L);
            });
            // Two sums at a time: one alone would wait for itself.
            let mut sums = [[S::splat(0.0); 2]; PARTS];
            unrolled!(3; USED.div_ceil(L), PART => sums[PART][0] = part(total, PART));
            unrolled!(V * L / FOUR, TABLE => {
                // Sixteen times the choice is its place in the table: shifts by six bits would be one more step each.
                let place = above.rotate_right(FOUR as u32 * (TABLE as u32 + 15)) as usize & 0xf0;
                let choice = tables[TABLE].as_flattened().get(place..).unwrap_or(&[]);
                unrolled!(3; USED.div_ceil(L), PART => {
                    sums[PART][TABLE % 2] = sums[PART][TABLE % 2].add(part(choice, PART));
                });
            });
            unrolled!(3; USED.div_ceil(L), PART => {
                sums[PART][0].add(sums[PART][1]).store(&mut total.as_chunks_mut::<L>().0[PART]);
            });
        }
    }

    /// The sums of all rows.
    #[inline(always)]
    pub(super) fn add_all<const L: usize, S: Vector<L>>(&self, total: &mut Sums) {
        for table in self.tables.iter().take(self.count.div_ceil(FOUR)) {
            *total = sum::<L, S>(total, &table[(1 << FOUR) - 1]);
        }
    }
}

/// A vector of the sums that begin here.
#[inline(always)]
fn part<const L: usize, S: Vector<L>>(sums: &[f32], part: usize) -> S {
    sums.as_chunks::<L>().0.get(part).map_or(S::splat(0.0), S::load)
}

#[inline(always)]
fn sum<const L: usize, S: Vector<L>>(a: &Sums, b: &Sums) -> Sums {
    let mut sum = [0.0; 16];
    for (place, to) in sum.as_chunks_mut::<L>().0.iter_mut().enumerate().take(USED.div_ceil(L)) {
        part::<L, S>(a, place).add(part(b, place)).store(to);
    }
    sum
}
