//! The forward product of single rows through a layer with a short side, for a sample alone.
//!
//! Every weight is used once, so none is kept in a register; nothing is prepared, because that would take longer than the
//! work. The bits are those of [`slim`](super::slim).

use super::slim::totals;
use super::{Dense, Layout};
use crate::kernel::activation::{Activation, activate};
use crate::kernel::element::DenseElement;
use crate::kernel::isa::Kernel;
use crate::kernel::rows::Rows;
use crate::kernel::tile::unrolled;
use crate::kernel::vector::{Vector, mul_add};

/// The forward product of rows that are too few to keep weights for.
pub(super) struct Alone<'a, T> {
    pub(super) rows: &'a Rows<'a, T>,
    pub(super) dense: &'a Dense<'a>,
    pub(super) activation: Activation,
    pub(super) output: &'a mut [f32],
}

impl<T: DenseElement> Kernel for Alone<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        if const { !S::FMA } {
            return;
        }
        let Self { rows, dense, activation, output } = self;
        let parameters = (dense.weight, dense.bias);
        for (index, output) in output.chunks_exact_mut(dense.outputs.max(1)).enumerate() {
            let row = rows.row(index);
            match (Layout::of(dense.inputs, dense.outputs), dense.inputs, dense.outputs) {
                (Layout::ByInput, 1, _) => forward_alone::<T, L, S, 1>(row, parameters, activation, output),
                (Layout::ByInput, 2, _) => forward_alone::<T, L, S, 2>(row, parameters, activation, output),
                (Layout::ByInput, 3, _) => forward_alone::<T, L, S, 3>(row, parameters, activation, output),
                (Layout::ByInput, 4, _) => forward_alone::<T, L, S, 4>(row, parameters, activation, output),
                (Layout::ByOutput, _, 1) if const { L == 16 } => {
                    dots_alone::<T, L, S, 1>(row, parameters, activation, output)
                }
                (Layout::ByOutput, _, 2) if const { L == 16 } => {
                    dots_alone::<T, L, S, 2>(row, parameters, activation, output)
                }
                (Layout::ByOutput, _, 3) if const { L == 16 } => {
                    dots_alone::<T, L, S, 3>(row, parameters, activation, output)
                }
                (Layout::ByOutput, _, 4) if const { L == 16 } => {
                    dots_alone::<T, L, S, 4>(row, parameters, activation, output)
                }
                _ => {}
            }
        }
        activate::<L, S>(activation, output);
    }
}

/// [`forward`](super::slim::forward) of one row.
#[inline(always)]
pub(super) fn forward_alone<T: DenseElement, const L: usize, S: Vector<L>, const K: usize>(
    row: &[T],
    (weight, bias): (&[f32], &[f32]),
    activation: Activation,
    output: &mut [f32],
) {
    let outputs = output.len();
    let Some(row) = row.first_chunk::<K>() else { return };
    let (mut x, mut weights): ([S; K], [&[f32]; K]) = ([S::splat(0.0); K], [&[]; K]);
    unrolled!(K, SIDE => {
        x[SIDE] = S::splat(row[SIDE].unscaled());
        let Some(row) = weight.get(SIDE * outputs..(SIDE + 1) * outputs) else { return };
        weights[SIDE] = row;
    });
    let (scale, relu) = (S::splat(T::SCALE), activation == Activation::ReLU);
    let mut col = 0;
    while col < outputs {
        let place = col.min(outputs.saturating_sub(L));
        let mut sum = S::splat(0.0);
        unrolled!(K, SIDE => {
            let Some(weights) = weights[SIDE].get(place..).and_then(|row| row.first_chunk()) else { return };
            sum = x[SIDE].mul_add(S::load(weights), sum);
        });
        let bias = bias.get(place..).and_then(|bias| bias.first_chunk()).map_or(S::splat(0.0), S::load);
        let Some(output) = output.get_mut(place..).and_then(|output| output.first_chunk_mut()) else { return };
        let value = sum.mul_add(scale, bias);
        (if relu { value.relu() } else { value }).store(output);
        col = place + L;
    }
}

/// [`dots`](super::slim::dots) of one row.
#[inline(always)]
pub(super) fn dots_alone<T: DenseElement, const L: usize, S: Vector<L>, const K: usize>(
    row: &[T],
    (weight, bias): (&[f32], &[f32]),
    activation: Activation,
    output: &mut [f32],
) {
    let inputs = row.len();
    let bias = bias.first_chunk::<K>().copied().unwrap_or([0.0; K]);
    let Some(output) = output.first_chunk_mut::<K>() else { return };
    let mut weights: [&[f32]; K] = [&[]; K];
    unrolled!(K, SIDE => {
        let Some(row) = weight.get(SIDE * inputs..(SIDE + 1) * inputs) else { return };
        weights[SIDE] = row;
    });
    let mut sums = [S::splat(0.0); K];
    let mut place = 0;
    while place + L <= inputs {
        let Some(x) = row.get(place..).and_then(|row| row.first_chunk()) else { return };
        let x = T::load::<L, S>(x);
        unrolled!(K, SIDE => {
            let Some(weights) = weights[SIDE].get(place..).and_then(|row| row.first_chunk()) else { return };
            sums[SIDE] = x.mul_add(S::load(weights), sums[SIDE]);
        });
        place += L;
    }
    if place < inputs {
        let skip = place + L - inputs;
        let Some(x) = row.last_chunk() else { return };
        let x = T::load::<L, S>(x).blank(skip);
        unrolled!(K, SIDE => {
            let Some(weights) = weights[SIDE].last_chunk() else { return };
            sums[SIDE] = x.mul_add(S::load(weights).blank(skip), sums[SIDE]);
        });
    }
    let (sums, relu) = (totals::<L, S, K>(sums), activation == Activation::ReLU);
    unrolled!(K, SIDE => {
        let value = mul_add::<L, S>(sums[SIDE], T::SCALE, bias[SIDE]);
        output[SIDE] = if relu { Activation::ReLU.apply(value) } else { value };
    });
}
