//! `--no-OPTION`: takes an option back that a setting or an earlier word of the command line has given.

use clap::{Arg, ArgAction, Command, CommandFactory as _};

use crate::cli::declared::Cli;

/// The whole command line: what [`Cli`] declares, and for each option of a subcommand that can be left out its hidden
/// `--no-OPTION`. Of the two the last one on the line counts. (Help, completions and manual pages are made from
/// [`Cli`] alone, and say this once.)
pub fn command() -> Command {
    Cli::command().mut_subcommands(|subcommand| {
        let opposites: Vec<Arg> = subcommand.get_arguments().filter_map(opposite).collect();
        subcommand.args(opposites)
    })
}

fn opposite(arg: &Arg) -> Option<Arg> {
    let name = arg.get_long().filter(|_| !arg.is_hide_set() && !arg.is_required_set())?;
    let opposite = format!("no-{name}");
    let takes_back =
        Arg::new(opposite.clone()).long(opposite).action(ArgAction::SetTrue).hide(true);
    // A flag may be repeated, as everywhere; else clap would refuse the second.
    Some(takes_back.overrides_with_all([arg.get_id().clone(), format!("no-{name}").into()]))
}

#[cfg(test)]
mod tests {
    use clap::FromArgMatches as _;

    use super::*;
    use crate::cli::{Command as Parsed, Run};

    fn run(words: &[&str]) -> Run {
        let words = [&["leastwise", "run"], words, &["--", "true"]].concat();
        let matches = command().try_get_matches_from(words).unwrap();
        match Cli::from_arg_matches(&matches).unwrap().command {
            Parsed::Run(run) => run,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_option_has_an_opposite_that_is_none_of_the_others() {
        command().debug_assert();
        for subcommand in Cli::command().get_subcommands() {
            for arg in subcommand.get_arguments() {
                let name = arg.get_long().unwrap_or_default();
                // AWS calls the check so (CheckNoNewAccess), and there is no --java to take back: nobody takes these for the
                // opposite of another.
                let is_by_itself = ["no-new-access", "no-java"].contains(&name);
                assert!(
                    is_by_itself || !name.starts_with("no-"),
                    "--{name} would have the opposite --no-{name}"
                );
            }
        }
    }

    #[test]
    fn the_last_one_counts() {
        let quiet = |words: &[&str]| run(words).shared.policy.quiet;
        assert!(quiet(&["--quiet"]));
        assert!(!quiet(&["--quiet", "--no-quiet"]));
        assert!(!quiet(&["-q", "--no-quiet", "--no-quiet"]));
        assert!(quiet(&["--no-quiet", "-q"]));
        assert!(!quiet(&["--no-quiet"]));
        assert_eq!(run(&["-v", "-v", "--no-verbose", "-v"]).shared.policy.verbose, 1);
        assert_eq!(run(&["--record", "a", "--no-record"]).shared.record, None);
        let format = |words: &[&str]| run(words).shared.policy.format;
        assert_eq!(format(&["--format", "hcl", "--no-format"]), format(&[]));
    }

    #[test]
    fn what_was_taken_back_conflicts_with_nothing() {
        let words = ["--quiet", "--fails-only", "--no-quiet", "--no-fails-only", "-v"];
        let options = run(&[&words[..], &["--succeeded-only"]].concat()).shared.policy;
        assert_eq!((options.quiet, options.verbose, options.succeeded_only), (false, 1, true));
    }

    #[test]
    fn an_opposite_has_no_value_and_is_for_the_commands_own_options() {
        for words in [
            &["run", "--no-quiet=true"][..],
            &["policy", "--no-mode", "x"],
            &["check", "--no-policy"],
        ] {
            assert!(
                command().try_get_matches_from([&["leastwise"], words].concat()).is_err(),
                "{words:?}"
            );
        }
    }
}
