//! A network of two `Linear`, whose passes take one kernel call each: what is between the layers can stay in registers.

use super::passes::activation;
use super::{Backward, Names, gradient_buffer, gradient_name};
use crate::model::Activation;
use crate::plan::{Op, OpKind, Plan};
use proc_macro2::{Ident, TokenStream};
use quote::quote;

pub(super) struct Pair<'a> {
    pub(super) first: &'a Ident,
    inner: Activation,
    pub(super) last: &'a Ident,
    outer: Activation,
    /// Where the gradients lie.
    between: Ident,
    gradient: Ident,
}

impl<'a> Pair<'a> {
    /// The two layers, where there are no others.
    pub(super) fn of(plan: &'a Plan<'_>) -> Option<Self> {
        match plan.ops.as_slice() {
            [
                before @ Op { name: first, kind: OpKind::Dense(inner), .. },
                op @ Op { name: last, kind: OpKind::Dense(outer), regroups: false, .. },
            ] => Some(Self {
                first,
                inner: *inner,
                last,
                outer: *outer,
                between: gradient_name(before),
                gradient: gradient_buffer(op),
            }),
            _ => None,
        }
    }

    /// From the rows of `input`.
    pub(super) fn forward(&self, names: &Names<'_>, between: &TokenStream, output: &TokenStream) -> TokenStream {
        let (first, last) = (self.first, self.last);
        let (inner, outer) = (activation(self.inner, names), activation(self.outer, names));
        quote! {
            self.#first.forward_through(input.rows(), (#inner, #between), &self.#last, (#outer, #output));
        }
    }

    /// From the gradient that lies on the tape.
    pub(super) fn backward(&self, names: &Names<'_>, form: Backward) -> TokenStream {
        let (first, last, between, gradient) = (self.first, self.last, &self.between, &self.gradient);
        let between = {
            let inner = activation(self.inner, names);
            quote!((#inner, #first, #between))
        };
        match form {
            Backward::Gradients => quote! {
                self.#first.backward_through(
                    input.rows(),
                    #between,
                    &self.#last,
                    &*#gradient,
                    (&mut gradients.#first, &mut gradients.#last),
                );
            },
            Backward::Sgd => quote! {
                self.#first.sgd_through(
                    input.rows(),
                    #between,
                    &mut self.#last,
                    &*#gradient,
                    (lr, weight_decay),
                );
            },
        }
    }
}
