//! Neural networks whose shapes are fixed and checked at compile time.
#![cfg_attr(not(feature = "std"), no_std)]
#![deny(unsafe_code)]

#[cfg(feature = "alloc")]
extern crate alloc;

mod batch;
#[cfg(feature = "alloc")]
pub mod data;
pub mod errors;
pub mod init;
mod kernel;
pub mod layer;
pub mod loss;
pub mod network;
pub mod optim;
pub mod tensor;
pub mod train;

pub use batch::{Batch, BatchError, Rows};
/// Turns a layer list into a struct with typed forward and backward code.
///
/// ```
/// use formwork::prelude::*;
///
/// formwork::network! {
///     /// Tells three spirals apart.
///     #[derive(Clone, Debug)]
///     pub struct Spiral < hidden: Linear<2, 100>, ReLU, out: Linear<100, 3> >
/// }
///
/// let mut network = Spiral::zeros();
/// network.out.bias[(0, 2)] = 1.0;
/// let logits: Vector<3> = network.predict(&Vector::from([0.5, -0.5]));
/// assert_eq!(logits, Vector::from([0.0, 0.0, 1.0]));
/// assert_eq!(Spiral::PARAMETERS, 603);
/// ```
///
/// # What stands in the list
///
/// The layers of [`layer`], each with its sizes, in the order that samples pass through them; `name: Layer` names a field,
/// an unnamed layer is called by its kind and place (`linear1`). A size is a whole number, the name of a constant or of a
/// const parameter, or an expression in braces. `Flatten` first reads pictures; a network without it reads vectors.
/// A type of your own that implements [`Layer`](layer::Layer) stands in the list like a built-in one.
///
/// ```
/// use formwork::prelude::*;
/// const CLASSES: usize = 10;
///
/// formwork::network! {
///     /// A network whose hidden width is a parameter.
///     pub struct Mlp<const H: usize> < Flatten<28, 28>, Linear<784, H>, ReLU, Linear<H, CLASSES> >
/// }
/// assert_eq!(Mlp::<256>::zeros().predict(&Tensor::<28, 28, u8>::zeros()), Vector::zeros());
/// ```
///
/// # What comes out
///
/// For `struct Mlp < .. >`: the struct, with a public field for each layer that has parameters, used alike for
/// parameters, gradients and moments; `MlpTape<B>`, the activations and gradients of a batch of up to `B`; `MlpScratch`, the
/// buffers of a single prediction; `zeros`, `new`, `with_init`, `predict`, `predict_into`, `forward`, `backward`, `backward_sgd`,
/// `summary` and the constants `PARAMETERS`, `MACS`, `WEIGHT_BYTES`, `SCRATCH_BYTES`, `TAPE_BYTES`; and impls of
/// [`Network`], [`Parameters`](layer::Parameters) and, where no size is a const parameter,
/// [`StaticFacts`](network::StaticFacts). No `unsafe` code is emitted.
///
/// # What is fused
///
/// Bias and activation into the product before them; the activation's mask and the bias sum into the backward
/// products; the loss's gradient lies over the logits; the first layer computes no input gradient; `backward_sgd` changes the
/// weights in the kernel that computes their gradient, and no gradient is stored.
///
/// # Attributes
///
/// `#[network(boxed)]` keeps layers and tape on the heap, made there in place (feature `alloc`), so that a network of
/// megabytes never passes over the stack (a debug build copies a plain struct several times on its way: from a few hundred
/// kilobytes on, box it); `#[network(crate = path)]` names the crate where it is renamed. All other
/// attributes are the struct's.
///
/// ```
/// formwork::network! {
///     #[derive(Clone)]
///     #[network(boxed)]
///     pub struct Large < Linear<4096, 1024>, ReLU, Linear<1024, 4096> >
/// }
/// assert_eq!(Large::zeros().clone().linear1.bias.as_slice().len(), 1024);
/// ```
///
/// # A list that does not fit
///
/// does not compile; the message ends with a code that [`errors`] explains.
pub use formwork_macros::network;
pub use network::{Network, Tape};
pub use tensor::{Tensor, Vector};
pub use train::Trainer;

#[doc(no_inline)]
pub use rand;

/// Everything that a training program names.
pub mod prelude {
    #[cfg(feature = "alloc")]
    pub use crate::data::Dataset;
    pub use crate::layer::Parameters;
    pub use crate::loss::{CrossEntropy, Loss, Mse};
    pub use crate::network::{Network, StaticFacts, Tape, TapeOf};
    pub use crate::optim::{Adam, AdamW, Sgd};
    pub use crate::train::Trainer;
    pub use crate::{Batch, Tensor, Vector};
}

/// The README's code runs as a test.
#[cfg(all(doctest, feature = "std"))]
#[doc = include_str!("../../README.md")]
pub struct Readme;
