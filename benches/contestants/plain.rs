//! W5 as plain loops over arrays of fixed sizes, left to the compiler's own vectoriser: the floor, not a library.

use super::Job;
use crate::harness::data::Data;
use crate::harness::workload::{self, Net, Workload};
use std::hint::black_box;
use std::io;

/// A value in -0.5..0.5 for a place of an input.
pub fn input(place: usize) -> f32 {
    ((place * 37) % 101) as f32 / 101.0 - 0.5
}

/// Weights by input, so that the inner loop runs over outputs that lie together.
struct Layer<const I: usize, const O: usize> {
    weight: Box<[[f32; O]]>,
}

impl<const I: usize, const O: usize> Layer<I, O> {
    fn from_rows(rows: &[f32]) -> Self {
        let weight = (0..I).map(|input| std::array::from_fn(|output| rows[output * I + input])).collect();
        Self { weight }
    }

    #[inline(always)]
    fn forward<const RELU: bool>(&self, x: &[f32; I]) -> [f32; O] {
        let mut output = [0.0; O];
        for (x, row) in x.iter().zip(&self.weight) {
            for (output, weight) in output.iter_mut().zip(row) {
                *output += x * weight;
            }
        }
        if RELU { output.map(|value| value.max(0.0)) } else { output }
    }
}

/// Compiles a function a second time for AVX-512 and calls that one where the machine has it.
macro_rules! widest {
    (fn $name:ident $(<$(const $n:ident),*>)? ($($arg:ident : $kind:ty),*) -> $out:ty = $call:expr;) => {
        fn $name $(<$(const $n: usize),*>)? ($($arg: $kind),*) -> $out {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,fma")]
                fn wide $(<$(const $n: usize),*>)? ($($arg: $kind),*) -> $out { $call }
                if std::is_x86_feature_detected!("avx512f") {
                    // SAFETY: the machine has AVX-512 and, as every such machine, FMA.
                    return unsafe { wide $(::<$($n),*>)? ($($arg),*) };
                }
            }
            $call
        }
    };
}

struct Mlp<const I: usize, const H: usize, const O: usize>(Layer<I, H>, Layer<H, O>);

struct Autoencoder {
    enter: Layer<640, 128>,
    down: [Layer<128, 128>; 3],
    squeeze: Layer<128, 8>,
    widen: Layer<8, 128>,
    up: [Layer<128, 128>; 3],
    leave: Layer<128, 640>,
}

widest! {
    fn single<const I, const O>(layer: &Layer<I, O>, x: &[f32; I]) -> [f32; O] = layer.forward::<false>(x);
}
widest! {
    fn mlp<const I, const H, const O>(net: &Mlp<I, H, O>, x: &[f32; I]) -> [f32; O] =
        net.1.forward::<false>(&net.0.forward::<true>(x));
}
widest! {
    fn autoencoder(net: &Autoencoder, x: &[f32; 640]) -> [f32; 640] = {
        let mut inner = net.enter.forward::<true>(x);
        for layer in &net.down {
            inner = layer.forward::<true>(&inner);
        }
        inner = net.widen.forward::<true>(&net.squeeze.forward::<true>(&inner));
        for layer in &net.up {
            inner = layer.forward::<true>(&inner);
        }
        net.leave.forward::<false>(&inner)
    };
}

fn job<const I: usize, const O: usize>(mut predict: impl FnMut(&[f32; I]) -> [f32; O] + 'static) -> Job {
    let x: [f32; I] = std::array::from_fn(input);
    Box::new(move |calls| {
        let mut output = [0.0; O];
        for _ in 0..calls {
            output = black_box(predict(black_box(&x)));
        }
        output.iter().map(|value| f64::from(*value)).sum()
    })
}

pub fn prepare(workload: Workload, data: &Data) -> io::Result<Option<Job>> {
    let Workload::Latency(net) = workload else { return Ok(None) };
    let weights = data.weights(&net)?;
    Ok(from_weights(&net, &weights))
}

fn from_weights(net: &Net, weights: &[Vec<f32>]) -> Option<Job> {
    Some(match (*net, weights) {
        (workload::SOFTMAX, [only]) => {
            let layer = Layer::from_rows(only);
            job(move |x| single::<784, 10>(black_box(&layer), x))
        }
        (workload::MLP, [first, last]) => {
            let net = Mlp(Layer::from_rows(first), Layer::from_rows(last));
            job(move |x| mlp::<784, 256, 10>(black_box(&net), x))
        }
        (workload::SPIRAL, [first, last]) => {
            let net = Mlp(Layer::from_rows(first), Layer::from_rows(last));
            job(move |x| mlp::<2, 100, 3>(black_box(&net), x))
        }
        (workload::AUTOENCODER, [enter, d0, d1, d2, squeeze, widen, u0, u1, u2, leave]) => {
            let net = Autoencoder {
                enter: Layer::from_rows(enter),
                down: [d0, d1, d2].map(|rows| Layer::from_rows(rows)),
                squeeze: Layer::from_rows(squeeze),
                widen: Layer::from_rows(widen),
                up: [u0, u1, u2].map(|rows| Layer::from_rows(rows)),
                leave: Layer::from_rows(leave),
            };
            job(move |x| autoencoder(black_box(&net), x))
        }
        _ => return None,
    })
}
