//! Slices whose sizes are part of the type.
//!
//! Whether a slice lies inside its tensor is a const assertion: found by `cargo build`, not by `cargo check`. The
//! macro [`slice!`](crate::slice) checks its ranges in an item, which `cargo check` finds, and with the shape
//! spelled out (`slice!(x: [4, 5][1..3, 0..2])`) that they lie inside it too.

use super::assert::fits;
use super::{Scalar, Tensor};

impl<const R: usize, const C: usize, T> Tensor<R, C, T> {
    /// N rows from row START on, in place. PyTorch: `x[START:START + N]`.
    ///
    /// ```
    /// use formwork::tensor;
    /// let mut x = tensor![[1, 2], [3, 4], [5, 6]];
    /// assert_eq!(*x.rows::<1, 2>(), tensor![[3, 4], [5, 6]]);
    /// x.rows_mut::<0, 2>().fill(0);
    /// assert_eq!(x, tensor![[0, 0], [0, 0], [5, 6]]);
    /// ```
    pub const fn rows<const START: usize, const N: usize>(&self) -> &Tensor<N, C, T> {
        fits!(START + N <= R, "rows: ", N, " rows from row ", START, " on do not lie in ", R, " rows");
        Tensor::from_array_ref(match self.0.split_at(START).1.first_chunk() {
            Some(rows) => rows,
            None => unreachable!(),
        })
    }

    /// N rows from row START on, in place, to write. PyTorch: `x[START:START + N] = ...`.
    pub const fn rows_mut<const START: usize, const N: usize>(&mut self) -> &mut Tensor<N, C, T> {
        fits!(START + N <= R, "rows_mut: ", N, " rows from row ", START, " on do not lie in ", R, " rows");
        Tensor::from_array_mut(match self.0.split_at_mut(START).1.first_chunk_mut() {
            Some(rows) => rows,
            None => unreachable!(),
        })
    }
}

impl<const R: usize, const C: usize, T: Scalar> Tensor<R, C, T> {
    /// N columns from column START on, copied. PyTorch: `x[:, START:START + N]`.
    pub fn cols<const START: usize, const N: usize>(&self) -> Tensor<R, N, T> {
        fits!(START + N <= C, "cols: ", N, " columns from column ", START, " on do not lie in ", C, " columns");
        let mut result = Tensor::zeros();
        for (to, from) in result.0.iter_mut().zip(&self.0) {
            to.copy_from_slice(from.split_at(START).1.split_at(N).0);
        }
        result
    }

    /// Writes N columns over those from column START on. PyTorch: `x[:, START:START + N] = values`.
    pub fn set_cols<const START: usize, const N: usize>(&mut self, values: &Tensor<R, N, T>) {
        fits!(START + N <= C, "set_cols: ", N, " columns from column ", START, " on do not lie in ", C, " columns");
        for (to, from) in self.0.iter_mut().zip(&values.0) {
            to.split_at_mut(START).1.split_at_mut(N).0.copy_from_slice(from);
        }
    }

    /// N rows from ROW on and M columns from COL on, copied; see [`slice!`](crate::slice).
    pub fn block<const ROW: usize, const N: usize, const COL: usize, const M: usize>(&self) -> Tensor<N, M, T> {
        self.rows::<ROW, N>().cols::<COL, M>()
    }

    /// Writes a tensor over N rows from ROW on and M columns from COL on; see [`slice!`](crate::slice).
    pub fn set_block<const ROW: usize, const N: usize, const COL: usize, const M: usize>(
        &mut self,
        values: &Tensor<N, M, T>,
    ) {
        self.rows_mut::<ROW, N>().set_cols::<COL, M>(values);
    }
}

/// A range's length, or the message why it has none.
#[doc(hidden)]
pub const fn range_length(start: usize, end: usize) -> usize {
    if start > end {
        let message = super::Message::new("slice: the range ").number(start).text("..").number(end);
        panic!("{}", message.text(" ends before it starts").as_str());
    }
    end - start
}

/// Whether a range lies in a size, or the message why not.
#[doc(hidden)]
pub const fn range_in(end: usize, size: usize, what: &str) {
    if end > size {
        let message = super::Message::new("slice: the range ends at ").text(what).number(end).text(", but there are ");
        panic!("{}", message.number(size).as_str());
    }
}

/// A part of a tensor, whose sizes the ranges give: `slice!(x[1..3, 0..2])` is a `Tensor<2, 2>`.
///
/// `slice!(x[1..3, 0..2] = values)` writes over the part; `..` alone takes all: `slice!(x[.., 0..2])`, `slice!(x[1..3])`. With the tensor's shape spelled out,
/// `slice!(x: [4, 5][1..3, 0..2])`, a range outside it is found by `cargo check`, otherwise by `cargo build`. The bounds are
/// literals, or constants in braces.
///
/// ```
/// use formwork::{Tensor, slice, tensor};
/// let mut x = tensor![[1, 2, 3], [4, 5, 6], [7, 8, 9]];
/// assert_eq!(slice!(x[1..3, 0..2]), tensor![[4, 5], [7, 8]]);
/// assert_eq!(slice!(x: [3, 3][0..1, 1..3]), tensor![2, 3]);
/// slice!(x[0..2, 0..2] = tensor![[0, 0], [0, 0]]);
/// assert_eq!(x, tensor![[0, 0, 3], [0, 0, 6], [7, 8, 9]]);
/// assert_eq!(slice!(x[.., 1..3]), tensor![[0, 3], [0, 6], [8, 9]]);
/// slice!(x[1..3] = tensor![[1, 1, 1], [2, 2, 2]]);
/// assert_eq!(slice!(x[0..2, ..]), tensor![[0, 0, 3], [1, 1, 1]]);
/// ```
#[macro_export]
macro_rules! slice {
    ($x:ident[.., $c0:tt .. $c1:tt] = $values:expr) => {{
        const COLS: usize = $crate::tensor::range_length($c0, $c1);
        $x.set_cols::<{ $c0 }, COLS>(&$values)
    }};
    ($x:ident[.., $c0:tt .. $c1:tt]) => {{
        const COLS: usize = $crate::tensor::range_length($c0, $c1);
        $x.cols::<{ $c0 }, COLS>()
    }};
    ($x:ident[$r0:tt .. $r1:tt $(, ..)?] = $values:expr) => {{
        const ROWS: usize = $crate::tensor::range_length($r0, $r1);
        *$x.rows_mut::<{ $r0 }, ROWS>() = $values
    }};
    ($x:ident[$r0:tt .. $r1:tt $(, ..)?]) => {{
        const ROWS: usize = $crate::tensor::range_length($r0, $r1);
        $x.rows::<{ $r0 }, ROWS>().clone()
    }};
    ($x:ident[$r0:tt .. $r1:tt, $c0:tt .. $c1:tt] = $values:expr) => {{
        const ROWS: usize = $crate::tensor::range_length($r0, $r1);
        const COLS: usize = $crate::tensor::range_length($c0, $c1);
        $x.set_block::<{ $r0 }, ROWS, { $c0 }, COLS>(&$values)
    }};
    ($x:ident[$r0:tt .. $r1:tt, $c0:tt .. $c1:tt]) => {{
        const ROWS: usize = $crate::tensor::range_length($r0, $r1);
        const COLS: usize = $crate::tensor::range_length($c0, $c1);
        $x.block::<{ $r0 }, ROWS, { $c0 }, COLS>()
    }};
    ($x:ident: [$rows:expr, $cols:expr][$r0:tt .. $r1:tt, $c0:tt .. $c1:tt]) => {{
        const _: () = $crate::tensor::range_in($r1, $rows, "row ");
        const _: () = $crate::tensor::range_in($c1, $cols, "column ");
        let part: &$crate::Tensor<{ $rows }, { $cols }, _> = &$x;
        $crate::slice!(part[$r0..$r1, $c0..$c1])
    }};
}
