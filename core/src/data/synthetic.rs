//! Data sets made from a seed: a noisy linear function, and points in the plane that a line cannot tell apart.
//!
//! Every generator takes the random generator as an argument; the same state gives the same points.

use super::Dataset;
use crate::tensor::{Tensor, Vector};
use alloc::vec::Vec;
use core::f32::consts::{PI, TAU};
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;

fn normal(rng: &mut (impl Rng + ?Sized)) -> f32 {
    rng.sample(StandardNormal)
}

/// A data set of points that were just made: as many targets as inputs, and at least one.
fn made<X, Y>(pairs: Vec<(X, Y)>) -> Dataset<X, Y> {
    let (inputs, targets) = pairs.into_iter().unzip();
    Dataset::paired(inputs, targets)
}

/// y = x w + b + noise: x from N(0, 1), noise from N(0, `noise`^2); `samples` pairs.
///
/// # Panics
/// For no samples, or more than 2^32 - 1.
///
/// ```
/// use formwork::{Vector, data::synthetic};
/// use rand::{SeedableRng, rngs::StdRng};
/// let data = synthetic::regression(1000, &Vector::from([2.0, -3.4]), 4.2, 0.01, &mut StdRng::seed_from_u64(0));
/// let (x, y) = (&data.inputs()[0], data.targets()[0][(0, 0)]);
/// assert!((2.0 * x[(0, 0)] - 3.4 * x[(0, 1)] + 4.2 - y).abs() < 0.1);
/// ```
pub fn regression<const N: usize>(
    samples: usize,
    weight: &Vector<N>,
    bias: f32,
    noise: f32,
    rng: &mut (impl Rng + ?Sized),
) -> Dataset<Vector<N>, Vector<1>> {
    assert_count(samples);
    let pairs = (0..samples).map(|_| {
        let x = Vector::<N>::from_fn(|_, _| normal(rng));
        let exact: f32 = x.as_slice().iter().zip(weight.as_slice()).map(|(x, w)| x * w).sum();
        (x, Vector::from([exact + bias + noise * normal(rng)]))
    });
    made(pairs.collect())
}

/// `classes` arms of a spiral, `per_class` points each: radius t and angle 2 pi (class + 2 t) / classes plus noise, for t
/// from 0 to 1; the noise is N(0, `noise`^2) in the angle.
///
/// # Panics
/// For no samples, no or more than 256 classes, or more than 2^32 - 1 samples.
///
/// ```
/// use formwork::data::synthetic;
/// use rand::{SeedableRng, rngs::StdRng};
/// let data = synthetic::spirals(1000, 3, 0.2, &mut StdRng::seed_from_u64(0));
/// assert_eq!(data.len(), 3000);
/// ```
pub fn spirals(per_class: usize, classes: usize, noise: f32, rng: &mut (impl Rng + ?Sized)) -> Dataset<Vector<2>, u8> {
    points(per_class, classes, |class, t| {
        let angle = TAU * (class as f32 + 2.0 * t) / classes as f32 + noise * normal(rng);
        [t * libm::sinf(angle), t * libm::cosf(angle)]
    })
}

/// Two half circles, one inside the other's opening, with N(0, `noise`^2) in both coordinates.
///
/// # Panics
/// For no samples, or more than 2^32 - 1.
///
/// ```
/// use formwork::data::synthetic;
/// use rand::{SeedableRng, rngs::StdRng};
/// let data = synthetic::moons(50, 0.0, &mut StdRng::seed_from_u64(0));
/// assert_eq!(data.inputs()[0].as_slice(), [1.0, 0.0]);
/// ```
pub fn moons(per_class: usize, noise: f32, rng: &mut (impl Rng + ?Sized)) -> Dataset<Vector<2>, u8> {
    points(per_class, 2, |class, t| {
        let (sin, cos) = (libm::sinf(PI * t), libm::cosf(PI * t));
        let [x, y] = if class == 0 { [cos, sin] } else { [1.0 - cos, 0.5 - sin] };
        [x + noise * normal(rng), y + noise * normal(rng)]
    })
}

/// A cloud of points around each centre: N(centre, `spread`^2); the class is the place of the centre.
///
/// # Panics
/// For no samples, no or more than 256 centres, or more than 2^32 - 1 samples.
///
/// ```
/// use formwork::{Vector, data::synthetic};
/// use rand::{SeedableRng, rngs::StdRng};
/// let centres = [Vector::from([0.0, 0.0]), Vector::from([10.0, 0.0])];
/// let data = synthetic::blobs(20, &centres, 1.0, &mut StdRng::seed_from_u64(0));
/// assert!(data.inputs().iter().zip(data.targets()).all(|(x, class)| (x[(0, 0)] > 5.0) == (*class == 1)));
/// ```
pub fn blobs<const N: usize>(
    per_class: usize,
    centres: &[Vector<N>],
    spread: f32,
    rng: &mut (impl Rng + ?Sized),
) -> Dataset<Vector<N>, u8> {
    assert_classes(per_class, centres.len());
    let pairs = (0_u8..).zip(centres).flat_map(|(class, centre)| (0..per_class).map(move |_| (class, centre)));
    made(pairs.map(|(class, centre)| (Tensor::from_fn(|_, i| centre[(0, i)] + spread * normal(rng)), class)).collect())
}

/// `per_class` points of each class, at t from 0 to 1 along its curve.
fn points(per_class: usize, classes: usize, mut place: impl FnMut(usize, f32) -> [f32; 2]) -> Dataset<Vector<2>, u8> {
    assert_classes(per_class, classes);
    let last = (per_class - 1).max(1) as f32;
    let pairs = (0..classes).flat_map(|class| (0..per_class).map(move |k| (class, k as f32 / last)));
    made(pairs.map(|(class, t)| (Vector::from(place(class, t)), class as u8)).collect())
}

fn assert_count(samples: usize) {
    assert!(samples > 0 && u32::try_from(samples).is_ok(), "a data set holds 1 to {} samples, not {samples}", u32::MAX);
}

fn assert_classes(per_class: usize, classes: usize) {
    assert!(
        (1..=256).contains(&classes),
        "classes are numbered 0 to 255, so there are 1 to 256 of them, not {classes}"
    );
    assert_count(per_class.saturating_mul(classes));
}
