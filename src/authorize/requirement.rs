//! The value that `authorize` hands to `policy`: one action, on what, when, and why.

use std::collections::BTreeMap;

use crate::call::Name;

/// The conditions of a statement, as IAM nests them: operator (`StringEquals`) → condition key
/// (`iam:PassedToService`) → values. Sorted, so that equal conditions are equal values.
pub type Conditions = BTreeMap<Name, BTreeMap<Name, Vec<String>>>;

/// Why an action is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// It is the operation's own action.
    Operation,
    /// The catalogue has no authorisation map for this operation; AWS lists an action of the same name.
    SameName,
    /// The call carries tags, or can.
    Tag,
    /// The call passes a role, or can.
    Role,
    /// A rule of `data/rules` says that the call needs it, or can.
    Rule,
    /// Another service calls it with the caller's rights (docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html).
    ForwardAccess,
    /// AWS denied the call because this was missing.
    Denied,
}

impl Reason {
    /// The word for it in a recording.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Operation => "operation",
            Reason::SameName => "same-name",
            Reason::Tag => "tag",
            Reason::Role => "role",
            Reason::Rule => "rule",
            Reason::ForwardAccess => "forward-access",
            Reason::Denied => "denied",
        }
    }
}

/// How sure it is that the call needs this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Certainty {
    /// It does.
    Certain,
    /// It may: the request, which would tell, was not visible.
    Possible,
}

/// An IAM action that a call needs, on which resources, under which conditions, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The action (`s3:PutObject`).
    pub action: Name,
    /// ARNs or ARN patterns, never empty; `*` alone for an action without resource types.
    pub resources: Vec<String>,
    /// Conditions that hold for this call and narrow the statement; mostly empty.
    pub conditions: Conditions,
    /// Why.
    pub reason: Reason,
    /// How sure.
    pub certainty: Certainty,
}
