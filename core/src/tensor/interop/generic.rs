//! `generic-array`: all elements, row after row, in an array whose length is a type.

use crate::Tensor;
use crate::tensor::{Scalar, assert::fits};
use generic_array::sequence::GenericSequence;
use generic_array::{ArrayLength, GenericArray};

impl<const R: usize, const C: usize, T: Scalar> Tensor<R, C, T> {
    /// All elements, row after row. That the lengths agree is a const assertion.
    ///
    /// ```
    /// use formwork::{Tensor, tensor};
    /// use typenum::U4;
    /// let x = tensor![[1, 2], [3, 4]];
    /// let all = x.to_generic_array::<U4>();
    /// assert_eq!(Tensor::<2, 2, i32>::from_generic_array(&all), x);
    /// ```
    pub fn to_generic_array<N: ArrayLength>(&self) -> GenericArray<T, N> {
        fits!(R * C == N::USIZE, "generic-array: ", R, " x ", C, " is ", R * C, " elements, not ", N::USIZE, "");
        let mut values = self.iter();
        GenericArray::generate(|_| values.next().copied().unwrap_or(T::ZERO))
    }

    /// The elements of an array, row after row. That the lengths agree is a const assertion.
    pub fn from_generic_array<N: ArrayLength>(array: &GenericArray<T, N>) -> Self {
        fits!(R * C == N::USIZE, "generic-array: ", R, " x ", C, " is ", R * C, " elements, not ", N::USIZE, "");
        let mut result = Self::zeros();
        for (to, &from) in result.iter_mut().zip(array) {
            *to = from;
        }
        result
    }
}
