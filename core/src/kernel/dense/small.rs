//! The dense layer of a microcontroller: a row at a time, one loop for every product with a matrix, few bytes of code
//! and of stack.
//!
//! Each sum starts at 0 and advances in the order of its index, as in the portable tiles: the bits are theirs. The
//! tiles keep many sums of several rows and are compiled for each shape of a tile; here are 16 sums of one row, which
//! with the weights in flight fill the 32 registers of a Cortex-M4F, and nothing else.

use super::{Dense, DenseMut, DenseUpdate, Layout};
use crate::kernel::activation::{Activation, activate, mask};
use crate::kernel::element::DenseElement;
use crate::kernel::rows::Rows;
use crate::kernel::vector::Plain;

/// Sums that advance together: no wide layer has fewer outputs.
const STRIP: usize = Layout::WIDE;

/// Elements that are gathered or converted at a time, on the stack.
const BLOCK: usize = 16;

/// sums[j] += x weights[j].
#[inline(always)]
fn step(sums: &mut [f32; STRIP], x: f32, weights: Option<&[f32]>) {
    if let Some(weights) = weights.and_then(|weights| weights.first_chunk::<STRIP>()) {
        sums.iter_mut().zip(weights).for_each(|(sum, w)| *sum += x * w);
    }
}

/// sums[j] += sum_k left[k] right[k pitch + col + j].
#[inline(never)]
fn accumulate(sums: &mut [f32; STRIP], left: &[f32], right: &[f32], pitch: usize, col: usize) {
    // Asked once, so that the loop need not ask for every row.
    let Some(end) = col.checked_add(STRIP).filter(|end| *end <= pitch) else { return };
    let mut held = *sums;
    // Two steps a turn: of one, a sixth is the turning.
    let (pairs, rest) = left.as_chunks::<2>();
    for ([x0, x1], rows) in pairs.iter().zip(right.chunks_exact(2 * pitch)) {
        let (row0, row1) = rows.split_at(pitch.min(rows.len()));
        step(&mut held, *x0, row0.get(col..end));
        step(&mut held, *x1, row1.get(col..end));
    }
    if let [x] = rest {
        let row = right.get(pairs.len() * 2 * pitch..).unwrap_or(&[]);
        step(&mut held, *x, row.get(col..end));
    }
    *sums = held;
}

/// output += left right, `right` with a row of `output.len()` values for each element of `left`; at least `STRIP` of them.
fn strips(left: &[f32], right: &[f32], output: &mut [f32]) {
    let pitch = output.len();
    let mut col = 0;
    while col < pitch {
        // The last strip overlaps the one before, whose sums are done.
        let place = col.min(pitch.saturating_sub(STRIP));
        let Some(strip) = output.get_mut(place..).and_then(|strip| strip.first_chunk_mut()) else { return };
        if place == col {
            accumulate(strip, left, right, pitch, place);
        } else {
            let mut sums = *strip;
            accumulate(&mut sums, left, right, pitch, place);
            for (index, (y, sum)) in strip.iter_mut().zip(&sums).enumerate() {
                *y = if place + index < col { *y } else { *sum };
            }
        }
        col = place + STRIP;
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
            Layout::ByInput => {
                output.fill(0.0);
                match T::as_f32(row) {
                    Some(row) => strips(row, weight, output),
                    None => {
                        for (row, weight) in row.chunks(BLOCK).zip(weight.chunks(BLOCK * outputs)) {
                            let mut block = [0.0; BLOCK];
                            block.iter_mut().zip(row).for_each(|(value, element)| *value = element.unscaled());
                            strips(block.get(..row.len()).unwrap_or(&[]), weight, output);
                        }
                    }
                }
            }
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
fn written(step: Option<DenseUpdate>, held: f32, gradient: f32) -> f32 {
    match step {
        Some(step) => -step.lr * gradient + step.decay * held,
        None => gradient,
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
    match Layout::of(inputs, outputs) {
        Layout::ByInput => {
            for (input, places) in weight.chunks_exact_mut(outputs.max(1)).enumerate() {
                wide_weights(rows, gradient, places, input, update);
            }
        }
        Layout::ByOutput => {
            for (output, places) in weight.chunks_exact_mut(inputs.max(1)).enumerate() {
                let gradients = || gradient.chunks_exact(outputs.max(1)).map_while(move |row| row.get(output).copied());
                let (eights, rest) = places.as_chunks_mut();
                let ragged = 8 * eights.len();
                for (index, places) in eights.iter_mut().enumerate() {
                    narrow_weights::<T, 8>(rows, gradients(), places, 8 * index, update);
                }
                for (index, place) in rest.iter_mut().enumerate() {
                    narrow_weights::<T, 1>(rows, gradients(), core::array::from_mut(place), ragged + index, update);
                }
            }
        }
    }
    for (output, place) in bias.iter_mut().enumerate() {
        let column = gradient.chunks_exact(outputs.max(1)).take(rows.len()).filter_map(|row| row.get(output));
        *place = written(update, *place, column.fold(0.0, |sum, g| sum + g));
    }
}

/// places[o] of sum over rows of row[input] gradient[row][o]: all weights of an input.
fn wide_weights<T: DenseElement>(
    rows: Rows<'_, T>,
    gradient: &[f32],
    places: &mut [f32],
    input: usize,
    update: Option<DenseUpdate>,
) {
    let (outputs, count) = (places.len(), rows.len());
    let mut col = 0;
    while col < outputs {
        let place = col.min(outputs.saturating_sub(STRIP));
        let mut sums = [0.0; STRIP];
        for start in (0..count).step_by(BLOCK) {
            let mut block = [0.0; BLOCK];
            let steps = BLOCK.min(count - start);
            for (index, value) in block.iter_mut().enumerate().take(steps) {
                *value = rows.row(start + index).get(input).map_or(0.0, |element| element.unscaled());
            }
            let gradient = gradient.get(start * outputs..).unwrap_or(&[]);
            accumulate(&mut sums, block.get(..steps).unwrap_or(&[]), gradient, outputs, place);
        }
        for (place, sum) in places.iter_mut().skip(place).zip(sums).skip(col - place) {
            *place = written(update, *place, sum * T::SCALE);
        }
        col = place + STRIP;
    }
}

/// places[i] of sum over rows of gradient[row] row[input + i]: `N` weights of an output.
fn narrow_weights<T: DenseElement, const N: usize>(
    rows: Rows<'_, T>,
    gradients: impl Iterator<Item = f32>,
    places: &mut [f32; N],
    input: usize,
    update: Option<DenseUpdate>,
) {
    let mut sums = [0.0; N];
    for (index, g) in gradients.enumerate().take(rows.len()) {
        if let Some(elements) = rows.row(index).get(input..).and_then(|row| row.first_chunk::<N>()) {
            sums.iter_mut().zip(elements).for_each(|(sum, x)| *sum += g * x.unscaled());
        }
    }
    for (place, sum) in places.iter_mut().zip(sums) {
        *place = written(update, *place, sum * T::SCALE);
    }
}

/// See [`dense::input_gradient`](super::input_gradient).
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
            Layout::ByOutput if inputs >= STRIP => {
                into.fill(0.0);
                strips(gradient, weight, into);
            }
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
