//! What those who come from iamlive give, read as it is meant here: under the name `iamlive` there is no subcommand, and
//! options may have one dash; what makes no sense here is refused with a sentence.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::{ArgAction, CommandFactory as _};

use crate::cli::declared::Cli;

/// Whether we are called `iamlive`.
pub(crate) fn is_our_name(program: &OsStr) -> bool {
    Path::new(program).file_stem().is_some_and(|stem| stem.eq_ignore_ascii_case("iamlive"))
}

/// The command line of `leastwise listen` that says the same: Go's flags have one dash or two, and what is true or
/// false may be told to be so.
pub(crate) fn as_listen(arguments: Vec<OsString>) -> Vec<OsString> {
    let mut cli = Cli::command();
    let listen = cli.find_subcommand_mut("listen");
    let flags: Vec<(String, bool)> = listen
        .map(|listen| {
            let flags = listen.get_arguments().filter_map(|arg| {
                let takes_value =
                    !matches!(arg.get_action(), ArgAction::SetTrue | ArgAction::Count);
                Some((arg.get_long()?.to_owned(), takes_value))
            });
            flags.collect()
        })
        .unwrap_or_default();
    let mut words = vec![OsString::from("leastwise"), OsString::from("listen")];
    let mut given = arguments.into_iter().skip(1);
    while let Some(word) = given.next() {
        let text = word.to_string_lossy();
        let bare = text.strip_prefix("--").or_else(|| text.strip_prefix('-')).unwrap_or("");
        let (name, value) = match bare.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (bare, None),
        };
        // One letter is one of ours: -o, -q, -v.
        if name.len() < 2 {
            words.push(word);
            continue;
        }
        if matches!(name, "help" | "version") {
            words.push(format!("--{name}").into());
            continue;
        }
        let Some((_, takes_value)) = flags.iter().find(|(it, _)| it == name) else {
            words.push(word);
            continue;
        };
        match value {
            Some(value) if !takes_value && is_go_bool(value, true) => {
                words.push(format!("--{name}").into());
            }
            Some(value) if !takes_value && is_go_bool(value, false) => {
                words.push(format!("--no-{name}").into());
            }
            _ => {
                words.push(format!("--{bare}").into());
                if *takes_value && value.is_none() {
                    words.extend(given.next());
                }
            }
        }
    }
    words
}

/// As Go's `strconv.ParseBool` reads them.
fn is_go_bool(text: &str, wanted: bool) -> bool {
    let words = if wanted { ["1", "t", "true"] } else { ["0", "f", "false"] };
    words.iter().any(|it| it.eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listen(words: &[&str]) -> Vec<String> {
        let words = as_listen(words.iter().map(OsString::from).collect());
        words.into_iter().map(|word| word.into_string().unwrap()).collect()
    }

    #[test]
    fn go_flags_are_read_as_they_are_meant() {
        assert_eq!(
            listen(&["iamlive", "-set-ini", "-mode", "csm", "--host=127.0.0.1", "-csm-port=31001"]),
            [
                "leastwise",
                "listen",
                "--set-ini",
                "--mode",
                "csm",
                "--host=127.0.0.1",
                "--csm-port=31001"
            ]
        );
        assert_eq!(
            listen(&[
                "iamlive",
                "-background=false",
                "--set-ini=T",
                "-output-file",
                "-odd",
                "-o",
                "p"
            ]),
            [
                "leastwise",
                "listen",
                "--no-background",
                "--set-ini",
                "--output-file",
                "-odd",
                "-o",
                "p"
            ]
        );
        assert_eq!(listen(&["iamlive", "-help"]), ["leastwise", "listen", "--help"]);
        assert_eq!(listen(&["iamlive", "-nonsense"]), ["leastwise", "listen", "-nonsense"]);
    }

    #[test]
    fn the_name_is_known_with_and_without_a_folder() {
        for name in ["iamlive", "/usr/local/bin/iamlive", "iamlive.exe"] {
            assert!(is_our_name(OsStr::new(name)), "{name}");
        }
        assert!(!is_our_name(OsStr::new("/iamlive/leastwise")));
    }
}
