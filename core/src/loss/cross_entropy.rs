//! [`CrossEntropy`]: softmax and negative log likelihood in one.

use super::{Loss, LossError, Measured, same_rows};
use crate::batch::Batch;
use crate::kernel::softmax;
use crate::tensor::{Tensor, Vector};

/// Softmax cross-entropy: the mean over rows of ln sum_j exp(z_j) - z_class; gradient (softmax(z) - onehot) / rows.
///
/// Takes logits, not probabilities, as PyTorch's `CrossEntropyLoss` does, and is stable for logits of any size.
/// Targets are class ids, or probabilities `Vector<N>` that sum to 1 in each row.
///
/// ```
/// use formwork::{Batch, Vector, loss::{CrossEntropy, Loss}};
/// let mut logits = [Vector::from([1000.0, 1000.0])];
/// let measured = CrossEntropy.loss_and_gradient(&mut logits, Batch::from(&[0_u8]))?;
/// assert!((measured.loss - 2_f32.ln()).abs() < 1e-6);
/// assert_eq!(logits, [Vector::from([-0.5, 0.5])]);
/// # Ok::<(), formwork::loss::LossError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CrossEntropy;

/// A class id.
pub trait Class: Copy {
    /// The id as an index.
    fn index(self) -> usize;
}

macro_rules! class {
    ($($kind:ty),*) => {$(
        impl Class for $kind {
            #[inline]
            fn index(self) -> usize {
                usize::try_from(self).unwrap_or(usize::MAX)
            }
        }
    )*};
}
class!(u8, u16, u32, usize);

fn check<Y: Class, const B: usize>(outputs: usize, classes: usize, targets: &Batch<'_, Y, B>) -> Result<(), LossError> {
    same_rows(outputs, targets)?;
    match targets.iter().map(|class| class.index()).enumerate().find(|(_, class)| *class >= classes) {
        Some((place, class)) => Err(LossError::Class { place, class, classes }),
        None => Ok(()),
    }
}

impl<const N: usize, Y: Class> Loss<Vector<N>, Y> for CrossEntropy {
    fn loss<const B: usize>(&self, outputs: &[Vector<N>], targets: Batch<'_, Y, B>) -> Result<Measured, LossError> {
        check(outputs.len(), N, &targets)?;
        let sum = softmax::losses(Tensor::flatten_slice(outputs), N, targets.iter().map(|class| class.index()));
        let samples = outputs.len();
        Ok(Measured { loss: sum.loss / samples as f32, samples, correct: Some(sum.correct) })
    }

    // Its buffer is not to lie in the frame of a whole training step.
    #[inline(never)]
    fn loss_and_gradient<const B: usize>(
        &self,
        outputs: &mut [Vector<N>],
        targets: Batch<'_, Y, B>,
    ) -> Result<Measured, LossError> {
        check(outputs.len(), N, &targets)?;
        // (To clear the place of a large batch takes 25 ns, as three rows of ten logits do.)
        Ok(if B <= FEW {
            by_blocks::<N, Y, B, FEW>(outputs, &targets)
        } else {
            by_blocks::<N, Y, B, MANY>(outputs, &targets)
        })
    }
}

/// Rows that classes are gathered for on the stack, in small batches and in large ones.
const FEW: usize = if softmax::CROSS_ENTROPY_CLASSES < 32 { softmax::CROSS_ENTROPY_CLASSES } else { 32 };
const MANY: usize = softmax::CROSS_ENTROPY_CLASSES;

/// The kernel takes blocks of rows: single rows of ten logits would leave vector registers half empty.
#[inline(always)]
fn by_blocks<const N: usize, Y: Class, const B: usize, const ROWS: usize>(
    outputs: &mut [Vector<N>],
    targets: &Batch<'_, Y, B>,
) -> Measured {
    let samples = outputs.len();
    let scale = 1.0 / samples as f32;
    let (mut sum, mut correct) = (0.0, 0);
    let mut classes = [0; ROWS];
    let mut targets = targets.iter();
    for rows in outputs.chunks_mut(ROWS) {
        for (class, target) in classes.iter_mut().zip(targets.by_ref().take(rows.len())) {
            *class = target.index();
        }
        let block = softmax::cross_entropy(Tensor::flatten_slice_mut(rows), N, &classes, scale);
        sum += block.loss;
        correct += block.correct;
    }
    Measured { loss: sum / samples as f32, samples, correct: Some(correct) }
}

impl<const N: usize> Loss<Vector<N>, Vector<N>> for CrossEntropy {
    fn loss<const B: usize>(
        &self,
        outputs: &[Vector<N>],
        targets: Batch<'_, Vector<N>, B>,
    ) -> Result<Measured, LossError> {
        same_rows(outputs.len(), &targets)?;
        let sum = softmax::soft_losses(Tensor::flatten_slice(outputs), N, targets.rows::<N>().0);
        Ok(Measured { loss: sum / outputs.len() as f32, samples: outputs.len(), correct: None })
    }

    fn loss_and_gradient<const B: usize>(
        &self,
        outputs: &mut [Vector<N>],
        targets: Batch<'_, Vector<N>, B>,
    ) -> Result<Measured, LossError> {
        same_rows(outputs.len(), &targets)?;
        let samples = outputs.len();
        let scale = 1.0 / samples as f32;
        let sum = softmax::soft_cross_entropy(Tensor::flatten_slice_mut(outputs), N, &targets.rows::<N>().0, scale);
        Ok(Measured { loss: sum / samples as f32, samples, correct: None })
    }
}
