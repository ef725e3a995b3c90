//! Reader for tables in text, comma-separated or otherwise (feature `csv`): RFC 4180, quoted fields included.
//!
//! Every row is one sample: the first `I` columns are its input, what follows its targets or its class. Whatever a file
//! holds, reading it ends in data or in a [`CsvError`] that names file, line and column, both counted from 1.

use super::Dataset;
use crate::tensor::Vector;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use csv::{ByteRecord, ErrorKind, ReaderBuilder};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// How a table is written down: with a line of names or without, and what stands between the fields.
///
/// ```
/// use formwork::data::csv::Csv;
/// let text = "width;height;kind\n1.5;2.0;0\n3.0;4.5;1\n";
/// let data = Csv::new().with_delimiter(b';').read_classes::<2, _>(text.as_bytes(), 2)?;
/// assert_eq!(data.len(), 2);
/// assert_eq!(data.targets(), [0, 1]);
///
/// let error = Csv::new().read::<2, 1, _>("a,b,c\n1,2,3\n4,five,6\n".as_bytes()).unwrap_err();
/// assert_eq!(error.to_string(), "line 3, column 2 (b): expected a finite number, found \"five\"");
/// # Ok::<(), formwork::data::csv::CsvError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Csv {
    header: bool,
    delimiter: u8,
}

impl Default for Csv {
    fn default() -> Self {
        Self::new()
    }
}

/// Why a table is not the one that was asked for.
#[derive(Debug)]
#[non_exhaustive]
pub enum CsvError {
    /// It cannot be opened or read.
    Io {
        /// The file, if it is one.
        path: Option<PathBuf>,
        /// What the system says.
        source: io::Error,
    },
    /// A row of another number of fields.
    Columns {
        /// The file, if it is one.
        path: Option<PathBuf>,
        /// Its line.
        line: u64,
        /// Fields in the row.
        found: usize,
        /// Fields that a sample takes.
        expected: usize,
    },
    /// A field that is no finite number, or no class.
    Field {
        /// The file, if it is one.
        path: Option<PathBuf>,
        /// Its line.
        line: u64,
        /// Its column.
        column: usize,
        /// The column's name, where the table has a line of names.
        name: Option<String>,
        /// What the field holds.
        found: String,
        /// For the column of classes, how many there are: they go from 0 to one less.
        classes: Option<u32>,
    },
    /// No row.
    Empty {
        /// The file, if it is one.
        path: Option<PathBuf>,
    },
    /// More rows than a data set holds.
    TooMany {
        /// The file, if it is one.
        path: Option<PathBuf>,
        /// Rows found.
        rows: usize,
    },
}

impl CsvError {
    /// The same about a file.
    fn of(self, file: &Path) -> Self {
        let file = Some(file.to_path_buf());
        match self {
            Self::Io { source, .. } => Self::Io { path: file, source },
            Self::Columns { line, found, expected, .. } => Self::Columns { path: file, line, found, expected },
            Self::Field { line, column, name, found, classes, .. } => {
                Self::Field { path: file, line, column, name, found, classes }
            }
            Self::Empty { .. } => Self::Empty { path: file },
            Self::TooMany { rows, .. } => Self::TooMany { path: file, rows },
        }
    }

    fn path(&self) -> Option<&Path> {
        match self {
            Self::Io { path, .. }
            | Self::Columns { path, .. }
            | Self::Field { path, .. }
            | Self::Empty { path }
            | Self::TooMany { path, .. } => path.as_deref(),
        }
    }
}

impl fmt::Display for CsvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = self.path() {
            write!(f, "{}: ", path.display())?;
        }
        match self {
            Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound => write!(f, "no such file"),
            Self::Io { source, .. } => write!(f, "cannot be read: {source}"),
            Self::Columns { line, found, expected, .. } => {
                write!(f, "line {line}: expected {expected} fields, found {found}")
            }
            Self::Field { line, column, name, found, classes, .. } => {
                write!(f, "line {line}, column {column}")?;
                if let Some(name) = name {
                    write!(f, " ({name})")?;
                }
                match classes {
                    Some(classes) => {
                        let last = classes.saturating_sub(1);
                        write!(f, ": expected a class from 0 to {last}, found {found:?}")
                    }
                    None => write!(f, ": expected a finite number, found {found:?}"),
                }
            }
            Self::Empty { .. } => write!(f, "holds no row"),
            Self::TooMany { rows, .. } => write!(f, "holds {rows} rows, a data set at most {}", u32::MAX),
        }
    }
}

impl core::error::Error for CsvError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// One row of a table as it is being read.
struct Row<'a> {
    record: &'a ByteRecord,
    names: Option<&'a ByteRecord>,
}

impl Row<'_> {
    fn text(record: &ByteRecord, column: usize) -> String {
        String::from_utf8_lossy(record.get(column).unwrap_or_default()).into_owned()
    }

    fn error(&self, column: usize, classes: Option<u32>) -> CsvError {
        CsvError::Field {
            path: None,
            line: self.record.position().map_or(0, csv::Position::line),
            column: column + 1,
            name: self.names.map(|names| Self::text(names, column)),
            found: Self::text(self.record, column),
            classes,
        }
    }

    fn number(&self, column: usize) -> Result<f32, CsvError> {
        let text = Self::text(self.record, column);
        let number = text.trim().parse::<f32>().ok().filter(|number| number.is_finite());
        number.ok_or_else(|| self.error(column, None))
    }

    fn numbers<const N: usize>(&self, first: usize) -> Result<Vector<N>, CsvError> {
        let mut numbers = Vector::zeros();
        for (place, number) in numbers.as_mut_slice().iter_mut().enumerate() {
            *number = self.number(first + place)?;
        }
        Ok(numbers)
    }

    fn class(&self, column: usize, classes: u32) -> Result<u32, CsvError> {
        let text = Self::text(self.record, column);
        let class = text.trim().parse::<u32>().ok().filter(|class| *class < classes);
        class.ok_or_else(|| self.error(column, Some(classes)))
    }
}

impl Csv {
    /// Commas between the fields, and a first line of names.
    pub const fn new() -> Self {
        Self { header: true, delimiter: b',' }
    }

    /// Whether the first line holds the columns' names.
    pub const fn with_header(self, header: bool) -> Self {
        Self { header, ..self }
    }

    /// What stands between the fields, for example `b';'` or `b'\t'`.
    pub const fn with_delimiter(self, delimiter: u8) -> Self {
        Self { delimiter, ..self }
    }

    /// Samples of `I` numbers with `O` numbers as targets: rows of `I + O` fields.
    ///
    /// # Errors
    /// [`CsvError`]. `NaN` and infinities are refused: a network that meets one is lost.
    ///
    /// ```
    /// use formwork::{Vector, data::csv::Csv};
    /// let data = Csv::new().read::<2, 1, _>("width,height,price\n1.5,2,30\n3,4.5,80\n".as_bytes())?;
    /// assert_eq!(data.inputs()[1], Vector::from([3.0, 4.5]));
    /// assert_eq!(data.targets()[1], Vector::from([80.0]));
    /// # Ok::<(), formwork::data::csv::CsvError>(())
    /// ```
    pub fn read<const I: usize, const O: usize, R: Read>(
        self,
        reader: R,
    ) -> Result<Dataset<Vector<I>, Vector<O>>, CsvError> {
        self.rows(reader, I + O, |row| Ok((row.numbers(0)?, row.numbers(I)?)))
    }

    /// Samples of `I` numbers with a class from 0 to `classes - 1` as target: rows of `I + 1` fields.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    ///
    /// ```
    /// use formwork::data::csv::Csv;
    /// let table = Csv::new().with_header(false);
    /// assert_eq!(table.read_classes::<2, _>("1.5,2,0\n3,4.5,2\n".as_bytes(), 3)?.targets(), [0, 2]);
    /// let error = table.read_classes::<2, _>("1.5,2,3\n".as_bytes(), 3).unwrap_err();
    /// assert_eq!(error.to_string(), "line 1, column 3: expected a class from 0 to 2, found \"3\"");
    /// # Ok::<(), formwork::data::csv::CsvError>(())
    /// ```
    pub fn read_classes<const I: usize, R: Read>(
        self,
        reader: R,
        classes: u32,
    ) -> Result<Dataset<Vector<I>, u32>, CsvError> {
        self.rows(reader, I + 1, |row| Ok((row.numbers(0)?, row.class(I, classes)?)))
    }

    /// [`read`](Self::read) of a file, which errors then name.
    ///
    /// # Errors
    /// As [`read`](Self::read), and when the file cannot be opened.
    ///
    /// ```
    /// use formwork::data::csv::Csv;
    /// let error = Csv::new().open::<2, 1>("no/such/table.csv").unwrap_err();
    /// assert_eq!(error.to_string(), "no/such/table.csv: no such file");
    /// ```
    pub fn open<const I: usize, const O: usize>(
        self,
        path: impl AsRef<Path>,
    ) -> Result<Dataset<Vector<I>, Vector<O>>, CsvError> {
        let path = path.as_ref();
        Self::file(path).and_then(|file| self.read(file)).map_err(|error| error.of(path))
    }

    /// [`read_classes`](Self::read_classes) of a file, which errors then name.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    ///
    /// ```
    /// use formwork::data::csv::Csv;
    /// let error = Csv::new().open_classes::<4>("no/such/iris.csv", 3).unwrap_err();
    /// assert_eq!(error.to_string(), "no/such/iris.csv: no such file");
    /// ```
    pub fn open_classes<const I: usize>(
        self,
        path: impl AsRef<Path>,
        classes: u32,
    ) -> Result<Dataset<Vector<I>, u32>, CsvError> {
        let path = path.as_ref();
        Self::file(path).and_then(|file| self.read_classes(file, classes)).map_err(|error| error.of(path))
    }

    fn file(path: &Path) -> Result<File, CsvError> {
        File::open(path).map_err(|source| CsvError::Io { path: None, source })
    }

    fn rows<X, Y, R: Read>(
        self,
        reader: R,
        fields: usize,
        sample: impl Fn(&Row<'_>) -> Result<(X, Y), CsvError>,
    ) -> Result<Dataset<X, Y>, CsvError> {
        // Rows of any length are let through: the error for a wrong one is ours.
        let mut reader =
            ReaderBuilder::new().has_headers(self.header).delimiter(self.delimiter).flexible(true).from_reader(reader);
        let names = match self.header {
            true => Some(reader.byte_headers().map_err(unreadable)?.clone()),
            false => None,
        };
        let (mut inputs, mut targets) = (Vec::new(), Vec::new());
        let mut record = ByteRecord::new();
        while reader.read_byte_record(&mut record).map_err(unreadable)? {
            if record.len() != fields {
                let line = record.position().map_or(0, csv::Position::line);
                return Err(CsvError::Columns { path: None, line, found: record.len(), expected: fields });
            }
            let (input, target) = sample(&Row { record: &record, names: names.as_ref() })?;
            inputs.push(input);
            targets.push(target);
        }
        let rows = inputs.len();
        Dataset::new(inputs, targets).map_err(|_| match rows {
            0 => CsvError::Empty { path: None },
            rows => CsvError::TooMany { path: None, rows },
        })
    }
}

fn unreadable(error: csv::Error) -> CsvError {
    let text = error.to_string();
    let source = match error.into_kind() {
        ErrorKind::Io(source) => source,
        // Of bytes, with rows of any length, the reader has no other complaint.
        _ => io::Error::other(text),
    };
    CsvError::Io { path: None, source }
}
