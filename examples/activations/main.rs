//! The activations and their derivatives, as a sheet of plots.
//!
//!     cargo run --release --example activations

use clap::Parser;
use formwork::layer::Activation;
use formwork_examples::cli::{Failure, at_least_one, finish, make_folder};
use formwork_examples::plot::{Chart, Curve, charts};
use formwork_examples::say;
use std::path::PathBuf;
use std::process::ExitCode;

/// Draws each activation with its derivative and prints both at a few points.
#[derive(Parser)]
struct Options {
    /// Points of each curve.
    #[arg(long, default_value = "321", value_parser = at_least_one)]
    points: usize,
    /// Of no effect here, for nothing is drawn by chance; every program of the course takes it.
    #[arg(long, default_value = "0")]
    seed: u64,
    /// Folder for the picture.
    #[arg(long, value_name = "DIR", default_value = "target/activations")]
    out: PathBuf,
}

const ALL: [(&str, Activation); 3] =
    [("ReLU", Activation::ReLU), ("Sigmoid", Activation::Sigmoid), ("Tanh", Activation::Tanh)];

fn main() -> ExitCode {
    let options = Options::parse();
    finish(run(&options))
}

fn run(options: &Options) -> Result<(), Failure> {
    make_folder(&options.out)?;
    let (low, high) = (-8.0, 8.0);
    let xs: Vec<f32> =
        (0..options.points).map(|k| low + (high - low) * k as f32 / (options.points - 1).max(1) as f32).collect();
    let mut sheet = Vec::new();
    let mut largest = Vec::new();
    for (name, activation) in ALL {
        let curve = |value: &dyn Fn(f32) -> f32| xs.iter().map(|x| (f64::from(*x), f64::from(value(*x)))).collect();
        let slope = |x: f32| activation.derivative(activation.apply(x));
        let curves = vec![
            Curve { name: "value", points: curve(&|x| activation.apply(x)) },
            Curve { name: "derivative", points: curve(&slope) },
        ];
        sheet.push(Chart { title: name, x: "x", y: "", curves, points: Vec::new() });
        for x in [-2.0, 0.0, 2.0] {
            say!("{name:>8}({x:>4}) = {:>7.4}, derivative {:.4}", activation.apply(x), slope(x));
        }
        largest.push(xs.iter().copied().map(slope).fold(0.0, f32::max));
    }
    charts(&options.out.join("activations.svg"), &sheet)?;
    say!("picture in {}", options.out.display());
    say!("largest derivative relu {:.4} sigmoid {:.4} tanh {:.4}", largest[0], largest[1], largest[2]);
    Ok(())
}
