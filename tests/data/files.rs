//! IDX files: every error names the file, the place and what was expected, and no bytes whatever make the reader panic.

use flate2::{Compression, write::GzEncoder};
use formwork::data::fashion_mnist;
use formwork::data::idx::{IdxError, read_images, read_labels, read_pairs};
use formwork_tests::Scratch;
use proptest::prelude::*;
use std::fs;
use std::io::Write;
use std::path::Path;

fn images(count: u32, rows: u32, cols: u32) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, 3];
    for size in [count, rows, cols] {
        bytes.extend(size.to_be_bytes());
    }
    bytes.extend((0..count * rows * cols).map(|k| (k % 251) as u8));
    bytes
}

fn labels(of: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, 1];
    bytes.extend((of.len() as u32).to_be_bytes());
    bytes.extend(of);
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn plain_and_gzip_files_hold_the_same_pictures() {
    let folder = Scratch::new("plain-gzip");
    let plain = folder.file("plain", &images(5, 2, 3));
    let packed = folder.file("packed.gz", &gzip(&images(5, 2, 3)));
    let pictures = read_images::<2, 3>(&plain).unwrap();
    assert_eq!(pictures.len(), 5);
    assert_eq!(pictures[4].as_slice(), [24, 25, 26, 27, 28, 29]);
    assert_eq!(read_images::<2, 3>(&packed).unwrap(), pictures);
    let plain = folder.file("labels", &labels(&[3, 1, 0]));
    assert_eq!(read_labels(&plain, 4).unwrap(), [3, 1, 0]);
}

/// The message of a wrong file of pictures.
fn refused(bytes: &[u8]) -> (IdxError, String) {
    let folder = Scratch::new("refused");
    let path = folder.file("wrong-file", bytes);
    let error = read_images::<2, 3>(&path).unwrap_err();
    let message = error.to_string();
    assert!(message.contains("wrong-file"), "the file is not named: {message}");
    (error, message)
}

#[test]
fn wrong_files_are_told_apart() {
    let whole = images(5, 2, 3);
    let (error, message) = refused(&labels(&[1; 20]));
    assert!(matches!(error, IdxError::Magic { found: [0, 0, 8, 1], .. }), "{message}");
    let (error, message) = refused(&images(5, 3, 2));
    assert!(matches!(error, IdxError::PictureSize { found: [3, 2], expected: [2, 3], .. }), "{message}");
    let (error, message) = refused(&whole[..whole.len() - 1]);
    assert!(matches!(error, IdxError::Truncated { found: 4, expected: 5, .. }), "{message}");
    let (error, message) = refused(&[&whole[..], &[0]].concat());
    assert!(matches!(error, IdxError::Trailing { expected: 5, .. }), "{message}");
    for short in [0, 3, 4, 7, 15] {
        let (error, message) = refused(&whole[..short]);
        assert!(matches!(error, IdxError::Header { expected: 16, .. }), "{short} bytes: {message}");
    }
}

#[test]
fn damaged_gzip_streams_are_refused() {
    let packed = gzip(&images(500, 2, 3));
    for end in 2..packed.len() {
        let (_, message) = refused(&packed[..end]);
        assert!(!message.contains("goes on"), "cut at {end}: {message}");
    }
    let mut wrong_checksum = packed.clone();
    let place = wrong_checksum.len() - 6;
    wrong_checksum[place] ^= 1;
    assert!(matches!(refused(&wrong_checksum).0, IdxError::Io { .. }));
}

#[test]
fn labels_and_counts_are_checked() {
    let folder = Scratch::new("labels");
    let wrong = folder.file("labels", &labels(&[0, 9, 10, 1]));
    let error = read_labels(&wrong, 10).unwrap_err();
    assert!(matches!(error, IdxError::Label { place: 2, label: 10, classes: 10, .. }), "{error}");
    assert!(error.to_string().ends_with("label 10 at place 2, expected 0 to 9"), "{error}");
    let pictures = folder.file("pictures", &images(5, 2, 3));
    let classes = folder.file("classes", &labels(&[0; 4]));
    let error = read_pairs::<2, 3>(&pictures, &classes, 10).unwrap_err();
    assert!(matches!(error, IdxError::Counts { image_count: 5, label_count: 4, .. }), "{error}");
    let missing = read_labels(folder.path().join("nowhere"), 10).unwrap_err().to_string();
    assert!(missing.contains("nowhere: no such file"), "{missing}");
}

#[test]
fn a_header_that_lies_takes_no_memory() {
    let mut bytes = images(1, 2, 3);
    bytes[4..8].copy_from_slice(&u32::MAX.to_be_bytes());
    let (error, _) = refused(&bytes);
    assert!(matches!(error, IdxError::Truncated { found: 1, expected: u32::MAX, .. }));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_bytes_are_read_or_refused(
        flips in prop::collection::vec((0_usize..70, any::<u8>()), 0..6),
        end in 0_usize..70,
        packed in any::<bool>(),
    ) {
        let mut bytes = if packed { gzip(&images(6, 2, 3)) } else { images(6, 2, 3) };
        for (place, byte) in flips {
            if let Some(target) = bytes.get_mut(place) {
                *target = byte;
            }
        }
        bytes.truncate(end.max(1));
        let folder = Scratch::new("fuzz");
        let path = folder.file("bytes", &bytes);
        let _ = read_images::<2, 3>(&path);
        let _ = read_labels(&path, 10);
    }
}

fn shipped() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/fashion-mnist"))
}

#[test]
fn the_shipped_files_have_their_checksums() {
    use sha2::{Digest, Sha256};
    let sums = fs::read_to_string(shipped().join("SHA256SUMS")).unwrap();
    assert_eq!(sums.lines().count(), 4);
    for line in sums.lines() {
        let (sum, name) = line.split_once("  ").unwrap();
        let digest = Sha256::digest(fs::read(shipped().join(name)).unwrap());
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digest, sum, "{name}");
    }
}

#[test]
fn fashion_mnist_is_whole() {
    let data = fashion_mnist::load(shipped()).unwrap();
    for (set, each) in [(&data.train, 6000), (&data.test, 1000)] {
        assert_eq!(set.len(), 10 * each);
        for class in 0..10 {
            assert_eq!(set.targets().iter().filter(|label| **label == class).count(), each);
        }
    }
    // The mean grey level that the data set's authors and every tutorial quote, 0.2860.
    let sum: u64 =
        data.train.inputs().iter().flat_map(|picture| picture.as_slice()).map(|level| u64::from(*level)).sum();
    let mean = sum as f64 / (60_000.0 * 784.0 * 255.0);
    assert!((mean - 0.2860).abs() < 1e-4, "{mean}");
}
