//! y = act(x W + b) for a batch of rows, and its three derivatives.

mod alone;
mod blocks;
mod few;
mod forward;
mod input;
mod narrow;
pub(super) mod padded;
mod pair;
pub(super) mod pictures;
mod quick;
mod row;
mod single;
mod slim;
pub(super) mod small;
mod tiny;
pub(super) mod turned;
mod weight;

use super::SMALL;
use super::activation::{Activation, forward_on};
use super::element::DenseElement;
use super::isa::{Isa, active, dispatch, dispatch_on};
use super::product::{Finish, Left, Product, Right};
use super::rows::Rows;
use super::threads::run;

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
    pub(crate) const WIDE: usize = 16;

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

impl DenseMut<'_> {
    /// The same to read.
    fn read(&self) -> Dense<'_> {
        Dense { inputs: self.inputs, outputs: self.outputs, weight: self.weight, bias: self.bias }
    }
}

/// Plain SGD folded into the weight gradient: w = decay w - lr g.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DenseUpdate {
    pub(crate) lr: f32,
    /// 1 - lr * weight decay.
    pub(crate) decay: f32,
}

/// output[r][o] = act(bias[o] + sum_i rows[r][i] weight[i, o]).
pub(crate) fn forward<T: DenseElement>(
    rows: Rows<'_, T>,
    dense: Dense<'_>,
    activation: Activation,
    output: &mut [f32],
) {
    if dense.outputs == 0 {
        return;
    }
    if SMALL {
        return small::forward(rows, dense, activation, output);
    }
    if const { T::IS_F32 } && tiny::is(dense.inputs, dense.outputs) {
        return tiny::forward(&rows, &dense, activation, output);
    }
    let isa = active();
    // A sample alone, before all that is asked of batches: its smallest layers feel that.
    if output.len() == dense.outputs && row::takes(&dense) {
        return row::forward(isa, rows.row(0), &dense, activation, output);
    }
    if let Some(rows) = rows.together().and_then(T::as_f32)
        && quick::forward(isa, rows, &dense, activation, output)
    {
        return;
    }
    batch(isa, &rows, &dense, activation, output);
}

/// The same of layers that are worth a kernel of their own.
// Apart: the smallest layers feel the registers and the stack that these need. By reference: to copy what the caller has just
// written waits as long as such a layer takes.
#[inline(never)]
fn batch<T: DenseElement>(isa: Isa, rows: &Rows<'_, T>, dense: &Dense<'_>, activation: Activation, output: &mut [f32]) {
    let count = if output.len() <= dense.outputs { 1 } else { rows.len().min(output.len() / dense.outputs) };
    let output = output.get_mut(..count * dense.outputs).unwrap_or(&mut []);
    let alone = T::IS_F32 && alone::takes(isa, dense);
    if const { T::IS_F32 } && alone && count < 4 {
        dispatch_on(isa, alone::Alone { rows, dense, activation, output: &mut *output });
        return forward_on(isa, activation, output);
    }
    let layout = Layout::of(dense.inputs, dense.outputs);
    let is_any = layout == Layout::ByOutput && (alone || narrow::is_scalar(isa, dense.inputs));
    let first = if is_any && count >= 4 { count } else { count / 4 * 4 };
    if first > 0 {
        let (rows, _) = rows.split_at(first);
        let output = output.get_mut(..first * dense.outputs).unwrap_or(&mut []);
        match layout {
            Layout::ByInput => match rows_of_large(rows, dense, first).filter(|_| isa.fuses()) {
                Some(left) => run(Product {
                    left: Left::Rows(left),
                    right: Right::Rows(dense.weight),
                    rows: first,
                    inner: dense.inputs,
                    cols: dense.outputs,
                    output,
                    finish: Finish::Forward(dense.bias, activation),
                }),
                None => {
                    let pictures = pictures::are_worth_it(isa, rows, dense.outputs, dense.weight);
                    run(forward::Wide { rows, dense, activation, output, pictures });
                }
            },
            Layout::ByOutput => run(narrow::Narrow { rows, dense, activation, output }),
        }
    }
    if first < count {
        few::Few { rows, first, dense, activation, output }.run_on(isa);
    }
}

/// output = act_2(act_1(rows W_1 + b_1) W_2 + b_2). What is between the layers is written over `between`, unless it stays in
/// registers.
pub(crate) fn through<T: DenseElement>(
    rows: Rows<'_, T>,
    layers: &[(Dense<'_>, Activation); 2],
    between: &mut [f32],
    output: &mut [f32],
) {
    // By reference: to copy what the caller has just written waits longer than such layers take.
    let [(first, inner), (last, outer)] = layers;
    if let (false, Some(row)) = (SMALL, T::as_f32(rows.row(0))) {
        let is_one = rows.len() == 1 && output.len() == last.outputs;
        if is_one && alone::Through::takes(active(), layers) {
            return dispatch(alone::Through { row, layers, output });
        }
        if let Some(rows) = pair_of(rows, [first, last], *inner) {
            return run(pair::Forward { rows, first: *first, last: *last, outer: *outer, output });
        }
    }
    forward(rows, *first, *inner, between);
    forward(Rows::new(between, first.outputs), *last, *outer, output);
}

/// The rows of a batch whose hidden units are nowhere written.
#[inline]
fn pair_of<'a, T: DenseElement>(
    rows: Rows<'a, T>,
    layers: [&Dense<'_>; 2],
    inner: Activation,
) -> Option<Rows<'a, f32>> {
    rows.map(T::as_f32).filter(|rows| !SMALL && pair::takes(active(), layers, inner, rows.len()))
}

/// What the backward pass through two layers reads.
#[derive(Clone, Copy)]
pub(crate) struct Pass<'a> {
    /// The activation between the layers, and what is there.
    pub(crate) activation: Activation,
    pub(crate) between: &'a [f32],
    /// That of the outputs before their activation.
    pub(crate) gradient: &'a [f32],
}

/// Weight and bias gradients of two layers, written over what `into` held. Reads and writes between the layers unless the
/// forward pass wrote nothing there.
pub(crate) fn gradients_through<T: DenseElement>(
    rows: Rows<'_, T>,
    layers: [Dense<'_>; 2],
    pass: Pass<'_>,
    between: &mut [f32],
    into: [DenseMut<'_>; 2],
) {
    let [first, last] = layers;
    if let Some(rows) = pair_of(rows, [&first, &last], pass.activation) {
        return pair::Backward::new(rows, pass.gradient, Some(layers), into, None).map(run).unwrap_or_default();
    }
    let [first_into, last_into] = into;
    input_gradient(pass.gradient, last, pass.activation, pass.between, between);
    weight_gradient(Rows::new(pass.between, last.inputs), pass.gradient, last_into);
    weight_gradient(rows, between, first_into);
}

/// The same with plain SGD in place of the write.
pub(crate) fn updates_through<T: DenseElement>(
    rows: Rows<'_, T>,
    pass: Pass<'_>,
    between: &mut [f32],
    layers: [DenseMut<'_>; 2],
    update: DenseUpdate,
) {
    let [first, last] = layers;
    if let Some(rows) = pair_of(rows, [&first.read(), &last.read()], pass.activation) {
        let all = pair::Backward::new(rows, pass.gradient, None, [first, last], Some(update));
        return all.map(run).unwrap_or_default();
    }
    // Before the update: the input gradient belongs to the weights of the forward pass.
    input_gradient(pass.gradient, last.read(), pass.activation, pass.between, between);
    weight_update(Rows::new(pass.between, last.inputs), pass.gradient, last, update);
    weight_update(rows, between, first, update);
}

/// Weights from here on are packed: 2 MiB, twice a second-level cache.
const LARGE: usize = 1 << 19;

/// Rows from which on that is worth it.
const MANY: usize = 96;

/// The rows of a layer whose weights outgrow the caches, where they are numbers that lie one after the other.
fn rows_of_large<'a, T: DenseElement>(rows: Rows<'a, T>, dense: &Dense<'_>, count: usize) -> Option<&'a [f32]> {
    let is_large = dense.inputs * dense.outputs > LARGE && count >= MANY;
    rows.together().filter(|_| is_large).and_then(T::as_f32)
}

/// Weight and bias gradient of `gradient` (that of x W + b), written over what `into` held.
pub(crate) fn weight_gradient<T: DenseElement>(rows: Rows<'_, T>, gradient: &[f32], into: DenseMut<'_>) {
    weights(rows, gradient, into, None);
}

/// The same with plain SGD in place of the write: no gradient is ever stored.
pub(crate) fn weight_update<T: DenseElement>(
    rows: Rows<'_, T>,
    gradient: &[f32],
    into: DenseMut<'_>,
    update: DenseUpdate,
) {
    weights(rows, gradient, into, Some(update));
}

fn weights<T: DenseElement>(rows: Rows<'_, T>, gradient: &[f32], into: DenseMut<'_>, update: Option<DenseUpdate>) {
    if into.outputs == 0 {
        return;
    }
    if SMALL {
        return small::weights(rows, gradient, into, update);
    }
    if const { T::IS_F32 } && tiny::is(into.inputs, into.outputs) {
        return tiny::weights(rows, gradient, into, update);
    }
    batch_of_weights(rows, gradient, into, update);
}

/// The same of layers that are worth a kernel of their own.
// Apart, as with `batch`.
#[inline(never)]
pub(super) fn batch_of_weights<T: DenseElement>(
    rows: Rows<'_, T>,
    gradient: &[f32],
    into: DenseMut<'_>,
    update: Option<DenseUpdate>,
) {
    if let (1, Some(row), true) = (rows.len(), T::as_f32(rows.row(0)), single::Outer::takes(&into)) {
        let gradient = gradient.get(..into.outputs).unwrap_or(gradient);
        return single::Outer { row, gradient, into, update }.run_on(active());
    }
    match Layout::of(into.inputs, into.outputs) {
        Layout::ByInput => {
            let pictures = pictures::are_worth_it(active(), rows, into.outputs, gradient);
            run(weight::Wide { rows, gradient, into, first: 0, update, pictures });
        }
        Layout::ByOutput => run(weight::Narrow { rows, gradient, pitch: into.outputs, into, first: 0, update }),
    }
}

/// [`input_gradient`] by its address. Into a method that calls it by name, rustc 1.95 inlines nothing (as its MIR shows; it seems to
/// suspect a cycle behind so many functions), which leaves five functions to build for every layer of a user's network.
pub(crate) const INPUT_GRADIENT: fn(&[f32], Dense<'_>, Activation, &[f32], &mut [f32]) = input_gradient;

/// into[r][i] = act'(previous[r][i]) sum_o gradient[r][o] weight[i, o], where `previous` is the activated
/// output of the layer before (the mask of its activation is folded in).
pub(crate) fn input_gradient(
    gradient: &[f32],
    dense: Dense<'_>,
    activation: Activation,
    previous: &[f32],
    into: &mut [f32],
) {
    if dense.outputs == 0 || dense.inputs == 0 {
        return;
    }
    if SMALL {
        return small::input_gradient(gradient, dense, activation, previous, into);
    }
    match Layout::of(dense.inputs, dense.outputs) {
        Layout::ByInput if active().fuses() && !turned::takes(&dense) => run(Product {
            left: Left::Rows(gradient),
            right: Right::Columns(dense.weight),
            rows: (gradient.len() / dense.outputs).min(into.len() / dense.inputs),
            inner: dense.outputs,
            cols: dense.inputs,
            output: into,
            finish: match activation {
                Activation::Identity => Finish::Plain,
                activation => Finish::Masked(activation, previous),
            },
        }),
        _ => input::Input { gradient, dense, activation, previous, into }.run(active()),
    }
}
