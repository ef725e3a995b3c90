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
use formwork_examples::plot::{Axis, Chart, Corner, Panel, Series, sheet};
use formwork_examples::say;
use formwork_examples::space::Space;
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

/// The samples and the fitted plane in space, the loss an epoch, and each feature against y less what the other explains.
fn draw(options: &Options, data: &Samples, line: &Line, losses: &[f64]) -> Result<(), Failure> {
    const REACH: f64 = 3.5;
    let [w1, w2] = [0, 1].map(|feature| f64::from(line.w[(0, feature)]));
    let bias = f64::from(line.b);
    let points: Vec<[f64; 3]> = data
        .inputs()
        .iter()
        .zip(data.targets())
        .map(|(x, y)| [x[(0, 0)], x[(0, 1)], y[(0, 0)]].map(f64::from))
        .collect();
    // With too large a learning rate there is no plane.
    let plane = Some([w1, w2, bias]).filter(|plane| plane.iter().all(|value| value.abs() < 1e6));
    let top = points.iter().map(|[_, _, y]| (y - f64::from(BIAS)).abs()).fold(0.0, f64::max);
    let top = plane.map_or(top, |_| REACH * (w1.abs() + w2.abs()));
    let middle = plane.map_or(f64::from(BIAS), |_| bias);
    let space = Space {
        title: "Samples and fitted plane",
        axes: ["x1", "x2", "y"],
        reach: REACH,
        height: (middle - top, middle + top),
        plane,
        points: points.clone(),
    };
    let curve = losses.iter().enumerate().map(|(epoch, loss)| (epoch as f64, *loss)).collect();
    let loss = Chart {
        title: "Loss".to_owned(),
        x: "epoch".into(),
        y: Axis { name: "mean squared error", range: None, log: true },
        legend: None,
        series: vec![Series::line("train", 0, curve)],
    };
    let along = |title: &str, x: &'static str, y: &'static str, slope: f64, points: Vec<(f64, f64)>| {
        let plane = [-REACH, REACH].map(|x| (x, slope * x + bias)).into();
        Panel::Chart(Chart {
            title: title.to_owned(),
            x: x.into(),
            y: y.into(),
            legend: Some(if slope > 0.0 { Corner::UpperLeft } else { Corner::UpperRight }),
            series: vec![Series::line("fitted", 0, plane), Series::dots("samples", 1, points)],
        })
    };
    let first = points.iter().map(|[x1, x2, y]| (*x1, y - w2 * x2)).collect();
    let second = points.iter().map(|[x1, x2, y]| (*x2, y - w1 * x1)).collect();
    let panels = [
        Panel::Space(space),
        Panel::Chart(loss),
        along("Along the first feature", "x1", "y - w2 x2", w1, first),
        along("Along the second feature", "x2", "y - w1 x1", w2, second),
    ];
    sheet(&options.out.join("regression.svg"), &panels, 2, (480, 360))
}
