//! The workloads, written once for each library, each as a user of that library would write it for speed.

#[cfg(feature = "peers")]
mod burn;
#[cfg(feature = "peers")]
mod candle;
#[cfg(feature = "peers")]
mod dfdx;
mod formwork;
#[cfg(feature = "peers")]
mod gemm;
#[cfg(feature = "peers")]
mod hand;
mod plain;
#[cfg(feature = "peers")]
mod tract;

#[cfg(feature = "peers")]
pub use gemm::{Gemm, GemmCrate, View};

use crate::harness::data::Data;
use crate::harness::workload::Workload;
use std::io;

/// A workload made ready: runs it so many times, gives the loss of the last run (of W5 and W6: some number that
/// depends on the result).
pub type Job = Box<dyn FnMut(usize) -> f64>;

/// The contestants that this program runs itself; Python's are in `torch_peer.py`.
pub const NAMES: &[&str] = &[
    "formwork",
    WITHOUT_BLANKS,
    "plain-loops",
    #[cfg(feature = "peers")]
    "hand-gemm",
    #[cfg(feature = "peers")]
    "hand-matrixmultiply",
    #[cfg(feature = "peers")]
    "nano-gemm",
    #[cfg(feature = "peers")]
    "candle",
    #[cfg(feature = "peers")]
    "burn-flex",
    #[cfg(feature = "peers")]
    "dfdx",
    #[cfg(feature = "peers")]
    "tract",
];

/// Formwork with pictures whose pixels are 1 where they were 0: it leaves out products with 0 and has none to leave out.
pub const WITHOUT_BLANKS: &str = "formwork (no pixel 0)";

/// Makes a workload ready; `None` when the contestant has no such workload.
pub fn prepare(contestant: &str, threads: usize, workload: Workload, data: &Data) -> io::Result<Option<Job>> {
    match contestant {
        "formwork" => formwork::prepare(workload, data, 0),
        WITHOUT_BLANKS => formwork::prepare(workload, data, 1),
        "plain-loops" => plain::prepare(workload, data),
        #[cfg(feature = "peers")]
        "hand-gemm" => hand::prepare(gemm::GemmCrate { threads }, workload, data),
        #[cfg(feature = "peers")]
        "hand-matrixmultiply" => hand::prepare(gemm::MatrixMultiply, workload, data),
        #[cfg(feature = "peers")]
        "nano-gemm" => gemm::prepare_nano(workload),
        #[cfg(feature = "peers")]
        "candle" => candle::prepare(workload, data).map_err(io::Error::other),
        #[cfg(feature = "peers")]
        "burn-flex" => burn::prepare(workload, data),
        #[cfg(feature = "peers")]
        "dfdx" => dfdx::prepare(workload, data),
        #[cfg(feature = "peers")]
        "tract" => tract::prepare(workload, data).map_err(io::Error::other),
        _ => {
            let _ = threads;
            Err(io::Error::other(format!("no contestant is called {contestant}; there are {}", NAMES.join(", "))))
        }
    }
}

/// The peers in Rust and their versions, as `Cargo.toml` pins them.
pub const VERSIONS: &[(&str, &str)] = &[
    #[cfg(feature = "peers")]
    ("burn", "0.22.1"),
    #[cfg(feature = "peers")]
    ("candle-core", "0.11.1"),
    #[cfg(feature = "peers")]
    ("dfdx", "0.13.0"),
    #[cfg(feature = "peers")]
    ("gemm", "0.19.0"),
    #[cfg(feature = "peers")]
    ("matrixmultiply", "0.3.11"),
    #[cfg(feature = "peers")]
    ("nano-gemm", "0.2.2"),
    #[cfg(feature = "peers")]
    ("tract-core", "0.23.9"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::workload;

    /// What a contestant's job gives after some runs of a workload that needs no pictures.
    fn result(contestant: &str, workload: Workload, folder: &str, runs: usize) -> Option<f64> {
        let data = Data::in_folder(std::env::temp_dir().join(format!("formwork-benches-test-{folder}")));
        data.write_made().unwrap();
        let mut job = prepare(contestant, 1, workload, &data).unwrap()?;
        Some(job(runs))
    }

    fn agree(ours: f64, theirs: f64, tolerance: f64, what: &str) {
        assert!((ours - theirs).abs() <= tolerance, "{what}: Formwork has {ours}, the other {theirs}");
    }

    /// Sums of up to 640 outputs, each a sum of up to 784 products of numbers below 1/2 in f32.
    #[test]
    fn one_sample_gives_what_plain_loops_give() {
        for workload in workload::all().into_iter().filter(|workload| matches!(workload, Workload::Latency(_))) {
            let of = |name| result(name, workload, "latency", 1).unwrap();
            agree(of("formwork"), of("plain-loops"), 1e-3, &workload.to_string());
            #[cfg(feature = "peers")]
            agree(of("tract"), of("plain-loops"), 1e-3, &workload.to_string());
        }
    }

    /// Both shuffle the first epoch alike, and the spiral not at all, so losses differ by rounding alone.
    #[cfg(feature = "peers")]
    #[test]
    fn training_loses_what_the_hand_written_loop_loses() {
        use workload::Training::{Linear, Spiral};
        for (training, runs) in [(Linear, 1), (Spiral, 3)] {
            let of = |name| result(name, Workload::Training(training), "training", runs).unwrap();
            agree(of("formwork"), of("hand-gemm"), 1e-4 * of("hand-gemm"), &format!("{training:?}"));
        }
    }

    /// Sums of up to 2^20 elements that are sums of up to 1024 products below 1/4, of which most cancel.
    #[cfg(feature = "peers")]
    #[test]
    fn products_agree() {
        for workload in workload::all().into_iter().filter(|workload| matches!(workload, Workload::Product(_))) {
            let ours = result("formwork", workload, "products", 1).unwrap();
            for name in ["hand-gemm", "hand-matrixmultiply", "nano-gemm"] {
                if let Some(theirs) = result(name, workload, "products", 1) {
                    agree(ours, theirs, 1e-4 * (1.0 + theirs.abs()), &format!("{workload}, {name}"));
                }
            }
        }
    }

    #[cfg(feature = "peers")]
    #[test]
    fn versions_are_those_of_the_manifest() {
        let manifest = include_str!("../Cargo.toml");
        for (name, version) in VERSIONS {
            assert!(manifest.contains(&format!("{name} = {{ version = \"={version}\"")), "{name} {version}");
        }
    }
}
