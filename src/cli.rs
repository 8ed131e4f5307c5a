//! The command line: clap definitions. What is parsed here is valid in itself; what the machine
//! has to say about it (ports, files) is checked once by `commands`.

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

/// The exit codes, as `--help` shows them.
const EXIT_CODES: &str = "\
Exit codes:
  0      all went well
  1      the policy or the recording could not be written at the end
  2      wrong usage, or something that must be put right before recording can start
  126    the command of `run` is there but cannot be executed
  127    the command of `run` was not found
  128+n  the command of `run` was ended by signal n
  Any other code is that of the command of `run`.";

const TOP_HELP: &str = "\
Examples:
  leastwise run -- terraform apply
  leastwise run -o policy.json --record calls.jsonl -- ./deploy.sh
  leastwise listen -o policy.json
  leastwise demo
";

const RUN_HELP: &str = "\
Examples:
  leastwise run -- aws s3 ls
  leastwise run -o policy.json -- terraform apply
  leastwise run --quiet -o policy.json --record calls.jsonl -- pytest
";

const LISTEN_HELP: &str = "\
Signals:
  SIGHUP writes the policy now; SIGINT (Ctrl-C), SIGTERM and SIGQUIT write it and end with 0.

Examples:
  leastwise listen
  leastwise listen --csm-port 31001 -o policy.json
";

const DEMO_HELP: &str = "\
Examples:
  leastwise demo
  leastwise demo --sort-alphabetical > policy.json
";

/// Records the AWS calls that a program makes and writes the least-privilege IAM policy that
/// they need.
#[derive(Debug, Parser)]
#[command(
    name = "leastwise",
    version,
    propagate_version = true,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = format!("{TOP_HELP}\n{EXIT_CODES}"),
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a command, hear its AWS calls and write its policy
    Run(Run),
    /// Hear the AWS calls of programs in other shells
    Listen(Listen),
    /// Show it at work: a small deploy is played, without AWS and without an account
    Demo(Demo),
}

/// `leastwise run`.
#[derive(Debug, Args)]
#[command(override_usage = "leastwise run [OPTIONS] -- <COMMAND>...", after_help = format!("{RUN_HELP}\n{EXIT_CODES}"))]
pub struct Run {
    /// What all recording commands share.
    #[command(flatten)]
    pub shared: Shared,

    /// Show the policy live; for commands that do not need the terminal themselves
    #[arg(long)]
    pub view: bool,

    /// The command and its arguments
    #[arg(required = true, trailing_var_arg = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

/// `leastwise listen`.
#[derive(Debug, Args)]
#[command(after_help = format!("{LISTEN_HELP}\n{EXIT_CODES}"))]
pub struct Listen {
    /// What all recording commands share.
    #[command(flatten)]
    pub shared: Shared,

    /// Address to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1", value_parser = host)]
    pub host: IpAddr,

    /// UDP port to listen on; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 31000)]
    pub csm_port: u16,
}

/// `leastwise demo`.
#[derive(Debug, Args)]
#[command(after_help = format!("{DEMO_HELP}\n{EXIT_CODES}"))]
pub struct Demo {
    /// What all recording commands share.
    #[command(flatten)]
    pub shared: Shared,
}

/// The options that every recording command has.
#[derive(Debug, Args)]
pub struct Shared {
    /// Write the policy to this file, and keep it current meanwhile [default: standard output, at the end]
    #[arg(short, long, value_name = "FILE")]
    pub output_file: Option<PathBuf>,

    /// Append each call to this recording (JSON lines)
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,

    /// Sort statements, actions and resources instead of keeping the order of first sight
    #[arg(long)]
    pub sort_alphabetical: bool,

    /// Actions that a call may need, where the request itself cannot be seen
    #[arg(long, value_name = "WHICH", value_enum, default_value_t = Possible::Common)]
    pub possible: Possible,

    /// Account id for resources (12 digits) [default: what the calls tell]
    #[arg(long, value_name = "ID", value_parser = account_id)]
    pub account_id: Option<String>,

    /// Print nothing but the policy, errors, and warnings that it may be incomplete
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Say more; twice: each call
    #[arg(short, long, action = ArgAction::Count)]
    pub verbose: u8,
}

/// Which of the actions that a call may need go into the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Possible {
    /// The common ones: passing a role, tags
    Common,
    /// All that AWS lists for the operation
    Include,
    /// None: only what the call needs in any case
    Omit,
}

fn account_id(text: &str) -> Result<String, String> {
    if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err("an account id has 12 digits, such as 111122223333".to_owned())
    }
}

/// An IP address, or `localhost`, which needs no resolver.
fn host(text: &str) -> Result<IpAddr, String> {
    if text.eq_ignore_ascii_case("localhost") {
        return Ok(IpAddr::from([127, 0, 0, 1]));
    }
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    bare.parse().map_err(|_| "give an IP address, such as 127.0.0.1 or ::1".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definitions_are_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn everything_after_the_command_belongs_to_it() {
        for words in [
            &["leastwise", "run", "-o", "p.json", "--", "aws", "-v", "--", "--quiet"][..],
            &["leastwise", "run", "-o", "p.json", "aws", "-v", "--", "--quiet"][..],
        ] {
            let Command::Run(run) = Cli::try_parse_from(words).unwrap().command else {
                panic!("run expected")
            };
            assert_eq!(run.command, ["aws", "-v", "--", "--quiet"]);
            assert_eq!(run.shared.verbose, 0);
            assert!(!run.shared.quiet);
        }
    }

    #[test]
    fn an_unknown_option_is_not_taken_for_the_command() {
        assert!(Cli::try_parse_from(["leastwise", "run", "--nonsense", "--", "aws"]).is_err());
        assert!(Cli::try_parse_from(["leastwise", "run"]).is_err());
    }

    #[test]
    fn values_are_checked() {
        for words in [
            ["leastwise", "listen", "--account-id", "1234"],
            ["leastwise", "listen", "--host", "example.org"],
            ["leastwise", "listen", "--csm-port", "70000"],
            ["leastwise", "listen", "--possible", "maybe"],
        ] {
            assert!(Cli::try_parse_from(words).is_err(), "{words:?}");
        }
        let listen = |words: [&str; 4]| match Cli::try_parse_from(words).unwrap().command {
            Command::Listen(listen) => listen,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            listen(["leastwise", "listen", "--host", "localhost"]).host.to_string(),
            "127.0.0.1"
        );
        assert_eq!(listen(["leastwise", "listen", "--host", "[::1]"]).host.to_string(), "::1");
    }
}
