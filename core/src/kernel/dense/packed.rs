//! The forward product of layers whose weights outgrow the caches: packed by strips of columns, as every large product.
//!
//! A kernel of its own, for its panels make a stack frame of 128 KiB that small layers should not walk through.

use super::Dense;
use crate::kernel::activation::{Activation, activate};
use crate::kernel::element::DenseElement;
use crate::kernel::isa::Kernel;
use crate::kernel::product::{Finish, Left, Product, Right};
use crate::kernel::rows::Rows;
use crate::kernel::threads::{Split, place};
use crate::kernel::vector::Vector;

/// Weights from here on are packed: 2 MiB, twice a second-level cache.
const LARGE: usize = 1 << 19;

/// Rows from which on that is worth it.
const MANY: usize = 96;

/// output = act(rows W + b), W as `[inputs][outputs]`.
pub(super) struct Packed<'a> {
    rows: &'a [f32],
    dense: Dense<'a>,
    activation: Activation,
    output: &'a mut [f32],
}

/// The rows of a large layer as numbers, where they are numbers that lie one after the other.
pub(super) fn rows_of_large<'a, T: DenseElement>(
    rows: Rows<'a, T>,
    dense: &Dense<'_>,
    count: usize,
) -> Option<&'a [f32]> {
    let is_large = dense.inputs * dense.outputs > LARGE && count >= MANY;
    rows.together().filter(|_| is_large).and_then(T::as_f32)
}

impl<'a> Packed<'a> {
    pub(super) const fn new(rows: &'a [f32], dense: Dense<'a>, activation: Activation, output: &'a mut [f32]) -> Self {
        Self { rows, dense, activation, output }
    }

    fn count(&self) -> usize {
        (self.rows.len() / self.dense.inputs.max(1)).min(self.output.len() / self.dense.outputs.max(1))
    }
}

impl Kernel for Packed<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        let rows = self.count();
        let Self { rows: left, dense: Dense { inputs, outputs, weight, bias }, activation, output } = self;
        let (left, right) = (Left::Rows(left), Right::Rows(weight));
        let finish = Finish::Forward(bias, activation);
        Product { left, right, rows, inner: inputs, cols: outputs, output: &mut *output, finish }.run::<L, S, R, V>();
        activate::<L, S>(activation, output);
    }
}

impl Split for Packed<'_> {
    fn work(&self) -> usize {
        self.count() * self.dense.inputs * self.dense.outputs
    }

    fn split(self, share: usize, parts: usize) -> (Self, Self) {
        let count = place(self.count(), share, parts);
        let (rows, rest) = self.rows.split_at((count * self.dense.inputs).min(self.rows.len()));
        let (above, below) = self.output.split_at_mut((count * self.dense.outputs).min(self.output.len()));
        (Self { rows, output: above, ..self }, Self { rows: rest, output: below, ..self })
    }
}
