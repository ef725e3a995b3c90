//! Determinant, inverse, solution, Cholesky and QR.
//!
//! What was weighed: `nalgebra`'s `SMatrix` fits static storage and is `no_std`, but it is stored by columns, its
//! decompositions are generic over storage and compiled in the user's crate (slow in debug builds), and it would be a dependency
//! of every microcontroller build for some two hundred lines. So the textbook algorithms stand here, in the element
//! type, and the tests compare them with `nalgebra`. For a matrix of hundreds of rows, use `nalgebra` or `faer` through
//! the interop features.
//!
//! Source: G. Golub, C. Van Loan, Matrix Computations, 4th edition, algorithms 3.4.1 (LU with partial pivoting), 4.2.1
//! (Cholesky) and 5.2.1 (Householder QR).

use super::Tensor;
use super::assert::fits;
use super::number::Binary::{Add, Div, Mul, Sub};
use super::number::{Binary, Float};

/// Why a matrix has no inverse, no solution or no factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinalgError {
    /// No pivot other than 0 is left in a column: the matrix is singular.
    Singular {
        /// The column.
        column: usize,
    },
    /// A pivot is not positive: the matrix is not positive definite.
    NotPositiveDefinite {
        /// The row and column of the pivot.
        pivot: usize,
    },
}

impl core::fmt::Display for LinalgError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Singular { column } => write!(f, "the matrix is singular: column {column} has no pivot other than 0"),
            Self::NotPositiveDefinite { pivot } => {
                write!(f, "the matrix is not positive definite: pivot {pivot} is not above 0")
            }
        }
    }
}

impl core::error::Error for LinalgError {}

fn scaled<T: Float>(row: &[T], by: T, out: &mut [T], op: Binary, scratch: &mut [T]) {
    scratch.copy_from_slice(row);
    T::zip_scalar(Mul, scratch, by);
    T::zip(op, out, scratch);
}

fn magnitude<T: Float>(value: T) -> T {
    if value < T::ZERO { -value } else { value }
}

fn root<T: Float>(value: T) -> T {
    let mut value = [value];
    T::map(super::number::Unary::Sqrt, &mut value);
    let [root] = value;
    root
}

/// As many rows as columns.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not square",
    label = "only a square tensor has this: as many rows as columns"
)]
pub trait Square {}
impl<const N: usize, T> Square for Tensor<N, N, T> {}

impl<const N: usize, const C: usize, T: Float> Tensor<N, C, T> {
    /// Gaussian elimination with partial pivoting of this matrix and of right sides beside it: the determinant, and the column
    /// without pivot if there is one.
    fn eliminate<const M: usize>(mut self, right: &mut Tensor<N, M, T>) -> Result<T, usize> {
        let (mut scratch, mut wide) = ([T::ZERO; C], [T::ZERO; M]);
        let mut determinant = T::ONE;
        for col in 0..N {
            let mut pivot = col;
            for row in col + 1..N {
                // A `NaN` is taken, so that it shows in the result.
                #[allow(clippy::eq_op, reason = "only a NaN differs from itself")]
                if magnitude(self.0[row][col]) > magnitude(self.0[pivot][col]) || self.0[row][col] != self.0[row][col] {
                    pivot = row;
                }
            }
            let value = self.0[pivot][col];
            if value == T::ZERO {
                return Err(col);
            }
            if pivot != col {
                self.0.swap(pivot, col);
                right.0.swap(pivot, col);
                determinant = -determinant;
            }
            determinant = T::apply(Mul, determinant, value);
            let (above, below) = self.0.split_at_mut(col + 1);
            let (right_above, right_below) = right.0.split_at_mut(col + 1);
            let (Some(from), Some(right_from)) = (above.last(), right_above.last()) else { continue };
            for (row, right) in below.iter_mut().zip(right_below) {
                let factor = T::apply(Div, row[col], value);
                scaled(from, factor, row, Sub, &mut scratch);
                scaled(right_from, factor, right, Sub, &mut wide);
            }
        }
        for col in (0..N).rev() {
            let (above, below) = right.0.split_at_mut(col);
            let Some(solved) = below.first_mut() else { continue };
            T::zip_scalar(Div, solved, self.0[col][col]);
            for (row, right) in self.0.iter().zip(above) {
                scaled(solved, row[col], right, Sub, &mut wide);
            }
        }
        Ok(determinant)
    }

    /// The determinant, 0 of a singular matrix; `NaN` where an element is. PyTorch: `torch.linalg.det(x)`.
    ///
    /// ```
    /// use formwork::tensor;
    /// assert_eq!(tensor![[1.0, 2.0], [3.0, 4.0]].det(), -2.0);
    /// ```
    pub fn det(&self) -> T
    where
        Self: Square,
    {
        self.clone().eliminate(&mut Tensor::<N, 0, T>::zeros()).unwrap_or(T::ZERO)
    }

    /// The inverse; of a matrix with a `NaN`, it has `NaN`s too. PyTorch: `torch.linalg.inv(x)`.
    ///
    /// # Errors
    /// The matrix is singular.
    pub fn inverse(&self) -> Result<Self, LinalgError>
    where
        Self: Square,
    {
        self.solve(&Self::eye())
    }

    /// x with self x = right. PyTorch: `torch.linalg.solve(a, b)`.
    ///
    /// # Errors
    /// The matrix is singular.
    ///
    /// ```
    /// use formwork::tensor;
    /// let a = tensor![[2.0, 1.0], [1.0, 3.0]];
    /// assert!(a.solve(&tensor![[3.0], [5.0]])?.allclose(&tensor![[0.8], [1.4]], 1e-6, 0.0));
    /// assert_eq!(
    ///     tensor![[1.0, 2.0], [2.0, 4.0]].inverse().unwrap_err().to_string(),
    ///     "the matrix is singular: column 1 has no pivot other than 0"
    /// );
    /// # Ok::<(), formwork::tensor::LinalgError>(())
    /// ```
    pub fn solve<const M: usize>(&self, right: &Tensor<N, M, T>) -> Result<Tensor<N, M, T>, LinalgError>
    where
        Self: Square,
    {
        let mut result = right.clone();
        self.clone().eliminate(&mut result).map_err(|column| LinalgError::Singular { column })?;
        Ok(result)
    }

    /// The lower triangle L with L L^T = self; the upper triangle is not read. PyTorch: `torch.linalg.cholesky(x)`.
    ///
    /// # Errors
    /// The matrix is not positive definite.
    ///
    /// ```
    /// use formwork::tensor;
    /// assert_eq!(tensor![[4.0, 2.0], [2.0, 10.0]].cholesky(), Ok(tensor![[2.0, 0.0], [1.0, 3.0]]));
    /// ```
    pub fn cholesky(&self) -> Result<Self, LinalgError>
    where
        Self: Square,
    {
        let mut lower = Self::zeros();
        for row in 0..N {
            for col in 0..=row {
                let mut rest = self.0[row][col];
                for k in 0..col {
                    rest = T::apply(Sub, rest, T::apply(Mul, lower.0[row][k], lower.0[col][k]));
                }
                lower.0[row][col] = if col < row {
                    T::apply(Div, rest, lower.0[col][col])
                } else if rest > T::ZERO {
                    root(rest)
                } else {
                    return Err(LinalgError::NotPositiveDefinite { pivot: row });
                };
            }
        }
        Ok(lower)
    }
}

impl<const R: usize, const C: usize, T: Float> Tensor<R, C, T> {
    /// Q with orthonormal columns and an upper triangle R with Q R = self, for a square or tall tensor, by Householder
    /// reflections; the signs are LAPACK's, as PyTorch's; `NaN`s where the tensor has one. PyTorch: `torch.linalg.qr(x)`.
    ///
    /// ```
    /// use formwork::tensor;
    /// let x = tensor![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]];
    /// let (q, r) = x.qr();
    /// assert!(q.matmul(&r).allclose(&x, 1e-5, 1e-6));
    /// ```
    pub fn qr(&self) -> (Self, Tensor<C, C, T>) {
        fits!(R >= C, "qr: ", R, " rows are fewer than ", C, " columns");
        let mut work = self.clone();
        let mut reflections = Self::zeros();
        for col in 0..C {
            #[allow(clippy::eq_op, reason = "only a NaN differs from itself, and has to stay")]
            let larger = |a, b| if b > a || b != b { b } else { a };
            let largest = (col..R).map(|row| magnitude(work.0[row][col])).fold(T::ZERO, larger);
            let below = (col + 1..R).any(|row| work.0[row][col] != T::ZERO);
            if !below || largest == T::ZERO {
                continue;
            }
            let mut squares = T::ZERO;
            for row in col..R {
                let part = T::apply(Div, work.0[row][col], largest);
                reflections.0[row][col] = part;
                squares = T::apply(Add, squares, T::apply(Mul, part, part));
            }
            let head = reflections.0[col][col];
            let length = root(squares);
            reflections.0[col][col] =
                if head < T::ZERO { T::apply(Sub, head, length) } else { T::apply(Add, head, length) };
            reflect(&reflections, col, &mut work);
        }
        let mut q = Self::eye();
        for col in (0..C).rev() {
            reflect(&reflections, col, &mut q);
        }
        let r = Tensor::from_fn(|row, col| if row <= col { work.0[row][col] } else { T::ZERO });
        (q, r)
    }
}

/// Reflects the columns of `at` on the plane that column `col` of `reflections` is normal to: x - 2 v (v.x) / (v.v).
fn reflect<const R: usize, const C: usize, T: Float>(
    reflections: &Tensor<R, C, T>,
    col: usize,
    at: &mut Tensor<R, C, T>,
) {
    let mut sums = [T::ZERO; C];
    let mut scratch = [T::ZERO; C];
    let mut squares = T::ZERO;
    for (normal, row) in reflections.0.iter().zip(&at.0) {
        let v = normal[col];
        squares = T::apply(Add, squares, T::apply(Mul, v, v));
        scaled(row, v, &mut sums, Add, &mut scratch);
    }
    if squares == T::ZERO {
        return;
    }
    T::zip_scalar(Mul, &mut sums, T::apply(Div, T::apply(Add, T::ONE, T::ONE), squares));
    for (normal, row) in reflections.0.iter().zip(&mut at.0) {
        scaled(&sums, normal[col], row, Sub, &mut scratch);
    }
}
