//! The same seed gives the same weights, to the last bit, whatever number of threads shares the kernels of a training.

use formwork::data::synthetic;
use formwork::network::Accepts;
use formwork::optim::Optimizer;
use formwork::prelude::*;
use formwork::tensor::Sample;
use rand::{RngExt, SeedableRng, rngs::StdRng};

formwork::network! {
    #[network(boxed)]
    struct SoftmaxRegression < Flatten<28, 28>, Linear<784, 10> >
}
formwork::network! {
    #[network(boxed)]
    struct OneHidden < Flatten<28, 28>, Linear<784, 256>, ReLU, Linear<256, 10> >
}
formwork::network! {
    #[network(boxed)]
    struct TwoHidden < Linear<784, 128>, ReLU, Linear<128, 64>, Tanh, Linear<64, 10> >
}
formwork::network! {
    #[network(boxed)]
    struct Large < Flatten<28, 28>, Linear<784, 512>, ReLU, Linear<512, 256>, ReLU, Linear<256, 10> >
}
formwork::network! {
    #[network(boxed)]
    struct Spiral < Linear<2, 100>, ReLU, Linear<100, 3> >
}

/// The bits of all parameters after some epochs of shuffled batches in a pool of so many threads.
fn trained<N, O, X, const B: usize>(threads: usize, epochs: usize, optimizer: O, data: &Dataset<X, u8>) -> Vec<u32>
where
    N: Network + Accepts<X> + Send,
    O: Optimizer<N> + Send,
    X: Sample + Clone + Send + Sync,
    CrossEntropy: Loss<N::Output, u8>,
{
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| {
        let (mut rng, mut data, mut network) = (StdRng::seed_from_u64(1), data.clone(), N::zeros());
        network.initialize(&formwork::init::PyTorch, &mut rng);
        let mut trainer = Trainer::<_, _, _, B>::new(network, CrossEntropy, optimizer);
        for _ in 0..epochs {
            for (x, y) in data.batches::<B>(&mut rng) {
                trainer.step(x, y).unwrap();
            }
        }
        let network = trainer.network();
        (0..N::SLICES).flat_map(|index| network.slice(index).unwrap()).map(|weight| weight.to_bits()).collect()
    })
}

/// Trains on batches of `B` and a smaller last one, if there are more samples than one batch holds.
fn check<N, O, X, const B: usize>(epochs: usize, optimizer: O, data: &Dataset<X, u8>)
where
    N: Network + Accepts<X> + Send,
    O: Optimizer<N> + Copy + Send,
    X: Sample + Clone + Send + Sync,
    CrossEntropy: Loss<N::Output, u8>,
{
    assert!(data.len() == B || !data.len().is_multiple_of(B), "{}: the last batch is full", N::NAME);
    let (start, one) =
        (trained::<N, O, X, B>(1, 0, optimizer, data), trained::<N, O, X, B>(1, epochs, optimizer, data));
    assert_eq!(one.len(), N::PARAMETERS);
    assert!(one.iter().all(|bits| f32::from_bits(*bits).is_finite()), "{}", N::NAME);
    let moved = start.iter().zip(&one).filter(|(before, after)| before != after).count();
    assert!(2 * moved > one.len(), "{}: only {moved} of {} parameters were trained", N::NAME, one.len());
    for threads in [2, 3, 7] {
        let several = trained::<N, O, X, B>(threads, epochs, optimizer, data);
        let other = one.iter().zip(&several).filter(|(one, several)| one != several).count();
        assert!(other == 0, "{}: {threads} threads change the bits of {other} of {} parameters", N::NAME, one.len());
    }
}

/// Pictures with a blank frame, as those of digits have, and classes at random.
fn pictures(count: usize) -> Dataset<Tensor<28, 28, u8>, u8> {
    let mut rng = StdRng::seed_from_u64(2);
    let picture = |_| {
        let bytes: [[u8; 20]; 20] = rng.random();
        let pixel = |row: usize, col: usize| bytes.get(row.wrapping_sub(4))?.get(col.wrapping_sub(4)).copied();
        Tensor::from_fn(|row, col| pixel(row, col).unwrap_or(0))
    };
    Dataset::new((0..count).map(picture).collect(), (0..count).map(|sample| (sample % 10) as u8).collect()).unwrap()
}

/// A test by itself: while one kernel is shared, another would run on one thread alone.
#[test]
fn threads_do_not_change_the_bits_of_a_training() {
    let pictures = pictures(2700);
    // Batches large enough for their narrow layers to wake other threads, and such that only those who are awake share.
    check::<SoftmaxRegression, _, _, 1000>(1, Sgd::new(0.1), &pictures);
    check::<SoftmaxRegression, _, _, 256>(1, Sgd::new(0.1), &pictures);
    check::<OneHidden, _, _, 2500>(1, Sgd::new(0.1), &pictures);
    check::<OneHidden, _, _, 256>(1, Sgd::new(0.1).with_weight_decay(1e-4), &pictures);
    // Weights so many that the passes over them are shared too.
    check::<Large, _, _, 256>(1, Sgd::new(0.02).with_momentum(0.9), &pictures);
    check::<Large, _, _, 256>(1, Adam::new(1e-3), &pictures);
    let floats =
        pictures.map_inputs(|picture| Vector::<784>::from_fn(|_, place| f32::from(picture.as_slice()[place]) / 255.0));
    check::<TwoHidden, _, _, 128>(1, Adam::new(1e-3), &floats);
    // The hidden units stay in registers. All points are one batch, so that an epoch is a step.
    check::<Spiral, _, _, 3000>(30, Adam::new(0.02), &synthetic::spirals(1000, 3, 0.2, &mut StdRng::seed_from_u64(3)));
    check::<Spiral, _, _, 16_000>(1, Adam::new(0.02), &synthetic::spirals(6000, 3, 0.2, &mut StdRng::seed_from_u64(3)));
}
