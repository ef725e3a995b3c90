//! Why weights do not start at zero: units that begin alike stay alike, for their gradients are alike.
//!
//!     cargo run --release --example why_not_zero

use clap::Parser;
use formwork::data::synthetic;
use formwork::init::{Constant, Init, PyTorch};
use formwork::prelude::*;
use formwork_examples::cli::{Failure, at_least_one, finish, make_folder};
use formwork_examples::plot::{COLOURS, Chart, Corner, Mark, Panel, Series, sheet};
use formwork_examples::say;
use rand::{SeedableRng, rngs::StdRng};
use std::path::PathBuf;
use std::process::ExitCode;

/// Trains the same network from zero weights, from equal ones and from random ones.
#[derive(Parser)]
struct Options {
    /// Steps from each start.
    #[arg(long, default_value = "600", value_parser = at_least_one)]
    steps: usize,
    /// Where the points and the random weights are drawn from.
    #[arg(long, default_value = "0")]
    seed: u64,
    /// Folder for the picture.
    #[arg(long, value_name = "DIR", default_value = "target/why_not_zero")]
    out: PathBuf,
}

formwork::network! {
    /// Eight hidden units for two half circles.
    #[derive(Clone, Debug)]
    pub struct Moons < hidden: Linear<2, 8>, Tanh, out: Linear<8, 2> >
}

const POINTS: usize = 200;

fn main() -> ExitCode {
    let options = Options::parse();
    finish(run(&options))
}

fn run(options: &Options) -> Result<(), Failure> {
    make_folder(&options.out)?;
    let mut rng = StdRng::seed_from_u64(options.seed);
    let data = synthetic::moons(POINTS / 2, 0.1, &mut rng);
    let starts = [
        ("zero", trained(&Constant(0.0), options, &data, &mut rng)?),
        ("equal", trained(&Constant(0.5), options, &data, &mut rng)?),
        ("random", trained(&PyTorch, options, &data, &mut rng)?),
    ];
    for (name, run) in &starts {
        say!("from {name} weights: loss {:.4}, accuracy {:.4}", run.loss, run.accuracy);
        say!("  hidden units differ by up to {:.6}", run.spread);
        for unit in 0..3 {
            let w = &run.network.hidden.weight;
            say!(
                "  unit {unit}: weights {:>9.5} {:>9.5}, bias {:>9.5}",
                w[(unit, 0)],
                w[(unit, 1)],
                run.network.hidden.bias[(0, unit)]
            );
        }
    }
    draw(options, &starts)?;
    say!("picture in {}", options.out.display());
    let [zero, equal, random] = starts.map(|(_, run)| (run.spread, run.accuracy));
    say!(
        "spread zero {} equal {} random {:.4} accuracy zero {:.4} equal {:.4} random {:.4}",
        zero.0,
        equal.0,
        random.0,
        zero.1,
        equal.1,
        random.1
    );
    Ok(())
}

/// The losses as they fall, and where the weights of the hidden units have come to: one place for all eight of them, unless
/// they began apart.
fn draw(options: &Options, starts: &[(&str, Run); 3]) -> Result<(), Failure> {
    let series = |of: fn(&Run) -> Mark| {
        let series = starts.iter().zip(COLOURS).map(|((name, run), colour)| Series { name, colour, mark: of(run) });
        series.collect()
    };
    let losses = Chart {
        title: "Loss from three starts".to_owned(),
        x: "step".into(),
        y: "cross-entropy".into(),
        legend: Some(Corner::MiddleRight),
        series: series(|run| Mark::Line(run.losses.clone())),
    };
    let weights = Chart {
        title: "Weights of the eight hidden units".to_owned(),
        x: "weight of x1".into(),
        y: "weight of x2".into(),
        legend: Some(Corner::UpperRight),
        series: series(|run| {
            let w = &run.network.hidden.weight;
            Mark::Discs((0..8).map(|unit| (f64::from(w[(unit, 0)]), f64::from(w[(unit, 1)]))).collect())
        }),
    };
    sheet(&options.out.join("losses.svg"), &[Panel::Chart(losses), Panel::Chart(weights)], 2, (480, 360))
}

struct Run {
    network: Moons,
    losses: Vec<(f64, f64)>,
    loss: f64,
    accuracy: f64,
    /// The largest difference between the first hidden unit's weights and another's.
    spread: f32,
}

fn trained(
    init: &impl Init,
    options: &Options,
    data: &Dataset<Vector<2>, u8>,
    rng: &mut StdRng,
) -> Result<Run, Failure> {
    let mut trainer = Trainer::<_, _, _, POINTS>::new(Moons::with_init(init, rng), CrossEntropy, Sgd::new(0.5));
    let mut losses = Vec::new();
    for step in 0..options.steps {
        for (x, y) in data.batches_in_order::<POINTS>() {
            losses.push((step as f64, f64::from(trainer.step(x, y)?.loss)));
        }
    }
    let evaluation = trainer.evaluate(data)?;
    let network = trainer.into_network();
    let w = &network.hidden.weight;
    let spread =
        (1..8).flat_map(|unit| [0, 1].map(|input| (w[(unit, input)] - w[(0, input)]).abs())).fold(0.0, f32::max);
    Ok(Run { losses, loss: evaluation.loss, accuracy: evaluation.accuracy.unwrap_or(f64::NAN), spread, network })
}
