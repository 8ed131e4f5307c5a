//! The subcommands: each wires rooms together, and is the only place that knows them all.

pub mod ca;
pub mod check;
pub mod console;
pub mod data_directory;
pub mod demo;
mod descriptors;
pub mod diff;
pub mod explain;
pub mod failure;
pub mod feed;
pub mod gate;
pub mod hearing;
pub mod interception;
pub mod interrupt;
pub mod listen;
pub mod output;
pub mod policy;
pub mod principals;
pub mod proxied;
pub mod prune;
pub mod run;
pub mod session;
pub mod settings;
pub mod summary;
pub mod trust;
pub mod twins;
mod usage;
pub mod writing;

use std::ffi::OsString;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Parser;

use crate::call::Timestamp;
use crate::cli::{Cli, Command};
use console::{Console, Verbosity};
use failure::Failure;

/// Does what the arguments (the program's name first) say, and returns the exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> i32 {
    match Cli::try_parse_from(arguments) {
        Ok(cli) => execute(cli.command).unwrap_or_else(|failure| {
            Console::new(Verbosity::Quiet).warn(&failure);
            failure.exit_code()
        }),
        Err(error) => usage::explain(&error),
    }
}

fn execute(command: Command) -> Result<i32, Failure> {
    match command {
        Command::Run(options) => run::run(options),
        Command::Listen(options) => listen::run(options),
        Command::Policy(options) => policy::run(options),
        Command::Explain(options) => explain::run(options),
        Command::Check(options) => check::run(options),
        Command::Prune(options) => prune::run(options),
        Command::Diff(options) => diff::run(options),
        Command::Ca(options) => ca::run(options),
        Command::Demo(options) => demo::run(options),
    }
}

/// The time on the wall; 1970 where that is before it.
fn wall_clock() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
