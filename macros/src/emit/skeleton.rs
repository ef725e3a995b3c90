//! The struct and its methods for a list with mistakes: nothing runs, but the rest of the user's file still checks,
//! and an editor still completes names.

use super::Names;
use crate::model::{Declaration, Kind, Layer};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

/// The outputs of the last layer that says any.
fn output(layers: &[Layer], root: &TokenStream) -> TokenStream {
    let sized = layers.iter().rev().find_map(|layer| match &layer.kind {
        Kind::Linear { outputs, .. } => Some(quote!(#root::Vector<#outputs>)),
        _ => None,
    });
    sized.unwrap_or_else(|| quote!(#root::Vector<1>))
}

pub fn skeleton(declaration: &Declaration) -> TokenStream {
    let names = Names::new(declaration);
    let (root, network, generics) = (names.root, names.network_type(), names.generics());
    let (tape, scratch) = (&names.tape, &names.scratch);
    let (parameters, arguments) = (&names.parameters, &names.arguments);
    let (attributes, visibility, name) = (&declaration.attributes, &declaration.visibility, names.network);
    let text = name.to_string();
    let output = output(&declaration.layers, root);
    let mut taken = std::collections::HashSet::new();
    let (fields, zeros): (Vec<TokenStream>, Vec<TokenStream>) = declaration
        .layers
        .iter()
        .filter_map(|layer| match (&layer.kind, &layer.name) {
            (Kind::Linear { inputs, outputs }, given) => {
                let place =
                    declaration.layers[..layer.number].iter().filter(|l| matches!(l.kind, Kind::Linear { .. })).count();
                let field = given.clone().unwrap_or_else(|| format_ident!("linear{place}"));
                let kind = quote!(pub #field: #root::layer::Linear<#inputs, #outputs>);
                taken.insert(field.to_string()).then(|| (kind, quote!(#field: #root::layer::Linear::zeros())))
            }
            _ => None,
        })
        .unzip();
    let never = quote!(::core::unreachable!("a network whose layer list has mistakes does not compile"));
    quote! {
        #(#attributes)*
        #visibility struct #name #generics {
            #(#fields,)*
        }

        #[doc(hidden)]
        #[derive(Clone, Debug)]
        #visibility struct #tape<#parameters const BATCH: usize>;

        #[doc(hidden)]
        #[derive(Clone, Debug, Default)]
        #visibility struct #scratch;

        impl<#parameters const BATCH: usize> #tape<#arguments BATCH> {
            pub fn new() -> Self {
                #never
            }
        }

        impl<#parameters const BATCH: usize> #root::network::TapeOf<#network, BATCH> for #tape<#arguments BATCH> {
            fn new() -> Self {
                #never
            }
            fn tape(&mut self) -> &mut Self {
                self
            }
        }

        impl<#parameters Input> #root::network::Accepts<Input> for #network {}

        impl #generics #network {
            // In constants, which are computed while compiling: a network in a `static` brings no mistake of its own.
            pub const fn zeros() -> Self {
                Self { #(#zeros),* }
            }
            pub const fn from_bytes(_: &[u8]) -> Self {
                Self::zeros()
            }
            pub fn new<Generator: #root::rand::Rng + ?Sized>(_: &mut Generator) -> Self {
                #never
            }
            pub fn with_init<Initialiser: #root::init::Init, Generator: #root::rand::Rng + ?Sized>(
                _: &Initialiser,
                _: &mut Generator,
            ) -> Self {
                #never
            }
            pub fn predict<Input>(&self, _: &Input) -> #output {
                #never
            }
            pub fn predict_into<Input>(&self, _: &Input, _: &mut #scratch, _: &mut #output) {
                #never
            }
            pub fn forward<'tape, Input, AnyTape, const BATCH: usize>(
                &self,
                _: #root::Batch<'_, Input, BATCH>,
                _: &'tape mut AnyTape,
            ) -> &'tape mut [#output] {
                #never
            }
            pub fn backward<Input, AnyTape, const BATCH: usize>(
                &self,
                _: #root::Batch<'_, Input, BATCH>,
                _: &mut AnyTape,
                _: &mut Self,
            ) {
                #never
            }
            pub fn backward_sgd<Input, AnyTape, const BATCH: usize>(
                &mut self,
                _: #root::Batch<'_, Input, BATCH>,
                _: &mut AnyTape,
                _: f32,
                _: f32,
            ) {
                #never
            }
            pub fn summary() -> #root::network::Summary {
                #never
            }
        }

        impl #generics #root::layer::Parameters for #network {
            const COUNT: usize = 0;
            const SLICES: usize = 0;
            fn zeros() -> Self {
                #never
            }
            fn slice(&self, _: usize) -> ::core::option::Option<&[f32]> {
                None
            }
            fn slice_mut(&mut self, _: usize) -> ::core::option::Option<&mut [f32]> {
                None
            }
            fn info(_: usize) -> ::core::option::Option<#root::layer::ParameterInfo> {
                None
            }
        }

        impl #generics #root::network::Network for #network {
            type Output = #output;
            type Tape<const BATCH: usize> = #tape<#arguments BATCH>;
            type Scratch = #scratch;
            const NAME: &'static str = #text;
            const LAYERS: &'static [#root::network::LayerFacts] = &[];
            const MACS: usize = 0;
            const SCRATCH_BYTES: usize = 0;
            const TAPE_BYTES: usize = 0;
            fn predict_into<Input: #root::tensor::Sample>(&self, _: &Input, _: &mut #scratch, _: &mut #output) {
                #never
            }
            fn forward<'tape, Input: #root::tensor::Sample, const BATCH: usize>(
                &self,
                _: #root::Batch<'_, Input, BATCH>,
                _: &'tape mut Self::Tape<BATCH>,
            ) -> &'tape mut [#output] {
                #never
            }
            fn backward<Input: #root::tensor::Sample, const BATCH: usize>(
                &self,
                _: #root::Batch<'_, Input, BATCH>,
                _: &mut Self::Tape<BATCH>,
                _: &mut Self,
            ) {
                #never
            }
            fn backward_sgd<Input: #root::tensor::Sample, const BATCH: usize>(
                &mut self,
                _: #root::Batch<'_, Input, BATCH>,
                _: &mut Self::Tape<BATCH>,
                _: f32,
                _: f32,
            ) {
                #never
            }
        }
    }
}
