//! dfdx: sizes in its types, gradients by its tape; batches gathered by hand, for it has no faster way.

use super::Job;
use crate::harness::data::{Data, shuffling_rng};
use crate::harness::workload::{self, Net, Product, Training, Workload};
use dfdx::losses::{cross_entropy_with_logits_loss, mse_loss};
use dfdx::nn::modules::{Linear, ReLU};
use dfdx::optim::{Adam, AdamConfig, Optimizer, Sgd, SgdConfig, WeightDecay};
use dfdx::prelude::*;
use rand::seq::SliceRandom;
use std::hint::black_box;
use std::io;

type Line = Linear<2, 1, f32, Cpu>;
type Softmax = Linear<784, 10, f32, Cpu>;
type Mlp = (Linear<784, 256, f32, Cpu>, ReLU, Linear<256, 10, f32, Cpu>);
type Deep = (Linear<784, 512, f32, Cpu>, ReLU, Linear<512, 256, f32, Cpu>, ReLU, Linear<256, 10, f32, Cpu>);
type Spiral = (Linear<2, 100, f32, Cpu>, ReLU, Linear<100, 3, f32, Cpu>);
type Hidden = (Linear<128, 128, f32, Cpu>, ReLU);
type Autoencoder = (
    (Linear<640, 128, f32, Cpu>, ReLU, Hidden, Hidden, Hidden),
    (Linear<128, 8, f32, Cpu>, ReLU, Linear<8, 128, f32, Cpu>, ReLU),
    (Hidden, Hidden, Hidden, Linear<128, 640, f32, Cpu>),
);

/// Visits every `Linear` of a network in order.
struct SetWeights {
    layers: std::vec::IntoIter<Vec<f32>>,
}

impl TensorVisitor<f32, Cpu> for SetWeights {
    type Viewer = ViewTensorMut;
    type Err = <Cpu as HasErr>::Err;
    type E2 = f32;
    type D2 = Cpu;

    fn visit<S: Shape>(
        &mut self,
        _: TensorOptions<S, f32, Cpu>,
        tensor: &mut Tensor<S, f32, Cpu>,
    ) -> Result<Option<Tensor<S, f32, Cpu>>, Self::Err> {
        let values = match S::NUM_DIMS {
            1 => vec![0.0; tensor.shape().num_elements()],
            _ => self.layers.next().unwrap_or_default(),
        };
        tensor.copy_from(&values);
        Ok(None)
    }
}

/// A network with the first weights that every contestant starts from.
fn network<M: TensorCollection<f32, Cpu>>(mut network: M, net: &Net, data: &Data) -> io::Result<M> {
    let mut layers = SetWeights { layers: data.weights(net)?.into_iter() };
    M::iter_tensors(&mut RecursiveWalker { m: &mut network, f: &mut layers })
        .map_err(|error| io::Error::other(format!("{error:?}")))?;
    Ok(network)
}

type Batched<const N: usize, T = NoneTape> = Tensor<(usize, Const<N>), f32, Cpu, T>;
type Taped = OwnedTape<f32, Cpu>;

pub fn prepare(workload: Workload, data: &Data) -> io::Result<Option<Job>> {
    let device = Cpu::default();
    Ok(Some(match workload {
        Workload::Training(training) => {
            let net = &training.net();
            match training {
                Training::Linear => epochs::<Line, 2, 1>(network(Line::build(&device), net, data)?, training, data)?,
                Training::Softmax => {
                    epochs::<Softmax, 784, 10>(network(Softmax::build(&device), net, data)?, training, data)?
                }
                Training::Mlp => epochs::<Mlp, 784, 10>(network(Mlp::build(&device), net, data)?, training, data)?,
                Training::DeepMlp => {
                    epochs::<Deep, 784, 10>(network(Deep::build(&device), net, data)?, training, data)?
                }
                Training::Spiral => {
                    epochs::<Spiral, 2, 3>(network(Spiral::build(&device), net, data)?, training, data)?
                }
            }
        }
        Workload::Latency(net) => match net {
            workload::SOFTMAX => latency::<Softmax, 784, 10>(network(Softmax::build(&device), &net, data)?),
            workload::MLP => latency::<Mlp, 784, 10>(network(Mlp::build(&device), &net, data)?),
            workload::SPIRAL => latency::<Spiral, 2, 3>(network(Spiral::build(&device), &net, data)?),
            workload::AUTOENCODER => {
                latency::<Autoencoder, 640, 640>(network(Autoencoder::build(&device), &net, data)?)
            }
            _ => return Ok(None),
        },
        Workload::Product(product) => prepare_product(product),
    }))
}

/// Inputs and targets, `I` and `O` numbers a sample; classes as probabilities, the only form that dfdx knows.
fn samples(training: Training, data: &Data) -> io::Result<(Vec<f32>, Vec<f32>)> {
    let one_hot = |labels: Vec<u8>, classes: u8| {
        labels.iter().flat_map(|label| (0..classes).map(move |class| f32::from(u8::from(class == *label)))).collect()
    };
    Ok(match training {
        Training::Linear => (data.floats("linear-x")?, data.floats("linear-y")?),
        Training::Spiral => (data.floats("spiral-x")?, one_hot(data.bytes("spiral-y")?, 3)),
        Training::Softmax | Training::Mlp | Training::DeepMlp => {
            (data.pictures_as_floats()?, one_hot(data.bytes("labels")?, 10))
        }
    })
}

fn epochs<M, const I: usize, const O: usize>(mut model: M, training: Training, data: &Data) -> io::Result<Job>
where
    M: TensorCollection<f32, Cpu> + 'static,
    M: ModuleMut<Batched<I, Taped>, Output = Batched<O, Taped>>,
{
    dfdx::flush_denormals_to_zero();
    let device = Cpu::default();
    let lr = f64::from(training.lr());
    let mut sgd = Sgd::new(&model, SgdConfig { lr, ..SgdConfig::default() });
    let weight_decay = training.adam().filter(|decay| *decay > 0.0).map(|decay| WeightDecay::L2(f64::from(decay)));
    let mut adam = Adam::new(&model, AdamConfig { lr, weight_decay, ..AdamConfig::default() });
    let (inputs, targets) = samples(training, data)?;
    let mut order: Vec<u32> = (0..).take(training.samples()).collect();
    let mut rng = shuffling_rng();
    let mut gradients = Some(model.alloc_grads());
    Ok(Box::new(move |epochs| {
        let mut mean = 0.0;
        for _ in 0..epochs {
            let mut sum = 0.0;
            order.shuffle(&mut rng);
            for places in order.chunks(training.batch()) {
                let rows = places.len();
                let gather = |values: &[f32], width: usize| -> Vec<f32> {
                    let row = |place: &u32| &values[*place as usize * width..(*place as usize + 1) * width];
                    places.iter().flat_map(row).copied().collect()
                };
                // One whole batch needs no gathering, only the copy into a tensor.
                let (x, y) = match training {
                    Training::Spiral => (inputs.clone(), targets.clone()),
                    _ => (gather(&inputs, I), gather(&targets, O)),
                };
                let x = device.tensor_from_vec(x, (rows, Const::<I>));
                let y = device.tensor_from_vec(y, (rows, Const::<O>));
                let taken = gradients.take().unwrap_or_else(|| model.alloc_grads());
                let output = model.forward_mut(x.traced(taken));
                let loss = match training {
                    Training::Linear => mse_loss(output, y),
                    _ => cross_entropy_with_logits_loss(output, y),
                };
                sum += f64::from(loss.array()) * rows as f64;
                let mut found = loss.backward();
                match training.adam() {
                    None => sgd.update(&mut model, &found),
                    Some(_) => adam.update(&mut model, &found),
                }
                .expect("every parameter has a gradient");
                model.zero_grads(&mut found);
                gradients = Some(found);
            }
            mean = sum / training.samples() as f64;
        }
        mean
    }))
}

fn latency<M, const I: usize, const O: usize>(model: M) -> Job
where
    M: Module<Tensor<Rank1<I>, f32, Cpu>, Output = Tensor<Rank1<O>, f32, Cpu>> + 'static,
{
    let device = Cpu::default();
    let values: Vec<f32> = (0..I).map(super::plain::input).collect();
    let x: Tensor<Rank1<I>, f32, Cpu> = device.tensor_from_vec(values, (Const::<I>,));
    Box::new(move |calls| {
        let mut output = model.forward(x.clone());
        for _ in 1..calls {
            output = black_box(model.forward(black_box(&x).clone()));
        }
        output.array().iter().map(|value| f64::from(*value)).sum()
    })
}

fn prepare_product(Product { rows, inner, columns, transposed }: Product) -> Job {
    let device = Cpu::default();
    let a: Vec<f32> = (0..rows * inner).map(super::plain::input).collect();
    let b: Vec<f32> = (0..inner * columns).map(|place| super::plain::input(7 + place)).collect();
    let a: Tensor<(usize, usize), f32, Cpu> = if transposed {
        device.tensor_from_vec(a, (inner, rows)).permute::<_, Axes2<1, 0>>()
    } else {
        device.tensor_from_vec(a, (rows, inner))
    };
    let b = device.tensor_from_vec(b, (inner, columns));
    Box::new(move |runs| {
        let mut c = a.clone().matmul(b.clone());
        for _ in 1..runs {
            c = black_box(black_box(&a).clone().matmul(b.clone()));
        }
        f64::from(c.sum::<Rank0, _>().array())
    })
}
