//! A policy made small enough for where it is to go.

use crate::policy::minimize::{Minimized, minimize};
use crate::policy::size::{self, Limit};
use crate::policy::split::split;
use crate::policy::statement::Policy;

/// Where a policy is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fit {
    /// Managed policies, as many as it takes.
    Managed,
    /// The inline policy of a role.
    InlineRole,
    /// The inline policy of a user.
    InlineUser,
    /// The inline policy of a group.
    InlineGroup,
}

impl Fit {
    /// What it may be at most; the inline policies of one identity count together.
    pub fn limit(self) -> Limit {
        match self {
            Fit::Managed => size::MANAGED,
            Fit::InlineRole => size::INLINE_ROLE,
            Fit::InlineUser => size::INLINE_USER,
            Fit::InlineGroup => size::INLINE_GROUP,
        }
    }
}

/// A policy that fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fitted {
    /// The documents, one at least.
    pub documents: Vec<Policy>,
    /// No way of distributing these statements, whole or divided, needs fewer documents than this.
    pub at_least: usize,
    /// What was done for it.
    pub minimized: Minimized,
}

/// A policy that cannot be made small enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLarge {
    /// The size of the minimized policy, as IAM counts it; of what cannot be divided, when
    /// it is for managed policies.
    pub size: usize,
    /// What it may have.
    pub limit: Limit,
}

/// Makes a policy fit, and does no more to it than that takes: one that fits already stays as it is;
/// else it is [minimized](minimize); and if it then is still too large for one managed policy, it
/// is split into as few as the rule of this room finds.
///
/// # Errors
///
/// When it is too large for an inline policy, or one action on one resource for a managed one.
pub fn fit(
    mut policy: Policy,
    to: Fit,
    known: &mut dyn FnMut(&str) -> Vec<String>,
) -> Result<Fitted, TooLarge> {
    let limit = to.limit();
    let mut minimized = Minimized::default();
    if size::size(&policy) > limit.characters {
        minimized = minimize(&mut policy, known);
    }
    let size = size::size(&policy);
    if size <= limit.characters {
        return Ok(Fitted { documents: vec![policy], at_least: 1, minimized });
    }
    let split = if to == Fit::Managed { split(&policy, limit) } else { None };
    let split = split.ok_or(TooLarge { size, limit })?;
    Ok(Fitted { documents: split.documents, at_least: split.at_least, minimized })
}
