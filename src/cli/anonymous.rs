//! `--anonymous`: what becomes of calls without credentials.

use clap::{Args, ValueEnum};

/// The option of every command that takes calls into account.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct AnonymousCalls {
    /// What becomes of calls made without IAM credentials, to which no policy of the caller applies: public objects,
    /// AssumeRoleWithWebIdentity, bearer tokens of other kinds
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
