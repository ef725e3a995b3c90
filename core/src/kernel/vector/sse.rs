//! SSE2, which the baseline of x86-64 has.

use super::{Kernel, OnEach, Plain, Vector};
use core::arch::x86_64 as arch;

// Multiplied, rounded, added, rounded, as single numbers are: the bits are those of every portable build. (Of arrays the
// compiler makes vectors in one loop and single numbers in the next.)
// SAFETY, for every block below: the build asks for SSE2; loads and stores are unaligned and stay within the arrays that
// they are given.

impl Vector<4> for arch::__m128 {
    type One = Plain<1, false>;
    const FMA: bool = false;
    #[inline(always)]
    fn call<K: Kernel>(kernel: K) -> K::Output {
        kernel.portable()
    }
    #[inline(always)]
    fn load(from: &[f32; 4]) -> Self {
        // SAFETY: as above.
        unsafe { arch::_mm_loadu_ps(from.as_ptr()) }
    }
    #[inline(always)]
    fn load_bytes(&[a, b, c, d]: &[u8; 4]) -> Self {
        Self::load(&[f32::from(a), f32::from(b), f32::from(c), f32::from(d)])
    }
    #[inline(always)]
    fn store(self, to: &mut [f32; 4]) {
        // SAFETY: as above.
        unsafe { arch::_mm_storeu_ps(to.as_mut_ptr(), self) }
    }
    #[inline(always)]
    fn splat(value: f32) -> Self {
        // SAFETY: as above.
        unsafe { arch::_mm_set1_ps(value) }
    }
    #[inline(always)]
    fn mul_add(self, b: Self, c: Self) -> Self {
        self.mul(b).add(c)
    }
    #[inline(always)]
    fn mul(self, b: Self) -> Self {
        // SAFETY: as above.
        unsafe { arch::_mm_mul_ps(self, b) }
    }
    #[inline(always)]
    fn add(self, b: Self) -> Self {
        // SAFETY: as above.
        unsafe { arch::_mm_add_ps(self, b) }
    }
    #[inline(always)]
    fn relu(self) -> Self {
        // SAFETY: as above. Of a NaN, and of two zeros, the instruction gives the second operand.
        unsafe { arch::_mm_max_ps(arch::_mm_setzero_ps(), self) }
    }
    #[inline(always)]
    fn masked(self, y: Self) -> Self {
        // SAFETY: as above.
        unsafe { arch::_mm_and_ps(self, arch::_mm_cmpgt_ps(y, arch::_mm_setzero_ps())) }
    }
    #[inline(always)]
    fn turned([a, b, c, d]: [Self; 4]) -> [Self; 4] {
        // The compiler's own shuffles for this, over 16 lanes at once, took a fifth of an input gradient.
        // SAFETY: as above.
        unsafe {
            let (ab, cd) = (arch::_mm_unpacklo_ps(a, b), arch::_mm_unpacklo_ps(c, d));
            let (ab_high, cd_high) = (arch::_mm_unpackhi_ps(a, b), arch::_mm_unpackhi_ps(c, d));
            [
                arch::_mm_movelh_ps(ab, cd),
                arch::_mm_movehl_ps(cd, ab),
                arch::_mm_movelh_ps(ab_high, cd_high),
                arch::_mm_movehl_ps(cd_high, ab_high),
            ]
        }
    }
    #[inline(always)]
    fn four_columns(rows: &[f32], pitch: usize) -> [Self; 4] {
        let mut vectors = [Self::splat(0.0); 4];
        for (row, vector) in vectors.iter_mut().enumerate() {
            if let Some(numbers) = rows.get(row * pitch..).and_then(|row| row.first_chunk()) {
                *vector = Self::load(numbers);
            }
        }
        Self::turned(vectors)
    }
    #[inline(always)]
    fn write_four_columns(columns: [Self; 4], rows: &mut [f32], pitch: usize) {
        for (row, vector) in Self::turned(columns).into_iter().enumerate() {
            if let Some(place) = rows.get_mut(row * pitch..).and_then(|row| row.first_chunk_mut()) {
                vector.store(place);
            }
        }
    }
    #[inline(always)]
    fn keep(self, other: Self, skip: usize) -> Self {
        // SAFETY: as above; SSE2 is part of it too.
        unsafe {
            let lanes = arch::_mm_setr_epi32(0, 1, 2, 3);
            let skipped = arch::_mm_castsi128_ps(arch::_mm_cmpgt_epi32(arch::_mm_set1_epi32(skip as i32), lanes));
            arch::_mm_or_ps(arch::_mm_and_ps(skipped, other), arch::_mm_andnot_ps(skipped, self))
        }
    }
}
