//! Walks the list: what each layer takes and gives, and whether the two agree.
//!
//! There are three outcomes for a pair of sizes: the same, different (a mistake, noted at the size that is wrong),
//! or *left to the types*: a `Link`, which `emit` turns into a bound that the type checker must prove. Nothing unknown
//! passes as right.

use crate::context::{Code, Context};
use crate::model::{Declaration, Kind, Layer, Size, Value};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};

/// What a network reads.
pub enum Input {
    /// `Flatten` first: any picture of so many values.
    Pictures(Size),
    /// `Flatten<R, C>` first.
    Picture([Size; 2]),
    /// A sized layer first: vectors.
    Vector(Size),
    /// A layer of the user's first: its own input type.
    Custom(TokenStream),
}

/// How many values pass from one layer to the next.
#[derive(Clone)]
pub enum Width {
    Size(Size),
    /// What a layer of the user's reads.
    CustomInput(TokenStream),
    /// What a layer of the user's gives.
    CustomOutput(TokenStream),
}

/// Two widths that only the type checker can compare.
pub struct Link {
    /// The layer that takes, counted from 1.
    pub number: usize,
    pub gives: Width,
    pub takes: Width,
    pub span: Span,
}

/// The list with every width found.
pub struct Chain {
    pub input: Input,
    /// What goes into and comes out of each layer, in order.
    pub widths: Vec<[Width; 2]>,
    /// The field or buffer name of each layer.
    pub names: Vec<Ident>,
    pub links: Vec<Link>,
    /// Sizes above 0 that only the type checker can tell.
    pub above_zero: Vec<Size>,
}

/// What the layers so far give.
struct Flow {
    width: Width,
    giver: usize,
}

/// Resolves every width; `None` where the list has no layer that says any, with every mistake noted.
pub fn resolve(declaration: &Declaration, context: &mut Context) -> Option<Chain> {
    let layers = &declaration.layers;
    if layers.is_empty() {
        let message = format!("the layer list of `{}` is empty: a network has at least one layer", declaration.name);
        context.error(declaration.name.span(), Code::Empty, message);
        return None;
    }
    if !layers.iter().any(Layer::is_trainable) {
        let message = format!(
            "`{}` has nothing to train: no layer of the list has parameters, as `Linear<..>` has",
            declaration.name
        );
        context.error(declaration.name.span(), Code::Untrainable, message);
        return None;
    }
    let names = names(layers, context);
    let mut flow: Option<Flow> = None;
    let mut links = Vec::new();
    let mut widths: Vec<Option<[Width; 2]>> = Vec::new();
    for layer in layers {
        let width = match &layer.kind {
            Kind::Wrong => {
                flow = None;
                None
            }
            Kind::Activation(_) | Kind::Flatten(None) => {
                flow.as_ref().map(|flow| [flow.width.clone(), flow.width.clone()])
            }
            Kind::Flatten(Some([rows, cols])) => product(rows, cols, layer, context).map(|size| {
                compare(layers, flow.as_ref(), layer, &Width::Size(size.clone()), rows.span, &mut links, context);
                let width = Width::Size(size);
                flow = Some(Flow { width: width.clone(), giver: layer.number });
                [width.clone(), width]
            }),
            Kind::Linear { inputs, outputs } => {
                check_memory(layer, inputs, outputs, context);
                let takes = Width::Size(inputs.clone());
                compare(layers, flow.as_ref(), layer, &takes, inputs.span, &mut links, context);
                let gives = Width::Size(outputs.clone());
                flow = Some(Flow { width: gives.clone(), giver: layer.number });
                Some([takes, gives])
            }
            Kind::Smooth { size, .. } => {
                if flow.is_none() && widths.iter().all(Option::is_none) {
                    let message = format!(
                        "`{}` keeps its input, which a network's own input is not kept as: put a layer before it",
                        layer.text
                    );
                    context.error(layer.span, Code::Misplaced, message);
                }
                let width = Width::Size(size.clone());
                compare(layers, flow.as_ref(), layer, &width, size.span, &mut links, context);
                flow = Some(Flow { width: width.clone(), giver: layer.number });
                Some([width.clone(), width])
            }
            Kind::Custom(kind) => {
                let takes = Width::CustomInput(kind.clone());
                compare(layers, flow.as_ref(), layer, &takes, layer.span, &mut links, context);
                let gives = Width::CustomOutput(kind.clone());
                flow = Some(Flow { width: gives.clone(), giver: layer.number });
                Some([takes, gives])
            }
        };
        widths.push(width);
    }
    // Layers before the first that says a size pass on what that one takes.
    let first = widths.iter().flatten().next().map(|[takes, _]| takes.clone())?;
    let widths = widths.into_iter().map(|width| width.unwrap_or_else(|| [first.clone(), first.clone()])).collect();
    let input = input(layers, &first, context)?;
    let above_zero = layers.iter().flat_map(sizes).filter(|size| size.known().is_none()).cloned().collect();
    Some(Chain { input, widths, names, links, above_zero })
}

fn sizes(layer: &Layer) -> Vec<&Size> {
    match &layer.kind {
        Kind::Linear { inputs, outputs } => vec![inputs, outputs],
        Kind::Flatten(Some([rows, cols])) => vec![rows, cols],
        Kind::Smooth { size, .. } => vec![size],
        _ => Vec::new(),
    }
}

fn input(layers: &[Layer], first: &Width, context: &mut Context) -> Option<Input> {
    Some(match (&layers.first()?.kind, first) {
        (Kind::Flatten(Some(picture)), _) => Input::Picture(picture.clone()),
        (Kind::Flatten(None), Width::Size(size)) => Input::Pictures(size.clone()),
        (Kind::Flatten(None), _) => {
            let message = "`Flatten` before a layer of your own: that layer's `Input` type says what it reads, \
                           so leave `Flatten` out or say the picture's sizes, `Flatten<28, 28>`";
            context.error(layers.first()?.span, Code::Misplaced, message);
            return None;
        }
        (_, Width::Size(size)) => Input::Vector(size.clone()),
        (Kind::Custom(_), Width::CustomInput(kind)) => Input::Custom(kind.clone()),
        _ => {
            let message = "an activation before a layer of your own: its `Input` type is not known here, \
                           so apply the activation within that layer";
            context.error(layers.first()?.span, Code::Misplaced, message);
            return None;
        }
    })
}

fn compare(
    layers: &[Layer],
    flow: Option<&Flow>,
    layer: &Layer,
    takes: &Width,
    span: Span,
    links: &mut Vec<Link>,
    context: &mut Context,
) {
    let Some(flow) = flow else { return };
    if let (Width::Size(gives), Width::Size(takes)) = (&flow.width, takes) {
        match gives.same(takes) {
            Some(true) => return,
            Some(false) => return context.error(span, Code::Chain, mismatch(layers, flow.giver, gives, layer, takes)),
            None => {}
        }
    }
    links.push(Link { number: layer.number, gives: flow.width.clone(), takes: takes.clone(), span });
}

fn mismatch(layers: &[Layer], giver: usize, gives: &Size, layer: &Layer, takes: &Size) -> String {
    let giver = &layers[giver - 1];
    let here = match &layer.kind {
        Kind::Linear { outputs, .. } => format!("write `Linear<{gives}, {outputs}>` here"),
        Kind::Smooth { .. } => format!("write `{}<{gives}>` here", name_of(layer)),
        _ => format!("a picture of {gives} values fits here"),
    };
    let there = match &giver.kind {
        Kind::Linear { inputs, .. } => format!("`Linear<{inputs}, {takes}>` as layer {}", giver.number),
        Kind::Smooth { .. } => format!("`{}<{takes}>` as layer {}", name_of(giver), giver.number),
        _ => format!("a picture of {takes} values as layer {}", giver.number),
    };
    format!("{} takes {takes} values, but {} gives {gives}: {here}, or {there}", layer.call(), giver.call())
}

/// The layer's name without its sizes.
fn name_of(layer: &Layer) -> &str {
    layer.text.split('<').next().unwrap_or_default().trim()
}

fn product(rows: &Size, cols: &Size, layer: &Layer, context: &mut Context) -> Option<Size> {
    match (rows.known(), cols.known()) {
        (Some(r), Some(c)) => {
            let size = r.checked_mul(c).filter(|size| *size <= isize::MAX as usize);
            if size.is_none() {
                context.error(
                    rows.span,
                    Code::NotASize,
                    format!("`{}` has more values than memory can hold", layer.text),
                );
            }
            size.map(|size| Size::literal(size, rows.span))
        }
        _ => Some(Size { value: Value::Named(quote!({ #rows * #cols })), span: rows.span }),
    }
}

fn check_memory(layer: &Layer, inputs: &Size, outputs: &Size, context: &mut Context) {
    let (Some(i), Some(o)) = (inputs.known(), outputs.known()) else { return };
    let bytes = i.checked_mul(o).and_then(|weights| weights.checked_add(o)).and_then(|count| count.checked_mul(4));
    if bytes.is_none_or(|bytes| bytes > isize::MAX as usize) {
        let message = format!("the weights of {} need more memory than there can be", layer.call());
        context.error(inputs.span, Code::NotASize, message);
    }
}

/// Field names: as given, else the kind and its place among layers of that kind.
fn names(layers: &[Layer], context: &mut Context) -> Vec<Ident> {
    let mut kinds: Vec<String> = Vec::new();
    let mut names: Vec<Ident> = Vec::new();
    for layer in layers {
        let kind = snake_case(layer.text.split('<').next().unwrap_or_default().rsplit("::").next().unwrap_or_default());
        kinds.push(kind.clone());
        let place = kinds.iter().filter(|other| **other == kind).count();
        let name = layer.name.clone().unwrap_or_else(|| format_ident!("{kind}{place}", span = layer.span));
        // The tape has buffers of these names beside the layers' own.
        let taken = |other: &Ident| {
            let (a, b) = (name.to_string(), other.to_string());
            a == b || ["gradient", "parameters"].iter().any(|of| a == format!("{b}_{of}") || b == format!("{a}_{of}"))
        };
        if let Some(other) = names.iter().find(|other| taken(other)) {
            let message = format!("{} would be called `{name}`, which `{other}` before it rules out", layer.call());
            context.error(name.span(), Code::Name, message);
        }
        if name == "rows" {
            context.error(name.span(), Code::Name, "a layer is not called `rows`: the tape counts its rows there");
        }
        names.push(name);
    }
    names
}

fn snake_case(name: &str) -> String {
    let name = name.trim().trim_start_matches("r#");
    match name {
        "ReLU" => return "relu".to_owned(),
        "LeakyReLU" => return "leaky_relu".to_owned(),
        "ELU" | "SiLU" | "GELU" => return name.to_lowercase(),
        _ => {}
    }
    let mut snake = String::new();
    for (place, letter) in name.chars().enumerate() {
        if letter.is_uppercase() && place > 0 {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

impl Width {
    /// The number as an expression.
    pub fn count(&self, root: &TokenStream) -> TokenStream {
        match self {
            Self::Size(size) => size.to_token_stream(),
            Self::CustomInput(kind) => {
                quote!(<<#kind as #root::layer::Layer>::Input as #root::tensor::Sample>::LEN)
            }
            Self::CustomOutput(kind) => {
                quote!(<<#kind as #root::layer::Layer>::Output as #root::tensor::Sample>::LEN)
            }
        }
    }

    /// The type of one sample.
    pub fn sample(&self, root: &TokenStream) -> TokenStream {
        match self {
            Self::Size(size) => quote!(#root::Vector<#size>),
            Self::CustomInput(kind) => quote!(<#kind as #root::layer::Layer>::Input),
            Self::CustomOutput(kind) => quote!(<#kind as #root::layer::Layer>::Output),
        }
    }

    /// The number, where it can be read here.
    pub fn known(&self) -> Option<usize> {
        match self {
            Self::Size(size) => size.known(),
            _ => None,
        }
    }

    /// In words, for documentation.
    pub fn words(&self) -> String {
        match self {
            Self::Size(size) => size.to_string(),
            Self::CustomInput(kind) => format!("what {} reads", kind.to_string().replace(' ', "")),
            Self::CustomOutput(kind) => format!("what {} gives", kind.to_string().replace(' ', "")),
        }
    }
}
