//! The forward product of pictures, which are blank in many places: products with 0 are left out where all rows of a tile
//! are 0, and rows that are alike go together.
//!
//! In Fashion-MNIST half of all pixels are 0. An eighth of them is 0 in eight pictures at once, and a third is in eight
//! neighbours of a batch of 256 in this order. The sums keep their bits: 0 times a finite weight adds nothing to a sum, and
//! where a weight is not finite nothing is left out.

use super::forward::{Block, Wide};
use crate::kernel::element::DenseElement;
use crate::kernel::finite::is_finite;
use crate::kernel::isa::{Isa, Kernel, dispatch_to_256, prefetch};
use crate::kernel::rows::Rows;
use crate::kernel::tile::{Copied, Picks};
use crate::kernel::vector::Vector;

/// Outputs from which on it pays to look for blanks: of Fashion-MNIST a step with 64 takes 0.92 of the time, with 256 0.78.
const OUTPUTS: usize = 64;

/// Rows from which on it pays: to see that the weights are finite takes as long as their products with two or three rows.
const ROWS: usize = 32;

/// Rows that are looked at to see whether it pays at all, few because they may be far away; of Fashion-MNIST more than a quarter
/// of their words is blank. To order and to look through all takes as long as a twentieth of the product with 256 outputs, so
/// that an eighth is enough.
const SAMPLE: usize = 8;

/// Pixels that are looked at together: a register of every 64-bit processor.
const WORD: usize = 8;

/// Most rows that are put in order together, a multiple of every tile.
const MOST: usize = if cfg!(target_os = "none") { 4 } else { 512 };

/// Rows that are asked for ahead of the one in hand: one row or ten made no difference.
const AHEAD: usize = 4;

/// Whether there is enough to leave out of products of these rows with `others`: more than an eighth of some rows is blank, and
/// 0 times any of the others is 0. To be asked once, before threads share the product: it takes as long as to read the others.
pub(crate) fn are_worth_it<T: DenseElement>(isa: Isa, rows: Rows<'_, T>, outputs: usize, others: &[f32]) -> bool {
    let Some(rows) = rows.map(T::as_bytes).filter(|rows| outputs >= OUTPUTS && rows.len() >= ROWS) else {
        return false;
    };
    let (mut words, mut blank) = (0, 0);
    for row in (0..rows.len()).step_by(rows.len().div_ceil(SAMPLE)) {
        for word in rows.row(row).as_chunks::<WORD>().0 {
            words += 1;
            blank += usize::from(*word == [0; WORD]);
        }
    }
    8 * blank > words && is_finite(isa, others)
}

impl<T: DenseElement> Wide<'_, T> {
    /// The first rows, as far as they fill tiles; says how many. None that are no bytes.
    // Apart: other layers should not walk through the place of the copies on the stack.
    #[inline(never)]
    pub(super) fn pictures(&mut self, isa: Isa, block: &mut Block<'_>, parts: usize) -> usize {
        let Some(pictures) = self.rows.map(T::as_bytes) else { return 0 };
        let (height, inputs) = (block.tiles.picking, self.dense.inputs);
        let count = pictures.len() / height * height;
        let (mut copy, mut picks) = (Copied::new(), Picks::new());
        let (mut places, mut numbers) = ([0; MOST], [0; MOST]);
        for first in (0..count).step_by(MOST) {
            let places = places.get_mut(..MOST.min(count - first)).unwrap_or(&mut []);
            order(isa, &pictures, first, places);
            let rows = pictures.at(places, &mut numbers);
            for part in 1..=parts {
                block.steps = inputs * part / parts - block.start;
                for (tile, places) in places.chunks_exact(height).enumerate() {
                    let (tile, steps) = ((tile * height, height), (block.start, block.steps));
                    picks.pick_of(isa, &rows, tile, steps);
                    block.all(copy.fill(isa, &rows, tile, steps).picked(&picks).placed(places), self.output);
                }
                block.start += block.steps;
            }
            block.start = 0;
        }
        count
    }
}

/// The rows from `first` on, as many as there are places, by where their numbers begin and then by how many there are.
fn order(isa: Isa, rows: &Rows<'_, u8>, first: usize, places: &mut [u32]) {
    let mut keys = [0_u64; MOST];
    let keys = keys.get_mut(..places.len()).unwrap_or(&mut []);
    dispatch_to_256(isa, Keys { rows, first, keys });
    keys.sort_unstable();
    // (The lower half of a key is the row.)
    places.iter_mut().zip(keys).for_each(|(place, key)| *place = *key as u32);
}

struct Keys<'a> {
    rows: &'a Rows<'a, u8>,
    first: usize,
    keys: &'a mut [u64],
}

impl Kernel for Keys<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        for (row, key) in (self.first..).zip(self.keys) {
            prefetch(self.rows.row(row + AHEAD));
            let (mut blank, mut marked) = (0_u16, 0_u16);
            for word in self.rows.row(row).as_chunks::<WORD>().0 {
                marked = marked.saturating_add(u16::from(*word != [0; WORD]));
                blank = blank.saturating_add(u16::from(marked == 0));
            }
            // Coarser, so that the second part has something to tell apart.
            *key = u64::from(blank / 2) << 48 | u64::from(marked) << 32 | row as u64;
        }
    }
}
