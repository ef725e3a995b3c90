//! One contestant in its own process. It reads a line, does what it says, answers with a line:
//!
//! | line | does | answer |
//! | --- | --- | --- |
//! | `prepare W2` | makes ready from the first weights, runs once | `ok LOSS`, or `none WHY` when the contestant has no such workload |
//! | `run W2 0.2` | runs for 0.2 s or more, whole runs, at least one | `SECONDS` a run |
//! | `drop W2` | frees it | `ok 0` |
//!
//! `torch_peer.py` speaks the same.

use super::data::Data;
use super::workload::{self, Workload};
use crate::contestants::{self, Job};
use std::collections::HashMap;
use std::hint::black_box;
use std::io::{self, BufRead, Write};
use std::time::Instant;

/// A job and how many runs of it filled the time that was asked for.
struct Prepared {
    job: Job,
    runs: usize,
}

impl Prepared {
    /// Seconds of one run, over as many runs as `seconds` need.
    fn time(&mut self, seconds: f64) -> f64 {
        loop {
            let start = Instant::now();
            black_box((self.job)(self.runs));
            let elapsed = start.elapsed().as_secs_f64();
            if elapsed >= seconds {
                return elapsed / self.runs as f64;
            }
            // A fifth more than it would take, and never more than ten times: the first runs are the slowest.
            let factor = (1.2 * seconds / elapsed.max(1e-9)).clamp(1.1, 10.0);
            self.runs = (self.runs as f64 * factor).ceil() as usize;
        }
    }
}

/// Serves until its input ends.
pub fn serve(contestant: &str, threads: usize, data: &Data) -> io::Result<()> {
    let mut prepared: HashMap<Workload, Prepared> = HashMap::new();
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let mut words = line.split_whitespace();
        let (order, workload) = (words.next(), words.next().and_then(workload::named));
        match (order, workload) {
            (Some("prepare"), Some(workload)) => match contestants::prepare(contestant, threads, workload, data)? {
                Some(mut job) => {
                    writeln!(output, "ok {}", job(1))?;
                    prepared.insert(workload, Prepared { job, runs: 1 });
                }
                None => writeln!(output, "none {contestant} does not offer it")?,
            },
            (Some("run"), Some(workload)) => {
                let seconds = words.next().and_then(|word| word.parse().ok());
                match (prepared.get_mut(&workload), seconds) {
                    (Some(job), Some(seconds)) => writeln!(output, "{}", job.time(seconds))?,
                    _ => writeln!(output, "error {workload} is not prepared, or `{line}` says no seconds")?,
                }
            }
            (Some("drop"), Some(workload)) => {
                prepared.remove(&workload);
                writeln!(output, "ok 0")?;
            }
            _ => writeln!(output, "error `{line}` is no order")?,
        }
        output.flush()?;
    }
    Ok(())
}
