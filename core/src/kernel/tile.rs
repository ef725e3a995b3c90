//! The register tile that every product shares: `R` rows by `V` vectors of `L` lanes, and what feeds it.
//!
//! Each sum advances alone, one multiply-add a step in the order of `k`, whatever the tile and its place: an element
//! has the same bits from a tile of one row and of twelve, and with its steps cut into blocks.

use super::activation::Activation;
use super::element::DenseElement;
use super::vector::Vector;
use core::array::from_fn;

/// One vector.
pub(crate) type Lanes<const L: usize> = [f32; L];
/// The sums of a tile.
pub(crate) type Sums<const L: usize, const R: usize, const V: usize> = [[Lanes<L>; V]; R];

/// Writes `body` out for each of `0..N` up to 12, without a loop: what is indexed by a loop variable that the compiler
/// does not unroll stays in memory.
macro_rules! unrolled {
    ($count:expr, $index:ident => $body:expr) => {
        unrolled!(@ $count, $index => $body, 0 1 2 3 4 5 6 7 8 9 10 11)
    };
    (@ $count:expr, $index:ident => $body:expr, $($number:literal)*) => {{$(
        if $number < $count {
            const $index: usize = $number;
            $body
        }
    )*}};
}
pub(crate) use unrolled;

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

/// Step `k` of rows that lie side by side.
pub(crate) struct Step<'a, const R: usize, const N: usize> {
    rows: &'a [[f32; N]; R],
    k: usize,
}

impl<const R: usize, const N: usize> Column<R> for Step<'_, R, N> {
    #[inline(always)]
    fn row(&self, r: usize) -> f32 {
        self.rows[r][self.k]
    }
}

/// sums[r][v] += sum_k left_k[r] right_k[v].
#[inline(always)]
pub(crate) fn multiply<'a, T: DenseElement + 'a, const L: usize, S: Vector<L>, const R: usize, const V: usize>(
    mut sums: Sums<L, R, V>,
    left: impl Iterator<Item: Column<R>>,
    right: impl Iterator<Item = &'a [[T; L]; V]>,
) -> Sums<L, R, V> {
    const { assert!(R <= 12 && V <= 12) };
    let mut registers = [[S::splat(0.0); V]; R];
    unrolled!(R, ROW => unrolled!(V, VECTOR => registers[ROW][VECTOR] = S::load(&sums[ROW][VECTOR])));
    for (left, right) in left.zip(right) {
        let mut vectors = [S::splat(0.0); V];
        unrolled!(V, VECTOR => vectors[VECTOR] = T::load(&right[VECTOR]));
        unrolled!(R, ROW => {
            let value = S::splat(left.row(ROW));
            unrolled!(V, VECTOR => {
                registers[ROW][VECTOR] = value.mul_add(vectors[VECTOR], registers[ROW][VECTOR]);
            });
        });
    }
    unrolled!(R, ROW => unrolled!(V, VECTOR => registers[ROW][VECTOR].store(&mut sums[ROW][VECTOR])));
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

/// Columns of `R` rows: step k is element k of each. Rows shorter than `steps` give nothing.
#[inline(always)]
pub(crate) fn columns<T: DenseElement, const R: usize>(
    rows: [&[T]; R],
    steps: usize,
) -> impl Iterator<Item = [f32; R]> {
    let mut equal: [&[T]; R] = [&[]; R];
    let mut count = steps;
    for (equal, row) in equal.iter_mut().zip(rows) {
        match row.get(..steps) {
            Some(row) => *equal = row,
            None => count = 0,
        }
    }
    // After the loop every row has `steps` elements or none is read, so `get` never fails; it leaves no panic behind.
    (0..count).map_while(move |k| {
        let mut column = [0.0; R];
        for (value, row) in column.iter_mut().zip(&equal) {
            *value = row.get(k)?.unscaled();
        }
        Some(column)
    })
}

/// Columns of `R` rows that were copied side by side: one pointer reaches them all, where rows elsewhere take one each,
/// more than x86-64 has. Measured on 256 x 784 x 256 with AVX-512: 138 GFLOP/s from the rows in place, 200 from a copy.
#[inline(always)]
pub(crate) fn copied_columns<const R: usize, const N: usize>(
    rows: &[[f32; N]; R],
    steps: usize,
) -> impl Iterator<Item = Step<'_, R, N>> {
    (0..steps.min(N)).map(move |k| Step { rows, k })
}

/// `R` neighbours from column `col` on, of each row of a matrix: step k is row k.
#[inline(always)]
pub(crate) fn neighbours<const R: usize>(matrix: &[f32], pitch: usize, col: usize) -> impl Iterator<Item = &[f32; R]> {
    matrix.chunks(pitch.max(1)).map_while(move |row| row.get(col..)?.first_chunk::<R>())
}

/// The sum of a vector's lanes, halves first: 16 to 8 to 4 to 2 to 1.
#[inline(always)]
pub(crate) fn reduce<const L: usize>(mut lanes: Lanes<L>) -> f32 {
    let mut half = L / 2;
    while half > 0 {
        for l in 0..half {
            lanes[l] += lanes[l + half];
        }
        half /= 2;
    }
    lanes[0]
}

/// A tile of zeros.
#[inline(always)]
pub(crate) fn zeros<const L: usize, const R: usize, const V: usize>() -> Sums<L, R, V> {
    [[[0.0; L]; V]; R]
}

/// The first `V` vectors of each of `R` rows from `col` on.
#[inline(always)]
pub(crate) fn load<const L: usize, const R: usize, const V: usize>(
    rows: &[f32],
    pitch: usize,
    col: usize,
) -> Sums<L, R, V> {
    let mut rows = rows.chunks(pitch.max(1));
    from_fn(|_| rows.next().and_then(|row| vectors(row.get(col..)?)).copied().unwrap_or([[0.0; L]; V]))
}

/// sums = relu(sums scale + bias), without the relu for other activations: they pass over the rows afterwards,
/// while these are still in the first-level cache.
#[inline(always)]
pub(crate) fn epilogue<const L: usize, S: Vector<L>, const R: usize, const V: usize>(
    sums: &mut Sums<L, R, V>,
    scale: f32,
    bias: &[f32],
    col: usize,
    activation: Activation,
) {
    let bias = bias.get(col..).and_then(vectors::<L, V>).unwrap_or(&[[0.0; L]; V]);
    let (scale, relu) = (S::splat(scale), activation == Activation::ReLU);
    for sums in sums {
        for (sums, bias) in sums.iter_mut().zip(bias) {
            let value = S::load(sums).mul_add(scale, S::load(bias));
            let value = if relu { value.relu() } else { value };
            value.store(sums);
        }
    }
}

/// Writes a tile to `R` rows from `col` on. The first `skip` lanes keep what they hold: the last vector of a ragged
/// row overlaps the one before, and what stands there is already done.
#[inline(always)]
pub(crate) fn store<const L: usize, S: Vector<L>, const R: usize, const V: usize>(
    sums: &Sums<L, R, V>,
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
    sums: &Sums<L, R, V>,
    rows: &mut [f32],
    pitch: usize,
    col: usize,
    skip: usize,
    f: impl Fn(S, S) -> S,
) {
    for (sums, row) in sums.iter().zip(rows.chunks_mut(pitch.max(1))) {
        let row = row.get_mut(col..).map(|row| row.as_chunks_mut::<L>().0);
        let Some(places) = row.and_then(|row| row.first_chunk_mut::<V>()) else { return };
        for (v, (sums, place)) in sums.iter().zip(places).enumerate() {
            let value = f(S::load(place), S::load(sums));
            if v > 0 || skip == 0 {
                value.store(place);
            } else {
                let mut lanes = [0.0; L];
                value.store(&mut lanes);
                place.iter_mut().zip(lanes).skip(skip).for_each(|(place, lane)| *place = lane);
            }
        }
    }
}
