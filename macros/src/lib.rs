//! `network!`: a layer list becomes a plain struct with typed forward and backward code.
//!
//! Four passes, each of which sees only what the one before it gives:
//!
//! | pass | takes | gives |
//! | --- | --- | --- |
//! | `parse` | tokens | `model`: the declaration, every size with its place |
//! | `shapes` | the declaration | each layer's sizes; every mistake; what is left to the type checker |
//! | `plan` | sizes | operations: what is fused, what is kept, where it lies |
//! | `emit` | operations | the struct, its tape, its methods |
//!
//! Mistakes collect in `context` and are reported together; the struct is emitted all the same, so that
//! nothing else in the user's file breaks.

mod context;
mod emit;
mod model;
mod names;
mod parse;
mod plan;
mod shapes;

use context::Context;
use proc_macro2::TokenStream;

/// Turns a layer list into a struct; documented where `formwork` re-exports it.
#[proc_macro]
pub fn network(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expand(input.into()).into()
}

fn expand(input: TokenStream) -> TokenStream {
    let mut context = Context::default();
    let Some(declaration) = parse::declaration(input, &mut context) else {
        return context.into_errors();
    };
    let chain = shapes::resolve(&declaration, &mut context);
    match (chain, context.is_clean()) {
        (Some(chain), true) => emit::network(&declaration, &plan::plan(&declaration, &chain)),
        _ => {
            let skeleton = emit::skeleton(&declaration);
            let errors = context.into_errors();
            quote::quote! { #errors #skeleton }
        }
    }
}

#[cfg(test)]
mod tests;
