//! [`Dataset`]: inputs and targets in pairs, in shuffled or plain mini-batches.

use crate::batch::Batch;
use alloc::vec::Vec;
use core::fmt;
use rand::Rng;
use rand::seq::SliceRandom;

/// Inputs and their targets, sample by sample.
///
/// ```
/// use formwork::{Vector, data::Dataset};
/// use rand::{SeedableRng, rngs::StdRng};
/// let inputs = vec![Vector::from([0.0, 0.0]), Vector::from([0.0, 1.0]), Vector::from([1.0, 0.0])];
/// let mut train = Dataset::new(inputs, vec![0_u8, 1, 1])?;
/// let sizes: Vec<usize> = train.batches::<2>(&mut StdRng::seed_from_u64(0)).map(|(x, _)| x.len()).collect();
/// assert_eq!(sizes, [2, 1]);
/// # Ok::<(), formwork::data::DatasetError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Dataset<X, Y> {
    inputs: Vec<X>,
    targets: Vec<Y>,
    order: Vec<u32>,
}

/// Why inputs and targets do not make a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DatasetError {
    /// No sample at all.
    Empty,
    /// Another number of targets than of inputs.
    Lengths {
        /// Inputs given.
        inputs: usize,
        /// Targets given.
        targets: usize,
    },
    /// More samples than an index of 32 bits counts.
    TooMany {
        /// Samples given.
        samples: usize,
    },
}

impl fmt::Display for DatasetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "a data set needs at least one sample, found none"),
            Self::Lengths { inputs, targets } => write!(f, "{inputs} inputs need {inputs} targets, found {targets}"),
            Self::TooMany { samples } => {
                write!(f, "a data set holds up to {} samples, found {samples}", u32::MAX)
            }
        }
    }
}

impl core::error::Error for DatasetError {}

impl<X, Y> Dataset<X, Y> {
    /// Inputs and targets in pairs.
    ///
    /// # Errors
    /// [`DatasetError`] when there is none, or another number of targets than of inputs.
    ///
    /// ```
    /// use formwork::data::Dataset;
    /// let error = Dataset::new(vec![0.5, 1.5], vec![0_u8]).unwrap_err();
    /// assert_eq!(error.to_string(), "2 inputs need 2 targets, found 1");
    /// ```
    pub fn new(inputs: Vec<X>, targets: Vec<Y>) -> Result<Self, DatasetError> {
        if inputs.is_empty() && targets.is_empty() {
            return Err(DatasetError::Empty);
        }
        if inputs.len() != targets.len() {
            return Err(DatasetError::Lengths { inputs: inputs.len(), targets: targets.len() });
        }
        let samples = u32::try_from(inputs.len()).map_err(|_| DatasetError::TooMany { samples: inputs.len() })?;
        Ok(Self { inputs, targets, order: (0..samples).collect() })
    }

    /// What [`new`](Self::new) was given.
    pub(crate) fn into_parts(self) -> (Vec<X>, Vec<Y>) {
        (self.inputs, self.targets)
    }

    /// Of inputs and targets that are known to be as many as each other, and those of a data set.
    pub(crate) fn paired(inputs: Vec<X>, targets: Vec<Y>) -> Self {
        match Self::new(inputs, targets) {
            Ok(data) => data,
            Err(_) => unreachable!("as many inputs as targets, and neither none nor too many"),
        }
    }

    /// How many samples there are; never 0.
    #[expect(clippy::len_without_is_empty, reason = "a data set is never empty")]
    pub fn len(&self) -> usize {
        self.inputs.len()
    }

    /// The inputs.
    pub fn inputs(&self) -> &[X] {
        &self.inputs
    }

    /// The targets.
    pub fn targets(&self) -> &[Y] {
        &self.targets
    }

    /// All samples once, shuffled, in batches of `B`; the last one holds the rest.
    ///
    /// The order depends on the generator's state alone, not on earlier epochs. Nothing is copied or allocated.
    /// [`drop_last`](Batches::drop_last) leaves the smaller one out.
    ///
    /// ```
    /// use formwork::data::Dataset;
    /// use rand::{SeedableRng, rngs::StdRng};
    /// let mut data = Dataset::new(vec![10, 11, 12, 13, 14], vec![0_u8, 1, 2, 3, 4])?;
    /// let mut epoch = |seed| -> Vec<u8> {
    ///     data.batches::<2>(&mut StdRng::seed_from_u64(seed)).flat_map(|(_, y)| y.iter().copied().collect::<Vec<_>>()).collect()
    /// };
    /// assert_eq!(epoch(1), epoch(1));
    /// assert_ne!(epoch(1), epoch(2));
    /// # Ok::<(), formwork::data::DatasetError>(())
    /// ```
    pub fn batches<const B: usize>(&mut self, rng: &mut (impl Rng + ?Sized)) -> Batches<'_, X, Y, B> {
        for (index, place) in (0..).zip(&mut self.order) {
            *place = index;
        }
        self.order.shuffle(rng);
        Batches { inputs: &self.inputs, targets: &self.targets, order: Some(&self.order), start: 0 }
    }

    /// All samples once, in their own order, in batches of `B`; the last one holds the rest.
    ///
    /// ```
    /// use formwork::data::Dataset;
    /// let data = Dataset::new(vec![10, 11, 12], vec![0_u8, 1, 2])?;
    /// let sizes: Vec<usize> = data.batches_in_order::<2>().map(|(x, _)| x.len()).collect();
    /// assert_eq!(sizes, [2, 1]);
    /// # Ok::<(), formwork::data::DatasetError>(())
    /// ```
    pub fn batches_in_order<const B: usize>(&self) -> Batches<'_, X, Y, B> {
        Batches { inputs: &self.inputs, targets: &self.targets, order: None, start: 0 }
    }
}

impl<'a, X, Y, const B: usize> Batches<'a, X, Y, B> {
    /// The same without the last batch where it is not full, for code that needs every batch to hold `B` samples.
    ///
    /// ```
    /// use formwork::data::Dataset;
    /// let data = Dataset::new(vec![1, 2, 3, 4, 5], vec![0_u8; 5])?;
    /// assert_eq!(data.batches_in_order::<2>().drop_last().count(), 2);
    /// # Ok::<(), formwork::data::DatasetError>(())
    /// ```
    pub fn drop_last(self) -> impl Iterator<Item = <Self as Iterator>::Item> + use<'a, X, Y, B> {
        self.filter(|(inputs, _)| inputs.len() == B)
    }
}

/// The mini-batches of one epoch, each a pair of inputs and targets.
#[derive(Clone, Debug)]
pub struct Batches<'a, X, Y, const B: usize> {
    inputs: &'a [X],
    targets: &'a [Y],
    order: Option<&'a [u32]>,
    start: usize,
}

impl<'a, X, Y, const B: usize> Iterator for Batches<'a, X, Y, B> {
    type Item = (Batch<'a, X, B>, Batch<'a, Y, B>);

    fn next(&mut self) -> Option<Self::Item> {
        const { assert!(B > 0, "a batch holds at least one sample") };
        let places = self.start..self.inputs.len().min(self.start + B);
        self.start = places.end;
        match self.order {
            Some(order) => {
                let order = order.get(places)?;
                Some((Batch::of_order(self.inputs, order)?, Batch::of_order(self.targets, order)?))
            }
            None => {
                let inputs = Batch::new(self.inputs.get(places.clone())?).ok()?;
                Some((inputs, Batch::new(self.targets.get(places)?).ok()?))
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let batches = (self.inputs.len() - self.start).div_ceil(B);
        (batches, Some(batches))
    }
}

impl<X, Y, const B: usize> ExactSizeIterator for Batches<'_, X, Y, B> {}
