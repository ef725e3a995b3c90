//! Values of all zero bytes.
#![allow(unsafe_code, reason = "one of the few views of the tensor floor; each block is argued")]

use super::Tensor;

/// Types whose all-zero bytes are their zero value, so that they can be made in place, on the heap too.
///
/// # Safety
/// A value of all zero bytes must be a valid value of the type, and a copy of a value's bytes must be a value of its
/// own: numbers, and arrays and structs of numbers.
pub unsafe trait Zeroed: Sized {
    /// Visits every field, which lets the compiler check that an implementation forgot none.
    #[doc(hidden)]
    fn fields(&self) {}

    /// A zero value, made in place on the heap.
    #[cfg(feature = "alloc")]
    fn boxed_zeroed() -> alloc::boxed::Box<Self> {
        // SAFETY: all zero bytes are a valid value of `Self`, as this trait's implementors promise.
        unsafe { alloc::boxed::Box::<Self>::new_zeroed().assume_init() }
    }
}

/// A zero value.
// By its bytes: of arrays of the number 0 the compiler of a user's network makes loops, for every shape anew, and it copies
// every field of a struct to its place.
#[inline]
pub(crate) const fn zero<T: Zeroed>() -> T {
    // SAFETY: all zero bytes are a valid value of `T`, as the trait's implementors promise.
    unsafe { core::mem::MaybeUninit::zeroed().assume_init() }
}

macro_rules! plain {
    ($($kind:ty),*) => {$(
        // SAFETY: all zero bytes are the number 0 (or `false`).
        unsafe impl Zeroed for $kind {}
    )*};
}
plain!(f32, f64, i8, i16, i32, i64, u8, u16, u32, u64, usize, bool);

// SAFETY: an array of values whose zero bytes are valid has that property too.
unsafe impl<T: Zeroed, const N: usize> Zeroed for [T; N] {}
// SAFETY: a tensor is an array of arrays of T and nothing else (`repr(transparent)`).
unsafe impl<const R: usize, const C: usize, T: Zeroed> Zeroed for Tensor<R, C, T> {}

/// Says that a struct whose fields are all [`Zeroed`] is `Zeroed`, and lets the compiler check it.
macro_rules! zeroed {
    (impl [$($generics:tt)*] $name:ty { $($field:ident : $kind:ty),* $(,)? }) => {
        // SAFETY: every field is `Zeroed` (the where clause), and the pattern names every field.
        #[allow(unsafe_code, reason = "argued here, once for all structs")]
        unsafe impl<$($generics)*> $crate::tensor::Zeroed for $name
        where
            $($kind: $crate::tensor::Zeroed,)*
        {
            fn fields(&self) {
                let Self { $($field),* } = self;
                $($crate::tensor::Zeroed::fields($field);)*
            }
        }
    };
}
pub(crate) use zeroed;

#[cfg(test)]
mod tests {
    use super::zero;
    use crate::Tensor;
    use crate::layer::Linear;

    #[test]
    fn zero_bytes_are_zeros() {
        assert_eq!(zero::<[Tensor<2, 3>; 2]>(), [Tensor::full(0.0), Tensor::full(0.0)]);
        let layer = const { Linear::<3, 2>::zeros() };
        assert!(layer.weight.as_slice().iter().chain(layer.bias.as_slice()).all(|value| value.to_bits() == 0));
        assert_eq!(layer.weight.as_slice().len() + layer.bias.as_slice().len(), 8);
    }
}
