//! The policies beside those of an identity, and `simulate`, which asks all of them.

use std::path::PathBuf;

use clap::Args;

use crate::cli::gate::{Said, said};
use crate::cli::values::account_id;

const SIMULATE_HELP: &str = "\
Examples:
  leastwise simulate --policy p.json s3:PutObject arn:aws:s3:::b/k
  leastwise simulate --policy p.json --context aws:username=ann sqs:ListQueues
  leastwise simulate --policy p.json --scp root.json --scp unit.json,own.json \\
    s3:GetObject 'arn:aws:s3:::b/*'
  leastwise simulate --resource-policy arn:aws:iam::111122223333:role/r=t.json \\
    --principal lambda.amazonaws.com \\
    sts:AssumeRole arn:aws:iam::111122223333:role/r

Exit codes:
  0  all is allowed
  1  the result could not be printed
  2  wrong usage, or a policy that cannot be read
  3  something is denied or, without --allow-undecided, not decided
";

/// `leastwise simulate`.
#[derive(Debug, Args)]
#[command(after_help = SIMULATE_HELP)]
pub(crate) struct Simulate {
    /// A policy of the identity; several unite (repeatable)
    #[arg(long, help_heading = "Policies", value_name = "FILE")]
    pub policy: Vec<PathBuf>,

    /// The other policies.
    #[command(flatten)]
    pub levels: PolicyLevels,

    /// Who asks: the ARN of a user, a role, a session or an account's root, a service (lambda.amazonaws.com), or anonymous
    #[arg(long, help_heading = "Request", value_name = "ARN")]
    pub principal: Option<String>,

    /// Account of the resources whose ARN does not say it and, without --principal, of who asks (12 digits)
    #[arg(long, help_heading = "Request", value_name = "ID", value_parser = account_id)]
    pub account_id: Option<String>,

    /// A condition key of the request and its value (repeatable); without `=`, it does not have the key. What is not given is
    /// not known
    #[arg(long, help_heading = "Request", value_name = "KEY=VALUE", value_parser = said)]
    pub context: Vec<Said>,

    /// Accept what depends on condition keys that are not known
    #[arg(long, help_heading = "Output")]
    pub allow_undecided: bool,

    /// Print the result as JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,

    /// The action, such as s3:PutObject
    #[arg(help_heading = "Arguments", value_name = "ACTION")]
    pub action: String,

    /// What it acts on: ARNs; one with * or ? must be allowed whatever they stand for
    #[arg(help_heading = "Arguments", value_name = "RESOURCE", default_value = "*")]
    pub resources: Vec<String>,
}

/// The policies beside those of an identity.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Policies")]
pub(crate) struct PolicyLevels {
    /// The permissions boundary of the user or the role
    #[arg(long, value_name = "FILE")]
    pub boundary: Option<PathBuf>,

    /// A policy that the session was made with; several unite (repeatable)
    #[arg(long, value_name = "FILE")]
    pub session_policy: Vec<PathBuf>,

    /// The service control policies of one level: files with commas between, or a directory of .json files; they unite. Repeat it
    /// for each level (root, unit, account), all of which must allow
    #[arg(long, value_name = "FILE,…", value_parser = level)]
    pub scp: Vec<LevelFiles>,

    /// The resource control policies of one level, as --scp has them; they hold for the account of the resource
    #[arg(long, value_name = "FILE,…", value_parser = level)]
    pub rcp: Vec<LevelFiles>,

    /// The policy of the VPC endpoint that requests go through
    #[arg(long, value_name = "FILE")]
    pub endpoint_policy: Option<PathBuf>,

    /// The policy of a bucket, queue, topic, key, secret or function, which its statements name; or that of the resource ARN, such as
    /// the trust policy of a role (repeatable)
    #[arg(long, value_name = "[ARN=]FILE", value_parser = resource_policy)]
    pub resource_policy: Vec<ResourcePolicyFile>,

    /// The organization's management account, which --scp and --rcp spare (12 digits)
    #[arg(long, value_name = "ID", value_parser = account_id)]
    pub management_account: Option<String>,
}

/// The files of one level, or a directory of them; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LevelFiles(pub Vec<PathBuf>);

/// The file of a resource's policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ResourcePolicyFile {
    /// The ARN of the resource; `None` where its statements name it.
    pub to: Option<String>,
    /// The file.
    pub path: PathBuf,
}

fn level(text: &str) -> Result<LevelFiles, String> {
    let files: Vec<_> = text.split(',').map(PathBuf::from).collect();
    if files.iter().any(|file| file.as_os_str().is_empty()) {
        return Err("give files with commas between them, such as root.json,more.json".to_owned());
    }
    Ok(LevelFiles(files))
}

fn resource_policy(text: &str) -> Result<ResourcePolicyFile, String> {
    // An ARN may have a `=` in it, a file's name seldom has one.
    let (to, path) = match text.rsplit_once('=').filter(|_| text.starts_with("arn:")) {
        Some((arn, path)) => (Some(arn.to_owned()), path),
        None => (None, text),
    };
    let is_arn = to.as_ref().is_none_or(|arn| arn.splitn(6, ':').count() == 6);
    if path.is_empty() || !is_arn {
        return Err("give a file, or ARN=FILE".to_owned());
    }
    Ok(ResourcePolicyFile { to, path: PathBuf::from(path) })
}
