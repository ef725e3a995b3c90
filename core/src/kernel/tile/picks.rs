//! The steps of a tile that are worth taking: those at which some row has a number that is not 0. Pictures have blank edges
//! and corners. In Fashion-MNIST half of all pixels are 0; an eighth is in eight pictures at once, a third in eight that are
//! alike, and more than a quarter of the pictures is in eight neighbouring pixels.

use super::super::isa::{Isa, Kernel, dispatch_to_256};
use super::super::rows::Rows;
use super::super::vector::Vector;
use super::COPIED;

/// Some of up to [`COPIED`] steps, in their order.
pub(crate) struct Picks {
    list: [u16; COPIED],
    picked: usize,
    /// How many were looked at: every step in the list is below.
    steps: usize,
}

impl Picks {
    /// None of no steps.
    #[inline]
    pub(crate) const fn new() -> Self {
        const { assert!(COPIED <= u16::MAX as usize) };
        Self { list: [0; COPIED], picked: 0, steps: 0 }
    }

    /// The steps whose mark is not 0; none of no steps where there are more than a list holds.
    // Without a branch: no processor foresees which parts of a picture are blank.
    #[inline(always)]
    pub(crate) fn pick(&mut self, marks: &[u8]) {
        let steps = if marks.len() <= COPIED { marks.len() } else { 0 };
        let mut picked = 0;
        for (step, mark) in marks.iter().enumerate().take(steps) {
            if let Some(place) = self.list.get_mut(picked) {
                *place = step as u16;
            }
            picked += usize::from(*mark != 0);
        }
        (self.picked, self.steps) = (picked, steps);
    }

    /// Those of elements `start..start + steps` at which not all of `count` rows from `first` on are 0.
    pub(crate) fn pick_of(
        &mut self,
        isa: Isa,
        rows: &Rows<'_, u8>,
        (first, count): (usize, usize),
        (start, steps): (usize, usize),
    ) {
        dispatch_to_256(isa, Find { rows, first, count, start, steps, picks: self });
    }

    /// Those of `steps` steps, unless others were looked at.
    #[inline]
    pub(super) fn of(&self, steps: usize) -> Option<&[u16]> {
        if self.steps == steps { self.list.get(..self.picked) } else { None }
    }
}

struct Find<'a> {
    rows: &'a Rows<'a, u8>,
    first: usize,
    count: usize,
    start: usize,
    steps: usize,
    picks: &'a mut Picks,
}

impl Kernel for Find<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        let mut marks = [0; COPIED];
        let marks = marks.get_mut(..self.steps).unwrap_or(&mut []);
        for row in self.first..self.first + self.count {
            let row = self.rows.row(row).get(self.start..).unwrap_or(&[]);
            marks.iter_mut().zip(row).for_each(|(mark, number)| *mark |= number);
        }
        self.picks.pick(marks);
    }
}
