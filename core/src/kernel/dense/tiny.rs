//! Layers of up to four inputs and few outputs, a regression line or a unit of XOR: plain loops over numbers.
//!
//! There is no vector to fill, and to choose an instruction set would take longer than the work. The sums run in the order
//! of their index, multiplied, rounded, added, rounded, on every machine.

use super::{Dense, DenseMut, DenseUpdate, Layout};
use crate::kernel::activation::{Activation, forward_in_place};
use crate::kernel::element::DenseElement;
use crate::kernel::rows::Rows;

/// Whether a layer is so small, whatever the batch: a sample has the same bits alone and in a batch.
pub(super) const fn is(inputs: usize, outputs: usize) -> bool {
    inputs > 0 && inputs <= 4 && matches!(Layout::of(inputs, outputs), Layout::ByOutput)
}

/// Calls a function that is compiled for each number of inputs.
macro_rules! of_inputs {
    ($inputs:expr, $function:ident::<$kind:ident>($($argument:expr),*)) => {
        match $inputs {
            1 => $function::<$kind, 1>($($argument),*),
            2 => $function::<$kind, 2>($($argument),*),
            3 => $function::<$kind, 3>($($argument),*),
            4 => $function::<$kind, 4>($($argument),*),
            _ => {}
        }
    };
}

/// See [`dense::forward`](super::forward).
// By reference: to copy what the caller has just written waits longer than such a layer takes.
pub(super) fn forward<T: DenseElement>(
    rows: &Rows<'_, T>,
    dense: &Dense<'_>,
    activation: Activation,
    output: &mut [f32],
) {
    of_inputs!(dense.inputs, products::<T>(rows, dense, output));
    forward_in_place(activation, output);
}

#[inline(always)]
fn products<T: DenseElement, const I: usize>(rows: &Rows<'_, T>, dense: &Dense<'_>, output: &mut [f32]) {
    let (weights, _) = dense.weight.as_chunks::<I>();
    for (index, output) in output.chunks_exact_mut(dense.outputs).enumerate().take(rows.len()) {
        let Some(row) = rows.row(index).first_chunk::<I>() else { return };
        for ((y, weight), bias) in output.iter_mut().zip(weights).zip(dense.bias) {
            let mut sum = 0.0;
            for (x, w) in row.iter().zip(weight) {
                sum += x.unscaled() * w;
            }
            *y = sum * T::SCALE + bias;
        }
    }
}

/// See [`dense::weight_gradient`](super::weight_gradient) and [`dense::weight_update`](super::weight_update).
pub(super) fn weights<T: DenseElement>(
    rows: Rows<'_, T>,
    gradient: &[f32],
    into: DenseMut<'_>,
    update: Option<DenseUpdate>,
) {
    of_inputs!(into.inputs, sums::<T>(rows, gradient, into, update));
}

#[inline(always)]
fn sums<T: DenseElement, const I: usize>(
    rows: Rows<'_, T>,
    gradient: &[f32],
    into: DenseMut<'_>,
    update: Option<DenseUpdate>,
) {
    let written = |held: f32, gradient: f32| match update {
        Some(step) => -step.lr * gradient + step.decay * held,
        None => gradient,
    };
    let (weights, _) = into.weight.as_chunks_mut::<I>();
    for (output, (weight, bias)) in weights.iter_mut().zip(into.bias).enumerate() {
        let (mut sums, mut bias_sum) = ([0.0; I], 0.0);
        let column = gradient.get(output..).unwrap_or(&[]).iter().step_by(into.outputs);
        for (index, g) in column.enumerate().take(rows.len()) {
            let Some(row) = rows.row(index).first_chunk::<I>() else { return };
            for (sum, x) in sums.iter_mut().zip(row) {
                *sum += g * x.unscaled();
            }
            bias_sum += g;
        }
        for (place, sum) in weight.iter_mut().zip(sums) {
            *place = written(*place, sum * T::SCALE);
        }
        *bias = written(*bias, bias_sum);
    }
}
