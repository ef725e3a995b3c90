//! Layers with a short side of at most four inputs or outputs: points of a plane, three classes.
//!
//! A tile of rows by columns has next to nothing to do there between its loads. Instead the short side stays in registers,
//! [`VECTORS`] vectors of the long side for each of its inputs or outputs, while all rows pass by: weights where the rows are
//! multiplied with them, sums where the rows make a gradient. Each sum advances as in the tiles, in the same order.

use super::{DenseMut, DenseUpdate};
use crate::kernel::activation::Activation;
use crate::kernel::element::DenseElement;
use crate::kernel::rows::Rows;
use crate::kernel::tile::unrolled;
use crate::kernel::vector::{Vector, mul_add};

/// The longest short side.
pub(super) const SHORT: usize = 4;

/// Vectors of the long side that pass by the rows together. With as many as the registers hold, no step of a network of three
/// layers was measurably quicker, and each of these functions was two.
const VECTORS: usize = 2;

/// Whether a side is short.
pub(super) const fn is_short(size: usize) -> bool {
    size >= 1 && size <= SHORT
}

/// Calls a method for each short side.
macro_rules! of_short {
    ($side:expr, $self:ident.$method:ident::<$($generic:ident),*>($($argument:expr),*)) => {
        match $side {
            1 => $self.$method::<$($generic,)* 1>($($argument),*),
            2 => $self.$method::<$($generic,)* 2>($($argument),*),
            3 => $self.$method::<$($generic,)* 3>($($argument),*),
            4 => $self.$method::<$($generic,)* 4>($($argument),*),
            _ => {}
        }
    };
}
pub(super) use of_short;

/// The covers of a long side.
#[inline(always)]
pub(super) fn along<const L: usize>(length: usize) -> impl Iterator<Item = Cover<L, VECTORS>> {
    (0..length).step_by(VECTORS * L).map(move |first| Cover::new(first, length))
}

/// Places of one or two vectors in a row: one after the other, and where the row ends before, over each other at its end.
#[derive(Clone, Copy)]
pub(super) struct Cover<const L: usize, const V: usize> {
    places: [usize; V],
    /// Numbers at the beginning of each vector that the vectors before have covered.
    skips: [usize; V],
    length: usize,
}

impl<const L: usize, const V: usize> Cover<L, V> {
    /// The numbers of a row of `length`, at least `L`, from `first` on.
    #[inline(always)]
    pub(super) fn new(first: usize, length: usize) -> Self {
        let length = length.max(L);
        let (mut places, mut skips) = ([0; V], [0; V]);
        for v in 0..V {
            let place = first + v * L;
            places[v] = place.min(length - L);
            skips[v] = (place - places[v]).min(L);
        }
        Self { places, skips, length }
    }

    /// Whether a row begins here.
    #[inline(always)]
    pub(super) const fn begins(&self) -> bool {
        self.places[0] == 0 && self.skips[0] == 0
    }

    /// A row to read vectors from, unless it is shorter than it should be.
    #[inline(always)]
    pub(super) fn of<'a, T>(&'a self, row: &'a [T]) -> Option<Covered<'a, T, L, V>> {
        (row.len() >= self.length).then_some(Covered { cover: self, row })
    }

    /// A row to write vectors to, unless it is shorter than it should be.
    #[inline(always)]
    fn of_mut<'a>(&'a self, row: &'a mut [f32]) -> Option<CoveredMut<'a, L, V>> {
        (row.len() >= self.length).then_some(CoveredMut { cover: self, row })
    }

    /// The vectors of a row; zeros of one that is shorter than it should be.
    #[inline(always)]
    fn load<S: Vector<L>>(&self, row: &[f32]) -> [S; V] {
        let mut vectors = [S::splat(0.0); V];
        if let Some(row) = self.of(row) {
            unrolled!(2; V, VECTOR => vectors[VECTOR] = row.vector(VECTOR));
        }
        vectors
    }

    /// place = f(place, vector), each place once.
    #[inline(always)]
    pub(super) fn update<S: Vector<L>>(&self, row: &mut [f32], vectors: &[S; V], f: impl Fn(S, S) -> S) {
        unrolled!(2; V, VECTOR => {
            let place = self.places[VECTOR];
            if let Some(place) = row.get_mut(place..).and_then(|row| row.first_chunk_mut::<L>()) {
                let held = S::load(place);
                f(held, vectors[VECTOR]).keep(held, self.skips[VECTOR]).store(place);
            }
        });
    }
}

/// A row that is as long as its cover says.
pub(super) struct Covered<'a, T, const L: usize, const V: usize> {
    cover: &'a Cover<L, V>,
    row: &'a [T],
}

#[allow(unsafe_code, reason = "a row's length is checked once, not for each vector")]
impl<T: DenseElement, const L: usize, const V: usize> Covered<'_, T, L, V> {
    #[inline(always)]
    pub(super) fn vector<S: Vector<L>>(&self, vector: usize) -> S {
        // SAFETY: the row has at least `length` elements, and each place plus `L` is at most `length`.
        T::load(unsafe { &*self.row.as_ptr().add(self.cover.places[vector]).cast::<[T; L]>() })
    }
}

/// The same, to write.
struct CoveredMut<'a, const L: usize, const V: usize> {
    cover: &'a Cover<L, V>,
    row: &'a mut [f32],
}

#[allow(unsafe_code, reason = "a row's length is checked once, not for each vector")]
impl<const L: usize, const V: usize> CoveredMut<'_, L, V> {
    #[inline(always)]
    fn write<S: Vector<L>>(&mut self, vector: usize, value: S) {
        // SAFETY: the row has at least `length` elements, and each place plus `L` is at most `length`.
        value.store(unsafe { &mut *self.row.as_mut_ptr().add(self.cover.places[vector]).cast::<[f32; L]>() });
    }
}

/// `K` rows of a long side, one after the other.
#[inline(always)]
fn rows_of<const L: usize, S: Vector<L>, const K: usize, const V: usize>(
    cover: &Cover<L, V>,
    matrix: &[f32],
) -> [[S; V]; K] {
    let mut rows = [[S::splat(0.0); V]; K];
    unrolled!(4; K, ROW => {
        if let Some(row) = matrix.get(ROW * cover.length..(ROW + 1) * cover.length) {
            rows[ROW] = cover.load(row);
        }
    });
    rows
}

/// The sums of all lanes of up to four vectors.
#[inline(always)]
pub(super) fn totals<const L: usize, S: Vector<L>, const K: usize>(sums: [S; K]) -> [f32; K] {
    let mut totals = [0.0; K];
    if K == 1 {
        totals[0] = sums[0].sum();
    } else {
        // (Where there are fewer than four, some of them again.)
        let all = S::sums([sums[0], sums[1 % K], sums[2 % K], sums[3 % K]]);
        unrolled!(4; K, SIDE => totals[SIDE] = all[SIDE % SHORT]);
    }
    totals
}

/// into[r] = act'(previous[r]) sum_k gradient[r][k] right[k] for ReLU, and no act' for other activations.
#[inline(always)]
pub(super) fn input_gradient<const L: usize, S: Vector<L>, const K: usize>(
    cover: &Cover<L, VECTORS>,
    gradient: &[f32],
    weight: &[f32],
    (activation, previous): (Activation, &[f32]),
    into: &mut [f32],
) {
    let weights: [[S; VECTORS]; K] = rows_of(cover, weight);
    let relu = activation == Activation::ReLU;
    let rows = previous.chunks_exact(cover.length).zip(into.chunks_exact_mut(cover.length));
    for (gradient, (previous, into)) in gradient.as_chunks::<K>().0.iter().zip(rows) {
        let (Some(previous), Some(mut into)) = (cover.of(previous), cover.of_mut(into)) else { return };
        let mut g = [S::splat(0.0); K];
        unrolled!(4; K, SIDE => g[SIDE] = S::splat(gradient[SIDE]));
        unrolled!(2; VECTORS, VECTOR => {
            let mut sum = S::splat(0.0);
            unrolled!(4; K, SIDE => sum = g[SIDE].mul_add(weights[SIDE][VECTOR], sum));
            into.write(VECTOR, if relu { sum.masked(previous.vector(VECTOR)) } else { sum });
        });
    }
}

/// What places become of what they held and of their gradient.
#[inline(always)]
pub(super) fn written<const L: usize, S: Vector<L>>(step: Option<DenseUpdate>, held: S, gradient: S) -> S {
    match step {
        Some(step) => S::splat(-step.lr).mul_add(gradient, S::splat(step.decay).mul(held)),
        None => gradient,
    }
}

/// Weight and bias of `K` inputs: sums over rows of left[r][first + k] gradient[r], and of gradient[r].
#[inline(always)]
pub(super) fn by_input<T: DenseElement, const L: usize, S: Vector<L>, const K: usize, const V: usize>(
    cover: &Cover<L, V>,
    rows: Rows<'_, T>,
    gradient: &[f32],
    (into, first): (&mut DenseMut<'_>, usize),
    step: Option<DenseUpdate>,
) {
    let (mut sums, mut bias) = ([[S::splat(0.0); V]; K], [S::splat(0.0); V]);
    let one = S::splat(1.0);
    for (index, gradient) in gradient.chunks_exact(cover.length).enumerate().take(rows.len()) {
        let row = rows.row(index).get(first..).and_then(|row| row.first_chunk::<K>());
        let (Some(row), Some(gradient)) = (row, cover.of(gradient)) else { return };
        let mut x = [S::splat(0.0); K];
        unrolled!(4; K, SIDE => x[SIDE] = S::splat(row[SIDE].unscaled()));
        unrolled!(2; V, VECTOR => {
            let g = gradient.vector::<S>(VECTOR);
            unrolled!(4; K, SIDE => sums[SIDE][VECTOR] = x[SIDE].mul_add(g, sums[SIDE][VECTOR]));
            bias[VECTOR] = one.mul_add(g, bias[VECTOR]);
        });
    }
    let scale = S::splat(T::SCALE);
    for (row, sums) in into.weight.chunks_exact_mut(cover.length).zip(&sums) {
        cover.update(row, sums, |held, sum| written(step, held, sum.mul(scale)));
    }
    if !into.bias.is_empty() {
        cover.update(into.bias, &bias, |held, sum| written(step, held, sum));
    }
}

/// Weights and biases of `K` outputs: sums over rows of gradient[r][first + k] left[r], and of gradient[r][first + k].
#[inline(always)]
pub(super) fn by_output<T: DenseElement, const L: usize, S: Vector<L>, const K: usize>(
    cover: &Cover<L, VECTORS>,
    rows: Rows<'_, T>,
    (gradient, pitch): (&[f32], usize),
    (into, first): (&mut DenseMut<'_>, usize),
    step: Option<DenseUpdate>,
) {
    let (mut sums, mut bias) = ([[S::splat(0.0); VECTORS]; K], [0.0; K]);
    for (index, gradient) in gradient.chunks_exact(pitch.max(1)).enumerate().take(rows.len()) {
        let gradient = gradient.get(first..).and_then(|gradient| gradient.first_chunk::<K>());
        let (Some(gradient), Some(row)) = (gradient, cover.of(rows.row(index))) else { return };
        let mut g = [S::splat(0.0); K];
        unrolled!(4; K, SIDE => {
            g[SIDE] = S::splat(gradient[SIDE]);
            bias[SIDE] += gradient[SIDE];
        });
        unrolled!(2; VECTORS, VECTOR => {
            let x = row.vector::<S>(VECTOR);
            unrolled!(4; K, SIDE => sums[SIDE][VECTOR] = g[SIDE].mul_add(x, sums[SIDE][VECTOR]));
        });
    }
    let scale = S::splat(T::SCALE);
    for (row, sums) in into.weight.chunks_exact_mut(cover.length).zip(&sums) {
        cover.update(row, sums, |held, sum| written(step, held, sum.mul(scale)));
    }
    if cover.begins() {
        for (place, sum) in into.bias.iter_mut().zip(bias) {
            *place = step.map_or(sum, |step| mul_add::<L, S>(-step.lr, sum, step.decay * *place));
        }
    }
}
