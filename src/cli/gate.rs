//! What holds a policy against recordings: `check`, `prune`, `diff`, and `run --check`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use crate::cli::anonymous::AnonymousCalls;
use crate::cli::exit_codes::EXIT_CODES;
use crate::cli::judge::AskAws;
use crate::cli::shared::{Reading, Rules};
use crate::cli::values::account_id;

const CHECK_HELP: &str = "\
Examples:
  leastwise check --policy policy.json calls.jsonl
  leastwise check --policy policy.json --unused calls-*.jsonl
  leastwise check --policy policy.json --context aws:username=deploy calls.jsonl
  leastwise check --aws --policy policy.json calls.jsonl
  leastwise check --principal-arn arn:aws:iam::111122223333:role/web calls.jsonl
  leastwise check --no-new-access old.json --policy new.json
  leastwise run --check policy.json -- ./deploy.sh
";

const PRUNE_HELP: &str = "\
Examples:
  leastwise prune --policy broad.json calls.jsonl > policy.json
  leastwise prune --policy policy.json calls-*.jsonl -o policy.json
  leastwise prune --policy role.json --principal '*:role/web' trail/
";

const DIFF_HELP: &str = "\
Examples:
  leastwise diff old.json new.json
  git show main:policy.json | leastwise diff - policy.json

Exit codes:
  0  both allow the same
  1  the result could not be printed
  2  wrong usage, or a policy that cannot be read
  3  one allows what the other does not, or may not
";

/// `leastwise check`.
#[derive(Debug, Args)]
#[command(after_help = format!("{CHECK_HELP}\n{EXIT_CODES}"))]
pub(crate) struct Check {
    /// The policy, or one of several that are attached to one identity (repeatable)
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "principal_arn",
        conflicts_with = "principal_arn"
    )]
    pub policy: Vec<PathBuf>,

    /// What AWS is asked.
    #[command(flatten)]
    pub ask: AskAws,

    /// How the policies are judged.
    #[command(flatten)]
    pub gate: Gate,

    /// Print the result as JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,

    /// What becomes of calls without credentials.
    #[command(flatten)]
    pub anonymous: AnonymousCalls,

    /// Take only the calls of this role or user into account: an ARN, or the id of an access key, with * and ? (repeatable)
    #[arg(long, value_name = "ARN", value_parser = NonEmptyStringValueParser::new())]
    pub principal: Vec<String>,

    /// Account id for resources of calls whose account is not known (12 digits)
    #[arg(long, value_name = "ID", value_parser = account_id)]
    pub account_id: Option<String>,

    /// Also call unused what CloudTrail's events cannot have shown, such as data events that the trail does not log
    #[arg(long)]
    pub drop_unseen: bool,

    /// Accept a recording whose last line is cut off, as after a kill; without this, the exit code is 3
    #[arg(long)]
    pub allow_incomplete: bool,

    /// Rules instead of what was recorded.
    #[command(flatten)]
    pub rules: Rules,

    /// How CloudTrail's events are read.
    #[command(flatten)]
    pub reading: Reading,

    /// Recordings that --record wrote, or CloudTrail's events, in files, folders and buckets (s3://BUCKET/PREFIX); `-` is standard
    /// input
    #[arg(
        required_unless_present_any = ["lookup", "no_new_access"],
        help_heading = "Arguments",
        value_name = "RECORDING"
    )]
    pub recordings: Vec<PathBuf>,
}

/// How policies are judged, in `check` and `run --check`.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Check")]
pub(crate) struct Gate {
    /// Exit with code 4 when a statement, action or resource of the policy was not used
    #[arg(long)]
    pub unused: bool,

    /// Accept what depends on condition keys that are not known
    #[arg(long)]
    pub allow_undecided: bool,

    /// A condition key of the requests and its value (repeatable); without `=`, they do not have it
    #[arg(long, value_name = "KEY=VALUE", value_parser = said)]
    pub context: Vec<Said>,

    /// Write the result as SARIF, for code scanning
    #[arg(long, value_name = "FILE")]
    pub sarif: Option<PathBuf>,
}

/// `--check` of `run`.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Check")]
pub(crate) struct RunCheck {
    /// Check the calls against this policy; exit code 3 when it lacks something (repeatable)
    #[arg(long, value_name = "FILE")]
    pub check: Vec<PathBuf>,

    /// How the policies are judged.
    #[command(flatten)]
    pub gate: Gate,
}

/// What the user says of a condition key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    /// The key.
    pub key: String,
    /// A value; `None` when the requests do not have the key.
    pub value: Option<String>,
}

/// `leastwise prune`.
#[derive(Debug, Args)]
#[command(after_help = format!("{PRUNE_HELP}\n{EXIT_CODES}"))]
pub(crate) struct Prune {
    /// The policy to cut down
    #[arg(long, value_name = "FILE")]
    pub policy: PathBuf,

    /// Write the policy to this file, which may be the same [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output_file: Option<PathBuf>,

    /// Replace the file of -o even if it is not a policy
    #[arg(long)]
    pub force: bool,

    /// Leave resource patterns as wide as they are; remove only those that nothing used
    #[arg(long)]
    pub keep_resources: bool,

    /// Also remove what CloudTrail's events cannot have shown, such as data events that the trail does not log
    #[arg(long)]
    pub drop_unseen: bool,

    /// A condition key of the requests and its value (repeatable); without `=`, they do not have it
    #[arg(long, value_name = "KEY=VALUE", value_parser = said)]
    pub context: Vec<Said>,

    /// Accept a recording whose last line is cut off, as after a kill
    #[arg(long)]
    pub allow_incomplete: bool,

    /// Do not list what was removed
    #[arg(short, long)]
    pub quiet: bool,

    /// What becomes of calls without credentials.
    #[command(flatten)]
    pub anonymous: AnonymousCalls,

    /// Take only the calls of this role or user into account: an ARN, or the id of an access key, with * and ? (repeatable)
    #[arg(long, value_name = "ARN", value_parser = NonEmptyStringValueParser::new())]
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

/// `leastwise diff`.
#[derive(Debug, Args)]
#[command(after_help = DIFF_HELP)]
pub(crate) struct Diff {
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,

    /// A policy; `-` is standard input
    #[arg(value_name = "A")]
    pub first: PathBuf,

    /// Another policy
    #[arg(value_name = "B")]
    pub second: PathBuf,
}

pub(super) fn said(text: &str) -> Result<Said, String> {
    let (key, value) = match text.split_once('=') {
        Some((key, value)) => (key, Some(value.to_owned())),
        None => (text, None),
    };
    let named =
        key.split_once(':').is_some_and(|(prefix, name)| !prefix.is_empty() && !name.is_empty());
    if !named || key.contains(char::is_whitespace) {
        return Err("give a condition key and its value, such as aws:username=deploy".to_owned());
    }
    Ok(Said { key: key.to_owned(), value })
}
