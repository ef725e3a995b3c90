//! Type-level numbers of sizes that a macro cannot read (`const HIDDEN: usize = 256`), made bit by bit.
//!
//! typenum's own map from const parameters ends at 1024; a `bool` const parameter for each bit has no such end.

pub use typenum::{B0, B1, UInt, UTerm};
use typenum::{Bit, Unsigned};

/// A bit of a number, counted from the low end.
pub const fn bit(number: usize, place: u32) -> bool {
    match number.checked_shr(place) {
        Some(rest) => rest & 1 == 1,
        None => false,
    }
}

/// A number with one more bit at its low end: `Push<true>` of 1 is 3.
///
/// ```
/// use formwork::network::number::Push;
/// use typenum::{U5, UTerm, Unsigned, assert_type_eq};
/// const N: usize = 5;
/// type Two = <<UTerm as Push<{ N >> 2 & 1 == 1 }>>::Output as Push<{ N >> 1 & 1 == 1 }>>::Output;
/// type Five = <Two as Push<{ N & 1 == 1 }>>::Output;
/// assert_type_eq!(Five, U5);
/// ```
pub trait Push<const BIT: bool> {
    /// The number with the bit.
    type Output: Unsigned;
}

impl Push<false> for UTerm {
    type Output = Self;
}

impl Push<true> for UTerm {
    type Output = UInt<Self, B1>;
}

impl<U: Unsigned, B: Bit> Push<false> for UInt<U, B> {
    type Output = UInt<Self, B0>;
}

impl<U: Unsigned, B: Bit> Push<true> for UInt<U, B> {
    type Output = UInt<Self, B1>;
}
