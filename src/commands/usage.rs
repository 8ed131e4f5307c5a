//! Wrong usage, in one sentence.

use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::console::{Console, Verbosity};

/// Prints help and the version as they are, and says of anything else what is wrong and where to
/// look. Returns the exit code. `origin` is the settings file or variable that it is about.
pub(super) fn explain(error: &Error, origin: Option<&str>) -> i32 {
    match error.kind() {
        // A reader of the help that has gone away (`| head`) has seen enough.
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let _ = error.print();
            0
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = error.print();
            2
        }
        _ => {
            Console::new(Verbosity::Quiet).warn(match origin {
                Some(origin) => format!("{origin}: {}", sentence(error)),
                None => sentence(error),
            });
            2
        }
    }
}

/// What is wrong, what was meant perhaps, and where to look.
fn sentence(error: &Error) -> String {
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

fn suggestion(error: &Error) -> Option<String> {
    [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue]
        .into_iter()
        .find_map(|kind| match error.get(kind)? {
            ContextValue::String(meant) => Some(meant.clone()),
            ContextValue::Strings(meant) => meant.first().cloned(),
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
            let error = Cli::try_parse_from([&["leastwise"], words].concat()).unwrap_err();
            assert_eq!(sentence(&error), said);
        }
    }
}
