//! The register tile that every product shares: `R` rows by `V` vectors of `L` lanes, and what feeds it.
//!
//! Each sum advances alone, one multiply-add a step in the order of `k`, whatever the tile and its place: an element
//! has the same bits from a tile of one row and of twelve, and with its steps cut into blocks.

use super::activation::Activation;
use super::element::DenseElement;
use super::vector::Vector;
use core::marker::PhantomData;

/// One vector in memory.
pub(crate) type Lanes<const L: usize> = [f32; L];
/// The sums of a tile, in registers.
pub(crate) type Sums<S, const R: usize, const V: usize> = [[S; V]; R];

/// Writes `body` out for each of `0..N` up to 16, without a loop: what is indexed by a loop variable that the compiler
/// does not unroll stays in memory.
macro_rules! unrolled {
    ($count:expr, $index:ident => $body:expr) => {
        unrolled!(@ $count, $index => $body, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)
    };
    (@ $count:expr, $index:ident => $body:expr, $($number:literal)*) => {{$(
        if const { $number < $count } {
            const $index: usize = $number;
            $body
        }
    )*}};
}
pub(crate) use unrolled;

pub(crate) use super::copied::Copied;

/// One step of the left side: a number for each row of the tile.
pub(crate) trait Column<const R: usize> {
    /// That of row `r`.
    fn row(&self, r: usize) -> f32;
}

impl<const R: usize> Column<R> for [f32; R] {
    #[inline(always)]
    fn row(&self, r: usize) -> f32 {
        self[r]
    }
}

impl<const R: usize> Column<R> for &[f32; R] {
    #[inline(always)]
    fn row(&self, r: usize) -> f32 {
        self[r]
    }
}

/// sums[r][v] += sum_k left_k[r] right_k[v].
#[inline(always)]
pub(crate) fn multiply<'a, T: DenseElement + 'a, const L: usize, S: Vector<L>, const R: usize, const V: usize>(
    mut sums: Sums<S, R, V>,
    left: impl Iterator<Item: Column<R>>,
    right: impl Iterator<Item = &'a [[T; L]; V]>,
) -> Sums<S, R, V> {
    const { assert!(R <= 16 && V <= 16) };
    for (left, right) in left.zip(right) {
        let mut vectors = [S::splat(0.0); V];
        unrolled!(V, VECTOR => vectors[VECTOR] = T::load(&right[VECTOR]));
        unrolled!(R, ROW => {
            let value = S::splat(left.row(ROW));
            unrolled!(V, VECTOR => sums[ROW][VECTOR] = value.mul_add(vectors[VECTOR], sums[ROW][VECTOR]));
        });
    }
    sums
}

/// The first `V` vectors of a slice, if it has them.
#[inline(always)]
pub(crate) fn vectors<const L: usize, const V: usize>(slice: &[f32]) -> Option<&[Lanes<L>; V]> {
    slice.as_chunks::<L>().0.first_chunk::<V>()
}

/// `V` vectors from column `col` on, of each row of a matrix.
#[inline(always)]
pub(crate) fn strip<const L: usize, const V: usize>(
    matrix: &[f32],
    pitch: usize,
    col: usize,
) -> impl Iterator<Item = &[Lanes<L>; V]> {
    // Of whole rows all have one length, so that the checks are made once, before the loop.
    matrix.chunks_exact(pitch.max(1)).map_while(move |row| vectors(row.get(col..)?))
}

/// Element `k` of each of `R` rows that lie anywhere.
pub(crate) struct Across<'a, T, const R: usize> {
    /// Rows with more than `k` elements.
    rows: [*const T; R],
    k: usize,
    borrowed: PhantomData<&'a T>,
}

impl<T: DenseElement, const R: usize> Column<R> for Across<'_, T, R> {
    #[inline(always)]
    #[allow(unsafe_code, reason = "the lengths of rows are checked once, not at every step")]
    fn row(&self, r: usize) -> f32 {
        // SAFETY: made by `columns` alone, from borrowed rows of more than `k` elements.
        unsafe { *self.rows[r].add(self.k) }.unscaled()
    }
}

/// Columns of `R` rows: step k is element k of each. Rows shorter than `steps` give nothing.
#[inline(always)]
pub(crate) fn columns<'a, T: DenseElement, const R: usize>(
    rows: [&'a [T]; R],
    steps: usize,
) -> impl Iterator<Item = Across<'a, T, R>> {
    let mut count = steps;
    let mut places = [core::ptr::null(); R];
    unrolled!(R, ROW => {
        places[ROW] = rows[ROW].as_ptr();
        if rows[ROW].len() < steps {
            count = 0;
        }
    });
    (0..count).map(move |k| Across { rows: places, k, borrowed: PhantomData })
}

/// `R` neighbours from column `col` on, of each row of a matrix: step k is row k.
#[inline(always)]
pub(crate) fn neighbours<const R: usize>(matrix: &[f32], pitch: usize, col: usize) -> impl Iterator<Item = &[f32; R]> {
    matrix.chunks(pitch.max(1)).map_while(move |row| row.get(col..)?.first_chunk::<R>())
}

/// A tile of zeros.
#[inline(always)]
pub(crate) fn zeros<const L: usize, S: Vector<L>, const R: usize, const V: usize>() -> Sums<S, R, V> {
    [[S::splat(0.0); V]; R]
}

/// The first `V` vectors of each of `R` rows from `col` on.
#[inline(always)]
pub(crate) fn load<const L: usize, S: Vector<L>, const R: usize, const V: usize>(
    rows: &[f32],
    pitch: usize,
    col: usize,
) -> Sums<S, R, V> {
    let mut sums = zeros::<L, S, R, V>();
    unrolled!(R, ROW => {
        if let Some(places) = rows.get(ROW * pitch + col..).and_then(vectors::<L, V>) {
            unrolled!(V, VECTOR => sums[ROW][VECTOR] = S::load(&places[VECTOR]));
        }
    });
    sums
}

/// sums = relu(sums scale + bias), without the relu for other activations: they pass over the rows afterwards,
/// while these are still in the first-level cache.
#[inline(always)]
pub(crate) fn epilogue<const L: usize, S: Vector<L>, const R: usize, const V: usize>(
    sums: &mut Sums<S, R, V>,
    scale: f32,
    bias: &[f32],
    col: usize,
    activation: Activation,
) {
    let bias = bias.get(col..).and_then(vectors::<L, V>).unwrap_or(&[[0.0; L]; V]);
    let (scale, relu) = (S::splat(scale), activation == Activation::ReLU);
    unrolled!(V, VECTOR => {
        let bias = S::load(&bias[VECTOR]);
        unrolled!(R, ROW => {
            let value = sums[ROW][VECTOR].mul_add(scale, bias);
            sums[ROW][VECTOR] = if relu { value.relu() } else { value };
        });
    });
}

/// Writes a tile to `R` rows from `col` on. The first `skip` lanes keep what they hold: the last vector of a ragged
/// row overlaps the one before, and what stands there is already done.
#[inline(always)]
pub(crate) fn store<const L: usize, S: Vector<L>, const R: usize, const V: usize>(
    sums: &Sums<S, R, V>,
    rows: &mut [f32],
    pitch: usize,
    col: usize,
    skip: usize,
) {
    update::<L, S, R, V>(sums, rows, pitch, col, skip, |_, sum| sum);
}

/// The same with `place = f(place, sum)`.
#[inline(always)]
pub(crate) fn update<const L: usize, S: Vector<L>, const R: usize, const V: usize>(
    sums: &Sums<S, R, V>,
    rows: &mut [f32],
    pitch: usize,
    col: usize,
    skip: usize,
    f: impl Fn(S, S) -> S,
) {
    unrolled!(R, ROW => {
        let row = rows.get_mut(ROW * pitch + col..).map(|row| row.as_chunks_mut::<L>().0);
        if let Some(places) = row.and_then(|row| row.first_chunk_mut::<V>()) {
            unrolled!(V, VECTOR => {
                let place = &mut places[VECTOR];
                let held = S::load(place);
                let value = f(held, sums[ROW][VECTOR]);
                if VECTOR != 0 || skip == 0 {
                    value.store(place);
                } else {
                    value.keep(held, skip).store(place);
                }
            });
        }
    });
}
