//! `leastwise summarize`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::exit_codes::EXIT_CODES;
use crate::cli::shared::Reading;

const SUMMARIZE_HELP: &str = "\
A summary is a recording: policy, check, prune and explain read it, and
summarize merges several. The policy of merged summaries is that of all calls,
in any order.

Examples:
  leastwise summarize trail/ -o calls.jsonl
  leastwise summarize january.jsonl february.jsonl -o both.jsonl
";

/// `leastwise summarize`.
#[derive(Debug, Args)]
#[command(after_help = format!("{SUMMARIZE_HELP}\n{EXIT_CODES}"))]
pub(crate) struct Summarize {
    /// Write the summary to this file [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output_file: Option<PathBuf>,

    /// Replace the file of -o even if it is not a recording
    #[arg(long)]
    pub force: bool,

    /// Say nothing but errors and warnings
    #[arg(short, long)]
    pub quiet: bool,

    /// How CloudTrail's events are read.
    #[command(flatten)]
    pub reading: Reading,

    /// Recordings that --record wrote, or CloudTrail's events, in files, folders and buckets (s3://BUCKET/PREFIX); `-` is standard
    /// input
    #[arg(required_unless_present = "lookup", help_heading = "Arguments", value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,
}
