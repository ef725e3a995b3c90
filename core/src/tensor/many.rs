//! Joining and cutting more than two tensors at once: the parts are a tuple, their types carry the sizes.
//!
//! That the parts make up the whole is a const assertion: found by `cargo build`, not by `cargo check`.

use super::assert::fits;
use super::{Scalar, Tensor};

/// References to up to eight tensors of `C` columns, to be joined one below the other.
pub trait CatRows<const C: usize, T> {
    /// Rows of all.
    const ROWS: usize;
    #[doc(hidden)]
    fn write(&self, to: &mut [[T; C]]);
}

/// References to up to eight tensors of `R` rows, to be joined side by side.
pub trait CatCols<const R: usize, T> {
    /// Columns of all.
    const COLS: usize;
    #[doc(hidden)]
    fn write<const C: usize>(&self, to: &mut [[T; C]; R]);
}

/// Up to eight tensors of `C` columns that are cut out of one, from the top downwards.
pub trait SplitRows<const C: usize, T> {
    /// Rows of all.
    const ROWS: usize;
    #[doc(hidden)]
    fn read(from: &[[T; C]]) -> Self;
}

/// Up to eight tensors of `R` rows that are cut out of one, from the left to the right.
pub trait SplitCols<const R: usize, T> {
    /// Columns of all.
    const COLS: usize;
    #[doc(hidden)]
    fn read<const C: usize>(from: &[[T; C]; R]) -> Self;
}

// What is done for each part is a function of its own: written out for every number of parts, it was 8 % of the library's
// MIR, which every user's first build compiles.

/// Copies `part` to the front of `to`, and gives what is behind it.
fn put<'a, V: Copy>(to: &'a mut [V], part: &[V]) -> &'a mut [V] {
    let (front, behind) = to.split_at_mut(part.len().min(to.len()));
    front.iter_mut().zip(part).for_each(|(to, from)| *to = *from);
    behind
}

/// Copies the front of `from` to `part`, and gives what is behind it.
pub(super) fn take<'a, V: Copy>(from: &'a [V], part: &mut [V]) -> &'a [V] {
    let (front, behind) = from.split_at(part.len().min(from.len()));
    part.iter_mut().zip(front).for_each(|(to, from)| *to = *from);
    behind
}

/// Copies `part` into the columns of `to` from `col` on, and gives the column behind it.
fn put_cols<T: Copy, const R: usize, const C: usize, const N: usize>(
    to: &mut [[T; C]; R],
    col: usize,
    part: &[[T; N]; R],
) -> usize {
    for (to, from) in to.iter_mut().zip(part) {
        put(to.get_mut(col..).unwrap_or(&mut []), from);
    }
    col + N
}

/// Copies the columns of `from` from `col` on to `part`, and gives the column behind them.
pub(super) fn take_cols<T: Copy, const R: usize, const C: usize, const N: usize>(
    from: &[[T; C]; R],
    col: usize,
    part: &mut [[T; N]; R],
) -> usize {
    for (from, to) in from.iter().zip(part) {
        take(from.get(col..).unwrap_or(&[]), to);
    }
    col + N
}

macro_rules! parts {
    ($($size:ident $part:ident),+) => {
        impl<const C: usize, T: Scalar, $(const $size: usize),+> CatRows<C, T> for ($(&Tensor<$size, C, T>,)+) {
            const ROWS: usize = 0 $(+ $size)+;
            fn write(&self, to: &mut [[T; C]]) {
                let ($($part,)+) = self;
                $(let to = put(to, &$part.0);)+
                let _ = to;
            }
        }
        impl<const R: usize, T: Scalar, $(const $size: usize),+> CatCols<R, T> for ($(&Tensor<R, $size, T>,)+) {
            const COLS: usize = 0 $(+ $size)+;
            fn write<const C: usize>(&self, to: &mut [[T; C]; R]) {
                let (($($part,)+), col) = (self, 0);
                $(let col = put_cols(to, col, &$part.0);)+
                let _ = col;
            }
        }
        impl<const C: usize, T: Scalar, $(const $size: usize),+> SplitRows<C, T> for ($(Tensor<$size, C, T>,)+) {
            const ROWS: usize = 0 $(+ $size)+;
            fn read(from: &[[T; C]]) -> Self {
                let mut parts = ($(Tensor::<$size, C, T>::zeros(),)+);
                let ($($part,)+) = &mut parts;
                $(let from = take(from, &mut $part.0);)+
                let _ = from;
                parts
            }
        }
        impl<const R: usize, T: Scalar, $(const $size: usize),+> SplitCols<R, T> for ($(Tensor<R, $size, T>,)+) {
            const COLS: usize = 0 $(+ $size)+;
            fn read<const C: usize>(from: &[[T; C]; R]) -> Self {
                let (mut parts, col) = (($(Tensor::<R, $size, T>::zeros(),)+), 0);
                let ($($part,)+) = &mut parts;
                $(let col = take_cols(from, col, &mut $part.0);)+
                let _ = col;
                parts
            }
        }
    };
}

parts!(N1 a, N2 b);
parts!(N1 a, N2 b, N3 c);
parts!(N1 a, N2 b, N3 c, N4 d);
parts!(N1 a, N2 b, N3 c, N4 d, N5 e);
parts!(N1 a, N2 b, N3 c, N4 d, N5 e, N6 f);
parts!(N1 a, N2 b, N3 c, N4 d, N5 e, N6 f, N7 g);
parts!(N1 a, N2 b, N3 c, N4 d, N5 e, N6 f, N7 g, N8 h);

impl<const R: usize, const C: usize, T: Scalar> Tensor<R, C, T> {
    /// Tensors one below the other. PyTorch: `torch.cat([x, y, z], dim=0)`.
    ///
    /// ```
    /// use formwork::{Tensor, tensor};
    /// let (x, y, z) = (tensor![1, 2], tensor![[3, 4], [5, 6]], tensor![7, 8]);
    /// assert_eq!(Tensor::<4, 2, i32>::cat_many_rows((&x, &y, &z)), tensor![[1, 2], [3, 4], [5, 6], [7, 8]]);
    /// ```
    pub fn cat_many_rows<P: CatRows<C, T>>(parts: P) -> Self {
        fits!(P::ROWS == R, "cat: the parts have ", P::ROWS, " rows, not ", R, "");
        let mut result = Self::zeros();
        parts.write(&mut result.0);
        result
    }

    /// Tensors side by side. PyTorch: `torch.cat([x, y, z], dim=1)`.
    ///
    /// ```
    /// use formwork::{Tensor, tensor};
    /// let (x, y, z) = (tensor![[1], [2]], tensor![[3, 4], [5, 6]], tensor![[7], [8]]);
    /// assert_eq!(Tensor::<2, 4, i32>::cat_many_cols((&x, &y, &z)), tensor![[1, 3, 4, 7], [2, 5, 6, 8]]);
    /// ```
    pub fn cat_many_cols<P: CatCols<R, T>>(parts: P) -> Self {
        fits!(P::COLS == C, "cat: the parts have ", P::COLS, " columns, not ", C, "");
        let mut result = Self::zeros();
        parts.write(&mut result.0);
        result
    }

    /// Parts of the rows, whose sizes the types give. PyTorch: `torch.split(x, [1, 2, 1])`.
    ///
    /// ```
    /// use formwork::{Tensor, Vector, tensor};
    /// let x = tensor![[1, 2], [3, 4], [5, 6], [7, 8]];
    /// let (top, middle, bottom): (Vector<2, i32>, Tensor<2, 2, i32>, Vector<2, i32>) = x.split_many_rows();
    /// assert_eq!((top, middle, bottom), (tensor![1, 2], tensor![[3, 4], [5, 6]], tensor![7, 8]));
    /// ```
    pub fn split_many_rows<P: SplitRows<C, T>>(&self) -> P {
        fits!(P::ROWS == R, "split: the parts have ", P::ROWS, " rows, not ", R, "");
        P::read(&self.0)
    }

    /// Parts of the columns, whose sizes the types give. PyTorch: `torch.split(x, [1, 2, 1], dim=1)`.
    ///
    /// ```
    /// use formwork::{Tensor, tensor};
    /// let x = tensor![[1, 2, 3, 4], [5, 6, 7, 8]];
    /// let (left, middle, right): (Tensor<2, 1, i32>, Tensor<2, 2, i32>, Tensor<2, 1, i32>) = x.split_many_cols();
    /// assert_eq!((left, middle, right), (tensor![[1], [5]], tensor![[2, 3], [6, 7]], tensor![[4], [8]]));
    /// ```
    pub fn split_many_cols<P: SplitCols<R, T>>(&self) -> P {
        fits!(P::COLS == C, "split: the parts have ", P::COLS, " columns, not ", C, "");
        P::read(&self.0)
    }
}
