//! Pages of small pictures as SVG, each with a caption.

use crate::cli::Failure;
use crate::plot::write;
use plotters::element::BitMapElement;
use plotters::prelude::*;
use std::path::Path;

/// One picture of a page.
pub struct Tile {
    /// Rows and columns.
    pub size: (usize, usize),
    /// Red, green, blue of each pixel, row after row.
    pub pixels: Vec<[u8; 3]>,
    /// Lines of text below it, each in its colour.
    pub caption: Vec<(String, RGBColor)>,
}

/// Draws pictures in rows of `columns`, each pixel enlarged `zoom` times.
///
/// # Errors
/// When the file cannot be written.
pub fn page(path: &Path, title: &str, columns: usize, zoom: usize, tiles: &[Tile]) -> Result<(), Failure> {
    const GAP: i32 = 14;
    const LINE: i32 = 15;
    let (rows, cols) = tiles.first().map_or((1, 1), |tile| tile.size);
    let lines = i32::try_from(tiles.iter().map(|tile| tile.caption.len()).max().unwrap_or(0))?;
    let (width, height) = (i32::try_from(cols * zoom)? + GAP, i32::try_from(rows * zoom)? + LINE * lines + GAP);
    let down = i32::try_from(tiles.len().div_ceil(columns))?;
    let total = (GAP + width * i32::try_from(columns)?, 34 + height * down);
    let mut svg = String::new();
    let area =
        SVGBackend::with_string(&mut svg, (u32::try_from(total.0)?, u32::try_from(total.1)?)).into_drawing_area();
    area.fill(&WHITE)?;
    area.draw(&Text::new(title, (GAP, 8), ("sans-serif", 16).into_font()))?;
    for (place, tile) in tiles.iter().enumerate() {
        let left = GAP + width * i32::try_from(place % columns)?;
        let top = 34 + height * i32::try_from(place / columns)?;
        area.draw(&bitmap(tile, zoom, (left, top))?)?;
        for (line, (text, colour)) in (0..).zip(&tile.caption) {
            let below = top + height - GAP - LINE * lines + LINE * line + 1;
            area.draw(&Text::new(text.as_str(), (left, below), ("sans-serif", 12).into_font().color(colour)))?;
        }
    }
    area.present()?;
    drop(area);
    write(path, &svg)
}

fn bitmap(tile: &Tile, zoom: usize, at: (i32, i32)) -> Result<BitMapElement<'static, (i32, i32)>, Failure> {
    let (rows, cols) = tile.size;
    let mut bytes = Vec::with_capacity(rows * cols * zoom * zoom * 3);
    for row in 0..rows * zoom {
        for col in 0..cols * zoom {
            bytes.extend(tile.pixels[row / zoom * cols + col / zoom]);
        }
    }
    let size = (u32::try_from(cols * zoom)?, u32::try_from(rows * zoom)?);
    BitMapElement::with_owned_buffer(at, size, bytes).ok_or_else(|| "a picture of the wrong size".into())
}

/// Grey levels as colours, light on dark turned to dark on light.
pub fn grey(levels: &[u8]) -> Vec<[u8; 3]> {
    levels.iter().map(|level| [255 - level; 3]).collect()
}

/// Values below 0 in blue, above 0 in red, 0 in white, the largest magnitude in full colour.
pub fn signed(values: &[f32]) -> Vec<[u8; 3]> {
    let largest = values.iter().fold(f32::MIN_POSITIVE, |largest, value| largest.max(value.abs()));
    values
        .iter()
        .map(|value| {
            let faded = (255.0 * (1.0 - (value / largest).abs())) as u8;
            if *value < 0.0 { [faded, faded, 255] } else { [255, faded, faded] }
        })
        .collect()
}
