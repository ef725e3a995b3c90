//! Random values through Formwork and through `ndarray` or `nalgebra`.

use formwork::{Tensor, tensor::Norm};
use nalgebra::SMatrix;
use ndarray::{Array2, ArrayView1, Axis};
use proptest::prelude::*;

fn values<const N: usize>() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(-100.0..100.0_f64, N)
}

/// Both sides form sums of at most 35 terms under 1e4; 1e-9 leaves room for any order of them.
fn same<'a>(found: impl IntoIterator<Item = &'a f64>, expected: impl IntoIterator<Item = f64>) {
    let (found, expected): (Vec<f64>, Vec<f64>) =
        (found.into_iter().copied().collect(), expected.into_iter().collect());
    assert_eq!(found.len(), expected.len());
    for (place, (x, y)) in found.iter().zip(&expected).enumerate() {
        assert!((x - y).abs() <= 1e-9 * y.abs().max(1.0), "element {place}: {x} is not {y}");
    }
}

/// The mean squared distance from the mean.
fn spread(line: ArrayView1<'_, f64>) -> f64 {
    let mean = line.mean().unwrap();
    line.mapv(|v| (v - mean) * (v - mean)).mean().unwrap()
}

fn against_ndarray<const R: usize, const C: usize>(a: &[f64], b: &[f64]) {
    let (a, b) = (&a[..R * C], &b[..R * C]);
    let (x, y) = (Tensor::<R, C, f64>::try_from(a).unwrap(), Tensor::<R, C, f64>::try_from(b).unwrap());
    let n = Array2::from_shape_vec((R, C), a.to_vec()).unwrap();
    let m = Array2::from_shape_vec((R, C), b.to_vec()).unwrap();
    same(&(&x + &y), &n + &m);
    same(&(&x - &y), &n - &m);
    same(&(&x * &y), &n * &m);
    same(&(&x / (&y + 200.0)), &n / (&m + 200.0));
    same(&(3.0 - &x), 3.0 - &n);
    same(&x.transpose(), n.t().to_owned());
    same(&x.sum_dim0(), n.sum_axis(Axis(0)));
    same(&x.sum_dim1(), n.sum_axis(Axis(1)));
    same(&x.mean_dim0(), n.mean_axis(Axis(0)).unwrap());
    same(&x.var_dim1(0), n.map_axis(Axis(1), spread));
    same(&x.var_dim0(0), n.map_axis(Axis(0), spread));
    same(&x.matmul(&y.transpose()), n.dot(&m.t()));
    same(&(&x - x.mean_dim0().over_rows()), &n - &n.mean_axis(Axis(0)).unwrap());
    same(&(&x - x.mean_dim1().over_cols()), &n - &n.mean_axis(Axis(1)).unwrap().insert_axis(Axis(1)));
    same(&x.exp().ln(), n.mapv(|v| v.exp().ln()));
    let sorted: Vec<f64> = n
        .rows()
        .into_iter()
        .flat_map(|row| {
            let mut row = row.to_vec();
            row.sort_by(f64::total_cmp);
            row
        })
        .collect();
    same(&x.sort_dim1(), sorted);
    same(&[x.max(), x.min()], [n.fold(f64::MIN, |a, &b| a.max(b)), n.fold(f64::MAX, |a, &b| a.min(b))]);
    same(&[x.norm(Norm::L2)], [n.mapv(|v| v * v).sum().sqrt()]);
}

proptest! {
    #[test]
    fn arithmetic_and_reductions(a in values::<35>(), b in values::<35>()) {
        against_ndarray::<1, 1>(&a, &b);
        against_ndarray::<1, 35>(&a, &b);
        against_ndarray::<35, 1>(&a, &b);
        against_ndarray::<5, 7>(&a, &b);
        against_ndarray::<8, 4>(&a, &b);
    }

    #[test]
    fn factors(a in values::<16>(), b in values::<4>()) {
        let x = Tensor::<4, 4, f64>::try_from(&a[..]).unwrap() + 300.0 * Tensor::<4, 4, f64>::eye();
        let m = SMatrix::<f64, 4, 4>::from_row_slice(x.as_slice());
        let scale = m.determinant();
        prop_assert!((x.det() - scale).abs() <= 1e-9 * scale.abs());
        same(&x.inverse().unwrap(), m.try_inverse().unwrap().transpose().iter().copied());
        let right = Tensor::<4, 1, f64>::try_from(&b[..]).unwrap();
        same(&x.matmul(&x.solve(&right).unwrap()), b.iter().copied());
        let positive = x.matmul(&x.transpose());
        let lower = SMatrix::<f64, 4, 4>::from_row_slice(positive.as_slice()).cholesky().unwrap().l();
        same(&positive.cholesky().unwrap(), lower.transpose().iter().copied());
        let (q, r) = x.qr();
        same(&q.matmul(&r), x.iter().copied());
        prop_assert!(q.is_orthogonal(1e-12));
        prop_assert_eq!(r.triu(), r);
    }
}
