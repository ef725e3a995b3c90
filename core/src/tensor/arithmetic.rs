//! The operations on single elements, of which the loops over slices are made.

use super::Scalar;

/// Arithmetic on single elements. Integers wrap, also in debug builds; dividing one by 0 panics, as Rust's `/` does.
// Functions, not methods, with names of their own: nobody outside can name the trait, but what is bounded by `Number` has
// its methods, and they would stand in the way of those of `core::ops`.
pub trait Arithmetic: Scalar + PartialOrd {
    fn plus(a: Self, b: Self) -> Self;
    fn minus(a: Self, b: Self) -> Self;
    fn times(a: Self, b: Self) -> Self;
    fn divided(a: Self, b: Self) -> Self;
    fn remainder(a: Self, b: Self) -> Self;
    fn negated(a: Self) -> Self;
    fn absolute(a: Self) -> Self;
}

macro_rules! integers {
    ($($kind:ident: $absolute:expr;)*) => {$(
        impl Arithmetic for $kind {
            integers! {
                @ plus wrapping_add, minus wrapping_sub, times wrapping_mul, divided wrapping_div, remainder wrapping_rem
            }
            #[inline(always)]
            fn negated(a: Self) -> Self {
                a.wrapping_neg()
            }
            #[inline(always)]
            fn absolute(a: Self) -> Self {
                $absolute(a)
            }
        }
    )*};
    (@ $($name:ident $wrapping:ident),*) => {$(
        #[inline(always)]
        fn $name(a: Self, b: Self) -> Self {
            a.$wrapping(b)
        }
    )*};
}

integers! {
    i8: i8::wrapping_abs;
    i16: i16::wrapping_abs;
    i32: i32::wrapping_abs;
    i64: i64::wrapping_abs;
    u8: core::convert::identity;
    u16: core::convert::identity;
    u32: core::convert::identity;
    u64: core::convert::identity;
}

macro_rules! floats {
    ($($kind:ident)*) => {$(
        impl Arithmetic for $kind {
            floats!(@ plus +, minus -, times *, divided /, remainder %);
            #[inline(always)]
            fn negated(a: Self) -> Self {
                -a
            }
            #[inline(always)]
            fn absolute(a: Self) -> Self {
                a.abs()
            }
        }
    )*};
    (@ $($name:ident $sign:tt),*) => {$(
        #[inline(always)]
        fn $name(a: Self, b: Self) -> Self {
            a $sign b
        }
    )*};
}

floats! { f32 f64 }
