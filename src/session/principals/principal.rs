//! Who makes calls.

/// Who makes calls.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Principal {
    /// A role, a user, a root user, a federated user: its ARN, a role's or user's without the path.
    Arn(String),
    /// All that is known is the id of the access key.
    Key(String),
    /// Nobody: the request was not signed.
    Anonymous,
    /// It was not told who signed.
    Unknown,
    /// More than can be told apart.
    Others,
}

impl Principal {
    pub(crate) fn name(&self) -> &str {
        match self {
            Principal::Arn(name) | Principal::Key(name) => name,
            Principal::Anonymous => "anonymous",
            Principal::Unknown => "unknown",
            Principal::Others => "others",
        }
    }
}

/// Where a principal's policy is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placed {
    /// In files of these names; of several, the first holds the whole policy.
    In(Vec<String>),
    /// It needs none.
    Nowhere,
}
