//! Small layers, as a table of measurements or the last layers of a network have them, in batches of 1 to 256 rows: the
//! forward product and both gradients; and products of small tensors. With `--features peers` beside the crate `gemm` (which adds
//! no bias and masks nothing).
//!
//! ```text
//! cargo bench -p formwork-benches --features peers --bench small_layers
//! ```
//!
//! Prints medians of samples taken in turn, in microseconds, and how many times as long the peer takes.

use formwork::layer::{Activation, Linear};
use formwork::prelude::*;
use formwork_benches::timing::{median, per_call};
#[cfg(feature = "peers")]
use formwork_benches::{Gemm, GemmCrate, View};
use std::hint::black_box;

/// Samples of each side.
const SAMPLES: usize = 31;
/// Multiply-adds of a sample, at least.
const SAMPLE: usize = 1 << 18;

fn rows<const N: usize>(count: usize) -> Vec<Vector<N>> {
    (0..count).map(|row| Vector::from_fn(|_, col| ((row * N + col) * 37 % 101) as f32 / 101.0 - 0.5)).collect()
}

/// A cell for each of the two sides.
fn line(name: &str, work: usize, ours: &mut dyn FnMut(), peer: Option<&mut dyn FnMut()>) {
    let calls = (SAMPLE / work.max(1)).max(8);
    let (mut our_times, mut peer_times, mut peer) = (Vec::new(), Vec::new(), peer);
    for _ in 0..SAMPLES {
        our_times.push(1e6 * per_call(calls, ours));
        if let Some(peer) = &mut peer {
            peer_times.push(1e6 * per_call(calls, *peer));
        }
    }
    let ours = median(our_times);
    match peer {
        Some(_) => {
            let peer = median(peer_times);
            println!("| {name} | {ours:.3} | {peer:.3} | {:.2} |", peer / ours);
        }
        None => println!("| {name} | {ours:.3} | | |"),
    }
}

/// The three products of a layer in batches of these sizes.
fn layer<const I: usize, const O: usize>(batches: &[usize]) {
    let mut layer = Linear::<I, O>::zeros();
    layer.weight.as_mut_slice().iter_mut().enumerate().for_each(|(place, weight)| *weight = (place % 11) as f32 * 0.1);
    for &count in batches {
        let (x, gradient) = (rows::<I>(count), rows::<O>(count));
        let (mut y, mut dx) = (vec![Vector::<O>::zeros(); count], vec![Vector::<I>::zeros(); count]);
        let mut into = Linear::<I, O>::zeros();
        #[cfg(feature = "peers")]
        let (gemm, flat_x, flat_g, weight, mut results) = {
            let flat = |rows: &mut dyn Iterator<Item = f32>| rows.collect::<Vec<_>>();
            let flat_x = flat(&mut x.iter().flat_map(|row| row.as_slice().to_vec()));
            let flat_g = flat(&mut gradient.iter().flat_map(|row| row.as_slice().to_vec()));
            let results = vec![0.0; (count * I.max(O)).max(I * O)];
            (GemmCrate { threads: 1 }, flat_x, flat_g, layer.weight.as_slice().to_vec(), results)
        };
        macro_rules! beside {
            ($what:literal, $ours:expr, ($a:expr, $b:expr)) => {{
                let name = format!("{} of {count} rows, {I} -> {O}", $what);
                #[cfg(feature = "peers")]
                line(
                    &name,
                    count * I * O,
                    &mut || $ours,
                    Some(&mut || gemm.gemm(1.0, $a, $b, 0.0, black_box(&mut results))),
                );
                #[cfg(not(feature = "peers"))]
                line(&name, count * I * O, &mut || $ours, None);
            }};
        }
        beside!(
            "forward",
            layer.forward_into(black_box(x.as_slice()).into(), Activation::Identity, black_box(&mut y)),
            (View::new(&flat_x, count, I), View::new(&weight, I, O))
        );
        beside!(
            "weight gradient",
            Linear::weight_gradient(black_box(x.as_slice()).into(), black_box(&gradient), black_box(&mut into)),
            (View::new(&flat_x, count, I).transposed(), View::new(&flat_g, count, O))
        );
        beside!(
            "input gradient",
            layer.input_gradient(black_box(&gradient), Activation::Identity, black_box(&x), black_box(&mut dx)),
            (View::new(&flat_g, count, O), View::new(&weight, I, O).transposed())
        );
    }
}

/// The three products of tensors of these sizes.
fn tensors<const R: usize, const K: usize, const C: usize>() {
    fn tensor<const R: usize, const C: usize>() -> Tensor<R, C> {
        Tensor::from_fn(|row, col| ((row * C + col) * 37 % 101) as f32 / 101.0 - 0.5)
    }
    let (a, b, at, bt) = (tensor::<R, K>(), tensor::<K, C>(), tensor::<K, R>(), tensor::<C, K>());
    #[cfg(feature = "peers")]
    let (gemm, mut results) = (GemmCrate { threads: 1 }, vec![0.0; R * C]);
    macro_rules! beside {
        ($what:literal, $ours:expr, ($a:expr, $b:expr)) => {{
            let name = format!("{} {R} x {K} x {C}", $what);
            let mut ours = || _ = black_box($ours);
            #[cfg(feature = "peers")]
            line(&name, R * K * C, &mut ours, Some(&mut || gemm.gemm(1.0, $a, $b, 0.0, black_box(&mut results))));
            #[cfg(not(feature = "peers"))]
            line(&name, R * K * C, &mut ours, None);
        }};
    }
    beside!(
        "matmul",
        black_box(&a).matmul(black_box(&b)),
        (View::new(black_box(a.as_slice()), R, K), View::new(b.as_slice(), K, C))
    );
    beside!(
        "matmul_nt",
        black_box(&a).matmul_nt(black_box(&bt)),
        (View::new(black_box(a.as_slice()), R, K), View::new(bt.as_slice(), C, K).transposed())
    );
    beside!(
        "matmul_tn",
        black_box(&at).matmul_tn(black_box(&b)),
        (View::new(black_box(at.as_slice()), K, R).transposed(), View::new(b.as_slice(), K, C))
    );
}

fn main() {
    println!("| product | Formwork, us | gemm, us | gemm / Formwork |\n| --- | ---: | ---: | ---: |");
    let batches = [1, 32, 256];
    layer::<4, 10>(&batches);
    layer::<7, 3>(&batches);
    layer::<7, 10>(&batches);
    layer::<7, 15>(&batches);
    layer::<13, 8>(&batches);
    layer::<7, 16>(&batches);
    layer::<13, 32>(&batches);
    layer::<32, 10>(&batches);
    layer::<32, 32>(&batches);
    layer::<2, 64>(&batches);
    layer::<16, 10>(&batches);
    layer::<16, 1>(&batches);
    layer::<64, 64>(&batches);
    tensors::<1, 64, 1>();
    tensors::<64, 64, 1>();
    tensors::<4, 4, 4>();
    tensors::<8, 8, 8>();
    tensors::<16, 16, 12>();
    tensors::<16, 16, 16>();
    tensors::<32, 64, 10>();
    tensors::<64, 32, 24>();
}
