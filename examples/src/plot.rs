//! Charts and pages of pictures as SVG.

use crate::cli::Failure;
use plotters::coord::Shift;
use plotters::element::BitMapElement;
use plotters::prelude::*;
use std::path::Path;

/// The colours of several curves, told apart in print and by colour-blind readers too (Okabe and Ito).
pub const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
];

/// One curve of a chart.
pub struct Curve<'a> {
    /// Its name in the legend.
    pub name: &'a str,
    /// Its points.
    pub points: Vec<(f64, f64)>,
}

/// Points of a chart.
pub struct Scatter<'a> {
    /// Their name in the legend.
    pub name: &'a str,
    /// Where they lie.
    pub points: Vec<(f64, f64)>,
}

/// One chart: a title, the names of the axes, and curves.
pub struct Chart<'a> {
    /// Above the chart.
    pub title: &'a str,
    /// Below the horizontal axis.
    pub x: &'a str,
    /// Beside the vertical axis.
    pub y: &'a str,
    /// What is drawn.
    pub curves: Vec<Curve<'a>>,
    /// Points below the curves.
    pub points: Vec<Scatter<'a>>,
}

/// Draws charts side by side into one file.
///
/// # Errors
/// When the file cannot be written.
pub fn charts(path: &Path, charts: &[Chart<'_>]) -> Result<(), Failure> {
    sheet(path, charts, charts.len())
}

/// Draws charts into one file, `across` of them in a row.
///
/// # Errors
/// When the file cannot be written.
pub fn sheet(path: &Path, charts: &[Chart<'_>], across: usize) -> Result<(), Failure> {
    let (across, down) = (across.max(1), charts.len().div_ceil(across.max(1)));
    let size = (480 * u32::try_from(across)?, 360 * u32::try_from(down)?);
    let area = SVGBackend::new(path, size).into_drawing_area();
    area.fill(&WHITE)?;
    for (area, chart) in area.split_evenly((down, across)).iter().zip(charts) {
        draw(area, chart)?;
    }
    area.present().map_err(|error| format!("{}: cannot be written: {error}", path.display()))?;
    Ok(())
}

fn draw(area: &DrawingArea<SVGBackend<'_>, Shift>, chart: &Chart<'_>) -> Result<(), Failure> {
    let scattered = || chart.points.iter().flat_map(|scatter| scatter.points.iter().copied());
    let points = || chart.curves.iter().flat_map(|curve| curve.points.iter().copied()).chain(scattered());
    let (x, y) = (range(points().map(|point| point.0), 0.0), range(points().map(|point| point.1), 0.05));
    let mut context = ChartBuilder::on(area)
        .caption(chart.title, ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(52)
        .build_cartesian_2d(x, y)?;
    context.configure_mesh().x_desc(chart.x).y_desc(chart.y).light_line_style(WHITE).draw()?;
    for scatter in &chart.points {
        let grey = RGBColor(150, 150, 150);
        let dots = scatter.points.iter().map(|point| Circle::new(*point, 1, grey.filled()));
        context.draw_series(dots)?.label(scatter.name).legend(move |(x, y)| Circle::new((x + 8, y), 2, grey.filled()));
    }
    for (curve, colour) in chart.curves.iter().zip(COLOURS) {
        let finite = curve.points.iter().copied().filter(|(x, y)| x.is_finite() && y.is_finite());
        let line = LineSeries::new(finite, colour.stroke_width(2));
        let sample = move |(x, y)| PathElement::new(vec![(x, y), (x + 16, y)], colour.stroke_width(2));
        context.draw_series(line)?.label(curve.name).legend(sample);
    }
    if chart.curves.len() + chart.points.len() > 1 {
        context.configure_series_labels().background_style(WHITE.mix(0.8)).border_style(BLACK.mix(0.3)).draw()?;
    }
    Ok(())
}

/// The range of finite values, a little wider than they are.
fn range(values: impl Iterator<Item = f64>, margin: f64) -> std::ops::Range<f64> {
    let (low, high) = values
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if low > high {
        return 0.0..1.0;
    }
    let room = if high > low { margin * (high - low) } else { 0.5 };
    low - room..high + room
}

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
    let area = SVGBackend::new(path, (u32::try_from(total.0)?, u32::try_from(total.1)?)).into_drawing_area();
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
    area.present().map_err(|error| format!("{}: cannot be written: {error}", path.display()))?;
    Ok(())
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
