//! `Display` as PyTorch prints, `Debug` with the shape, dtype and device in front.
//!
//! The rules are PyTorch's: four digits unless `{:.3}` says otherwise, whole floats as `1.`, scientific where the
//! largest is over 1000 times the smallest or over 1e8 or the smallest is under 1e-4, lines of 80 characters, three rows and
//! columns at each edge where there are more than 1000 elements. A vector is printed as the matrix of one row that it is.

use super::{Scalar, Tensor};
use core::fmt::{self, Write};

/// An element on its way to being printed.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Printed {
    Float(f64),
    Integer(i128),
    Bool(bool),
}

const EDGE: usize = 3;
const LINE: usize = 80;
const INDENT: usize = "tensor(".len();
const SUMMARISED_ABOVE: usize = 1000;
/// More digits than a float has are not printed, so that a number always fits its buffer.
const MOST_DIGITS: usize = 40;

/// How all elements of one tensor are written.
#[derive(Clone, Copy)]
struct Style {
    precision: usize,
    whole: bool,
    scientific: bool,
    width: usize,
}

/// Counts characters: all, and those since the last line break.
#[derive(Default)]
struct Count {
    all: usize,
    column: usize,
}

impl Write for Count {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.all += text.len();
        self.column = match text.rfind('\n') {
            Some(place) => text.len() - place - 1,
            None => self.column + text.len(),
        };
        Ok(())
    }
}

/// A number in scientific form, whose exponent is rewritten as C prints it.
struct Buffer {
    bytes: [u8; 64],
    length: usize,
}

impl Write for Buffer {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

impl Style {
    fn element(&self, value: Printed, to: &mut dyn Write) -> fmt::Result {
        match value {
            Printed::Integer(value) => write!(to, "{value}"),
            Printed::Bool(value) => to.write_str(if value { "True" } else { "False" }),
            Printed::Float(value) if value.is_nan() => to.write_str("nan"),
            Printed::Float(value) if value.is_infinite() => to.write_str(if value < 0.0 { "-inf" } else { "inf" }),
            Printed::Float(value) if self.scientific => {
                let mut buffer = Buffer { bytes: [0; 64], length: 0 };
                write!(buffer, "{value:.*e}", self.precision)?;
                let text = buffer.bytes.get(..buffer.length).unwrap_or(&[]);
                let (digits, exponent) =
                    core::str::from_utf8(text).ok().and_then(|text| text.split_once('e')).ok_or(fmt::Error)?;
                let exponent: i32 = exponent.parse().map_err(|_| fmt::Error)?;
                write!(to, "{digits}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
            }
            Printed::Float(value) if self.whole => write!(to, "{value:.0}."),
            Printed::Float(value) => write!(to, "{value:.*}", self.precision),
        }
    }

    fn width_of(&self, value: Printed) -> usize {
        let mut count = Count::default();
        // Counting cannot fail.
        let _ = self.element(value, &mut count);
        count.all
    }

    fn padded(&self, value: Printed, to: &mut dyn Write) -> fmt::Result {
        for _ in self.width_of(value)..self.width {
            to.write_str(" ")?;
        }
        self.element(value, to)
    }

    /// The style that suits all values.
    fn of(values: impl Iterator<Item = Printed> + Clone, precision: usize) -> Self {
        let mut style = Self { precision, whole: true, scientific: false, width: 1 };
        let (mut largest, mut smallest) = (0.0_f64, f64::INFINITY);
        let counts = |value: &Printed| match *value {
            Printed::Float(value) => value.is_finite() && value != 0.0,
            _ => true,
        };
        let values = values.filter(counts);
        for value in values.clone() {
            if let Printed::Float(value) = value {
                let size = value.abs();
                largest = largest.max(size);
                smallest = smallest.min(size);
                style.whole &= size >= 4_503_599_627_370_496.0 || (size as u64) as f64 == size;
            }
        }
        style.scientific =
            largest > 0.0 && (largest / smallest > 1000.0 || largest > 1e8 || (!style.whole && smallest < 1e-4));
        style.width = values.map(|value| style.width_of(value)).max().unwrap_or(1);
        style
    }
}

/// The places of a row or column that are printed, `None` for the dots.
fn shown(length: usize, summarised: bool) -> impl Iterator<Item = Option<usize>> + Clone {
    let cut = summarised && length > 2 * EDGE;
    let head = if cut { EDGE } else { length };
    let tail = if cut { length - EDGE } else { length };
    (0..head).map(Some).chain(cut.then_some(None)).chain((tail..length).map(Some))
}

impl<const R: usize, const C: usize, T: Scalar> Tensor<R, C, T> {
    fn write_to(&self, precision: Option<usize>, to: &mut dyn Write) -> fmt::Result {
        let summarised = R * C > SUMMARISED_ABOVE;
        let values = shown(R, summarised).flatten().flat_map(|row| {
            shown(C, summarised).flatten().filter_map(move |col| self.get(row, col).map(|value| value.printed()))
        });
        let style = Style::of(values, precision.unwrap_or(4).min(MOST_DIGITS));
        let per_line = ((LINE - INDENT - 1) / (style.width + 2)).max(1);
        to.write_str("tensor([")?;
        for (place, row) in shown(R, summarised).enumerate() {
            if place > 0 {
                write!(to, ",\n{:indent$}", "", indent = INDENT + 1)?;
            }
            let Some(row) = row else {
                to.write_str("...")?;
                continue;
            };
            to.write_str("[")?;
            for (place, col) in shown(C, summarised).enumerate() {
                if place > 0 && place % per_line == 0 {
                    write!(to, ",\n{:indent$}", "", indent = INDENT + 2)?;
                } else if place > 0 {
                    to.write_str(", ")?;
                }
                match col.and_then(|col| self.get(row, col)) {
                    Some(value) => style.padded(value.printed(), to)?,
                    None => to.write_str(" ...")?,
                }
            }
            to.write_str("]")?;
        }
        to.write_str("]")
    }
}

/// As PyTorch prints: `{}` with four digits, `{:.2}` with two.
///
/// ```
/// use formwork::tensor;
/// let x = tensor![[1.5_f32, 2.0], [-3.25, 100.0]];
/// assert_eq!(x.to_string(), "tensor([[  1.5000,   2.0000],\n        [ -3.2500, 100.0000]])");
/// assert_eq!(format!("{x:.1}"), "tensor([[  1.5,   2.0],\n        [ -3.2, 100.0]])");
/// assert_eq!(tensor![[1_u8, 20]].to_string(), "tensor([[ 1, 20]], dtype=torch.uint8)");
/// ```
impl<const R: usize, const C: usize, T: Scalar> fmt::Display for Tensor<R, C, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_to(f.precision(), f)?;
        if !matches!(T::DTYPE, "float32" | "int64" | "bool") {
            let mut count = Count::default();
            self.write_to(f.precision(), &mut count)?;
            let suffix = "dtype=torch.)".len() + T::DTYPE.len();
            if count.column + suffix + 2 > LINE {
                write!(f, ",\n{:INDENT$}dtype=torch.{}", "", T::DTYPE)?;
            } else {
                write!(f, ", dtype=torch.{}", T::DTYPE)?;
            }
        }
        f.write_str(")")
    }
}

/// `Tensor<1, 2>([[1.0, 2.0]], dtype=float32, device=cpu)`: shape, values, dtype and device.
impl<const R: usize, const C: usize, T: Scalar> fmt::Debug for Tensor<R, C, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tensor<{R}, {C}>(")?;
        f.debug_list().entries(self.0.iter()).finish()?;
        write!(f, ", dtype={}, device=cpu)", T::DTYPE)
    }
}
