//! Input gradients as forward products of the layer turned round: inputs are its outputs.
//!
//! Weights by output lie as the turned layer has them. Weights by input, where they are few, are copied with their sides exchanged;
//! or they are multiplied as they lie, as dot products of a layer with few outputs.

use super::forward::Block;
use super::padded;
use super::{Dense, row, single};
use crate::kernel::activation::{Activation, mask_on};
use crate::kernel::isa::{Isa, dispatch_to_256};
use crate::kernel::product::{buffer, pack};
use crate::kernel::tile::Left;

/// Most weights: as many as are read again for every four rows in the forward product.
pub(in super::super) const MOST: usize = super::forward::FEW_WEIGHTS;

/// Numbers of the rows whose activation is masked while they are near: half of a first-level cache.
const NEAR: usize = 1 << 12;

/// Whether this is the way for a layer.
pub(super) const fn takes(dense: &Dense<'_>) -> bool {
    dense.inputs * dense.outputs <= MOST
}

/// Whether dot products over the outputs take less time than tiles, whose vectors would stay empty in part. A row takes three steps
/// for each sum across lanes; up to one and a half times the steps of a tile, because nothing has to be turned for them.
pub(super) const fn are_dots(isa: Isa, inputs: usize, outputs: usize) -> bool {
    isa.fuses() && inputs < isa.lanes() && 2 * inputs * (outputs.div_ceil(isa.lanes()) + 3) <= 3 * outputs
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
        dispatch_to_256(isa, single::Squares { gradient: rows, weight, into: &mut *into });
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
            row::forward(isa, row, dense, Activation::Identity, into);
        }
        mask_on(isa, activation, previous, into);
    }
}
