//! exp, ln, tanh, sigmoid, the normal distribution and sqrt in plain arithmetic: no branch, so that a loop over them becomes vector code, and
//! no platform library, so that every target that multiplies and adds apart gives the same bits.
//!
//! | function | error bound | beyond its range |
//! | --- | --- | --- |
//! | exp | 1.1 ulp | 0 below -104, infinity above 88.73; subnormal results are exact to half a unit of 2^-149 more |
//! | ln | 1 ulp | -infinity at 0, NaN below, also for subnormal x |
//! | sigmoid | 2.5 ulp | 0 below -104, 1 above 17 |
//! | tanh | 2 ulp | +-1 beyond 9.1 |
//! | exp - 1 | 4 ulp | -1 below -18, infinity above 88.73 |
//! | ln(1 + e^x) | 3 ulp | 0 below -104, x above 18 |
//! | P(X <= x), X standard normal | 6.5 ulp | 0 below -14.2, 1 above 5.7 |
//! | sqrt | correctly rounded | |
//!
//! A NaN stays a NaN everywhere. The bounds are tested over the whole range of f32 against f64. `FMA` fuses
//! multiply-adds where the kernel around does; the functions without it are the portable ones.

/// a b + c, rounded once with `FMA`, else twice.
#[inline(always)]
fn mul_add<const FMA: bool>(a: f32, b: f32, c: f32) -> f32 {
    #[cfg(feature = "std")]
    if FMA {
        return a.mul_add(b, c);
    }
    a * b + c
}

/// The polynomial with these coefficients, the constant one first.
#[inline(always)]
fn polynomial<const FMA: bool, const N: usize>(x: f32, coefficients: [f32; N]) -> f32 {
    let mut sum = 0.0;
    for c in coefficients.into_iter().rev() {
        sum = mul_add::<FMA>(sum, x, c);
    }
    sum
}

/// ln 2 in two parts: the first has 10 bits, so that its product with an exponent is exact.
const LN2_HIGH: f32 = 0.693_359_4;
const LN2_LOW: f32 = -2.121_944_4e-4;
/// 1.5 * 2^23: adding it rounds to a whole number, which then stands in the low bits.
const ROUND: f32 = 12_582_912.0;

/// e^x: e^r 2^n with |r| <= ln 2 / 2.
#[inline(always)]
pub(crate) fn exp_with<const FMA: bool>(x: f32) -> f32 {
    let x = if x > 89.0 { 89.0 } else { x };
    let x = if x < -104.0 { -104.0 } else { x };
    let shifted = mul_add::<FMA>(x, core::f32::consts::LOG2_E, ROUND);
    let n = shifted - ROUND;
    let r = mul_add::<FMA>(n, -LN2_LOW, mul_add::<FMA>(n, -LN2_HIGH, x));
    power_of_two::<FMA>(r, shifted)
}

/// e^r 2^n, where `shifted` is [`ROUND`] + n. The polynomial for (e^r - 1 - r) / r^2 is a minimax fit, off by 3.6e-9.
#[inline(always)]
fn power_of_two<const FMA: bool>(r: f32, shifted: f32) -> f32 {
    let p = polynomial::<FMA, 5>(r, [0.5, 0.166_665_06, 0.041_666_17, 0.008_370_321, 0.001_395_297_2]);
    let power = mul_add::<FMA>(r * r, p, r) + 1.0;
    // 2^n by halves: n reaches from -150 to 128, beyond what one exponent holds.
    let n = (shifted.to_bits() as i32).wrapping_sub(ROUND.to_bits() as i32);
    let half = n >> 1;
    let scale = |n: i32| f32::from_bits((n.wrapping_add(127) as u32) << 23);
    power * scale(half) * scale(n.wrapping_sub(half))
}

/// ln x: ln m + e ln 2 with m between sqrt(1/2) and sqrt(2); ln m = 2 artanh s by its series, s = (m - 1) / (m + 1).
#[inline(always)]
pub(crate) fn ln_with<const FMA: bool>(x: f32) -> f32 {
    let subnormal = x < f32::MIN_POSITIVE;
    let scaled = if subnormal { x * 8_388_608.0 } else { x };
    let bits = scaled.to_bits();
    // Above sqrt(2) the mantissa counts from the next power of two.
    let offset = bits.wrapping_sub(core::f32::consts::FRAC_1_SQRT_2.to_bits());
    let exponent = (offset as i32) >> 23;
    let m = f32::from_bits(bits.wrapping_sub((exponent as u32) << 23));
    let e = (exponent as f32) - if subnormal { 23.0 } else { 0.0 };
    let f = m - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let series = z * polynomial::<FMA, 4>(z, [2.0 / 3.0, 2.0 / 5.0, 2.0 / 7.0, 2.0 / 9.0]);
    // ln m = f - (f^2/2 - s (f^2/2 + series)): f is exact, the rest is small beside it.
    let square = 0.5 * f * f;
    let rest = mul_add::<FMA>(s, square + series, e * LN2_LOW);
    let result = mul_add::<FMA>(e, LN2_HIGH, f - (square - rest));
    let result = if x == 0.0 { f32::NEG_INFINITY } else { result };
    let result = if x < 0.0 { f32::NAN } else { result };
    if x < f32::INFINITY { result } else { x }
}

/// 1 / (1 + e^-x), by e^-|x|, which does not overflow.
#[inline(always)]
pub(crate) fn sigmoid_with<const FMA: bool>(x: f32) -> f32 {
    let e = exp_with::<FMA>(-x.abs());
    let numerator = if x < 0.0 { e } else { 1.0 };
    numerator / (1.0 + e)
}

/// tanh x: x + x^3 q(x^2) below 0.65, where 1 - 2 / (e^2x + 1) would lose digits. q is a minimax fit, off by 6.4e-9.
#[inline(always)]
pub(crate) fn tanh_with<const FMA: bool>(x: f32) -> f32 {
    let size = x.abs();
    let z = x * x;
    let q = polynomial::<FMA, 5>(z, [-0.333_332_63, 0.133_308_99, -0.053_692_967, 0.020_483_313, -0.005_528_630_7]);
    let near = mul_add::<FMA>(x * z, q, x);
    let far = 1.0 - 2.0 / (exp_with::<FMA>(2.0 * size) + 1.0);
    let far = if x < 0.0 { -far } else { far };
    if size < 0.65 { near } else { far }
}

/// e^x - 1 = tanh(x/2) (e^x + 1), which keeps its digits beside 0.
#[inline(always)]
pub(crate) fn exp_m1_with<const FMA: bool>(x: f32) -> f32 {
    let e = exp_with::<FMA>(x);
    let near = tanh_with::<FMA>(0.5 * x) * (e + 1.0);
    if x.abs() < 1.0 { near } else { e - 1.0 }
}

/// ln(1 + t) for t from 0 to 1: 2 artanh s by its series, s = t / (2 + t) up to 1/3.
#[inline(always)]
fn ln_1p_with<const FMA: bool>(t: f32) -> f32 {
    let s = t / (2.0 + t);
    let z = s * s;
    let series = [1.0 / 3.0, 1.0 / 5.0, 1.0 / 7.0, 1.0 / 9.0, 1.0 / 11.0, 1.0 / 13.0, 1.0 / 15.0];
    2.0 * mul_add::<FMA>(s * z, polynomial::<FMA, 7>(z, series), s)
}

/// ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|), which does not overflow.
#[inline(always)]
pub(crate) fn softplus_with<const FMA: bool>(x: f32) -> f32 {
    let above = if x > 0.0 { x } else { 0.0 };
    let result = above + ln_1p_with::<FMA>(exp_with::<FMA>(-x.abs()));
    if x.is_nan() { x } else { result }
}

/// e^(-x^2 / 2) for x from 0 to 14.5. The square in two parts: an error of half a unit in it would be one of 50 in the result.
#[inline(always)]
fn bell_with<const FMA: bool>(x: f32) -> f32 {
    // The square of the first 12 bits is exact.
    let head = f32::from_bits(x.to_bits() & 0xffff_f000);
    let (high, low) = (-0.5 * head * head, -0.5 * (x - head) * (x + head));
    let shifted = mul_add::<FMA>(high + low, core::f32::consts::LOG2_E, ROUND);
    let n = shifted - ROUND;
    let r = mul_add::<FMA>(n, -LN2_LOW, mul_add::<FMA>(n, -LN2_HIGH, high) + low);
    power_of_two::<FMA>(r, shifted)
}

/// P(X <= x) of a standard normal X, and its density at x without the factor 1 / sqrt(2 pi).
///
/// The part beyond |x| is e^(-x^2 / 2) m(|x|), where m (Mills' ratio but for a constant) falls from 1/2 like 1 / x: as a polynomial
/// of (x - 3.5) / (x + 3.5) over x + 3.5, a minimax fit, off by 5.7e-9.
#[inline(always)]
pub(crate) fn normal_with<const FMA: bool>(x: f32) -> (f32, f32) {
    let size = x.abs();
    let size = if size > 14.5 { 14.5 } else { size };
    let bell = bell_with::<FMA>(size);
    let over = 1.0 / (size + 3.5);
    let mills = [
        0.744_416_06,
        -0.565_561_8,
        0.315_424_98,
        -0.116_052_74,
        0.017_407_41,
        0.006_491_603,
        -0.003_180_272,
        -0.000_494_146_14,
        0.000_429_618_23,
        0.000_114_834_38,
    ];
    // The quotient first: the result may be below every normal number, where each product loses digits.
    let beyond = polynomial::<FMA, 10>((size - 3.5) * over, mills) * over * bell;
    (if x > 0.0 { 1.0 - beyond } else { beyond }, bell)
}

/// e^x.
#[inline]
pub(crate) fn exp(x: f32) -> f32 {
    exp_with::<false>(x)
}

/// Natural logarithm.
#[inline]
pub(crate) fn ln(x: f32) -> f32 {
    ln_with::<false>(x)
}

/// Hyperbolic tangent.
#[inline]
pub(crate) fn tanh(x: f32) -> f32 {
    tanh_with::<false>(x)
}

/// 1 / (1 + e^-x), without overflow for any x.
#[inline]
pub(crate) fn sigmoid(x: f32) -> f32 {
    sigmoid_with::<false>(x)
}

/// Square root, correctly rounded.
#[inline(always)]
pub(crate) fn sqrt(x: f32) -> f32 {
    // The instruction and the library round alike; only the first becomes vector code.
    #[cfg(feature = "std")]
    return x.sqrt();
    #[cfg(not(feature = "std"))]
    super::device::sqrt(x)
}
