//! [`Linear`]: y = x W^T + b.

use super::{Activation, Layout, ParameterInfo, ParameterKind, Parameters};
use crate::batch::Rows;
use crate::init::{Init, PyTorch};
use crate::kernel::dense::{Dense, DenseMut, DenseUpdate, Pass};
use crate::tensor::{Element, Tensor, Vector, zero, zeroed};
use rand::Rng;

/// A fully connected layer, y = x W^T + b: `[batch, I]` -> `[batch, O]`.
///
/// `weight` is W of shape `[O, I]` as in PyTorch; `bias` is b of shape `[O]`. Where there is an operating system, both begin at a
/// line of the cache (64 bytes).
///
/// ```
/// use formwork::layer::Linear;
/// use formwork::{Tensor, Vector};
/// let layer = Linear::<2, 1>::from_parts(&Tensor::from([[2.0, -3.0]]), Vector::from([4.5]));
/// assert_eq!(layer.forward(&Vector::from([1.0, 2.0])), Vector::from([0.5]));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Linear<const I: usize, const O: usize> {
    /// W, in the order that the kernels read; see [`Weight`].
    pub weight: Weight<I, O>,
    /// b.
    pub bias: Vector<O>,
}

/// The weight of a [`Linear`]: `O * I` numbers, stored in the [`Layout`] that suits the sizes.
///
/// Elements are addressed as PyTorch addresses them, `weight[(output, input)]`; [`to_tensor`](Self::to_tensor)
/// gives the `[O, I]` matrix.
///
/// ```
/// use formwork::{Tensor, layer::Weight};
/// let mut weight = Weight::<3, 2>::from(&Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]));
/// assert_eq!(weight[(1, 2)], 6.0);
/// weight[(1, 2)] = 7.0;
/// assert_eq!(weight.to_tensor(), Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 7.0]]));
/// ```
// A vector of 16 numbers that crosses a line of the cache is read in two pieces: a quarter of the time of 784-10. The bias, behind
// a weight of whole lines, begins at a line as well.
#[cfg_attr(not(target_os = "none"), repr(align(64)))]
#[derive(Clone, Debug, PartialEq)]
pub struct Weight<const I: usize, const O: usize> {
    stored: [[f32; I]; O],
}

zeroed!(impl [const I: usize, const O: usize] Linear<I, O> { weight: Weight<I, O>, bias: Vector<O> });
zeroed!(impl [const I: usize, const O: usize] Weight<I, O> { stored: [[f32; I]; O] });

impl<const I: usize, const O: usize> Weight<I, O> {
    /// How these sizes lie in memory.
    pub const LAYOUT: Layout = Layout::of(I, O);

    /// All weights 0.
    pub const fn zeros() -> Self {
        zero()
    }

    /// All weights in the order of [`LAYOUT`](Self::LAYOUT).
    pub const fn as_slice(&self) -> &[f32] {
        Tensor::from_array_ref(&self.stored).as_slice()
    }

    /// All weights in the order of [`LAYOUT`](Self::LAYOUT), to write.
    pub const fn as_mut_slice(&mut self) -> &mut [f32] {
        Tensor::from_array_mut(&mut self.stored).as_mut_slice()
    }

    /// W as a matrix of shape `[O, I]`.
    pub fn to_tensor(&self) -> Tensor<O, I> {
        let mut tensor = Tensor::zeros();
        for output in 0..O {
            for input in 0..I {
                tensor[(output, input)] = self[(output, input)];
            }
        }
        tensor
    }

    /// Takes every weight from a matrix of shape `[O, I]`.
    pub fn copy_from(&mut self, tensor: &Tensor<O, I>) {
        for output in 0..O {
            for input in 0..I {
                self[(output, input)] = tensor[(output, input)];
            }
        }
    }
}

impl<const I: usize, const O: usize> From<&Tensor<O, I>> for Weight<I, O> {
    fn from(tensor: &Tensor<O, I>) -> Self {
        let mut weight = Self::zeros();
        weight.copy_from(tensor);
        weight
    }
}

/// `weight[(output, input)]`; panics outside `[O, I]`, as slices do.
impl<const I: usize, const O: usize> core::ops::Index<(usize, usize)> for Weight<I, O> {
    type Output = f32;
    fn index(&self, (output, input): (usize, usize)) -> &f32 {
        assert!(output < O && input < I, "weight [{O}, {I}] has no element ({output}, {input})");
        &self.as_slice()[Self::LAYOUT.position(I, O, input, output)]
    }
}

/// `weight[(output, input)] = value`; panics outside `[O, I]`, as slices do.
impl<const I: usize, const O: usize> core::ops::IndexMut<(usize, usize)> for Weight<I, O> {
    fn index_mut(&mut self, (output, input): (usize, usize)) -> &mut f32 {
        assert!(output < O && input < I, "weight [{O}, {I}] has no element ({output}, {input})");
        &mut self.as_mut_slice()[Self::LAYOUT.position(I, O, input, output)]
    }
}

impl<const I: usize, const O: usize> Linear<I, O> {
    /// Multiply-adds for one sample, I * O.
    pub const MACS: usize = I * O;

    /// All parameters 0.
    pub const fn zeros() -> Self {
        zero()
    }

    /// Drawn as PyTorch draws a `Linear`: all parameters uniform in +-1/sqrt(I).
    pub fn new<G: Rng + ?Sized>(rng: &mut G) -> Self {
        Self::with_init(&PyTorch, rng)
    }

    /// Drawn by an initialiser of your choice.
    pub fn with_init<N: Init, G: Rng + ?Sized>(init: &N, rng: &mut G) -> Self {
        let mut layer = Self::zeros();
        layer.initialize(init, rng);
        layer
    }

    /// The layer of a given W, `[O, I]`, and b.
    pub fn from_parts(weight: &Tensor<O, I>, bias: Vector<O>) -> Self {
        Self { weight: weight.into(), bias }
    }

    /// The layer from the front of `bytes`, which then begins behind it: W in the order of [`Weight::LAYOUT`], then b,
    /// as [`Parameters::to_bytes`] writes them. In a constant, the weights lie in flash.
    ///
    /// ```
    /// use formwork::layer::{Linear, Parameters};
    /// let layer = Linear::<3, 2>::zeros();
    /// let bytes = layer.to_bytes();
    /// assert_eq!(Linear::<3, 2>::take_bytes(&mut bytes.as_slice()), layer);
    /// ```
    ///
    /// # Panics
    /// Where fewer bytes are left than the layer has; in a constant that is a compile error.
    pub const fn take_bytes(bytes: &mut &[u8]) -> Self {
        let weight = Weight { stored: crate::tensor::take_array(bytes) };
        Self { weight, bias: Vector::take(bytes) }
    }

    /// All parameters 0, made in place on the heap.
    #[cfg(feature = "alloc")]
    pub fn boxed_zeros() -> alloc::boxed::Box<Self> {
        crate::tensor::Zeroed::boxed_zeroed()
    }

    #[inline]
    fn dense(&self) -> Dense<'_> {
        Dense { inputs: I, outputs: O, weight: self.weight.as_slice(), bias: self.bias.as_slice() }
    }

    #[inline]
    fn dense_mut(&mut self) -> DenseMut<'_> {
        DenseMut { inputs: I, outputs: O, weight: self.weight.as_mut_slice(), bias: self.bias.as_mut_slice() }
    }

    /// y = x W^T + b for one sample.
    pub fn forward<T: Element>(&self, input: &Vector<I, T>) -> Vector<O> {
        let mut output = Vector::zeros();
        let rows: Rows<'_, I, T> = core::slice::from_ref(input).into();
        self.forward_into(rows, Activation::Identity, core::slice::from_mut(&mut output));
        output
    }

    /// y = act(x W^T + b) for several rows, written over `output`: one kernel, bias and ReLU applied in registers; another
    /// activation passes over the rows afterwards, with vector instructions.
    #[inline]
    pub fn forward_into<T: Element>(&self, input: Rows<'_, I, T>, activation: Activation, output: &mut [Vector<O>]) {
        T::forward(input.0, self.dense(), activation, Tensor::flatten_slice_mut(output));
    }

    /// y = act_2(act_1(x W_1^T + b_1) W_2^T + b_2) for several rows, written over the second buffer. The first one is for what
    /// is between the layers: where it stays in registers, nothing is written there. (One row through small layers, or a batch
    /// with ReLU between, two inputs and up to three outputs.)
    ///
    /// ```
    /// use formwork::{Vector, layer::{Activation, Linear}};
    /// let (first, second) = (Linear::<2, 20>::zeros(), Linear::<20, 3>::zeros());
    /// let (x, mut between, mut y) = ([Vector::<2>::ones()], [Vector::zeros()], [Vector::ones()]);
    /// first.forward_through(
    ///     x.as_slice().into(),
    ///     (Activation::ReLU, &mut between),
    ///     &second,
    ///     (Activation::Identity, &mut y),
    /// );
    /// assert_eq!(y, [Vector::<3>::zeros()]);
    /// ```
    #[inline]
    pub fn forward_through<T: Element, const P: usize>(
        &self,
        input: Rows<'_, I, T>,
        (activation, between): (Activation, &mut [Vector<O>]),
        next: &Linear<O, P>,
        (next_activation, output): (Activation, &mut [Vector<P>]),
    ) {
        let layers = [(self.dense(), activation), (next.dense(), next_activation)];
        T::through(input.0, &layers, Tensor::flatten_slice_mut(between), Tensor::flatten_slice_mut(output));
    }

    /// The gradients of both layers after [`forward_through`](Self::forward_through), written over `into`: what
    /// [`input_gradient`](Self::input_gradient) and [`weight_gradient`](Self::weight_gradient) of each layer give.
    ///
    /// `between` is what the forward pass wrote there; its gradient is written over the second buffer. `gradient` is that of
    /// the second layer before its activation, `[rows, P]`. Where the forward pass kept what is between the layers in
    /// registers, it is computed again and neither buffer is touched.
    ///
    /// ```
    /// use formwork::{Tensor, Vector, layer::{Activation, Linear}};
    /// let first = Linear::<1, 2>::from_parts(&Tensor::from([[1.0], [-1.0]]), Vector::zeros());
    /// let second = Linear::<2, 1>::from_parts(&Tensor::from([[3.0, 5.0]]), Vector::zeros());
    /// let x = [Vector::from([2.0])];
    /// let (mut between, mut y) = ([Vector::zeros()], [Vector::zeros()]);
    /// first.forward_through(
    ///     x.as_slice().into(),
    ///     (Activation::ReLU, &mut between),
    ///     &second,
    ///     (Activation::Identity, &mut y),
    /// );
    /// let (mut into, mut next_into) = (Linear::zeros(), Linear::zeros());
    /// first.backward_through(
    ///     x.as_slice().into(),
    ///     (Activation::ReLU, &between, &mut [Vector::zeros()]),
    ///     &second,
    ///     &[Vector::from([1.0])],
    ///     (&mut into, &mut next_into),
    /// );
    /// assert_eq!(into.weight.to_tensor(), Tensor::from([[6.0], [0.0]]));
    /// assert_eq!(next_into.weight.to_tensor(), Tensor::from([[2.0, 0.0]]));
    /// ```
    #[inline]
    pub fn backward_through<T: Element, const P: usize>(
        &self,
        input: Rows<'_, I, T>,
        (activation, between, between_gradient): (Activation, &[Vector<O>], &mut [Vector<O>]),
        next: &Linear<O, P>,
        gradient: &[Vector<P>],
        (into, next_into): (&mut Self, &mut Linear<O, P>),
    ) {
        let (between, gradient) = (Tensor::flatten_slice(between), Tensor::flatten_slice(gradient));
        T::gradients_through(
            input.0,
            [self.dense(), next.dense()],
            Pass { activation, between, gradient },
            Tensor::flatten_slice_mut(between_gradient),
            [into.dense_mut(), next_into.dense_mut()],
        );
    }

    /// The same with plain SGD in place of the write, as [`sgd_update`](Self::sgd_update) has it: no gradient of a
    /// parameter is stored.
    ///
    /// ```
    /// use formwork::{Tensor, Vector, layer::{Activation, Linear}};
    /// let mut first = Linear::<1, 2>::from_parts(&Tensor::from([[1.0], [-1.0]]), Vector::zeros());
    /// let mut second = Linear::<2, 1>::from_parts(&Tensor::from([[3.0, 5.0]]), Vector::zeros());
    /// first.sgd_through(
    ///     [Vector::from([2.0])].as_slice().into(),
    ///     (Activation::ReLU, &[Vector::from([2.0, 0.0])], &mut [Vector::zeros()]),
    ///     &mut second,
    ///     &[Vector::from([1.0])],
    ///     (0.5, 0.0),
    /// );
    /// // By half of the gradients: [6, 0] of the first layer's weights, [2, 0] of the second's.
    /// assert_eq!(first.weight.to_tensor(), Tensor::from([[-2.0], [-1.0]]));
    /// assert_eq!(second.weight.to_tensor(), Tensor::from([[2.0, 5.0]]));
    /// ```
    #[inline]
    pub fn sgd_through<T: Element, const P: usize>(
        &mut self,
        input: Rows<'_, I, T>,
        (activation, between, between_gradient): (Activation, &[Vector<O>], &mut [Vector<O>]),
        next: &mut Linear<O, P>,
        gradient: &[Vector<P>],
        (lr, weight_decay): (f32, f32),
    ) {
        let (between, gradient) = (Tensor::flatten_slice(between), Tensor::flatten_slice(gradient));
        T::updates_through(
            input.0,
            Pass { activation, between, gradient },
            Tensor::flatten_slice_mut(between_gradient),
            [self.dense_mut(), next.dense_mut()],
            DenseUpdate { lr, decay: 1.0 - lr * weight_decay },
        );
    }

    /// dW = g^T x and db = sum of g over the rows, written over `into`; g is the gradient of x W^T + b, `[rows, O]`.
    #[inline]
    pub fn weight_gradient<T: Element>(input: Rows<'_, I, T>, gradient: &[Vector<O>], into: &mut Self) {
        T::weight_gradient(input.0, Tensor::flatten_slice(gradient), into.dense_mut());
    }

    /// W = (1 - lr weight_decay) W - lr dW, b likewise, in the kernel that computes dW: no gradient is stored.
    #[inline]
    pub fn sgd_update<T: Element>(
        &mut self,
        input: Rows<'_, I, T>,
        gradient: &[Vector<O>],
        lr: f32,
        weight_decay: f32,
    ) {
        let update = DenseUpdate { lr, decay: 1.0 - lr * weight_decay };
        T::weight_update(input.0, Tensor::flatten_slice(gradient), self.dense_mut(), update);
    }

    /// dx = (g W) act'(x), written over `into`, where x = `previous` is the activated output of the layer before:
    /// the mask of its activation is part of the kernel.
    #[inline]
    pub fn input_gradient(
        &self,
        gradient: &[Vector<O>],
        activation: Activation,
        previous: &[Vector<I>],
        into: &mut [Vector<I>],
    ) {
        crate::kernel::dense::INPUT_GRADIENT(
            Tensor::flatten_slice(gradient),
            self.dense(),
            activation,
            Tensor::flatten_slice(previous),
            Tensor::flatten_slice_mut(into),
        );
    }
}

impl<const I: usize, const O: usize> Parameters for Linear<I, O> {
    const COUNT: usize = I * O + O;
    const SLICES: usize = 2;

    fn zeros() -> Self {
        Self::zeros()
    }

    fn slice(&self, index: usize) -> Option<&[f32]> {
        match index {
            0 => Some(self.weight.as_slice()),
            1 => Some(self.bias.as_slice()),
            _ => None,
        }
    }

    fn slice_mut(&mut self, index: usize) -> Option<&mut [f32]> {
        match index {
            0 => Some(self.weight.as_mut_slice()),
            1 => Some(self.bias.as_mut_slice()),
            _ => None,
        }
    }

    fn info(index: usize) -> Option<ParameterInfo> {
        info(index, I, O)
    }
}

/// What a slice of a layer of these sizes is: compiled once, and not for every pair of sizes.
#[inline(never)]
pub(crate) fn info(index: usize, inputs: usize, outputs: usize) -> Option<ParameterInfo> {
    let (name, shape, kind) = match index {
        0 => ("weight", [outputs, inputs], ParameterKind::Weight),
        1 => ("bias", [1, outputs], ParameterKind::Bias),
        _ => return None,
    };
    Some(ParameterInfo { layer: "", name, shape, kind, fan_in: inputs, fan_out: outputs })
}
