//! What every thing with parameters offers: its numbers as slices, in one fixed order.

use crate::init::Init;
use core::fmt;
use rand::Rng;

/// What one slice of parameters is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParameterInfo {
    /// The layer's name in its network, empty for a layer on its own.
    pub layer: &'static str,
    /// The name within the layer: `weight`, `bias`.
    pub name: &'static str,
    /// Rows and columns as PyTorch gives them: `[out, in]` for a weight, `[1, out]` for a bias.
    pub shape: [usize; 2],
    /// How it is initialised.
    pub kind: ParameterKind,
    /// Inputs that reach one output.
    pub fan_in: usize,
    /// Outputs that one input reaches.
    pub fan_out: usize,
}

/// What a slice of parameters does, which decides how it is initialised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// Multiplies inputs.
    Weight,
    /// Is added to outputs.
    Bias,
}

/// Bytes of another number than the parameters have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BytesError {
    /// Bytes of the parameters, 4 each.
    pub expected: usize,
    /// Bytes given.
    pub found: usize,
}

impl fmt::Display for BytesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the parameters are {} bytes (4 each), found {}", self.expected, self.found)
    }
}

impl core::error::Error for BytesError {}

/// A layer's or a network's parameters as slices, in one fixed order.
///
/// The same type holds parameters, their gradients and an optimizer's moments, so an optimizer walks over
/// several of them by the same index.
///
/// ```
/// use formwork::layer::{Linear, Parameters};
/// let layer = Linear::<3, 2>::zeros();
/// assert_eq!(Linear::<3, 2>::COUNT, 8);
/// assert_eq!(layer.slice(1).map(<[f32]>::len), Some(2));
/// assert!(layer.slice(2).is_none());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a layer that a network can hold, for it has no `Parameters` [FW0005]",
    label = "no `formwork::layer::Parameters`",
    note = "a layer of your own implements `formwork::layer::Layer` and `formwork::layer::Parameters`"
)]
pub trait Parameters: Sized {
    /// How many numbers there are in all.
    const COUNT: usize;
    /// How many slices they come in.
    const SLICES: usize;

    /// All parameters 0: where a gradient or a moment starts.
    fn zeros() -> Self;

    /// The slice at a place, or `None` from [`SLICES`](Self::SLICES) on.
    fn slice(&self, index: usize) -> Option<&[f32]>;

    /// The slice at a place, to write, or `None` from [`SLICES`](Self::SLICES) on.
    fn slice_mut(&mut self, index: usize) -> Option<&mut [f32]>;

    /// What the slice at a place is, or `None` from [`SLICES`](Self::SLICES) on.
    fn info(index: usize) -> Option<ParameterInfo>;

    /// All parameters, little-endian, one slice after the other: what the `from_bytes` of a network reads in a constant.
    ///
    /// ```
    /// use formwork::layer::{Linear, Parameters};
    /// assert_eq!(Linear::<1, 1>::from_parts(&[[1.0]].into(), [-2.0].into()).to_bytes(), [0, 0, 128, 63, 0, 0, 0, 192]);
    /// ```
    #[cfg(feature = "alloc")]
    fn to_bytes(&self) -> alloc::vec::Vec<u8> {
        (0..Self::SLICES)
            .filter_map(|index| self.slice(index))
            .flatten()
            .flat_map(|value| value.to_le_bytes())
            .collect()
    }

    /// Takes every parameter from what `to_bytes` wrote, at run time; a network's `from_bytes` does it in a constant.
    ///
    /// ```
    /// use formwork::layer::{BytesError, Linear, Parameters};
    /// let (trained, mut layer) = (Linear::<1, 1>::from_parts(&[[1.0]].into(), [-2.0].into()), Linear::zeros());
    /// layer.copy_from_bytes(&trained.to_bytes())?;
    /// assert_eq!(layer, trained);
    /// assert_eq!(layer.copy_from_bytes(&[0; 9]), Err(BytesError { expected: 8, found: 9 }));
    /// # Ok::<(), BytesError>(())
    /// ```
    ///
    /// # Errors
    /// [`BytesError`] where the bytes are not 4 a parameter; the parameters are then unchanged.
    fn copy_from_bytes(&mut self, bytes: &[u8]) -> Result<(), BytesError> {
        let expected = 4 * Self::COUNT;
        if bytes.len() != expected {
            return Err(BytesError { expected, found: bytes.len() });
        }
        let mut numbers = bytes.as_chunks().0.iter();
        for index in 0..Self::SLICES {
            for (value, bytes) in self.slice_mut(index).into_iter().flatten().zip(&mut numbers) {
                *value = f32::from_le_bytes(*bytes);
            }
        }
        Ok(())
    }

    /// Sets every parameter to `value`.
    fn fill(&mut self, value: f32) {
        for index in 0..Self::SLICES {
            if let Some(slice) = self.slice_mut(index) {
                slice.fill(value);
            }
        }
    }

    /// One step of plain SGD: w = (1 - lr weight_decay) w - lr g.
    fn descend(&mut self, gradient: &Self, lr: f32, weight_decay: f32) {
        let decay = 1.0 - lr * weight_decay;
        for index in 0..Self::SLICES {
            if let (Some(slice), Some(gradient)) = (self.slice_mut(index), gradient.slice(index)) {
                for (w, g) in slice.iter_mut().zip(gradient) {
                    *w = decay * *w - lr * g;
                }
            }
        }
    }

    /// Draws every parameter anew, in place.
    fn initialize<I: Init + ?Sized, G: Rng + ?Sized>(&mut self, init: &I, rng: &mut G) {
        for index in 0..Self::SLICES {
            if let (Some(slice), Some(info)) = (self.slice_mut(index), Self::info(index)) {
                init.fill(&info, slice, rng);
            }
        }
    }
}
