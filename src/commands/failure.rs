//! Expected failures: each one sentence that says what to do, and an exit code.

use super::output::OutputError;
use crate::capture::csm::ListenError;
use crate::capture::recording::RecordingError;
use crate::child::SpawnError;

/// Why a command ended without doing its work.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The policy cannot be written where it should go.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The recording cannot be appended to.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// The policy and the recording would be one file.
    #[error("-o and --record both name {0}; give each its own file")]
    SameFile(String),
    /// Nothing can be heard.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The command cannot be started.
    #[error(transparent)]
    Spawn(#[from] SpawnError),
    /// The system refused something that it always grants.
    #[error("the system refused {what}: {error}; try again when it is less busy")]
    System {
        /// What: `a thread`.
        what: &'static str,
        /// What the system says.
        error: std::io::Error,
    },
}

impl Failure {
    /// The exit code.
    pub fn exit_code(&self) -> i32 {
        match self {
            Failure::Spawn(error) => error.exit_code(),
            _ => 2,
        }
    }
}
