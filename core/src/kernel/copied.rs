//! Rows copied side by side: one pointer reaches them all, where rows elsewhere take one each, more than x86-64 has.
//! Measured on 256 x 784 x 256 with AVX-512: 138 GFLOP/s from the rows in place, 230 from a copy.

use super::element::DenseElement;
use super::tile::Column;
use core::mem::MaybeUninit;

/// Room for `N` elements of each of `R` rows, not cleared: clearing it took 5 % of a product of 64 x 64 x 64.
pub(crate) struct Copied<const R: usize, const N: usize> {
    rows: [[MaybeUninit<f32>; N]; R],
}

/// The first `steps` elements of each row, all of them written.
#[derive(Clone, Copy)]
pub(crate) struct Filled<'a, const R: usize, const N: usize> {
    rows: &'a [[MaybeUninit<f32>; N]; R],
    steps: usize,
}

impl<const R: usize, const N: usize> Copied<R, N> {
    /// Room for rows.
    #[inline(always)]
    pub(crate) const fn new() -> Self {
        Self { rows: [[MaybeUninit::uninit(); N]; R] }
    }

    /// Elements `start..start + steps` of each row, at most `N`; none where a row is shorter.
    #[inline(always)]
    pub(crate) fn fill<T: DenseElement>(&mut self, rows: [&[T]; R], start: usize, steps: usize) -> Filled<'_, R, N> {
        let mut steps = steps.min(N);
        for (copy, row) in self.rows.iter_mut().zip(rows) {
            match row.get(start..start + steps) {
                Some(row) => copy.iter_mut().zip(row).for_each(|(value, element)| _ = value.write(element.unscaled())),
                None => steps = 0,
            }
        }
        Filled { rows: &self.rows, steps }
    }
}

impl<'a, const R: usize, const N: usize> Filled<'a, R, N> {
    /// Step k is element k of each row.
    #[inline(always)]
    pub(crate) fn steps(self) -> impl Iterator<Item = Step<'a, R, N>> {
        (0..self.steps.min(N)).map(move |k| Step { rows: self.rows, k })
    }
}

/// Element `k` of each row, one of those written.
pub(crate) struct Step<'a, const R: usize, const N: usize> {
    rows: &'a [[MaybeUninit<f32>; N]; R],
    k: usize,
}

impl<const R: usize, const N: usize> Column<R> for Step<'_, R, N> {
    #[inline(always)]
    fn row(&self, r: usize) -> f32 {
        // SAFETY: a step is made by `Filled::steps` alone, for one of the elements that `fill` has written in every row.
        unsafe { self.rows[r][self.k].assume_init() }
    }
}
