//! The same bits for every number of threads.

use super::random;
use crate::kernel::activation::Activation;
use crate::kernel::dense::{self, Dense, DenseMut, DenseUpdate, Pass};
use crate::kernel::rows::Rows;

/// Everything that a step computes for one layer.
fn step(rows: usize, inputs: usize, outputs: usize) -> Vec<Vec<f32>> {
    let (data, weight, bias) = (random(rows * inputs, 20), random(inputs * outputs, 21), random(outputs, 22));
    let gradient = random(rows * outputs, 23);
    let (mut output, mut into) = (vec![f32::NAN; rows * outputs], vec![f32::NAN; rows * inputs]);
    let batch = Rows::new(&data, inputs);
    let layer = Dense { inputs, outputs, weight: &weight, bias: &bias };
    dense::forward(batch, layer, Activation::ReLU, &mut output);
    dense::input_gradient(&gradient, layer, Activation::ReLU, &data, &mut into);
    let (mut w, mut b) = (weight.clone(), bias.clone());
    let held = DenseMut { inputs, outputs, weight: &mut w, bias: &mut b };
    dense::weight_update(batch, &gradient, held, DenseUpdate { lr: 0.1, decay: 0.9 });
    vec![output, into, w, b]
}

/// Everything that a step computes for two layers at once.
fn step_through(rows: usize, inputs: usize, between: usize, outputs: usize) -> Vec<Vec<f32>> {
    let (data, first, last) = (random(rows * inputs, 24), random(inputs * between, 25), random(between * outputs, 26));
    let (bias, gradient) = (random(between, 27), random(rows * outputs, 28));
    let first = Dense { inputs, outputs: between, weight: &first, bias: &bias };
    let last = Dense { inputs: between, outputs, weight: &last, bias: &bias[..outputs] };
    let (mut hidden, mut output) = (vec![0.0; rows * between], vec![f32::NAN; rows * outputs]);
    let batch = Rows::new(&data, inputs);
    dense::through(batch, &[(first, Activation::ReLU), (last, Activation::Identity)], &mut hidden, &mut output);
    let (mut first, mut last) = (first.weight.to_vec(), last.weight.to_vec());
    let (mut first_bias, mut last_bias) = (bias.clone(), bias[..outputs].to_vec());
    let layers = [
        DenseMut { inputs, outputs: between, weight: &mut first, bias: &mut first_bias },
        DenseMut { inputs: between, outputs, weight: &mut last, bias: &mut last_bias },
    ];
    let pass = Pass { activation: Activation::ReLU, between: &hidden, gradient: &gradient };
    let mut into = vec![0.0; rows * between];
    dense::updates_through(batch, pass, &mut into, layers, DenseUpdate { lr: 0.1, decay: 0.9 });
    vec![output, first, first_bias, last, last_bias]
}

#[test]
fn threads_do_not_change_the_bits() {
    // Large enough to be worth 7 threads, in both layouts, with ragged tiles.
    for (rows, inputs, outputs) in [(300, 401, 130), (513, 1601, 10), (90, 1000, 131)] {
        let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let one = pool(1).install(|| step(rows, inputs, outputs));
        assert!(one.iter().flatten().all(|x| !x.is_nan()));
        for threads in [2, 3, 7] {
            let several = pool(threads).install(|| step(rows, inputs, outputs));
            assert!(one == several, "{threads} threads change the bits of {rows} rows, {inputs} -> {outputs}");
        }
    }
    for (rows, inputs, between, outputs) in [(9000, 2, 401, 3), (20_011, 4, 130, 1)] {
        let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let one = pool(1).install(|| step_through(rows, inputs, between, outputs));
        assert!(one.iter().flatten().all(|x| !x.is_nan()));
        for threads in [2, 3, 7] {
            let several = pool(threads).install(|| step_through(rows, inputs, between, outputs));
            assert!(one == several, "{threads} threads change the bits of {rows} rows, {inputs}-{between}-{outputs}");
        }
    }
}
