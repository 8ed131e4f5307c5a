//! `--anonymous`: what becomes of calls without credentials.

use clap::{Args, ValueEnum};

/// The option of every command that takes calls into account.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct AnonymousCalls {
    /// How to treat calls made without IAM credentials, to which no policy of the caller applies: public objects,
    /// AssumeRoleWithWebIdentity, bearer tokens of other kinds
    #[arg(long, value_name = "WHICH", value_enum, default_value_t)]
    pub anonymous: Anonymous,
}

/// Whether calls without credentials are taken into account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Anonymous {
    /// Leave them out: no policy of the caller decides about them
    #[default]
    Omit,
    /// Treat them as if they had been signed
    Include,
}
