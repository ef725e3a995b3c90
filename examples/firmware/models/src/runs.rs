//! What is computed on both sides and compared bit by bit. The build script reads this file too.

use crate::networks::{Curves, Spiral};
use formwork::loss::LossError;
use formwork::optim::Optimizer;
use formwork::prelude::*;

/// FNV-1a over the bits of numbers.
pub fn hash(values: &[f32]) -> u32 {
    let mut hash = 0x811c_9dc5_u32;
    for byte in values.iter().flat_map(|value| value.to_le_bytes()) {
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    hash
}

/// The hash of all parameters: those of each slice, hashed again.
pub fn hash_of<N: Parameters>(network: &N) -> u32 {
    let mut all = 0_u32;
    for index in 0..N::SLICES {
        all = all.rotate_left(5) ^ network.slice(index).map_or(0, hash);
    }
    all
}

/// Numbers between -1 and 1 by a linear congruence (Knuth's MMIX constants): the same on every machine.
pub struct Noise(pub u64);

impl Noise {
    /// The next number.
    pub fn draw(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 40) as i32 - (1 << 23)) as f32 / (1 << 23) as f32
    }
}

/// The hum of a machine as a spectrum: a few peaks over noise, five frames of 128 bands.
pub fn spectrum(noise: &mut Noise) -> Vector<640> {
    let pitch = 12.0 + 4.0 * noise.draw();
    let mut values = Vector::zeros();
    for (place, value) in values.as_mut_slice().iter_mut().enumerate() {
        let phase = (place % 128) as f32 / pitch;
        let from_peak = phase - (phase as i32) as f32 - 0.5;
        *value = 1.0 - 6.0 * from_peak * from_peak + 0.1 * noise.draw();
    }
    values
}

/// Samples in a batch of the training on the device.
pub const BATCH: usize = 30;

/// Points on three spiral arms, point by point of each arm in turn; `turn` is the angle of a full arm in radians.
///
/// The circle is walked by rotations, so that no sine is needed.
pub fn spiral(points: &mut [Vector<2>], classes: &mut [u8], noise: &mut Noise) {
    // A third of a turn from arm to arm, and a step of 0.13 radians along it.
    let (third, step) = ((-0.5, 0.866_025_4), (0.991_561_9, 0.129_634_14));
    let rotate = |(x, y): (f32, f32), (c, s): (f32, f32)| (x * c - y * s, x * s + y * c);
    let mut direction = (1.0, 0.0);
    let count = points.len().max(3) / 3;
    for (place, (point, class)) in points.iter_mut().zip(classes).enumerate() {
        let arm = place % 3;
        let radius = (place / 3 + 1) as f32 / count as f32;
        *class = arm as u8;
        let spread = (0.02 * noise.draw(), 0.02 * noise.draw());
        *point = Vector::from([radius * direction.0 + spread.0, radius * direction.1 + spread.1]);
        direction = rotate(direction, third);
        if arm == 2 {
            direction = rotate(direction, step);
        }
    }
}

/// Points of the spiral.
pub const POINTS: usize = 90;

/// What training needs beside the trainer: the data.
pub struct Spirals {
    /// The points.
    pub points: [Vector<2>; POINTS],
    /// The arm of each.
    pub classes: [u8; POINTS],
}

impl Spirals {
    /// The data of the experiment.
    pub fn new() -> Self {
        let mut data = Self { points: [const { Vector::zeros() }; POINTS], classes: [0; POINTS] };
        spiral(&mut data.points, &mut data.classes, &mut Noise(1));
        data
    }
}

impl Default for Spirals {
    fn default() -> Self {
        Self::new()
    }
}

/// Parameters uniform in +-`size`.
pub fn draw<N: Parameters>(network: &mut N, size: f32, noise: &mut Noise) {
    for index in 0..N::SLICES {
        for value in network.slice_mut(index).into_iter().flatten() {
            *value = size * noise.draw();
        }
    }
}

/// One step on every batch of the data; gives the mean loss of the last.
pub fn epoch<N, O>(trainer: &mut Trainer<N, CrossEntropy, O, BATCH>, data: &Spirals) -> Result<f32, LossError>
where
    N: Network<Output = Vector<3>> + formwork::network::Accepts<Vector<2>>,
    O: Optimizer<N>,
{
    let mut loss = 0.0;
    for (points, classes) in data.points.as_chunks::<BATCH>().0.iter().zip(data.classes.as_chunks::<BATCH>().0) {
        loss = trainer.step(points.into(), Batch::from(classes))?.loss;
    }
    Ok(loss)
}

/// The trainer of the spiral: plain SGD, no gradient stored.
pub fn spiral_trainer() -> Trainer<Spiral, CrossEntropy, formwork::optim::Sgd, BATCH> {
    let mut network = Spiral::zeros();
    draw(&mut network, 0.5, &mut Noise(2));
    Trainer::new(network, CrossEntropy, formwork::optim::Sgd::new(0.5))
}

/// A trainer with tanh, sigmoid and Adam.
pub fn curves_trainer() -> Trainer<Curves, CrossEntropy, Adam, BATCH> {
    let mut network = Curves::zeros();
    draw(&mut network, 0.5, &mut Noise(3));
    Trainer::new(network, CrossEntropy, Adam::new(0.01))
}

/// Epochs of each training on the device.
pub const EPOCHS: usize = 100;
