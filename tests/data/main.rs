//! Readers on good and bad files, batches, and the weighting of the last, smaller batch.

mod batches;
mod csv;
mod files;
