//! Criterion benchmarks of single-sample latency and of one training step, for those who change a kernel.
//!
//! ```text
//! cargo bench -p formwork-benches --bench latency
//! ```

use criterion::{Criterion, criterion_group, criterion_main};
use formwork::network::Accepts;
use formwork::prelude::*;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use std::hint::black_box;

formwork::network! {
    struct Softmax < Flatten, Linear<784, 10> >
}
formwork::network! {
    #[network(boxed)]
    struct Mlp < Flatten, Linear<784, 256>, ReLU, Linear<256, 10> >
}
formwork::network! {
    struct Spiral < Linear<2, 100>, ReLU, Linear<100, 3> >
}
formwork::network! {
    #[network(boxed)]
    struct Autoencoder <
        Linear<640, 128>, ReLU, Linear<128, 128>, ReLU, Linear<128, 128>, ReLU, Linear<128, 128>, ReLU,
        Linear<128, 8>, ReLU, Linear<8, 128>, ReLU, Linear<128, 128>, ReLU, Linear<128, 128>, ReLU,
        Linear<128, 128>, ReLU, Linear<128, 640>
    >
}

fn numbers<const N: usize>(row: usize) -> Vector<N> {
    Vector::from_fn(|_, col| ((row * N + col) * 37 % 101) as f32 / 101.0 - 0.5)
}

fn one_sample<N, const I: usize, const O: usize>(criterion: &mut Criterion, name: &str, network: &N)
where
    N: Network<Output = Vector<O>> + Accepts<Vector<I>>,
{
    let (input, mut scratch, mut output) = (numbers::<I>(0), N::Scratch::default(), Vector::zeros());
    criterion.bench_function(&format!("one sample, {name}"), |bencher| {
        bencher.iter(|| {
            black_box(network).predict_into(black_box(&input), &mut scratch, &mut output);
            black_box(&mut output);
        });
    });
}

/// A step of plain SGD on 256 pictures, the unit of W2 and W3.
fn one_step<N>(criterion: &mut Criterion, name: &str, network: N)
where
    N: Network<Output = Vector<10>> + Accepts<Tensor<28, 28, u8>>,
{
    let picture =
        |place: usize| Tensor::<28, 28, u8>::from_fn(|row, col| ((place * 784 + row * 28 + col) * 37 % 256) as u8);
    let pictures: Vec<_> = (0..256).map(picture).collect();
    let labels: Vec<u8> = (0..256).map(|place| (place % 10) as u8).collect();
    let mut trainer = Trainer::<N, _, _, 256>::new(network, CrossEntropy, Sgd::new(0.1));
    criterion.bench_function(&format!("one step, 256 pictures, {name}"), |bencher| {
        bencher.iter(|| {
            let inputs = Batch::<_, 256>::new(black_box(&pictures)).expect("256 pictures");
            let targets = Batch::<_, 256>::new(&labels).expect("256 labels");
            trainer.step(inputs, targets).expect("labels are below 10")
        });
    });
}

fn latency(criterion: &mut Criterion) {
    let rng = &mut SmallRng::seed_from_u64(0);
    one_sample::<Softmax, 784, 10>(criterion, "784-10", &Softmax::new(rng));
    one_sample::<Mlp, 784, 10>(criterion, "784-256-10", &Mlp::new(rng));
    one_sample::<Spiral, 2, 3>(criterion, "2-100-3", &Spiral::new(rng));
    one_sample::<Autoencoder, 640, 640>(criterion, "autoencoder", &Autoencoder::new(rng));
}

fn step(criterion: &mut Criterion) {
    let rng = &mut SmallRng::seed_from_u64(0);
    one_step(criterion, "784-10", Softmax::new(rng));
    one_step(criterion, "784-256-10", Mlp::new(rng));
}

criterion_group!(all, latency, step);
criterion_main!(all);
