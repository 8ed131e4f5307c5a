//! Why a policy's file cannot be used.

use std::io;

use crate::evaluate::document::{DocumentError, Place};

/// Why a policy's file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PoliciesError {
    /// A policy cannot be read.
    #[error("the policy {path} cannot be read: {error}")]
    Read {
        /// Which file.
        path: String,
        /// What the system says.
        error: io::Error,
    },
    /// A policy is not one.
    #[error("{path}, {error}")]
    Invalid {
        /// Which file.
        path: String,
        /// What is wrong.
        error: DocumentError,
    },
    /// Standard input is to be read twice.
    #[error(
        "standard input is named twice (-), but can be read only once; give one of the two as a file"
    )]
    StdinTwice,
    /// A policy of a level cannot be read, or is none of its kind.
    #[error("{what}: {error}")]
    OfLevel {
        /// The option, and the level where it has several.
        what: String,
        /// What is wrong.
        error: Box<PoliciesError>,
    },
    /// A directory without policies.
    #[error("the directory {0} has no .json file; a level needs at least one policy")]
    NoPolicies(String),
    /// A policy without `Resource` of which it is not said whose it is.
    #[error(
        "{path}, {place}: the statement names no Resource, as in the trust policy of a role; say whose policy it is with --resource-policy ARN=FILE"
    )]
    NamesNoResource {
        /// Which file.
        path: String,
        /// Where.
        place: Place,
    },
}
