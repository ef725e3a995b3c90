//! AVX2 with FMA, and AVX-512.

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

// Functions, not closures: these are not sure to be inlined, and would then be compiled without the instruction set.

/// Each lane of a half plus that of the other half, of two vectors.
#[inline(always)]
fn halves(a: arch::__m256, b: arch::__m256) -> arch::__m256 {
    // SAFETY: as above.
    unsafe {
        arch::_mm256_add_ps(arch::_mm256_permute2f128_ps::<0x20>(a, b), arch::_mm256_permute2f128_ps::<0x31>(a, b))
    }
}

/// The same within each half.
#[inline(always)]
fn quarters(a: arch::__m256, b: arch::__m256) -> arch::__m256 {
    // SAFETY: as above.
    unsafe { arch::_mm256_add_ps(arch::_mm256_shuffle_ps::<0x44>(a, b), arch::_mm256_shuffle_ps::<0xee>(a, b)) }
}

/// The columns of four rows: of each row element k in one half and element k + 4 in the other.
#[inline(always)]
fn turned_halves([a, b, c, d]: [arch::__m256; 4]) -> [arch::__m256; 4] {
    // SAFETY: as above.
    unsafe {
        let (ab, cd) = (arch::_mm256_unpacklo_ps(a, b), arch::_mm256_unpacklo_ps(c, d));
        let (ab_high, cd_high) = (arch::_mm256_unpackhi_ps(a, b), arch::_mm256_unpackhi_ps(c, d));
        [
            arch::_mm256_shuffle_ps::<0x44>(ab, cd),
            arch::_mm256_shuffle_ps::<0xee>(ab, cd),
            arch::_mm256_shuffle_ps::<0x44>(ab_high, cd_high),
            arch::_mm256_shuffle_ps::<0xee>(ab_high, cd_high),
        ]
    }
}

/// All bits in each of the first lanes.
#[inline(always)]
fn first_of_8(count: usize) -> arch::__m256i {
    // SAFETY: as above.
    unsafe {
        let lanes = arch::_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
        arch::_mm256_cmpgt_epi32(arch::_mm256_set1_epi32(count.min(8) as i32), lanes)
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
    fn above(self, least: Self) -> u32 {
        // SAFETY: as above.
        unsafe { arch::_mm256_movemask_ps(arch::_mm256_cmp_ps::<{ arch::_CMP_NLE_UQ }>(self, least)) as u32 }
    }
    #[inline(always)]
    fn sum(self) -> f32 {
        // SAFETY: as above.
        unsafe { four(arch::_mm_add_ps(arch::_mm256_castps256_ps128(self), arch::_mm256_extractf128_ps::<1>(self))) }
    }
    #[inline(always)]
    fn totals([a, b, c, d, e, f, g, h]: [Self; 8]) -> Self {
        // Half of each vector stands beside half of another, so that an addition serves both.
        let (ae, bf, cg, dh) = (halves(a, e), halves(b, f), halves(c, g), halves(d, h));
        let (ab, cd) = (quarters(ae, bf), quarters(cg, dh));
        // SAFETY: as above.
        unsafe { arch::_mm256_add_ps(arch::_mm256_shuffle_ps::<0x88>(ab, cd), arch::_mm256_shuffle_ps::<0xdd>(ab, cd)) }
    }
    #[inline(always)]
    fn turned([a, b, c, d, e, f, g, h]: [Self; 8]) -> [Self; 8] {
        let ([a, b, c, d], [e, f, g, h]) = (turned_halves([a, b, c, d]), turned_halves([e, f, g, h]));
        // SAFETY: as above.
        unsafe {
            [
                arch::_mm256_permute2f128_ps::<0x20>(a, e),
                arch::_mm256_permute2f128_ps::<0x20>(b, f),
                arch::_mm256_permute2f128_ps::<0x20>(c, g),
                arch::_mm256_permute2f128_ps::<0x20>(d, h),
                arch::_mm256_permute2f128_ps::<0x31>(a, e),
                arch::_mm256_permute2f128_ps::<0x31>(b, f),
                arch::_mm256_permute2f128_ps::<0x31>(c, g),
                arch::_mm256_permute2f128_ps::<0x31>(d, h),
            ]
        }
    }
    #[inline(always)]
    fn four_columns(rows: &[f32], pitch: usize) -> [Self; 4] {
        let mut halves = [Self::splat(0.0); 4];
        if rows.len() < 7 * pitch + 4 {
            return halves;
        }
        for (row, half) in halves.iter_mut().enumerate() {
            // SAFETY: as above; four numbers of the last row, the seventh after the first, are there.
            unsafe {
                let (low, high) = (rows.as_ptr().add(row * pitch), rows.as_ptr().add((row + 4) * pitch));
                *half = arch::_mm256_loadu2_m128(high, low);
            }
        }
        turned_halves(halves)
    }
    #[inline(always)]
    fn write_four_columns(columns: [Self; 4], rows: &mut [f32], pitch: usize) {
        if rows.len() < 7 * pitch + 4 {
            return;
        }
        let halves = turned_halves(columns);
        for (row, half) in halves.iter().enumerate() {
            // SAFETY: as in `four_columns`.
            unsafe { arch::_mm_storeu_ps(rows.as_mut_ptr().add(row * pitch), arch::_mm256_castps256_ps128(*half)) };
        }
        for (row, half) in (4..).zip(&halves) {
            // SAFETY: as in `four_columns`.
            unsafe { arch::_mm_storeu_ps(rows.as_mut_ptr().add(row * pitch), arch::_mm256_extractf128_ps::<1>(*half)) };
        }
    }
    #[inline(always)]
    fn load_first(from: &[f32], rest: f32) -> Self {
        let mask = first_of_8(from.len());
        // SAFETY: as above; what is read are as many numbers as the slice has, or eight.
        unsafe {
            let numbers = arch::_mm256_maskload_ps(from.as_ptr(), mask);
            arch::_mm256_blendv_ps(Self::splat(rest), numbers, arch::_mm256_castsi256_ps(mask))
        }
    }
    #[inline(always)]
    fn store_first(self, to: &mut [f32]) {
        // SAFETY: as above; what is written are as many numbers as the slice has, or eight.
        unsafe { arch::_mm256_maskstore_ps(to.as_mut_ptr(), first_of_8(to.len()), self) }
    }
    #[inline(always)]
    fn keep(self, other: Self, skip: usize) -> Self {
        // SAFETY: as above.
        unsafe {
            let lanes = arch::_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
            let skipped = arch::_mm256_cmpgt_epi32(arch::_mm256_set1_epi32(skip as i32), lanes);
            arch::_mm256_blendv_ps(self, other, arch::_mm256_castsi256_ps(skipped))
        }
    }
}

/// The columns of rows that are four apart in the quarters of each vector.
#[inline(always)]
fn turned_quarters([a, b, c, d]: [arch::__m512; 4]) -> [arch::__m512; 4] {
    // SAFETY: as above.
    unsafe {
        let (ab, cd) = (arch::_mm512_unpacklo_ps(a, b), arch::_mm512_unpacklo_ps(c, d));
        let (ab_high, cd_high) = (arch::_mm512_unpackhi_ps(a, b), arch::_mm512_unpackhi_ps(c, d));
        [
            arch::_mm512_shuffle_ps::<0x44>(ab, cd),
            arch::_mm512_shuffle_ps::<0xee>(ab, cd),
            arch::_mm512_shuffle_ps::<0x44>(ab_high, cd_high),
            arch::_mm512_shuffle_ps::<0xee>(ab_high, cd_high),
        ]
    }
}

/// Each lane of a half plus that of the other half, of two vectors.
#[inline(always)]
fn halves_of_16(a: arch::__m512, b: arch::__m512) -> arch::__m512 {
    // SAFETY: as above.
    unsafe { arch::_mm512_add_ps(arch::_mm512_shuffle_f32x4::<0x44>(a, b), arch::_mm512_shuffle_f32x4::<0xee>(a, b)) }
}

/// The same of the quarters of each half.
#[inline(always)]
fn quarters_of_16(a: arch::__m512, b: arch::__m512) -> arch::__m512 {
    // SAFETY: as above.
    unsafe { arch::_mm512_add_ps(arch::_mm512_shuffle_f32x4::<0x88>(a, b), arch::_mm512_shuffle_f32x4::<0xdd>(a, b)) }
}

/// The same within each quarter.
#[inline(always)]
fn pairs_of_16(a: arch::__m512, b: arch::__m512) -> arch::__m512 {
    // SAFETY: as above.
    unsafe { arch::_mm512_add_ps(arch::_mm512_shuffle_ps::<0x44>(a, b), arch::_mm512_shuffle_ps::<0xee>(a, b)) }
}

/// Writes a quarter of each of four vectors to the rows that are theirs.
#[inline(always)]
fn write_quarters<const QUARTER: i32>(quarters: [arch::__m512; 4], rows: &mut [f32], pitch: usize) {
    for (row, quarters) in quarters.iter().enumerate() {
        let place = (4 * QUARTER as usize + row) * pitch;
        if let Some(place) = rows.get_mut(place..).and_then(|row| row.first_chunk_mut::<4>()) {
            // SAFETY: as above.
            unsafe { arch::_mm_storeu_ps(place.as_mut_ptr(), arch::_mm512_extractf32x4_ps::<QUARTER>(*quarters)) };
        }
    }
}

/// A bit for each of the first lanes.
#[inline(always)]
fn first_of_16(count: usize) -> u16 {
    !u16::MAX.checked_shl(count as u32).unwrap_or(0)
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
    fn above(self, least: Self) -> u32 {
        // SAFETY: as above.
        unsafe { u32::from(arch::_mm512_cmp_ps_mask::<{ arch::_CMP_NLE_UQ }>(self, least)) }
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
            let four = quarters_of_16(halves_of_16(a, b), halves_of_16(c, d));
            let two = arch::_mm512_add_ps(four, arch::_mm512_permute_ps::<0x4e>(four));
            let one = arch::_mm512_add_ps(two, arch::_mm512_permute_ps::<0xb1>(two));
            let firsts = arch::_mm512_maskz_compress_ps(0x1111, one);
            arch::_mm_storeu_ps(sums.as_mut_ptr(), arch::_mm512_castps512_ps128(firsts));
        }
        sums
    }
    #[inline(always)]
    fn totals([a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]: [Self; 16]) -> Self {
        // Quarter by quarter: a sum of each of four vectors that are four apart.
        let first = quarters_of_16(halves_of_16(a, e), halves_of_16(i, m));
        let second = quarters_of_16(halves_of_16(b, f), halves_of_16(j, n));
        let third = quarters_of_16(halves_of_16(c, g), halves_of_16(k, o));
        let fourth = quarters_of_16(halves_of_16(d, h), halves_of_16(l, p));
        let (first, third) = (pairs_of_16(first, second), pairs_of_16(third, fourth));
        // SAFETY: as above.
        unsafe {
            arch::_mm512_add_ps(
                arch::_mm512_shuffle_ps::<0x88>(first, third),
                arch::_mm512_shuffle_ps::<0xdd>(first, third),
            )
        }
    }
    #[inline(always)]
    fn four_columns(rows: &[f32], pitch: usize) -> [Self; 4] {
        let mut quarters = [Self::splat(0.0); 4];
        if rows.len() < 15 * pitch + 4 {
            return quarters;
        }
        for (row, quarters) in quarters.iter_mut().enumerate() {
            // SAFETY: as above; four numbers of the last row, the fifteenth after the first, are there.
            unsafe {
                let first = rows.as_ptr().add(row * pitch);
                let all = arch::_mm512_castps128_ps512(arch::_mm_loadu_ps(first));
                let all = arch::_mm512_insertf32x4::<1>(all, arch::_mm_loadu_ps(first.add(4 * pitch)));
                let all = arch::_mm512_insertf32x4::<2>(all, arch::_mm_loadu_ps(first.add(8 * pitch)));
                *quarters = arch::_mm512_insertf32x4::<3>(all, arch::_mm_loadu_ps(first.add(12 * pitch)));
            }
        }
        turned_quarters(quarters)
    }
    #[inline(always)]
    fn write_four_columns(columns: [Self; 4], rows: &mut [f32], pitch: usize) {
        let quarters = turned_quarters(columns);
        write_quarters::<0>(quarters, rows, pitch);
        write_quarters::<1>(quarters, rows, pitch);
        write_quarters::<2>(quarters, rows, pitch);
        write_quarters::<3>(quarters, rows, pitch);
    }
    #[inline(always)]
    fn load_first(from: &[f32], rest: f32) -> Self {
        // SAFETY: as above; what is read are as many numbers as the slice has, or sixteen.
        unsafe { arch::_mm512_mask_loadu_ps(Self::splat(rest), first_of_16(from.len()), from.as_ptr()) }
    }
    #[inline(always)]
    fn store_first(self, to: &mut [f32]) {
        // SAFETY: as above; what is written are as many numbers as the slice has, or sixteen.
        unsafe { arch::_mm512_mask_storeu_ps(to.as_mut_ptr(), first_of_16(to.len()), self) }
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
