//! Arithmetic on slices: the element types' operations. `arithmetic` has those on single elements, `loops` the loops, and
//! `float` what floats do in their own way.
//!
//! They are not generic over shapes, so that a user's debug build calls optimised code. Integers wrap, as
//! PyTorch's do, in debug builds too; dividing an integer by 0 panics, as Rust's `/` does. Floats follow IEEE 754;
//! maximum and minimum hand a `NaN` on.

use super::Scalar;
use super::arithmetic::Arithmetic;
use super::loops;
use crate::kernel::lanes::{Fresh, TARGET};
use core::mem::MaybeUninit;

/// An operation on two elements.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    Maximum,
    Minimum,
}

/// An operation on one element.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Single<T> {
    Negate,
    Absolute,
    Clamp(T, T),
}

/// One end of the order.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extreme {
    Largest,
    Smallest,
}

/// New places for results; whoever hands them out relies on it that every one is written.
#[doc(hidden)]
pub type New<'a, T> = &'a mut [MaybeUninit<T>];

/// Elements of a scalar that stands for a slice.
const PIECE: usize = 64;

/// An element type with arithmetic: every [`Scalar`] but `bool`. Sealed by what it is made of.
///
/// A method `*_new` is its namesake with the results in new places, of which it writes every one.
pub trait Number: Scalar + PartialOrd + Arithmetic {
    /// A right side shorter than the left is repeated.
    #[doc(hidden)]
    #[inline]
    fn zip(op: Binary, left: &mut [Self], right: &[Self]) {
        loops::zip::<TARGET, _>(op, left, right);
    }
    #[doc(hidden)]
    #[inline]
    fn zip_new(op: Binary, left: &[Self], right: &[Self], to: New<'_, Self>) {
        loops::zip::<TARGET, _>(op, Fresh { from: left, to }, right);
    }
    // The other forms are made of these two, piece after piece, where a type has no loop of its own for them: with ten
    // types and seven operations each loop costs a user's first build 70 functions.
    /// One right side a row.
    #[doc(hidden)]
    fn zip_cols(op: Binary, left: &mut [Self], right: &[Self]) {
        let cols = left.len() / right.len().max(1);
        for (row, &right) in left.chunks_mut(cols.max(1)).zip(right) {
            if cols < PIECE / 4 {
                row.iter_mut().for_each(|value| *value = Self::apply(op, *value, right));
            } else {
                Self::zip(op, row, &[right; PIECE]);
            }
        }
    }
    #[doc(hidden)]
    fn zip_cols_new(op: Binary, left: &[Self], right: &[Self], to: New<'_, Self>) {
        let cols = (left.len() / right.len().max(1)).max(1);
        for ((row, to), &right) in left.chunks(cols).zip(to.chunks_mut(cols)).zip(right) {
            Self::zip_new(op, row, &[right; PIECE], to);
        }
    }
    #[doc(hidden)]
    fn scalar_zip(op: Binary, left: Self, right: &mut [Self]) {
        for piece in right.chunks_mut(PIECE) {
            let mut held = [left; PIECE];
            for (held, value) in held.iter_mut().zip(&mut *piece) {
                core::mem::swap(held, value);
            }
            Self::zip(op, piece, &held);
        }
    }
    #[doc(hidden)]
    fn scalar_zip_new(op: Binary, left: Self, right: &[Self], to: New<'_, Self>) {
        for (right, to) in right.chunks(PIECE).zip(to.chunks_mut(PIECE)) {
            Self::zip_new(op, [left; PIECE].get(..right.len()).unwrap_or(&[]), right, to);
        }
    }
    #[doc(hidden)]
    fn zip_scalar(op: Binary, left: &mut [Self], right: Self) {
        Self::zip_cols(op, left, &[right]);
    }
    #[doc(hidden)]
    #[inline]
    fn apply(op: Binary, left: Self, right: Self) -> Self {
        loops::apply(op, left, right)
    }
    #[doc(hidden)]
    #[inline]
    fn single(op: Single<Self>, values: &mut [Self]) {
        loops::single::<TARGET, _>(op, values);
    }
    #[doc(hidden)]
    #[inline]
    fn single_new(op: Single<Self>, values: &[Self], to: New<'_, Self>) {
        loops::single::<TARGET, _>(op, Fresh { from: values, to });
    }
    /// The extreme of each of as many rows as there are outputs.
    #[doc(hidden)]
    #[inline]
    fn extremes(which: Extreme, values: &[Self], output: &mut [Self]) {
        loops::extremes::<TARGET, _>(which, values, output);
    }
    /// The first place of the value wanted, of each row.
    #[doc(hidden)]
    #[inline]
    fn places(values: &[Self], wanted: &[Self], output: &mut [i64]) {
        loops::places::<TARGET, _>(values, wanted, output);
    }
    /// The first row that holds the value wanted, of each column.
    #[doc(hidden)]
    #[inline]
    fn places_down(values: &[Self], wanted: &[Self], output: &mut [i64]) {
        loops::places_down::<TARGET, _>(values, wanted, output);
    }
    /// The product of each of as many rows as there are outputs.
    #[doc(hidden)]
    #[inline]
    fn products(values: &[Self], output: &mut [Self]) {
        loops::products::<TARGET, _>(values, output);
    }
    /// The extreme of each output and its column.
    #[doc(hidden)]
    #[inline]
    fn extremes_down(which: Extreme, values: &[Self], output: &mut [Self]) {
        loops::extremes_down::<TARGET, _>(which, values, output);
    }
    /// The product of each output and its column.
    #[doc(hidden)]
    #[inline]
    fn products_down(values: &[Self], output: &mut [Self]) {
        loops::products_down::<TARGET, _>(values, output);
    }
    #[doc(hidden)]
    #[inline]
    fn running(values: &mut [Self]) {
        loops::running(values);
    }
    #[doc(hidden)]
    #[inline]
    fn matmul(a: &[Self], b: &[Self], output: &mut [Self], _: usize, inner: usize, cols: usize) {
        loops::matmul((a, b), output, (inner, cols));
    }
    #[doc(hidden)]
    #[inline]
    fn matmul_nt(a: &[Self], b: &[Self], output: &mut [Self], _: usize, inner: usize, cols: usize) {
        loops::matmul_nt((a, b), output, (inner, cols));
    }
    #[doc(hidden)]
    #[inline]
    fn matmul_tn(a: &[Self], b: &[Self], output: &mut [Self], rows: usize, _: usize, cols: usize) {
        loops::matmul_tn((a, b), output, (rows, cols));
    }
    #[doc(hidden)]
    fn largest(values: &[Self]) -> Option<Self> {
        let mut result = [*values.first()?];
        Self::extremes(Extreme::Largest, values, &mut result);
        let [result] = result;
        Some(result)
    }
}

/// A function of one float.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Unary {
    Exp,
    Ln,
    Sqrt,
    Sin,
    Cos,
    Tanh,
    Sigmoid,
    Relu,
    Floor,
    Ceil,
    Round,
    Recip,
}

/// `f32` or `f64`.
pub trait Float: Number + Sum<Output = Self> + core::ops::Neg<Output = Self> {
    /// The difference between 1 and the next float.
    const EPSILON: Self;
    /// Positive infinity.
    const INFINITY: Self;
    #[doc(hidden)]
    fn map(op: Unary, values: &mut [Self]);
    #[doc(hidden)]
    fn map_new(op: Unary, values: &[Self], to: New<'_, Self>);
    #[doc(hidden)]
    fn power_new(values: &[Self], exponent: Self, to: New<'_, Self>);
    /// The squared distances of each row from its mean, written over the means.
    #[doc(hidden)]
    fn squared_distances(values: &[Self], means: &mut [Self]);
    /// The squared distances of each column from its mean, added to the sums.
    #[doc(hidden)]
    fn squared_distances_down(values: &[Self], means: &[Self], sums: &mut [Self]);
    /// The nearest float.
    fn from_f64(value: f64) -> Self;
    /// The same value as `f64`.
    fn to_f64(self) -> f64;
}

/// An element type that can be added up: floats in their own type, integers and `bool` in `i64` as PyTorch does, `u64`
/// in `u64`.
pub trait Sum: Scalar {
    /// The type of the sum.
    type Output: Number;
    /// The element as one of what is added.
    #[doc(hidden)]
    fn summand(value: Self) -> Self::Output;
    /// The sum of each of as many rows as there are outputs.
    #[doc(hidden)]
    #[inline]
    fn sums(values: &[Self], output: &mut [Self::Output]) {
        loops::sums::<TARGET, _>(values, output);
    }
    /// The sum of each column, added to the outputs.
    #[doc(hidden)]
    #[inline]
    fn sums_down(values: &[Self], output: &mut [Self::Output]) {
        loops::sums_down::<TARGET, _>(values, output);
    }
    #[doc(hidden)]
    fn sum(values: &[Self]) -> Self::Output {
        let mut result = [Self::Output::ZERO];
        Self::sums(values, &mut result);
        let [result] = result;
        result
    }
}

macro_rules! integers {
    ($($kind:ident: $sum:ident;)*) => {$(
        impl Number for $kind {}
        summed!($kind: $sum);
    )*};
}

macro_rules! summed {
    ($kind:ident: $sum:ident) => {
        impl Sum for $kind {
            type Output = $sum;
            #[inline(always)]
            fn summand(value: Self) -> $sum {
                $sum::from(value)
            }
        }
    };
}

integers! {
    i8: i64;
    i16: i64;
    i32: i64;
    i64: i64;
    u8: i64;
    u16: i64;
    u32: i64;
    u64: u64;
}
summed!(bool: i64);
