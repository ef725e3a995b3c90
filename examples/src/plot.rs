//! Charts as SVG: curves, dots, bars and regions over two axes, several charts on a sheet.

use crate::cli::Failure;
use crate::space::Space;
use plotters::coord::Shift;
use plotters::coord::ranged1d::{AsRangedCoord, ValueFormatter};
use plotters::element::BitMapElement;
use plotters::prelude::*;
use std::ops::Range;
use std::path::Path;

pub use plotters::chart::SeriesLabelPosition as Corner;

/// The colours of several curves, told apart in print and by colour-blind readers too (Okabe and Ito).
pub const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
];

/// Parts of a pixel: `plotters` rounds to whole units, which would make steps of smooth curves.
pub(crate) const FINE: i32 = 4;

/// What a series looks like.
pub enum Mark {
    /// Points joined by lines.
    Line(Vec<(f64, f64)>),
    /// A small disc for each point.
    Dots(Vec<(f64, f64)>),
    /// A large disc with a white rim for each point.
    Discs(Vec<(f64, f64)>),
    /// Left edge, right edge and height of each bar.
    Bars(Vec<(f64, f64, f64)>),
    /// A picture over the whole chart: its side in pixels, and red, green and blue of each, row after row.
    Regions(usize, Vec<[u8; 3]>),
}

/// One thing in a chart.
pub struct Series<'a> {
    /// Its name in the legend; one without a name is not in it.
    pub name: &'a str,
    /// Its colour.
    pub colour: RGBColor,
    /// What is drawn.
    pub mark: Mark,
}

impl<'a> Series<'a> {
    /// A curve in one of the [`COLOURS`].
    pub fn line(name: &'a str, colour: usize, points: Vec<(f64, f64)>) -> Self {
        Self { name, colour: COLOURS[colour % COLOURS.len()], mark: Mark::Line(points) }
    }

    /// Dots in one of the [`COLOURS`].
    pub fn dots(name: &'a str, colour: usize, points: Vec<(f64, f64)>) -> Self {
        Self { name, colour: COLOURS[colour % COLOURS.len()], mark: Mark::Dots(points) }
    }

    /// Where it lies, for the ranges of the axes.
    fn corners(&self) -> Vec<(f64, f64)> {
        match &self.mark {
            Mark::Line(points) | Mark::Dots(points) | Mark::Discs(points) => finite(points).collect(),
            Mark::Bars(bars) => bars.iter().flat_map(|(left, right, top)| [(*left, *top), (*right, *top)]).collect(),
            Mark::Regions(..) => Vec::new(),
        }
    }
}

/// One axis of a chart.
pub struct Axis<'a> {
    /// Its name.
    pub name: &'a str,
    /// From where to where; as far as the series reach, if nothing is said.
    pub range: Option<Range<f64>>,
    /// Whether equal steps are equal factors.
    pub log: bool,
}

impl<'a> From<&'a str> for Axis<'a> {
    fn from(name: &'a str) -> Self {
        Self { name, range: None, log: false }
    }
}

/// One chart.
pub struct Chart<'a> {
    /// Above it.
    pub title: String,
    /// The horizontal axis.
    pub x: Axis<'a>,
    /// The vertical axis.
    pub y: Axis<'a>,
    /// Where the legend covers nothing; no legend, if nothing is said.
    pub legend: Option<Corner>,
    /// What is drawn, the first below the others.
    pub series: Vec<Series<'a>>,
}

/// One place of a sheet.
pub enum Panel<'a> {
    /// Two axes.
    Chart(Chart<'a>),
    /// Three axes.
    Space(Space<'a>),
}

/// An area that is being drawn on, in parts of a pixel.
pub(crate) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Draws panels of `size` pixels into one file, `across` of them in a row.
///
/// # Errors
/// When the file cannot be written.
pub fn sheet(path: &Path, panels: &[Panel<'_>], across: usize, size: (u32, u32)) -> Result<(), Failure> {
    let (across, down) = (across.max(1), panels.len().div_ceil(across.max(1)));
    let (width, height) = (size.0 * u32::try_from(across)?, size.1 * u32::try_from(down)?);
    let mut svg = String::new();
    let mut region = None;
    {
        let fine = FINE.unsigned_abs();
        let area = SVGBackend::with_string(&mut svg, (width * fine, height * fine)).into_drawing_area();
        area.fill(&WHITE)?;
        for (area, panel) in area.split_evenly((down, across)).iter().zip(panels) {
            match panel {
                Panel::Chart(chart) => region = chart.draw(area)?.or(region),
                Panel::Space(space) => space.draw(area)?,
            }
        }
        area.present()?;
    }
    // The size in pixels; the view box keeps the parts.
    let fine = |size: u32| size * FINE.unsigned_abs();
    let drawn = format!("width=\"{}\" height=\"{}\" viewBox", fine(width), fine(height));
    svg = svg.replacen(&drawn, &format!("width=\"{width}\" height=\"{height}\" viewBox"), 1);
    if let Some((side, (width, height))) = region {
        let stretched = format!("width=\"{width}\" height=\"{height}\" preserveAspectRatio=\"none\" href");
        svg = svg.replace(&format!("width=\"{side}\" height=\"{side}\" href"), &stretched);
    }
    write(path, &svg)
}

/// Writes a picture. The type of the pictures in it is spelled as browsers that do not guess want it.
pub(crate) fn write(path: &Path, svg: &str) -> Result<(), Failure> {
    let svg = svg.replace("data:png;base64", "data:image/png;base64");
    std::fs::write(path, svg).map_err(|error| format!("{}: cannot be written: {error}", path.display()).into())
}

/// The side of a picture of regions, and the width and height that it takes.
type Stretched = Option<(usize, (u32, u32))>;

impl Chart<'_> {
    fn draw(&self, area: &Area<'_>) -> Result<Stretched, Failure> {
        // A curve may end at the edge, a dot may not.
        let dotted = self.series.iter().any(|series| matches!(series.mark, Mark::Dots(_) | Mark::Discs(_)));
        let side = if dotted { 0.05 } else { 0.0 };
        let (x, y) = (self.range(&self.x, |point| point.0, side), self.range(&self.y, |point| point.1, 0.05));
        match (self.x.log, self.y.log) {
            (false, false) => self.draw_over(area, x, y),
            (true, false) => self.draw_over(area, x.log_scale(), y),
            (false, true) => self.draw_over(area, x, y.log_scale()),
            (true, true) => self.draw_over(area, x.log_scale(), y.log_scale()),
        }
    }

    /// The range of an axis: of the finite values, a little wider than they are.
    fn range(&self, axis: &Axis<'_>, of: fn((f64, f64)) -> f64, margin: f64) -> Range<f64> {
        if let Some(range) = &axis.range {
            return range.clone();
        }
        let (low, high) = self
            .series
            .iter()
            .flat_map(Series::corners)
            .map(of)
            .filter(|value| value.is_finite() && (!axis.log || *value > 0.0))
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        if low > high {
            return 1.0..2.0;
        }
        if axis.log {
            let room = if high > low { (high / low).powf(margin) } else { 2.0 };
            return low / room..high * room;
        }
        let room = if high > low { margin * (high - low) } else { 0.5 };
        low - room..high + room
    }

    /// How many places of the horizontal axis are named: each of a few whole numbers, else about ten.
    fn ticks(&self) -> usize {
        let points: Vec<(f64, f64)> = self.series.iter().flat_map(Series::corners).collect();
        let range = self.range(&self.x, |point| point.0, 0.0);
        let steps = range.end - range.start;
        let whole = points.iter().all(|(x, _)| x.fract() == 0.0);
        if whole && (1.0..9.0).contains(&steps) { steps as usize + 1 } else { 10 }
    }

    fn draw_over<X, Y>(&self, area: &Area<'_>, x: X, y: Y) -> Result<Stretched, Failure>
    where
        X: AsRangedCoord<Value = f64, CoordDescType: ValueFormatter<f64>>,
        Y: AsRangedCoord<Value = f64, CoordDescType: ValueFormatter<f64>>,
    {
        let area = area.margin(10 * FINE, 0, 0, 0).titled(&self.title, ("sans-serif", 18 * FINE))?;
        let mut context = ChartBuilder::on(&area)
            .margin(12 * FINE)
            .margin_top(8 * FINE)
            .x_label_area_size(38 * FINE)
            .y_label_area_size(54 * FINE)
            .build_cartesian_2d(x, y)?;
        context
            .configure_mesh()
            .x_desc(self.x.name)
            .y_desc(self.y.name)
            .x_labels(self.ticks())
            .y_labels(8)
            .x_label_formatter(&|value| number(*value))
            .y_label_formatter(&|value| number(*value))
            .label_style(("sans-serif", 12 * FINE))
            .axis_desc_style(("sans-serif", 13 * FINE))
            .set_all_tick_mark_size(4 * FINE)
            .max_light_lines(0)
            .bold_line_style(BLACK.mix(0.15).stroke_width(FINE.unsigned_abs()))
            .axis_style(BLACK.mix(0.6).stroke_width(FINE.unsigned_abs()))
            .draw()?;
        let mut stretched = None;
        for Series { name, colour, mark } in &self.series {
            let (colour, wide) = (*colour, 2 * FINE.unsigned_abs());
            let anno = match mark {
                Mark::Line(points) => {
                    context.draw_series(LineSeries::new(finite(points), colour.stroke_width(wide)))?
                }
                Mark::Dots(points) => {
                    let radius = 3 * FINE / 2;
                    context.draw_series(finite(points).map(|point| Circle::new(point, radius, colour.filled())))?
                }
                Mark::Discs(points) => context.draw_series(finite(points).flat_map(|point| {
                    [(8, WHITE), (6, colour)].map(|(radius, colour)| Circle::new(point, radius * FINE, colour.filled()))
                }))?,
                Mark::Bars(bars) => {
                    let floor = context.y_range().start;
                    context.draw_series(bars.iter().map(|(left, right, top)| {
                        Rectangle::new([(*left, floor), (*right, *top)], colour.mix(0.6).filled())
                    }))?
                }
                Mark::Regions(side, pixels) => {
                    stretched = Some((*side, context.plotting_area().dim_in_pixel()));
                    let size = (u32::try_from(*side)?, u32::try_from(*side)?);
                    let bytes = pixels.iter().flatten().copied().collect();
                    let corner = (context.x_range().start, context.y_range().end);
                    let picture = BitMapElement::with_owned_buffer(corner, size, bytes);
                    context.draw_series([picture.ok_or("a picture of another size than its pixels")?])?
                }
            };
            let lines = matches!(mark, Mark::Line(_));
            if !name.is_empty() {
                // A little room, for the reader's font may be wider than the one that was measured.
                anno.label(format!("{name}\u{a0}")).legend(move |(x, y)| key((x, y), colour, lines));
            }
        }
        if let Some(corner) = &self.legend {
            context
                .configure_series_labels()
                .position(corner.clone())
                .legend_area_size(26 * FINE)
                .margin(6 * FINE)
                .label_font(("sans-serif", 12 * FINE))
                .background_style(WHITE.mix(0.85))
                .border_style(BLACK.mix(0.3).stroke_width(FINE.unsigned_abs()))
                .draw()?;
        }
        Ok(stretched)
    }
}

/// The points that can be drawn: a training that has gone astray gives others.
fn finite(points: &[(f64, f64)]) -> impl Iterator<Item = (f64, f64)> {
    points.iter().copied().filter(|(x, y)| x.is_finite() && y.is_finite())
}

/// What stands before a name in the legend: a piece of the line, or a square.
fn key((x, y): (i32, i32), colour: RGBColor, line: bool) -> Rectangle<(i32, i32)> {
    let (wide, high) = if line { (18 * FINE, FINE) } else { (9 * FINE, 9 * FINE / 2) };
    let left = x + (18 * FINE - wide) / 2;
    Rectangle::new([(left, y - high), (left + wide, y + high)], colour.filled())
}

/// A number as short as it can be written: no zeros behind the point, no zero below zero.
pub(crate) fn number(value: f64) -> String {
    let rounded = (value * 1e9).round() / 1e9;
    if rounded != 0.0 && (rounded.abs() < 0.001 || rounded.abs() >= 1e6) {
        format!("{rounded:e}")
    } else {
        format!("{}", rounded + 0.0)
    }
}
