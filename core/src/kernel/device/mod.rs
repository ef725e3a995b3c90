//! The loop of a microcontroller's dense layer: in assembly for ARM cores with single-precision registers, in safe code
//! for all others, and there too with `--cfg formwork_safe`.

#[cfg(all(
    target_arch = "arm",
    target_os = "none",
    target_abi = "eabihf",
    target_endian = "little",
    not(formwork_safe)
))]
#[allow(unsafe_code, reason = "functions of instructions that the compiler does not choose")]
#[path = "assembly.rs"]
mod chosen;

#[cfg(not(all(
    target_arch = "arm",
    target_os = "none",
    target_abi = "eabihf",
    target_endian = "little",
    not(formwork_safe)
)))]
#[path = "safe.rs"]
mod chosen;

pub(super) use chosen::accumulate;
#[cfg(not(feature = "std"))]
pub(super) use chosen::sqrt;

/// Sums that advance together: no wide layer has fewer outputs.
pub(super) const STRIP: usize = super::dense::Layout::WIDE;
