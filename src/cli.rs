//! The command line: clap definitions. What is parsed here is valid in itself; what the machine
//! has to say about it (ports, files) is checked once by `commands`.

mod anonymous;
mod gate;
mod iamlive;
mod pages;
mod taken_back;

pub use anonymous::{Anonymous, AnonymousCalls};
pub use gate::{Check, Diff, Gate, Prune, RunCheck, Said};
pub use iamlive::Iamlive;
pub use pages::{Completions, Man};
pub use taken_back::command;

use std::ffi::OsString;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, ValueHint};

/// The exit codes, as `--help` shows them.
const EXIT_CODES: &str = "\
Exit codes:
  0      all went well
  1      the policy, the recording, the result of a check or whatever is printed
         could not be written, or the policy does not fit (--fit)
  2      wrong usage, or something that must be put right before it can begin;
         `prune` also where a recording is cut off
  3      the policy of `check`, or of `run --check`, lacks something, or a
         recording is cut off; the policies of `diff` differ
  4      with --unused: something of that policy was not used
  126    the command of `run` is there but cannot be executed
  127    the command of `run` was not found
  128+n  the command of `run` was ended by signal n
  Any other code is that of the command of `run`.
  Its failure wins over 1, 3 and 4.";

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
  zcat calls.jsonl.gz | leastwise policy --format markdown -
";

const EXPLAIN_HELP: &str = "\
An argument that is an existing file, or -, is a recording; any other is a name.

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
  The command line wins, then come LEASTWISE_* variables, leastwise.toml in the
  working directory, and the one in your configuration directory. On the command
  line of any command, --no-OPTION takes a setting back for once: --no-quiet,
  --no-record.
  leastwise.toml in the working directory comes from whoever wrote what is
  there: it must belong to you or to root, and may set format, json, sid,
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
    long_version = crate::commands::version::long(),
    propagate_version = true,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = format!("{TOP_HELP}\n{EXIT_CODES}"),
)]
pub struct Cli {
    /// Where settings come from.
    #[command(flatten)]
    pub settings: SettingsFile,

    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Where settings come from, beside the environment and the user's own file.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Settings")]
pub struct SettingsFile {
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
pub enum Command {
    /// Run a command, hear its AWS calls and write its policy
    Run(Run),
    /// Hear the AWS calls of programs in other shells
    Listen(Listen),
    /// Rebuild a policy from recordings, and merge them
    Policy(Policy),
    /// Say why a policy has what it has, or what is known of an operation, an action or a service
    Explain(Explain),
    /// Say whether a policy allows what was recorded, and what of it nothing used
    Check(Check),
    /// Cut a policy down to what was used
    Prune(Prune),
    /// Say what two policies allow differently
    Diff(Diff),
    /// Show or renew the certificate authority that `listen` intercepts with
    Ca(Ca),
    /// Show the settings that are in force, and where they come from
    #[command(after_help = CONFIG_HELP)]
    Config,
    /// Show it at work: a small deploy is played, without AWS and without an account
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
pub struct Run {
    /// What all recording commands share.
    #[command(flatten)]
    pub shared: Shared,

    /// What the calls are heard through
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

    /// Show the policy live; for commands that do not need the terminal themselves
    #[arg(long, help_heading = "Output")]
    pub view: bool,

    /// The command and its arguments
    #[arg(required = true, trailing_var_arg = true, help_heading = "Arguments", value_name = "COMMAND", value_hint = ValueHint::CommandWithArguments)]
    pub command: Vec<OsString>,
}

/// `leastwise listen`.
#[derive(Debug, Args)]
#[command(after_help = format!("{LISTEN_HELP}\n{EXIT_CODES}"))]
pub struct Listen {
    /// What all recording commands share.
    #[command(flatten)]
    pub shared: Shared,

    /// What the calls are heard through
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

    /// Let other machines report and use the proxy, which a --host or --bind-addr outside loopback needs
    #[arg(long, help_heading = "Listening")]
    pub allow_remote: bool,

    /// Who else is heard.
    #[command(flatten)]
    pub neighbours: Neighbours,

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
pub struct Policy {
    /// What the policy is to be.
    #[command(flatten)]
    pub policy: PolicyOptions,

    /// Account id for resources of calls whose account was not told (12 digits)
    #[arg(long, value_name = "ID", value_parser = account_id)]
    pub account_id: Option<String>,

    /// Rules instead of what was recorded.
    #[command(flatten)]
    pub rules: Rules,

    /// Recordings that --record wrote; - is standard input
    #[arg(required = true, help_heading = "Arguments", value_name = "RECORDING")]
    pub recordings: Vec<PathBuf>,
}

/// `leastwise explain`.
#[derive(Debug, Args)]
#[command(after_help = format!("{EXPLAIN_HELP}\n{EXIT_CODES}"))]
pub struct Explain {
    /// Explain only the actions of recordings that are like this, with * and ? (repeatable)
    #[arg(long, value_name = "GLOB")]
    pub action: Vec<String>,

    /// Print JSON
    #[arg(long)]
    pub json: bool,

    /// What becomes of calls without credentials.
    #[command(flatten)]
    pub anonymous: AnonymousCalls,

    /// Rules instead of built-in ones.
    #[command(flatten)]
    pub rules: Rules,

    /// Recordings that --record wrote (- is standard input), or names: s3.CopyObject, s3:PutObject, s3
    #[arg(required = true, help_heading = "Arguments", value_name = "RECORDING|NAME")]
    pub subjects: Vec<OsString>,
}

/// The option of every command that says what calls need.
#[derive(Debug, Clone, Default, Args)]
pub struct Rules {
    /// Correct what calls need by this file of rules, SERVICE.toml, or by a folder of such files (repeatable)
    #[arg(long, help_heading = "Calls", value_name = "FILE|DIR")]
    pub rules: Vec<PathBuf>,
}

/// `leastwise ca`.
#[derive(Debug, Args)]
#[command(after_help = format!("{CA_HELP}\n{EXIT_CODES}"))]
pub struct Ca {
    /// What to do; without it: show it.
    #[command(subcommand)]
    pub action: Option<CaAction>,
}

/// What can be done to the certificate authority.
#[derive(Debug, Subcommand)]
pub enum CaAction {
    /// Make a new one in place of the old, which is to be trusted no more
    Rotate(Rotate),
}

/// `leastwise ca rotate`.
#[derive(Debug, Args)]
pub struct Rotate {
    /// Further hosts that it may vouch for (repeatable)
    #[arg(long, value_name = "HOST")]
    pub intercept: Vec<String>,
}

/// What calls are heard through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// Client-side monitoring: what SDKs report by themselves
    Csm,
    /// The proxy: the requests themselves
    Proxy,
    /// Both; a call that is seen both ways counts once
    Both,
}

impl Mode {
    /// Whether client-side monitoring is heard.
    pub fn has_csm(self) -> bool {
        matches!(self, Mode::Csm | Mode::Both)
    }

    /// Whether the proxy runs.
    pub fn has_proxy(self) -> bool {
        matches!(self, Mode::Proxy | Mode::Both)
    }
}

/// Which other users of this machine are heard.
#[derive(Debug, Clone, Default, Args)]
pub struct Neighbours {
    /// Hear this user of the machine, too, by name or number; otherwise only you and root are (repeatable; Linux)
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub allow_user: Vec<String>,
}

/// The options of the proxy.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Proxy")]
pub struct Proxy {
    /// Send what goes to AWS to this stand-in (moto, LocalStack)
    #[arg(long, value_name = "URL")]
    pub upstream: Option<String>,

    /// Trust upstreams also by the certificates in this PEM file: an authority's, or the stand-in's very own
    #[arg(long, value_name = "FILE")]
    pub upstream_ca: Option<PathBuf>,

    /// Reach upstreams through this proxy [default: HTTPS_PROXY, HTTP_PROXY and NO_PROXY]
    #[arg(long, value_name = "URL")]
    pub upstream_proxy: Option<String>,

    /// Record what goes to this host too, also through TLS (repeatable)
    #[arg(long, value_name = "HOST")]
    pub intercept: Vec<String>,
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
    /// What the policy is to be.
    #[command(flatten)]
    pub policy: PolicyOptions,

    /// Append each call to this recording (JSON lines)
    #[arg(long, help_heading = "Calls", value_name = "FILE")]
    pub record: Option<PathBuf>,

    /// Actions that a call may need, where the request itself cannot be seen
    #[arg(long, help_heading = "Calls", value_name = "WHICH", value_enum, default_value_t = Possible::Common)]
    pub possible: Possible,

    /// Account id for resources (12 digits) [default: what the calls tell]
    #[arg(long, help_heading = "Calls", value_name = "ID", value_parser = account_id)]
    pub account_id: Option<String>,

    /// Rules instead of built-in ones.
    #[command(flatten)]
    pub rules: Rules,
}

/// The options that concern the policy: which calls count, what it looks like and where it goes. Every command
/// that writes one has them.
#[derive(Debug, Args)]
#[command(next_help_heading = "Policy")]
pub struct PolicyOptions {
    /// Write the policy to this file; a recording keeps it current meanwhile [default: standard output, at the end]
    #[arg(short, long, value_name = "FILE")]
    pub output_file: Option<PathBuf>,

    /// Replace the file of -o also when what is there is no policy
    #[arg(long)]
    pub force: bool,

    /// Format of the policy
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Json)]
    pub format: Format,

    /// Name each statement: the service and what is done (`S3Read`)
    #[arg(long)]
    pub sid: bool,

    /// Sort statements, actions and resources instead of keeping the order of first sight
    #[arg(long)]
    pub sort_alphabetical: bool,

    /// How resources are generalised [default: grouped from --group-over on]
    #[arg(long, value_name = "HOW", value_enum)]
    pub resources: Option<Resources>,

    /// Most resources of one type, in one account and region, that an action has; more become prefixes, else the type
    #[arg(long, value_name = "N", default_value = "20", conflicts_with = "resources")]
    pub group_over: NonZeroUsize,

    /// Shorten the policy: wildcards that stand for the listed actions and nothing else that AWS has today, and one
    /// statement for those that differ in the values of one condition
    #[arg(long)]
    pub minimize: bool,

    /// Make the policy fit IAM's limits at the end: one that is too large is minimized, and split into managed policies
    #[arg(long, value_name = "WHERE", value_enum)]
    pub fit: Option<Fit>,

    /// Let only calls that failed into the policy
    #[arg(long)]
    pub fails_only: bool,

    /// Let only calls that succeeded into the policy
    #[arg(long, conflicts_with = "fails_only")]
    pub succeeded_only: bool,

    /// What becomes of calls without credentials.
    #[command(flatten)]
    pub anonymous: AnonymousCalls,

    /// Let only the calls of this role or user into the policy: an ARN, or the id of an access key, with * and ? (repeatable)
    #[arg(long, value_name = "ARN", value_parser = NonEmptyStringValueParser::new())]
    pub principal: Vec<String>,

    /// Write a policy for each principal into this directory; without -o, only those
    #[arg(long, value_name = "DIR")]
    pub per_principal: Option<PathBuf>,

    /// Print nothing but the policy, errors, and warnings that it may be incomplete
    #[arg(short, long, help_heading = "Output", conflicts_with = "verbose")]
    pub quiet: bool,

    /// Say more; twice: each call
    #[arg(short, long, help_heading = "Output", action = ArgAction::Count)]
    pub verbose: u8,
}

/// In which format a policy is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// IAM's JSON
    Json,
    /// Terraform: a data source aws_iam_policy_document
    Hcl,
    /// A CloudFormation template (YAML) with an AWS::IAM::ManagedPolicy
    #[value(name = "cloudformation")]
    CloudFormation,
    /// TypeScript for the AWS CDK: a list of iam.PolicyStatement
    Cdk,
    /// A summary for a pull request
    Markdown,
}

/// How resources are generalised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Resources {
    /// Never, however many there are; memory grows with them
    Exact,
    /// More than two of a type: to the prefix that they have in common, else to the type
    Grouped,
    /// All: to their type in their account and region; objects to all of their bucket
    Account,
    /// All: to *
    Wildcard,
}

/// Where a policy is to fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Fit {
    /// Managed policies of at most 6,144 characters, as few as it takes
    Managed,
    /// The inline policy of a role: 10,240 characters
    InlineRole,
    /// The inline policy of a user: 2,048 characters
    InlineUser,
    /// The inline policy of a group: 5,120 characters
    InlineGroup,
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

/// `ADDRESS:PORT`, the address as [`host`] takes it.
fn bind_addr(text: &str) -> Result<SocketAddr, String> {
    let parsed = text.rsplit_once(':').and_then(|(address, port)| {
        // `::1` without brackets is an address and no port.
        let address = host(address).ok().filter(|it| it.is_ipv4() || address.starts_with('['))?;
        Some(SocketAddr::new(address, port.parse().ok()?))
    });
    parsed.ok_or_else(|| "give an IP address and a port, such as 127.0.0.1:10080".to_owned())
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
