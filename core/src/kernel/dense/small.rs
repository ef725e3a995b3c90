//! The dense layer of a microcontroller: a row at a time, one loop for every product with a matrix, few bytes of code
//! and of stack.
//!
//! Each sum starts at 0 and advances in the order of its index, as in the portable tiles: the bits are theirs. The
//! tiles keep many sums of several rows and are compiled for each shape of a tile; here are 16 sums of one row, which
//! with the weights in flight fill the 32 registers of a Cortex-M4F, and nothing else.

use super::{Dense, DenseMut, DenseUpdate, Layout};
use crate::kernel::activation::{Activation, activate, mask};
use crate::kernel::device::{STRIP, accumulate};
use crate::kernel::element::DenseElement;
use crate::kernel::rows::Rows;
use crate::kernel::vector::Plain;

/// Elements that are gathered or converted at a time, on the stack.
const BLOCK: usize = 16;

/// output = left right, `right` with a row of `output.len()` values for each element of `left`; at least `STRIP` of them.
fn product<T: DenseElement>(left: &[T], right: &[f32], output: &mut [f32]) {
    let pitch = output.len();
    let mut col = 0;
    while col < pitch {
        // The last strip overlaps the one before, and computes anew what stands there.
        let place = col.min(pitch.saturating_sub(STRIP));
        let Some(strip) = output.get_mut(place..).and_then(|strip| strip.first_chunk_mut()) else { return };
        *strip = [0.0; STRIP];
        match T::as_f32(left) {
            Some(left) => accumulate(strip, left, right, pitch, place),
            None => converted(strip, left, right, pitch, place),
        }
        col = place + STRIP;
    }
}

/// [`accumulate`] of elements that are no `f32`, some at a time on the stack.
#[inline(never)]
fn converted<T: DenseElement>(sums: &mut [f32; STRIP], left: &[T], right: &[f32], pitch: usize, col: usize) {
    for (left, right) in left.chunks(BLOCK).zip(right.chunks((BLOCK * pitch).max(1))) {
        let mut block = [0.0; BLOCK];
        block.iter_mut().zip(left).for_each(|(value, element)| *value = element.unscaled());
        accumulate(sums, block.get(..left.len()).unwrap_or(&[]), right, pitch, col);
    }
}

/// sum_k left[k] right[k].
#[inline(never)]
fn dot<T: DenseElement>(left: &[T], right: &[f32]) -> f32 {
    left.iter().zip(right).fold(0.0, |sum, (x, w)| sum + x.unscaled() * w)
}

/// output = relu(output scale + bias), without the relu for other activations.
#[inline(never)]
fn finish(output: &mut [f32], bias: &[f32], scale: f32, activation: Activation) {
    let floor = if activation == Activation::ReLU { 0.0 } else { f32::NEG_INFINITY };
    for (y, bias) in output.iter_mut().zip(bias) {
        let x = *y * scale + bias;
        // A NaN stays.
        *y = if x < floor { floor } else { x };
    }
}

/// See [`dense::forward`](super::forward).
pub(in crate::kernel) fn forward<T: DenseElement>(
    rows: Rows<'_, T>,
    dense: Dense<'_>,
    activation: Activation,
    output: &mut [f32],
) {
    let Dense { inputs, outputs, weight, bias } = dense;
    for (index, output) in output.chunks_exact_mut(outputs.max(1)).enumerate().take(rows.len()) {
        let row = rows.row(index);
        match Layout::of(inputs, outputs) {
            Layout::ByInput => product(row, weight, output),
            Layout::ByOutput => {
                for (y, weight) in output.iter_mut().zip(weight.chunks_exact(inputs.max(1))) {
                    *y = dot(row, weight);
                }
            }
        }
        finish(output, bias, T::SCALE, activation);
    }
    activate::<1, Plain<1, false>>(activation, output);
}

/// What a place becomes of what it held and of its gradient.
fn written(step: &Option<DenseUpdate>, held: f32, gradient: f32) -> f32 {
    match step {
        Some(step) => -step.lr * gradient + step.decay * held,
        None => gradient,
    }
}

/// The same for each of some places, with the gradients `sums scale`.
#[inline(never)]
fn write(places: &mut [f32], sums: &[f32], scale: f32, step: &Option<DenseUpdate>) {
    for (place, sum) in places.iter_mut().zip(sums) {
        *place = written(step, *place, sum * scale);
    }
}

/// See [`dense::weight_gradient`](super::weight_gradient) and [`dense::weight_update`](super::weight_update).
pub(in crate::kernel) fn weights<T: DenseElement>(
    rows: Rows<'_, T>,
    gradient: &[f32],
    into: DenseMut<'_>,
    update: Option<DenseUpdate>,
) {
    let DenseMut { inputs, outputs, weight, bias } = into;
    bias_gradient(rows.len(), gradient, bias, &update);
    // One after the other and never inlined: their frames lie in the same place.
    match Layout::of(inputs, outputs) {
        Layout::ByInput => wide_weights(&rows, gradient, weight, outputs, &update),
        Layout::ByOutput => narrow_weights(&rows, gradient, weight, (inputs, outputs), &update),
    }
}

/// The places of a bias: the sums of the columns of `gradient`.
#[inline(never)]
fn bias_gradient(rows: usize, gradient: &[f32], bias: &mut [f32], update: &Option<DenseUpdate>) {
    let outputs = bias.len().max(1);
    for (output, place) in bias.iter_mut().enumerate() {
        let column = gradient.chunks_exact(outputs).take(rows).filter_map(|row| row.get(output));
        *place = written(update, *place, column.fold(0.0, |sum, g| sum + g));
    }
}

/// Rows whose inputs are gathered at a time, on the stack.
const ROWS: usize = 8;

/// into[r] = row[start + r][input].
#[inline(never)]
fn gather<T: DenseElement>(rows: &Rows<'_, T>, start: usize, input: usize, into: &mut [f32]) {
    for (index, value) in into.iter_mut().enumerate() {
        *value = rows.row(start + index).get(input).map_or(0.0, |element| element.unscaled());
    }
}

/// weight[i][o] of sum over rows of row[i] gradient[row][o], for layers that store `[inputs][outputs]`.
#[inline(never)]
fn wide_weights<T: DenseElement>(
    rows: &Rows<'_, T>,
    gradient: &[f32],
    weight: &mut [f32],
    outputs: usize,
    update: &Option<DenseUpdate>,
) {
    let count = rows.len();
    for (input, places) in weight.chunks_exact_mut(outputs.max(1)).enumerate() {
        let mut col = 0;
        while col < outputs {
            let place = col.min(outputs.saturating_sub(STRIP));
            let mut sums = [0.0; STRIP];
            let mut start = 0;
            while start < count {
                let mut block = [0.0; ROWS];
                let block = block.get_mut(..ROWS.min(count - start)).unwrap_or(&mut []);
                gather(rows, start, input, block);
                let gradient = gradient.get(start * outputs..).unwrap_or(&[]);
                accumulate(&mut sums, block, gradient, outputs, place);
                start += ROWS;
            }
            // What the strip before has written stays.
            let (places, sums) = (places.get_mut(col..), sums.get(col - place..));
            write(places.unwrap_or(&mut []), sums.unwrap_or(&[]), T::SCALE, update);
            col = place + STRIP;
        }
    }
}

/// The same for layers that store `[outputs][inputs]`.
#[inline(never)]
fn narrow_weights<T: DenseElement>(
    rows: &Rows<'_, T>,
    gradient: &[f32],
    weight: &mut [f32],
    (inputs, outputs): (usize, usize),
    update: &Option<DenseUpdate>,
) {
    for (output, places) in weight.chunks_exact_mut(inputs.max(1)).enumerate() {
        let column = || gradient.chunks_exact(outputs.max(1)).filter_map(move |row| row.get(output).copied());
        let (eights, rest) = places.as_chunks_mut::<8>();
        let ragged = 8 * eights.len();
        for (index, places) in eights.iter_mut().enumerate() {
            neighbours(rows, column(), places, 8 * index, update);
        }
        for (index, place) in rest.iter_mut().enumerate() {
            neighbours(rows, column(), core::array::from_mut(place), ragged + index, update);
        }
    }
}

/// places[i] of sum over rows of gradients[row] row[input + i].
#[inline(always)]
fn neighbours<T: DenseElement, const N: usize>(
    rows: &Rows<'_, T>,
    gradients: impl Iterator<Item = f32>,
    places: &mut [f32; N],
    input: usize,
    update: &Option<DenseUpdate>,
) {
    let mut sums = [0.0; N];
    for (index, g) in gradients.enumerate().take(rows.len()) {
        if let Some(elements) = rows.row(index).get(input..).and_then(|row| row.first_chunk::<N>()) {
            sums.iter_mut().zip(elements).for_each(|(sum, x)| *sum += g * x.unscaled());
        }
    }
    write(places, &sums, T::SCALE, update);
}

/// See [`dense::input_gradient`](super::input_gradient).
#[inline(never)]
pub(in crate::kernel) fn input_gradient(
    gradient: &[f32],
    dense: Dense<'_>,
    activation: Activation,
    previous: &[f32],
    into: &mut [f32],
) {
    let Dense { inputs, outputs, weight, .. } = dense;
    let rows = gradient.chunks_exact(outputs.max(1)).zip(previous.chunks_exact(inputs.max(1)));
    for ((gradient, previous), into) in rows.zip(into.chunks_exact_mut(inputs.max(1))) {
        match Layout::of(inputs, outputs) {
            Layout::ByInput => {
                for (place, weight) in into.iter_mut().zip(weight.chunks_exact(outputs.max(1))) {
                    *place = dot(gradient, weight);
                }
            }
            Layout::ByOutput if inputs >= STRIP => product(gradient, weight, into),
            Layout::ByOutput => {
                for (input, place) in into.iter_mut().enumerate() {
                    let weights = weight.chunks_exact(inputs.max(1)).filter_map(|row| row.get(input));
                    *place = gradient.iter().zip(weights).fold(0.0, |sum, (g, w)| sum + g * w);
                }
            }
        }
        mask(activation, previous, into);
    }
}
