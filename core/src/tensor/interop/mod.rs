//! Other libraries' matrices. Each is a feature of its own; plain arrays need none.
//!
//! | feature | what it converts |
//! | --- | --- |
//! | (always) | `[[T; C]; R]`, the form that `mint` and others exchange |
//! | `ndarray` | `Array2`, `ArrayView2` |
//! | `nalgebra` | `SMatrix` |
//! | `serde` | a sequence of rows |
//! | `bytemuck` | `Zeroable`, `TransparentWrapper` |
//! | `generic-array` | `GenericArray` of all elements |
//! | `npy` | NumPy's files |

#[cfg(feature = "bytemuck")]
mod bytes;
#[cfg(feature = "generic-array")]
mod generic;
#[cfg(feature = "nalgebra")]
mod linear;
#[cfg(feature = "ndarray")]
mod nd;
#[cfg(feature = "npy")]
mod npy;
#[cfg(feature = "serde")]
mod serial;

#[cfg(feature = "ndarray")]
pub use nd::ShapeError;
#[cfg(feature = "npy")]
pub use npy::{NpyElement, NpyError};

use super::Tensor;

/// The rows as an array of arrays, the form that `mint` and others exchange.
///
/// ```
/// use formwork::{Tensor, tensor};
/// let rows: [[f32; 2]; 1] = tensor![[1.0, 2.0]].into();
/// assert_eq!(rows, [[1.0, 2.0]]);
/// ```
impl<const R: usize, const C: usize, T> From<Tensor<R, C, T>> for [[T; C]; R] {
    fn from(tensor: Tensor<R, C, T>) -> Self {
        tensor.into_array()
    }
}

impl<const R: usize, const C: usize, T> AsRef<[[T; C]; R]> for Tensor<R, C, T> {
    fn as_ref(&self) -> &[[T; C]; R] {
        self.as_array()
    }
}

impl<const R: usize, const C: usize, T> AsMut<[[T; C]; R]> for Tensor<R, C, T> {
    fn as_mut(&mut self) -> &mut [[T; C]; R] {
        self.as_array_mut()
    }
}
