//! The options by which a recording refuses what policies do not allow.

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};

/// The options of enforcement.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Enforcement")]
#[command(group(ArgGroup::new("enforcing").args(["enforce", "enforce_each", "iam"]).multiple(true)))]
pub(crate) struct Enforce {
    /// Let the proxy refuse calls that this policy does not allow, before anything of them is sent on (repeatable; they unite).
    /// It guards against mistakes, not against a program that goes round the proxy
    #[arg(long, value_name = "FILE")]
    pub enforce: Vec<PathBuf>,

    /// The same, by the policy of whoever makes the call: a file of this directory, named as --per-principal names it
    /// (role-deploy.json). A call by a key of which it was not told whose it is is not decided; who has no file may do nothing
    #[arg(long, value_name = "DIR")]
    pub enforce_each: Option<PathBuf>,

    /// Let the proxy refuse what IAM does not allow, as the stand-in of --upstream has it: its users, groups and roles, and the
    /// policies of its buckets, queues, topics, keys, secrets and functions. With --enforce, both must allow a call
    #[arg(long, value_name = "WHERE", value_enum, requires = "upstream")]
    pub iam: Option<IamOf>,

    /// What access keys may do that belong to nobody in the stand-in's IAM [default: root]
    #[arg(long, value_name = "WHAT", value_enum, requires = "iam")]
    pub unknown_keys: Option<UnknownKeys>,

    /// Refuse nothing: say what would be refused and, at the end, what the policy lacks; exit code 3 if it lacks something
    #[arg(long, requires = "enforcing")]
    pub soft: bool,

    /// What to do with calls that are not decided, since they depend on condition keys that are not known [default: refuse]
    #[arg(long, value_name = "WHAT", value_enum, requires = "enforcing")]
    pub undecided: Option<Unclear>,

    /// What to do with signed requests of which it is not known what permission they need [default: refuse]
    #[arg(long, value_name = "WHAT", value_enum, requires = "enforcing")]
    pub unrecognized: Option<Unclear>,

    /// Append what is judged of each call to this file (JSON lines)
    #[arg(long, value_name = "FILE", requires = "enforcing")]
    pub decisions: Option<PathBuf>,
}

impl Enforce {
    /// Whether calls are held against policies.
    pub(crate) fn is_on(&self) -> bool {
        !self.enforce.is_empty() || self.enforce_each.is_some() || self.iam.is_some()
    }
}

/// Whose IAM it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum IamOf {
    /// That of the stand-in that --upstream names
    Upstream,
}

/// What keys may do that belong to nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum UnknownKeys {
    /// Everything, as the account's root
    Root,
    /// Nothing
    Refuse,
}

/// What is done with what is not clear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Unclear {
    /// They are refused
    Refuse,
    /// They go on
    Allow,
}
