//! `fit`: several epochs over a data set, with a report of each.

use super::Trainer;
use crate::data::Dataset;
use crate::loss::{Loss, LossError, Measured};
use crate::network::{Accepts, Network};
use crate::optim::Optimizer;
use crate::tensor::Sample;
use alloc::vec::Vec;
use core::ops::ControlFlow;
use rand::Rng;

/// Loss and accuracy over several batches, each sample of the same weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evaluation {
    /// The mean loss over all samples.
    pub loss: f64,
    /// The share of samples whose largest output is their class; `None` where targets are not classes.
    pub accuracy: Option<f64>,
    /// How many samples were seen.
    pub samples: usize,
}

/// One epoch of `fit`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EpochReport {
    /// The epoch, counted from 1.
    pub epoch: usize,
    /// Epochs that `fit` was asked for.
    pub epochs: usize,
    /// Over the training samples as they were seen, while the parameters changed.
    pub train: Evaluation,
    /// Over the test samples after the epoch, where there are any.
    pub test: Option<Evaluation>,
}

/// What `fit` tells its callback.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// A batch was trained.
    Batch {
        /// The epoch, counted from 1.
        epoch: usize,
        /// The batch within the epoch, counted from 1.
        batch: usize,
        /// Batches in an epoch.
        batches: usize,
        /// Its loss.
        measured: Measured,
    },
    /// An epoch ended.
    Epoch(EpochReport),
}

/// Running sums of an evaluation, in f64 so that 60,000 small losses keep their digits.
#[derive(Default)]
struct Sums {
    loss: f64,
    correct: Option<usize>,
    samples: usize,
}

impl Sums {
    fn add(&mut self, measured: Measured) {
        self.loss += f64::from(measured.loss) * measured.samples as f64;
        self.samples += measured.samples;
        if let Some(correct) = measured.correct {
            *self.correct.get_or_insert(0) += correct;
        }
    }

    fn mean(&self) -> Evaluation {
        let samples = self.samples as f64;
        Evaluation {
            loss: self.loss / samples,
            accuracy: self.correct.map(|correct| correct as f64 / samples),
            samples: self.samples,
        }
    }
}

impl<N: Network, L, O: Optimizer<N>, const B: usize> Trainer<N, L, O, B> {
    /// Loss and accuracy over a whole data set, without training.
    ///
    /// # Errors
    /// [`LossError`] when a target does not fit.
    pub fn evaluate<X: Sample, Y>(&mut self, data: &Dataset<X, Y>) -> Result<Evaluation, LossError>
    where
        N: Accepts<X>,
        L: Loss<N::Output, Y>,
    {
        let mut sums = Sums::default();
        for (input, targets) in data.batches_in_order::<B>() {
            sums.add(self.measure(input, targets)?);
        }
        Ok(sums.mean())
    }

    /// Trains for up to `epochs` epochs, each over all samples of `train` in an order drawn from `rng`.
    ///
    /// `callback` sees every batch and every epoch; with `ControlFlow::Break` it ends the training.
    /// Returns a report for each epoch that was finished.
    ///
    /// ```
    /// use core::ops::ControlFlow;
    /// use formwork::{prelude::*, train::Event};
    /// use rand::{SeedableRng, rngs::StdRng};
    /// formwork::network! {
    ///     /// Tells left from right.
    ///     pub struct Side < Linear<1, 2> >
    /// }
    /// let mut rng = StdRng::seed_from_u64(0);
    /// let inputs = (0..100).map(|k| Vector::from([k as f32 / 50.0 - 1.0])).collect();
    /// let mut train = Dataset::new(inputs, (0..100).map(|k| u8::from(k >= 50)).collect())?;
    /// let mut trainer = Trainer::<_, _, _, 10>::new(Side::new(&mut rng), CrossEntropy, Sgd::new(1.0));
    /// let reports = trainer.fit(&mut train, None, 20, &mut rng, |event| match event {
    ///     Event::Epoch(report) if report.train.loss < 0.1 => ControlFlow::Break(()),
    ///     _ => ControlFlow::Continue(()),
    /// })?;
    /// assert!(reports.last().unwrap().train.accuracy.unwrap() > 0.9);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`LossError`] when a target does not fit.
    pub fn fit<X: Sample, Y>(
        &mut self,
        train: &mut Dataset<X, Y>,
        test: Option<&Dataset<X, Y>>,
        epochs: usize,
        rng: &mut (impl Rng + ?Sized),
        mut callback: impl FnMut(Event) -> ControlFlow<()>,
    ) -> Result<Vec<EpochReport>, LossError>
    where
        N: Accepts<X>,
        L: Loss<N::Output, Y>,
    {
        let mut reports = Vec::new();
        for epoch in 1..=epochs {
            let mut sums = Sums::default();
            let epoch_batches = train.batches::<B>(rng);
            let batches = epoch_batches.len();
            for (batch, (input, targets)) in (1..).zip(epoch_batches) {
                let measured = self.step(input, targets)?;
                sums.add(measured);
                if callback(Event::Batch { epoch, batch, batches, measured }).is_break() {
                    return Ok(reports);
                }
            }
            let test = test.map(|test| self.evaluate(test)).transpose()?;
            let report = EpochReport { epoch, epochs, train: sums.mean(), test };
            reports.push(report);
            if callback(Event::Epoch(report)).is_break() {
                break;
            }
        }
        Ok(reports)
    }
}
