//! Products split over rayon's threads (feature `rayon`): by outputs alone, never by terms of a sum, so that every
//! number of threads gives the same bits.
//!
//! A product is split only where it is worth it: see `WORTH_IT`. Nothing is allocated: `rayon::join` keeps its jobs on
//! the stack.

use super::activation::Activation;
#[cfg(feature = "rayon")]
use super::dense::Layout;
use super::dense::{self, Dense, DenseMut, DenseUpdate};
use super::element::DenseElement;
use super::rows::Rows;

/// Multiply-adds that a part should have: about 10 microseconds of work, against the 2 to 5 that waking a thread costs.
#[cfg(feature = "rayon")]
const WORTH_IT: usize = 1 << 19;

/// Rows of a part are a multiple of the largest tile's, so that no tile is cut.
#[cfg(feature = "rayon")]
const TILE: usize = 12;

/// How many parts to make of so many multiply-adds.
#[cfg(feature = "rayon")]
fn parts(rows: usize, inputs: usize, outputs: usize) -> usize {
    let worth = rows * inputs * outputs / WORTH_IT;
    if worth < 2 { 1 } else { worth.min(rayon::current_num_threads()) }
}

/// Where to cut `length` for the first half of `parts` parts; `None` where a part would be empty.
#[cfg(feature = "rayon")]
fn middle(length: usize, parts: usize) -> Option<usize> {
    let middle = (length * (parts / 2) / parts).next_multiple_of(TILE);
    (parts > 1 && middle < length).then_some(middle)
}

/// `dense::forward`, its rows split.
pub(crate) fn forward<T: DenseElement>(
    rows: Rows<'_, T>,
    dense: Dense<'_>,
    activation: Activation,
    output: &mut [f32],
) {
    #[cfg(feature = "rayon")]
    return forward_parts(parts(rows.len(), dense.inputs, dense.outputs), rows, dense, activation, output);
    #[cfg(not(feature = "rayon"))]
    T::forward(rows, dense, activation, output);
}

#[cfg(feature = "rayon")]
fn forward_parts<T: DenseElement>(
    parts: usize,
    rows: Rows<'_, T>,
    dense: Dense<'_>,
    activation: Activation,
    output: &mut [f32],
) {
    // A caller may give room for more or fewer rows than there are.
    let count = rows.len().min(output.len() / dense.outputs.max(1));
    let Some(middle) = middle(count, parts) else { return T::forward(rows, dense, activation, output) };
    let (first, second) = rows.split_rows(middle);
    let (first_output, second_output) = output.split_at_mut(middle * dense.outputs);
    rayon::join(
        || forward_parts(parts / 2, first, dense, activation, first_output),
        || forward_parts(parts - parts / 2, second, dense, activation, second_output),
    );
}

/// `dense::weight_gradient`, or with `update` `dense::weight_update`, its inputs split where the weights of an input lie
/// together.
pub(crate) fn weights<T: DenseElement>(
    rows: Rows<'_, T>,
    gradient: &[f32],
    into: DenseMut<'_>,
    update: Option<DenseUpdate>,
) {
    #[cfg(feature = "rayon")]
    {
        let parts = match Layout::of(into.inputs, into.outputs) {
            Layout::ByInput => parts(rows.len(), into.inputs, into.outputs),
            Layout::ByOutput => 1,
        };
        weight_parts(parts, rows, gradient, into, update);
    }
    #[cfg(not(feature = "rayon"))]
    weights_alone(rows, gradient, into, update);
}

fn weights_alone<T: DenseElement>(
    rows: Rows<'_, T>,
    gradient: &[f32],
    into: DenseMut<'_>,
    update: Option<DenseUpdate>,
) {
    match update {
        Some(update) => T::weight_update(rows, gradient, into, update),
        None => T::weight_gradient(rows, gradient, into),
    }
}

#[cfg(feature = "rayon")]
fn weight_parts<T: DenseElement>(
    parts: usize,
    rows: Rows<'_, T>,
    gradient: &[f32],
    into: DenseMut<'_>,
    update: Option<DenseUpdate>,
) {
    let Some(middle) = middle(into.inputs, parts) else { return weights_alone(rows, gradient, into, update) };
    let (first, second) = rows.split_columns(middle);
    let outputs = into.outputs;
    let (first_weight, second_weight) = into.weight.split_at_mut(middle * outputs);
    let first_into = DenseMut { inputs: middle, outputs, weight: first_weight, bias: into.bias };
    // The bias is the first part's.
    let second_into = DenseMut { inputs: into.inputs - middle, outputs, weight: second_weight, bias: &mut [] };
    rayon::join(
        || weight_parts(parts / 2, first, gradient, first_into, update),
        || weight_parts(parts - parts / 2, second, gradient, second_into, update),
    );
}

/// `dense::input_gradient`, its rows split.
pub(crate) fn input_gradient(
    gradient: &[f32],
    dense: Dense<'_>,
    activation: Activation,
    previous: &[f32],
    into: &mut [f32],
) {
    #[cfg(feature = "rayon")]
    {
        let rows = gradient.len() / dense.outputs.max(1);
        input_parts(parts(rows, dense.inputs, dense.outputs), gradient, dense, activation, previous, into);
    }
    #[cfg(not(feature = "rayon"))]
    dense::input_gradient(gradient, dense, activation, previous, into);
}

#[cfg(feature = "rayon")]
fn input_parts(
    parts: usize,
    gradient: &[f32],
    dense: Dense<'_>,
    activation: Activation,
    previous: &[f32],
    into: &mut [f32],
) {
    let inputs = dense.inputs.max(1);
    let rows = (gradient.len() / dense.outputs.max(1)).min(previous.len() / inputs).min(into.len() / inputs);
    let Some(middle) = middle(rows, parts) else {
        return dense::input_gradient(gradient, dense, activation, previous, into);
    };
    let (first_gradient, second_gradient) = gradient.split_at(middle * dense.outputs);
    let (first_previous, second_previous) = previous.split_at(middle * inputs);
    let (first_into, second_into) = into.split_at_mut(middle * inputs);
    rayon::join(
        || input_parts(parts / 2, first_gradient, dense, activation, first_previous, first_into),
        || input_parts(parts - parts / 2, second_gradient, dense, activation, second_previous, second_into),
    );
}

#[cfg(all(test, feature = "rayon"))]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    fn values(count: usize, seed: usize) -> Vec<f32> {
        (0..count).map(|k| ((k * 7919 + seed * 104_729) % 2003) as f32 / 1001.0 - 1.0).collect()
    }

    /// All results of a layer on one pool, as bits.
    fn results(threads: usize, batch: usize, inputs: usize, outputs: usize) -> Vec<u32> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let (x, weight, bias) = (values(batch * inputs, 1), values(inputs * outputs, 2), values(outputs, 3));
            let order: Vec<u32> = (0..batch as u32).rev().collect();
            let rows = Rows::picked(&x, inputs, &order);
            let dense = Dense { inputs, outputs, weight: &weight, bias: &bias };
            let (mut y, mut dx) = (vec![0.0; batch * outputs], vec![0.0; batch * inputs]);
            forward(rows, dense, Activation::Tanh, &mut y);
            let (mut dw, mut db) = (vec![0.0; inputs * outputs], vec![0.0; outputs]);
            weights(rows, &y, DenseMut { inputs, outputs, weight: &mut dw, bias: &mut db }, None);
            input_gradient(&y, dense, Activation::ReLU, &x, &mut dx);
            let (mut stepped, mut stepped_bias) = (weight.clone(), bias.clone());
            let into = DenseMut { inputs, outputs, weight: &mut stepped, bias: &mut stepped_bias };
            weights(rows, &y, into, Some(DenseUpdate { lr: 0.1, decay: 0.99 }));
            [y, dw, db, dx, stepped, stepped_bias].concat().into_iter().map(f32::to_bits).collect()
        })
    }

    #[test]
    fn every_number_of_threads_gives_the_same_bits() {
        for (batch, inputs, outputs) in
            [(256, 784, 256), (256, 784, 10), (257, 301, 100), (3000, 100, 16), (13, 784, 512)]
        {
            let one = results(1, batch, inputs, outputs);
            for threads in [2, 3, 7] {
                assert!(results(threads, batch, inputs, outputs) == one, "{batch} x {inputs} x {outputs}, {threads}");
            }
        }
    }
}
