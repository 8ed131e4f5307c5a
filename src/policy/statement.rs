//! A policy and its statements.

use crate::authorize::Conditions;

/// An identity-based IAM policy.
///
/// One that a [`Builder`](crate::policy::Builder) made is valid by IAM's grammar, but for one case: when nothing was asked
/// for it has no statement at all, and IAM wants at least one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// The statements; in the [`Order`] that was asked for.
    pub statements: Vec<Statement>,
}

/// One statement of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The statement's id (ASCII letters and digits), unique in its policy.
    pub sid: Option<String>,
    /// Whether it allows or denies.
    pub effect: Effect,
    /// Actions (`s3:PutObject`); never empty, none twice (in any case).
    pub actions: Vec<String>,
    /// ARNs, ARN patterns or `*`; never empty, none that another one covers.
    pub resources: Vec<String>,
    /// Conditions; empty when the statement holds always.
    pub conditions: Conditions,
}

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// It permits.
    Allow,
    /// It forbids.
    Deny,
}

impl Effect {
    /// IAM's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Effect::Allow => "Allow",
            Effect::Deny => "Deny",
        }
    }
}

/// The order of statements, and of the actions and resources in them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Order {
    /// As they were first asked for: what was there stays where it is while a policy grows.
    #[default]
    FirstSeen,
    /// By name: the same set of calls gives the same text, in whatever order they came.
    Alphabetical,
}
