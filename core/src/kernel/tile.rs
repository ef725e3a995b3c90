//! The register tile that every product shares: `R` rows by `V` vectors of `L` lanes, what feeds it, and what becomes
//! of its sums.
//!
//! A tile is a function of its own, compiled once for each size and instruction set, which the kernels call: written into
//! each of them it made four fifths of the library's code and of the time to compile it.
//!
//! Each sum advances alone, one multiply-add a step in the order of `k`, whatever the tile and its place: an element
//! has the same bits from a tile of one row and of twelve, and with its steps cut into blocks.

use super::isa::Kernel;
use super::vector::Vector;
use core::marker::PhantomData;

/// Writes `body` out for each of `0..N` up to 16, without a loop: what is indexed by a loop variable that the compiler
/// does not unroll stays in memory.
macro_rules! unrolled {
    ($count:expr, $index:ident => $body:expr) => {
        unrolled!(@ $count, $index => $body, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)
    };
    (@ $count:expr, $index:ident => $body:expr, $($number:literal)*) => {{$(
        // A constant: of a condition that is computed both ways are compiled, sixteen times sixteen in a tile.
        if const { $number < $count } {
            const $index: usize = $number;
            $body
        }
    )*}};
}
pub(crate) use unrolled;

/// Between the rows of a tile whose left side is packed step by step.
pub(crate) const PACKED: usize = 1;
/// Between rows that were copied side by side, room for [`COPIED`] elements each. No power of two, whose rows would
/// fall on the same cache lines; 12 rows take 19 KB of a 32 or 48 KB first-level cache.
/// Without an operating system the stack is short.
pub(crate) const COPIED: usize = if cfg!(target_os = "none") { 16 } else { 400 };

/// The left side: a number for each of `R` rows at each step.
#[derive(Clone, Copy)]
pub(crate) struct Left<'a, const R: usize> {
    first: *const f32,
    /// From one row to the next.
    row: usize,
    /// From one step to the next.
    step: usize,
    steps: usize,
    borrowed: PhantomData<&'a f32>,
}

impl<'a, const R: usize> Left<'a, R> {
    /// Numbers `row` apart from row to row and `step` from step to step; no steps where there are not so many numbers.
    #[inline(always)]
    pub(crate) const fn new(numbers: &'a [f32], row: usize, step: usize, steps: usize) -> Self {
        let are_there = steps > 0 && (R - 1) * row + (steps - 1) * step < numbers.len();
        let steps = if are_there { steps } else { 0 };
        Self { first: numbers.as_ptr(), row, step, steps, borrowed: PhantomData }
    }

    /// The same of numbers that are not all written.
    ///
    /// # Safety
    /// Those of every row and step are, and stay for `'a`.
    #[inline(always)]
    #[allow(unsafe_code, reason = "a buffer that is written in part is no slice")]
    pub(crate) const unsafe fn from_raw(first: *const f32, row: usize, step: usize, steps: usize) -> Self {
        Self { first, row, step, steps, borrowed: PhantomData }
    }
}

/// The right side: strips of `V` vectors, side by side, at each step.
#[derive(Clone, Copy)]
pub(crate) struct Right<'a, const L: usize, const V: usize> {
    first: *const f32,
    /// From one step to the next.
    step: usize,
    steps: usize,
    strips: usize,
    borrowed: PhantomData<&'a f32>,
}

impl<'a, const L: usize, const V: usize> Right<'a, L, V> {
    /// Strips from column `col` on of the first `steps` rows of a matrix; no steps where it has not so many.
    #[inline(always)]
    pub(crate) fn strips(matrix: &'a [f32], pitch: usize, (col, strips): (usize, usize), steps: usize) -> Self {
        let are_there = steps > 0 && (steps - 1) * pitch + col + strips * V * L <= matrix.len();
        let steps = if are_there { steps } else { 0 };
        let first = matrix.get(col..).unwrap_or(&[]).as_ptr();
        Self { first, step: pitch, steps, strips, borrowed: PhantomData }
    }

    /// A strip that was packed step by step.
    #[inline(always)]
    pub(crate) const fn packed(panel: &'a [[[f32; L]; V]]) -> Self {
        let first = panel.as_ptr().cast();
        Self { first, step: V * L, steps: panel.len(), strips: 1, borrowed: PhantomData }
    }
}

/// What the sums begin with.
#[derive(Clone, Copy)]
pub(crate) enum Held<'a> {
    /// Zeros.
    Nothing,
    /// What stands where they are written.
    There,
    /// What an earlier tile left in a place of its own, row after row of `V` vectors.
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
    /// decay place + slope (sum scale), with decay, slope and scale: no negated lr, which is negated as half of a vector of
    /// two that were written one by one, and waits for both.
    Descent(f32, f32, f32),
}

/// Where the sums go: `R` rows, `pitch` apart, from column `col` on.
pub(crate) struct Into<'a> {
    pub(crate) rows: &'a mut [f32],
    pub(crate) pitch: usize,
    pub(crate) col: usize,
    /// Lanes of the first vector that keep what they hold: the last vector of a ragged row overlaps the one before, and
    /// what stands there is already done. Heeded by tiles of one vector.
    pub(crate) skip: usize,
}

/// Tiles side by side, with their places checked.
struct Tile {
    strips: usize,
    left: *const f32,
    left_row: usize,
    left_step: usize,
    right: *const f32,
    right_step: usize,
    steps: usize,
    /// The sums so far, and from one of their rows to the next; null for zeros.
    held: *const f32,
    held_pitch: usize,
    into: *mut f32,
    pitch: usize,
    skip: usize,
    bias: *const f32,
    // Apart, not as the `Finish` that they are of: that is copied whole, which waits for its parts to be written.
    scale: f32,
    decay: f32,
    slope: f32,
}

/// Which [`Finish`] it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Plain,
    Forward,
    Rectified,
    Descent,
}

/// into[r][c] = finish(held[r][c] + sum_k left[k][r] right[k][c]). `ROW` is the distance between the rows of the left side
/// for tiles of more than four rows, and must be what `left` says. Places that are too short for the tile
/// stay as they are.
#[inline(always)]
pub(crate) fn multiply<const L: usize, S: Vector<L>, const R: usize, const V: usize, const ROW: usize>(
    left: Left<'_, R>,
    right: Right<'_, L, V>,
    held: Held<'_>,
    into: Into<'_>,
    finish: Finish<'_>,
) {
    const { assert!(R >= 1 && R <= 16 && V >= 1 && V <= 16 && (R <= 4 || ROW > 0)) };
    let Some(places) = into.rows.get_mut(into.col..) else { return };
    let width = right.strips * V * L;
    if places.len() < (R - 1) * into.pitch + width || (R > 4 && left.row != ROW) {
        return;
    }
    let there = places.as_mut_ptr();
    let (held, held_pitch) = match held {
        Held::Nothing => (core::ptr::null(), 0),
        Held::There => (there.cast_const(), into.pitch),
        Held::Parked(parked) if parked.len() >= R * width => (parked.as_ptr(), width),
        Held::Parked(_) => return,
    };
    let (mode, scale) = match finish {
        Finish::Scaled(scale) => (Mode::Plain, scale),
        Finish::Forward(scale, _, false) => (Mode::Forward, scale),
        Finish::Forward(scale, _, true) => (Mode::Rectified, scale),
        Finish::Descent(_, _, scale) => (Mode::Descent, scale),
    };
    let bias = match finish {
        Finish::Forward(_, bias, _) if bias.len() >= width => bias.as_ptr(),
        _ => core::ptr::null(),
    };
    let (decay, slope) = if let Finish::Descent(decay, slope, _) = finish { (decay, slope) } else { (0.0, 0.0) };
    let tile = Tile {
        strips: right.strips,
        left: left.first,
        left_row: left.row,
        left_step: left.step,
        right: right.first,
        right_step: right.step,
        steps: left.steps.min(right.steps),
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
    if const { R <= 4 } {
        S::call(OfSize::<R, V, 0>(&tile, mode));
    } else {
        S::call(OfSize::<R, V, ROW>(&tile, mode));
    }
}

/// A tile of a size that is known when it is compiled. The mode goes there in a register: as part of the tile it was read as
/// part of a vector.
struct OfSize<'a, const R: usize, const V: usize, const ROW: usize>(&'a Tile, Mode);

/// The sums of a tile, in registers.
type Sums<S, const R: usize, const V: usize> = [[S; V]; R];

impl<const ROWS: usize, const VECTORS: usize, const ROW: usize> Kernel for OfSize<'_, ROWS, VECTORS, ROW> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        let Self(tile, mode) = self;
        for strip in 0..tile.strips {
            let col = strip * VECTORS * L;
            let mut sums = [[S::splat(0.0); VECTORS]; ROWS];
            if !tile.held.is_null() {
                tile.begin::<L, S, ROWS, VECTORS>(col, &mut sums);
            }
            tile.steps::<L, S, ROWS, VECTORS, ROW>(col, &mut sums);
            tile.end::<L, S, ROWS, VECTORS>(col, &mut sums, mode);
        }
    }
}

// SAFETY, for every block below: `multiply` has seen room for `R` rows of all strips where sums are held and where they go,
// and in a bias; `Left` and `Right` have as many steps, each with a number for every row and with all strips.
#[allow(unsafe_code, reason = "places are checked once for a tile, not at every step")]
impl Tile {
    #[inline(always)]
    fn begin<const L: usize, S: Vector<L>, const R: usize, const V: usize>(
        &self,
        col: usize,
        sums: &mut Sums<S, R, V>,
    ) {
        unrolled!(R, ROW => {
            // SAFETY: as above.
            sums[ROW] = loaded(unsafe { &*self.held.add(ROW * self.held_pitch + col).cast() });
        });
    }

    #[inline(always)]
    fn steps<const L: usize, S: Vector<L>, const R: usize, const V: usize, const ROW: usize>(
        &self,
        col: usize,
        sums: &mut Sums<S, R, V>,
    ) {
        let between = if ROW > 0 { ROW } else { self.left_row };
        // Rows that were copied lie there step after step.
        let step = if ROW > PACKED { 1 } else { self.left_step };
        for k in 0..self.steps {
            // SAFETY: as above.
            let vectors = loaded(unsafe { &*self.right.add(k * self.right_step + col).cast() });
            unrolled!(R, PLACE => {
                // SAFETY: as above.
                let value = S::splat(unsafe { *self.left.add(k * step + PLACE * between) });
                add_product(&mut sums[PLACE], value, &vectors);
            });
        }
    }

    #[inline(always)]
    fn end<const L: usize, S: Vector<L>, const R: usize, const V: usize>(
        &self,
        col: usize,
        sums: &mut Sums<S, R, V>,
        mode: Mode,
    ) {
        // Each way writes its rows one by one, so that the sums of one are finished while those before go to memory.
        if self.scale != 1.0 {
            let scale = S::splat(self.scale);
            unrolled!(R, ROW => scale_by(&mut sums[ROW], scale));
        }
        match mode {
            Mode::Plain => {
                unrolled!(R, ROW => self.write::<L, S, V>(ROW * self.pitch + col, sums[ROW]));
            }
            Mode::Forward => {
                let bias = self.bias::<L, S, V>(col);
                unrolled!(R, ROW => self.write::<L, S, V>(ROW * self.pitch + col, added(&sums[ROW], &bias)));
            }
            Mode::Rectified => {
                let bias = self.bias::<L, S, V>(col);
                unrolled!(R, ROW => {
                    self.write::<L, S, V>(ROW * self.pitch + col, rectified(&added(&sums[ROW], &bias)));
                });
            }
            Mode::Descent => {
                let (decay, slope) = (S::splat(self.decay), S::splat(self.slope));
                unrolled!(R, ROW => {
                    // SAFETY: as above.
                    let place = loaded::<L, S, V>(unsafe { &*self.into.add(ROW * self.pitch + col).cast() });
                    let row = descended(&sums[ROW], &place, (decay, slope));
                    self.write::<L, S, V>(ROW * self.pitch + col, row);
                });
            }
        }
    }

    #[inline(always)]
    fn bias<const L: usize, S: Vector<L>, const V: usize>(&self, col: usize) -> [S; V] {
        if self.bias.is_null() {
            return [S::splat(0.0); V];
        }
        // SAFETY: as above.
        loaded(unsafe { &*self.bias.add(col).cast() })
    }

    #[inline(always)]
    fn write<const L: usize, S: Vector<L>, const V: usize>(&self, place: usize, mut row: [S; V]) {
        // SAFETY: as above.
        let places = unsafe { &mut *self.into.add(place).cast::<[[f32; L]; V]>() };
        if V == 1 && self.skip > 0 {
            row[0] = row[0].keep(S::load(&places[0]), self.skip);
        }
        unrolled!(V, VECTOR => row[VECTOR].store(&mut places[VECTOR]));
    }
}

#[inline(always)]
fn loaded<const L: usize, S: Vector<L>, const V: usize>(from: &[[f32; L]; V]) -> [S; V] {
    let mut vectors = [S::splat(0.0); V];
    unrolled!(V, VECTOR => vectors[VECTOR] = S::load(&from[VECTOR]));
    vectors
}

/// sums += value vectors.
#[inline(always)]
pub(crate) fn add_product<const L: usize, S: Vector<L>, const V: usize>(sums: &mut [S; V], value: S, vectors: &[S; V]) {
    unrolled!(V, VECTOR => sums[VECTOR] = value.mul_add(vectors[VECTOR], sums[VECTOR]));
}

#[inline(always)]
fn scale_by<const L: usize, S: Vector<L>, const V: usize>(sums: &mut [S; V], scale: S) {
    unrolled!(V, VECTOR => sums[VECTOR] = sums[VECTOR].mul(scale));
}

#[inline(always)]
fn added<const L: usize, S: Vector<L>, const V: usize>(sums: &[S; V], bias: &[S; V]) -> [S; V] {
    let mut row = *sums;
    unrolled!(V, VECTOR => row[VECTOR] = row[VECTOR].add(bias[VECTOR]));
    row
}

#[inline(always)]
fn rectified<const L: usize, S: Vector<L>, const V: usize>(sums: &[S; V]) -> [S; V] {
    let mut row = *sums;
    unrolled!(V, VECTOR => row[VECTOR] = row[VECTOR].relu());
    row
}

#[inline(always)]
fn descended<const L: usize, S: Vector<L>, const V: usize>(
    sums: &[S; V],
    place: &[S; V],
    (decay, slope): (S, S),
) -> [S; V] {
    let mut row = *sums;
    unrolled!(V, VECTOR => row[VECTOR] = slope.mul_add(row[VECTOR], decay.mul(place[VECTOR])));
    row
}

/// `R` neighbours from column `col` on, of each row of a matrix: step k is row k.
#[inline(always)]
pub(crate) fn neighbours<const R: usize>(matrix: &[f32], pitch: usize, col: usize) -> impl Iterator<Item = &[f32; R]> {
    matrix.chunks(pitch.max(1)).map_while(move |row| row.get(col..)?.first_chunk::<R>())
}

/// The first `V` vectors of a slice, if it has them.
#[inline(always)]
pub(crate) fn vectors<const L: usize, const V: usize>(slice: &[f32]) -> Option<&[[f32; L]; V]> {
    slice.as_chunks::<L>().0.first_chunk::<V>()
}
