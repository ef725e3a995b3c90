//! General products of row-major matrices.

use super::isa::dispatch;
use super::product::{Left, Product, Right};

/// output = a b: `[rows, inner] x [inner, cols] -> [rows, cols]`, written over what `output` held.
pub(crate) fn matmul(a: &[f32], b: &[f32], output: &mut [f32], rows: usize, inner: usize, cols: usize) {
    product(Left::Rows(a), Right::Rows(b), output, rows, inner, cols);
}

/// output = a b^T: `[rows, inner] x [cols, inner] -> [rows, cols]`.
pub(crate) fn matmul_nt(a: &[f32], b: &[f32], output: &mut [f32], rows: usize, inner: usize, cols: usize) {
    product(Left::Rows(a), Right::Columns(b), output, rows, inner, cols);
}

/// output = a^T b: `[inner, rows] x [inner, cols] -> [rows, cols]`.
pub(crate) fn matmul_tn(a: &[f32], b: &[f32], output: &mut [f32], rows: usize, inner: usize, cols: usize) {
    product(Left::Columns(a), Right::Rows(b), output, rows, inner, cols);
}

fn product(left: Left<'_>, right: Right<'_>, output: &mut [f32], rows: usize, inner: usize, cols: usize) {
    dispatch(Product { left, right, rows, inner, cols, output, finish: |sum, _| sum });
}
