//! The code that comes out: readable, without `unsafe` or `Vec`, and as the checked-in copy shows it.

use crate::expand;
use std::path::Path;

fn expansion(declaration: &str) -> String {
    let tokens = expand(declaration.parse().expect("tokens"));
    prettyplease::unparse(&syn::parse2(tokens).expect("the output is a file of items"))
}

const MLP: &str = "
    /// A multilayer perceptron.
    #[derive(Clone, Debug)]
    pub struct Mlp < Flatten, Linear<784, 256>, ReLU, Linear<256, 10> >
";

const LISTS: [&str; 6] = [
    MLP,
    "struct Plain < Linear<2, 1> >",
    "#[network(boxed)] struct Boxed < Linear<2, 3>, Tanh, Linear<3, 1>, Sigmoid >",
    "struct Generic<const H: usize> < Linear<2, H>, ReLU, Linear<H, 1> >",
    "struct Named < Linear<2, HIDDEN>, ReLU, Linear<HIDDEN, 1> >",
    "struct Custom < Scale<7>, Tanh, Linear<7, 3>, Scale<3> >",
];

#[test]
fn no_unsafe_and_no_vec() {
    for list in LISTS {
        let code = expansion(list);
        let words: Vec<&str> = code.split(|letter: char| !letter.is_alphanumeric() && letter != '_').collect();
        for word in ["unsafe", "Vec", "vec", "dyn", "unwrap", "expect", "panic"] {
            assert!(!words.contains(&word), "`{word}` in the expansion of {list}:\n{code}");
        }
    }
}

/// `FORMWORK_BLESS=1 cargo test -p formwork-macros` writes the copy anew.
#[test]
fn the_mlp_expands_as_the_checked_in_copy_shows() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/mlp.expanded");
    let code = expansion(MLP);
    if std::env::var_os("FORMWORK_BLESS").is_some() {
        std::fs::write(&path, &code).expect("the copy can be written");
    }
    let copy = std::fs::read_to_string(&path).expect("the copy is there");
    assert_eq!(code, copy, "the expansion changed: look at it, then bless it");
}

#[test]
fn mistakes_leave_the_struct_and_its_methods() {
    let code = expansion("pub struct Net < a: Linear<784, 256>, Linear<128, 10> >");
    assert_eq!(code.matches("compile_error!").count(), 1, "{code}");
    for part in
        ["pub struct Net", "pub a: ::formwork::layer::Linear<784, 256>", "fn predict", "fn forward", "fn backward_sgd"]
    {
        assert!(code.contains(part), "`{part}` is missing in\n{code}");
    }
}

#[test]
fn another_path_to_the_crate_is_used_throughout() {
    let code = expansion("#[network(crate = my::form)] struct Net < Linear<2, 3>, ReLU, Linear<3, 1> >");
    assert!(!code.contains("::formwork"), "{code}");
    assert!(code.contains("my::form::layer::Linear<2, 3>"), "{code}");
}
