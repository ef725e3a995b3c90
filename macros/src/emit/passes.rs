//! The struct's methods: make, predict, forward, backward, and backward with plain SGD folded in.

use super::pair::Pair;
use super::predict::predict;
use super::{Backward, Names, apart, gradient_buffer, gradient_name, last, layer_type, parameters_name};
use crate::model::{Activation, Kind};
use crate::plan::{Op, OpKind, Plan};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

pub fn inherent(names: &Names<'_>, plan: &Plan<'_>) -> TokenStream {
    let (network, generics) = (names.network_type(), names.generics());
    let parts = [
        constants(names),
        constructors(names, plan),
        predict(names, plan),
        forward(names, plan),
        backward(names, plan, Backward::Gradients),
        backward(names, plan, Backward::Sgd),
    ];
    quote! {
        impl #generics #network {
            #(#parts)*
        }
    }
}

fn constants(names: &Names<'_>) -> TokenStream {
    let root = names.root;
    quote! {
        /// Number of trainable numbers.
        pub const PARAMETERS: usize = <Self as #root::layer::Parameters>::COUNT;
        /// Multiply-adds for one sample.
        pub const MACS: usize = <Self as #root::network::Network>::MACS;
        /// Bytes of weights, 4 a parameter.
        pub const WEIGHT_BYTES: usize = <Self as #root::network::Network>::WEIGHT_BYTES;
        /// Bytes of scratch that `predict_into` needs.
        pub const SCRATCH_BYTES: usize = <Self as #root::network::Network>::SCRATCH_BYTES;
        /// Bytes of tape for each sample of a batch.
        pub const TAPE_BYTES: usize = <Self as #root::network::Network>::TAPE_BYTES;

        /// The table of layers; `{}` prints it.
        pub fn summary() -> #root::network::Summary {
            <Self as #root::network::Network>::summary()
        }
    }
}

fn constructors(names: &Names<'_>, plan: &Plan<'_>) -> TokenStream {
    let root = names.root;
    let trainable: Vec<&Op> = plan.ops.iter().filter(|op| op.is_trainable()).collect();
    // What is ours is made by constant functions.
    let ours = |op: &Op| {
        matches!(op.kind, OpKind::Dense(_)) || matches!(names.declaration.layers[op.layer].kind, Kind::Smooth { .. })
    };
    let constant = !names.declaration.boxed && trainable.iter().all(|op| ours(op));
    let constness = constant.then(|| quote!(const));
    let values = trainable.iter().map(|op| {
        let (field, kind) = (&op.name, layer_type(op, root));
        match (&op.kind, names.declaration.boxed) {
            (OpKind::Dense(_), true) => quote!(#field: #root::tensor::Boxed::zeroed()),
            (_, false) if ours(op) => quote!(#field: <#kind>::zeros()),
            (_, true) => quote!(#field: #root::tensor::Boxed::new(<#kind as #root::layer::Parameters>::zeros())),
            (_, false) => quote!(#field: <#kind as #root::layer::Parameters>::zeros()),
        }
    });
    let from_bytes = if constant {
        let values = trainable.iter().map(|op| {
            let (field, kind) = (&op.name, layer_type(op, root));
            quote!(#field: <#kind>::take_bytes(&mut bytes))
        });
        quote! {
            /// The network whose parameters `to_bytes` wrote. In a `static` of
            /// `include_bytes!` the weights lie in flash and are read there; of another size it does not compile (at run
            /// time it panics).
            pub const fn from_bytes(bytes: &[u8]) -> Self {
                let mut bytes = #root::network::weights_of::<Self>(bytes);
                Self { #(#values),* }
            }
        }
    } else {
        let reason = if names.declaration.boxed {
            "Not in a constant: its layers lie on the heap, and constants have none; without `boxed` they can."
        } else {
            "Not in a constant: a layer of your own is made by its `Parameters::zeros`, and in stable Rust a constant \
             cannot call a trait's function."
        };
        quote! {
            /// The network whose parameters `to_bytes` wrote.
            ///
            #[doc = #reason]
            ///
            /// # Panics
            /// For bytes of another size; `copy_from_bytes` returns an error instead.
            pub fn from_bytes(bytes: &[u8]) -> Self {
                let mut network = Self::zeros();
                let _ = #root::layer::Parameters::copy_from_bytes(&mut network, #root::network::weights_of::<Self>(bytes));
                network
            }
        }
    };
    quote! {
        #from_bytes

        /// All parameters 0.
        pub #constness fn zeros() -> Self {
            Self { #(#values),* }
        }

        /// Drawn as PyTorch draws: `Linear` uniform in +-1/sqrt(inputs).
        pub fn new<Generator: #root::rand::Rng + ?Sized>(rng: &mut Generator) -> Self {
            Self::with_init(&#root::init::PyTorch, rng)
        }

        /// Drawn by an initialiser of your choice.
        pub fn with_init<Initialiser: #root::init::Init, Generator: #root::rand::Rng + ?Sized>(
            init: &Initialiser,
            rng: &mut Generator,
        ) -> Self {
            let mut network = Self::zeros();
            #root::layer::Parameters::initialize(&mut network, init, rng);
            network
        }
    }
}

/// `#root::layer::Activation::ReLU`.
pub(super) fn activation(activation: Activation, names: &Names<'_>) -> TokenStream {
    let (root, name) = (names.root, format_ident!("{}", activation.name()));
    quote!(#root::layer::Activation::#name)
}

/// One kernel call of a forward pass: from `input` rows to `output` rows.
pub(super) fn step(op: &Op, names: &Names<'_>, input: &Rows, output: &TokenStream) -> TokenStream {
    let (root, field) = (names.root, &op.name);
    match &op.kind {
        OpKind::Dense(act) => {
            let (act, rows) = (activation(*act, names), input.rows(root));
            quote!(self.#field.forward_into(#rows, #act, #output);)
        }
        OpKind::Activate(act) => {
            let (act, rows) = (activation(*act, names), input.rows(root));
            quote!(#act.forward_rows(#rows, #output);)
        }
        OpKind::Custom(kind) => {
            let each = input.each(kind, root);
            quote! {
                for (input, output) in #each.zip(#output) {
                    #root::layer::Layer::forward(&self.#field as &#kind, input, output);
                }
            }
        }
    }
}

/// The rows that `op` reads from the op before.
pub(super) fn read(op: &Op, before: &Op, slice: TokenStream, root: &TokenStream) -> Rows {
    if !op.regroups {
        return Rows::Slice(slice);
    }
    let (gives, takes) = (before.outputs.sample(root), op.inputs.count(root));
    Rows::Slice(quote!(#root::network::pass::<#gives, #takes>(#slice)))
}

/// Where a step reads its rows.
pub(super) enum Rows {
    /// The batch itself.
    Batch,
    /// A slice of samples in a variable.
    Slice(TokenStream),
}

impl Rows {
    /// As kernels read them.
    fn rows(&self, root: &TokenStream) -> TokenStream {
        match self {
            Self::Batch => quote!(input.rows()),
            Self::Slice(slice) => quote!(#root::Rows::new(#slice)),
        }
    }

    /// One sample after the other, for a layer of the user's.
    fn each(&self, kind: &TokenStream, root: &TokenStream) -> TokenStream {
        match self {
            // `Accepts` holds for this one type alone, which the generic method does not know; and what comes from the
            // layer before is proven to be of this type elsewhere, with a message of its own.
            Self::Batch => quote! {
                input.iter().filter_map(#root::network::same_type::<_, <#kind as #root::layer::Layer>::Input>)
            },
            Self::Slice(slice) => quote! {
                #slice.iter().filter_map(#root::network::same_type::<_, <#kind as #root::layer::Layer>::Input>)
            },
        }
    }
}

fn forward(names: &Names<'_>, plan: &Plan<'_>) -> TokenStream {
    let (root, tape, arguments) = (names.root, &names.tape, &names.arguments);
    let output = last(plan).outputs.sample(root);
    let mut steps = TokenStream::new();
    let pair = Pair::of(plan);
    for (place, op) in plan.ops.iter().enumerate() {
        let name = &op.name;
        if pair.is_some() {
            steps.extend(quote!(let #name = rows.of_mut(&mut tape.#name);));
            continue;
        }
        let from = match place.checked_sub(1).map(|before| &plan.ops[before]) {
            Some(before) => {
                let name = &before.name;
                read(op, before, quote!(#name), root)
            }
            None => Rows::Batch,
        };
        let step = step(op, names, &from, &quote!(&mut *#name));
        steps.extend(quote! {
            let #name = rows.of_mut(&mut tape.#name);
            #step
        });
    }
    if let Some(pair) = pair {
        let (between, output) = (pair.first, pair.last);
        steps.extend(pair.forward(names, &quote!(&mut *#between), &quote!(&mut *#output)));
    }
    let name = &last(plan).name;
    let result = if last(plan).keeps_gradient {
        let gradient = gradient_name(last(plan));
        quote! {
            let #gradient = rows.of_mut(&mut tape.#gradient);
            #root::network::copy_outputs(#name, #gradient);
            #gradient
        }
    } else {
        quote!(#name)
    };
    let apart = apart(plan);
    quote! {
        /// A batch through the network, activations on the tape. The result is the outputs, where a loss then writes
        /// its gradient.
        #apart
        pub fn forward<'tape, Input, AnyTape, const BATCH: usize>(
            &self,
            input: #root::Batch<'_, Input, BATCH>,
            tape: &'tape mut AnyTape,
        ) -> &'tape mut [#output]
        where
            Input: #root::tensor::Sample,
            AnyTape: #root::network::TapeOf<Self, BATCH>,
            Self: #root::network::Accepts<Input>,
        {
            let tape: &'tape mut #tape<#arguments BATCH> = tape.tape();
            let rows = #root::network::AtMost::new(input.len());
            #steps
            #result
        }
    }
}

fn backward(names: &Names<'_>, plan: &Plan<'_>, form: Backward) -> TokenStream {
    let (root, tape, arguments) = (names.root, &names.tape, &names.arguments);
    let mut steps = TokenStream::new();
    for op in &plan.ops {
        let name = &op.name;
        if needs_outputs(plan, op) {
            steps.extend(quote!(let #name = rows.of(&tape.#name);));
        }
        if op.keeps_gradient {
            let gradient = gradient_name(op);
            steps.extend(quote!(let #gradient = rows.of_mut(&mut tape.#gradient);));
        }
    }
    let end = last(plan);
    if end.activation() != Activation::Identity && end.keeps_gradient {
        let (act, name, gradient) = (activation(end.activation(), names), &end.name, gradient_name(end));
        steps.extend(quote!(#act.mask(#name, #gradient);));
    }
    let pair = Pair::of(plan);
    steps.extend(pair.as_ref().map(|pair| pair.backward(names, form)));
    for (place, op) in plan.ops.iter().enumerate().rev().filter(|_| pair.is_none()) {
        let before = place.checked_sub(1).map(|before| &plan.ops[before]);
        steps.extend(backward_step(names, op, before, form));
    }
    let (receiver, name, extra, doc) = match form {
        Backward::Gradients => (
            quote!(&self),
            format_ident!("backward"),
            quote!(gradients: &mut Self,),
            "The gradient of every parameter, written over `gradients`, from the loss gradient that lies over the \
             outputs of the last `forward`.",
        ),
        Backward::Sgd => (
            quote!(&mut self),
            format_ident!("backward_sgd"),
            quote!(lr: f32, weight_decay: f32,),
            "The backward pass with plain SGD in the kernels that compute the gradients, \
             w = (1 - lr weight_decay) w - lr g: no gradient is stored.",
        ),
    };
    let apart = apart(plan);
    quote! {
        #[doc = #doc]
        #apart
        pub fn #name<Input, AnyTape, const BATCH: usize>(
            #receiver,
            input: #root::Batch<'_, Input, BATCH>,
            tape: &mut AnyTape,
            #extra
        ) where
            Input: #root::tensor::Sample,
            AnyTape: #root::network::TapeOf<Self, BATCH>,
            Self: #root::network::Accepts<Input>,
        {
            let tape: &mut #tape<#arguments BATCH> = tape.tape();
            let rows = #root::network::AtMost::new(input.len());
            #steps
        }
    }
}

/// Whether the backward pass reads what an op gave: as the next op's input, for its mask, or as the loss gradient.
fn needs_outputs(plan: &Plan<'_>, op: &Op) -> bool {
    let is_last = core::ptr::eq(op, last(plan));
    let masked = op.keeps_gradient && op.activation() != Activation::Identity;
    !is_last || !op.keeps_gradient || masked || matches!(op.kind, OpKind::Custom(_))
}

fn backward_step(names: &Names<'_>, op: &Op, before: Option<&Op>, form: Backward) -> TokenStream {
    let (root, field, gradient) = (names.root, &op.name, gradient_buffer(op));
    let input = match before {
        Some(before) => {
            let name = &before.name;
            read(op, before, quote!(#name), root)
        }
        None => Rows::Batch,
    };
    let into = before.filter(|_| op.passes_gradient_on).map(|before| {
        (&before.name, gradient_name(before), activation(before.activation(), names), before.activation())
    });
    match &op.kind {
        OpKind::Dense(_) => {
            let (rows, kind) = (input.rows(root), layer_type(op, root));
            let input_gradient = into.map(|(name, into, act, _)| {
                // Before the update: the input gradient belongs to the weights of the forward pass.
                let (previous, into) = match before.filter(|_| op.regroups) {
                    Some(before) => {
                        let (gives, takes) = (before.outputs.sample(root), op.inputs.count(root));
                        let pass = quote!(#root::network::pass::<#gives, #takes>(#name));
                        (pass, quote!(#root::network::pass_mut::<#gives, #takes>(#into)))
                    }
                    None => (quote!(#name), quote!(#into)),
                };
                quote!(self.#field.input_gradient(#gradient, #act, #previous, #into);)
            });
            let parameters = match form {
                Backward::Gradients => quote!(<#kind>::weight_gradient(#rows, #gradient, &mut gradients.#field);),
                Backward::Sgd => quote!(self.#field.sgd_update(#rows, #gradient, lr, weight_decay);),
            };
            quote!(#input_gradient #parameters)
        }
        OpKind::Activate(_) => {
            into.map(|(name, into, act, _)| quote!(#act.backward_into(#name, #gradient, #into);)).unwrap_or_default()
        }
        OpKind::Custom(kind) => {
            let each = input.each(kind, root);
            let target = match form {
                Backward::Gradients => quote!(&mut gradients.#field as &mut #kind),
                Backward::Sgd => {
                    let name = parameters_name(op);
                    quote!(&mut tape.#name)
                }
            };
            let call = |into: TokenStream| {
                quote! {
                    #root::layer::Layer::backward(&self.#field as &#kind, input, output, gradient, #into, parameters);
                }
            };
            let passes = match into {
                Some((name, into, act, which)) => {
                    let call = call(quote!(into));
                    let mask = (which != Activation::Identity).then(|| quote!(#act.mask(#name, #into);));
                    quote! {
                        let into = #into.iter_mut().filter_map(#root::network::same_type_mut);
                        for (((input, output), gradient), into) in #each.zip(#field).zip(&*#gradient).zip(into) {
                            #call
                        }
                        #mask
                    }
                }
                None => {
                    let call = call(quote!(&mut nowhere));
                    quote! {
                        let mut nowhere = <#kind as #root::layer::Layer>::Input::default();
                        for ((input, output), gradient) in #each.zip(#field).zip(&*#gradient) {
                            #call
                        }
                    }
                }
            };
            let update = (form == Backward::Sgd).then(|| {
                quote!(#root::layer::Parameters::descend(&mut self.#field as &mut #kind, parameters, lr, weight_decay);)
            });
            quote! {
                let parameters: &mut #kind = #target;
                #root::layer::Parameters::fill(parameters, 0.0);
                #passes
                #update
            }
        }
    }
}
