//! Activations that fall before they rise: the output does not tell the slope, so they are layers that see their input.

use super::{Layer, ParameterInfo, Parameters};
use crate::kernel::smooth::Smooth;
use crate::tensor::Vector;

macro_rules! smooth {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $name<const N: usize>;

        impl<const N: usize> $name<N> {
            /// The layer, which has no parameters.
            pub const fn zeros() -> Self {
                Self
            }

            /// The layer from the front of `bytes`, of which it takes none.
            pub const fn take_bytes(_: &mut &[u8]) -> Self {
                Self
            }

            /// y = act(x) of one number.
            pub fn apply(x: f32) -> f32 {
                Smooth::$name.apply(x)
            }

            /// dy/dx at x.
            pub fn derivative(x: f32) -> f32 {
                Smooth::$name.derivative(x)
            }
        }

        impl<const N: usize> Parameters for $name<N> {
            const COUNT: usize = 0;
            const SLICES: usize = 0;
            fn zeros() -> Self {
                Self
            }
            fn slice(&self, _: usize) -> Option<&[f32]> {
                None
            }
            fn slice_mut(&mut self, _: usize) -> Option<&mut [f32]> {
                None
            }
            fn info(_: usize) -> Option<ParameterInfo> {
                None
            }
        }

        impl<const N: usize> Layer for $name<N> {
            type Input = Vector<N>;
            type Output = Vector<N>;
            const MACS: usize = 0;
            fn forward(&self, input: &Vector<N>, output: &mut Vector<N>) {
                Smooth::$name.forward(input.as_slice(), output.as_mut_slice());
            }
            fn backward(
                &self,
                input: &Vector<N>,
                _: &Vector<N>,
                gradient: &Vector<N>,
                input_gradient: &mut Vector<N>,
                _: &mut Self,
            ) {
                Smooth::$name.backward(input.as_slice(), gradient.as_slice(), input_gradient.as_mut_slice());
            }
        }
    };
}

smooth! {
    /// y = x sigmoid(x), also called swish (Hendrycks and Gimpel, 2016; Ramachandran, Zoph and Le, 2017).
    /// Within 3 units in the last place.
    ///
    /// ```
    /// use formwork::layer::SiLU;
    /// formwork::network! { struct Smooth < Linear<2, 8>, SiLU<8>, Linear<8, 1> > }
    /// assert_eq!(SiLU::<8>::apply(0.0), 0.0);
    /// assert_eq!(SiLU::<8>::derivative(0.0), 0.5);
    /// ```
    SiLU
}
smooth! {
    /// y = x P(X <= x) for a standard normal X, x (1 + erf(x / sqrt 2)) / 2: PyTorch's default, not the tanh
    /// approximation (Hendrycks and Gimpel, 2016). Within 7 units in the last place, far below 0 too.
    ///
    /// ```
    /// use formwork::layer::GELU;
    /// formwork::network! { struct Smooth < Linear<2, 8>, GELU<8>, Linear<8, 1> > }
    /// assert_eq!(GELU::<8>::apply(0.0), 0.0);
    /// assert_eq!(GELU::<8>::derivative(0.0), 0.5);
    /// ```
    GELU
}
