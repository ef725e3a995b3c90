//! Benchmarks of Formwork beside its peers: one program, `compare`, that prints the table of `RESULTS.md`.
//!
//! ```text
//! cargo run --release -p formwork-benches --features peers -- --out benches/RESULTS.md
//! ```
//!
//! | file | what it is for |
//! | --- | --- |
//! | `harness/workload` | the workloads, their sizes and their arithmetic |
//! | `harness/data` | the same data and the same first weights for every contestant |
//! | `harness/worker` | one contestant in its own process: prepares workloads and times them when told to |
//! | `harness/coordinator` | starts the workers and asks them in turn, A B C A B C |
//! | `harness/machine` | peak of multiply-adds and of memory, measured; what the machine is |
//! | `harness/bars`, `harness/table` | what Formwork set out to reach, and the markdown |
//! | `contestants/*` | the workloads, written once for each library |
//! | `compile_time` | W7: how long a user's crate takes to build (a program of its own) |
//! | `latency`, `products` | criterion benchmarks of single samples, training steps and products |
//! | `timing` | samples of a loop, for the two below |
//! | `small_layers` | layers with few inputs or outputs, and products of small tensors, beside the crate `gemm`, in turns |
//! | `tensors` | tensor operations beside `ndarray`'s, in turns; the results stand in `TENSOR.md` |
//!
//! W9, the convolutional network, is not here: Formwork has no convolution yet.
//!
//! Every contestant runs in a process of its own, because the number of threads of most libraries is fixed when a
//! process starts, and because peak memory belongs to a process. The peers stand behind the feature `peers`.

mod contestants;
mod harness;
pub mod timing;

#[cfg(feature = "peers")]
pub use contestants::{Gemm, GemmCrate, View};
pub use harness::command::run;
