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

use crate::harness::data::Data;
use crate::harness::workload::Workload;
use std::io;

/// A workload made ready: runs it so many times, gives the loss of the last run (of W5 and W6: some number that
/// depends on the result).
pub type Job = Box<dyn FnMut(usize) -> f64>;

/// The contestants that this program runs itself; Python's are in `torch_peer.py`.
pub const NAMES: &[&str] = &[
    "formwork",
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
];

/// Makes a workload ready; `None` when the contestant has no such workload.
pub fn prepare(contestant: &str, threads: usize, workload: Workload, data: &Data) -> io::Result<Option<Job>> {
    match contestant {
        "formwork" => formwork::prepare(workload, data),
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
];

#[cfg(all(test, feature = "peers"))]
mod tests {
    #[test]
    fn versions_are_those_of_the_manifest() {
        let manifest = include_str!("../Cargo.toml");
        for (name, version) in super::VERSIONS {
            assert!(manifest.contains(&format!("{name} = {{ version = \"={version}\"")), "{name} {version}");
        }
    }
}
