//! Cross-entropy of rows of up to 16 logits, whose columns are the vectors: single rows would leave registers half empty.

use super::{BLOCK, CrossEntropySum};
use crate::kernel::isa::Kernel;
use crate::kernel::math;
use crate::kernel::rows::Rows;
use crate::kernel::vector::Vector;
use core::mem;

/// Rows of logits, with a class for each, and what has been added up before them.
pub(super) struct CrossEntropyRows<'a> {
    pub(super) logits: &'a mut [f32],
    pub(super) width: usize,
    pub(super) classes: &'a [usize],
    pub(super) scale: f32,
    pub(super) total: CrossEntropySum,
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
pub(super) struct PairsOfBlocks<'r, 'a>(pub(super) &'r mut CrossEntropyRows<'a>);

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
pub(super) const NARROW: usize = 16;

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

/// Rows of up to [`NARROW`] logits against probabilities: row = scale (softmax(row) - target), and the losses are added up.
pub(super) struct NarrowProbabilities<'a> {
    pub(super) logits: &'a mut [f32],
    pub(super) width: usize,
    pub(super) targets: &'a Rows<'a, f32>,
    pub(super) scale: f32,
}

impl Kernel for NarrowProbabilities<'_> {
    type Output = f32;

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) -> f32 {
        if const { S::FMA } { self.all::<L, S, true>() } else { self.all::<L, S, false>() }
    }
}

impl NarrowProbabilities<'_> {
    #[inline(always)]
    fn all<const L: usize, S: Vector<L>, const FMA: bool>(self) -> f32 {
        let Self { logits, width, targets, scale } = self;
        let mut losses: Lanes<f32, BLOCK> = [0.0; BLOCK];
        let (mut columns, mut target_columns) = ([[0.0; BLOCK]; NARROW], [[0.0; BLOCK]; NARROW]);
        // Rows by reference lie anywhere, and those of the last block may end before four numbers are read at once.
        let [mut together, mut last]: [Together<BLOCK>; 2] = [[[0.0; BLOCK]; NARROW + 1]; 2];
        let rows = logits.chunks_mut((width * BLOCK).max(1));
        for (block, rows) in rows.enumerate() {
            // A row that is not whole is none.
            let taken = rows.len() / width.max(1);
            let rows = &mut rows[..taken * width];
            let places = together.as_flattened_mut().chunks_exact_mut(width.max(1));
            for (index, place) in places.enumerate().take(taken) {
                place.iter_mut().zip(targets.row(block * BLOCK + index)).for_each(|(place, t)| *place = *t);
            }
            last.as_flattened_mut().iter_mut().zip(&*rows).for_each(|(place, z)| *place = *z);
            turn::<L, S, BLOCK>(together.as_flattened(), width, taken, &mut target_columns);
            turn::<L, S, BLOCK>(last.as_flattened(), width, taken, &mut columns);
            let found = against::<FMA, BLOCK>(&mut columns[..width], &target_columns, scale);
            turn_back::<L, S, BLOCK>(&columns, width, taken, last.as_flattened_mut());
            rows.iter_mut().zip(last.as_flattened()).for_each(|(z, place)| *z = *place);
            for (place, (loss, found)) in losses.iter_mut().zip(found).enumerate() {
                *loss += if place < taken { found } else { 0.0 };
            }
        }
        losses.iter().sum()
    }
}

/// Losses of rows whose logits and probabilities are in columns; then column = scale (softmax - target).
#[inline(always)]
fn against<const FMA: bool, const B: usize>(
    columns: &mut [Lanes<f32, B>],
    targets: &[Lanes<f32, B>; NARROW],
    scale: f32,
) -> Lanes<f32, B> {
    let mut largest: Lanes<f32, B> = [f32::NEG_INFINITY; B];
    for column in columns.iter() {
        largest.iter_mut().zip(column).for_each(|(most, x)| *most = if *x > *most { *x } else { *most });
    }
    let [mut sums, mut masses, mut beyond]: [Lanes<f32, B>; 3] = [[0.0; B]; 3];
    for (column, target) in columns.iter_mut().zip(targets) {
        for (((x, t), largest), ((sum, mass), beyond)) in
            column.iter_mut().zip(target).zip(&largest).zip(sums.iter_mut().zip(&mut masses).zip(&mut beyond))
        {
            let z = *x - largest;
            // A class of probability 0 adds nothing, whatever its logit.
            *beyond += if *t == 0.0 { 0.0 } else { t * z };
            *mass += t;
            *x = math::exp_with::<FMA>(z);
            *sum += *x;
        }
    }
    let mut factors: Lanes<f32, B> = [0.0; B];
    factors.iter_mut().zip(&sums).for_each(|(factor, sum)| *factor = scale / sum);
    for (column, target) in columns.iter_mut().zip(targets) {
        column.iter_mut().zip(target).zip(&factors).for_each(|((x, t), factor)| *x = *x * factor - scale * t);
    }
    sums.iter_mut().zip(&masses).zip(&beyond).for_each(|((sum, mass), beyond)| {
        *sum = mass * math::ln_with::<FMA>(*sum) - beyond;
    });
    sums
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
