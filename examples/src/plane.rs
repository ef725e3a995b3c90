//! The plane as a picture: which class a network gives each point, and where the samples lie.

use crate::cli::Failure;
use crate::plot::{COLOURS, Tile};
use formwork::Vector;
use gif::{Encoder, Frame, Repeat};
use plotters::style::RGBColor;
use std::fs::File;
use std::path::Path;

/// Pixels along each side.
pub const SIDE: usize = 240;

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

/// The class of every pixel, and the samples' classes on top (`class + 128`), row after row.
pub fn regions(square: Square, samples: &[(Vector<2>, u8)], class_of: impl Fn(&Vector<2>) -> usize) -> Vec<u8> {
    let mut classes: Vec<u8> = Vec::with_capacity(SIDE * SIDE);
    for row in 0..SIDE {
        classes.extend((0..SIDE).map(|col| class_of(&square.point(row, col)) as u8));
    }
    for (point, class) in samples {
        if let Some((row, col)) = square.pixel(point) {
            for (row, col) in [(row, col), (row + 1, col), (row, col + 1), (row + 1, col + 1)] {
                if row < SIDE && col < SIDE {
                    classes[row * SIDE + col] = 128 + class;
                }
            }
        }
    }
    classes
}

/// A region in a light shade of its class's colour, a sample in the full one.
fn colour(class: u8) -> [u8; 3] {
    let RGBColor(r, g, b) = COLOURS[usize::from(class % 128) % COLOURS.len()];
    if class >= 128 { [r, g, b] } else { [r, g, b].map(|level| level / 3 + 170) }
}

/// Regions as a picture for a page.
pub fn tile(regions: &[u8], caption: &[String]) -> Tile {
    Tile {
        size: (SIDE, SIDE),
        pixels: regions.iter().map(|class| colour(*class)).collect(),
        caption: caption.iter().map(|line| (line.clone(), RGBColor(0, 0, 0))).collect(),
    }
}

/// Writes regions, one frame after the other, as an endless GIF of eight frames a second.
///
/// # Errors
/// When the file cannot be written.
pub fn animation(path: &Path, frames: &[Vec<u8>]) -> Result<(), Failure> {
    let palette: Vec<u8> = (0..=255).flat_map(colour).collect();
    let side = u16::try_from(SIDE)?;
    let failed = |error: &dyn std::fmt::Display| format!("{}: cannot be written: {error}", path.display());
    let file = File::create(path).map_err(|error| failed(&error))?;
    let mut encoder = Encoder::new(file, side, side, &palette).map_err(|error| failed(&error))?;
    encoder.set_repeat(Repeat::Infinite).map_err(|error| failed(&error))?;
    for regions in frames {
        let mut frame = Frame { width: side, height: side, buffer: regions.as_slice().into(), ..Frame::default() };
        frame.delay = 12;
        encoder.write_frame(&frame).map_err(|error| failed(&error))?;
    }
    Ok(())
}
