//! Layers of up to four inputs and few outputs, a regression line or a unit of XOR: plain loops over numbers.
//!
//! There is no vector to fill, and to choose an instruction set would take longer than the work. The sums run in the order
//! of their index, multiplied, rounded, added, rounded, on every machine.

use super::{Dense, DenseMut, DenseUpdate, Layout};
use crate::kernel::activation::{Activation, forward_in_place};
use crate::kernel::element::DenseElement;
use crate::kernel::isa::{Kernel, OnEach};
use crate::kernel::rows::Rows;
use crate::kernel::tile::unrolled;
use crate::kernel::vector::Vector;

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
    // One or two products of an output take less time than to write four outputs of every row at a time.
    if const { I > 2 } && dense.outputs >= 4 && output.len() >= MANY * dense.outputs {
        return by_fours::<T, I>(rows, dense, output);
    }
    let weights = dense.weight.as_chunks().0;
    if let ([weight], [bias]) = (weights, dense.bias) {
        return rows.zip(output.iter_mut(), |row, y| *y = product(row, weight) * T::SCALE + bias);
    }
    by_rows::<T, I>(rows, (weights, dense.bias), output.chunks_exact_mut(dense.outputs));
}

/// Some outputs of each row, which `output` begins with.
#[inline(always)]
fn by_rows<'a, T: DenseElement, const I: usize>(
    rows: &Rows<'_, T>,
    (weights, bias): (&[[f32; I]], &[f32]),
    output: impl Iterator<Item = &'a mut [f32]>,
) {
    for (index, output) in output.enumerate().take(rows.len()) {
        let Some(row) = rows.row(index).first_chunk::<I>() else { return };
        for ((y, weight), bias) in output.iter_mut().zip(weights).zip(bias) {
            *y = product(row, weight) * T::SCALE + bias;
        }
    }
}

#[inline(always)]
fn product<T: DenseElement, const I: usize>(row: &[T; I], weight: &[f32; I]) -> f32 {
    let mut sum = 0.0;
    for (x, w) in row.iter().zip(weight) {
        sum += x.unscaled() * w;
    }
    sum
}

/// Four outputs at a time, then the rest.
// Apart: a single row feels the registers and the stack that this needs.
#[inline(never)]
fn by_fours<T: DenseElement, const I: usize>(rows: &Rows<'_, T>, dense: &Dense<'_>, output: &mut [f32]) {
    let (fours, weights) = dense.weight.as_chunks::<I>().0.as_chunks();
    let (four_biases, bias) = dense.bias.as_chunks();
    let mut done = 0;
    for (weights, bias) in fours.iter().zip(four_biases) {
        let output = output.get_mut(done..).unwrap_or(&mut []);
        FourProducts { rows, weights, bias, outputs: dense.outputs, output }.portable();
        done += 4;
    }
    if done < dense.outputs {
        let rest = output.get_mut(done..).unwrap_or(&mut []).chunks_mut(dense.outputs);
        by_rows::<T, I>(rows, (weights, bias), rest);
    }
}

/// Rows from which on four outputs are taken side by side.
const MANY: usize = 4;

/// The products of all rows with the weights of four outputs, whose weights stay in registers.
struct FourProducts<'a, T, const I: usize> {
    rows: &'a Rows<'a, T>,
    weights: &'a [[f32; I]; 4],
    bias: &'a [f32; 4],
    outputs: usize,
    /// From the first of the outputs on.
    output: &'a mut [f32],
}

impl<T: DenseElement, const I: usize> Kernel for FourProducts<'_, T, I> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        let (mut weights, scale) = ([S::splat(0.0); I], S::splat(T::SCALE));
        unrolled!(4; I, INPUT => {
            let column = self.weights.each_ref().map(|weights| weights[INPUT]);
            weights[INPUT] = column.first_chunk().map_or(S::splat(0.0), S::load);
        });
        let bias = self.bias.first_chunk().map_or(S::splat(0.0), S::load);
        for (index, output) in self.output.chunks_mut(self.outputs).enumerate().take(self.rows.len()) {
            let row = self.rows.row(index).first_chunk::<I>();
            let (Some(row), Some(output)) = (row, output.first_chunk_mut::<L>()) else { return };
            let mut sum = S::splat(0.0);
            unrolled!(4; I, INPUT => sum = S::splat(row[INPUT].unscaled()).mul_add(weights[INPUT], sum));
            sum.mul(scale).add(bias).store(output);
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
    let DenseMut { outputs, weight, bias, .. } = into;
    let weights = weight.as_chunks_mut::<I>().0;
    if outputs >= 4 && rows.len() >= MANY {
        return fours::<T, I>(&rows, (gradient, outputs), (weights, bias), written);
    }
    columns::<T, I>(&rows, (gradient, outputs), (weights, bias), written);
}

/// Some outputs, whose gradients are `pitch` apart from row to row.
#[inline(always)]
fn columns<T: DenseElement, const I: usize>(
    rows: &Rows<'_, T>,
    (gradient, pitch): (&[f32], usize),
    (weights, bias): (&mut [[f32; I]], &mut [f32]),
    written: impl Fn(f32, f32) -> f32,
) {
    for (output, (weight, bias)) in weights.iter_mut().zip(bias).enumerate() {
        let (mut sums, mut bias_sum) = ([0.0; I], 0.0);
        let add = |row: &[T; I], g: &f32| {
            for (sum, x) in sums.iter_mut().zip(row) {
                *sum += g * x.unscaled();
            }
            bias_sum += g;
        };
        // One after the other where there is one: a step costs as much as the sums.
        match pitch {
            1 => rows.zip(gradient.iter(), add),
            _ => rows.zip(gradient.get(output..).unwrap_or(&[]).iter().step_by(pitch), add),
        }
        for (place, sum) in weight.iter_mut().zip(sums) {
            *place = written(*place, sum * T::SCALE);
        }
        *bias = written(*bias, bias_sum);
    }
}

/// Four outputs at a time, then the rest.
// Apart, as with `by_fours`.
#[inline(never)]
fn fours<T: DenseElement, const I: usize>(
    rows: &Rows<'_, T>,
    (gradient, pitch): (&[f32], usize),
    (weights, bias): (&mut [[f32; I]], &mut [f32]),
    written: impl Fn(f32, f32) -> f32,
) {
    let (fours, weights) = weights.as_chunks_mut::<4>();
    let (four_biases, bias) = bias.as_chunks_mut::<4>();
    let mut done = 0;
    for (weights, biases) in fours.iter_mut().zip(four_biases) {
        let (mut sums, mut bias): ([[f32; 4]; I], [f32; 4]) = ([[0.0; 4]; I], [0.0; 4]);
        let gradient = gradient.get(done..).unwrap_or(&[]);
        FourSums { rows, gradient, outputs: pitch, sums: &mut sums, bias: &mut bias }.portable();
        for (output, (weight, place)) in weights.iter_mut().zip(biases).enumerate() {
            for (place, sums) in weight.iter_mut().zip(&sums) {
                *place = written(*place, sums[output] * T::SCALE);
            }
            *place = written(*place, bias[output]);
        }
        done += 4;
    }
    columns::<T, I>(rows, (gradient.get(done..).unwrap_or(&[]), pitch), (weights, bias), written);
}

/// The sums of four outputs over all rows, side by side: one alone waits for its last addition at every row.
struct FourSums<'a, T, const I: usize> {
    rows: &'a Rows<'a, T>,
    /// From the first of the outputs on.
    gradient: &'a [f32],
    outputs: usize,
    sums: &'a mut [[f32; 4]; I],
    bias: &'a mut [f32; 4],
}

impl<T: DenseElement, const I: usize> Kernel for FourSums<'_, T, I> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        let (mut sums, mut bias) = ([S::splat(0.0); I], S::splat(0.0));
        for (index, gradient) in self.gradient.chunks(self.outputs).enumerate().take(self.rows.len()) {
            let row = self.rows.row(index).first_chunk::<I>();
            let (Some(row), Some(gradient)) = (row, gradient.first_chunk::<L>()) else { break };
            let g = S::load(gradient);
            unrolled!(4; I, INPUT => sums[INPUT] = g.mul_add(S::splat(row[INPUT].unscaled()), sums[INPUT]));
            bias = bias.add(g);
        }
        for (places, sums) in self.sums.iter_mut().zip(sums) {
            places.first_chunk_mut().into_iter().for_each(|places| sums.store(places));
        }
        self.bias.first_chunk_mut().into_iter().for_each(|places| bias.store(places));
    }
}
