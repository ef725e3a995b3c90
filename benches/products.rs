//! Criterion benchmarks of W6, the products, as a layer runs them: forward with the bias, and the weight gradient.
//!
//! ```text
//! cargo bench -p formwork-benches --bench products
//! ```

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use formwork::layer::{Activation, Linear};
use formwork::prelude::*;
use formwork::tensor::Boxed;
use std::hint::black_box;

fn rows<const R: usize, const C: usize>() -> Vec<Vector<C>> {
    (0..R).map(|row| Vector::from_fn(|_, col| ((row * C + col) * 37 % 101) as f32 / 101.0 - 0.5)).collect()
}

/// Rows `[R, K]` by weights `[K, C]`.
fn forward<const R: usize, const K: usize, const C: usize>(criterion: &mut Criterion) {
    let mut layer = Boxed::<Linear<K, C>>::zeroed();
    for (place, weight) in layer.weight.as_mut_slice().iter_mut().enumerate() {
        *weight = (place * 37 % 101) as f32 / 101.0 - 0.5;
    }
    let (input, mut output) = (rows::<R, K>(), rows::<R, C>());
    let mut group = criterion.benchmark_group("forward");
    group.throughput(Throughput::Elements((2 * R * K * C) as u64));
    group.bench_function(format!("{R} x {K} x {C}"), |bencher| {
        bencher.iter(|| {
            let input = black_box(input.as_slice());
            layer.forward_into(input.into(), Activation::Identity, black_box(output.as_mut_slice()));
        });
    });
}

/// Rows `[K, R]`, transposed, by gradients `[K, C]`.
fn weight_gradient<const R: usize, const K: usize, const C: usize>(criterion: &mut Criterion) {
    let (input, gradient) = (rows::<K, R>(), rows::<K, C>());
    let mut into = Boxed::<Linear<R, C>>::zeroed();
    let mut group = criterion.benchmark_group("weight gradient");
    group.throughput(Throughput::Elements((2 * R * K * C) as u64));
    group.bench_function(format!("{R} x {K} x {C}"), |bencher| {
        bencher.iter(|| {
            let input = black_box(input.as_slice());
            Linear::weight_gradient(input.into(), black_box(gradient.as_slice()), black_box(&mut *into));
        });
    });
}

fn products(criterion: &mut Criterion) {
    forward::<256, 784, 10>(criterion);
    forward::<256, 784, 256>(criterion);
    weight_gradient::<784, 256, 256>(criterion);
    forward::<256, 10, 784>(criterion);
    forward::<128, 512, 256>(criterion);
    forward::<1, 784, 256>(criterion);
    forward::<1024, 1024, 1024>(criterion);
    forward::<64, 64, 64>(criterion);
    forward::<16, 16, 16>(criterion);
}

criterion_group!(all, products);
criterion_main!(all);
