//! General products of row-major matrices. An element is the sum of its products in the order of their index, with the same bits
//! from each of the three.
//!
//! Small ones go the ways of the layers: a product with a transposed matrix is the input gradient of a layer, one of a transposed
//! matrix a weight gradient.

use super::SMALL;
use super::activation::Activation;
use super::dense::padded::{PLACE, copied};
use super::dense::turned::{self, MOST, products};
use super::dense::{self, Dense, DenseMut, Layout};
use super::isa::{Kernel, active, dispatch_to_256};
use super::product::{Finish, Left, Product, Right, buffer, pack};
use super::rows::Rows;
use super::threads::run;
use super::vector::{Vector, mul_add};

/// output = a b: `[rows, inner] x [inner, cols] -> [rows, cols]`, written over what `output` held.
pub(crate) fn matmul(a: &[f32], b: &[f32], output: &mut [f32], rows: usize, inner: usize, cols: usize) {
    if cols >= Layout::WIDE && inner > 0 && (inner * cols <= IN_PLACE || rows < FEW) {
        let dense = Dense { inputs: inner, outputs: cols, weight: b, bias: &[] };
        let rows = Rows::new(a.get(..rows * inner).unwrap_or(a), inner);
        return dense::forward(rows, dense, Activation::Identity, output);
    }
    if is_tiny(rows, inner, cols) {
        return dispatch_to_256(active(), Tiny { a, b, output, inner, cols, a_steps: [inner, 1], b_steps: [cols, 1] });
    }
    if !is_small(inner, cols) || cols >= Layout::WIDE {
        return product(Left::Rows(a), Right::Rows(b), output, rows, inner, cols);
    }
    if cols == 1 && rows > 1 {
        // A column is a row.
        return matmul_nt(b, a, output, 1, inner, rows);
    }
    let isa = active();
    if cols >= isa.lanes() {
        let dense = Dense { inputs: inner, outputs: cols, weight: b, bias: &[] };
        return products(isa, a, &dense, (Activation::Identity, &[]), output);
    }
    buffer::with(|room| copied(isa, (a, inner), (b, cols), room.of(inner * PLACE), output));
}

/// Elements of a right side that is read in place by every tile of rows: what a 1 MiB second-level cache holds. Above, it
/// is packed.
const IN_PLACE: usize = 1 << 18;
/// Rows too few to pay for packing.
const FEW: usize = 12;

/// Most multiply-adds of a product that plain loops end in the 70 ns that a tile takes to begin, and most numbers of one whose sums
/// wait for each of their steps anyway.
const TINY: usize = 64;
const NUMBERS: usize = 2;

/// Whether plain loops are the way, on a machine whose other ways are worth more preparation.
fn is_tiny(rows: usize, inner: usize, cols: usize) -> bool {
    !SMALL && active().fuses() && (rows * inner * cols <= TINY || rows * cols <= NUMBERS)
}

/// A product of a few numbers; of each side the places from row to row, and from column to column.
struct Tiny<'a> {
    a: &'a [f32],
    b: &'a [f32],
    output: &'a mut [f32],
    inner: usize,
    cols: usize,
    a_steps: [usize; 2],
    b_steps: [usize; 2],
}

impl Kernel for Tiny<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        let Self { a, b, output, inner, cols, a_steps, b_steps } = self;
        for (row, output) in output.chunks_exact_mut(cols.max(1)).enumerate() {
            let a = a.get(row * a_steps[0]..).unwrap_or(&[]).iter().step_by(a_steps[1].max(1)).take(inner);
            for (col, output) in output.iter_mut().enumerate() {
                let b = b.get(col * b_steps[1]..).unwrap_or(&[]).iter().step_by(b_steps[0].max(1));
                let mut sum = 0.0;
                for (a, b) in a.clone().zip(b) {
                    sum = mul_add::<L, S>(*a, *b, sum);
                }
                *output = sum;
            }
        }
    }
}

/// Whether a right side, with room for a whole vector in its rows, is small enough to be read again for every four rows.
fn is_small(inner: usize, cols: usize) -> bool {
    !SMALL && active().fuses() && inner > 0 && cols > 0 && inner * cols.max(PLACE) <= MOST
}

/// output = a b^T: `[rows, inner] x [cols, inner] -> [rows, cols]`.
pub(crate) fn matmul_nt(a: &[f32], b: &[f32], output: &mut [f32], rows: usize, inner: usize, cols: usize) {
    if is_tiny(rows, inner, cols) {
        return dispatch_to_256(active(), Tiny { a, b, output, inner, cols, a_steps: [inner, 1], b_steps: [1, inner] });
    }
    if cols == 1 && rows > 1 {
        return matmul_nt(b, a, output, 1, inner, rows);
    }
    if is_small(inner, cols) {
        return turned::product(active(), (a, inner), (b, cols), (Activation::Identity, &[]), output);
    }
    product(Left::Rows(a), Right::Columns(b), output, rows, inner, cols);
}

/// output = a^T b: `[inner, rows] x [inner, cols] -> [rows, cols]`.
pub(crate) fn matmul_tn(a: &[f32], b: &[f32], output: &mut [f32], rows: usize, inner: usize, cols: usize) {
    if is_tiny(rows, inner, cols) {
        return dispatch_to_256(active(), Tiny { a, b, output, inner, cols, a_steps: [1, rows], b_steps: [cols, 1] });
    }
    if rows == 0 || !is_small(rows, cols) || inner == 0 {
        return product(Left::Columns(a, rows), Right::Rows(b), output, rows, inner, cols);
    }
    let (a_rows, b_rows) = (Rows::new(a, rows), Rows::new(b, cols));
    if cols == 1 {
        matmul(b, a, output, 1, inner, rows);
    } else if rows == 1 {
        matmul(a, b, output, 1, inner, cols);
    } else if rows < Layout::WIDE {
        let mut bias = [0.0; Layout::WIDE];
        let bias = bias.get_mut(..rows).unwrap_or(&mut []);
        dense::batch_of_weights(b_rows, a, DenseMut { inputs: cols, outputs: rows, weight: output, bias }, None);
    } else if cols >= Layout::WIDE {
        let into = DenseMut { inputs: rows, outputs: cols, weight: output, bias: &mut [] };
        dense::batch_of_weights(a_rows, b, into, None);
    } else {
        // The product of the other side's rows, turned.
        buffer::with(|room| {
            let (mut bias, turned) = ([0.0; Layout::WIDE], room.of(rows * cols));
            let bias = bias.get_mut(..cols).unwrap_or(&mut []);
            let into = DenseMut { inputs: rows, outputs: cols, weight: &mut *turned, bias };
            dense::batch_of_weights(a_rows, b, into, None);
            pack::turn(active(), (turned, rows), (rows, cols), output, cols);
        });
    }
}

fn product(left: Left<'_>, right: Right<'_>, output: &mut [f32], rows: usize, inner: usize, cols: usize) {
    run(Product { left, right, rows, inner, cols, output, finish: Finish::Plain });
}
