//! [`Layer`]: a layer of your own.

use super::Parameters;
use crate::tensor::Sample;

/// A layer that `network!` does not know by name: implement this and [`Parameters`], and it stands in the list.
///
/// Forward and backward see one sample at a time. Parameter gradients are *added* to `gradients`, which starts at
/// zero for each batch; the input gradient is written.
///
/// ```
/// use formwork::Vector;
/// use formwork::layer::{Layer, ParameterInfo, ParameterKind, Parameters};
///
/// /// y = scale x, one factor for each of N values.
/// #[derive(Clone, Debug)]
/// pub struct Scale<const N: usize> { pub scale: Vector<N> }
///
/// impl<const N: usize> Parameters for Scale<N> {
///     const COUNT: usize = N;
///     const SLICES: usize = 1;
///     fn zeros() -> Self { Self { scale: Vector::zeros() } }
///     fn slice(&self, index: usize) -> Option<&[f32]> { (index == 0).then_some(self.scale.as_slice()) }
///     fn slice_mut(&mut self, index: usize) -> Option<&mut [f32]> { (index == 0).then_some(self.scale.as_mut_slice()) }
///     fn info(index: usize) -> Option<ParameterInfo> {
///         let info = ParameterInfo {
///             layer: "", name: "scale", shape: [1, N], kind: ParameterKind::Weight, fan_in: 1, fan_out: 1,
///         };
///         (index == 0).then_some(info)
///     }
/// }
///
/// impl<const N: usize> Layer for Scale<N> {
///     type Input = Vector<N>;
///     type Output = Vector<N>;
///     const MACS: usize = N;
///     fn forward(&self, input: &Vector<N>, output: &mut Vector<N>) {
///         for ((y, x), s) in output.as_mut_slice().iter_mut().zip(input.as_slice()).zip(self.scale.as_slice()) {
///             *y = s * x;
///         }
///     }
///     fn backward(
///         &self, input: &Vector<N>, _output: &Vector<N>, gradient: &Vector<N>,
///         input_gradient: &mut Vector<N>, gradients: &mut Self,
///     ) {
///         for i in 0..N {
///             gradients.scale[(0, i)] += gradient[(0, i)] * input[(0, i)];
///             input_gradient[(0, i)] = gradient[(0, i)] * self.scale[(0, i)];
///         }
///     }
/// }
/// let mut layer = Scale::<2>::zeros();
/// layer.fill(3.0);
/// let mut y = Vector::zeros();
/// layer.forward(&Vector::from([1.0, 2.0]), &mut y);
/// assert_eq!(y, Vector::from([3.0, 6.0]));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a layer that a network can hold [FW0005]",
    label = "this stands in a layer list",
    note = "built-in layers are Flatten, Linear, ReLU, LeakyReLU, ELU, Softplus, Sigmoid, Tanh, SiLU, GELU; a type of your own implements `formwork::layer::Layer`"
)]
pub trait Layer: Parameters {
    /// One sample on its way in, for example `Vector<784>`.
    type Input: Sample<Element = f32> + Clone + Default + core::fmt::Debug;
    /// One sample on its way out.
    type Output: Sample<Element = f32> + Clone + Default + core::fmt::Debug;
    /// Multiply-adds for one sample.
    const MACS: usize;

    /// Computes one output.
    fn forward(&self, input: &Self::Input, output: &mut Self::Output);

    /// Adds the parameters' gradient of one sample to `gradients` and writes the input's gradient.
    fn backward(
        &self,
        input: &Self::Input,
        output: &Self::Output,
        gradient: &Self::Output,
        input_gradient: &mut Self::Input,
        gradients: &mut Self,
    );
}
