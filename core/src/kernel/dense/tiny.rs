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
    let (weights, _) = dense.weight.as_chunks::<I>();
    let (outputs, mut done) = (dense.outputs, 0);
    // One or two products of an output take less time than to write four outputs of every row at a time.
    if const { I > 2 } && output.len() >= MANY * outputs {
        for (weights, bias) in weights.as_chunks().0.iter().zip(dense.bias.as_chunks().0) {
            let output = output.get_mut(done..).unwrap_or(&mut []);
            FourProducts { rows, weights, bias, outputs, output }.portable();
            done += 4;
        }
    }
    if done >= outputs {
        return;
    }
    for (index, output) in output.chunks_exact_mut(outputs).enumerate().take(rows.len()) {
        let Some(row) = rows.row(index).first_chunk::<I>() else { return };
        for ((y, weight), bias) in output.iter_mut().zip(weights).zip(dense.bias).skip(done) {
            let mut sum = 0.0;
            for (x, w) in row.iter().zip(weight) {
                sum += x.unscaled() * w;
            }
            *y = sum * T::SCALE + bias;
        }
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
    mut into: DenseMut<'_>,
    update: Option<DenseUpdate>,
) {
    let mut first = 0;
    while first + 4 <= into.outputs && rows.len() >= MANY {
        let (mut sums, mut bias) = ([[0.0; 4]; I], [0.0; 4]);
        FourSums::<T, I> {
            rows: &rows,
            gradient: gradient.get(first..).unwrap_or(&[]),
            outputs: into.outputs,
            sums: &mut sums,
            bias: &mut bias,
        }
        .portable();
        for output in 0..4 {
            write::<I>(&mut into, first + output, sums.map(|sums| sums[output] * T::SCALE), bias[output], update);
        }
        first += 4;
    }
    for output in first..into.outputs {
        let (mut sums, mut bias) = ([0.0; I], 0.0);
        let column = gradient.get(output..).unwrap_or(&[]).iter().step_by(into.outputs);
        for (index, g) in column.enumerate().take(rows.len()) {
            let Some(row) = rows.row(index).first_chunk::<I>() else { return };
            for (sum, x) in sums.iter_mut().zip(row) {
                *sum += g * x.unscaled();
            }
            bias += g;
        }
        write::<I>(&mut into, output, sums.map(|sum| sum * T::SCALE), bias, update);
    }
}

/// The weights of an output and its bias, of their gradients.
#[inline(always)]
fn write<const I: usize>(
    into: &mut DenseMut<'_>,
    output: usize,
    sums: [f32; I],
    bias: f32,
    update: Option<DenseUpdate>,
) {
    let written = |held: f32, gradient: f32| match update {
        Some(step) => -step.lr * gradient + step.decay * held,
        None => gradient,
    };
    if let (Some(weight), Some(place)) = (into.weight.as_chunks_mut::<I>().0.get_mut(output), into.bias.get_mut(output))
    {
        weight.iter_mut().zip(sums).for_each(|(place, sum)| *place = written(*place, sum));
        *place = written(*place, bias);
    }
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
