//! The table of test accuracies in the README: both networks, several seeds, the course's recipe.
//!
//!     cargo run --release --example accuracy

use clap::Parser;
use formwork::data::fashion_mnist::{self, FashionMnist, Picture};
use formwork::network::Accepts;
use formwork::prelude::*;
use formwork_examples::cli::{Failure, at_least_one, finish};
use formwork_examples::fashion::{Mlp, Softmax, recipe};
use formwork_examples::progress;
use formwork_examples::say;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

/// Test accuracy after the last epoch for several seeds, and its median.
#[derive(Parser)]
struct Options {
    /// Seeds, from 0.
    #[arg(long, default_value = "5", value_parser = at_least_one)]
    seeds: usize,
    /// How often all 60,000 training pictures are seen.
    #[arg(long, default_value = "10", value_parser = at_least_one)]
    epochs: usize,
    /// Folder of the four IDX files, plain or gzip.
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/data/fashion-mnist"))]
    data: PathBuf,
}

fn main() -> ExitCode {
    let options = Options::parse();
    finish(run(&options))
}

fn run(options: &Options) -> Result<(), Failure> {
    let mut data = fashion_mnist::load(&options.data)?;
    say!("| network | median | seeds 0 to {} |\n| --- | --- | --- |", options.seeds - 1);
    row::<Softmax>("784-10", options, &mut data)?;
    row::<Mlp>("784-256-ReLU-10", options, &mut data)
}

fn row<N>(name: &str, options: &Options, data: &mut FashionMnist) -> Result<(), Failure>
where
    N: Network<Output = Vector<10>> + Accepts<Picture>,
{
    let bar = progress::bar((options.seeds as u64).saturating_mul(options.epochs as u64), name);
    let mut accuracies = Vec::new();
    for seed in 0..options.seeds as u64 {
        let (mut trainer, mut rng) = recipe::<N>(0.1, seed);
        let mut epochs_done = |event| {
            if matches!(event, formwork::train::Event::Epoch(_)) {
                bar.inc(1);
            }
            ControlFlow::Continue(())
        };
        trainer.fit(&mut data.train, None, options.epochs, &mut rng, &mut epochs_done)?;
        accuracies.push(trainer.evaluate(&data.test)?.accuracy.unwrap_or(f64::NAN));
    }
    bar.finish_and_clear();
    let list: Vec<String> = accuracies.iter().map(|accuracy| format!("{accuracy:.4}")).collect();
    accuracies.sort_by(f64::total_cmp);
    say!("| {name} | {:.4} | {} |", accuracies[accuracies.len() / 2], list.join(", "));
    Ok(())
}
