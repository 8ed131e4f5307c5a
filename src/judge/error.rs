//! Why AWS does not say what it makes of a policy.

use crate::aws::AskError;
use crate::remote::{RemoteError, told};

/// Why AWS's verdict cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// AWS cannot be asked.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// IAM's policy simulator does not answer.
    #[error("IAM's policy simulator cannot be asked: {}", told(.0, "whoever asks it needs iam:SimulateCustomPolicy on *"))]
    Custom(AskError),
    /// It does not, of a principal.
    #[error(
        "IAM's policy simulator cannot be asked about {principal}: {}",
        told(.error, "whoever asks it needs iam:SimulatePrincipalPolicy on that user, group or role")
    )]
    Principal {
        /// Which.
        principal: String,
        /// Why.
        error: AskError,
    },
    /// Access Analyzer does not answer.
    #[error(
        "IAM Access Analyzer cannot be asked: {}",
        told(.error, &format!("whoever asks it needs access-analyzer:{} on *", .action))
    )]
    Analyzer {
        /// What it takes to ask it.
        action: &'static str,
        /// Why.
        error: AskError,
    },
    /// Nobody is asked about.
    #[error(
        "--principal-arn {0:?} is not the ARN of a user, group or role, such as arn:aws:iam::111122223333:role/web; of a session give its role"
    )]
    NoPrincipal(String),
    /// Nobody is asked.
    #[error(
        "IAM Access Analyzer is asked in a region, and none is configured; name one with --region or AWS_REGION"
    )]
    NoRegion,
}
