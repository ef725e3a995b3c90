//! `nalgebra`: `SMatrix`, which is stored column after column.

use crate::Tensor;
use crate::tensor::Scalar;
use nalgebra::SMatrix;

/// ```
/// use formwork::{Tensor, tensor};
/// use nalgebra::SMatrix;
/// let x = tensor![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]];
/// let m = SMatrix::<f64, 2, 3>::from(&x);
/// assert_eq!((m[(1, 0)], Tensor::from(&m)), (4.0, x));
/// ```
impl<const R: usize, const C: usize, T: Scalar> From<&Tensor<R, C, T>> for SMatrix<T, R, C> {
    fn from(tensor: &Tensor<R, C, T>) -> Self {
        Self::from_fn(|row, col| tensor[(row, col)])
    }
}

impl<const R: usize, const C: usize, T: Scalar> From<&SMatrix<T, R, C>> for Tensor<R, C, T> {
    fn from(matrix: &SMatrix<T, R, C>) -> Self {
        Self::from_fn(|row, col| matrix[(row, col)])
    }
}
