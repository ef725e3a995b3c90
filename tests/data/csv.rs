//! Tables in text: what they hold, and what is said of those that hold something else.

use formwork::Vector;
use formwork::data::csv::{Csv, CsvError};
use formwork_tests::Scratch;

fn error(text: &str) -> String {
    Csv::new().read::<2, 1, _>(text.as_bytes()).unwrap_err().to_string()
}

#[test]
fn numbers_and_targets() {
    let text = "x,y,z\r\n1, -2.5 ,3e2\r\n\"4\",5,6\r\n";
    let data = Csv::new().read::<2, 1, _>(text.as_bytes()).unwrap();
    assert_eq!(data.inputs(), [Vector::from([1.0, -2.5]), Vector::from([4.0, 5.0])]);
    assert_eq!(data.targets(), [Vector::from([300.0]), Vector::from([6.0])]);
}

#[test]
fn classes_without_a_header_and_with_tabs() {
    let table = Csv::new().with_header(false).with_delimiter(b'\t');
    let data = table.read_classes::<2, _>("0.5\t1\t2\n1.5\t-1\t0".as_bytes(), 3).unwrap();
    assert_eq!(data.inputs(), [Vector::from([0.5, 1.0]), Vector::from([1.5, -1.0])]);
    assert_eq!(data.targets(), [2, 0]);
    let text = table.read_classes::<1, _>("0.5\t3\n".as_bytes(), 3).unwrap_err().to_string();
    assert_eq!(text, "line 1, column 2: expected a class from 0 to 2, found \"3\"");
    let text = table.read_classes::<1, _>("0.5\t-1\n".as_bytes(), 3).unwrap_err().to_string();
    assert_eq!(text, "line 1, column 2: expected a class from 0 to 2, found \"-1\"");
    let text = table.read_classes::<1, _>("0.5\t1.0\n".as_bytes(), 3).unwrap_err().to_string();
    assert_eq!(text, "line 1, column 2: expected a class from 0 to 2, found \"1.0\"");
    assert!(table.read_classes::<1, _>("0.5\t0\n".as_bytes(), 0).is_err());
}

#[test]
fn a_wrong_table_is_told_line_and_column() {
    assert_eq!(error("a,b,c\n1,2,3\n4,5\n"), "line 3: expected 3 fields, found 2");
    assert_eq!(error("a,b,c\n1,2,3,4\n"), "line 2: expected 3 fields, found 4");
    assert_eq!(error("a,b,c\n1,2,\n"), "line 2, column 3 (c): expected a finite number, found \"\"");
    assert_eq!(error("a,b,c\nNaN,2,3\n"), "line 2, column 1 (a): expected a finite number, found \"NaN\"");
    assert_eq!(error("a,b,c\n1,1e99,3\n"), "line 2, column 2 (b): expected a finite number, found \"1e99\"");
    // A field may go on over lines; the row is named by its first.
    assert_eq!(
        error("a,b,c\n1,2,3\n\"4\n5\",2,3\n"),
        "line 3, column 1 (a): expected a finite number, found \"4\\n5\""
    );
    assert_eq!(error("a,b,c\n"), "holds no row");
    assert_eq!(error(""), "holds no row");
}

#[test]
fn bytes_that_are_no_text_are_no_number() {
    let bytes = b"a,b,c\n1,\xff\xfe,3\n";
    let text = Csv::new().read::<2, 1, _>(&bytes[..]).unwrap_err().to_string();
    assert!(text.starts_with("line 2, column 2 (b): expected a finite number"), "{text}");
}

#[test]
fn files_are_named() {
    let folder = Scratch::new("csv");
    let path = folder.path().join("table.csv");
    std::fs::write(&path, "a,b\n1,2\n3,x\n").unwrap();
    let text = Csv::new().open::<1, 1>(&path).unwrap_err().to_string();
    assert_eq!(text, format!("{}: line 3, column 2 (b): expected a finite number, found \"x\"", path.display()));
    let text = Csv::new().open_classes::<1>(&path, 9).unwrap_err().to_string();
    assert_eq!(text, format!("{}: line 3, column 2 (b): expected a class from 0 to 8, found \"x\"", path.display()));
    std::fs::write(&path, "a,b\n1,2\n").unwrap();
    assert_eq!(Csv::new().open::<1, 1>(&path).unwrap().len(), 1);
    let missing = folder.path().join("missing.csv");
    let error = Csv::new().open::<1, 1>(&missing).unwrap_err();
    assert!(matches!(error, CsvError::Io { .. }));
    assert_eq!(error.to_string(), format!("{}: no such file", missing.display()));
    // A folder opens, but does not read.
    let text = Csv::new().open::<1, 1>(folder.path()).unwrap_err().to_string();
    assert!(text.starts_with(&format!("{}: cannot be read: ", folder.path().display())), "{text}");
}
