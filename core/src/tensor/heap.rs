//! Constructors in place on the heap: a large tensor never passes over the stack, in debug builds neither.
#![allow(unsafe_code, reason = "one of the few views of the tensor floor; each block is argued")]

use super::{Cast, Float, Number, Scalar, Tensor, Vector, Zeroed};
use alloc::boxed::Box;

/// A value made in place on the heap; `Clone` copies it there in place too. Where there is an operating system it begins at
/// a line of the cache: vectors of 16 numbers that cross a line are read in two pieces.
///
/// `Box::clone` of a large tensor builds the copy on the stack first, which in a debug build ends the program.
///
/// ```
/// use formwork::{Tensor, tensor::Boxed};
/// let mut pictures = Boxed::<Tensor<1000, 784>>::zeroed();
/// pictures[(999, 783)] = 1.0;
/// assert_eq!(pictures.clone(), pictures);
/// ```
pub struct Boxed<T>(Box<Line<T>>);

#[cfg_attr(not(target_os = "none"), repr(align(64)))]
struct Line<T>(T);

impl<T> Boxed<T> {
    /// Moves a value to the heap.
    pub fn new(value: T) -> Self {
        Self(Box::new(Line(value)))
    }
}

impl<T: Zeroed> Boxed<T> {
    /// A zero value, made in place.
    pub fn zeroed() -> Self {
        Self(Line::boxed_zeroed())
    }
}

/// Moves the value to a place that begins at a line of the cache.
impl<T> From<Box<T>> for Boxed<T> {
    fn from(value: Box<T>) -> Self {
        let (value, mut place) = (Box::into_raw(value), Box::<Line<T>>::new_uninit());
        // SAFETY: both point to memory for one `T`, aligned and apart from each other. The value is read once: the box that
        // it came in gives back its memory as that of a value that may not be there, and so drops none.
        unsafe {
            core::ptr::copy_nonoverlapping::<T>(value, &raw mut (*place.as_mut_ptr()).0, 1);
            drop(Box::from_raw(value.cast::<core::mem::MaybeUninit<T>>()));
            Self(place.assume_init())
        }
    }
}

impl<T: Zeroed> Clone for Boxed<T> {
    fn clone(&self) -> Self {
        let mut copy = Line::<T>::boxed_zeroed();
        // SAFETY: both point to one whole, aligned value and do not overlap. `Zeroed` is implemented for numbers and
        // for arrays and structs of numbers alone, none of which owns anything, so a copy of the bytes is a value
        // of its own.
        unsafe { core::ptr::copy_nonoverlapping::<T>(&raw const self.0.0, &raw mut copy.0, 1) };
        Self(copy)
    }
}

impl<T: PartialEq> PartialEq for Boxed<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: core::fmt::Debug> core::fmt::Debug for Boxed<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("Boxed").field(&**self).finish()
    }
}

impl<T> core::ops::Deref for Boxed<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0.0
    }
}

impl<T> core::ops::DerefMut for Boxed<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0.0
    }
}

// SAFETY: a struct of one field whose zero bytes are valid has that property too.
unsafe impl<T: Zeroed> Zeroed for Line<T> {}

impl<const R: usize, const C: usize, T: Scalar + Zeroed> Tensor<R, C, T> {
    /// Every element is 0; made in place on the heap.
    ///
    /// ```
    /// use formwork::Tensor;
    /// let pictures = Tensor::<60000, 784, u8>::boxed_zeros();
    /// assert_eq!(pictures[(59999, 783)], 0);
    /// ```
    pub fn boxed_zeros() -> Box<Self> {
        Self::boxed_zeroed()
    }
}

impl<const R: usize, const C: usize, T: Scalar + Zeroed> Tensor<R, C, T> {
    /// Every element is 1; made in place on the heap.
    pub fn boxed_ones() -> Box<Self> {
        Self::boxed_full(T::ONE)
    }

    /// Every element is `value`; made in place on the heap.
    pub fn boxed_full(value: T) -> Box<Self> {
        let mut result = Self::boxed_zeros();
        result.fill(value);
        result
    }

    /// 1 on the diagonal, 0 elsewhere; made in place on the heap.
    pub fn boxed_eye() -> Box<Self> {
        let mut result = Self::boxed_zeros();
        for element in result.as_mut_slice().iter_mut().step_by(C + 1).take(R.min(C)) {
            *element = T::ONE;
        }
        result
    }

    /// The element at (row, col) is `value(row, col)`; made in place on the heap.
    pub fn boxed_from_fn(mut value: impl FnMut(usize, usize) -> T) -> Box<Self> {
        let mut result = Self::boxed_zeros();
        for (row, elements) in result.0.iter_mut().enumerate() {
            for (col, element) in elements.iter_mut().enumerate() {
                *element = value(row, col);
            }
        }
        result
    }

    /// The elements of a slice, row after row; made in place on the heap.
    ///
    /// # Errors
    /// The slice has another number of elements.
    pub fn boxed_from_slice(values: &[T]) -> Result<Box<Self>, super::LengthError> {
        let mut result = Self::boxed_zeros();
        result.copy_from(values)?;
        Ok(result)
    }

    /// A copy, made in place on the heap.
    ///
    /// ```
    /// use formwork::Tensor;
    /// let ones = Tensor::<60000, 784, u8>::boxed_ones();
    /// assert_eq!(ones.boxed_clone().sum(), 60000 * 784);
    /// ```
    pub fn boxed_clone(&self) -> Box<Self> {
        let mut result = Self::boxed_zeros();
        result.as_mut_slice().copy_from_slice(self.as_slice());
        result
    }
}

impl<const R: usize, const C: usize, T: Scalar + Zeroed> Tensor<R, C, T> {
    /// Zeros of the same shape and type, made in place on the heap. PyTorch: `torch.zeros_like(x)`.
    pub fn boxed_zeros_like(&self) -> Box<Self> {
        Self::boxed_zeros()
    }

    /// Ones of the same shape and type, made in place on the heap. PyTorch: `torch.ones_like(x)`.
    pub fn boxed_ones_like(&self) -> Box<Self> {
        Self::boxed_ones()
    }

    /// A tensor of the same shape and type, every element `value`, made in place on the heap. PyTorch:
    /// `torch.full_like(x, value)`.
    pub fn boxed_full_like(&self, value: T) -> Box<Self> {
        Self::boxed_full(value)
    }
}

impl<const N: usize, T: Number + Zeroed> Vector<N, T>
where
    u64: Cast<T>,
{
    /// [`arange`](Self::arange), made in place on the heap.
    ///
    /// ```
    /// use formwork::Vector;
    /// assert_eq!(Vector::<1_000_000, i64>::boxed_arange(1, 1).sum(), 500_000_500_000);
    /// ```
    pub fn boxed_arange(start: T, step: T) -> Box<Self> {
        let mut result = Self::boxed_zeros();
        result.fill_arange(start, step);
        result
    }
}

impl<const N: usize, T: Float + Zeroed> Vector<N, T> {
    /// [`linspace`](Self::linspace), made in place on the heap.
    ///
    /// ```
    /// use formwork::{Vector, tensor::End};
    /// let x = Vector::<1_000_001, f64>::boxed_linspace(0.0, 1.0);
    /// assert_eq!((x[(0, 1)], x[(End(1), End(1))]), (1e-6, 1.0));
    /// ```
    pub fn boxed_linspace(start: T, end: T) -> Box<Self> {
        let mut result = Self::boxed_zeros();
        result.fill_linspace(start, end);
        result
    }
}

#[cfg(test)]
mod tests {
    use super::Boxed;
    use crate::{Tensor, Vector};
    use std::boxed::Box;
    use std::format;
    use std::rc::Rc;

    #[test]
    fn a_box_moves_to_a_line_of_the_cache_and_is_dropped_once() {
        let counted = Rc::new(());
        let moved = Boxed::from(Box::new((Rc::clone(&counted), [7_u8; 3])));
        assert_eq!((Rc::strong_count(&counted), moved.1), (2, [7; 3]));
        assert_eq!(core::ptr::from_ref(&*moved).addr() % 64, 0);
        drop(moved);
        assert_eq!(Rc::strong_count(&counted), 1);
    }

    #[test]
    fn values_and_copies_begin_at_a_line_of_the_cache() {
        for _ in 0..8 {
            let (zeros, ones) = (Boxed::<Tensor<3, 5>>::zeroed(), Boxed::new(Vector::<5>::ones()));
            for at in [zeros.as_slice().as_ptr(), zeros.clone().as_slice().as_ptr(), ones.as_slice().as_ptr()] {
                assert_eq!(at.addr() % 64, 0);
            }
            assert_eq!(format!("{:?}", ones.clone()), format!("Boxed({:?})", *ones));
        }
    }
}
