//! Softmax and cross-entropy of rows, stable for logits of any size.
//!
//! A NaN among the logits makes the row's result NaN. So do two infinities of one sign, as in PyTorch.
//!
//! | file | what it computes |
//! | --- | --- |
//! | `columns` | cross-entropy of narrow rows: their columns are the vectors |
//! | `few` | the same of a few of them, one by one |
//! | `wide` | the same of any rows, without a gradient too, and against probabilities |

mod columns;
mod few;
pub(super) mod wide;

use super::SMALL;
use super::isa::{active, dispatch_on, dispatch_to_256};
use super::math;
use super::rows::Rows;
use columns::{CrossEntropyRows, NARROW, NarrowProbabilities, PairsOfBlocks};
use few::{FewRows, are_few};
use wide::{Losses, Probabilities, ProbabilityLosses, WideRows};

/// The largest value of a row; negative infinity where there is none, or but NaNs.
#[inline(always)]
fn largest<const L: usize>(row: &[f32]) -> f32 {
    let (vectors, rest) = row.as_chunks::<L>();
    let mut lanes = [f32::NEG_INFINITY; L];
    for vector in vectors {
        lanes.iter_mut().zip(vector).for_each(|(most, &x)| *most = if x > *most { x } else { *most });
    }
    lanes.iter_mut().zip(rest).for_each(|(most, &x)| *most = if x > *most { x } else { *most });
    // By halves: one after the other, each would wait for the one before.
    let mut half = L / 2;
    while half > 0 {
        for lane in 0..half {
            lanes[lane] = if lanes[lane + half] > lanes[lane] { lanes[lane + half] } else { lanes[lane] };
        }
        half /= 2;
    }
    lanes[0]
}

/// What [`cross_entropy`] adds up.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct CrossEntropySum {
    /// Sum over rows of ln sum_j exp(z_j) - z_class.
    pub(crate) loss: f32,
    /// Rows whose largest logit, the first of equals, is that of the class.
    pub(crate) correct: usize,
}

/// Rows that a caller gathers classes for on its stack.
pub(crate) const CROSS_ENTROPY_CLASSES: usize = if SMALL { 16 } else { 512 };

/// Rows of a block.
const BLOCK: usize = 16;

/// For each row of `width` logits: its loss against the class of the same place, added to the result, and
/// row = scale (softmax(row) - onehot(class)). Losses are added up lane by lane, in an order of the instruction set's own; rows
/// without a class stay as they are.
///
/// A class past the width counts as never right, with a NaN loss.
pub(crate) fn cross_entropy(logits: &mut [f32], width: usize, classes: &[usize], scale: f32) -> CrossEntropySum {
    if SMALL {
        return cross_entropy_apart(logits, width, classes, scale);
    }
    let count = logits.len().checked_div(width).unwrap_or(0).min(classes.len());
    let classes = classes.get(..count).unwrap_or(&[]);
    let logits = logits.get_mut(..count * width).unwrap_or(&mut []);
    let mut rows = CrossEntropyRows { logits, width, classes, scale, total: CrossEntropySum::default() };
    let isa = active();
    if !is_narrow(width) {
        return dispatch_on(isa, WideRows(rows));
    }
    if are_few(rows.classes.len(), width) {
        return dispatch_on(isa, FewRows(rows));
    }
    if isa.lanes() == BLOCK && rows.classes.len() >= 2 * BLOCK {
        dispatch_on(isa, PairsOfBlocks(&mut rows));
    }
    if rows.classes.is_empty() { rows.total } else { dispatch_to_256(isa, rows) }
}

/// The same row by row, with neither vectors nor buffers; each row has the portable bits.
#[inline(never)]
pub(super) fn cross_entropy_apart(logits: &mut [f32], width: usize, classes: &[usize], scale: f32) -> CrossEntropySum {
    let mut total = CrossEntropySum::default();
    for (row, &class) in logits.chunks_exact_mut(width.max(1)).zip(classes) {
        let largest = largest::<1>(row);
        let logit = row.get(class).copied().unwrap_or(f32::NAN);
        total.correct += usize::from(is_correct(row, class, logit));
        row.iter_mut().for_each(|x| *x = math::exp(*x - largest));
        let sum: f32 = row.iter().sum();
        let factor = scale / sum;
        row.iter_mut().for_each(|x| *x *= factor);
        if let Some(g) = row.get_mut(class) {
            *g -= scale;
        }
        total.loss += (largest - logit) + math::ln(sum);
    }
    total
}

/// Whether the columns of rows are taken as vectors.
fn is_narrow(width: usize) -> bool {
    !SMALL && (1..=NARROW).contains(&width)
}

/// Rows that are measured at once without a gradient; of narrow ones a copy is made.
const COPIED: usize = if SMALL { 2 } else { 2 * BLOCK };

/// A copy of some narrow rows.
type Copies = [f32; COPIED * NARROW];

/// The losses that [`cross_entropy`] adds up, without a gradient.
pub(crate) fn losses(logits: &[f32], width: usize, classes: impl Iterator<Item = usize>) -> CrossEntropySum {
    let (isa, width, mut total) = (active(), width.max(1), CrossEntropySum::default());
    let (mut copy, mut buffer, mut classes): (Copies, _, _) = ([0.0; _], [0; COPIED], classes.fuse());
    for rows in logits.chunks(width * COPIED) {
        let mut count = 0;
        for (place, class) in buffer.iter_mut().zip(classes.by_ref().take(rows.len() / width)) {
            *place = class;
            count += 1;
        }
        let classes = buffer.get(..count).unwrap_or(&[]);
        match copy.get_mut(..rows.len()) {
            Some(copy) if is_narrow(width) => {
                copy.copy_from_slice(rows);
                let sum = cross_entropy(copy, width, classes, 1.0);
                total.loss += sum.loss;
                total.correct += sum.correct;
            }
            _ => total = dispatch_to_256(isa, Losses { logits: rows, width, classes, total }),
        }
    }
    total
}

/// Sum over rows of sum_j target_j (ln sum_k exp(z_k) - z_j); a class of probability 0 adds nothing, whatever its logit.
pub(crate) fn soft_losses(logits: &[f32], width: usize, targets: Rows<'_, f32>) -> f32 {
    let width = width.max(1);
    if !is_narrow(width) {
        return dispatch_to_256(active(), ProbabilityLosses { logits, width, targets: &targets });
    }
    let (mut copy, mut total, mut targets): (Copies, _, _) = ([0.0; _], 0.0, targets);
    for rows in logits.chunks(width * COPIED) {
        let (first, rest) = targets.split_at(rows.len() / width);
        targets = rest;
        if let Some(copy) = copy.get_mut(..rows.len()) {
            copy.copy_from_slice(rows);
            total += soft_cross_entropy(copy, width, &first, 1.0);
        }
    }
    total
}

/// The same, and row = scale (softmax(row) - target).
pub(crate) fn soft_cross_entropy(logits: &mut [f32], width: usize, targets: &Rows<'_, f32>, scale: f32) -> f32 {
    if is_narrow(width) {
        dispatch_to_256(active(), NarrowProbabilities { logits, width, targets, scale })
    } else {
        dispatch_to_256(active(), Probabilities { logits, width, targets, scale })
    }
}

/// Whether no logit is larger than that of the class, and none before it is as large (as `argmax` picks).
#[inline(always)]
pub(crate) fn is_correct(row: &[f32], class: usize, logit: f32) -> bool {
    let logit = if logit.is_nan() { f32::NEG_INFINITY } else { logit };
    let mut wrong = class >= row.len() || (class > 0 && logit == f32::NEG_INFINITY);
    for (index, &value) in row.iter().enumerate() {
        wrong |= value > logit || (index < class && value == logit);
    }
    !wrong
}
