//! A training step of every layer, loss and optimizer. On the device it proves at link time that none of them can
//! panic, and its result that they compute what the host does. The build script reads this file too.

use crate::runs::{Noise, draw, hash, hash_of};
use formwork::layer::{Layer, Linear, ParameterInfo, ParameterKind};
use formwork::loss::{Loss, LossError};
use formwork::network::{Accepts, TargetsOf};
use formwork::optim::{AdamW, Optimizer};
use formwork::prelude::*;

/// y = scale x: a layer of one's own.
#[derive(Clone, Debug)]
pub struct Scale<const N: usize> {
    /// A factor for each value.
    pub scale: Vector<N>,
}

impl<const N: usize> Parameters for Scale<N> {
    const COUNT: usize = N;
    const SLICES: usize = 1;
    fn zeros() -> Self {
        Self { scale: Vector::zeros() }
    }
    fn slice(&self, index: usize) -> Option<&[f32]> {
        (index == 0).then_some(self.scale.as_slice())
    }
    fn slice_mut(&mut self, index: usize) -> Option<&mut [f32]> {
        (index == 0).then_some(self.scale.as_mut_slice())
    }
    fn info(index: usize) -> Option<ParameterInfo> {
        let (layer, name, kind) = ("", "scale", ParameterKind::Weight);
        (index == 0).then_some(ParameterInfo { layer, name, shape: [1, N], kind, fan_in: 1, fan_out: 1 })
    }
}

impl<const N: usize> Layer for Scale<N> {
    type Input = Vector<N>;
    type Output = Vector<N>;
    const MACS: usize = N;
    fn forward(&self, input: &Vector<N>, output: &mut Vector<N>) {
        for ((y, x), s) in output.as_mut_slice().iter_mut().zip(input.as_slice()).zip(self.scale.as_slice()) {
            *y = s * x;
        }
    }
    fn backward(
        &self,
        input: &Vector<N>,
        _output: &Vector<N>,
        gradient: &Vector<N>,
        input_gradient: &mut Vector<N>,
        gradients: &mut Self,
    ) {
        let numbers = gradient.as_slice().iter().zip(input.as_slice()).zip(self.scale.as_slice());
        let places = input_gradient.as_mut_slice().iter_mut().zip(gradients.scale.as_mut_slice());
        for (((g, x), s), (into, sum)) in numbers.zip(places) {
            *sum += g * x;
            *into = g * s;
        }
    }
}

formwork::network! {
    /// Every layer, activations fused and on their own, wide and narrow.
    #[derive(Clone)]
    pub struct Every <
        Flatten, Tanh, Linear<6, 20>, Sigmoid, Scale<20>, ReLU, Linear<20, 5>, Tanh, Sigmoid, Linear<5, 3>
    >
}

formwork::network! {
    /// Pictures of bytes into a wide layer; an activation at the end.
    #[derive(Clone)]
    pub struct Wide < Flatten, Linear<6, 18>, ReLU, Linear<18, 3>, Sigmoid >
}

formwork::network! {
    /// The same into a narrow one.
    #[derive(Clone)]
    pub struct Narrow < Flatten, Linear<6, 9>, Sigmoid, Linear<9, 3>, Tanh >
}

/// A layer for each activation, fused and on its own.
macro_rules! activations {
    ($($name:ident of $activation:ident),*) => {
        $(
            formwork::network! {
                /// An activation in every place.
                #[derive(Clone)]
                pub struct $name < Flatten, $activation, Linear<6, 17>, $activation, $activation, Linear<17, 3>, $activation >
            }
        )*

        fn activations(inputs: &[Tensor<2, 3>], targets: &[Vector<3>]) -> Result<u32, LossError> {
            let mut all = 0;
            $(
                all = mixed(all, trained::<$name, _, _, _, _>(Mse, Sgd::new(0.1), inputs, targets)?);
                for input in inputs {
                    all = mixed(all, hash(formwork::layer::$activation.forward(input).as_slice()));
                }
            )*
            Ok(all)
        }
    };
}

activations!(
    OfReLU of ReLU, OfSigmoid of Sigmoid, OfTanh of Tanh, OfLeakyReLU of LeakyReLU, OfElu of ELU, OfSoftplus of Softplus
);

formwork::network! {
    /// The activations that keep their input.
    #[derive(Clone)]
    pub struct Smooth < Linear<6, 17>, SiLU<17>, Linear<17, 9>, GELU<9>, Linear<9, 3> >
}

/// Samples in a batch.
const BATCH: usize = 4;

fn mixed(all: u32, next: u32) -> u32 {
    all.rotate_left(5) ^ next
}

/// Three steps on a whole batch, the last, smaller one and one picked out of order; the hash of losses, parameters and a
/// prediction.
fn trained<N, L, O, X, Y>(loss: L, optimizer: O, inputs: &[X], targets: &[Y]) -> Result<u32, LossError>
where
    N: Network<Output = Vector<3>> + Accepts<X>,
    L: Loss<Vector<3>, Y>,
    O: Optimizer<N>,
    X: formwork::tensor::Sample,
    for<'a> Batch<'a, Y, BATCH>: TargetsOf<'a, Y, BATCH>,
{
    let mut network = N::zeros();
    draw(&mut network, 0.5, &mut Noise(7));
    let mut trainer = Trainer::<N, L, O, BATCH>::new(network, loss, optimizer);
    let mut all = 0;
    let mut step = |inputs: Option<Batch<'_, X, BATCH>>, targets: Option<Batch<'_, Y, BATCH>>| {
        if let (Some(inputs), Some(targets)) = (inputs, targets) {
            let measured = trainer.step(inputs, targets)?;
            all = mixed(all, measured.loss.to_bits());
            let measured = trainer.measure(inputs, targets)?;
            all = mixed(all, measured.loss.to_bits());
        }
        Ok(())
    };
    for (inputs, targets) in inputs.chunks(BATCH).zip(targets.chunks(BATCH)) {
        step(inputs.try_into().ok(), targets.try_into().ok())?;
    }
    step(Batch::picked(inputs, &[5, 0, 3]).ok(), Batch::picked(targets, &[5, 0, 3]).ok())?;
    let network = trainer.into_network();
    all = mixed(all, hash_of(&network));
    if let Some(input) = inputs.first() {
        let mut output = Vector::zeros();
        network.predict_into(input, &mut N::Scratch::default(), &mut output);
        all = mixed(all, hash(output.as_slice()));
        all = mixed(all, hash(output.softmax_dim1().as_slice()));
    }
    Ok(all)
}

/// Every optimizer on one network and loss.
fn optimizers<N, L, X, Y>(loss: L, inputs: &[X], targets: &[Y]) -> Result<u32, LossError>
where
    N: Network<Output = Vector<3>> + Accepts<X>,
    L: Loss<Vector<3>, Y> + Copy,
    X: formwork::tensor::Sample,
{
    let sgd = Sgd::new(0.1).with_weight_decay(0.01);
    let mut all = trained::<N, _, _, _, _>(loss, sgd, inputs, targets)?;
    all = mixed(all, trained::<N, _, _, _, _>(loss, sgd.with_momentum(0.9), inputs, targets)?);
    all = mixed(all, trained::<N, _, _, _, _>(loss, Adam::new(0.01).with_weight_decay(0.1), inputs, targets)?);
    Ok(mixed(all, trained::<N, _, _, _, _>(loss, AdamW::new(0.01), inputs, targets)?))
}

/// All of it; the hash of everything that was computed, 0 where a target does not fit.
pub fn every() -> u32 {
    let mut noise = Noise(11);
    let mut inputs = [const { Tensor::<2, 3>::zeros() }; 6];
    let mut bytes = [const { Tensor::<2, 3, u8>::full(0) }; 6];
    let mut values = [const { Vector::<3>::zeros() }; 6];
    let classes: [u8; 6] = [0, 2, 1, 1, 0, 2];
    for (input, bytes) in inputs.iter_mut().zip(&mut bytes) {
        for (x, byte) in input.as_mut_slice().iter_mut().zip(bytes.as_mut_slice()) {
            *x = noise.draw();
            *byte = (127.0 * (*x + 1.0)) as u8;
        }
    }
    for value in &mut values {
        // Probabilities, for the losses that ask for them.
        value.as_mut_slice().iter_mut().for_each(|y| *y = 0.5 + 0.25 * noise.draw());
        let sum: f32 = value.as_slice().iter().sum();
        value.as_mut_slice().iter_mut().for_each(|y| *y /= sum);
    }
    let mut run = || -> Result<u32, LossError> {
        let mut all = optimizers::<Every, _, _, _>(CrossEntropy, &inputs, &classes)?;
        all = mixed(all, optimizers::<Every, _, _, _>(CrossEntropy, &inputs, &values)?);
        all = mixed(all, optimizers::<Every, _, _, _>(Mse, &inputs, &values)?);
        all = mixed(all, optimizers::<Wide, _, _, _>(Mse, &bytes, &values)?);
        all = mixed(all, optimizers::<Narrow, _, _, _>(CrossEntropy, &bytes, &classes)?);
        let rows =
            inputs.each_ref().map(|input| Vector::<6>::from_fn(|_, i| input.as_slice().get(i).copied().unwrap_or(0.0)));
        all = mixed(all, optimizers::<Smooth, _, _, _>(Mse, &rows, &values)?);
        let mut layer = Linear::<3, 2>::zeros();
        draw(&mut layer, 0.5, &mut noise);
        all = mixed(all, hash(layer.forward(&values[0]).as_slice()));
        Ok(mixed(all, activations(&inputs, &values)?))
    };
    run().unwrap_or(0)
}
