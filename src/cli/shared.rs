//! Options that several commands have.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgAction, Args};

use crate::cli::anonymous::AnonymousCalls;
use crate::cli::moments::{since, until};
use crate::cli::values::{
    Fit, Format, Generated, Hints, Possible, Resources, account_id, mebibytes, region,
};

/// The option of every command that says what calls need.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Rules {
    /// Correct what calls need with this rules file, SERVICE.toml, or a folder of such files (repeatable)
    #[arg(long, help_heading = "Calls", value_name = "FILE|DIR")]
    pub rules: Vec<PathBuf>,
}

/// How CloudTrail's events are read, and which of them.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "CloudTrail")]
pub(crate) struct Reading {
    /// Only events of this day or moment and later (2026-11-05, or RFC 3339; days are UTC's)
    #[arg(long, value_name = "TIME", value_parser = since)]
    pub since: Option<u64>,

    /// Only events until the end of this day, or before this moment
    #[arg(long, value_name = "TIME", value_parser = until)]
    pub until: Option<u64>,

    /// Only events in the trail of this account (12 digits; repeatable)
    #[arg(long, value_name = "ID", value_parser = account_id)]
    pub account: Vec<String>,

    /// Only events in this region (repeatable); with --lookup, those that are asked
    #[arg(long, value_name = "REGION", value_parser = region)]
    pub region: Vec<String>,

    /// Ask CloudTrail itself for the management events of the last 90 days, in each --region or the configured one, and where those of
    /// global services are (us-east-1)
    #[arg(long)]
    pub lookup: bool,

    /// The profile with the credentials for s3:// and --lookup [default: what SDKs find]
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub profile: Option<String>,

    /// Keep so many MiB of what distinct calls are in memory; what is more goes into a temporary file, which has no name [default: 4]
    #[arg(long, value_name = "MIB", value_parser = mebibytes)]
    pub memory: Option<u32>,

    /// Stop at the first event of CloudTrail's, or file of them, that is damaged, instead of passing it over
    #[arg(long, help_heading = "Calls")]
    pub strict: bool,
}

/// Which other users of this machine are heard.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Neighbours {
    /// Also record this user of the machine, by name or number; otherwise only you and root are recorded (repeatable; Linux)
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub allow_user: Vec<String>,
}

/// The options of the proxy.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Proxy")]
pub(crate) struct Proxy {
    /// Send calls to AWS to this stand-in instead (moto, LocalStack)
    #[arg(long, value_name = "URL")]
    pub upstream: Option<String>,

    /// Also trust upstreams by the certificates in this PEM file: an authority's, or the stand-in's own
    #[arg(long, value_name = "FILE")]
    pub upstream_ca: Option<PathBuf>,

    /// Reach upstreams through this proxy [default: HTTPS_PROXY, HTTP_PROXY and NO_PROXY]
    #[arg(long, value_name = "URL")]
    pub upstream_proxy: Option<String>,

    /// Also record calls to this host, over TLS too (repeatable)
    #[arg(long, value_name = "HOST")]
    pub intercept: Vec<String>,

    /// Leave Java alone: JAVA_TOOL_OPTIONS, of which each JVM prints that it picked it up, is not set, and Java's calls are not seen
    #[arg(long)]
    pub no_java: bool,
}

/// The options that every recording command has.
#[derive(Debug, Clone, Args)]
pub(crate) struct Shared {
    /// What the policy is to be.
    #[command(flatten)]
    pub policy: PolicyOptions,

    /// Append each call to this recording (JSON lines)
    #[arg(long, help_heading = "Calls", value_name = "FILE")]
    pub record: Option<PathBuf>,

    /// Add each call to this recording, as --record does, and write the policy of all calls in it: those of earlier runs, too
    #[arg(long, help_heading = "Calls", value_name = "FILE", conflicts_with = "record")]
    pub append: Option<PathBuf>,

    /// Actions that a call may need, where the request itself cannot be seen
    #[arg(long, help_heading = "Calls", value_name = "WHICH", value_enum, default_value_t = Possible::Common)]
    pub possible: Possible,

    /// Account id for resources (12 digits) [default: taken from the calls]
    #[arg(long, help_heading = "Calls", value_name = "ID", value_parser = account_id)]
    pub account_id: Option<String>,

    /// Rules instead of built-in ones.
    #[command(flatten)]
    pub rules: Rules,
}

/// The options that concern the policy: which calls count, what it looks like and where it goes. Every command
/// that writes one has them.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Policy")]
pub(crate) struct PolicyOptions {
    /// Write the policy to this file, kept current while recording [default: standard output, at the end]
    #[arg(short, long, value_name = "FILE")]
    pub output_file: Option<PathBuf>,

    /// Replace the file of -o even if it is not a policy
    #[arg(long)]
    pub force: bool,

    /// Format of the policy
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Json)]
    pub format: Format,

    /// Name each statement after its service and purpose (`S3Read`)
    #[arg(long)]
    pub sid: bool,

    /// Sort statements, actions and resources instead of keeping the order in which they were first seen
    #[arg(long)]
    pub sort_alphabetical: bool,

    /// How resources are generalised [default: grouped above --group-over]
    #[arg(long, value_name = "HOW", value_enum)]
    pub resources: Option<Resources>,

    /// Most resources of one type, account and region that an action keeps; more become prefixes, or else the type
    #[arg(long, value_name = "N", default_value = "20", conflicts_with = "resources")]
    pub group_over: NonZeroUsize,

    /// What stands in the policy for resources that AWS named in this run, and for names made of a hash, a UUID or a time:
    /// the next run has others
    #[arg(long, value_name = "HOW", value_enum, default_value_t)]
    pub generated: Generated,

    /// Shorten the policy: wildcards that stand for the listed actions and nothing else that AWS has today, and one
    /// statement for those that differ in the values of one condition
    #[arg(long)]
    pub minimize: bool,

    /// Make the policy fit IAM's limits at the end: one that is too large is minimized, and split into managed policies
    #[arg(long, value_name = "WHERE", value_enum)]
    pub fit: Option<Fit>,

    /// Build the policy only from calls that failed
    #[arg(long)]
    pub fails_only: bool,

    /// Build the policy only from calls that succeeded
    #[arg(long, conflicts_with = "fails_only")]
    pub succeeded_only: bool,

    /// What becomes of calls without credentials.
    #[command(flatten)]
    pub anonymous: AnonymousCalls,

    /// Build the policy only from the calls of this role or user: an ARN, or the id of an access key, with * and ? (repeatable)
    #[arg(long, value_name = "ARN", value_parser = NonEmptyStringValueParser::new())]
    pub principal: Vec<String>,

    /// Write a policy for each principal into this directory; without -o, only those
    #[arg(long, value_name = "DIR")]
    pub per_principal: Option<PathBuf>,

    /// Say at the end what the policy cannot do yet: destroy what was created, update it, go on after an operation that only failed
    #[arg(long, help_heading = "Output", value_name = "WHETHER", value_enum, default_value_t = Hints::On)]
    pub hints: Hints,

    /// Print nothing but the policy, errors, and warnings that it may be incomplete
    #[arg(short, long, help_heading = "Output", conflicts_with = "verbose")]
    pub quiet: bool,

    /// Say more; given twice, show each call
    #[arg(short, long, help_heading = "Output", action = ArgAction::Count)]
    pub verbose: u8,
}
