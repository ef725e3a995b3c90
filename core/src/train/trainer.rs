//! [`Trainer`]: a network, a loss and an optimizer, one batch a step.

use crate::batch::Batch;
use crate::loss::{Loss, LossError, Measured};
use crate::network::{Accepts, Network, TapeOf, TargetsOf};
use crate::optim::Optimizer;
use crate::tensor::Sample;

/// A network, a loss and an optimizer, with the tape and the moments that training needs. After its first steps, by which
/// each thread has the buffers of its kernels, a step allocates nothing, but for 16 bytes where a sleeping thread is called
/// (feature `rayon`); without `std` it never does.
///
/// `B` is the size of a full batch; it follows from the batches that [`step`](Self::step) is given.
///
/// ```
/// use formwork::prelude::*;
/// formwork::network! {
///     /// One output from two inputs.
///     pub struct Line < Linear<2, 1> >
/// }
/// let inputs = [Vector::from([1.0, 0.0]), Vector::from([0.0, 1.0])];
/// let targets = [Vector::from([2.0]), Vector::from([-3.0])];
/// let mut trainer = Trainer::new(Line::zeros(), Mse, Sgd::new(0.1));
/// let before = trainer.step(Batch::from(&inputs), Batch::from(&targets))?;
/// for _ in 0..200 {
///     trainer.step(Batch::from(&inputs), Batch::from(&targets))?;
/// }
/// let after = trainer.measure(Batch::from(&inputs), Batch::from(&targets))?;
/// assert_eq!(before.loss, 6.5);
/// assert!(after.loss < 1e-6);
/// # Ok::<(), formwork::loss::LossError>(())
/// ```
pub struct Trainer<N: Network, L, O: Optimizer<N>, const B: usize> {
    network: N,
    loss: L,
    optimizer: O,
    memory: O::Memory,
    tape: N::Tape<B>,
}

impl<N: Network, L, O: Optimizer<N>, const B: usize> core::fmt::Debug for Trainer<N, L, O, B>
where
    L: core::fmt::Debug,
    O: core::fmt::Debug,
{
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Trainer")
            .field("network", &N::NAME)
            .field("loss", &self.loss)
            .field("optimizer", &self.optimizer)
            .field("batch", &B)
            .finish_non_exhaustive()
    }
}

impl<N: Network, L, O: Optimizer<N>, const B: usize> Trainer<N, L, O, B> {
    /// A trainer before its first step.
    pub fn new(network: N, loss: L, optimizer: O) -> Self {
        let memory = optimizer.memory();
        Self { network, loss, optimizer, memory, tape: TapeOf::new() }
    }

    /// The network as it is now.
    pub const fn network(&self) -> &N {
        &self.network
    }

    /// The network, to change between steps.
    pub const fn network_mut(&mut self) -> &mut N {
        &mut self.network
    }

    /// The optimizer, to change its learning rate between steps.
    pub const fn optimizer_mut(&mut self) -> &mut O {
        &mut self.optimizer
    }

    /// The trained network.
    pub fn into_network(self) -> N {
        self.network
    }

    /// One step: forward, loss, backward, update. Returns the loss before the update.
    ///
    /// # Errors
    /// [`LossError`] when a target does not fit; the parameters are then unchanged.
    pub fn step<'y, X: Sample, Y: 'y>(
        &mut self,
        input: Batch<'_, X, B>,
        targets: impl TargetsOf<'y, Y, B>,
    ) -> Result<Measured, LossError>
    where
        N: Accepts<X>,
        L: Loss<N::Output, Y>,
    {
        let measured = self.differentiate(&input, &targets.batch());
        if measured.is_ok() {
            self.update(&input);
        }
        measured
    }

    /// Forward and loss. Apart from the update, so that the frames of the two lie in the same place of the stack.
    // By reference, here and below: to copy what the caller has just written waits as long as the smallest networks take.
    #[inline(never)]
    fn differentiate<X: Sample, Y>(
        &mut self,
        input: &Batch<'_, X, B>,
        targets: &Batch<'_, Y, B>,
    ) -> Result<Measured, LossError>
    where
        N: Accepts<X>,
        L: Loss<N::Output, Y>,
    {
        let outputs = self.network.forward(*input, &mut self.tape);
        self.loss.loss_and_gradient(outputs, *targets)
    }

    /// Backward and update.
    #[inline(never)]
    fn update<X: Sample>(&mut self, input: &Batch<'_, X, B>)
    where
        N: Accepts<X>,
    {
        self.optimizer.update(&mut self.network, &mut self.memory, *input, &mut self.tape);
    }

    /// The loss of a batch, without training.
    ///
    /// # Errors
    /// [`LossError`] when a target does not fit.
    pub fn measure<'y, X: Sample, Y: 'y>(
        &mut self,
        input: Batch<'_, X, B>,
        targets: impl TargetsOf<'y, Y, B>,
    ) -> Result<Measured, LossError>
    where
        N: Accepts<X>,
        L: Loss<N::Output, Y>,
    {
        let outputs = self.network.forward(input, &mut self.tape);
        self.loss.loss(outputs, targets.batch())
    }
}
