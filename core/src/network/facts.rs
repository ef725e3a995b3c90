//! What is known of a network before it runs: numbers as constants, as types, and as a table.

use super::Network;
use crate::layer::{Linear, ParameterInfo, Parameters, linear_info};
use core::fmt;
use generic_array::ArrayLength;
use typenum::Unsigned;

/// What is known of one layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerFacts {
    /// Its name in the struct, or its kind in small letters where it has no parameters.
    pub name: &'static str,
    /// As written in the list: `Linear<784, 256>`.
    pub kind: &'static str,
    /// Values of one sample on the way in.
    pub inputs: usize,
    /// Values of one sample on the way out.
    pub outputs: usize,
    /// Trainable numbers.
    pub parameters: usize,
    /// Multiply-adds for one sample.
    pub macs: usize,
    /// The layer whose kernel computes this one, where it is fused.
    pub fused_into: Option<&'static str>,
}

/// A network's facts as type-level numbers, for buffers of exactly the right length in generic code
/// (`GenericArray<f32, N::Parameters>`, where `N::Parameters: ArrayLength`) and for budgets as bounds.
///
/// Implemented for every network whose sizes are known where it is declared; one with const parameters has the
/// constants of [`Network`] alone, for stable Rust cannot compute with const parameters in types.
pub trait StaticFacts: Network {
    /// Number of trainable numbers, also the length of an array of `generic-array`. (That it is one is left to those who
    /// need it, `where N::Parameters: ArrayLength`: to prove it for every network costs each build of its crate 35 ms.)
    type Parameters: Unsigned;
    /// Multiply-adds for one sample.
    type Macs: Unsigned;
    /// Bytes of weights.
    type WeightBytes: Unsigned;
    /// Bytes of scratch for `predict_into`.
    type ScratchBytes: Unsigned;
    /// Bytes of tape for each sample of a batch.
    type TapeBytes: Unsigned;

    /// All parameters, one slice after the other, in a buffer of exactly their number.
    fn to_flat(&self) -> generic_array::GenericArray<f32, Self::Parameters>
    where
        Self::Parameters: ArrayLength,
    {
        let mut flat = generic_array::GenericArray::<f32, Self::Parameters>::default();
        let mut places = flat.iter_mut();
        for index in 0..Self::SLICES {
            for value in self.slice(index).into_iter().flatten() {
                if let Some(place) = places.next() {
                    *place = *value;
                }
            }
        }
        flat
    }
}

/// The slices of parameters of a layer of a network, for [`info_of`].
#[derive(Clone, Copy, Debug)]
pub struct LayerSlices {
    layer: &'static str,
    slices: usize,
    info: Info,
}

#[derive(Clone, Copy, Debug)]
enum Info {
    /// Of a [`Linear`](crate::layer::Linear) of so many inputs and outputs: one function for all of them.
    Linear([usize; 2]),
    Other(fn(usize) -> Option<ParameterInfo>),
}

impl LayerSlices {
    /// Those of a layer of this name: how many, and what each of them is.
    pub const fn new(layer: &'static str, slices: usize, info: fn(usize) -> Option<ParameterInfo>) -> Self {
        Self { layer, slices, info: Info::Other(info) }
    }

    /// Those of a [`Linear`](crate::layer::Linear) of this name and these inputs and outputs.
    pub const fn linear(layer: &'static str, sizes: [usize; 2]) -> Self {
        Self { layer, slices: Linear::<1, 1>::SLICES, info: Info::Linear(sizes) }
    }
}

/// What the slice at a place is, of all slices of these layers, with the name of its layer.
///
/// ```
/// use formwork::layer::{Linear, Parameters};
/// use formwork::network::{LayerSlices, info_of};
/// let layers = [LayerSlices::linear("hidden", [2, 3]), LayerSlices::new("out", 2, Linear::<3, 1>::info)];
/// let info = info_of(&layers, 2).unwrap();
/// assert_eq!((info.layer, info.name, info.shape), ("out", "weight", [1, 3]));
/// assert!(info_of(&layers, 4).is_none());
/// ```
pub fn info_of(layers: &[LayerSlices], mut index: usize) -> Option<ParameterInfo> {
    for &LayerSlices { layer, slices, info } in layers {
        if index < slices {
            let info = match info {
                Info::Linear([inputs, outputs]) => linear_info(index, inputs, outputs),
                Info::Other(info) => info(index),
            };
            return info.map(|info| ParameterInfo { layer, ..info });
        }
        index -= slices;
    }
    None
}

/// The larger of two sizes, in constants.
pub const fn larger(a: usize, b: usize) -> usize {
    if a > b { a } else { b }
}

/// The table of a network's layers; `{}` prints it.
#[derive(Clone, Copy, Debug)]
pub struct Summary {
    name: &'static str,
    layers: &'static [LayerFacts],
    parameters: usize,
    macs: usize,
    weight_bytes: usize,
    scratch_bytes: usize,
    tape_bytes: usize,
}

impl Summary {
    pub(super) const fn of<N: Network>() -> Self {
        Self {
            name: N::NAME,
            layers: N::LAYERS,
            parameters: N::PARAMETERS,
            macs: N::MACS,
            weight_bytes: N::WEIGHT_BYTES,
            scratch_bytes: N::SCRATCH_BYTES,
            tape_bytes: N::TAPE_BYTES,
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.name)?;
        writeln!(
            f,
            "{:<12} {:<20} {:>14} {:>12} {:>12}  fused into",
            "layer", "kind", "in -> out", "parameters", "multiply-adds"
        )?;
        for layer in self.layers {
            write!(f, "{:<12} {:<20} {:>6} -> {:<4}", layer.name, layer.kind, layer.inputs, layer.outputs)?;
            write!(f, " {:>12} {:>13}", Grouped(layer.parameters), Grouped(layer.macs))?;
            match layer.fused_into {
                Some(into) => writeln!(f, "  {into}")?,
                None => writeln!(f)?,
            }
        }
        write!(
            f,
            "{} parameters ({} bytes), {} multiply-adds a sample, scratch {} bytes, tape {} bytes a sample",
            Grouped(self.parameters),
            Grouped(self.weight_bytes),
            Grouped(self.macs),
            Grouped(self.scratch_bytes),
            Grouped(self.tape_bytes)
        )
    }
}

/// A number with a comma every three digits.
struct Grouped(usize);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = [0_u8; 28];
        let mut start = digits.len();
        let mut rest = self.0;
        for (count, place) in digits.iter_mut().rev().enumerate() {
            let digit = if count % 4 == 3 {
                b','
            } else {
                let digit = b'0' + (rest % 10) as u8;
                rest /= 10;
                digit
            };
            *place = digit;
            start -= 1;
            if rest == 0 && count % 4 != 3 {
                break;
            }
        }
        f.pad(digits.get(start..).and_then(|used| core::str::from_utf8(used).ok()).unwrap_or(""))
    }
}
