//! `Tensor` against PyTorch's stored results, and against `ndarray` and `nalgebra` on random values.

mod heap;
mod npy;
mod properties;
mod reference;
