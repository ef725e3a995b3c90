//! Constructors.

use super::{Scalar, Tensor};

impl<const R: usize, const C: usize, T: Copy> Tensor<R, C, T> {
    /// Every element is `value`.
    pub const fn full(value: T) -> Self {
        Self([[value; C]; R])
    }

    /// The element at (row, col) is `value(row, col)`.
    pub fn from_fn(mut value: impl FnMut(usize, usize) -> T) -> Self {
        Self(core::array::from_fn(|row| core::array::from_fn(|col| value(row, col))))
    }
}

impl<const R: usize, const C: usize, T: Scalar> Tensor<R, C, T> {
    /// Every element is 0.
    pub const fn zeros() -> Self {
        Self::full(T::ZERO)
    }

    /// Every element is 1.
    pub const fn ones() -> Self {
        Self::full(T::ONE)
    }
}

impl<const R: usize, const C: usize, T: Scalar> Default for Tensor<R, C, T> {
    fn default() -> Self {
        Self::zeros()
    }
}
