//! The report as markdown.

use super::bars::Judged;
use super::machine;
use super::workload::Workload;
use crate::contestants;
use std::fmt::Write;

/// One contestant on one workload.
#[derive(Clone, Debug)]
pub struct Row {
    pub name: String,
    pub threads: usize,
    /// Of the first run from the first weights.
    pub loss: f64,
    /// Of one run each, in the order they were measured.
    pub seconds: Vec<f64>,
}

impl Row {
    pub fn median(&self) -> f64 {
        quantile(&self.seconds, 0.5)
    }
}

/// One workload.
#[derive(Clone, Debug)]
pub struct Section {
    pub workload: Workload,
    pub rows: Vec<Row>,
    /// Floating-point operations a second of one core, taken in turn with the contestants.
    pub peak: Option<f64>,
    /// Bytes a second from the cache level that holds the weights (W5), in turn as well.
    pub read_rate: Option<f64>,
}

impl Section {
    pub fn row(&self, name: &str, threads: usize) -> Option<&Row> {
        self.rows.iter().find(|row| row.name == name && row.threads == threads)
    }
}

/// Peak memory of one contestant in W3.
#[derive(Clone, Debug)]
pub struct Memory {
    pub name: String,
    pub bytes: u64,
}

/// Everything that one run measured.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub command: String,
    pub rounds: usize,
    pub load_before: String,
    pub load_after: String,
    /// Floating-point operations a second of one core, the best of many runs.
    pub peak: Option<f64>,
    /// Bytes a second of one core from memory.
    pub memory_rate: f64,
    /// What each peer in Python says of its versions and what it multiplies with.
    pub python: Vec<String>,
    pub sections: Vec<Section>,
    pub memory: Vec<Memory>,
    pub failures: Vec<String>,
}

/// The value below which a share of the values lies.
pub fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = share * sorted.len().saturating_sub(1) as f64;
    let (low, high) = (place.floor() as usize, place.ceil() as usize);
    match (sorted.get(low), sorted.get(high)) {
        (Some(low), Some(high)) => low + (high - low) * place.fract(),
        _ => f64::NAN,
    }
}

/// The middle one, where there is any.
pub fn median(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| quantile(values, 0.5))
}

/// Seconds in a unit that leaves three digits to read.
fn time(seconds: f64) -> String {
    let (value, unit) = match seconds {
        s if s < 1e-6 => (s * 1e9, "ns"),
        s if s < 1e-3 => (s * 1e6, "us"),
        s => (s * 1e3, "ms"),
    };
    let digits = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.digits$} {unit}")
}

/// The whole report; writing to a `String` cannot fail.
pub fn markdown(report: &Report, judged: &[Judged]) -> String {
    let mut text = String::new();
    head(&mut text, report);
    bars(&mut text, judged);
    for section in &report.sections {
        table(&mut text, section);
    }
    if !report.memory.is_empty() {
        text += "\n## W8: peak memory of an epoch of W3\n\n| contestant | MB |\n| --- | ---: |\n";
        for memory in &report.memory {
            let _ = writeln!(text, "| {} | {:.0} |", memory.name, memory.bytes as f64 / 1e6);
        }
    }
    if !report.failures.is_empty() {
        text += "\n## What failed\n\n";
        for failure in &report.failures {
            let _ = writeln!(text, "- {failure}");
        }
    }
    text
}

fn head(text: &mut String, report: &Report) {
    let _ = writeln!(text, "# Formwork beside its peers\n");
    let _ = writeln!(text, "Written by `{}`.\n", report.command);
    let _ = writeln!(
        text,
        "Medians of {} measurements of each contestant, taken in turn; spread: half the range between the quartiles. \
         Ratio: how many times as long as Formwork on one thread. Loss: mean of the first run from the same first \
         weights, each in its own order of the samples (W5, W6: the sum of the result). Peaks of the rooflines are \
         taken in turn with the contestants, each the best of many short runs, and medians as well. W6: Formwork reads \
         the second operand stored by output, as its layers keep it, the peers by rows.\n",
        report.rounds
    );
    let _ = writeln!(text, "| what | value |\n| --- | --- |");
    let _ = writeln!(text, "| machine | {} |", machine::processor());
    let _ = writeln!(
        text,
        "| load over 1, 5, 15 minutes, before and after | {}; {} |",
        report.load_before, report.load_after
    );
    if let Some(peak) = report.peak {
        let _ = writeln!(text, "| peak of one core, multiply-adds in registers | {:.0} GFLOP/s |", peak / 1e9);
    }
    let _ = writeln!(text, "| reading memory, one core | {:.1} GB/s |", report.memory_rate / 1e9);
    let _ = writeln!(text, "| compiler | {} |", machine::compiler());
    let peers: Vec<String> = contestants::VERSIONS.iter().map(|(name, version)| format!("{name} {version}")).collect();
    let _ = writeln!(
        text,
        "| peers in Rust | {} |",
        if peers.is_empty() { "not built".to_owned() } else { peers.join(", ") }
    );
    if !report.python.is_empty() {
        let _ = writeln!(text, "| peers in Python | {} |", report.python.join(", "));
    }
}

fn bars(text: &mut String, judged: &[Judged]) {
    if judged.is_empty() {
        return;
    }
    *text += "\n## What Formwork set out to reach\n\n| workload | what | bar | measured | |\n| --- | --- | ---: | ---: | --- |\n";
    for Judged { workload, what, bar, measured, met, unit } in judged {
        let met = if *met { "met" } else { "**not met**" };
        let _ = writeln!(text, "| {workload} | {what} | {bar:.2} {unit} | {measured:.2} {unit} | {met} |");
    }
}

fn table(text: &mut String, section: &Section) {
    let _ = writeln!(text, "\n## {}\n", section.workload.title());
    let product = matches!(section.workload, Workload::Product(_));
    let _ = writeln!(
        text,
        "| contestant | threads | median | spread | ratio | GFLOP/s | {} |",
        if product { "sum" } else { "loss" }
    );
    let _ = writeln!(text, "| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
    let ours = section.row("formwork", 1).map(Row::median);
    for row in &section.rows {
        let median = row.median();
        let spread = (quantile(&row.seconds, 0.75) - quantile(&row.seconds, 0.25)) / 2.0 / median;
        let ratio = ours.map_or_else(String::new, |ours| format!("{:.2}", median / ours));
        let _ = writeln!(
            text,
            "| {} | {} | {} | {:.1} % | {ratio} | {:.1} | {:.4} |",
            row.name,
            row.threads,
            time(median),
            100.0 * spread,
            section.workload.flops() as f64 / median / 1e9,
            row.loss
        );
    }
    if let (Some(ours), Some(peak)) = (ours, section.peak) {
        let share = |seconds: f64| 100.0 * section.workload.flops() as f64 / seconds / peak;
        let _ = match section.row(contestants::WITHOUT_BLANKS, 1).map(Row::median) {
            Some(all) => writeln!(
                text,
                "\nRoofline: Formwork reaches {:.1} % of the peak of multiply-adds, {:.0} GFLOP/s, where no pixel is 0. From these \
                 pictures it leaves out products with 0, and takes {:.2} of that time.",
                share(all),
                peak / 1e9,
                ours / all
            ),
            None => {
                writeln!(
                    text,
                    "\nRoofline: Formwork reaches {:.1} % of the peak of multiply-adds, {:.0} GFLOP/s.",
                    share(ours),
                    peak / 1e9
                )
            }
        };
    }
    if let (Some(ours), Some(rate), Workload::Latency(net)) = (ours, section.read_rate, section.workload) {
        let share = net.weight_bytes() as f64 / ours / rate;
        let _ = writeln!(
            text,
            "Its {:.0} kB of weights could be read at {:.0} GB/s; Formwork reaches {:.0} % of that.",
            net.weight_bytes() as f64 / 1e3,
            rate / 1e9,
            100.0 * share
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_few_values() {
        assert_eq!(quantile(&[3.0, 1.0, 2.0], 0.5), 2.0);
        assert_eq!(quantile(&[4.0, 1.0], 0.5), 2.5);
        assert_eq!(quantile(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.25), 2.0);
        assert!(quantile(&[], 0.5).is_nan());
    }

    #[test]
    fn times_keep_three_digits() {
        assert_eq!([5.25e-9, 4.25e-5, 0.123].map(time), ["5.25 ns", "42.5 us", "123 ms"]);
    }
}
