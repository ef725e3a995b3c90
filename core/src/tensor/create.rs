//! Constructors, and the macro `tensor!`.

use super::number::Binary::{Add, Div, Mul, Sub};
use super::number::{Float, Number};
use super::{Cast, Scalar, Tensor, Vector};

impl<const R: usize, const C: usize, T: Copy> Tensor<R, C, T> {
    /// Every element is `value`.
    pub const fn full(value: T) -> Self {
        Self([[value; C]; R])
    }

    /// The element at (row, col) is `value(row, col)`.
    pub fn from_fn(mut value: impl FnMut(usize, usize) -> T) -> Self {
        Self(core::array::from_fn(|row| core::array::from_fn(|col| value(row, col))))
    }

    /// Writes `value` over every element.
    pub fn fill(&mut self, value: T) {
        self.as_mut_slice().fill(value);
    }

    /// A tensor of the same shape and type, every element `value`. PyTorch: `torch.full_like(x, value)`.
    pub const fn full_like(&self, value: T) -> Self {
        Self::full(value)
    }
}

impl<const R: usize, const C: usize, T: Scalar> Tensor<R, C, T> {
    /// Every element is 0.
    pub const fn zeros() -> Self {
        Self::full(T::ZERO)
    }

    /// Every element is 1.
    pub const fn ones() -> Self {
        Self::full(T::ONE)
    }

    /// Zeros of the same shape and type. PyTorch: `torch.zeros_like(x)`.
    pub const fn zeros_like(&self) -> Self {
        Self::zeros()
    }

    /// Ones of the same shape and type. PyTorch: `torch.ones_like(x)`.
    pub const fn ones_like(&self) -> Self {
        Self::ones()
    }

    /// 1 on the diagonal, 0 elsewhere. PyTorch: `torch.eye(n, m)`.
    ///
    /// ```
    /// use formwork::{Tensor, tensor};
    /// assert_eq!(Tensor::<2, 3>::eye(), tensor![[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]);
    /// ```
    pub const fn eye() -> Self {
        let mut result = Self::zeros();
        let mut place = 0;
        while place < R && place < C {
            result.0[place][place] = T::ONE;
            place += 1;
        }
        result
    }
}

impl<const R: usize, const C: usize, T: Scalar> Default for Tensor<R, C, T> {
    fn default() -> Self {
        Self::zeros()
    }
}

impl<const N: usize, T: Number> Vector<N, T>
where
    u64: Cast<T>,
{
    /// start, start + step, start + 2 step, ...: element i is start + i step. PyTorch: `torch.arange(start, end, step)`, with
    /// the number of elements in place of the end. Integers wrap.
    ///
    /// ```
    /// use formwork::{Vector, tensor};
    /// assert_eq!(Vector::<4>::arange(1.0, 0.5), tensor![1.0, 1.5, 2.0, 2.5]);
    /// ```
    pub fn arange(start: T, step: T) -> Self {
        let mut result = Self::zeros();
        result.fill_arange(start, step);
        result
    }

    /// [`arange`](Self::arange), over the elements of this vector.
    pub fn fill_arange(&mut self, start: T, step: T) {
        for (place, value) in (0_u64..).zip(self.as_mut_slice()) {
            *value = place.cast();
        }
        *self *= step;
        *self += start;
    }
}

impl<const N: usize, T: Float> Vector<N, T> {
    /// N values at equal distances, both ends among them. As PyTorch's `torch.linspace(start, end, N)`: the first half is
    /// counted from the start, the second from the end, so that both are exact; one value alone is the start.
    ///
    /// ```
    /// use formwork::{Vector, tensor};
    /// assert_eq!(Vector::<5>::linspace(0.0, 1.0), tensor![0.0, 0.25, 0.5, 0.75, 1.0]);
    /// ```
    pub fn linspace(start: T, end: T) -> Self {
        let mut result = Self::zeros();
        result.fill_linspace(start, end);
        result
    }

    /// [`linspace`](Self::linspace), over the elements of this vector.
    pub fn fill_linspace(&mut self, start: T, end: T) {
        let last = N.saturating_sub(1);
        let apply = T::apply;
        let step = if last == 0 { T::ZERO } else { apply(Div, apply(Sub, end, start), T::from_f64(last as f64)) };
        for (place, value) in self.as_mut_slice().iter_mut().enumerate() {
            *value = if place < N.div_ceil(2) {
                apply(Add, start, apply(Mul, step, T::from_f64(place as f64)))
            } else {
                apply(Sub, end, apply(Mul, step, T::from_f64((last - place) as f64)))
            };
        }
    }
}

/// Why a slice is not a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LengthError {
    /// Rows of the tensor.
    pub rows: usize,
    /// Columns of the tensor.
    pub cols: usize,
    /// Elements of the slice.
    pub found: usize,
}

impl core::fmt::Display for LengthError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { rows, cols, found } = self;
        write!(f, "a tensor of {rows} x {cols} takes {} elements, but the slice has {found}", rows * cols)
    }
}

impl core::error::Error for LengthError {}

/// The elements of a slice, row after row.
///
/// ```
/// use formwork::{Tensor, tensor};
/// assert_eq!(Tensor::<2, 2>::try_from(&[1.0, 2.0, 3.0, 4.0][..]), Ok(tensor![[1.0, 2.0], [3.0, 4.0]]));
/// let error = Tensor::<2, 2>::try_from(&[1.0; 5][..]).unwrap_err();
/// assert_eq!(error.to_string(), "a tensor of 2 x 2 takes 4 elements, but the slice has 5");
/// ```
impl<const R: usize, const C: usize, T: Scalar> TryFrom<&[T]> for Tensor<R, C, T> {
    type Error = LengthError;
    fn try_from(values: &[T]) -> Result<Self, LengthError> {
        let mut result = Self::zeros();
        result.copy_from(values)?;
        Ok(result)
    }
}

impl<const R: usize, const C: usize, T: Copy> Tensor<R, C, T> {
    /// Writes the elements of a slice over this tensor, row after row.
    ///
    /// # Errors
    /// The slice has another number of elements; the tensor is as it was.
    pub fn copy_from(&mut self, values: &[T]) -> Result<(), LengthError> {
        if values.len() != R * C {
            return Err(LengthError { rows: R, cols: C, found: values.len() });
        }
        self.as_mut_slice().copy_from_slice(values);
        Ok(())
    }
}

/// A tensor of the values written: `tensor![[1.0, 2.0], [3.0, 4.0]]` of two rows, `tensor![1.0, 2.0]` of one.
///
/// ```
/// use formwork::{Tensor, Vector, tensor};
/// let x: Tensor<2, 2> = tensor![[1., 2.], [3., 4.]];
/// let v: Vector<3, i64> = tensor![1, 2, 3];
/// assert_eq!((x[(1, 0)], v[(0, 2)]), (3.0, 3));
/// ```
#[macro_export]
macro_rules! tensor {
    ($([$($value:expr),+ $(,)?]),+ $(,)?) => { $crate::Tensor::from([$([$($value),+]),+]) };
    ($($value:expr),+ $(,)?) => { $crate::Vector::from([[$($value),+]]) };
}
