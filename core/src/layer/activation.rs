//! Activations as layers of their own; after a `Linear`, `network!` fuses them into it.

use super::Activation;
use crate::batch::Rows;
use crate::kernel::activation;
use crate::kernel::isa::active;
use crate::tensor::{Element, Tensor};

macro_rules! activation_layer {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $name;

        impl $name {
            /// The activation of every element.
            pub fn forward<const R: usize, const C: usize>(&self, input: &Tensor<R, C>) -> Tensor<R, C> {
                let mut output = Tensor::zeros();
                activation::forward(Activation::$name, input.as_slice(), output.as_mut_slice());
                output
            }
        }
    };
}

activation_layer! {
    /// y = max(0, x); the derivative at 0 is 0, as in PyTorch. A NaN stays a NaN.
    ///
    /// ```
    /// use formwork::{Vector, layer::ReLU};
    /// assert_eq!(ReLU.forward(&Vector::from([-1.0, 0.0, 2.0])), Vector::from([0.0, 0.0, 2.0]));
    /// ```
    ReLU
}
activation_layer! {
    /// y = 1 / (1 + exp(-x)); no overflow for any x. Within 2.5 units in the last place.
    ///
    /// ```
    /// use formwork::{Vector, layer::Sigmoid};
    /// assert_eq!(Sigmoid.forward(&Vector::from([-200.0, 0.0, 200.0])), Vector::from([0.0, 0.5, 1.0]));
    /// ```
    Sigmoid
}
activation_layer! {
    /// y = tanh(x). Within 2 units in the last place.
    ///
    /// ```
    /// use formwork::{Vector, layer::Tanh};
    /// assert_eq!(Tanh.forward(&Vector::from([-200.0, 0.0, 200.0])), Vector::from([-1.0, 0.0, 1.0]));
    /// ```
    Tanh
}
activation_layer! {
    /// y = x above 0, else 0.01 x: the gradient of what is below 0 does not vanish. The derivative at 0 is 0.01, as in
    /// PyTorch, whose default slope this is.
    ///
    /// ```
    /// use formwork::{Vector, layer::LeakyReLU};
    /// assert_eq!(LeakyReLU.forward(&Vector::from([-100.0, 0.0, 2.0])), Vector::from([-1.0, 0.0, 2.0]));
    /// ```
    LeakyReLU
}
activation_layer! {
    /// y = x above 0, else exp(x) - 1, within 4 units in the last place (Clevert, Unterthiner and Hochreiter, 2016, with alpha = 1).
    ///
    /// ```
    /// use formwork::{Vector, layer::ELU};
    /// assert_eq!(ELU.forward(&Vector::from([-200.0, 0.0, 2.0])), Vector::from([-1.0, 0.0, 2.0]));
    /// ```
    ELU
}
activation_layer! {
    /// y = ln(1 + exp(x)), a smooth ReLU; no overflow for any x. Within 3 units in the last place.
    ///
    /// ```
    /// use formwork::{Vector, layer::Softplus};
    /// let y = Softplus.forward(&Vector::from([-200.0, 0.0, 200.0]));
    /// assert_eq!(y, Vector::from([0.0, core::f32::consts::LN_2, 200.0]));
    /// ```
    Softplus
}

impl Activation {
    /// y = act(x) of every element of the rows of a batch, written over `output`.
    pub fn forward_rows<const N: usize, T: Element>(self, input: Rows<'_, N, T>, output: &mut [Tensor<1, N>]) {
        for (index, output) in output.iter_mut().enumerate() {
            for (y, &x) in output.as_mut_slice().iter_mut().zip(input.0.row(index)) {
                *y = x.to_f32();
            }
        }
        activation::forward_in_place(self, Tensor::flatten_slice_mut(output));
    }

    /// dx = g act'(x), written over `into`, where `output` holds y = act(x).
    pub fn backward_into<const N: usize>(
        self,
        output: &[Tensor<1, N>],
        gradient: &[Tensor<1, N>],
        into: &mut [Tensor<1, N>],
    ) {
        for (into, gradient) in into.iter_mut().zip(gradient) {
            into.as_mut_slice().copy_from_slice(gradient.as_slice());
        }
        self.mask(output, into);
    }

    /// g = g act'(x), in place, where `output` holds y = act(x).
    pub fn mask<const N: usize>(self, output: &[Tensor<1, N>], gradient: &mut [Tensor<1, N>]) {
        activation::mask_on(active(), self, Tensor::flatten_slice(output), Tensor::flatten_slice_mut(gradient));
    }
}
