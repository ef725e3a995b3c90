//! The forward product through a layer with a short side, one row after the other: a sample alone, and any number of them
//! where the outputs are few.
//!
//! No weight is kept in a register, and nothing is prepared: for one row that would take longer than the work, and for many
//! it gains less than a hundredth of a training step. The bits of few inputs are those of the tiles.

use super::slim::{self, totals};
use super::{Dense, Layout};
use crate::kernel::activation::Activation;
use crate::kernel::element::DenseElement;
use crate::kernel::isa::{Isa, Kernel};
use crate::kernel::rows::Rows;
use crate::kernel::tile::unrolled;
use crate::kernel::vector::{Vector, mul_add};

/// output = act(rows W + b). Activations other than ReLU are the caller's.
pub(super) struct Alone<'a, T> {
    pub(super) rows: &'a Rows<'a, T>,
    pub(super) dense: &'a Dense<'a>,
    pub(super) activation: Activation,
    pub(super) output: &'a mut [f32],
}

/// Most vectors of a side that is not short.
const MOST: usize = 8;

/// Whether there is a form for a layer here: for all rows of one with few outputs (more inputs are worth two rows at a time),
/// for up to three rows of one with few inputs.
#[inline(always)]
pub(super) const fn takes(isa: Isa, dense: &Dense<'_>) -> bool {
    let lanes = isa.lanes();
    match Layout::of(dense.inputs, dense.outputs) {
        Layout::ByInput => isa.fuses() && slim::is_short(dense.inputs),
        Layout::ByOutput => {
            lanes == 16 && slim::is_short(dense.outputs) && dense.inputs >= lanes && dense.inputs <= MOST * lanes
        }
    }
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
    }
}

/// Two layers of one row, a few inputs, up to [`MOST`] vectors of numbers between, a few outputs: those between stay in
/// registers. Written and read again, the ragged vector at their end would wait until the one that it overlaps is in memory,
/// longer than both layers take.
pub(super) struct Through<'a> {
    pub(super) row: &'a [f32],
    pub(super) layers: &'a [(Dense<'a>, Activation); 2],
    pub(super) output: &'a mut [f32],
}

impl Through<'_> {
    /// Whether two layers are of this form.
    #[inline]
    pub(super) fn takes(isa: Isa, layers: &[(Dense<'_>, Activation); 2]) -> bool {
        let [(first, inner), (last, outer)] = layers;
        let in_registers = |activation| matches!(activation, Activation::Identity | Activation::ReLU);
        isa.lanes() == 16
            && slim::is_short(first.inputs)
            && slim::is_short(last.outputs)
            && (isa.lanes()..=MOST * isa.lanes()).contains(&first.outputs)
            && in_registers(*inner)
            && in_registers(*outer)
    }

    #[inline(always)]
    fn of_inputs<const L: usize, S: Vector<L>, const I: usize>(self) {
        match self.layers[1].0.outputs {
            1 => self.of::<L, S, I, 1>(),
            2 => self.of::<L, S, I, 2>(),
            3 => self.of::<L, S, I, 3>(),
            4 => self.of::<L, S, I, 4>(),
            _ => {}
        }
    }

    #[inline(always)]
    fn of<const L: usize, S: Vector<L>, const I: usize, const O: usize>(self) {
        let [(first, inner), (last, outer)] = self.layers;
        let (length, relu) = (first.outputs, *inner == Activation::ReLU);
        let (Some(row), Some(output)) = (self.row.first_chunk::<I>(), self.output.first_chunk_mut::<O>()) else {
            return;
        };
        let Some(inner_bias) = first.bias.get(..length) else { return };
        let (Some(rows), Some(columns)) = (rows_of::<I>(first.weight, length), rows_of::<O>(last.weight, length))
        else {
            return;
        };
        let Some(bias) = last.bias.first_chunk::<O>() else { return };
        let mut x = [S::splat(0.0); I];
        unrolled!(4; I, INPUT => x[INPUT] = S::splat(row[INPUT]));
        let (mut sums, whole) = ([S::splat(0.0); O], length / L);
        for index in 0..whole {
            let (Some(rows), Some(columns)) = (nth(&rows, index), nth(&columns, index)) else { return };
            let Some(inner_bias) = inner_bias.as_chunks().0.get(index) else { return };
            add_block::<L, S, I, O>(&x, (rows, inner_bias, relu), columns, None, &mut sums);
        }
        if whole * L < length {
            let (Some(rows), Some(columns)) = (ends(&rows), ends(&columns)) else { return };
            let (Some(inner_bias), skip) = (inner_bias.last_chunk(), (whole + 1) * L - length) else { return };
            add_block::<L, S, I, O>(&x, (rows, inner_bias, relu), columns, Some(skip), &mut sums);
        }
        let (sums, relu) = (totals::<L, S, O>(sums), *outer == Activation::ReLU);
        unrolled!(4; O, OUTPUT => {
            let value = sums[OUTPUT] + bias[OUTPUT];
            output[OUTPUT] = if relu { Activation::ReLU.apply(value) } else { value };
        });
    }
}

/// `N` rows of `length` numbers each. (Their lengths are one and the same number, so that one check does for all.)
#[inline(always)]
fn rows_of<const N: usize>(weight: &[f32], length: usize) -> Option<[&[f32]; N]> {
    let mut rows = [&[][..]; N];
    unrolled!(4; N, ROW => rows[ROW] = weight.get(ROW * length..)?.get(..length)?);
    Some(rows)
}

/// Vector `index` of each row.
#[inline(always)]
fn nth<'a, const L: usize, const N: usize>(rows: &[&'a [f32]; N], index: usize) -> Option<[&'a [f32; L]; N]> {
    let mut vectors = [&[0.0; L]; N];
    unrolled!(4; N, ROW => vectors[ROW] = rows[ROW].as_chunks().0.get(index)?);
    Some(vectors)
}

/// The last numbers of each row.
#[inline(always)]
fn ends<'a, const L: usize, const N: usize>(rows: &[&'a [f32]; N]) -> Option<[&'a [f32; L]; N]> {
    let mut vectors = [&[0.0; L]; N];
    unrolled!(4; N, ROW => vectors[ROW] = rows[ROW].last_chunk()?);
    Some(vectors)
}

/// A vector of what is between the layers, and what that adds to each output. Its first `skip` places are done.
#[inline(always)]
fn add_block<const L: usize, S: Vector<L>, const I: usize, const O: usize>(
    x: &[S; I],
    (rows, bias, relu): ([&[f32; L]; I], &[f32; L], bool),
    columns: [&[f32; L]; O],
    skip: Option<usize>,
    sums: &mut [S; O],
) {
    let mut between = S::splat(0.0);
    unrolled!(4; I, INPUT => between = x[INPUT].mul_add(S::load(rows[INPUT]), between));
    between = between.add(S::load(bias));
    if relu {
        between = between.relu();
    }
    match skip {
        None => unrolled!(4; O, OUTPUT => sums[OUTPUT] = between.mul_add(S::load(columns[OUTPUT]), sums[OUTPUT])),
        Some(skip) => {
            between = between.blank(skip);
            // (Both: a weight that is no number would make one of 0.)
            unrolled!(4; O, OUTPUT => {
                sums[OUTPUT] = between.mul_add(S::load(columns[OUTPUT]).blank(skip), sums[OUTPUT]);
            });
        }
    }
}

impl Kernel for Through<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        if const { L == 16 } {
            match self.layers[0].0.inputs {
                1 => self.of_inputs::<L, S, 1>(),
                2 => self.of_inputs::<L, S, 2>(),
                3 => self.of_inputs::<L, S, 3>(),
                4 => self.of_inputs::<L, S, 4>(),
                _ => {}
            }
        }
    }
}

/// output = relu(row W + b), and no relu for other activations, W as `[inputs][outputs]`.
#[inline(always)]
fn forward_alone<T: DenseElement, const L: usize, S: Vector<L>, const K: usize>(
    row: &[T],
    (weight, bias): (&[f32], &[f32]),
    activation: Activation,
    output: &mut [f32],
) {
    let outputs = output.len();
    let Some(row) = row.first_chunk::<K>() else { return };
    let (mut x, mut weights): ([S; K], [&[f32]; K]) = ([S::splat(0.0); K], [&[]; K]);
    unrolled!(4; K, SIDE => {
        x[SIDE] = S::splat(row[SIDE].unscaled());
        let Some(row) = weight.get(SIDE * outputs..(SIDE + 1) * outputs) else { return };
        weights[SIDE] = row;
    });
    let (scale, relu) = (S::splat(T::SCALE), activation == Activation::ReLU);
    let mut col = 0;
    while col < outputs {
        let place = col.min(outputs.saturating_sub(L));
        let mut sum = S::splat(0.0);
        unrolled!(4; K, SIDE => {
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

/// The same, W as `[outputs][inputs]`.
#[inline(always)]
fn dots_alone<T: DenseElement, const L: usize, S: Vector<L>, const K: usize>(
    row: &[T],
    (weight, bias): (&[f32], &[f32]),
    activation: Activation,
    output: &mut [f32],
) {
    let inputs = row.len();
    let bias = bias.first_chunk::<K>().copied().unwrap_or([0.0; K]);
    let Some(output) = output.first_chunk_mut::<K>() else { return };
    let mut weights: [&[f32]; K] = [&[]; K];
    unrolled!(4; K, SIDE => {
        let Some(row) = weight.get(SIDE * inputs..(SIDE + 1) * inputs) else { return };
        weights[SIDE] = row;
    });
    let mut sums = [S::splat(0.0); K];
    let mut place = 0;
    while place + L <= inputs {
        let Some(x) = row.get(place..).and_then(|row| row.first_chunk()) else { return };
        let x = T::load::<L, S>(x);
        unrolled!(4; K, SIDE => {
            let Some(weights) = weights[SIDE].get(place..).and_then(|row| row.first_chunk()) else { return };
            sums[SIDE] = x.mul_add(S::load(weights), sums[SIDE]);
        });
        place += L;
    }
    if place < inputs {
        let skip = place + L - inputs;
        let Some(x) = row.last_chunk() else { return };
        let x = T::load::<L, S>(x).blank(skip);
        unrolled!(4; K, SIDE => {
            let Some(weights) = weights[SIDE].last_chunk() else { return };
            sums[SIDE] = x.mul_add(S::load(weights).blank(skip), sums[SIDE]);
        });
    }
    let (sums, relu) = (totals::<L, S, K>(sums), activation == Activation::ReLU);
    unrolled!(4; K, SIDE => {
        let value = mul_add::<L, S>(sums[SIDE], T::SCALE, bias[SIDE]);
        output[SIDE] = if relu { Activation::ReLU.apply(value) } else { value };
    });
}
