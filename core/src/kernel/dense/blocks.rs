//! Dot products of many rows: some rows by some outputs are as many sums as a vector has lanes, and are added up together, three
//! instructions a sum in place of ten.
//!
//! The sums of a row are those of [`Narrow`](super::narrow::Narrow), whose bits they have.

use super::Dense;
use crate::kernel::activation::Activation;
use crate::kernel::isa::{Isa, Kernel};
use crate::kernel::rows::Rows;
use crate::kernel::tile::unrolled;
use crate::kernel::vector::Vector;

/// output = act(rows W^T + b), W as `[outputs][inputs]`, b 0 where there is none. Activations other than ReLU are the caller's.
pub(super) struct Blocks<'a> {
    pub(super) rows: &'a Rows<'a, f32>,
    pub(super) dense: &'a Dense<'a>,
    pub(super) activation: Activation,
    pub(super) output: &'a mut [f32],
}

/// Most vectors of inputs: of longer rows the products count, and rows that are read again for other outputs are far away. With
/// AVX-512, 256 inputs and ten outputs took 1.03 of the time of `Narrow`, 32 inputs 0.8.
const MOST: usize = 8;

/// Whether this is the way for so many rows.
#[inline]
pub(super) const fn takes(isa: Isa, inputs: usize, rows: usize) -> bool {
    let lanes = isa.lanes();
    isa.fuses() && lanes >= 8 && rows >= lanes && inputs >= lanes && inputs <= MOST * lanes
}

impl Kernel for Blocks<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(mut self) {
        let (mut first, count) = (0, self.rows.len().min(self.output.len() / self.dense.outputs.max(1)));
        if self.rows.width() < self.dense.inputs {
            return;
        }
        if const { S::FMA && L == 16 } {
            self.outputs::<L, S, 8, 2>(&mut first, count);
            self.outputs::<L, S, 4, 4>(&mut first, count);
            self.outputs::<L, S, 2, 8>(&mut first, count);
            self.outputs::<L, S, 1, 16>(&mut first, count);
        }
        if const { S::FMA && L == 8 } {
            self.outputs::<L, S, 4, 2>(&mut first, count);
            self.outputs::<L, S, 2, 4>(&mut first, count);
            self.outputs::<L, S, 1, 8>(&mut first, count);
        }
    }
}

impl Blocks<'_> {
    /// `O` outputs of all rows, `B` rows at a time, while there are as many; `O` times `B` are the lanes.
    #[inline(always)]
    #[allow(unsafe_code, reason = "the lengths of rows are checked once, not at every step")]
    fn outputs<const L: usize, S: Vector<L>, const O: usize, const B: usize>(
        &mut self,
        first: &mut usize,
        count: usize,
    ) {
        let &Dense { inputs, outputs, weight, bias } = self.dense;
        let relu = self.activation == Activation::ReLU;
        while *first + O <= outputs && count >= B {
            let Some(weights) = weight.get(*first * inputs..(*first + O) * inputs) else { return };
            let bias = bias.get(*first..).and_then(|bias| bias.first_chunk::<O>()).unwrap_or(&[0.0; O]);
            let weights = Weights::<L, S, O>::new(weights, inputs);
            let mut lanes = [0.0; L];
            for lanes in lanes.as_chunks_mut::<O>().0 {
                *lanes = *bias;
            }
            let bias = S::load(&lanes);
            let mut row = 0;
            while row < count {
                // The last rows again, where they are no whole block.
                let at = row.min(count - B);
                let Some(rows) = self.rows.starts::<B>(at) else { return };
                // SAFETY: each of the rows has its width, at least as many numbers as a row of weights.
                let sums = unsafe { weights.products(rows) };
                let value = S::totals(sums).add(bias);
                let value = if relu { value.relu() } else { value };
                let output = self.output.get_mut(at * outputs + *first..).unwrap_or(&mut []);
                if outputs == O {
                    if let Some(places) = output.first_chunk_mut::<L>() {
                        value.store(places);
                    }
                } else {
                    let mut lanes = [0.0; L];
                    value.store(&mut lanes);
                    for (row, numbers) in lanes.as_chunks::<O>().0.iter().enumerate() {
                        if let Some(places) = output.get_mut(row * outputs..).and_then(|row| row.first_chunk_mut()) {
                            *places = *numbers;
                        }
                    }
                }
                row += B;
            }
            *first += O;
        }
    }
}

/// `O` rows of weights, one after the other.
struct Weights<'a, const L: usize, S, const O: usize> {
    numbers: &'a [f32],
    /// The last `L` of each row, blank where whole vectors have been.
    ends: [S; O],
    length: usize,
}

impl<'a, const L: usize, S: Vector<L>, const O: usize> Weights<'a, L, S, O> {
    /// `O` rows of `length`, at least `L`.
    #[inline(always)]
    fn new(numbers: &'a [f32], length: usize) -> Self {
        let (mut ends, ragged) = ([S::splat(0.0); O], length % L);
        for (end, row) in ends.iter_mut().zip(numbers.chunks_exact(length.max(1))) {
            if let (true, Some(last)) = (ragged > 0, row.last_chunk()) {
                *end = S::load(last).blank(L - ragged);
            }
        }
        Self { numbers, ends, length }
    }

    /// The products of `B` rows, each with all rows of weights, before their lanes are added up.
    ///
    /// # Safety
    /// Each of the rows has `length` numbers.
    #[inline(always)]
    #[allow(unsafe_code, reason = "the lengths of rows are checked once, not at every step")]
    unsafe fn products<const B: usize>(&self, rows: [*const f32; B]) -> [S; L] {
        let mut sums = [S::splat(0.0); L];
        let (length, whole) = (self.length, self.length / L * L);
        if self.numbers.len() < O * length || length < L {
            return sums;
        }
        let mut k = 0;
        while k < whole {
            let mut weights = [S::splat(0.0); O];
            unrolled!(8; O, OUTPUT => {
                // SAFETY: there are `O` rows of `length` weights, and `L` of them from `k` on end at `whole` or before.
                weights[OUTPUT] = S::load(unsafe { &*self.numbers.as_ptr().add(OUTPUT * length + k).cast() });
            });
            unrolled!(B, ROW => {
                // SAFETY: as above, of each row.
                let x = S::load(unsafe { &*rows[ROW].add(k).cast() });
                unrolled!(8; O, OUTPUT => {
                    sums[ROW * O + OUTPUT] = x.mul_add(weights[OUTPUT], sums[ROW * O + OUTPUT]);
                });
            });
            k += L;
        }
        if whole < length {
            unrolled!(B, ROW => {
                // SAFETY: as above; they are at least `L`.
                let x = S::load(unsafe { &*rows[ROW].add(length - L).cast() }).blank(L - (length - whole));
                unrolled!(8; O, OUTPUT => {
                    sums[ROW * O + OUTPUT] = x.mul_add(self.ends[OUTPUT], sums[ROW * O + OUTPUT]);
                });
            });
        }
        sums
    }
}
