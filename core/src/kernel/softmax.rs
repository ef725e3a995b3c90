//! Softmax and cross-entropy of rows, stable for logits of any size.
//!
//! A NaN among the logits makes the row's result NaN. So do two infinities of one sign, as in PyTorch.

use super::SMALL;
use super::isa::{Kernel, dispatch};
use super::math;
use super::vector::Vector;

/// The largest finite-or-infinite value of the row; 0 for an empty one.
#[inline(always)]
fn largest(row: &[f32]) -> f32 {
    let mut values = row.iter().copied();
    let first = values.next().unwrap_or(0.0);
    // A comparison that a vector instruction makes; a NaN in the first place gives way to a number.
    values.fold(first, |a, b| if b > a || a.is_nan() { b } else { a })
}

/// ln sum_j exp(row[j]) in two parts, so that a loss `(largest - logit) + log_sum` keeps its digits beside large logits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LogSumExp {
    /// The largest logit, taken out before any exp.
    pub(crate) largest: f32,
    /// ln sum_j exp(row[j] - largest).
    pub(crate) log_sum: f32,
}

impl LogSumExp {
    /// ln sum_j exp(row[j]) - logit.
    pub(crate) fn minus(self, logit: f32) -> f32 {
        (self.largest - logit) + self.log_sum
    }
}

/// ln sum_j exp(row[j]).
pub(crate) fn log_sum_exp(row: &[f32]) -> LogSumExp {
    let largest = largest(row);
    LogSumExp { largest, log_sum: math::ln(row.iter().map(|&x| math::exp(x - largest)).sum()) }
}

/// row = softmax(row); returns ln sum_j exp(row[j]) of what it held.
pub(crate) fn softmax(row: &mut [f32]) -> LogSumExp {
    let largest = largest(row);
    for x in row.iter_mut() {
        *x = math::exp(*x - largest);
    }
    let sum: f32 = row.iter().sum();
    for x in row.iter_mut() {
        *x /= sum;
    }
    LogSumExp { largest, log_sum: math::ln(sum) }
}

/// What [`cross_entropy`] adds up.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct CrossEntropySum {
    /// Sum over rows of ln sum_j exp(z_j) - z_class.
    pub(crate) loss: f32,
    /// Rows whose largest logit, the first of equals, is that of the class.
    pub(crate) correct: usize,
}

/// Rows that [`cross_entropy`] takes at a time: what a caller gathers classes for on its stack.
pub(crate) const CROSS_ENTROPY_ROWS: usize = 16;

/// For each row of `width` logits: its loss against the class of the same place, added to the result, and
/// row = scale (softmax(row) - onehot(class)).
///
/// A class past the width counts as never right, with a NaN loss.
pub(crate) fn cross_entropy(logits: &mut [f32], width: usize, classes: &[usize], scale: f32) -> CrossEntropySum {
    if SMALL {
        return cross_entropy_apart(logits, width, classes, scale);
    }
    dispatch(CrossEntropyRows { logits, width, classes, scale })
}

/// The same row by row, with neither vectors nor buffers; the portable bits.
#[inline(never)]
pub(super) fn cross_entropy_apart(logits: &mut [f32], width: usize, classes: &[usize], scale: f32) -> CrossEntropySum {
    let mut total = CrossEntropySum::default();
    for (row, &class) in logits.chunks_exact_mut(width.max(1)).zip(classes) {
        let largest = largest(row);
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

struct CrossEntropyRows<'a> {
    logits: &'a mut [f32],
    width: usize,
    classes: &'a [usize],
    scale: f32,
}

impl Kernel for CrossEntropyRows<'_> {
    type Output = CrossEntropySum;

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) -> CrossEntropySum {
        // The loop over a row of known width is written out.
        match (S::FMA, self.width) {
            (true, 2) => self.rows::<true, 2>(),
            (true, 3) => self.rows::<true, 3>(),
            (true, _) => self.rows::<true, 0>(),
            (false, _) => self.rows::<false, 0>(),
        }
    }
}

impl CrossEntropyRows<'_> {
    /// `WIDTH` is that of the rows, or 0.
    #[inline(always)]
    fn rows<const FMA: bool, const WIDTH: usize>(self) -> CrossEntropySum {
        let width = if WIDTH > 0 { WIDTH } else { self.width.max(1) };
        let mut total = CrossEntropySum::default();
        for (rows, classes) in
            self.logits.chunks_mut((width * CROSS_ENTROPY_ROWS).max(1)).zip(self.classes.chunks(CROSS_ENTROPY_ROWS))
        {
            // Narrow rows are no vectors; a block of them is: the passes with exp run over the block.
            let mut head = [0.0; CROSS_ENTROPY_ROWS];
            let mut sums = [1.0; CROSS_ENTROPY_ROWS];
            for ((row, &class), head) in rows.chunks_exact_mut(width).zip(classes).zip(&mut head) {
                let largest = largest(row);
                let logit = row.get(class).copied().unwrap_or(f32::NAN);
                total.correct += usize::from(is_correct(row, class, logit));
                *head = largest - logit;
                row.iter_mut().for_each(|x| *x -= largest);
            }
            rows.iter_mut().for_each(|x| *x = math::exp_with::<FMA>(*x));
            for (row, sum) in rows.chunks_exact_mut(width).zip(&mut sums) {
                *sum = row.iter().sum();
                let factor = self.scale / *sum;
                row.iter_mut().for_each(|x| *x *= factor);
            }
            for (row, &class) in rows.chunks_exact_mut(width).zip(classes) {
                if let Some(g) = row.get_mut(class) {
                    *g -= self.scale;
                }
            }
            // (`array::map` is not always inlined, and would then be compiled without this instruction set.)
            sums.iter_mut().for_each(|sum| *sum = math::ln_with::<FMA>(*sum));
            for ((head, log), _) in head.iter().zip(sums).zip(classes) {
                total.loss += head + log;
            }
        }
        total
    }
}

/// Whether no logit is larger than that of the class, and none before it is as large (as `argmax` picks).
#[inline(always)]
fn is_correct(row: &[f32], class: usize, logit: f32) -> bool {
    let logit = if logit.is_nan() { f32::NEG_INFINITY } else { logit };
    let mut wrong = class >= row.len() || (class > 0 && logit == f32::NEG_INFINITY);
    for (index, &value) in row.iter().enumerate() {
        wrong |= value > logit || (index < class && value == logit);
    }
    !wrong
}
