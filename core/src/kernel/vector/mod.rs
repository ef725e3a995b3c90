//! A vector register: the few operations of the tiles, written with each instruction set's own intrinsics.
//!
//! Arrays and loops give the same code where the compiler's vectoriser finds it. Measured on rustc 1.95 it does for a
//! tile of 12 x 2, but not for one row of 8 vectors (it vectorised across the vectors, with gathers: 2.7 GFLOP/s
//! instead of 55) nor for ten dot products at once (17 instead of 63), and which ones fail changes with the code
//! around them. So the registers are spelled out, these operations alone.

#[cfg(all(feature = "std", target_arch = "aarch64"))]
mod neon;
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
mod sse;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm;
#[cfg(all(feature = "std", target_arch = "x86_64"))]
mod x86;

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
    /// Bit l is set where lane l is above that of `least`, or one of both is a NaN.
    #[inline(always)]
    fn above(self, least: Self) -> u32 {
        let (mut lanes, mut least_lanes) = ([0.0; L], [0.0; L]);
        self.store(&mut lanes);
        least.store(&mut least_lanes);
        let below = lanes.iter().zip(least_lanes).map(|(lane, least)| *lane <= least);
        below.enumerate().fold(0, |bits, (l, is_below)| bits | u32::from(!is_below) << l)
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
    /// The sums of as many vectors as there are lanes, the first in the first lane, each as [`sum`](Self::sum) has it.
    #[inline(always)]
    fn totals(vectors: [Self; L]) -> Self {
        let mut totals = [0.0; L];
        totals.iter_mut().zip(vectors).for_each(|(total, vector)| *total = vector.sum());
        Self::load(&totals)
    }
    /// A square, turned: lane c of vector r becomes lane r of vector c.
    #[inline(always)]
    fn turned(rows: [Self; L]) -> [Self; L] {
        let (mut from, mut to) = ([[0.0; L]; L], [[0.0; L]; L]);
        from.iter_mut().zip(rows).for_each(|(place, row)| row.store(place));
        for (r, row) in from.iter().enumerate() {
            to.iter_mut().zip(row).for_each(|(column, number)| column[r] = *number);
        }
        let mut columns = rows;
        columns.iter_mut().zip(&to).for_each(|(place, column)| *place = Self::load(column));
        columns
    }
    /// The first four numbers of as many rows as there are lanes, `pitch` apart, as columns. Of fewer rows some or all numbers are 0.
    #[inline(always)]
    fn four_columns(rows: &[f32], pitch: usize) -> [Self; 4] {
        let mut columns = [[0.0; L]; 4];
        for lane in 0..L {
            let row = rows.get(lane * pitch..).and_then(|row| row.first_chunk()).unwrap_or(&[0.0; 4]);
            columns.iter_mut().zip(row).for_each(|(column, number)| column[lane] = *number);
        }
        let [a, b, c, d] = &columns;
        [Self::load(a), Self::load(b), Self::load(c), Self::load(d)]
    }
    /// Writes what [`four_columns`](Self::four_columns) reads, one row after the other; of fewer rows some or none.
    #[inline(always)]
    fn write_four_columns([a, b, c, d]: [Self; 4], rows: &mut [f32], pitch: usize) {
        let mut columns = [[0.0; L]; 4];
        columns.iter_mut().zip([a, b, c, d]).for_each(|(place, column)| column.store(place));
        for lane in 0..L {
            if let Some(row) = rows.get_mut(lane * pitch..).and_then(|row| row.first_chunk_mut::<4>()) {
                row.iter_mut().zip(&columns).for_each(|(number, column)| *number = column[lane]);
            }
        }
    }
    /// The numbers of a slice as far as there are lanes, and `rest` in the lanes beyond it.
    #[inline(always)]
    fn load_first(from: &[f32], rest: f32) -> Self {
        let mut lanes = [rest; L];
        lanes.iter_mut().zip(from).for_each(|(lane, number)| *lane = *number);
        Self::load(&lanes)
    }
    /// Writes the first lanes, as far as the slice takes them.
    #[inline(always)]
    fn store_first(self, to: &mut [f32]) {
        let mut lanes = [0.0; L];
        self.store(&mut lanes);
        to.iter_mut().zip(lanes).for_each(|(number, lane)| *number = lane);
    }
    /// The first `skip` lanes of another.
    #[inline(always)]
    fn keep(self, other: Self, skip: usize) -> Self {
        let (mut lanes, mut kept) = ([0.0; L], [0.0; L]);
        self.store(&mut lanes);
        other.store(&mut kept);
        // Every lane is chosen: to write the first ones alone goes through memory.
        for (place, (lane, kept)) in lanes.iter_mut().zip(kept).enumerate() {
            *lane = if (place as u32) < skip as u32 { kept } else { *lane };
        }
        Self::load(&lanes)
    }
    /// 0 in the first `skip` lanes.
    #[inline(always)]
    fn blank(self, skip: usize) -> Self {
        self.keep(Self::splat(0.0), skip)
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
