//! y = act(x W + b) for a batch of rows, and its three derivatives.

use super::activation::Activation;
use super::element::Element;
use super::rows::Rows;

/// How a weight lies in memory, chosen from its sizes alone so that every target reads the same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// All weights of an output together, `[outputs][inputs]`: narrow outputs, dot products over the inputs.
    ByOutput,
    /// All weights of an input together, `[inputs][outputs]`: wide outputs, whole vectors of outputs at once.
    ByInput,
}

impl Layout {
    /// Outputs from which whole vectors of outputs (16 floats on AVX-512) fill the registers.
    const WIDE: usize = 16;

    /// The layout of a weight of these sizes.
    pub const fn of(_inputs: usize, outputs: usize) -> Self {
        if outputs >= Self::WIDE { Self::ByInput } else { Self::ByOutput }
    }

    /// Where the weight from `input` to `output` stands.
    #[inline(always)]
    pub const fn position(self, inputs: usize, outputs: usize, input: usize, output: usize) -> usize {
        match self {
            Self::ByOutput => output * inputs + input,
            Self::ByInput => input * outputs + output,
        }
    }
}

/// The parameters of a dense layer, to read.
#[derive(Clone, Copy)]
pub(crate) struct Dense<'a> {
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    pub(crate) weight: &'a [f32],
    pub(crate) bias: &'a [f32],
}

/// The parameters of a dense layer, or a place of the same form for their gradient, to write.
pub(crate) struct DenseMut<'a> {
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    pub(crate) weight: &'a mut [f32],
    pub(crate) bias: &'a mut [f32],
}

/// Plain SGD folded into the weight gradient: w = decay w - lr g.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DenseUpdate {
    pub(crate) lr: f32,
    /// 1 - lr * weight decay.
    pub(crate) decay: f32,
}

/// output[r][o] = act(bias[o] + sum_i rows[r][i] weight[i, o]).
pub(crate) fn forward<T: Element>(rows: Rows<'_, T>, dense: Dense<'_>, activation: Activation, output: &mut [f32]) {
    let layout = Layout::of(dense.inputs, dense.outputs);
    for (index, out) in output.chunks_exact_mut(dense.outputs).enumerate().take(rows.len()) {
        let row = rows.row(index);
        for (o, (out, &bias)) in out.iter_mut().zip(dense.bias).enumerate() {
            let mut sum = bias;
            for (i, x) in row.iter().enumerate() {
                sum += x.to_f32() * dense.weight[layout.position(dense.inputs, dense.outputs, i, o)];
            }
            *out = activation.apply(sum);
        }
    }
}

/// Weight and bias gradient of `gradient` (that of x W + b), written over what `into` held.
pub(crate) fn weight_gradient<T: Element>(rows: Rows<'_, T>, gradient: &[f32], into: DenseMut<'_>) {
    for_each_gradient(rows, gradient, into, |place, sum| *place = sum);
}

/// The same with plain SGD in place of the write: no gradient is ever stored.
pub(crate) fn weight_update<T: Element>(rows: Rows<'_, T>, gradient: &[f32], into: DenseMut<'_>, update: DenseUpdate) {
    for_each_gradient(rows, gradient, into, |place, sum| *place = update.decay * *place - update.lr * sum);
}

fn for_each_gradient<T: Element>(
    rows: Rows<'_, T>,
    gradient: &[f32],
    into: DenseMut<'_>,
    mut apply: impl FnMut(&mut f32, f32),
) {
    let layout = Layout::of(into.inputs, into.outputs);
    for o in 0..into.outputs {
        for i in 0..into.inputs {
            let sum = (0..rows.len()).map(|r| rows.row(r)[i].to_f32() * gradient[r * into.outputs + o]).sum();
            apply(&mut into.weight[layout.position(into.inputs, into.outputs, i, o)], sum);
        }
        let sum = (0..rows.len()).map(|r| gradient[r * into.outputs + o]).sum();
        apply(&mut into.bias[o], sum);
    }
}

/// into[r][i] = act'(previous[r][i]) sum_o gradient[r][o] weight[i, o], where `previous` is the activated
/// output of the layer before (the mask of its activation is folded in).
pub(crate) fn input_gradient(
    gradient: &[f32],
    dense: Dense<'_>,
    activation: Activation,
    previous: &[f32],
    into: &mut [f32],
) {
    let layout = Layout::of(dense.inputs, dense.outputs);
    let rows = gradient.chunks_exact(dense.outputs);
    let outputs = previous.chunks_exact(dense.inputs).zip(into.chunks_exact_mut(dense.inputs));
    for (gradient, (previous, into)) in rows.zip(outputs) {
        for (i, (into, &previous)) in into.iter_mut().zip(previous).enumerate() {
            let mut sum = 0.0;
            for (o, g) in gradient.iter().enumerate() {
                sum += g * dense.weight[layout.position(dense.inputs, dense.outputs, i, o)];
            }
            *into = sum * activation.derivative(previous);
        }
    }
}
