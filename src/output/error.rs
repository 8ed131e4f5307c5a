//! Why something cannot be written or printed.

use std::io;

/// Why something cannot be written; each is one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// It is a directory.
    #[error("{0} is a directory; name a file in it")]
    Directory(String),
    /// The directory that it would be in is not there.
    #[error("the directory of {0} does not exist; create it, or write the policy somewhere else")]
    NoDirectory(String),
    /// It is marked as read-only.
    #[error("{0} is read-only; make it writable, or write the policy to another file")]
    ReadOnly(String),
    /// No file can be made beside it.
    #[error(
        "{path} cannot be written: {error}; the policy is replaced through a hidden file beside it, so the directory must be writable"
    )]
    Unwritable {
        /// Which file.
        path: String,
        /// What the system says.
        error: io::Error,
    },
    /// The file of decisions cannot be opened or written.
    #[error("the decisions cannot be written to {path}: {error}")]
    Decisions {
        /// Which file.
        path: String,
        /// What the system says.
        error: io::Error,
    },
    /// The folder for several policies cannot be made.
    #[error("the folder {path} cannot be made: {error}; make it, or name another")]
    Folder {
        /// Which folder.
        path: String,
        /// What the system says.
        error: io::Error,
    },
    /// The folder for several policies is something else.
    #[error("{0} is not a folder; name one for the policies, which need not exist yet")]
    NotAFolder(String),
    /// Somebody else may have laid the link that it is.
    #[error("{path} is a symbolic link that {reason}; name the file that it should point to")]
    Link {
        /// Which file.
        path: String,
        /// Why it is not followed.
        reason: &'static str,
    },
    /// Something else has the name of a file that is to be made.
    #[error("{0} is not a file; remove it, or write the policy somewhere else")]
    NotAFile(String),
    /// It is there, and something else than a policy.
    #[error(
        "{0} exists and is not a policy, and writing one would destroy it; give the policy another name, or replace the file with --force"
    )]
    NotAPolicy(String),
    /// It is there, and something else than a recording.
    #[error(
        "{0} exists and is not a recording, and writing one would destroy it; give the summary another name, or replace the file with --force"
    )]
    NotARecording(String),
    /// It is there, and something else than a report.
    #[error(
        "{0} exists and is not a report, and writing one would destroy it; give the report another name, or replace the file with --force"
    )]
    NotAReport(String),
    /// It is there, and something else than the result of a check.
    #[error(
        "{0} exists and is not SARIF, and writing the result would destroy it; name another file with --sarif"
    )]
    NotSarif(String),
    /// Another process writes it.
    #[error(
        "another leastwise is writing {0}, and each would undo what the other writes; stop that one first, or name another file"
    )]
    InUse(String),
    /// What a command is asked to show could not be printed.
    #[error("the result could not be written to standard output: {0}")]
    Unprintable(io::Error),
    /// It is not known where the user's data is.
    #[error("{NO_HOME}")]
    NoHome,
    /// It failed while it was being written.
    #[error("{path} could not be written: {error}")]
    Failed {
        /// Which file.
        path: String,
        /// What the system says.
        error: io::Error,
    },
}

#[cfg(not(windows))]
const NO_HOME: &str = "cannot tell where to keep the certificate authority: neither XDG_DATA_HOME nor HOME is set; set one of them to a directory";
#[cfg(windows)]
const NO_HOME: &str = "cannot tell where to keep the certificate authority: LOCALAPPDATA is not set; set it to a directory";
