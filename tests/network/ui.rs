//! Lists that do not compile and what the user is told.
//!
//! `FORMWORK_BLESS=1` is not needed: `TRYBUILD=overwrite cargo test -p formwork-tests --test ui` writes the messages anew.

use std::fs;
use std::path::Path;

/// trybuild runs `cargo check` where no case has to run: every message here is seen by editors.
#[test]
fn wrong_lists_are_refused_by_cargo_check() {
    trybuild::TestCases::new().compile_fail("ui/network/*.rs");
}

#[test]
fn right_forms_compile_and_run() {
    trybuild::TestCases::new().pass("ui/network/pass/*.rs");
}

/// Our own sentence in each message, apart from the frame that rustc draws around it and changes between releases.
const SENTENCES: [(&str, &[&str]); 26] = [
    ("attribute", &["`#[network(..)]` knows `boxed` and `crate = path::to::formwork`", "[FW0013]"]),
    (
        "chain",
        &[
            "layer 4 `Linear<128, 10>` takes 128 values, but layer 2 `Linear<784, 256>` gives 256: write `Linear<256, 10>` here, or `Linear<784, 128>` as layer 2 [FW0001]",
        ],
    ),
    ("chain_const_parameters", &["layer 3 takes G values, but the layer before it gives H [FW0001]"]),
    ("chain_custom_layer", &["a layer takes `Tensor<1, 8>`, but the layer before it gives `Tensor<1, 9>` [FW0001]"]),
    ("chain_named_constant", &["layer 4 takes 128 values, but the layer before it gives 256 [FW0001]"]),
    ("empty_list", &["the layer list of `Net` is empty", "[FW0008]"]),
    (
        "labels_of_another_batch",
        &[
            "inputs in batches of 256 need targets `Batch<_, 256>`, but these are `formwork::Batch<'_, u8, 128>` [FW0003]",
        ],
    ),
    ("misplaced", &["a layer takes doc comments and no other attribute", "[FW0012]"]),
    ("mistake_in_a_static", &["takes 4 values, but layer 1 `Linear<2, 3>` gives 3", "[FW0001]"]),
    ("names_twice", &["would be called `hidden`, which `hidden` before it rules out [FW0011]"]),
    ("no_cascade", &["takes 128 values, but layer 2 `hidden: Linear<784, 256>` gives 256", "[FW0001]"]),
    ("not_a_layer", &["`Plain` is not a layer that a network can hold [FW0005]"]),
    ("not_a_size", &["`2.5` is not a size", "`\"two\"` is not a size", "more memory than there can be [FW0010]"]),
    ("nothing_to_train", &["`Net` has nothing to train", "[FW0009]"]),
    ("picture_size", &["Tensor<28, 27>` [FW0002]"]),
    ("picture_size_given", &["does not read samples of type `formwork::Tensor<14, 56, u8>` [FW0002]"]),
    ("picture_size_in_training", &["Tensor<32, 32, u8>` [FW0002]"]),
    ("several_mistakes", &["did you mean `ReLU`?", "a size of 0", "layer 5 `Linear<16, 10>` takes 16 values"]),
    (
        "sizes_missing_or_superfluous",
        &["has one size", "`ReLU` takes no size", "has 3 sizes", "has no size", "[FW0006]"],
    ),
    (
        "smooth_sizes",
        &["`SiLU<8>` takes 8 values, but layer 1 `Linear<2, 16>` gives 16", "`GELU` has no size", "keeps its input"],
    ),
    ("tape_of_another_batch", &["`NetTape<4>` is not a tape of `Net` for batches of 8 [FW0004]"]),
    ("tape_of_another_network", &["`OtherTape<8>` is not a tape of `Net` for batches of 8 [FW0004]"]),
    ("targets_of_another_kind", &["inputs in batches of 10 need targets `Batch<Tensor<1, 1>, 10>`, but these are"]),
    (
        "unknown_layer",
        &[
            "`Linaer`, did you mean `Linear`?",
            "`Relu`, did you mean `ReLU`?",
            "`Dense`, did you mean `Linear`?",
            "[FW0005]",
        ],
    ),
    ("weights_of_another_size", &["Net has 52 bytes of weights (4 a parameter), found 50 [FW0014]"]),
    ("zero_size", &["`Linear<2, 0>` has a size of 0", "`NONE` has a size of 0", "[FW0007]"]),
];

#[test]
fn messages_say_what_they_should() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/network");
    let mut files: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    files.sort();
    assert_eq!(files, SENTENCES.map(|(name, _)| name), "every case has its sentence");
    for (name, sentences) in SENTENCES {
        let message = fs::read_to_string(folder.join(name).with_extension("stderr")).unwrap();
        for sentence in sentences {
            assert!(message.contains(sentence), "{name}: `{sentence}` is not in\n{message}");
        }
        for type_level in ["UInt<", "UTerm", "B0", "B1", "typenum"] {
            assert!(!message.contains(type_level), "{name}: a type-level number in\n{message}");
        }
        let errors = message.matches("\nerror").count() + usize::from(message.starts_with("error"));
        let codes = message.lines().filter(|line| line.starts_with("error") && line.contains("[FW")).count();
        assert_eq!(errors, codes, "{name}: an error that is not ours in\n{message}");
    }
}
