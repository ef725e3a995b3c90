//! The three structs: parameters, tape, scratch.

use super::pair::Pair;
use super::{Names, gradient_name, hidden, last, layer_type, parameters_name, scratch_floats};
use crate::plan::{Op, OpKind, Plan, Scratch};
use crate::shapes::Width;
use proc_macro2::TokenStream;
use quote::quote;

/// `784 -> 256, 200,960 parameters, fused with ReLU`.
fn describe(op: &Op, names: &Names<'_>) -> String {
    let kind = &names.declaration.layers[op.layer].text;
    let mut text = format!("`{kind}`: {} -> {}", op.inputs.words(), op.outputs.words());
    if let (OpKind::Dense(_), Some(i), Some(o)) = (&op.kind, op.inputs.known(), op.outputs.known()) {
        text += &format!(", {} parameters", grouped(i * o + o));
    }
    if let Some(fused) = op.fused {
        text += &format!(", fused with {}", names.declaration.layers[fused].text);
    }
    text + "."
}

fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

pub fn network(names: &Names<'_>, plan: &Plan<'_>) -> TokenStream {
    let declaration = names.declaration;
    let (attributes, visibility, name) = (&declaration.attributes, &declaration.visibility, names.network);
    let generics = names.generics();
    let list: Vec<&str> = declaration.layers.iter().map(|layer| layer.text.as_str()).collect();
    let (first, last) = (&plan.ops[0], last(plan));
    let known: Option<usize> = plan
        .ops
        .iter()
        .filter(|op| op.is_trainable())
        .map(|op| match op.kind {
            OpKind::Custom(_) => None,
            _ => Some(op.inputs.known()? * op.outputs.known()? + op.outputs.known()?),
        })
        .sum();
    let total = known.map(|total| format!(", {} parameters", grouped(total))).unwrap_or_default();
    let doc = format!("`{}`: {} -> {}{total}.", list.join(", "), first.inputs.words(), last.outputs.words());
    let fields = plan.ops.iter().filter(|op| op.is_trainable()).map(|op| {
        let (field, kind) = (&op.name, layer_type(op, names.root));
        let (docs, doc) = (&declaration.layers[op.layer].docs, describe(op, names));
        let root = names.root;
        let kind = if declaration.boxed { quote!(#root::tensor::Boxed<#kind>) } else { kind };
        quote! {
            #(#docs)*
            #[doc = #doc]
            pub #field: #kind
        }
    });
    quote! {
        #(#attributes)*
        #[doc = ""]
        #[doc = #doc]
        #visibility struct #name #generics {
            #(#fields,)*
        }
    }
}

pub fn tape(names: &Names<'_>, plan: &Plan<'_>) -> TokenStream {
    let (root, tape, parameters, arguments) = (names.root, &names.tape, &names.parameters, &names.arguments);
    let (visibility, network) = (&names.declaration.visibility, names.network_type());
    let boxed = names.declaration.boxed;
    let buffer = |kind: TokenStream| if boxed { quote!(#root::tensor::Boxed<#kind>) } else { kind };
    let (mut fields, mut values) = (TokenStream::new(), TokenStream::new());
    for op in &plan.ops {
        let (name, sample) = (&op.name, op.outputs.sample(root));
        let zeros = match op.outputs {
            _ if boxed => quote!(#root::tensor::Boxed::zeroed()),
            Width::Size(_) => quote!(#root::network::zero_rows()),
            _ => quote!(::core::array::from_fn(|_| ::core::default::Default::default())),
        };
        let kind = buffer(quote!([#sample; BATCH]));
        let doc = match (op.keeps_gradient || op.fused.is_some(), op.fused) {
            (_, Some(fused)) => format!("Outputs of `{name}` after {}.", names.declaration.layers[fused].text),
            (true, None) => format!("Outputs of `{name}`."),
            (false, None) => format!("Outputs of `{name}`, over which the loss writes its gradient."),
        };
        let between = Pair::of(plan).filter(|pair| pair.first == name).map(|_| {
            let doc = "Neither they nor their gradient are written where \
                       `Linear::forward_through` keeps them in registers.";
            quote!(#[doc = ""] #[doc = #doc])
        });
        fields.extend(quote! { #[doc = #doc] #between pub #name: #kind, });
        values.extend(quote! { #name: #zeros, });
        if op.keeps_gradient {
            let gradient = gradient_name(op);
            let doc = match op.fused {
                Some(_) => format!("Gradient by what `{name}` computes before its activation."),
                None => format!("Gradient by the outputs of `{name}`."),
            };
            fields.extend(quote! { #[doc = #doc] pub #gradient: #kind, });
            values.extend(quote! { #gradient: #zeros, });
        }
        if let OpKind::Custom(kind) = &op.kind {
            let (name, doc) = (parameters_name(op), format!("Gradient of `{name}`'s parameters in a fused step."));
            fields.extend(quote! { #[doc = #doc] pub #name: #kind, });
            values.extend(quote! { #name: <#kind as #root::layer::Parameters>::zeros(), });
        }
    }
    // A layer of the user's need be neither `Clone` nor `Debug`.
    let plain = plan.ops.iter().all(|op| !matches!(op.kind, OpKind::Custom(_)));
    let derives = plain.then(|| quote!(#[derive(Clone, Debug)]));
    let doc = format!("Activations and gradients of [`{}`] for batches of up to `BATCH` samples.", names.network);
    quote! {
        #[doc = #doc]
        #derives
        #visibility struct #tape<#parameters const BATCH: usize> {
            #fields
        }

        impl<#parameters const BATCH: usize> #tape<#arguments BATCH> {
            /// A tape before its first batch.
            pub fn new() -> Self {
                Self { #values }
            }
        }

        impl<#parameters const BATCH: usize> ::core::default::Default for #tape<#arguments BATCH> {
            fn default() -> Self {
                Self::new()
            }
        }

        impl<#parameters const BATCH: usize> #root::network::TapeOf<#network, BATCH> for #tape<#arguments BATCH> {
            fn new() -> Self {
                Self::new()
            }

            fn tape(&mut self) -> &mut Self {
                self
            }
        }
    }
}

pub fn scratch(names: &Names<'_>, plan: &Plan<'_>) -> TokenStream {
    let (root, scratch, visibility) = (names.root, &names.scratch, &names.declaration.visibility);
    let (generics, kind) = (names.generics(), names.scratch_type());
    let doc = format!("Where [`{}::predict_into`] keeps activations on their way.", names.network);
    let (body, value) = match plan.scratch {
        Scratch::Ends => {
            let floats = scratch_floats(plan, root);
            (quote!(([f32; #floats]);), quote!(Self([0.0; #floats])))
        }
        Scratch::Apart => {
            let fields = hidden(plan).iter().map(|op| {
                let (name, sample) = (&op.name, op.outputs.sample(root));
                quote!(#name: #sample,)
            });
            let values = hidden(plan).iter().map(|op| {
                let name = &op.name;
                quote!(#name: ::core::default::Default::default(),)
            });
            (quote!({ #(#fields)* }), quote!(Self { #(#values)* }))
        }
    };
    quote! {
        #[doc = #doc]
        #[derive(Clone, Debug)]
        #visibility struct #scratch #generics #body

        impl #generics #kind {
            /// A scratch; what it holds between two calls does not matter.
            pub fn new() -> Self {
                #value
            }
        }

        impl #generics ::core::default::Default for #kind {
            fn default() -> Self {
                Self::new()
            }
        }
    }
}
