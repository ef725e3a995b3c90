//! Weight and bias gradient, written out or folded into plain SGD.

mod narrow;
mod packed;
mod pictures;
mod wide;

pub(super) use narrow::Narrow;
pub(super) use wide::Wide;
