//! `--anonymous`: what becomes of calls without credentials.

use clap::{Args, ValueEnum};

/// The option of every command that takes calls into account.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct AnonymousCalls {
    /// What becomes of calls without credentials of IAM's, which need no policy of the caller's: public objects,
    /// AssumeRoleWithWebIdentity, what bearer tokens of other kinds allow
    #[arg(long, value_name = "WHICH", value_enum, default_value_t)]
    pub anonymous: Anonymous,
}

/// Whether calls without credentials are taken into account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Anonymous {
    /// Not: nobody's policy decides on them
    #[default]
    Omit,
    /// As if they had been signed
    Include,
}
