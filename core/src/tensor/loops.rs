//! The loops over slices of any element type. `ON` says what they are compiled for.

use super::Scalar;
use super::arithmetic::Arithmetic;
use super::number::{Binary, Extreme, New, Number, Single, Sum};
use crate::kernel::lanes::{self, Fresh, Places, Reduce, fold};

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

/// The first `NaN`. It is looked for apart: a maximum that hands it on takes three instructions, one that loses it takes one.
#[inline(always)]
fn first_nan<T: Number>(row: &[T]) -> Option<T> {
    #[allow(clippy::eq_op, reason = "only a NaN differs from itself")]
    let is_nan = |x: T| x != x;
    let any = row.iter().fold(false, |any, &x| any | is_nan(x));
    if any { row.iter().copied().find(|&x| is_nan(x)) } else { None }
}

/// The largest of a row; a `NaN` if there is one.
struct Largest;

impl<T: Number> Reduce<T, T> for Largest {
    #[inline(always)]
    fn reduce(row: &[T], _: T) -> T {
        let larger = |a, b| if a > b { a } else { b };
        let result = fold(row, row.first().copied().unwrap_or(T::ZERO), larger, larger);
        first_nan(row).unwrap_or(result)
    }
}

/// The smallest of a row; a `NaN` if there is one.
struct Smallest;

impl<T: Number> Reduce<T, T> for Smallest {
    #[inline(always)]
    fn reduce(row: &[T], _: T) -> T {
        let smaller = |a, b| if a < b { a } else { b };
        let result = fold(row, row.first().copied().unwrap_or(T::ZERO), smaller, smaller);
        first_nan(row).unwrap_or(result)
    }
}

/// The product of a row.
struct Product;

impl<T: Number> Reduce<T, T> for Product {
    #[inline(always)]
    fn reduce(row: &[T], _: T) -> T {
        fold(row, T::ONE, T::times, T::times)
    }
}

/// The sum of a row.
struct Total;

impl<T: Sum> Reduce<T, T::Output> for Total {
    #[inline(always)]
    fn reduce(row: &[T], _: T::Output) -> T::Output {
        fold(row, T::Output::ZERO, |sum: T::Output, x: T| T::Output::plus(sum, T::summand(x)), T::Output::plus)
    }
}

/// Chooses an operation outside of the loop.
macro_rules! by_op {
    ($op:expr, $f:ident => $body:expr) => {
        by_op!(@ $op, $f => $body, Add T::plus, Sub T::minus, Mul T::times, Div T::divided, Rem T::remainder, Maximum max, Minimum min)
    };
    (@ $op:expr, $f:ident => $body:expr, $($name:ident $function:expr),*) => {
        match $op {
            $(Binary::$name => {
                let $f = $function;
                $body
            })*
        }
    };
}

#[inline(always)]
pub(super) fn zip<const ON: u8, T: Number>(op: Binary, places: impl Places<Element = T>, right: &[T]) {
    by_op!(op, f => lanes::each::<ON, _>(places, right, f));
}

#[inline(always)]
pub(super) fn zip_cols<const ON: u8, T: Number>(op: Binary, places: impl Places<Element = T>, right: &[T]) {
    by_op!(op, f => lanes::each_row::<ON, _>(places, right, f));
}

#[inline(always)]
pub(super) fn scalar_zip_new<const ON: u8, T: Number>(op: Binary, left: T, from: &[T], to: New<'_, T>) {
    by_op!(op, f => lanes::every::<ON, _>(Fresh { from, to }, |x| f(left, x)));
}

#[inline(always)]
pub(super) fn apply<T: Number>(op: Binary, left: T, right: T) -> T {
    by_op!(op, f => f(left, right))
}

#[inline(always)]
pub(super) fn single<const ON: u8, T: Number>(op: Single<T>, places: impl Places<Element = T>) {
    match op {
        Single::Negate => lanes::every::<ON, _>(places, T::negated),
        Single::Absolute => lanes::every::<ON, _>(places, T::absolute),
        Single::Clamp(low, high) => lanes::every::<ON, _>(places, |x| min(max(x, low), high)),
    }
}

#[inline(always)]
pub(super) fn extremes<const ON: u8, T: Number>(which: Extreme, values: &[T], output: &mut [T]) {
    match which {
        Extreme::Largest => lanes::rows::<ON, Largest, _, _>(values, output),
        Extreme::Smallest => lanes::rows::<ON, Smallest, _, _>(values, output),
    }
}

#[inline(always)]
pub(super) fn extremes_down<const ON: u8, T: Number>(which: Extreme, values: &[T], output: &mut [T]) {
    match which {
        Extreme::Largest => lanes::down::<ON, _, _>(values, output, max),
        Extreme::Smallest => lanes::down::<ON, _, _>(values, output, min),
    }
}

#[inline(always)]
pub(super) fn places<const ON: u8, T: Number>(values: &[T], wanted: &[T], output: &mut [i64]) {
    lanes::position_rows::<ON, _>(values, wanted, output, same);
}

#[inline(always)]
pub(super) fn places_down<const ON: u8, T: Number>(values: &[T], wanted: &[T], output: &mut [i64]) {
    lanes::position_down::<ON, _>(values, wanted, output, same);
}

#[inline(always)]
pub(super) fn products<const ON: u8, T: Number>(values: &[T], output: &mut [T]) {
    lanes::rows::<ON, Product, _, _>(values, output);
}

#[inline(always)]
pub(super) fn products_down<const ON: u8, T: Number>(values: &[T], output: &mut [T]) {
    lanes::down::<ON, _, _>(values, output, T::times);
}

#[inline(always)]
pub(super) fn running<T: Number>(values: &mut [T]) {
    let mut sum = T::ZERO;
    for value in values {
        sum = T::plus(sum, *value);
        *value = sum;
    }
}

#[inline(always)]
pub(super) fn sums<const ON: u8, T: Sum>(values: &[T], output: &mut [T::Output]) {
    lanes::rows::<ON, Total, _, _>(values, output);
}

#[inline(always)]
pub(super) fn sums_down<const ON: u8, T: Sum>(values: &[T], output: &mut [T::Output]) {
    lanes::down::<ON, _, _>(values, output, |sum: T::Output, x: T| T::Output::plus(sum, T::summand(x)));
}

// Products for the element types that have no tile of their own.

/// output = a b: rows of b are added, so that the inner loop runs along rows.
#[inline(always)]
pub(super) fn matmul<T: Number>((a, b): (&[T], &[T]), output: &mut [T], (inner, cols): (usize, usize)) {
    output.fill(T::ZERO);
    for (row, output) in a.chunks_exact(inner.max(1)).zip(output.chunks_exact_mut(cols.max(1))) {
        for (&x, b) in row.iter().zip(b.chunks_exact(cols.max(1))) {
            add_times(output, x, b);
        }
    }
}

/// output = a b^T, with b as `cols` rows.
#[inline(always)]
pub(super) fn matmul_nt<T: Number>((a, b): (&[T], &[T]), output: &mut [T], (inner, cols): (usize, usize)) {
    output.fill(T::ZERO);
    for (row, output) in a.chunks_exact(inner.max(1)).zip(output.chunks_exact_mut(cols.max(1))) {
        for (to, b) in output.iter_mut().zip(b.chunks_exact(inner.max(1))) {
            *to = row.iter().zip(b).fold(T::ZERO, |sum, (&x, &y)| T::plus(sum, T::times(x, y)));
        }
    }
}

/// output = a^T b, with a as `inner` rows of `rows`.
#[inline(always)]
pub(super) fn matmul_tn<T: Number>((a, b): (&[T], &[T]), output: &mut [T], (rows, cols): (usize, usize)) {
    output.fill(T::ZERO);
    for (a, b) in a.chunks_exact(rows.max(1)).zip(b.chunks_exact(cols.max(1))) {
        for (&x, output) in a.iter().zip(output.chunks_exact_mut(cols.max(1))) {
            add_times(output, x, b);
        }
    }
}

/// sums += x row.
#[inline(always)]
fn add_times<T: Number>(sums: &mut [T], x: T, row: &[T]) {
    for (sum, &y) in sums.iter_mut().zip(row) {
        *sum = T::plus(*sum, T::times(x, y));
    }
}
