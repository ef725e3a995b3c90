//! The element types that a first layer reads.

use super::activation::Activation;
use super::dense::{self, Dense, DenseMut, DenseUpdate, Pass};
use super::rows::Rows;
use super::vector::Vector;

/// An element that a network's first layer can read: `f32` as it is, `u8` (grey levels) scaled to 0..=1.
///
/// A `u8` picture is converted inside the first layer's loads, so a data set stays in bytes:
/// the network sees `value / 255`, as PyTorch's `ToTensor` gives it. Batches of pictures that are blank (0) in many places train
/// and predict faster, with the same bits: products with neighbouring zeros are left out, as long as all weights are finite.
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
#[allow(private_interfaces, private_bounds, reason = "sealed: the methods are called from this crate alone")]
pub trait DenseElement: Sized + Copy + Send + Sync {
    /// What `unscaled` is to be multiplied by; the kernels do it once, on the sum.
    #[doc(hidden)]
    const SCALE: f32;
    /// Whether a row is already what the tiles read.
    #[doc(hidden)]
    const IS_F32: bool;
    /// The number stored, before scaling.
    #[doc(hidden)]
    fn unscaled(self) -> f32;
    /// The elements themselves, where they are `f32`.
    #[doc(hidden)]
    fn as_f32(elements: &[Self]) -> Option<&[f32]>;
    /// The elements themselves, where they are bytes.
    #[doc(hidden)]
    fn as_bytes(elements: &[Self]) -> Option<&[u8]>;
    /// The elements as a vector, before scaling.
    #[doc(hidden)]
    fn load<const L: usize, S: Vector<L>>(from: &[Self; L]) -> S;
    #[doc(hidden)]
    fn forward(rows: Rows<'_, Self>, dense: Dense<'_>, activation: Activation, output: &mut [f32]);
    #[doc(hidden)]
    fn through(rows: Rows<'_, Self>, layers: &[(Dense<'_>, Activation); 2], between: &mut [f32], output: &mut [f32]);
    #[doc(hidden)]
    fn weight_gradient(rows: Rows<'_, Self>, gradient: &[f32], into: DenseMut<'_>);
    #[doc(hidden)]
    fn weight_update(rows: Rows<'_, Self>, gradient: &[f32], into: DenseMut<'_>, update: DenseUpdate);
    #[doc(hidden)]
    fn gradients_through(
        rows: Rows<'_, Self>,
        layers: [Dense<'_>; 2],
        pass: Pass<'_>,
        between: &mut [f32],
        into: [DenseMut<'_>; 2],
    );
    #[doc(hidden)]
    fn updates_through(
        rows: Rows<'_, Self>,
        pass: Pass<'_>,
        between: &mut [f32],
        layers: [DenseMut<'_>; 2],
        update: DenseUpdate,
    );
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

/// The kernels of an element type. Written out for each, in place of methods of the trait: those would be compiled in the
/// crate that calls them.
macro_rules! compiled_here {
    () => {
        fn forward(rows: Rows<'_, Self>, dense: Dense<'_>, activation: Activation, output: &mut [f32]) {
            dense::forward(rows, dense, activation, output);
        }
        fn through(
            rows: Rows<'_, Self>,
            layers: &[(Dense<'_>, Activation); 2],
            between: &mut [f32],
            output: &mut [f32],
        ) {
            dense::through(rows, layers, between, output);
        }
        fn weight_gradient(rows: Rows<'_, Self>, gradient: &[f32], into: DenseMut<'_>) {
            dense::weight_gradient(rows, gradient, into);
        }
        fn weight_update(rows: Rows<'_, Self>, gradient: &[f32], into: DenseMut<'_>, update: DenseUpdate) {
            dense::weight_update(rows, gradient, into, update);
        }
        fn gradients_through(
            rows: Rows<'_, Self>,
            layers: [Dense<'_>; 2],
            pass: Pass<'_>,
            between: &mut [f32],
            into: [DenseMut<'_>; 2],
        ) {
            dense::gradients_through(rows, layers, pass, between, into);
        }
        fn updates_through(
            rows: Rows<'_, Self>,
            pass: Pass<'_>,
            between: &mut [f32],
            layers: [DenseMut<'_>; 2],
            update: DenseUpdate,
        ) {
            dense::updates_through(rows, pass, between, layers, update);
        }
    };
}

#[allow(private_interfaces, private_bounds, reason = "sealed: the methods are called from this crate alone")]
impl DenseElement for f32 {
    const SCALE: f32 = 1.0;
    const IS_F32: bool = true;
    #[inline(always)]
    fn unscaled(self) -> f32 {
        self
    }
    #[inline(always)]
    fn as_f32(elements: &[Self]) -> Option<&[f32]> {
        Some(elements)
    }
    #[inline(always)]
    fn as_bytes(_: &[Self]) -> Option<&[u8]> {
        None
    }
    #[inline(always)]
    fn load<const L: usize, S: Vector<L>>(from: &[Self; L]) -> S {
        S::load(from)
    }
    compiled_here!();
}

#[allow(private_interfaces, private_bounds, reason = "sealed: the methods are called from this crate alone")]
impl DenseElement for u8 {
    const SCALE: f32 = 1.0 / 255.0;
    const IS_F32: bool = false;
    #[inline(always)]
    fn unscaled(self) -> f32 {
        f32::from(self)
    }
    #[inline(always)]
    fn as_f32(_: &[Self]) -> Option<&[f32]> {
        None
    }
    #[inline(always)]
    fn as_bytes(elements: &[Self]) -> Option<&[u8]> {
        Some(elements)
    }
    #[inline(always)]
    fn load<const L: usize, S: Vector<L>>(from: &[Self; L]) -> S {
        S::load_bytes(from)
    }
    compiled_here!();
}
