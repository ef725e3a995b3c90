//! Two layers with few inputs and few outputs around a wide hidden one, for a batch: points of a plane, three classes.
//!
//! The lanes of a vector are rows, not hidden units: a unit is computed for 16 rows at once and used up in registers. It is
//! never written: the backward pass computes it again, which takes less time than to read it, and no sum runs across lanes.
//!
//! | file | what it computes |
//! | --- | --- |
//! | `forward` | the outputs, with the bits of one layer after the other |
//! | `backward` | the gradients of all parameters, from sums over the rows where a unit is above 0 |

mod backward;
mod forward;

pub(super) use backward::Backward;
pub(super) use forward::Forward;

use super::slim::is_short;
use super::{Dense, Layout};
use crate::kernel::activation::Activation;
use crate::kernel::isa::Isa;
use crate::kernel::rows::Rows;

/// Most sums of a unit, (inputs + 1) outputs.
const SUMS: usize = 16;

/// Whether a batch goes through these layers here. Of fewer rows than half a vector the lanes would stay empty.
pub(super) fn takes(isa: Isa, [first, last]: [&Dense<'_>; 2], inner: Activation, rows: usize) -> bool {
    isa.fuses()
        && inner == Activation::ReLU
        && rows >= isa.lanes() / 2
        && first.outputs == last.inputs
        && first.outputs >= Layout::WIDE
        && is_short(first.inputs)
        && is_short(last.outputs)
        && (first.inputs + 1) * last.outputs <= SUMS
}

/// Calls a method for the inputs and outputs that [`takes`] lets through.
macro_rules! of_sides {
    ($inputs:expr, $outputs:expr, $self:ident.$method:ident::<$lanes:ident, $vector:ident>()) => {
        match ($inputs, $outputs) {
            (1, 1) => $self.$method::<$lanes, $vector, 1, 1>(),
            (1, 2) => $self.$method::<$lanes, $vector, 1, 2>(),
            (1, 3) => $self.$method::<$lanes, $vector, 1, 3>(),
            (1, 4) => $self.$method::<$lanes, $vector, 1, 4>(),
            (2, 1) => $self.$method::<$lanes, $vector, 2, 1>(),
            (2, 2) => $self.$method::<$lanes, $vector, 2, 2>(),
            (2, 3) => $self.$method::<$lanes, $vector, 2, 3>(),
            (2, 4) => $self.$method::<$lanes, $vector, 2, 4>(),
            (3, 1) => $self.$method::<$lanes, $vector, 3, 1>(),
            (3, 2) => $self.$method::<$lanes, $vector, 3, 2>(),
            (3, 3) => $self.$method::<$lanes, $vector, 3, 3>(),
            (3, 4) => $self.$method::<$lanes, $vector, 3, 4>(),
            (4, 1) => $self.$method::<$lanes, $vector, 4, 1>(),
            (4, 2) => $self.$method::<$lanes, $vector, 4, 2>(),
            (4, 3) => $self.$method::<$lanes, $vector, 4, 3>(),
            _ => {}
        }
    };
}
use of_sides;

/// Up to `most` rows of `N` numbers from row `first` on, turned: number n of each row in `columns[n]`, then zeros. Says how
/// many rows there were.
#[inline(always)]
fn turn<const N: usize, const LENGTH: usize>(
    rows: &Rows<'_, f32>,
    first: usize,
    most: usize,
    columns: &mut [[f32; LENGTH]; N],
) -> usize {
    let count = rows.len().saturating_sub(first).min(most).min(LENGTH);
    let together = rows.together().and_then(|data| data.get(first * N..(first + count) * N));
    match together {
        Some(data) => {
            for (place, row) in data.as_chunks::<N>().0.iter().enumerate() {
                columns.iter_mut().zip(row).for_each(|(column, number)| column[place] = *number);
            }
        }
        None => {
            for place in 0..count {
                let row = rows.row(first + place).first_chunk::<N>().copied().unwrap_or([0.0; N]);
                columns.iter_mut().zip(row).for_each(|(column, number)| column[place] = number);
            }
        }
    }
    // Up to whole vectors of 16.
    columns.iter_mut().for_each(|column| column[count..count.next_multiple_of(16).min(LENGTH)].fill(0.0));
    count
}
