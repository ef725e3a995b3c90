//! Cross-entropy of a few narrow rows, row by row: a block of columns would be empty lanes, and takes as long as if they were not.
//! Each row has the bits that it has as a lane of [`columns`](super::columns).

use super::columns::{CrossEntropyRows, NARROW};
use super::{CrossEntropySum, is_correct, largest};
use crate::kernel::isa::Kernel;
use crate::kernel::math;
use crate::kernel::vector::Vector;

/// Whether so many rows are quicker one by one: one always (0.3 to 0.9 of the time), two from 8 logits on (0.5 to 0.8; of 3 logits
/// 0.95 to 1.4).
pub(super) const fn are_few(rows: usize, width: usize) -> bool {
    rows == 1 || rows == 2 && width >= NARROW / 2
}

/// A number for each logit of a row, and for those that a row of [`NARROW`] would have beyond.
type Row = [f32; NARROW];

/// Rows, each on its own.
pub(super) struct FewRows<'a>(pub(super) CrossEntropyRows<'a>);

impl Kernel for FewRows<'_> {
    type Output = CrossEntropySum;

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) -> CrossEntropySum {
        if const { S::FMA } { self.all::<L, S, true>() } else { self.all::<L, S, false>() }
    }
}

impl FewRows<'_> {
    #[inline(always)]
    fn all<const L: usize, S: Vector<L>, const FMA: bool>(self) -> CrossEntropySum {
        let CrossEntropyRows { logits, width, classes, scale, mut total } = self.0;
        let mut losses = 0.0;
        for (row, &class) in logits.chunks_exact_mut(width.max(1)).zip(classes) {
            let mut numbers: Row = [f32::NEG_INFINITY; NARROW];
            for (part, place) in numbers.as_chunks_mut().0.iter_mut().enumerate() {
                S::load_first(row.get(part * L..).unwrap_or(&[]), f32::NEG_INFINITY).store(place);
            }
            let largest = largest::<NARROW>(&numbers);
            let logit = row.get(class).copied().unwrap_or(f32::NAN);
            total.correct += usize::from(is_correct(row, class, logit));
            numbers.iter_mut().for_each(|x| *x = math::exp_with::<FMA>(*x - largest));
            let mut sum = 0.0;
            numbers.iter().take(width).for_each(|x| sum += x);
            let factor = scale / sum;
            for (index, x) in numbers.iter_mut().enumerate() {
                *x = *x * factor - if index == class { scale } else { 0.0 };
            }
            for (part, place) in numbers.as_chunks().0.iter().enumerate() {
                S::load(place).store_first(row.get_mut(part * L..).unwrap_or(&mut []));
            }
            losses += (largest - logit) + math::ln_with::<FMA>(sum);
        }
        total.loss += losses;
        total
    }
}
