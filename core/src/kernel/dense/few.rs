//! The forward product of single rows: a sample alone, and the rows that are left over from tiles.
//!
//! A wide layer is a tile of one row and as many vectors of outputs as the registers hold, so that the weights are read
//! once and in long runs, at the bandwidth of the cache that holds them.

use super::forward::Block;
use super::narrow::Narrow;
use super::{Dense, Layout};
use crate::kernel::activation::{Activation, activate};
use crate::kernel::copied::Copied;
use crate::kernel::element::DenseElement;
use crate::kernel::isa::Kernel;
use crate::kernel::rows::Rows;
use crate::kernel::tile::{COPIED, Left};
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
                    single::<T, L, S>(rows.row(first + index), dense, activation, output);
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

/// output = act(row W + b), W as `[inputs][outputs]` with at least `L` outputs. Activations other than ReLU are the
/// caller's.
#[inline(always)]
fn single<T: DenseElement, const L: usize, S: Vector<L>>(
    row: &[T],
    dense: &Dense<'_>,
    activation: Activation,
    output: &mut [f32],
) {
    let mut block = Block { dense: *dense, scale: T::SCALE, activation, start: 0, steps: dense.inputs };
    if let Some(row) = T::as_f32(row) {
        return block.row::<L, S>(Left::new(row, 0, 1, dense.inputs), output);
    }
    let mut copy = Copied::<1>::new();
    loop {
        block.steps = COPIED.min(dense.inputs - block.start);
        block.row::<L, S>(copy.fill(|_| row, block.start, block.steps), output);
        block.start += block.steps;
        if block.start >= dense.inputs {
            return;
        }
    }
}

impl Block<'_> {
    /// All columns of one row.
    #[inline(always)]
    fn row<const L: usize, S: Vector<L>>(&self, left: Left<'_, 1>, output: &mut [f32]) {
        let mut col = 0;
        if const { L == 16 } {
            // 16 of the 32 registers of AVX-512.
            self.strips::<L, S, 1, 16, 0>(left, output, &mut col);
        }
        self.strips::<L, S, 1, 8, 0>(left, output, &mut col);
        self.strips::<L, S, 1, 4, 0>(left, output, &mut col);
        self.strips::<L, S, 1, 2, 0>(left, output, &mut col);
        self.rest::<L, S, 1, 0>(left, output, col);
    }
}
