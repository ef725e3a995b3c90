//! Rows copied side by side: one pointer reaches them all, where rows elsewhere take one each, more than x86-64 has.
//! Measured on 256 x 784 x 256 with AVX-512: 0.6 of the time that the rows in place take.

use super::super::element::DenseElement;
use super::super::isa::{Isa, Kernel, dispatch_to_256};
use super::super::rows::Rows;
use super::super::vector::Vector;
use super::{COPIED, Left, TALLEST};
use core::marker::PhantomData;
use core::mem::MaybeUninit;

/// Room for [`COPIED`] elements of each row of a tile, not cleared: clearing it took 5 % of a product of 64 x 64 x 64.
// A vector of 16 numbers that crosses a line of the cache is written twice.
#[repr(align(64))]
pub(crate) struct Copied {
    rows: [[MaybeUninit<f32>; COPIED]; TALLEST],
}

impl Copied {
    /// Room for rows.
    #[inline]
    pub(crate) const fn new() -> Self {
        Self { rows: [[MaybeUninit::uninit(); COPIED]; TALLEST] }
    }

    /// Elements `start..start + steps`, at most [`COPIED`], of `count` rows from `first` on, at most [`TALLEST`]; none
    /// where a row is shorter.
    #[inline]
    pub(crate) fn fill<T: DenseElement>(
        &mut self,
        isa: Isa,
        rows: &Rows<'_, T>,
        (first, count): (usize, usize),
        (start, steps): (usize, usize),
    ) -> Left<'_> {
        let (count, steps) = (count.min(TALLEST), steps.min(COPIED));
        let to = self.rows.get_mut(..count).unwrap_or(&mut []);
        let all = dispatch_to_256(isa, Fill { rows, first, start, steps, to });
        Left {
            first: self.rows.as_ptr().cast(),
            rows: count,
            row: COPIED,
            step: 1,
            times: 1,
            // As many of each row have just been written.
            steps: if all { steps } else { 0 },
            picks: None,
            places: None,
            next: &[],
            next_row: 0,
            borrowed: PhantomData,
        }
    }

    /// The elements of one row, at most [`COPIED`], as numbers.
    #[inline]
    pub(crate) fn numbers<T: DenseElement>(&mut self, isa: Isa, row: &[T]) -> &[f32] {
        let left = self.fill(isa, &Rows::new(row, row.len()), (0, 1), (0, row.len()));
        // SAFETY: so many steps of the first row have just been written, one after the other.
        unsafe { core::slice::from_raw_parts(left.first, left.steps) }
    }
}

/// The copies of some rows. Says whether all are there.
struct Fill<'a, T> {
    rows: &'a Rows<'a, T>,
    first: usize,
    start: usize,
    steps: usize,
    to: &'a mut [[MaybeUninit<f32>; COPIED]],
}

impl<T: DenseElement> Kernel for Fill<'_, T> {
    type Output = bool;

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) -> bool {
        for (index, to) in self.to.iter_mut().enumerate() {
            let Some(row) = self.rows.row(self.first + index).get(self.start..self.start + self.steps) else {
                return false;
            };
            for (to, element) in to.iter_mut().zip(row) {
                to.write(element.unscaled());
            }
        }
        true
    }
}
