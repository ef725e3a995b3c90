//! The numeric floor: plain slices and sizes in, numbers out. Nothing here knows a tensor or a layer.
//!
//! | file | what it computes |
//! | --- | --- |
//! | `isa` | which instruction set runs, chosen once |
//! | `vector`, `tile` | a vector register, and the register tiles that every product is made of |
//! | `threads` | kernels split over rayon's threads |
//! | `product`, `matmul` | products with a packed right side, and the general ones |
//! | `rows` | where the rows of a batch lie: one after the other, or by reference |
//! | `element` | the element types that a first layer reads: `f32`, and `u8` scaled by 1/255 |
//! | `dense` | y = act(x W + b) and its three derivatives |
//! | `device` | the loop of the dense layer on a microcontroller, in assembly where that is worth it |
//! | `activation` | element-wise activations and their derivatives in terms of the output |
//! | `smooth` | activations whose slope is no function of their output |
//! | `softmax` | softmax and cross-entropy of a row |
//! | `squares` | squared errors of rows |
//! | `update` | one pass over parameters, gradient and moments for each optimizer |
//! | `lanes`, `powers` | loops over the elements of a tensor; sin, cos and powers in them |
//! | `finite` | whether all numbers are |
//! | `math`, `rounding` | exp, tanh, sigmoid, ln, sqrt, and floor, ceil and round without a platform library |
//!
//! The hot loops are not generic over shapes: sizes arrive as arguments, so that a user's crate calls
//! one compiled copy and stays quick in a debug build. No function here panics for slices of the stated lengths;
//! slices that are too short leave the rest of the output as it was.

/// Whether the kernels made for a microcontroller run: where there is no operating system, flash and stack count for
/// more than batches. Their bits are those of the portable kernels.
const SMALL: bool = cfg!(target_os = "none");

pub(crate) mod activation;
pub(crate) mod dense;
mod device;
pub(crate) mod element;
mod finite;
#[allow(unsafe_code, reason = "the calls into functions compiled for an instruction set")]
pub(crate) mod isa;
pub(crate) mod lanes;
pub(crate) mod math;
pub(crate) mod matmul;
pub(crate) mod powers;
mod product;
pub(crate) mod rounding;
pub(crate) mod rows;
pub(crate) mod smooth;
pub(crate) mod softmax;
pub(crate) mod squares;
mod threads;
mod tile;
pub(crate) mod update;
#[allow(unsafe_code, reason = "the intrinsics of vector registers")]
mod vector;

#[cfg(test)]
mod tests;
