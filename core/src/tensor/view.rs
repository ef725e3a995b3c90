//! The same memory under another type.
#![allow(unsafe_code, reason = "one of the few views of the tensor floor; each block is argued")]

use super::{Tensor, Vector};

impl<const R: usize, const C: usize, T> Tensor<R, C, T> {
    /// The rows, each a [`Vector`].
    #[inline]
    pub const fn rows_as_vectors(&self) -> &[Vector<C, T>; R] {
        // SAFETY: `Tensor<1, C, T>` is `[[T; C]; 1]` and nothing else (`repr(transparent)`), which lies in memory
        // as `[T; C]` does; so `[Tensor<1, C, T>; R]` lies as `[[T; C]; R]` does.
        unsafe { &*core::ptr::from_ref(&self.0).cast() }
    }

    /// The rows, each a [`Vector`], to write.
    #[inline]
    pub const fn rows_as_vectors_mut(&mut self) -> &mut [Vector<C, T>; R] {
        // SAFETY: as in `rows_as_vectors`; the borrow is exclusive.
        unsafe { &mut *core::ptr::from_mut(&mut self.0).cast() }
    }

    // By one cast: `as_flattened` is two more functions for every shape, which the compiler of a user's network feels.

    /// All elements, row after row.
    #[inline]
    pub const fn as_slice(&self) -> &[T] {
        // SAFETY: `Tensor<R, C, T>` is `[[T; C]; R]` and nothing else (`repr(transparent)`): R C elements.
        unsafe { &*core::ptr::slice_from_raw_parts(core::ptr::from_ref(self).cast(), R * C) }
    }

    /// All elements, row after row, to write.
    #[inline]
    pub const fn as_mut_slice(&mut self) -> &mut [T] {
        // SAFETY: as in `as_slice`; the borrow is exclusive.
        unsafe { &mut *core::ptr::slice_from_raw_parts_mut(core::ptr::from_mut(self).cast(), R * C) }
    }

    /// All elements of several tensors, one after the other.
    #[inline]
    pub(crate) const fn flatten_slice(tensors: &[Self]) -> &[T] {
        // SAFETY: `Tensor<R, C, T>` is `[[T; C]; R]` and nothing else (`repr(transparent)`).
        let arrays: &[[[T; C]; R]] = unsafe { core::slice::from_raw_parts(tensors.as_ptr().cast(), tensors.len()) };
        if STACK_IS_SMALL {
            return arrays.as_flattened().as_flattened();
        }
        // SAFETY: they are elements and nothing else, as many as fit in there.
        unsafe { core::slice::from_raw_parts(arrays.as_ptr().cast(), arrays.len() * Self::ELEMENTS) }
    }

    /// All elements of several tensors, one after the other, to write.
    #[inline]
    pub(crate) const fn flatten_slice_mut(tensors: &mut [Self]) -> &mut [T] {
        let length = tensors.len();
        // SAFETY: as in `flatten_slice`; the borrow is exclusive.
        let arrays: &mut [[[T; C]; R]] =
            unsafe { core::slice::from_raw_parts_mut(tensors.as_mut_ptr().cast(), length) };
        if STACK_IS_SMALL {
            return arrays.as_flattened_mut().as_flattened_mut();
        }
        // SAFETY: as in `flatten_slice`; the borrow is exclusive.
        unsafe { core::slice::from_raw_parts_mut(arrays.as_mut_ptr().cast(), length * Self::ELEMENTS) }
    }

    /// Elements of a tensor; none where an element has no bytes, as then their number has no bound.
    const ELEMENTS: usize = if size_of::<T>() > 0 { R * C } else { 0 };
}

/// With the shorter view of several tensors rustc takes a layer's forward pass for a part of the network's, where what it passes
/// on has a place of its own on the stack: 176 bytes of a network of five layers.
const STACK_IS_SMALL: bool = cfg!(target_os = "none");

/// A number of at most `N`: how many rows of a tape for `N` a batch fills.
///
/// ```
/// use formwork::network::AtMost;
/// assert_eq!(AtMost::new(2).of(&[1.0, 2.0, 3.0]), [1.0, 2.0]);
/// assert_eq!(AtMost::new(4).of(&[1.0, 2.0, 3.0]), [1.0, 2.0, 3.0]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct AtMost<const N: usize>(usize);

impl<const N: usize> AtMost<N> {
    /// The number itself, or `N` where it is more.
    #[inline]
    pub const fn new(number: usize) -> Self {
        Self(if number < N { number } else { N })
    }

    // By one cast each, with nothing that branches: the compiler of a user's network meets them five times for every layer.

    /// So many of an array's values, from the first on.
    #[inline]
    pub const fn of<T>(self, array: &[T; N]) -> &[T] {
        // SAFETY: there are N values, and this number is not above (`new` alone makes one).
        unsafe { core::slice::from_raw_parts(array.as_ptr(), self.0) }
    }

    /// The same to write.
    #[inline]
    pub const fn of_mut<T>(self, array: &mut [T; N]) -> &mut [T] {
        // SAFETY: as in `of`; the borrow is exclusive.
        unsafe { core::slice::from_raw_parts_mut(array.as_mut_ptr(), self.0) }
    }
}

impl<const N: usize, T> Vector<N, T> {
    /// An array's memory as a vector.
    #[inline]
    pub const fn from_mut(array: &mut [T; N]) -> &mut Self {
        // SAFETY: `Tensor<1, N, T>` is `[[T; N]; 1]` and nothing else (`repr(transparent)`), which lies in memory as
        // `[T; N]` does; the borrow is exclusive.
        unsafe { &mut *core::ptr::from_mut(array).cast() }
    }

    /// Several arrays' memory as vectors.
    #[inline]
    pub(crate) const fn from_arrays(arrays: &[[T; N]]) -> &[Self] {
        // SAFETY: as in `from_mut`; a slice of the one lies in memory as a slice of the other.
        unsafe { core::slice::from_raw_parts(arrays.as_ptr().cast(), arrays.len()) }
    }

    /// Several arrays' memory as vectors, to write.
    #[inline]
    pub(crate) const fn from_arrays_mut(arrays: &mut [[T; N]]) -> &mut [Self] {
        let length = arrays.len();
        // SAFETY: as in `from_arrays`; the borrow is exclusive.
        unsafe { core::slice::from_raw_parts_mut(arrays.as_mut_ptr().cast(), length) }
    }
}

impl<const A: usize, T> Vector<A, T> {
    /// The memory of an array's first values as a vector, that of its last values as another.
    // By two casts: to split the array is more code for the compiler of a user's network than all else of a layer's prediction.
    #[inline]
    pub(crate) const fn both_ends<const N: usize, const B: usize>(
        array: &mut [T; N],
    ) -> (&mut Self, &mut Vector<B, T>) {
        const { assert!(A + B <= N, "an array has fewer values than its two ends") };
        let start = array.as_mut_ptr();
        // SAFETY: of N values (asserted) A lie before the last B, so that neither vector has a value of the other; both live
        // as long as the borrow of the array, which is exclusive. For the types see `from_mut`.
        unsafe { (&mut *start.cast(), &mut *start.add(N - B).cast()) }
    }
}

impl<const R: usize, const C: usize, T> Tensor<R, C, T> {
    /// An array's memory as a tensor.
    #[inline]
    pub const fn from_array_ref(array: &[[T; C]; R]) -> &Self {
        // SAFETY: `Tensor<R, C, T>` is `[[T; C]; R]` and nothing else (`repr(transparent)`).
        unsafe { &*core::ptr::from_ref(array).cast() }
    }

    /// An array's memory as a tensor, to write.
    #[inline]
    pub const fn from_array_mut(array: &mut [[T; C]; R]) -> &mut Self {
        // SAFETY: as in `from_array_ref`; the borrow is exclusive.
        unsafe { &mut *core::ptr::from_mut(array).cast() }
    }
}

impl<const R: usize, const C: usize, T> Tensor<R, C, T> {
    /// The same elements in the same order under another shape, in place; see [`reshape`](Self::reshape).
    #[inline]
    pub const fn reshape_ref<const N: usize, const M: usize>(&self) -> &Tensor<N, M, T> {
        super::assert::fits!(
            R * C == N * M,
            "reshape: ",
            R,
            " x ",
            C,
            " is ",
            R * C,
            " elements, but ",
            N,
            " x ",
            M,
            " is ",
            N * M,
            ""
        );
        // SAFETY: both are arrays of the same number of `T` (asserted), which lie one after the other.
        unsafe { &*core::ptr::from_ref(self).cast() }
    }
}

#[cfg(test)]
mod tests {
    use super::{AtMost, Tensor, Vector};

    #[test]
    fn both_ends_are_written_side_by_side() {
        let mut array = [0.0; 5];
        let (front, back) = Vector::<2>::both_ends::<5, 3>(&mut array);
        front.as_mut_slice().copy_from_slice(&[1.0, 2.0]);
        back.as_mut_slice().copy_from_slice(&[3.0, 4.0, 5.0]);
        front[(0, 1)] += back[(0, 0)];
        assert_eq!(array, [1.0, 5.0, 3.0, 4.0, 5.0]);
        let (front, back) = Vector::<5>::both_ends::<5, 0>(&mut array);
        assert_eq!((front.as_slice().len(), back.as_slice().len()), (5, 0));
    }

    #[test]
    fn never_more_rows_than_there_are() {
        let mut array = [1, 2, 3];
        for (number, rows) in [(0, 0), (2, 2), (3, 3), (4, 3), (usize::MAX, 3)] {
            assert_eq!(AtMost::new(number).of(&array).len(), rows);
            AtMost::new(number).of_mut(&mut array).iter_mut().for_each(|value| *value += 1);
        }
        assert_eq!(array, [5, 6, 6]);
    }

    #[test]
    fn several_tensors_are_their_elements() {
        let mut tensors = [Tensor::from([[1, 2, 3], [4, 5, 6]]), Tensor::from([[7, 8, 9], [10, 11, 12]])];
        Tensor::flatten_slice_mut(&mut tensors)[6] = 0;
        assert_eq!(Tensor::flatten_slice(&tensors), [1, 2, 3, 4, 5, 6, 0, 8, 9, 10, 11, 12]);
        // Of what has no bytes there could be more than a slice can count.
        assert!(Tensor::flatten_slice(&[Tensor([[(); 3]; 2])]).is_empty());
        assert!(Tensor::<0, 3>::flatten_slice(&[Tensor::zeros(), Tensor::zeros()]).is_empty());
    }

    #[test]
    fn rows_and_shapes_are_the_same_memory() {
        let mut tensor = Tensor::from([[1, 2], [3, 4], [5, 6]]);
        tensor.rows_as_vectors_mut()[2].as_mut_slice()[0] = 7;
        assert_eq!(tensor.rows_as_vectors()[2], Vector::from([7, 6]));
        assert_eq!(tensor.reshape_ref::<2, 3>(), &Tensor::from([[1, 2, 3], [4, 7, 6]]));
        let mut rows = [[1, 2], [3, 4]];
        Vector::from_arrays_mut(&mut rows)[1].as_mut_slice()[0] = 0;
        assert_eq!(Vector::from_arrays(&rows), [Vector::from([1, 2]), Vector::from([0, 4])]);
    }
}
