//! Neural networks whose shapes are fixed and checked at compile time.
//!
//! A tour, from a tensor to a trained network in flash; the [`guide`] goes through each chapter of the usual course, and
//! [`network!`] says what a layer list can hold.
//!
//! A tensor's sizes are part of its type, so a sum of two shapes does not compile:
//!
//! ```
//! use formwork::{Tensor, Vector};
//! let x: Tensor<2, 3> = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
//! let sum = x.clone() + x;
//! assert_eq!(sum[(1, 2)], 12.0);
//! ```
//!
//! A layer list becomes a plain struct. What it takes and gives, how many parameters it has and how much memory it needs is
//! known before it runs:
//!
//! ```
//! use formwork::prelude::*;
//! formwork::network! {
//!     /// Tells two half circles apart.
//!     #[derive(Clone, Debug)]
//!     pub struct Moons < hidden: Linear<2, 16>, Tanh, out: Linear<16, 2> >
//! }
//! assert_eq!(Moons::PARAMETERS, 2 * 16 + 16 + 16 * 2 + 2);
//! assert_eq!(Moons::SCRATCH_BYTES, 4 * 16);
//! ```
//!
//! It trains on batches whose size is part of their type; the last, smaller one has the same type:
//!
//! ```
//! use formwork::{data::synthetic, prelude::*};
//! use rand::{SeedableRng, rngs::StdRng};
//! # formwork::network! { struct Moons < hidden: Linear<2, 16>, Tanh, out: Linear<16, 2> > }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut rng = StdRng::seed_from_u64(0);
//! let mut train = synthetic::moons(100, 0.1, &mut rng);
//! let mut trainer = Trainer::new(Moons::new(&mut rng), CrossEntropy, Adam::new(0.02));
//! for _epoch in 0..60 {
//!     for (x, y) in train.batches::<32>(&mut rng) {
//!         trainer.step(x, y)?;
//!     }
//! }
//! assert!(trainer.evaluate(&train)?.accuracy.unwrap() > 0.95);
//! # // These are the weights that a later block reads. Run with BLESS=1 to write them anew.
//! # let (bytes, file) = (trainer.network().to_bytes(), "src/guide/moons.bin");
//! # if std::env::var_os("BLESS").is_some() { std::fs::write(file, &bytes)?; }
//! # let numbers = |bytes: &[u8]| -> Vec<f32> { bytes.as_chunks().0.iter().map(|&four| f32::from_le_bytes(four)).collect() };
//! # let (trained, stored) = (numbers(&bytes), numbers(&std::fs::read(file)?));
//! # // Sums are rounded in another order where vectors are wider or narrower, which 240 steps make larger.
//! # assert!(trained.len() == stored.len() && trained.iter().zip(&stored).all(|(x, y)| (x - y).abs() < 0.01));
//! # Ok(())
//! # }
//! ```
//!
//! What was trained is written as bytes ...
//!
//! ```no_run
//! # use formwork::{data::synthetic, prelude::*};
//! # use rand::{SeedableRng, rngs::StdRng};
//! # formwork::network! { struct Moons < hidden: Linear<2, 16>, Tanh, out: Linear<16, 2> > }
//! # let mut rng = StdRng::seed_from_u64(0);
//! # let trainer = Trainer::<_, _, _, 32>::new(Moons::new(&mut rng), CrossEntropy, Adam::new(0.02));
//! std::fs::write("src/moons.bin", trainer.network().to_bytes())?;
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! ... and read back while another program is compiled, into a `static`, which lies in flash where there is one. There it
//! predicts with no heap, no operating system and no panic, in buffers of a size that is a constant:
//!
//! ```
//! # use formwork::prelude::*;
//! # formwork::network! { struct Moons < hidden: Linear<2, 16>, Tanh, out: Linear<16, 2> > }
//! # /* the file of the step before
//! static NETWORK: Moons = Moons::from_bytes(include_bytes!("moons.bin"));
//! # */ static NETWORK: Moons = Moons::from_bytes(include_bytes!("guide/moons.bin"));
//!
//! let (mut scratch, mut logits) = (MoonsScratch::new(), Vector::zeros());
//! for (point, half_circle) in [([0.0, 1.0], 0), ([1.0, -0.5], 1)] {
//!     NETWORK.predict_into(&Vector::from(point), &mut scratch, &mut logits);
//!     assert_eq!(logits.argmax(), half_circle);
//! }
//! assert_eq!(core::mem::size_of::<MoonsScratch>(), Moons::SCRATCH_BYTES);
//! ```
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`tensor`](mod@tensor) | matrices whose sizes are part of their type |
//! | [`layer`], [`loss`], [`optim`], [`init`] | the parts of a network and of its training |
//! | [`network`](mod@network) | the trait that `network!` implements, and a network's facts |
//! | [`train`], `data` | training loops and data sets |
//! | [`errors`] | the codes at the end of compile errors |
//!
//! Not for sizes known only at run time, for GPUs, or for models over a few million parameters.
#![cfg_attr(not(feature = "std"), no_std)]
#![deny(unsafe_code)]

#[cfg(feature = "alloc")]
extern crate alloc;

mod batch;
#[cfg(feature = "alloc")]
pub mod data;
pub mod errors;
#[cfg(feature = "std")]
pub mod guide;
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
/// For `struct Mlp < .. >`: the struct, with a public field for each layer that has parameters, used alike for parameters,
/// gradients and moments, of which every weight and every bias begins at a line of the cache (64 bytes) where there is an
/// operating system; `MlpTape<B>`, the activations and gradients of a batch of up to `B`; `MlpScratch`, the buffers of a single
/// prediction; `zeros`, `new`, `with_init`, `predict`, `predict_into`, `forward`, `backward`, `backward_sgd`, `summary` and the
/// constants `PARAMETERS`, `MACS`, `WEIGHT_BYTES`, `SCRATCH_BYTES`, `TAPE_BYTES`; and impls of
/// [`Network`], [`Parameters`](layer::Parameters) and, where no size is a const parameter,
/// [`StaticFacts`](network::StaticFacts). No `unsafe` code is emitted.
///
/// # What is fused
///
/// Bias and ReLU into the product before them, other activations as a pass in the same call; the activation's mask and the bias sum into the backward
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
