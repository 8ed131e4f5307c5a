//! Settings from files and from the environment, and `leastwise config`, which shows them.
//!
//! An option that is not on the command line is looked for in `LEASTWISE_*`, then in `leastwise.toml` of the working
//! directory, then in the user's. What is found is put on the command line, so that it is checked as if it had been
//! typed, and every option of every command has its setting without a list of them here.

mod allowed;
mod file;
mod places;
mod setting;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, CommandFactory as _};

use self::places::Found;
use self::setting::{
    FILE, FOR_COMMANDS, OURS, Origin, PREFIX, Setting, Source, is_true, option_names, options,
    settable, settable_commands, variable,
};
use crate::cli::declared::{Cli, SettingsFile};
use crate::cli::error::CliError;
use crate::cli::taken_back;
use crate::text::{self, Foreign, without_credentials};

pub(crate) use places::Choice;

/// The command line with the settings on it.
#[derive(Debug)]
pub(crate) struct Line {
    /// The words.
    pub words: Vec<OsString>,
    /// What of it are settings.
    pub applied: Vec<Applied>,
    /// What is to be said of the working directory's file, which may be somebody else's.
    pub notice: Option<String>,
    /// What is to be said of variables that set nothing.
    pub warnings: Vec<String>,
}

/// A setting that was put on the command line.
#[derive(Debug)]
pub(crate) struct Applied {
    /// The option's name.
    pub(crate) option: String,
    /// The file or the variable that it is from.
    pub(crate) origin: String,
}

/// The command line with the settings on it, and which those are.
///
/// # Errors
///
/// When a file cannot be read, or says something that is no setting.
pub(crate) fn apply(arguments: &[OsString]) -> Result<Line, CliError> {
    let unchanged = || Line {
        words: arguments.to_vec(),
        applied: Vec::new(),
        notice: None,
        warnings: Vec::new(),
    };
    if !has_settings(arguments) {
        return Ok(unchanged());
    }
    let cli = built();
    let at = command_at(arguments);
    let name = at.and_then(|at| arguments.get(at)?.to_str());
    let (Some(at), Some(command)) = (at, name.and_then(|name| settable(&cli, name))) else {
        return Ok(unchanged());
    };
    match taken_back::command().try_get_matches_from(arguments) {
        Ok(_) => {}
        // A setting may be what is missing.
        Err(error) if error.kind() == ErrorKind::MissingRequiredArgument => {}
        // Help needs no settings; what is wrong is said by whoever parses next.
        Err(_) => return Ok(unchanged()),
    }
    let Ok(matches) = taken_back::command().ignore_errors(true).try_get_matches_from(arguments)
    else {
        return Ok(unchanged());
    };
    let given = matches.subcommand().map(|(_, matches)| matches);
    let is_given = |arg: &Arg| {
        given.is_some_and(|it| {
            it.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine)
        })
    };
    let warnings = unknown_variables(&cli)?;
    let sources = sources(&cli, &choice(&matches))?;
    let chosen = choose(command, &sources, is_given)?;
    let notice = notice(&sources, &chosen);
    let words = chosen.iter().flat_map(|it| it.words.iter().map(OsString::from));
    let (before, after) = arguments.split_at(at + 1);
    let words = before.iter().cloned().chain(words).chain(after.iter().cloned()).collect();
    let applied = chosen
        .into_iter()
        .map(|it| Applied { option: it.name.to_owned(), origin: it.setting.origin })
        .collect();
    Ok(Line { words, applied, notice, warnings })
}

/// Whether there may be any; mostly there are none, and then nothing is to be parsed twice.
fn has_settings(arguments: &[OsString]) -> bool {
    let is_missing = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
    let is_there = |path: &Path| !path.symlink_metadata().is_err_and(|error| is_missing(&error));
    // In any case of letters: what sets nothing is said.
    let is_ours = |name: OsString| {
        let name = name.to_string_lossy();
        name.to_ascii_uppercase().starts_with(PREFIX) && !FOR_COMMANDS.contains(&&*name)
    };
    let variables = || std::env::vars_os().any(|(name, _)| is_ours(name));
    let is_about_files = |word: &OsString| word.to_string_lossy().starts_with("--config");
    is_there(Path::new(FILE))
        || users_file(|name| std::env::var_os(name)).is_some_and(|path| is_there(&path))
        || variables()
        || arguments.iter().any(is_about_files)
}

/// Where the subcommand stands.
fn command_at(arguments: &[OsString]) -> Option<usize> {
    let mut at = 1;
    loop {
        match arguments.get(at)?.to_str()? {
            "--config" => at += 2,
            word if word == "--no-config" || word.starts_with("--config=") => at += 1,
            _ => return Some(at),
        }
    }
}

/// Which file is to be read, as far as the command line says.
fn choice(matches: &ArgMatches) -> Choice {
    let config = matches.try_get_one::<PathBuf>("config").ok().flatten().cloned();
    let no_config = matches.try_get_one::<bool>("no_config").ok().flatten().copied();
    Choice::of(&SettingsFile { config, no_config: no_config.unwrap_or_default() })
}

/// A setting for a command line.
struct Chosen<'a> {
    arg: &'a Arg,
    name: &'a str,
    setting: Setting,
    words: Vec<String>,
}

/// The settings that a command line gets, with options on it that are given already: these win over settings that they
/// conflict with, and so do settings over those of weaker sources.
fn choose<'a>(
    command: &'a Command,
    sources: &[Source],
    is_given: impl Fn(&Arg) -> bool,
) -> Result<Vec<Chosen<'a>>, CliError> {
    let conflicts = |one: &Arg, other: &Arg| {
        let has = |one: &Arg, other: &Arg| {
            command.get_arg_conflicts_with(one).iter().any(|it| it.get_id() == other.get_id())
        };
        has(one, other) || has(other, one)
    };
    let mut chosen: Vec<Chosen<'a>> = Vec::new();
    for arg in options(command) {
        let name = arg.get_long().unwrap_or_default();
        let Some(setting) = find(sources, command.get_name(), name) else { continue };
        let is_ruled_out =
            is_given(arg) || options(command).any(|other| is_given(other) && conflicts(arg, other));
        if !is_ruled_out {
            let words = as_words(arg, name, &setting)?;
            chosen.push(Chosen { arg, name, setting, words });
        }
    }
    let is_weaker = |one: &Chosen<'_>| {
        chosen.iter().any(|other| {
            let is_set = !one.words.is_empty() && !other.words.is_empty();
            is_set && other.setting.rank < one.setting.rank && conflicts(one.arg, other.arg)
        })
    };
    let keep: Vec<bool> = chosen.iter().map(|it| !is_weaker(it)).collect();
    let mut keep = keep.into_iter();
    chosen.retain(|_| keep.next().unwrap_or(true));
    Ok(chosen)
}

/// What is to be said of the working directory's file.
fn notice(sources: &[Source], chosen: &[Chosen<'_>]) -> Option<String> {
    let (rank, source) =
        sources.iter().enumerate().find(|(_, it)| it.origin == Origin::Directory)?;
    if let Some(why) = &source.ignored {
        return Some(format!(
            "{FILE} in the working directory is ignored: {why}; if you trust what it says, use it with --config {FILE}"
        ));
    }
    let set = chosen.iter().filter(|it| it.setting.rank == rank);
    let names: Vec<_> = set.map(|it| it.name).collect();
    (!names.is_empty()).then(|| {
        format!(
            "settings of {FILE} in the working directory are in force: {}; --no-config ignores them",
            names.join(", ")
        )
    })
}

/// Which setting an error of the parser is about.
pub(crate) fn origin<'a>(error: &clap::Error, applied: &'a [Applied]) -> Option<&'a str> {
    let Some(ContextValue::String(shown)) = error.get(ContextKind::InvalidArg) else { return None };
    let name = shown.split([' ', '=', '.']).next()?.strip_prefix("--")?;
    applied.iter().find(|it| it.option == name).map(|it| it.origin.as_str())
}

/// What is in force, as a settings file, with where it is from.
///
/// # Errors
///
/// When a file cannot be read, or says something that is no setting.
pub(crate) fn in_force(choice: &Choice) -> Result<String, CliError> {
    let cli = built();
    let sources = sources(&cli, choice)?;
    description(&cli, &sources)
}

fn description(cli: &Command, sources: &[Source]) -> Result<String, CliError> {
    let mut text = String::from("# The command line wins; then, in this order:\n");
    for source in sources {
        let state = match (&source.ignored, source.there) {
            (Some(why), _) => format!(" (ignored: {why})"),
            (None, true) => String::new(),
            (None, false) => " (not there)".to_owned(),
        };
        let _ = writeln!(text, "#   {}{state}", Foreign(&source.name));
    }
    for sentence in unknown_variables(cli)? {
        let _ = writeln!(text, "# {sentence}");
    }
    for command in settable_commands(cli) {
        let _ = writeln!(text, "\n[{}]", command.get_name());
        for arg in options(command) {
            let name = arg.get_long().unwrap_or_default();
            match find(sources, command.get_name(), name) {
                Some(setting) => {
                    // Said here if it cannot be.
                    as_words(arg, name, &setting)?;
                    let _ = writeln!(
                        text,
                        "{name} = {}  # {}",
                        as_toml(arg, &without_passwords(name, &setting.values)),
                        Foreign(&setting.origin)
                    );
                }
                None => {
                    let default = arg.get_default_values().iter();
                    let default: Vec<_> =
                        default.map(|it| it.to_string_lossy().into_owned()).collect();
                    let value = if default.is_empty() && takes_value(arg) {
                        "none".to_owned()
                    } else {
                        as_toml(arg, &default)
                    };
                    let _ = writeln!(text, "# {name} = {value}  # default");
                }
            }
        }
    }
    Ok(text)
}

/// Values as they may be shown: whoever sees them need not learn the password of a proxy.
fn without_passwords(option: &str, values: &[String]) -> Vec<String> {
    let is_url = |value: &str| value.contains("://");
    // A proxy may also be named without a scheme.
    let takes_urls = ["upstream", "intercept", "host"].iter().any(|it| option.contains(it));
    let shown = |value: &String| match value.rsplit_once('@') {
        Some((_, host)) if takes_urls && !is_url(value) => format!("…@{host}"),
        _ => without_credentials(value).into_owned(),
    };
    values.iter().map(shown).collect()
}

/// The command line as it is declared, with what it declares for all commands in each.
fn built() -> Command {
    let mut cli = Cli::command();
    cli.build();
    cli
}

fn takes_value(arg: &Arg) -> bool {
    !matches!(arg.get_action(), ArgAction::SetTrue | ArgAction::SetFalse | ArgAction::Count)
}

fn find(sources: &[Source], command: &str, option: &str) -> Option<Setting> {
    sources.iter().enumerate().find_map(|(rank, source)| {
        let own = source.commands.get(command).and_then(|it| it.get(option));
        // What is said of all commands is the format of policies.
        let is_general = (command, option) != ("validate", "format");
        let general = source.general.get(option).filter(|_| is_general);
        let values = own.or(general)?.clone();
        let is_variable = source.name.starts_with(PREFIX);
        let origin = if is_variable { variable(option) } else { source.name.clone() };
        Some(Setting { values, origin, rank })
    })
}

fn as_words(arg: &Arg, name: &str, setting: &Setting) -> Result<Vec<String>, CliError> {
    let Setting { values, origin, .. } = setting;
    let wrong = |what: &str| Err(CliError::Settings(format!("{origin}: `{name}` {what}")));
    let one = if let [value] = &values[..] { value.as_str() } else { "" };
    let option = format!("--{name}");
    match arg.get_action() {
        ArgAction::SetTrue | ArgAction::SetFalse => match one.to_ascii_lowercase().as_str() {
            "false" | "0" | "no" | "off" => Ok(Vec::new()),
            it if is_true(it) => Ok(vec![option]),
            _ => wrong("must be true or false"),
        },
        ArgAction::Count => match one.parse::<u8>() {
            Ok(count) if count <= 9 => Ok(vec![option; count.into()]),
            _ => wrong("must be a number from 0 to 9"),
        },
        ArgAction::Append => Ok(values.iter().map(|value| format!("{option}={value}")).collect()),
        _ if values.len() == 1 => Ok(vec![format!("{option}={one}")]),
        _ => wrong("must be one value, not a list"),
    }
}

fn as_toml(arg: &Arg, values: &[String]) -> String {
    // A basic string of TOML has JSON's escapes.
    let quoted = |value: &String| {
        text::json(&serde_json::Value::from(value.as_str()).to_string()).into_owned()
    };
    match arg.get_action() {
        ArgAction::Append => {
            format!("[{}]", values.iter().map(quoted).collect::<Vec<_>>().join(", "))
        }
        ArgAction::SetTrue | ArgAction::SetFalse => {
            values.first().is_some_and(|it| is_true(it)).to_string()
        }
        // Only a number gets this far.
        ArgAction::Count => values.first().cloned().unwrap_or_else(|| "0".to_owned()),
        _ => values.first().map(quoted).unwrap_or_default(),
    }
}

/// From the strongest to the weakest.
fn sources(cli: &Command, choice: &Choice) -> Result<Vec<Source>, CliError> {
    let users = |path: &Path, must_be_there| {
        let name = path.display().to_string();
        source(cli, &name, Origin::User, places::read_users(path, must_be_there))
    };
    let mut sources = vec![from_environment(cli)];
    match choice {
        Choice::Directory => {
            sources.push(source(cli, FILE, Origin::Directory, places::read_directorys())?);
        }
        Choice::Named(path) => sources.push(users(path, true)?),
        Choice::Neither => {}
    }
    if let Some(path) = users_file(|name| std::env::var_os(name)) {
        sources.push(users(&path, false)?);
    }
    Ok(sources)
}

fn source(
    cli: &Command,
    name: &str,
    origin: Origin,
    found: Result<Found, String>,
) -> Result<Source, CliError> {
    let source = found.and_then(|found| match found {
        Found::Nothing => Ok(Source::new(name, origin)),
        Found::Foreign(why) => Ok(Source { ignored: Some(why), ..Source::new(name, origin) }),
        Found::Text(text) => file::parse(cli, name, &text, origin),
    });
    source.map_err(|problem| CliError::Settings(format!("{name}{problem}")))
}

/// A sentence for each variable that has our prefix, in any case, and sets nothing, with what was meant; never its value.
///
/// # Errors
///
/// When one would set something, and its value is no text.
fn unknown_variables(cli: &Command) -> Result<Vec<String>, CliError> {
    const PREFIX_AND_MORE: usize = PREFIX.len() + 1;
    const ALIKE: f64 = 0.8;
    let known: BTreeSet<String> = option_names(cli).map(variable).collect();
    let mut sentences = Vec::new();
    for (name, value) in std::env::vars_os().filter(|(_, value)| !value.is_empty()) {
        let name = name.to_string_lossy().into_owned();
        let upper = name.to_ascii_uppercase();
        if upper.len() < PREFIX_AND_MORE || !upper.starts_with(PREFIX) || OURS.contains(&&*name) {
            continue;
        }
        if known.contains(&name) {
            if value.to_str().is_none() {
                return Err(CliError::Settings(format!(
                    "{name}: its value is not UTF-8; set it again, or unset it"
                )));
            }
            continue;
        }
        let likeness =
            |known: &&String| strsim::jaro_winkler(&known[PREFIX.len()..], &upper[PREFIX.len()..]);
        let nearest = known.iter().max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
        let meant = match nearest.filter(|it| likeness(it) >= ALIKE) {
            Some(nearest) => format!("did you mean {nearest}?"),
            None => "`leastwise config` lists the ones that exist".to_owned(),
        };
        sentences.push(format!("{} is set, but no option has this name; {meant}", Foreign(&name)));
    }
    sentences.sort();
    Ok(sentences)
}

fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| {
        let (name, value) = (name.into_string().ok()?, value.into_string().ok()?);
        (name.starts_with(PREFIX) && !value.is_empty()).then_some((name, value))
    })
}

fn from_environment(cli: &Command) -> Source {
    let mut source = Source { name: format!("{PREFIX}*"), ..Source::default() };
    let variables: BTreeMap<String, String> = environment().collect();
    for arg in settable_commands(cli).flat_map(options) {
        let Some(name) = arg.get_long() else { continue };
        let Some(value) = variables.get(&variable(name)) else { continue };
        let values = match arg.get_action() {
            ArgAction::Append => value.split(',').map(|it| it.trim().to_owned()).collect(),
            _ => vec![value.clone()],
        };
        source.there = true;
        source.general.insert(name.to_owned(), values);
    }
    source
}

/// `leastwise/leastwise.toml` in the user's configuration directory.
fn users_file(outer: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let absolute = |name| outer(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let directory = if cfg!(windows) {
        absolute("APPDATA")?
    } else {
        absolute("XDG_CONFIG_HOME").or_else(|| {
            let home = absolute("HOME")?;
            Some(home.join(if cfg!(target_os = "macos") {
                "Library/Application Support"
            } else {
                ".config"
            }))
        })?
    };
    Some(directory.join("leastwise").join(FILE))
}

/// The words that a `leastwise.toml` of the working directory puts on the command line of each command; `None` when it is
/// refused. For the fuzz target: what is read is what [`apply`] reads.
pub(crate) fn words_of_a_directory(bytes: &[u8]) -> Option<Vec<(String, Vec<String>)>> {
    static CLI: LazyLock<Command> = LazyLock::new(built);
    let text = std::str::from_utf8(bytes).ok()?;
    let sources = [file::parse(&CLI, FILE, text, Origin::Directory).ok()?];
    let mut words = Vec::new();
    for command in settable_commands(&CLI) {
        let Ok(chosen) = choose(command, &sources, |_| false) else { continue };
        let of_command = chosen.into_iter().flat_map(|it| it.words).collect();
        words.push((command.get_name().to_owned(), of_command));
    }
    Some(words)
}

#[cfg(test)]
mod tests;
