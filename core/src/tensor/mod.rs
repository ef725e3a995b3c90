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
//! | `number` | arithmetic on slices |
//! | `arithmetic`, `loops`, `float` | what it is made of: single elements, loops, floats |
//! | `fresh` | new tensors that are written once |
//! | `operators` | `+ - * / %`, broadcasting |
//! | `elementwise` | functions of each element, comparisons |
//! | `index`, `slice` | rows, columns, elements; parts with sizes in the type |
//! | `join`, `many` | joining, cutting, turning; more than two parts at once |
//! | `reduce` | sums, means, variances, extremes |
//! | `softmax`, `sort` | by row |
//! | `matmul`, `linalg` | products, norms, factors, solutions |
//! | `random` | random tensors |
//! | `interop` | other libraries' matrices, NumPy's files |
//! | `print` | `Display` as PyTorch prints |
//! | `assert` | messages of const assertions |
//! | `sample` | what a network reads as one sample |
//!
//! Two kinds of shape rule, and only two: *the same size twice* (matmul, `+`) is the same const parameter
//! twice, and the type checker compares; *a size computed from others* is an inline const assertion whose message
//! carries the operation and the numbers, found by `cargo build` (not yet by `cargo check`).

mod arithmetic;
mod assert;
mod bytes;
mod create;
mod elementwise;
mod float;
mod fresh;
#[cfg(feature = "alloc")]
mod heap;
mod index;
mod interop;
mod join;
mod linalg;
mod loops;
mod many;
mod matmul;
mod number;
mod operators;
mod print;
mod random;
mod reduce;
mod sample;
mod scalar;
mod slice;
mod softmax;
mod sort;
mod view;
mod zeroed;

pub(crate) use bytes::take as take_array;
pub use create::LengthError;
pub use elementwise::Comparand;
#[cfg(feature = "alloc")]
pub use heap::Boxed;
pub use index::End;
#[cfg(feature = "ndarray")]
pub use interop::ShapeError;
#[cfg(feature = "npy")]
pub use interop::{NpyElement, NpyError};
pub use linalg::{LinalgError, Square};
pub use many::{CatCols, CatRows, SplitCols, SplitRows};
pub use matmul::Norm;
pub use number::{Float, Number, Sum};
pub use operators::{OverCols, OverRows};
pub use random::{Random, RandomInteger};
pub use sample::Sample;
pub use scalar::{Cast, Scalar};
pub use zeroed::Zeroed;
pub(crate) use zeroed::{zero, zeroed};

#[doc(hidden)]
pub use assert::Message;
#[doc(hidden)]
pub use join::reshape_fits;
#[doc(hidden)]
pub use slice::{range_in, range_length};
#[doc(hidden)]
pub use view::AtMost;

pub use crate::kernel::element::Element;

/// A matrix of `R` rows and `C` columns of `T`, row after row in memory, on the stack unless boxed.
///
/// `+ - * / %` and unary minus work element by element: with a tensor of the same shape, with a scalar on either side, with a
/// row spread by [`over_rows`](Self::over_rows) or a column spread by [`over_cols`](Self::over_cols), and in their assigning
/// forms. `%` keeps the sign of the left side (`torch.fmod`); [`remainder`](Self::remainder) is PyTorch's `%`. Floats
/// follow IEEE 754: x / 0 is infinite, 0 / 0 and everything with `NaN` is `NaN`. Integers wrap around in debug builds too, as
/// PyTorch's do; `/` and `%` of integers round towards 0, and panic for a divisor of 0 as Rust's do.
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
