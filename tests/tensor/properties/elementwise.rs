//! Functions of each element.

use super::{exact, near, pair};
use formwork::{Tensor, tensor::Float};
use ndarray::{Array2, Zip};

/// The size of a result, and where it is subnormal as f32, the smallest normal number: there the digits end at a fixed place.
fn size(expected: &Array2<f64>) -> Array2<f64> {
    expected.mapv(|value| value.abs().max(f64::from(f32::MIN_POSITIVE)))
}

/// A function and its form in place agree with f64's to `units` epsilons of the result.
macro_rules! function {
    ($x:ident, $n:ident, $name:ident, $inplace:ident, $reference:expr, $units:literal) => {{
        let expected = $n.mapv($reference);
        near(&$x.$name(), &expected, $units, &size(&expected));
        let mut written = $x.clone();
        written.$inplace();
        assert!(written.iter().zip(&$x.$name()).all(|(a, b)| a == b || (a != a && b != b)));
    }};
}

fn functions<const R: usize, const C: usize, T: Float>(a: &[f64]) {
    let (x, n) = pair::<R, C, T>(a);
    // The library's own exp, tanh and sigmoid promise a few units in the last place; libm's functions one.
    function!(x, n, exp, exp_inplace, f64::exp, 4.0);
    function!(x, n, tanh, tanh_inplace, f64::tanh, 4.0);
    function!(x, n, sigmoid, sigmoid_inplace, |x| 1.0 / (1.0 + (-x).exp()), 8.0);
    function!(x, n, sin, sin_inplace, f64::sin, 2.0);
    function!(x, n, cos, cos_inplace, f64::cos, 2.0);
    function!(x, n, ln, ln_inplace, f64::ln, 4.0);
    exact(&x.sqrt(), &n.mapv(f64::sqrt));
    exact(&x.relu(), &n.mapv(|x| x.max(0.0)));
    exact(&x.floor(), &n.mapv(f64::floor));
    exact(&x.ceil(), &n.mapv(f64::ceil));
    exact(&x.round(), &n.mapv(f64::round_ties_even));
    exact(&x.recip(), &n.mapv(f64::recip));
    exact(&x.abs(), &n.mapv(f64::abs));
    exact(&(&x + T::from_f64(0.5)).floor().round(), &n.mapv(|x| T::from_f64(x + 0.5).to_f64().floor()));
    function!(x, n, sqrt, sqrt_inplace, f64::sqrt, 1.0);
    function!(x, n, relu, relu_inplace, |x| x.max(0.0), 0.0);
    function!(x, n, floor, floor_inplace, f64::floor, 0.0);
    function!(x, n, ceil, ceil_inplace, f64::ceil, 0.0);
    function!(x, n, round, round_inplace, f64::round_ties_even, 0.0);
    function!(x, n, recip, recip_inplace, f64::recip, 1.0);
}

fn powers<const R: usize, const C: usize, T: Float>(a: &[f64], b: &[f64]) {
    let (x, n) = pair::<R, C, T>(a);
    let exponent = T::from_f64((b[0] / 30.0).trunc() + 0.5);
    let expected = n.mapv(|x| x.powf(exponent.to_f64()));
    near(&x.pow(exponent), &expected, 2.0, &size(&expected));
    exact(&x.pow(T::from_f64(2.0)), &n.mapv(|x| x * x));
    let expected = n.mapv(|x| x.powi(3));
    near(&x.pow(T::from_f64(3.0)), &expected, 2.0, &size(&expected));
    // Repeated squaring rounds once a product: 2 products for the cube, 4 for the 9th power, whose errors add up.
    near(&x.powi(3), &expected, 4.0, &size(&expected));
    let expected = n.mapv(|x| x.powi(9));
    near(&x.powi(9), &expected, 16.0, &size(&expected));
    exact(&x.powi(0), &Array2::ones((R, C)));
    exact(&x.powi(1), &n);
}

fn choices<const R: usize, const C: usize, T: Float>(a: &[f64], b: &[f64]) {
    let ((x, n), (y, m)) = (pair::<R, C, T>(a), pair::<R, C, T>(b));
    let (low, high) = (T::from_f64(b[0].min(b[1])), T::from_f64(b[0].max(b[1])));
    exact(&x.clamp(low, high), &n.mapv(|x| x.clamp(low.to_f64(), high.to_f64())));
    exact(&x.clamp(high, low), &n.mapv(|_| low.to_f64()));
    exact(&x.maximum(&y), &Zip::from(&n).and(&m).map_collect(|&x, &y| x.max(y)));
    exact(&x.minimum(&y), &Zip::from(&n).and(&m).map_collect(|&x, &y| x.min(y)));
    let three = T::from_f64(3.0);
    exact(&x.map(|x| if x > three { -x } else { x }), &n.mapv(|x| if x > 3.0 { -x } else { x }));
    let mut written = x.clone();
    written.map_inplace(|x| if x > three { -x } else { x });
    exact(&written, &n.mapv(|x| if x > 3.0 { -x } else { x }));
    let whole: Tensor<R, C, i64> = x.zip_with(&y, |x, y| (x > y) as i64);
    assert_eq!(whole, x.gt(&y).map(i64::from));
}

mod checks {
    properties! {
        functions(a);
        powers(a, b);
        choices(a, b);
    }
}
