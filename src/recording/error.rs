//! Why a file cannot be recorded to or read.

use std::io;
use std::path::Path;

/// Why a file cannot be recorded to or read.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// It cannot be opened, read or written.
    #[error("the recording {path} cannot be {done}: {error}")]
    File {
        /// Which file.
        path: String,
        /// `opened`, `read` or `written`.
        done: &'static str,
        /// What the system says.
        error: io::Error,
    },
    /// Somebody else may do with it what they like.
    #[error(
        "the recording {path} belongs to another user (uid {uid}), who can add calls to it; record to a file of your own"
    )]
    Foreign {
        /// Which file.
        path: String,
        /// Whose it is.
        uid: u32,
    },
    /// Others may put calls into it.
    #[error(
        "other users can write to the recording {path} (mode {mode:03o}), and so add calls to it; remove that permission (chmod go-w), or record to another file"
    )]
    Exposed {
        /// Which file.
        path: String,
        /// Its permission bits.
        mode: u32,
    },
    /// It is something else, and calls cannot be appended to it.
    #[error(
        "line {line} of {path} is not a recorded call; give a file that --record wrote, or a new one"
    )]
    NotForCalls {
        /// Which file.
        path: String,
        /// Which line, from 1.
        line: u64,
    },
    /// A line of it is something else.
    #[error(
        "line {line} of {path} is not a recorded call; give files that --record wrote, or files of CloudTrail's events"
    )]
    NotARecording {
        /// Which file.
        path: String,
        /// Which line, from 1.
        line: u64,
    },
    /// Something is wrong with CloudTrail's events, and that is to stop it.
    #[error("{path}, byte {position}: {what}; without --strict it is passed over")]
    Event {
        /// Which file.
        path: String,
        /// Which byte of its text, from 0.
        position: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// What lies elsewhere cannot be read.
    #[error("{0}")]
    Elsewhere(String),
    /// A line of it is of another version.
    #[error(
        "line {line} of {path} has version {version}, which this leastwise does not know; use the one that wrote it, or a newer one"
    )]
    Version {
        /// Which file.
        path: String,
        /// Which line, from 1.
        line: u64,
        /// Its version.
        version: u64,
    },
}

pub(crate) fn failure(path: &Path, done: &'static str, error: io::Error) -> RecordingError {
    RecordingError::File { path: path.display().to_string(), done, error }
}
