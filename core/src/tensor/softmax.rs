//! Softmax and its logarithm by row, shifted by the row's largest element, so that no exponential overflows.

use super::Tensor;
use super::number::{Binary, Float, Unary};

fn largest<T: Float>(row: &[T]) -> T {
    T::largest(row).unwrap_or(T::ZERO)
}

/// Leaves e^(x - shift) in the row; their sum.
fn exponentials<T: Float>(row: &mut [T], shift: T) -> T {
    T::zip_scalar(Binary::Sub, row, shift);
    T::map(Unary::Exp, row);
    T::sum(row)
}

fn ln<T: Float>(value: T) -> T {
    let mut value = [value];
    T::map(Unary::Ln, &mut value);
    let [result] = value;
    result
}

impl<const R: usize, const C: usize, T: Float> Tensor<R, C, T> {
    /// e^x over the row's sum of e^x, without overflow. PyTorch: `torch.softmax(x, dim=1)`. Negative infinity has the share 0; a row
    /// with `NaN` or infinity, or of negative infinities alone, is `NaN`.
    ///
    /// ```
    /// use formwork::tensor;
    /// assert_eq!(tensor![[0.0, 0.0], [1000.0, 0.0]].softmax_dim1(), tensor![[0.5, 0.5], [1.0, 0.0]]);
    /// ```
    pub fn softmax_dim1(&self) -> Self {
        let mut result = self.clone();
        for row in &mut result.0 {
            let shift = largest(row);
            let sum = exponentials(row, shift);
            T::zip_scalar(Binary::Div, row, sum);
        }
        result
    }

    /// ln(sum e^x) of each row, without overflow; where the largest is infinite, it is the result. PyTorch: `torch.logsumexp(x, dim=1, keepdim=True)`.
    pub fn logsumexp_dim1(&self) -> Tensor<R, 1, T> {
        let mut result = Tensor::zeros();
        for (to, row) in result.as_mut_slice().iter_mut().zip(&self.0) {
            let mut row = *row;
            // Without a shift, infinities alone make the sum.
            let largest = largest(&row);
            let shift = if largest.to_f64().is_infinite() { T::ZERO } else { largest };
            let sum = exponentials(&mut row, shift);
            *to = T::apply(Binary::Add, shift, ln(sum));
        }
        result
    }

    /// The logarithm of softmax, x - largest - ln(sum e^(x - largest)). PyTorch: `torch.log_softmax(x, dim=1)`. What is `NaN` in
    /// [`softmax_dim1`](Self::softmax_dim1) is `NaN` here.
    pub fn log_softmax_dim1(&self) -> Self {
        let mut result = self.clone();
        for row in &mut result.0 {
            let (mut powers, shift) = (*row, largest(row));
            let sum = exponentials(&mut powers, shift);
            T::zip_scalar(Binary::Sub, row, shift);
            T::zip_scalar(Binary::Sub, row, ln(sum));
        }
        result
    }
}
