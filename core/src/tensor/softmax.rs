//! Softmax and its logarithm by row, shifted by the row's largest element, so that no exponential overflows.

use super::Tensor;
use super::number::{Binary, Float, Unary};

/// ln(sum e^x) of a row; leaves e^(x - largest) in the row. Where the largest is infinite it is the result, as in PyTorch.
fn exponentials<T: Float>(row: &mut [T]) -> (T, T) {
    let largest = T::largest(row).unwrap_or(T::ZERO);
    let shift = if largest.to_f64().is_infinite() { T::ZERO } else { largest };
    T::zip_scalar(Binary::Sub, row, shift);
    T::map(Unary::Exp, row);
    (shift, T::sum(row))
}

fn ln<T: Float>(value: T) -> T {
    let mut value = [value];
    T::map(Unary::Ln, &mut value);
    let [result] = value;
    result
}

impl<const R: usize, const C: usize, T: Float> Tensor<R, C, T> {
    /// e^x over the row's sum of e^x. PyTorch: `torch.softmax(x, dim=1)`.
    ///
    /// ```
    /// use formwork::tensor;
    /// assert_eq!(tensor![[0.0, 0.0], [1000.0, 0.0]].softmax_dim1(), tensor![[0.5, 0.5], [1.0, 0.0]]);
    /// ```
    pub fn softmax_dim1(&self) -> Self {
        let mut result = self.clone();
        for row in &mut result.0 {
            let (_, sum) = exponentials(row);
            T::zip_scalar(Binary::Div, row, sum);
        }
        result
    }

    /// ln(sum e^x) of each row. PyTorch: `torch.logsumexp(x, dim=1, keepdim=True)`.
    pub fn logsumexp_dim1(&self) -> Tensor<R, 1, T> {
        let mut result = Tensor::zeros();
        for (to, row) in result.as_mut_slice().iter_mut().zip(&self.0) {
            let mut row = *row;
            let (shift, sum) = exponentials(&mut row);
            *to = T::apply(Binary::Add, shift, ln(sum));
        }
        result
    }

    /// The logarithm of softmax, x - largest - ln(sum e^(x - largest)). PyTorch: `torch.log_softmax(x, dim=1)`.
    pub fn log_softmax_dim1(&self) -> Self {
        let mut result = self.clone();
        for row in &mut result.0 {
            let mut powers = *row;
            let (shift, sum) = exponentials(&mut powers);
            T::zip_scalar(Binary::Sub, row, shift);
            T::zip_scalar(Binary::Sub, row, ln(sum));
        }
        result
    }
}
