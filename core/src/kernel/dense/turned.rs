//! The input gradient of wide layers with few weights: the forward product of the layer turned round.
//!
//! The weights are copied with their sides exchanged, or multiplied as they lie, as the dot products of a layer with few outputs,
//! where these are few enough.

use super::forward::Block;
use super::padded;
use super::{Dense, batch, single};
use crate::kernel::activation::{Activation, mask_on};
use crate::kernel::isa::{Isa, dispatch_to_256};
use crate::kernel::product::{buffer, pack};
use crate::kernel::rows::Rows;
use crate::kernel::threads::{Split, place, run};
use crate::kernel::tile::Left;

/// into = (gradient W^T) act'(previous), W as `[inputs][outputs]`.
pub(super) struct Turned<'a> {
    pub(super) gradient: &'a [f32],
    pub(super) dense: Dense<'a>,
    pub(super) activation: Activation,
    pub(super) previous: &'a [f32],
    pub(super) into: &'a mut [f32],
}

/// Most weights: as many as are read again for every four rows in the forward product.
pub(in super::super) const MOST: usize = super::forward::FEW_WEIGHTS;

/// Numbers of the rows whose activation is masked while they are near.
const NEAR: usize = 1 << 12;

/// Whether this is the way for a layer.
pub(super) const fn takes(dense: &Dense<'_>) -> bool {
    dense.inputs * dense.outputs <= MOST
}

/// Whether dot products over the outputs take less time than tiles, whose vectors would stay empty in part: the steps of a row,
/// with the sums across lanes.
const fn are_dots(isa: Isa, inputs: usize, outputs: usize) -> bool {
    inputs < isa.lanes() && 2 * inputs * (outputs.div_ceil(isa.lanes()) + 3) <= 3 * outputs
}

impl Turned<'_> {
    /// Runs on an instruction set that fuses multiply-adds.
    pub(super) fn run(self, isa: Isa) {
        let Dense { inputs, outputs, weight, .. } = self.dense;
        if !are_dots(isa, inputs, outputs) {
            return run(self);
        }
        let turned = Dense { inputs: outputs, outputs: inputs, weight, bias: &[] };
        batch(isa, &Rows::new(self.gradient, outputs), &turned, Activation::Identity, self.into);
        mask_on(isa, self.activation, self.previous, self.into);
    }

    fn count(&self) -> usize {
        (self.gradient.len() / self.dense.outputs.max(1)).min(self.into.len() / self.dense.inputs.max(1))
    }
}

/// into = (rows W^T) act'(previous), W as `[outputs][inner]`, by tiles or, of one row, by squares.
#[inline(never)]
pub(in super::super) fn product(
    isa: Isa,
    (rows, inner): (&[f32], usize),
    (weight, outputs): (&[f32], usize),
    (activation, previous): (Activation, &[f32]),
    into: &mut [f32],
) {
    if rows.len() < 2 * inner && outputs >= 8 && inner >= 8 {
        dispatch_to_256(isa, single::Turned { gradient: rows, weight, into: &mut *into });
        return mask_on(isa, activation, previous, into);
    }
    buffer::with(|room| {
        let pitch = outputs.max(isa.lanes());
        let weights = room.of(inner * pitch);
        pack::turn(isa, (weight, inner), (inner, outputs), weights, pitch);
        if outputs < pitch {
            padded::overlapping(isa, (rows, inner), (weights, pitch), outputs, into);
            return mask_on(isa, activation, previous, into);
        }
        let turned = Dense { inputs: inner, outputs, weight: weights, bias: &[] };
        products(isa, rows, &turned, (activation, previous), into);
    });
}

/// into = (rows W) act'(previous), W as `[inputs][outputs]` with at least a vector of outputs.
pub(in super::super) fn products(
    isa: Isa,
    rows: &[f32],
    dense: &Dense<'_>,
    (activation, previous): (Activation, &[f32]),
    into: &mut [f32],
) {
    let &Dense { inputs, outputs, .. } = dense;
    let block = Block::whole::<f32>(isa, dense, Activation::Identity);
    let near = (NEAR / outputs.max(1)).next_multiple_of(4).max(4);
    let (whole, all) = (inputs.max(1), rows.chunks((near * inputs).max(1)).zip(into.chunks_mut(near * outputs)));
    for (index, (rows, into)) in all.enumerate() {
        let previous = previous.get(index * near * outputs..).unwrap_or(&[]);
        let fours = rows.len() / whole / 4;
        if fours > 0 {
            block.all(Left::fours(rows, fours, inputs), into);
        }
        let single = rows.chunks_exact(whole).zip(into.chunks_exact_mut(outputs)).skip(4 * fours);
        for (row, into) in single {
            block.row(Left::new(row, (1, 0), (inputs, 1)), into);
        }
        mask_on(isa, activation, previous, into);
    }
}

impl Split for Turned<'_> {
    fn work(&self) -> usize {
        self.gradient.len() * self.dense.inputs
    }

    fn split(self, share: usize, parts: usize) -> (Self, Self) {
        let Dense { inputs, outputs, .. } = self.dense;
        let count = place(self.gradient.len() / outputs.max(1), share, parts);
        let (gradient, gradient_rest) = self.gradient.split_at((count * outputs).min(self.gradient.len()));
        let (previous, previous_rest) = self.previous.split_at((count * inputs).min(self.previous.len()));
        let (into, into_rest) = self.into.split_at_mut((count * inputs).min(self.into.len()));
        (
            Self { gradient, previous, into, ..self },
            Self { gradient: gradient_rest, previous: previous_rest, into: into_rest, ..self },
        )
    }

    fn run_on(self, isa: Isa) {
        let (count, Dense { inputs, outputs, weight, .. }) = (self.count(), self.dense);
        let rows = self.gradient.get(..count * outputs).unwrap_or(&[]);
        let into = self.into.get_mut(..count * inputs).unwrap_or(&mut []);
        product(isa, (rows, outputs), (weight, inputs), (self.activation, self.previous), into);
    }
}
