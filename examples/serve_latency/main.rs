//! How long one prediction takes: the histogram that a real-time user wants to see, worst case included.
//!
//!     cargo run --release --example serve_latency

use clap::{Parser, ValueEnum};
use formwork::network::Accepts;
use formwork::prelude::*;
use formwork::tensor::Sample;
use formwork_examples::cli::{Failure, at_least_one, finish, make_folder};
use formwork_examples::fashion::{Mlp, Softmax};
use formwork_examples::plot::{Chart, Curve, charts};
use formwork_examples::{progress, say};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::hint::black_box;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Times single predictions on one thread and prints their percentiles.
#[derive(Parser)]
struct Options {
    /// The network: 784-10, 784-256-ReLU-10, or 2-100-ReLU-3.
    #[arg(long, value_enum, default_value = "mlp")]
    model: Model,
    /// Predictions that are timed, after a tenth of as many that are not.
    #[arg(long, default_value = "200000", value_parser = at_least_one)]
    calls: usize,
    /// Where weights and inputs are drawn from.
    #[arg(long, default_value = "0")]
    seed: u64,
    /// Folder for the picture.
    #[arg(long, value_name = "DIR", default_value = "target/serve_latency")]
    out: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum Model {
    Softmax,
    Mlp,
    Spiral,
}

formwork::network! {
    /// The network of the spirals.
    #[derive(Clone, Debug)]
    pub struct Spiral < Linear<2, 100>, ReLU, Linear<100, 3> >
}

fn main() -> ExitCode {
    let options = Options::parse();
    finish(run(&options))
}

fn run(options: &Options) -> Result<(), Failure> {
    make_folder(&options.out)?;
    let mut rng = StdRng::seed_from_u64(options.seed);
    let picture = Tensor::<28, 28, u8>::from_fn(|_, _| rng.random());
    match options.model {
        Model::Softmax => serve::<Softmax, _>("784-10", &picture, options, &mut rng),
        Model::Mlp => serve::<Mlp, _>("784-256-ReLU-10", &picture, options, &mut rng),
        Model::Spiral => serve::<Spiral, _>("2-100-ReLU-3", &Vector::<2>::from([0.3, -0.7]), options, &mut rng),
    }
}

fn serve<N, X>(name: &str, input: &X, options: &Options, rng: &mut StdRng) -> Result<(), Failure>
where
    N: Network<Output: Default> + Accepts<X>,
    X: Sample,
{
    let mut network = N::zeros();
    network.initialize(&formwork::init::PyTorch, rng);
    let (mut scratch, mut output) = (N::Scratch::default(), N::Output::default());
    let mut once = || {
        let start = Instant::now();
        network.predict_into(black_box(input), &mut scratch, &mut output);
        black_box(&output);
        start.elapsed()
    };
    for _ in 0..options.calls / 10 {
        once();
    }
    let bar = progress::bar(options.calls as u64, name);
    let mut times: Vec<Duration> = Vec::new();
    while times.len() < options.calls {
        let calls = (options.calls - times.len()).min(10_000);
        times.extend((0..calls).map(|_| once()));
        bar.inc(calls as u64);
    }
    bar.finish_and_clear();
    times.sort();
    let nanoseconds = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_nanos();
    say!("{name}, {} predictions on one thread, the clock's own cost included", options.calls);
    for (label, share) in [("median", 0.5), ("90 %", 0.9), ("99 %", 0.99), ("99.9 %", 0.999), ("worst", 1.0)] {
        say!("{label:>8} {:>9} ns", nanoseconds(share));
    }
    draw(options, name, &times)?;
    say!("picture in {}", options.out.display());
    say!("ns median {} p99 {} worst {}", nanoseconds(0.5), nanoseconds(0.99), nanoseconds(1.0));
    Ok(())
}

/// How many predictions took how long, up to the 99.5th percentile, and the share that is done by a time.
fn draw(options: &Options, name: &str, times: &[Duration]) -> Result<(), Failure> {
    const BINS: usize = 60;
    let shown = &times[..(times.len() * 995 / 1000).max(1)];
    let (low, high) = (shown[0].as_nanos() as f64, shown[shown.len() - 1].as_nanos() as f64);
    let width = ((high - low) / BINS as f64).max(1.0);
    let mut counts = [0_usize; BINS + 1];
    for time in shown {
        counts[(((time.as_nanos() as f64 - low) / width) as usize).min(BINS)] += 1;
    }
    // A step for each bin.
    let bars = counts.iter().enumerate().flat_map(|(bin, count)| {
        let (left, height) = (low + width * bin as f64, *count as f64);
        [(left, 0.0), (left, height), (left + width, height), (left + width, 0.0)]
    });
    let done = |time: f64| times.partition_point(|other| other.as_nanos() as f64 <= time) as f64 / times.len() as f64;
    let shares = (0..=BINS).map(|bin| low + width * bin as f64).map(|time| (time, done(time))).collect();
    let sheet = [
        Chart {
            title: name,
            x: "nanoseconds",
            y: "predictions",
            curves: vec![Curve { name: "predictions", points: bars.collect() }],
            points: Vec::new(),
        },
        Chart {
            title: "Done by a time",
            x: "nanoseconds",
            y: "share of predictions",
            curves: vec![Curve { name: "share", points: shares }],
            points: Vec::new(),
        },
    ];
    charts(&options.out.join("latency.svg"), &sheet)
}
