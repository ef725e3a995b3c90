//! Every layer, loss and their chains against central differences in f64 arithmetic, for odd shapes and batch sizes.
//!
//! The f32 gradient of a sum of n products carries a relative error of about n u with u = 6e-8 on the scale of its
//! largest terms; chains of three layers of up to 33 inputs and 7 samples stay below 2e-5 of the largest gradient.

mod reference;

use formwork::network::Accepts;
use formwork::prelude::*;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use reference::{Reference, in_order};

const TOLERANCE: f64 = 2e-5;

/// A loss in f64 for one row of outputs and the target of one sample.
trait ReferenceLoss<Y> {
    fn row(&self, outputs: &[f64], target: &Y) -> f64;
}

impl ReferenceLoss<u8> for CrossEntropy {
    fn row(&self, outputs: &[f64], target: &u8) -> f64 {
        outputs.iter().map(|z| z.exp()).sum::<f64>().ln() - outputs[usize::from(*target)]
    }
}

impl<const N: usize> ReferenceLoss<Vector<N>> for CrossEntropy {
    fn row(&self, outputs: &[f64], target: &Vector<N>) -> f64 {
        let normaliser = outputs.iter().map(|z| z.exp()).sum::<f64>().ln();
        outputs.iter().zip(target.as_slice()).map(|(z, t)| f64::from(*t) * (normaliser - z)).sum()
    }
}

impl<const N: usize> ReferenceLoss<Vector<N>> for Mse {
    fn row(&self, outputs: &[f64], target: &Vector<N>) -> f64 {
        let squares = outputs.iter().zip(target.as_slice()).map(|(y, t)| (y - f64::from(*t)).powi(2));
        squares.sum::<f64>() / N as f64
    }
}

fn assert_close(what: &str, ours: &[f64], reference: &[f64]) {
    assert_eq!(ours.len(), reference.len(), "{what}");
    let scale = reference.iter().fold(1e-3, |largest: f64, x| largest.max(x.abs()));
    for (place, (ours, reference)) in ours.iter().zip(reference).enumerate() {
        let error = (ours - reference).abs() / scale;
        assert!(
            error < TOLERANCE,
            "{what}, element {place}: {ours} instead of {reference}, error {error:e} of {scale}"
        );
    }
}

/// Checks outputs, loss, gradients and the fused SGD step of one network on `rows` of a batch of up to `B` samples.
fn check<N, L, Y, const I: usize, const O: usize, const B: usize>(
    mut network: N,
    loss: L,
    inputs: &[Vector<I>],
    targets: &[Y],
) where
    N: Network<Output = Vector<O>> + Accepts<Vector<I>> + Clone,
    L: Loss<Vector<O>, Y> + ReferenceLoss<Y>,
{
    let input: Batch<'_, Vector<I>, B> = inputs.try_into().unwrap();
    let target: Batch<'_, Y, B> = targets.try_into().unwrap();
    let mut reference = Reference::of(&network);
    let rows: Vec<Vec<f64>> = inputs.iter().map(|x| x.as_slice().iter().copied().map(f64::from).collect()).collect();
    let mean_loss = |reference: &Reference| {
        let losses = rows.iter().zip(targets).map(|(row, target)| loss.row(&reference.forward(row), target));
        losses.sum::<f64>() / rows.len() as f64
    };

    let mut tape = <N::Tape<B> as TapeOf<N, B>>::new();
    let outputs = network.forward(input, &mut tape);
    for ((outputs, row), sample) in outputs.iter().zip(&rows).zip(inputs) {
        let ours: Vec<f64> = outputs.as_slice().iter().copied().map(f64::from).collect();
        assert_close("forward", &ours, &reference.forward(row));
        let mut scratch = N::Scratch::default();
        let mut single = Vector::zeros();
        network.predict_into(sample, &mut scratch, &mut single);
        let single: Vec<f64> = single.as_slice().iter().copied().map(f64::from).collect();
        assert_close("predict", &single, &reference.forward(row));
    }
    let alone = loss.loss(outputs, target).unwrap();
    let measured = loss.loss_and_gradient(outputs, target).unwrap();
    assert_eq!((alone.samples, alone.correct), (measured.samples, measured.correct));
    assert_close("loss alone", &[f64::from(alone.loss)], &[mean_loss(&reference)]);
    assert_close("loss", &[f64::from(measured.loss)], &[mean_loss(&reference)]);

    let mut gradients = N::zeros();
    // What a gradient struct held before must not matter.
    gradients.fill(f32::NAN);
    network.backward(input, &mut tape, &mut gradients);
    let expected = reference.gradient(mean_loss);
    for (index, expected) in expected.iter().enumerate() {
        let info = N::info(index).unwrap();
        assert_close(&format!("{}.{} {:?}", info.layer, info.name, info.shape), &in_order(&gradients, index), expected);
    }

    let before = network.clone();
    let outputs = network.forward(input, &mut tape);
    loss.loss_and_gradient(outputs, target).unwrap();
    network.backward_sgd(input, &mut tape, 0.5, 0.25);
    for (index, expected) in expected.iter().enumerate() {
        let expected: Vec<f64> =
            in_order(&before, index).iter().zip(expected).map(|(w, g)| (1.0 - 0.5 * 0.25) * w - 0.5 * g).collect();
        assert_close("weights after a fused step", &in_order(&network, index), &expected);
    }
}

fn vectors<const N: usize>(count: usize, rng: &mut StdRng) -> Vec<Vector<N>> {
    (0..count).map(|_| Vector::from_fn(|_, _| rng.random_range(-1.0..1.0))).collect()
}

fn probabilities<const N: usize>(count: usize, rng: &mut StdRng) -> Vec<Vector<N>> {
    let mut rows = vectors::<N>(count, rng);
    for row in &mut rows {
        let sum: f32 = row.as_slice().iter().map(|x| x.abs()).sum();
        row.as_mut_slice().iter_mut().for_each(|x| *x = x.abs() / sum);
    }
    rows
}

/// One test a network: each of its losses, a full batch, a partial one and a single sample.
macro_rules! gradient_checks {
    ($($test:ident: $inputs:literal -> $outputs:literal, [$($list:tt)*])*) => {$(
        #[test]
        fn $test() {
            formwork::network! {
                #[derive(Clone, Debug)]
                struct Checked < $($list)* >
            }
            const BATCH: usize = 7;
            let mut rng = StdRng::seed_from_u64(1);
            for rows in [BATCH, 3, 1] {
                let inputs = vectors::<$inputs>(rows, &mut rng);
                let network = Checked::new(&mut rng);
                let classes: Vec<u8> = (0..rows).map(|_| rng.random_range(0..$outputs)).collect();
                check::<_, _, _, $inputs, $outputs, BATCH>(network.clone(), CrossEntropy, &inputs, &classes);
                let soft = probabilities::<$outputs>(rows, &mut rng);
                check::<_, _, _, $inputs, $outputs, BATCH>(network.clone(), CrossEntropy, &inputs, &soft);
                let targets = vectors::<$outputs>(rows, &mut rng);
                check::<_, _, _, $inputs, $outputs, BATCH>(network, Mse, &inputs, &targets);
            }
        }
    )*};
}

gradient_checks! {
    linear_1_1: 1 -> 1, [Linear<1, 1>]
    linear_3_7: 3 -> 7, [Linear<3, 7>]
    linear_7_3: 7 -> 3, [Linear<7, 3>]
    linear_10_17: 10 -> 17, [Linear<10, 17>]
    linear_17_10: 17 -> 10, [Linear<17, 10>]
    linear_33_33: 33 -> 33, [Linear<33, 33>]
    linear_33_1: 33 -> 1, [Linear<33, 1>]
    linear_1_33: 1 -> 33, [Linear<1, 33>]
    relu_last: 7 -> 10, [Linear<7, 10>, ReLU]
    sigmoid_last: 10 -> 3, [Linear<10, 3>, Sigmoid]
    tanh_last: 3 -> 17, [Linear<3, 17>, Tanh]
    relu_chain: 10 -> 3, [Linear<10, 33>, ReLU, Linear<33, 3>]
    sigmoid_chain: 7 -> 7, [Linear<7, 17>, Sigmoid, Linear<17, 7>]
    tanh_chain: 3 -> 10, [Linear<3, 7>, Tanh, Linear<7, 10>]
    no_activation_chain: 17 -> 3, [Linear<17, 10>, Linear<10, 3>]
    three_layers: 7 -> 3, [Linear<7, 17>, Tanh, Linear<17, 33>, ReLU, Linear<33, 3>, Sigmoid]
    twice_activated: 7 -> 3, [Linear<7, 10>, Tanh, Sigmoid, Linear<10, 3>]
    activation_first: 10 -> 3, [Tanh, Linear<10, 3>]
    leaky_chain: 7 -> 3, [Linear<7, 17>, LeakyReLU, Linear<17, 3>, LeakyReLU]
    elu_chain: 7 -> 3, [Linear<7, 17>, ELU, Linear<17, 3>, ELU]
    softplus_chain: 7 -> 3, [Linear<7, 17>, Softplus, Linear<17, 3>, Softplus]
    silu_chain: 7 -> 3, [Linear<7, 17>, SiLU<17>, Linear<17, 3>]
    gelu_chain: 7 -> 3, [Linear<7, 10>, GELU<10>, Linear<10, 3>, GELU<3>]
    smooth_after_relu: 10 -> 3, [Linear<10, 17>, ReLU, GELU<17>, ELU, SiLU<17>, Linear<17, 3>]
    flattened: 33 -> 3, [Flatten, Linear<33, 17>, ReLU, Linear<17, 3>]
}
