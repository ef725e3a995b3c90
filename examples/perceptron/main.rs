//! The perceptron learns AND and OR and cannot learn XOR; a network with a hidden layer can.
//!
//!     cargo run --release --example perceptron

use clap::Parser;
use formwork::network::Accepts;
use formwork::prelude::*;
use formwork_examples::cli::{Failure, at_least_one, finish, make_folder};
use formwork_examples::plane::{self, Square};
use formwork_examples::plot::{Corner, Panel, sheet};
use formwork_examples::say;
use rand::{SeedableRng, rngs::StdRng};
use std::path::PathBuf;
use std::process::ExitCode;

/// Draws what a perceptron and two small networks make of AND, OR and XOR.
#[derive(Parser)]
struct Options {
    /// Steps of each network on XOR.
    #[arg(long, default_value = "2000", value_parser = at_least_one)]
    steps: usize,
    /// Where the first weights are drawn from.
    #[arg(long, default_value = "0")]
    seed: u64,
    /// Folder for the picture.
    #[arg(long, value_name = "DIR", default_value = "target/perceptron")]
    out: PathBuf,
}

formwork::network! {
    /// Two hidden units, the fewest that can tell XOR.
    #[derive(Clone, Debug)]
    pub struct TwoHidden < Linear<2, 2>, Tanh, Linear<2, 1>, Sigmoid >
}
formwork::network! {
    /// Four hidden units.
    #[derive(Clone, Debug)]
    pub struct FourHidden < Linear<2, 4>, Tanh, Linear<4, 1>, Sigmoid >
}

const POINTS: [[f32; 2]; 4] = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
const AND: [u8; 4] = [0, 0, 0, 1];
const OR: [u8; 4] = [0, 1, 1, 1];
const XOR: [u8; 4] = [0, 1, 1, 0];
const SQUARE: Square = Square { low: -0.5, high: 1.5 };
/// Fresh starts that a network of so few units is given: a bad one can end in a local minimum.
const STARTS: usize = 20;

fn main() -> ExitCode {
    let options = Options::parse();
    finish(run(&options))
}

fn run(options: &Options) -> Result<(), Failure> {
    make_folder(&options.out)?;
    let mut panels = Vec::new();
    let mut draw = |title: String, regions: &[u8], targets: &[u8; 4]| {
        let legend = Some(Corner::UpperRight);
        panels.push(Panel::Chart(plane::chart(title, SQUARE, regions, &samples(targets), &["0", "1"], legend)));
    };
    let mut right = Vec::new();
    let mut cycle = 0;
    for (name, targets) in [("AND", AND), ("OR", OR), ("XOR", XOR)] {
        let (weights, end) = perceptron(&targets);
        let class = |point: &Vector<2>| usize::from(activation(&weights, point) > 0.0);
        let count = count_right(&targets, class);
        let verdict = match end {
            End::Right { passes } => format!("right after {passes} passes"),
            End::Cycle { length } => {
                cycle = length;
                format!("{count} of 4 right, for ever")
            }
            End::Open => format!("{count} of 4 right so far"),
        };
        say!("perceptron, {name}: {verdict}");
        draw(format!("{name}, perceptron: {verdict}"), &plane::regions(SQUARE, class), &targets);
        right.push(count);
    }
    if cycle > 0 {
        let passes = if cycle == 1 { "one pass".to_owned() } else { format!("{cycle} passes") };
        say!("  its weights came back after {passes}, points still wrong: the rule goes round in that circle for ever");
        say!("  no line does better: XOR asks for b <= 0, w2 + b > 0, w1 + b > 0 and w1 + w2 + b <= 0;");
        say!("  the middle two add up to w1 + w2 + 2b > 0, the outer two to w1 + w2 + 2b <= 0");
    }
    let mut rng = StdRng::seed_from_u64(options.seed);
    let (two, two_regions) = xor(options, || TwoHidden::new(&mut rng))?;
    let (four, four_regions) = xor(options, || FourHidden::new(&mut rng))?;
    for (name, count, regions) in [("2-2-1", two, two_regions), ("2-4-1", four, four_regions)] {
        say!("{name}, XOR: {count} of 4 right");
        draw(format!("XOR, {name}: {count} of 4 right"), &regions, &XOR);
        right.push(count);
    }
    sheet(&options.out.join("regions.svg"), &panels, 3, (360, 370))?;
    say!("picture in {}", options.out.display());
    say!(
        "right of 4: and {} or {} xor {} xor-2-2-1 {} xor-2-4-1 {} cycle {cycle}",
        right[0],
        right[1],
        right[2],
        right[3],
        right[4]
    );
    Ok(())
}

/// w1 x1 + w2 x2 + b.
fn activation(weights: &[f32; 3], point: &Vector<2>) -> f32 {
    weights[0] * point[(0, 0)] + weights[1] * point[(0, 1)] + weights[2]
}

/// How the perceptron's training ends.
enum End {
    /// All points are right.
    Right { passes: usize },
    /// The weights are those of `length` passes ago, so that what follows is what has been.
    Cycle { length: usize },
    /// Neither within [`PASSES`].
    Open,
}

/// Passes over the four points that are enough to see how it ends: the weights are halves of whole numbers, and stay
/// small (Minsky and Papert, 1969, cycling theorem).
const PASSES: usize = 1000;

/// Rosenblatt's rule, 1958: a wrong point is added to the weights, or taken away. It ends when all points are right,
/// which happens if a line can tell them apart (Novikoff, 1962).
///
/// The bias begins half a step below 0, so that no activation is 0 and no line goes through a point.
fn perceptron(targets: &[u8; 4]) -> ([f32; 3], End) {
    let mut weights = [0.0, 0.0, -0.5];
    let mut seen = vec![weights];
    for passes in 0..PASSES {
        let mut wrong = false;
        for (point, target) in POINTS.into_iter().zip(targets) {
            let guess = u8::from(activation(&weights, &Vector::from(point)) > 0.0);
            let error = f32::from(*target) - f32::from(guess);
            wrong |= error != 0.0;
            for (weight, x) in weights.iter_mut().zip([point[0], point[1], 1.0]) {
                *weight += error * x;
            }
        }
        if !wrong {
            return (weights, End::Right { passes });
        }
        // Sums of ones and halves are exact: equal weights are equal for ever.
        if let Some(place) = seen.iter().position(|before| *before == weights) {
            return (weights, End::Cycle { length: seen.len() - place });
        }
        seen.push(weights);
    }
    (weights, End::Open)
}

fn samples(targets: &[u8; 4]) -> Vec<(Vector<2>, u8)> {
    POINTS.into_iter().map(Vector::from).zip(targets.iter().copied()).collect()
}

fn count_right(targets: &[u8; 4], class: impl Fn(&Vector<2>) -> usize) -> usize {
    POINTS
        .into_iter()
        .zip(targets)
        .filter(|(point, target)| class(&Vector::from(*point)) == usize::from(**target))
        .count()
}

/// Trains on XOR from fresh starts until all four points are right.
fn xor<N>(options: &Options, mut start: impl FnMut() -> N) -> Result<(usize, Vec<u8>), Failure>
where
    N: Network<Output = Vector<1>> + Accepts<Vector<2>>,
{
    let inputs = POINTS.map(Vector::from);
    let targets = XOR.map(|target| Vector::from([f32::from(target)]));
    let mut best = (0, Vec::new());
    for _ in 0..STARTS {
        let mut trainer = Trainer::new(start(), Mse, Adam::new(0.02));
        for _ in 0..options.steps {
            trainer.step(Batch::from(&inputs), Batch::from(&targets))?;
        }
        let class = |point: &Vector<2>| {
            let mut output = Vector::zeros();
            trainer.network().predict_into(point, &mut N::Scratch::default(), &mut output);
            usize::from(output[(0, 0)] > 0.5)
        };
        let count = count_right(&XOR, class);
        if count > best.0 || best.1.is_empty() {
            best = (count, plane::regions(SQUARE, class));
        }
        if count == 4 {
            break;
        }
    }
    Ok(best)
}
