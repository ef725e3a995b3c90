//! The forward product of wide layers that are so small, and of so few rows, that what lies before the first tile counts.

use super::{Dense, Layout};
use crate::kernel::activation::{Activation, forward_on};
use crate::kernel::isa::{Isa, Kernel, dispatch_on};
use crate::kernel::tile::{Finish, Into, Left, Right, multiply_within};
use crate::kernel::vector::Vector;

/// Most multiply-adds of a quick product: with AVX-512 about a microsecond, of which the 25 ns that such a product saves are
/// little.
const MOST: usize = 1 << 16;

/// output = act(rows W + b) of numbers whose rows lie together, whole fours of them, W as `[inputs][outputs]`.
// By reference: to copy what the caller has just written waits for all that the product before has still to write.
struct Quick<'a> {
    rows: &'a [f32],
    dense: &'a Dense<'a>,
    rectify: bool,
    output: &'a mut [f32],
    /// Fours of rows.
    fours: usize,
}

/// output = act(rows W + b) where it is a small product. Says whether it is.
#[inline]
pub(super) fn forward(isa: Isa, rows: &[f32], dense: &Dense<'_>, activation: Activation, output: &mut [f32]) -> bool {
    let Dense { inputs, outputs, .. } = *dense;
    if inputs * output.len() > MOST || outputs < Layout::WIDE {
        return false;
    }
    let fours = output.len() / (4 * outputs);
    if fours == 0 || 4 * fours * outputs != output.len() || 4 * fours * inputs > rows.len() {
        return false;
    }
    let rectify = activation == Activation::ReLU;
    dispatch_on(isa, Quick { rows, dense, rectify, output: &mut *output, fours });
    forward_on(isa, activation, output);
    true
}

impl Kernel for Quick<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        // Four sums keep a multiplier of 16 lanes busy, of which the core that this was measured on (Zen 4) has one; of narrower
        // ones it has two.
        if const { L >= 16 } { self.all::<L, S, 1>() } else { self.all::<L, S, V>() }
    }
}

/// The outputs from `col` on, vector by vector.
// Apart: a core begins with the next product while it ends this one if no more than its window of some 300 instructions lies
// between them. With these as part of the kernel 16 x 16 x 16 takes 86 ns in place of 73.
struct Rest<'a>(Quick<'a>, usize);

impl Kernel for Rest<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        let Self(mut quick, mut col) = self;
        let outputs = quick.dense.outputs;
        while col < outputs {
            let whole = (outputs - col) / L;
            // The last vector overlaps the one before where the outputs are no whole vectors: its sums are the same.
            let start = if whole > 0 { col } else { outputs.saturating_sub(L) };
            quick.strips::<L, S, 1>(start, whole.max(1));
            col = start + whole.max(1) * L;
        }
    }
}

impl Quick<'_> {
    #[inline(always)]
    fn all<const L: usize, S: Vector<L>, const V: usize>(mut self) {
        let strips = self.dense.outputs / (V * L);
        self.strips::<L, S, V>(0, strips);
        if strips * V * L < self.dense.outputs {
            S::call(Rest(self, strips * V * L));
        }
    }

    /// Strips of `V` vectors from column `col` on.
    #[inline(always)]
    fn strips<const L: usize, S: Vector<L>, const V: usize>(&mut self, col: usize, strips: usize) {
        let &Dense { inputs, outputs, weight, bias } = self.dense;
        if strips > 0 {
            multiply_within::<L, S, 4, V>(
                Left::fours(self.rows, self.fours, inputs),
                Right::new(L, (weight, outputs), (col, V, strips), inputs),
                Into { rows: self.output, pitch: outputs, col, skip: 0 },
                Finish::Forward(1.0, bias.get(col..).unwrap_or(&[]), self.rectify),
            );
        }
    }
}
