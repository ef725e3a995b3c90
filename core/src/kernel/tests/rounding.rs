//! Rounding against `libm`, bit by bit: over the whole range of f32 and near what is rounded in both floats.

use crate::kernel::rounding::{double, single};

/// Patterns between two that are tried: a prime, so that low bits take all values.
const STRIDE: usize = if cfg!(miri) { 16_000_057 } else { 251 };

/// Numbers around 0, halves, the last number with a fraction and the ends of the range, of both signs.
fn edges() -> impl Iterator<Item = f64> {
    let wholes = [0.0, 1.0, 2.0, 3.0, 8_388_607.0, 8_388_608.0, 4_503_599_627_370_495.0, 4_503_599_627_370_496.0];
    let near = wholes.into_iter().flat_map(|whole: f64| {
        let halves = [whole, whole + 0.5, whole - 0.5];
        halves.into_iter().flat_map(|x| [x.next_down(), x, x.next_up(), f64::from((x as f32).next_up())])
    });
    let ends = [f64::MIN_POSITIVE, 5e-324, 1e-45, f64::MAX, f64::INFINITY, f64::NAN];
    near.chain(ends).flat_map(|x| [x, -x])
}

fn check32(x: f32) {
    let pairs =
        [(single::floor(x), libm::floorf(x)), (single::ceil(x), libm::ceilf(x)), (single::round(x), libm::rintf(x))];
    for (found, exact) in pairs {
        assert!(found.to_bits() == exact.to_bits() || found.is_nan() && exact.is_nan(), "{x:e}: {found}, not {exact}");
    }
}

fn check64(x: f64) {
    let pairs =
        [(double::floor(x), libm::floor(x)), (double::ceil(x), libm::ceil(x)), (double::round(x), libm::rint(x))];
    for (found, exact) in pairs {
        assert!(found.to_bits() == exact.to_bits() || found.is_nan() && exact.is_nan(), "{x:e}: {found}, not {exact}");
    }
}

#[test]
fn rounding_is_exact() {
    (0..=u32::MAX).step_by(STRIDE).for_each(|bits| check32(f32::from_bits(bits)));
    // (The golden ratio of 2^64: low and high bits take all values.)
    let patterns = (0..1 << if cfg!(miri) { 8 } else { 22 }).map(|n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    patterns.for_each(|bits| check64(f64::from_bits(bits)));
    // Exponents of 0 to 54, where there is something to round.
    for exponent in 1022..1078 {
        (0..1000_u64)
            .for_each(|n| check64(f64::from_bits(exponent << 52 | n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 12)));
    }
    for x in edges() {
        check64(x);
        check32(x as f32);
    }
}
