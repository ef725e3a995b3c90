//! Pages to read from top to bottom; every line of code in them runs as a test.
//!
//! The pictures are drawn by the programs that they show: `sh examples/pictures/make.sh`.

#[doc = include_str!("activations.md")]
#[doc = ""]
#[doc = include_str!("pictures/activations.svg")]
pub mod activations {}
#[cfg(feature = "idx")]
#[doc = include_str!("classification.md")]
#[doc = ""]
#[doc = include_str!("pictures/classification.svg")]
pub mod classification {}
#[doc = include_str!("embedded.md")]
#[doc = include_str!("embedded_table.md")]
pub mod embedded {}
#[doc = include_str!("linear_regression.md")]
#[doc = ""]
#[doc = include_str!("pictures/linear_regression.svg")]
pub mod linear_regression {}
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
