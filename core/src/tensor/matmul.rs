//! Products of matrices and vectors, norms, and what is on and beside the diagonal.
//!
//! `f32` products run on the register tiles of the kernel floor, other types on a plain loop. Integers wrap.

use super::number::{Binary, Float, Number, Sum};
use super::{Scalar, Square, Tensor, Vector};

impl<const R: usize, const K: usize, T: Number> Tensor<R, K, T> {
    /// The matrix product: `[R, K] x [K, C] -> [R, C]`. PyTorch: `x @ y`. Integers wrap; 0 times `NaN` or an infinity is `NaN`.
    ///
    /// ```
    /// use formwork::tensor;
    /// let x = tensor![[1.0, 2.0], [3.0, 4.0]];
    /// assert_eq!(x.matmul(&tensor![[5.0], [6.0]]), tensor![[17.0], [39.0]]);
    /// ```
    pub fn matmul<const C: usize>(&self, other: &Tensor<K, C, T>) -> Tensor<R, C, T> {
        let mut output = Tensor::zeros();
        self.matmul_into(other, &mut output);
        output
    }

    /// [`matmul`](Self::matmul) into a given tensor.
    pub fn matmul_into<const C: usize>(&self, other: &Tensor<K, C, T>, output: &mut Tensor<R, C, T>) {
        T::matmul(self.as_slice(), other.as_slice(), output.as_mut_slice(), R, K, C);
    }

    /// The product with the other's transpose, which is not made: `[R, K] x [C, K] -> [R, C]`. BLAS: `gemm` N, T.
    /// PyTorch: `x @ y.T`.
    ///
    /// ```
    /// use formwork::tensor;
    /// let (x, y) = (tensor![[1.0, 2.0], [3.0, 4.0]], tensor![5.0, 6.0]);
    /// assert_eq!(x.matmul_nt(&y), x.matmul(&y.transpose()));
    /// ```
    pub fn matmul_nt<const C: usize>(&self, other: &Tensor<C, K, T>) -> Tensor<R, C, T> {
        let mut output = Tensor::zeros();
        T::matmul_nt(self.as_slice(), other.as_slice(), output.as_mut_slice(), R, K, C);
        output
    }

    /// The product of this one's transpose, which is not made, with the other: `[R, K], [R, C] -> [K, C]`. BLAS: `gemm` T, N.
    /// PyTorch: `x.T @ y`.
    ///
    /// ```
    /// use formwork::tensor;
    /// let (x, y) = (tensor![[1.0, 2.0], [3.0, 4.0]], tensor![[5.0], [6.0]]);
    /// assert_eq!(x.matmul_tn(&y), x.transpose().matmul(&y));
    /// ```
    pub fn matmul_tn<const C: usize>(&self, other: &Tensor<R, C, T>) -> Tensor<K, C, T> {
        let mut output = Tensor::zeros();
        T::matmul_tn(self.as_slice(), other.as_slice(), output.as_mut_slice(), K, R, C);
        output
    }
}

impl<const N: usize, T: Number> Vector<N, T> {
    /// The sum of the products of elements, in the element type. PyTorch: `torch.dot(x, y)`.
    pub fn dot(&self, other: &Self) -> T {
        let mut output = [T::ZERO];
        T::matmul(self.as_slice(), other.as_slice(), &mut output, 1, N, 1);
        let [result] = output;
        result
    }

    /// All products of an element of this and an element of the other. PyTorch: `torch.outer(x, y)`.
    ///
    /// ```
    /// use formwork::tensor;
    /// assert_eq!(tensor![1, 2].outer(&tensor![3, 4, 5]), tensor![[3, 4, 5], [6, 8, 10]]);
    /// ```
    pub fn outer<const M: usize>(&self, other: &Vector<M, T>) -> Tensor<N, M, T> {
        let mut result = Tensor::zeros();
        for (row, &x) in result.0.iter_mut().zip(self.as_slice()) {
            row.copy_from_slice(other.as_slice());
            T::zip_scalar(Binary::Mul, row, x);
        }
        result
    }

    /// A square matrix with this vector on its diagonal. PyTorch: `torch.diag(v)`.
    pub fn to_diag(&self) -> Tensor<N, N, T> {
        let mut result = Tensor::zeros();
        for (place, (row, &value)) in result.0.iter_mut().zip(self.as_slice()).enumerate() {
            if let Some(to) = row.get_mut(place) {
                *to = value;
            }
        }
        result
    }
}

/// Which norm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Norm {
    /// The sum of |x|.
    L1,
    /// The square root of the sum of x^2, over all elements: for a matrix the Frobenius norm.
    L2,
    /// The largest |x|.
    Max,
}

impl<const R: usize, const C: usize, T: Float> Tensor<R, C, T> {
    /// A norm of all elements. PyTorch: `torch.linalg.vector_norm(x, ord)`, and `torch.linalg.matrix_norm(x)` for
    /// [`Norm::L2`]. The L2 norm is taken over x / largest, so that it does not overflow. `NaN` where there is one, else infinite
    /// where an element is.
    ///
    /// ```
    /// use formwork::{tensor, tensor::Norm};
    /// let x = tensor![3.0, -4.0];
    /// assert_eq!((x.norm(Norm::L1), x.norm(Norm::L2), x.norm(Norm::Max)), (7.0, 5.0, 4.0));
    /// ```
    pub fn norm(&self, norm: Norm) -> T {
        let mut sizes = self.abs();
        match norm {
            Norm::L1 => sizes.sum(),
            Norm::Max => T::largest(sizes.as_slice()).unwrap_or(T::ZERO),
            Norm::L2 => {
                let largest = T::largest(sizes.as_slice()).unwrap_or(T::ZERO);
                let scale = largest.to_f64();
                if scale == 0.0 || !scale.is_finite() {
                    return largest;
                }
                sizes /= largest;
                let mut root = Vector::<1, T>::zeros();
                T::squared_distances(sizes.as_slice(), root.as_mut_slice());
                root.sqrt_inplace();
                (root * largest)[(0, 0)]
            }
        }
    }
}

impl<const N: usize, const C: usize, T: Scalar> Tensor<N, C, T> {
    /// The sum of the diagonal.
    pub fn trace(&self) -> T::Output
    where
        Self: Square,
        T: Sum,
    {
        self.diag().sum()
    }

    /// The diagonal. PyTorch: `torch.diag(x)`.
    pub fn diag(&self) -> Vector<N, T>
    where
        Self: Square,
    {
        Vector::from_fn(|_, place| self[(place, place)])
    }

    /// Whether the matrix is its own transpose, to a tolerance: |x - x^T| <= tolerance. `NaN` is not.
    pub fn is_symmetric(&self, tolerance: f64) -> bool
    where
        Self: Square,
        T: Float,
    {
        let near = |x: T, y: T| x == y || (x.to_f64() - y.to_f64()).abs() <= tolerance;
        (0..N).all(|row| (0..=row).all(|col| near(self[(row, col)], self[(col, row)])))
    }

    /// Whether the matrix times its transpose is the identity, to a tolerance.
    ///
    /// ```
    /// use formwork::tensor;
    /// assert!(tensor![[0.0, 1.0], [-1.0, 0.0]].is_orthogonal(1e-6));
    /// assert!(!tensor![[0.0, 2.0], [-1.0, 0.0]].is_orthogonal(1e-6));
    /// ```
    pub fn is_orthogonal(&self, tolerance: f64) -> bool
    where
        Self: Square,
        T: Float,
    {
        self.matmul_nt(self).allclose(&Tensor::eye(), 0.0, tolerance)
    }
}

impl<const R: usize, const C: usize, T: Scalar> Tensor<R, C, T> {
    /// The lower triangle: 0 above the diagonal.
    pub fn tril(&self) -> Self {
        Self::from_fn(|row, col| if col <= row { self[(row, col)] } else { T::ZERO })
    }

    /// The upper triangle: 0 below the diagonal.
    pub fn triu(&self) -> Self {
        Self::from_fn(|row, col| if col >= row { self[(row, col)] } else { T::ZERO })
    }
}
