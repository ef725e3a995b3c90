//! The declaration as our own tree: what the user wrote, each size with its place.

use proc_macro2::{Ident, Span, TokenStream};
use std::fmt;
use syn::{Attribute, Generics, Visibility};

/// A whole `network! { .. }`.
pub struct Declaration {
    /// Attributes for the struct, doc comments included; `#[network(..)]` taken out.
    pub attributes: Vec<Attribute>,
    /// Where `formwork` is found.
    pub root: TokenStream,
    /// Layers and tape on the heap.
    pub boxed: bool,
    pub visibility: Visibility,
    pub name: Ident,
    pub generics: Generics,
    pub layers: Vec<Layer>,
}

/// One entry of the layer list.
pub struct Layer {
    /// Its place in the list, counted from 1.
    pub number: usize,
    /// Doc comments.
    pub docs: Vec<Attribute>,
    /// The name before a colon.
    pub name: Option<Ident>,
    pub kind: Kind,
    /// The place of the layer's own name.
    pub span: Span,
    /// As written, for messages and docs: `Linear<784, 10>`.
    pub text: String,
}

/// What a layer is.
pub enum Kind {
    Flatten(Option<[Size; 2]>),
    Linear {
        inputs: Size,
        outputs: Size,
    },
    Activation(Activation),
    /// An activation that keeps its input: a type of core, of as many values as go through it.
    Smooth {
        kind: TokenStream,
        size: Size,
    },
    /// A type of the user's.
    Custom(TokenStream),
    /// Already reported; takes and gives nothing that could be checked.
    Wrong,
}

/// The activations that kernels know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    Identity,
    ReLU,
    Sigmoid,
    Tanh,
    LeakyReLU,
    Elu,
    Softplus,
}

impl Activation {
    /// The name in the list, and that of core's variant.
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "Identity",
            Self::ReLU => "ReLU",
            Self::Sigmoid => "Sigmoid",
            Self::Tanh => "Tanh",
            Self::LeakyReLU => "LeakyReLU",
            Self::Elu => "ELU",
            Self::Softplus => "Softplus",
        }
    }
}

/// A number of values.
#[derive(Clone, Debug)]
pub struct Size {
    pub value: Value,
    pub span: Span,
}

/// What is known of a size here.
#[derive(Clone, Debug)]
pub enum Value {
    /// A number that can be read.
    Literal(usize),
    /// A constant, a const parameter, or an expression in braces: its value is the type checker's to know.
    Named(TokenStream),
}

impl Size {
    pub fn literal(value: usize, span: Span) -> Self {
        Self { value: Value::Literal(value), span }
    }

    /// The number, where it can be read here.
    pub fn known(&self) -> Option<usize> {
        match self.value {
            Value::Literal(value) => Some(value),
            Value::Named(_) => None,
        }
    }

    /// Whether both are the same number, as far as can be told here.
    pub fn same(&self, other: &Self) -> Option<bool> {
        match (&self.value, &other.value) {
            (Value::Literal(a), Value::Literal(b)) => Some(a == b),
            (Value::Named(a), Value::Named(b)) if a.to_string() == b.to_string() => Some(true),
            _ => None,
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Value::Literal(value) => write!(f, "{value}"),
            Value::Named(tokens) => write!(f, "{}", tokens.to_string().replace(" :: ", "::")),
        }
    }
}

impl quote::ToTokens for Size {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match &self.value {
            Value::Literal(value) => {
                let mut literal = proc_macro2::Literal::usize_unsuffixed(*value);
                literal.set_span(self.span);
                tokens.extend([proc_macro2::TokenTree::Literal(literal)]);
            }
            Value::Named(named) => named.to_tokens(tokens),
        }
    }
}

impl Layer {
    /// How messages call it: `layer 2 Linear<256, 10>`.
    pub fn call(&self) -> String {
        match &self.name {
            Some(name) => format!("layer {} `{name}: {}`", self.number, self.text),
            None => format!("layer {} `{}`", self.number, self.text),
        }
    }

    /// Whether training changes it.
    pub fn is_trainable(&self) -> bool {
        matches!(self.kind, Kind::Linear { .. } | Kind::Custom(_) | Kind::Wrong)
    }
}
