//! The command line: what each command takes.

use std::ffi::OsString;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueHint};

use crate::cli::anonymous::AnonymousCalls;
use crate::cli::enforce::Enforce;
use crate::cli::exit_codes::EXIT_CODES;
use crate::cli::gate::{Check, Diff, Prune, RunCheck, Said, said};
use crate::cli::iamlive::Iamlive;
use crate::cli::judge::Validate;
use crate::cli::levels::{PolicyLevels, Simulate};
use crate::cli::nearest::Nearest;
use crate::cli::pages::{Completions, Env, Man};
use crate::cli::report::Report;
use crate::cli::shared::{Neighbours, PolicyOptions, Proxy, Reading, Rules, Shared};
use crate::cli::summarize::Summarize;
use crate::cli::trying::Try;
use crate::cli::values::{Color, Mode, account_id, bind_addr, host};

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
  leastwise run --upstream http://127.0.0.1:5000 -- terraform apply
  leastwise run --check policy.json --unused -- ./deploy.sh
";

const LISTEN_HELP: &str = "\
Signals:
  SIGHUP writes the policy now.
  SIGINT (Ctrl-C), SIGTERM and SIGQUIT write it and end with 0.

Examples:
  leastwise listen
  leastwise listen --csm-port 31001 -o policy.json
  leastwise listen --mode proxy --upstream http://127.0.0.1:5000
";

const POLICY_HELP: &str = "\
Examples:
  leastwise policy calls.jsonl
  leastwise policy --format hcl --sid -o policy.tf linux.jsonl macos.jsonl
  leastwise policy --fit managed -o policy.json *.jsonl
  leastwise policy --stable monday.jsonl tuesday.jsonl
  leastwise policy --format markdown calls.jsonl.gz
  leastwise policy --principal '*:role/web' AWSLogs/111122223333/CloudTrail
  leastwise policy --since 2026-11-01 s3://my-trail/AWSLogs/111122223333/
  leastwise policy --lookup --region eu-west-1 --principal '*:role/web'
";

const EXPLAIN_HELP: &str = "\
An argument that is an existing file, a folder with a / in it, or -, is a
recording or CloudTrail's, and so is s3://…; any other is a name.

Examples:
  leastwise explain calls.jsonl
  leastwise explain --action 's3:Put*' calls.jsonl
  leastwise explain s3.CopyObject
  leastwise explain s3:PutObject iam:PassRole
  leastwise explain --json dynamodb
";

const CA_HELP: &str = "\
Examples:
  leastwise ca
  leastwise ca rotate
  leastwise ca rotate --intercept s3.storage.example
";

const CONFIG_HELP: &str = "\
Where settings come from:
  The command line wins, then LEASTWISE_* variables, leastwise.toml in the
  working directory, and the one in your configuration directory. On the command
  line of any command, --no-OPTION turns a setting off once: --no-quiet,
  --no-record.
  leastwise.toml in the working directory comes from whoever wrote what is
  there: it must belong to you or to root, and may only set format, json, sid,
  sort-alphabetical, unused and verbose. A file that you name with --config FILE
  (or LEASTWISE_CONFIG) takes its place and may set everything; --no-config (or
  LEASTWISE_NO_CONFIG=true) ignores it.
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
    long_version = super::version::long(),
    propagate_version = true,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = format!("{TOP_HELP}\n{EXIT_CODES}"),
)]
pub(crate) struct Cli {
    /// Where settings come from.
    #[command(flatten)]
    pub settings: SettingsFile,

    /// Whether messages have colours; NO_COLOR turns them off as well
    #[arg(long, global = true, help_heading = "Settings", value_name = "WHEN", value_enum, default_value_t = Color::Auto)]
    pub color: Color,

    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Where settings come from, beside the environment and the user's own file.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Settings")]
pub(crate) struct SettingsFile {
    /// Take settings from this file instead of leastwise.toml in the working directory
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Ignore leastwise.toml in the working directory
    #[arg(long, global = true, conflicts_with = "config")]
    pub no_config: bool,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant, reason = "there is one of them in a process")]
pub(crate) enum Command {
    /// Run a command, record its AWS calls and write its policy
    Run(Run),
    /// Record the AWS calls of programs in other shells
    Listen(Listen),
    /// Rebuild a policy from recordings, and merge them
    Policy(Policy),
    /// Explain what a policy contains, or what is known about an operation, an action or a service
    Explain(Explain),
    /// Show all of it on one page that opens anywhere: the policy, the calls behind each line, who did what
    Report(Report),
    /// Check whether a policy allows what was recorded, and which parts of it nothing used
    Check(Check),
    /// Ask policies of all kinds whether they allow a request, and why
    Simulate(Simulate),
    /// Find what is wrong with policies: by what is known of AWS and, if asked, by IAM Access Analyzer
    Validate(Validate),
    /// Cut a policy down to what was used
    Prune(Prune),
    /// Try a policy at AWS: run a command in a temporary role that has this policy and nothing else
    Try(Try),
    /// Show what two policies allow differently
    Diff(Diff),
    /// Find the managed policies that allow what was recorded with the least beside it, and cut the nearest down to it
    Nearest(Nearest),
    /// Reduce recordings and CloudTrail's events to each distinct call, with how often and when it was made
    Summarize(Summarize),
    /// Print what leads the programs of a shell to the `listen` that runs
    Env(Env),
    /// Show or renew the certificate authority that `listen` intercepts with
    Ca(Ca),
    /// Show the settings that are in force, and where they come from
    #[command(after_help = CONFIG_HELP)]
    Config,
    /// See it at work: play a small deploy, without AWS and without an account
    Demo(Demo),
    /// Print the completions of a shell
    Completions(Completions),
    /// Print a manual page
    #[command(hide = true)]
    Man(Man),
}

/// `leastwise run`.
#[derive(Debug, Args)]
#[command(override_usage = "leastwise run [OPTIONS] -- <COMMAND>...", after_help = format!("{RUN_HELP}\n{EXIT_CODES}"))]
pub(crate) struct Run {
    /// What all recording commands share.
    #[command(flatten)]
    pub shared: Shared,

    /// How calls are observed
    #[arg(long, help_heading = "Calls", value_name = "WHAT", value_enum, default_value_t = Mode::Both)]
    pub mode: Mode,

    /// Who else is heard.
    #[command(flatten)]
    pub neighbours: Neighbours,

    /// The proxy's options.
    #[command(flatten)]
    pub proxy: Proxy,

    /// The policy that the calls must fit.
    #[command(flatten)]
    pub check: RunCheck,

    /// The policies that refuse calls.
    #[command(flatten)]
    pub enforce: Enforce,

    /// The other policies that do.
    #[command(flatten)]
    pub levels: PolicyLevels,

    /// Show the policy live, and the command in a pane of its own (docs/view.md)
    #[arg(long, help_heading = "Output")]
    pub view: bool,

    /// The command and its arguments
    #[arg(required = true, trailing_var_arg = true, help_heading = "Arguments", value_name = "COMMAND", value_hint = ValueHint::CommandWithArguments)]
    pub command: Vec<OsString>,
}

/// `leastwise listen`.
#[derive(Debug, Args)]
#[command(after_help = format!("{LISTEN_HELP}\n{EXIT_CODES}"))]
pub(crate) struct Listen {
    /// What all recording commands share.
    #[command(flatten)]
    pub shared: Shared,

    /// How calls are observed
    #[arg(long, help_heading = "Calls", value_name = "WHAT", value_enum, default_value_t = Mode::Csm)]
    pub mode: Mode,

    /// Address to listen on for client-side monitoring
    #[arg(long, help_heading = "Listening", value_name = "ADDRESS", default_value = "127.0.0.1", value_parser = host)]
    pub host: IpAddr,

    /// UDP port to listen on; 0 takes a free one
    #[arg(long, help_heading = "Listening", value_name = "PORT", default_value_t = 31000)]
    pub csm_port: u16,

    /// Address and port of the proxy; port 0 takes a free one
    #[arg(long, help_heading = "Listening", value_name = "ADDRESS:PORT", default_value = "127.0.0.1:10080", value_parser = bind_addr)]
    pub bind_addr: SocketAddr,

    /// Let other machines report calls and use the proxy; required for a --host or --bind-addr outside loopback
    #[arg(long, help_heading = "Listening")]
    pub allow_remote: bool,

    /// Who else is heard.
    #[command(flatten)]
    pub neighbours: Neighbours,

    /// The policies that refuse calls.
    #[command(flatten)]
    pub enforce: Enforce,

    /// The other policies that do.
    #[command(flatten)]
    pub levels: PolicyLevels,

    /// With --enforce or --iam, a condition key of the requests and its value (repeatable); without `=`, they do not have it
    #[arg(long, help_heading = "Enforcement", value_name = "KEY=VALUE", value_parser = said, requires = "enforcing")]
    pub context: Vec<Said>,

    /// The proxy's options.
    #[command(flatten)]
    pub proxy: Proxy,

    /// What iamlive has beside.
    #[command(flatten)]
    pub iamlive: Iamlive,

    /// Whether the program was called by the name `iamlive`.
    #[arg(skip)]
    pub as_iamlive: bool,

    /// The whole command line, the program's name first.
    #[arg(skip)]
    pub arguments: Vec<OsString>,
}

/// `leastwise policy`.
#[derive(Debug, Args)]
#[command(after_help = format!("{POLICY_HELP}\n{EXIT_CODES}"))]
pub(crate) struct Policy {
    /// What the policy is to be.
    #[command(flatten)]
    pub policy: PolicyOptions,

    /// Take each recording as a run of the same program: what differs between them becomes a pattern that they share
    #[arg(long, help_heading = "Policy")]
    pub stable: bool,

    /// Say what `leastwise validate` finds in the policy; exit code 1 when it is an ERROR or a SECURITY_WARNING
    #[arg(long, help_heading = "Policy")]
    pub validate: bool,

    /// With --validate, also ask IAM Access Analyzer (access-analyzer:ValidatePolicy), in the first --region or the configured one
    #[arg(long, help_heading = "Policy", requires = "validate")]
    pub aws: bool,

    /// Account id for resources of calls whose account is not known (12 digits)
    #[arg(long, value_name = "ID", value_parser = account_id)]
    pub account_id: Option<String>,

    /// Rules instead of what was recorded.
    #[command(flatten)]
    pub rules: Rules,

    /// How CloudTrail's events are read.
    #[command(flatten)]
    pub reading: Reading,

    /// Recordings that --record wrote, or CloudTrail's events, in files, folders and buckets (s3://BUCKET/PREFIX); - is standard input
    #[arg(
        required_unless_present = "lookup",
        help_heading = "Arguments",
        value_name = "RECORDING"
    )]
    pub recordings: Vec<PathBuf>,
}

/// `leastwise explain`.
#[derive(Debug, Args)]
#[command(after_help = format!("{EXPLAIN_HELP}\n{EXIT_CODES}"))]
pub(crate) struct Explain {
    /// Explain only the actions of recordings that match this, with * and ? (repeatable)
    #[arg(long, value_name = "GLOB")]
    pub action: Vec<String>,

    /// Print JSON
    #[arg(long)]
    pub json: bool,

    /// Explain of each recorded call whether this policy allows it, and why (repeatable; they unite)
    #[arg(long, help_heading = "Enforcement", value_name = "FILE")]
    pub enforce: Vec<PathBuf>,

    /// The other policies that are asked.
    #[command(flatten)]
    pub levels: PolicyLevels,

    /// With --enforce, a condition key of the requests and its value (repeatable); without `=`, they do not have it
    #[arg(long, help_heading = "Enforcement", value_name = "KEY=VALUE", value_parser = said, requires = "enforce")]
    pub context: Vec<Said>,

    /// What becomes of calls without credentials.
    #[command(flatten)]
    pub anonymous: AnonymousCalls,

    /// Rules instead of built-in ones.
    #[command(flatten)]
    pub rules: Rules,

    /// How CloudTrail's events are read.
    #[command(flatten)]
    pub reading: Reading,

    /// Recordings that --record wrote, or CloudTrail's events, in files, folders and buckets (trail/, s3://BUCKET/PREFIX; - is standard
    /// input); or names: s3.CopyObject, s3:PutObject, s3
    #[arg(
        required_unless_present = "lookup",
        help_heading = "Arguments",
        value_name = "RECORDING|NAME"
    )]
    pub subjects: Vec<OsString>,
}

/// `leastwise ca`.
#[derive(Debug, Args)]
#[command(after_help = format!("{CA_HELP}\n{EXIT_CODES}"))]
pub(crate) struct Ca {
    /// What to do; without it: show it.
    #[command(subcommand)]
    pub action: Option<CaAction>,
}

/// What can be done to the certificate authority.
#[derive(Debug, Subcommand)]
pub(crate) enum CaAction {
    /// Replace it with a new one; the old one should no longer be trusted
    Rotate(Rotate),
}

/// `leastwise ca rotate`.
#[derive(Debug, Args)]
pub(crate) struct Rotate {
    /// More hosts that it may vouch for (repeatable)
    #[arg(long, value_name = "HOST")]
    pub intercept: Vec<String>,
}

/// `leastwise demo`.
#[derive(Debug, Args)]
#[command(after_help = format!("{DEMO_HELP}\n{EXIT_CODES}"))]
pub(crate) struct Demo {
    /// What all recording commands share.
    #[command(flatten)]
    pub shared: Shared,
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
    fn help_has_no_line_that_a_narrow_terminal_breaks_and_every_option_its_heading() {
        for command in Cli::command().get_subcommands_mut() {
            let name = command.get_name().to_owned();
            let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            for line in after.lines() {
                assert!(line.chars().count() <= 80, "{name}: {line}");
            }
            for arg in command.get_arguments() {
                let heading = arg.get_help_heading().unwrap_or("none");
                let is_position = arg.is_positional();
                // "Options" is clap's own name for those without a heading: it would stand there twice.
                let fits = heading != "Options"
                    && (heading == "none" || is_position == (heading == "Arguments"));
                assert!(fits, "{name}: {} stands under {heading}", arg.get_id());
            }
        }
        let headings = |command: &str, ids: &[&str]| -> Vec<String> {
            let cli = Cli::command();
            let command = cli.find_subcommand(command).unwrap();
            let heading = |id: &&str| {
                let arg = command.get_arguments().find(|it| it.get_id() == *id).unwrap();
                arg.get_help_heading().unwrap_or("none").to_owned()
            };
            ids.iter().map(heading).collect()
        };
        assert_eq!(
            headings(
                "run",
                &["view", "quiet", "output_file", "record", "mode", "upstream", "check"]
            ),
            ["Output", "Output", "Policy", "Calls", "Calls", "Proxy", "Check"]
        );
        assert_eq!(headings("check", &["json", "rules", "sarif"]), ["Output", "Calls", "Check"]);
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
            assert_eq!(run.shared.policy.verbose, 0);
            assert!(!run.shared.policy.quiet);
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
            ["leastwise", "listen", "--format", "xml"],
            ["leastwise", "listen", "--fit", "scp"],
            ["leastwise", "listen", "--resources", "some"],
            ["leastwise", "listen", "--group-over", "0"],
            ["leastwise", "listen", "--mode", "ears"],
            ["leastwise", "listen", "--principal", ""],
            ["leastwise", "listen", "--fails-only", "--succeeded-only"],
            ["leastwise", "listen", "--bind-addr", "127.0.0.1"],
            ["leastwise", "listen", "--bind-addr", "::1"],
            ["leastwise", "listen", "--bind-addr", "example.org:80"],
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
        for (given, meant) in [("localhost:0", "127.0.0.1:0"), ("[::1]:8080", "[::1]:8080")] {
            let listen = listen(["leastwise", "listen", "--bind-addr", given]);
            assert_eq!(listen.bind_addr.to_string(), meant);
        }
    }
}
