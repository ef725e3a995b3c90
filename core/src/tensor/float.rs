//! What floats do in their own way: `f32` runs on the instruction set of the machine, with the same bits on all.

use super::loops;
use super::number::{Binary, Extreme, Float, New, Number, Single, Sum, Unary};
use crate::kernel::lanes::{self, ALL, Fresh, Reduce, TARGET, TO_256, fold};
use crate::kernel::matmul;
use crate::kernel::rounding::{double, single};
use crate::kernel::{math, powers};

/// Elements whose sum is formed in the element type; the sums of blocks are added in f64, so that millions of `f32` keep
/// their digits.
const BLOCK: usize = 2048;

/// The sum of a row: of each block in the element type, of the blocks in f64.
struct TotalOfBlocks;

impl<T: Float> Reduce<T, T> for TotalOfBlocks {
    #[inline(always)]
    fn reduce(row: &[T], _: T) -> T {
        let mut total = -0.0;
        for block in row.chunks(BLOCK) {
            let sum = fold(block, T::negated(T::ZERO), T::plus, T::plus);
            if block.len() == row.len() {
                return sum;
            }
            total += sum.to_f64();
        }
        T::from_f64(total)
    }
}

/// The sum of the squared distances of a row from its mean.
struct SquaredDistances;

impl<T: Float> Reduce<T, T> for SquaredDistances {
    #[inline(always)]
    fn reduce(row: &[T], mean: T) -> T {
        let square = |sum: T, x: T| {
            let distance = T::minus(x, mean);
            T::plus(sum, T::times(distance, distance))
        };
        let mut total = 0.0;
        for block in row.chunks(BLOCK) {
            total += fold(block, T::ZERO, square, T::plus).to_f64();
        }
        T::from_f64(total)
    }
}

impl Number for f64 {}

// Written out, so that they are compiled here and a user's debug build calls optimised code: the trait's own methods are
// compiled where they are used.
impl Number for f32 {
    fn zip(op: Binary, left: &mut [Self], right: &[Self]) {
        loops::zip::<TO_256, _>(op, left, right);
    }
    fn zip_new(op: Binary, from: &[Self], right: &[Self], to: New<'_, Self>) {
        loops::zip::<TO_256, _>(op, Fresh { from, to }, right);
    }
    fn zip_cols(op: Binary, left: &mut [Self], right: &[Self]) {
        loops::zip_cols::<TO_256, _>(op, left, right);
    }
    fn zip_cols_new(op: Binary, from: &[Self], right: &[Self], to: New<'_, Self>) {
        loops::zip_cols::<TO_256, _>(op, Fresh { from, to }, right);
    }
    fn scalar_zip_new(op: Binary, left: Self, from: &[Self], to: New<'_, Self>) {
        loops::scalar_zip_new::<TO_256, _>(op, left, from, to);
    }
    fn apply(op: Binary, left: Self, right: Self) -> Self {
        loops::apply(op, left, right)
    }
    fn single(op: Single<Self>, values: &mut [Self]) {
        loops::single::<TO_256, _>(op, values);
    }
    fn single_new(op: Single<Self>, from: &[Self], to: New<'_, Self>) {
        loops::single::<TO_256, _>(op, Fresh { from, to });
    }
    fn extremes(which: Extreme, values: &[Self], output: &mut [Self]) {
        loops::extremes::<TO_256, _>(which, values, output);
    }
    fn places(values: &[Self], wanted: &[Self], output: &mut [i64]) {
        loops::places::<ALL, _>(values, wanted, output);
    }
    fn places_down(values: &[Self], wanted: &[Self], output: &mut [i64]) {
        loops::places_down::<ALL, _>(values, wanted, output);
    }
    fn products(values: &[Self], output: &mut [Self]) {
        loops::products::<TO_256, _>(values, output);
    }
    fn extremes_down(which: Extreme, values: &[Self], output: &mut [Self]) {
        loops::extremes_down::<TO_256, _>(which, values, output);
    }
    fn products_down(values: &[Self], output: &mut [Self]) {
        loops::products_down::<TO_256, _>(values, output);
    }
    fn running(values: &mut [Self]) {
        loops::running(values);
    }
    fn matmul(a: &[Self], b: &[Self], output: &mut [Self], rows: usize, inner: usize, cols: usize) {
        matmul::matmul(a, b, output, rows, inner, cols);
    }
    fn matmul_nt(a: &[Self], b: &[Self], output: &mut [Self], rows: usize, inner: usize, cols: usize) {
        matmul::matmul_nt(a, b, output, rows, inner, cols);
    }
    fn matmul_tn(a: &[Self], b: &[Self], output: &mut [Self], rows: usize, inner: usize, cols: usize) {
        matmul::matmul_tn(a, b, output, rows, inner, cols);
    }
}

macro_rules! float {
    ([$($inline:meta)?] $kind:ident, $on:ident; $($function:ident $on_of:ident: $value:expr,)*; $sin:path, $cos:path, $pow:path) => {
        impl Sum for $kind {
            type Output = Self;
            #[inline(always)]
            fn summand(value: Self) -> Self {
                value
            }
            $(#[$inline])?
            fn sums(values: &[Self], output: &mut [Self]) {
                lanes::rows::<$on, TotalOfBlocks, _, _>(values, output);
            }
            $(#[$inline])?
            fn sums_down(values: &[Self], output: &mut [Self]) {
                loops::sums_down::<$on, _>(values, output);
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
                    $(Unary::$function => lanes::every::<$on_of, _>(values, $value),)*
                }
            }
            $(#[$inline])?
            fn map_new(op: Unary, from: &[Self], to: New<'_, Self>) {
                let places = Fresh { from, to };
                match op {
                    Unary::Sin => $sin(places),
                    Unary::Cos => $cos(places),
                    $(Unary::$function => lanes::every::<$on_of, _>(places, $value),)*
                }
            }
            $(#[$inline])?
            fn power_new(from: &[Self], exponent: Self, to: New<'_, Self>) {
                $pow(Fresh { from, to }, exponent);
            }
            $(#[$inline])?
            fn squared_distances(values: &[Self], means: &mut [Self]) {
                lanes::rows::<$on, SquaredDistances, _, _>(values, means);
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
    [] f32, TO_256;
    Exp ALL: math::exp_with::<false>, Ln ALL: math::ln_with::<false>, Sqrt TO_256: math::sqrt,
    Tanh ALL: math::tanh_with::<false>, Sigmoid ALL: math::sigmoid_with::<false>,
    Relu TO_256: |x| if x < 0.0 { 0.0 } else { x }, Recip TO_256: |x| 1.0 / x,
    Floor TO_256: single::floor, Ceil TO_256: single::ceil, Round TO_256: single::round,;
    powers::sin, powers::cos, powers::power
}
float! {
    [inline] f64, TARGET;
    Exp TARGET: libm::exp, Ln TARGET: libm::log, Sqrt TARGET: libm::sqrt, Tanh TARGET: libm::tanh,
    Sigmoid TARGET: |x| if x < 0.0 { libm::exp(x) / (1.0 + libm::exp(x)) } else { 1.0 / (1.0 + libm::exp(-x)) },
    Relu TARGET: |x| if x < 0.0 { 0.0 } else { x }, Recip TARGET: |x| 1.0 / x,
    Floor TARGET: double::floor, Ceil TARGET: double::ceil, Round TARGET: double::round,;
    powers::sin64, powers::cos64, powers::power64
}
