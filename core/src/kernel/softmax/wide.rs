//! Cross-entropy of rows of any width, row by row: each is added up lane by lane, but without fused multiply-add in the order of
//! its numbers, as [`columns`](super::columns) and microcontrollers do.

use super::columns::CrossEntropyRows;
use super::{BLOCK, COPIED, CrossEntropySum, is_correct, largest};
use crate::kernel::isa::Kernel;
use crate::kernel::math;
use crate::kernel::rows::Rows;
use crate::kernel::vector::Vector;

/// The sum of a row.
#[inline(always)]
fn sum<const L: usize, S: Vector<L>>(row: &[f32]) -> f32 {
    if const { !S::FMA } {
        return row.iter().sum();
    }
    let (vectors, rest) = row.as_chunks::<L>();
    let mut lanes = S::splat(0.0);
    for vector in vectors {
        lanes = lanes.add(S::load(vector));
    }
    lanes.sum() + rest.iter().sum::<f32>()
}

/// sum_j exp(row[j] - largest).
#[inline(always)]
fn exp_sum<const L: usize, S: Vector<L>, const FMA: bool>(row: &[f32], largest: f32) -> f32 {
    if const { !S::FMA } {
        return row.iter().map(|x| math::exp_with::<FMA>(x - largest)).sum();
    }
    let (vectors, rest) = row.as_chunks::<L>();
    let mut lanes = [0.0; L];
    for vector in vectors {
        lanes.iter_mut().zip(vector).for_each(|(sum, x)| *sum += math::exp_with::<FMA>(x - largest));
    }
    // A vector of its own, with nothing to add where the row has ended: number by number each would take as long.
    let mut last = [f32::NEG_INFINITY; L];
    last.iter_mut().zip(rest).for_each(|(place, x)| *place = x - largest);
    lanes.iter_mut().zip(&last).for_each(|(sum, x)| *sum += math::exp_with::<FMA>(*x));
    S::load(&lanes).sum()
}

/// Losses of up to [`COPIED`] rows, one for each class.
pub(in crate::kernel) struct Losses<'a> {
    pub(in crate::kernel) logits: &'a [f32],
    pub(in crate::kernel) width: usize,
    pub(in crate::kernel) classes: &'a [usize],
    /// What has been added up before them: one sum, whatever is measured at once.
    pub(in crate::kernel) total: CrossEntropySum,
}

impl Kernel for Losses<'_> {
    type Output = CrossEntropySum;

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) -> CrossEntropySum {
        if const { S::FMA } { self.all::<L, S, true>() } else { self.all::<L, S, false>() }
    }
}

impl Losses<'_> {
    #[inline(always)]
    fn all<const L: usize, S: Vector<L>, const FMA: bool>(self) -> CrossEntropySum {
        let (mut total, mut heads, mut sums) = (self.total, [0.0; COPIED], [1.0; COPIED]);
        let rows = self.logits.chunks_exact(self.width.max(1)).zip(self.classes);
        for ((row, &class), (head, sum)) in rows.zip(heads.iter_mut().zip(&mut sums)) {
            let largest = largest::<L>(row);
            let logit = row.get(class).copied().unwrap_or(f32::NAN);
            total.correct += usize::from(is_correct(row, class, logit));
            *head = largest - logit;
            *sum = exp_sum::<L, S, FMA>(row, largest);
        }
        sums.iter_mut().for_each(|sum| *sum = math::ln_with::<FMA>(*sum));
        heads.iter().zip(&sums).for_each(|(head, log)| total.loss += head + log);
        total
    }
}

/// What a row loses against probabilities: sum_j target_j (ln sum_k exp(z_k) - z_j) = mass ln(sum) - beyond.
struct Soft {
    largest: f32,
    /// sum_j exp(z_j - largest).
    sum: f32,
    /// sum_j target_j.
    mass: f32,
    /// sum_j target_j (z_j - largest).
    beyond: f32,
}

impl Soft {
    #[inline(always)]
    fn of<const L: usize, S: Vector<L>, const FMA: bool>(row: &[f32], target: &[f32]) -> Self {
        let largest = largest::<L>(row);
        Self {
            largest,
            sum: exp_sum::<L, S, FMA>(row, largest),
            mass: sum::<L, S>(target),
            beyond: beyond::<L, S>(row, target, largest),
        }
    }

    #[inline(always)]
    fn loss<const FMA: bool>(&self) -> f32 {
        self.mass * math::ln_with::<FMA>(self.sum) - self.beyond
    }
}

/// sum_j target_j (row[j] - largest).
#[inline(always)]
fn beyond<const L: usize, S: Vector<L>>(row: &[f32], target: &[f32], largest: f32) -> f32 {
    if const { !S::FMA } {
        return row.iter().zip(target).map(|(z, t)| part(*t, z - largest)).sum();
    }
    let mut lanes = [0.0; L];
    let ((vectors, rest), (targets, targets_rest)) = (row.as_chunks::<L>(), target.as_chunks::<L>());
    for (z, t) in vectors.iter().zip(targets) {
        lanes.iter_mut().zip(z.iter().zip(t)).for_each(|(sum, (z, t))| *sum += part(*t, z - largest));
    }
    let rest = rest.iter().zip(targets_rest);
    lanes.iter_mut().zip(rest).for_each(|(sum, (z, t))| *sum += part(*t, z - largest));
    S::load(&lanes).sum()
}

/// t z: a class of probability 0 adds nothing, whatever its logit.
#[inline(always)]
fn part(t: f32, z: f32) -> f32 {
    // As bits: the compiler makes a branch of a choice here.
    let mask = if t == 0.0 { 0 } else { u32::MAX };
    f32::from_bits((t * z).to_bits() & mask)
}

/// Losses against probabilities.
pub(in crate::kernel) struct ProbabilityLosses<'a> {
    pub(in crate::kernel) logits: &'a [f32],
    pub(in crate::kernel) width: usize,
    pub(in crate::kernel) targets: &'a Rows<'a, f32>,
}

impl Kernel for ProbabilityLosses<'_> {
    type Output = f32;

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) -> f32 {
        if const { S::FMA } { self.all::<L, S, true>() } else { self.all::<L, S, false>() }
    }
}

impl ProbabilityLosses<'_> {
    #[inline(always)]
    fn all<const L: usize, S: Vector<L>, const FMA: bool>(self) -> f32 {
        let mut total = 0.0;
        for (index, row) in self.logits.chunks_exact(self.width.max(1)).enumerate() {
            total += Soft::of::<L, S, FMA>(row, self.targets.row(index)).loss::<FMA>();
        }
        total
    }
}

/// The same with row = scale (softmax(row) - target).
pub(in crate::kernel) struct Probabilities<'a> {
    pub(in crate::kernel) logits: &'a mut [f32],
    pub(in crate::kernel) width: usize,
    pub(in crate::kernel) targets: &'a Rows<'a, f32>,
    pub(in crate::kernel) scale: f32,
}

impl Kernel for Probabilities<'_> {
    type Output = f32;

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) -> f32 {
        if const { S::FMA } { self.all::<L, S, true>() } else { self.all::<L, S, false>() }
    }
}

impl Probabilities<'_> {
    #[inline(always)]
    fn all<const L: usize, S: Vector<L>, const FMA: bool>(self) -> f32 {
        let (scale, mut total) = (self.scale, 0.0);
        for (index, row) in self.logits.chunks_exact_mut(self.width.max(1)).enumerate() {
            let target = self.targets.row(index);
            let soft = Soft::of::<L, S, FMA>(row, target);
            total += soft.loss::<FMA>();
            let (largest, factor) = (soft.largest, scale / soft.sum);
            row.iter_mut().for_each(|z| *z = math::exp_with::<FMA>(*z - largest) * factor);
            row.iter_mut().zip(target).for_each(|(z, t)| *z -= scale * t);
        }
        total
    }
}

/// Rows of any width.
pub(super) struct WideRows<'a>(pub(super) CrossEntropyRows<'a>);

impl Kernel for WideRows<'_> {
    type Output = CrossEntropySum;

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) -> CrossEntropySum {
        if const { S::FMA } { self.all::<L, S, true>() } else { self.all::<L, S, false>() }
    }
}

impl WideRows<'_> {
    #[inline(always)]
    fn all<const L: usize, S: Vector<L>, const FMA: bool>(self) -> CrossEntropySum {
        let CrossEntropyRows { logits, width, classes, scale, mut total } = self.0;
        let (width, mut losses) = (width.max(1), [0.0; BLOCK]);
        for (rows, classes) in logits.chunks_mut((width * BLOCK).max(1)).zip(classes.chunks(BLOCK)) {
            let mut head = [0.0; BLOCK];
            let mut sums = [1.0; BLOCK];
            for ((row, &class), head) in rows.chunks_exact_mut(width).zip(classes).zip(&mut head) {
                let largest = largest::<L>(row);
                let logit = row.get(class).copied().unwrap_or(f32::NAN);
                total.correct += usize::from(is_correct(row, class, logit));
                *head = largest - logit;
                row.iter_mut().for_each(|x| *x -= largest);
            }
            rows.iter_mut().for_each(|x| *x = math::exp_with::<FMA>(*x));
            for ((row, sum), _) in rows.chunks_exact_mut(width).zip(&mut sums).zip(classes) {
                *sum = self::sum::<L, S>(row);
                let factor = scale / *sum;
                row.iter_mut().for_each(|x| *x *= factor);
            }
            for (row, &class) in rows.chunks_exact_mut(width).zip(classes) {
                if let Some(g) = row.get_mut(class) {
                    *g -= scale;
                }
            }
            // (`array::map` is not always inlined, and would then be compiled without this instruction set.)
            sums.iter_mut().for_each(|sum| *sum = math::ln_with::<FMA>(*sum));
            for (loss, ((head, log), _)) in losses.iter_mut().zip(head.iter().zip(sums).zip(classes)) {
                *loss += head + log;
            }
        }
        total.loss += losses.iter().sum::<f32>();
        total
    }
}
