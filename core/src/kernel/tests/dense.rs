//! The dense layer's product and its three gradients, for both element types and both layouts.

mod pictures;

use super::{BLOCKS, assert_close, exact, on_every_isa, random, sizes};
use crate::kernel::activation::Activation;
use crate::kernel::dense::{self, Dense, DenseMut, DenseUpdate, Layout};
use crate::kernel::element::Element;
use crate::kernel::rows::Rows;

/// A layer, a batch picked out of a larger set in some order, the same rows one after the other, and a gradient.
struct Case<T> {
    rows: usize,
    inputs: usize,
    outputs: usize,
    data: Vec<T>,
    order: Vec<u32>,
    together: Vec<T>,
    weight: Vec<f32>,
    bias: Vec<f32>,
    gradient: Vec<f32>,
}

impl<T: Element> Case<T> {
    fn new(rows: usize, inputs: usize, outputs: usize, element: impl Fn(f32) -> T) -> Self {
        Self::of(rows, inputs, outputs, random((rows + 3) * inputs, 3).into_iter().map(element).collect())
    }

    /// Of three rows more than the batch has.
    fn of(rows: usize, inputs: usize, outputs: usize, data: Vec<T>) -> Self {
        let order: Vec<_> = (0..rows as u32).map(|row| (row * 7 + 2) % (rows as u32 + 3)).collect();
        let together =
            order.iter().flat_map(|&row| data[row as usize * inputs..].iter().take(inputs)).copied().collect();
        let (weight, bias) = (random(inputs * outputs, 4), random(outputs, 5));
        Self { rows, inputs, outputs, data, order, together, weight, bias, gradient: random(rows * outputs, 6) }
    }

    fn what(&self) -> String {
        format!("{} rows {} -> {} of {}", self.rows, self.inputs, self.outputs, core::any::type_name::<T>())
    }

    fn batch(&self) -> Rows<'_, T> {
        Rows::picked(&self.data, self.inputs, &self.order)
    }

    fn batch_together(&self) -> Rows<'_, T> {
        Rows::new(&self.together, self.inputs)
    }

    fn dense(&self) -> Dense<'_> {
        Dense { inputs: self.inputs, outputs: self.outputs, weight: &self.weight, bias: &self.bias }
    }

    fn x(&self, row: usize, input: usize) -> f64 {
        // The exact quotient for u8: `to_f32` rounds it, the kernels scale the sum.
        let unscaled = f64::from(self.data[self.order[row] as usize * self.inputs + input].unscaled());
        if T::IS_F32 { unscaled } else { unscaled / 255.0 }
    }

    fn place(&self, input: usize, output: usize) -> usize {
        Layout::of(self.inputs, self.outputs).position(self.inputs, self.outputs, input, output)
    }

    fn forward(&self, rows: Rows<'_, T>, activation: Activation) -> Vec<f32> {
        let mut output = vec![f32::NAN; self.rows * self.outputs];
        dense::forward(rows, self.dense(), activation, &mut output);
        output
    }

    /// What becomes of weight and bias, and their gradient where there is no update.
    fn weights(&self, rows: Rows<'_, T>, update: Option<DenseUpdate>) -> (Vec<f32>, Vec<f32>) {
        let held = |held: &[f32]| if update.is_some() { held.to_vec() } else { vec![f32::NAN; held.len()] };
        let (mut weight, mut bias) = (held(&self.weight), held(&self.bias));
        let into = DenseMut { inputs: self.inputs, outputs: self.outputs, weight: &mut weight, bias: &mut bias };
        match update {
            Some(update) => dense::weight_update(rows, &self.gradient, into, update),
            None => dense::weight_gradient(rows, &self.gradient, into),
        }
        (weight, bias)
    }

    fn check_forward(&self) {
        let expected: Vec<_> = (0..self.rows * self.outputs)
            .map(|place| {
                let (row, output) = (place / self.outputs, place % self.outputs);
                let weight = |input| f64::from(self.weight[self.place(input, output)]);
                let (sum, magnitude) = exact(self.inputs, |input| self.x(row, input) * weight(input));
                let bias = f64::from(self.bias[output]);
                (sum + bias, magnitude + bias.abs())
            })
            .collect();
        on_every_isa(|isa| {
            let found = self.forward(self.batch(), Activation::Identity);
            assert_close(&found, &expected, self.inputs, &format!("{isa:?} forward {}", self.what()));
            let relu: Vec<f32> = found.iter().map(|x| x.max(0.0)).collect();
            assert_eq!(self.forward(self.batch(), Activation::ReLU), relu, "{isa:?} ReLU {}", self.what());
            for (activation, expected) in [(Activation::Identity, &found), (Activation::ReLU, &relu)] {
                let together = self.forward(self.batch_together(), activation);
                assert_eq!(&together, expected, "{isa:?} {activation:?} of rows together, {}", self.what());
            }
            // One row at a time gives the same bits as all of them.
            for (row, expected) in found.chunks(self.outputs).enumerate() {
                let mut output = vec![f32::NAN; self.outputs];
                let rows = Rows::picked(&self.data, self.inputs, &self.order[row..=row]);
                dense::forward(rows, self.dense(), Activation::Identity, &mut output);
                assert_eq!(output, expected, "{isa:?} row {row} alone, {}", self.what());
            }
        });
    }

    fn check_weight(&self) {
        let mut weight = vec![(0.0, 0.0); self.inputs * self.outputs];
        let mut bias = vec![(0.0, 0.0); self.outputs];
        for output in 0..self.outputs {
            let g = |row: usize| f64::from(self.gradient[row * self.outputs + output]);
            for input in 0..self.inputs {
                weight[self.place(input, output)] = exact(self.rows, |row| self.x(row, input) * g(row));
            }
            bias[output] = exact(self.rows, g);
        }
        on_every_isa(|isa| {
            let (dw, db) = self.weights(self.batch(), None);
            assert_close(&dw, &weight, self.rows, &format!("{isa:?} weight gradient {}", self.what()));
            assert_close(&db, &bias, self.rows, &format!("{isa:?} bias gradient {}", self.what()));

            let update = DenseUpdate { lr: 0.125, decay: 0.75 };
            let (w, b) = self.weights(self.batch(), Some(update));
            let stepped = |held: &[f32], gradient: &[f32]| -> Vec<_> {
                let step = |(&held, &g): (&f32, &f32)| {
                    let (held, g) = (0.75 * f64::from(held), 0.125 * f64::from(g));
                    (held - g, held.abs() + g.abs())
                };
                held.iter().zip(gradient).map(step).collect()
            };
            assert_close(&w, &stepped(&self.weight, &dw), 0, &format!("{isa:?} weight update {}", self.what()));
            assert_close(&b, &stepped(&self.bias, &db), 0, &format!("{isa:?} bias update {}", self.what()));
            for (update, expected) in [(None, (dw, db)), (Some(update), (w, b))] {
                let together = self.weights(self.batch_together(), update);
                assert_eq!(together, expected, "{isa:?} {update:?} of rows together, {}", self.what());
            }
        });
    }

    fn check_input(&self) {
        let previous = random(self.rows * self.inputs, 7);
        let expected: Vec<_> = (0..self.rows * self.inputs)
            .map(|place| {
                let (row, input) = (place / self.inputs, place % self.inputs);
                let weight = |output| f64::from(self.weight[self.place(input, output)]);
                exact(self.outputs, |o| f64::from(self.gradient[row * self.outputs + o]) * weight(o))
            })
            .collect();
        on_every_isa(|isa| {
            let mut found = vec![f32::NAN; previous.len()];
            dense::input_gradient(&self.gradient, self.dense(), Activation::Identity, &previous, &mut found);
            assert_close(&found, &expected, self.outputs, &format!("{isa:?} input gradient {}", self.what()));
            let masked: Vec<f32> = found.iter().zip(&previous).map(|(g, y)| if *y > 0.0 { *g } else { 0.0 }).collect();
            dense::input_gradient(&self.gradient, self.dense(), Activation::ReLU, &previous, &mut found);
            assert_eq!(found, masked, "{isa:?} masked input gradient {}", self.what());
            for (row, expected) in masked.chunks(self.inputs).enumerate() {
                let mut alone = vec![f32::NAN; self.inputs];
                let (gradient, rest) = self.gradient[row * self.outputs..].split_at(self.outputs);
                let _ = rest;
                let previous = &previous[row * self.inputs..(row + 1) * self.inputs];
                dense::input_gradient(gradient, self.dense(), Activation::ReLU, previous, &mut alone);
                assert_eq!(alone, expected, "{isa:?} row {row} alone, {}", self.what());
            }
        });
    }

    fn check_all(&self) {
        self.check_forward();
        self.check_weight();
        self.check_input();
    }
}

fn byte(x: f32) -> u8 {
    ((x + 1.0) * 127.0) as u8
}

#[test]
fn every_small_size_of_f32() {
    sizes().for_each(|(rows, inputs, outputs)| Case::new(rows, inputs, outputs, |x| x).check_all());
}

#[test]
fn every_small_size_of_u8() {
    // (Under Miri a third: the unsafe code is that of floats.)
    let step = if cfg!(miri) { 3 } else { 1 };
    sizes().step_by(step).for_each(|(rows, inputs, outputs)| Case::new(rows, inputs, outputs, byte).check_all());
}

#[test]
fn around_the_edges_of_blocks() {
    for &(rows, inputs, outputs) in BLOCKS {
        Case::new(rows, inputs, outputs, |x| x).check_all();
        Case::new(rows, inputs, outputs, byte).check_all();
    }
}

/// Rows that are converted in more than one part, where the last vectors of outputs lie over those before: what those hold is
/// added to once.
#[test]
fn long_rows_through_ragged_layers() {
    let rows = if cfg!(miri) { 1 } else { 2 };
    let outputs =
        [16, 17, 19, 33, 35, 47, 65, 67, 129, 131, 143, 145, 147, 161, 209, 255, 257, 259, 271, 273, 275, 291, 300];
    for outputs in outputs.into_iter().filter(|outputs| !cfg!(miri) || *outputs == 19) {
        for inputs in [591, 592, 593, 1200].into_iter().filter(|inputs| !cfg!(miri) || *inputs == 593) {
            Case::new(rows, inputs, outputs, byte).check_forward();
            if !cfg!(miri) {
                Case::new(rows, inputs, outputs, |x| x).check_forward();
            }
        }
        Case::new(1, 0, outputs, byte).check_forward();
        Case::new(1, 0, outputs, |x| x).check_forward();
    }
}

/// The vector at the end of a ragged row overlaps the one before: what it has twice must not be 0 times infinity.
#[test]
fn an_infinite_input_is_counted_once() {
    // Under Miri, a thousand times slower, the two ends of one of them.
    let lengths = [16, 17, 20, 31, 33, 47, 49, 64, 65, 79, 81, 100, 113, 127, 140];
    let lengths = lengths.into_iter().filter(|length| !cfg!(miri) || *length == 20);
    const STEP: usize = if cfg!(miri) { 19 } else { 1 };
    for (inputs, outputs) in lengths.flat_map(|inputs| [1, 2, 3, 4, 10].map(|outputs| (inputs, outputs))) {
        let (weight, bias) = (vec![1.0; inputs * outputs], vec![0.0; outputs]);
        let dense = Dense { inputs, outputs, weight: &weight, bias: &bias };
        for (rows, place) in
            [1, 4, 17].into_iter().flat_map(|rows| (0..inputs).step_by(STEP).map(move |place| (rows, place)))
        {
            let mut data = vec![1.0; rows * inputs];
            data[place] = f32::INFINITY;
            on_every_isa(|isa| {
                let mut output = vec![0.0; rows * outputs];
                dense::forward(Rows::new(&data, inputs), dense, Activation::Identity, &mut output);
                let what = format!("{isa:?} {rows} rows {inputs} -> {outputs}, infinite at {place}: {output:?}");
                let (first, rest) = output.split_at(outputs);
                assert!(first.iter().all(|y| *y == f32::INFINITY), "{what}");
                assert!(rest.iter().all(|y| *y == inputs as f32), "{what}");
            });
        }
    }
}
