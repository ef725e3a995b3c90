//! Softmax and cross-entropy of one row, stable for logits of any size.

use super::math;

/// The largest finite-or-infinite value of the row; 0 for an empty one.
fn largest(row: &[f32]) -> f32 {
    row.iter().copied().reduce(f32::max).unwrap_or(0.0)
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
    let mut sum = 0.0;
    for x in row.iter_mut() {
        *x = math::exp(*x - largest);
        sum += *x;
    }
    for x in row.iter_mut() {
        *x /= sum;
    }
    LogSumExp { largest, log_sum: math::ln(sum) }
}
