//! Wrong usage, in one sentence.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Read as _;
use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, Error};

use crate::cli::declared::Cli;
use crate::text::plain;
use crate::text::shell_word as quoted;

/// What is wrong, what was meant perhaps, and where to look.
pub(crate) fn sentence(error: &Error, words: &[OsString]) -> String {
    if let Some(sentence) = without_command(error, words) {
        return sentence;
    }
    let text = error.render().to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    // The first paragraph says it; lines in it list what is missing or possible.
    let problem = text.split("\n\n").next().unwrap_or_default();
    let problem: Vec<_> = problem.lines().map(str::trim).collect();
    let mut sentence = problem.join(" ").trim_end_matches('.').to_owned();
    if let Some(meant) = suggestion(error) {
        sentence.push_str(&format!("; did you mean `{meant}`?"));
    } else {
        sentence.push(';');
    }
    format!("{sentence} `{} --help` explains", command(error))
}

/// What was meant where the line begins with no command of ours: with a recording, a program to be run, or an option of a
/// command.
fn without_command(error: &Error, words: &[OsString]) -> Option<String> {
    let words = words.get(1..)?;
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let first = words.iter().position(|word| !word.as_encoded_bytes().starts_with(b"-"))?;
            let (options, rest) = words.split_at(first);
            let name = rest.first()?;
            let shown = plain(&name.to_string_lossy());
            if is_recording(Path::new(name)) {
                return Some(format!(
                    "{shown} is a file, not a command; did you mean `{}`?",
                    line("policy", options, rest)
                ));
            }
            let is_program = is_program(name);
            if !is_program && suggestion(error).is_some() {
                return None;
            }
            let what = if is_program { "a program" } else { "not one of its commands" };
            let condition = if is_program { "did you mean" } else { "to record a program:" };
            let mark = if is_program { "?" } else { "" };
            let mut run = options.to_vec();
            run.push("--".into());
            Some(format!(
                "`leastwise {shown}`: {shown} is {what}; {condition} `{}`{mark} `leastwise --help` explains",
                line("run", &run, rest)
            ))
        }
        ErrorKind::UnknownArgument if command(error) == "leastwise" => {
            let given = words.first()?.to_str()?;
            let name = given.split('=').next()?;
            let has = |command: &&clap::Command| {
                command.get_arguments().any(|arg| {
                    let long = arg.get_long().map(|long| format!("--{long}"));
                    let short = arg.get_short().map(|short| format!("-{short}"));
                    long.as_deref() == Some(name)
                        || short.is_some_and(|it| name.starts_with(&*it) && !name.starts_with("--"))
                })
            };
            let cli = Cli::command();
            let commands: Vec<_> = cli
                .get_subcommands()
                .filter(|it| !it.is_hide_set())
                .filter(has)
                .map(|it| format!("`{}`", it.get_name()))
                .collect();
            let first = commands.first()?.trim_matches('`').to_owned();
            Some(format!(
                "{} is an option of {} and comes after that word, as in `leastwise {first} {0} …`; `leastwise {first} --help` explains",
                plain(name),
                commands.join(", "),
            ))
        }
        _ => None,
    }
}

/// A command line that can be typed.
fn line(command: &str, options: &[OsString], rest: &[OsString]) -> String {
    let words = options.iter().chain(rest).map(|word| quoted(&plain(&word.to_string_lossy())));
    format!("leastwise {command} {}", words.collect::<Vec<_>>().join(" "))
}

/// Whether a path is called as recordings are, or is a file that begins as one.
fn is_recording(path: &Path) -> bool {
    const BEGINNING: &[u8] = br#"{"v":1,"time":"#;
    if path.extension().is_some_and(|it| it == "jsonl" || it == "ndjson") {
        return true;
    }
    if !fs::metadata(path).is_ok_and(|found| found.is_file()) {
        return false;
    }
    let mut beginning = Vec::new();
    let read = fs::File::open(path)
        .and_then(|file| file.take(BEGINNING.len() as u64).read_to_end(&mut beginning));
    read.is_ok() && beginning == BEGINNING
}

/// Whether a shell would find a program of this name.
fn is_program(name: &OsStr) -> bool {
    let is_file = |path: &Path| fs::metadata(path).is_ok_and(|found| found.is_file());
    if Path::new(name).components().count() > 1 {
        return is_file(Path::new(name));
    }
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).filter(|folder| folder.is_absolute()).any(|folder| {
        is_file(&folder.join(name))
            || (cfg!(windows) && is_file(&folder.join(name).with_extension("exe")))
    })
}

fn suggestion(error: &Error) -> Option<String> {
    [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue]
        .into_iter()
        .find_map(|kind| match error.get(kind)? {
            ContextValue::String(meant) => Some(meant.clone()),
            // The best is the last.
            ContextValue::Strings(meant) => meant.last().cloned(),
            _ => None,
        })
}

/// The subcommand whose help to look at, as the usage line names it.
fn command(error: &Error) -> String {
    let usage = match error.get(ContextKind::Usage) {
        Some(ContextValue::StyledStr(usage)) => usage.to_string(),
        _ => String::new(),
    };
    let mut words = usage.split_whitespace().skip_while(|word| *word != "leastwise").skip(1);
    match words.next() {
        Some(word) if word.starts_with(|first: char| first.is_ascii_lowercase()) => {
            format!("leastwise {word}")
        }
        _ => "leastwise".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn wrong_usage_is_one_sentence_that_says_where_to_look() {
        for (words, said) in [
            (
                &["run", "--recrod", "x", "--", "aws"][..],
                "unexpected argument '--recrod' found; did you mean `--record`? `leastwise run --help` explains",
            ),
            (
                &["listen", "--nonsense"],
                "unexpected argument '--nonsense' found; `leastwise listen --help` explains",
            ),
            (
                &["lisen"],
                "unrecognized subcommand 'lisen'; did you mean `listen`? `leastwise --help` explains",
            ),
            (
                &["deploy-with-no-such-program", "--all", "it's"],
                "`leastwise deploy-with-no-such-program`: deploy-with-no-such-program is not one of its commands; to record a program: \
                 `leastwise run -- deploy-with-no-such-program --all 'it'\\''s'` `leastwise --help` explains",
            ),
            (
                &["calls.jsonl", "more.jsonl"],
                "calls.jsonl is a file, not a command; did you mean `leastwise policy calls.jsonl more.jsonl`?",
            ),
            (
                &["--record=calls.jsonl", "true"],
                "--record is an option of `run`, `listen`, `try`, `demo` and comes after that word, as in `leastwise run --record …`; \
                 `leastwise run --help` explains",
            ),
            (
                &["run"],
                "the following required arguments were not provided: <COMMAND>; `leastwise run --help` explains",
            ),
            (
                &["listen", "--csm-port", "70000"],
                "invalid value '70000' for '--csm-port <PORT>': 70000 is not in 0..=65535; `leastwise --help` explains",
            ),
            (
                &["listen", "--possible", "maybe"],
                "invalid value 'maybe' for '--possible <WHICH>' [possible values: common, include, omit]; `leastwise --help` explains",
            ),
            (
                &["demo", "--quiet", "-v"],
                "the argument '--quiet' cannot be used with '--verbose...'; `leastwise demo --help` explains",
            ),
        ] {
            let words = [&["leastwise"], words].concat();
            let error = Cli::try_parse_from(&words).unwrap_err();
            let words: Vec<OsString> = words.iter().map(OsString::from).collect();
            assert_eq!(sentence(&error, &words), said);
        }
    }
}
