//! Every kernel against a plain f64 loop, on every instruction set of the machine.
//!
//! Bounds: a sum of n products in f32, in any order, is off by at most n u / (1 - n u) times the sum of the
//! products' magnitudes (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1); u = 2^-24.

mod dense;
mod losses;
mod math;
mod matmul;
mod pair;
mod rounding;
mod rows;
mod small;
#[cfg(feature = "rayon")]
mod threads;
mod tolerance;

use super::isa::{Isa, available, with_isa};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// Half the distance from 1 to the next number.
const U: f64 = 1.0 / (1 << 24) as f64;

/// Runs `check` once on each instruction set.
fn on_every_isa(check: impl Fn(Isa)) {
    for isa in available() {
        with_isa(isa, || check(isa));
    }
}

/// `count` numbers in -1..1.
fn random(count: usize, seed: u64) -> Vec<f32> {
    let mut rng = StdRng::seed_from_u64(seed);
    (0..count).map(|_| rng.random_range(-1.0..1.0)).collect()
}

/// Every size up to 40 in each of the three places; under Miri, thousands of times slower, a few of them.
fn sizes() -> impl Iterator<Item = (usize, usize, usize)> {
    let some = || (1..=40).filter(|size| !cfg!(miri) || [3, 18].contains(size));
    some().flat_map(move |n| some().flat_map(move |m| some().map(move |k| (n, m, k))))
}

/// Sizes around the edges of blocks: 592 inputs and 512 rows at a time, tiles of 12 rows, strips of 32 columns; the last one
/// has weights that are packed.
const BLOCKS: &[(usize, usize, usize)] = if cfg!(miri) {
    &[(13, 4, 34), (8, 17, 18)]
} else {
    &[
        (13, 255, 33),
        (25, 256, 64),
        (12, 257, 129),
        (3, 591, 16),
        (13, 592, 255),
        (29, 593, 31),
        (600, 5, 40),
        (513, 17, 9),
        (525, 14, 35),
        (512, 12, 260),
        (70, 1200, 50),
        (27, 801, 300),
        (1, 9, 513),
        (5, 40, 1100),
        (101, 700, 771),
        (64, 7, 15),
        (65, 7, 10),
        (131, 13, 5),
        (200, 15, 15),
        (128, 5, 2),
        (33, 100, 11),
        (21, 128, 7),
        (18, 129, 7),
        (200, 2, 100),
    ]
};

/// Compares with the f64 result and its magnitude, element by element.
fn assert_close(found: &[f32], expected: &[(f64, f64)], operations: usize, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}: length");
    for (place, (&found, &(expected, magnitude))) in found.iter().zip(expected).enumerate() {
        let bound = (operations as f64 + 4.0) * U * magnitude * 1.01 + 1e-38;
        let error = (f64::from(found) - expected).abs();
        assert!(
            error <= bound,
            "{what}: element {place} is {found}, expected {expected}, off by {error:e} > {bound:e}"
        );
    }
}

/// sum_k a(k) b(k) in f64 and the sum of the magnitudes.
fn exact(count: usize, product: impl Fn(usize) -> f64) -> (f64, f64) {
    (0..count).map(product).fold((0.0, 0.0), |(sum, magnitude), x| (sum + x, magnitude + x.abs()))
}
