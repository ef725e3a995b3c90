//! The tile itself, and the table of its sizes.

use super::super::SMALL;
use super::super::isa::{Kernel, ask_for};
use super::super::vector::Vector;
use super::{COPIED, PACKED, unrolled};

/// Tiles below each other and side by side, with their places checked.
pub(super) struct Tile {
    pub(super) times: usize,
    pub(super) strips: usize,
    pub(super) left: *const f32,
    pub(super) left_row: usize,
    pub(super) left_step: usize,
    pub(super) right: *const f32,
    pub(super) right_strip: usize,
    pub(super) right_step: usize,
    pub(super) steps: usize,
    /// What a tile of copied rows brings near meanwhile: the first of its rows, from one to the next, and how many.
    pub(super) next: *const f32,
    pub(super) next_row: usize,
    pub(super) next_rows: usize,
    /// Which steps they are, for tiles that pick them.
    pub(super) picks: *const u16,
    /// In which rows their sums are held and go, for the same tiles; null for one after the other.
    pub(super) places: *const u32,
    /// The sums so far, and from one of their rows to the next; null for zeros.
    pub(super) held: *const f32,
    pub(super) held_pitch: usize,
    pub(super) into: *mut f32,
    pub(super) pitch: usize,
    pub(super) skip: usize,
    /// Null for zeros.
    pub(super) bias: *const f32,
    // Apart, not as the `Finish` that they are of: that is copied whole, which waits for its parts to be written.
    pub(super) scale: f32,
    pub(super) decay: f32,
    pub(super) slope: f32,
}

/// Which `Finish` it is.
#[derive(Clone, Copy)]
pub(super) enum Mode {
    Plain,
    Forward,
    Rectified,
    Descent,
}

/// A tile of one size. The mode goes there in a register: as part of the tile it was read as part of a vector, which waits
/// for all that it is of to be written.
type OneSize = fn(&Tile, Mode);

/// The tiles of an instruction set.
pub(crate) struct Tiles {
    /// Numbers in a vector.
    pub(crate) lanes: usize,
    /// Rows and vectors of the largest tile.
    pub(crate) rows: usize,
    /// Its vectors.
    pub(crate) vectors: usize,
    // Of one vector, of two, of four, and so on.
    packed: [OneSize; 2],
    copied: [OneSize; 2],
    four: [OneSize; 2],
    two: [OneSize; 3],
    one: [OneSize; 4],
    /// Rows of a tile that picks its steps.
    pub(crate) picking: usize,
    // Of rows that are packed and of rows that are copied.
    picks: [[OneSize; 2]; 2],
}

impl Tiles {
    /// Those of vectors `S`: the largest has `R` rows of `V` vectors.
    pub(crate) const fn new<const L: usize, S: Vector<L>, const R: usize, const V: usize>() -> Self {
        let one: [OneSize; 4] = [on::<L, S, 1, 1, 0>, on::<L, S, 1, 2, 0>, on::<L, S, 1, 4, 0>, on::<L, S, 1, 8, 0>];
        Self {
            lanes: L,
            rows: R,
            vectors: V,
            // A microcontroller has flash to save: what it would never call is not there.
            packed: if SMALL { [one[0]; 2] } else { [on::<L, S, R, 1, PACKED>, on::<L, S, R, 2, PACKED>] },
            copied: if SMALL { [one[0]; 2] } else { [on::<L, S, R, 1, COPIED>, on::<L, S, R, 2, COPIED>] },
            four: if SMALL { [one[0]; 2] } else { [on::<L, S, 4, 1, 0>, on::<L, S, 4, 2, 0>] },
            two: if SMALL { [one[0]; 3] } else { [on::<L, S, 2, 1, 0>, on::<L, S, 2, 2, 0>, on::<L, S, 2, 4, 0>] },
            one,
            picking: picking(L, R),
            picks: match picking(L, R) {
                8 if !SMALL => picks::<L, S, 8>(),
                4 if !SMALL => picks::<L, S, 4>(),
                _ => [[one[0]; 2]; 2],
            },
        }
    }

    /// The tile of so many rows and vectors that picks its steps.
    #[inline]
    pub(super) fn of_picks(&self, rows: usize, vectors: usize, row: usize) -> Option<OneSize> {
        let tiles = match row {
            PACKED if !SMALL && rows == self.picking => &self.picks[0],
            COPIED if !SMALL && rows == self.picking => &self.picks[1],
            _ => return None,
        };
        tiles.get(vectors.checked_sub(1)?).copied()
    }

    /// The tile of so many rows and vectors, with its left side's rows `row` apart.
    #[inline]
    pub(super) fn of_size(&self, rows: usize, vectors: usize, row: usize) -> Option<OneSize> {
        let place = vectors.trailing_zeros() as usize;
        if vectors != 1 << place {
            return None;
        }
        match (rows, row) {
            (1, _) => self.one.get(place),
            _ if SMALL => None,
            (2, _) => self.two.get(place),
            (4, _) => self.four.get(place),
            (_, PACKED) if rows == self.rows => self.packed.get(place),
            (_, COPIED) if rows == self.rows => self.copied.get(place),
            _ => None,
        }
        .copied()
    }
}

fn on<const L: usize, S: Vector<L>, const R: usize, const V: usize, const ROW: usize>(tile: &Tile, mode: Mode) {
    if const { R <= 4 } {
        S::call(OfSize::<R, V, 0, false>(tile, mode));
    } else {
        S::call(OfSize::<R, V, ROW, false>(tile, mode));
    }
}

/// Rows of a tile that picks its steps, where the largest tile has `rows`: fewer rows have more steps at which all are 0, and
/// two vectors of as many still keep the multipliers busy.
pub(crate) const fn picking(lanes: usize, rows: usize) -> usize {
    match lanes {
        16 => 8,
        8 => 4,
        _ => rows,
    }
}

const fn picks<const L: usize, S: Vector<L>, const R: usize>() -> [[OneSize; 2]; 2] {
    [
        [picked::<L, S, R, 1, PACKED>, picked::<L, S, R, 2, PACKED>],
        [picked::<L, S, R, 1, COPIED>, picked::<L, S, R, 2, COPIED>],
    ]
}

fn picked<const L: usize, S: Vector<L>, const R: usize, const V: usize, const ROW: usize>(tile: &Tile, mode: Mode) {
    S::call(OfSize::<R, V, ROW, true>(tile, mode));
}

/// A tile whose size is known when it is compiled; `ROW` is the distance between the rows of its left side, 0 where it is
/// known only when it runs; `PICKS` whether it takes the steps of a list.
pub(super) struct OfSize<'a, const R: usize, const V: usize, const ROW: usize, const PICKS: bool>(
    pub(super) &'a Tile,
    pub(super) Mode,
);

/// The sums of a tile, in registers.
type Sums<S, const R: usize, const V: usize> = [[S; V]; R];

impl<const ROWS: usize, const VECTORS: usize, const ROW: usize, const PICKS: bool> Kernel
    for OfSize<'_, ROWS, VECTORS, ROW, PICKS>
{
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        let Self(tile, mode) = self;
        let (mut left, mut held, mut into) = (tile.left, tile.held, tile.into);
        for _ in 0..tile.times {
            let mut at = Place { right: tile.right, bias: tile.bias, held, into };
            for behind in (0..tile.strips).rev() {
                let mut sums = [[S::splat(0.0); VECTORS]; ROWS];
                if !tile.held.is_null() {
                    tile.begin::<L, S, ROWS, VECTORS, PICKS>(&at, &mut sums);
                }
                let next = tile.next(left, behind);
                tile.steps::<L, S, ROWS, VECTORS, ROW, PICKS>(left, &at, &mut sums, next);
                tile.end::<L, S, ROWS, VECTORS, PICKS>(&at, &mut sums, mode);
                at = at.next(tile.right_strip, VECTORS * L);
            }
            left = left.wrapping_add(ROWS * tile.left_row);
            held = held.wrapping_add(ROWS * tile.held_pitch);
            into = into.wrapping_add(ROWS * tile.pitch);
        }
    }
}

/// Where a strip of a tile is. Pointers that go on with the strips and tiles: small products feel the multiplications by
/// which each place would be found.
struct Place {
    right: *const f32,
    bias: *const f32,
    held: *const f32,
    into: *mut f32,
}

impl Place {
    /// That of the next strip, `width` places on.
    #[inline(always)]
    fn next(self, right: usize, width: usize) -> Self {
        Self {
            right: self.right.wrapping_add(right),
            bias: self.bias.wrapping_add(width),
            held: self.held.wrapping_add(width),
            into: self.into.wrapping_add(width),
        }
    }
}

// SAFETY, for every block below: `multiply` has seen room for all rows of all strips where sums are held and where they go,
// and in a bias; `Left` and `Right` have as many steps, each with a number for every row and with all strips; `Tiles` has
// given the tile for as many rows and vectors.
impl Tile {
    /// Where the sums of a row are.
    #[inline(always)]
    fn place<const PICKS: bool>(&self, row: usize) -> usize {
        if const { !PICKS } || self.places.is_null() {
            return row;
        }
        // SAFETY: as above; there is a place for each row.
        unsafe { *self.places.add(row) as usize }
    }

    #[inline(always)]
    fn begin<const L: usize, S: Vector<L>, const R: usize, const V: usize, const PICKS: bool>(
        &self,
        at: &Place,
        sums: &mut Sums<S, R, V>,
    ) {
        unrolled!(12; R, ROW => {
            // SAFETY: as above.
            let row = unsafe { at.held.add(self.place::<PICKS>(ROW) * self.held_pitch) };
            // SAFETY: as above.
            sums[ROW] = loaded(unsafe { &*row.cast() });
            // Those of the next strip, which a large matrix has in a cache far away.
            ask_for_next::<L, V>(row);
        });
    }

    /// The two rows that a strip brings near, `behind` more strips following: the last strips do, so that nothing drives
    /// them out again. Two, so that six strips are enough for the tallest tile: 256 columns have eight with AVX-512. Other
    /// strips ask for what is near anyway.
    #[inline(always)]
    fn next(&self, left: *const f32, behind: usize) -> [*const f32; 2] {
        if 2 * behind >= self.next_rows {
            return [left; 2];
        }
        let first = self.next.wrapping_add(2 * behind * self.next_row);
        [first, first.wrapping_add(self.next_row)]
    }

    #[inline(always)]
    fn steps<const L: usize, S: Vector<L>, const R: usize, const V: usize, const ROW: usize, const PICKS: bool>(
        &self,
        left: *const f32,
        at: &Place,
        sums: &mut Sums<S, R, V>,
        next: [*const f32; 2],
    ) {
        let between = if ROW > 0 { ROW } else { self.left_row };
        // Rows that were copied lie there step after step.
        let step = if ROW > PACKED { 1 } else { self.left_step };
        for k in 0..self.steps {
            if const { ROW > PACKED && !PICKS } {
                // A line at a time, not all before the strip: those wait for each other, and the multipliers for them.
                unrolled!(2; 2, PLACE => ask_for(next[PLACE].wrapping_add(k)));
            }
            // SAFETY: as above; so many steps have been picked.
            let k = if const { PICKS } { usize::from(unsafe { *self.picks.add(k) }) } else { k };
            // SAFETY: as above.
            let vectors = loaded(unsafe { &*at.right.add(k * self.right_step).cast() });
            unrolled!(12; R, PLACE => {
                // SAFETY: as above.
                let value = S::splat(unsafe { *left.add(k * step + PLACE * between) });
                add_product(&mut sums[PLACE], value, &vectors);
            });
        }
    }

    #[inline(always)]
    fn end<const L: usize, S: Vector<L>, const R: usize, const V: usize, const PICKS: bool>(
        &self,
        at: &Place,
        sums: &mut Sums<S, R, V>,
        mode: Mode,
    ) {
        // Each way writes its rows one by one, so that the sums of one are finished while those before go to memory.
        if self.scale != 1.0 {
            let scale = S::splat(self.scale);
            unrolled!(12; R, ROW => scale_by(&mut sums[ROW], scale));
        }
        match mode {
            Mode::Plain => {
                unrolled!(12; R, ROW => self.write::<L, S, V>(at, self.place::<PICKS>(ROW), sums[ROW]));
            }
            Mode::Forward => {
                let bias = self.bias::<L, S, V>(at);
                unrolled!(12; R, ROW => {
                    self.write::<L, S, V>(at, self.place::<PICKS>(ROW), added(&sums[ROW], &bias));
                });
            }
            Mode::Rectified => {
                let bias = self.bias::<L, S, V>(at);
                unrolled!(12; R, ROW => {
                    self.write::<L, S, V>(at, self.place::<PICKS>(ROW), rectified(&added(&sums[ROW], &bias)));
                });
            }
            Mode::Descent => {
                let (decay, slope) = (S::splat(self.decay), S::splat(self.slope));
                unrolled!(12; R, ROW => {
                    let row = self.place::<PICKS>(ROW);
                    // SAFETY: as above.
                    let place = loaded::<L, S, V>(unsafe { &*at.into.add(row * self.pitch).cast() });
                    self.write::<L, S, V>(at, row, descended(&sums[ROW], &place, (decay, slope)));
                });
            }
        }
    }

    #[inline(always)]
    fn bias<const L: usize, S: Vector<L>, const V: usize>(&self, at: &Place) -> [S; V] {
        if self.bias.is_null() {
            return [S::splat(0.0); V];
        }
        // SAFETY: as above.
        loaded(unsafe { &*at.bias.cast() })
    }

    #[inline(always)]
    fn write<const L: usize, S: Vector<L>, const V: usize>(&self, at: &Place, place: usize, mut row: [S; V]) {
        // SAFETY: as above.
        let places = unsafe { &mut *at.into.add(place * self.pitch).cast::<[[f32; L]; V]>() };
        if V == 1 && self.skip > 0 {
            row[0] = row[0].keep(S::load(&places[0]), self.skip);
        }
        unrolled!(V, VECTOR => row[VECTOR].store(&mut places[VECTOR]));
    }
}

/// Asks for the `V` vectors behind as many.
#[inline(always)]
fn ask_for_next<const L: usize, const V: usize>(row: *const f32) {
    unrolled!(V, VECTOR => ask_for(row.wrapping_add((V + VECTOR) * L)));
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
