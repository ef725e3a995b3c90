//! NEON.

use super::{Kernel, OnEach, Plain, Vector};
use core::arch::aarch64 as arch;

// SAFETY, for every block below: NEON is part of every aarch64 target that has `std`; loads and stores stay within
// the arrays that they are given.

impl Vector<4> for arch::float32x4_t {
    type One = Plain<1, true>;
    const FMA: bool = true;
    #[inline(always)]
    fn call<K: Kernel>(kernel: K) -> K::Output {
        kernel.neon()
    }
    #[inline(always)]
    fn load(from: &[f32; 4]) -> Self {
        // SAFETY: as above.
        unsafe { arch::vld1q_f32(from.as_ptr()) }
    }
    #[inline(always)]
    fn load_bytes(from: &[u8; 4]) -> Self {
        Self::load(&from.map(f32::from))
    }
    #[inline(always)]
    fn store(self, to: &mut [f32; 4]) {
        // SAFETY: as above.
        unsafe { arch::vst1q_f32(to.as_mut_ptr(), self) }
    }
    #[inline(always)]
    fn splat(value: f32) -> Self {
        // SAFETY: as above.
        unsafe { arch::vdupq_n_f32(value) }
    }
    #[inline(always)]
    fn mul_add(self, b: Self, c: Self) -> Self {
        // SAFETY: as above.
        unsafe { arch::vfmaq_f32(c, self, b) }
    }
    #[inline(always)]
    fn mul(self, b: Self) -> Self {
        // SAFETY: as above.
        unsafe { arch::vmulq_f32(self, b) }
    }
    #[inline(always)]
    fn add(self, b: Self) -> Self {
        // SAFETY: as above.
        unsafe { arch::vaddq_f32(self, b) }
    }
    #[inline(always)]
    fn relu(self) -> Self {
        // SAFETY: as above. Of a NaN the instruction gives a NaN.
        unsafe { arch::vmaxq_f32(self, arch::vdupq_n_f32(0.0)) }
    }
    #[inline(always)]
    fn above(self, least: Self) -> u32 {
        // SAFETY: as above; the load takes four numbers.
        unsafe {
            arch::vaddvq_u32(arch::vbicq_u32(arch::vld1q_u32([1, 2, 4, 8].as_ptr()), arch::vcleq_f32(self, least)))
        }
    }
}
