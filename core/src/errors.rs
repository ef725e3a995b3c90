//! The codes at the end of Formwork's compile errors, each with a wrong and a right example.
//!
//! | code | what is wrong |
//! | --- | --- |
//! | [FW0001](#fw0001) | a layer takes another number of values than it is given |
//! | [FW0002](#fw0002) | a sample of another shape than the network reads |
//! | [FW0003](#fw0003) | targets in batches of another size than the inputs' |
//! | [FW0004](#fw0004) | a tape of another network or another batch size |
//! | [FW0005](#fw0005) | a name that is no layer |
//! | [FW0006](#fw0006) | a size too few or too many |
//! | [FW0007](#fw0007) | a size of zero |
//! | [FW0008](#fw0008) | an empty list |
//! | [FW0009](#fw0009) | nothing to train |
//! | [FW0010](#fw0010) | something that is not a size |
//! | [FW0011](#fw0011) | two fields of one name |
//! | [FW0012](#fw0012) | something that stands where it means nothing |
//! | [FW0013](#fw0013) | the declaration itself |
//! | [FW0014](#fw0014) | a file of weights of another size than the network's |
//!
//! # FW0001
//!
//! A layer takes another number of values than it is given.
//!
//! Each layer's first size is what the layers before it give; an activation passes on what it takes. Sizes that are
//! numbers are compared by the macro; names and const parameters by the type checker, which prints their values.
//!
//! Wrong:
//!
//! ```compile_fail
//! formwork::network! {
//!     pub struct Net < Flatten, Linear<784, 256>, ReLU, Linear<128, 10> >
//! }
//! # fn main() {}
//! ```
//!
//! Right:
//!
//! ```
//! formwork::network! {
//!     pub struct Net < Flatten, Linear<784, 256>, ReLU, Linear<256, 10> >
//! }
//! # fn main() {}
//! ```
//!
//! # FW0002
//!
//! A sample of another shape than the network reads.
//!
//! `Flatten` first reads any picture whose values count what the next layer takes, `Flatten<R, C>` that picture
//! alone, and a network without `Flatten` reads vectors. Elements are `f32` or `u8`. Before a size that the macro
//! cannot read (a named constant), `Flatten` without sizes is checked when the program is built, not yet by `cargo
//! check`.
//!
//! Wrong:
//!
//! ```compile_fail
//! # use formwork::prelude::*;
//! formwork::network! { struct Net < Flatten, Linear<784, 10> > }
//! Net::zeros().predict(&Tensor::<28, 27>::zeros());
//! ```
//!
//! Right:
//!
//! ```
//! # use formwork::prelude::*;
//! formwork::network! { struct Net < Flatten, Linear<784, 10> > }
//! Net::zeros().predict(&Tensor::<28, 28>::zeros());
//! ```
//!
//! # FW0003
//!
//! Targets in batches of another size than the inputs'.
//!
//! Inputs and targets of a step are batches of one type of size; the last, smaller batch of an epoch has the type
//! of a full one.
//!
//! Wrong:
//!
//! ```compile_fail
//! # use formwork::prelude::*;
//! formwork::network! { struct Net < Linear<2, 3> > }
//! let inputs = [const { Vector::<2>::zeros() }; 8];
//! let mut trainer = Trainer::new(Net::zeros(), CrossEntropy, Sgd::new(0.1));
//! trainer.step(Batch::from(&inputs), Batch::from(&[0_u8; 4]));
//! ```
//!
//! Right:
//!
//! ```
//! # use formwork::prelude::*;
//! formwork::network! { struct Net < Linear<2, 3> > }
//! let inputs = [const { Vector::<2>::zeros() }; 8];
//! let mut trainer = Trainer::new(Net::zeros(), CrossEntropy, Sgd::new(0.1));
//! trainer.step(Batch::from(&inputs), Batch::from(&[0_u8; 8])).unwrap();
//! ```
//!
//! # FW0004
//!
//! A tape of another network or another batch size.
//!
//! A tape holds the activations of one network for batches of up to `B` samples; both are in its type.
//!
//! Wrong:
//!
//! ```compile_fail
//! # use formwork::prelude::*;
//! formwork::network! { struct Net < Linear<2, 3> > }
//! let inputs = [const { Vector::<2>::zeros() }; 8];
//! Net::zeros().forward(Batch::from(&inputs), &mut NetTape::<4>::new());
//! ```
//!
//! Right:
//!
//! ```
//! # use formwork::prelude::*;
//! formwork::network! { struct Net < Linear<2, 3> > }
//! let inputs = [const { Vector::<2>::zeros() }; 8];
//! Net::zeros().forward(Batch::from(&inputs), &mut NetTape::<8>::new());
//! ```
//!
//! # FW0005
//!
//! A name that is no layer.
//!
//! The layers are those of [`layer`](crate::layer), `Flatten`, `Linear`, `ReLU` and so on, and types that implement
//! [`Layer`](crate::layer::Layer). A name that is nearly one of ours is taken for a slip of the pen; a type of your
//! own of such a name is written with its path, `self::Relu`. Softmax is no layer:
//! [`CrossEntropy`](crate::loss::CrossEntropy) takes logits.
//!
//! Wrong:
//!
//! ```compile_fail
//! formwork::network! {
//!     pub struct Net < Dense<2, 8>, Relu, Linear<8, 3> >
//! }
//! # fn main() {}
//! ```
//!
//! Right:
//!
//! ```
//! formwork::network! {
//!     pub struct Net < Linear<2, 8>, ReLU, Linear<8, 3> >
//! }
//! # fn main() {}
//! ```
//!
//! # FW0006
//!
//! A size too few or too many.
//!
//! `Linear` takes two sizes, the values that go in and those that come out; `Flatten` none or the picture's rows
//! and columns; activations none.
//!
//! Wrong:
//!
//! ```compile_fail
//! formwork::network! {
//!     pub struct Net < Linear<2>, ReLU<8> >
//! }
//! # fn main() {}
//! ```
//!
//! Right:
//!
//! ```
//! formwork::network! {
//!     pub struct Net < Linear<2, 8>, ReLU >
//! }
//! # fn main() {}
//! ```
//!
//! # FW0007
//!
//! A size of zero.
//!
//! A layer of no values computes nothing. Named constants are checked too.
//!
//! Wrong:
//!
//! ```compile_fail
//! formwork::network! {
//!     pub struct Net < Linear<2, 0> >
//! }
//! # fn main() {}
//! ```
//!
//! Right:
//!
//! ```
//! formwork::network! {
//!     pub struct Net < Linear<2, 1> >
//! }
//! # fn main() {}
//! ```
//!
//! # FW0008
//!
//! An empty list.
//!
//! A network has at least one layer.
//!
//! Wrong:
//!
//! ```compile_fail
//! formwork::network! {
//!     pub struct Net < >
//! }
//! # fn main() {}
//! ```
//!
//! Right:
//!
//! ```
//! formwork::network! {
//!     pub struct Net < Linear<2, 1> >
//! }
//! # fn main() {}
//! ```
//!
//! # FW0009
//!
//! Nothing to train.
//!
//! At least one layer has parameters; a function of the input alone is a plain Rust function.
//!
//! Wrong:
//!
//! ```compile_fail
//! formwork::network! {
//!     pub struct Net < Flatten, ReLU >
//! }
//! # fn main() {}
//! ```
//!
//! Right:
//!
//! ```
//! formwork::network! {
//!     pub struct Net < Flatten, Linear<784, 10>, ReLU >
//! }
//! # fn main() {}
//! ```
//!
//! # FW0010
//!
//! Something that is not a size.
//!
//! A size is a whole number above 0, the name of a constant or const parameter, or an expression in braces; and its
//! weights fit into memory.
//!
//! Wrong:
//!
//! ```compile_fail
//! formwork::network! {
//!     pub struct Net < Linear<2, 2 * 4> >
//! }
//! # fn main() {}
//! ```
//!
//! Right:
//!
//! ```
//! formwork::network! {
//!     pub struct Net < Linear<2, { 2 * 4 }> >
//! }
//! # fn main() {}
//! ```
//!
//! # FW0011
//!
//! Two fields of one name.
//!
//! Layers are fields of the struct and buffers of its tape, where `x_gradient` lies beside `x`; unnamed ones are
//! called by kind and place, `linear1`, `linear2`.
//!
//! Wrong:
//!
//! ```compile_fail
//! formwork::network! {
//!     pub struct Net < hidden: Linear<2, 8>, ReLU, hidden: Linear<8, 3> >
//! }
//! # fn main() {}
//! ```
//!
//! Right:
//!
//! ```
//! formwork::network! {
//!     pub struct Net < hidden: Linear<2, 8>, ReLU, out: Linear<8, 3> >
//! }
//! # fn main() {}
//! ```
//!
//! # FW0012
//!
//! Something that stands where it means nothing.
//!
//! A layer takes doc comments and no other attribute, for sizes cannot depend on `cfg`: declare two networks.
//! `Flatten` and activations do not stand before a layer of your own, whose input type says what it reads.
//!
//! Wrong:
//!
//! ```compile_fail
//! formwork::network! {
//!     pub struct Net < #[cfg(unix)] Linear<2, 8> >
//! }
//! # fn main() {}
//! ```
//!
//! Right:
//!
//! ```
//! formwork::network! {
//!     pub struct Net < /** The only one. */ Linear<2, 8> >
//! }
//! # fn main() {}
//! ```
//!
//! # FW0013
//!
//! The declaration itself.
//!
//! `network!` takes attributes, visibility, `struct`, a name, const parameters in `<..>` where there are any, and
//! the layer list in `<..>`. `#[network(boxed)]` and `#[network(crate = path)]` are its own attributes.
//!
//! Wrong:
//!
//! ```compile_fail
//! formwork::network! {
//!     #[network(heap)] pub struct Net < Linear<2, 8> >
//! }
//! # fn main() {}
//! ```
//!
//! Right:
//!
//! ```
//! formwork::network! {
//!     #[network(boxed)] pub struct Net < Linear<2, 8> >
//! }
//! # fn main() {}
//! ```
//!
//! # FW0014
//!
//! A file of weights of another size than the network's.
//!
//! A network of numbers alone (not `#[network(boxed)]`, no layer of your own) has a constant `from_bytes`: the file that
//! `to_bytes` wrote is read while compiling, and its size, 4 bytes a parameter, checked. At run time
//! [`copy_from_bytes`](crate::layer::Parameters::copy_from_bytes) returns an error instead, for every network.
//!
//! Wrong:
//!
//! ```compile_fail
//! formwork::network! {
//!     pub struct Net < Linear<2, 8> >
//! }
//! static NET: Net = Net::from_bytes(&[0; 24]);
//! # fn main() {}
//! ```
//!
//! Right:
//!
//! ```
//! formwork::network! {
//!     pub struct Net < Linear<2, 8> >
//! }
//! static NET: Net = Net::from_bytes(&[0; 96]);
//! # fn main() {}
//! ```
