//! The `Parameters`, `Network` and `StaticFacts` impls.

use super::{Names, apart, last, layer_type, scratch_floats};
use crate::model::Kind;
use crate::plan::{OpKind, Plan, Scratch};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

pub fn parameters(names: &Names<'_>, plan: &Plan<'_>) -> TokenStream {
    let (root, network, generics) = (names.root, names.network_type(), names.generics());
    let trainable: Vec<_> = plan.ops.iter().filter(|op| op.is_trainable()).collect();
    let kinds: Vec<_> = trainable.iter().map(|op| layer_type(op, root)).collect();
    let slices = trainable.iter().zip(&kinds).map(|(op, kind)| {
        let label = op.name.to_string();
        match op.kind {
            OpKind::Dense(_) => {
                let (inputs, outputs) = (op.inputs.count(root), op.outputs.count(root));
                quote!(#root::network::LayerSlices::linear(#label, [#inputs, #outputs]))
            }
            _ => quote! {
                #root::network::LayerSlices::new(
                    #label,
                    <#kind as #root::layer::Parameters>::SLICES,
                    <#kind as #root::layer::Parameters>::info,
                )
            },
        }
    });
    let dense = !trainable.is_empty() && trainable.iter().all(|op| matches!(op.kind, OpKind::Dense(_)));
    let step = |get: TokenStream, view: TokenStream, reference: TokenStream| {
        if dense {
            // Without a call: for every pair of sizes that would be a function to build.
            let arms = trainable.iter().enumerate().map(|(place, op)| {
                let (field, weight) = (&op.name, Literal::usize_unsuffixed(2 * place));
                let bias = Literal::usize_unsuffixed(2 * place + 1);
                quote! {
                    #weight => self.#field.weight.#view(),
                    #bias => self.#field.bias.#view(),
                }
            });
            return quote! {
                Some(match index {
                    #(#arms)*
                    _ => return None,
                })
            };
        }
        let steps = trainable.iter().zip(&kinds).map(|(op, kind)| {
            let field = &op.name;
            // With its type as it was written: what is missing of it is shown there.
            quote! {
                let slices = <#kind as #root::layer::Parameters>::SLICES;
                if index < slices {
                    let layer: #reference #kind = #reference self.#field;
                    return #root::layer::Parameters::#get(layer, index);
                }
            }
        });
        quote! {
            #(#steps let index = index - slices;)*
            let _ = index;
            None
        }
    };
    let apart = apart(plan);
    let (slice, slice_mut) =
        (step(quote!(slice), quote!(as_slice), quote!(&)), step(quote!(slice_mut), quote!(as_mut_slice), quote!(&mut)));
    quote! {
        impl #generics #root::layer::Parameters for #network {
            const COUNT: usize = #(<#kinds as #root::layer::Parameters>::COUNT)+*;
            const SLICES: usize = #(<#kinds as #root::layer::Parameters>::SLICES)+*;

            fn zeros() -> Self {
                Self::zeros()
            }

            #apart
            fn slice(&self, index: usize) -> ::core::option::Option<&[f32]> {
                #slice
            }

            #apart
            fn slice_mut(&mut self, index: usize) -> ::core::option::Option<&mut [f32]> {
                #slice_mut
            }

            fn info(index: usize) -> ::core::option::Option<#root::layer::ParameterInfo> {
                #root::network::info_of(const { &[#(#slices),*] }, index)
            }
        }
    }
}

/// Multiply-adds for one sample, as an expression.
fn macs(plan: &Plan<'_>, root: &TokenStream) -> TokenStream {
    let terms = plan.ops.iter().filter(|op| op.is_trainable()).map(|op| match &op.kind {
        OpKind::Custom(kind) => quote!(<#kind as #root::layer::Layer>::MACS),
        _ => {
            let (inputs, outputs) = (op.inputs.count(root), op.outputs.count(root));
            quote!(#inputs * #outputs)
        }
    });
    quote!(#(#terms)+*)
}

/// Bytes of tape for each sample, as an expression.
fn tape_bytes(plan: &Plan<'_>, root: &TokenStream) -> TokenStream {
    let terms = plan.ops.iter().map(|op| {
        let width = op.outputs.count(root);
        if op.keeps_gradient { quote!(2 * #width) } else { width }
    });
    quote!(4 * (#(#terms)+*))
}

pub fn network(names: &Names<'_>, plan: &Plan<'_>) -> TokenStream {
    let (root, network, generics, tape) = (names.root, names.network_type(), names.generics(), &names.tape);
    let (scratch, arguments, name) = (names.scratch_type(), &names.arguments, names.network.to_string());
    let output = last(plan).outputs.sample(root);
    let (macs, tape_bytes, floats) = (macs(plan, root), tape_bytes(plan, root), scratch_floats(plan, root));
    let layers = names.declaration.layers.iter().enumerate().map(|(place, layer)| {
        let [inputs, outputs] = &plan.chain.widths[place];
        let (inputs, outputs) = (inputs.count(root), outputs.count(root));
        let (name, text) = (plan.chain.names[place].to_string(), &layer.text);
        let (parameters, macs) = match &layer.kind {
            Kind::Linear { .. } => (quote!(#inputs * #outputs + #outputs), quote!(#inputs * #outputs)),
            Kind::Custom(kind) => {
                (quote!(<#kind as #root::layer::Parameters>::COUNT), quote!(<#kind as #root::layer::Layer>::MACS))
            }
            _ => (quote!(0), quote!(0)),
        };
        let fused = plan.ops.iter().find(|op| op.fused == Some(place)).map(|op| op.name.to_string());
        let fused = match fused {
            Some(fused) => quote!(::core::option::Option::Some(#fused)),
            None => quote!(::core::option::Option::None),
        };
        quote! {
            #root::network::LayerFacts {
                name: #name,
                kind: #text,
                inputs: #inputs,
                outputs: #outputs,
                parameters: #parameters,
                macs: #macs,
                fused_into: #fused,
            }
        }
    });
    quote! {
        impl #generics #root::network::Network for #network {
            type Output = #output;
            type Tape<const BATCH: usize> = #tape<#arguments BATCH>;
            type Scratch = #scratch;

            const NAME: &'static str = #name;
            const LAYERS: &'static [#root::network::LayerFacts] = &[#(#layers),*];
            const MACS: usize = #macs;
            const SCRATCH_BYTES: usize = 4 * (#floats);
            const TAPE_BYTES: usize = #tape_bytes;

            fn predict_into<Input: #root::tensor::Sample>(
                &self,
                input: &Input,
                scratch: &mut Self::Scratch,
                output: &mut Self::Output,
            ) where
                Self: #root::network::Accepts<Input>,
            {
                self.predict_into(input, scratch, output);
            }

            fn forward<'tape, Input: #root::tensor::Sample, const BATCH: usize>(
                &self,
                input: #root::Batch<'_, Input, BATCH>,
                tape: &'tape mut Self::Tape<BATCH>,
            ) -> &'tape mut [Self::Output]
            where
                Self: #root::network::Accepts<Input>,
            {
                self.forward(input, tape)
            }

            fn backward<Input: #root::tensor::Sample, const BATCH: usize>(
                &self,
                input: #root::Batch<'_, Input, BATCH>,
                tape: &mut Self::Tape<BATCH>,
                gradients: &mut Self,
            ) where
                Self: #root::network::Accepts<Input>,
            {
                self.backward(input, tape, gradients);
            }

            fn backward_sgd<Input: #root::tensor::Sample, const BATCH: usize>(
                &mut self,
                input: #root::Batch<'_, Input, BATCH>,
                tape: &mut Self::Tape<BATCH>,
                lr: f32,
                weight_decay: f32,
            ) where
                Self: #root::network::Accepts<Input>,
            {
                self.backward_sgd(input, tape, lr, weight_decay);
            }
        }
    }
}

/// The facts as type-level numbers, for a network whose sizes are all known where it is declared.
pub fn numbers(names: &Names<'_>, plan: &Plan<'_>) -> TokenStream {
    if names.is_generic() {
        return TokenStream::new();
    }
    let (root, network) = (names.root, names.network);
    let known = || -> Option<[usize; 5]> {
        if matches!(plan.scratch, Scratch::Apart) {
            return None;
        }
        // Of the other layers with known sizes none has a parameter.
        let dense = || plan.ops.iter().filter(|op| matches!(op.kind, OpKind::Dense(_)));
        let product = |op: &crate::plan::Op| op.inputs.known()?.checked_mul(op.outputs.known()?);
        let macs = dense().map(product).try_fold(0_usize, |sum, macs| sum.checked_add(macs?))?;
        let biases = dense().map(|op| op.outputs.known()).try_fold(0_usize, |sum, o| sum.checked_add(o?))?;
        let parameters = macs.checked_add(biases)?;
        let tape = plan.ops.iter().try_fold(0_usize, |sum, op| {
            sum.checked_add(op.outputs.known()?.checked_mul(if op.keeps_gradient { 8 } else { 4 })?)
        })?;
        let scratch = super::scratch_floats(plan, root).to_string().parse::<usize>().ok()?;
        Some([parameters, macs, parameters.checked_mul(4)?, scratch.checked_mul(4)?, tape])
    };
    let numbers = match known() {
        Some(numbers) => numbers.map(|number| binary(number, root)),
        None => {
            let count = quote!(<#network as #root::layer::Parameters>::COUNT);
            let fact = |name: &str| {
                let name = proc_macro2::Ident::new(name, proc_macro2::Span::call_site());
                quote!(<#network as #root::network::Network>::#name)
            };
            let facts = [count, fact("MACS"), fact("WEIGHT_BYTES"), fact("SCRATCH_BYTES"), fact("TAPE_BYTES")];
            facts.map(|fact| bit_by_bit(&fact, root))
        }
    };
    let [parameters, macs, weight_bytes, scratch_bytes, tape_bytes] = numbers;
    quote! {
        impl #root::network::StaticFacts for #network {
            type Parameters = #parameters;
            type Macs = #macs;
            type WeightBytes = #weight_bytes;
            type ScratchBytes = #scratch_bytes;
            type TapeBytes = #tape_bytes;
        }
    }
}

/// typenum's binary form of a number that can be read here.
fn binary(number: usize, root: &TokenStream) -> TokenStream {
    let typenum = quote!(#root::network::number);
    let bits = usize::BITS - number.leading_zeros();
    (0..bits).rev().fold(quote!(#typenum::UTerm), |high, bit| {
        let bit = if number >> bit & 1 == 1 { quote!(B1) } else { quote!(B0) };
        quote!(#typenum::UInt<#high, #typenum::#bit>)
    })
}

/// The same of a constant whose value only the compiler knows: 40 bits, one `bool` const parameter each.
fn bit_by_bit(constant: &TokenStream, root: &TokenStream) -> TokenStream {
    const BITS: u32 = 40;
    let number = quote!(#root::network::number);
    (0..BITS).rev().fold(quote!(#number::UTerm), |high, bit| {
        let bit = Literal::u32_unsuffixed(bit);
        quote!(<#high as #number::Push<{ #number::bit(#constant, #bit) }>>::Output)
    })
}
