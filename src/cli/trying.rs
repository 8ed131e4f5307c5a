//! What `leastwise try` takes.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::cli::exit_codes::EXIT_CODES;
use crate::cli::shared::{Proxy, Shared};
use crate::cli::values::{Mode, region};

const TRY_HELP: &str = "\
Examples:
  leastwise try --policy policy.json -- terraform plan
  leastwise try --policy policy.json --federate -- ./report.py
  leastwise try --learn --ceiling team.json -o policy.json -- ./report.py
  leastwise try --clean-up
";

/// `leastwise try`.
#[derive(Debug, Args)]
#[command(override_usage = "leastwise try [OPTIONS] --policy FILE -- <COMMAND>...", after_help = format!("{TRY_HELP}\n{EXIT_CODES}"))]
pub(crate) struct Try {
    /// The policy that is tried (repeatable; they unite); - is standard input
    #[arg(long, value_name = "FILE", help_heading = "Trial")]
    pub policy: Vec<PathBuf>,

    /// Ask with the credentials of this role, which is assumed first
    #[arg(long, value_name = "ARN", help_heading = "Trial")]
    pub role_arn: Option<String>,

    /// Make no role: cut a session of this role down to the policy
    #[arg(long, value_name = "ARN", help_heading = "Trial", conflicts_with = "federate")]
    pub session: Option<String>,

    /// Make no role: cut a federated session of the IAM user down to the policy
    #[arg(long, help_heading = "Trial")]
    pub federate: bool,

    /// Give the role this permissions boundary
    #[arg(long, value_name = "ARN", help_heading = "Trial", conflicts_with_all = ["session", "federate"])]
    pub boundary: Option<String>,

    /// The command takes so many seconds at most; beyond what a session can have, new credentials are handed out while it runs
    #[arg(long, value_name = "SECONDS", help_heading = "Trial", default_value_t = 3_600, value_parser = clap::value_parser!(u32).range(1..=604_800))]
    pub duration: u32,

    /// Wait so many seconds at most until the role and its policy are in force
    #[arg(long, value_name = "SECONDS", help_heading = "Trial", default_value_t = 90, value_parser = clap::value_parser!(u64).range(..=3_600))]
    pub wait: u64,

    /// Leave the role where it is at the end, and say how to remove it
    #[arg(long, help_heading = "Trial", conflicts_with_all = ["session", "federate"])]
    pub keep: bool,

    /// Add what AWS refuses to the policy, and run the command again, until nothing is refused
    #[arg(long, help_heading = "Learning")]
    pub learn: bool,

    /// Add only what this policy allows (repeatable; they unite); without it, no action is added that gives rights away
    #[arg(long, value_name = "FILE", help_heading = "Learning", requires = "learn")]
    pub ceiling: Vec<PathBuf>,

    /// Run the command so often at most
    #[arg(long, value_name = "N", help_heading = "Learning", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub rounds: u32,

    /// Show the calls that would be made, and make none
    #[arg(long, help_heading = "Instead of trying", group = "instead")]
    pub print_plan: bool,

    /// Print the policy that trying itself needs, with the same other options
    #[arg(long, help_heading = "Instead of trying", group = "instead")]
    pub own_policy: bool,

    /// Remove what earlier tries left behind: what this machine made, and what is over
    #[arg(long, help_heading = "Instead of trying", group = "instead")]
    pub clean_up: bool,

    /// With --clean-up, remove also what may still be in use; asks before
    #[arg(long, help_heading = "Instead of trying", requires = "clean_up")]
    pub all: bool,

    /// Take the credentials of this profile
    #[arg(long, value_name = "NAME", help_heading = "AWS")]
    pub profile: Option<String>,

    /// Ask STS in this region, and let the command use it
    #[arg(long, value_name = "REGION", help_heading = "AWS", value_parser = region)]
    pub region: Option<String>,

    /// What all recording commands share.
    #[command(flatten)]
    pub shared: Shared,

    /// How calls are observed
    #[arg(long, help_heading = "Calls", value_name = "WHAT", value_enum, default_value_t = Mode::Both)]
    pub mode: Mode,

    /// The proxy's options.
    #[command(flatten)]
    pub proxy: Proxy,

    /// The command and its arguments
    #[arg(required_unless_present = "instead", trailing_var_arg = true, help_heading = "Arguments", value_name = "COMMAND", value_hint = ValueHint::CommandWithArguments)]
    pub command: Vec<OsString>,
}
