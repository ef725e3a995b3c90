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

/// Features and targets.
type Samples = Dataset<Vector<2>, Vector<1>>;

/// y = x w + b.
#[derive(Clone, Debug)]
pub struct Line {
    w: Vector<2>,
    b: f32,
}

impl From<&Regression> for Line {
    fn from(network: &Regression) -> Self {
        let layer = &network.linear1;
        Self { w: Vector::from([layer.weight[(0, 0)], layer.weight[(0, 1)]]), b: layer.bias[(0, 0)] }
    }
}

/// The function that made the data.
const WEIGHT: [f32; 2] = [2.0, -3.4];
const BIAS: f32 = 4.2;
const BATCH: usize = 10;
const SAMPLES: usize = 1000;

fn main() -> ExitCode {
    let options = Options::parse();
    finish(run(&options))
}

fn run(options: &Options) -> Result<(), Failure> {
    make_folder(&options.out)?;
    let mut rng = StdRng::seed_from_u64(options.seed);
    let mut data = synthetic::regression(SAMPLES, &Vector::from(WEIGHT), BIAS, 0.01, &mut rng);
    let x = Tensor::<SAMPLES, 2>::from_fn(|row, col| data.inputs()[row][(0, col)]);
    let t = Tensor::<SAMPLES, 1>::from_fn(|row, _| data.targets()[row][(0, 0)]);
    let mut losses = Vec::new();
    let mut report = |line: &Line| {
        losses.push(by_hand::mean_squared_error(line, &x, &t));
        if losses.len() > 1 {
            say!("epoch {}, loss {:.6}", losses.len() - 1, losses[losses.len() - 1]);
        }
    };
    let line = if options.by_hand {
        let start = Line { w: Tensor::normal(0.0, 0.01, &mut rng), b: 0.0 };
        report(&start);
        by_hand::train(start, &mut data, options, &mut rng, report)
    } else {
        let start = Regression::with_init(&Normal { mean: 0.0, std: 0.01 }, &mut rng);
        report(&Line::from(&start));
        let mut trainer = Trainer::<_, _, _, BATCH>::new(start, Mse, Sgd::new(options.lr));
        for _ in 0..options.epochs {
            for (x, y) in data.batches::<BATCH>(&mut rng) {
                trainer.step(x, y)?;
            }
            report(&Line::from(trainer.network()));
        }
        Line::from(trainer.network())
    };
    let errors = [line.w[(0, 0)] - WEIGHT[0], line.w[(0, 1)] - WEIGHT[1], line.b - BIAS];
    say!("w = [{:.4}, {:.4}], b = {:.4}", line.w[(0, 0)], line.w[(0, 1)], line.b);
    draw(options, &data, &line, &losses)?;
    let loss = losses.last().copied().unwrap_or(f64::NAN);
    say!("picture in {}", options.out.display());
    say!("loss {loss:.6} errors {:.5} {:.5} {:.5}", errors[0].abs(), errors[1].abs(), errors[2].abs());
    Ok(())
}

/// A point of space as it is drawn: the second axis goes back and to the right, the third upwards.
fn seen(x: f32, y: f32, z: f32) -> (f64, f64) {
    (f64::from(x + 0.55 * y), f64::from(0.25 * z + 0.45 * y))
}

/// The samples and the fitted plane in space, each feature against y less what the other explains, and the loss an epoch.
fn draw(options: &Options, data: &Samples, line: &Line, losses: &[f64]) -> Result<(), Failure> {
    const REACH: f32 = 3.0;
    let at = |x: f32, y: f32| seen(x, y, x * line.w[(0, 0)] + y * line.w[(0, 1)] + line.b);
    let steps = || (0_u8..=6).map(|step| REACH * (f32::from(step) / 3.0 - 1.0));
    // The plane as one line there and back: along the first feature, then along the second.
    let mut mesh = Vec::new();
    for (turn, step) in steps().enumerate() {
        let (from, to) = if turn % 2 == 0 { (-REACH, REACH) } else { (REACH, -REACH) };
        mesh.extend([at(from, step), at(to, step)]);
    }
    for (turn, step) in steps().rev().enumerate() {
        let (from, to) = if turn % 2 == 0 { (REACH, -REACH) } else { (-REACH, REACH) };
        mesh.extend([at(step, from), at(step, to)]);
    }
    let pairs = || data.inputs().iter().zip(data.targets());
    let samples = pairs().map(|(x, y)| seen(x[(0, 0)], x[(0, 1)], y[(0, 0)])).collect();
    let space = Chart {
        title: "Samples and fitted plane",
        x: "x1 to the right, x2 to the back",
        y: "y upwards, drawn aslant",
        curves: vec![Curve { name: "fitted", points: mesh }],
        points: vec![Scatter { name: "samples", points: samples }],
    };
    let partial = |feature: usize| -> Vec<(f64, f64)> {
        let other = 1 - feature;
        let rest = |x: &Vector<2>, y: &Vector<1>| y[(0, 0)] - line.w[(0, other)] * x[(0, other)];
        pairs().map(|(x, y)| (f64::from(x[(0, feature)]), f64::from(rest(x, y)))).collect()
    };
    let side = |feature: usize, title: &'static str, x: &'static str| Chart {
        title,
        x,
        y: "y less the other part",
        curves: vec![Curve {
            name: "fitted",
            points: [-REACH, REACH].map(|x| (f64::from(x), f64::from(line.w[(0, feature)] * x + line.b))).into(),
        }],
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
    let all = [space, side(0, "Along the first feature", "x1"), side(1, "Along the second feature", "x2"), loss];
    charts(&options.out.join("regression.svg"), &all)
}
