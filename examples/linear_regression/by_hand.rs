//! The same training without `network!`: the forward pass, the gradient and the step as the formulas stand.

use crate::{BATCH, Options, Regression};
use formwork::prelude::*;
use formwork_examples::cli::Failure;
use formwork_examples::say;
use rand::rngs::StdRng;

/// y = x w + b; of the mean of (y - t)^2 over a batch, dw = 2/n sum (y - t) x and db = 2/n sum (y - t).
pub fn train(
    trainer: &mut Trainer<Regression, Mse, Sgd, BATCH>,
    data: &mut Dataset<Vector<2>, Vector<1>>,
    options: &Options,
    rng: &mut StdRng,
    losses: &mut Vec<f64>,
) -> Result<(), Failure> {
    let mut w: Tensor<1, 2> = trainer.network().linear1.weight.to_tensor();
    let mut b = trainer.network().linear1.bias[(0, 0)];
    for epoch in 1..=options.epochs {
        for (inputs, targets) in data.batches::<BATCH>(rng) {
            let mut dw = Tensor::<1, 2>::zeros();
            let mut db = 0.0;
            for (x, t) in inputs.iter().zip(targets.iter()) {
                let y = x[(0, 0)] * w[(0, 0)] + x[(0, 1)] * w[(0, 1)] + b;
                let slope = 2.0 * (y - t[(0, 0)]) / inputs.len() as f32;
                dw += Tensor::from([[slope * x[(0, 0)], slope * x[(0, 1)]]]);
                db += slope;
            }
            w -= Tensor::from([[options.lr * dw[(0, 0)], options.lr * dw[(0, 1)]]]);
            b -= options.lr * db;
        }
        let layer = &mut trainer.network_mut().linear1;
        layer.weight.copy_from(&w);
        layer.bias = Vector::from([b]);
        losses.push(trainer.evaluate(data)?.loss);
        say!("epoch {epoch}, loss {:.6}", losses[epoch]);
    }
    Ok(())
}
