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
    let core = pinned();
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
    let place = core
        .map_or("not pinned, for this system does not allow it".to_owned(), |core| format!("pinned to core {core}"));
    say!("{name}, {} predictions on one thread ({place}), the clock's own cost included", options.calls);
    for (label, share) in [("median", 0.5), ("90 %", 0.9), ("99 %", 0.99), ("99.9 %", 0.999), ("worst", 1.0)] {
        say!("{label:>8} {:>9} ns", nanoseconds(share));
    }
    draw(options, name, &times)?;
    say!("picture in {}", options.out.display());
    let shares = [0.5, 0.99, 0.999, 1.0].map(nanoseconds);
    say!("ns median {} p99 {} p999 {} worst {}", shares[0], shares[1], shares[2], shares[3]);
    Ok(())
}

/// Keeps this thread on one core, so that none of its caches is left behind; gives which.
fn pinned() -> Option<usize> {
    let core = core_affinity::get_core_ids()?.pop()?;
    core_affinity::set_for_current(core).then_some(core.id)
}

/// How many predictions took how long, by factors of a fifth so that the worst is on the sheet too, counts by their
/// logarithm so that one prediction is seen; and the share that is done by a time, up to the 99.5th percentile.
fn draw(options: &Options, name: &str, times: &[Duration]) -> Result<(), Failure> {
    const BINS: usize = 60;
    let nanoseconds = |time: &Duration| (time.as_nanos() as f64).max(1.0);
    // A bin is a factor of 1.2; empty ones have no logarithm and stay at the bottom.
    let bin = |time: &Duration| (nanoseconds(time).ln() / 1.2_f64.ln()) as usize;
    let (first, last) = (bin(&times[0]), bin(&times[times.len() - 1]));
    let mut counts = vec![0_usize; last - first + 1];
    for time in times {
        counts[bin(time) - first] += 1;
    }
    let edge = |bin: usize| (1.2_f64.ln() * (first + bin) as f64) / 10_f64.ln();
    let bars = counts.iter().enumerate().flat_map(|(bin, count)| {
        let height = if *count == 0 { 0.0 } else { (*count as f64).log10() + 0.3 };
        [(edge(bin), 0.0), (edge(bin), height), (edge(bin + 1), height), (edge(bin + 1), 0.0)]
    });
    let worst = nanoseconds(&times[times.len() - 1]).log10();
    let shown = &times[..(times.len() * 995 / 1000).max(1)];
    let (low, high) = (nanoseconds(&shown[0]), nanoseconds(&shown[shown.len() - 1]));
    let width = ((high - low) / BINS as f64).max(1.0);
    let done = |time: f64| times.partition_point(|other| other.as_nanos() as f64 <= time) as f64 / times.len() as f64;
    let shares = (0..=BINS).map(|bin| low + width * bin as f64).map(|time| (time / 1000.0, done(time))).collect();
    let sheet = [
        Chart {
            title: name,
            x: "log10 of nanoseconds",
            y: "log10 of predictions, and 0.3",
            curves: vec![
                Curve { name: "predictions", points: bars.collect() },
                Curve { name: "worst case", points: vec![(worst, 0.0), (worst, 1.0)] },
            ],
            points: Vec::new(),
        },
        Chart {
            title: "Done by a time",
            x: "microseconds",
            y: "share of predictions",
            curves: vec![Curve { name: "share", points: shares }],
            points: Vec::new(),
        },
    ];
    charts(&options.out.join("latency.svg"), &sheet)
}
