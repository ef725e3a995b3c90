//! Softmax and cross-entropy of rows, stable for logits of any size.
//!
//! A NaN among the logits makes the row's result NaN. So do two infinities of one sign, as in PyTorch.

use super::SMALL;
use super::isa::{Kernel, active, dispatch_on, dispatch_to_256};
use super::math;
use super::vector::Vector;
use core::mem;

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
    if !(1..=NARROW).contains(&width) {
        return dispatch_on(isa, WideRows(rows));
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

/// Rows of up to [`NARROW`] logits, and what has been added up before them.
struct CrossEntropyRows<'a> {
    logits: &'a mut [f32],
    width: usize,
    classes: &'a [usize],
    scale: f32,
    total: CrossEntropySum,
}

impl Kernel for CrossEntropyRows<'_> {
    type Output = CrossEntropySum;

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(mut self) -> CrossEntropySum {
        self.blocks::<L, S, BLOCK>(1);
        self.total
    }
}

/// The first of these rows, two vectors of 16 lanes side by side: four fifths of the time of one after the other, since each
/// waits for its own exp. Of narrower vectors one block is two or more.
struct PairsOfBlocks<'r, 'a>(&'r mut CrossEntropyRows<'a>);

impl Kernel for PairsOfBlocks<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        if const { L == BLOCK } {
            self.0.blocks::<L, S, { 2 * BLOCK }>(2 * BLOCK);
        }
    }
}

/// Most logits of a row whose columns become vectors.
const NARROW: usize = 16;

/// A number of each row of a block.
type Lanes<T, const B: usize> = [T; B];

/// Numbers beyond the last row of a block that are read and written with it, four at a time.
const SPARE: usize = 3;

/// A block of rows, one after the other, and more than what is reached from the last one on.
type Together<const B: usize> = [Lanes<f32, B>; NARROW + 1];

impl CrossEntropyRows<'_> {
    /// Blocks of `B` rows, while at least `least` are left. Narrow rows are no vectors: here the lanes are rows.
    #[inline(always)]
    fn blocks<const L: usize, S: Vector<L>, const B: usize>(&mut self, least: usize) {
        if const { S::FMA } { self.some::<L, S, true, B>(least) } else { self.some::<L, S, false, B>(least) }
    }

    #[inline(always)]
    fn some<const L: usize, S: Vector<L>, const FMA: bool, const B: usize>(&mut self, least: usize) {
        let mut last: Together<B> = [[0.0; B]; NARROW + 1];
        let mut columns: [Lanes<f32, B>; NARROW] = [[0.0; B]; NARROW];
        // A sum for each lane: one for all would wait for itself at every row.
        let (mut losses, mut correct): (Lanes<f32, B>, Lanes<u32, B>) = ([0.0; B], [0; B]);
        while self.classes.len() >= least && self.logits.len() >= self.width {
            let taken = self.classes.len().min(self.logits.len() / self.width).min(B);
            let (classes, others) = self.classes.split_at(taken);
            self.classes = others;
            let mut ids: Lanes<u32, B> = [0; B];
            ids.iter_mut().zip(classes).for_each(|(id, class)| *id = (*class).min(WIDEST) as u32);
            let logits = mem::take(&mut self.logits);
            let count = taken * self.width;
            // Four numbers at a time reach beyond the last row: into the next one, where they leave what they found, or in a copy.
            let is_last = taken < B || logits.len() < count + SPARE;
            if is_last {
                last.as_flattened_mut()[..count].copy_from_slice(&logits[..count]);
            }
            let rows = if is_last { last.as_flattened_mut() } else { &mut *logits };
            turn::<L, S, B>(rows, self.width, taken, &mut columns);
            let measured = measure::<L, S, FMA, B>(&mut columns[..self.width], &ids, self.scale);
            turn_back::<L, S, B>(&columns, self.width, taken, rows);
            if is_last {
                logits[..count].copy_from_slice(&last.as_flattened()[..count]);
            }
            self.logits = &mut logits[count..];
            for (place, (loss, wrong)) in measured.losses.iter().zip(measured.wrong).enumerate() {
                losses[place] += if place < taken { *loss } else { 0.0 };
                correct[place] += u32::from(place < taken) & !wrong;
            }
        }
        self.total.loss += losses.iter().sum::<f32>();
        self.total.correct += correct.iter().sum::<u32>() as usize;
    }
}

/// Rows of any width.
struct WideRows<'a>(CrossEntropyRows<'a>);

impl Kernel for WideRows<'_> {
    type Output = CrossEntropySum;

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) -> CrossEntropySum {
        if const { S::FMA } { self.all::<true>() } else { self.all::<false>() }
    }
}

impl WideRows<'_> {
    #[inline(always)]
    fn all<const FMA: bool>(self) -> CrossEntropySum {
        let CrossEntropyRows { logits, width, classes, scale, mut total } = self.0;
        let (width, mut losses) = (width.max(1), [0.0; BLOCK]);
        for (rows, classes) in logits.chunks_mut((width * BLOCK).max(1)).zip(classes.chunks(BLOCK)) {
            let mut head = [0.0; BLOCK];
            let mut sums = [1.0; BLOCK];
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

/// The columns of a block, those of the last four beyond the width with what is there.
#[inline(always)]
fn turn<const L: usize, S: Vector<L>, const B: usize>(
    rows: &[f32],
    width: usize,
    count: usize,
    columns: &mut [Lanes<f32, B>; NARROW],
) {
    for place in (0..count.min(B)).step_by(L) {
        for (four, columns) in (0..width).step_by(4).zip(columns.as_chunks_mut::<4>().0) {
            let turned = S::four_columns(rows.get(place * width + four..).unwrap_or(&[]), width);
            for (column, numbers) in columns.iter_mut().zip(turned) {
                if let Some(column) = column.as_chunks_mut().0.get_mut(place / L) {
                    numbers.store(column);
                }
            }
        }
    }
}

/// The rows of a block.
#[inline(always)]
fn turn_back<const L: usize, S: Vector<L>, const B: usize>(
    columns: &[Lanes<f32, B>; NARROW],
    width: usize,
    count: usize,
    rows: &mut [f32],
) {
    for place in (0..count.min(B)).step_by(L) {
        // From the right: four numbers that end beyond their row are written before those that begin the next.
        for (four, columns) in (0..width).step_by(4).zip(columns.as_chunks::<4>().0).rev() {
            let mut numbers = [S::splat(0.0); 4];
            for (numbers, column) in numbers.iter_mut().zip(columns) {
                if let Some(column) = column.as_chunks().0.get(place / L) {
                    *numbers = S::load(column);
                }
            }
            S::write_four_columns(numbers, rows.get_mut(place * width + four..).unwrap_or(&mut []), width);
        }
    }
}

/// Past every class of a narrow row.
const WIDEST: usize = NARROW + 1;

/// What [`measure`] finds of each row.
struct RowsMeasured<const B: usize> {
    losses: Lanes<f32, B>,
    /// 0 where the largest logit, the first of equals, is that of the class.
    wrong: Lanes<u32, B>,
}

/// Losses of rows whose logits are in columns; then column = scale (softmax - onehot). The bits of a row apart.
#[inline(always)]
fn measure<const L: usize, S: Vector<L>, const FMA: bool, const B: usize>(
    columns: &mut [Lanes<f32, B>],
    classes: &Lanes<u32, B>,
    scale: f32,
) -> RowsMeasured<B> {
    let mut largest: Lanes<f32, B> = columns.first().copied().unwrap_or([0.0; B]);
    let mut logits: Lanes<f32, B> = [f32::NAN; B];
    for (index, column) in columns.iter().enumerate() {
        for ((largest, logit), (&x, &class)) in largest.iter_mut().zip(&mut logits).zip(column.iter().zip(classes)) {
            *largest = if x > *largest || largest.is_nan() { x } else { *largest };
            *logit = if class == index as u32 { x } else { *logit };
        }
    }
    let mut wrong: Lanes<u32, B> = [0; B];
    let (mut losses, mut sums): (Lanes<f32, B>, Lanes<f32, B>) = ([0.0; B], [0.0; B]);
    for ((wrong, loss), (&class, (logit, &largest))) in
        wrong.iter_mut().zip(&mut losses).zip(classes.iter().zip(logits.iter_mut().zip(&largest)))
    {
        *loss = largest - *logit;
        *logit = if logit.is_nan() { f32::NEG_INFINITY } else { *logit };
        let is_missing = class as usize >= columns.len() || (class > 0 && *logit == f32::NEG_INFINITY);
        *wrong = u32::from(is_missing);
    }
    for (index, column) in columns.iter_mut().enumerate() {
        for ((x, sum), ((wrong, &class), (&logit, &largest))) in
            column.iter_mut().zip(&mut sums).zip(wrong.iter_mut().zip(classes).zip(logits.iter().zip(&largest)))
        {
            *wrong |= u32::from(*x > logit) | (u32::from((index as u32) < class) & u32::from(*x == logit));
            *x = math::exp_with::<FMA>(*x - largest);
            *sum += *x;
        }
    }
    let mut factors: Lanes<f32, B> = [0.0; B];
    for ((factor, loss), sum) in factors.iter_mut().zip(&mut losses).zip(&sums) {
        *factor = scale / sum;
        *loss += math::ln_with::<FMA>(*sum);
    }
    // With registers spelled out: the compiler would go across the columns, with scatters.
    let mut ids: Lanes<f32, B> = [0.0; B];
    ids.iter_mut().zip(classes).for_each(|(id, class)| *id = *class as f32);
    for (index, column) in columns.iter_mut().enumerate() {
        let sides = factors.as_chunks::<L>().0.iter().zip(ids.as_chunks::<L>().0);
        for (x, (factor, ids)) in column.as_chunks_mut::<L>().0.iter_mut().zip(sides) {
            // Above 0 where the class is this one.
            let distance = S::load(ids).add(S::splat(-(index as f32)));
            let is_class = distance.mul(S::splat(-1.0)).mul_add(distance, S::splat(0.5));
            S::load(x).mul(S::load(factor)).add(S::splat(-scale).masked(is_class)).store(x);
        }
    }
    RowsMeasured { losses, wrong }
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
