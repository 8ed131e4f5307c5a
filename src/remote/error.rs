//! Why nothing at AWS can be reached.

use std::io;

use crate::aws::{AskError, InvalidConfiguration};
use crate::capture::proxy::ReadCertificatesError;

/// Why nothing can be asked.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// What is configured cannot be used.
    #[error(transparent)]
    Configuration(#[from] InvalidConfiguration),
    /// Nobody could be trusted.
    #[error("AWS_CA_BUNDLE: {0}")]
    Bundle(#[from] ReadCertificatesError),
    /// It is not known which CloudTrail is meant.
    #[error("--lookup asks CloudTrail in a region, and none is configured; name one with --region")]
    NoRegion,
    /// The managed policies of an account cannot be read.
    #[error(
        "the account's managed policies cannot be read: {0}; whoever asks needs iam:ListPolicies and iam:GetPolicyVersion"
    )]
    ManagedPolicies(#[from] AskError),
    /// The system gives nothing to wait with.
    #[error("the system provides nothing to wait for AWS with: {0}")]
    System(#[from] io::Error),
}
