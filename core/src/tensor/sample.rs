//! What a network reads as one sample.

use super::{Element, Tensor};

/// One sample of a batch: a fixed number of `f32` or `u8` values that lie together.
///
/// ```
/// use formwork::{Tensor, tensor::Sample};
/// assert_eq!(Tensor::<28, 28, u8>::LEN, 784);
/// ```
pub trait Sample: Sized + 'static {
    /// `f32` or `u8`.
    type Element: Element;
    /// Values in one sample.
    const LEN: usize;
    /// The values of several samples, one sample after the other.
    fn flatten(samples: &[Self]) -> &[Self::Element];
    /// The values of several samples, one sample after the other, to write.
    fn flatten_mut(samples: &mut [Self]) -> &mut [Self::Element];
}

impl<const R: usize, const C: usize, T: Element> Sample for Tensor<R, C, T> {
    type Element = T;
    const LEN: usize = R * C;
    #[inline]
    fn flatten(samples: &[Self]) -> &[T] {
        Self::flatten_slice(samples)
    }
    #[inline]
    fn flatten_mut(samples: &mut [Self]) -> &mut [T] {
        Self::flatten_slice_mut(samples)
    }
}
