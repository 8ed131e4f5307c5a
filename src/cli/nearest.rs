//! `leastwise nearest`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use crate::cli::anonymous::AnonymousCalls;
use crate::cli::exit_codes::EXIT_CODES;
use crate::cli::gate::{Said, said};
use crate::cli::shared::{Reading, Rules};
use crate::cli::values::account_id;

const NEAREST_HELP: &str = "\
Actions in excess are those that a policy allows on anything and that no call
needed.

Examples:
  leastwise nearest calls.jsonl
  leastwise nearest --tailor -o policy.json calls.jsonl
  leastwise nearest --tailor=AmazonS3ReadOnlyAccess calls.jsonl
  leastwise nearest --aws --profile admin --principal '*:role/web' trail/
";

/// `leastwise nearest`.
#[derive(Debug, Args)]
#[command(after_help = format!("{NEAREST_HELP}\n{EXIT_CODES}"))]
pub(crate) struct Nearest {
    /// Show so many policies, and so many pairs
    #[arg(long, help_heading = "Output", value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=2000))]
    pub top: u16,

    /// Print the result as JSON
    #[arg(long, help_heading = "Output", conflicts_with = "tailor")]
    pub json: bool,

    /// Ask IAM for the account's own managed policies, and for AWS's as they are now (with the credentials of --profile), instead of taking
    /// AWS's as this program has them
    #[arg(long, help_heading = "Policy")]
    pub aws: bool,

    /// Write the nearest policy, or the one with this name or ARN, cut down to what was used, as `prune` does
    #[arg(long, help_heading = "Policy", value_name = "NAME", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub tailor: Option<String>,

    /// With --tailor, write the policy to this file [default: standard output]
    #[arg(short, long, help_heading = "Policy", value_name = "FILE", requires = "tailor")]
    pub output_file: Option<PathBuf>,

    /// Replace the file of -o even if it is not a policy
    #[arg(long, help_heading = "Policy")]
    pub force: bool,

    /// With --tailor, leave resource patterns as wide as they are; remove only those that nothing used
    #[arg(long, help_heading = "Policy")]
    pub keep_resources: bool,

    /// With --tailor, also remove what CloudTrail's events cannot have shown, such as data events that the trail does not log
    #[arg(long, help_heading = "Policy")]
    pub drop_unseen: bool,

    /// A condition key of the requests and its value (repeatable); without `=`, they do not have it
    #[arg(long, help_heading = "Policy", value_name = "KEY=VALUE", value_parser = said)]
    pub context: Vec<Said>,

    /// Accept a recording whose last line is cut off, as after a kill
    #[arg(long, help_heading = "Calls")]
    pub allow_incomplete: bool,

    /// Say nothing but errors and warnings beside the result
    #[arg(short, long, help_heading = "Output")]
    pub quiet: bool,

    /// What becomes of calls without credentials.
    #[command(flatten)]
    pub anonymous: AnonymousCalls,

    /// Take only the calls of this role or user into account: an ARN, or the id of an access key, with * and ? (repeatable)
    #[arg(long, help_heading = "Calls", value_name = "ARN", value_parser = NonEmptyStringValueParser::new())]
    pub principal: Vec<String>,

    /// Account id for resources of calls whose account is not known (12 digits)
    #[arg(long, help_heading = "Calls", value_name = "ID", value_parser = account_id)]
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
