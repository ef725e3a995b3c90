//! [`Mse`]: the mean squared error.

use super::{Loss, LossError, Measured, same_rows};
use crate::batch::Batch;
use crate::kernel::squares::{squared_errors, squared_errors_and_gradient};
use crate::tensor::{Tensor, Vector};

/// Mean squared error over all elements, mean (y - t)^2, as PyTorch's `MSELoss`; gradient 2 (y - t) / (rows N).
///
/// ```
/// use formwork::{Batch, Vector, loss::{Loss, Mse}};
/// let mut outputs = [Vector::from([3.0, 0.0])];
/// let targets = [Vector::from([1.0, 0.0])];
/// let measured = Mse.loss_and_gradient(&mut outputs, Batch::from(&targets))?;
/// assert_eq!(measured.loss, 2.0);
/// assert_eq!(outputs, [Vector::from([2.0, 0.0])]);
/// # Ok::<(), formwork::loss::LossError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mse;

/// Elements from which on a row is worth a kernel: two vectors of AVX2. The smallest networks feel the call.
const WIDE: usize = 16;

fn squares<const N: usize>(row: &Vector<N>, target: &Vector<N>) -> f32 {
    row.as_slice().iter().zip(target.as_slice()).map(|(y, t)| (y - t) * (y - t)).sum()
}

impl<const N: usize> Loss<Vector<N>, Vector<N>> for Mse {
    fn loss<const B: usize>(
        &self,
        outputs: &[Vector<N>],
        targets: Batch<'_, Vector<N>, B>,
    ) -> Result<Measured, LossError> {
        same_rows(outputs.len(), &targets)?;
        let mut sum = 0.0;
        if const { N >= WIDE } {
            sum = squared_errors(Tensor::flatten_slice(outputs), N, &targets.rows::<N>().0);
        } else {
            for (row, target) in outputs.iter().zip(targets.iter()) {
                sum += squares(row, target);
            }
        }
        Ok(Measured { loss: sum / (outputs.len() * N) as f32, samples: outputs.len(), correct: None })
    }

    // The smallest networks feel the call.
    #[inline]
    fn loss_and_gradient<const B: usize>(
        &self,
        outputs: &mut [Vector<N>],
        targets: Batch<'_, Vector<N>, B>,
    ) -> Result<Measured, LossError> {
        same_rows(outputs.len(), &targets)?;
        let elements = (outputs.len() * N) as f32;
        let scale = 2.0 / elements;
        let mut sum = 0.0;
        if const { N >= WIDE } {
            sum = squared_errors_and_gradient(Tensor::flatten_slice_mut(outputs), N, &targets.rows::<N>().0, scale);
        } else {
            for (row, target) in outputs.iter_mut().zip(targets.iter()) {
                sum += squares(row, target);
                for (y, t) in row.as_mut_slice().iter_mut().zip(target.as_slice()) {
                    *y = scale * (*y - t);
                }
            }
        }
        Ok(Measured { loss: sum / elements, samples: outputs.len(), correct: None })
    }
}
