//! Operations to code that reads as a person would write it: one flat struct, one step a line, no `unsafe`.

mod checks;
mod facts;
mod pair;
mod passes;
mod predict;
mod skeleton;
mod structs;

pub use skeleton::skeleton;

use crate::model::Declaration;
use crate::plan::{Op, OpKind, Plan, Scratch};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::GenericParam;

/// Layers from which on a function with a part for each of them stays out of what calls it. A step of a smaller network would
/// feel the call; of a larger one each copy takes as long to build as all that is around it.
const MANY: usize = 5;

/// The attribute of such functions. (On a microcontroller the compiler chooses, for the stack.)
fn apart(plan: &Plan<'_>) -> Option<TokenStream> {
    let layers = plan.ops.iter().filter(|op| op.is_trainable()).count();
    (layers >= MANY).then(|| quote!(#[cfg_attr(not(target_os = "none"), inline(never))]))
}

/// Which backward pass is written.
#[derive(Clone, Copy, PartialEq)]
enum Backward {
    /// Gradients into a struct of their own.
    Gradients,
    /// The update in place of the gradient.
    Sgd,
}

/// Names and generics that every part of the output uses.
pub struct Names<'a> {
    pub declaration: &'a Declaration,
    /// Path of `formwork`.
    pub root: &'a TokenStream,
    pub network: &'a Ident,
    pub tape: Ident,
    pub scratch: Ident,
    /// The const parameters as declared, each followed by a comma.
    pub parameters: TokenStream,
    /// Their names, each followed by a comma.
    pub arguments: TokenStream,
}

impl<'a> Names<'a> {
    fn new(declaration: &'a Declaration) -> Self {
        let (mut parameters, mut arguments) = (TokenStream::new(), TokenStream::new());
        for parameter in &declaration.generics.params {
            if let GenericParam::Const(constant) = parameter {
                let (ident, kind) = (&constant.ident, &constant.ty);
                parameters.extend(quote!(const #ident: #kind,));
                arguments.extend(quote!(#ident,));
            }
        }
        Self {
            declaration,
            root: &declaration.root,
            network: &declaration.name,
            tape: format_ident!("{}Tape", declaration.name),
            scratch: format_ident!("{}Scratch", declaration.name),
            parameters,
            arguments,
        }
    }

    /// `Mlp<H>`.
    fn network_type(&self) -> TokenStream {
        let (network, arguments) = (self.network, &self.arguments);
        if arguments.is_empty() { network.to_token_stream() } else { quote!(#network<#arguments>) }
    }

    /// `MlpScratch<H>`.
    fn scratch_type(&self) -> TokenStream {
        let (scratch, arguments) = (&self.scratch, &self.arguments);
        if arguments.is_empty() { scratch.to_token_stream() } else { quote!(#scratch<#arguments>) }
    }

    /// `<const H: usize>`, or nothing.
    fn generics(&self) -> TokenStream {
        let parameters = &self.parameters;
        if parameters.is_empty() { TokenStream::new() } else { quote!(<#parameters>) }
    }

    fn is_generic(&self) -> bool {
        !self.parameters.is_empty()
    }
}

/// The whole output for a list without mistakes.
pub fn network(declaration: &Declaration, plan: &Plan<'_>) -> TokenStream {
    let names = Names::new(declaration);
    let parts = [
        structs::network(&names, plan),
        structs::tape(&names, plan),
        structs::scratch(&names, plan),
        checks::accepts(&names, plan),
        checks::links(&names, plan),
        passes::inherent(&names, plan),
        facts::parameters(&names, plan),
        facts::network(&names, plan),
        facts::numbers(&names, plan),
    ];
    parts.into_iter().collect()
}

/// The type of an op's layer.
fn layer_type(op: &Op, root: &TokenStream) -> TokenStream {
    match &op.kind {
        OpKind::Dense(_) => {
            let (inputs, outputs) = (op.inputs.count(root), op.outputs.count(root));
            quote!(#root::layer::Linear<#inputs, #outputs>)
        }
        OpKind::Custom(kind) => kind.clone(),
        OpKind::Activate(activation) => {
            let name = format_ident!("{}", activation.name());
            quote!(#root::layer::#name)
        }
    }
}

fn gradient_name(op: &Op) -> Ident {
    format_ident!("{}_gradient", op.name)
}

/// Where the gradient by this op's result lies: beside its output, or over it.
fn gradient_buffer(op: &Op) -> Ident {
    if op.keeps_gradient { gradient_name(op) } else { op.name.clone() }
}

/// The gradient of a user's layer's parameters, which the fused step keeps in the tape.
fn parameters_name(op: &Op) -> Ident {
    format_ident!("{}_parameters", op.name)
}

fn hidden<'p>(plan: &'p Plan<'_>) -> &'p [Op] {
    &plan.ops[..plan.ops.len() - 1]
}

fn last<'p>(plan: &'p Plan<'_>) -> &'p Op {
    &plan.ops[plan.ops.len() - 1]
}

/// Values in the scratch of `predict`, as an expression.
fn scratch_floats(plan: &Plan<'_>, root: &TokenStream) -> TokenStream {
    let widths: Vec<TokenStream> = hidden(plan).iter().map(|op| op.outputs.count(root)).collect();
    match (&plan.scratch, widths.as_slice()) {
        (_, []) => quote!(0),
        (_, [only]) => only.clone(),
        (Scratch::Apart, all) => quote!(#(#all)+*),
        (Scratch::Ends, all) => {
            let known: Option<Vec<usize>> = hidden(plan).iter().map(|op| op.outputs.known()).collect();
            if let Some(known) = known {
                let most = known.windows(2).map(|pair| pair[0] + pair[1]).max().unwrap_or(0);
                return proc_macro2::Literal::usize_unsuffixed(most).into_token_stream();
            }
            let pairs = all.windows(2).map(|pair| {
                let (a, b) = (&pair[0], &pair[1]);
                quote!(#a + #b)
            });
            pairs.reduce(|largest, pair| quote!(#root::network::larger(#largest, #pair))).unwrap_or_default()
        }
    }
}
