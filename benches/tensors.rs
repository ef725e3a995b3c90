//! Tensor operations beside `ndarray`'s: `cargo bench -p formwork-benches --bench tensors` prints `TENSOR.md`'s tables.
//!
//! Both sides run in turns on the same values in one process, the first one changing from round to round; a line holds
//! the medians. Both make a new result where the operation makes one: `ndarray` on the heap, Formwork on the stack.

use formwork::Tensor;
use formwork_benches::timing::{median, per_call};
use ndarray::{Array1, Array2, Axis, Zip};
use rand::{SeedableRng, rngs::StdRng};
use std::hint::black_box;
use std::time::Duration;

/// Samples of each side; the median of 401 is steady while other programs run.
const ROUNDS: usize = 401;
/// Calls are repeated until a sample takes this long, far over the clock's resolution.
const SAMPLE: Duration = Duration::from_micros(150);

fn line(name: &str, mut ours: impl FnMut(), mut peer: impl FnMut()) {
    let once = (0..9).map(|_| per_call(1, &mut ours)).fold(f64::MAX, f64::min);
    let calls = (SAMPLE.as_secs_f64() / once.max(1e-9)).clamp(1.0, 1e5) as usize;
    let (mut our_times, mut peer_times) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        if round % 2 == 0 {
            our_times.push(per_call(calls, &mut ours));
            peer_times.push(per_call(calls, &mut peer));
        } else {
            peer_times.push(per_call(calls, &mut peer));
            our_times.push(per_call(calls, &mut ours));
        }
    }
    let (ours, peer) = (1e6 * median(our_times), 1e6 * median(peer_times));
    println!("| {name} | {ours:.2} | {peer:.2} | {:.2} |", peer / ours);
}

/// A line: its name, then both sides as expressions whose values are kept from being optimised away.
macro_rules! lines {
    ($($name:literal: $ours:expr, $peer:expr;)*) => {
        $(line($name, || { black_box(&$ours); }, || { black_box(&$peer); });)*
    };
}

fn larger(x: f32, y: f32) -> f32 {
    if x > y { x } else { y }
}

/// The place of the largest, the first of equal ones, as a user of `ndarray` writes it.
fn place<'a>(values: impl IntoIterator<Item = &'a f32>) -> usize {
    let start = (0, f32::NEG_INFINITY);
    values.into_iter().enumerate().fold(start, |best, (place, &x)| if x > best.1 { (place, x) } else { best }).0
}

fn softmax(x: &Array2<f32>) -> Array2<f32> {
    let largest = x.map_axis(Axis(1), |row| row.fold(f32::NEG_INFINITY, |x, &y| larger(x, y)));
    let mut powers = x - &largest.insert_axis(Axis(1));
    powers.mapv_inplace(f32::exp);
    let sums = powers.sum_axis(Axis(1)).insert_axis(Axis(1));
    powers / &sums
}

fn cumsum(x: &Array2<f32>, axis: Axis) -> Array2<f32> {
    let mut sums = x.clone();
    sums.accumulate_axis_inplace(axis, |previous, sum| *sum += previous);
    sums
}

fn table<const R: usize, const C: usize>() {
    println!("\n## {R} x {C}, `f32`\n\n| operation | Formwork, us | ndarray, us | ndarray / Formwork |");
    println!("| --- | ---: | ---: | ---: |");
    let mut rng = StdRng::seed_from_u64(0);
    let x = Tensor::<R, C>::boxed_randn(&mut rng);
    let y = Tensor::<R, C>::boxed_uniform(0.5, 1.5, &mut rng);
    let (x, y) = (&*x, &*y);
    let (row, col) = (x.mean_dim0(), x.mean_dim1());
    let n = &Array2::from_shape_vec((R, C), x.as_slice().to_vec()).expect("R C values");
    let m = &Array2::from_shape_vec((R, C), y.as_slice().to_vec()).expect("R C values");
    let n_row = &Array1::from(row.as_slice().to_vec());
    let n_col = &Array2::from_shape_vec((R, 1), col.as_slice().to_vec()).expect("R values");
    let (mut a, mut b) = (y.boxed_clone(), m.clone());
    line("x *= y", || *black_box(&mut *a) *= y, || *black_box(&mut b) *= m);
    let (mut a, mut b) = (y.boxed_clone(), m.clone());
    line("x *= 0.999", || *black_box(&mut *a) *= 0.999, || *black_box(&mut b) *= 0.999);
    lines! {
        "x + y": x + y, n + m;
        "x * y": x * y, n * m;
        "x / y": x / y, n / m;
        "x * 2": x * 2.0, n * 2.0;
        "1 - x": 1.0 - x, 1.0 - n;
        "x + row": x + row.over_rows(), n + n_row;
        "x * column": x * col.over_cols(), n * n_col;
        "-x": -x, -n;
        "relu": x.relu(), n.mapv(|x| larger(x, 0.0));
        "abs": x.abs(), n.abs();
        "clamp": x.clamp(-1.0, 1.0), n.clamp(-1.0, 1.0);
        "maximum": x.maximum(y), Zip::from(n).and(m).map_collect(|&x, &y| larger(x, y));
        "x > y": x.gt(y), Zip::from(n).and(m).map_collect(|x, y| x > y);
        "exp": x.exp(), n.exp();
        "ln": y.ln(), m.ln();
        "sqrt": y.sqrt(), m.sqrt();
        "floor": x.floor(), n.floor();
        "ceil": x.ceil(), n.ceil();
        "round": x.round(), n.mapv(f32::round_ties_even);
        "tanh": x.tanh(), n.tanh();
        "sin": x.sin(), n.sin();
        "cos": x.cos(), n.cos();
        "pow 3": y.pow(3.0), m.powf(3.0);
        "map": x.map(|x| x * x + 1.0), n.mapv(|x| x * x + 1.0);
        "transpose": x.transpose(), n.t().as_standard_layout().into_owned();
        "sum": x.sum(), n.sum();
        "sum of columns": x.sum_dim0(), n.sum_axis(Axis(0));
        "sum of rows": x.sum_dim1(), n.sum_axis(Axis(1));
        "mean": x.mean(), n.mean();
        "mean of columns": x.mean_dim0(), n.mean_axis(Axis(0));
        "mean of rows": x.mean_dim1(), n.mean_axis(Axis(1));
        "variance": x.var(0), n.var(0.0);
        "variance of columns": x.var_dim0(0), n.var_axis(Axis(0), 0.0);
        "variance of rows": x.var_dim1(0), n.var_axis(Axis(1), 0.0);
        "product": y.prod(), m.product();
        "max": x.max(), n.fold(f32::NEG_INFINITY, |x, &y| larger(x, y));
        "max of columns": x.max_dim0(), n.fold_axis(Axis(0), f32::NEG_INFINITY, |&x, &y| larger(x, y));
        "max of rows": x.max_dim1(), n.fold_axis(Axis(1), f32::NEG_INFINITY, |&x, &y| larger(x, y));
        "argmax": x.argmax(), place(n);
        "argmax of columns": x.argmax_dim0(), n.map_axis(Axis(0), place);
        "argmax of rows": x.argmax_dim1(), n.map_axis(Axis(1), place);
        "cumsum of columns": x.cumsum_dim0(), cumsum(n, Axis(0));
        "cumsum of rows": x.cumsum_dim1(), cumsum(n, Axis(1));
        "softmax of rows": x.softmax_dim1(), softmax(n);
    }
}

fn main() {
    // `cargo test --benches` asks for no measurement.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    // A result of 256 x 784 is 0.8 MB of stack.
    let run = || {
        table::<64, 64>();
        table::<256, 784>();
    };
    let thread = std::thread::Builder::new().stack_size(256 << 20).spawn(run).expect("a thread");
    thread.join().expect("the tables");
}
