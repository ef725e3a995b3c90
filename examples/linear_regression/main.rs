//! Linear regression on synthetic data: y = x w + b + noise with w = [2, -3.4] and b = 4.2, in two forms: with
//! `network!`, and with tensors and gradients written by hand.
//!
//!     cargo run --release --example linear_regression

mod by_hand;

use clap::Parser;
use formwork::data::synthetic;
use formwork::init::Normal;
use formwork::prelude::*;
use formwork_examples::cli::{Failure, at_least_one, finish, make_folder, positive};
use formwork_examples::plot::{Chart, Curve, Scatter, charts};
use formwork_examples::say;
use rand::{SeedableRng, rngs::StdRng};
use std::path::PathBuf;
use std::process::ExitCode;

/// Finds the weights of a noisy linear function, 1000 samples in batches of 10.
#[derive(Parser)]
struct Options {
    /// How often all samples are seen.
    #[arg(long, default_value = "3", value_parser = at_least_one)]
    epochs: usize,
    /// Learning rate of SGD.
    #[arg(long, default_value = "0.03", value_parser = positive)]
    lr: f32,
    /// Where the samples, the first weights and the order are drawn from.
    #[arg(long, default_value = "0")]
    seed: u64,
    /// With tensors and gradients written by hand instead of `network!`.
    #[arg(long)]
    by_hand: bool,
    /// Folder for the picture.
    #[arg(long, value_name = "DIR", default_value = "target/linear_regression")]
    out: PathBuf,
}

formwork::network! {
    /// One output from two features.
    #[derive(Clone, Debug)]
    pub struct Regression < Linear<2, 1> >
}

/// The function that made the data.
const WEIGHT: [f32; 2] = [2.0, -3.4];
const BIAS: f32 = 4.2;
const BATCH: usize = 10;

fn main() -> ExitCode {
    let options = Options::parse();
    finish(run(&options))
}

fn run(options: &Options) -> Result<(), Failure> {
    make_folder(&options.out)?;
    let mut rng = StdRng::seed_from_u64(options.seed);
    let mut data = synthetic::regression(1000, &Vector::from(WEIGHT), BIAS, 0.01, &mut rng);
    let start = Regression::with_init(&Normal { mean: 0.0, std: 0.01 }, &mut rng);
    let mut trainer = Trainer::<_, _, _, BATCH>::new(start, Mse, Sgd::new(options.lr));
    let mut losses = vec![trainer.evaluate(&data)?.loss];
    if options.by_hand {
        by_hand::train(&mut trainer, &mut data, options, &mut rng, &mut losses)?;
    } else {
        for epoch in 1..=options.epochs {
            for (x, y) in data.batches::<BATCH>(&mut rng) {
                trainer.step(x, y)?;
            }
            losses.push(trainer.evaluate(&data)?.loss);
            say!("epoch {epoch}, loss {:.6}", losses[epoch]);
        }
    }
    let layer = &trainer.network().linear1;
    let errors = [layer.weight[(0, 0)] - WEIGHT[0], layer.weight[(0, 1)] - WEIGHT[1], layer.bias[(0, 0)] - BIAS];
    say!("w = [{:.4}, {:.4}], b = {:.4}", layer.weight[(0, 0)], layer.weight[(0, 1)], layer.bias[(0, 0)]);
    draw(options, &data, trainer.network(), &losses)?;
    let loss = losses.last().copied().unwrap_or(f64::NAN);
    say!("picture in {}", options.out.display());
    say!("loss {loss:.6} errors {:.5} {:.5} {:.5}", errors[0].abs(), errors[1].abs(), errors[2].abs());
    Ok(())
}

/// Each feature against y less what the other feature explains, with the fitted line, and the loss an epoch.
fn draw(
    options: &Options,
    data: &Dataset<Vector<2>, Vector<1>>,
    network: &Regression,
    losses: &[f64],
) -> Result<(), Failure> {
    let (w, b) = (&network.linear1.weight, network.linear1.bias[(0, 0)]);
    let partial = |feature: usize| -> Vec<(f64, f64)> {
        let pairs = data.inputs().iter().zip(data.targets());
        pairs
            .map(|(x, y)| {
                let other = 1 - feature;
                (f64::from(x[(0, feature)]), f64::from(y[(0, 0)] - w[(0, other)] * x[(0, other)]))
            })
            .collect()
    };
    let line = |feature: usize| -> Vec<(f64, f64)> {
        [-3.0_f32, 3.0].map(|x| (f64::from(x), f64::from(w[(0, feature)] * x + b))).into()
    };
    let plane = |feature: usize, title: &'static str, x: &'static str| Chart {
        title,
        x,
        y: "y less the other part",
        curves: vec![Curve { name: "fitted", points: line(feature) }],
        points: vec![Scatter { name: "samples", points: partial(feature) }],
    };
    let curve = losses.iter().enumerate().map(|(epoch, loss)| (epoch as f64, loss.log10())).collect();
    let loss = Chart {
        title: "Loss",
        x: "epoch",
        y: "log10 of the mean squared error",
        curves: vec![Curve { name: "train", points: curve }],
        points: Vec::new(),
    };
    let all = [plane(0, "Along the first feature", "x1"), plane(1, "Along the second feature", "x2"), loss];
    charts(&options.out.join("regression.svg"), &all)
}
