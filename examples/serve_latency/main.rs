//! How long one prediction takes: the histogram that a real-time user wants to see, worst case included.
//!
//!     cargo run --release --example serve_latency

use clap::{Parser, ValueEnum};
use formwork::network::Accepts;
use formwork::prelude::*;
use formwork::tensor::Sample;
use formwork_examples::cli::{Failure, at_least_one, finish, make_folder};
use formwork_examples::fashion::{Mlp, Softmax};
use formwork_examples::plot::{Axis, COLOURS, Chart, Corner, Mark, Panel, Series, sheet};
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

/// How many predictions took how long, both axes by factors, so that the worst is on the sheet and one prediction is seen;
/// and the share that is done by a time, up to the 99.5th percentile.
fn draw(options: &Options, name: &str, times: &[Duration]) -> Result<(), Failure> {
    const FACTOR: f64 = 1.1;
    const STEPS: usize = 60;
    let microseconds = |time: &Duration| (time.as_nanos() as f64).max(1.0) / 1000.0;
    let bin = |time: &Duration| (microseconds(time).ln() / FACTOR.ln()).floor() as i32;
    let (first, worst) = (&times[0], &times[times.len() - 1]);
    let mut counts = vec![0_u32; (bin(worst) - bin(first) + 1) as usize];
    for time in times {
        counts[(bin(time) - bin(first)) as usize] += 1;
    }
    let bars = (bin(first)..).zip(&counts).filter(|(_, count)| **count > 0);
    let bars = bars.map(|(bin, count)| (FACTOR.powi(bin), FACTOR.powi(bin + 1), f64::from(*count))).collect();
    let highest = f64::from(counts.iter().copied().max().unwrap_or(1));
    let at = |share: f64| microseconds(&times[((times.len() - 1) as f64 * share) as usize]);
    let mark = |name, colour, time| Series::line(name, colour, vec![(time, 0.5), (time, highest)]);
    let histogram = Chart {
        title: format!("{name}: times of {} predictions", times.len()),
        x: Axis { name: "microseconds", range: None, log: true },
        y: Axis { name: "predictions", range: Some(0.5..40.0 * highest), log: true },
        legend: Some(Corner::UpperRight),
        series: vec![
            Series { name: "", colour: COLOURS[5], mark: Mark::Bars(bars) },
            mark("median", 0, at(0.5)),
            mark("99.9 %", 2, at(0.999)),
            mark("worst case", 1, at(1.0)),
        ],
    };
    let (low, high) = (microseconds(first), at(0.995));
    let width = ((high - low) / STEPS as f64).max(0.001);
    let done = |time: f64| times.partition_point(|other| microseconds(other) <= time) as f64 / times.len() as f64;
    let shares = (0..=STEPS).map(|step| low + width * step as f64).map(|time| (time, 100.0 * done(time))).collect();
    let share = Chart {
        title: "Done by a time".to_owned(),
        x: "microseconds".into(),
        y: "% of predictions".into(),
        legend: None,
        series: vec![Series::line("", 0, shares)],
    };
    sheet(&options.out.join("latency.svg"), &[Panel::Chart(histogram), Panel::Chart(share)], 2, (480, 360))
}
