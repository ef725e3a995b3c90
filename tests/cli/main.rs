//! The first command as a user meets it: what it prints, and how it ends when something is wrong.

#[path = "../course/pictures.rs"]
mod pictures;

use formwork_tests::{Scratch, example};
use pictures::assert_picture;
use std::path::Path;
use std::process::Output;

/// Four small IDX files: pictures whose grey level tells their class.
fn write_data(folder: &Scratch, change: impl Fn(&str, Vec<u8>) -> Option<Vec<u8>>) {
    for (part, count) in [("train", 300_u32), ("t10k", 100)] {
        let mut images = vec![0, 0, 8, 3];
        for size in [count, 28, 28] {
            images.extend(size.to_be_bytes());
        }
        let mut labels = vec![0, 0, 8, 1];
        labels.extend(count.to_be_bytes());
        for k in 0..count {
            let class = (k % 10) as u8;
            labels.push(class);
            images
                .extend((0..784_u32).map(|place| if place / 78 == u32::from(class) { 250 } else { (place % 9) as u8 }));
        }
        for (name, bytes) in [("images-idx3-ubyte", images), ("labels-idx1-ubyte", labels)] {
            let name = format!("{part}-{name}");
            if let Some(bytes) = change(&name, bytes) {
                folder.file(&name, &bytes);
            }
        }
    }
}

fn run(data: &Path, out: &Path, more: &[&str]) -> Output {
    let mut command = example("fashion_mnist");
    command.arg("--data").arg(data).arg("--out").arg(out).args(more);
    command.output().expect("the program starts")
}

fn stderr(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    for trace in ["panicked", "backtrace", "RUST_BACKTRACE"] {
        assert!(!text.contains(trace), "{text}");
    }
    text
}

#[test]
fn a_good_run_learns_draws_and_ends_with_the_accuracy() {
    let folder = Scratch::new("good");
    write_data(&folder, |_, bytes| Some(bytes));
    let out = folder.path().join("out");
    for model in ["softmax", "mlp"] {
        let output = run(folder.path(), &out, &["--epochs", "4", "--model", model]);
        assert!(output.status.success(), "{}", stderr(&output));
        let text = String::from_utf8(output.stdout).unwrap();
        let accuracy =
            text.lines().last().and_then(|line| line.strip_prefix("test accuracy: ")).expect("the last line");
        assert_eq!(accuracy.len(), 6, "{accuracy}");
        assert!(accuracy.parse::<f64>().unwrap() > 0.3, "{accuracy}: ten classes of plain stripes are learned");
        let (parameters, weights) =
            (if model == "mlp" { 203_530 } else { 7850 }, std::fs::read(out.join("weights.bin")));
        assert_eq!(weights.unwrap().len(), 4 * parameters, "{model}");
        assert!(text.contains("confusion matrix") && text.contains("parameters"), "{text}");
    }
    for (picture, width, height) in [("curves.svg", 960, 360), ("guesses.svg", 798, 418), ("weights.svg", 644, 316)] {
        assert_picture(&out.join(picture), width, height);
    }
}

#[test]
fn the_same_seed_prints_the_same_for_any_number_of_threads() {
    let folder = Scratch::new("threads");
    write_data(&folder, |_, bytes| Some(bytes));
    let text = |seed: &str, threads: &str| {
        let output = run(
            folder.path(),
            &folder.path().join("out"),
            &["--model", "mlp", "--epochs", "2", "--seed", seed, "--threads", threads],
        );
        let text = String::from_utf8(output.stdout).unwrap();
        // The last column of an epoch's line is its time.
        text.lines()
            .map(|line| line.split_whitespace().take(5).collect::<Vec<_>>().join(" "))
            .collect::<Vec<_>>()
            .join("\n")
    };
    let one = text("5", "1");
    assert_eq!(text("5", "2"), one);
    assert_eq!(text("5", "7"), one);
    assert_ne!(text("6", "1"), one);
}

#[test]
fn a_wrong_command_line_ends_with_2_and_one_clear_line() {
    let folder = Scratch::new("usage");
    for (options, expected) in [
        (&["--lr", "0"][..], "expected a number above 0"),
        (&["--lr", "fast"], "expected a number above 0"),
        (&["--epochs", "0"], "expected a whole number from 1 on"),
        (&["--threads=-1"], "expected a whole number from 1 on"),
        (&["--model", "resnet"], "softmax, mlp"),
        (&["--seed", "x"], "invalid digit"),
        (&["--speed", "9"], "unexpected argument '--speed'"),
    ] {
        let output = run(folder.path(), folder.path(), options);
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{options:?}: {text}");
        assert!(text.starts_with("error: ") && text.contains(expected), "{options:?}: {text}");
    }
    let help = example("fashion_mnist").arg("--help").output().unwrap();
    assert!(help.status.success());
    let help = String::from_utf8(help.stdout).unwrap();
    for option in ["--model", "--epochs", "--lr", "--seed", "--threads", "--data", "--out", "--help"] {
        assert!(help.contains(option), "{option} is not in\n{help}");
    }
}

/// Runs on data with one file changed (or missing) and gives the one line on stderr.
fn with_wrong_file(wrong: &str, change: impl Fn(Vec<u8>) -> Option<Vec<u8>>) -> String {
    let folder = Scratch::new("wrong");
    write_data(&folder, |name, bytes| if name == wrong { change(bytes) } else { Some(bytes) });
    let output = run(folder.path(), &folder.path().join("out"), &["--epochs", "1"]);
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.starts_with("error: ") && text.lines().count() == 1 && text.contains(wrong), "{text}");
    text
}

/// What is done to a file's bytes; `None` leaves it out.
type Change = fn(Vec<u8>) -> Option<Vec<u8>>;

#[test]
fn wrong_data_ends_with_1_and_one_clear_line() {
    let cases: [(&str, Change, &str); 7] = [
        ("train-images-idx3-ubyte", |_| None, "no such file"),
        ("train-images-idx3-ubyte", |bytes| Some(bytes[..5000].to_vec()), "ends within item 6"),
        ("train-labels-idx1-ubyte", |_| Some(b"not a data set".to_vec()), "begins with the bytes"),
        (
            "t10k-labels-idx1-ubyte",
            |mut bytes| {
                bytes[20] = 77;
                Some(bytes)
            },
            "label 77 at place 12, expected 0 to 9",
        ),
        (
            "t10k-labels-idx1-ubyte",
            |mut bytes| {
                bytes[7] = 99;
                bytes.pop();
                Some(bytes)
            },
            "holds 99 labels",
        ),
        (
            "t10k-images-idx3-ubyte",
            |mut bytes| {
                bytes[11] = 14;
                bytes[15] = 56;
                Some(bytes)
            },
            "14 x 56, expected 28 x 28",
        ),
        (
            "t10k-images-idx3-ubyte",
            |mut bytes| {
                bytes.push(0);
                Some(bytes)
            },
            "goes on after the 100 items",
        ),
    ];
    for (file, change, expected) in cases {
        let text = with_wrong_file(file, change);
        assert!(text.contains(expected), "{text}");
    }
    let folder = Scratch::new("out-is-a-file");
    write_data(&folder, |_, bytes| Some(bytes));
    let output = run(folder.path(), &folder.file("taken", b""), &["--epochs", "1"]);
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("taken: cannot be made"), "{text}");
}
