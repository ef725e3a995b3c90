//! [`Flatten`]: a picture as one row.

use crate::tensor::Tensor;

/// A picture read as one row, row after row: `[r, c]` -> `[r c]`. No parameters, no copy.
///
/// In `network!` it stands first and takes any picture whose values count what the next layer takes;
/// `Flatten<28, 28>` says the picture's sizes.
///
/// ```
/// use formwork::{Tensor, layer::Flatten};
/// let picture = Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
/// assert_eq!(Flatten.forward(&picture), &[1.0, 2.0, 3.0, 4.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flatten;

impl Flatten {
    /// The picture's values, row after row.
    pub fn forward<'a, const R: usize, const C: usize, T>(&self, input: &'a Tensor<R, C, T>) -> &'a [T] {
        input.as_slice()
    }
}
