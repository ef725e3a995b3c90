//! The forward product of single rows: a sample alone, and the rows that are left over from tiles.
//!
//! A wide layer is a tile of one row and as many vectors of outputs as the registers hold, so that the weights are read
//! once and in long runs, at the bandwidth of the cache that holds them.

use super::forward::Block;
use super::narrow::{Narrow, is_scalar};
use super::{Dense, Layout};
use crate::kernel::activation::{Activation, forward_on};
use crate::kernel::element::DenseElement;
use crate::kernel::isa::{Isa, Kernel, dispatch_on};
use crate::kernel::rows::Rows;
use crate::kernel::threads::Split;
use crate::kernel::tile::{COPIED, Copied, Left};
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

impl<T: DenseElement> Few<'_, T> {
    pub(super) fn run_on(self, isa: Isa) {
        let Self { rows, first, dense, activation, output } = self;
        let Some(output) = output.get_mut(first * dense.outputs..) else { return };
        match Layout::of(dense.inputs, dense.outputs) {
            Layout::ByOutput if is_scalar(isa, dense.inputs) => {
                let rows = rows.split_at(first).1;
                return Narrow { rows, dense, activation, output }.run_on(isa);
            }
            Layout::ByOutput => dispatch_on(isa, Dots(Few { output: &mut *output, ..self })),
            Layout::ByInput => {
                for (index, output) in output.chunks_exact_mut(dense.outputs.max(1)).enumerate() {
                    single(isa, rows.split_at(first + index).1, dense, activation, output);
                }
            }
        }
        forward_on(isa, activation, output);
    }
}

/// Layers of few outputs, the output from the first of the rows on. Activations other than ReLU are the caller's.
struct Dots<'a, T>(Few<'a, T>);

impl<T: DenseElement> Kernel for Dots<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        let Few { rows, first, dense, activation, output } = self.0;
        let rows = if first == 0 { *rows } else { rows.split_at(first).1 };
        Narrow { rows, dense, activation, output }.by_vectors::<L, S, R, 1>();
    }
}

/// output = act(row W + b), W as `[inputs][outputs]` with at least a vector of outputs, for the first of the rows.
/// Activations other than ReLU are the caller's.
fn single<T: DenseElement>(isa: Isa, rows: Rows<'_, T>, dense: &Dense<'_>, activation: Activation, output: &mut [f32]) {
    let mut block = Block::whole::<T>(isa, dense, activation);
    if let Some(row) = T::as_f32(rows.row(0)) {
        return block.row(Left::new(row, (1, 0), (dense.inputs, 1)), output);
    }
    block.copied(isa, &rows, output);
}

impl Block<'_> {
    /// All blocks of the first of the rows.
    // Apart: small layers should not walk through the place of the copies on the stack.
    #[inline(never)]
    fn copied<T: DenseElement>(&mut self, isa: Isa, rows: &Rows<'_, T>, output: &mut [f32]) {
        let mut copy = Copied::new();
        loop {
            self.steps = COPIED.min(self.dense.inputs - self.start);
            self.row(copy.fill(isa, rows, (0, 1), (self.start, self.steps)), output);
            self.start += self.steps;
            if self.start >= self.dense.inputs {
                return;
            }
        }
    }

    /// All columns of one row, in strips that fill half of the registers and more as far as they go.
    pub(super) fn row(&self, left: Left<'_>, output: &mut [f32]) {
        let (mut col, mut vectors) = (0, self.tiles.alone);
        while vectors > 1 {
            self.strips(left, output, &mut col, vectors);
            vectors /= 2;
        }
        self.rest(left, output, col);
    }
}
