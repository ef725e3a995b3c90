//! PyTorch's results, stored with the script that made them (`reference/make.py`).

use formwork::{Tensor, Vector, tensor};

const PRINTED: &str = include_str!("reference/printed.txt");
const VALUES: &str = include_str!("reference/values.txt");
const NAN: f64 = f64::NAN;
const INF: f64 = f64::INFINITY;

fn printed(name: &str) -> &'static str {
    let start = format!("== {name}\n");
    let text = &PRINTED[PRINTED.find(&start).unwrap() + start.len()..];
    text.split("\n== ").next().unwrap().trim_end_matches('\n')
}

#[test]
fn tensors_are_printed_as_pytorch_prints_them() {
    let inf = f32::INFINITY;
    let same = |text: String, name: &str| assert_eq!(text, printed(name), "{name}");
    same(tensor![[1.0_f32, 2.0], [3.0, 40.0]].to_string(), "whole");
    same(tensor![[1.5_f32, 2.0], [-3.25, 100.0]].to_string(), "fraction");
    same(tensor![[0.001_f32, 123456.0]].to_string(), "wide_range");
    same(tensor![[0.00001_f32, 1.0]].to_string(), "small");
    same(tensor![[1.0_f32, 123456.0]].to_string(), "whole_wide");
    same(tensor![[2e9_f32, 2e9]].to_string(), "huge");
    same(tensor![[f32::NAN, inf, -inf, 1.5]].to_string(), "special");
    same(tensor![[f32::NAN, inf, -inf, 1.0]].to_string(), "special_whole");
    same(Tensor::<2, 2, f32>::zeros().to_string(), "zeros");
    same(tensor![[1_i64, -20], [300, 4]].to_string(), "int64");
    same(tensor![[1_u8, 20]].to_string(), "uint8");
    same(tensor![[true, false]].to_string(), "bool");
    same(tensor![[0.5_f64, 1.0]].to_string(), "float64");
    same((Vector::<30>::arange(0.0, 1.0) / 4.0).to_string(), "long_row");
    same(Vector::<30, f64>::arange(0.0, 1.0).to_string(), "long_row_float64");
    same((Vector::<7, f64>::arange(1.0, 1.0) / 8.0 + 1e3).to_string(), "suffix_wraps");
    same(Vector::<3000>::arange(0.0, 1.0).reshape::<50, 60>().to_string(), "summarised");
    same(Vector::<1200, i64>::arange(0, 1).reshape::<600, 2>().to_string(), "summarised_rows");
    same(Vector::<1100, i32>::arange(0, 1).to_string(), "summarised_int");
}

/// The two sums may be formed in another order; 1e-13 is some hundred roundings of the largest term.
fn close<const R: usize, const C: usize>(found: &Tensor<R, C, f64>, name: &str) {
    let line = VALUES.lines().find(|line| line.split(' ').next() == Some(name)).unwrap();
    let expected: Vec<f64> = line.split(' ').skip(1).map(|value| value.parse().unwrap()).collect();
    assert_eq!(expected.len(), R * C, "{name}");
    for (place, (&found, &expected)) in found.iter().zip(&expected).enumerate() {
        let near = found == expected
            || (found.is_nan() && expected.is_nan())
            || (found - expected).abs() <= 1e-13 * expected.abs().max(1.0);
        assert!(near, "{name}: element {place} is {found}, PyTorch has {expected}");
    }
}

#[test]
fn values_are_pytorchs() {
    let x = tensor![[0.1, -2.5, 3.75, 8.0], [1e3, 7.25, -0.5, 2.0], [4.0, 4.0, 1.5, -9.0]];
    let special = tensor![[NAN, INF, -INF, -1.0, 2.0]];
    close(&tensor![x.var(1)], "var");
    close(&tensor![x.std(1)], "std");
    close(&x.cumsum_dim0(), "cumsum_dim0");
    close(&x.cumsum_dim1(), "cumsum_dim1");
    close(&x.var_dim0(1), "var_dim0");
    close(&x.var_dim1(1), "var_dim1");
    close(&tensor![x.var(0)], "var0");
    close(&x.softmax_dim1(), "softmax");
    close(&x.log_softmax_dim1(), "log_softmax");
    close(&x.logsumexp_dim1(), "logsumexp");
    close(&Vector::<7, f64>::linspace(0.1, 1.7), "linspace");
    close(&Vector::<5, f64>::arange(0.3, 0.7), "arange");
    close(&special.relu(), "relu_special");
    close(&special.clamp(-1.5, 1.5), "clamp_special");
    close(&special.sort_dim1(), "sort_special");
    close(&special.maximum(&special.full_like(0.5)), "maximum_special");
    close(&tensor![special.argmax() as f64], "argmax_special");
    close(&tensor![-7.5, 7.5, -2.0].remainder(2.0), "remainder");
    let square = x.cols::<0, 3>();
    close(&tensor![square.det()], "det");
    close(&square.inverse().unwrap(), "inverse");
    let (q, r) = x.transpose().qr();
    close(&q, "qr_q");
    close(&r, "qr_r");
}

#[test]
fn integers_wrap_and_edges_hold() {
    assert_eq!(tensor![250_u8] + 10, tensor![4]);
    assert_eq!(-tensor![i32::MIN], tensor![i32::MIN]);
    assert_eq!(tensor![200_u8, 100].sum(), 300);
    assert_eq!(tensor![5.0].std(0), 0.0);
    assert!(tensor![5.0_f64].var(1).is_nan());
    for place in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        let mut x = tensor![[1.0, 2.0], [2.0, 1.0]];
        x[place] = NAN;
        assert!(x.det().is_nan(), "{place:?}");
        assert!(x.inverse().unwrap().iter().any(|x| x.is_nan()), "{place:?}");
        assert!(x.qr().1.iter().any(|x| x.is_nan()), "{place:?}");
    }
    assert_eq!(tensor![[1.0], [2.0]].sum_dim1(), tensor![[1.0], [2.0]]);
    assert_eq!(Tensor::<1025, 3136>::boxed_ones().sum(), 1025.0 * 3136.0);
    assert_eq!(2.0 - tensor![1.0, 3.0], tensor![1.0, -1.0]);
    assert_eq!(format!("{:?}", tensor![1.0_f32, 2.0]), "Tensor<1, 2>([[1.0, 2.0]], dtype=float32, device=cpu)");
}
