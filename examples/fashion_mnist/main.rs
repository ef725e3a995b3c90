//! Trains softmax regression or a multilayer perceptron on Fashion-MNIST and shows what it learned.
//!
//!     cargo run --release --example fashion_mnist
//!     cargo run --release --example fashion_mnist -- --model mlp --epochs 5

mod report;

use clap::{Parser, ValueEnum};
use formwork::data::fashion_mnist::{self, FashionMnist, Picture};
use formwork::network::Accepts;
use formwork::prelude::*;
use formwork::train::{EpochReport, Event};
use formwork_examples::cli::{Failure, at_least_one, finish, make_folder, positive};
use formwork_examples::fashion::{BATCH, Mlp, Softmax, recipe};
use formwork_examples::progress;
use formwork_examples::say;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

/// Trains a classifier on Fashion-MNIST, draws its curves, its guesses and its weights.
#[derive(Parser)]
struct Options {
    /// The network: 784-10, or 784-256-ReLU-10.
    #[arg(long, value_enum, default_value = "softmax")]
    model: Model,
    /// How often all 60,000 training pictures are seen.
    #[arg(long, default_value = "10", value_parser = at_least_one)]
    epochs: usize,
    /// Learning rate of SGD.
    #[arg(long, default_value = "0.1", value_parser = positive)]
    lr: f32,
    /// Where the weights and the order of the pictures are drawn from.
    #[arg(long, default_value = "0")]
    seed: u64,
    /// Threads that share each product; the results are the same for any number.
    #[arg(long, default_value = "1", value_parser = at_least_one)]
    threads: usize,
    /// Folder of the four IDX files, plain or gzip.
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/data/fashion-mnist"))]
    data: PathBuf,
    /// Folder for the pictures and the weights.
    #[arg(long, value_name = "DIR", default_value = "target/fashion_mnist")]
    out: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum Model {
    Softmax,
    Mlp,
}

fn main() -> ExitCode {
    let options = Options::parse();
    finish(run(&options))
}

fn run(options: &Options) -> Result<(), Failure> {
    make_folder(&options.out)?;
    let data = fashion_mnist::load(&options.data)?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(options.threads).build()?;
    let accuracy = match options.model {
        Model::Softmax => {
            let (network, accuracy) = pool.install(|| train::<Softmax>(options, data))?;
            report::weights(&options.out, &network)?;
            accuracy
        }
        Model::Mlp => pool.install(|| train::<Mlp>(options, data))?.1,
    };
    say!("pictures and weights.bin, which `from_bytes` reads, in {}", options.out.display());
    say!("test accuracy: {accuracy:.4}");
    Ok(())
}

/// Trains, prints a line an epoch, draws; gives the network and its accuracy on the test pictures.
fn train<N>(options: &Options, mut data: FashionMnist) -> Result<(N, f64), Failure>
where
    N: Network<Output = Vector<10>> + Accepts<Picture> + Send,
{
    say!("{}\n", N::summary());
    say!(
        "{:>5}  {:>10}  {:>14}  {:>13}  {:>9}  {:>7}",
        "epoch",
        "train loss",
        "train accuracy",
        "test accuracy",
        "pictures",
        "seconds"
    );
    let (mut trainer, mut rng) = recipe::<N>(options.lr, options.seed);
    let steps = data.train.len().div_ceil(BATCH) as u64;
    let bar = progress::bar(steps.saturating_mul(options.epochs as u64), "training");
    let mut start = Instant::now();
    let reports = trainer.fit(&mut data.train, Some(&data.test), options.epochs, &mut rng, |event| {
        match event {
            Event::Batch { .. } => bar.inc(1),
            Event::Epoch(report) => {
                bar.suspend(|| print_epoch(&report, start.elapsed().as_secs_f64()));
                start = Instant::now();
            }
            _ => {}
        }
        ControlFlow::Continue(())
    })?;
    bar.finish_and_clear();
    let network = trainer.into_network();
    let accuracy = report::all(&options.out, &network, &data.test, &reports)?;
    std::fs::write(options.out.join("weights.bin"), network.to_bytes())?;
    Ok((network, accuracy))
}

fn print_epoch(report: &EpochReport, seconds: f64) {
    let train = report.train.accuracy.unwrap_or(f64::NAN);
    let test = report.test.and_then(|test| test.accuracy).unwrap_or(f64::NAN);
    say!(
        "{:>5}  {:>10.4}  {train:>14.4}  {test:>13.4}  {:>9}  {seconds:>7.2}",
        report.epoch,
        report.train.loss,
        report.train.samples
    );
}
