//! burn with its backend Flex: modules, autodiff by its decorator, pictures gathered with `select`.

use super::Job;
use crate::harness::data::{Data, PIXELS, shuffling_rng};
use crate::harness::workload::{Net, Product, Training, Workload};
use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::nn::loss::{CrossEntropyLossConfig, MseLoss, Reduction};
use burn::optim::decay::WeightDecayConfig;
use burn::optim::{AdamConfig, GradientsParams, SgdConfig};
use burn::tensor::{Device, Int, Tensor, TensorData, activation};
use rand::seq::SliceRandom;
use std::hint::black_box;
use std::io;

#[derive(Module, Debug)]
struct Mlp {
    layers: Vec<Linear>,
}

impl Mlp {
    fn new(net: &Net, data: &Data, device: &Device) -> io::Result<Self> {
        let layers = net.layers().zip(data.weights(net)?).map(|((inputs, outputs), rows)| {
            let weight: Vec<f32> = (0..inputs * outputs).map(|k| rows[(k % outputs) * inputs + k / outputs]).collect();
            Linear {
                weight: Param::from_data(TensorData::new(weight, [inputs, outputs]), device),
                bias: Some(Param::from_data(TensorData::new(vec![0.0_f32; outputs], [outputs]), device)),
            }
        });
        Ok(Self { layers: layers.collect() })
    }

    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let mut layers = self.layers.iter();
        let first = layers.next().map_or(x.clone(), |layer| layer.forward(x));
        layers.fold(first, |x, layer| layer.forward(activation::relu(x)))
    }
}

fn matrix(values: Vec<f32>, rows: usize, cols: usize, device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(values, [rows, cols]), device)
}

fn labels(labels: &[u8], device: &Device) -> Tensor<1, Int> {
    let values: Vec<i32> = labels.iter().map(|label| i32::from(*label)).collect();
    Tensor::from_data(TensorData::new(values, [labels.len()]), device)
}

fn scalar(tensor: Tensor<1>) -> f64 {
    f64::from(tensor.into_scalar::<f32>())
}

/// What a batch is compared with.
enum Targets {
    Values(Tensor<2>),
    Classes(Tensor<1, Int>),
}

pub fn prepare(workload: Workload, data: &Data) -> io::Result<Option<Job>> {
    let device = Device::flex();
    match workload {
        Workload::Training(training) => prepare_training(training, data).map(Some),
        Workload::Latency(net) => {
            let mlp = Mlp::new(&net, data, &device)?;
            let x: Vec<f32> = (0..net.sizes[0]).map(super::plain::input).collect();
            let x = matrix(x, 1, net.sizes[0], &device);
            Ok(Some(Box::new(move |calls| {
                let mut output = mlp.forward(x.clone());
                for _ in 1..calls {
                    output = black_box(mlp.forward(black_box(&x).clone()));
                }
                scalar(output.sum())
            })))
        }
        Workload::Product(Product { rows, inner, columns, transposed }) => {
            let a: Vec<f32> = (0..rows * inner).map(super::plain::input).collect();
            let b: Vec<f32> = (0..inner * columns).map(|place| super::plain::input(7 + place)).collect();
            let a =
                if transposed { matrix(a, inner, rows, &device).transpose() } else { matrix(a, rows, inner, &device) };
            let b = matrix(b, inner, columns, &device);
            Ok(Some(Box::new(move |runs| {
                let mut c = a.clone().matmul(b.clone());
                for _ in 1..runs {
                    c = black_box(black_box(&a).clone().matmul(b.clone()));
                }
                scalar(c.sum())
            })))
        }
    }
}

fn prepare_training(training: Training, data: &Data) -> io::Result<Job> {
    let device = Device::flex().autodiff();
    let mut mlp = Mlp::new(&training.net(), data, &device)?;
    let mut optim = match training.adam() {
        None => SgdConfig::new().init(),
        Some(weight_decay) => AdamConfig::new()
            .with_epsilon(1e-8)
            .with_weight_decay(Some(WeightDecayConfig::new(weight_decay)).filter(|_| weight_decay > 0.0))
            .init(),
    };
    let (x, y) = match training {
        Training::Linear => (
            matrix(data.floats("linear-x")?, 1000, 2, &device),
            Targets::Values(matrix(data.floats("linear-y")?, 1000, 1, &device)),
        ),
        Training::Spiral => (
            matrix(data.floats("spiral-x")?, 3000, 2, &device),
            Targets::Classes(labels(&data.bytes("spiral-y")?, &device)),
        ),
        Training::Softmax | Training::Mlp | Training::DeepMlp => (
            matrix(data.pictures_as_floats()?, training.samples(), PIXELS, &device),
            Targets::Classes(labels(&data.bytes("labels")?, &device)),
        ),
    };
    let cross_entropy = CrossEntropyLossConfig::new().init(&device);
    let lr = f64::from(training.lr());
    let samples = training.samples();
    let mut order: Vec<u32> = (0..).take(samples).collect();
    let mut rng = shuffling_rng();
    Ok(Box::new(move |epochs| {
        let mut mean = 0.0;
        for _ in 0..epochs {
            let mut sum = 0.0;
            order.shuffle(&mut rng);
            for places in order.chunks(training.batch()) {
                // The spiral is one whole batch: nothing to gather.
                let places_tensor = (training != Training::Spiral).then(|| {
                    let indices: Vec<i32> = places.iter().map(|place| *place as i32).collect();
                    Tensor::<1, Int>::from_data(TensorData::new(indices, [places.len()]), &device)
                });
                let pick = |tensor: &Tensor<2>| match &places_tensor {
                    Some(places) => tensor.clone().select(0, places.clone()),
                    None => tensor.clone(),
                };
                let output = mlp.forward(pick(&x));
                let loss = match &y {
                    Targets::Values(y) => MseLoss::new().forward(output, pick(y), Reduction::Mean),
                    Targets::Classes(y) => {
                        let y = match &places_tensor {
                            Some(places) => y.clone().select(0, places.clone()),
                            None => y.clone(),
                        };
                        cross_entropy.forward(output, y)
                    }
                };
                let gradients = GradientsParams::from_grads(loss.backward(), &mlp);
                sum += scalar(loss) * places.len() as f64;
                // `step` takes the module and gives it back.
                let taken = std::mem::replace(&mut mlp, Mlp { layers: Vec::new() });
                mlp = optim.step(lr, taken, gradients);
            }
            mean = sum / samples as f64;
        }
        mean
    }))
}
