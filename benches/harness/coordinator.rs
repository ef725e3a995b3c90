//! Starts a process for each contestant and asks them in turn, so that a drift of the machine meets all alike.

use super::bars;
use super::data::Data;
use super::machine;
use super::table::{self, Memory, Report, Row, Section, median};
use super::workload::{self, Training, Workload};
use crate::contestants::WITHOUT_BLANKS;
use std::io::{self, BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// What to run.
#[derive(Clone, Debug)]
pub struct Plan {
    pub workloads: Vec<Workload>,
    /// Whether to measure W8.
    pub memory: bool,
    pub contestants: Option<Vec<String>>,
    pub rounds: usize,
    pub seconds: f64,
    pub out: Option<PathBuf>,
    pub fashion: PathBuf,
    pub python: String,
    pub debug_binary: Option<PathBuf>,
    /// The command line, for the report.
    pub command: String,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            workloads: workload::all(),
            memory: true,
            contestants: None,
            rounds: 9,
            seconds: 0.3,
            out: None,
            fashion: concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/fashion-mnist").into(),
            python: "python3".to_owned(),
            debug_binary: None,
            command: String::new(),
        }
    }
}

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/torch_peer.py");
const PYTHON: [&str; 4] = ["torch-eager", "torch-compiled", "numpy", "onnxruntime"];
/// Who runs trained networks alone, and is started for W5 alone.
const INFERENCE: [&str; 2] = ["tract", "onnxruntime"];
/// Who is also timed with two threads, on W2 and W3; Formwork wherever it trains.
const TWO_THREADS: [&str; 5] = ["formwork", "hand-gemm", "burn-flex", "torch-eager", "numpy"];
/// Formwork in a debug build.
pub const DEBUG: &str = "formwork (debug build)";

/// One that is timed: a name and how to start it.
#[derive(Clone, Debug)]
struct Contestant {
    name: String,
    threads: usize,
    command: Vec<String>,
}

impl Contestant {
    fn takes(&self, workload: Workload) -> bool {
        let small = matches!(workload, Workload::Training(Training::Softmax | Training::Mlp));
        match (self.name.as_str(), self.threads) {
            (DEBUG, _) => workload == Workload::Training(Training::Softmax),
            (WITHOUT_BLANKS, _) => matches!(workload, Workload::Training(Training::Mlp | Training::DeepMlp)),
            (name, 1) if INFERENCE.contains(&name) => matches!(workload, Workload::Latency(_)),
            (_, 1) => true,
            ("formwork", _) => matches!(workload, Workload::Training(_)),
            _ => small,
        }
    }
}

fn contestants(plan: &Plan, names: &[&str], data: &Data) -> io::Result<Vec<Contestant>> {
    let program = std::env::current_exe()?.display().to_string();
    let wanted = |name: &str| plan.contestants.as_ref().is_none_or(|list| list.iter().any(|each| each == name));
    let make = |name: &str, threads: usize| {
        let start =
            if PYTHON.contains(&name) { vec![plan.python.clone(), SCRIPT.to_owned()] } else { vec![program.clone()] };
        Contestant { name: name.to_owned(), threads, command: with_options(start, name, threads, data) }
    };
    let all = || names.iter().chain(&PYTHON).copied().filter(|name| wanted(name));
    let mut list: Vec<Contestant> = all().map(|name| make(name, 1)).collect();
    if let Some(program) = &plan.debug_binary {
        let command = with_options(vec![program.display().to_string()], "formwork", 1, data);
        list.insert(1, Contestant { name: DEBUG.to_owned(), threads: 1, command });
    }
    list.extend(all().filter(|name| TWO_THREADS.contains(name)).map(|name| make(name, 2)));
    Ok(list)
}

fn with_options(mut start: Vec<String>, name: &str, threads: usize, data: &Data) -> Vec<String> {
    let folder = data.folder().display().to_string();
    start.extend(["--worker", name, "--threads", &threads.to_string(), "--data", &folder].map(str::to_owned));
    start
}

/// A contestant's process.
struct Process {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Process {
    fn start(contestant: &Contestant) -> io::Result<Self> {
        let threads = contestant.threads.to_string();
        let [program, arguments @ ..] = contestant.command.as_slice() else {
            return Err(io::Error::other("a contestant without a command"));
        };
        let mut child = Command::new(program)
            .args(arguments)
            .envs(
                ["RAYON_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"]
                    .map(|name| (name, &threads)),
            )
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| io::Error::other(format!("{program}: {error}")))?;
        let (Some(orders), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("a child without its pipes"));
        };
        Ok(Self { child, orders, answers: BufReader::new(answers) })
    }

    /// Sends a line, gives the line that comes back.
    fn ask(&mut self, order: &str) -> io::Result<String> {
        writeln!(self.orders, "{order}")?;
        self.orders.flush()?;
        let mut answer = String::new();
        if self.answers.read_line(&mut answer)? == 0 {
            return Err(io::Error::other(format!("the process ended before it answered `{order}`")));
        }
        Ok(answer.trim().to_owned())
    }

    /// Makes a workload ready; the first run's loss, or why there is none.
    fn prepare(&mut self, workload: Workload) -> io::Result<Result<f64, String>> {
        let answer = self.ask(&format!("prepare {workload}"))?;
        match answer.split_once(' ') {
            Some(("ok", loss)) => Ok(loss.parse().map_err(|_| answer)),
            _ => Ok(Err(answer)),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Nothing can be done about a process that has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs the plan and prints its report.
pub fn run(plan: &Plan, names: &[&str]) -> io::Result<()> {
    let folder = std::env::temp_dir().join(format!("formwork-benches-{}", std::process::id()));
    let data = Data::in_folder(&folder);
    data.write(&plan.fashion)?;
    let result = measure(plan, names, &data);
    std::fs::remove_dir_all(&folder)?;
    let report = result?;
    let text = table::markdown(&report, &bars::judge(&report));
    print!("{text}");
    match &plan.out {
        Some(file) => std::fs::write(file, text),
        None => Ok(()),
    }
}

fn measure(plan: &Plan, names: &[&str], data: &Data) -> io::Result<Report> {
    let contestants = contestants(plan, names, data)?;
    let mut report = Report {
        command: plan.command.clone(),
        rounds: plan.rounds,
        load_before: machine::load(),
        peak: machine::peak(0.4),
        memory_rate: machine::read_rate(256 << 20, 0.4),
        ..Report::default()
    };
    let mut processes: Vec<Option<Process>> = contestants.iter().map(|_| None).collect();
    for &workload in &plan.workloads {
        eprintln!("{workload}");
        report.sections.push(section(plan, workload, &contestants, &mut processes, &mut report.failures));
    }
    for (process, contestant) in processes.iter_mut().zip(&contestants) {
        if let (Some(process), true) = (process, PYTHON.contains(&contestant.name.as_str()))
            && let Ok(versions) = process.ask("versions")
            && !report.python.contains(&versions)
        {
            report.python.push(versions);
        }
    }
    drop(processes);
    if plan.memory {
        eprintln!("W8");
        report.memory = memory(&contestants);
    }
    report.load_after = machine::load();
    Ok(report)
}

/// All contestants of one workload in turn. One that fails is named in the report, and the others go on.
fn section(
    plan: &Plan,
    workload: Workload,
    contestants: &[Contestant],
    processes: &mut [Option<Process>],
    failures: &mut Vec<String>,
) -> Section {
    let mut rows: Vec<(usize, Row)> = Vec::new();
    for (index, contestant) in contestants.iter().enumerate().filter(|(_, each)| each.takes(workload)) {
        let prepared = match &mut processes[index] {
            Some(process) => process.prepare(workload),
            none => Process::start(contestant).and_then(|process| none.insert(process).prepare(workload)),
        };
        match prepared {
            Ok(Ok(loss)) => {
                let (name, threads) = (contestant.name.clone(), contestant.threads);
                rows.push((index, Row { name, threads, loss, seconds: Vec::new() }));
            }
            Ok(Err(answer)) if answer.starts_with("none") => {}
            Ok(Err(answer)) => failures.push(format!("{workload}, {}: {answer}", contestant.name)),
            Err(error) => {
                failures.push(format!("{workload}, {}: {error}", contestant.name));
                processes[index] = None;
            }
        }
    }
    let bytes = match workload {
        Workload::Latency(net) => Some(net.weight_bytes()),
        _ => None,
    };
    let (mut peaks, mut read_rates) = (Vec::new(), Vec::new());
    for _ in 0..plan.rounds {
        peaks.extend(machine::peak(plan.seconds));
        read_rates.extend(bytes.map(|bytes| machine::read_rate(bytes, plan.seconds)));
        for (index, row) in &mut rows {
            let Some(process) = &mut processes[*index] else { continue };
            let answer = process.ask(&format!("run {workload} {}", plan.seconds));
            match answer.map(|answer| answer.parse::<f64>().map_err(|_| answer)) {
                Ok(Ok(seconds)) => row.seconds.push(seconds),
                Ok(Err(answer)) => failures.push(format!("{workload}, {}: {answer}", row.name)),
                Err(error) => failures.push(format!("{workload}, {}: {error}", row.name)),
            }
        }
    }
    for (index, _) in &rows {
        if let Some(process) = &mut processes[*index] {
            // A process that does not answer is found out by the next workload.
            let _ = process.ask(&format!("drop {workload}"));
        }
    }
    let rows = rows.into_iter().map(|(_, row)| row).filter(|row| !row.seconds.is_empty()).collect();
    Section { workload, rows, peak: median(&peaks), read_rate: median(&read_rates) }
}

/// W8: each contestant trains an epoch of W3 in a fresh process.
fn memory(contestants: &[Contestant]) -> Vec<Memory> {
    let mlp = Workload::Training(Training::Mlp);
    let single = contestants.iter().filter(|each| each.threads == 1 && each.takes(mlp) && each.name != WITHOUT_BLANKS);
    let measured = single.filter_map(|contestant| {
        let mut process = Process::start(contestant).ok()?;
        process.prepare(mlp).ok()?.ok()?;
        let bytes = machine::peak_memory(process.child.id())?;
        Some(Memory { name: contestant.name.clone(), bytes })
    });
    measured.collect()
}
