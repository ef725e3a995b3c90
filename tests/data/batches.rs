//! Every sample once an epoch, in an order that follows from the generator alone; means weigh samples, not batches.

use formwork::prelude::*;
use rand::{SeedableRng, rngs::StdRng};
use std::ops::ControlFlow;

formwork::network! {
    #[derive(Clone, Debug, PartialEq)]
    struct Net < Linear<2, 3> >
}

fn data(samples: usize) -> Dataset<Vector<2>, u8> {
    let inputs = (0..samples).map(|k| Vector::from([k as f32, (k * k % 7) as f32])).collect();
    Dataset::new(inputs, (0..samples).map(|k| (k % 3) as u8).collect()).unwrap()
}

fn order<const B: usize>(data: &mut Dataset<Vector<2>, u8>, seed: u64) -> Vec<usize> {
    let mut places = Vec::new();
    for (inputs, targets) in data.batches::<B>(&mut StdRng::seed_from_u64(seed)) {
        assert_eq!(inputs.len(), targets.len());
        for (input, target) in inputs.iter().zip(targets.iter()) {
            let place = input[(0, 0)] as usize;
            assert_eq!(usize::from(*target), place % 3, "an input goes with another's target");
            places.push(place);
        }
    }
    places
}

#[test]
fn every_sample_comes_once_in_an_order_of_the_seed() {
    for samples in [1, 2, 7, 8, 9, 100] {
        let mut set = data(samples);
        let first = order::<8>(&mut set, 1);
        let mut sorted = first.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..samples).collect::<Vec<_>>());
        assert_eq!(order::<8>(&mut set, 1), first, "the order depends on earlier epochs");
        assert_eq!(order::<3>(&mut set, 1), first, "the order depends on the size of a batch");
    }
    let mut set = data(100);
    assert_ne!(order::<8>(&mut set, 1), order::<8>(&mut set, 2));
    assert_ne!(order::<8>(&mut set, 1), (0..100).collect::<Vec<_>>());
}

#[test]
fn batches_are_full_but_the_last() {
    let mut set = data(100);
    let batches = set.batches::<32>(&mut StdRng::seed_from_u64(0));
    assert_eq!(batches.len(), 4);
    let sizes: Vec<usize> = batches.map(|(x, _)| x.len()).collect();
    assert_eq!(sizes, [32, 32, 32, 4]);
    let full = set.batches::<32>(&mut StdRng::seed_from_u64(0)).drop_last();
    assert_eq!(full.map(|(x, _)| x.len()).collect::<Vec<_>>(), [32, 32, 32]);
    assert_eq!(set.batches::<25>(&mut StdRng::seed_from_u64(0)).drop_last().count(), 4);
    let in_order: Vec<f32> =
        set.batches_in_order::<7>().flat_map(|(x, _)| x.iter().map(|x| x[(0, 0)]).collect::<Vec<_>>()).collect();
    assert_eq!(in_order, (0..100).map(|k| k as f32).collect::<Vec<_>>());
}

#[test]
fn an_epoch_mean_weighs_samples() {
    let mut set = data(10);
    let network = Net::new(&mut StdRng::seed_from_u64(3));
    let mut whole = Trainer::<_, _, _, 10>::new(network.clone(), CrossEntropy, Sgd::new(0.1));
    let mut parts = Trainer::<_, _, _, 8>::new(network.clone(), CrossEntropy, Sgd::new(0.1));
    let (one, many) = (whole.evaluate(&set).unwrap(), parts.evaluate(&set).unwrap());
    assert!((one.loss - many.loss).abs() < 1e-6, "{one:?} {many:?}");
    assert_eq!((one.accuracy, one.samples), (many.accuracy, many.samples));
    // With a learning rate of 0 the running mean of an epoch is that of the network itself.
    let mut still = Trainer::<_, _, _, 8>::new(network.clone(), CrossEntropy, Sgd::new(0.0));
    let reports = still.fit(&mut set, None, 1, &mut StdRng::seed_from_u64(0), |_| ControlFlow::Continue(())).unwrap();
    assert!((reports[0].train.loss - one.loss).abs() < 1e-6);
    assert_eq!(still.network(), &network);
}

#[test]
fn a_wrong_label_changes_nothing() {
    let network = Net::new(&mut StdRng::seed_from_u64(3));
    let mut trainer = Trainer::<_, _, _, 2>::new(network.clone(), CrossEntropy, Sgd::new(0.1));
    let inputs = [Vector::from([1.0, 2.0]), Vector::from([3.0, 4.0])];
    let error = trainer.step(Batch::from(&inputs), Batch::from(&[1_u8, 3])).unwrap_err();
    assert_eq!(error.to_string(), "sample 1 of the batch has class 3, but the network tells 3 classes apart (0 to 2)");
    let short: Batch<'_, u8, 2> = (&[1_u8][..]).try_into().unwrap();
    let error = trainer.step(Batch::from(&inputs), short).unwrap_err();
    assert_eq!(error.to_string(), "2 samples need 2 targets, found 1");
    assert_eq!(trainer.network(), &network);
}

#[test]
fn a_callback_can_end_the_training() {
    let mut set = data(10);
    let mut trainer = Trainer::<_, _, _, 4>::new(Net::zeros(), CrossEntropy, Sgd::new(0.1));
    let mut events = 0;
    let stop_at_second_epoch = |event| {
        events += 1;
        match event {
            formwork::train::Event::Epoch(report) if report.epoch == 2 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    };
    let reports = trainer.fit(&mut set, None, usize::MAX, &mut StdRng::seed_from_u64(0), stop_at_second_epoch).unwrap();
    assert_eq!((reports.len(), events), (2, 2 * (3 + 1)));
}

#[test]
fn data_that_does_not_fit_is_refused() {
    let error = Dataset::new(vec![1, 2], vec![1]).unwrap_err();
    assert_eq!(error.to_string(), "2 inputs need 2 targets, found 1");
    assert!(Dataset::<u8, u8>::new(vec![], vec![]).is_err());
    let samples = [1, 2, 3];
    assert_eq!(
        Batch::<_, 2>::new(&samples).unwrap_err().to_string(),
        "a batch of this type holds up to 2 samples, found 3"
    );
    assert!(Batch::<i32, 2>::new(&[]).is_err());
    let error = Batch::<_, 2>::picked(&samples, &[0, 3]).unwrap_err();
    assert_eq!(error.to_string(), "index 3 at place 1 of the batch is past the last of 3 samples");
}
