//! The forward product of the rows that are left over from tiles, and of a sample alone through few outputs: which way each goes.

use super::narrow::{Narrow, is_scalar};
use super::{Dense, Layout, row};
use crate::kernel::activation::{Activation, forward_on};
use crate::kernel::element::DenseElement;
use crate::kernel::isa::{Isa, Kernel, dispatch_on};
use crate::kernel::rows::Rows;
use crate::kernel::threads::Split;
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
                    row::forward(isa, rows.row(first + index), dense, activation, output);
                }
                return;
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
