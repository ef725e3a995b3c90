//! Layers with so few inputs and outputs that neither fill a vector: weights, and rows that lie anywhere, are copied to places of 16
//! numbers, and what their products write beyond a row is written again by the next. Tables of measurements with a dozen columns are
//! such rows.
//!
//! The sums run in the order of the kernels for single numbers, whose bits they have.

use super::{DenseMut, DenseUpdate};
use crate::kernel::isa::{Isa, Kernel, dispatch_to_256};
use crate::kernel::product::pack;
use crate::kernel::rows::Rows;
use crate::kernel::tile::{Finish, Held, Into, Left, PACKED, Right, Tiles, multiply};
use crate::kernel::vector::Vector;

/// Numbers of a place: the widest vector, more than all inputs or outputs.
pub(in super::super) const PLACE: usize = 16;

/// Rows that are copied at a time, 4 KB of places.
const ROWS: usize = 64;

type Places<const N: usize> = [[f32; PLACE]; N];

/// Multiply-adds from which on, with AVX-512, it pays to prepare places for a product of weights as they lie. Batches of 256 rows
/// take a tenth to a fifth of the time of single numbers.
const LEAST: usize = 1 << 7;
/// The same where weights are turned.
const LEAST_TURNED: usize = 3 << 8;
/// The same of sums that are copied back.
const LEAST_SUMS: usize = 3 << 7;

/// Whether a product of rows of `inner` numbers to rows of `outputs` fits in places, and has so many multiply-adds.
const fn is_worth(least: usize, rows: usize, inner: usize, outputs: usize) -> bool {
    rows * inner * outputs >= least && 1 < outputs && inner < PLACE && outputs <= PLACE
}

/// Whether a [`product`] of [`Weights::by_inner`] is for here.
pub(super) const fn takes_by_inner(rows: usize, inner: usize, outputs: usize) -> bool {
    is_worth(LEAST, rows, inner, outputs)
}

/// Whether one of [`Weights::by_output`] is.
pub(super) const fn takes_by_output(rows: usize, inner: usize, outputs: usize) -> bool {
    is_worth(LEAST_TURNED, rows, inner, outputs)
}

/// Whether the [`weights`] of a layer are: for each output, products of its gradient with all inputs and with the 1 of the bias.
pub(super) const fn takes_weights(rows: usize, inputs: usize, outputs: usize) -> bool {
    is_worth(LEAST_SUMS, rows, outputs, inputs + 1)
}

/// The strips of vectors that hold rows of `outputs`.
#[derive(Clone, Copy)]
struct Columns {
    vectors: usize,
    strips: usize,
    /// Numbers in them, at most [`PLACE`].
    width: usize,
}

impl Columns {
    fn of(tiles: &Tiles, outputs: usize) -> Self {
        let vectors = if outputs > tiles.lanes { 2 } else { 1 };
        let strips = outputs.div_ceil(vectors * tiles.lanes);
        Self { vectors, strips, width: strips * vectors * tiles.lanes }
    }

    fn right<'a>(self, tiles: &Tiles, places: &'a [[f32; PLACE]], steps: usize) -> Right<'a> {
        Right::new(tiles.lanes, (places.as_flattened(), PLACE), (0, self.vectors, self.strips), steps)
    }
}

/// `count` rows from `first` on, each in the front of its place, and 1 in all of its places from `ones` on.
fn gather(isa: Isa, rows: &Rows<'_, f32>, (first, count): (usize, usize), ones: usize, places: &mut [[f32; PLACE]]) {
    let places = places.get_mut(..count).unwrap_or(&mut []);
    dispatch_to_256(isa, Gather { rows, first, ones, places });
}

struct Gather<'a> {
    rows: &'a Rows<'a, f32>,
    first: usize,
    ones: usize,
    places: &'a mut [[f32; PLACE]],
}

impl Kernel for Gather<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        let one = S::splat(1.0);
        for (index, place) in self.places.iter_mut().enumerate() {
            let row = self.rows.onward(self.first + index);
            if row.len() < PLACE {
                copy(row, self.ones, place);
                continue;
            }
            // A whole place at once, whatever lies behind the row.
            for (v, (place, numbers)) in place.as_chunks_mut::<L>().0.iter_mut().zip(row.as_chunks().0).enumerate() {
                one.keep(S::load(numbers), self.ones.saturating_sub(v * L).min(L)).store(place);
            }
        }
    }
}

/// As much of a row as there is.
// Apart: the compiler makes one copy of both, a call with a length for every row.
#[cold]
#[inline(never)]
fn copy(row: &[f32], ones: usize, place: &mut [f32; PLACE]) {
    let numbers = row.iter().take(ones).copied().chain(core::iter::repeat(1.0));
    place.iter_mut().zip(numbers).for_each(|(place, number)| *place = number);
}

/// The right side of a [`product`]: a place for each number of a row, with its weights.
pub(super) struct Weights(Places<PLACE>);

impl Weights {
    /// Of a layer whose weights are `[outputs][inner]`.
    pub(super) fn by_output(isa: Isa, weight: &[f32], (inner, outputs): (usize, usize)) -> Self {
        let mut places = [[0.0; PLACE]; PLACE];
        pack::turn(isa, (weight, inner), (inner, outputs), places.as_flattened_mut(), PLACE);
        Self(places)
    }

    /// Of one whose weights are `[inner][outputs]`.
    pub(super) fn by_inner(isa: Isa, weight: &[f32], outputs: usize) -> Self {
        let (mut places, rows) = ([[0.0; PLACE]; PLACE], Rows::new(weight, outputs));
        gather(isa, &rows, (0, rows.len().min(PLACE)), PLACE, &mut places);
        Self(places)
    }
}

/// output[r][o] = finish(sum_k rows[r][k] weight[k][o]): act(x W + b) with a bias in `finish`.
pub(super) fn product(
    isa: Isa,
    rows: &Rows<'_, f32>,
    Weights(weights): &Weights,
    outputs: usize,
    finish: Finish<'_>,
    output: &mut [f32],
) {
    let (tiles, inner) = (isa.tiles(), rows.width());
    let columns = Columns::of(tiles, outputs);
    let batch = Batch { tiles, right: columns.right(tiles, weights, inner), columns, inner, outputs, finish };
    let all = rows.len().min(output.len() / outputs.max(1));
    if let Some(numbers) = rows.together() {
        return batch.rows((numbers, inner), all, output);
    }
    let mut places: Places<ROWS> = [[0.0; PLACE]; ROWS];
    for done in (0..all).step_by(ROWS) {
        let count = ROWS.min(all - done);
        gather(isa, rows, (done, count), PLACE, &mut places);
        batch.rows((places.as_flattened(), PLACE), count, output.get_mut(done * outputs..).unwrap_or(&mut []));
    }
}

/// output[r][o] = sum_k rows[r][k] weights[k][o], where there is room behind the outputs of each row of weights, which are `pitch`
/// apart, for whole vectors; rows of `inner` lie together.
pub(super) fn overlapping(
    isa: Isa,
    (rows, inner): (&[f32], usize),
    (weights, pitch): (&[f32], usize),
    outputs: usize,
    output: &mut [f32],
) {
    let tiles = isa.tiles();
    let columns = Columns::of(tiles, outputs);
    let right = Right::new(tiles.lanes, (weights, pitch), (0, columns.vectors, columns.strips), inner);
    let count = (rows.len() / inner.max(1)).min(output.len() / outputs.max(1));
    Batch { tiles, right, columns, inner, outputs, finish: Finish::Scaled(1.0) }.rows((rows, inner), count, output);
}

/// The same of weights that lie together, at most [`PLACE`] outputs, copied to the `places`.
pub(in super::super) fn copied(
    isa: Isa,
    (rows, inner): (&[f32], usize),
    (weights, outputs): (&[f32], usize),
    places: &mut [f32],
    output: &mut [f32],
) {
    let weights = Rows::new(weights, outputs);
    gather(isa, &weights, (0, inner.min(weights.len())), PLACE, places.as_chunks_mut().0);
    overlapping(isa, (rows, inner), (places, PLACE), outputs, output);
}

/// A product, for any rows.
struct Batch<'a> {
    tiles: &'a Tiles,
    right: Right<'a>,
    columns: Columns,
    inner: usize,
    outputs: usize,
    finish: Finish<'a>,
}

impl Batch<'_> {
    /// `count` rows, `pitch` apart.
    fn rows(&self, (numbers, pitch): (&[f32], usize), count: usize, output: &mut [f32]) {
        let &Self { tiles, right, columns, inner, outputs, finish } = self;
        let run = |left, rows: &mut [f32], pitch| {
            multiply(tiles, left, right, Held::Nothing, Into { rows, pitch, col: 0, skip: 0 }, finish);
        };
        // Rows behind which there is room for all columns; two strips would write over each other.
        let room = output.len().checked_sub(columns.width).map_or(0, |room| room / outputs.max(1) + 1).min(count);
        let mut done = if columns.strips == 1 { room / 4 * 4 } else { 0 };
        if done > 0 {
            run(Left::fours_apart(numbers, done / 4, inner, pitch), &mut *output, outputs);
        }
        while done < count {
            let mut results: Places<PLACE> = [[0.0; PLACE]; PLACE];
            let (rest, fours) = (numbers.get(done * pitch..).unwrap_or(&[]), PLACE.min(count - done) / 4);
            let left = if fours > 0 {
                Left::fours_apart(rest, fours, inner, pitch)
            } else {
                Left::new(rest, (1, 0), (inner, 1))
            };
            run(left, results.as_flattened_mut(), PLACE);
            let some = (4 * fours).max(1);
            let output = output.chunks_exact_mut(outputs.max(1)).skip(done).zip(&results).take(some);
            output.for_each(|(row, place)| row.iter_mut().zip(place).for_each(|(to, from)| *to = *from));
            done += some;
        }
    }
}

/// Weight and bias gradient of some outputs, W as `[outputs][inputs]`, written over `into` or in place of plain SGD; in `gradient`
/// each row begins with their numbers.
pub(super) fn weights(
    isa: Isa,
    rows: &Rows<'_, f32>,
    gradient: &Rows<'_, f32>,
    into: &mut DenseMut<'_>,
    update: Option<DenseUpdate>,
) {
    let DenseMut { inputs, outputs, .. } = *into;
    let tiles = isa.tiles();
    let (mut x, mut g): (Places<ROWS>, Places<PLACE>) = ([[0.0; PLACE]; ROWS], [[0.0; PLACE]; PLACE]);
    // For each output the sums of its weights' gradients, then that of its bias: its products with an input that is always 1.
    let (mut sums, mut held): (Places<PLACE>, Places<PLACE>) = ([[0.0; PLACE]; PLACE], [[0.0; PLACE]; PLACE]);
    if update.is_some() {
        for (place, (weight, bias)) in held.iter_mut().zip(into.weight.chunks_exact(inputs.max(1)).zip(&*into.bias)) {
            place.iter_mut().zip(weight.iter().chain([bias])).for_each(|(place, number)| *place = *number);
        }
    }
    let (all, pitch) = (rows.len(), gradient.width().max(1));
    let mut first = 0;
    while first < all {
        // Where other rows lie behind, tiles find them in place of outputs that are not there. The last few are copied.
        let behind = gradient.onward(first);
        let there = behind.len().saturating_sub(PLACE) / pitch;
        let (steps, numbers, pitch) = if there > 0 {
            (ROWS.min(all - first).min(there), behind, pitch)
        } else {
            let steps = PLACE.min(all - first);
            gather(isa, gradient, (first, steps), PLACE, &mut g);
            (steps, g.as_flattened(), PLACE)
        };
        gather(isa, rows, (first, steps), inputs, &mut x);
        let side = Side { tiles, begins: first == 0, update: update.filter(|_| first + steps >= all) };
        let (columns, mut output) = (Columns::of(tiles, inputs + 1), 0);
        // Whole fours: what lies behind the last output is another row, or nothing.
        for height in [tiles.rows, 4] {
            while output < outputs && (height == 4 || output + height <= outputs) {
                let places = output..output + height;
                let left = Left::new(numbers.get(output..).unwrap_or(&[]), (height, PACKED), (steps, pitch));
                let (sums, held) = (sums.get_mut(places.clone()), held.get_mut(places));
                let places = (sums.unwrap_or(&mut []).as_flattened_mut(), held.unwrap_or(&mut []).as_flattened_mut());
                side.add(left, columns.right(tiles, &x, steps), columns, places);
                output += height;
            }
        }
        first += steps;
    }
    let found = if update.is_some() { &held } else { &sums };
    let rows = into.weight.chunks_exact_mut(inputs.max(1)).zip(&mut *into.bias).zip(found);
    for ((weight, bias), place) in rows {
        weight.iter_mut().chain([bias]).zip(place).for_each(|(number, place)| *number = *place);
    }
}

/// A block of rows.
struct Side<'a> {
    tiles: &'a Tiles,
    /// Whether it is the first.
    begins: bool,
    /// The step to take, where it is the last.
    update: Option<DenseUpdate>,
}

impl Side<'_> {
    /// Adds its products to sums, or takes the step with them.
    fn add(&self, left: Left<'_>, right: Right<'_>, columns: Columns, (sums, held): (&mut [f32], &mut [f32])) {
        match self.update {
            Some(DenseUpdate { lr, decay }) => {
                let mut parked = [0.0; PLACE * PLACE];
                let rows = parked.chunks_exact_mut(columns.width).zip(sums.chunks_exact(PLACE));
                rows.for_each(|(row, sums)| row.iter_mut().zip(sums).for_each(|(place, sum)| *place = *sum));
                let before = if self.begins { Held::Nothing } else { Held::Parked(&parked) };
                let into = Into { rows: held, pitch: PLACE, col: 0, skip: 0 };
                multiply(self.tiles, left, right, before, into, Finish::Descent(decay, lr, 1.0));
            }
            None => {
                let before = if self.begins { Held::Nothing } else { Held::There };
                let into = Into { rows: sums, pitch: PLACE, col: 0, skip: 0 };
                multiply(self.tiles, left, right, before, into, Finish::Scaled(1.0));
            }
        }
    }
}
