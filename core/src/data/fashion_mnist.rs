//! Fashion-MNIST: 60,000 training and 10,000 test pictures of clothes, 28 x 28 grey levels, ten classes.
//!
//! Xiao, Rasul, Vollgraf, 2017, arXiv:1708.07747. Any data set in the same four IDX files is read alike.

use super::idx::{IdxError, read_pairs};
use super::{Dataset, DatasetError};
use crate::tensor::Tensor;
use core::fmt;
use std::path::{Path, PathBuf};

/// The names of the ten classes, by label.
pub const CLASSES: [&str; 10] =
    ["t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"];

/// A grey picture of 28 x 28 bytes.
pub type Picture = Tensor<28, 28, u8>;

/// Training and test pictures with their labels.
#[derive(Clone, Debug)]
pub struct FashionMnist {
    /// The pictures to learn from.
    pub train: Dataset<Picture, u8>,
    /// The pictures to be measured on.
    pub test: Dataset<Picture, u8>,
}

/// Why a folder does not hold the data set.
#[derive(Debug)]
#[non_exhaustive]
pub enum LoadError {
    /// One of the files is not what it should be.
    Idx(IdxError),
    /// A pair of files without pictures.
    Dataset {
        /// The file of pictures.
        path: PathBuf,
        /// What is wrong with them.
        source: DatasetError,
    },
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Idx(error) => error.fmt(f),
            Self::Dataset { path, source } => write!(f, "{}: {source}", path.display()),
        }
    }
}

impl core::error::Error for LoadError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Idx(error) => Some(error),
            Self::Dataset { source, .. } => Some(source),
        }
    }
}

impl From<IdxError> for LoadError {
    fn from(error: IdxError) -> Self {
        Self::Idx(error)
    }
}

/// Reads `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte` and `t10k-labels-idx1-ubyte` from
/// a folder, each plain or with `.gz` behind its name.
///
/// # Errors
/// [`LoadError`], whose text names the file, the place in it and what was expected.
///
/// ```
/// use formwork::data::fashion_mnist;
/// let error = fashion_mnist::load("no/such/folder").unwrap_err();
/// assert!(error.to_string().starts_with("no/such/folder/train-images-idx3-ubyte: no such file"), "{error}");
/// ```
pub fn load(folder: impl AsRef<Path>) -> Result<FashionMnist, LoadError> {
    let folder = folder.as_ref();
    Ok(FashionMnist { train: part(folder, "train")?, test: part(folder, "t10k")? })
}

fn part(folder: &Path, name: &str) -> Result<Dataset<Picture, u8>, LoadError> {
    let images = file(folder, &format!("{name}-images-idx3-ubyte"));
    let labels = file(folder, &format!("{name}-labels-idx1-ubyte"));
    let (pictures, classes) = read_pairs(&images, &labels, CLASSES.len() as u8)?;
    Dataset::new(pictures, classes).map_err(|source| LoadError::Dataset { path: images, source })
}

/// The gzip file where only that is there, else the plain name, which an error then shows.
fn file(folder: &Path, name: &str) -> PathBuf {
    let gzip = folder.join(format!("{name}.gz"));
    let plain = folder.join(name);
    if !plain.exists() && gzip.exists() { gzip } else { plain }
}
