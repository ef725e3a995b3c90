//! Losses against probabilities and squared errors, and the activations that see their input, against f64.

use super::rows::close;
use super::{on_every_isa, random};
use crate::kernel::isa::{Isa, dispatch_on, with_isa};
use crate::kernel::rows::Rows;
use crate::kernel::smooth::Smooth;
use crate::kernel::softmax::CrossEntropySum;
use crate::kernel::softmax::wide::{Losses, Probabilities, ProbabilityLosses};
use crate::kernel::{softmax, squares};

#[test]
fn cross_entropy_against_probabilities_of_every_width() {
    on_every_isa(|isa| {
        for (width, rows) in (1..=40).flat_map(|width| [1 + width * 7 % 50, 33].map(|rows| (width, rows))) {
            let logits: Vec<f32> = random(rows * width, 9).iter().map(|x| x * 20.0).collect();
            // Every third class has probability 0; rows are taken from the last to the first.
            let weights: Vec<f32> = random(rows * width, 12).iter().map(|x| x.abs()).collect();
            let targets: Vec<f32> =
                weights.iter().enumerate().map(|(place, w)| if place % 3 == 1 { 0.0 } else { *w }).collect();
            let order: Vec<u32> = (0..rows as u32).rev().collect();
            let targets_of = Rows::picked(&targets, width, &order);
            // A row that is not whole is none.
            let (mut gradient, part) = (logits.clone(), vec![7.0; width - 1]);
            gradient.extend_from_slice(&part);
            let found = softmax::soft_cross_entropy(&mut gradient, width, &targets_of, 0.125);
            assert_eq!(gradient.split_off(logits.len()), part, "{isa:?} width {width}");
            let (mut loss, mut magnitude) = (0.0, 0.0);
            for (row, (logits, gradient)) in logits.chunks(width).zip(gradient.chunks(width)).enumerate() {
                let target = targets_of.row(row);
                let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let total: f64 = logits.iter().map(|&z| f64::from(z - largest).exp()).sum();
                for ((&z, &t), &g) in logits.iter().zip(target).zip(gradient) {
                    let (z, t) = (f64::from(z - largest), f64::from(t));
                    loss += t * (total.ln() - z);
                    magnitude += t * (total.ln() + z.abs());
                    // As above, and a product with the target.
                    let bound = (width as f64 + 9.0) * 2.0 * super::U * 0.125;
                    close(g, 0.125 * (z.exp() / total - t), bound, &format!("{isa:?} width {width}"));
                }
            }
            let bound = (rows as f64 + width as f64 + 8.0) * super::U * 2.0 * (magnitude + 1.0);
            close(found, loss, bound, &format!("{isa:?} loss, width {width}"));
            close(
                softmax::soft_losses(&logits, width, targets_of),
                loss,
                bound,
                &format!("{isa:?} alone, width {width}"),
            );
        }
    });
}

#[test]
fn a_class_of_probability_0_adds_nothing_whatever_its_logit() {
    on_every_isa(|isa| {
        for width in [3, 10, 16, 17, 40] {
            let mut logits = vec![1.0; width];
            let mut target = vec![1.0 / (width - 1) as f32; width];
            (logits[width - 1], target[width - 1]) = (f32::NEG_INFINITY, 0.0);
            let rows = Rows::new(&target, width);
            let expected = ((width - 1) as f64).ln();
            close(softmax::soft_losses(&logits, width, rows), expected, 1e-5, &format!("{isa:?} {width}"));
            let found = softmax::soft_cross_entropy(&mut logits, width, &rows, 1.0);
            close(found, expected, 1e-5, &format!("{isa:?} {width}"));
            assert!(logits.iter().all(|g| g.abs() < 1e-6), "{isa:?} {width}: {logits:?}");
            // Where it has a probability, the loss is infinite; a NaN makes all of it NaN.
            let mut logits = vec![1.0; width];
            logits[width - 1] = f32::NEG_INFINITY;
            target[width - 1] = 0.5;
            assert_eq!(softmax::soft_losses(&logits, width, Rows::new(&target, width)), f32::INFINITY);
            logits[0] = f32::NAN;
            assert!(softmax::soft_losses(&logits, width, Rows::new(&target, width)).is_nan());
            assert!(softmax::losses(&logits, width, [1].into_iter()).loss.is_nan());
        }
    });
}

/// Where there is no operating system, rows are measured one by one, whatever their width.
#[test]
fn narrow_rows_have_the_bits_of_rows_apart() {
    let isa = Isa::Portable;
    with_isa(isa, || {
        for (width, rows) in (1..=16).flat_map(|width| [1, 3, 6, 16].map(|rows| (width, rows))) {
            let logits: Vec<f32> = random(rows * width, 18).iter().map(|x| x * 5.0).collect();
            let targets: Vec<f32> = random(rows * width, 19).iter().map(|x| x.abs()).collect();
            let targets = &Rows::new(&targets, width);
            let classes: Vec<usize> = (0..rows).map(|row| row * 3 % width).collect();
            let what = format!("{rows} rows of {width}");
            let found = softmax::losses(&logits, width, classes.iter().copied());
            let pieces = logits.chunks(2 * width).zip(classes.chunks(2));
            let apart = pieces.fold(CrossEntropySum::default(), |total, (logits, classes)| {
                dispatch_on(isa, Losses { logits, width, classes, total })
            });
            assert_eq!(apart, found, "{what}");
            let found = softmax::soft_losses(&logits, width, *targets);
            assert_eq!(dispatch_on(isa, ProbabilityLosses { logits: &logits, width, targets }), found, "{what}, soft");
            let (mut one, mut other) = (logits.clone(), logits);
            let found = softmax::soft_cross_entropy(&mut one, width, targets, 0.3);
            let apart = dispatch_on(isa, Probabilities { logits: &mut other, width, targets, scale: 0.3 });
            assert!(found == apart && one == other, "{what}, soft with a gradient");
        }
    });
}

#[test]
fn squared_errors_of_every_width() {
    on_every_isa(|isa| {
        for (width, rows) in (1..=40).flat_map(|width| [1, 5].map(|rows| (width, rows))) {
            let (outputs, targets) = (random(rows * width, 15), random(rows * width, 16));
            let order: Vec<u32> = (0..rows as u32).rev().collect();
            let targets = Rows::picked(&targets, width, &order);
            let errors = || (0..rows * width).map(|k| outputs[k] - targets.row(k / width)[k % width]);
            let sum = errors().map(|error| f64::from(error).powi(2)).sum::<f64>();
            // A difference, a square and a sum of so many.
            let bound = (rows as f64 * width as f64 + 3.0) * super::U * sum * 1.01;
            let mut gradient = outputs.clone();
            let found = squares::squared_errors_and_gradient(&mut gradient, width, &targets, 0.25);
            close(found, sum, bound, &format!("{isa:?} {rows} rows of {width}"));
            assert_eq!(found, squares::squared_errors(&outputs, width, &targets), "{isa:?} {rows} rows of {width}");
            let expected: Vec<f32> = errors().map(|error| 0.25 * error).collect();
            assert_eq!(gradient, expected, "{isa:?} {rows} rows of {width}");
        }
    });
}

#[test]
fn smooth_activations_of_every_length() {
    on_every_isa(|isa| {
        for length in 1..=70 {
            let input: Vec<f32> = random(length, 17).iter().map(|x| x * 12.0).collect();
            let (mut output, mut gradient) = (vec![f32::NAN; length], vec![f32::NAN; length]);
            for smooth in [Smooth::SiLU, Smooth::GELU] {
                smooth.forward(&input, &mut output);
                smooth.backward(&input, &vec![2.0; length], &mut gradient);
                for ((&x, &y), &g) in input.iter().zip(&output).zip(&gradient) {
                    let z = f64::from(x);
                    let (value, slope) = match smooth {
                        Smooth::SiLU => {
                            let s = 1.0 / (1.0 + (-z).exp());
                            (z * s, s * (1.0 + z * (1.0 - s)))
                        }
                        Smooth::GELU => {
                            let below = 0.5 * libm::erfc(-z * core::f64::consts::FRAC_1_SQRT_2);
                            (z * below, below + z * (-0.5 * z * z).exp() * 0.398_942_280_401_432_7)
                        }
                    };
                    let name = match smooth {
                        Smooth::SiLU => "SiLU",
                        Smooth::GELU => "GELU",
                    };
                    // The bounds of `math` for sigmoid and the normal distribution, and a product; of a slope the parts may cancel.
                    close(y, value, 8.0 * 2.0 * super::U * value.abs(), &format!("{isa:?} {name} of {x}"));
                    close(g, 2.0 * slope, 40.0 * super::U, &format!("{isa:?} slope of {name} at {x}"));
                    close(smooth.apply(x), value, 8.0 * 2.0 * super::U * value.abs(), name);
                    close(smooth.derivative(x), slope, 20.0 * super::U, name);
                }
            }
        }
    });
}

#[test]
fn smooth_activations_at_the_ends() {
    on_every_isa(|_| {
        let input = [f32::INFINITY, -200.0, f32::NAN, 200.0, f32::NEG_INFINITY, 0.0];
        for smooth in [Smooth::SiLU, Smooth::GELU] {
            let (mut output, mut slope) = ([1.0; 6], [0.0; 6]);
            smooth.forward(&input, &mut output);
            smooth.backward(&input, &[1.0; 6], &mut slope);
            assert_eq!((output[0], output[1], output[3], output[5]), (f32::INFINITY, 0.0, 200.0, 0.0));
            assert!(output[2].is_nan() && slope[2].is_nan());
            assert_eq!((slope[1], slope[3], slope[4], slope[5]), (0.0, 1.0, 0.0, 0.5));
        }
    });
}
