//! Of wide layers that read pictures: products with 0 are left out where eight neighbouring inputs of a row are all 0.

use super::packed::{BLOCK, GROUP};
use super::wide::{Part, Side, Wide};
use crate::kernel::element::DenseElement;
use crate::kernel::isa::{Isa, Kernel, dispatch_on};
use crate::kernel::rows::Rows;
use crate::kernel::tile::{Left, PACKED, Picks, TALLEST, picking};
use crate::kernel::vector::Vector;
use core::mem::MaybeUninit;

/// Most inputs of a panel.
const WIDEST: usize = if TALLEST > 1 { 16 } else { 1 };

/// Most tiles that read a panel: 16 lanes are two tiles of eight inputs.
const TILES: usize = 2;

/// Most numbers of a panel.
const PANEL: usize = BLOCK * WIDEST;

/// Room for the panels, not cleared; apart from all else, as in [`packed`](super::packed).
#[repr(align(64))]
struct Room([[MaybeUninit<f32>; PANEL]; GROUP]);

/// Whole vectors of inputs of up to [`BLOCK`] rows, one row after the other.
struct Panels<'r> {
    room: &'r mut Room,
    /// How many numbers are in each.
    filled: [usize; GROUP],
    /// The rows where the inputs of a tile are not all 0, for each tile.
    picks: [[Picks; TILES]; GROUP],
}

impl<'r> Panels<'r> {
    const fn new(room: &'r mut Room) -> Self {
        Self { room, filled: [0; GROUP], picks: [const { [const { Picks::new() }; TILES] }; GROUP] }
    }

    /// What is in a panel.
    #[allow(unsafe_code, reason = "what has not been filled is not read")]
    fn numbers(&self, panel: usize) -> &[f32] {
        let (Some(numbers), Some(filled)) = (self.room.0.get(panel), self.filled.get(panel)) else { return &[] };
        // SAFETY: `Fill::panels` alone counts them, after each of so many has been written; what was written stays.
        unsafe { core::slice::from_raw_parts(numbers.as_ptr().cast(), *filled) }
    }
}

impl<T: DenseElement> Wide<'_, T> {
    /// The weights of the first inputs, as far as they fill panels; says of how many. None
    /// of rows that are no bytes.
    // Apart: no other layer should walk through the place of the panels on the stack.
    #[inline(never)]
    pub(super) fn pictures(&mut self, isa: Isa, part: Part) -> usize {
        let Some(rows) = self.rows.map(T::as_bytes) else { return 0 };
        let (tiles, mut input) = (isa.tiles(), 0);
        let (height, width) = (tiles.picking, tiles.picking.max(tiles.lanes));
        let mut room = Room([[MaybeUninit::uninit(); PANEL]; GROUP]);
        let mut panels = Panels::new(&mut room);
        while input + width <= self.into.inputs {
            let times = GROUP.min((self.into.inputs - input) / width);
            let (first, count) = (self.first + input, part.steps);
            dispatch_on(isa, Fill { rows: &rows, input: first, start: part.start, count, panels: &mut panels, times });
            for (panel, picks) in panels.picks.iter().enumerate().take(times) {
                for (tile, picks) in picks.iter().enumerate().take(width / height) {
                    let numbers = panels.numbers(panel).get(tile * height..).unwrap_or(&[]);
                    let left = Left::new(numbers, (height, PACKED), (count, width)).picked(picks);
                    self.tiles(isa, &mut Side::Ready(left), part, (input, height));
                    input += height;
                }
            }
        }
        input
    }
}

/// Inputs of some rows for each of the first panels, from `input` on.
struct Fill<'a, 'r> {
    rows: &'a Rows<'a, u8>,
    input: usize,
    start: usize,
    /// At most [`BLOCK`].
    count: usize,
    panels: &'a mut Panels<'r>,
    /// How many panels.
    times: usize,
}

impl Kernel for Fill<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        // Constants: what is not asked for is not compiled.
        if const { L == 16 && picking(L, R) == 8 } {
            self.panels::<L, S, 16, 8>();
        } else if const { L == 8 && picking(L, R) == 4 } {
            self.panels::<L, S, 8, 4>();
        } else if const { L == 4 && picking(L, R) == 8 } {
            self.panels::<L, S, 8, 8>();
        } else if const { L == 4 && picking(L, R) == 4 } {
            self.panels::<L, S, 4, 4>();
        }
    }
}

impl Fill<'_, '_> {
    /// Panels of `W` inputs for tiles of `P`.
    #[inline(always)]
    #[allow(unsafe_code, reason = "to compare lengths at every row takes as long as to copy it")]
    fn panels<const L: usize, S: Vector<L>, const W: usize, const P: usize>(self) {
        if const { W > WIDEST || !W.is_multiple_of(L) || W / P > TILES } {
            return;
        }
        let (count, times) = (self.count.min(BLOCK), self.times.min(GROUP));
        let inputs = self.input..self.input + times * W;
        let mut marks = [[[0; BLOCK]; TILES]; GROUP];
        self.panels.filled = [0; GROUP];
        for index in 0..count {
            let Some(row) = self.rows.row(self.start + index).get(inputs.clone()) else { return };
            for ((inputs, panel), marks) in row.as_chunks::<W>().0.iter().zip(&mut self.panels.room.0).zip(&mut marks) {
                for (v, inputs) in inputs.as_chunks::<L>().0.iter().enumerate() {
                    let mut vector = [0.0; L];
                    S::load_bytes(inputs).store(&mut vector);
                    // SAFETY: `index` is below `BLOCK`, and the vectors fill W numbers, at most `WIDEST`.
                    unsafe { panel.as_mut_ptr().add(index * W + v * L).cast::<[f32; L]>().write(vector) };
                }
                for (inputs, marks) in inputs.as_chunks::<P>().0.iter().zip(marks) {
                    marks[index] = u8::from(*inputs != [0; P]);
                }
            }
        }
        for ((filled, picks), marks) in
            self.panels.filled.iter_mut().zip(&mut self.panels.picks).zip(&marks).take(times)
        {
            *filled = count * W;
            for (picks, marks) in picks.iter_mut().zip(marks).take(W / P) {
                picks.pick(marks.get(..count).unwrap_or(&[]));
            }
        }
    }
}
