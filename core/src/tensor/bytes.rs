//! Numbers taken from bytes, in constants too: weights that stay where the linker put them.
#![allow(unsafe_code, reason = "one of the few views of the tensor floor; the block is argued")]

/// `R * C` numbers, little-endian, from the front of `bytes`, which then begins behind them.
///
/// One copy of memory, not a loop: a loop over a million bytes takes the compiler seconds.
///
/// # Panics
/// Where fewer bytes are left: in a constant, while compiling.
pub(crate) const fn take<const R: usize, const C: usize>(bytes: &mut &[u8]) -> [[f32; C]; R] {
    const { assert!(cfg!(target_endian = "little"), "weights are stored little-endian, and this target is not") };
    let Some((numbers, rest)) = bytes.split_at_checked(size_of::<[[f32; C]; R]>()) else {
        panic!("fewer bytes than the layer has weights")
    };
    *bytes = rest;
    // SAFETY: `numbers` has exactly the bytes of the array; any bits are an `f32`; the read needs no alignment.
    unsafe { numbers.as_ptr().cast::<[[f32; C]; R]>().read_unaligned() }
}
