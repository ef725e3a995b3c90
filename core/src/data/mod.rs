//! Data sets in memory and their mini-batches (feature `alloc`).

mod dataset;

pub use dataset::{Batches, Dataset, DatasetError};
