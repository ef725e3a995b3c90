//! What only the type checker can tell: which samples the network reads, and sizes given by name.

use super::Names;
use crate::plan::Plan;
use crate::shapes::{Input, Width};
use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};

/// One `Accepts` impl for each type of sample: `cargo check` then finds a sample of another shape.
pub fn accepts(names: &Names<'_>, plan: &Plan<'_>) -> TokenStream {
    let (root, network, parameters) = (names.root, names.network_type(), &names.parameters);
    let pictures = |rows: TokenStream, cols: TokenStream| {
        quote! {
            impl<#parameters Element: #root::tensor::Element> #root::network::Accepts<#root::Tensor<#rows, #cols, Element>> for #network {}
        }
    };
    let nothing = quote!(impl<#parameters> #root::network::Accepts<#root::network::Nothing> for #network {});
    let with_nothing = |accepts: TokenStream| quote!(#accepts #nothing);
    match &plan.chain.input {
        Input::Vector(size) => with_nothing(pictures(quote!(1), quote!(#size))),
        Input::Picture([rows, cols]) => with_nothing(pictures(quote!(#rows), quote!(#cols))),
        Input::Custom(kind) => with_nothing(quote! {
            impl<#parameters> #root::network::Accepts<<#kind as #root::layer::Layer>::Input> for #network {}
        }),
        Input::Pictures(size) => match size.known() {
            Some(values) => {
                let pairs = (1..=values).filter(|rows| values.is_multiple_of(*rows));
                pairs
                    .map(|rows| {
                        let rows_literal = proc_macro2::Literal::usize_unsuffixed(rows);
                        let cols_literal = proc_macro2::Literal::usize_unsuffixed(values / rows);
                        pictures(quote!(#rows_literal), quote!(#cols_literal))
                    })
                    .collect()
            }
            // The factors of a named size are not known here: `Batch::rows` compares when the program is built.
            None => quote! {
                impl<#parameters const ROWS: usize, const COLS: usize, Element: #root::tensor::Element>
                    #root::network::Accepts<#root::Tensor<ROWS, COLS, Element>> for #network {}
            },
        },
    }
}

/// The same tokens at another place.
fn at(tokens: &TokenStream, span: Span) -> TokenStream {
    tokens
        .clone()
        .into_iter()
        .map(|tree| match tree {
            TokenTree::Group(group) => TokenTree::Group(Group::new(group.delimiter(), at(&group.stream(), span))),
            mut tree => {
                tree.set_span(span);
                tree
            }
        })
        .collect()
}

/// A function that is never called, whose bounds the type checker proves for every pair left to it.
pub fn links(names: &Names<'_>, plan: &Plan<'_>) -> TokenStream {
    let (root, generics) = (names.root, names.generics());
    let links = plan.chain.links.iter().map(|link| {
        let number = proc_macro2::Literal::usize_unsuffixed(link.number);
        let proof = match (&link.gives, &link.takes) {
            (Width::Size(gives), Width::Size(takes)) => {
                quote!(#root::network::chain::<#number, #gives, #takes>();)
            }
            (gives, takes) => {
                let (gives, takes) = (gives.sample(root), takes.sample(root));
                quote!(#root::network::reads::<#takes, #gives>();)
            }
        };
        // Every token at the user's size: rustc points at the argument that it finds responsible.
        at(&proof, link.span)
    });
    let sizes: Vec<TokenStream> = plan
        .chain
        .above_zero
        .iter()
        .map(|size| {
            let message = format!("`{}` has a size of 0, and a layer of no values computes nothing [FW0007]", size);
            let message = message.replace('{', "{{").replace('}', "}}");
            quote_spanned! { size.span => ::core::assert!(#size > 0, #message) }
        })
        .collect();
    // Without const parameters an item finds a zero in `cargo check`; with them it is found where the values are.
    let zeros = if names.is_generic() { quote!(const { #(#sizes;)* }) } else { TokenStream::new() };
    let items = if names.is_generic() { TokenStream::new() } else { quote!(#(const _: () = #sizes;)*) };
    let links: Vec<TokenStream> = links.collect();
    if links.is_empty() && zeros.is_empty() {
        return items;
    }
    quote! {
        const _: () = {
            fn _shapes #generics () {
                #(#links)*
                #zeros
            }
        };
        #items
    }
}
