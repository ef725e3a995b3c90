//! sin, cos and powers of `f32`, worked out in f64 without a branch, so that a loop over them becomes vector code.
//!
//! | function | error bound | beyond its range |
//! | --- | --- | --- |
//! | sin, cos | 1 ulp | |x| from 4e8 on goes to `libm`, element by element; NaN of an infinity |
//! | power | 1 ulp | as IEEE 754's `pow`: x^0 = 1, NaN for a negative x to a broken exponent |
//!
//! The bounds are tested against f64. No platform library: the bits are the same on every target.

use super::lanes::{ALL, Places, TARGET, TO_256, each_row, every};

/// 1.5 * 2^52: adding it rounds to a whole number, which then stands in the low bits.
const ROUND: f64 = 6_755_399_441_055_744.0;
/// pi / 2 in two parts: the first has 25 bits, so that its product with a whole number of 28 bits is exact.
const HALF_PI_HIGH: f64 = 1.570_796_310_901_641_8;
const HALF_PI_LOW: f64 = 1.589_325_477_352_819_6e-8;
/// Up to here the quarter turns are a whole number of 28 bits.
const REACH: f32 = 4e8;

/// 1 / n!.
const fn inverse_factorial(n: u32) -> f64 {
    let (mut product, mut factor) = (1.0, 1);
    while factor <= n {
        product *= factor as f64;
        factor += 1;
    }
    1.0 / product
}

/// The polynomial with these coefficients, the constant one first.
#[inline(always)]
fn polynomial<const N: usize>(x: f64, coefficients: [f64; N]) -> f64 {
    coefficients.into_iter().rev().fold(0.0, |sum, c| sum * x + c)
}

/// sin (x + turns pi/2) for |x| up to [`REACH`]. The series for |r| <= pi/4 are off by 7e-12.
#[inline(always)]
fn turned(x: f32, turns: u64) -> f32 {
    const SIN: [f64; 5] = [
        -inverse_factorial(3),
        inverse_factorial(5),
        -inverse_factorial(7),
        inverse_factorial(9),
        -inverse_factorial(11),
    ];
    const COS: [f64; 6] = [
        -inverse_factorial(2),
        inverse_factorial(4),
        -inverse_factorial(6),
        inverse_factorial(8),
        -inverse_factorial(10),
        inverse_factorial(12),
    ];
    let x = f64::from(x);
    let shifted = x * core::f64::consts::FRAC_2_PI + ROUND;
    let n = shifted - ROUND;
    let r = (x - n * HALF_PI_HIGH) - n * HALF_PI_LOW;
    let z = r * r;
    let sin = r + r * z * polynomial(z, SIN);
    let cos = 1.0 + z * polynomial(z, COS);
    let quarter = shifted.to_bits().wrapping_add(turns);
    let size = if quarter & 1 == 0 { sin } else { cos };
    f64::from_bits(size.to_bits() ^ ((quarter & 2) << 62)) as f32
}

/// Whether no value is beyond the reach of [`turned`], or a NaN.
fn near(values: &[f32]) -> bool {
    values.iter().fold(true, |near, x| near & (x.abs() < REACH))
}

/// Sine of each value.
#[inline(always)]
pub(crate) fn sin<P: Places<Element = f32>>(places: P) {
    if near(places.values()) {
        every::<ALL, _>(places, |x| turned(x, 0));
    } else {
        every::<TARGET, _>(places, |x| if x.abs() < REACH { turned(x, 0) } else { libm::sinf(x) });
    }
}

/// Cosine of each value.
#[inline(always)]
pub(crate) fn cos<P: Places<Element = f32>>(places: P) {
    if near(places.values()) {
        every::<ALL, _>(places, |x| turned(x, 1));
    } else {
        every::<TARGET, _>(places, |x| if x.abs() < REACH { turned(x, 1) } else { libm::cosf(x) });
    }
}

/// ln x of a positive, finite x: the series of 2 artanh s for a mantissa between sqrt(1/2) and sqrt(2), off by 3e-13.
#[inline(always)]
fn logarithm(x: f64) -> f64 {
    let offset = x.to_bits().wrapping_sub(core::f64::consts::FRAC_1_SQRT_2.to_bits());
    // The exponent as a float, without a conversion of 64 bits that few instruction sets have.
    let exponent = (offset >> 52).wrapping_add(1 << 11) & 0xfff;
    let e = f64::from_bits(ROUND.to_bits() | exponent) - (ROUND + 2048.0);
    let m = f64::from_bits(x.to_bits().wrapping_sub((offset >> 52) << 52));
    let s = (m - 1.0) / (m + 1.0);
    let z = s * s;
    let series = polynomial(z, [1.0, 1.0 / 3.0, 1.0 / 5.0, 1.0 / 7.0, 1.0 / 9.0, 1.0 / 11.0, 1.0 / 13.0]);
    2.0 * s * series + e * core::f64::consts::LN_2
}

/// e^x for |x| up to 200: e^r 2^n, the series for |r| <= ln 2 / 2 off by 7e-12.
#[inline(always)]
fn exponential(x: f64) -> f64 {
    const EXP: [f64; 10] = [
        1.0,
        1.0,
        inverse_factorial(2),
        inverse_factorial(3),
        inverse_factorial(4),
        inverse_factorial(5),
        inverse_factorial(6),
        inverse_factorial(7),
        inverse_factorial(8),
        inverse_factorial(9),
    ];
    let shifted = x * core::f64::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let power = polynomial(x - n * core::f64::consts::LN_2, EXP);
    f64::from_bits(power.to_bits().wrapping_add(shifted.to_bits() << 52))
}

/// Each value to a power.
#[inline(always)]
pub(crate) fn power<P: Places<Element = f32>>(places: P, exponent: f32) {
    if exponent == 2.0 {
        return every::<TO_256, _>(places, |x| x * x);
    }
    if !exponent.is_finite() || exponent == 0.0 {
        return every::<TARGET, _>(places, |x| libm::powf(x, exponent));
    }
    each_row::<ALL, _>(places, &[exponent], raised);
}

/// x^y for a finite y. A function, not a closure, which is not inlined for sure.
#[inline(always)]
fn raised(x: f32, y: f32) -> f32 {
    // From 2^24 on every f32 is whole and even.
    let small = y.abs() < 16_777_216.0;
    let nearest = if small { y as i32 } else { 0 };
    let whole = !small || nearest as f32 == y;
    let flip = if small && whole && nearest & 1 == 1 { 1 << 31 } else { 0 };
    let below = if whole { 1.0 } else { f32::NAN };
    let (of_zero, of_infinity) = if y > 0.0 { (0.0, f32::INFINITY) } else { (f32::INFINITY, 0.0) };
    let size = x.abs();
    let t = f64::from(y) * logarithm(f64::from(size));
    let t = if t > 200.0 { 200.0 } else { t };
    let t = if t < -200.0 { -200.0 } else { t };
    let power = exponential(t) as f32;
    let power = if x < 0.0 { power * below } else { power };
    let power = if size == 0.0 { of_zero } else { power };
    let power = if size == f32::INFINITY { of_infinity } else { power };
    let power = f32::from_bits(power.to_bits() | (x.to_bits() & flip));
    #[allow(clippy::eq_op, reason = "only a NaN differs from itself")]
    if x != x { x } else { power }
}

/// Sine of each value, by `libm`.
pub(crate) fn sin64<P: Places<Element = f64>>(places: P) {
    every::<TARGET, _>(places, libm::sin);
}

/// Cosine of each value, by `libm`.
pub(crate) fn cos64<P: Places<Element = f64>>(places: P) {
    every::<TARGET, _>(places, libm::cos);
}

/// Each value to a power, by `libm`.
pub(crate) fn power64<P: Places<Element = f64>>(places: P, exponent: f64) {
    each_row::<TARGET, _>(places, &[exponent], |x, y| if y == 2.0 { x * x } else { libm::pow(x, y) });
}
