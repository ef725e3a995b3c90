//! Training loops written by hand over a crate that multiplies matrices: every buffer made once, bias and SGD folded into
//! the products where the crate can accumulate, one pass over each buffer otherwise. The limit of a framework that is
//! built on such a crate. W1 is too small for any of them and stands as plain loops.

use super::Job;
use super::gemm::{Gemm, View, prepare_product};
use crate::harness::data::{Data, PIXELS, shuffling_rng};
use crate::harness::workload::{Net, Training, Workload};
use rand::seq::SliceRandom;
use std::hint::black_box;
use std::io;

/// Compiles passes over slices a second time for AVX-512 and calls those where the machine has it.
macro_rules! passes {
    ($($(#[$doc:meta])* fn $name:ident($($arg:ident : $kind:ty),* $(,)?) $body:block)*) => {$(
        $(#[$doc])*
        fn $name($($arg: $kind),*) {
            #[inline(always)]
            fn body($($arg: $kind),*) $body
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,fma")]
                fn wide($($arg: $kind),*) {
                    body($($arg),*);
                }
                if std::is_x86_feature_detected!("avx512f") {
                    // SAFETY: the machine has AVX-512 and, as every such machine, FMA.
                    return unsafe { wide($($arg),*) };
                }
            }
            body($($arg),*);
        }
    )*};
}

passes! {
    fn relu(values: &mut [f32]) {
        for value in values {
            *value = value.max(0.0);
        }
    }

    /// Clears the gradient where ReLU cut the output off.
    fn mask(gradient: &mut [f32], output: &[f32]) {
        for (gradient, output) in gradient.iter_mut().zip(output) {
            *gradient = if *output > 0.0 { *gradient } else { 0.0 };
        }
    }

    /// sums += scale * the rows' sum.
    fn add_rows(rows: &[f32], scale: f32, sums: &mut [f32]) {
        for row in rows.chunks_exact(sums.len()) {
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += scale * value;
            }
        }
    }

    fn adam(weight: &mut [f32], gradient: &[f32], first: &mut [f32], second: &mut [f32], step: AdamStep) {
        let moments = first.iter_mut().zip(second);
        for ((weight, gradient), (first, second)) in weight.iter_mut().zip(gradient).zip(moments) {
            let gradient = gradient + step.weight_decay * *weight;
            *first = 0.9 * *first + 0.1 * gradient;
            *second = 0.999 * *second + 0.001 * gradient * gradient;
            *weight -= step.lr * *first / (second.sqrt() * step.second_scale + 1e-8);
        }
    }
}

/// Adam's settings with the corrections of one step worked in.
#[derive(Clone, Copy)]
struct AdamStep {
    lr: f32,
    second_scale: f32,
    weight_decay: f32,
}

impl AdamStep {
    fn new(lr: f32, weight_decay: f32, step: i32) -> Self {
        let second_scale = 1.0 / (1.0 - 0.999_f32.powi(step)).sqrt();
        Self { lr: lr / (1.0 - 0.9_f32.powi(step)), second_scale, weight_decay }
    }
}

/// A parameter with what Adam keeps of it; empty under SGD.
struct Parameter {
    value: Vec<f32>,
    gradient: Vec<f32>,
    first: Vec<f32>,
    second: Vec<f32>,
}

impl Parameter {
    fn new(value: Vec<f32>, adam: bool) -> Self {
        let kept = if adam { value.len() } else { 0 };
        Self { value, gradient: vec![0.0; kept], first: vec![0.0; kept], second: vec![0.0; kept] }
    }

    fn adam(&mut self, step: AdamStep) {
        adam(&mut self.value, &self.gradient, &mut self.first, &mut self.second, step);
    }
}

struct Layer {
    inputs: usize,
    outputs: usize,
    /// `[in, out]`, as the forward product reads it.
    weight: Parameter,
    bias: Parameter,
    /// Outputs of a batch, after ReLU but for the last layer.
    output: Vec<f32>,
    /// Gradient of a batch by what the layer computes before ReLU.
    gradient: Vec<f32>,
}

struct Mlp<G> {
    gemm: G,
    layers: Vec<Layer>,
    lr: f32,
    /// Weight decay of Adam, or SGD.
    adam: Option<f32>,
    steps: i32,
}

impl<G: Gemm> Mlp<G> {
    fn new(gemm: G, net: &Net, batch: usize, lr: f32, adam: Option<f32>, data: &Data) -> io::Result<Self> {
        let layers = net
            .layers()
            .zip(data.weights(net)?)
            .map(|((inputs, outputs), rows)| {
                let weight = (0..inputs * outputs).map(|k| rows[(k % outputs) * inputs + k / outputs]).collect();
                Layer {
                    inputs,
                    outputs,
                    weight: Parameter::new(weight, adam.is_some()),
                    bias: Parameter::new(vec![0.0; outputs], adam.is_some()),
                    output: vec![0.0; batch * outputs],
                    gradient: vec![0.0; batch * outputs],
                }
            })
            .collect();
        Ok(Self { gemm, layers, lr, adam, steps: 0 })
    }

    fn forward(&mut self, x: &[f32], rows: usize) {
        let count = self.layers.len();
        for index in 0..count {
            let (before, rest) = self.layers.split_at_mut(index);
            let layer = &mut rest[0];
            let x = before.last().map_or(x, |layer| layer.output.as_slice());
            let output = &mut layer.output[..rows * layer.outputs];
            for row in output.chunks_exact_mut(layer.outputs) {
                row.copy_from_slice(&layer.bias.value);
            }
            let weight = View::new(&layer.weight.value, layer.inputs, layer.outputs);
            self.gemm.gemm(1.0, View::new(x, rows, layer.inputs), weight, 1.0, output);
            if index + 1 < count {
                relu(output);
            }
        }
    }

    /// One step; the loss before it.
    fn step(&mut self, x: &[f32], labels: &[u8]) -> f64 {
        let rows = labels.len();
        self.forward(x, rows);
        let last = self.layers.last_mut().expect("a network has a layer");
        let loss = cross_entropy(&last.output, labels, last.outputs, &mut last.gradient);
        self.steps += 1;
        let adam = self.adam.map(|weight_decay| AdamStep::new(self.lr, weight_decay, self.steps));
        for index in (0..self.layers.len()).rev() {
            let (before, rest) = self.layers.split_at_mut(index);
            let Layer { inputs, outputs, weight, bias, gradient, .. } = &mut rest[0];
            let gradient = &gradient[..rows * *outputs];
            let g = View::new(gradient, rows, *outputs);
            let mut input = x;
            if let Some(layer) = before.last_mut() {
                let into = &mut layer.gradient[..rows * *inputs];
                self.gemm.gemm(1.0, g, View::new(&weight.value, *inputs, *outputs).transposed(), 0.0, into);
                mask(into, &layer.output);
                input = &layer.output;
            }
            let input = View::new(input, rows, *inputs).transposed();
            match adam {
                None => {
                    self.gemm.gemm(-self.lr, input, g, 1.0, &mut weight.value);
                    add_rows(gradient, -self.lr, &mut bias.value);
                }
                Some(step) => {
                    self.gemm.gemm(1.0, input, g, 0.0, &mut weight.gradient);
                    bias.gradient.fill(0.0);
                    add_rows(gradient, 1.0, &mut bias.gradient);
                    weight.adam(step);
                    bias.adam(step);
                }
            }
        }
        loss
    }
}

/// Mean cross-entropy of the logits, and its gradient.
fn cross_entropy(logits: &[f32], labels: &[u8], classes: usize, gradient: &mut [f32]) -> f64 {
    let scale = 1.0 / labels.len() as f32;
    let mut sum = 0.0;
    let rows = logits.chunks_exact(classes).zip(gradient.chunks_exact_mut(classes));
    for ((logits, gradient), label) in rows.zip(labels) {
        let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut total = 0.0;
        for (gradient, logit) in gradient.iter_mut().zip(logits) {
            *gradient = (logit - largest).exp();
            total += *gradient;
        }
        let label = usize::from(*label);
        sum += f64::from(total.ln() + largest - logits[label]);
        for gradient in gradient.iter_mut() {
            *gradient *= scale / total;
        }
        gradient[label] -= scale;
    }
    sum / labels.len() as f64
}

pub fn prepare(gemm: impl Gemm, workload: Workload, data: &Data) -> io::Result<Option<Job>> {
    match workload {
        Workload::Training(Training::Linear) => linear_regression(data).map(Some),
        Workload::Training(Training::Spiral) => spiral(gemm, data).map(Some),
        Workload::Training(training) => pictures(gemm, training, data).map(Some),
        Workload::Latency(net) => {
            let mut mlp = Mlp::new(gemm, &net, 1, 0.0, None, data)?;
            let x: Vec<f32> = (0..net.sizes[0]).map(super::plain::input).collect();
            Ok(Some(Box::new(move |calls| {
                for _ in 0..calls {
                    mlp.forward(black_box(&x), 1);
                    black_box(&mut mlp.layers);
                }
                mlp.layers.last().into_iter().flat_map(|layer| &layer.output).map(|value| f64::from(*value)).sum()
            })))
        }
        Workload::Product(product) => Ok(Some(prepare_product(gemm, product))),
    }
}

fn pictures(gemm: impl Gemm, training: Training, data: &Data) -> io::Result<Job> {
    let pixels = data.pictures_as_floats()?;
    let labels = data.bytes("labels")?;
    let batch = training.batch();
    let mut mlp = Mlp::new(gemm, &training.net(), batch, training.lr(), training.adam(), data)?;
    let mut order: Vec<u32> = (0..).take(labels.len()).collect();
    let mut rng = shuffling_rng();
    let (mut x, mut y) = (Vec::with_capacity(batch * PIXELS), Vec::with_capacity(batch));
    Ok(Box::new(move |epochs| {
        let mut mean = 0.0;
        for _ in 0..epochs {
            let mut sum = 0.0;
            order.shuffle(&mut rng);
            for places in order.chunks(batch) {
                x.clear();
                y.clear();
                for &place in places {
                    let place = place as usize;
                    x.extend_from_slice(&pixels[place * PIXELS..(place + 1) * PIXELS]);
                    y.push(labels[place]);
                }
                sum += mlp.step(&x, &y) * y.len() as f64;
            }
            mean = sum / labels.len() as f64;
        }
        mean
    }))
}

fn spiral(gemm: impl Gemm, data: &Data) -> io::Result<Job> {
    let training = Training::Spiral;
    let (points, labels) = (data.floats("spiral-x")?, data.bytes("spiral-y")?);
    let mut mlp = Mlp::new(gemm, &training.net(), training.batch(), training.lr(), training.adam(), data)?;
    Ok(Box::new(move |steps| {
        let mut loss = 0.0;
        for _ in 0..steps {
            loss = mlp.step(&points, &labels);
        }
        loss
    }))
}

fn linear_regression(data: &Data) -> io::Result<Job> {
    let (x, y) = (data.floats("linear-x")?, data.floats("linear-y")?);
    let Some(&[mut w0, mut w1]) = data.weights(&Training::Linear.net())?.concat().first_chunk() else {
        return Err(io::Error::other("two weights were expected"));
    };
    let mut bias = 0.0;
    let lr = Training::Linear.lr();
    let x = x.as_chunks::<2>().0.to_vec();
    let mut order: Vec<u32> = (0..).take(y.len()).collect();
    let mut rng = shuffling_rng();
    Ok(Box::new(move |epochs| {
        let mut mean = 0.0;
        for _ in 0..epochs {
            let mut sum = 0.0;
            order.shuffle(&mut rng);
            for places in order.chunks(Training::Linear.batch()) {
                let (mut g0, mut g1, mut gb) = (0.0, 0.0, 0.0);
                for &place in places {
                    let [x0, x1] = x[place as usize];
                    let error = w0 * x0 + w1 * x1 + bias - y[place as usize];
                    sum += error * error;
                    g0 += error * x0;
                    g1 += error * x1;
                    gb += error;
                }
                let step = 2.0 * lr / places.len() as f32;
                w0 -= step * g0;
                w1 -= step * g1;
                bias -= step * gb;
            }
            mean = f64::from(sum) / y.len() as f64;
        }
        mean
    }))
}
