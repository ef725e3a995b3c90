//! candle: tensors of run-time shape, its own autograd and optimizers, pictures gathered with `index_select`.

use super::Job;
use crate::harness::data::{Data, PIXELS, shuffling_rng};
use crate::harness::workload::{Net, Product, Training, Workload};
use candle_core::{Device, Result, Tensor, Var};
use candle_nn::{AdamW, Linear, Module, Optimizer, ParamsAdamW, SGD, loss};
use rand::seq::SliceRandom;
use std::hint::black_box;

struct Mlp {
    layers: Vec<Linear>,
    variables: Vec<Var>,
}

impl Mlp {
    /// With `record`, the layers hold variables, whose use is recorded for the gradients; else plain tensors.
    fn new(net: &Net, data: &Data, record: bool) -> Result<Self> {
        let (mut layers, mut variables) = (Vec::new(), Vec::new());
        let tensor = |variable: &Var| if record { variable.as_tensor().clone() } else { variable.as_detached_tensor() };
        for ((inputs, outputs), weight) in net.layers().zip(data.weights(net)?) {
            let weight = Var::from_vec(weight, (outputs, inputs), &Device::Cpu)?;
            let bias = Var::from_vec(vec![0.0_f32; outputs], outputs, &Device::Cpu)?;
            layers.push(Linear::new(tensor(&weight), Some(tensor(&bias))));
            variables.extend([weight, bias]);
        }
        Ok(Self { layers, variables })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let mut layers = self.layers.iter();
        let Some(first) = layers.next() else { return Ok(x.clone()) };
        layers.try_fold(first.forward(x)?, |x, layer| layer.forward(&x.relu()?))
    }
}

/// SGD or Adam; candle's Adam decays apart from the moments.
enum Optim {
    Sgd(SGD),
    Adam(AdamW),
}

impl Optim {
    fn new(training: Training, variables: Vec<Var>) -> Result<Self> {
        let lr = f64::from(training.lr());
        match training.adam() {
            None => Ok(Self::Sgd(SGD::new(variables, lr)?)),
            Some(weight_decay) => {
                let settings = ParamsAdamW { lr, weight_decay: f64::from(weight_decay), ..ParamsAdamW::default() };
                Ok(Self::Adam(AdamW::new(variables, settings)?))
            }
        }
    }

    fn step(&mut self, loss: &Tensor) -> Result<()> {
        match self {
            Self::Sgd(sgd) => sgd.backward_step(loss),
            Self::Adam(adam) => adam.backward_step(loss),
        }
    }
}

fn scalar(tensor: &Tensor) -> Result<f64> {
    Ok(f64::from(tensor.to_scalar::<f32>()?))
}

/// A job of something that may fail; a failure of a peer ends its process.
fn job(mut run: impl FnMut(usize) -> Result<f64> + 'static) -> Option<Job> {
    Some(Box::new(move |runs| run(runs).expect("candle runs its own workload")))
}

pub fn prepare(workload: Workload, data: &Data) -> Result<Option<Job>> {
    match workload {
        Workload::Training(training) => prepare_training(training, data),
        Workload::Latency(net) => {
            let mlp = Mlp::new(&net, data, false)?;
            let x: Vec<f32> = (0..net.sizes[0]).map(super::plain::input).collect();
            let x = Tensor::from_vec(x, (1, net.sizes[0]), &Device::Cpu)?;
            Ok(job(move |calls| {
                let mut output = mlp.forward(&x)?;
                for _ in 0..calls {
                    output = black_box(mlp.forward(black_box(&x))?);
                }
                scalar(&output.sum_all()?)
            }))
        }
        Workload::Product(Product { rows, inner, columns, transposed }) => {
            let a: Vec<f32> = (0..rows * inner).map(super::plain::input).collect();
            let b: Vec<f32> = (0..inner * columns).map(|place| super::plain::input(7 + place)).collect();
            let a = if transposed {
                Tensor::from_vec(a, (inner, rows), &Device::Cpu)?.t()?
            } else {
                Tensor::from_vec(a, (rows, inner), &Device::Cpu)?
            };
            let b = Tensor::from_vec(b, (inner, columns), &Device::Cpu)?;
            Ok(job(move |runs| {
                let mut c = a.matmul(&b)?;
                for _ in 1..runs {
                    c = black_box(black_box(&a).matmul(&b)?);
                }
                scalar(&c.sum_all()?)
            }))
        }
    }
}

fn prepare_training(training: Training, data: &Data) -> Result<Option<Job>> {
    let device = Device::Cpu;
    let mlp = Mlp::new(&training.net(), data, true)?;
    let mut optim = Optim::new(training, mlp.variables.clone())?;
    let (x, y) = match training {
        Training::Linear => (
            Tensor::from_vec(data.floats("linear-x")?, (1000, 2), &device)?,
            Tensor::from_vec(data.floats("linear-y")?, (1000, 1), &device)?,
        ),
        Training::Spiral => {
            let x = Tensor::from_vec(data.floats("spiral-x")?, (3000, 2), &device)?;
            (x, labels(data.bytes("spiral-y")?)?)
        }
        Training::Softmax | Training::Mlp | Training::DeepMlp => {
            let labels = labels(data.bytes("labels")?)?;
            (Tensor::from_vec(data.pictures_as_floats()?, (labels.dim(0)?, PIXELS), &device)?, labels)
        }
    };
    if training == Training::Spiral {
        return Ok(job(move |steps| {
            let mut last = 0.0;
            for _ in 0..steps {
                let loss = loss::cross_entropy(&mlp.forward(&x)?, &y)?;
                optim.step(&loss)?;
                last = scalar(&loss)?;
            }
            Ok(last)
        }));
    }
    let samples = training.samples();
    let mut order: Vec<u32> = (0..).take(samples).collect();
    let mut rng = shuffling_rng();
    Ok(job(move |epochs| {
        let mut mean = 0.0;
        for _ in 0..epochs {
            order.shuffle(&mut rng);
            let mut sum = 0.0;
            for places in order.chunks(training.batch()) {
                let places = Tensor::new(places, &device)?;
                let (x, y) = (x.index_select(&places, 0)?, y.index_select(&places, 0)?);
                let output = mlp.forward(&x)?;
                let loss = match training {
                    Training::Linear => loss::mse(&output, &y)?,
                    _ => loss::cross_entropy(&output, &y)?,
                };
                optim.step(&loss)?;
                sum += scalar(&loss)? * places.dim(0)? as f64;
            }
            mean = sum / samples as f64;
        }
        Ok(mean)
    }))
}

fn labels(labels: Vec<u8>) -> Result<Tensor> {
    let count = labels.len();
    Tensor::from_vec(labels.into_iter().map(u32::from).collect::<Vec<u32>>(), count, &Device::Cpu)
}
