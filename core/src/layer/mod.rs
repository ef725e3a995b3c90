//! Layers: parameters, forward and backward of each, in terms of tensors and kernels.
//!
//! | layer | input -> output | parameters |
//! | --- | --- | --- |
//! | [`Flatten`] | `[r, c]` -> `[r c]` | none |
//! | [`Linear<I, O>`](Linear) | `[I]` -> `[O]` | `I O + O` |
//! | [`ReLU`], [`LeakyReLU`], [`ELU`], [`Softplus`], [`Sigmoid`], [`Tanh`] | element by element | none |
//! | [`SiLU<N>`](SiLU), [`GELU<N>`](GELU) | `[N]` -> `[N]` | none |
//!
//! `network!` fuses an activation without a size into the `Linear` before it; those with a size fall before they rise,
//! so that their derivative needs what went in, which they keep. A layer of your own implements
//! [`Layer`] and [`Parameters`] and stands in the list like a built-in one.

mod activation;
mod custom;
mod flatten;
mod linear;
mod parameters;
mod smooth;

pub use activation::{ELU, LeakyReLU, ReLU, Sigmoid, Softplus, Tanh};
pub use custom::Layer;
pub use flatten::Flatten;
pub(crate) use linear::info as linear_info;
pub use linear::{Linear, Weight};
pub use parameters::{BytesError, ParameterInfo, ParameterKind, Parameters};
pub use smooth::{GELU, SiLU};

pub use crate::kernel::activation::Activation;
pub use crate::kernel::dense::Layout;
