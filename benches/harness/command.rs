//! The command line.

use super::coordinator::{self, Plan};
use super::data::Data;
use super::worker;
use super::workload::{self, Workload};
use crate::contestants;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

const HELP: &str = "\
Times Formwork and its peers on the same data, turn by turn, and prints a table.

  --workloads W1,W5,W6:64x64x64   which (default: all; W8 is peak memory, W5 and W6 stand for all of theirs)
  --contestants formwork,candle   which (default: all that are built in, and Python's)
  --rounds N                      measurements of each (default 9)
  --seconds S                     least time of one measurement (default 0.3)
  --quick                         3 rounds of 0.05 s
  --out FILE                      writes the table there too
  --fashion DIR                   folder of the four IDX files of Fashion-MNIST
  --python EXE                    the Python that has torch, numpy, onnx and onnxruntime (default python3)
  --debug-binary FILE             this program built without --release, for the time of a debug build

Build with `--features peers` for the peers in Rust. W9 (convolutions) is not part of it yet.
";

/// The command line, taken apart.
struct Options {
    plan: Plan,
    worker: Option<String>,
    threads: usize,
    data: Option<PathBuf>,
}

fn parse(arguments: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options { plan: Plan::default(), worker: None, threads: 1, data: None };
    options.plan.command = "cargo run --release -p formwork-benches --features peers --".to_owned();
    let mut arguments = arguments.peekable();
    while let Some(option) = arguments.next() {
        let plan = &mut options.plan;
        plan.command += &format!(" {option}");
        if option == "--quick" {
            (plan.rounds, plan.seconds) = (3, 0.05);
            continue;
        }
        let value = arguments.next().ok_or_else(|| format!("{option} is unknown, or lacks its value\n\n{HELP}"))?;
        plan.command += &format!(" {value}");
        let number = || value.parse::<f64>().map_err(|_| format!("{option} takes a number, found {value}"));
        match option.as_str() {
            "--workloads" => (plan.workloads, plan.memory) = workloads(&value)?,
            "--contestants" => plan.contestants = Some(value.split(',').map(str::to_owned).collect()),
            "--rounds" => plan.rounds = number()?.max(1.0) as usize,
            "--seconds" => plan.seconds = number()?,
            "--out" => plan.out = Some(value.into()),
            "--fashion" => plan.fashion = value.into(),
            "--python" => plan.python = value,
            "--debug-binary" => plan.debug_binary = Some(value.into()),
            "--worker" => options.worker = Some(value),
            "--threads" => options.threads = number()? as usize,
            "--data" => options.data = Some(value.into()),
            _ => return Err(format!("{option} is unknown\n\n{HELP}")),
        }
    }
    Ok(options)
}

/// Workloads by name; `W5` stands for every `W5:..`. Whether `W8` is among them.
fn workloads(names: &str) -> Result<(Vec<Workload>, bool), String> {
    let (mut found, mut memory) = (Vec::new(), false);
    for name in names.split(',') {
        let before = found.len();
        memory |= name == "W8";
        found.extend(workload::all().into_iter().filter(|each| each.to_string() == name || each.section() == name));
        if found.len() == before && name != "W8" {
            let all: Vec<String> = workload::all().iter().map(Workload::to_string).collect();
            return Err(format!("no workload is called {name}; there are {}, W8", all.join(", ")));
        }
    }
    Ok((found, memory))
}

/// Runs the program with its command line's arguments.
pub fn run(arguments: impl Iterator<Item = String>) -> ExitCode {
    let options = match parse(arguments) {
        Ok(options) => options,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::from(2);
        }
    };
    match start(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn start(options: &Options) -> io::Result<()> {
    match (&options.worker, &options.data) {
        (Some(contestant), Some(folder)) => {
            // The networks and tapes of a worker may pass over the stack of a debug build.
            let (contestant, threads, data) = (contestant.clone(), options.threads, Data::in_folder(folder));
            let worker = move || worker::serve(&contestant, threads, &data);
            let handle = std::thread::Builder::new().stack_size(256 << 20).spawn(worker)?;
            handle.join().unwrap_or_else(|_| Err(io::Error::other("the worker panicked")))
        }
        (Some(_), None) => Err(io::Error::other("--worker needs --data")),
        _ => coordinator::run(&options.plan, contestants::NAMES),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(words: &[&str]) -> Result<Options, String> {
        parse(words.iter().map(|word| (*word).to_owned()))
    }

    #[test]
    fn a_section_stands_for_all_of_its_workloads() {
        let options = of(&["--workloads", "W5,W8", "--rounds", "4"]).unwrap();
        assert_eq!((options.plan.workloads.len(), options.plan.memory, options.plan.rounds), (4, true, 4));
    }

    #[test]
    fn mistakes_are_named() {
        assert!(of(&["--workloads", "W7"]).err().unwrap().contains("W7"));
        assert!(of(&["--rounds", "many"]).err().unwrap().contains("many"));
        assert!(of(&["--hurry"]).err().unwrap().contains("--hurry"));
    }
}
