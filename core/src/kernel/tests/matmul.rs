//! The general products.

use super::{BLOCKS, assert_close, exact, on_every_isa, random, sizes};
use crate::kernel::matmul::{matmul, matmul_nt, matmul_tn};

fn transposed(matrix: &[f32], rows: usize, cols: usize) -> Vec<f32> {
    (0..cols).flat_map(|col| (0..rows).map(move |row| matrix[row * cols + col])).collect()
}

fn check(m: usize, k: usize, n: usize) {
    let (a, b) = (random(m * k, 1), random(k * n, 2));
    let expected: Vec<_> = (0..m * n)
        .map(|place| exact(k, |i| f64::from(a[place / n * k + i]) * f64::from(b[i * n + place % n])))
        .collect();
    let mut oracle = vec![0.0; m * n];
    let strides = (k as isize, n as isize);
    // SAFETY: the three matrices have the sizes and strides that are given.
    #[allow(unsafe_code, reason = "the oracle takes pointers")]
    unsafe {
        let (a, b, c) = (a.as_ptr(), b.as_ptr(), oracle.as_mut_ptr());
        matrixmultiply::sgemm(m, k, n, 1.0, a, strides.0, 1, b, strides.1, 1, 0.0, c, strides.1, 1);
    }
    assert_close(&oracle, &expected, k, "matrixmultiply");
    let (at, bt) = (transposed(&a, m, k), transposed(&b, k, n));
    on_every_isa(|isa| {
        let mut plain = vec![f32::NAN; m * n];
        matmul(&a, &b, &mut plain, m, k, n);
        assert_close(&plain, &expected, k, &format!("{isa:?} {m} x {k} x {n}"));
        let mut other = vec![f32::NAN; m * n];
        matmul_nt(&a, &bt, &mut other, m, k, n);
        assert_eq!(plain, other, "{isa:?} {m} x {k} x {n}: a b^T has other bits");
        other.fill(f32::NAN);
        matmul_tn(&at, &b, &mut other, m, k, n);
        assert_eq!(plain, other, "{isa:?} {m} x {k} x {n}: a^T b has other bits");
    });
}

#[test]
fn every_small_size() {
    sizes().for_each(|(m, k, n)| check(m, k, n));
}

#[test]
fn around_the_edges_of_blocks() {
    BLOCKS.iter().for_each(|&(m, k, n)| check(m, k, n));
    // More blocks of steps, and more columns, than are packed together.
    if !cfg!(miri) {
        check(13, 1300, 850);
        check(12, 592, 1790);
    }
}

#[test]
fn nothing_to_sum_is_zero() {
    on_every_isa(|_| {
        let mut output = [f32::NAN; 6];
        matmul(&[], &[], &mut output, 2, 0, 3);
        assert_eq!(output, [0.0; 6]);
        matmul(&[], &[], &mut [], 0, 5, 0);
    });
}
