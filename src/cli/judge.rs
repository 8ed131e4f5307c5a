//! AWS as the judge: options of `check`, and `validate`.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueEnum};

use crate::cli::values::region;

const VALIDATE_HELP: &str = "\
Examples:
  leastwise validate policy.json
  leastwise validate --type scp --format sarif scp.json > scp.sarif
  leastwise validate --aws --region eu-west-1 policy.json
  leastwise policy calls.jsonl | leastwise validate -

Exit codes:
  0  no finding is an ERROR or a SECURITY_WARNING
  1  the result could not be printed
  2  wrong usage, a file that cannot be read, or AWS cannot be asked
  3  a finding is an ERROR or a SECURITY_WARNING
";

/// What `check` asks AWS.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "AWS")]
pub(crate) struct AskAws {
    /// Also put each need to IAM's policy simulator (iam:SimulateCustomPolicy), and show where its verdict is not ours
    #[arg(long, conflicts_with = "principal_arn")]
    pub aws: bool,

    /// Instead of policies in files, ask IAM's policy simulator (iam:SimulatePrincipalPolicy) whether this user, group or role
    /// allows the calls as it is, with its boundary and the organization's service control policies
    #[arg(
        long,
        value_name = "ARN",
        value_parser = NonEmptyStringValueParser::new(),
        conflicts_with_all = ["unused", "sarif"]
    )]
    pub principal_arn: Option<String>,

    /// With --principal-arn of a user: the policy of the resources that it names
    #[arg(long, value_name = "FILE", requires = "principal_arn")]
    pub resource_policy: Option<PathBuf>,

    /// Ask IAM Access Analyzer whether --policy grants what this older policy does not
    /// (access-analyzer:CheckNoNewAccess). AWS charges for each of these checks
    #[arg(
        long,
        value_name = "OLD",
        conflicts_with_all = ["aws", "principal_arn", "recordings", "lookup", "unused", "sarif"]
    )]
    pub no_new_access: Option<PathBuf>,
}

/// `leastwise validate`.
#[derive(Debug, Args)]
#[command(after_help = VALIDATE_HELP)]
pub(crate) struct Validate {
    /// Also ask IAM Access Analyzer (access-analyzer:ValidatePolicy), which costs nothing
    #[arg(long, help_heading = "AWS")]
    pub aws: bool,

    /// The region in which Access Analyzer is asked [default: the configured one]
    #[arg(long, help_heading = "AWS", value_name = "REGION", value_parser = region)]
    pub region: Option<String>,

    /// The profile with the credentials for --aws [default: what SDKs find]
    #[arg(long, help_heading = "AWS", value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub profile: Option<String>,

    /// What kind of a policy it is
    #[arg(long = "type", value_name = "KIND", value_enum, default_value_t = Kind::Identity)]
    pub kind: Kind,

    /// Format of the result
    #[arg(long, help_heading = "Output", value_name = "FORMAT", value_enum, default_value_t = Findings::Text)]
    pub format: Findings,

    /// Policies in JSON; `-` is standard input
    #[arg(required = true, help_heading = "Arguments", value_name = "FILE")]
    pub policies: Vec<PathBuf>,
}

/// What kind of a policy is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// An identity-based policy
    Identity,
    /// The policy of a resource, or the trust policy of a role
    Resource,
    /// A service control policy
    Scp,
    /// A resource control policy
    Rcp,
}

/// How findings are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Findings {
    /// One finding a line
    Text,
    /// JSON
    Json,
    /// SARIF, for code scanning
    Sarif,
}
