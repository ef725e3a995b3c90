//! How a program reads numbers from its command line and how it ends: exit code 2 for a wrong command line (clap's own),
//! 1 for data that cannot be used, with one line on stderr.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

/// Why a program ends early; its text is the line on stderr.
pub type Failure = Box<dyn Error + Send + Sync>;

/// Runs a program and turns its error into one line on stderr and exit code 1.
pub fn finish(result: Result<(), Failure>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(1)
        }
    }
}

/// A learning rate: a number above 0.
///
/// # Errors
/// Says what a learning rate is.
pub fn positive(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(value) if value > 0.0 && value.is_finite() => Ok(value),
        _ => Err("expected a number above 0".to_owned()),
    }
}

/// A count: a whole number from 1 on.
///
/// # Errors
/// Says what a count is.
pub fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(value) if value > 0 => Ok(value),
        _ => Err("expected a whole number from 1 on".to_owned()),
    }
}

/// Makes the folder for a program's pictures.
///
/// # Errors
/// Names the folder that cannot be made.
pub fn make_folder(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: cannot be made: {error}", folder.display()).into())
}

/// Writes to stdout; a reader that has gone away (`| head`) ends the program quietly instead of with a panic.
pub fn write(text: std::fmt::Arguments<'_>) {
    use std::io::Write;
    if std::io::stdout().write_fmt(text).is_err() {
        std::process::exit(0);
    }
}

/// `println!` for a reader that may go away.
#[macro_export]
macro_rules! say {
    () => { $crate::cli::write(format_args!("\n")) };
    ($($text:tt)*) => { $crate::cli::write(format_args!("{}\n", format_args!($($text)*))) };
}
