//! What can go wrong while the catalogue is made, each in one sentence.

use std::path::PathBuf;

/// A failure of a chore.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A file or folder that could not be read or written.
    #[error("{path} could not be {verb}: {source}")]
    Io { verb: &'static str, path: PathBuf, source: std::io::Error },
    /// A pinned file that is missing or is not the pinned one.
    #[error("{path} {problem}; run scripts/fetch-sources to fill the cache folder")]
    Source { path: PathBuf, problem: String },
    /// A document that does not have the expected form.
    #[error("{what} is not as expected: {problem}")]
    Form { what: String, problem: String },
    /// A page of the Service Reference that could not be fetched.
    #[error("{url} could not be fetched: {problem}")]
    Fetch { url: String, problem: String },
    /// `--check` found that data/ is not what the sources give; which chore writes it.
    #[error("{0}; run `cargo xtask {1}` and commit what it writes")]
    Stale(String, &'static str),
    /// What is in data/ is not as it should be.
    #[error("{0}")]
    Data(String),
}

impl Error {
    pub(crate) fn form(what: impl Into<String>, problem: impl ToString) -> Error {
        Error::Form { what: what.into(), problem: problem.to_string() }
    }

    pub(crate) fn io(
        verb: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Error {
        let path = path.into();
        move |source| Error::Io { verb, path, source }
    }
}
