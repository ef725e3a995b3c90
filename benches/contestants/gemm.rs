//! The crates that only multiply matrices, behind one face; W6 for `nano-gemm`.

use super::Job;
use crate::harness::workload::{Product, Workload};
use std::hint::black_box;

/// A matrix to read: element (row, col) lies at `row * row_stride + col * col_stride`.
#[derive(Clone, Copy)]
pub struct View<'a> {
    data: &'a [f32],
    rows: usize,
    cols: usize,
    row_stride: usize,
    col_stride: usize,
}

impl<'a> View<'a> {
    /// `rows` rows of `cols` values, row after row.
    pub fn new(data: &'a [f32], rows: usize, cols: usize) -> Self {
        assert!(data.len() >= rows * cols, "{} values are not {rows} x {cols}", data.len());
        Self { data, rows, cols, row_stride: cols, col_stride: 1 }
    }

    /// The same numbers with rows and columns exchanged.
    pub fn transposed(self) -> Self {
        Self { rows: self.cols, cols: self.rows, row_stride: self.col_stride, col_stride: self.row_stride, ..self }
    }
}

/// c = alpha a b + beta c, all by rows; beta is 0 or 1.
pub trait Gemm: Copy + 'static {
    /// Checks the sizes and multiplies.
    fn gemm(self, alpha: f32, a: View<'_>, b: View<'_>, beta: f32, c: &mut [f32]) {
        assert!(a.cols == b.rows && c.len() >= a.rows * b.cols, "the sizes of the product do not fit");
        // SAFETY: `View::new` checked that the operands hold their sizes at their strides (transposing keeps both);
        // the line above checked the result, which nothing else refers to.
        unsafe { self.multiply(alpha, a, b, beta, c) }
    }

    /// The crate's own product.
    ///
    /// # Safety
    /// The sizes agree and `c` holds `a.rows * b.cols` numbers.
    unsafe fn multiply(self, alpha: f32, a: View<'_>, b: View<'_>, beta: f32, c: &mut [f32]);
}

/// Crate `gemm`.
#[derive(Clone, Copy)]
pub struct GemmCrate {
    /// Threads of rayon's that share a product.
    pub threads: usize,
}

impl Gemm for GemmCrate {
    unsafe fn multiply(self, alpha: f32, a: View<'_>, b: View<'_>, beta: f32, c: &mut [f32]) {
        let parallelism =
            if self.threads > 1 { gemm::Parallelism::Rayon(self.threads) } else { gemm::Parallelism::None };
        // SAFETY: as the caller promises. `gemm` scales what was there by its alpha and the product by its beta.
        unsafe {
            gemm::gemm(
                a.rows,
                b.cols,
                a.cols,
                c.as_mut_ptr(),
                1,
                b.cols as isize,
                beta != 0.0,
                a.data.as_ptr(),
                a.col_stride as isize,
                a.row_stride as isize,
                b.data.as_ptr(),
                b.col_stride as isize,
                b.row_stride as isize,
                beta,
                alpha,
                false,
                false,
                false,
                parallelism,
            );
        }
    }
}

/// Crate `matrixmultiply`.
#[derive(Clone, Copy)]
pub struct MatrixMultiply;

impl Gemm for MatrixMultiply {
    unsafe fn multiply(self, alpha: f32, a: View<'_>, b: View<'_>, beta: f32, c: &mut [f32]) {
        // SAFETY: as the caller promises.
        unsafe {
            matrixmultiply::sgemm(
                a.rows,
                a.cols,
                b.cols,
                alpha,
                a.data.as_ptr(),
                a.row_stride as isize,
                a.col_stride as isize,
                b.data.as_ptr(),
                b.row_stride as isize,
                b.col_stride as isize,
                beta,
                c.as_mut_ptr(),
                b.cols as isize,
                1,
            );
        }
    }
}

/// Operands of a product, and its result.
fn operands(product: &Product) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
    let Product { rows, inner, columns, .. } = *product;
    let a = (0..rows * inner).map(super::plain::input).collect();
    let b = (0..inner * columns).map(|place| super::plain::input(7 + place)).collect();
    (a, b, vec![0.0; rows * columns])
}

fn sum(values: &[f32]) -> f64 {
    values.iter().map(|value| f64::from(*value)).sum()
}

/// W6 for a crate behind [`Gemm`]. The second operand lies by rows, not by output as in Formwork's layers: these crates
/// are as fast so or faster, but for `gemm` on a single row, where `nano-gemm` is the faster one anyway.
pub fn prepare_product(gemm: impl Gemm, product: Product) -> Job {
    let (a, b, mut c) = operands(&product);
    Box::new(move |runs| {
        for _ in 0..runs {
            let a = black_box(a.as_slice());
            let a = if product.transposed {
                View::new(a, product.inner, product.rows).transposed()
            } else {
                View::new(a, product.rows, product.inner)
            };
            let b = View::new(black_box(b.as_slice()), product.inner, product.columns);
            gemm.gemm(1.0, a, b, 0.0, black_box(&mut c));
        }
        sum(&c)
    })
}

/// W6 for `nano-gemm`, the plan made once. It reads columns that lie together, so it is given the transposed product,
/// C^T = B^T A^T, whose columns are our rows. It neither packs nor blocks: products past the caches are left out.
pub fn prepare_nano(workload: Workload) -> std::io::Result<Option<Job>> {
    let Workload::Product(product) = workload else { return Ok(None) };
    if product.transposed || product.rows >= 1024 {
        return Ok(None);
    }
    let (m, n, k) = (product.columns, product.rows, product.inner);
    let plan = nano_gemm::Plan::<f32>::new_colmajor_lhs_and_dst_f32(m, n, k);
    let (a, b, mut c) = operands(&product);
    Ok(Some(Box::new(move |runs| {
        for _ in 0..runs {
            let (a, b, c) = (black_box(a.as_slice()), black_box(b.as_slice()), black_box(c.as_mut_slice()));
            // SAFETY: `operands` made the three of the sizes that the plan was made for, and the strides are those of
            // whole rows.
            unsafe {
                plan.execute_unchecked(
                    m,
                    n,
                    k,
                    c.as_mut_ptr(),
                    1,
                    m as isize,
                    b.as_ptr(),
                    1,
                    m as isize,
                    a.as_ptr(),
                    1,
                    k as isize,
                    0.0,
                    1.0,
                    false,
                    false,
                );
            }
        }
        sum(&c)
    })))
}
