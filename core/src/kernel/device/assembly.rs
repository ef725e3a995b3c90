//! The loop in assembly.
//!
//! The compiler loads every weight by an instruction of its own; VLDM loads eight. VMLA rounds the product and then the
//! sum, as `sum + x * w` does: the bits are those of safe code. 16 multiply-adds take 19.75 instructions. On a Cortex-M4
//! a VMLA takes three cycles (its reference manual, table 7-1), but the compiler chooses it too; VFMA takes as many and
//! would have other bits.

use super::STRIP;
use core::arch::naked_asm;

/// sums[j] += sum_k left[k] right[k pitch + col + j], as far as both sides reach.
pub(in crate::kernel) fn accumulate(sums: &mut [f32; STRIP], left: &[f32], right: &[f32], pitch: usize, col: usize) {
    let right = right.get(col..).unwrap_or(&[]);
    let (Some(skip), Some(before_last)) = (pitch.checked_sub(STRIP), right.len().checked_sub(STRIP)) else { return };
    let rows = before_last.checked_div(pitch).map_or(0, |rows| rows + 1);
    // SAFETY: the kernel reads `count` values of `left`, and for each k below `count` the STRIP values of `right` from
    // k pitch on, the last of which ends at (count - 1) pitch + STRIP <= (rows - 1) pitch + STRIP <= right.len(). It reads
    // and writes the STRIP values of `sums`. The registers are there: the hard-float ABI passes numbers in them.
    unsafe { kernel(sums.as_mut_ptr(), left.as_ptr(), left.len().min(rows), right.as_ptr(), 4 * skip) }
}

/// One step: eight and eight weights, each times the left side's value in a register.
macro_rules! step {
    () => {
        "vldmia r3!, {{s16-s23}}
        vmla.f32 s0, s16, \\x
        vmla.f32 s1, s17, \\x
        vmla.f32 s2, s18, \\x
        vmla.f32 s3, s19, \\x
        vmla.f32 s4, s20, \\x
        vmla.f32 s5, s21, \\x
        vmla.f32 s6, s22, \\x
        vmla.f32 s7, s23, \\x
        vldmia r3!, {{s16-s23}}
        vmla.f32 s8, s16, \\x
        vmla.f32 s9, s17, \\x
        vmla.f32 s10, s18, \\x
        vmla.f32 s11, s19, \\x
        vmla.f32 s12, s20, \\x
        vmla.f32 s13, s21, \\x
        vmla.f32 s14, s22, \\x
        vmla.f32 s15, s23, \\x
        add r3, r3, r12"
    };
}

/// r0 sums, r1 left, r2 count, r3 right, on the stack the bytes from the end of a row's weights to the next.
///
/// # Safety
/// See [`accumulate`].
#[unsafe(naked)]
unsafe extern "C" fn kernel(sums: *mut f32, left: *const f32, count: usize, right: *const f32, skip: usize) {
    naked_asm!(
        // The assembler is not told of the target's registers.
        ".fpu fpv4-sp-d16",
        "ldr r12, [sp]",
        "vpush {{d8-d13}}",
        "vldmia r0, {{s0-s15}}",
        "subs r2, r2, #4",
        "blo 3f",
        // Four steps a turn, whose values of the left side are loaded at once.
        "2:",
        "vldmia r1!, {{s24-s27}}",
        ".irp x, s24, s25, s26, s27",
        step!(),
        ".endr",
        "subs r2, r2, #4",
        "bhs 2b",
        "3:",
        "adds r2, r2, #4",
        "beq 5f",
        "4:",
        "vldmia r1!, {{s24}}",
        ".irp x, s24",
        step!(),
        ".endr",
        "subs r2, r2, #1",
        "bne 4b",
        "5:",
        "vstmia r0, {{s0-s15}}",
        "vpop {{d8-d13}}",
        "bx lr",
    )
}

/// The square root, correctly rounded: an instruction that `core` has no function for.
pub(in crate::kernel) fn sqrt(x: f32) -> f32 {
    // SAFETY: any number has a root, be it a NaN; the target has the instruction, as above.
    unsafe { root(x) }
}

/// # Safety
/// None is needed; a naked function is always unsafe to call here.
#[unsafe(naked)]
unsafe extern "C" fn root(x: f32) -> f32 {
    naked_asm!(".fpu fpv4-sp-d16", "vsqrt.f32 s0, s0", "bx lr")
}
