//! `+ - *`, element by element.

use super::Tensor;
use core::ops::{Add, Mul, Sub};

macro_rules! elementwise {
    ($($op:ident, $method:ident;)*) => {$(
        impl<const R: usize, const C: usize, T: Copy + $op<Output = T>> $op for Tensor<R, C, T> {
            type Output = Self;
            fn $method(mut self, other: Self) -> Self {
                for (x, &y) in self.as_mut_slice().iter_mut().zip(other.as_slice()) {
                    *x = x.$method(y);
                }
                self
            }
        }
    )*};
}

elementwise! {
    Add, add;
    Sub, sub;
    Mul, mul;
}
