//! `leastwise man`: the manual pages, one per subcommand, from the same definitions as `--help`.

use clap::CommandFactory;

use crate::child::error::Refused;
use crate::cli::{Cli, Man, manual};
use crate::failure::Failure;
use crate::output::print;

/// Prints a page in roff, and returns the exit code.
///
/// # Errors
///
/// When there is no such subcommand, or the page cannot be printed.
pub(super) fn run(options: Man) -> Result<i32, Failure> {
    let mut root = Cli::command().disable_help_subcommand(true);
    root.build(); // gives subcommands their full names
    let mut command = &root;
    for name in &options.subcommand {
        command = command
            .find_subcommand(name)
            .ok_or_else(|| Failure::NoPage(options.subcommand.join(" ")))?;
    }
    let page = manual::page(command).map_err(|error| Refused { what: "a manual page", error })?;
    Ok(print::show(&page)?)
}
