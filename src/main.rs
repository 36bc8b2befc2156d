//! Parses the command line, runs it, prints the error chain once, and turns the outcome into an exit code.

use ridealong::cli;
use std::io::Write as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::run() {
        Ok(code) => code,
        Err(error) => {
            // Where standard error is gone too, the exit code still tells.
            let _ = writeln!(std::io::stderr(), "ridealong: {error:#}");
            ExitCode::FAILURE
        }
    }
}
