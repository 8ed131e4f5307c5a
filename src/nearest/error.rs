//! Why no policy can be chosen.

/// Why there is nothing to cut down.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotNear {
    /// No policy has this name.
    #[error(
        "there is no managed policy {0}; leastwise nearest without --tailor shows the nearest, by name and ARN"
    )]
    Unknown(String),
    /// It cannot be attached.
    #[error(
        "{0} belongs to a service-linked role or cannot be attached any more, and is no policy to begin with; choose another one"
    )]
    NotAttachable(String),
    /// None allows anything.
    #[error(
        "no managed policy allows anything of what was recorded, so there is none to cut down; write the policy with leastwise policy"
    )]
    None,
}
