//! The subcommands: each turns options into values and wires rooms together.

mod ca;
mod check;
mod completions;
mod config;
mod demo;
mod diff;
mod enforcing;
mod env;
mod explain;
#[doc(hidden)]
pub mod fuzzing;
mod gate;
mod iamlive;
mod interception;
mod judging;
mod listen;
mod man;
mod nearest;
mod policy;
mod policy_levels;
mod prune;
mod recorded;
mod report;
mod rules;
mod run;
mod settings;
mod simulate;
mod summarize;
mod trying;
mod usage;

use std::ffi::OsString;

use clap::FromArgMatches as _;

use crate::cli::settings_file::{self, Choice};
use crate::cli::{self, Cli, Command, SettingsFile, iamlive_words, proxyless};
use crate::clients::aws_config;
use crate::failure::Failure;
use crate::output::color::{self, Color};
use crate::output::console::{Console, Verbosity};
use crate::output::patience;

/// Does what the arguments (the program's name first) say, and returns the exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> i32 {
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    let as_iamlive = arguments.first().is_some_and(|name| iamlive_words::is_our_name(name));
    if as_iamlive {
        arguments = iamlive_words::as_listen(arguments);
    }
    let line = match settings_file::apply(&arguments).map_err(Failure::from) {
        Ok(found) => found,
        Err(failure) => {
            Console::new(Verbosity::Quiet).warn(&failure);
            return failure.exit_code();
        }
    };
    let settings_file::Line { words, applied, notice, warnings } = line;
    for sentence in warnings {
        Console::new(Verbosity::Quiet).warn(sentence);
    }
    let parsed = cli::command().try_get_matches_from(words).and_then(|mut matches| {
        let checked = proxyless::check(&matches, &applied).map_err(Failure::from);
        Ok((Cli::from_arg_matches_mut(&mut matches)?, checked))
    });
    match parsed {
        Ok((_, Err(failure))) => {
            Console::new(Verbosity::Quiet).warn(&failure);
            failure.exit_code()
        }
        Ok((mut cli, Ok(notes))) => {
            color::choose(match cli.color {
                cli::Color::Auto => Color::Auto,
                cli::Color::Always => Color::Always,
                cli::Color::Never => Color::Never,
            });
            for note in notes {
                Console::new(Verbosity::Normal).say(note);
            }
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
        Err(error) => usage::explain(&error, &arguments, settings_file::origin(&error, &applied)),
    }
}

fn execute(command: Command, settings_file: &SettingsFile) -> Result<i32, Failure> {
    if matches!(command, Command::Run(_) | Command::Listen(_) | Command::Try(_)) {
        patience::patiently();
        aws_config::repair(&Console::new(Verbosity::Normal));
    }
    match command {
        Command::Run(options) => run::run(options),
        Command::Listen(options) => listen::run(options),
        Command::Policy(options) => policy::run(options),
        Command::Explain(options) => explain::run(options),
        Command::Report(options) => report::run(options),
        Command::Check(options) => check::run(options),
        Command::Simulate(options) => simulate::run(options),
        Command::Nearest(options) => nearest::run(options),
        Command::Validate(options) => judging::run(options),
        Command::Prune(options) => prune::run(options),
        Command::Try(options) => trying::run(options),
        Command::Diff(options) => diff::run(options),
        Command::Summarize(options) => summarize::run(options),
        Command::Env(options) => env::run(options),
        Command::Ca(options) => ca::run(options),
        Command::Config => config::run(&Choice::of(settings_file)),
        Command::Demo(options) => demo::run(options),
        Command::Completions(options) => completions::run(options),
        Command::Man(options) => man::run(options),
    }
}
