//! Reader for IDX files, the format of MNIST and its successors, plain or gzip (feature `idx`).
//!
//! The format: two zero bytes, a type byte (8: unsigned bytes), the number of dimensions, each dimension as a
//! big-endian 32-bit number, then the bytes. Pictures stay bytes in memory.
//!
//! Whatever a file holds, reading it ends in data or in an [`IdxError`] that names the file and the place; memory grows
//! with what the file really holds, not with what its header says.

use crate::tensor::Tensor;
use alloc::vec::Vec;
use core::fmt;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

/// Why a file is not the IDX file that was asked for.
#[derive(Debug)]
#[non_exhaustive]
pub enum IdxError {
    /// The file cannot be opened or read, or its gzip stream is damaged.
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file does not begin as an IDX file of this kind does.
    Magic {
        /// The file.
        path: PathBuf,
        /// Its first four bytes.
        found: [u8; 4],
        /// What they should be.
        expected: [u8; 4],
    },
    /// The file ends within its header.
    Header {
        /// The file.
        path: PathBuf,
        /// Bytes that the header of this kind has.
        expected: usize,
    },
    /// Pictures of another size than the type says.
    PictureSize {
        /// The file.
        path: PathBuf,
        /// Rows and columns in the file.
        found: [u32; 2],
        /// Rows and columns of the type.
        expected: [usize; 2],
    },
    /// The file ends before its last item.
    Truncated {
        /// The file.
        path: PathBuf,
        /// Items that are whole.
        found: usize,
        /// Items that the header promises.
        expected: u32,
    },
    /// The file goes on after its last item.
    Trailing {
        /// The file.
        path: PathBuf,
        /// Items that the header promises.
        expected: u32,
    },
    /// A label that is no class.
    Label {
        /// The file.
        path: PathBuf,
        /// Its place, counted from 0.
        place: usize,
        /// The label.
        label: u8,
        /// Classes there are: labels go from 0 to one less.
        classes: u8,
    },
    /// Pictures and labels of different number.
    Counts {
        /// The file of pictures.
        images: PathBuf,
        /// How many it holds.
        image_count: usize,
        /// The file of labels.
        labels: PathBuf,
        /// How many it holds.
        label_count: usize,
    },
}

impl fmt::Display for IdxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, source } => match source.kind() {
                io::ErrorKind::NotFound => {
                    write!(f, "{}: no such file, nor one with .gz behind its name", path.display())
                }
                _ => write!(f, "{}: cannot be read: {source}", path.display()),
            },
            Self::Magic { path, found, expected } => write!(
                f,
                "{}: begins with the bytes {found:02x?}, an IDX file of this kind begins with {expected:02x?}",
                path.display()
            ),
            Self::Header { path, expected } => {
                write!(f, "{}: ends within its header, expected at least {expected} bytes", path.display())
            }
            Self::PictureSize { path, found: [rows, cols], expected: [r, c] } => {
                write!(f, "{}: holds pictures of {rows} x {cols}, expected {r} x {c}", path.display())
            }
            Self::Truncated { path, found, expected } => write!(
                f,
                "{}: ends within item {found} (counted from 0), its header promises {expected} items",
                path.display()
            ),
            Self::Trailing { path, expected } => {
                write!(f, "{}: goes on after the {expected} items that its header promises", path.display())
            }
            Self::Label { path, place, label, classes } => write!(
                f,
                "{}: label {label} at place {place}, expected 0 to {}",
                path.display(),
                classes.saturating_sub(1)
            ),
            Self::Counts { images, image_count, labels, label_count } => write!(
                f,
                "{} holds {image_count} pictures, but {} holds {label_count} labels",
                images.display(),
                labels.display()
            ),
        }
    }
}

impl core::error::Error for IdxError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// A stream that knows the file it comes from.
struct Source {
    path: PathBuf,
    stream: Box<dyn Read>,
}

impl Source {
    fn open(path: &Path) -> Result<Self, IdxError> {
        let io = |source| IdxError::Io { path: path.to_owned(), source };
        let mut file = File::open(path).map_err(io)?;
        let mut head = Vec::with_capacity(2);
        (&mut file).take(2).read_to_end(&mut head).map_err(io)?;
        let is_gzip = head == [0x1f, 0x8b];
        let whole = io::Cursor::new(head).chain(file);
        let stream: Box<dyn Read> = if is_gzip {
            Box::new(BufReader::new(MultiGzDecoder::new(whole)))
        } else {
            Box::new(BufReader::new(whole))
        };
        Ok(Self { path: path.to_owned(), stream })
    }

    /// Fills the buffer; `false` where the stream ends before.
    fn fill(&mut self, buffer: &mut [u8]) -> Result<bool, IdxError> {
        match self.stream.read_exact(buffer) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            Err(source) => Err(IdxError::Io { path: self.path.clone(), source }),
        }
    }

    fn magic(&mut self, expected: [u8; 4]) -> Result<(), IdxError> {
        let found = self.word(4 * (1 + usize::from(expected[3])))?;
        if found == expected { Ok(()) } else { Err(IdxError::Magic { path: self.path.clone(), found, expected }) }
    }

    fn dimension(&mut self, header: usize) -> Result<u32, IdxError> {
        self.word(header).map(u32::from_be_bytes)
    }

    /// Four bytes of a header of `header` bytes.
    fn word(&mut self, header: usize) -> Result<[u8; 4], IdxError> {
        let mut bytes = [0; 4];
        if self.fill(&mut bytes)? {
            Ok(bytes)
        } else {
            Err(IdxError::Header { path: self.path.clone(), expected: header })
        }
    }

    /// Reads `count` items one by one, then the end of the file.
    fn items<T>(
        &mut self,
        count: u32,
        mut item: impl FnMut(&mut Self) -> Result<Option<T>, IdxError>,
    ) -> Result<Vec<T>, IdxError> {
        // A header may lie: a mebibyte is set aside at once, the rest as items really come.
        let room = (1 << 20) / size_of::<T>().max(1);
        let mut items = Vec::with_capacity(room.min(count as usize));
        for found in 0..count {
            match item(self)? {
                Some(item) => items.push(item),
                None => {
                    return Err(IdxError::Truncated {
                        path: self.path.clone(),
                        found: found as usize,
                        expected: count,
                    });
                }
            }
        }
        // A plain `read`: its end is the stream's end, checksum included, where `read_exact` takes damage for an end.
        match self.stream.read(&mut [0]) {
            Ok(0) => Ok(items),
            Ok(_) => Err(IdxError::Trailing { path: self.path.clone(), expected: count }),
            Err(source) => Err(IdxError::Io { path: self.path.clone(), source }),
        }
    }
}

/// Reads the pictures of an IDX file of three dimensions: `[count, R, C]` bytes.
///
/// ```
/// use formwork::data::idx;
/// let path = std::env::temp_dir().join(format!("two-pictures-{}", std::process::id()));
/// std::fs::write(&path, [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 10, 20, 30, 40])?;
/// let pictures = idx::read_images::<1, 2>(&path)?;
/// assert_eq!(pictures[1].as_slice(), [30, 40]);
/// assert!(idx::read_images::<28, 28>(&path).unwrap_err().to_string().ends_with("holds pictures of 1 x 2, expected 28 x 28"));
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A picture passes over the stack on its way from the file: of pictures of many megabytes, read smaller ones.
///
/// # Errors
/// [`IdxError`]: a missing or damaged file, another magic number, pictures of another size, too few or too many bytes.
pub fn read_images<const R: usize, const C: usize>(path: impl AsRef<Path>) -> Result<Vec<Tensor<R, C, u8>>, IdxError> {
    const { assert!(R * C > 0, "a picture has at least one value") };
    let mut source = Source::open(path.as_ref())?;
    source.magic([0, 0, 8, 3])?;
    let count = source.dimension(16)?;
    let found = [source.dimension(16)?, source.dimension(16)?];
    if found.map(|size| size as usize) != [R, C] {
        return Err(IdxError::PictureSize { path: source.path, found, expected: [R, C] });
    }
    source.items(count, |source| {
        let mut picture = Tensor::zeros();
        Ok(source.fill(picture.as_mut_slice())?.then_some(picture))
    })
}

/// Reads the labels of an IDX file of one dimension, each below `classes`.
///
/// # Errors
/// [`IdxError`]: a missing or damaged file, another magic number, a label out of range, too few or too many bytes.
pub fn read_labels(path: impl AsRef<Path>, classes: u8) -> Result<Vec<u8>, IdxError> {
    let mut source = Source::open(path.as_ref())?;
    source.magic([0, 0, 8, 1])?;
    let count = source.dimension(8)?;
    let mut byte = [0];
    let labels = source.items(count, |source| Ok(source.fill(&mut byte)?.then_some(byte[0])))?;
    match labels.iter().enumerate().find(|(_, label)| **label >= classes) {
        Some((place, &label)) => Err(IdxError::Label { path: source.path, place, label, classes }),
        None => Ok(labels),
    }
}

/// Reads pictures and their labels, as many of the one as of the other.
///
/// # Errors
/// As [`read_images`] and [`read_labels`], and [`IdxError::Counts`].
pub fn read_pairs<const R: usize, const C: usize>(
    images: impl AsRef<Path>,
    labels: impl AsRef<Path>,
    classes: u8,
) -> Result<(Vec<Tensor<R, C, u8>>, Vec<u8>), IdxError> {
    let (pictures, classes) = (read_images(&images)?, read_labels(&labels, classes)?);
    if pictures.len() != classes.len() {
        return Err(IdxError::Counts {
            images: images.as_ref().to_owned(),
            image_count: pictures.len(),
            labels: labels.as_ref().to_owned(),
            label_count: classes.len(),
        });
    }
    Ok((pictures, classes))
}
