//! Marker traits that carry the shape rules and their messages: const parameters print as decimals, in
//! `cargo check` and in editors. Each message ends with a code that [`errors`](crate::errors) explains.

use super::Network;
use crate::batch::Batch;

/// The network reads samples of type `X`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not read samples of type `{X}` [FW0002]",
    label = "a sample of another shape than the network's first layer takes",
    note = "FW0002 in `formwork::errors` shows a wrong and a right example"
)]
pub trait Accepts<X> {}

/// What no network reads. A network with a single `Accepts` impl has one for this too: of one impl alone the compiler
/// would infer a sample's type and then speak of mismatched types, without the words of [`Accepts`].
#[derive(Clone, Copy, Debug)]
pub enum Nothing {}

/// A tape made for network `N` and batches of up to `B` samples.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tape of `{N}` for batches of {B} [FW0004]",
    label = "a tape of another network or another batch size",
    note = "`formwork::Tape::<{N}, {B}>::new()` makes the right one; FW0004 in `formwork::errors` explains"
)]
pub trait TapeOf<N: Network, const B: usize> {
    /// A tape before its first batch.
    fn new() -> Self
    where
        Self: Sized;

    /// The tape itself.
    fn tape(&mut self) -> &mut N::Tape<B>;
}

/// The carrier of the size rule below; it has no value of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes;

/// Targets that go with inputs in batches of `B`: a [`Batch`] of the same size in its type.
#[diagnostic::on_unimplemented(
    message = "inputs in batches of {B} need targets `Batch<{Y}, {B}>`, but these are `{Self}` [FW0003]",
    label = "`Batch<{Y}, {B}>` is expected",
    note = "FW0003 in `formwork::errors` shows a wrong and a right example"
)]
pub trait TargetsOf<'a, Y, const B: usize> {
    /// The batch itself.
    fn batch(self) -> Batch<'a, Y, B>;
}

impl<'a, Y, const B: usize> TargetsOf<'a, Y, B> for Batch<'a, Y, B> {
    fn batch(self) -> Self {
        self
    }
}

/// Layer number `LAYER` (counted from 1) takes as many values as the layers before it give.
#[diagnostic::on_unimplemented(
    message = "layer {LAYER} takes {TAKES} values, but the layer before it gives {GIVES} [FW0001]",
    label = "takes {TAKES}, is given {GIVES}",
    note = "write {GIVES} here, or make the layer before it give {TAKES}; FW0001 in `formwork::errors` explains"
)]
pub trait Chain<const LAYER: usize, const GIVES: usize, const TAKES: usize> {}

impl<const LAYER: usize, const N: usize> Chain<LAYER, N, N> for Sizes {}

/// Proves a [`Chain`]; the code of `network!` names it for each pair of sizes that the macro cannot read.
pub fn chain<const LAYER: usize, const GIVES: usize, const TAKES: usize>()
where
    Sizes: Chain<LAYER, GIVES, TAKES>,
{
}

/// A layer of your own reads what the layer before it gives: the two are one type.
#[diagnostic::on_unimplemented(
    message = "a layer takes `{Self}`, but the layer before it gives `{X}` [FW0001]",
    label = "takes `{Self}`, is given `{X}`",
    note = "FW0001 in `formwork::errors` shows a wrong and a right example"
)]
pub trait Reads<X> {}

impl<X> Reads<X> for X {}

/// Proves a [`Reads`], for a layer of your own.
pub fn reads<Takes: Reads<Gives>, Gives>() {}
