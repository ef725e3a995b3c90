//! Formwork as its users write it: `network!`, a `Dataset`, a `Trainer`; `predict_into` for one sample.

use super::Job;
use crate::harness::data::{Data, shuffling_rng};
use crate::harness::workload::{self, Net, Product, Training, Workload};
use formwork::data::Dataset;
use formwork::layer::{Activation, Layout, Linear, ParameterKind, Parameters};
use formwork::loss::Loss;
use formwork::network::Accepts;
use formwork::optim::Optimizer;
use formwork::prelude::*;
use formwork::tensor::{Boxed, Sample};
use std::hint::black_box;
use std::io;

formwork::network! {
    struct Line < Linear<2, 1> >
}
formwork::network! {
    struct Softmax < Flatten, Linear<784, 10> >
}
formwork::network! {
    #[network(boxed)]
    struct Mlp < Flatten, Linear<784, 256>, ReLU, Linear<256, 10> >
}
formwork::network! {
    #[network(boxed)]
    struct DeepMlp < Flatten, Linear<784, 512>, ReLU, Linear<512, 256>, ReLU, Linear<256, 10> >
}
formwork::network! {
    struct Spiral < Linear<2, 100>, ReLU, Linear<100, 3> >
}
formwork::network! {
    /// The same for a batch of 3000, whose tape is too large for a stack.
    #[network(boxed)]
    struct SpiralInOneBatch < Linear<2, 100>, ReLU, Linear<100, 3> >
}
formwork::network! {
    #[network(boxed)]
    struct Autoencoder <
        Linear<640, 128>, ReLU, Linear<128, 128>, ReLU, Linear<128, 128>, ReLU, Linear<128, 128>, ReLU,
        Linear<128, 8>, ReLU, Linear<8, 128>, ReLU, Linear<128, 128>, ReLU, Linear<128, 128>, ReLU,
        Linear<128, 128>, ReLU, Linear<128, 640>
    >
}

/// No pixel is below `least`.
pub fn prepare(workload: Workload, data: &Data, least: u8) -> io::Result<Option<Job>> {
    match workload {
        Workload::Training(training) => prepare_training(training, data, least).map(Some),
        Workload::Latency(workload::SOFTMAX) => latency::<Softmax, 784, 10>(&workload::SOFTMAX, data).map(Some),
        Workload::Latency(workload::MLP) => latency::<Mlp, 784, 10>(&workload::MLP, data).map(Some),
        Workload::Latency(workload::SPIRAL) => latency::<Spiral, 2, 3>(&workload::SPIRAL, data).map(Some),
        Workload::Latency(workload::AUTOENCODER) => {
            latency::<Autoencoder, 640, 640>(&workload::AUTOENCODER, data).map(Some)
        }
        Workload::Latency(_) => Ok(None),
        Workload::Product(product) => Ok(prepare_product(product)),
    }
}

/// A network with the first weights that every contestant starts from.
fn network<N: Parameters>(net: &Net, data: &Data) -> io::Result<N> {
    let mut network = N::zeros();
    let mut layers = data.weights(net)?.into_iter();
    for index in 0..N::SLICES {
        let (Some(slice), Some(info)) = (network.slice_mut(index), N::info(index)) else { continue };
        if info.kind == ParameterKind::Weight {
            let [outputs, inputs] = info.shape;
            let layout = Layout::of(inputs, outputs);
            for (place, weight) in layers.next().unwrap_or_default().into_iter().enumerate() {
                slice[layout.position(inputs, outputs, place % inputs, place / inputs)] = weight;
            }
        }
    }
    Ok(network)
}

fn prepare_training(training: Training, data: &Data, least: u8) -> io::Result<Job> {
    let net = &training.net();
    let sgd = Sgd::new(training.lr());
    let pictures = || {
        let mut pictures = data.pictures()?;
        pictures.iter_mut().flat_map(|picture| picture.as_mut_slice()).for_each(|pixel| *pixel = least.max(*pixel));
        pairs(pictures, data.bytes("labels")?)
    };
    match training {
        Training::Linear => {
            let inputs = vectors(data.floats("linear-x")?);
            let targets: Vec<Vector<1>> = vectors(data.floats("linear-y")?);
            Ok(epochs::<Line, _, _, _, _, 10>(network(net, data)?, Mse, sgd, pairs(inputs, targets)?))
        }
        Training::Softmax => {
            Ok(epochs::<Softmax, _, _, _, _, 256>(network(net, data)?, CrossEntropy, sgd, pictures()?))
        }
        Training::Mlp => Ok(epochs::<Mlp, _, _, _, _, 256>(network(net, data)?, CrossEntropy, sgd, pictures()?)),
        Training::DeepMlp => {
            let adam = Adam::new(training.lr());
            Ok(epochs::<DeepMlp, _, _, _, _, 128>(network(net, data)?, CrossEntropy, adam, pictures()?))
        }
        Training::Spiral => {
            let points: Vec<Vector<2>> = vectors(data.floats("spiral-x")?);
            let classes = data.bytes("spiral-y")?;
            let adam = Adam::new(training.lr()).with_weight_decay(1e-5);
            let mut trainer = Trainer::<SpiralInOneBatch, _, _, 3000>::new(network(net, data)?, CrossEntropy, adam);
            Ok(Box::new(move |steps| {
                let mut loss = 0.0;
                for _ in 0..steps {
                    let batch = Batch::new(&points).expect("3000 points");
                    let targets = Batch::<_, 3000>::new(&classes).expect("3000 classes");
                    loss = f64::from(trainer.step(batch, targets).expect("classes are below 3").loss);
                }
                loss
            }))
        }
    }
}

fn vectors<const N: usize>(values: Vec<f32>) -> Vec<Vector<N>> {
    values.as_chunks::<N>().0.iter().map(|values| Vector::from(*values)).collect()
}

fn pairs<X, Y>(inputs: Vec<X>, targets: Vec<Y>) -> io::Result<Dataset<X, Y>> {
    Dataset::new(inputs, targets).map_err(io::Error::other)
}

/// Shuffled epochs in batches of `B`.
fn epochs<N, X, Y, L, O, const B: usize>(network: N, loss: L, optimizer: O, mut data: Dataset<X, Y>) -> Job
where
    N: Network + Accepts<X> + 'static,
    N::Tape<B>: 'static,
    X: Sample + 'static,
    Y: 'static,
    L: Loss<N::Output, Y> + 'static,
    O: Optimizer<N> + 'static,
    O::Memory: 'static,
{
    let mut trainer = Trainer::<N, L, O, B>::new(network, loss, optimizer);
    let mut rng = shuffling_rng();
    Box::new(move |epochs| {
        let mut mean = 0.0;
        for _ in 0..epochs {
            let (mut sum, mut samples) = (0.0, 0);
            for (inputs, targets) in data.batches::<B>(&mut rng) {
                let measured = trainer.step(inputs, targets).expect("every label is a class");
                sum += f64::from(measured.loss) * measured.samples as f64;
                samples += measured.samples;
            }
            mean = sum / samples as f64;
        }
        mean
    })
}

/// One sample at a time.
fn latency<N, const I: usize, const O: usize>(net: &Net, data: &Data) -> io::Result<Job>
where
    N: Network<Output = Vector<O>> + Accepts<Vector<I>> + 'static,
{
    let network: N = network(net, data)?;
    let input = Vector::<I>::from_fn(|_, place| super::plain::input(place));
    let mut scratch = N::Scratch::default();
    let mut output = Vector::<O>::zeros();
    Ok(Box::new(move |calls| {
        for _ in 0..calls {
            black_box(&network).predict_into(black_box(&input), &mut scratch, &mut output);
            black_box(&mut output);
        }
        output.as_slice().iter().map(|value| f64::from(*value)).sum()
    }))
}

fn prepare_product(product: Product) -> Option<Job> {
    match (product.rows, product.inner, product.columns, product.transposed) {
        (256, 784, 10, false) => Some(forward::<256, 784, 10>()),
        (256, 784, 256, false) => Some(forward::<256, 784, 256>()),
        (784, 256, 256, true) => Some(gradient::<784, 256, 256>()),
        (256, 10, 784, false) => Some(forward::<256, 10, 784>()),
        (128, 512, 256, false) => Some(forward::<128, 512, 256>()),
        (1, 784, 256, false) => Some(forward::<1, 784, 256>()),
        (1024, 1024, 1024, false) => Some(forward::<1024, 1024, 1024>()),
        (64, 64, 64, false) => Some(forward::<64, 64, 64>()),
        (16, 16, 16, false) => Some(forward::<16, 16, 16>()),
        _ => None,
    }
}

fn operand<const R: usize, const C: usize>(seed: usize) -> Vec<Vector<C>> {
    (0..R).map(|row| Vector::from_fn(|_, col| super::plain::input(seed + row * C + col))).collect()
}

/// `Linear`'s forward product, bias included.
fn forward<const R: usize, const K: usize, const C: usize>() -> Job {
    let mut layer = Boxed::<Linear<K, C>>::zeroed();
    for k in 0..K {
        for col in 0..C {
            layer.weight[(col, k)] = super::plain::input(7 + k * C + col);
        }
    }
    let rows = operand::<R, K>(0);
    let mut output = operand::<R, C>(0);
    Box::new(move |runs| {
        for _ in 0..runs {
            let rows = black_box(rows.as_slice());
            layer.forward_into(rows.into(), Activation::Identity, black_box(output.as_mut_slice()));
        }
        sum(&output)
    })
}

/// `Linear`'s weight gradient: the product with the first operand transposed; the bias gradient comes on top.
fn gradient<const R: usize, const K: usize, const C: usize>() -> Job {
    let rows = operand::<K, R>(0);
    let gradient = operand::<K, C>(7);
    let mut into = Boxed::<Linear<R, C>>::zeroed();
    Box::new(move |runs| {
        for _ in 0..runs {
            let rows = black_box(rows.as_slice());
            Linear::weight_gradient(rows.into(), black_box(gradient.as_slice()), black_box(&mut *into));
        }
        into.weight.as_slice().iter().map(|value| f64::from(*value)).sum()
    })
}

fn sum<const C: usize>(rows: &[Vector<C>]) -> f64 {
    rows.iter().flat_map(|row| row.as_slice()).map(|value| f64::from(*value)).sum()
}
