//! simd128 of WebAssembly.

use super::{Kernel, OnEach, Plain, Vector};
use core::arch::wasm32 as arch;

// Multiplied, rounded, added, rounded, as single numbers are: the bits are those of every portable build.
// SAFETY, for every block below: the build asks for the instruction set; loads and stores are unaligned and stay
// within the arrays that they are given.

impl Vector<4> for arch::v128 {
    type One = Plain<1, false>;
    const FMA: bool = false;
    #[inline(always)]
    fn call<K: Kernel>(kernel: K) -> K::Output {
        kernel.portable()
    }
    #[inline(always)]
    fn load(from: &[f32; 4]) -> Self {
        // SAFETY: as above.
        unsafe { arch::v128_load(from.as_ptr().cast()) }
    }
    #[inline(always)]
    fn load_bytes(from: &[u8; 4]) -> Self {
        // SAFETY: as above; the load takes four bytes.
        let bytes = unsafe { arch::v128_load32_zero(from.as_ptr().cast()) };
        arch::f32x4_convert_u32x4(arch::u32x4_extend_low_u16x8(arch::u16x8_extend_low_u8x16(bytes)))
    }
    #[inline(always)]
    fn store(self, to: &mut [f32; 4]) {
        // SAFETY: as above.
        unsafe { arch::v128_store(to.as_mut_ptr().cast(), self) }
    }
    #[inline(always)]
    fn splat(value: f32) -> Self {
        arch::f32x4_splat(value)
    }
    #[inline(always)]
    fn mul_add(self, b: Self, c: Self) -> Self {
        arch::f32x4_add(arch::f32x4_mul(self, b), c)
    }
    #[inline(always)]
    fn mul(self, b: Self) -> Self {
        arch::f32x4_mul(self, b)
    }
    #[inline(always)]
    fn add(self, b: Self) -> Self {
        arch::f32x4_add(self, b)
    }
    #[inline(always)]
    fn relu(self) -> Self {
        // Not the maximum, which makes a 0 of -0.
        arch::v128_andnot(self, arch::f32x4_lt(self, arch::f32x4_splat(0.0)))
    }
}
