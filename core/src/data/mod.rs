//! Data sets in memory and their mini-batches (feature `alloc`), and readers for files.
//!
//! | item | feature | what it is |
//! | --- | --- | --- |
//! | [`Dataset`] | `alloc` | inputs and targets in pairs, in shuffled or plain mini-batches |
//! | [`synthetic`] | `alloc` | noisy linear functions, spirals, moons, blobs |
//! | [`Standardise`], [`one_hot`] | `alloc` | what is done to data before training; `Dataset::split`, `map_inputs`, `map_targets` |
//! | `csv` | `csv` | reader for tables in text |
//! | `idx` | `idx` | reader for IDX files, plain or gzip |
//! | `fashion_mnist` | `idx` | Fashion-MNIST from its four files |

#[cfg(feature = "csv")]
pub mod csv;
mod dataset;
#[cfg(feature = "idx")]
pub mod fashion_mnist;
#[cfg(feature = "idx")]
pub mod idx;
pub mod synthetic;
mod transform;

pub use dataset::{Batches, Dataset, DatasetError};
pub use transform::{Standardise, one_hot};
