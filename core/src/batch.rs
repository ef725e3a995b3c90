//! [`Batch`]: up to `B` samples, lying together or picked out of a data set by reference.
//!
//! The size of a full batch is part of the type; the last, smaller batch of an epoch has the same type and
//! holds fewer samples. Nothing is copied: a shuffled mini-batch reads its samples where they lie.

use crate::kernel;
use crate::tensor::{Sample, Tensor, Vector};
use core::fmt;

/// Between 1 and `B` samples of type `X`, borrowed.
///
/// ```
/// use formwork::{Batch, Vector};
/// let samples = [Vector::from([1.0, 2.0]), Vector::from([3.0, 4.0]), Vector::from([5.0, 6.0])];
/// let full: Batch<_, 3> = (&samples).into();
/// let last: Batch<_, 256> = samples[..2].try_into()?;
/// let picked: Batch<_, 256> = Batch::picked(&samples, &[2, 0])?;
/// assert_eq!((full.len(), last.len()), (3, 2));
/// assert_eq!(picked.get(0), Some(&samples[2]));
/// # Ok::<(), formwork::BatchError>(())
/// ```
#[derive(Debug)]
pub struct Batch<'a, X, const B: usize> {
    samples: &'a [X],
    order: Option<&'a [u32]>,
}

impl<X, const B: usize> Clone for Batch<'_, X, B> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<X, const B: usize> Copy for Batch<'_, X, B> {}

/// Why samples do not make a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BatchError {
    /// A batch of no sample has no mean loss.
    Empty,
    /// More samples than the batch's type can hold.
    TooMany {
        /// Samples given.
        samples: usize,
        /// Samples that fit, `B`.
        capacity: usize,
    },
    /// An index past the samples that it picks from.
    OutOfRange {
        /// The place in the list of indices.
        place: usize,
        /// The index found there.
        index: u32,
        /// Samples there are.
        samples: usize,
    },
}

impl fmt::Display for BatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "a batch needs at least one sample, found none"),
            Self::TooMany { samples, capacity } => {
                write!(f, "a batch of this type holds up to {capacity} samples, found {samples}")
            }
            Self::OutOfRange { place, index, samples } => {
                write!(f, "index {index} at place {place} of the batch is past the last of {samples} samples")
            }
        }
    }
}

impl core::error::Error for BatchError {}

impl<'a, X, const B: usize> Batch<'a, X, B> {
    /// Up to `B` samples that lie together.
    ///
    /// # Errors
    /// [`BatchError::Empty`] for none, [`BatchError::TooMany`] for more than `B`.
    pub const fn new(samples: &'a [X]) -> Result<Self, BatchError> {
        match Self::check(samples.len()) {
            Ok(()) => Ok(Self { samples, order: None }),
            Err(error) => Err(error),
        }
    }

    /// Sample `order[0]`, then sample `order[1]`, and so on: nothing is copied.
    ///
    /// # Errors
    /// As [`new`](Self::new), and [`BatchError::OutOfRange`] for an index past the samples.
    pub fn picked(samples: &'a [X], order: &'a [u32]) -> Result<Self, BatchError> {
        Self::check(order.len())?;
        match order.iter().enumerate().find(|(_, index)| **index as usize >= samples.len()) {
            Some((place, &index)) => Err(BatchError::OutOfRange { place, index, samples: samples.len() }),
            None => Ok(Self { samples, order: Some(order) }),
        }
    }

    /// The same of indices that are known to lie among the samples; `None` for no or too many of them.
    #[cfg(feature = "alloc")]
    pub(crate) fn of_order(samples: &'a [X], order: &'a [u32]) -> Option<Self> {
        Self::check(order.len()).ok()?;
        Some(Self { samples, order: Some(order) })
    }

    const fn check(samples: usize) -> Result<(), BatchError> {
        if samples == 0 {
            Err(BatchError::Empty)
        } else if samples > B {
            Err(BatchError::TooMany { samples, capacity: B })
        } else {
            Ok(())
        }
    }

    /// How many samples the batch holds: `B`, or fewer in the last batch of an epoch.
    #[expect(clippy::len_without_is_empty, reason = "a batch is never empty")]
    pub fn len(&self) -> usize {
        self.order.map_or(self.samples.len(), <[u32]>::len)
    }

    /// The sample at a place of the batch, or `None` past its end.
    pub fn get(&self, place: usize) -> Option<&'a X> {
        match self.order {
            Some(order) => self.samples.get(*order.get(place)? as usize),
            None => self.samples.get(place),
        }
    }

    /// The samples in the batch's order.
    pub fn iter(&self) -> impl Iterator<Item = &'a X> + use<'a, X, B> {
        let batch = *self;
        (0..batch.len()).map_while(move |place| batch.get(place))
    }
}

impl<'a, X: Sample, const B: usize> Batch<'a, X, B> {
    /// The samples as rows of `N` values, for a layer that takes `N`.
    ///
    /// A sample of another length is refused when the program is built; the code of `network!` never gets there,
    /// because [`Accepts`](crate::network::Accepts) refuses the sample's type before.
    #[inline]
    pub fn rows<const N: usize>(&self) -> Rows<'a, N, X::Element> {
        const { assert!(X::LEN == N, "a sample of the batch has another number of values than the layer takes") };
        let data = X::flatten(self.samples);
        Rows(match self.order {
            Some(order) => kernel::rows::Rows::picked(data, N, order),
            None => kernel::rows::Rows::new(data, N),
        })
    }
}

impl<'a, X, const B: usize> TryFrom<&'a [X]> for Batch<'a, X, B> {
    type Error = BatchError;
    fn try_from(samples: &'a [X]) -> Result<Self, BatchError> {
        Self::new(samples)
    }
}

impl<'a, X, const B: usize> From<&'a [X; B]> for Batch<'a, X, B> {
    fn from(samples: &'a [X; B]) -> Self {
        const { assert!(B > 0, "a batch needs at least one sample") };
        Self { samples, order: None }
    }
}

/// The rows of a tensor are a batch of vectors.
impl<'a, const B: usize, const N: usize, T> From<&'a Tensor<B, N, T>> for Batch<'a, Vector<N, T>, B> {
    fn from(samples: &'a Tensor<B, N, T>) -> Self {
        samples.rows_as_vectors().into()
    }
}

/// Rows of `N` values each, as a layer reads them: together in memory or picked by reference.
///
/// ```
/// use formwork::{Rows, Vector};
/// let activations = [Vector::from([1.0, 2.0]), Vector::from([3.0, 4.0])];
/// let rows = Rows::new(&activations);
/// assert_eq!(rows.len(), 2);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a, const N: usize, T = f32>(pub(crate) kernel::rows::Rows<'a, T>);

impl<'a, const N: usize, T> Rows<'a, N, T> {
    /// Rows that lie together.
    #[inline]
    pub const fn new(rows: &'a [Vector<N, T>]) -> Self {
        Self(kernel::rows::Rows::new(Tensor::flatten_slice(rows), N))
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<'a, const N: usize, T> From<&'a [Vector<N, T>]> for Rows<'a, N, T> {
    #[inline]
    fn from(rows: &'a [Vector<N, T>]) -> Self {
        Self::new(rows)
    }
}
