//! Functions of each element, and comparisons.
//!
//! Errors are bounded in units in the last place (ulp), tested over all of `f32`.
//!
//! `NaN` stays `NaN` in every function, in `clamp`, `maximum` and `minimum`; comparisons with it are false but for `ne`.

use super::number::{Binary, Float, Number, Single, Unary};
use super::{Scalar, Tensor};

impl<const R: usize, const C: usize, T: Copy> Tensor<R, C, T> {
    /// `function` of every element.
    pub fn map<U: Scalar>(&self, mut function: impl FnMut(T) -> U) -> Tensor<R, C, U> {
        Tensor::of_places(&self.0, |&value| function(value))
    }

    /// Replaces every element by `function` of it.
    pub fn map_inplace(&mut self, mut function: impl FnMut(T) -> T) {
        for value in self.as_mut_slice() {
            *value = function(*value);
        }
    }

    /// `function` of the elements of two tensors at the same place.
    ///
    /// ```
    /// use formwork::tensor;
    /// let longer = tensor![3.0, 5.0].zip_with(&tensor![4.0, 12.0], |x: f32, y: f32| (x * x + y * y).sqrt());
    /// assert_eq!(longer, tensor![5.0, 13.0]);
    /// ```
    pub fn zip_with<U: Copy, V: Scalar>(
        &self,
        other: &Tensor<R, C, U>,
        function: impl FnMut(T, U) -> V,
    ) -> Tensor<R, C, V> {
        Tensor::of_two(self, other, function)
    }
}

macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident, $inplace:ident => $op:ident;)*) => {
        impl<const R: usize, const C: usize, T: Float> Tensor<R, C, T> {$(
            $(#[$doc])*
            /// `NaN` stays `NaN`.
            pub fn $name(&self) -> Self {
                self.mapped(Unary::$op)
            }

            #[doc = concat!("[`", stringify!($name), "`](Self::", stringify!($name), "), written over this tensor.")]
            pub fn $inplace(&mut self) {
                T::map(Unary::$op, self.as_mut_slice());
            }
        )*}
    };
}

functions! {
    /// e^x: 0 for negative infinity, infinity beyond 88.7 in `f32` and 709.7 in `f64`. In `f32` within 1.1 ulp.
    exp, exp_inplace => Exp;
    /// Natural logarithm: negative infinity at 0, `NaN` below. In `f32` within 1 ulp. PyTorch: `torch.log(x)`.
    ln, ln_inplace => Ln;
    /// Square root, `NaN` below 0.
    sqrt, sqrt_inplace => Sqrt;
    /// Sine of radians, `NaN` for an infinity. In `f32` within 1 ulp.
    sin, sin_inplace => Sin;
    /// Cosine of radians, `NaN` for an infinity. In `f32` within 1 ulp.
    cos, cos_inplace => Cos;
    /// Hyperbolic tangent, 1 and -1 at the infinities. In `f32` within 2 ulp.
    tanh, tanh_inplace => Tanh;
    /// 1 / (1 + e^-x), without overflow, 1 and 0 at the infinities. In `f32` within 2.5 ulp.
    sigmoid, sigmoid_inplace => Sigmoid;
    /// max(0, x).
    relu, relu_inplace => Relu;
    /// The next whole number below.
    floor, floor_inplace => Floor;
    /// The next whole number above.
    ceil, ceil_inplace => Ceil;
    /// The nearest whole number, halves to even as PyTorch does.
    round, round_inplace => Round;
    /// 1 / x, an infinity at 0. PyTorch: `torch.reciprocal(x)`.
    recip, recip_inplace => Recip;
}

impl<const R: usize, const C: usize, T: Float> Tensor<R, C, T> {
    /// x to the power of `exponent`. PyTorch: `x ** exponent`. A negative x has only whole powers, others are `NaN`; x to the 0
    /// is 1, of `NaN` too (IEEE 754, `pow`).
    ///
    /// ```
    /// use formwork::tensor;
    /// assert_eq!(tensor![1.0, 2.0, 3.0].pow(2.0), tensor![1.0, 4.0, 9.0]);
    /// ```
    pub fn pow(&self, exponent: T) -> Self {
        self.to_power(exponent)
    }

    /// Whether all elements are close: |x - y| <= atol + rtol |y|. PyTorch's defaults are rtol 1e-5 and atol 1e-8. Equal
    /// infinities are close, `NaN` is close to nothing.
    pub fn allclose(&self, other: &Self, rtol: f64, atol: f64) -> bool {
        self.iter().zip(other.iter()).all(|(&x, &y)| {
            let (x, y) = (x.to_f64(), y.to_f64());
            x == y || (y.is_finite() && (x - y).abs() <= atol + rtol * y.abs())
        })
    }
}

impl<const R: usize, const C: usize, T: Number> Tensor<R, C, T> {
    /// x to the power of a whole number, by repeated squaring; integers wrap.
    pub fn powi(&self, exponent: u32) -> Self {
        let (mut result, mut square, mut rest) = (Self::ones(), self.clone(), exponent);
        while rest > 0 {
            if rest % 2 == 1 {
                result *= &square;
            }
            rest /= 2;
            if rest > 0 {
                let copy = square.clone();
                square *= &copy;
            }
        }
        result
    }

    /// |x|; the smallest integer of its type stays itself, as in PyTorch.
    pub fn abs(&self) -> Self {
        self.singly(Single::Absolute)
    }

    /// x kept between `low` and `high`; where `low` is over `high`, all is `high`. `NaN` stays `NaN`.
    pub fn clamp(&self, low: T, high: T) -> Self {
        self.singly(Single::Clamp(low, high))
    }

    /// The larger of two elements at the same place; `NaN` where one of them is, as in PyTorch.
    pub fn maximum(&self, other: &Self) -> Self {
        self.zipped(Binary::Maximum, &other.0)
    }

    /// The smaller of two elements at the same place; `NaN` where one of them is, as in PyTorch.
    pub fn minimum(&self, other: &Self) -> Self {
        self.zipped(Binary::Minimum, &other.0)
    }

    /// The remainder with the sign of the divisor. PyTorch: `x % divisor`. By 0 it is `NaN`.
    ///
    /// # Panics
    ///
    /// Where integers are divided by 0.
    ///
    /// ```
    /// use formwork::tensor;
    /// assert_eq!(tensor![-1_i64, 5].remainder(3), tensor![2, 2]);
    /// assert_eq!(tensor![-1_i64, 5] % 3, tensor![-1, 2]);
    /// ```
    pub fn remainder(&self, divisor: T) -> Self {
        (self % divisor).map(|rest| {
            let other_sign = rest != T::ZERO && (rest < T::ZERO) != (divisor < T::ZERO);
            if other_sign { T::apply(Binary::Add, rest, divisor) } else { rest }
        })
    }
}

/// What a tensor can be compared with: a tensor of its shape, or a scalar.
pub trait Comparand<const R: usize, const C: usize, T> {
    #[doc(hidden)]
    fn compared(&self, with: &Tensor<R, C, T>, holds: impl Fn(T, T) -> bool) -> Tensor<R, C, bool>;
}

impl<const R: usize, const C: usize, T: Scalar> Comparand<R, C, T> for &Tensor<R, C, T> {
    fn compared(&self, with: &Tensor<R, C, T>, holds: impl Fn(T, T) -> bool) -> Tensor<R, C, bool> {
        with.zip_with(self, holds)
    }
}

impl<const R: usize, const C: usize, T: Scalar> Comparand<R, C, T> for T {
    fn compared(&self, with: &Tensor<R, C, T>, holds: impl Fn(T, T) -> bool) -> Tensor<R, C, bool> {
        with.map(|x| holds(x, *self))
    }
}

macro_rules! comparisons {
    ($($name:ident, $sign:tt, $bound:path;)*) => {$(
        impl<const R: usize, const C: usize, T: $bound> Tensor<R, C, T> {
            #[doc = concat!("Where x ", stringify!($sign), " the other, a tensor of the shape or a scalar. ",
                "With `NaN`, nothing holds but `ne`.")]
            pub fn $name(&self, other: impl Comparand<R, C, T>) -> Tensor<R, C, bool> {
                other.compared(self, |x, y| x $sign y)
            }
        }
    )*};
}

/// The names are those of `torch.eq`, `torch.ne`, `torch.lt`, ...; `==` compares whole tensors and gives a `bool`.
mod comparisons {
    use super::*;
    comparisons! {
        eq, ==, Scalar;
        ne, !=, Scalar;
        lt, <, Number;
        le, <=, Number;
        gt, >, Number;
        ge, >=, Number;
    }
}

impl<const R: usize, const C: usize> Tensor<R, C, bool> {
    /// Whether all are true.
    pub fn all(&self) -> bool {
        self.iter().all(|&x| x)
    }

    /// Whether one is true.
    pub fn any(&self) -> bool {
        self.iter().any(|&x| x)
    }

    /// The elements of `yes` where this is true, of `no` elsewhere. PyTorch: `torch.where(condition, yes, no)`.
    ///
    /// ```
    /// use formwork::tensor;
    /// let x = tensor![-1.0, 2.0];
    /// assert_eq!(x.gt(0.0).select(&x, &x.zeros_like()), tensor![0.0, 2.0]);
    /// ```
    pub fn select<T: Scalar>(&self, yes: &Tensor<R, C, T>, no: &Tensor<R, C, T>) -> Tensor<R, C, T> {
        let mut result = no.clone();
        for ((to, &from), &chosen) in result.as_mut_slice().iter_mut().zip(yes.as_slice()).zip(self.as_slice()) {
            if chosen {
                *to = from;
            }
        }
        result
    }
}

impl<const R: usize, const C: usize> core::ops::Not for Tensor<R, C, bool> {
    type Output = Self;
    fn not(self) -> Self {
        self.map(|x| !x)
    }
}

macro_rules! logic {
    ($($op:ident, $method:ident;)*) => {$(
        impl<const R: usize, const C: usize> core::ops::$op for Tensor<R, C, bool> {
            type Output = Self;
            fn $method(self, other: Self) -> Self {
                self.zip_with(&other, |x, y| core::ops::$op::$method(x, y))
            }
        }
    )*};
}
logic! {
    BitAnd, bitand;
    BitOr, bitor;
    BitXor, bitxor;
}
