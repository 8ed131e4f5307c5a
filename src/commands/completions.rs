//! `leastwise completions`: what a shell needs to complete the command line.

use clap::CommandFactory;

use crate::cli::{Cli, Completions};
use crate::failure::Failure;
use crate::output::print;

/// Prints the script of a shell, and returns the exit code.
///
/// # Errors
///
/// When it cannot be printed.
pub(super) fn run(options: Completions) -> Result<i32, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Cli::command(), "leastwise", &mut script);
    Ok(print::show(&String::from_utf8_lossy(&script))?)
}
