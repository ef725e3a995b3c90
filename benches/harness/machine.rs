//! What the machine can do, measured: multiply-adds in registers, reading of memory. And what it is.

use std::fs;
use std::hint::black_box;
use std::process::Command;
use std::time::Instant;

/// Work a second of the quickest of many short runs: what else runs on the machine can only slow it down.
fn best_rate(work: f64, seconds: f64, mut run: impl FnMut()) -> f64 {
    let mut best = 0.0_f64;
    let start = Instant::now();
    loop {
        let before = Instant::now();
        run();
        best = best.max(work / before.elapsed().as_secs_f64());
        if start.elapsed().as_secs_f64() >= seconds {
            return best;
        }
    }
}

const LANES: usize = 16;
/// Sums in flight: two multiply-add units of 4 cycles latency need 8 or more, 16 registers exist without AVX-512.
const SUMS: usize = 12;
const ROUNDS: usize = 100_000;

/// x = a x + b in registers alone, `SUMS` of them. Intrinsics, for the compiler halves the vectors of a loop.
macro_rules! multiply_add {
    ($name:ident, $features:literal, $set:ident, $multiply_add:ident) => {
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = $features)]
        fn $name() {
            use std::arch::x86_64::{$multiply_add, $set};
            let (a, b) = ($set(black_box(0.999)), $set(black_box(1e-3)));
            let mut sums = [$set(black_box(1.0)); SUMS];
            for _ in 0..ROUNDS {
                for sum in &mut sums {
                    *sum = $multiply_add(*sum, a, b);
                }
            }
            black_box(sums);
        }
    };
}
multiply_add!(fma_avx512, "avx512f,fma", _mm512_set1_ps, _mm512_fmadd_ps);
multiply_add!(fma_avx2, "avx2,fma", _mm256_set1_ps, _mm256_fmadd_ps);

/// The peak of one core in floating-point operations a second, or `None` where this program does not know how to ask.
#[cfg(target_arch = "x86_64")]
pub fn peak(seconds: f64) -> Option<f64> {
    let work = |lanes: usize| (2 * lanes * SUMS * ROUNDS) as f64;
    let mut best = 0.0_f64;
    if std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("fma") {
        // SAFETY: the machine has both, as just asked.
        best = best_rate(work(8), seconds / 2.0, || unsafe { fma_avx2() });
    }
    if std::is_x86_feature_detected!("avx512f") {
        // SAFETY: the machine has AVX-512 and, as every such machine, FMA.
        best = best.max(best_rate(work(LANES), seconds / 2.0, || unsafe { fma_avx512() }));
    }
    (best > 0.0).then_some(best)
}

/// The peak of one core, which this program knows how to ask for on x86-64 alone.
#[cfg(not(target_arch = "x86_64"))]
pub fn peak(_: f64) -> Option<f64> {
    None
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn sum_avx512(values: &[f32]) -> f32 {
    use std::arch::x86_64::{_mm512_add_ps, _mm512_loadu_ps, _mm512_reduce_add_ps, _mm512_setzero_ps};
    let mut sums = [_mm512_setzero_ps(); 8];
    for step in values.as_chunks::<LANES>().0.as_chunks::<8>().0 {
        for (sum, values) in sums.iter_mut().zip(step) {
            // SAFETY: `values` is an array of the 16 numbers that are read.
            *sum = _mm512_add_ps(*sum, unsafe { _mm512_loadu_ps(values.as_ptr()) });
        }
    }
    sums.map(|sum| _mm512_reduce_add_ps(sum)).iter().sum()
}

fn sum(values: &[f32]) -> f32 {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx512f") {
        // SAFETY: the machine has AVX-512, as just asked.
        return unsafe { sum_avx512(values) };
    }
    let mut sums = [0.0; LANES];
    for values in values.as_chunks::<LANES>().0 {
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum += value;
        }
    }
    sums.iter().sum()
}

/// Bytes a second that one core reads from a block of `bytes`, again and again: from the cache level that holds it.
pub fn read_rate(bytes: usize, seconds: f64) -> f64 {
    // Whole steps of the unrolled loop.
    let values = vec![1.0_f32; (bytes / 4).next_multiple_of(8 * LANES)];
    let passes = (20_000_000 / bytes.max(1)).max(1);
    best_rate((4 * values.len() * passes) as f64, seconds, || {
        for _ in 0..passes {
            black_box(sum(black_box(&values)));
        }
    })
}

fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// The processor, its cores, family and model.
pub fn processor() -> String {
    let ask = |name| field("/proc/cpuinfo", name).unwrap_or_else(|| "unknown".to_owned());
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!("{} (family {}, model {}), {cores} cores", ask("model name"), ask("cpu family"), ask("model\t"))
}

/// Mean number of running processes over the last minute, five and fifteen minutes.
pub fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}

/// The largest resident memory of a process so far, in bytes.
pub fn peak_memory(process: u32) -> Option<u64> {
    let text = field(&format!("/proc/{process}/status"), "VmHWM")?;
    Some(text.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

/// The compiler on the path.
pub fn compiler() -> String {
    let output = Command::new("rustc").arg("--version").output();
    output.map_or_else(|_| "rustc".to_owned(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
