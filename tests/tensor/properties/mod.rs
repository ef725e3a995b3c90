//! Random values through Formwork, and through `ndarray`, `nalgebra` or one line of f64.
//!
//! A check is generic over the shape and the element type, its reference is f64. What IEEE 754 rounds once (`+ - * / %`,
//! square roots, what only moves elements) has to agree in every bit: of an f32 operation, the f64 result rounded to f32 is
//! the f32 result, because f64 has more than twice its digits. Everything else has a bound in units of the type's epsilon.

use formwork::{Tensor, tensor::Float};
use ndarray::Array2;
use proptest::prelude::*;

/// Calls a macro with every shape: one element, rows, columns, squares, tall, wide; sizes below, at and above the 32 lanes
/// of the reductions and the tiles of the product.
macro_rules! every_shape {
    ($check:ident) => {
        every_shape!(@list $check: 1 1, 1 2, 2 1, 2 2, 2 3, 3 2, 4 4, 5 7, 7 5, 8 4, 6 6, 9 11, 16 16, 17 3, 3 17);
        every_shape!(@list $check: 1 31, 31 1, 1 64, 64 1, 1 65, 33 2, 2 33);
    };
    (@list $check:ident: $($r:literal $c:literal),*) => { $($check!($r $c);)* };
}

/// The property tests of a file: each check runs for every shape with f64 and f32.
macro_rules! properties {
    ($($check:ident($($values:ident),*);)*) => {
        proptest::proptest! {
            #![proptest_config(proptest::prelude::ProptestConfig::with_cases(crate::properties::CASES))]
            $(
                #[test]
                fn $check($($values in crate::properties::values()),*) {
                    macro_rules! both {
                        ($r:literal $c:literal) => {
                            super::$check::<$r, $c, f64>($(&$values),*);
                            super::$check::<$r, $c, f32>($(&$values),*);
                        };
                    }
                    every_shape!(both);
                }
            )*
        }
    };
}

// Below the macros, which only what follows them sees.
mod arithmetic;
mod cutting;
mod elementwise;
mod integers;
mod linalg;
mod reductions;

/// Elements of the largest shape, 16 x 16.
const MOST: usize = 256;
const CASES: u32 = 16;

/// Values of a middling size, some of them whole and small, so that equal elements and zeros occur.
fn values() -> impl Strategy<Value = Vec<f64>> {
    let value = prop_oneof![4 => -100.0..100.0_f64, 1 => (-3..=3_i32).prop_map(f64::from)];
    prop::collection::vec(value, MOST)
}

/// The same numbers as a tensor of `T` and as an f64 array of the values that `T` holds.
fn pair<const R: usize, const C: usize, T: Float>(values: &[f64]) -> (Tensor<R, C, T>, Array2<f64>) {
    let rounded: Vec<T> = values.iter().take(R * C).map(|&value| T::from_f64(value)).collect();
    let exact = rounded.iter().map(|&value| value.to_f64()).collect();
    (Tensor::try_from(&rounded[..]).unwrap(), Array2::from_shape_vec((R, C), exact).unwrap())
}

/// Every element is the expected one, rounded to `T`; `NaN` is `NaN`.
#[track_caller]
fn exact<const R: usize, const C: usize, T: Float>(found: &Tensor<R, C, T>, expected: &Array2<f64>) {
    assert_eq!([R, C], expected.shape());
    for (place, (found, &expected)) in found.iter().zip(expected).enumerate() {
        let (found, expected) = (found.to_f64(), T::from_f64(expected).to_f64());
        let same = found == expected || (found.is_nan() && expected.is_nan());
        assert!(same, "{} {R} x {C}, element {place}: {found:e} is not {expected:e}", T::DTYPE);
    }
}

/// Every element is within `units` epsilons of `scale` of the expected one.
#[track_caller]
fn near<const R: usize, const C: usize, T: Float>(
    found: &Tensor<R, C, T>,
    expected: &Array2<f64>,
    units: f64,
    scale: &Array2<f64>,
) {
    assert_eq!([R, C], expected.shape());
    assert_eq!([R, C], scale.shape());
    for (place, ((found, &expected), &scale)) in found.iter().zip(expected).zip(scale).enumerate() {
        let (found, bound) = (found.to_f64(), units * T::EPSILON.to_f64() * scale);
        // What `T` cannot hold is its infinity.
        let equal = found == T::from_f64(expected).to_f64() || (found.is_nan() && expected.is_nan());
        let same = equal || (found - expected).abs() <= bound;
        assert!(same, "{} {R} x {C}, element {place}: {found:e} is not {expected:e} to {bound:e}", T::DTYPE);
    }
}

/// One number as a tensor and as an array, for [`exact`] and [`near`].
fn one<T: Float>(value: T) -> Tensor<1, 1, T> {
    Tensor::from([[value]])
}

fn single(value: f64) -> Array2<f64> {
    Array2::from_elem((1, 1), value)
}
