//! Settings, where they are from, and the options that have them.

use std::collections::BTreeMap;

use clap::{Arg, Command};

pub(crate) const FILE: &str = "leastwise.toml";
pub(crate) const PREFIX: &str = "LEASTWISE_";
/// What is no setting: what we set for a command of `run`, and what says which settings file is read.
pub(crate) const OURS: &[&str] = &[
    "LEASTWISE_CA_FILE",
    "LEASTWISE_CONFIG",
    "LEASTWISE_ENV_FILE",
    "LEASTWISE_FOLDER",
    "LEASTWISE_NO_CONFIG",
];
/// Those of them that we set for a command of `run`.
pub(crate) const FOR_COMMANDS: &[&str] =
    &["LEASTWISE_CA_FILE", "LEASTWISE_ENV_FILE", "LEASTWISE_FOLDER"];

pub(crate) type Values = Vec<String>;

/// A setting and where it is from.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub(crate) values: Values,
    /// How its source is named to the user.
    pub(crate) origin: String,
    /// The source's place among all, the strongest first.
    pub(crate) rank: usize,
}

/// Who is behind a source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The user.
    #[default]
    User,
    /// Whoever wrote what is in the working directory.
    Directory,
}

/// The settings of one source: for every command that has the option, and for one.
#[derive(Debug, Default)]
pub(crate) struct Source {
    /// How it is named to the user.
    pub(crate) name: String,
    pub(crate) origin: Origin,
    pub(crate) there: bool,
    /// Why it is there and not read.
    pub(crate) ignored: Option<String>,
    pub(crate) general: BTreeMap<String, Values>,
    pub(crate) commands: BTreeMap<String, BTreeMap<String, Values>>,
}

impl Source {
    pub(crate) fn new(name: &str, origin: Origin) -> Source {
        Source { name: name.to_owned(), origin, ..Source::default() }
    }
}

pub(crate) fn settable<'a>(cli: &'a Command, name: &str) -> Option<&'a Command> {
    cli.find_subcommand(name).filter(|command| is_settable(command))
}

pub(crate) fn settable_commands(cli: &Command) -> impl Iterator<Item = &Command> {
    cli.get_subcommands().filter(|it| is_settable(it))
}

/// Commands that have options of their own.
pub(crate) fn is_settable(command: &Command) -> bool {
    !command.has_subcommands() && options(command).next().is_some()
}

/// The options that can be set.
pub(crate) fn options(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|arg| {
        let is_help = matches!(arg.get_long(), None | Some("help" | "version"));
        !is_help && !arg.is_positional() && !arg.is_hide_set() && !arg.is_global_set()
    })
}

pub(crate) fn option_names(cli: &Command) -> impl Iterator<Item = &str> {
    settable_commands(cli).flat_map(options).filter_map(Arg::get_long)
}

pub(crate) fn is_true(value: &str) -> bool {
    ["true", "1", "yes", "on"].iter().any(|it| it.eq_ignore_ascii_case(value))
}

pub(crate) fn variable(option: &str) -> String {
    format!("{PREFIX}{}", option.to_ascii_uppercase().replace('-', "_"))
}
