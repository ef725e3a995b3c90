//! `ndarray`: views without a copy, and checked conversion back.

use crate::Tensor;
use crate::tensor::Scalar;
use ndarray::{Array2, ArrayView2};

/// Why an `ndarray` array is not a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShapeError {
    /// Rows and columns of the tensor.
    pub expected: [usize; 2],
    /// Rows and columns of the array.
    pub found: [usize; 2],
}

impl core::fmt::Display for ShapeError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { expected: [r, c], found: [rows, cols] } = self;
        write!(f, "expected an array of {r} x {c}, found one of {rows} x {cols}")
    }
}

impl core::error::Error for ShapeError {}

/// ```
/// use formwork::{Tensor, tensor};
/// let x = tensor![[1.0, 2.0], [3.0, 4.0]];
/// let array = ndarray::Array2::from(&x);
/// assert_eq!(Tensor::try_from(array.t()), Ok(x.transpose()));
/// let error = Tensor::<2, 3, f64>::try_from(array.view()).unwrap_err();
/// assert_eq!(error.to_string(), "expected an array of 2 x 3, found one of 2 x 2");
/// ```
impl<const R: usize, const C: usize, T: Scalar> From<&Tensor<R, C, T>> for Array2<T> {
    fn from(tensor: &Tensor<R, C, T>) -> Self {
        Self::from_shape_fn((R, C), |place| tensor[place])
    }
}

impl<const R: usize, const C: usize, T: Scalar> TryFrom<ArrayView2<'_, T>> for Tensor<R, C, T> {
    type Error = ShapeError;
    fn try_from(array: ArrayView2<'_, T>) -> Result<Self, ShapeError> {
        if array.dim() != (R, C) {
            return Err(ShapeError { expected: [R, C], found: [array.nrows(), array.ncols()] });
        }
        let mut result = Self::zeros();
        for (to, from) in result.iter_mut().zip(array) {
            *to = *from;
        }
        Ok(result)
    }
}

impl<'a, const R: usize, const C: usize, T> From<&'a Tensor<R, C, T>> for ArrayView2<'a, T> {
    fn from(tensor: &'a Tensor<R, C, T>) -> Self {
        ArrayView2::from(tensor.as_array())
    }
}
