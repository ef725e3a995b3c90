//! What is done to a data set before training: splitting, standardising, one-hot targets.

use super::{Dataset, DatasetError};
use crate::kernel::math::sqrt;
use crate::tensor::Vector;
use alloc::vec::Vec;
use rand::Rng;
use rand::seq::SliceRandom;

impl<X, Y> Dataset<X, Y> {
    /// The same samples with each input changed by `change`; the targets stay.
    ///
    /// ```
    /// use formwork::data::{Standardise, synthetic};
    /// use rand::{SeedableRng, rngs::StdRng};
    /// let mut rng = StdRng::seed_from_u64(0);
    /// let (train, test) = synthetic::moons(50, 0.1, &mut rng).split(0.8, &mut rng)?;
    /// let scale = Standardise::fit(train.inputs());
    /// let (train, test) = (train.map_inputs(|x| scale.apply(&x)), test.map_inputs(|x| scale.apply(&x)));
    /// assert!(Standardise::fit(train.inputs()).mean.as_slice().iter().all(|mean| mean.abs() < 1e-6));
    /// # Ok::<(), formwork::data::DatasetError>(())
    /// ```
    pub fn map_inputs<X2>(self, change: impl FnMut(X) -> X2) -> Dataset<X2, Y> {
        let (inputs, targets) = self.into_parts();
        Dataset::paired(inputs.into_iter().map(change).collect(), targets)
    }

    /// The same samples with each target changed by `change`; the inputs stay.
    ///
    /// ```
    /// use formwork::{Vector, data::{one_hot, synthetic}};
    /// use rand::{SeedableRng, rngs::StdRng};
    /// let data = synthetic::spirals(10, 3, 0.2, &mut StdRng::seed_from_u64(0));
    /// let data = data.map_targets(|class| one_hot::<3>(class.into()).expect("three classes"));
    /// assert_eq!(data.targets()[29], Vector::from([0.0, 0.0, 1.0]));
    /// ```
    pub fn map_targets<Y2>(self, change: impl FnMut(Y) -> Y2) -> Dataset<X, Y2> {
        let (inputs, targets) = self.into_parts();
        Dataset::paired(inputs, targets.into_iter().map(change).collect())
    }
}

impl<X: Clone, Y: Clone> Dataset<X, Y> {
    /// Two data sets, the first with `share` of all samples (rounded to the nearest), drawn by `rng`: train and test.
    ///
    /// # Errors
    /// [`DatasetError::Empty`] when one of the two would hold no sample.
    ///
    /// ```
    /// use formwork::{Vector, data::synthetic};
    /// use rand::{SeedableRng, rngs::StdRng};
    /// let mut rng = StdRng::seed_from_u64(0);
    /// let (train, test) = synthetic::moons(50, 0.1, &mut rng).split(0.8, &mut rng)?;
    /// assert_eq!((train.len(), test.len()), (80, 20));
    /// # Ok::<(), formwork::data::DatasetError>(())
    /// ```
    pub fn split(&self, share: f64, rng: &mut (impl Rng + ?Sized)) -> Result<(Self, Self), DatasetError> {
        let mut places: Vec<usize> = (0..self.len()).collect();
        places.shuffle(rng);
        // Adding a half and cutting off rounds to the nearest; a share out of range leaves one side empty.
        let first = (share * self.len() as f64 + 0.5) as usize;
        let (first, second) = places.split_at(first.min(self.len()));
        let take = |places: &[usize]| {
            let inputs = places.iter().filter_map(|place| self.inputs().get(*place).cloned()).collect();
            let targets = places.iter().filter_map(|place| self.targets().get(*place).cloned()).collect();
            Self::new(inputs, targets)
        };
        Ok((take(first)?, take(second)?))
    }
}

/// The mean and the standard deviation of each of `N` features, to bring data of any scale to mean 0 and deviation 1.
///
/// Fitted on the training samples, applied to the test samples too. A feature that never changes is only shifted.
///
/// ```
/// use formwork::{Vector, data::Standardise};
/// let samples = [Vector::from([1.0, 5.0]), Vector::from([3.0, 5.0])];
/// let scale = Standardise::fit(&samples);
/// assert_eq!(scale.apply(&samples[1]), Vector::from([1.0, 0.0]));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Standardise<const N: usize> {
    /// Mean of each feature.
    pub mean: Vector<N>,
    /// Standard deviation of each feature (of the samples themselves, divided by their number).
    pub std: Vector<N>,
}

impl<const N: usize> Standardise<N> {
    /// Mean and deviation of the samples; of none, mean 0 and deviation 1.
    ///
    /// ```
    /// use formwork::{Vector, data::Standardise};
    /// let scale = Standardise::fit(&[Vector::from([1.0]), Vector::from([3.0]), Vector::from([5.0])]);
    /// assert_eq!(scale.mean, Vector::from([3.0]));
    /// assert!((scale.std[(0, 0)] - 1.632_993).abs() < 1e-6);
    /// ```
    pub fn fit(samples: &[Vector<N>]) -> Self {
        let count = samples.len().max(1) as f64;
        let sum = |i: usize, term: &dyn Fn(f64) -> f64| -> f64 {
            samples.iter().filter_map(|sample| sample.as_slice().get(i)).map(|x| term(f64::from(*x))).sum()
        };
        let mean: Vector<N> = Vector::from_fn(|_, i| (sum(i, &|x| x) / count) as f32);
        let std = Vector::from_fn(|_, i| {
            let centre = f64::from(mean[(0, i)]);
            let variance = (sum(i, &|x| (x - centre) * (x - centre)) / count) as f32;
            if variance > 0.0 { sqrt(variance) } else { 1.0 }
        });
        Self { mean, std }
    }

    /// (x - mean) / std, feature by feature.
    ///
    /// ```
    /// use formwork::{Vector, data::Standardise};
    /// let scale = Standardise { mean: Vector::from([1.0, 0.0]), std: Vector::from([2.0, 4.0]) };
    /// assert_eq!(scale.apply(&Vector::from([5.0, 2.0])), Vector::from([2.0, 0.5]));
    /// ```
    pub fn apply(&self, sample: &Vector<N>) -> Vector<N> {
        Vector::from_fn(|_, i| (sample[(0, i)] - self.mean[(0, i)]) / self.std[(0, i)])
    }
}

/// A class id as probabilities: 1 at its place, 0 elsewhere; `None` for a class from `N` on.
///
/// ```
/// use formwork::{Vector, data::one_hot};
/// assert_eq!(one_hot::<3>(1), Some(Vector::from([0.0, 1.0, 0.0])));
/// assert_eq!(one_hot::<3>(3), None);
/// ```
pub fn one_hot<const N: usize>(class: usize) -> Option<Vector<N>> {
    (class < N).then(|| Vector::from_fn(|_, place| f32::from(u8::from(place == class))))
}
