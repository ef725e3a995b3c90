//! Trains the networks on the host, writes their weights as files, and says what the host computes with them.

#[path = "src/every.rs"]
mod every;
#[path = "src/networks.rs"]
mod networks;
#[path = "src/runs.rs"]
mod runs;

use formwork::data::fashion_mnist;
use formwork::network::Accepts;
use formwork::optim::{Adam, Sgd};
use formwork::prelude::*;
use networks::{Ad, Dense, Fashion, Sine};
use rand::{SeedableRng, rngs::StdRng};
use runs::{EPOCHS, Noise, Spirals, curves_trainer, epoch, hash, hash_of, spectrum, spiral_trainer};
use std::error::Error;
use std::fmt::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    // The networks and their tapes are plain structs of up to 2 MB, which the main thread's stack might not hold.
    let run = std::thread::Builder::new().stack_size(64 << 20).spawn(|| train().map_err(|error| error.to_string()))?;
    match run.join() {
        Ok(result) => Ok(result?),
        Err(_) => Err("training panicked".into()),
    }
}

fn train() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=src");
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("FORMWORK_ISA").as_deref() != Ok("portable") {
        return Err("set FORMWORK_ISA=portable, as .cargo/config.toml does: the device has no other kernels".into());
    }
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("no OUT_DIR")?);
    let mut host = String::new();

    let sine = train_sine()?;
    write(&out, "sine", &sine)?;
    note(&mut host, "SINE", hash(sine.predict(&Vector::from([1.0])).as_slice()))?;

    let sound = spectrum(&mut Noise(9));
    std::fs::write(out.join("sound.bin"), sound.as_slice().iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<_>>())?;
    let ad = train_ad()?;
    write(&out, "ad", &ad)?;
    note(&mut host, "AD", hash(ad.predict(&sound).as_slice()))?;

    let dense = Dense::new(&mut StdRng::seed_from_u64(4));
    write(&out, "dense", &dense)?;
    note(&mut host, "DENSE", hash(dense.predict(&sound).as_slice()))?;

    let (fashion, picture) = train_fashion()?;
    write(&out, "fashion", &fashion)?;
    std::fs::write(out.join("picture.bin"), picture.as_slice())?;
    note(&mut host, "FASHION", hash(fashion.predict(&picture).as_slice()))?;

    let data = Spirals::new();
    let mut trainer = spiral_trainer();
    let mut loss = 0.0;
    for _ in 0..EPOCHS {
        loss = epoch(&mut trainer, &data)?;
    }
    println!("cargo:warning=spiral: loss {loss:.4} after {EPOCHS} epochs");
    note(&mut host, "SPIRAL", hash_of(trainer.network()))?;
    let mut trainer = curves_trainer();
    for _ in 0..EPOCHS {
        epoch(&mut trainer, &data)?;
    }
    note(&mut host, "CURVES", hash_of(trainer.network()))?;
    note(&mut host, "EVERY", every::every())?;
    std::fs::write(out.join("host.rs"), host)?;
    Ok(())
}

fn note(text: &mut String, name: &str, hash: u32) -> std::fmt::Result {
    writeln!(text, "/// The host's hash of the result of `{name}`.\npub const {name}: u32 = 0x{hash:08x};")
}

fn write<N: Parameters>(folder: &Path, name: &str, network: &N) -> std::io::Result<()> {
    std::fs::write(folder.join(name).with_extension("bin"), network.to_bytes())
}

/// Draws batches by `sample` and takes `steps` steps on them; gives the network and the last loss.
fn fit<N, X, Y, const B: usize>(
    mut network: N,
    lr: f32,
    steps: usize,
    mut sample: impl FnMut() -> (X, Y),
) -> Result<(N, f32), Box<dyn Error>>
where
    X: formwork::tensor::Sample,
    Y: 'static,
    N: Network + Accepts<X>,
    Mse: formwork::loss::Loss<N::Output, Y>,
{
    network.initialize(&formwork::init::PyTorch, &mut StdRng::seed_from_u64(0));
    let mut trainer = Trainer::<N, Mse, Adam, B>::new(network, Mse, Adam::new(lr));
    let mut loss = 0.0;
    for _ in 0..steps {
        let (inputs, targets): (Vec<X>, Vec<Y>) = (0..B).map(|_| sample()).unzip();
        let targets: Batch<'_, Y, B> = targets.as_slice().try_into()?;
        loss = trainer.step(inputs.as_slice().try_into()?, targets)?.loss;
    }
    Ok((trainer.into_network(), loss))
}

fn train_sine() -> Result<Sine, Box<dyn Error>> {
    let mut noise = Noise(5);
    let (network, loss) = fit::<_, _, _, 32>(Sine::zeros(), 0.01, 3000, || {
        let x = core::f32::consts::PI * (1.0 + noise.draw());
        (Vector::from([x]), Vector::from([x.sin()]))
    })?;
    println!("cargo:warning=sine: mean squared error {loss:.5}");
    Ok(network)
}

fn train_ad() -> Result<Ad, Box<dyn Error>> {
    let mut noise = Noise(6);
    let (network, loss) = fit::<_, _, _, 32>(Ad::zeros(), 1e-3, 200, || {
        let sound = spectrum(&mut noise);
        (sound.clone(), sound)
    })?;
    println!("cargo:warning=ad: mean squared error {loss:.5}");
    Ok(network)
}

fn train_fashion() -> Result<(Fashion, Tensor<28, 28, u8>), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/fashion-mnist");
    println!("cargo:rerun-if-changed={}", folder.display());
    let mut data = fashion_mnist::load(&folder)?;
    let mut rng = StdRng::seed_from_u64(0);
    let network = Fashion::new(&mut rng);
    let mut trainer = Trainer::<_, _, _, 256>::new(network, CrossEntropy, Sgd::new(0.1));
    trainer.fit(&mut data.train, Some(&data.test), 2, &mut rng, |event| {
        if let formwork::train::Event::Epoch(report) = event {
            let accuracy = report.test.and_then(|test| test.accuracy).unwrap_or(f64::NAN);
            println!("cargo:warning=fashion: test accuracy {accuracy:.4}");
        }
        ControlFlow::Continue(())
    })?;
    let picture = data.test.inputs().first().ok_or("no test picture")?.clone();
    Ok((trainer.into_network(), picture))
}
