//! General products of row-major matrices.

use super::activation::Activation;
use super::dense::{self, Dense, Layout};
use super::isa::active;
use super::product::{Finish, Left, Product, Right};
use super::rows::Rows;
use super::threads::Split;

/// output = a b: `[rows, inner] x [inner, cols] -> [rows, cols]`, written over what `output` held.
pub(crate) fn matmul(a: &[f32], b: &[f32], output: &mut [f32], rows: usize, inner: usize, cols: usize) {
    if cols >= Layout::WIDE && inner > 0 && (inner * cols <= IN_PLACE || rows < FEW) {
        let dense = Dense { inputs: inner, outputs: cols, weight: b, bias: &[] };
        let rows = Rows::new(a.get(..rows * inner).unwrap_or(a), inner);
        return dense::forward(rows, dense, Activation::Identity, output);
    }
    product(Left::Rows(a), Right::Rows(b), output, rows, inner, cols);
}

/// Elements of a right side that is read in place by every tile of rows: what a 1 MiB second-level cache holds. Above, it
/// is packed.
const IN_PLACE: usize = 1 << 18;
/// Rows too few to pay for packing.
const FEW: usize = 12;

/// output = a b^T: `[rows, inner] x [cols, inner] -> [rows, cols]`.
pub(crate) fn matmul_nt(a: &[f32], b: &[f32], output: &mut [f32], rows: usize, inner: usize, cols: usize) {
    product(Left::Rows(a), Right::Columns(b), output, rows, inner, cols);
}

/// output = a^T b: `[inner, rows] x [inner, cols] -> [rows, cols]`.
pub(crate) fn matmul_tn(a: &[f32], b: &[f32], output: &mut [f32], rows: usize, inner: usize, cols: usize) {
    product(Left::Columns(a), Right::Rows(b), output, rows, inner, cols);
}

fn product(left: Left<'_>, right: Right<'_>, output: &mut [f32], rows: usize, inner: usize, cols: usize) {
    Product { left, right, rows, inner, cols, output, finish: Finish::Plain }.run_on(active());
}
