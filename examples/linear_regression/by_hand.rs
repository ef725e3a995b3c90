//! The same training with tensors alone: the forward pass, the gradient and the step as the formulas stand.

use crate::{BATCH, Line, Options, Samples};
use formwork::{Tensor, Vector};
use rand::rngs::StdRng;

/// y = x w + b; of the mean of (y - t)^2 over a batch, dw = 2/n sum (y - t) x and db = 2/n sum (y - t).
pub fn train(
    start: Line,
    data: &mut Samples,
    options: &Options,
    rng: &mut StdRng,
    mut epoch: impl FnMut(&Line),
) -> Line {
    let Line { mut w, mut b } = start;
    for _ in 0..options.epochs {
        for (inputs, targets) in data.batches::<BATCH>(rng) {
            let (mut dw, mut db) = (Vector::<2>::zeros(), 0.0);
            for (x, t) in inputs.iter().zip(targets.iter()) {
                let y = x.dot(&w) + b;
                let slope = 2.0 * (y - t[(0, 0)]) / inputs.len() as f32;
                dw += x * slope;
                db += slope;
            }
            w -= dw * options.lr;
            b -= db * options.lr;
        }
        epoch(&Line { w: w.clone(), b });
    }
    Line { w, b }
}

/// The mean of (x w + b - t)^2 over all samples, every sample at once: X w as a product of matrices.
pub fn mean_squared_error<const N: usize>(line: &Line, x: &Tensor<N, 2>, t: &Tensor<N, 1>) -> f64 {
    let error = x.matmul(&line.w.transpose()) + line.b - t;
    f64::from((&error * &error).mean())
}
