//! Settings from files and from the environment, and `leastwise config`, which shows them.
//!
//! An option that is not on the command line is looked for in `LEASTWISE_*`, then in `leastwise.toml` of the working
//! directory, then in the user's. What is found is put on the command line, so that it is checked as if it had been
//! typed, and every option of every command has its setting without a list of them here.

use std::any::TypeId;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, Command, CommandFactory as _};

use super::console::{Console, Verbosity};
use super::explain::plain;
use super::failure::Failure;
use super::output;
use crate::cli::{self, Cli};

const FILE: &str = "leastwise.toml";
const PREFIX: &str = "LEASTWISE_";
/// What we set for a command of `run`; no option.
const OURS: &[&str] = &["LEASTWISE_CA_FILE"];
/// What a directory that somebody else filled must not decide: where requests with their credentials go, who may use
/// the proxy, what is trusted, what calls need, that a file of the user's is edited or replaced, and that a check passes.
const NOT_FROM_WORKING_DIRECTORY: &[&str] = &[
    "allow-incomplete",
    "allow-remote",
    "aws-redirect-host",
    "ca-bundle",
    "ca-key",
    "force",
    "intercept",
    "override-aws-map",
    "rules",
    "set-ini",
    "upstream",
    "upstream-ca",
    "upstream-proxy",
];

/// A setting that was put on the command line.
#[derive(Debug)]
pub(super) struct Applied {
    /// The option's name.
    pub(super) option: String,
    /// The file or the variable that it is from.
    pub(super) origin: String,
}

/// A setting and where it is from.
#[derive(Debug, Clone)]
struct Setting {
    values: Vec<String>,
    origin: String,
}

/// The settings of one source: for every command that has the option, and for one.
#[derive(Debug, Default)]
struct Source {
    /// How it is named to the user.
    name: String,
    there: bool,
    general: BTreeMap<String, Vec<String>>,
    commands: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

/// The command line with the settings on it, and which those are.
///
/// # Errors
///
/// When a file cannot be read, or says something that is no setting.
pub(super) fn apply(arguments: &[OsString]) -> Result<(Vec<OsString>, Vec<Applied>), Failure> {
    let unchanged = || (arguments.to_vec(), Vec::new());
    // Mostly there is nothing, and then nothing is to be parsed twice.
    let users = users_file(|name| std::env::var_os(name));
    let is_there = |path: &Path| !matches!(path.try_exists(), Ok(false));
    let has_file = is_there(Path::new(FILE)) || users.is_some_and(|path| is_there(&path));
    let is_ours = |name: &OsStr| {
        let name = name.to_string_lossy();
        name.to_ascii_uppercase().starts_with(PREFIX) && !OURS.contains(&&*name)
    };
    if !has_file && !std::env::vars_os().any(|(name, _)| is_ours(&name)) {
        return Ok(unchanged());
    }
    let mut cli = Cli::command();
    cli.build();
    let Some(command) = arguments.get(1).and_then(|name| settable(&cli, name.to_str()?)) else {
        return Ok(unchanged());
    };
    match cli::command().try_get_matches_from(arguments) {
        Ok(_) => {}
        // A setting may be what is missing.
        Err(error) if error.kind() == ErrorKind::MissingRequiredArgument => {}
        // Help needs no settings; what is wrong is said by whoever parses next.
        Err(_) => return Ok(unchanged()),
    }
    let Ok(matches) = cli::command().ignore_errors(true).try_get_matches_from(arguments) else {
        return Ok(unchanged());
    };
    let given = matches.subcommand().map(|(_, matches)| matches);
    let is_given = |arg: &Arg| {
        given.is_some_and(|it| {
            it.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine)
        })
    };
    for sentence in unknown_variables(&cli)? {
        Console::new(Verbosity::Quiet).warn(sentence);
    }
    let sources = sources(&cli)?;
    let (mut words, mut applied) = (Vec::new(), Vec::new());
    for arg in options(command) {
        let name = arg.get_long().unwrap_or_default();
        let Some(setting) = find(&sources, command.get_name(), name) else { continue };
        let conflicts = |one: &Arg, other: &Arg| {
            command.get_arg_conflicts_with(one).iter().any(|it| it.get_id() == other.get_id())
        };
        let is_ruled_out = is_given(arg)
            || options(command)
                .filter(|other| is_given(other))
                .any(|other| conflicts(arg, other) || conflicts(other, arg));
        if is_ruled_out {
            continue;
        }
        words.extend(as_words(arg, name, &setting)?);
        applied.push(Applied { option: name.to_owned(), origin: setting.origin });
    }
    let (before, after) = arguments.split_at(2);
    let words = words.into_iter().map(OsString::from);
    Ok((before.iter().cloned().chain(words).chain(after.iter().cloned()).collect(), applied))
}

/// Which setting an error of the parser is about.
pub(super) fn origin<'a>(error: &clap::Error, applied: &'a [Applied]) -> Option<&'a str> {
    let Some(ContextValue::String(shown)) = error.get(ContextKind::InvalidArg) else { return None };
    let name = shown.split([' ', '=', '.']).next()?.strip_prefix("--")?;
    applied.iter().find(|it| it.option == name).map(|it| it.origin.as_str())
}

/// `leastwise config`: what is in force, as a settings file, with where it is from.
///
/// # Errors
///
/// When a file cannot be read, or says something that is no setting.
pub(super) fn run() -> Result<i32, Failure> {
    let mut cli = Cli::command();
    cli.build();
    let sources = sources(&cli)?;
    output::show(&description(&cli, &sources)?)
}

fn description(cli: &Command, sources: &[Source]) -> Result<String, Failure> {
    let mut text = String::from("# The command line wins; then, in this order:\n");
    for source in sources {
        let _ =
            writeln!(text, "#   {}{}", source.name, if source.there { "" } else { " (not there)" });
    }
    for sentence in unknown_variables(cli)? {
        let _ = writeln!(text, "# {sentence}");
    }
    for command in cli.get_subcommands().filter(|it| is_settable(it)) {
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
                        as_toml(arg, &setting.values),
                        setting.origin
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

fn settable<'a>(cli: &'a Command, name: &str) -> Option<&'a Command> {
    cli.find_subcommand(name).filter(|command| is_settable(command))
}

/// Commands that have options of their own.
fn is_settable(command: &Command) -> bool {
    !command.has_subcommands() && options(command).next().is_some()
}

/// The options that can be set.
fn options(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|arg| {
        let is_help = matches!(arg.get_long(), None | Some("help" | "version"));
        !is_help && !arg.is_positional() && !arg.is_hide_set()
    })
}

fn option_names(cli: &Command) -> impl Iterator<Item = &str> {
    cli.get_subcommands().filter(|it| is_settable(it)).flat_map(options).filter_map(Arg::get_long)
}

fn takes_value(arg: &Arg) -> bool {
    !matches!(arg.get_action(), ArgAction::SetTrue | ArgAction::SetFalse | ArgAction::Count)
}

fn find(sources: &[Source], command: &str, option: &str) -> Option<Setting> {
    sources.iter().find_map(|source| {
        let own = source.commands.get(command).and_then(|it| it.get(option));
        let values = own.or_else(|| source.general.get(option))?.clone();
        let is_variable = source.name.starts_with(PREFIX);
        let origin = if is_variable { variable(option) } else { source.name.clone() };
        Some(Setting { values, origin })
    })
}

fn as_words(arg: &Arg, name: &str, setting: &Setting) -> Result<Vec<String>, Failure> {
    let Setting { values, origin } = setting;
    let wrong = |what: &str| Err(Failure::Config(format!("{origin}: `{name}` is {what}")));
    let one = if let [value] = &values[..] { value.as_str() } else { "" };
    let option = format!("--{name}");
    match arg.get_action() {
        ArgAction::SetTrue | ArgAction::SetFalse => match one.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Ok(vec![option]),
            "false" | "0" | "no" | "off" => Ok(Vec::new()),
            _ => wrong("to be true or false"),
        },
        ArgAction::Count => match one.parse::<u8>() {
            Ok(count) if count <= 9 => Ok(vec![option; count.into()]),
            _ => wrong("to be a number from 0 to 9"),
        },
        ArgAction::Append => Ok(values.iter().map(|value| format!("{option}={value}")).collect()),
        _ if values.len() == 1 => Ok(vec![format!("{option}={one}")]),
        _ => wrong("to be one value, not a list"),
    }
}

fn as_toml(arg: &Arg, values: &[String]) -> String {
    let quoted = |value: &String| serde_json::Value::from(value.as_str()).to_string();
    match arg.get_action() {
        ArgAction::Append => {
            format!("[{}]", values.iter().map(quoted).collect::<Vec<_>>().join(", "))
        }
        ArgAction::SetTrue | ArgAction::SetFalse => {
            let is_set = values.first().is_some_and(|it| {
                ["true", "1", "yes", "on"].contains(&it.to_ascii_lowercase().as_str())
            });
            is_set.to_string()
        }
        ArgAction::Count => values.first().cloned().unwrap_or_else(|| "0".to_owned()),
        _ => values.first().map(quoted).unwrap_or_default(),
    }
}

/// From the strongest to the weakest.
fn sources(cli: &Command) -> Result<Vec<Source>, Failure> {
    let mut sources = vec![from_environment(cli), from_file(cli, Path::new(FILE), true)?];
    if let Some(path) = users_file(|name| std::env::var_os(name)) {
        sources.push(from_file(cli, &path, false)?);
    }
    Ok(sources)
}

/// A sentence for each variable that has our prefix, in any case, and sets nothing, with what was meant; never its value.
///
/// # Errors
///
/// When one would set something, and its value is no text.
fn unknown_variables(cli: &Command) -> Result<Vec<String>, Failure> {
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
                return Err(Failure::Config(format!(
                    "{name}: its value is no text in UTF-8; set it anew, or unset it"
                )));
            }
            continue;
        }
        let likeness =
            |known: &&String| strsim::jaro_winkler(&known[PREFIX.len()..], &upper[PREFIX.len()..]);
        let nearest = known.iter().max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
        let meant = match nearest.filter(|it| likeness(it) >= ALIKE) {
            Some(nearest) => format!("did you mean {nearest}?"),
            None => "`leastwise config` lists those that there are".to_owned(),
        };
        sentences.push(format!("{} is set, and no option has this name; {meant}", plain(&name)));
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

fn variable(option: &str) -> String {
    format!("{PREFIX}{}", option.to_ascii_uppercase().replace('-', "_"))
}

fn from_environment(cli: &Command) -> Source {
    let mut source = Source { name: format!("{PREFIX}*"), ..Source::default() };
    let variables: BTreeMap<String, String> = environment().collect();
    for arg in cli.get_subcommands().filter(|it| is_settable(it)).flat_map(options) {
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

fn from_file(cli: &Command, path: &Path, is_working_directory: bool) -> Result<Source, Failure> {
    let name = path.display().to_string();
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(Source { name, ..Source::default() });
        }
        Err(error) => return Err(Failure::Config(format!("{name} cannot be read: {error}"))),
    };
    parse(cli, &name, &text, is_working_directory)
        .map_err(|problem| Failure::Config(format!("{name}{problem}")))
}

fn parse(
    cli: &Command,
    name: &str,
    text: &str,
    is_working_directory: bool,
) -> Result<Source, String> {
    let table: toml::Table = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let line = text.get(..at).unwrap_or_default().matches('\n').count() + 1;
        format!(", line {line}: {}", error.message())
    })?;
    let mut source = Source { name: name.to_owned(), there: true, ..Source::default() };
    for (key, value) in table {
        if let toml::Value::Table(settings) = value {
            let Some(command) = settable(cli, &key) else {
                let commands =
                    cli.get_subcommands().filter(|it| is_settable(it)).map(Command::get_name);
                return Err(format!(
                    ": there is no command `{key}` to be set; there are {}",
                    commands.collect::<Vec<_>>().join(", ")
                ));
            };
            let mut own = BTreeMap::new();
            for (key, value) in settings {
                let Some(arg) = options(command).find(|arg| arg.get_long() == Some(&key)) else {
                    return Err(unknown(&key, [command]));
                };
                own.insert(key.clone(), checked(arg, &key, &value, is_working_directory)?);
            }
            source.commands.insert(key, own);
        } else {
            let commands = || cli.get_subcommands().filter(|it| is_settable(it));
            let Some(arg) = commands().flat_map(options).find(|arg| arg.get_long() == Some(&key))
            else {
                return Err(unknown(&key, commands()));
            };
            source.general.insert(key.clone(), checked(arg, &key, &value, is_working_directory)?);
        }
    }
    Ok(source)
}

/// What is wrong, and what was meant perhaps: the parser of the command line knows.
fn unknown<'a>(key: &str, commands: impl IntoIterator<Item = &'a Command>) -> String {
    let meant = commands.into_iter().find_map(|command| {
        let words = ["leastwise".to_owned(), command.get_name().to_owned(), format!("--{key}")];
        let error = Cli::command().try_get_matches_from(words).err()?;
        match error.get(ContextKind::SuggestedArg)? {
            ContextValue::String(meant) => Some(meant.trim_start_matches('-').to_owned()),
            _ => None,
        }
    });
    let meant = meant.map_or(String::new(), |meant| format!("; did you mean `{meant}`?"));
    format!(": there is no setting `{}`{meant}", key.escape_debug())
}

fn checked(
    arg: &Arg,
    key: &str,
    value: &toml::Value,
    is_working_directory: bool,
) -> Result<Vec<String>, String> {
    let text = |value: &toml::Value| match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(is_so) => Some(is_so.to_string()),
        _ => None,
    };
    let values: Option<Vec<String>> = match value {
        toml::Value::Array(values) => values.iter().map(text).collect(),
        value => text(value).map(|it| vec![it]),
    };
    let values = values.ok_or_else(|| {
        format!(": `{key}` is to be a string, a number, true, false, or a list of those")
    })?;
    if is_working_directory {
        if NOT_FROM_WORKING_DIRECTORY.contains(&key) {
            return Err(format!(
                ": `{key}` is not taken from the working directory, which may be somebody else's; set it in your own file (`leastwise config` names it), as {}, or on the command line",
                variable(key)
            ));
        }
        let is_path = arg.get_value_parser().type_id() == TypeId::of::<PathBuf>();
        if is_path && values.iter().any(|value| leads_out(value)) {
            return Err(format!(
                ": `{key}` leads out of the working directory; give a path below it here, or set it in your own file, as {}, or on the command line",
                variable(key)
            ));
        }
    }
    Ok(values)
}

fn leads_out(path: &str) -> bool {
    let inside = |it| matches!(it, Component::Normal(_) | Component::CurDir);
    !Path::new(OsStr::new(path)).components().all(inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cli() -> Command {
        let mut cli = Cli::command();
        cli.build();
        cli
    }

    fn read(text: &str, is_working_directory: bool) -> Result<Source, String> {
        parse(&cli(), "leastwise.toml", text, is_working_directory)
    }

    #[test]
    fn a_table_wins_over_what_is_for_all() {
        let source = read(
            "verbose = 1\nintercept = ['a', 'b']\n[listen]\nverbose = 2\ncsm-port = 31001",
            false,
        )
        .unwrap();
        let sources = [source];
        let value = |command, option| find(&sources, command, option).map(|it| it.values.join(","));
        assert_eq!(value("run", "verbose").as_deref(), Some("1"));
        assert_eq!(value("listen", "verbose").as_deref(), Some("2"));
        assert_eq!(value("listen", "csm-port").as_deref(), Some("31001"));
        assert_eq!(value("run", "intercept").as_deref(), Some("a,b"));
        assert_eq!(value("run", "record"), None);
    }

    #[test]
    fn what_is_no_setting_is_said() {
        for (text, said) in [
            ("recrod = 'x'", ": there is no setting `recrod`; did you mean `record`?"),
            (
                "[listen]\ncsm-prot = 1",
                ": there is no setting `csm-prot`; did you mean `csm-port`?",
            ),
            ("detached = true", ": there is no setting `detached`"),
            (
                "[lisen]\nverbose = 1",
                ": there is no command `lisen` to be set; there are run, listen",
            ),
            ("a = \n", ", line 1: "),
            ("record = { a = 1 }", ": there is no command `record`"),
            ("record = 1.5", ": `record` is to be"),
        ] {
            let error = read(text, false).unwrap_err();
            assert!(error.starts_with(said), "{error}");
        }
    }

    #[test]
    fn a_foreign_directory_decides_nothing_that_matters() {
        for text in [
            "upstream = 'http://evil.example'",
            "[listen]\nset-ini = true",
            "output-file = '/etc/x'",
            "record = '../x'",
        ] {
            assert!(read(text, true).is_err(), "{text}");
            assert!(read(text, false).is_ok(), "{text}");
        }
        assert!(read("output-file = 'build/policy.json'", true).is_ok());
        let cli = cli();
        for name in NOT_FROM_WORKING_DIRECTORY {
            assert!(option_names(&cli).any(|it| it == *name), "{name}");
        }
    }

    #[test]
    fn every_option_of_every_command_can_be_set() {
        let cli = cli();
        for command in cli.get_subcommands().filter(|it| is_settable(it)) {
            for arg in options(command) {
                let name = arg.get_long().unwrap();
                let value = match arg.get_action() {
                    ArgAction::SetTrue => "true".to_owned(),
                    ArgAction::Count => "1".to_owned(),
                    _ => "'1'".to_owned(),
                };
                let text = format!("[{}]\n{name} = {value}", command.get_name());
                let sources =
                    [read(&text, false).unwrap_or_else(|error| panic!("{text}: {error}"))];
                let setting = find(&sources, command.get_name(), name).unwrap();
                assert_eq!(as_words(arg, name, &setting).unwrap().len(), 1, "{text}");
            }
        }
    }

    #[test]
    fn what_is_shown_can_be_read_again() {
        let cli = cli();
        let text = "quiet = true\n[run]\nintercept = ['a\"b']\noutput-file = 'p'\n";
        let sources = [read(text, false).unwrap()];
        let shown = description(&cli, &sources).unwrap();
        assert!(shown.contains("output-file = \"p\"  # leastwise.toml"), "{shown}");
        let again = [read(&shown, false).unwrap()];
        for option in ["quiet", "intercept", "output-file", "record"] {
            let values = |sources| find(sources, "run", option).map(|it| it.values);
            assert_eq!(values(&again), values(&sources), "{option}");
        }
    }
}
