//! NumPy's `.npy` files, read from and written to bytes.
//!
//! Versions 1 to 3 of the format, little-endian, both element orders; of a file the dtype and the shape have to be the tensor's
//! (`(n,)` is a vector too). The crate `npyz` was weighed: it reads more (structures, big-endian), but into vectors
//! alone and with an I/O error for everything.
//! Source: NumPy's `numpy.lib.format`.

use crate::Tensor;
use crate::tensor::Scalar;
use alloc::{format, string::String, vec::Vec};

/// An element type that `.npy` files hold.
pub trait NpyElement: Scalar {
    /// NumPy's descriptor: `<f4`.
    const DESCR: &'static str;
    #[doc(hidden)]
    const SIZE: usize;
    #[doc(hidden)]
    fn read(bytes: &[u8]) -> Option<Self>;
    #[doc(hidden)]
    fn write(self, to: &mut Vec<u8>);
}

macro_rules! elements {
    ($($kind:ident $descr:literal;)*) => {$(
        impl NpyElement for $kind {
            const DESCR: &'static str = $descr;
            const SIZE: usize = size_of::<$kind>();
            fn read(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map($kind::from_le_bytes)
            }
            fn write(self, to: &mut Vec<u8>) {
                to.extend_from_slice(&self.to_le_bytes());
            }
        }
    )*};
}
elements! {
    f32 "<f4"; f64 "<f8"; i8 "|i1"; i16 "<i2"; i32 "<i4"; i64 "<i8"; u8 "|u1"; u16 "<u2"; u32 "<u4"; u64 "<u8";
}

impl NpyElement for bool {
    const DESCR: &'static str = "|b1";
    const SIZE: usize = 1;
    fn read(bytes: &[u8]) -> Option<Self> {
        bytes.first().map(|&byte| byte != 0)
    }
    fn write(self, to: &mut Vec<u8>) {
        to.push(u8::from(self));
    }
}

/// Why a file is not the tensor that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NpyError {
    /// The first six bytes are not NumPy's.
    Magic,
    /// A version of the format that is not known.
    Version(u8),
    /// The file ends inside its header, or the header is not a dictionary with `descr`, `fortran_order` and `shape`.
    Header,
    /// Another element type.
    Dtype {
        /// The tensor's.
        expected: &'static str,
        /// The file's.
        found: String,
    },
    /// Another shape.
    Shape {
        /// Rows and columns of the tensor.
        expected: [usize; 2],
        /// The file's.
        found: Vec<usize>,
    },
    /// More or fewer bytes of elements than the shape says.
    Length {
        /// Bytes that the shape takes.
        expected: usize,
        /// Bytes after the header.
        found: usize,
    },
}

impl core::fmt::Display for NpyError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Magic => write!(f, "the file does not begin as a .npy file does"),
            Self::Version(version) => write!(f, "version {version} of the .npy format is not known"),
            Self::Header => write!(f, "the .npy header is cut off or has no descr, fortran_order and shape"),
            Self::Dtype { expected, found } => write!(f, "expected elements of dtype {expected}, the file has {found}"),
            Self::Shape { expected: [r, c], found } => {
                write!(f, "expected the shape ({r}, {c}), the file has {found:?}")
            }
            Self::Length { expected, found } => write!(f, "the shape takes {expected} bytes, the file has {found}"),
        }
    }
}

impl core::error::Error for NpyError {}

/// What follows a key of the header.
fn entry<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    let start = header.find(&format!("'{key}'"))? + key.len() + 2;
    header.get(start..)?.trim_start().strip_prefix(':').map(str::trim_start)
}

/// The header's text and the bytes after it.
fn parts(bytes: &[u8]) -> Result<(&str, &[u8]), NpyError> {
    let rest = bytes.strip_prefix(b"\x93NUMPY").ok_or(NpyError::Magic)?;
    let (&[major, _], rest) = rest.split_first_chunk::<2>().ok_or(NpyError::Header)?;
    let (length, rest) = match major {
        1 => rest.split_first_chunk().map(|(&length, rest)| (u16::from_le_bytes(length) as usize, rest)),
        2 | 3 => rest.split_first_chunk().map(|(&length, rest)| (u32::from_le_bytes(length) as usize, rest)),
        other => return Err(NpyError::Version(other)),
    }
    .ok_or(NpyError::Header)?;
    let (header, data) = rest.split_at_checked(length).ok_or(NpyError::Header)?;
    Ok((core::str::from_utf8(header).map_err(|_| NpyError::Header)?, data))
}

impl<const R: usize, const C: usize, T: NpyElement> Tensor<R, C, T> {
    /// Writes the elements of a `.npy` file over this tensor.
    ///
    /// # Errors
    /// The bytes are not a `.npy` file of this dtype and shape; the tensor is as it was.
    pub fn load_npy(&mut self, bytes: &[u8]) -> Result<(), NpyError> {
        let (header, data) = parts(bytes)?;
        let descr = entry(header, "descr").and_then(|text| text.strip_prefix('\'')?.split('\'').next());
        let descr = descr.ok_or(NpyError::Header)?;
        if descr != T::DESCR {
            return Err(NpyError::Dtype { expected: T::DESCR, found: descr.into() });
        }
        let by_columns = entry(header, "fortran_order").ok_or(NpyError::Header)?.starts_with("True");
        let shape =
            entry(header, "shape").and_then(|text| text.strip_prefix('(')?.split_once(')')).ok_or(NpyError::Header)?;
        let sizes = shape.0.split(',').map(str::trim).filter(|size| !size.is_empty());
        let sizes: Vec<usize> = sizes.map(str::parse).collect::<Result<_, _>>().map_err(|_| NpyError::Header)?;
        if sizes != [R, C] && !(R == 1 && sizes == [C]) {
            return Err(NpyError::Shape { expected: [R, C], found: sizes });
        }
        let expected = R * C * T::SIZE;
        if data.len() != expected {
            return Err(NpyError::Length { expected, found: data.len() });
        }
        let values = data.chunks_exact(T::SIZE).filter_map(T::read);
        if by_columns {
            for (place, value) in values.enumerate() {
                if let Some(to) = self.get_mut(place % R, place / R) {
                    *to = value;
                }
            }
        } else {
            for (to, value) in self.iter_mut().zip(values) {
                *to = value;
            }
        }
        Ok(())
    }

    /// The tensor of a `.npy` file.
    ///
    /// # Errors
    /// The bytes are not a `.npy` file of this dtype and shape.
    pub fn from_npy(bytes: &[u8]) -> Result<Self, NpyError> {
        let mut result = Self::zeros();
        result.load_npy(bytes)?;
        Ok(result)
    }

    /// The bytes of a `.npy` file, as `numpy.save` writes it.
    ///
    /// ```
    /// use formwork::{Tensor, tensor};
    /// let x = tensor![[1.0, 2.0], [3.0, 4.0]];
    /// let file = x.to_npy();
    /// assert_eq!(Tensor::<2, 2, f64>::from_npy(&file), Ok(x));
    /// let error = Tensor::<2, 2, f32>::from_npy(&file).unwrap_err();
    /// assert_eq!(error.to_string(), "expected elements of dtype <f4, the file has <f8");
    /// ```
    pub fn to_npy(&self) -> Vec<u8> {
        let mut header = format!("{{'descr': '{}', 'fortran_order': False, 'shape': ({R}, {C}), }}", T::DESCR);
        // Magic, version, length, header and line end together are a multiple of 64 bytes.
        let padding = (64 - (10 + header.len() + 1) % 64) % 64;
        header.extend(core::iter::repeat_n(' ', padding));
        header.push('\n');
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend_from_slice(&(header.len() as u16).to_le_bytes());
        bytes.extend_from_slice(header.as_bytes());
        for &value in self {
            value.write(&mut bytes);
        }
        bytes
    }
}
