//! NumPy's own files.

use formwork::tensor::NpyError;
use formwork::{Tensor, tensor};

const BY_ROWS: &[u8] = include_bytes!("reference/c.npy");
const BY_COLUMNS: &[u8] = include_bytes!("reference/fortran.npy");

#[test]
fn numpys_files_are_read_and_written_byte_for_byte() {
    let x = Tensor::<2, 3>::from_npy(BY_ROWS).unwrap();
    assert_eq!(x, tensor![[1.5, -2.0, 3.0], [4.0, 5.0, 6.0]]);
    assert_eq!(x.to_npy(), BY_ROWS);
    assert_eq!(Tensor::<2, 3, i64>::from_npy(BY_COLUMNS), Ok(tensor![[1, 2, 3], [4, 5, 6]]));
}

#[test]
fn other_files_are_told_apart() {
    let read = |bytes: &[u8]| Tensor::<2, 3>::from_npy(bytes).unwrap_err();
    assert_eq!(read(b"PNG"), NpyError::Magic);
    assert_eq!(read(b"\x93NUMPY\x09\x00"), NpyError::Version(9));
    assert_eq!(read(&BY_ROWS[..40]), NpyError::Header);
    assert_eq!(read(&BY_ROWS[..BY_ROWS.len() - 1]), NpyError::Length { expected: 24, found: 23 });
    assert_eq!(read(BY_COLUMNS), NpyError::Dtype { expected: "<f4", found: "<i8".into() });
    let error = Tensor::<3, 2>::from_npy(BY_ROWS).unwrap_err();
    assert_eq!(error.to_string(), "expected the shape (3, 2), the file has [2, 3]");
    for end in 0..BY_ROWS.len() {
        assert!(Tensor::<2, 3>::from_npy(&BY_ROWS[..end]).is_err(), "cut off after {end} bytes");
    }
}
