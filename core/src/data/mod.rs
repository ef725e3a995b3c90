//! Data sets in memory and their mini-batches (feature `alloc`), and readers for files.
//!
//! | item | feature | what it is |
//! | --- | --- | --- |
//! | [`Dataset`] | `alloc` | inputs and targets in pairs, in shuffled or plain mini-batches |
//! | `idx` | `idx` | reader for IDX files, plain or gzip |
//! | `fashion_mnist` | `idx` | Fashion-MNIST from its four files |

mod dataset;
#[cfg(feature = "idx")]
pub mod fashion_mnist;
#[cfg(feature = "idx")]
pub mod idx;

pub use dataset::{Batches, Dataset, DatasetError};
