//! The loops of each element type, compiled here once. `f32` runs on the instruction set of the machine, with the same
//! bits on all.

use super::Scalar;
use super::number::{Binary, Extreme, Float, New, Number, Single, Sum, Unary};
use crate::kernel::lanes::{self, Fresh, fold};
use crate::kernel::{math, powers};

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

/// Whether two values are equal, or both `NaN`.
#[inline(always)]
fn same<T: Copy + PartialOrd>(a: T, b: T) -> bool {
    #[allow(clippy::eq_op, reason = "only a NaN differs from itself")]
    let both_nan = (a != a) & (b != b);
    (a == b) | both_nan
}

// Functions, not closures, which are not inlined for sure: they are compiled for the instruction set of the loop around.

/// The first `NaN`. It is looked for apart: a maximum that hands it on takes three instructions, one that loses it takes one.
#[inline(always)]
fn first_nan<T: Number>(row: &[T]) -> Option<T> {
    #[allow(clippy::eq_op, reason = "only a NaN differs from itself")]
    let is_nan = |x: T| x != x;
    let any = row.iter().fold(false, |any, &x| any | is_nan(x));
    if any { row.iter().copied().find(|&x| is_nan(x)) } else { None }
}

#[inline(always)]
fn largest<T: Number>(row: &[T], _: T) -> T {
    let larger = |a, b| if a > b { a } else { b };
    let result = fold(row, row.first().copied().unwrap_or(T::ZERO), larger, larger);
    first_nan(row).unwrap_or(result)
}

#[inline(always)]
fn smallest<T: Number>(row: &[T], _: T) -> T {
    let smaller = |a, b| if a < b { a } else { b };
    let result = fold(row, row.first().copied().unwrap_or(T::ZERO), smaller, smaller);
    first_nan(row).unwrap_or(result)
}

/// Products for the element types that have no tile of their own; `add` is sum + x y.
mod plain {
    /// output = a b: rows of b are added, so that the inner loop runs along rows.
    #[inline(always)]
    pub(super) fn matmul<T: Copy>(
        (a, b): (&[T], &[T]),
        (output, zero): (&mut [T], T),
        (inner, cols): (usize, usize),
        add: impl Fn(T, T, T) -> T,
    ) {
        output.fill(zero);
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

    /// output = a b^T, with b as `cols` rows.
    #[inline(always)]
    pub(super) fn matmul_nt<T: Copy>(
        (a, b): (&[T], &[T]),
        (output, zero): (&mut [T], T),
        (inner, cols): (usize, usize),
        add: impl Fn(T, T, T) -> T,
    ) {
        output.fill(zero);
        if inner == 0 || cols == 0 {
            return;
        }
        for (row, output) in a.chunks_exact(inner).zip(output.chunks_exact_mut(cols)) {
            for (to, b) in output.iter_mut().zip(b.chunks_exact(inner)) {
                *to = row.iter().zip(b).fold(zero, |sum, (&x, &y)| add(sum, x, y));
            }
        }
    }

    /// output = a^T b, with a as `inner` rows of `rows`.
    #[inline(always)]
    pub(super) fn matmul_tn<T: Copy>(
        (a, b): (&[T], &[T]),
        (output, zero): (&mut [T], T),
        (rows, cols): (usize, usize),
        add: impl Fn(T, T, T) -> T,
    ) {
        output.fill(zero);
        if rows == 0 || cols == 0 {
            return;
        }
        for (a, b) in a.chunks_exact(rows).zip(b.chunks_exact(cols)) {
            for (&x, output) in a.iter().zip(output.chunks_exact_mut(cols)) {
                for (sum, &y) in output.iter_mut().zip(b) {
                    *sum = add(*sum, x, y);
                }
            }
        }
    }
}

macro_rules! plain_products {
    ($kind:ident, $add:expr) => {
        #[inline]
        fn matmul(a: &[Self], b: &[Self], output: &mut [Self], _: usize, inner: usize, cols: usize) {
            plain::matmul((a, b), (output, Self::ZERO), (inner, cols), $add);
        }
        #[inline]
        fn matmul_nt(a: &[Self], b: &[Self], output: &mut [Self], _: usize, inner: usize, cols: usize) {
            plain::matmul_nt((a, b), (output, Self::ZERO), (inner, cols), $add);
        }
        #[inline]
        fn matmul_tn(a: &[Self], b: &[Self], output: &mut [Self], rows: usize, _: usize, cols: usize) {
            plain::matmul_tn((a, b), (output, Self::ZERO), (rows, cols), $add);
        }
    };
}

macro_rules! tiled_products {
    ($($name:ident)*) => {$(
        fn $name(a: &[Self], b: &[Self], output: &mut [Self], rows: usize, inner: usize, cols: usize) {
            crate::kernel::matmul::$name(a, b, output, rows, inner, cols);
        }
    )*};
}

/// Chooses an operation outside of the loop.
macro_rules! by_op {
    ($op:expr, [$add:expr, $sub:expr, $mul:expr, $div:expr, $rem:expr], $f:ident => $body:expr) => {
        match $op {
            Binary::Add => by_op!(@bind $f, $add, $body),
            Binary::Sub => by_op!(@bind $f, $sub, $body),
            Binary::Mul => by_op!(@bind $f, $mul, $body),
            Binary::Div => by_op!(@bind $f, $div, $body),
            Binary::Rem => by_op!(@bind $f, $rem, $body),
            Binary::Maximum => by_op!(@bind $f, max, $body),
            Binary::Minimum => by_op!(@bind $f, min, $body),
        }
    };
    (@bind $f:ident, $value:expr, $body:expr) => {{
        let $f = $value;
        $body
    }};
}

/// The forms for which the widest loops pay.
macro_rules! own_loops {
    (false, $ops:tt) => {};
    (true, $ops:tt) => {
        fn zip_cols(op: Binary, left: &mut [Self], right: &[Self]) {
            by_op!(op, $ops, f => lanes::each_row::<true, _>(left, right, f));
        }
        fn zip_cols_new(op: Binary, from: &[Self], right: &[Self], to: New<'_, Self>) {
            by_op!(op, $ops, f => lanes::each_row::<true, _>(Fresh { from, to }, right, f));
        }
        fn scalar_zip_new(op: Binary, left: Self, from: &[Self], to: New<'_, Self>) {
            by_op!(op, $ops, f => lanes::every::<true, _>(Fresh { from, to }, |x| f(left, x)));
        }
    };
}

macro_rules! number {
    ([$($inline:meta)?] $kind:ident, $wide:tt, $ops:tt, $mul:expr, $neg:expr, $abs:expr, { $($products:tt)* }) => {
        impl Number for $kind {
            $(#[$inline])?
            fn zip(op: Binary, left: &mut [Self], right: &[Self]) {
                by_op!(op, $ops, f => lanes::each::<$wide, _>(left, right, f));
            }
            $(#[$inline])?
            fn zip_new(op: Binary, from: &[Self], right: &[Self], to: New<'_, Self>) {
                by_op!(op, $ops, f => lanes::each::<$wide, _>(Fresh { from, to }, right, f));
            }
            own_loops!($wide, $ops);
            $(#[$inline])?
            fn apply(op: Binary, left: Self, right: Self) -> Self {
                by_op!(op, $ops, f => f(left, right))
            }
            $(#[$inline])?
            fn single(op: Single<Self>, values: &mut [Self]) {
                match op {
                    Single::Negate => lanes::every::<$wide, _>(values, $neg),
                    Single::Absolute => lanes::every::<$wide, _>(values, $abs),
                    Single::Clamp(low, high) => lanes::every::<$wide, _>(values, |x| min(max(x, low), high)),
                }
            }
            $(#[$inline])?
            fn single_new(op: Single<Self>, from: &[Self], to: New<'_, Self>) {
                let places = Fresh { from, to };
                match op {
                    Single::Negate => lanes::every::<$wide, _>(places, $neg),
                    Single::Absolute => lanes::every::<$wide, _>(places, $abs),
                    Single::Clamp(low, high) => lanes::every::<$wide, _>(places, |x| min(max(x, low), high)),
                }
            }
            $(#[$inline])?
            fn extremes(which: Extreme, values: &[Self], output: &mut [Self]) {
                match which {
                    Extreme::Largest => lanes::rows::<$wide, _, _>(values, output, largest),
                    Extreme::Smallest => lanes::rows::<$wide, _, _>(values, output, smallest),
                }
            }
            $(#[$inline])?
            fn places(values: &[Self], wanted: &[Self], output: &mut [i64]) {
                lanes::position_rows::<$wide, _>(values, wanted, output, same);
            }
            $(#[$inline])?
            fn places_down(values: &[Self], wanted: &[Self], output: &mut [i64]) {
                lanes::position_down::<$wide, _>(values, wanted, output, same);
            }
            $(#[$inline])?
            fn products(values: &[Self], output: &mut [Self]) {
                #[inline(always)]
                fn product(row: &[$kind], _: $kind) -> $kind {
                    fold(row, $kind::ONE, $mul, $mul)
                }
                lanes::rows::<$wide, _, _>(values, output, product);
            }
            $(#[$inline])?
            fn extremes_down(which: Extreme, values: &[Self], output: &mut [Self]) {
                match which {
                    Extreme::Largest => lanes::down::<$wide, _, _>(values, output, max),
                    Extreme::Smallest => lanes::down::<$wide, _, _>(values, output, min),
                }
            }
            $(#[$inline])?
            fn products_down(values: &[Self], output: &mut [Self]) {
                lanes::down::<$wide, _, _>(values, output, $mul);
            }
            $(#[$inline])?
            fn running(values: &mut [Self]) {
                let mut sum = Self::ZERO;
                for value in values {
                    sum = Self::apply(Binary::Add, sum, *value);
                    *value = sum;
                }
            }
            $($products)*
        }
    };
}

macro_rules! integer {
    ($($kind:ident, $sum:ident, $abs:expr;)*) => {$(
        number!(
            [inline] $kind,
            false,
            [
                $kind::wrapping_add,
                $kind::wrapping_sub,
                $kind::wrapping_mul,
                $kind::wrapping_div,
                $kind::wrapping_rem
            ],
            $kind::wrapping_mul,
            $kind::wrapping_neg,
            $abs,
            { plain_products!($kind, |sum: $kind, x: $kind, y| sum.wrapping_add(x.wrapping_mul(y))); }
        );
        impl Sum for $kind {
            type Output = $sum;
            #[inline]
            fn sums(values: &[Self], output: &mut [$sum]) {
                lanes::rows::<false, _, _>(values, output, |row, _| {
                    fold(row, 0, |sum: $sum, x| sum.wrapping_add(x as $sum), $sum::wrapping_add)
                });
            }
            #[inline]
            fn sums_down(values: &[Self], output: &mut [$sum]) {
                lanes::down::<false, _, _>(values, output, |sum: $sum, x| sum.wrapping_add(x as $sum));
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
    #[inline]
    fn sums(values: &[Self], output: &mut [i64]) {
        lanes::rows::<false, _, _>(values, output, |row, _| fold(row, 0, |sum, x| sum + i64::from(x), |a, b| a + b));
    }
    #[inline]
    fn sums_down(values: &[Self], output: &mut [i64]) {
        lanes::down::<false, _, _>(values, output, |sum, x| sum + i64::from(x));
    }
}

macro_rules! float {
    ([$($inline:meta)?] $kind:ident, $wide:tt, $products:tt; $($function:ident: $value:expr,)*; $sin:path, $cos:path, $pow:path) => {
        number!(
            [$($inline)?] $kind,
            $wide,
            [
                |x: $kind, y: $kind| x + y,
                |x: $kind, y: $kind| x - y,
                |x: $kind, y: $kind| x * y,
                |x: $kind, y: $kind| x / y,
                |x: $kind, y: $kind| x % y
            ],
            |x: $kind, y: $kind| x * y,
            |x: $kind| -x,
            |x: $kind| x.abs(),
            $products
        );
        impl Sum for $kind {
            type Output = Self;
            $(#[$inline])?
            fn sums(values: &[Self], output: &mut [Self]) {
                #[inline(always)]
                fn sum(row: &[$kind], _: $kind) -> $kind {
                    if row.len() <= BLOCK {
                        return fold(row, -0.0, |a, x: $kind| a + x, |a, b| a + b);
                    }
                    let mut total = -0.0;
                    for block in row.chunks(BLOCK) {
                        total += fold(block, -0.0, |a, x: $kind| a + x, |a, b| a + b) as f64;
                    }
                    total as $kind
                }
                lanes::rows::<$wide, _, _>(values, output, sum);
            }
            $(#[$inline])?
            fn sums_down(values: &[Self], output: &mut [Self]) {
                lanes::down::<$wide, _, _>(values, output, |sum, x| sum + x);
            }
        }
        impl Float for $kind {
            const EPSILON: Self = $kind::EPSILON;
            const INFINITY: Self = $kind::INFINITY;
            $(#[$inline])?
            fn map(op: Unary, values: &mut [Self]) {
                match op {
                    Unary::Sin => $sin(values),
                    Unary::Cos => $cos(values),
                    $(Unary::$function => lanes::every::<$wide, _>(values, $value),)*
                }
            }
            $(#[$inline])?
            fn map_new(op: Unary, from: &[Self], to: New<'_, Self>) {
                let places = Fresh { from, to };
                match op {
                    Unary::Sin => $sin(places),
                    Unary::Cos => $cos(places),
                    $(Unary::$function => lanes::every::<$wide, _>(places, $value),)*
                }
            }
            $(#[$inline])?
            fn power_new(from: &[Self], exponent: Self, to: New<'_, Self>) {
                $pow(Fresh { from, to }, exponent);
            }
            $(#[$inline])?
            fn squared_distances(values: &[Self], means: &mut [Self]) {
                #[inline(always)]
                fn squared(row: &[$kind], mean: $kind) -> $kind {
                    let mut total = 0.0;
                    for block in row.chunks(BLOCK) {
                        let square = |sum: $kind, x: $kind| sum + (x - mean) * (x - mean);
                        total += fold(block, 0.0, square, |a, b| a + b) as f64;
                    }
                    total as $kind
                }
                lanes::rows::<$wide, _, _>(values, means, squared);
            }
            $(#[$inline])?
            fn squared_distances_down(values: &[Self], means: &[Self], sums: &mut [Self]) {
                for row in values.chunks(means.len().max(1)) {
                    for ((sum, &x), &mean) in sums.iter_mut().zip(row).zip(means) {
                        *sum += (x - mean) * (x - mean);
                    }
                }
            }
            $(#[$inline])?
            fn from_f64(value: f64) -> Self {
                value as $kind
            }
            $(#[$inline])?
            fn to_f64(self) -> f64 {
                self as f64
            }
        }
    };
}

float! {
    [] f32, true, { tiled_products!(matmul matmul_nt matmul_tn); };
    Exp: math::exp_with::<false>, Ln: math::ln_with::<false>, Sqrt: math::sqrt, Tanh: math::tanh_with::<false>,
    Sigmoid: math::sigmoid_with::<false>, Relu: |x| if x < 0.0 { 0.0 } else { x }, Floor: libm::floorf, Ceil: libm::ceilf,
    Round: libm::rintf, Recip: |x| 1.0 / x,;
    powers::sin, powers::cos, powers::power
}
float! {
    [inline] f64, false, { plain_products!(f64, |sum, x, y| sum + x * y); };
    Exp: libm::exp, Ln: libm::log, Sqrt: libm::sqrt, Tanh: libm::tanh,
    Sigmoid: |x| if x < 0.0 { libm::exp(x) / (1.0 + libm::exp(x)) } else { 1.0 / (1.0 + libm::exp(-x)) },
    Relu: |x| if x < 0.0 { 0.0 } else { x }, Floor: libm::floor, Ceil: libm::ceil,
    Round: libm::rint, Recip: |x| 1.0 / x,;
    powers::sin64, powers::cos64, powers::power64
}
