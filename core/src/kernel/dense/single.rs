//! One row through a wide layer: a tile of one row and as many vectors of outputs as the registers hold, so that the
//! weights are read once and in long runs, at the bandwidth of the cache that holds them.

use super::Dense;
use crate::kernel::activation::Activation;
use crate::kernel::element::DenseElement;
use crate::kernel::tile::{columns, epilogue, multiply, store, strip, zeros};
use crate::kernel::vector::Vector;

/// One row and what it is multiplied with.
pub(super) struct Single<'a, T> {
    pub(super) row: &'a [T],
    pub(super) dense: Dense<'a>,
    pub(super) activation: Activation,
    pub(super) output: &'a mut [f32],
}

impl<T: DenseElement> Single<'_, T> {
    /// output = act(row W + b), W as `[inputs][outputs]` with at least `L` outputs. Activations other than ReLU are
    /// the caller's.
    #[inline(always)]
    pub(super) fn run<const L: usize, S: Vector<L>>(mut self) {
        let outputs = self.dense.outputs;
        let mut col = 0;
        if L == 16 {
            // 16 of the 32 registers of AVX-512.
            self.strips::<L, S, 16>(&mut col);
        }
        self.strips::<L, S, 8>(&mut col);
        self.strips::<L, S, 4>(&mut col);
        self.strips::<L, S, 2>(&mut col);
        self.strips::<L, S, 1>(&mut col);
        if col < outputs && outputs >= L {
            // Overlaps the vector before; what both write is the same.
            self.strip::<L, S, 1>(outputs - L);
        }
    }

    #[inline(always)]
    fn strips<const L: usize, S: Vector<L>, const V: usize>(&mut self, col: &mut usize) {
        while *col + V * L <= self.dense.outputs {
            self.strip::<L, S, V>(*col);
            *col += V * L;
        }
    }

    #[inline(always)]
    fn strip<const L: usize, S: Vector<L>, const V: usize>(&mut self, col: usize) {
        let Dense { inputs, outputs, weight, bias } = self.dense;
        let (left, right) = (columns([self.row], inputs), strip(weight, outputs, col));
        let mut sums = multiply::<f32, L, S, 1, V>(zeros(), left, right);
        epilogue::<L, S, 1, V>(&mut sums, T::SCALE, bias, col, self.activation);
        store::<L, S, 1, V>(&sums, self.output, outputs, col, 0);
    }
}
