//! Joining, cutting and turning.
//!
//! Sizes computed from others are const assertions: found by `cargo build`, not by `cargo check`.

use super::assert::fits;
use super::many::{CatCols, CatRows, SplitCols, SplitRows, take, take_cols};
use super::{Scalar, Tensor, Vector};

impl<const R: usize, const C: usize, T: Scalar> Tensor<R, C, T> {
    /// This tensor and another below it. PyTorch: `torch.cat([x, y], dim=0)`.
    ///
    /// ```
    /// use formwork::{Tensor, tensor};
    /// let all: Tensor<3, 2> = tensor![[1.0, 2.0]].cat_rows(&tensor![[3.0, 4.0], [5.0, 6.0]]);
    /// assert_eq!(all, tensor![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
    /// ```
    pub fn cat_rows<const R2: usize, const SUM: usize>(&self, below: &Tensor<R2, C, T>) -> Tensor<SUM, C, T> {
        fits!(R + R2 == SUM, "cat: ", R, " rows and ", R2, " rows make ", R + R2, ", not ", SUM, "");
        let mut result = Tensor::zeros();
        CatRows::write(&(self, below), &mut result.0);
        result
    }

    /// This tensor and another to its right. PyTorch: `torch.cat([x, y], dim=1)`.
    pub fn cat_cols<const C2: usize, const SUM: usize>(&self, right: &Tensor<R, C2, T>) -> Tensor<R, SUM, T> {
        fits!(C + C2 == SUM, "cat: ", C, " columns and ", C2, " columns make ", C + C2, ", not ", SUM, "");
        let mut result = Tensor::zeros();
        CatCols::write(&(self, right), &mut result.0);
        result
    }

    /// The first N rows and the other M. PyTorch: `torch.split(x, [N, M])`.
    pub fn split_rows<const N: usize, const M: usize>(&self) -> (Tensor<N, C, T>, Tensor<M, C, T>) {
        fits!(N + M == R, "split: ", N, " rows and ", M, " rows make ", N + M, ", not ", R, "");
        SplitRows::read(&self.0)
    }

    /// The first N columns and the other M. PyTorch: `torch.split(x, [N, M], dim=1)`.
    pub fn split_cols<const N: usize, const M: usize>(&self) -> (Tensor<R, N, T>, Tensor<R, M, T>) {
        fits!(N + M == C, "split: ", N, " columns and ", M, " columns make ", N + M, ", not ", C, "");
        SplitCols::read(&self.0)
    }

    /// K tensors of N rows each. PyTorch: `torch.chunk(x, K)`.
    ///
    /// ```
    /// use formwork::tensor;
    /// assert_eq!(tensor![[1], [2], [3], [4]].chunk_rows::<2, 2>(), [tensor![[1], [2]], tensor![[3], [4]]]);
    /// ```
    pub fn chunk_rows<const K: usize, const N: usize>(&self) -> [Tensor<N, C, T>; K] {
        fits!(K * N == R, "chunk: ", K, " chunks of ", N, " rows make ", K * N, ", not ", R, "");
        core::array::from_fn(|chunk| {
            let mut result = Tensor::zeros();
            take(self.0.get(chunk * N..).unwrap_or(&[]), &mut result.0);
            result
        })
    }

    /// K tensors of N columns each. PyTorch: `torch.chunk(x, K, dim=1)`.
    pub fn chunk_cols<const K: usize, const N: usize>(&self) -> [Tensor<R, N, T>; K] {
        fits!(K * N == C, "chunk: ", K, " chunks of ", N, " columns make ", K * N, ", not ", C, "");
        core::array::from_fn(|chunk| {
            let mut result = Tensor::zeros();
            take_cols(&self.0, chunk * N, &mut result.0);
            result
        })
    }

    /// The tensor again and again, downwards and to the right. PyTorch: `x.repeat(n, m)`.
    ///
    /// ```
    /// use formwork::{Tensor, tensor};
    /// let x: Tensor<2, 4, i64> = tensor![1, 2].repeat();
    /// assert_eq!(x, tensor![[1, 2, 1, 2], [1, 2, 1, 2]]);
    /// ```
    pub fn repeat<const N: usize, const M: usize>(&self) -> Tensor<N, M, T> {
        fits!(R > 0 && N.is_multiple_of(R), "repeat: ", N, " rows are not a multiple of ", R, " rows");
        fits!(C > 0 && M.is_multiple_of(C), "repeat: ", M, " columns are not a multiple of ", C, " columns");
        let mut result = Tensor::zeros();
        for (to, from) in result.0.iter_mut().zip(self.0.iter().cycle()) {
            for (to, &from) in to.iter_mut().zip(from.iter().cycle()) {
                *to = from;
            }
        }
        result
    }

    /// The same elements in the same order under another shape. PyTorch: `x.reshape(n, m)`.
    ///
    /// ```
    /// use formwork::{Tensor, tensor};
    /// let x: Tensor<3, 2> = tensor![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]].reshape();
    /// assert_eq!(x, tensor![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
    /// ```
    pub fn reshape<const N: usize, const M: usize>(&self) -> Tensor<N, M, T> {
        fits!(
            R * C == N * M,
            "reshape: ",
            R,
            " x ",
            C,
            " is ",
            R * C,
            " elements, but ",
            N,
            " x ",
            M,
            " is ",
            N * M,
            ""
        );
        let mut result = Tensor::zeros();
        result.as_mut_slice().copy_from_slice(self.as_slice());
        result
    }

    /// All elements as one row. PyTorch: `x.flatten()`.
    pub fn flatten<const N: usize>(&self) -> Vector<N, T> {
        fits!(R * C == N, "flatten: ", R, " x ", C, " is ", R * C, " elements, not ", N, "");
        self.reshape()
    }

    /// Rows and columns exchanged. PyTorch: `x.T`.
    ///
    /// ```
    /// use formwork::tensor;
    /// assert_eq!(tensor![[1, 2, 3], [4, 5, 6]].transpose(), tensor![[1, 4], [2, 5], [3, 6]]);
    /// ```
    pub fn transpose(&self) -> Tensor<C, R, T> {
        let mut result = Tensor::zeros();
        self.transpose_into(&mut result);
        result
    }

    /// [`transpose`](Self::transpose) into a given tensor.
    pub fn transpose_into(&self, output: &mut Tensor<C, R, T>) {
        T::transpose(self.as_slice(), output.as_mut_slice(), R, C);
    }
}

impl<const R: usize, const C: usize, T: Scalar> Tensor<R, C, T> {
    /// Vectors one below the other. PyTorch: `torch.stack([a, b])`.
    ///
    /// ```
    /// use formwork::{Tensor, tensor};
    /// assert_eq!(Tensor::stack(&[tensor![1, 2], tensor![3, 4]]), tensor![[1, 2], [3, 4]]);
    /// ```
    pub fn stack(vectors: &[Vector<C, T>; R]) -> Self {
        let mut result = Self::zeros();
        for (to, from) in result.0.iter_mut().zip(vectors) {
            let [row] = from.0;
            *to = row;
        }
        result
    }
}

/// [`Tensor::reshape`] with both shapes spelled out, so that `cargo check` finds what does not fit.
///
/// ```
/// use formwork::{Tensor, reshape, tensor};
/// let x = tensor![[1, 2, 3, 4]];
/// assert_eq!(reshape!(x: 1, 4 => 2, 2), tensor![[1, 2], [3, 4]]);
/// ```
#[macro_export]
macro_rules! reshape {
    ($x:ident: $r:expr, $c:expr => $n:expr, $m:expr) => {{
        const _: () = $crate::tensor::reshape_fits($r, $c, $n, $m);
        let part: &$crate::Tensor<{ $r }, { $c }, _> = &$x;
        part.reshape::<{ $n }, { $m }>()
    }};
}

/// Whether two shapes have as many elements, or the message why not.
#[doc(hidden)]
pub const fn reshape_fits(rows: usize, cols: usize, new_rows: usize, new_cols: usize) {
    if rows * cols != new_rows * new_cols {
        let message = super::Message::new("reshape: ").number(rows).text(" x ").number(cols).text(" is ");
        let message = message.number(rows * cols).text(" elements, but ").number(new_rows).text(" x ");
        panic!("{}", message.number(new_cols).text(" is ").number(new_rows * new_cols).as_str());
    }
}
