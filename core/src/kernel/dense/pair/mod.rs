//! Two layers around a wide hidden one, for a batch: two inputs, points of a plane, and up to three outputs.
//!
//! The lanes of a vector are rows, not hidden units: a unit is computed for 16 rows at once and used up in registers. It is
//! never written: the backward pass computes it again, which takes less time than to read it, and no sum runs across lanes.
//!
//! | file | what it computes |
//! | --- | --- |
//! | `forward` | the outputs, with the bits of one layer after the other |
//! | `backward` | the gradients of all parameters, from sums over the rows where a unit is above 0 |
//! | `subsets` | those sums |

mod backward;
mod forward;
mod subsets;

pub(super) use backward::Backward;
pub(super) use forward::Forward;

use super::{Dense, Layout};
use crate::kernel::activation::Activation;
use crate::kernel::isa::Isa;
use crate::kernel::rows::Rows;

/// Points of a plane.
const INPUTS: usize = 2;

/// Most outputs; fewer are computed as if there were as many. (Kernels for each number of inputs and outputs up to four took
/// ten seconds to build.)
const OUTPUTS: usize = 3;

/// Whether a batch goes through these layers here. Of fewer rows than half a vector the lanes would stay empty.
pub(super) fn takes(isa: Isa, [first, last]: [&Dense<'_>; 2], inner: Activation, rows: usize) -> bool {
    isa.fuses()
        && inner == Activation::ReLU
        && rows >= isa.lanes() / 2
        && first.outputs == last.inputs
        && first.outputs >= Layout::WIDE
        && first.inputs == INPUTS
        && (1..=OUTPUTS).contains(&last.outputs)
}

/// Up to `most` rows from row `first` on, turned: number n of each row in `columns[n]`, then zeros. Says how many rows there
/// were.
#[inline(always)]
fn turn<const N: usize, const LENGTH: usize>(
    rows: &Rows<'_, f32>,
    first: usize,
    most: usize,
    columns: &mut [[f32; LENGTH]; N],
) -> usize {
    let count = rows.len().saturating_sub(first).min(most).min(LENGTH);
    let together = rows.together().filter(|_| rows.width() == N);
    match together.and_then(|data| data.get(first * N..(first + count) * N)) {
        Some(data) => {
            for (place, row) in data.as_chunks::<N>().0.iter().enumerate() {
                columns.iter_mut().zip(row).for_each(|(column, number)| column[place] = *number);
            }
        }
        None => {
            for place in 0..count {
                let row = rows.row(first + place);
                columns.iter_mut().zip(row).for_each(|(column, number)| column[place] = *number);
            }
        }
    }
    // Up to whole vectors of 16.
    columns.iter_mut().for_each(|column| column[count..count.next_multiple_of(16).min(LENGTH)].fill(0.0));
    count
}
