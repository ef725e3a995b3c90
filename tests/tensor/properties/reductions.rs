//! Reductions over all, rows and columns, sorting and softmax.
//!
//! A sum of k terms in any order is within k epsilons of the sum of their sizes (Higham, Accuracy and Stability of Numerical
//! Algorithms, 4.2); the means, variances and running sums take their bounds from it.

use super::{exact, near, one, pair, single};
use formwork::{Tensor, tensor::Float};
use ndarray::{Array2, ArrayView1, Axis};

/// A function of a line over all elements, over each column and over each row, as arrays of 2 dimensions.
fn forms(n: &Array2<f64>, of: impl Fn(ArrayView1<'_, f64>) -> f64) -> [Array2<f64>; 3] {
    let flat: Vec<f64> = n.iter().copied().collect();
    let all = single(of(ArrayView1::from(&flat)));
    [all, n.map_axis(Axis(0), &of).insert_axis(Axis(0)), n.map_axis(Axis(1), &of).insert_axis(Axis(1))]
}

/// Three forms of a reduction, each within `units` epsilons of `scale` of the expected one.
macro_rules! three {
    ($x:ident, $n:ident: $all:ident $dim0:ident $dim1:ident ($($argument:expr)?), $expected:expr, $units:expr, $scale:expr) => {{
        let ([all, columns, rows], [large, high, wide]) = (forms(&$n, $expected), forms(&$n, $scale));
        near(&one($x.$all($($argument)?)), &all, $units, &large);
        near(&$x.$dim0($($argument)?), &columns, $units, &high);
        near(&$x.$dim1($($argument)?), &rows, $units, &wide);
    }};
}

/// The squared distances from the mean over the number less the correction.
fn variance(line: ArrayView1<'_, f64>, correction: f64) -> f64 {
    let mean = line.mean().unwrap();
    line.mapv(|v| (v - mean) * (v - mean)).sum() / (line.len() as f64 - correction).max(0.0)
}

/// Bounds the error of a computed variance over epsilon: k + 2 for the sum and the squares, and the mean's error squared,
/// which is k times the mean of the sizes.
fn variance_scale(line: ArrayView1<'_, f64>, correction: f64, epsilon: f64) -> f64 {
    let (k, size) = (line.len() as f64, line.mapv(f64::abs).mean().unwrap());
    let terms =
        (k + 4.0) * variance(line, 0.0) + k * k * k * size * size * epsilon + 2.0 * size * variance(line, 0.0).sqrt();
    terms * k / (k - correction).max(0.0)
}

fn sums<const R: usize, const C: usize, T: Float>(a: &[f64]) {
    let (x, n) = pair::<R, C, T>(a);
    let sizes = |line: ArrayView1<'_, f64>| line.len() as f64 * line.mapv(f64::abs).sum();
    three!(x, n: sum sum_dim0 sum_dim1 (), |line| line.sum(), 1.0, sizes);
    three!(x, n: mean mean_dim0 mean_dim1 (), |line| line.mean().unwrap(), 2.0, |line| sizes(line) / line.len() as f64);
    let epsilon = T::EPSILON.to_f64();
    for correction in [0, 1] {
        let c = correction as f64;
        three!(x, n: var var_dim0 var_dim1 (correction), |l| variance(l, c), 1.0, |l| variance_scale(l, c, epsilon));
        // Half the relative error of the variance, and all of its root where the variance itself is only rounding.
        let root = |l: ArrayView1<'_, f64>| {
            let (var, error) = (variance(l, c), variance_scale(l, c, epsilon) * epsilon);
            (error / var.sqrt()).min(error.sqrt()) / epsilon
        };
        three!(x, n: std std_dim0 std_dim1 (correction), |l| variance(l, c).sqrt(), 2.0, root);
    }
    // Running sums are rounded once an element; the sizes grow along.
    let running = |axis| {
        let (mut sums, mut sizes) = (n.clone(), n.mapv(f64::abs));
        sums.accumulate_axis_inplace(Axis(axis), |&previous, value| *value += previous);
        sizes.accumulate_axis_inplace(Axis(axis), |&previous, value| *value += previous);
        (sums, sizes)
    };
    let (down, sizes) = running(0);
    near(&x.cumsum_dim0(), &down, R as f64, &sizes);
    let (along, sizes) = running(1);
    near(&x.cumsum_dim1(), &along, C as f64, &sizes);
    // Factors near 1, so that nothing overflows.
    let (x, n) = pair::<R, C, T>(&a.iter().map(|v| 1.0 + v / 500.0).collect::<Vec<_>>());
    three!(x, n: prod prod_dim0 prod_dim1 (), |line| line.product(), 2.0, |line| line.len() as f64 * line.product());
}

/// The first place whose value no other beats.
fn first(line: ArrayView1<'_, f64>, beats: fn(f64, f64) -> bool) -> f64 {
    line.iter().enumerate().fold(0, |best, (place, &value)| if beats(value, line[best]) { place } else { best }) as f64
}

fn extremes<const R: usize, const C: usize, T: Float>(a: &[f64]) {
    let (x, n) = pair::<R, C, T>(a);
    three!(x, n: max max_dim0 max_dim1 (), |line| line.fold(f64::MIN, |a, &b| a.max(b)), 0.0, |_| 0.0);
    three!(x, n: min min_dim0 min_dim1 (), |line| line.fold(f64::MAX, |a, &b| a.min(b)), 0.0, |_| 0.0);
    let [all, columns, rows] = forms(&n, |line| first(line, |x, best| x > best));
    assert_eq!(x.argmax() as f64, all[(0, 0)]);
    exact(&x.argmax_dim0().cast::<f64>(), &columns);
    exact(&x.argmax_dim1().cast::<f64>(), &rows);
    let [all, columns, rows] = forms(&n, |line| first(line, |x, best| x < best));
    assert_eq!(x.argmin() as f64, all[(0, 0)]);
    exact(&x.argmin_dim0().cast::<f64>(), &columns);
    exact(&x.argmin_dim1().cast::<f64>(), &rows);
}

fn order<const R: usize, const C: usize, T: Float>(a: &[f64]) {
    let (x, n) = pair::<R, C, T>(a);
    let (mut sorted, mut rising, mut falling) = (n.clone(), n.clone(), n.clone());
    for (row, line) in n.rows().into_iter().enumerate() {
        // The standard library's sorts are stable: equal elements keep their order.
        let mut places: Vec<usize> = (0..C).collect();
        places.sort_by(|&i, &j| line[i].total_cmp(&line[j]));
        let mut largest: Vec<usize> = (0..C).collect();
        largest.sort_by(|&i, &j| line[j].total_cmp(&line[i]));
        for col in 0..C {
            sorted[(row, col)] = line[places[col]];
            rising[(row, col)] = places[col] as f64;
            falling[(row, col)] = largest[col] as f64;
        }
    }
    exact(&x.sort_dim1(), &sorted);
    exact(&x.argsort_dim1().cast::<f64>(), &rising);
    let (values, places) = x.topk::<C>();
    exact(&places.cast::<f64>(), &falling);
    exact(&values, &Array2::from_shape_fn((R, C), |(row, col)| n[(row, falling[(row, col)] as usize)]));
    let (best, place) = x.topk::<1>();
    assert_eq!((best, place), (x.max_dim1(), x.argmax_dim1()));
}

fn softmax<const R: usize, const C: usize, T: Float>(a: &[f64]) {
    let (x, n) = pair::<R, C, T>(a);
    let by_row = |of: fn(ArrayView1<'_, f64>) -> f64| n.map_axis(Axis(1), of).insert_axis(Axis(1));
    let logs = by_row(|row| {
        let largest = row.fold(f64::MIN, |a, &b| a.max(b));
        largest + row.mapv(|v| (v - largest).exp()).sum().ln()
    });
    // x and the result may be 100 and the sum of C terms is a number of at least 1.
    let absolute = Array2::from_elem((R, 1), 200.0 + C as f64);
    near(&x.logsumexp_dim1(), &logs, 4.0, &absolute);
    let log_softmax = &n - &logs;
    near(&x.log_softmax_dim1(), &log_softmax, 4.0, &Array2::from_elem((R, C), 400.0 + C as f64));
    // The difference from the largest, up to 200, is rounded: that error is relative in its exponential.
    let softmax = log_softmax.mapv(f64::exp);
    let size = softmax.mapv(|v| v.max(f64::from(f32::MIN_POSITIVE)));
    near(&x.softmax_dim1(), &softmax, 400.0 + 4.0 * C as f64, &size);
    // f64's own share of that error counts for itself.
    let total = x.softmax_dim1().sum_dim1();
    near(&total, &Array2::ones((R, 1)), 4.0 * C as f64, &Array2::ones((R, 1)));
    assert_eq!(Tensor::<R, C, T>::zeros().softmax_dim1(), Tensor::full(T::from_f64(1.0 / C as f64)));
}

mod checks {
    properties! {
        sums(a);
        extremes(a);
        order(a);
        softmax(a);
    }
}
