//! A recorded call, and what it needs.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::authorize::{Conditions, Requirement};
use crate::call::{Call, Timestamp};

/// One requirement of a call, as a recording tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requires<'a> {
    /// The action (`s3:PutObject`).
    pub action: Cow<'a, str>,
    /// ARNs or ARN patterns.
    pub resources: Cow<'a, [String]>,
    /// Conditions that hold.
    pub conditions: Cow<'a, Conditions>,
    /// The word for why (`operation`, `role`).
    pub reason: Cow<'a, str>,
}

/// One recorded call.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The call; what a recording does not hold (the error's sentence, the attempts) is empty.
    pub call: Call,
    /// What it needed when it was recorded.
    pub requires: Vec<Requires<'static>>,
    /// How often it was made: once, but in a summary.
    pub times: u64,
    /// When it was made the last time.
    pub last: Timestamp,
}

/// A requirement as a recording has it.
pub fn requires(requirement: &Requirement) -> Requires<'_> {
    Requires {
        action: Cow::Borrowed(&requirement.action),
        resources: Cow::Borrowed(&requirement.resources),
        conditions: Cow::Borrowed(&requirement.conditions),
        reason: Cow::Borrowed(requirement.reason.as_str()),
    }
}

/// The same, without what it was borrowed from.
pub fn owned(requires: &Requires<'_>) -> Requires<'static> {
    Requires {
        action: Cow::Owned(requires.action.clone().into_owned()),
        resources: Cow::Owned(requires.resources.clone().into_owned()),
        conditions: Cow::Owned(requires.conditions.clone().into_owned()),
        reason: Cow::Owned(requires.reason.clone().into_owned()),
    }
}
