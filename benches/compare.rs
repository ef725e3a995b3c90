//! Times Formwork and its peers on the same data in the same run and prints the table; see the library's page.

use std::process::ExitCode;

fn main() -> ExitCode {
    formwork_benches::run(std::env::args().skip(1))
}
