//! W7: how long a user's crate with a network takes to build, and how many copies of the kernels end up in it.
//!
//! ```text
//! cargo run --release -p formwork-benches --bin compile_time -- [--peers] [--out FILE]
//! ```
//!
//! Writes crates with a 3-layer and a 30-layer network (`Linear` and ReLU, no two layers of one shape, one training step
//! and one prediction) and builds each in release into an empty folder. Then it changes one line of each and builds it
//! again, one crate after the other, eleven times. Last it counts the symbols of the binary that belong to the library's
//! numeric core. With `--peers` the same for candle and dfdx, whose dependencies take minutes. Downloads are not timed:
//! `cargo fetch` runs first.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

const REBUILDS: usize = 11;

/// A library: its name, its lines in `Cargo.toml`, and the program for the sizes between the layers.
struct Library {
    name: &'static str,
    dependencies: String,
    program: fn(&[usize]) -> String,
    /// What the demangled symbols of its numeric core contain.
    kernels: &'static [&'static str],
}

fn pairs(sizes: &[usize]) -> impl Iterator<Item = (usize, usize)> {
    sizes.iter().copied().zip(sizes.iter().copied().skip(1))
}

fn ends(sizes: &[usize]) -> (usize, usize) {
    (sizes.first().copied().unwrap_or(1), sizes.last().copied().unwrap_or(1))
}

fn formwork(sizes: &[usize]) -> String {
    let layers: Vec<String> = pairs(sizes).map(|(inputs, outputs)| format!("Linear<{inputs}, {outputs}>")).collect();
    let (inputs, outputs) = ends(sizes);
    format!(
        "use formwork::prelude::*;\n\
         use rand::{{SeedableRng, rngs::StdRng}};\n\
         formwork::network! {{ pub struct Net < {} > }}\n\
         fn main() {{\n\
         \x20   let network = Net::new(&mut StdRng::seed_from_u64(0));\n\
         \x20   let mut trainer = Trainer::<_, _, _, 8>::new(network, Mse, Sgd::new(0.1));\n\
         \x20   let (x, y) = ([(); 8].map(|()| Vector::<{inputs}>::ones()), [(); 8].map(|()| Vector::<{outputs}>::zeros()));\n\
         \x20   let measured = trainer.step(Batch::from(&x), Batch::from(&y)).unwrap();\n\
         \x20   println!(\"{{}} {{:?}}\", measured.loss, trainer.network().predict(&x[0]));\n\
         }}\n",
        layers.join(", ReLU, ")
    )
}

fn candle(sizes: &[usize]) -> String {
    let mut layers = String::new();
    for (place, (inputs, outputs)) in pairs(sizes).enumerate() {
        let relu = if place + 2 < sizes.len() { ".add(Activation::Relu)" } else { "" };
        let _ = writeln!(layers, "        .add(linear({inputs}, {outputs}, vb.pp(\"{place}\"))?){relu}");
    }
    let (inputs, outputs) = ends(sizes);
    format!(
        "use candle_core::{{DType, Device, Result, Tensor}};\n\
         use candle_nn::{{Activation, Module, Optimizer, SGD, VarBuilder, VarMap, linear, loss, seq}};\n\
         fn main() -> Result<()> {{\n\
         \x20   let map = VarMap::new();\n\
         \x20   let vb = VarBuilder::from_varmap(&map, DType::F32, &Device::Cpu);\n\
         \x20   let net = seq()\n{layers};\n\
         \x20   let mut sgd = SGD::new(map.all_vars(), 0.1)?;\n\
         \x20   let x = Tensor::ones((8, {inputs}), DType::F32, &Device::Cpu)?;\n\
         \x20   let y = Tensor::zeros((8, {outputs}), DType::F32, &Device::Cpu)?;\n\
         \x20   let loss = loss::mse(&net.forward(&x)?, &y)?;\n\
         \x20   sgd.backward_step(&loss)?;\n\
         \x20   println!(\"{{loss}} {{}}\", net.forward(&x)?);\n\
         \x20   Ok(())\n\
         }}\n"
    )
}

fn dfdx(sizes: &[usize]) -> String {
    let layers: Vec<String> =
        pairs(sizes).map(|(inputs, outputs)| format!("(Linear<{inputs}, {outputs}>, ReLU)")).collect();
    // A tuple holds six.
    let groups: Vec<String> = layers.chunks(5).map(|group| format!("({},)", group.join(", "))).collect();
    let (inputs, outputs) = ends(sizes);
    format!(
        "use dfdx::{{optim::{{Sgd, SgdConfig}}, prelude::*}};\n\
         type Net = ({},);\n\
         fn main() {{\n\
         \x20   let device = Cpu::default();\n\
         \x20   let mut net = device.build_module::<Net, f32>();\n\
         \x20   let mut sgd = Sgd::new(&net, SgdConfig {{ lr: 0.1, ..SgdConfig::default() }});\n\
         \x20   let gradients = net.alloc_grads();\n\
         \x20   let x: Tensor<Rank2<8, {inputs}>, f32, _> = device.ones();\n\
         \x20   let y: Tensor<Rank2<8, {outputs}>, f32, _> = device.zeros();\n\
         \x20   let loss = mse_loss(net.forward_mut(x.clone().traced(gradients)), y);\n\
         \x20   let gradients = loss.backward();\n\
         \x20   sgd.update(&mut net, &gradients).unwrap();\n\
         \x20   println!(\"{{:?}}\", net.forward(x).array());\n\
         }}\n",
        groups.join(", ")
    )
}

fn libraries(peers: bool) -> Vec<Library> {
    let core = concat!(env!("CARGO_MANIFEST_DIR"), "/../core");
    let mut list = vec![Library {
        name: "formwork",
        dependencies: format!(
            "formwork = {{ path = \"{core}\" }}\n\
             rand = {{ version = \"0.10\", default-features = false, features = [\"std_rng\"] }}\n"
        ),
        program: formwork,
        kernels: &["formwork::kernel"],
    }];
    if peers {
        list.push(Library {
            name: "candle",
            dependencies: "candle-core = \"=0.11.1\"\ncandle-nn = \"=0.11.1\"\n".to_owned(),
            program: candle,
            kernels: &["candle_core::", "gemm_f32::"],
        });
        list.push(Library {
            name: "dfdx",
            dependencies: "dfdx = \"=0.13.0\"\n".to_owned(),
            program: dfdx,
            kernels: &["dfdx::tensor_ops::", "gemm_f32::", "matrixmultiply::"],
        });
    }
    list
}

/// 3 or 30 layers, no two of one shape.
fn sizes(layers: usize) -> Vec<usize> {
    (0..=layers).map(|place| 96 - 2 * place).collect()
}

fn cargo(folder: &Path, arguments: &[&str]) -> Result<(), String> {
    let mut command = Command::new("cargo");
    command.args(arguments).current_dir(folder).env("CARGO_TARGET_DIR", folder.join("target")).stdout(Stdio::null());
    let output = command.stderr(Stdio::piped()).output().map_err(|error| format!("cargo: {error}"))?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

fn timed_build(folder: &Path) -> Result<f64, String> {
    let start = Instant::now();
    cargo(folder, &["build", "--release", "--offline"])?;
    Ok(start.elapsed().as_secs_f64())
}

/// Functions of the numeric core in the binary, by their demangled names.
fn kernel_symbols(binary: &Path, kernels: &[&str]) -> Result<usize, String> {
    let output = Command::new("nm").arg("-C").arg(binary).output().map_err(|error| format!("nm: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let function = |line: &&str| [" t ", " T "].iter().any(|kind| line.contains(kind));
    Ok(text.lines().filter(function).filter(|line| kernels.iter().any(|part| line.contains(part))).count())
}

/// A user's crate, built once.
struct Crate {
    folder: PathBuf,
    binary: PathBuf,
    program: String,
    cold: f64,
    rebuilds: Vec<f64>,
}

impl Crate {
    fn build(library: &Library, layers: usize, root: &Path) -> Result<Self, String> {
        let name = format!("{}-{layers}", library.name);
        let folder = root.join(&name);
        fs::create_dir_all(folder.join("src")).map_err(text)?;
        let program = (library.program)(&sizes(layers));
        let package =
            format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n");
        fs::write(folder.join("Cargo.toml"), format!("{package}[dependencies]\n{}", library.dependencies))
            .map_err(text)?;
        fs::write(folder.join("src/main.rs"), &program).map_err(text)?;
        cargo(&folder, &["fetch"])?;
        let cold = timed_build(&folder)?;
        let binary = folder.join("target/release").join(&name);
        Ok(Self { folder, binary, program, cold, rebuilds: Vec::new() })
    }

    /// Builds it again after a change that no turn before has made.
    fn rebuild(&mut self, turn: usize) -> Result<(), String> {
        let changed = self
            .program
            .replacen("main() ", &format!("main() /* {turn} */ "), 1)
            .replace("0.1)", &format!("0.{}1)", turn + 1));
        fs::write(self.folder.join("src/main.rs"), changed).map_err(text)?;
        self.rebuilds.push(timed_build(&self.folder)?);
        Ok(())
    }

    /// The median rebuild, and half the range between the quartiles in percent of it.
    fn rebuilt(&mut self) -> (f64, f64) {
        self.rebuilds.sort_by(f64::total_cmp);
        let at = |part: usize| self.rebuilds.get(part * self.rebuilds.len() / 4).copied().unwrap_or(f64::NAN);
        (at(2), 50.0 * (at(3) - at(1)) / at(2))
    }
}

fn text(error: std::io::Error) -> String {
    error.to_string()
}

fn report(peers: bool) -> Result<String, String> {
    let root = std::env::temp_dir().join(format!("formwork-compile-time-{}", std::process::id()));
    let libraries = libraries(peers);
    let mut crates = Vec::new();
    for library in &libraries {
        for layers in [3, 30] {
            eprintln!("{}, {layers} layers", library.name);
            crates.push((library, layers, Crate::build(library, layers, &root)));
        }
    }
    for turn in 0..REBUILDS {
        for (_, _, built) in &mut crates {
            // (One that fails is no number, and not built again.)
            if let Ok(one) = built
                && let Err(error) = one.rebuild(turn)
            {
                *built = Err(error);
            }
        }
    }
    let mut table = format!(
        "## W7: building a user's crate in release\n\n\
         Written by `cargo run --release -p formwork-benches --bin compile_time{}`.\n\n\
         Rebuild: median of {REBUILDS} after a change of one line, all crates in turn; spread: half the range between the \
         quartiles. Ratio: how many times as long as Formwork's of as many layers. Symbols: functions of the library's \
         numeric core in the binary.\n\n\
         | crate | cold build | rebuild | spread | ratio | symbols | binary |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n",
        if peers { " -- --peers" } else { "" },
    );
    let mut ours = Vec::new();
    for (library, layers, built) in &mut crates {
        let line = match built.as_mut().map_err(|error| error.clone()).and_then(|one| {
            let bytes = fs::metadata(&one.binary).map_err(text)?.len();
            Ok((one.cold, one.rebuilt(), kernel_symbols(&one.binary, library.kernels)?, bytes))
        }) {
            Ok((cold, (rebuild, spread), symbols, bytes)) => {
                if library.name == "formwork" {
                    ours.push((*layers, rebuild));
                }
                let base = ours.iter().find(|(of, _)| of == layers).map_or(f64::NAN, |(_, rebuild)| *rebuild);
                let (ratio, megabytes) = (rebuild / base, bytes as f64 / 1e6);
                format!("{cold:.1} s | {rebuild:.2} s | {spread:.1} % | {ratio:.2} | {symbols} | {megabytes:.1} MB |")
            }
            Err(error) => {
                let line = error.lines().find(|line| line.contains("error")).unwrap_or(&error);
                format!("failed: {line} | | | | | |")
            }
        };
        let _ = writeln!(table, "| {}, {layers} layers | {line}", library.name);
    }
    fs::remove_dir_all(&root).map_err(text)?;
    Ok(table)
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (peers, out) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => (false, None),
        ["--peers"] => (true, None),
        ["--out", file] => (false, Some(PathBuf::from(file))),
        ["--peers", "--out", file] => (true, Some(PathBuf::from(file))),
        _ => {
            eprintln!("usage: compile_time [--peers] [--out FILE]");
            return ExitCode::from(2);
        }
    };
    let table = match report(peers) {
        Ok(table) => table,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    print!("{table}");
    match out.map(|file| fs::write(file, table)) {
        Some(Err(error)) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}
