//! The mistakes found so far, each with its place; reported together.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

/// The code at the end of a message; `formwork::errors` explains each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// A layer takes another number of values than it is given.
    Chain = 1,
    /// A name that is no layer.
    UnknownLayer = 5,
    /// A size too few or too many.
    SizeCount = 6,
    /// A size of zero.
    ZeroSize = 7,
    /// No layer at all.
    Empty = 8,
    /// No layer that could learn.
    Untrainable = 9,
    /// Something that is not a size.
    NotASize = 10,
    /// Two fields of one name.
    Name = 11,
    /// Something that stands where it means nothing.
    Misplaced = 12,
    /// The declaration itself.
    Syntax = 13,
}

#[derive(Debug)]
struct Mistake {
    span: Span,
    message: String,
}

/// Collects mistakes; dropping it with mistakes unreported is a bug of ours.
#[derive(Debug, Default)]
pub struct Context {
    /// The path of the crate, for built-in layers that are emitted by their type.
    pub root: TokenStream,
    mistakes: Vec<Mistake>,
}

impl Context {
    /// Notes a mistake at a place.
    pub fn error(&mut self, span: Span, code: Code, message: impl AsRef<str>) {
        let message = format!("{} [FW{:04}]", message.as_ref(), code as u32);
        self.mistakes.push(Mistake { span, message });
    }

    /// Whether nothing was wrong so far.
    pub fn is_clean(&self) -> bool {
        self.mistakes.is_empty()
    }

    /// The messages, for tests of a single pass.
    #[cfg(test)]
    pub fn messages(&self) -> Vec<&str> {
        self.mistakes.iter().map(|mistake| mistake.message.as_str()).collect()
    }

    /// One `compile_error!` a mistake, at its place.
    pub fn into_errors(self) -> TokenStream {
        self.mistakes
            .into_iter()
            .map(|Mistake { span, message }| quote_spanned! { span => ::core::compile_error! { #message } })
            .collect()
    }
}
