//! Rows, columns and elements: by place, from the end, one after the other.

use super::{Tensor, Vector};
use core::ops::{Index, IndexMut};

/// A place counted from the end, as a negative index in PyTorch: `x[End(1)]` is `x[-1]`.
///
/// ```
/// use formwork::{tensor, tensor::End};
/// let x = tensor![[1.0, 2.0], [3.0, 4.0]];
/// assert_eq!(x[End(1)], tensor![3.0, 4.0]);
/// assert_eq!(x[(End(1), End(2))], 3.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End(pub usize);

impl End {
    /// The place from the start; one outside where there is none.
    fn of(self, length: usize) -> usize {
        length.checked_sub(self.0).unwrap_or(length)
    }
}

/// `x[row]`, a row as a vector; panics outside the tensor, as slices do.
impl<const R: usize, const C: usize, T> Index<usize> for Tensor<R, C, T> {
    type Output = Vector<C, T>;
    fn index(&self, row: usize) -> &Vector<C, T> {
        &self.rows_as_vectors()[row]
    }
}

impl<const R: usize, const C: usize, T> IndexMut<usize> for Tensor<R, C, T> {
    fn index_mut(&mut self, row: usize) -> &mut Vector<C, T> {
        &mut self.rows_as_vectors_mut()[row]
    }
}

/// `x[End(1)]`, the last row; panics outside the tensor, as slices do.
impl<const R: usize, const C: usize, T> Index<End> for Tensor<R, C, T> {
    type Output = Vector<C, T>;
    fn index(&self, row: End) -> &Vector<C, T> {
        &self.rows_as_vectors()[row.of(R)]
    }
}

impl<const R: usize, const C: usize, T> IndexMut<End> for Tensor<R, C, T> {
    fn index_mut(&mut self, row: End) -> &mut Vector<C, T> {
        &mut self.rows_as_vectors_mut()[row.of(R)]
    }
}

/// `x[(End(1), End(1))]`, the last element; panics outside the tensor, as slices do.
impl<const R: usize, const C: usize, T> Index<(End, End)> for Tensor<R, C, T> {
    type Output = T;
    fn index(&self, (row, col): (End, End)) -> &T {
        &self[(row.of(R), col.of(C))]
    }
}

impl<const R: usize, const C: usize, T> IndexMut<(End, End)> for Tensor<R, C, T> {
    fn index_mut(&mut self, (row, col): (End, End)) -> &mut T {
        &mut self[(row.of(R), col.of(C))]
    }
}

impl<const R: usize, const C: usize, T> Tensor<R, C, T> {
    /// Rows and columns. PyTorch: `x.shape`.
    pub const fn shape(&self) -> [usize; 2] {
        Self::SHAPE
    }

    /// Number of elements. PyTorch: `x.numel()`.
    pub const fn numel(&self) -> usize {
        Self::NUMEL
    }

    /// The element of a row and a column to write, or `None` outside the tensor.
    pub fn get_mut(&mut self, row: usize, col: usize) -> Option<&mut T> {
        self.0.get_mut(row)?.get_mut(col)
    }

    /// A row as a vector, or `None` outside the tensor.
    pub fn row(&self, row: usize) -> Option<&Vector<C, T>> {
        self.rows_as_vectors().get(row)
    }

    /// A row as a vector to write, or `None` outside the tensor.
    pub fn row_mut(&mut self, row: usize) -> Option<&mut Vector<C, T>> {
        self.rows_as_vectors_mut().get_mut(row)
    }

    /// The elements of a column from top to bottom, or `None` outside the tensor.
    pub fn col(&self, col: usize) -> Option<impl ExactSizeIterator<Item = &T>> {
        (col < C).then(|| self.as_slice().get(col..).unwrap_or(&[]).iter().step_by(C))
    }

    /// The elements of a column from top to bottom to write, or `None` outside the tensor.
    pub fn col_mut(&mut self, col: usize) -> Option<impl ExactSizeIterator<Item = &mut T>> {
        (col < C).then(|| self.as_mut_slice().get_mut(col..).unwrap_or(&mut []).iter_mut().step_by(C))
    }

    /// The elements, row after row.
    pub fn iter(&self) -> core::slice::Iter<'_, T> {
        self.as_slice().iter()
    }

    /// The elements, row after row, to write.
    pub fn iter_mut(&mut self) -> core::slice::IterMut<'_, T> {
        self.as_mut_slice().iter_mut()
    }

    /// The rows, each a vector.
    pub fn iter_rows(&self) -> core::slice::Iter<'_, Vector<C, T>> {
        self.rows_as_vectors().iter()
    }

    /// The rows, each a vector, to write.
    pub fn iter_rows_mut(&mut self) -> core::slice::IterMut<'_, Vector<C, T>> {
        self.rows_as_vectors_mut().iter_mut()
    }

    /// The columns, each an iterator from top to bottom.
    ///
    /// ```
    /// use formwork::tensor;
    /// let x = tensor![[1, 2], [3, 4]];
    /// let sums: Vec<i64> = x.iter_cols().map(|column| column.sum()).collect();
    /// assert_eq!(sums, [4, 6]);
    /// ```
    pub fn iter_cols(&self) -> impl ExactSizeIterator<Item = impl ExactSizeIterator<Item = &T>> {
        (0..C).map(|col| self.as_slice().get(col..).unwrap_or(&[]).iter().step_by(C))
    }
}

impl<'a, const R: usize, const C: usize, T> IntoIterator for &'a Tensor<R, C, T> {
    type Item = &'a T;
    type IntoIter = core::slice::Iter<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, const R: usize, const C: usize, T> IntoIterator for &'a mut Tensor<R, C, T> {
    type Item = &'a mut T;
    type IntoIter = core::slice::IterMut<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}
