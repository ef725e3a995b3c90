//! Softmax and cross-entropy of one row, stable for logits of any size.

use super::math;

/// The largest finite-or-infinite value of the row; 0 for an empty one.
fn largest(row: &[f32]) -> f32 {
    row.iter().copied().reduce(f32::max).unwrap_or(0.0)
}

/// ln sum_j exp(row[j]): the largest logit is taken out before any exp.
pub(crate) fn log_sum_exp(row: &[f32]) -> f32 {
    let largest = largest(row);
    if !largest.is_finite() {
        return largest;
    }
    largest + math::ln(row.iter().map(|&x| math::exp(x - largest)).sum())
}

/// row = softmax(row); returns ln sum_j exp(row[j]) of what it held.
pub(crate) fn softmax(row: &mut [f32]) -> f32 {
    let largest = largest(row);
    let mut sum = 0.0;
    for x in row.iter_mut() {
        *x = math::exp(*x - largest);
        sum += *x;
    }
    for x in row.iter_mut() {
        *x /= sum;
    }
    largest + math::ln(sum)
}
