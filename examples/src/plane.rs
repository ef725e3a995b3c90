//! The plane as a picture: which class a network gives each point, and where the samples lie.

use crate::cli::Failure;
use crate::plot::{Axis, COLOURS, Chart, Corner, Mark, Series};
use formwork::Vector;
use gif::{Encoder, Frame, Repeat};
use plotters::style::RGBColor;
use std::fs::File;
use std::path::Path;

/// Pixels along each side.
pub const SIDE: usize = 320;

/// Rows below an animation in which a bar shows how far the training is.
pub const BAR: usize = 8;

/// The square that a picture shows: from `low` to `high` in both directions, the second coordinate upwards.
#[derive(Clone, Copy, Debug)]
pub struct Square {
    /// Left and lower edge.
    pub low: f32,
    /// Right and upper edge.
    pub high: f32,
}

impl Square {
    /// The point at the middle of a pixel.
    fn point(self, row: usize, col: usize) -> Vector<2> {
        let step = (self.high - self.low) / SIDE as f32;
        Vector::from([self.low + step * (col as f32 + 0.5), self.high - step * (row as f32 + 0.5)])
    }

    /// The pixel of a point, where it lies in the square.
    fn pixel(self, point: &Vector<2>) -> Option<(usize, usize)> {
        let step = (self.high - self.low) / SIDE as f32;
        let [x, y] = [point[(0, 0)], point[(0, 1)]];
        let (row, col) = ((self.high - y) / step, (x - self.low) / step);
        let inside = |value: f32| (0.0..SIDE as f32).contains(&value);
        (inside(row) && inside(col)).then_some((row as usize, col as usize))
    }
}

/// The class of every pixel, row after row.
pub fn regions(square: Square, class_of: impl Fn(&Vector<2>) -> usize) -> Vec<u8> {
    let mut classes: Vec<u8> = Vec::with_capacity(SIDE * SIDE);
    for row in 0..SIDE {
        classes.extend((0..SIDE).map(|col| class_of(&square.point(row, col)) as u8));
    }
    classes
}

/// The colour of a class's samples.
fn full(class: u8) -> RGBColor {
    COLOURS[usize::from(class) % COLOURS.len()]
}

/// The colour of a class's region: a light shade of its samples'.
fn light(class: u8) -> [u8; 3] {
    let RGBColor(r, g, b) = full(class);
    [r, g, b].map(|level| level / 3 + 170)
}

/// Regions with the samples of `names.len()` classes on them; large discs where there are few samples.
pub fn chart<'a>(
    title: String,
    square: Square,
    regions: &[u8],
    samples: &[(Vector<2>, u8)],
    names: &[&'a str],
    legend: Option<Corner>,
) -> Chart<'a> {
    let background = Mark::Regions(SIDE, regions.iter().map(|class| light(*class)).collect());
    let mut series = vec![Series { name: "", colour: COLOURS[0], mark: background }];
    for (class, name) in (0_u8..).zip(names) {
        let points = samples.iter().filter(|(_, other)| *other == class);
        let points = points.map(|(point, _)| (f64::from(point[(0, 0)]), f64::from(point[(0, 1)]))).collect();
        let mark = if samples.len() < 20 { Mark::Discs(points) } else { Mark::Dots(points) };
        series.push(Series { name, colour: full(class), mark });
    }
    let axis = |name| Axis { name, range: Some(f64::from(square.low)..f64::from(square.high)), log: false };
    Chart { title, x: axis("x1"), y: axis("x2"), legend, series }
}

/// Writes regions with the samples on them, one frame after the other, as an endless GIF of eight frames a second; a bar
/// below fills as the frames go by, and the last one stands for two seconds.
///
/// # Errors
/// When the file cannot be written.
pub fn animation(path: &Path, square: Square, frames: &[Vec<u8>], samples: &[(Vector<2>, u8)]) -> Result<(), Failure> {
    // A class's region is its number, its samples 128 more; the bar is grey on white.
    const DONE: u8 = 254;
    const OPEN: u8 = 255;
    let colour = |index: u8| match index {
        DONE => [90; 3],
        OPEN => [255; 3],
        128.. => {
            let RGBColor(r, g, b) = full(index - 128);
            [r, g, b]
        }
        class => light(class),
    };
    let palette: Vec<u8> = (0..=255).flat_map(colour).collect();
    let (width, height) = (u16::try_from(SIDE)?, u16::try_from(SIDE + BAR)?);
    let failed = |error: &dyn std::fmt::Display| format!("{}: cannot be written: {error}", path.display());
    let file = File::create(path).map_err(|error| failed(&error))?;
    let mut encoder = Encoder::new(file, width, height, &palette).map_err(|error| failed(&error))?;
    encoder.set_repeat(Repeat::Infinite).map_err(|error| failed(&error))?;
    for (number, regions) in (1..).zip(frames) {
        let mut pixels = regions.clone();
        for (point, class) in samples {
            if let Some((row, col)) = square.pixel(point) {
                for (row, col) in [(row, col), (row + 1, col), (row, col + 1), (row + 1, col + 1)] {
                    if row < SIDE && col < SIDE {
                        pixels[row * SIDE + col] = 128 + class;
                    }
                }
            }
        }
        let done = SIDE * number / frames.len();
        for row in 0..BAR {
            pixels.extend((0..SIDE).map(|col| if row >= BAR / 2 && col < done { DONE } else { OPEN }));
        }
        let mut frame = Frame { width, height, buffer: pixels.into(), ..Frame::default() };
        frame.delay = if number == frames.len() { 200 } else { 12 };
        encoder.write_frame(&frame).map_err(|error| failed(&error))?;
    }
    Ok(())
}
