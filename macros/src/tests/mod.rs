//! The passes without a compiler around them: messages, what is left to the types, and the code that comes out.

mod expansion;
mod lists;

use crate::context::Context;
use crate::{parse, shapes};
use proc_macro2::TokenStream;

/// The messages that a declaration gets from the first two passes.
fn messages(declaration: &str) -> Vec<String> {
    let tokens: TokenStream = declaration.parse().expect("tokens");
    let mut context = Context::default();
    if let Some(declaration) = parse::declaration(tokens, &mut context) {
        shapes::resolve(&declaration, &mut context);
    }
    context.messages().into_iter().map(str::to_owned).collect()
}

/// The one message of a layer list.
fn message(list: &str) -> String {
    let messages = messages(&format!("struct Net < {list} >"));
    assert_eq!(messages.len(), 1, "{messages:?}");
    messages.into_iter().next().unwrap_or_default()
}
