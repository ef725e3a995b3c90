//! Shapes that do not fit, and what the user is told. `TRYBUILD=overwrite` writes the messages anew.

use std::fs;
use std::path::Path;

/// The passing case makes trybuild build instead of check: const assertions are found by a build alone.
#[test]
fn shapes_that_do_not_fit_are_refused() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/tensor/pass/*.rs");
    cases.compile_fail("ui/tensor/*.rs");
}

/// Our own sentence in each message, apart from rustc's frame around it.
const SENTENCES: [(&str, &str); 42] = [
    ("add", "Tensor<2, 3>"),
    ("cat_cols", "cat: 3 columns and 4 columns make 7, not 8"),
    ("cat_many_cols", "cat: the parts have 6 columns, not 7"),
    ("cat_many_rows", "cat: the parts have 6 rows, not 7"),
    ("cat_rows", "cat: 3 rows and 4 rows make 7, not 8"),
    ("cholesky", "`Tensor<2, 3>` is not square"),
    ("chunk_cols", "chunk: 2 chunks of 2 columns make 4, not 5"),
    ("chunk_rows", "chunk: 2 chunks of 2 rows make 4, not 5"),
    ("cols", "cols: 2 columns from column 3 on do not lie in 4 columns"),
    ("det", "`Tensor<2, 3>` is not square"),
    ("diag", "`Tensor<2, 3>` is not square"),
    ("dot", "expected `3`, found `4`"),
    ("flatten", "flatten: 2 x 3 is 6 elements, not 5"),
    ("inverse", "`Tensor<2, 3>` is not square"),
    ("matmul", "expected `3`, found `4`"),
    ("matmul_nt", "expected `3`, found `2`"),
    ("matmul_tn", "expected `2`, found `4`"),
    ("max", "extreme: a tensor of 0 x 3 has no element"),
    ("outer", "expected `2`, found `3`"),
    ("over_cols", "Tensor<2, 3>"),
    ("over_rows", "Tensor<2, 3>"),
    ("qr", "qr: 2 rows are fewer than 4 columns"),
    ("repeat", "repeat: 5 rows are not a multiple of 2 rows"),
    ("reshape", "reshape: 2 x 3 is 6 elements, but 4 x 2 is 8"),
    ("reshape_spelled", "reshape: 2 x 3 is 6 elements, but 4 x 2 is 8"),
    ("rows", "rows: 2 rows from row 3 on do not lie in 4 rows"),
    ("select", "expected `2`, found `3`"),
    ("set_block", "2 rows from row 1 on do not lie in 2 rows"),
    ("set_cols", "set_cols: 2 columns from column 3 on do not lie in 4 columns"),
    ("slice_order", "slice: the range 3..1 ends before it starts"),
    ("slice_spelled", "slice: the range ends at row 5, but there are 4"),
    ("solve", "expected `3`, found `4`"),
    ("split_cols", "split: 2 columns and 2 columns make 4, not 5"),
    ("split_many_cols", "split: the parts have 3 columns, not 4"),
    ("split_many_rows", "split: the parts have 6 rows, not 7"),
    ("split_rows", "split: 2 rows and 2 rows make 4, not 5"),
    ("stack", "expected an array with a size of 2, found one with a size of 3"),
    ("sub_assign", "cannot subtract-assign `Tensor<3, 2>` from `Tensor<2, 3>`"),
    ("topk", "topk: 5 of 4 columns"),
    ("trace", "`Tensor<2, 3>` is not square"),
    ("transpose", "expected `2`, found `3`"),
    ("zip_with", "expected `2`, found `3`"),
];

#[test]
fn messages_carry_the_operation_and_the_numbers() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/tensor");
    let cases = fs::read_dir(&folder).unwrap();
    let cases = cases.filter(|case| case.as_ref().unwrap().path().extension().is_some_and(|end| end == "rs")).count();
    assert_eq!(cases, SENTENCES.len(), "every case has its sentence");
    for (name, sentence) in SENTENCES {
        let message = fs::read_to_string(folder.join(name).with_extension("stderr")).unwrap();
        assert!(message.contains(sentence), "{name}: `{sentence}` is not in\n{message}");
    }
}
