//! [`Network`]: what `network!` implements for the struct it makes.

mod facts;
mod flash;
mod markers;
pub mod number;
pub mod scratch;

pub use crate::tensor::AtMost;
pub use facts::{LayerFacts, LayerSlices, StaticFacts, Summary, info_of, larger};
pub use flash::weights_of;
pub use markers::{Accepts, Chain, Nothing, Reads, Sizes, TapeOf, TargetsOf, chain, reads};

use crate::batch::Batch;
use crate::layer::Parameters;
use crate::tensor::{Sample, Vector};

/// A new scratch of a network.
pub fn scratch_of<N: Network>() -> N::Scratch {
    N::Scratch::default()
}

/// Copies outputs to the place where the loss writes its gradient.
pub fn copy_outputs<O: Clone>(outputs: &[O], into: &mut [O]) {
    for (into, output) in into.iter_mut().zip(outputs) {
        into.clone_from(output);
    }
}

/// Rows of a tape before its first batch.
///
/// ```
/// use formwork::{Vector, network};
/// assert_eq!(network::zero_rows::<2, 3>(), [const { Vector::<2>::zeros() }; 3]);
/// ```
#[inline]
pub const fn zero_rows<const N: usize, const BATCH: usize>() -> [Vector<N>; BATCH] {
    crate::tensor::zero()
}

/// Samples as rows of `TAKES` values, where [`Chain`] or [`Reads`] proves that they are such rows.
pub fn pass<Given: Sample<Element = f32>, const TAKES: usize>(samples: &[Given]) -> &[Vector<TAKES>] {
    Vector::from_arrays(Given::flatten(samples).as_chunks().0)
}

/// The same to write.
pub fn pass_mut<Given: Sample<Element = f32>, const TAKES: usize>(samples: &mut [Given]) -> &mut [Vector<TAKES>] {
    Vector::from_arrays_mut(Given::flatten_mut(samples).as_chunks_mut().0)
}

/// A sample as the type that a layer of your own reads, where the two are one type.
pub fn same_type<X: 'static, Y: 'static>(sample: &X) -> Option<&Y> {
    (sample as &dyn core::any::Any).downcast_ref()
}

/// The same to write.
pub fn same_type_mut<X: 'static, Y: 'static>(sample: &mut X) -> Option<&mut Y> {
    (sample as &mut dyn core::any::Any).downcast_mut()
}

/// The tape of a network for batches of up to `B` samples: activations and their gradients.
pub type Tape<N, const B: usize> = <N as Network>::Tape<B>;

/// A network made by `network!`: parameters, a forward and a backward pass, and its facts.
///
/// The struct has the same methods itself; the trait is for code that works with any network.
pub trait Network: Parameters {
    /// One sample's output, a `Vector<N>`.
    type Output: Clone;
    /// Activations and their gradients for batches of up to `B` samples.
    type Tape<const B: usize>: TapeOf<Self, B>;
    /// Buffers of [`predict_into`](Self::predict_into).
    type Scratch: Default;

    /// The struct's name.
    const NAME: &'static str;
    /// One entry a layer, in order.
    const LAYERS: &'static [LayerFacts];
    /// Number of trainable numbers.
    const PARAMETERS: usize = Self::COUNT;
    /// Multiply-adds for one sample.
    const MACS: usize;
    /// Bytes of weights, 4 a parameter.
    const WEIGHT_BYTES: usize = 4 * Self::COUNT;
    /// Bytes of [`Scratch`](Self::Scratch).
    const SCRATCH_BYTES: usize;
    /// Bytes of tape for each sample of a batch.
    const TAPE_BYTES: usize;

    /// One sample through the network: `scratch` holds the activations on their way, `output` the result.
    fn predict_into<X: Sample>(&self, input: &X, scratch: &mut Self::Scratch, output: &mut Self::Output)
    where
        Self: Accepts<X>;

    /// A batch through the network; the outputs are the first rows of the tape's last buffer, where a loss then
    /// writes its gradient.
    fn forward<'t, X: Sample, const B: usize>(
        &self,
        input: Batch<'_, X, B>,
        tape: &'t mut Self::Tape<B>,
    ) -> &'t mut [Self::Output]
    where
        Self: Accepts<X>;

    /// The gradient of every parameter, from the loss gradient that lies over the outputs of `forward`;
    /// written over `gradients`.
    fn backward<X: Sample, const B: usize>(
        &self,
        input: Batch<'_, X, B>,
        tape: &mut Self::Tape<B>,
        gradients: &mut Self,
    ) where
        Self: Accepts<X>;

    /// The backward pass with plain SGD folded into the weight gradients: w = (1 - lr weight_decay) w - lr g.
    fn backward_sgd<X: Sample, const B: usize>(
        &mut self,
        input: Batch<'_, X, B>,
        tape: &mut Self::Tape<B>,
        lr: f32,
        weight_decay: f32,
    ) where
        Self: Accepts<X>;

    /// The table of layers, printed by `{}`.
    fn summary() -> Summary {
        Summary::of::<Self>()
    }
}
