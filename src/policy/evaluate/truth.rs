//! Three values: true, false, and "it depends", with what it depends on.

use std::fmt;

/// Whether something holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Truth {
    /// It does.
    True,
    /// It does not.
    False,
    /// It depends on this; never empty.
    Depends(Vec<Reason>),
}

/// What a verdict depends on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// A condition key of the request that is not known.
    Key(String),
    /// A condition key whose value cannot be compared with what the policy says.
    Comparison(String),
    /// The policy speaks of this resource, which is a part of what the request may have meant.
    Part(String),
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Key(key) => write!(out, "condition key {key}"),
            Reason::Comparison(key) => {
                write!(out, "condition key {key}, whose value cannot be compared with the policy's")
            }
            Reason::Part(resource) => write!(out, "whether the request meant {resource}"),
        }
    }
}

impl From<bool> for Truth {
    fn from(it: bool) -> Truth {
        if it { Truth::True } else { Truth::False }
    }
}

impl Truth {
    /// It depends on one thing.
    pub(super) fn depends(reason: Reason) -> Truth {
        Truth::Depends(vec![reason])
    }

    pub(super) fn not(self) -> Truth {
        match self {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            depends @ Truth::Depends(_) => depends,
        }
    }

    pub(super) fn and(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::False, _) | (_, Truth::False) => Truth::False,
            (Truth::True, other) => other,
            (this, Truth::True) => this,
            (Truth::Depends(one), Truth::Depends(other)) => Truth::Depends(joined(one, other)),
        }
    }

    pub(super) fn or(self, other: Truth) -> Truth {
        self.not().and(other.not()).not()
    }

    pub(super) fn all(truths: impl IntoIterator<Item = Truth>) -> Truth {
        truths.into_iter().fold(Truth::True, Truth::and)
    }

    pub(super) fn any(truths: impl IntoIterator<Item = Truth>) -> Truth {
        truths.into_iter().fold(Truth::False, Truth::or)
    }
}

/// Both, each once, in order.
pub(super) fn joined(mut one: Vec<Reason>, other: Vec<Reason>) -> Vec<Reason> {
    for reason in other {
        if !one.contains(&reason) {
            one.push(reason);
        }
    }
    one
}
