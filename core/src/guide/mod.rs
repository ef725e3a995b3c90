//! The usual first chapters of deep learning, each with PyTorch's steps, ours, and what the compiler catches.
//!
//! | chapter | what it shows |
//! | --- | --- |
//! | [`tensor`](mod@tensor) | every line of PyTorch's tensor chapter beside ours |
//! | [`linear_regression`] | a noisy linear function, with `network!` and by hand |
//! | `softmax_regression` (feature `idx`) | Fashion-MNIST by one layer |
//! | [`mlp`] | ... and by a hidden layer |
//! | [`activations`] | what stands between two layers, and its slope |
//! | [`perceptron`] | AND, OR, and why XOR needs a hidden layer |
//! | [`spiral`] | three spirals, by a straight line and by a bent one |
//! | [`why_not_zero`] | units that begin alike stay alike |
//! | [`serve_latency`] | one sample at a time, and the slowest |
//! | [`embedded`] | the same network on a microcontroller |
//! | [`pytorch`] | what a PyTorch user looks for, and where it is |
//!
//! Code that is shown runs as a test, and what is said not to compile is compiled to see that it does not.
//! The pictures are drawn by the programs that they show: `sh examples/pictures/make.sh`.

#[doc = include_str!("activations.md")]
#[doc = ""]
#[doc = include_str!("pictures/activations.svg")]
pub mod activations {}
#[doc = include_str!("embedded.md")]
#[doc = include_str!("embedded_table.md")]
pub mod embedded {}
#[doc = include_str!("linear_regression.md")]
#[doc = ""]
#[doc = include_str!("pictures/linear_regression.svg")]
pub mod linear_regression {}
#[doc = include_str!("mlp.md")]
#[doc = ""]
#[doc = include_str!("pictures/mlp.svg")]
pub mod mlp {}
#[doc = include_str!("perceptron.md")]
#[doc = ""]
#[doc = include_str!("pictures/perceptron.svg")]
pub mod perceptron {}
#[doc = include_str!("pytorch.md")]
pub mod pytorch {}
#[doc = include_str!("serve_latency.md")]
#[doc = ""]
#[doc = include_str!("pictures/serve_latency.svg")]
pub mod serve_latency {}
#[cfg(feature = "idx")]
#[doc = include_str!("softmax_regression.md")]
#[doc = ""]
#[doc = include_str!("pictures/softmax_weights.svg")]
#[doc = ""]
#[doc = include_str!("pictures/softmax_curves.svg")]
pub mod softmax_regression {}
#[doc = include_str!("spiral.md")]
#[doc = ""]
#[doc = include_str!("pictures/spiral.svg")]
pub mod spiral {}
#[doc = include_str!("tensor.md")]
pub mod tensor {}
#[doc = include_str!("why_not_zero.md")]
#[doc = ""]
#[doc = include_str!("pictures/why_not_zero.svg")]
pub mod why_not_zero {}
