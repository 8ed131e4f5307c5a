//! Why what clients need cannot be made.

use std::io;
use std::path::PathBuf;

use crate::clients::aws_config::error::SetIniError;
use crate::output::error::OutputError;

/// Why what clients need cannot be made; each is one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ClientsError {
    /// There is no place for what a command needs while it runs.
    #[error(
        "there is no private folder for the certificates that the command must trust: {0}; {RUN_FOLDER}"
    )]
    NoRunFolder(String),
    /// What clients need cannot be written.
    #[error("{}: the certificates for clients could not be written: {error}", directory.display())]
    TrustFiles {
        /// Where.
        directory: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// AWS's configuration file cannot be edited.
    #[error(transparent)]
    SetIni(#[from] SetIniError),
    /// There is no place for the journal of its edits.
    #[error(transparent)]
    Output(#[from] OutputError),
}

#[cfg(not(windows))]
const RUN_FOLDER: &str = "set XDG_RUNTIME_DIR to one that only you can write to (mkdir -m 700)";
#[cfg(windows)]
const RUN_FOLDER: &str = "set LOCALAPPDATA to a directory that you can write to";
