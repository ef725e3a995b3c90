//! New tensors that are written once: results go into places that hold nothing yet.
//!
//! None of what makes one is inlined: the result would be made beside its place and copied there, which takes as long again
//! where it outgrows the caches.
#![allow(unsafe_code, reason = "one of the few views of the tensor floor; each block is argued")]

use super::number::{Binary, Float, New, Number, Single, Unary};
use super::{Scalar, Tensor};
use core::mem::MaybeUninit;

/// Writes `value` of each item to the places.
#[inline(never)]
fn fill<T, I: Iterator>(to: New<'_, T>, items: I, mut value: impl FnMut(I::Item) -> T) {
    for (to, item) in to.iter_mut().zip(items) {
        to.write(value(item));
    }
}

impl<const R: usize, const C: usize, T: Scalar> Tensor<R, C, T> {
    /// A new tensor, whose elements `write` may write.
    #[inline(never)]
    fn written(write: impl FnOnce(New<'_, T>)) -> MaybeUninit<Self> {
        let mut result = MaybeUninit::<Self>::uninit();
        let places = result.as_mut_ptr().cast::<[[MaybeUninit<T>; C]; R]>();
        // SAFETY: a tensor is its array (`repr(transparent)`), whose elements may be left unwritten as `MaybeUninit`; the
        // borrow ends before `result` is read.
        write(unsafe { &mut *places }.as_flattened_mut());
        result
    }

    /// `value` of each place's number, counted row after row.
    #[inline(never)]
    pub(super) fn of_places<'a, U: 'a>(values: &'a [[U; C]; R], value: impl FnMut(&'a U) -> T) -> Self {
        // SAFETY: there are as many values as places, R C.
        unsafe { Self::written(|to| fill(to, values.as_flattened().iter(), value)).assume_init() }
    }

    /// `value` of the elements of two tensors at each place.
    #[inline(never)]
    pub(super) fn of_two<U: Copy, V: Copy>(
        left: &Tensor<R, C, U>,
        right: &Tensor<R, C, V>,
        mut value: impl FnMut(U, V) -> T,
    ) -> Self {
        let pairs = left.as_slice().iter().zip(right.as_slice());
        // SAFETY: all three have R C elements.
        unsafe { Self::written(|to| fill(to, pairs, |(&x, &y)| value(x, y))).assume_init() }
    }
}

impl<const R: usize, const C: usize, T: Number> Tensor<R, C, T> {
    /// self op right, a right side of one row repeated for each.
    #[inline(never)]
    pub(super) fn zipped(&self, op: Binary, right: &[[T; C]]) -> Self {
        if right.is_empty() {
            return self.clone();
        }
        // SAFETY: right has C numbers or a multiple of them, with which the loop writes row after row of self.
        unsafe { Self::written(|to| T::zip_new(op, self.as_slice(), right.as_flattened(), to)).assume_init() }
    }

    /// self op the number of each row.
    #[inline(never)]
    pub(super) fn zipped_cols(&self, op: Binary, right: &[[T; 1]; R]) -> Self {
        // SAFETY: the loop writes R rows of C places.
        unsafe { Self::written(|to| T::zip_cols_new(op, self.as_slice(), right.as_flattened(), to)).assume_init() }
    }

    /// self op a number.
    #[inline(never)]
    pub(super) fn zipped_scalar(&self, op: Binary, right: T) -> Self {
        // SAFETY: the loop writes one row of R C places.
        unsafe { Self::written(|to| T::zip_cols_new(op, self.as_slice(), &[right], to)).assume_init() }
    }

    /// A number op self.
    #[inline(never)]
    pub(super) fn scalar_zipped(&self, op: Binary, left: T) -> Self {
        // SAFETY: the loop writes a place for each element of self.
        unsafe { Self::written(|to| T::scalar_zip_new(op, left, self.as_slice(), to)).assume_init() }
    }

    /// op of each element.
    #[inline(never)]
    pub(super) fn singly(&self, op: Single<T>) -> Self {
        // SAFETY: the loop writes a place for each element of self.
        unsafe { Self::written(|to| T::single_new(op, self.as_slice(), to)).assume_init() }
    }
}

impl<const R: usize, const C: usize, T: Float> Tensor<R, C, T> {
    /// op of each element.
    #[inline(never)]
    pub(super) fn mapped(&self, op: Unary) -> Self {
        // SAFETY: the loop writes a place for each element of self.
        unsafe { Self::written(|to| T::map_new(op, self.as_slice(), to)).assume_init() }
    }

    /// Each element to a power.
    #[inline(never)]
    pub(super) fn to_power(&self, exponent: T) -> Self {
        // SAFETY: the loop writes a place for each element of self.
        unsafe { Self::written(|to| T::power_new(self.as_slice(), exponent, to)).assume_init() }
    }
}
