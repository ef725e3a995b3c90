//! What Formwork set out to reach, workload by workload, and whether one run reached it.

use super::coordinator::DEBUG;
use super::table::{Report, Row, Section};
use super::workload::{AUTOENCODER, MLP, SOFTMAX, SPIRAL, Training, Workload};
use crate::contestants::WITHOUT_BLANKS;

/// A bar and what was measured.
#[derive(Clone, Debug)]
pub struct Judged {
    pub workload: String,
    pub what: &'static str,
    pub bar: f64,
    pub measured: f64,
    pub met: bool,
    pub unit: &'static str,
}

/// Who a ratio is formed with: the fastest of them counts.
#[derive(Clone, Copy)]
enum Against {
    Torch,
    Frameworks,
    Hand,
    AnyPeer,
}

impl Against {
    const fn what(self) -> &'static str {
        match self {
            Self::Torch => "PyTorch eager",
            Self::Frameworks => "best framework in Rust",
            Self::Hand => "best hand-written loop over a GEMM crate",
            Self::AnyPeer => "best peer",
        }
    }

    fn counts(self, name: &str) -> bool {
        match self {
            Self::Torch => name == "torch-eager",
            Self::Frameworks => ["candle", "burn-flex", "dfdx"].contains(&name),
            Self::Hand => name.starts_with("hand-"),
            Self::AnyPeer => !name.starts_with("formwork") && name != "plain-loops",
        }
    }

    /// How many times as long as Formwork the fastest of them takes, on one thread.
    fn ratio(self, section: &Section) -> Option<f64> {
        let ours = section.row("formwork", 1)?.median();
        let peers = section.rows.iter().filter(|row| row.threads == 1 && self.counts(&row.name)).map(Row::median);
        peers.min_by(f64::total_cmp).map(|best| best / ours)
    }
}

fn ratios(workload: Workload) -> Vec<(Against, f64)> {
    use Against::{AnyPeer, Frameworks, Hand, Torch};
    match workload {
        Workload::Training(Training::Linear) => vec![(Torch, 900.0), (Frameworks, 8.0)],
        Workload::Training(Training::Softmax) => vec![(Torch, 8.0), (Hand, 2.5)],
        Workload::Training(Training::Mlp) => vec![(Torch, 1.8)],
        Workload::Training(Training::DeepMlp) => vec![(Torch, 1.7)],
        Workload::Training(Training::Spiral) => vec![(Torch, 12.0), (Frameworks, 8.0), (Hand, 3.0)],
        Workload::Latency(SOFTMAX) => vec![(AnyPeer, 3.0)],
        Workload::Latency(SPIRAL) => vec![(AnyPeer, 10.0)],
        Workload::Latency(MLP | AUTOENCODER) => vec![(AnyPeer, 1.4)],
        Workload::Latency(_) => Vec::new(),
        Workload::Product(_) => vec![(AnyPeer, 1.0)],
    }
}

/// The share of the multiply-add peak that a workload should reach, in percent.
fn share_of_peak(workload: Workload) -> Option<f64> {
    match workload {
        Workload::Training(Training::Mlp) => Some(88.0),
        Workload::Product(product) if product.rows.min(product.inner).min(product.columns) >= 64 => Some(90.0),
        _ => None,
    }
}

/// The share of a cache's bandwidth that counts as all of it, in percent: as of the peak of multiply-adds.
const AT_BANDWIDTH: f64 = 90.0;

/// What counts as no slower: two runs of the same code differ by as much on a machine that others use.
const NO_SLOWER: f64 = 0.95;

/// Every bar that the report has numbers for.
pub fn judge(report: &Report) -> Vec<Judged> {
    let mut judged = Vec::new();
    for section in &report.sections {
        let workload = section.workload;
        let mut at_least = |what, bar, measured: Option<f64>, unit| {
            if let Some(measured) = measured {
                let met = measured >= bar;
                judged.push(Judged { workload: workload.to_string(), what, bar, measured, met, unit });
            }
        };
        for (against, bar) in ratios(workload) {
            at_least(against.what(), bar, against.ratio(section), "x");
        }
        let ours = section.row("formwork", 1).map(Row::median);
        // Of multiply-adds that are done: with the blank pixels left out it would be above the peak.
        let (all, share) = match workload {
            Workload::Training(_) => (section.row(WITHOUT_BLANKS, 1).map(Row::median), "share of the peak, no pixel 0"),
            _ => (ours, "share of the peak"),
        };
        if let (Some(bar), Some(peak), Some(all)) = (share_of_peak(workload), section.peak, all) {
            at_least(share, bar, Some(100.0 * workload.flops() as f64 / all / peak), "%");
        }
        if let Workload::Latency(net @ (MLP | AUTOENCODER)) = workload {
            let share = |(ours, rate): (f64, f64)| 100.0 * net.weight_bytes() as f64 / ours / rate;
            at_least("share of its cache's bandwidth", AT_BANDWIDTH, ours.zip(section.read_rate).map(share), "%");
        }
        let gain = ours.zip(section.row("formwork", 2).map(Row::median)).map(|(one, two)| one / two);
        match workload {
            Workload::Training(Training::Mlp) => at_least("two threads over one", 1.7, gain, "x"),
            _ => at_least("two threads over one, no slower", NO_SLOWER, gain, "x"),
        }
        let debug = section.row(DEBUG, 1).map(Row::median);
        if let Some((ours, debug)) = ours.zip(debug) {
            let (what, measured) = ("debug build over release, at most", debug / ours);
            judged.push(Judged {
                workload: workload.to_string(),
                what,
                bar: 5.0,
                measured,
                met: measured <= 5.0,
                unit: "x",
            });
        }
    }
    if let Some(memory) = report.memory.iter().find(|memory| memory.name == "formwork") {
        let measured = memory.bytes as f64 / 1e6;
        let (what, bar) = ("peak memory, at most", 75.0);
        judged.push(Judged { workload: "W8".to_owned(), what, bar, measured, met: measured <= bar, unit: "MB" });
    }
    judged
}

#[cfg(test)]
mod tests {
    use super::super::workload;
    use super::*;

    #[test]
    fn the_fastest_of_the_named_peers_counts() {
        let row =
            |name: &str, threads, seconds| Row { name: name.to_owned(), threads, loss: 0.0, seconds: vec![seconds] };
        let section = Section {
            workload: Workload::Training(Training::Softmax),
            rows: vec![
                row("formwork", 1, 1.0),
                row("torch-eager", 1, 9.0),
                row("hand-gemm", 1, 3.0),
                row("hand-matrixmultiply", 1, 2.0),
                row("hand-gemm", 2, 0.5),
            ],
            peak: None,
            read_rate: None,
        };
        let report = Report { sections: vec![section], ..Report::default() };
        let judged: Vec<(f64, bool)> = judge(&report).iter().map(|bar| (bar.measured, bar.met)).collect();
        assert_eq!(judged, [(9.0, true), (2.0, false)]);
    }

    #[test]
    fn threads_and_bandwidth_have_bars() {
        let ours = |threads, seconds| Row { name: "formwork".to_owned(), threads, loss: 0.0, seconds: vec![seconds] };
        let section = |workload, rows| Section { workload, rows, peak: None, read_rate: Some(1e9) };
        let seconds = MLP.weight_bytes() as f64 / 0.8e9;
        let report = Report {
            sections: vec![
                section(Workload::Latency(MLP), vec![ours(1, seconds)]),
                section(Workload::Training(Training::Linear), vec![ours(1, 1.0), ours(2, 2.0)]),
            ],
            ..Report::default()
        };
        let judged: Vec<(f64, bool)> =
            judge(&report).iter().map(|bar| ((100.0 * bar.measured).round(), bar.met)).collect();
        assert_eq!(judged, [(8000.0, false), (50.0, false)]);
    }

    #[test]
    fn a_share_is_of_the_peak_of_its_own_turns() {
        let workload = workload::named("W6:64x64x64").unwrap();
        let ours = Row { name: "formwork".to_owned(), threads: 1, loss: 0.0, seconds: vec![1e-6] };
        // 64 x 64 x 64 multiply-adds in a microsecond, of a core that does as many again.
        let peak = Some(4.0 * 64.0_f64.powi(3) * 1e6);
        let section = Section { workload, rows: vec![ours], peak, read_rate: None };
        let report = Report { sections: vec![section], peak: Some(1.0), ..Report::default() };
        let judged: Vec<(f64, bool)> = judge(&report).iter().map(|bar| (bar.measured, bar.met)).collect();
        assert_eq!(judged, [(50.0, false)]);
    }
}
