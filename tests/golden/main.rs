//! Forward, loss, gradients and steps of every optimizer against PyTorch's values (`values.txt`, made by `make.py`).
//!
//! PyTorch's numbers are float64, ours float32: they agree to 1e-5 of the largest number of each line, which leaves
//! room for sums of 784 products (784 u is 4.7e-5 at worst, about sqrt(784) u = 1.7e-6 as errors really add up).

use formwork::layer::{Activation, GELU, Layout, Parameters, SiLU};
use formwork::loss::Measured;
use formwork::network::Accepts;
use formwork::optim::{Adam, AdamW, Optimizer};
use formwork::prelude::*;
use std::collections::HashMap;

const TOLERANCE: f64 = 1e-5;
const BATCH: usize = 6;
const LABELS: [u8; BATCH] = [3, 0, 9, 1, 1, 7];

formwork::network! {
    struct Softmax < Flatten, Linear<784, 10> >
}
formwork::network! {
    #[network(boxed)]
    struct Mlp < Flatten, Linear<784, 256>, ReLU, Linear<256, 10> >
}
formwork::network! {
    struct Small < Linear<7, 17>, Tanh, Linear<17, 5>, Sigmoid, Linear<5, 3>, Sigmoid >
}

/// The lines of `values.txt` by name.
struct Golden(HashMap<&'static str, Vec<f64>>);

impl Golden {
    fn read() -> Self {
        let lines = include_str!("values.txt").lines().map(|line| {
            let (name, numbers) = line.split_once(' ').expect("a name and its numbers");
            (name, numbers.split(' ').map(|number| number.parse().expect("a number")).collect())
        });
        Self(lines.collect())
    }

    fn check(&self, name: &str, ours: impl IntoIterator<Item = f32>) {
        let theirs = self.0.get(name).unwrap_or_else(|| panic!("values.txt has no line {name}"));
        let ours: Vec<f64> = ours.into_iter().map(f64::from).collect();
        assert_eq!(ours.len(), theirs.len(), "{name}: number of values");
        let scale = theirs.iter().fold(f64::MIN_POSITIVE, |largest, x| largest.max(x.abs()));
        for (place, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
            let error = (ours - theirs).abs() / scale;
            assert!(error <= TOLERANCE, "{name}, value {place}: {ours}, PyTorch has {theirs} (error {error:e})");
        }
    }
}

/// `make.py`'s `pattern`.
fn pattern(count: usize, step: usize, modulus: usize, scale: f32) -> impl Iterator<Item = f32> {
    (0..count).map(move |k| (((k * step) % modulus) as f32 - (modulus / 2) as f32) / scale)
}

/// A parameter slice as PyTorch orders it.
fn in_order<N: Parameters>(parameters: &N, index: usize) -> Vec<f32> {
    let (slice, info) = (parameters.slice(index).unwrap(), N::info(index).unwrap());
    let [outputs, inputs] = info.shape;
    if info.name != "weight" {
        return slice.to_vec();
    }
    let layout = Layout::of(inputs, outputs);
    (0..slice.len()).map(|k| slice[layout.position(inputs, outputs, k % inputs, k / inputs)]).collect()
}

fn set_weights<N: Parameters>(network: &mut N, scale: f32) {
    for index in 0..N::SLICES {
        let info = N::info(index).unwrap();
        let [outputs, inputs] = info.shape;
        let slice = network.slice_mut(index).unwrap();
        for (k, value) in pattern(slice.len(), 53 + 6 * index, 127, scale).enumerate() {
            let place = match info.name {
                "weight" => Layout::of(inputs, outputs).position(inputs, outputs, k % inputs, k / inputs),
                _ => k,
            };
            slice[place] = value;
        }
    }
}

/// At most 40 elements, evenly spaced, as `make.py`'s `thin`.
fn thin(values: Vec<f32>) -> Vec<f32> {
    values.iter().copied().step_by((values.len() / 40).max(1)).take(40).collect()
}

fn norm(values: &[f32]) -> f32 {
    values.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt() as f32
}

fn pictures() -> [Tensor<28, 28, u8>; BATCH] {
    core::array::from_fn(|row| {
        Tensor::from_fn(|r, c| {
            let k = row * 784 + r * 28 + c;
            ((k * 37 + row * 11) % 256) as u8
        })
    })
}

fn check<N, L, O, X, Y, const C: usize>(
    name: &str,
    mut network: N,
    loss: L,
    optimizer: O,
    x: &[X; BATCH],
    y: &[Y; BATCH],
    steps: usize,
) where
    N: Network<Output = Vector<C>> + Accepts<X>,
    L: Loss<Vector<C>, Y>,
    O: Optimizer<N>,
    X: formwork::tensor::Sample,
{
    let golden = Golden::read();
    let mut tape = <N::Tape<BATCH> as TapeOf<N, BATCH>>::new();
    let outputs = network.forward(Batch::from(x), &mut tape);
    golden.check(&format!("{name}.outputs"), outputs.iter().flat_map(|row| row.as_slice().to_vec()));
    loss.loss_and_gradient(outputs, Batch::from(y)).unwrap();
    let mut gradients = N::zeros();
    network.backward(Batch::from(x), &mut tape, &mut gradients);
    for index in 0..N::SLICES {
        let gradient = in_order(&gradients, index);
        golden.check(&format!("{name}.gradient_norm{index}"), [norm(&gradient)]);
        golden.check(&format!("{name}.gradient{index}"), thin(gradient));
    }
    let mut trainer = Trainer::new(network, loss, optimizer);
    for step in 0..steps {
        let Measured { loss, .. } = trainer.step(Batch::from(x), Batch::from(y)).unwrap();
        golden.check(&format!("{name}.loss{step}"), [loss]);
    }
    network = trainer.into_network();
    for index in 0..N::SLICES {
        golden.check(&format!("{name}.weight{index}"), thin(in_order(&network, index)));
    }
}

#[test]
fn softmax_regression() {
    let mut network = Softmax::zeros();
    set_weights(&mut network, 4096.0);
    check("softmax", network, CrossEntropy, Sgd::new(0.1), &pictures(), &LABELS, 3);
}

#[test]
fn multilayer_perceptron() {
    let mut network = Mlp::zeros();
    set_weights(&mut network, 4096.0);
    check("mlp", network, CrossEntropy, Sgd::new(0.1), &pictures(), &LABELS, 3);
}

fn small<O: Optimizer<Small>>(optimizer: &str, with: O) {
    let mut network = Small::zeros();
    set_weights(&mut network, 128.0);
    let mut values = pattern(BATCH * 7, 29, 61, 32.0);
    let x: [Vector<7>; BATCH] = core::array::from_fn(|_| Vector::from_fn(|_, _| values.next().unwrap()));
    let mut values = pattern(BATCH * 3, 17, 31, 32.0);
    let y: [Vector<3>; BATCH] = core::array::from_fn(|_| Vector::from_fn(|_, _| values.next().unwrap()));
    check(&format!("small.{optimizer}"), network, Mse, with, &x, &y, 5);
}

#[test]
fn sgd_with_weight_decay() {
    small("sgd_decay", Sgd::new(0.5).with_weight_decay(0.125));
}

#[test]
fn sgd_with_momentum() {
    small("momentum", Sgd::new(0.5).with_weight_decay(0.125).with_momentum(0.875));
}

#[test]
fn adam() {
    small("adam", Adam::new(0.03125).with_weight_decay(0.125));
}

#[test]
fn adamw() {
    small("adamw", AdamW::new(0.03125).with_weight_decay(0.125));
}

#[test]
fn cross_entropy_of_extreme_logits() {
    let golden = Golden::read();
    let mut logits =
        [Vector::from([1000.0, 999.0, -1000.0]), Vector::from([0.0, 1e-3, -1e-3]), Vector::from([-80.0, 90.0, 20.0])];
    let measured = CrossEntropy.loss_and_gradient(&mut logits, Batch::from(&[1_u8, 0, 2])).unwrap();
    golden.check("extreme.loss", [measured.loss]);
    golden.check("extreme.gradient", logits.iter().flat_map(|row| row.as_slice().to_vec()));
}

#[test]
fn cross_entropy_of_probabilities() {
    let golden = Golden::read();
    let mut logits = [Vector::from([1.0, 2.0, -1.0]), Vector::from([0.0, 0.5, -0.25]), Vector::from([-8.0, 9.0, 2.0])];
    let targets = [Vector::from([0.25, 0.5, 0.25]), Vector::from([1.0, 0.0, 0.0]), Vector::from([0.0, 0.125, 0.875])];
    let measured = CrossEntropy.loss_and_gradient(&mut logits, Batch::from(&targets)).unwrap();
    golden.check("probabilities.loss", [measured.loss]);
    golden.check("probabilities.gradient", logits.iter().flat_map(|row| row.as_slice().to_vec()));
}

#[test]
fn activations_and_their_slopes() {
    let golden = Golden::read();
    let xs: Vec<f32> = pattern(41, 1, 41, 4.0).collect();
    let check = |name: &str, value: &dyn Fn(f32) -> f32, slope: &dyn Fn(f32) -> f32| {
        golden.check(&format!("activation.{name}.value"), xs.iter().map(|x| value(*x)));
        golden.check(&format!("activation.{name}.slope"), xs.iter().map(|x| slope(*x)));
    };
    for (name, act) in [
        ("relu", Activation::ReLU),
        ("leaky", Activation::LeakyReLU),
        ("elu", Activation::ELU),
        ("softplus", Activation::Softplus),
        ("sigmoid", Activation::Sigmoid),
        ("tanh", Activation::Tanh),
    ] {
        check(name, &|x| act.apply(x), &|x| act.derivative(act.apply(x)));
    }
    check("silu", &SiLU::<1>::apply, &SiLU::<1>::derivative);
    check("gelu", &GELU::<1>::apply, &GELU::<1>::derivative);
}
