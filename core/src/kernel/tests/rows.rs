//! Activations, softmax and optimizer passes, element by element against f64.

use super::{on_every_isa, random};
use crate::kernel::activation::{self, Activation};
use crate::kernel::softmax;
use crate::kernel::update::{self, AdamStep};

pub(super) fn close(found: f32, expected: f64, scale: f64, what: &str) {
    let error = (f64::from(found) - expected).abs();
    assert!(error <= scale, "{what}: {found}, expected {expected}, off by {error:e} > {scale:e}");
}

#[test]
fn activations_of_every_length() {
    on_every_isa(|isa| {
        for length in 1..=70 {
            let input: Vec<f32> = random(length, 8).iter().map(|x| x * 9.0).collect();
            let mut output = vec![f32::NAN; length];
            for activation in [
                Activation::Identity,
                Activation::ReLU,
                Activation::Sigmoid,
                Activation::Tanh,
                Activation::LeakyReLU,
                Activation::ELU,
                Activation::Softplus,
            ] {
                activation::forward(activation, &input, &mut output);
                let mut gradient = vec![2.0; length];
                activation::mask(activation, &output, &mut gradient);
                for ((&x, &y), &g) in input.iter().zip(&output).zip(&gradient) {
                    let x = f64::from(x);
                    let (value, slope) = match activation {
                        Activation::Identity => (x, 1.0),
                        Activation::ReLU => (x.max(0.0), f64::from(u8::from(x > 0.0))),
                        Activation::Sigmoid => (1.0 / (1.0 + (-x).exp()), (-x).exp() / (1.0 + (-x).exp()).powi(2)),
                        Activation::Tanh => (x.tanh(), 1.0 - x.tanh() * x.tanh()),
                        Activation::LeakyReLU if x > 0.0 => (x, 1.0),
                        Activation::LeakyReLU => (f64::from(0.01_f32) * x, f64::from(0.01_f32)),
                        Activation::ELU if x > 0.0 => (x, 1.0),
                        Activation::ELU => (x.exp_m1(), x.exp()),
                        Activation::Softplus => (x.max(0.0) + (-x.abs()).exp().ln_1p(), 1.0 / (1.0 + (-x).exp())),
                    };
                    // At most 4 ulp of a value, and what that makes of a slope, y (1 - y), 1 - y^2, 1 + y, 1 - e^-y, twice.
                    close(y, value, 4.0 * 2.0 * super::U * value.abs().max(1e-30), &format!("{isa:?} {activation:?}"));
                    close(g, 2.0 * slope, 24.0 * super::U, &format!("{isa:?} slope of {activation:?}"));
                }
            }
        }
    });
}

#[test]
fn cross_entropy_of_every_width() {
    on_every_isa(|isa| {
        // Around blocks of 16 and of 32 rows.
        for (width, rows) in (1..=40).flat_map(|width| [1 + width * 7 % 50, 32, 65].map(|rows| (width, rows))) {
            // Whole numbers for every other width: rows whose largest logit is there twice.
            let logit = |x: &f32| if width % 2 == 0 { (x * 3.0).round() } else { x * 20.0 };
            let logits: Vec<f32> = random(rows * width, 9).iter().map(logit).collect();
            let classes: Vec<usize> = (0..rows).map(|row| (row * 3 + 1) % width).collect();
            let mut gradient = logits.clone();
            // Classes behind those of the rows count for nothing.
            let sum = softmax::cross_entropy(&mut gradient, width, &[&classes[..], &[0; 3]].concat(), 0.125);
            let (mut loss, mut correct) = (0.0, 0);
            let rows_of = logits.chunks(width).zip(gradient.chunks(width)).zip(&classes);
            for ((logits, gradient), &class) in rows_of {
                let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let total: f64 = logits.iter().map(|&z| f64::from(z - largest).exp()).sum();
                loss += f64::from(largest) - f64::from(logits[class]) + total.ln();
                correct += usize::from(logits.iter().position(|&z| z == largest) == Some(class));
                for (place, (&z, &g)) in logits.iter().zip(gradient).enumerate() {
                    let p = f64::from(z - largest).exp() / total;
                    let expected = 0.125 * (p - f64::from(u8::from(place == class)));
                    // p is off by a few units: of exp, of `width` additions, of two products.
                    close(
                        g,
                        expected,
                        (width as f64 + 8.0) * 2.0 * super::U * 0.125,
                        &format!("{isa:?} width {width}"),
                    );
                }
            }
            assert_eq!(sum.correct, correct, "{isa:?} width {width}");
            let bound = (rows as f64 + 8.0) * super::U * 4.0 * (loss + 1.0);
            close(sum.loss, loss, bound, &format!("{isa:?} loss"));
            let alone = softmax::losses(&logits, width, classes.iter().copied());
            assert_eq!(alone.correct, correct, "{isa:?} width {width}, without a gradient");
            close(alone.loss, loss, bound, &format!("{isa:?} loss without a gradient"));
        }
    });
}

#[test]
fn cross_entropy_leaves_rows_without_a_class() {
    on_every_isa(|isa| {
        let widths = (1..=20).filter(|width| !cfg!(miri) || [3, 10, 17].contains(width));
        for (width, classes) in widths.flat_map(|width| [1, 2, 3, 16, 31, 32, 33, 48].map(|classes| (width, classes))) {
            let (logits, classes) = (random(50 * width, 14), vec![width / 2; classes]);
            let (mut more, mut exact) = (logits.clone(), logits[..classes.len() * width].to_vec());
            let sums = [&mut more, &mut exact].map(|logits| softmax::cross_entropy(logits, width, &classes, 0.5));
            let (with, behind) = more.split_at(exact.len());
            assert!(behind == &logits[exact.len()..], "{isa:?} {} rows of {width}", classes.len());
            assert!(with == exact && sums[0] == sums[1], "{isa:?} {} rows of {width}", classes.len());
            // A row that is not whole is none.
            let mut less = logits[..(classes.len() + 1) * width - 1].to_vec();
            let sum = softmax::cross_entropy(&mut less, width, &[&classes[..], &[0; 9]].concat(), 0.5);
            assert!(
                less[..exact.len()] == exact && sum == sums[1],
                "{isa:?} {} rows of {width} and a part",
                classes.len()
            );
            assert!(less[exact.len()..] == logits[exact.len()..less.len()]);
        }
    });
}

#[test]
fn cross_entropy_of_one_row_has_the_bits_of_a_lane() {
    let bits = |numbers: &[f32]| numbers.iter().map(|x| if x.is_nan() { 0 } else { x.to_bits() }).collect::<Vec<_>>();
    on_every_isa(|isa| {
        for (width, seed) in (1..=16).flat_map(|width| [1, 2, 3, 4, 5, 6].map(|seed| (width, seed))) {
            let mut row: Vec<f32> = random(width, seed).iter().map(|x| x * 9.0).collect();
            // Equal logits, and what is no number or has no end.
            let specials = [-0.0, row[0], f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e30];
            row[width * 2 / 3] = specials[seed as usize - 1];
            for class in [0, width / 2, width * 2 / 3, width - 1, width, usize::MAX] {
                let (mut alone, mut lanes) = (row.clone(), row.repeat(3));
                let one = softmax::cross_entropy(&mut alone, width, &[class], 0.3);
                let all = softmax::cross_entropy(&mut lanes, width, &[class; 3], 0.3);
                let which = format!("{isa:?} {row:?}, class {class}");
                assert_eq!(bits(&lanes), bits(&alone).repeat(3), "{which}");
                assert_eq!(bits(&[all.loss]), bits(&[one.loss + one.loss + one.loss]), "{which}");
                assert_eq!(all.correct, 3 * one.correct, "{which}");
                let (mut two, mut four) = (row.repeat(2), row.repeat(4));
                let two = (softmax::cross_entropy(&mut two, width, &[class; 2], 0.3), two);
                let four = (softmax::cross_entropy(&mut four, width, &[class; 4], 0.3), four);
                assert_eq!((bits(&two.1).repeat(2), 2 * two.0.correct), (bits(&four.1), four.0.correct), "{which}");
            }
        }
    });
}

#[test]
fn cross_entropy_keeps_a_nan_and_refuses_a_class_that_is_not_there() {
    on_every_isa(|_| {
        let mut logits = [0.0, f32::NAN, 1.0, 1.0, 2.0, 3.0];
        let sum = softmax::cross_entropy(&mut logits, 3, &[0, 2], 1.0);
        assert!(sum.loss.is_nan() && logits[..3].iter().all(|g| g.is_nan()) && logits[3..].iter().all(|g| !g.is_nan()));
        let sum = softmax::cross_entropy(&mut [1.0, 2.0], 2, &[7], 1.0);
        assert!(sum.loss.is_nan() && sum.correct == 0);
    });
}

#[test]
fn optimizer_steps_of_every_length() {
    on_every_isa(|isa| {
        for length in 1..=70 {
            let (weight, gradient) = (random(length, 10), random(length, 11));
            let (first, second) = (random(length, 12), random(length, 13).iter().map(|x| x * x).collect::<Vec<_>>());
            let (mut w, mut v) = (weight.clone(), first.clone());
            update::sgd_momentum(&mut w, &gradient, &mut v, 0.1, 0.9, 0.01);
            for i in 0..length {
                let [w0, g, v0] = [weight[i], gradient[i], first[i]].map(f64::from);
                let velocity = f64::from(0.9_f32) * v0 + (g + f64::from(0.01_f32) * w0);
                close(v[i], velocity, 8.0 * super::U, &format!("{isa:?} velocity"));
                close(w[i], w0 - f64::from(0.1_f32) * velocity, 8.0 * super::U, &format!("{isa:?} weight"));
            }
            let step = AdamStep {
                beta1: 0.9,
                beta2: 0.999,
                step_size: 0.05,
                root_scale: 1.5,
                eps: 1e-3,
                penalty: 0.01,
                decay: 0.99,
            };
            let (mut w, mut m, mut v) = (weight.clone(), first.clone(), second.clone());
            update::adam(&mut w, &gradient, &mut m, &mut v, step);
            for i in 0..length {
                let [w0, g, m0, v0] = [weight[i], gradient[i], first[i], second[i]].map(f64::from);
                let g = g + f64::from(step.penalty) * w0;
                let (beta1, beta2) = (f64::from(step.beta1), f64::from(step.beta2));
                let (m1, v1) = (beta1 * m0 + (1.0 - beta1) * g, beta2 * v0 + (1.0 - beta2) * g * g);
                close(m[i], m1, 8.0 * super::U, &format!("{isa:?} first moment"));
                close(v[i], v1, 8.0 * super::U, &format!("{isa:?} second moment"));
                // The step itself from the moments that were stored: their rounding is magnified by 1/root.
                let [m1, v1] = [m[i], v[i]].map(f64::from);
                let root = 1.5 * v1.sqrt() + f64::from(step.eps);
                let moved = f64::from(step.step_size) * m1 / root;
                let expected = f64::from(step.decay) * w0 - moved;
                close(w[i], expected, 8.0 * super::U * (1.0 + moved.abs()), &format!("{isa:?} Adam weight"));
            }
        }
    });
}
