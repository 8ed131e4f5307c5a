//! A managed policy as the binary has it.

/// A managed policy of AWS's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagedPolicy {
    /// Its name (`AmazonS3ReadOnlyAccess`).
    pub name: String,
    /// Its path, with a slash at both ends (`/service-role/`).
    pub path: String,
    /// The version that is in force (`v4`).
    pub version: String,
    /// Its document, as JSON in one line; `None` for policies of service-linked roles, which nobody can attach to anything else.
    pub document: Option<String>,
}

impl ManagedPolicy {
    /// Its ARN in the partition `aws`.
    pub fn arn(&self) -> String {
        format!("arn:aws:iam::aws:policy{}{}", self.path, self.name)
    }
}
