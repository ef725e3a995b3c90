//! The element types.

/// A number that a tensor can hold: its zero and its one.
pub trait Scalar: Copy + PartialEq + core::fmt::Debug + 'static {
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
}

macro_rules! scalar {
    ($($kind:ty: $zero:literal, $one:literal;)*) => {$(
        impl Scalar for $kind {
            const ZERO: Self = $zero;
            const ONE: Self = $one;
        }
    )*};
}

scalar! {
    f32: 0.0, 1.0;
    f64: 0.0, 1.0;
    i8: 0, 1;
    i16: 0, 1;
    i32: 0, 1;
    i64: 0, 1;
    u8: 0, 1;
    u16: 0, 1;
    u32: 0, 1;
    u64: 0, 1;
    bool: false, true;
}
