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
    /// Nobody listens whom programs could be led to.
    #[error(
        "no `leastwise listen` of yours is running; start one in another shell (leastwise listen --mode both), or use `leastwise run -- COMMAND`"
    )]
    NobodyListens,
    /// Several listen.
    #[error("several `leastwise listen` are running; add --process with one of {0}")]
    SeveralListen(String),
    /// That process does not listen.
    #[error("process {process} is no `leastwise listen` of yours{}", or_one_of(running))]
    AnotherListens {
        /// Which process.
        process: u32,
        /// Those that do.
        running: String,
    },
    /// There is no place for the journal of its edits.
    #[error(transparent)]
    Output(#[from] OutputError),
}

fn or_one_of(running: &str) -> String {
    if running.is_empty() { String::new() } else { format!("; these are: {running}") }
}

#[cfg(not(windows))]
const RUN_FOLDER: &str = "set XDG_RUNTIME_DIR to one that only you can write to (mkdir -m 700)";
#[cfg(windows)]
const RUN_FOLDER: &str = "set LOCALAPPDATA to a directory that you can write to";
