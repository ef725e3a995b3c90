//! Tokens to `model`. A declaration whose head cannot be read ends here; a layer that cannot be read becomes
//! `Kind::Wrong`, and the list goes on.

use crate::context::{Code, Context};
use crate::model::{Activation, Declaration, Kind, Layer, Size, Value};
use crate::names;
use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, GenericParam, Generics, Token, Visibility};

/// Reads a whole `network! { .. }`; `None`, with the mistake noted, where not even the head can be read.
pub fn declaration(input: TokenStream, context: &mut Context) -> Option<Declaration> {
    let parser = |stream: ParseStream<'_>| {
        let head = head(stream, context)?;
        let layers = list(stream, context)?;
        let _: Option<Token![;]> = stream.parse()?;
        if !stream.is_empty() {
            return Err(stream.error("nothing follows the layer list"));
        }
        Ok(Declaration { layers, ..head })
    };
    match parser.parse2(input) {
        Ok(declaration) => Some(declaration),
        Err(error) => {
            let form = "expected `network! { pub struct Name < Layer, Layer<..>, .. > }`";
            context.error(error.span(), Code::Syntax, format!("{error}; {form}"));
            None
        }
    }
}

fn head(stream: ParseStream<'_>, context: &mut Context) -> syn::Result<Declaration> {
    let mut attributes = stream.call(Attribute::parse_outer)?;
    let (mut root, mut boxed) = (quote!(::formwork), false);
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("network")) {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("crate") {
                root = meta.value()?.call(syn::Path::parse_mod_style)?.into_token_stream();
                Ok(())
            } else if meta.path.is_ident("boxed") {
                boxed = true;
                Ok(())
            } else {
                Err(meta.error("`#[network(..)]` knows `boxed` and `crate = path::to::formwork`"))
            }
        })?;
    }
    context.root = root.clone();
    attributes.retain(|attribute| !attribute.path().is_ident("network"));
    let visibility: Visibility = stream.parse()?;
    stream.parse::<Token![struct]>()?;
    let name: Ident = stream.parse()?;
    let generics = generics(stream, context)?;
    Ok(Declaration { attributes, root, boxed, visibility, name, generics, layers: Vec::new() })
}

/// `<const H: usize>` where another `<` follows it; else the `<` is already the layer list.
fn generics(stream: ParseStream<'_>, context: &mut Context) -> syn::Result<Generics> {
    let ahead = stream.fork();
    if ahead.parse::<Generics>().is_err() || !ahead.peek(Token![<]) {
        return Ok(Generics::default());
    }
    let generics: Generics = stream.parse()?;
    for parameter in &generics.params {
        if !matches!(parameter, GenericParam::Const(_)) {
            let message = "a network has const parameters only, for its sizes: `struct Name<const H: usize> < .. >`";
            context.error(span_of(parameter), Code::Syntax, message);
        }
    }
    Ok(generics)
}

fn list(stream: ParseStream<'_>, context: &mut Context) -> syn::Result<Vec<Layer>> {
    stream.parse::<Token![<]>()?;
    let mut layers = Vec::new();
    while !stream.peek(Token![>]) {
        layers.push(layer(layers.len() + 1, stream, context)?);
        if !stream.peek(Token![>]) {
            stream.parse::<Token![,]>()?;
        }
    }
    stream.parse::<Token![>]>()?;
    Ok(layers)
}

fn layer(number: usize, stream: ParseStream<'_>, context: &mut Context) -> syn::Result<Layer> {
    let docs = stream.call(Attribute::parse_outer)?;
    for attribute in docs.iter().filter(|attribute| !attribute.path().is_ident("doc")) {
        let message = "a layer takes doc comments and no other attribute: a list of sizes cannot depend on `cfg`; \
                       declare two networks instead";
        context.error(span_of(attribute), Code::Misplaced, message);
    }
    let named = stream.peek(Ident::peek_any) && stream.peek2(Token![:]) && !stream.peek2(Token![::]);
    let name = if named {
        let name: Ident = stream.parse()?;
        stream.parse::<Token![:]>()?;
        Some(name)
    } else {
        None
    };
    // A type that comes from a `macro_rules!` fragment stands in a group without delimiters.
    let path = path(stream)?;
    let mut sizes = Vec::new();
    let with_sizes = stream.peek(Token![<]);
    if with_sizes {
        stream.parse::<Token![<]>()?;
        while !stream.peek(Token![>]) {
            sizes.push(argument(stream)?);
            if !stream.peek(Token![>]) {
                stream.parse::<Token![,]>()?;
            }
        }
        stream.parse::<Token![>]>()?;
    }
    let span = path.last().map_or_else(Span::call_site, Ident::span);
    let path_text: Vec<String> = path.iter().map(|ident| ident.unraw().to_string()).collect();
    let text = if with_sizes {
        let sizes: Vec<String> = sizes.iter().map(readable).collect();
        format!("{}<{}>", path_text.join("::"), sizes.join(", "))
    } else {
        path_text.join("::")
    };
    let kind = kind(&path, &sizes, with_sizes, span, &text, context);
    Ok(Layer { number, docs, name, kind, span, text })
}

fn path(stream: ParseStream<'_>) -> syn::Result<Vec<Ident>> {
    let mut path = vec![stream.call(Ident::parse_any)?];
    while stream.peek(Token![::]) && !stream.peek3(Token![<]) {
        stream.parse::<Token![::]>()?;
        path.push(stream.parse()?);
    }
    Ok(path)
}

/// The tokens of one size, up to a comma or `>` that is not inside `<..>` of its own.
fn argument(stream: ParseStream<'_>) -> syn::Result<TokenStream> {
    let mut tokens = TokenStream::new();
    let mut depth = 0_usize;
    while !stream.is_empty() {
        if depth == 0 && (stream.peek(Token![,]) || stream.peek(Token![>])) {
            break;
        }
        if stream.peek(Token![<]) {
            depth += 1;
            tokens.extend(stream.parse::<Token![<]>()?.into_token_stream());
        } else if stream.peek(Token![>]) {
            depth -= 1;
            tokens.extend(stream.parse::<Token![>]>()?.into_token_stream());
        } else {
            tokens.extend([stream.parse::<TokenTree>()?]);
        }
    }
    if tokens.is_empty() { Err(stream.error("expected a size")) } else { Ok(tokens) }
}

fn kind(
    path: &[Ident],
    sizes: &[TokenStream],
    with_sizes: bool,
    span: Span,
    text: &str,
    context: &mut Context,
) -> Kind {
    let [name] = path else {
        return custom(path, sizes, with_sizes);
    };
    let name = name.unraw().to_string();
    let activation = match name.as_str() {
        "Flatten" => return flatten(sizes, with_sizes, span, text, context),
        "Linear" => return linear(sizes, span, text, context),
        "ReLU" => Activation::ReLU,
        "Sigmoid" => Activation::Sigmoid,
        "Tanh" => Activation::Tanh,
        "LeakyReLU" => Activation::LeakyReLU,
        "ELU" => Activation::Elu,
        "Softplus" => Activation::Softplus,
        "SiLU" | "GELU" => return smooth(path, sizes, span, text, context),
        _ => match names::advice(&name) {
            Some(advice) => {
                context.error(span, Code::UnknownLayer, advice);
                return Kind::Wrong;
            }
            None => return custom(path, sizes, with_sizes),
        },
    };
    if let Some(first) = sizes.first() {
        let message = format!("`{name}` takes no size, it works element by element: write `{name}`");
        context.error(span_of(first), Code::SizeCount, message);
        return Kind::Wrong;
    }
    Kind::Activation(activation)
}

fn smooth(path: &[Ident], sizes: &[TokenStream], span: Span, text: &str, context: &mut Context) -> Kind {
    let [tokens] = sizes else {
        let message = format!(
            "`{text}` has {}: it takes one, the number of values that go through it, for example `{text}<128>`",
            count(sizes.len())
        );
        context.error(sizes.get(1).map_or(span, span_of), Code::SizeCount, message);
        return Kind::Wrong;
    };
    let root = context.root.clone();
    match size(tokens, text, context) {
        Some(size) => Kind::Smooth { kind: quote!(#root::layer::#(#path)::*<#size>), size },
        None => Kind::Wrong,
    }
}

fn custom(path: &[Ident], sizes: &[TokenStream], with_sizes: bool) -> Kind {
    let arguments = with_sizes.then(|| quote!(<#(#sizes),*>));
    Kind::Custom(quote!(#(#path)::* #arguments))
}

fn flatten(sizes: &[TokenStream], with_sizes: bool, span: Span, text: &str, context: &mut Context) -> Kind {
    match sizes {
        [] if !with_sizes => Kind::Flatten(None),
        [rows, cols] => match (size(rows, text, context), size(cols, text, context)) {
            (Some(rows), Some(cols)) => Kind::Flatten(Some([rows, cols])),
            _ => Kind::Wrong,
        },
        _ => {
            let at = sizes.get(2).or(sizes.first()).map_or(span, span_of);
            let message = format!(
                "`{text}` has {}: `Flatten` takes none, or the rows and columns of the picture, `Flatten<28, 28>`",
                count(sizes.len())
            );
            context.error(at, Code::SizeCount, message);
            Kind::Wrong
        }
    }
}

fn linear(sizes: &[TokenStream], span: Span, text: &str, context: &mut Context) -> Kind {
    let [inputs, outputs] = sizes else {
        let at = sizes.get(2).map_or(span, span_of);
        let message = format!(
            "`{text}` has {}: `Linear` takes two, the values that go in and those that come out, `Linear<784, 10>`",
            count(sizes.len())
        );
        context.error(at, Code::SizeCount, message);
        return Kind::Wrong;
    };
    match (size(inputs, text, context), size(outputs, text, context)) {
        (Some(inputs), Some(outputs)) => Kind::Linear { inputs, outputs },
        _ => Kind::Wrong,
    }
}

fn count(sizes: usize) -> String {
    match sizes {
        0 => "no size".to_owned(),
        1 => "one size".to_owned(),
        more => format!("{more} sizes"),
    }
}

/// Reads a size: a whole number above zero, a constant's name, or an expression in braces.
fn size(tokens: &TokenStream, layer: &str, context: &mut Context) -> Option<Size> {
    let tokens = without_groups(tokens.clone());
    let span = span_of(&tokens);
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let problem = match trees.as_slice() {
        [TokenTree::Literal(literal)] => match syn::parse2::<syn::LitInt>(tokens.clone()) {
            Ok(number) if matches!(number.suffix(), "" | "usize") => match number.base10_parse::<usize>() {
                Ok(0) => {
                    let message = format!("`{layer}` has a size of 0, and a layer of no values computes nothing");
                    context.error(span, Code::ZeroSize, message);
                    return None;
                }
                Ok(value) => return Some(Size::literal(value, span)),
                Err(_) => format!("`{literal}` is larger than any size can be"),
            },
            _ => format!("`{literal}` is not a size"),
        },
        [TokenTree::Group(group)] if group.delimiter() == Delimiter::Brace => {
            return Some(Size { value: Value::Named(tokens), span });
        }
        [TokenTree::Ident(_), ..] if is_path(&trees) => return Some(Size { value: Value::Named(tokens), span }),
        _ => format!("`{}` is not a size", readable(&tokens)),
    };
    let message = format!(
        "{problem}: `{layer}` takes whole numbers above 0, names of constants, or expressions in braces, `{{ 2 * H }}`"
    );
    context.error(span, Code::NotASize, message);
    None
}

/// `A`, `a::B`: identifiers with `::` between them.
fn is_path(trees: &[TokenTree]) -> bool {
    trees.iter().all(|tree| match tree {
        TokenTree::Ident(_) => true,
        TokenTree::Punct(punct) => matches!(punct.as_char(), ':' | '<' | '>'),
        _ => false,
    })
}

/// A `macro_rules!` fragment comes in a group without delimiters, which means nothing here.
fn without_groups(tokens: TokenStream) -> TokenStream {
    tokens
        .into_iter()
        .flat_map(|tree| match tree {
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => without_groups(group.stream()),
            tree => tree.into(),
        })
        .collect()
}

fn readable(tokens: &TokenStream) -> String {
    without_groups(tokens.clone()).to_string().replace(" :: ", "::")
}

fn span_of(tokens: &impl ToTokens) -> Span {
    let tokens = without_groups(tokens.to_token_stream());
    tokens.into_iter().next().map_or_else(Span::call_site, |tree| tree.span())
}
