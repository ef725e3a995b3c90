//! The names of layers: those we have, those people mean, and the nearest.

/// The layers that the macro knows.
pub const KNOWN: [&str; 10] =
    ["Flatten", "Linear", "ReLU", "LeakyReLU", "ELU", "Softplus", "Sigmoid", "Tanh", "SiLU", "GELU"];

/// What other frameworks call a layer that we have.
const ALIASES: [(&str, &str); 7] = [
    ("Dense", "Linear"),
    ("FullyConnected", "Linear"),
    ("Affine", "Linear"),
    ("Rectifier", "ReLU"),
    ("Logistic", "Sigmoid"),
    ("TanH", "Tanh"),
    ("Swish", "SiLU"),
];

/// What a name that is no layer of ours is told; `None` for a name that may well be the user's own type.
pub fn advice(name: &str) -> Option<String> {
    if matches!(name, "Softmax" | "LogSoftmax") {
        return Some(format!(
            "`{name}` is not a layer: `CrossEntropy` takes the logits and computes softmax itself, so leave it out"
        ));
    }
    let alias = ALIASES.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(name)).map(|(_, known)| *known);
    let nearest = || KNOWN.into_iter().map(|known| (distance(name, known), known)).min();
    let near = || nearest().filter(|(distance, known)| *distance <= known.len() / 3).map(|(_, known)| known);
    alias.or_else(near).map(|known| {
        format!(
            "unknown layer `{name}`, did you mean `{known}`? (a type of your own of this name: write `self::{name}`)"
        )
    })
}

/// Edits (insert, delete, replace) between two names, whatever their case.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.to_ascii_lowercase().into_bytes(), b.to_ascii_lowercase().into_bytes());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
