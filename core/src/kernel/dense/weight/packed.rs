//! Inputs of some rows, copied for a tile: one row after the other, in the order that the tile reads them.

use crate::kernel::element::DenseElement;
use crate::kernel::isa::Kernel;
use crate::kernel::rows::Rows;
use crate::kernel::tile::TALLEST;
use crate::kernel::vector::Vector;
use core::mem::MaybeUninit;

/// Rows whose inputs are packed at a time: 12 inputs of 512 rows take half of a 48 KiB first-level cache, and a batch
/// of up to 512 is packed once for all columns.
pub(super) const BLOCK: usize = 512;

/// Tall tiles that are packed at a time: 48 inputs are three lines of the cache, of which 12 alone would read parts.
pub(super) const GROUP: usize = if TALLEST > 1 { 4 } else { 1 };

/// Room for the last vector that is packed, of up to 16 numbers.
const SPARE: usize = 16;

/// Most numbers of a panel, the inputs of a tile.
const PANEL: usize = BLOCK * TALLEST + SPARE;

/// Room for the panels, not cleared: to clear it takes longer than a small layer does.
// Nothing else is in here: with a number beside it the compiler has one constant for all, and writes it out.
// A vector of 16 numbers that crosses a line of the cache is written twice.
#[repr(align(64))]
pub(super) struct Room([[MaybeUninit<f32>; PANEL]; GROUP]);

impl Room {
    pub(super) const fn new() -> Self {
        Self([[MaybeUninit::uninit(); PANEL]; GROUP])
    }
}

/// The inputs of some tiles.
pub(super) struct Packed<'r> {
    panels: &'r mut Room,
    /// How many numbers are in each panel.
    filled: [usize; GROUP],
}

impl<'r> Packed<'r> {
    pub(super) const fn new(panels: &'r mut Room) -> Self {
        Self { panels, filled: [0; GROUP] }
    }

    /// What is in a panel.
    #[allow(unsafe_code, reason = "what has not been filled is not read")]
    pub(super) fn numbers(&self, panel: usize) -> &[f32] {
        let (Some(numbers), Some(filled)) = (self.panels.0.get(panel), self.filled.get(panel)) else { return &[] };
        // SAFETY: `Pack::end` alone counts them, after each of so many has been written; what was written stays.
        unsafe { core::slice::from_raw_parts(numbers.as_ptr().cast(), *filled) }
    }
}

/// Writes `count` numbers from `place` on; zeros where the row has no more.
#[inline(always)]
fn put<T: DenseElement>(panel: &mut [MaybeUninit<f32>; PANEL], place: usize, count: usize, row: &[T]) {
    let places = panel.get_mut(place..place + count).unwrap_or(&mut []);
    let numbers = row.iter().map(|number| number.unscaled()).chain(core::iter::repeat(0.0));
    places.iter_mut().zip(numbers).for_each(|(place, number)| _ = place.write(number));
}

/// `height` inputs of some rows for each of the first panels, from `input` on, copied one row after the other.
pub(super) struct Pack<'a, 'r, T> {
    pub(super) rows: &'a Rows<'a, T>,
    pub(super) input: usize,
    pub(super) height: usize,
    pub(super) start: usize,
    /// At most [`BLOCK`].
    pub(super) count: usize,
    pub(super) packed: &'a mut Packed<'r>,
    /// How many panels.
    pub(super) panels: usize,
}

impl<T: DenseElement> Kernel for Pack<'_, '_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        if self.height == R && const { R >= L / 2 && R <= TALLEST && R.div_ceil(L) * L <= R + SPARE } {
            return self.tall::<L, S, R>();
        }
        match self.height {
            4 => self.low::<4>(),
            2 => self.low::<2>(),
            1 => self.low::<1>(),
            _ => {}
        }
    }
}

impl<T: DenseElement> Pack<'_, '_, T> {
    /// Of tiles that are lower than the largest.
    #[inline(always)]
    fn low<const H: usize>(self) {
        for (place, panel) in self.packed.panels.0.iter_mut().enumerate().take(self.panels) {
            let first = self.input + place * H;
            for (index, places) in panel.as_chunks_mut::<H>().0.iter_mut().enumerate().take(self.count.min(BLOCK)) {
                // (A length that is known: otherwise each row is a loop, or a call.)
                let row = self.rows.row(self.start + index);
                if let Some(numbers) = row.get(first..).and_then(|row| row.first_chunk::<H>()) {
                    for (place, number) in places.iter_mut().zip(numbers) {
                        place.write(number.unscaled());
                    }
                } else {
                    *places = [MaybeUninit::new(0.0); H];
                }
            }
        }
        self.end();
    }

    /// Whole vectors: what they write beyond the `R` inputs is written again by the rows that follow.
    #[inline(always)]
    #[allow(unsafe_code, reason = "to compare lengths at every row takes as long as to copy it")]
    fn tall<const L: usize, S: Vector<L>, const R: usize>(self) {
        let vectors = R.div_ceil(L);
        let width = self.panels.min(GROUP).saturating_sub(1) * R + vectors * L;
        for index in 0..self.count.min(BLOCK) {
            let row = self.rows.row(self.start + index);
            if row.len() >= self.input + width {
                for (place, panel) in self.packed.panels.0.iter_mut().enumerate().take(self.panels) {
                    for v in 0..vectors {
                        // SAFETY: the row has as many elements.
                        let from = unsafe { &*row.as_ptr().add(self.input + place * R + v * L).cast() };
                        let mut vector = [0.0; L];
                        T::load::<L, S>(from).store(&mut vector);
                        // SAFETY: `index` is below `BLOCK`, `run` has seen that R is at most `TALLEST` and that the vectors end
                        // at most `SPARE` numbers behind it.
                        unsafe { panel.as_mut_ptr().add(index * R + v * L).cast::<[f32; L]>().write(vector) };
                    }
                }
            } else {
                for (place, panel) in self.packed.panels.0.iter_mut().enumerate().take(self.panels) {
                    put(panel, index * R, R, row.get(self.input + place * R..).unwrap_or(&[]));
                }
            }
        }
        self.end();
    }

    /// Each way has written `height` numbers of each row.
    #[inline(always)]
    fn end(self) {
        let filled = self.count.min(BLOCK) * self.height.min(TALLEST);
        self.packed.filled.iter_mut().take(self.panels).for_each(|panel| *panel = filled);
    }
}
