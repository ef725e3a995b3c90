//! Register tiles, which every product is made of: some rows by some vectors, what feeds them, and what becomes of the sums.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `body` | the tile itself: the loop over its steps, in registers |
//! | `copied` | rows of the left side, copied side by side |
//! | `picks` | the steps that are worth taking |
//!
//! A tile is a function of its own, compiled once for each size and instruction set and chosen from a table. The products
//! around are plain code, compiled once: written into each of them, tiles made four fifths of the library's code and of the
//! time to compile it. (The exception: products of a few tiles, [`multiply_within`].)
//!
//! Each sum advances alone, one multiply-add a step in the order of the steps, whatever the tile and its place: an element
//! has the same bits from a tile of one row and of twelve, and with its steps cut into blocks.

#[allow(unsafe_code, reason = "places are checked once for a tile, not at every step")]
mod body;
#[allow(unsafe_code, reason = "a buffer that is written in part is no slice")]
mod copied;
mod picks;

pub(crate) use body::{Tiles, picking};
pub(crate) use copied::Copied;
pub(crate) use picks::Picks;

use super::element::DenseElement;
use super::isa::Kernel;
use super::rows::Rows;
use super::vector::Vector;
use body::{Mode, OfSize, Tile};
use core::marker::PhantomData;
use core::ptr::null;

/// Writes `body` out for each of `0..N` up to 16, without a loop: what is indexed by a loop variable that the compiler
/// does not unroll stays in memory. A smaller bound is said before, for what need not be compiled so often, or has
/// no more places.
macro_rules! unrolled {
    (2; $count:expr, $index:ident => $body:expr) => {{
        const { assert!($count <= 2) };
        unrolled!(@ $count, $index => $body, 0 1)
    }};
    (3; $count:expr, $index:ident => $body:expr) => {{
        const { assert!($count <= 3) };
        unrolled!(@ $count, $index => $body, 0 1 2)
    }};
    (4; $count:expr, $index:ident => $body:expr) => {{
        const { assert!($count <= 4) };
        unrolled!(@ $count, $index => $body, 0 1 2 3)
    }};
    (8; $count:expr, $index:ident => $body:expr) => {{
        const { assert!($count <= 8) };
        unrolled!(@ $count, $index => $body, 0 1 2 3 4 5 6 7)
    }};
    (10; $count:expr, $index:ident => $body:expr) => {{
        const { assert!($count <= 10) };
        unrolled!(@ $count, $index => $body, 0 1 2 3 4 5 6 7 8 9)
    }};
    (12; $count:expr, $index:ident => $body:expr) => {{
        const { assert!($count <= 12) };
        unrolled!(@ $count, $index => $body, 0 1 2 3 4 5 6 7 8 9 10 11)
    }};
    ($count:expr, $index:ident => $body:expr) => {{
        const { assert!($count <= 16) };
        unrolled!(@ $count, $index => $body, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)
    }};
    (@ $count:expr, $index:ident => $body:expr, $($number:literal)*) => {{$(
        // A constant: of a condition that is computed both ways are compiled, sixteen times sixteen in a tile.
        if const { $number < $count } {
            const $index: usize = $number;
            $body
        }
    )*}};
}
pub(crate) use unrolled;

/// Most rows of a tile.
pub(crate) const TALLEST: usize = if cfg!(target_os = "none") { 1 } else { 12 };
/// Most numbers in the row of the largest tile.
pub(crate) const WIDEST: usize = if cfg!(target_os = "none") {
    16
} else if cfg!(all(feature = "std", target_arch = "x86_64")) {
    32
} else {
    8
};

/// Between the rows of a tall tile whose left side is packed step by step.
pub(crate) const PACKED: usize = 1;
/// Between rows that were copied side by side, and most steps of them. 37 lines of the cache: so 12 rows lie evenly over the
/// 64 sets of a first-level cache (of 512 steps, at most 7 lines to a set, which has 8 or 12), whose 32 or 48 KB have room
/// for 392 steps (19 KB) and 512 (25 KB) with what passes by.
/// With 25 lines, and so a third block of 1024 steps for which results are read and written again, 1024 x 1024 x 1024 took
/// 2 % longer. Without an operating system the stack is short.
pub(crate) const COPIED: usize = if cfg!(target_os = "none") { 16 } else { 592 };

/// The left side: a number for each row at each step.
#[derive(Clone, Copy)]
pub(crate) struct Left<'a> {
    first: *const f32,
    rows: usize,
    /// From one row to the next.
    row: usize,
    /// From one step to the next.
    step: usize,
    steps: usize,
    /// How many times as many rows there are, one after the other.
    times: usize,
    /// The steps to take, where others add nothing; each is one of `steps`.
    picks: Option<&'a [u16]>,
    /// Which row of the result each row belongs to, where they are not one after the other. For tiles that pick their steps.
    places: Option<&'a [u32]>,
    /// The rows that are copied next, if any are known, and from one to the next.
    next: &'a [f32],
    next_row: usize,
    borrowed: PhantomData<&'a f32>,
}

impl<'a> Left<'a> {
    /// `rows` numbers at each of `steps` steps, `row` apart from row to row and `step` from step to step; no steps where
    /// there are not so many numbers.
    #[inline]
    pub(crate) const fn new(numbers: &'a [f32], (rows, row): (usize, usize), (steps, step): (usize, usize)) -> Self {
        let are_there = rows > 0 && steps > 0 && (rows - 1) * row + (steps - 1) * step < numbers.len();
        let steps = if are_there { steps } else { 0 };
        Self {
            first: numbers.as_ptr(),
            rows,
            row,
            step,
            steps,
            times: 1,
            picks: None,
            places: None,
            next: &[],
            next_row: 0,
            borrowed: PhantomData,
        }
    }

    /// The same of these steps alone: at the others all numbers are 0, and the right side's are finite. For tiles of
    /// [`Tiles::picking`] rows.
    #[inline]
    pub(crate) fn picked(self, picks: &'a Picks) -> Self {
        Self { picks: picks.of(self.steps), ..self }
    }

    /// The same with rows that belong to these places of the result.
    #[inline]
    pub(crate) fn placed(self, places: &'a [u32]) -> Self {
        Self { places: Some(places), ..self }
    }

    /// The same where the next rows to be copied are those from `row` on, from their step `start` on: a tile of copied rows
    /// brings them near, where they lie together and are not converted.
    #[inline]
    pub(crate) fn before<T: DenseElement>(self, rows: &Rows<'a, T>, (row, start): (usize, usize)) -> Self {
        let numbers = rows.together().and_then(T::as_f32);
        let next = numbers.and_then(|numbers| numbers.get(row * rows.width() + start..)).unwrap_or(&[]);
        Self { next, next_row: rows.width(), ..self }
    }

    /// `times` tiles of four rows below each other, all of `steps` neighbours; no steps where there are not so many numbers.
    #[inline]
    pub(crate) const fn fours(numbers: &'a [f32], times: usize, steps: usize) -> Self {
        Self::fours_apart(numbers, times, steps, steps)
    }

    /// The same of rows that are `row` apart, of at least as many steps.
    #[inline]
    pub(crate) const fn fours_apart(numbers: &'a [f32], times: usize, steps: usize, row: usize) -> Self {
        let are_there = 4 * times * row <= numbers.len() && steps <= row;
        let steps = if are_there { steps } else { 0 };
        Self {
            first: numbers.as_ptr(),
            rows: 4,
            row,
            step: 1,
            steps,
            times,
            picks: None,
            places: None,
            next: &[],
            next_row: 0,
            borrowed: PhantomData,
        }
    }
}

/// The right side: strips of some vectors, side by side, at each step.
#[derive(Clone, Copy)]
pub(crate) struct Right<'a> {
    first: *const f32,
    vectors: usize,
    strips: usize,
    /// From one strip to the next.
    strip: usize,
    /// From one step to the next.
    step: usize,
    steps: usize,
    borrowed: PhantomData<&'a f32>,
}

impl<'a> Right<'a> {
    /// `strips` strips from column `col` on of the first `steps` rows of a matrix, `pitch` apart; no steps where it has not
    /// so many.
    #[inline]
    pub(crate) fn new(
        lanes: usize,
        (matrix, pitch): (&'a [f32], usize),
        (col, vectors, strips): (usize, usize, usize),
        steps: usize,
    ) -> Self {
        let width = strips * vectors * lanes;
        let are_there = steps > 0 && (steps - 1) * pitch + col + width <= matrix.len();
        let steps = if are_there { steps } else { 0 };
        let first = matrix.get(col..).unwrap_or(&[]).as_ptr();
        Self { first, vectors, strips, strip: vectors * lanes, step: pitch, steps, borrowed: PhantomData }
    }

    /// Strips that were packed one after the other, step by step; no steps where there are not so many numbers.
    #[inline]
    pub(crate) fn packed(tiles: &Tiles, panels: &'a [f32], (vectors, strips): (usize, usize), steps: usize) -> Self {
        let width = vectors * tiles.lanes;
        let steps = if strips * steps * width <= panels.len() { steps } else { 0 };
        let first = panels.as_ptr();
        Self { first, vectors, strips, strip: steps * width, step: width, steps, borrowed: PhantomData }
    }
}

/// What the sums begin with.
#[derive(Clone, Copy)]
pub(crate) enum Held<'a> {
    /// Zeros.
    Nothing,
    /// What stands where they are written.
    There,
    /// What an earlier tile left in a place of its own, row after row.
    Parked(&'a [f32]),
}

/// What becomes of the sums after their last step.
#[derive(Clone, Copy)]
pub(crate) enum Finish<'a> {
    /// sum scale.
    Scaled(f32),
    /// sum scale + bias, and ReLU if asked for: other activations pass over the rows afterwards, while these are still in
    /// the first-level cache. The bias is that of the tile's columns; none is 0.
    Forward(f32, &'a [f32], bool),
    /// decay place - lr (sum scale), with decay, lr and scale.
    Descent(f32, f32, f32),
}

/// Where the sums go: as many rows as the left side has in all, `pitch` apart, from column `col` on.
pub(crate) struct Into<'a> {
    pub(crate) rows: &'a mut [f32],
    pub(crate) pitch: usize,
    pub(crate) col: usize,
    /// Lanes of the first vector that keep what they hold: the last vector of a ragged row overlaps the one before, and
    /// what stands there is already done. Heeded by tiles of one vector.
    pub(crate) skip: usize,
}

/// into[r][c] = finish(held[r][c] + sum_k left[k][r] right[k][c]). Where there is no tile of so many rows and vectors, or
/// places are too few for it, they stay as they are.
#[inline]
pub(crate) fn multiply(
    tiles: &Tiles,
    left: Left<'_>,
    right: Right<'_>,
    held: Held<'_>,
    into: Into<'_>,
    finish: Finish<'_>,
) {
    let Some((mut tile, mode)) = checked(tiles.lanes, left, right, held, into, finish) else { return };
    let run = match left.picks {
        Some(picks) if tile.steps == left.steps => {
            (tile.picks, tile.steps) = (picks.as_ptr(), picks.len());
            tiles.of_picks(left.rows, right.vectors, left.row)
        }
        None if tile.places.is_null() => tiles.of_size(left.rows, right.vectors, left.row),
        _ => None,
    };
    if let Some(run) = run {
        run(&tile, mode);
    }
}

/// [`multiply`] of nothing held, by tiles of `ROWS` rows of `VECTORS` vectors that become part of the kernel around: a product
/// of a few tiles takes no longer than to describe them to another function.
#[inline(always)]
pub(crate) fn multiply_within<const L: usize, S: Vector<L>, const ROWS: usize, const VECTORS: usize>(
    left: Left<'_>,
    right: Right<'_>,
    into: Into<'_>,
    finish: Finish<'_>,
) {
    if left.rows != ROWS || right.vectors != VECTORS {
        return;
    }
    if let Some((tile, mode)) = checked(L, left, right, Held::Nothing, into, finish) {
        OfSize::<ROWS, VECTORS, 0, false>(&tile, mode).run::<L, S, ROWS, VECTORS>();
    }
}

/// A tile that is sure to find its places, and what becomes of its sums; none where places are too few.
#[inline(always)]
fn checked(
    lanes: usize,
    left: Left<'_>,
    right: Right<'_>,
    held: Held<'_>,
    into: Into<'_>,
    finish: Finish<'_>,
) -> Option<(Tile, Mode)> {
    let (width, rows) = (right.strips * right.vectors * lanes, left.times * left.rows);
    let last = match left.places {
        None => rows.checked_sub(1)?,
        Some(places) if places.len() == rows => *places.iter().max()? as usize,
        Some(_) => return None,
    };
    let needed = last * into.pitch + width;
    let there = into.rows.get_mut(into.col..).filter(|places| places.len() >= needed)?.as_mut_ptr();
    let (held, held_pitch) = match held {
        Held::Nothing => (null(), 0),
        Held::There => (there.cast_const(), into.pitch),
        Held::Parked(parked) if left.places.is_none() && parked.len() >= rows * width => (parked.as_ptr(), width),
        Held::Parked(_) => return None,
    };
    let (mode, scale) = match finish {
        Finish::Scaled(scale) => (Mode::Plain, scale),
        Finish::Forward(scale, _, false) => (Mode::Forward, scale),
        Finish::Forward(scale, _, true) => (Mode::Rectified, scale),
        Finish::Descent(_, _, scale) => (Mode::Descent, scale),
    };
    let bias = match finish {
        Finish::Forward(_, bias, _) if bias.len() >= width => bias.as_ptr(),
        _ => null(),
    };
    let (decay, slope) = if let Finish::Descent(decay, lr, _) = finish { (decay, -lr) } else { (0.0, 0.0) };
    let tile = Tile {
        times: left.times,
        strips: right.strips,
        left: left.first,
        left_row: left.row,
        left_step: left.step,
        right: right.first,
        right_strip: right.strip,
        right_step: right.step,
        steps: left.steps.min(right.steps),
        picks: null(),
        next: left.next.as_ptr(),
        next_row: left.next_row,
        next_rows: if left.next.is_empty() { 0 } else { left.rows.min(left.next.len().div_ceil(left.next_row.max(1))) },
        places: left.places.map_or(null(), <[u32]>::as_ptr),
        held,
        held_pitch,
        into: there,
        pitch: into.pitch,
        skip: into.skip,
        bias,
        scale,
        decay,
        slope,
    };
    Some((tile, mode))
}

/// The first `V` vectors of a slice, if it has them.
#[inline(always)]
pub(crate) fn vectors<const L: usize, const V: usize>(slice: &[f32]) -> Option<&[[f32; L]; V]> {
    slice.as_chunks::<L>().0.first_chunk::<V>()
}
