//! Activations that fall before they rise: the output does not tell the slope, so they are layers that see their input.

use super::{Layer, ParameterInfo, Parameters};
use crate::kernel::math;
use crate::tensor::Vector;

macro_rules! smooth {
    ($(#[$doc:meta])* $name:ident: $value:expr, $slope:expr) => {
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
                let value: fn(f32) -> f32 = $value;
                value(x)
            }

            /// dy/dx at x.
            pub fn derivative(x: f32) -> f32 {
                let slope: fn(f32) -> f32 = $slope;
                slope(x)
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
                for (y, &x) in output.as_mut_slice().iter_mut().zip(input.as_slice()) {
                    *y = Self::apply(x);
                }
            }
            fn backward(
                &self,
                input: &Vector<N>,
                _: &Vector<N>,
                gradient: &Vector<N>,
                input_gradient: &mut Vector<N>,
                _: &mut Self,
            ) {
                let sums = input_gradient.as_mut_slice().iter_mut().zip(gradient.as_slice());
                for ((into, g), &x) in sums.zip(input.as_slice()) {
                    *into = g * Self::derivative(x);
                }
            }
        }
    };
}

smooth! {
    /// y = x sigmoid(x), also called swish (Hendrycks and Gimpel, 2016; Ramachandran, Zoph and Le, 2017).
    ///
    /// ```
    /// use formwork::layer::SiLU;
    /// formwork::network! { struct Smooth < Linear<2, 8>, SiLU<8>, Linear<8, 1> > }
    /// assert_eq!(SiLU::<8>::apply(0.0), 0.0);
    /// assert_eq!(SiLU::<8>::derivative(0.0), 0.5);
    /// ```
    SiLU: |x| x * math::sigmoid(x), |x| {
        let s = math::sigmoid(x);
        // Far below 0 both factors of x (1 - s) s are known, their product with an infinite x is not.
        if s == 0.0 { 0.0 } else { s * (1.0 + x * (1.0 - s)) }
    }
}
smooth! {
    /// y = x P(X <= x) for a standard normal X, x (1 + erf(x / sqrt 2)) / 2: PyTorch's default, not the tanh
    /// approximation (Hendrycks and Gimpel, 2016).
    ///
    /// ```
    /// use formwork::layer::GELU;
    /// formwork::network! { struct Smooth < Linear<2, 8>, GELU<8>, Linear<8, 1> > }
    /// assert_eq!(GELU::<8>::apply(0.0), 0.0);
    /// assert_eq!(GELU::<8>::derivative(0.0), 0.5);
    /// ```
    GELU: |x| x * normal(x), |x| {
        let density = math::exp(-0.5 * x * x) * 0.398_942_3;
        if density == 0.0 { normal(x) } else { normal(x) + x * density }
    }
}

/// P(X <= x) for a standard normal X. By erfc, which keeps its digits far below 0.
fn normal(x: f32) -> f32 {
    0.5 * libm::erfcf(-x * core::f32::consts::FRAC_1_SQRT_2)
}
