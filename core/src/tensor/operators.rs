//! `+ - * / %`, unary minus, and broadcasting, element by element.
//!
//! Each operator takes a tensor of the same shape, by value or by reference, a scalar on either side, or a row or column
//! that is spread over the tensor by [`over_rows`](super::Tensor::over_rows) or
//! [`over_cols`](super::Tensor::over_cols); and has its assigning form. `%` keeps the sign of the left side, as in Rust
//! and `torch.fmod`; [`remainder`](super::Tensor::remainder) is PyTorch's `%`.

use super::number::{Binary, Number, Single};
use super::{Tensor, Vector};
use core::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Rem, RemAssign, Sub, SubAssign};

/// A row that stands for as many equal rows as the other side has; see [`Tensor::over_rows`].
#[derive(Clone, Copy, Debug)]
pub struct OverRows<'a, const C: usize, T>(&'a [T; C]);

/// A column that stands for as many equal columns as the other side has; see [`Tensor::over_cols`].
#[derive(Clone, Copy, Debug)]
pub struct OverCols<'a, const R: usize, T>(&'a [[T; 1]; R]);

impl<const C: usize, T> Vector<C, T> {
    /// This row, spread over all rows of the other side of an operator: `Tensor<1, C>` against `Tensor<R, C>`.
    ///
    /// ```
    /// use formwork::tensor;
    /// let x = tensor![[1.0, 2.0], [3.0, 4.0]];
    /// assert_eq!(x + tensor![[10.0, 20.0]].over_rows(), tensor![[11.0, 22.0], [13.0, 24.0]]);
    /// ```
    pub const fn over_rows(&self) -> OverRows<'_, C, T> {
        let [row] = &self.0;
        OverRows(row)
    }
}

impl<const R: usize, T> Tensor<R, 1, T> {
    /// This column, spread over all columns of the other side of an operator: `Tensor<R, 1>` against `Tensor<R, C>`.
    ///
    /// ```
    /// use formwork::tensor;
    /// let x = tensor![[1.0, 2.0], [3.0, 4.0]];
    /// assert_eq!(x * tensor![[10.0], [100.0]].over_cols(), tensor![[10.0, 20.0], [300.0, 400.0]]);
    /// ```
    pub const fn over_cols(&self) -> OverCols<'_, R, T> {
        OverCols(&self.0)
    }
}

macro_rules! operators {
    ($($op:ident, $method:ident, $assign:ident, $assign_method:ident;)*) => {$(
        impl<const R: usize, const C: usize, T: Number> $assign<&Self> for Tensor<R, C, T> {
            fn $assign_method(&mut self, other: &Self) {
                T::zip(Binary::$op, self.as_mut_slice(), other.as_slice());
            }
        }
        impl<const R: usize, const C: usize, T: Number> $assign for Tensor<R, C, T> {
            fn $assign_method(&mut self, other: Self) {
                T::zip(Binary::$op, self.as_mut_slice(), other.as_slice());
            }
        }
        impl<const R: usize, const C: usize, T: Number> $assign<T> for Tensor<R, C, T> {
            fn $assign_method(&mut self, other: T) {
                T::zip_scalar(Binary::$op, self.as_mut_slice(), other);
            }
        }
        impl<const R: usize, const C: usize, T: Number> $assign<OverRows<'_, C, T>> for Tensor<R, C, T> {
            fn $assign_method(&mut self, other: OverRows<'_, C, T>) {
                T::zip(Binary::$op, self.as_mut_slice(), other.0);
            }
        }
        impl<const R: usize, const C: usize, T: Number> $assign<OverCols<'_, R, T>> for Tensor<R, C, T> {
            fn $assign_method(&mut self, other: OverCols<'_, R, T>) {
                T::zip_cols(Binary::$op, self.as_mut_slice(), other.0.as_flattened());
            }
        }
        operators!(@by_assigning $op, $method, $assign_method: Tensor<R, C, T>, |x, y| x.zipped(Binary::$op, &y.0));
        operators!(@by_assigning $op, $method, $assign_method: &Tensor<R, C, T>, |x, y| x.zipped(Binary::$op, &y.0));
        operators!(@by_assigning $op, $method, $assign_method: T, |x, y| x.zipped_scalar(Binary::$op, y));
        operators!(@by_assigning $op, $method, $assign_method: OverRows<'_, C, T>, |x, y| x.zipped(Binary::$op, core::slice::from_ref(y.0)));
        operators!(@by_assigning $op, $method, $assign_method: OverCols<'_, R, T>, |x, y| x.zipped_cols(Binary::$op, y.0));
        operators!(@scalar $op, $method: f32 f64 i8 i16 i32 i64 u8 u16 u32 u64);
    )*};
    (@by_assigning $op:ident, $method:ident, $assign_method:ident: $other:ty, |$x:ident, $y:ident| $new:expr) => {
        impl<const R: usize, const C: usize, T: Number> $op<$other> for Tensor<R, C, T> {
            type Output = Self;
            fn $method(mut self, other: $other) -> Self {
                self.$assign_method(other);
                self
            }
        }
        impl<const R: usize, const C: usize, T: Number> $op<$other> for &Tensor<R, C, T> {
            type Output = Tensor<R, C, T>;
            fn $method(self, other: $other) -> Tensor<R, C, T> {
                let ($x, $y) = (self, other);
                $new
            }
        }
    };
    (@scalar $op:ident, $method:ident: $($kind:ty)*) => {$(
        impl<const R: usize, const C: usize> $op<Tensor<R, C, $kind>> for $kind {
            type Output = Tensor<R, C, $kind>;
            fn $method(self, mut other: Tensor<R, C, $kind>) -> Tensor<R, C, $kind> {
                <$kind>::scalar_zip(Binary::$op, self, other.as_mut_slice());
                other
            }
        }
        impl<const R: usize, const C: usize> $op<&Tensor<R, C, $kind>> for $kind {
            type Output = Tensor<R, C, $kind>;
            fn $method(self, other: &Tensor<R, C, $kind>) -> Tensor<R, C, $kind> {
                other.scalar_zipped(Binary::$op, self)
            }
        }
    )*};
}

operators! {
    Add, add, AddAssign, add_assign;
    Sub, sub, SubAssign, sub_assign;
    Mul, mul, MulAssign, mul_assign;
    Div, div, DivAssign, div_assign;
    Rem, rem, RemAssign, rem_assign;
}

impl<const R: usize, const C: usize, T: Number> Neg for Tensor<R, C, T> {
    type Output = Self;
    fn neg(mut self) -> Self {
        T::single(Single::Negate, self.as_mut_slice());
        self
    }
}

impl<const R: usize, const C: usize, T: Number> Neg for &Tensor<R, C, T> {
    type Output = Tensor<R, C, T>;
    fn neg(self) -> Tensor<R, C, T> {
        self.singly(Single::Negate)
    }
}
