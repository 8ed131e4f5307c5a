//! Why an experiment cannot be made, or not be cleaned up.

use std::io;
use std::path::PathBuf;

use crate::aws::AskError;
use crate::output::error::OutputError;

/// Why nothing is tried.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// The account's root asks.
    #[error(
        "the credentials are those of the account's root, which cannot assume roles; use those of a user or a role"
    )]
    Root,
    /// A federated user asks.
    #[error(
        "the credentials are those of a federated user (GetFederationToken), who can neither call IAM nor assume roles; use those of a user or a role"
    )]
    Federated,
    /// Nobody knows who asks.
    #[error("AWS says that whoever asks is {0:?}, which is neither a user nor a session of a role")]
    UnknownCaller(String),
    /// There is no region to ask STS in.
    #[error("no region is configured; name one with --region or AWS_REGION")]
    NoRegion,
    /// Federation needs a user's own key.
    #[error(
        "--federate needs the long-term keys of an IAM user, and these credentials are those of a session; use --session ROLE, or make a role (without --session and --federate)"
    )]
    FederateWithoutKeys,
    /// What a federated session may never call is in the policy.
    #[error(
        "--federate: a session of GetFederationToken can call neither IAM nor STS (but for GetCallerIdentity), and the policy allows {0}; use --session ROLE, or make a role"
    )]
    FederateTooMuch(String),
    /// The policy does not fit.
    #[error("{0}")]
    TooLarge(String),
    /// An operation failed.
    #[error("{what}: {error}{hint}")]
    Asked {
        /// What was done.
        what: String,
        /// What came of it.
        error: AskError,
        /// What to do.
        hint: &'static str,
    },
    /// The role came to be, and cannot be assumed.
    #[error(
        "the role was made, but after {seconds} s it can still not be assumed by {arn}: {error}; AWS may need longer (--wait SECONDS), or a policy of the organisation is in the way"
    )]
    NotAssumed {
        /// How long it was waited.
        seconds: u64,
        /// Who asks.
        arn: String,
        /// What came of it.
        error: AskError,
    },
    /// Somebody wants the end.
    #[error("it was interrupted before the command ran")]
    Interrupted,
    /// There is no room for a journal.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// A journal cannot be written.
    #[error(
        "the journal {path}, by which what is made is found again after a crash, cannot be written: {error}"
    )]
    Journal {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The system gives nothing to serve credentials with.
    #[error("credentials cannot be handed to the command: {0}")]
    Handout(io::Error),
    /// No name can be made.
    #[error("the system gives no random numbers, so that no name can be made that nobody else has")]
    NoRandomness,
    /// Not all could be removed.
    #[error("{0}")]
    LeftBehind(String),
}

impl TrialError {
    /// Of an operation, with what to do where that is known.
    pub(super) fn asked(what: impl Into<String>, error: AskError) -> TrialError {
        let hint = match &error {
            it if it.has_code(&["LimitExceeded"]) => {
                "; a quota of the account is used up: remove what is not needed (leastwise try --clean-up removes what earlier tries left)"
            }
            it if it.has_code(&["AccessDenied", "AccessDeniedException"]) => {
                "; leastwise try --own-policy prints what it needs itself"
            }
            _ => "",
        };
        TrialError::Asked { what: what.into(), error, hint }
    }
}
