//! Right and wrong lists.

use super::{message, messages};
use crate::context::Context;
use crate::{parse, shapes};
use proptest::prelude::*;

fn is_clean(list: &str) -> bool {
    messages(&format!("struct Net < {list} >")).is_empty()
}

#[test]
fn right_lists_pass() {
    for list in [
        "Linear<1, 1>",
        "Flatten, Linear<784, 10>",
        "Flatten<28, 28>, Linear<784, 10>,",
        "hidden: Linear<2, 100>, ReLU, out: Linear<100, 3>",
        "Tanh, Linear<7, 3>, Sigmoid, Flatten, Linear<3, 3>, Tanh, ReLU",
        "Linear<HIDDEN, 10>, Linear<10, my::SIZE>",
        "Linear<2, {2 * H}>, Linear<{2 * H}, 3>",
        "Linear<0x10, 1_000>, Linear<1000usize, 2>",
        "Scale<7>, Linear<7, 3>",
        "self::Relu, Linear<7, 3>",
        "r#Linear<7, 3>",
    ] {
        assert!(is_clean(list), "{list}: {:?}", messages(&format!("struct Net < {list} >")));
    }
}

#[test]
fn a_wrong_chain_names_both_layers_both_sizes_and_what_fits() {
    assert_eq!(
        message("Flatten, Linear<784, 256>, ReLU, Linear<128, 10>"),
        "layer 4 `Linear<128, 10>` takes 128 values, but layer 2 `Linear<784, 256>` gives 256: \
         write `Linear<256, 10>` here, or `Linear<784, 128>` as layer 2 [FW0001]"
    );
    assert_eq!(
        message("Flatten<28, 28>, out: Linear<700, 10>"),
        "layer 2 `out: Linear<700, 10>` takes 700 values, but layer 1 `Flatten<28, 28>` gives 784: \
         write `Linear<784, 10>` here, or a picture of 700 values as layer 1 [FW0001]"
    );
}

#[test]
fn several_mistakes_are_reported_together() {
    let messages =
        messages("struct Net < Linear<784, 256>, Relu, Linear<128>, Linear<256, 0>, Linear<5, 6>, Linear<7, 8> >");
    let codes: Vec<&str> = messages.iter().map(|message| &message[message.len() - 7..message.len() - 1]).collect();
    assert_eq!(codes, ["FW0005", "FW0006", "FW0007", "FW0001"], "{messages:#?}");
}

#[test]
fn unknown_layers_are_told_the_nearest_name() {
    for (wrong, right) in [
        ("Linaer<2, 3>", "Linear"),
        ("Dense<2, 3>", "Linear"),
        ("Relu", "ReLU"),
        ("sigmoid", "Sigmoid"),
        ("Flaten", "Flatten"),
    ] {
        let message = message(&format!("{wrong}, Linear<4, 5>"));
        assert!(message.contains(&format!("did you mean `{right}`?")) && message.ends_with("[FW0005]"), "{message}");
    }
    assert!(message("Linear<4, 5>, Softmax").contains("leave it out"));
}

#[test]
fn sizes_are_counted_and_read() {
    for (list, part, code) in [
        ("Linear<784>", "has one size", "FW0006"),
        ("Linear", "has no size", "FW0006"),
        ("Linear<1, 2, 3>", "has 3 sizes", "FW0006"),
        ("Flatten<28>, Linear<784, 10>", "has one size", "FW0006"),
        ("Linear<2, 3>, ReLU<3>", "takes no size", "FW0006"),
        ("Linear<0, 3>", "a size of 0", "FW0007"),
        ("Linear<2, 0x0>", "a size of 0", "FW0007"),
        ("Linear<2, 2.5>", "`2.5` is not a size", "FW0010"),
        ("Linear<2, -3>", "is not a size", "FW0010"),
        ("Linear<2, \"3\">", "is not a size", "FW0010"),
        ("Linear<2, 3u8>", "is not a size", "FW0010"),
        ("Linear<2, 2 * H>", "is not a size", "FW0010"),
        ("Linear<2, 99999999999999999999999>", "larger than any size", "FW0010"),
        ("Linear<9999999999, 9999999999>", "more memory", "FW0010"),
    ] {
        let message = message(list);
        assert!(message.contains(part) && message.ends_with(&format!("[{code}]")), "{list}: {message}");
    }
}

#[test]
fn lists_without_purpose_are_refused() {
    assert!(message("").ends_with("[FW0008]"));
    assert!(message("Flatten, ReLU").ends_with("[FW0009]"));
    assert!(message("a: Linear<2, 3>, a: Linear<3, 2>").ends_with("[FW0011]"));
    assert!(message("linear2: ReLU, Linear<2, 3>, Linear<3, 2>").ends_with("[FW0011]"));
    assert!(message("a: Linear<2, 3>, a_gradient: Linear<3, 2>").ends_with("[FW0011]"));
    assert!(message("Flatten, Scale<3>").ends_with("[FW0012]"));
    assert!(message("#[cfg(test)] Linear<2, 3>").ends_with("[FW0012]"));
}

#[test]
fn a_head_that_cannot_be_read_says_what_is_expected() {
    for wrong in
        ["enum Net < ReLU >", "struct Net", "struct Net < Linear<2, 3>", "struct Net < Linear<2, 3> > more", ""]
    {
        let messages = messages(wrong);
        assert_eq!(messages.len(), 1, "{wrong}: {messages:?}");
        assert!(messages[0].ends_with("[FW0013]"), "{wrong}: {messages:?}");
    }
    let messages = messages("#[network(heap)] struct Net < Linear<2, 3> >");
    assert!(messages[0].contains("knows `boxed` and `crate = path::to::formwork`"), "{messages:?}");
}

/// How many pairs of a list are left to the type checker.
fn left_to_types(list: &str) -> usize {
    let tokens = format!("struct Net < {list} >").parse().expect("tokens");
    let mut context = Context::default();
    let declaration = parse::declaration(tokens, &mut context).expect("a declaration");
    let chain = shapes::resolve(&declaration, &mut context).expect("a chain");
    assert!(context.is_clean(), "{:?}", context.messages());
    chain.links.len()
}

#[test]
fn what_cannot_be_read_is_left_to_the_types_and_never_taken_as_right() {
    assert_eq!(left_to_types("Linear<2, H>, Linear<H, 3>"), 0, "the same name twice is the same size");
    assert_eq!(left_to_types("Linear<2, H>, Linear<G, 3>"), 1);
    assert_eq!(left_to_types("Linear<2, 5>, Linear<G, 3>"), 1);
    assert_eq!(left_to_types("Flatten<R, C>, Linear<784, 3>"), 1);
    assert_eq!(left_to_types("Linear<2, 5>, Scale<5>, Linear<5, 3>"), 2);
}

#[derive(Clone, Debug)]
enum Entry {
    Linear(usize, usize),
    Activation(&'static str),
    Flatten(usize, usize),
}

fn entry() -> impl Strategy<Value = Entry> {
    prop_oneof![
        4 => (1_usize..6, 1_usize..6).prop_map(|(i, o)| Entry::Linear(i, o)),
        2 => prop_oneof![Just("ReLU"), Just("Tanh"), Just("Sigmoid"), Just("Flatten")].prop_map(Entry::Activation),
        1 => (1_usize..4, 1_usize..4).prop_map(|(r, c)| Entry::Flatten(r, c)),
    ]
}

/// Whether a list is right, told in another way than the pass tells it.
fn is_right(list: &[Entry]) -> bool {
    let takes_and_gives: Vec<(usize, usize)> = list
        .iter()
        .filter_map(|entry| match entry {
            Entry::Linear(i, o) => Some((*i, *o)),
            Entry::Flatten(r, c) => Some((r * c, r * c)),
            Entry::Activation(_) => None,
        })
        .collect();
    let trainable = list.iter().any(|entry| matches!(entry, Entry::Linear(..)));
    trainable && takes_and_gives.windows(2).all(|pair| pair[0].1 == pair[1].0)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_list_passes_exactly_if_it_is_right(list in prop::collection::vec(entry(), 1..8)) {
        let text: Vec<String> = list.iter().map(|entry| match entry {
            Entry::Linear(i, o) => format!("Linear<{i}, {o}>"),
            Entry::Activation(name) => (*name).to_owned(),
            Entry::Flatten(r, c) => format!("Flatten<{r}, {c}>"),
        }).collect();
        prop_assert_eq!(is_clean(&text.join(", ")), is_right(&list), "{}", text.join(", "));
    }
}
