//! A line of the policy, as it is laid out for a screen.

use std::ops::Range;

/// A line of the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) statement: usize,
    pub(super) part: Part,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// These actions, as many as fit beside each other.
    Actions(Range<usize>),
    Resource(usize),
    Condition(usize),
    /// Between statements.
    Gap,
}
