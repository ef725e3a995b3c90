//! Arithmetic on slices, compiled once for each element type.
//!
//! The loops here are not generic over shapes, so that a user's debug build calls optimised code. Integers wrap, as
//! PyTorch's do, in debug builds too; dividing an integer by 0 panics, as Rust's `/` does. Floats follow IEEE 754;
//! maximum and minimum hand a `NaN` on.

use super::Scalar;
use crate::kernel::math;

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

/// An element type with arithmetic: every [`Scalar`] but `bool`. Sealed by its hidden methods.
pub trait Number: Scalar + PartialOrd {
    #[doc(hidden)]
    fn zip(op: Binary, left: &mut [Self], right: &[Self]);
    #[doc(hidden)]
    fn zip_scalar(op: Binary, left: &mut [Self], right: Self);
    #[doc(hidden)]
    fn scalar_zip(op: Binary, left: Self, right: &mut [Self]);
    #[doc(hidden)]
    fn apply(op: Binary, left: Self, right: Self) -> Self;
    #[doc(hidden)]
    fn negate(values: &mut [Self]);
    #[doc(hidden)]
    fn absolute(values: &mut [Self]);
    #[doc(hidden)]
    fn largest(values: &[Self]) -> Option<Self>;
    #[doc(hidden)]
    fn smallest(values: &[Self]) -> Option<Self>;
    #[doc(hidden)]
    fn product(values: &[Self]) -> Self;
    #[doc(hidden)]
    fn matmul(a: &[Self], b: &[Self], output: &mut [Self], rows: usize, inner: usize, cols: usize);
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
    fn power(values: &mut [Self], exponent: Self);
    #[doc(hidden)]
    fn squared_distance(values: &[Self], mean: Self) -> Self;
    #[doc(hidden)]
    fn add_squared_distance(sums: &mut [Self], values: &[Self], means: &[Self]);
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
    #[doc(hidden)]
    fn sum(values: &[Self]) -> Self::Output;
    #[doc(hidden)]
    fn add_to(sums: &mut [Self::Output], values: &[Self]);
}

#[inline(always)]
fn each<T: Copy>(left: &mut [T], right: &[T], f: impl Fn(T, T) -> T) {
    for (x, &y) in left.iter_mut().zip(right) {
        *x = f(*x, y);
    }
}

#[inline(always)]
fn every<T: Copy>(values: &mut [T], f: impl Fn(T) -> T) {
    for x in values {
        *x = f(*x);
    }
}

/// Folds in lanes side by side, which the compiler turns into vector code; the order of the operands is fixed.
#[inline(always)]
fn fold<A: Copy, T: Copy>(values: &[T], start: A, add: impl Fn(A, T) -> A, join: impl Fn(A, A) -> A) -> A {
    const LANES: usize = 32;
    let mut lanes = [start; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane = add(*lane, value);
        }
    }
    for (lane, &value) in lanes.iter_mut().zip(rest) {
        *lane = add(*lane, value);
    }
    let [first, others @ ..] = lanes;
    others.into_iter().fold(first, join)
}

/// Elements whose sum is formed in the element type; the sums of blocks are added in f64, so that millions of `f32` keep
/// their digits.
const BLOCK: usize = 2048;

#[inline(always)]
fn max<T: Copy + PartialOrd>(a: T, b: T) -> T {
    #[allow(clippy::eq_op, reason = "a NaN is handed on")]
    if a > b || a != a { a } else { b }
}

#[inline(always)]
fn min<T: Copy + PartialOrd>(a: T, b: T) -> T {
    #[allow(clippy::eq_op, reason = "a NaN is handed on")]
    if a < b || a != a { a } else { b }
}

/// output = a b for the element types that have no tile of their own.
#[inline(always)]
fn plain_matmul<T: Scalar>(a: &[T], b: &[T], output: &mut [T], inner: usize, cols: usize, add: impl Fn(T, T, T) -> T) {
    output.fill(T::ZERO);
    if inner == 0 || cols == 0 {
        return;
    }
    for (row, output) in a.chunks_exact(inner).zip(output.chunks_exact_mut(cols)) {
        for (&x, b) in row.iter().zip(b.chunks_exact(cols)) {
            for (sum, &y) in output.iter_mut().zip(b) {
                *sum = add(*sum, x, y);
            }
        }
    }
}

macro_rules! number {
    ($kind:ty, $add:expr, $sub:expr, $mul:expr, $div:expr, $rem:expr, $neg:expr, $abs:expr, $matmul:expr) => {
        impl Number for $kind {
            fn zip(op: Binary, left: &mut [Self], right: &[Self]) {
                match op {
                    Binary::Add => each(left, right, $add),
                    Binary::Sub => each(left, right, $sub),
                    Binary::Mul => each(left, right, $mul),
                    Binary::Div => each(left, right, $div),
                    Binary::Rem => each(left, right, $rem),
                    Binary::Maximum => each(left, right, max),
                    Binary::Minimum => each(left, right, min),
                }
            }
            fn zip_scalar(op: Binary, left: &mut [Self], right: Self) {
                match op {
                    Binary::Add => every(left, |x| $add(x, right)),
                    Binary::Sub => every(left, |x| $sub(x, right)),
                    Binary::Mul => every(left, |x| $mul(x, right)),
                    Binary::Div => every(left, |x| $div(x, right)),
                    Binary::Rem => every(left, |x| $rem(x, right)),
                    Binary::Maximum => every(left, |x| max(x, right)),
                    Binary::Minimum => every(left, |x| min(x, right)),
                }
            }
            fn scalar_zip(op: Binary, left: Self, right: &mut [Self]) {
                match op {
                    Binary::Add => every(right, |x| $add(left, x)),
                    Binary::Sub => every(right, |x| $sub(left, x)),
                    Binary::Mul => every(right, |x| $mul(left, x)),
                    Binary::Div => every(right, |x| $div(left, x)),
                    Binary::Rem => every(right, |x| $rem(left, x)),
                    Binary::Maximum => every(right, |x| max(left, x)),
                    Binary::Minimum => every(right, |x| min(left, x)),
                }
            }
            fn apply(op: Binary, left: Self, right: Self) -> Self {
                let mut left = [left];
                Self::zip_scalar(op, &mut left, right);
                let [result] = left;
                result
            }
            fn negate(values: &mut [Self]) {
                every(values, $neg);
            }
            fn absolute(values: &mut [Self]) {
                every(values, $abs);
            }
            fn largest(values: &[Self]) -> Option<Self> {
                values.first().map(|&first| fold(values, first, max, max))
            }
            fn smallest(values: &[Self]) -> Option<Self> {
                values.first().map(|&first| fold(values, first, min, min))
            }
            fn product(values: &[Self]) -> Self {
                fold(values, Self::ONE, $mul, $mul)
            }
            fn matmul(a: &[Self], b: &[Self], output: &mut [Self], rows: usize, inner: usize, cols: usize) {
                $matmul(a, b, output, rows, inner, cols);
            }
        }
    };
}

macro_rules! integer {
    ($($kind:ty, $sum:ty, $abs:expr;)*) => {$(
        number!(
            $kind,
            <$kind>::wrapping_add,
            <$kind>::wrapping_sub,
            <$kind>::wrapping_mul,
            <$kind>::wrapping_div,
            <$kind>::wrapping_rem,
            <$kind>::wrapping_neg,
            $abs,
            |a: &[$kind], b: &[$kind], output: &mut [$kind], _, inner, cols| {
                plain_matmul(a, b, output, inner, cols, |sum, x, y| sum.wrapping_add(x.wrapping_mul(y)));
            }
        );
        impl Sum for $kind {
            type Output = $sum;
            fn sum(values: &[Self]) -> $sum {
                fold(values, 0, |sum: $sum, x| sum.wrapping_add(x as $sum), <$sum>::wrapping_add)
            }
            fn add_to(sums: &mut [$sum], values: &[Self]) {
                for (sum, &x) in sums.iter_mut().zip(values) {
                    *sum = sum.wrapping_add(x as $sum);
                }
            }
        }
    )*};
}

integer! {
    i8, i64, i8::wrapping_abs;
    i16, i64, i16::wrapping_abs;
    i32, i64, i32::wrapping_abs;
    i64, i64, i64::wrapping_abs;
    u8, i64, |x| x;
    u16, i64, |x| x;
    u32, i64, |x| x;
    u64, u64, |x| x;
}

impl Sum for bool {
    type Output = i64;
    fn sum(values: &[Self]) -> i64 {
        fold(values, 0, |sum: i64, x| sum + i64::from(x), |a, b| a + b)
    }
    fn add_to(sums: &mut [i64], values: &[Self]) {
        for (sum, &x) in sums.iter_mut().zip(values) {
            *sum += i64::from(x);
        }
    }
}

macro_rules! float {
    ($kind:ident, $matmul:expr, $($function:ident: $value:expr,)*; $pow:path) => {
        number!(
            $kind,
            |x: $kind, y: $kind| x + y,
            |x: $kind, y: $kind| x - y,
            |x: $kind, y: $kind| x * y,
            |x: $kind, y: $kind| x / y,
            |x: $kind, y: $kind| x % y,
            |x: $kind| -x,
            |x: $kind| $kind::from_bits(x.to_bits() & (!0 >> 1)),
            $matmul
        );
        impl Sum for $kind {
            type Output = Self;
            fn sum(values: &[Self]) -> Self {
                let blocks = values.chunks(BLOCK);
                blocks.map(|block| fold(block, -0.0, |a, x| a + x, |a, b| a + b) as f64).sum::<f64>() as $kind
            }
            fn add_to(sums: &mut [Self], values: &[Self]) {
                each(sums, values, |sum, x| sum + x);
            }
        }
        impl Float for $kind {
            const EPSILON: Self = $kind::EPSILON;
            const INFINITY: Self = $kind::INFINITY;
            fn map(op: Unary, values: &mut [Self]) {
                match op {
                    $(Unary::$function => every(values, $value),)*
                }
            }
            fn power(values: &mut [Self], exponent: Self) {
                if exponent == 2.0 {
                    every(values, |x| x * x);
                } else {
                    every(values, |x| $pow(x, exponent));
                }
            }
            fn squared_distance(values: &[Self], mean: Self) -> Self {
                let square = |sum: $kind, x: $kind| sum + (x - mean) * (x - mean);
                values.chunks(BLOCK).map(|block| fold(block, 0.0, square, |a, b| a + b) as f64).sum::<f64>() as $kind
            }
            fn add_squared_distance(sums: &mut [Self], values: &[Self], means: &[Self]) {
                for ((sum, &x), &mean) in sums.iter_mut().zip(values).zip(means) {
                    *sum += (x - mean) * (x - mean);
                }
            }
            fn from_f64(value: f64) -> Self {
                value as $kind
            }
            fn to_f64(self) -> f64 {
                self as f64
            }
        }
    };
}

float! {
    f32, crate::kernel::matmul::matmul,
    Exp: math::exp, Ln: math::ln, Sqrt: math::sqrt, Sin: libm::sinf, Cos: libm::cosf, Tanh: math::tanh,
    Sigmoid: math::sigmoid, Relu: |x| if x < 0.0 { 0.0 } else { x }, Floor: libm::floorf, Ceil: libm::ceilf,
    Round: libm::rintf, Recip: |x| 1.0 / x,; libm::powf
}
float! {
    f64,
    |a: &[f64], b: &[f64], output: &mut [f64], _, inner, cols| {
        plain_matmul(a, b, output, inner, cols, |sum, x, y| sum + x * y);
    },
    Exp: libm::exp, Ln: libm::log, Sqrt: libm::sqrt, Sin: libm::sin, Cos: libm::cos, Tanh: libm::tanh,
    Sigmoid: |x| if x < 0.0 { libm::exp(x) / (1.0 + libm::exp(x)) } else { 1.0 / (1.0 + libm::exp(-x)) },
    Relu: |x| if x < 0.0 { 0.0 } else { x }, Floor: libm::floor, Ceil: libm::ceil,
    Round: libm::rint, Recip: |x| 1.0 / x,; libm::pow
}
