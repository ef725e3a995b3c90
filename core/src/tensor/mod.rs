//! [`Tensor`]: a matrix whose sizes are part of its type.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `mod` | the type, its constants, access by index and as slices |
//! | `scalar` | the element types |
//! | `bytes` | numbers from bytes, in constants |
//! | `create` | constructors |
//! | `heap` | constructors in place on the heap (feature `alloc`) |
//! | `view` | the same memory under another type |
//! | `operators` | `+ - *` |
//! | `sample` | what a network reads as one sample |
//!
//! Two kinds of shape rule, and only two: *the same size twice* (matmul, `+`) is the same const parameter
//! twice, and the type checker compares; *a size computed from others* is an inline const assertion whose message
//! carries the operation and the numbers, found by `cargo build` (not yet by `cargo check`).

mod bytes;
mod create;
#[cfg(feature = "alloc")]
mod heap;
mod operators;
mod sample;
mod scalar;
mod view;

pub(crate) use bytes::take as take_array;
#[cfg(feature = "alloc")]
pub use heap::{Boxed, Zeroed};
pub(crate) use heap_macro::zeroed;
pub use sample::Sample;
pub use scalar::Scalar;

pub use crate::kernel::element::Element;

/// A matrix of `R` rows and `C` columns of `T`, row after row in memory, on the stack unless boxed.
///
/// ```
/// use formwork::Tensor;
/// let x = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
/// assert_eq!(x[(1, 2)], 6.0);
/// assert_eq!(Tensor::<2, 3>::SHAPE, [2, 3]);
/// ```
#[repr(transparent)]
#[derive(Clone, PartialEq)]
pub struct Tensor<const R: usize, const C: usize, T = f32>([[T; C]; R]);

/// A row of `N` values.
pub type Vector<const N: usize, T = f32> = Tensor<1, N, T>;

impl<const R: usize, const C: usize> Tensor<R, C> {
    /// The elements from the front of `bytes`, little-endian, which then begins behind them; panics where there are fewer.
    pub(crate) const fn take(bytes: &mut &[u8]) -> Self {
        Self(bytes::take(bytes))
    }
}

impl<const R: usize, const C: usize, T> Tensor<R, C, T> {
    /// Rows and columns.
    pub const SHAPE: [usize; 2] = [R, C];
    /// Number of elements, R * C.
    pub const NUMEL: usize = R * C;

    /// The rows as an array of arrays.
    pub const fn as_array(&self) -> &[[T; C]; R] {
        &self.0
    }

    /// The rows as an array of arrays, to write.
    pub const fn as_array_mut(&mut self) -> &mut [[T; C]; R] {
        &mut self.0
    }

    /// The rows as an array of arrays.
    pub fn into_array(self) -> [[T; C]; R] {
        self.0
    }

    /// All elements, row after row.
    #[inline]
    pub const fn as_slice(&self) -> &[T] {
        self.0.as_flattened()
    }

    /// All elements, row after row, to write.
    #[inline]
    pub const fn as_mut_slice(&mut self) -> &mut [T] {
        self.0.as_flattened_mut()
    }

    /// The element of a row and a column, or `None` outside the tensor.
    #[inline]
    pub fn get(&self, row: usize, col: usize) -> Option<&T> {
        self.0.get(row)?.get(col)
    }
}

impl<const R: usize, const C: usize, T> From<[[T; C]; R]> for Tensor<R, C, T> {
    fn from(rows: [[T; C]; R]) -> Self {
        Self(rows)
    }
}

// The bound tells an array of numbers from an array of arrays, so that `Tensor::from` of either is not ambiguous.
impl<const N: usize, T: Scalar> From<[T; N]> for Vector<N, T> {
    fn from(row: [T; N]) -> Self {
        Self([row])
    }
}

/// `x[(row, col)]`; panics outside the tensor, as slices do.
impl<const R: usize, const C: usize, T> core::ops::Index<(usize, usize)> for Tensor<R, C, T> {
    type Output = T;
    fn index(&self, (row, col): (usize, usize)) -> &T {
        &self.0[row][col]
    }
}

/// `x[(row, col)] = value`; panics outside the tensor, as slices do.
impl<const R: usize, const C: usize, T> core::ops::IndexMut<(usize, usize)> for Tensor<R, C, T> {
    fn index_mut(&mut self, (row, col): (usize, usize)) -> &mut T {
        &mut self.0[row][col]
    }
}

impl<const R: usize, const C: usize, T: core::fmt::Debug> core::fmt::Debug for Tensor<R, C, T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Tensor<{R}, {C}>(")?;
        f.debug_list().entries(&self.0).finish()?;
        write!(f, ")")
    }
}

mod heap_macro {
    /// Says that a struct whose fields are all [`Zeroed`](super::Zeroed) is `Zeroed`, and lets the compiler check it.
    macro_rules! zeroed {
        (impl [$($generics:tt)*] $name:ty { $($field:ident : $kind:ty),* $(,)? }) => {
            #[cfg(feature = "alloc")]
            // SAFETY: every field is `Zeroed` (the where clause), and the pattern names every field.
            #[allow(unsafe_code, reason = "the one place where the heap form of a struct is argued")]
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
}
