#![forbid(unsafe_code)]
#![deny(missing_docs, unused)]
//! Every form of a declaration.

use formwork::prelude::*;

/// A size with a name.
pub const HIDDEN: usize = 7;

formwork::network! {
    /// Unnamed, on one line.
    pub struct Unnamed < Flatten, Linear<784, 10> >
}
formwork::network! {
    /// Named, documented, with attributes.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Named <
        /// The hidden layer.
        hidden: Linear<2, 100>,
        ReLU,
        out: Linear<100, 3>,
    >
}
formwork::network! {
    /// Sizes by name, in an expression, and in other bases.
    pub(crate) struct Sizes < Linear<0x2, HIDDEN>, Tanh, Linear<{ HIDDEN }, 1_0>, Linear<10usize, 3> >
}
formwork::network! {
    /// A size as a parameter.
    pub struct Generic<const H: usize> < Linear<2, H>, ReLU, Linear<H, 3> >
}
formwork::network! {
    /// On the heap.
    #[derive(Clone)]
    #[network(boxed)]
    pub struct Heap < Flatten<28, 28>, Linear<784, 256>, Sigmoid, Linear<256, 10>, Tanh >
}

mod inner {
    //! The crate under another path.
    pub use formwork as renamed;
}

formwork::network! {
    /// Found through another path.
    #[network(crate = inner::renamed)]
    pub struct Elsewhere < r#Linear<2, 3>, r#type: Linear<3, 1> >
}

macro_rules! declare {
    ($name:ident, $hidden:literal, $inputs:expr, $layer:ident) => {
        formwork::network! {
            /// Made by a macro.
            pub struct $name < Linear<2, $hidden>, $layer, Linear<$hidden, 3> >
        }
        /// A macro's expression.
        pub const INPUTS: usize = $inputs;
    };
}
declare!(Made, 5, 2, ReLU);

fn main() {
    let logits: Vector<3> = Made::zeros().predict(&Vector::<INPUTS>::zeros());
    assert_eq!(logits, Vector::zeros());
    assert_eq!(Generic::<5>::PARAMETERS, Named::PARAMETERS - 95 * 6);
    assert_eq!(<Sizes as StaticFacts>::to_flat(&Sizes::zeros()).len(), Sizes::PARAMETERS);
    let _: (Heap, Unnamed, Elsewhere) = (Heap::zeros().clone(), Unnamed::zeros(), Elsewhere::zeros());
}
