//! Why AWS's configuration file cannot be edited.

use std::io;

/// Why the configuration file cannot be edited.
#[derive(Debug, thiserror::Error)]
pub enum SetIniError {
    /// It is not known where it is.
    #[error(
        "--set-ini: cannot tell where AWS's configuration file is; set AWS_CONFIG_FILE or HOME"
    )]
    NoPlace,
    /// The file is marked as read-only.
    #[error(
        "--set-ini: {0} is read-only and was left as it is; make it writable, or set what `leastwise listen` prints in the program's shell instead"
    )]
    ReadOnly(String),
    /// The name of a profile that no header can have.
    #[error(
        "--profile: {0:?} is not the name of a profile; it must not be empty or have brackets, quotes, or control characters"
    )]
    Profile(String),
    /// The path would not survive as a line.
    #[error(
        "--set-ini: the path {0:?} cannot be written to AWS's configuration file; choose another with --ca-bundle"
    )]
    Value(String),
    /// The line to be replaced is not text.
    #[error(
        "--set-ini: a line of {0} that would have to be replaced is not UTF-8; correct it first"
    )]
    NotText(String),
    /// Another process of ours has edited it.
    #[error(
        "--set-ini: another leastwise has edited {0} and is still running; end it first, or leave --set-ini out: its settings apply to you too"
    )]
    Busy(String),
    /// A journal that is not ours to read.
    #[error(
        "{0} is not a journal that this version wrote; if an older or newer leastwise was killed, start that version once; otherwise remove the file"
    )]
    Journal(String),
    /// The system refuses.
    #[error("--set-ini: {path} could not be {action}: {error}")]
    File {
        /// Which file.
        path: String,
        /// `read` or `written`.
        action: &'static str,
        /// What the system says.
        error: io::Error,
    },
}
