//! Products, norms and the diagonal against `ndarray`; determinants, inverses, solutions and factors against `nalgebra`.

use super::{CASES, exact, near, one, pair, single, values};
use formwork::tensor::{Float, Norm};
use formwork::{Tensor, Vector};
use nalgebra::DMatrix;
use ndarray::Array2;
use proptest::prelude::*;

fn products<const R: usize, const C: usize, T: Float>(a: &[f64], b: &[f64]) {
    let ((x, n), (y, m)) = (pair::<R, C, T>(a), pair::<R, C, T>(b));
    let (sizes, others) = (n.mapv(f64::abs), m.mapv(f64::abs));
    // Sums of C or R products: each within as many epsilons of the sum of the sizes, and one more for the product.
    let (across, down) = (n.dot(&m.t()), n.t().dot(&m));
    near(&x.matmul(&y.transpose()), &across, C as f64 + 1.0, &sizes.dot(&others.t()));
    near(&x.matmul_nt(&y), &across, C as f64 + 1.0, &sizes.dot(&others.t()));
    near(&x.transpose().matmul(&y), &down, R as f64 + 1.0, &sizes.t().dot(&others));
    near(&x.matmul_tn(&y), &down, R as f64 + 1.0, &sizes.t().dot(&others));
    let mut written = Tensor::<R, R, T>::full(T::ONE);
    x.matmul_into(&y.transpose(), &mut written);
    assert_eq!(written, x.matmul(&y.transpose()));
    assert_eq!(x.matmul(&Tensor::eye()), x);

    let (v, w) = (&x[0], &y[0]);
    let (line, other) = (n.row(0), m.row(0));
    let scale = sizes.row(0).dot(&others.row(0));
    near(&one(v.dot(w)), &single(line.dot(&other)), C as f64 + 1.0, &single(scale));
    exact(&v.outer(w), &Array2::from_shape_fn((C, C), |(i, j)| line[i] * other[j]));
    let other: Vector<R, T> = Vector::from_fn(|_, row| y[(row, 0)]);
    exact(&v.outer(&other), &Array2::from_shape_fn((C, R), |(i, j)| line[i] * m[(j, 0)]));
    exact(&v.to_diag(), &Array2::from_diag(&line.to_owned()));
    exact(&v.to_diag().diag(), &line.to_owned().insert_axis(ndarray::Axis(0)));

    let terms = (R * C) as f64;
    let sum = n.mapv(f64::abs).sum();
    near(&one(x.norm(Norm::L1)), &single(sum), terms, &single(sum));
    let root = n.mapv(|v| v * v).sum().sqrt();
    near(&one(x.norm(Norm::L2)), &single(root), terms + 4.0, &single(root));
    exact(&one(x.norm(Norm::Max)), &single(n.fold(0.0, |a, b| b.abs().max(a))));

    let gram = x.matmul_nt(&x);
    let squares = n.mapv(|v| v * v).sum();
    near(&one(gram.trace()), &single(squares), terms + R as f64 + 1.0, &single(squares));
    assert_eq!(gram.diag(), Vector::from_fn(|_, place| gram[(place, place)]));
    let both = &gram + gram.transpose();
    assert!(both.is_symmetric(0.0));
    let mut skew = both.clone();
    skew[(0, R - 1)] = T::from_f64(skew[(0, R - 1)].to_f64() + 2.0 * both.norm(Norm::Max).to_f64() + 1.0);
    assert_eq!(skew.is_symmetric(0.5), R == 1);
}

/// A matrix of dominant diagonal, so that its condition number stays below 3, with the value as an f64 matrix.
fn regular<const N: usize>(a: &[f64]) -> (Tensor<N, N, f64>, DMatrix<f64>) {
    let mut x = Tensor::<N, N, f64>::try_from(&a[..N * N]).unwrap();
    for place in 0..N {
        x[(place, (place + 1) % N)] += 300.0 * N as f64;
    }
    (x.clone(), DMatrix::from_row_slice(N, N, x.as_slice()))
}

/// Elements agree to 1e-12 of the largest: thousands of roundings, of which N^3 <= 216 happen, times the condition number.
#[track_caller]
fn agree<const R: usize, const C: usize>(found: &Tensor<R, C, f64>, expected: &DMatrix<f64>, units: f64) {
    let expected = DMatrix::from(expected.clone());
    let array = Array2::from_shape_fn((R, C), |place| expected[place]);
    near(found, &array, units, &Array2::from_elem((R, C), expected.amax()));
}

/// The f32 result is the f64 one to some N^3 roundings.
#[track_caller]
fn narrow<const R: usize, const C: usize>(found: &Tensor<R, C, f32>, expected: &Tensor<R, C, f64>) {
    let largest = expected.norm(Norm::Max);
    near(found, &Array2::from_shape_fn((R, C), |place| expected[place]), 1e3, &Array2::from_elem((R, C), largest));
}

fn square<const N: usize>(a: &[f64], b: &[f64]) {
    const UNITS: f64 = 5e3;
    let (x, m) = regular::<N>(a);
    let det = m.determinant();
    near(&one(x.det()), &single(det), UNITS, &single(det.abs()));
    let inverse = x.inverse().unwrap();
    agree(&inverse, &m.clone().try_inverse().unwrap(), UNITS);
    agree(&x.matmul(&inverse), &DMatrix::identity(N, N), UNITS);
    let right = Tensor::<N, 2, f64>::try_from(&b[..2 * N]).unwrap();
    let solution = x.solve(&right).unwrap();
    let sides = DMatrix::from_row_slice(N, 2, right.as_slice());
    agree(&solution, &m.clone().lu().solve(&sides).unwrap(), UNITS);
    agree(&x.matmul(&solution), &sides, UNITS);
    let positive = x.matmul_nt(&x);
    let lower = positive.cholesky().unwrap();
    agree(&lower, &DMatrix::from_row_slice(N, N, positive.as_slice()).cholesky().unwrap().l(), UNITS);
    assert_eq!(lower.tril(), lower);
    assert!(x.qr().0.is_orthogonal(1e-12) && !x.is_orthogonal(1e-12));
    assert!((-&positive).cholesky().is_err());

    let single = x.cast::<f32>();
    // The f64 result of the values that the f32 holds, so that only the computation differs.
    let held = single.cast::<f64>();
    narrow(&single.inverse().unwrap(), &held.inverse().unwrap());
    let sides = right.cast::<f32>();
    narrow(&single.solve(&sides).unwrap(), &held.solve(&sides.cast::<f64>()).unwrap());
    let (narrow_det, det) = (f64::from(single.det()), held.det());
    assert!((narrow_det - det).abs() <= 1e3 * f64::from(f32::EPSILON) * det.abs(), "{narrow_det} is not {det}");
    if N > 1 {
        let mut singular = x.clone();
        singular[N - 1].fill(0.0);
        assert_eq!(singular.det(), 0.0);
        assert!(singular.inverse().is_err() && singular.solve(&right).is_err() && singular.cholesky().is_err());
    }
}

/// The factors are unique to signs: Q R is x, Q is orthogonal, R is a triangle, and |R| is `nalgebra`'s.
fn qr<const R: usize, const C: usize>(a: &[f64]) {
    let x = Tensor::<R, C, f64>::try_from(&a[..R * C]).unwrap() + 0.5 * Tensor::<R, C, f64>::eye();
    let (q, r) = x.qr();
    agree(&q.matmul(&r), &DMatrix::from_row_slice(R, C, x.as_slice()), 1e3);
    agree(&q.matmul_tn(&q), &DMatrix::identity(C, C), 1e3);
    assert_eq!(r.triu(), r);
    // A triangle may amplify by the condition number; its product with itself does not.
    let gram = x.matmul_tn(&x);
    agree(&r.matmul_tn(&r), &DMatrix::from_row_slice(C, C, gram.as_slice()), 1e3);
    let (q, r) = x.cast::<f32>().qr();
    narrow(&q.matmul(&r), &x.cast::<f32>().cast::<f64>());
    narrow(&q.matmul_tn(&q), &Tensor::eye());
}

mod checks {
    properties! {
        products(a, b);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2 * CASES))]
    #[test]
    fn square_systems(a in values(), b in values()) {
        square::<1>(&a, &b);
        square::<2>(&a, &b);
        square::<3>(&a, &b);
        square::<4>(&a, &b);
        square::<5>(&a, &b);
        square::<6>(&a, &b);
    }

    #[test]
    fn orthogonal_factors(a in values()) {
        qr::<1, 1>(&a);
        qr::<2, 2>(&a);
        qr::<3, 3>(&a);
        qr::<4, 4>(&a);
        qr::<5, 5>(&a);
        qr::<6, 6>(&a);
        qr::<7, 1>(&a);
        qr::<3, 2>(&a);
        qr::<9, 4>(&a);
        qr::<33, 5>(&a);
    }
}
