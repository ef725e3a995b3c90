//! `predict` and `predict_into`: one sample, its activations in the scratch.

use super::pair::Pair;
use super::passes::{Rows, read, step};
use super::{Names, hidden, last};
use crate::plan::{Op, Plan, Scratch};
use proc_macro2::TokenStream;
use quote::quote;

pub(super) fn predict(names: &Names<'_>, plan: &Plan<'_>) -> TokenStream {
    let root = names.root;
    let (scratch, output) = (names.scratch_type(), last(plan).outputs.sample(root));
    let mut steps = TokenStream::new();
    let through = hidden_layer(names, plan);
    for (place, op) in plan.ops.iter().enumerate().filter(|_| through.is_none()) {
        let is_last = place + 1 == plan.ops.len();
        let buffers = predict_buffers(plan, place, root);
        let from = match place.checked_sub(1).map(|before| &plan.ops[before]) {
            Some(before) => {
                let name = &before.name;
                read(op, before, quote!(::core::slice::from_ref(#name)), root)
            }
            None => Rows::Batch,
        };
        let name = &op.name;
        let to = if is_last { quote!(output) } else { quote!(#name) };
        let step = step(op, names, &from, &quote!(::core::slice::from_mut(#to)));
        steps.extend(quote! { #buffers #step });
    }
    let unused = hidden(plan).is_empty().then(|| quote!(let _ = scratch;));
    quote! {
        /// One sample through the network.
        pub fn predict<Input: #root::tensor::Sample>(&self, input: &Input) -> #output
        where
            Self: #root::network::Accepts<Input>,
        {
            let mut output = ::core::default::Default::default();
            self.predict_into(input, &mut #root::network::scratch_of::<Self>(), &mut output);
            output
        }

        /// One sample through the network: `scratch` holds the activations on their way, `output` the result.
        pub fn predict_into<Input: #root::tensor::Sample>(
            &self,
            input: &Input,
            scratch: &mut #scratch,
            output: &mut #output,
        ) where
            Self: #root::network::Accepts<Input>,
        {
            let input = #root::Batch::<Input, 1>::from(::core::array::from_ref(input));
            #through
            #steps
            #unused
        }
    }
}

/// The one kernel call of a network of two layers, which keeps what is between them in registers where it is small.
fn hidden_layer(names: &Names<'_>, plan: &Plan<'_>) -> Option<TokenStream> {
    let pair = Pair::of(plan)?;
    let buffers = predict_buffers(plan, 0, names.root);
    let between = pair.first;
    let call =
        pair.forward(names, &quote!(::core::slice::from_mut(#between)), &quote!(::core::slice::from_mut(output)));
    Some(quote!(#buffers #call))
}

/// The variables that step `place` of `predict` reads and writes, cut from the scratch.
fn predict_buffers(plan: &Plan<'_>, place: usize, root: &TokenStream) -> TokenStream {
    let hidden = hidden(plan);
    let (before, here) = (place.checked_sub(1).map(|before| &hidden[before]), hidden.get(place));
    match plan.scratch {
        Scratch::Apart => {
            let before = before.map(|op| {
                let name = &op.name;
                quote!(let #name = &scratch.#name;)
            });
            let here = here.map(|op| {
                let name = &op.name;
                quote!(let #name = &mut scratch.#name;)
            });
            quote!(#before #here)
        }
        Scratch::Ends => {
            // Even places lie at the front, odd ones at the back.
            let (front, back) = if place.is_multiple_of(2) { (here, before) } else { (before, here) };
            let width = |op: Option<&Op>| op.map_or(quote!(0), |op| op.outputs.count(root));
            let name = |op: Option<&Op>| {
                op.map_or(quote!(_), |op| {
                    let name = &op.name;
                    quote!(#name)
                })
            };
            let (front_width, back_width) = (width(front), width(back));
            let (front, back) = (name(front), name(back));
            if before.is_none() && here.is_none() {
                return TokenStream::new();
            }
            quote! {
                let (#front, #back) = #root::network::scratch::ends::<#front_width, #back_width, _>(&mut scratch.0);
            }
        }
    }
}
