//! The forward product of single rows: a sample alone, and the rows that are left over from tiles.
//!
//! A wide layer is a tile of one row and as many vectors of outputs as the registers hold, so that the weights are read
//! once and in long runs, at the bandwidth of the cache that holds them.

use super::narrow::Narrow;
use super::{Dense, Layout};
use crate::kernel::activation::{Activation, activate};
use crate::kernel::element::DenseElement;
use crate::kernel::isa::Kernel;
use crate::kernel::rows::Rows;
use crate::kernel::tile::{columns, epilogue, multiply, store, strip, zeros};
use crate::kernel::vector::Vector;

/// The rows from `first` on. What a small layer's caller has just written is taken by reference: to copy it here waits
/// longer than the layer takes.
pub(super) struct Few<'a, T> {
    pub(super) rows: &'a Rows<'a, T>,
    pub(super) first: usize,
    pub(super) dense: &'a Dense<'a>,
    pub(super) activation: Activation,
    pub(super) output: &'a mut [f32],
}

impl<T: DenseElement> Kernel for Few<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        let Self { rows, first, dense, activation, output } = self;
        let Some(output) = output.get_mut(first * dense.outputs..) else { return };
        match Layout::of(dense.inputs, dense.outputs) {
            Layout::ByInput => {
                for (index, output) in output.chunks_exact_mut(dense.outputs.max(1)).enumerate() {
                    Single { row: rows.row(first + index), dense: *dense, activation, output }.run::<L, S, V>();
                }
            }
            Layout::ByOutput => {
                let rows = if first == 0 { *rows } else { rows.split_at(first).1 };
                Narrow { rows, dense: *dense, activation, output: &mut *output }.all::<L, S, R, 1>();
            }
        }
        activate::<L, S>(activation, output);
    }
}

/// One row and what it is multiplied with.
struct Single<'a, T> {
    row: &'a [T],
    dense: Dense<'a>,
    activation: Activation,
    output: &'a mut [f32],
}

impl<T: DenseElement> Single<'_, T> {
    /// output = act(row W + b), W as `[inputs][outputs]` with at least `L` outputs. Activations other than ReLU are
    /// the caller's.
    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const V: usize>(mut self) {
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
