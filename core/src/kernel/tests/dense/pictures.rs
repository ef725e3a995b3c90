//! Pictures, of which products with 0 are left out: the same bounds, and the same bits as rows that go another way.

use super::super::{on_every_isa, random};
use super::{Case, byte};
use crate::kernel::activation::Activation;
use crate::kernel::dense::pictures::are_worth_it;
use crate::kernel::isa::active;

/// Bytes that are 0 before some place of their row and behind another, and here and there between, with rows of zeros among them.
fn pictures(rows: usize, inputs: usize, outputs: usize) -> Case<u8> {
    let mut data: Vec<u8> = random((rows + 3) * inputs, 30).into_iter().map(byte).collect();
    let places = random(3 * (rows + 3), 31);
    for (row, places) in data.chunks_mut(inputs).zip(places.as_chunks::<3>().0) {
        let [first, last, blank] = places.map(|x| (f64::from(x).abs() * inputs as f64) as usize);
        row.iter_mut().take(first / 2).for_each(|pixel| *pixel = 0);
        row.iter_mut().skip(inputs / 2 + last / 2).for_each(|pixel| *pixel = 0);
        row.iter_mut().skip(blank).take(11).for_each(|pixel| *pixel = 0);
    }
    data[2 * inputs..3 * inputs].fill(0);
    Case::of(rows, inputs, outputs, data)
}

/// Sizes around the edges of tiles of 4 and 8 rows, of panels of 4, 8 and 16 inputs, of strips of 8 and 32 outputs, and of what is
/// put in order, packed and copied at a time: 512 rows and 592 inputs.
const SIZES: &[(usize, usize, usize)] = if cfg!(miri) {
    &[(33, 9, 66)]
} else {
    &[
        (32, 16, 64),
        (33, 15, 64),
        (39, 17, 65),
        (40, 64, 71),
        (41, 65, 96),
        (47, 100, 97),
        (64, 127, 128),
        (35, 592, 70),
        (34, 600, 64),
        (37, 1201, 68),
        (33, 784, 257),
        (511, 33, 66),
        (513, 40, 67),
        (530, 12, 75),
        (1030, 31, 64),
    ]
};

#[test]
fn around_the_edges_of_pictures() {
    for &(rows, inputs, outputs) in SIZES {
        let case = pictures(rows, inputs, outputs);
        for others in [&case.weight, &case.gradient] {
            assert!(are_worth_it(active(), case.batch(), outputs, others), "{} goes another way", case.what());
        }
        case.check_forward();
        case.check_weight();
    }
}

#[test]
fn what_is_not_worth_it() {
    let inputs = if cfg!(miri) { 16 } else { 100 };
    let case = pictures(40, inputs, 64);
    let worth = |case: &Case<u8>, others: &[f32]| are_worth_it(active(), case.batch(), case.outputs, others);
    assert!(worth(&case, &case.weight));
    assert!(!worth(&Case::new(40, inputs, 64, byte), &case.weight), "no blanks");
    assert!(!worth(&pictures(40, inputs, 63), &case.weight), "few outputs");
    assert!(!worth(&pictures(31, inputs, 64), &case.weight), "few rows");
    on_every_isa(|isa| {
        for length in (1..150).filter(|length| !cfg!(miri) || *length == 37) {
            let mut others = random(length, 32);
            assert!(worth(&case, &others));
            others[length / 3] = -0.0;
            others[length / 2] = f32::MAX;
            others[length - 1] = -1e-45;
            assert!(worth(&case, &others));
            for place in (0..length).filter(|place| !cfg!(miri) || place % 9 == 0) {
                for not_finite in [f32::INFINITY, f32::NEG_INFINITY, f32::NAN] {
                    let held = core::mem::replace(&mut others[place], not_finite);
                    assert!(!worth(&case, &others), "{isa:?} {not_finite} at {place} of {length}");
                    others[place] = held;
                }
            }
        }
    });
}

/// 0 times infinity is no number, in a picture too.
#[test]
fn a_number_that_is_not_finite_reaches_every_row() {
    let inputs = if cfg!(miri) { 9 } else { 50 };
    let mut case = pictures(40, inputs, 64);
    let (input, output, row) = (3, 5, 7);
    for row in case.data.chunks_mut(inputs) {
        row[..8].fill(0);
    }
    let place = case.place(input, output);
    case.weight[place] = f32::INFINITY;
    case.gradient[row * 64 + output] = f32::NAN;
    on_every_isa(|isa| {
        let found = case.forward(case.batch(), Activation::Identity);
        for (place, value) in found.iter().enumerate() {
            assert_eq!(value.is_nan(), place % 64 == output, "{isa:?} output {place}");
        }
        let (weight, _) = case.weights(case.batch(), None);
        for (place, value) in weight.iter().enumerate() {
            assert_eq!(value.is_nan(), place % 64 == output, "{isa:?} weight {place}");
        }
    });
}
