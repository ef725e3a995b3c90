//! Samples of a loop, for the benchmarks that print tables of their own.

use std::time::Instant;

/// Seconds of a call, the mean of so many.
pub fn per_call(calls: usize, run: &mut dyn FnMut()) -> f64 {
    let start = Instant::now();
    (0..calls).for_each(|_| run());
    start.elapsed().as_secs_f64() / calls as f64
}

/// The middle one of some times, the upper of two.
pub fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
