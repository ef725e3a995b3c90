//! exp, ln, sigmoid, tanh, sin, cos and powers against f64 over the whole range of f32: every 251st of the 2^32 bit patterns.

use crate::kernel::{math, powers};

/// Patterns between two that are tried: a prime, so that low bits take all values.
const STRIDE: usize = 251;

/// The error in units of the last place of `exact`, a unit being 2^-149 for subnormals.
fn ulps(found: f32, exact: f64) -> f64 {
    if f64::from(found) == exact || (found.is_nan() && exact.is_nan()) {
        return 0.0;
    }
    // What rounds to infinity may be infinity.
    let limit = f64::from(f32::MAX) * (1.0 + 0.5 / f64::from(1 << 24));
    if found.is_infinite() {
        return if exact.abs() >= limit && exact.is_sign_positive() == (found > 0.0) { 0.0 } else { f64::INFINITY };
    }
    let exponent = exact.abs().log2().floor().clamp(-126.0, 127.0);
    (f64::from(found) - exact).abs() / (exponent - 23.0).exp2()
}

fn check(name: &str, bound: f64, found: impl Fn(f32) -> f32, exact: impl Fn(f64) -> f64) {
    let mut worst = (0.0, 0.0);
    for bits in (0..=u32::MAX).step_by(STRIDE) {
        let x = f32::from_bits(bits);
        let error = ulps(found(x), exact(f64::from(x)));
        // A NaN error is worse than any.
        if error.is_nan() || error > worst.0 {
            worst = (error, x);
        }
    }
    println!("{name}: {:.3} ulp at {:e}", worst.0, worst.1);
    assert!(worst.0 <= bound, "{name}: {} ulp at {:e}, bound {bound}", worst.0, worst.1);
}

#[test]
fn exp_is_within_its_bound() {
    check("exp", 1.1, math::exp_with::<false>, f64::exp);
    check("exp, fused", 1.1, math::exp_with::<true>, f64::exp);
}

#[test]
fn ln_is_within_its_bound() {
    check("ln", 1.0, math::ln_with::<false>, f64::ln);
    check("ln, fused", 1.0, math::ln_with::<true>, f64::ln);
}

#[test]
fn exp_minus_one_is_within_its_bound() {
    check("exp - 1", 4.0, math::exp_m1_with::<false>, f64::exp_m1);
    check("exp - 1, fused", 4.0, math::exp_m1_with::<true>, f64::exp_m1);
}

#[test]
fn softplus_is_within_its_bound() {
    let exact = |x: f64| x.max(0.0) + (-x.abs()).exp().ln_1p() + if x.is_nan() { x } else { 0.0 };
    check("softplus", 3.0, math::softplus_with::<false>, exact);
    check("softplus, fused", 3.0, math::softplus_with::<true>, exact);
}

#[test]
fn sigmoid_is_within_its_bound() {
    let exact = |x: f64| 1.0 / (1.0 + (-x).exp());
    check("sigmoid", 2.5, math::sigmoid_with::<false>, exact);
    check("sigmoid, fused", 2.5, math::sigmoid_with::<true>, exact);
}

#[test]
fn tanh_is_within_its_bound() {
    check("tanh", 2.0, math::tanh_with::<false>, f64::tanh);
    check("tanh, fused", 2.0, math::tanh_with::<true>, f64::tanh);
}

#[test]
fn the_normal_distribution_is_within_its_bound() {
    let exact = |x: f64| 0.5 * libm::erfc(-x * core::f64::consts::FRAC_1_SQRT_2);
    check("normal", 6.5, |x| math::normal_with::<false>(x).0, exact);
    check("normal, fused", 6.5, |x| math::normal_with::<true>(x).0, exact);
    let exact = |x: f64| (-0.5 * x * x).exp();
    check("bell", 1.5, |x| math::normal_with::<false>(x).1, exact);
    check("bell, fused", 1.5, |x| math::normal_with::<true>(x).1, exact);
}

/// One value through a function of slices.
fn one(x: f32, function: impl Fn(&mut [f32])) -> f32 {
    let mut value = [x];
    function(&mut value);
    value[0]
}

#[test]
fn sin_and_cos_are_within_their_bounds() {
    check("sin", 1.0, |x| one(x, |x| powers::sin(x)), f64::sin);
    check("cos", 1.0, |x| one(x, |x| powers::cos(x)), f64::cos);
}

#[test]
fn powers_are_within_their_bound() {
    for y in [3.0, -1.0, 0.5, -2.5, 1.0 / 3.0, 1e-3, 17.0, -101.0, 1e9] {
        check(&format!("x^{y}"), 1.0, |x| one(x, |x| powers::power(x, y)), |x| x.powf(f64::from(y)));
    }
}

#[test]
fn powers_at_the_ends_are_those_of_ieee_754() {
    let ends = [0.0, -0.0, 1.0, -1.0, 2.0, -2.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN, 1e-45, -1e-45];
    let exponents = [0.0, -0.0, 1.0, 2.0, 3.0, -1.0, -2.0, 0.5, -0.5, 1e38, f32::INFINITY, f32::NEG_INFINITY, f32::NAN];
    for y in exponents {
        for x in ends {
            let (found, exact) = (one(x, |x| powers::power(x, y)), x.powf(y));
            assert!(
                found == exact && found.is_sign_negative() == exact.is_sign_negative()
                    || found.is_nan() && exact.is_nan(),
                "{x}^{y}: {found} is not {exact}"
            );
        }
    }
}

#[test]
fn ends_of_the_range() {
    assert_eq!(math::exp(0.0), 1.0);
    assert_eq!(math::exp(f32::NEG_INFINITY), 0.0);
    assert_eq!(math::exp(f32::INFINITY), f32::INFINITY);
    assert_eq!(math::ln(1.0), 0.0);
    assert_eq!(math::ln(0.0), f32::NEG_INFINITY);
    assert_eq!(math::ln(-0.0), f32::NEG_INFINITY);
    assert_eq!(math::ln(f32::INFINITY), f32::INFINITY);
    assert!(math::ln(-1.0).is_nan() && math::ln(f32::NEG_INFINITY).is_nan());
    assert_eq!((math::sigmoid(-200.0), math::sigmoid(0.0), math::sigmoid(200.0)), (0.0, 0.5, 1.0));
    assert_eq!((math::tanh(-200.0), math::tanh(0.0), math::tanh(200.0)), (-1.0, 0.0, 1.0));
    for function in [math::exp, math::ln, math::sigmoid, math::tanh, math::sqrt] {
        assert!(function(f32::NAN).is_nan());
    }
}
