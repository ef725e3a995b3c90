//! Widths to operations: what is fused, which buffers a batch needs, and where `predict` keeps its activations.

use crate::model::{Activation, Declaration, Kind};
use crate::shapes::{Chain, Width};
use proc_macro2::{Ident, TokenStream};

/// What `emit` writes down, step by step.
pub struct Plan<'a> {
    pub chain: &'a Chain,
    pub ops: Vec<Op>,
    pub scratch: Scratch,
}

/// One kernel call of the forward pass.
pub struct Op {
    /// Its place in the layer list, from 0.
    pub layer: usize,
    /// The field of its layer and the name of its buffer.
    pub name: Ident,
    pub kind: OpKind,
    pub inputs: Width,
    pub outputs: Width,
    /// The place in the list of the activation layer that this kernel applies too.
    pub fused: Option<usize>,
    /// Whether the tape holds the gradient apart from the output. The last plain `Linear` needs no second buffer:
    /// the loss writes its gradient over the outputs, which nothing reads again.
    pub keeps_gradient: bool,
    /// Whether the type checker has yet to prove that the op before gives what this one takes: code that holds for
    /// either outcome keeps the one message of the proof from drowning in mismatched types.
    pub regroups: bool,
    /// Whether the backward pass goes through the input of this kernel.
    pub passes_gradient_on: bool,
}

/// What a kernel computes.
pub enum OpKind {
    /// act(x W + b).
    Dense(Activation),
    /// An activation that follows no `Linear`.
    Activate(Activation),
    /// A layer of the user's.
    Custom(TokenStream),
}

/// Where `predict` keeps activations.
pub enum Scratch {
    /// One array; kernels use its two ends in turn, so it is as long as the largest pair of neighbours.
    Ends,
    /// A buffer a kernel: array lengths cannot be computed from const parameters, nor from a user's types.
    Apart,
}

impl Op {
    /// The activation whose derivative in terms of this op's output the backward pass needs.
    pub fn activation(&self) -> Activation {
        match self.kind {
            OpKind::Dense(activation) | OpKind::Activate(activation) => activation,
            OpKind::Custom(_) => Activation::Identity,
        }
    }

    pub fn is_trainable(&self) -> bool {
        !matches!(self.kind, OpKind::Activate(_))
    }
}

/// Plans a network without mistakes.
pub fn plan<'a>(declaration: &Declaration, chain: &'a Chain) -> Plan<'a> {
    let mut ops: Vec<Op> = Vec::new();
    for (layer, (name, [inputs, outputs])) in chain.names.iter().zip(&chain.widths).enumerate() {
        let kind = match &declaration.layers[layer].kind {
            Kind::Flatten(_) | Kind::Wrong => continue,
            Kind::Linear { .. } => OpKind::Dense(Activation::Identity),
            Kind::Custom(kind) | Kind::Smooth { kind, .. } => OpKind::Custom(kind.clone()),
            Kind::Activation(activation) => match ops.last_mut() {
                Some(Op { kind: OpKind::Dense(fused @ Activation::Identity), fused: place, .. }) => {
                    *fused = *activation;
                    *place = Some(layer);
                    continue;
                }
                _ => OpKind::Activate(*activation),
            },
        };
        let (name, inputs, outputs) = (name.clone(), inputs.clone(), outputs.clone());
        let regroups = match (ops.last().map(|op| &op.outputs), &inputs) {
            (Some(Width::Size(gives)), Width::Size(takes)) => gives.same(takes) != Some(true),
            (Some(Width::CustomOutput(_)), Width::Size(_)) => true,
            _ => false,
        };
        ops.push(Op {
            layer,
            name,
            kind,
            inputs,
            outputs,
            fused: None,
            keeps_gradient: true,
            regroups,
            passes_gradient_on: false,
        });
    }
    let mut trainable_before = false;
    let last = ops.len() - 1;
    for (place, op) in ops.iter_mut().enumerate() {
        op.passes_gradient_on = trainable_before;
        trainable_before |= op.is_trainable();
        let plain_end = place == last && matches!(op.kind, OpKind::Dense(Activation::Identity));
        op.keeps_gradient = trainable_before && !plain_end;
    }
    let sized = ops.iter().all(|op| matches!((&op.inputs, &op.outputs), (Width::Size(_), Width::Size(_))));
    let concrete = declaration.generics.params.is_empty();
    let scratch = if sized && concrete { Scratch::Ends } else { Scratch::Apart };
    Plan { chain, ops, scratch }
}
