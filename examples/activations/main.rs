//! The activations and their derivatives, as a sheet of plots.
//!
//!     cargo run --release --example activations

use clap::Parser;
use formwork::layer::{Activation, GELU, SiLU};
use formwork_examples::cli::{Failure, at_least_one, finish, make_folder};
use formwork_examples::plot::{Chart, Corner, Panel, Series, sheet};
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

/// A name, y = act(x) and dy/dx.
type Shape = (&'static str, fn(f32) -> f32, fn(f32) -> f32);

/// An activation whose slope follows from its value.
macro_rules! of_output {
    ($name:ident) => {
        (
            stringify!($name),
            |x| Activation::$name.apply(x),
            |x| Activation::$name.derivative(Activation::$name.apply(x)),
        )
    };
}

const ALL: [Shape; 8] = [
    of_output!(ReLU),
    of_output!(Sigmoid),
    of_output!(Tanh),
    of_output!(LeakyReLU),
    of_output!(ELU),
    of_output!(Softplus),
    ("SiLU", SiLU::<1>::apply, SiLU::<1>::derivative),
    ("GELU", GELU::<1>::apply, GELU::<1>::derivative),
];

fn main() -> ExitCode {
    let options = Options::parse();
    finish(run(&options))
}

fn run(options: &Options) -> Result<(), Failure> {
    make_folder(&options.out)?;
    let (low, high) = (-8.0, 8.0);
    let xs: Vec<f32> =
        (0..options.points).map(|k| low + (high - low) * k as f32 / (options.points - 1).max(1) as f32).collect();
    let mut panels = Vec::new();
    let mut largest = Vec::new();
    for (name, value, slope) in ALL {
        let curve = |of: fn(f32) -> f32| xs.iter().map(|x| (f64::from(*x), f64::from(of(*x)))).collect();
        panels.push(Panel::Chart(Chart {
            title: name.to_owned(),
            x: "x".into(),
            y: "".into(),
            legend: Some(Corner::UpperLeft),
            series: vec![Series::line("y", 0, curve(value)), Series::line("dy/dx", 1, curve(slope))],
        }));
        for x in [-2.0, 0.0, 2.0] {
            say!("{name:>9}({x:>4}) = {:>7.4}, derivative {:>7.4}", value(x), slope(x));
        }
        largest.push(xs.iter().copied().map(slope).fold(0.0, f32::max));
    }
    sheet(&options.out.join("activations.svg"), &panels, 2, (480, 300))?;
    say!("picture in {}", options.out.display());
    let largest: Vec<String> =
        ALL.iter().zip(&largest).map(|((name, _, _), slope)| format!("{} {slope:.4}", name.to_lowercase())).collect();
    say!("largest derivative {}", largest.join(" "));
    Ok(())
}
