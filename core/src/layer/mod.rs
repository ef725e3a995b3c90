//! Layers: parameters, forward and backward of each, in terms of tensors and kernels.
//!
//! | layer | input -> output | parameters |
//! | --- | --- | --- |
//! | [`Flatten`] | `[r, c]` -> `[r c]` | none |
//! | [`Linear<I, O>`](Linear) | `[I]` -> `[O]` | `I O + O` |
//! | [`ReLU`], [`Sigmoid`], [`Tanh`] | element by element | none |
//!
//! `network!` fuses an activation into the `Linear` before it. A layer of your own implements
//! [`Layer`] and [`Parameters`] and stands in the list like a built-in one.

mod activation;
mod custom;
mod flatten;
mod linear;
mod parameters;

pub use activation::{ReLU, Sigmoid, Tanh};
pub use custom::Layer;
pub use flatten::Flatten;
pub use linear::{Linear, Weight};
pub use parameters::{BytesError, ParameterInfo, ParameterKind, Parameters};

pub use crate::kernel::activation::Activation;
pub use crate::kernel::dense::Layout;
