//! `leastwise report`.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use crate::cli::anonymous::AnonymousCalls;
use crate::cli::exit_codes::EXIT_CODES;
use crate::cli::gate::{Said, said};
use crate::cli::shared::{PolicyOptions, Reading, Rules};
use crate::cli::values::{Fit, Format, Generated, Hints, Resources, account_id, own_addr};

const REPORT_HELP: &str = "\
The page opens in any browser, from anywhere, and asks nothing of the network.

Examples:
  leastwise report -o report.html calls.jsonl
  leastwise report --baseline policy.json -o report.html calls-*.jsonl
  leastwise report --principal '*:role/web' -o report.html trail/
";

/// `leastwise report`.
#[derive(Debug, Args)]
#[command(after_help = format!("{REPORT_HELP}\n{EXIT_CODES}"))]
pub(crate) struct Report {
    /// Write the page to this file [default: standard output]
    #[arg(short, long, help_heading = "Output", value_name = "FILE")]
    pub output_file: Option<PathBuf>,

    /// Replace the file of -o even if it is not a report
    #[arg(long, help_heading = "Output")]
    pub force: bool,

    /// Print nothing but errors, and warnings that something may be missing
    #[arg(short, long, help_heading = "Output")]
    pub quiet: bool,

    /// Also say what this policy lacks, what of it nothing used, and how the new one differs from it
    #[arg(long, help_heading = "Check", value_name = "FILE")]
    pub baseline: Option<PathBuf>,

    /// With --baseline, a condition key of the requests and its value (repeatable); without `=`, they do not have it
    #[arg(long, help_heading = "Check", value_name = "KEY=VALUE", value_parser = said, requires = "baseline")]
    pub context: Vec<Said>,

    /// Name each statement after its service and purpose (`S3Read`)
    #[arg(long, help_heading = "Policy")]
    pub sid: bool,

    /// Sort statements, actions and resources instead of keeping the order in which they were first seen
    #[arg(long, help_heading = "Policy")]
    pub sort_alphabetical: bool,

    /// How resources are generalised [default: grouped above --group-over]
    #[arg(long, help_heading = "Policy", value_name = "HOW", value_enum)]
    pub resources: Option<Resources>,

    /// Most resources of one type, account and region that an action keeps; more become prefixes, or else the type
    #[arg(
        long,
        help_heading = "Policy",
        value_name = "N",
        default_value = "20",
        conflicts_with = "resources"
    )]
    pub group_over: NonZeroUsize,

    /// What stands in the policy for resources that AWS named in this run, and for names made of a hash, a UUID or a time:
    /// the next run has others
    #[arg(long, help_heading = "Policy", value_name = "HOW", value_enum, default_value_t)]
    pub generated: Generated,

    /// Shorten the policy: wildcards that stand for the listed actions and nothing else that AWS has today, and one
    /// statement for those that differ in the values of one condition
    #[arg(long, help_heading = "Policy")]
    pub minimize: bool,

    /// Make the policy fit IAM's limits: one that is too large is minimized, and split into managed policies
    #[arg(long, help_heading = "Policy", value_name = "WHERE", value_enum)]
    pub fit: Option<Fit>,

    /// Take each recording as a run of the same program: what differs between them becomes a pattern that they share
    #[arg(long, help_heading = "Policy")]
    pub stable: bool,

    /// Build the policy only from calls that failed
    #[arg(long, help_heading = "Policy")]
    pub fails_only: bool,

    /// Build the policy only from calls that succeeded
    #[arg(long, help_heading = "Policy", conflicts_with = "fails_only")]
    pub succeeded_only: bool,

    /// What becomes of calls without credentials.
    #[command(flatten)]
    pub anonymous: AnonymousCalls,

    /// Show only the calls of this role or user: an ARN, or the id of an access key, with * and ? (repeatable)
    #[arg(long, help_heading = "Policy", value_name = "ARN", value_parser = NonEmptyStringValueParser::new())]
    pub principal: Vec<String>,

    /// Account id for resources of calls whose account is not known (12 digits)
    #[arg(long, value_name = "ID", value_parser = account_id)]
    pub account_id: Option<String>,

    /// Rules instead of what was recorded.
    #[command(flatten)]
    pub rules: Rules,

    /// How CloudTrail's events are read.
    #[command(flatten)]
    pub reading: Reading,

    /// Recordings that --record wrote, or CloudTrail's events, in files, folders and buckets (s3://BUCKET/PREFIX); `-` is standard
    /// input
    #[arg(
        required_unless_present = "lookup",
        help_heading = "Arguments",
        value_name = "RECORDING"
    )]
    pub recordings: Vec<PathBuf>,
}

impl Report {
    /// What the policy is to be, as commands that write one are told.
    pub(crate) fn policy(&self) -> PolicyOptions {
        PolicyOptions {
            output_file: self.output_file.clone(),
            force: self.force,
            format: Format::Json,
            sid: self.sid,
            sort_alphabetical: self.sort_alphabetical,
            resources: self.resources,
            group_over: self.group_over,
            generated: self.generated,
            minimize: self.minimize,
            fit: self.fit,
            fails_only: self.fails_only,
            succeeded_only: self.succeeded_only,
            anonymous: self.anonymous,
            principal: self.principal.clone(),
            per_principal: None,
            hints: Hints::On,
            quiet: self.quiet,
            verbose: 0,
        }
    }
}

/// The page of a recording that goes on: written at its end, and shown meanwhile.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct Page {
    /// At the end, also write a page to this file that shows the policy, the calls behind each line and who did what
    #[arg(long, value_name = "FILE", conflicts_with = "append")]
    pub report: Option<PathBuf>,

    /// Show that page in a browser meanwhile, at an address of this machine that is printed [default: 127.0.0.1 and any free port]
    #[arg(long, value_name = "ADDRESS:PORT", num_args = 0..=1, require_equals = true, default_missing_value = "127.0.0.1:0", value_parser = own_addr, conflicts_with = "append")]
    pub web: Option<SocketAddr>,
}
