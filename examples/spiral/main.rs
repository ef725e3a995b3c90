//! Three spirals in the plane: a linear model cannot tell them apart, one hidden layer can.
//!
//!     cargo run --release --example spiral

use clap::Parser;
use formwork::data::synthetic;
use formwork::network::Accepts;
use formwork::prelude::*;
use formwork_examples::cli::{Failure, at_least_one, finish, make_folder, positive};
use formwork_examples::plane::{self, Square};
use formwork_examples::plot::{Corner, Panel, sheet};
use formwork_examples::{progress, say};
use rand::{SeedableRng, rngs::StdRng};
use std::path::PathBuf;
use std::process::ExitCode;

/// Trains a linear model and 2-100-ReLU-3 on 3 x 1000 points, all in one batch, with Adam.
#[derive(Parser)]
struct Options {
    /// Steps of each model.
    #[arg(long, default_value = "1000", value_parser = at_least_one)]
    steps: usize,
    /// Learning rate of Adam.
    #[arg(long, default_value = "0.001", value_parser = positive)]
    lr: f32,
    /// Where the points and the first weights are drawn from.
    #[arg(long, default_value = "0")]
    seed: u64,
    /// Folder for the pictures.
    #[arg(long, value_name = "DIR", default_value = "target/spiral")]
    out: PathBuf,
}

formwork::network! {
    /// Straight boundaries.
    #[derive(Clone, Debug)]
    pub struct Straight < Linear<2, 3> >
}
formwork::network! {
    /// One hidden layer. On the heap: the activations of all points are 2.4 MB.
    #[derive(Clone, Debug)]
    #[network(boxed)]
    pub struct Curved < hidden: Linear<2, 100>, ReLU, out: Linear<100, 3> >
}

const POINTS: usize = 3000;
const SQUARE: Square = Square { low: -1.15, high: 1.15 };
/// Frames of the animation.
const FRAMES: usize = 48;

type Points = Dataset<Vector<2>, u8>;

fn main() -> ExitCode {
    let options = Options::parse();
    finish(run(&options))
}

fn run(options: &Options) -> Result<(), Failure> {
    make_folder(&options.out)?;
    let mut rng = StdRng::seed_from_u64(options.seed);
    let data = synthetic::spirals(POINTS / 3, 3, 0.2, &mut rng);
    // A fifth of the points is enough to be seen.
    let samples: Vec<(Vector<2>, u8)> =
        data.inputs().iter().cloned().zip(data.targets().iter().copied()).step_by(5).collect();
    let (straight, straight_frames) = train(Straight::new(&mut rng), "linear", options, &data)?;
    let (curved, curved_frames) = train(Curved::new(&mut rng), "2-100-ReLU-3", options, &data)?;
    let names = ["class 0", "class 1", "class 2"];
    let panels: Vec<Panel<'_>> = [("Linear", &straight_frames, straight), ("2-100-ReLU-3", &curved_frames, curved)]
        .into_iter()
        .filter_map(|(name, frames, accuracy)| {
            let title = format!("{name}: {:.1} % right", 100.0 * accuracy);
            let legend = Some(Corner::UpperRight);
            Some(Panel::Chart(plane::chart(title, SQUARE, frames.last()?, &samples, &names, legend)))
        })
        .collect();
    sheet(&options.out.join("regions.svg"), &panels, 2, (430, 440))?;
    plane::animation(&options.out.join("learning.gif"), SQUARE, &curved_frames, &samples)?;
    say!("pictures in {}", options.out.display());
    say!("accuracy linear {straight:.4} mlp {curved:.4}");
    Ok(())
}

/// Trains on all points at once; gives the accuracy on them and the regions as they changed.
fn train<N>(network: N, name: &str, options: &Options, data: &Points) -> Result<(f64, Vec<Vec<u8>>), Failure>
where
    N: Network<Output = Vector<3>> + Accepts<Vector<2>>,
{
    let optimizer = Adam::new(options.lr).with_weight_decay(1e-5);
    let mut trainer = Trainer::<_, _, _, POINTS>::new(network, CrossEntropy, optimizer);
    let bar = progress::bar(options.steps as u64, name);
    let mut frames = Vec::new();
    let between = options.steps.div_ceil(FRAMES);
    for step in 0..options.steps {
        if step % between == 0 {
            frames.push(regions(trainer.network()));
        }
        for (x, y) in data.batches_in_order::<POINTS>() {
            trainer.step(x, y)?;
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    frames.push(regions(trainer.network()));
    let evaluation = trainer.evaluate(data)?;
    let accuracy = evaluation.accuracy.unwrap_or(f64::NAN);
    say!("{name}: loss {:.4}, accuracy {accuracy:.4} after {} steps", evaluation.loss, options.steps);
    Ok((accuracy, frames))
}

fn regions<N>(network: &N) -> Vec<u8>
where
    N: Network<Output = Vector<3>> + Accepts<Vector<2>>,
{
    plane::regions(SQUARE, |point| {
        let mut logits = Vector::zeros();
        network.predict_into(point, &mut N::Scratch::default(), &mut logits);
        let logits: &[f32] = logits.as_slice();
        (0..3).max_by(|a, b| logits[*a].total_cmp(&logits[*b])).unwrap_or(0)
    })
}
