//! A plane through points in space.

use crate::cli::Failure;
use crate::plot::{Area, COLOURS, FINE, number};
use plotters::prelude::*;

/// Points in space and the plane that was fitted to them.
pub struct Space<'a> {
    /// Above it.
    pub title: &'a str,
    /// The names of the axes; the third goes upwards.
    pub axes: [&'a str; 3],
    /// The first two axes go from minus this to this.
    pub reach: f64,
    /// Where the third axis begins and ends.
    pub height: (f64, f64),
    /// The plane, if one was found: slopes along the first two axes, and its height over 0.
    pub plane: Option<[f64; 3]>,
    /// The points.
    pub points: Vec<[f64; 3]>,
}

impl Space<'_> {
    pub(crate) fn draw(&self, area: &Area<'_>) -> Result<(), Failure> {
        let (reach, (low, high)) = (self.reach, self.height);
        // `plotters` draws its second axis upwards.
        let mut context = ChartBuilder::on(area)
            .caption(self.title, ("sans-serif", 18 * FINE))
            .margin(12 * FINE)
            .build_cartesian_3d(-reach..reach, low..high, -reach..reach)?;
        context.with_projection(|mut view| {
            view.yaw = 0.7;
            view.pitch = 0.25;
            view.scale = 0.85;
            view.into_matrix()
        });
        let label = ("sans-serif", 12 * FINE).into_font();
        context
            .configure_axes()
            .tick_size(4 * FINE)
            .x_labels(6)
            .y_labels(6)
            .z_labels(6)
            .max_light_lines(0)
            .bold_grid_style(BLACK.mix(0.12).stroke_width(FINE.unsigned_abs()))
            .axis_panel_style(BLACK.mix(0.02).filled())
            .label_style(label.clone())
            .x_formatter(&|value| number(*value))
            .y_formatter(&|value| number(*value))
            .z_formatter(&|value| number(*value))
            .draw()?;
        if let Some([along_x, along_y, middle]) = self.plane {
            let at = |x: f64, y: f64| (x, along_x * x + along_y * y + middle, y);
            let corners = [(-reach, -reach), (reach, -reach), (reach, reach), (-reach, reach)];
            let sheet = corners.map(|(x, y)| at(x, y)).to_vec();
            context
                .draw_series([Polygon::new(sheet, COLOURS[0].mix(0.25))])?
                .label("fitted plane")
                .legend(|place| key(place, COLOURS[0].mix(0.4)));
            let lines = (-3..=3).map(|step| reach * f64::from(step) / 3.0);
            let lines =
                lines.flat_map(|step| [[at(-reach, step), at(reach, step)], [at(step, -reach), at(step, reach)]]);
            let thin = COLOURS[0].mix(0.5).stroke_width(FINE.unsigned_abs());
            context.draw_series(lines.map(|line| PathElement::new(line.to_vec(), thin)))?;
        }
        let dots = self.points.iter().map(|[x, y, z]| Circle::new((*x, *z, *y), 3 * FINE / 2, COLOURS[1].filled()));
        context.draw_series(dots)?.label("samples").legend(|place| key(place, COLOURS[1].mix(1.0)));
        let names = [(0.0, low, reach), (reach, low, 0.0), (-reach, (low + high) / 2.0, reach)];
        let offsets = [(-30, 26), (16, 26), (-52, 0)];
        let names = names.iter().zip(offsets).zip(self.axes).map(|((place, (right, down)), name)| {
            EmptyElement::at(*place) + Text::new(name.to_owned(), (right * FINE, down * FINE), label.clone())
        });
        context.draw_series(names)?;
        context
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperRight)
            .legend_area_size(26 * FINE)
            .margin(6 * FINE)
            .label_font(label)
            .background_style(WHITE.mix(0.85))
            .border_style(BLACK.mix(0.3).stroke_width(FINE.unsigned_abs()))
            .draw()?;
        Ok(())
    }
}

/// A square in the legend.
fn key((x, y): (i32, i32), colour: RGBAColor) -> Rectangle<(i32, i32)> {
    let half = 9 * FINE / 2;
    Rectangle::new([(x + half, y - half), (x + 3 * half, y + half)], colour.filled())
}
