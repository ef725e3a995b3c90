//! The same data and the same first weights for every contestant, as plain files in a folder.
//!
//! Little-endian `f32` or bytes, nothing else, so that Python reads them with `numpy.fromfile`:
//! `pictures.u8`, `labels.u8`, `linear-x.f32`, `linear-y.f32`, `spiral-x.f32`, `spiral-y.u8`, `weights-NET.f32`
//! (the layers' weights one after the other, each `[out, in]`; all biases are 0).

use super::workload::{NETS, Net};
use formwork::Tensor;
use formwork::data::fashion_mnist::{self, Picture};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

pub const PICTURES: usize = 60_000;
pub const PIXELS: usize = 784;

/// The folder of the files.
#[derive(Clone, Debug)]
pub struct Data {
    folder: PathBuf,
}

/// The generator that every contestant in Rust shuffles with: a fast one, for it is part of the time of W1.
pub fn shuffling_rng() -> SmallRng {
    SmallRng::seed_from_u64(1)
}

impl Data {
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes all files, the pictures from the four IDX files in `fashion`.
    pub fn write(&self, fashion: &Path) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let train = fashion_mnist::load(fashion).map_err(io::Error::other)?.train;
        let pixels: Vec<u8> = train.inputs().iter().flat_map(|picture| picture.as_slice()).copied().collect();
        fs::write(self.folder.join("pictures.u8"), pixels)?;
        fs::write(self.folder.join("labels.u8"), train.targets())?;
        self.write_made()
    }

    /// Writes the files that need no pictures.
    pub fn write_made(&self) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let rng = &mut SmallRng::seed_from_u64(0);
        let x: Vec<f32> = (0..2000).map(|_| rng.random_range(-1.7..1.7)).collect();
        let y: Vec<f32> = x
            .as_chunks::<2>()
            .0
            .iter()
            .map(|[a, b]| 2.0 * a - 3.4 * b + 4.2 + rng.random_range(-0.1..0.1_f32))
            .collect();
        self.write_floats("linear-x", &x)?;
        self.write_floats("linear-y", &y)?;
        let (mut points, mut classes) = (Vec::new(), Vec::new());
        for class in 0..3_u8 {
            for place in 0..1000 {
                let t = place as f32 / 999.0;
                let angle = 4.0 * (f32::from(class) + t) + rng.random_range(-0.3..0.3_f32);
                points.extend([t * angle.sin(), t * angle.cos()]);
                classes.push(class);
            }
        }
        self.write_floats("spiral-x", &points)?;
        fs::write(self.folder.join("spiral-y.u8"), classes)?;
        for net in NETS {
            let weights: Vec<f32> = net
                .layers()
                .flat_map(|(inputs, outputs)| {
                    let bound = 1.0 / (inputs as f32).sqrt();
                    (0..inputs * outputs).map(|_| rng.random_range(-bound..bound)).collect::<Vec<f32>>()
                })
                .collect();
            self.write_floats(&format!("weights-{}", net.name), &weights)?;
        }
        Ok(())
    }

    fn write_floats(&self, name: &str, values: &[f32]) -> io::Result<()> {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        fs::write(self.folder.join(format!("{name}.f32")), bytes)
    }

    /// A file of `f32`.
    pub fn floats(&self, name: &str) -> io::Result<Vec<f32>> {
        let bytes = fs::read(self.folder.join(format!("{name}.f32")))?;
        Ok(bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
    }

    /// A file of bytes.
    pub fn bytes(&self, name: &str) -> io::Result<Vec<u8>> {
        fs::read(self.folder.join(format!("{name}.u8")))
    }

    /// The pictures as bytes, read without a second copy in memory.
    pub fn pictures(&self) -> io::Result<Vec<Picture>> {
        let mut file = BufReader::new(File::open(self.folder.join("pictures.u8"))?);
        (0..PICTURES)
            .map(|_| {
                let mut picture: Picture = Tensor::zeros();
                file.read_exact(picture.as_mut_slice())?;
                Ok(picture)
            })
            .collect()
    }

    /// The pictures as numbers in 0..=1, read without a second copy in memory.
    #[cfg_attr(not(feature = "peers"), expect(dead_code, reason = "Formwork reads bytes"))]
    pub fn pictures_as_floats(&self) -> io::Result<Vec<f32>> {
        let mut file = BufReader::new(File::open(self.folder.join("pictures.u8"))?);
        let mut pixels = Vec::with_capacity(PICTURES * PIXELS);
        let mut picture = [0; PIXELS];
        for _ in 0..PICTURES {
            file.read_exact(&mut picture)?;
            pixels.extend(picture.iter().map(|&value| f32::from(value) / 255.0));
        }
        Ok(pixels)
    }

    /// The first weights of a network, layer by layer, each `[out, in]`.
    pub fn weights(&self, net: &Net) -> io::Result<Vec<Vec<f32>>> {
        let all = self.floats(&format!("weights-{}", net.name))?;
        let mut rest = all.as_slice();
        net.layers()
            .map(|(inputs, outputs)| {
                let (layer, after) = rest
                    .split_at_checked(inputs * outputs)
                    .ok_or_else(|| io::Error::other(format!("too few weights for {}", net.name)))?;
                rest = after;
                Ok(layer.to_vec())
            })
            .collect()
    }
}
