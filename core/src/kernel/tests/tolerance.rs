//! How far the instruction sets that fuse multiply-adds may be from the portable one: the bound that the guide states.
//!
//! A sum of n products, fused or not, is off by at most g(n) |x| |w| with g(n) = n u / (1 - n u) (Higham, Accuracy and
//! Stability of Numerical Algorithms, section 3.1); bias and scale make it g(n + 2) (|x| |w| + |b|). Two of them differ
//! by at most twice that. A layer passes on what its inputs differ by: e' = |W| e + 2 g(n + 2) (|W| |x| + |b|), and an
//! activation of slope at most 1 no more than it was given, plus its own error on both sides.

use super::{U, random};
use crate::kernel::activation::Activation;
use crate::kernel::dense::{self, Dense, Layout};
use crate::kernel::isa::{Isa, available, with_isa};
use crate::kernel::rows::Rows;

/// The activated outputs of one row through layers of these widths, layer by layer, weights as PyTorch draws them.
struct Net {
    widths: Vec<usize>,
    weights: Vec<Vec<f32>>,
    biases: Vec<Vec<f32>>,
    activations: Vec<Activation>,
}

impl Net {
    fn new(widths: &[usize], activations: &[Activation]) -> Self {
        let drawn = |count: usize, inputs: usize, seed: usize| -> Vec<f32> {
            random(count, seed as u64).iter().map(|x| x / (inputs as f32).sqrt()).collect()
        };
        let pairs = || widths.windows(2).enumerate();
        Self {
            widths: widths.to_vec(),
            weights: pairs().map(|(layer, pair)| drawn(pair[0] * pair[1], pair[0], layer)).collect(),
            biases: pairs().map(|(layer, pair)| drawn(pair[1], pair[0], 50 + layer)).collect(),
            activations: activations.to_vec(),
        }
    }

    fn layer(&self, layer: usize, input: &[f32]) -> Vec<f32> {
        let (inputs, outputs) = (self.widths[layer], self.widths[layer + 1]);
        let dense = Dense { inputs, outputs, weight: &self.weights[layer], bias: &self.biases[layer] };
        let mut output = vec![f32::NAN; outputs];
        dense::forward(Rows::new(input, inputs), dense, self.activations[layer], &mut output);
        output
    }

    /// What the outputs of a layer may differ by, where its inputs, of these magnitudes, differ by `given`.
    fn bound(&self, layer: usize, input: &[f32], given: &[f64], output: &[f32]) -> Vec<f64> {
        let (inputs, outputs) = (self.widths[layer], self.widths[layer + 1]);
        let steps = (inputs + 2) as f64;
        let g = steps * U / (1.0 - steps * U);
        (0..outputs)
            .map(|o| {
                let weight = |i| {
                    let place = Layout::of(inputs, outputs).position(inputs, outputs, i, o);
                    f64::from(self.weights[layer][place]).abs()
                };
                let (mut passed, mut magnitude) = (0.0, f64::from(self.biases[layer][o]).abs());
                for (i, (x, given)) in input.iter().zip(given).enumerate() {
                    passed += weight(i) * given;
                    magnitude += weight(i) * (f64::from(*x).abs() + given);
                }
                // Units in the last place on either side; such a unit is at most 2 u of the number.
                let units = match self.activations[layer] {
                    Activation::Sigmoid | Activation::Tanh => 2.5,
                    Activation::ELU | Activation::Softplus => 4.0,
                    _ => 0.0,
                };
                let curve = 2.0 * units * 2.0 * U * f64::from(output[o]).abs();
                passed + 2.0 * g * magnitude + curve
            })
            .collect()
    }
}

/// The largest difference as a part of its bound, over all outputs of some rows; it may not exceed 1.
fn check(isa: Isa, net: &Net) -> f64 {
    let mut worst: f64 = 0.0;
    for seed in 0..20 {
        let input = random(net.widths[0], 100 + seed);
        let (mut portable, mut fast) = (input.clone(), input);
        let mut bound = vec![0.0; portable.len()];
        for layer in 0..net.activations.len() {
            let output = with_isa(Isa::Portable, || net.layer(layer, &portable));
            bound = net.bound(layer, &portable, &bound, &output);
            portable = output;
            fast = with_isa(isa, || net.layer(layer, &fast));
            for (o, ((a, b), bound)) in portable.iter().zip(&fast).zip(&bound).enumerate() {
                let difference = (f64::from(*a) - f64::from(*b)).abs();
                assert!(difference <= *bound, "{isa:?} layer {layer} output {o}: {a} and {b}, allowed {bound:e}");
                worst = worst.max(difference / bound);
            }
        }
    }
    worst
}

#[test]
fn fused_and_portable_stay_within_the_bound() {
    use Activation::{ELU, Identity, ReLU, Sigmoid, Softplus, Tanh};
    let nets = [
        Net::new(&[784, 256, 10], &[ReLU, Identity]),
        Net::new(&[2, 100, 3], &[ReLU, Identity]),
        Net::new(&[30, 64, 64, 5], &[Tanh, Sigmoid, Identity]),
        Net::new(&[30, 64, 64, 5], &[ELU, Softplus, Identity]),
    ];
    for isa in available().filter(|isa| *isa != Isa::Portable) {
        let worst = nets.iter().map(|net| check(isa, net)).fold(0.0, f64::max);
        println!("{isa:?}: {worst:.4} of the bound");
        assert!(worst > 0.0, "{isa:?} gave the portable bits everywhere: nothing was compared");
    }
}
