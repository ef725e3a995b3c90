//! What the program shows of a trained network: curves, guesses, a confusion matrix, and the weights as pictures.

use formwork::data::fashion_mnist::{CLASSES, Picture};
use formwork::network::Accepts;
use formwork::prelude::*;
use formwork::train::EpochReport;
use formwork_examples::cli::{Failure, write};
use formwork_examples::fashion::{Softmax, class_of};
use formwork_examples::plot::{Chart, Corner, Panel, Series, sheet};
use formwork_examples::say;
use formwork_examples::tiles::{self, Tile};
use plotters::style::RGBColor;
use std::path::Path;

const RIGHT: RGBColor = RGBColor(0, 110, 70);
const WRONG: RGBColor = RGBColor(200, 30, 30);

/// Draws `curves.svg` and `guesses.svg`, prints the confusion matrix; gives the accuracy on all test pictures.
pub fn all<N>(folder: &Path, network: &N, test: &Dataset<Picture, u8>, reports: &[EpochReport]) -> Result<f64, Failure>
where
    N: Network<Output = Vector<10>> + Accepts<Picture>,
{
    curves(&folder.join("curves.svg"), reports)?;
    let mut scratch = N::Scratch::default();
    let mut logits = Vector::zeros();
    let mut guess = |picture: &Picture| {
        network.predict_into(picture, &mut scratch, &mut logits);
        class_of(&logits)
    };
    let guesses: Vec<usize> = test.inputs().iter().map(&mut guess).collect();
    page(&folder.join("guesses.svg"), test, &guesses)?;
    Ok(confusion(test.targets(), &guesses))
}

fn curves(path: &Path, reports: &[EpochReport]) -> Result<(), Failure> {
    let curve = |value: fn(&EpochReport) -> Option<f64>| -> Vec<(f64, f64)> {
        reports.iter().filter_map(|report| Some((report.epoch as f64, value(report)?))).collect()
    };
    let loss = Chart {
        title: "Loss".to_owned(),
        x: "epoch".into(),
        y: "cross-entropy".into(),
        legend: Some(Corner::UpperRight),
        series: vec![
            Series::line("train", 0, curve(|report| Some(report.train.loss))),
            Series::line("test", 1, curve(|report| Some(report.test?.loss))),
        ],
    };
    let accuracy = Chart {
        title: "Accuracy".to_owned(),
        x: "epoch".into(),
        y: "share of pictures".into(),
        legend: Some(Corner::LowerRight),
        series: vec![
            Series::line("train", 0, curve(|report| report.train.accuracy)),
            Series::line("test", 1, curve(|report| report.test?.accuracy)),
        ],
    };
    sheet(path, &[Panel::Chart(loss), Panel::Chart(accuracy)], 2, (480, 360))
}

/// The first test pictures with their true and guessed names.
fn page(path: &Path, test: &Dataset<Picture, u8>, guesses: &[usize]) -> Result<(), Failure> {
    let tiles: Vec<Tile> = test
        .inputs()
        .iter()
        .zip(test.targets())
        .zip(guesses)
        .take(24)
        .map(|((picture, &label), &guess)| {
            let label = usize::from(label);
            let colour = if label == guess { RIGHT } else { WRONG };
            let caption = vec![(CLASSES[label].to_owned(), RGBColor(0, 0, 0)), (CLASSES[guess].to_owned(), colour)];
            Tile { size: (28, 28), pixels: tiles::grey(picture.as_slice()), caption }
        })
        .collect();
    tiles::page(path, "Test pictures: true name above, guess below (green: right, red: wrong)", 8, 3, &tiles)
}

/// Prints how often each class was taken for each; gives the share of right guesses.
fn confusion(labels: &[u8], guesses: &[usize]) -> f64 {
    let mut counts = [[0_usize; 10]; 10];
    for (&label, &guess) in labels.iter().zip(guesses) {
        counts[usize::from(label)][guess] += 1;
    }
    say!("\nconfusion matrix on the test pictures (a row for each true class, a column for each guess)");
    write(format_args!("{:>12}", ""));
    for class in CLASSES {
        write(format_args!("{:>11}", class));
    }
    say!();
    for (class, row) in CLASSES.iter().zip(counts) {
        write(format_args!("{class:>12}"));
        for count in row {
            write(format_args!("{count:>11}"));
        }
        say!();
    }
    say!();
    let right: usize = (0..10).map(|class| counts[class][class]).sum();
    right as f64 / labels.len() as f64
}

/// Draws `weights.svg`: what each output of softmax regression looks for, red where light speaks for the class.
pub fn weights(folder: &Path, network: &Softmax) -> Result<(), Failure> {
    let weight = network.linear1.weight.to_tensor();
    let tiles: Vec<Tile> = weight
        .as_array()
        .iter()
        .zip(CLASSES)
        .map(|(row, class)| Tile {
            size: (28, 28),
            pixels: tiles::signed(row),
            caption: vec![(class.to_owned(), RGBColor(0, 0, 0))],
        })
        .collect();
    tiles::page(
        &folder.join("weights.svg"),
        "Learned weights (red speaks for the class, blue against it)",
        5,
        4,
        &tiles,
    )
}
