//! What a call needs, as a recording has it.

use std::borrow::Cow;

use crate::authorize::Requirement;
use crate::recording::Requires;

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
pub fn owned(requires: Requires<'_>) -> Requires<'static> {
    Requires {
        action: Cow::Owned(requires.action.into_owned()),
        resources: Cow::Owned(requires.resources.into_owned()),
        conditions: Cow::Owned(requires.conditions.into_owned()),
        reason: Cow::Owned(requires.reason.into_owned()),
    }
}
