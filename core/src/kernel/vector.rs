//! A vector register: the few operations of the tiles, written with each instruction set's own intrinsics.
//!
//! Arrays and loops give the same code where the compiler's vectoriser finds it. Measured on rustc 1.95 it does for a
//! tile of 12 x 2, but not for one row of 8 vectors (it vectorised across the vectors, with gathers: 2.7 GFLOP/s
//! instead of 55) nor for ten dot products at once (17 instead of 63), and which ones fail changes with the code
//! around them. So the registers are spelled out, these operations alone.

use super::isa::{Kernel, OnEach};

/// `L` numbers in a register.
pub(crate) trait Vector<const L: usize>: Copy {
    /// One number with the same rounding of multiply-adds.
    type One: Vector<1>;
    /// Whether a multiply-add is one instruction, rounded once.
    const FMA: bool;
    /// Runs a kernel as a function of its own, compiled for this register's instruction set.
    fn call<K: Kernel>(kernel: K) -> K::Output;
    /// The numbers of an array.
    fn load(from: &[f32; L]) -> Self;
    /// The numbers of an array of bytes.
    fn load_bytes(from: &[u8; L]) -> Self;
    /// Writes the numbers to an array.
    fn store(self, to: &mut [f32; L]);
    /// One number in every place.
    fn splat(value: f32) -> Self;
    /// self b + c.
    fn mul_add(self, b: Self, c: Self) -> Self;
    /// self b.
    fn mul(self, b: Self) -> Self;
    /// self + b.
    fn add(self, b: Self) -> Self;
    /// 0 where a number is below 0; a NaN stays.
    fn relu(self) -> Self;
    /// 0 where `y` is not above 0, as PyTorch masks the gradient of ReLU.
    #[inline(always)]
    fn masked(self, y: Self) -> Self {
        let (mut lanes, mut signs) = ([0.0; L], [0.0; L]);
        self.store(&mut lanes);
        y.store(&mut signs);
        lanes.iter_mut().zip(signs).for_each(|(lane, y)| *lane = if y > 0.0 { *lane } else { 0.0 });
        Self::load(&lanes)
    }
    /// The sum of all lanes, by halves: 16 to 8 to 4 to 2 to 1.
    #[inline(always)]
    fn sum(self) -> f32 {
        let mut lanes = [0.0; L];
        self.store(&mut lanes);
        let mut half = L / 2;
        while half > 0 {
            for l in 0..half {
                lanes[l] += lanes[l + half];
            }
            half /= 2;
        }
        lanes[0]
    }
    /// The sums of four vectors, each as [`sum`](Self::sum) has it.
    #[inline(always)]
    fn sums(vectors: [Self; 4]) -> [f32; 4] {
        let [a, b, c, d] = vectors;
        [a.sum(), b.sum(), c.sum(), d.sum()]
    }
    /// The first `skip` lanes of another.
    #[inline(always)]
    fn keep(self, other: Self, skip: usize) -> Self {
        let (mut lanes, mut kept) = ([0.0; L], [0.0; L]);
        self.store(&mut lanes);
        other.store(&mut kept);
        lanes.iter_mut().zip(kept).take(skip).for_each(|(lane, kept)| *lane = kept);
        Self::load(&lanes)
    }
    /// 0 in the first `skip` lanes.
    #[inline(always)]
    fn blank(self, skip: usize) -> Self {
        let mut lanes = [0.0; L];
        self.store(&mut lanes);
        lanes.iter_mut().take(skip).for_each(|lane| *lane = 0.0);
        Self::load(&lanes)
    }
}

/// a b + c for single numbers, rounded as the vectors of `S` round it.
#[inline(always)]
pub(crate) fn mul_add<const L: usize, S: Vector<L>>(a: f32, b: f32, c: f32) -> f32 {
    // `f32::mul_add` is not in core, and without the instruction it is a library call.
    #[cfg(feature = "std")]
    if S::FMA {
        return a.mul_add(b, c);
    }
    a * b + c
}

/// A block of 4 x 4, turned: element c of row r becomes element r of row c.
#[inline(always)]
pub(crate) fn transpose(rows: [&[f32; 4]; 4]) -> [[f32; 4]; 4] {
    // The compiler's own shuffles for this, over 16 lanes at once, took a fifth of an input gradient.
    #[cfg(target_arch = "x86_64")]
    {
        use core::arch::x86_64 as arch;
        let mut turned = [[0.0; 4]; 4];
        // SAFETY: SSE is part of x86-64; loads and stores are unaligned and stay within the arrays.
        unsafe {
            let [a, b, c, d] = rows;
            let (a, b) = (arch::_mm_loadu_ps(a.as_ptr()), arch::_mm_loadu_ps(b.as_ptr()));
            let (c, d) = (arch::_mm_loadu_ps(c.as_ptr()), arch::_mm_loadu_ps(d.as_ptr()));
            let (ab, cd) = (arch::_mm_unpacklo_ps(a, b), arch::_mm_unpacklo_ps(c, d));
            let (ab_high, cd_high) = (arch::_mm_unpackhi_ps(a, b), arch::_mm_unpackhi_ps(c, d));
            let columns = [
                arch::_mm_movelh_ps(ab, cd),
                arch::_mm_movehl_ps(cd, ab),
                arch::_mm_movelh_ps(ab_high, cd_high),
                arch::_mm_movehl_ps(cd_high, ab_high),
            ];
            for (turned, column) in turned.iter_mut().zip(columns) {
                arch::_mm_storeu_ps(turned.as_mut_ptr(), column);
            }
        }
        turned
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        let [a, b, c, d] = rows;
        core::array::from_fn(|k| [a[k], b[k], c[k], d[k]])
    }
}

/// An array: the portable vector, and single numbers.
#[derive(Clone, Copy)]
pub(crate) struct Plain<const L: usize, const FMA: bool>([f32; L]);

impl<const L: usize, const FMA: bool> Vector<L> for Plain<L, FMA> {
    type One = Plain<1, FMA>;
    const FMA: bool = FMA;
    #[inline(always)]
    fn call<K: Kernel>(kernel: K) -> K::Output {
        // Single numbers serve on every instruction set: what they run becomes part of the function around.
        if L == 1 { kernel.run::<L, Self, 1, 1>() } else { kernel.portable() }
    }
    #[inline(always)]
    fn load(from: &[f32; L]) -> Self {
        Self(*from)
    }
    #[inline(always)]
    fn load_bytes(from: &[u8; L]) -> Self {
        let mut values = [0.0; L];
        for (value, &byte) in values.iter_mut().zip(from) {
            *value = f32::from(byte);
        }
        Self(values)
    }
    #[inline(always)]
    fn store(self, to: &mut [f32; L]) {
        *to = self.0;
    }
    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self([value; L])
    }
    #[inline(always)]
    fn mul_add(self, b: Self, c: Self) -> Self {
        let mut sum = c.0;
        for ((sum, a), b) in sum.iter_mut().zip(self.0).zip(b.0) {
            *sum = mul_add::<L, Self>(a, b, *sum);
        }
        Self(sum)
    }
    #[inline(always)]
    fn mul(mut self, b: Self) -> Self {
        self.0.iter_mut().zip(b.0).for_each(|(a, b)| *a *= b);
        self
    }
    #[inline(always)]
    fn add(mut self, b: Self) -> Self {
        self.0.iter_mut().zip(b.0).for_each(|(a, b)| *a += b);
        self
    }
    #[inline(always)]
    fn relu(mut self) -> Self {
        for x in &mut self.0 {
            *x = if *x < 0.0 { 0.0 } else { *x };
        }
        self
    }
}

#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
mod sse {
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
    }
}

#[cfg(all(feature = "std", target_arch = "x86_64"))]
mod x86 {
    use super::{Kernel, OnEach, Plain, Vector};
    use core::arch::x86_64 as arch;

    // SAFETY, for every block below: the intrinsics need their instruction set, and these two types are named by
    // `isa::avx2`, `isa::avx512` and the tiles of these sets alone, which run only where the processor has it; loads and
    // stores are unaligned and stay within the arrays that they are given.

    /// The sum of four lanes.
    #[inline(always)]
    fn four(lanes: arch::__m128) -> f32 {
        // SAFETY: SSE is part of x86-64.
        unsafe {
            let two = arch::_mm_add_ps(lanes, arch::_mm_movehl_ps(lanes, lanes));
            arch::_mm_cvtss_f32(arch::_mm_add_ss(two, arch::_mm_shuffle_ps::<1>(two, two)))
        }
    }

    impl Vector<8> for arch::__m256 {
        type One = Plain<1, true>;
        const FMA: bool = true;
        #[inline(always)]
        fn call<K: Kernel>(kernel: K) -> K::Output {
            // SAFETY: as above.
            unsafe { kernel.avx2() }
        }
        #[inline(always)]
        fn load(from: &[f32; 8]) -> Self {
            // SAFETY: as above.
            unsafe { arch::_mm256_loadu_ps(from.as_ptr()) }
        }
        #[inline(always)]
        fn load_bytes(from: &[u8; 8]) -> Self {
            // SAFETY: as above; the load takes eight bytes.
            unsafe { arch::_mm256_cvtepi32_ps(arch::_mm256_cvtepu8_epi32(arch::_mm_loadl_epi64(from.as_ptr().cast()))) }
        }
        #[inline(always)]
        fn store(self, to: &mut [f32; 8]) {
            // SAFETY: as above.
            unsafe { arch::_mm256_storeu_ps(to.as_mut_ptr(), self) }
        }
        #[inline(always)]
        fn splat(value: f32) -> Self {
            // SAFETY: as above.
            unsafe { arch::_mm256_set1_ps(value) }
        }
        #[inline(always)]
        fn mul_add(self, b: Self, c: Self) -> Self {
            // SAFETY: as above.
            unsafe { arch::_mm256_fmadd_ps(self, b, c) }
        }
        #[inline(always)]
        fn mul(self, b: Self) -> Self {
            // SAFETY: as above.
            unsafe { arch::_mm256_mul_ps(self, b) }
        }
        #[inline(always)]
        fn add(self, b: Self) -> Self {
            // SAFETY: as above.
            unsafe { arch::_mm256_add_ps(self, b) }
        }
        #[inline(always)]
        fn relu(self) -> Self {
            // SAFETY: as above. Of a NaN the instruction gives the second operand.
            unsafe { arch::_mm256_max_ps(arch::_mm256_setzero_ps(), self) }
        }
        #[inline(always)]
        fn masked(self, y: Self) -> Self {
            // SAFETY: as above.
            unsafe {
                let above = arch::_mm256_cmp_ps::<{ arch::_CMP_GT_OQ }>(y, arch::_mm256_setzero_ps());
                arch::_mm256_and_ps(self, above)
            }
        }
        #[inline(always)]
        fn sum(self) -> f32 {
            // SAFETY: as above.
            unsafe {
                four(arch::_mm_add_ps(arch::_mm256_castps256_ps128(self), arch::_mm256_extractf128_ps::<1>(self)))
            }
        }
    }

    impl Vector<16> for arch::__m512 {
        type One = Plain<1, true>;
        const FMA: bool = true;
        #[inline(always)]
        fn call<K: Kernel>(kernel: K) -> K::Output {
            // SAFETY: as above.
            unsafe { kernel.avx512() }
        }
        #[inline(always)]
        fn load(from: &[f32; 16]) -> Self {
            // SAFETY: as above.
            unsafe { arch::_mm512_loadu_ps(from.as_ptr()) }
        }
        #[inline(always)]
        fn load_bytes(from: &[u8; 16]) -> Self {
            // SAFETY: as above; the load takes sixteen bytes.
            unsafe { arch::_mm512_cvtepi32_ps(arch::_mm512_cvtepu8_epi32(arch::_mm_loadu_si128(from.as_ptr().cast()))) }
        }
        #[inline(always)]
        fn store(self, to: &mut [f32; 16]) {
            // SAFETY: as above.
            unsafe { arch::_mm512_storeu_ps(to.as_mut_ptr(), self) }
        }
        #[inline(always)]
        fn splat(value: f32) -> Self {
            // SAFETY: as above.
            unsafe { arch::_mm512_set1_ps(value) }
        }
        #[inline(always)]
        fn mul_add(self, b: Self, c: Self) -> Self {
            // SAFETY: as above.
            unsafe { arch::_mm512_fmadd_ps(self, b, c) }
        }
        #[inline(always)]
        fn mul(self, b: Self) -> Self {
            // SAFETY: as above.
            unsafe { arch::_mm512_mul_ps(self, b) }
        }
        #[inline(always)]
        fn add(self, b: Self) -> Self {
            // SAFETY: as above.
            unsafe { arch::_mm512_add_ps(self, b) }
        }
        #[inline(always)]
        fn relu(self) -> Self {
            // SAFETY: as above. Of a NaN the instruction gives the second operand.
            unsafe { arch::_mm512_max_ps(arch::_mm512_setzero_ps(), self) }
        }
        #[inline(always)]
        fn masked(self, y: Self) -> Self {
            // SAFETY: as above.
            unsafe {
                let above = arch::_mm512_cmp_ps_mask::<{ arch::_CMP_GT_OQ }>(y, arch::_mm512_setzero_ps());
                arch::_mm512_maskz_mov_ps(above, self)
            }
        }
        #[inline(always)]
        fn sum(self) -> f32 {
            // SAFETY: as above.
            unsafe { arch::_mm256_add_ps(arch::_mm512_castps512_ps256(self), arch::_mm512_extractf32x8_ps::<1>(self)) }
                .sum()
        }
        #[inline(always)]
        fn sums([a, b, c, d]: [Self; 4]) -> [f32; 4] {
            // One sum takes ten instructions, four at once fifteen: half of each vector stands beside half of another, so that
            // an addition serves both.
            let mut sums = [0.0; 4];
            // SAFETY: as above; the store takes four numbers.
            unsafe {
                let ab = arch::_mm512_add_ps(
                    arch::_mm512_shuffle_f32x4::<0x44>(a, b),
                    arch::_mm512_shuffle_f32x4::<0xee>(a, b),
                );
                let cd = arch::_mm512_add_ps(
                    arch::_mm512_shuffle_f32x4::<0x44>(c, d),
                    arch::_mm512_shuffle_f32x4::<0xee>(c, d),
                );
                let four = arch::_mm512_add_ps(
                    arch::_mm512_shuffle_f32x4::<0x88>(ab, cd),
                    arch::_mm512_shuffle_f32x4::<0xdd>(ab, cd),
                );
                let two = arch::_mm512_add_ps(four, arch::_mm512_permute_ps::<0x4e>(four));
                let one = arch::_mm512_add_ps(two, arch::_mm512_permute_ps::<0xb1>(two));
                let firsts = arch::_mm512_maskz_compress_ps(0x1111, one);
                arch::_mm_storeu_ps(sums.as_mut_ptr(), arch::_mm512_castps512_ps128(firsts));
            }
            sums
        }
        #[inline(always)]
        fn keep(self, other: Self, skip: usize) -> Self {
            // SAFETY: as above.
            unsafe { arch::_mm512_mask_mov_ps(other, u16::MAX.checked_shl(skip as u32).unwrap_or(0), self) }
        }
        #[inline(always)]
        fn blank(self, skip: usize) -> Self {
            // SAFETY: as above.
            unsafe { arch::_mm512_maskz_mov_ps(u16::MAX.checked_shl(skip as u32).unwrap_or(0), self) }
        }
    }
}

#[cfg(all(feature = "std", target_arch = "aarch64"))]
mod neon {
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
    }
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm {
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
}
