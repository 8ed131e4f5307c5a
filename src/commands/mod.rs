//! The subcommands: each wires rooms together, and is the only place that knows them all.

mod background;
pub mod ca;
pub mod check;
mod closed;
pub mod completions;
mod config;
pub mod console;
pub mod data_directory;
mod debug;
pub mod demo;
mod descriptors;
pub mod diff;
mod documents;
pub mod explain;
pub mod failure;
pub mod feed;
#[doc(hidden)]
pub mod fuzzing;
pub mod gate;
pub mod hearing;
pub mod held;
mod iamlive;
pub mod interception;
pub mod interrupt;
mod links;
pub mod listen;
mod lock;
pub mod man;
mod neighbours;
pub mod output;
mod overwriting;
pub mod patience;
pub mod policy;
pub mod principals;
pub mod proxied;
mod proxyless;
pub mod prune;
pub mod recorded;
pub mod rules;
pub mod run;
pub mod run_folder;
pub mod session;
pub mod set_ini;
pub mod settings;
pub mod summary;
pub mod trust;
pub mod twins;
mod usage;
pub mod version;
pub mod writing;

use std::ffi::OsString;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::FromArgMatches as _;

use crate::call::Timestamp;
use crate::cli::{self, Cli, Command, SettingsFile};
use console::{Console, Verbosity};
use failure::Failure;

/// Does what the arguments (the program's name first) say, and returns the exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> i32 {
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    let as_iamlive = arguments.first().is_some_and(|name| iamlive::is_our_name(name));
    if as_iamlive {
        arguments = iamlive::as_listen(arguments);
    }
    let config::Line { words, applied, notice } = match config::apply(&arguments) {
        Ok(found) => found,
        Err(failure) => {
            Console::new(Verbosity::Quiet).warn(&failure);
            return failure.exit_code();
        }
    };
    let parsed = cli::command().try_get_matches_from(words).and_then(|mut matches| {
        let checked = proxyless::check(&matches, &applied);
        Ok((Cli::from_arg_matches_mut(&mut matches)?, checked))
    });
    match parsed {
        Ok((_, Err(failure))) => {
            Console::new(Verbosity::Quiet).warn(&failure);
            failure.exit_code()
        }
        Ok((mut cli, Ok(()))) => {
            // In the background it was said before.
            let is_said = matches!(&cli.command, Command::Listen(it) if it.iamlive.detached);
            if let Some(notice) = notice.filter(|_| !is_said) {
                Console::new(Verbosity::Quiet).warn(notice);
            }
            if let Command::Listen(options) = &mut cli.command {
                options.as_iamlive = as_iamlive;
                options.arguments = arguments;
            }
            execute(cli.command, &cli.settings).unwrap_or_else(|failure| {
                Console::new(Verbosity::Quiet).warn(&failure);
                failure.exit_code()
            })
        }
        Err(error) => usage::explain(&error, &arguments, config::origin(&error, &applied)),
    }
}

fn execute(command: Command, settings_file: &SettingsFile) -> Result<i32, Failure> {
    if matches!(command, Command::Run(_) | Command::Listen(_)) {
        patience::patiently();
        set_ini::repair(&Console::new(Verbosity::Normal));
    }
    match command {
        Command::Run(options) => run::run(options),
        Command::Listen(options) => listen::run(options),
        Command::Policy(options) => policy::run(options),
        Command::Explain(options) => explain::run(options),
        Command::Check(options) => check::run(options),
        Command::Prune(options) => prune::run(options),
        Command::Diff(options) => diff::run(options),
        Command::Ca(options) => ca::run(options),
        Command::Config => config::run(&config::Choice::of(settings_file)),
        Command::Demo(options) => demo::run(options),
        Command::Completions(options) => completions::run(options),
        Command::Man(options) => man::run(options),
    }
}

/// The time on the wall; 1970 where that is before it.
fn wall_clock() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
