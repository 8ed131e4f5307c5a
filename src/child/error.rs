//! Why a process cannot be had.

use std::io;

/// The system refused something that it always grants.
#[derive(Debug, thiserror::Error)]
#[error("the system refused {what}: {error}; try again when it is less busy")]
pub(crate) struct Refused {
    /// What: `a signal handler`.
    pub what: &'static str,
    /// What the system says.
    pub error: io::Error,
}
