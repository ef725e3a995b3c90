//! Pages to read from top to bottom; every line of code in them runs as a test.

#[cfg(feature = "idx")]
#[doc = include_str!("classification.md")]
pub mod classification {}
#[doc = include_str!("embedded.md")]
#[doc = include_str!("embedded_table.md")]
pub mod embedded {}
#[doc = include_str!("linear_regression.md")]
pub mod linear_regression {}
#[doc = include_str!("pytorch.md")]
pub mod pytorch {}
#[doc = include_str!("spiral.md")]
pub mod spiral {}
#[doc = include_str!("tensor.md")]
pub mod tensor {}
