//! The element types that a first layer reads.

use super::activation::Activation;
use super::dense::{self, Dense, DenseMut, DenseUpdate};
use super::rows::Rows;

/// An element that a network's first layer can read: `f32` as it is, `u8` (grey levels) scaled to 0..=1.
///
/// A `u8` picture is converted inside the first layer's loads, so a data set stays in bytes:
/// the network sees `value / 255`, as PyTorch's `ToTensor` gives it.
///
/// The trait is sealed: the kernels exist for these two types.
///
/// ```
/// use formwork::tensor::Element;
/// assert_eq!(51_u8.to_f32(), 0.2);
/// assert_eq!(0.5_f32.to_f32(), 0.5);
/// ```
pub trait Element: Copy + Default + PartialEq + core::fmt::Debug + Send + Sync + 'static + DenseElement {
    /// The value that the network sees.
    fn to_f32(self) -> f32;
}

/// The kernels of one element type, compiled in this crate.
#[doc(hidden)]
#[allow(private_interfaces, reason = "sealed: the methods are called from this crate alone")]
pub trait DenseElement: Sized {
    #[doc(hidden)]
    fn forward(rows: Rows<'_, Self>, dense: Dense<'_>, activation: Activation, output: &mut [f32]);
    #[doc(hidden)]
    fn weight_gradient(rows: Rows<'_, Self>, gradient: &[f32], into: DenseMut<'_>);
    #[doc(hidden)]
    fn weight_update(rows: Rows<'_, Self>, gradient: &[f32], into: DenseMut<'_>, update: DenseUpdate);
}

impl Element for f32 {
    #[inline(always)]
    fn to_f32(self) -> f32 {
        self
    }
}

impl Element for u8 {
    #[inline(always)]
    fn to_f32(self) -> f32 {
        f32::from(self) / 255.0
    }
}

#[allow(private_interfaces, reason = "sealed: the methods are called from this crate alone")]
impl DenseElement for f32 {
    fn forward(rows: Rows<'_, Self>, dense: Dense<'_>, activation: Activation, output: &mut [f32]) {
        dense::forward(rows, dense, activation, output);
    }
    fn weight_gradient(rows: Rows<'_, Self>, gradient: &[f32], into: DenseMut<'_>) {
        dense::weight_gradient(rows, gradient, into);
    }
    fn weight_update(rows: Rows<'_, Self>, gradient: &[f32], into: DenseMut<'_>, update: DenseUpdate) {
        dense::weight_update(rows, gradient, into, update);
    }
}

#[allow(private_interfaces, reason = "sealed: the methods are called from this crate alone")]
impl DenseElement for u8 {
    fn forward(rows: Rows<'_, Self>, dense: Dense<'_>, activation: Activation, output: &mut [f32]) {
        dense::forward(rows, dense, activation, output);
    }
    fn weight_gradient(rows: Rows<'_, Self>, gradient: &[f32], into: DenseMut<'_>) {
        dense::weight_gradient(rows, gradient, into);
    }
    fn weight_update(rows: Rows<'_, Self>, gradient: &[f32], into: DenseMut<'_>, update: DenseUpdate) {
        dense::weight_update(rows, gradient, into, update);
    }
}
