//! Three values: true, false, and "it depends", with what it depends on.

use std::fmt;

use indexmap::IndexSet;

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
    /// Whether who asks is this principal, which a policy names.
    Principal(String),
    /// Whether the VPC endpoint is a gateway, by whose policy this account is its root user alone.
    Gateway(String),
    /// The resource-based policy of this resource, which was not given.
    Ungiven(String),
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Key(key) => write!(out, "condition key {key}"),
            Reason::Comparison(key) => {
                write!(out, "condition key {key}, whose value cannot be compared with the policy's")
            }
            Reason::Part(resource) => write!(out, "whether the request meant {resource}"),
            Reason::Principal(principal) => write!(out, "whether the principal is {principal}"),
            Reason::Gateway(account) => write!(
                out,
                "whether the VPC endpoint is a gateway, in whose policy account {account} is its root user alone"
            ),
            Reason::Ungiven(resource) => {
                write!(out, "the resource-based policy of {resource}, which was not given")
            }
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
    pub(crate) fn depends(reason: Reason) -> Truth {
        Truth::Depends(vec![reason])
    }

    pub(crate) fn not(self) -> Truth {
        match self {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            depends @ Truth::Depends(_) => depends,
        }
    }

    pub(crate) fn all(truths: impl IntoIterator<Item = Truth>) -> Truth {
        let mut reasons = IndexSet::new();
        for truth in truths {
            match truth {
                Truth::True => {}
                Truth::False => return Truth::False,
                Truth::Depends(more) => reasons.extend(more),
            }
        }
        if reasons.is_empty() { Truth::True } else { Truth::Depends(reasons.into_iter().collect()) }
    }

    pub(crate) fn any(truths: impl IntoIterator<Item = Truth>) -> Truth {
        Truth::all(truths.into_iter().map(Truth::not)).not()
    }
}

/// Both, each once, in order.
pub(crate) fn joined(one: Vec<Reason>, other: Vec<Reason>) -> Vec<Reason> {
    let both: IndexSet<Reason> = one.into_iter().chain(other).collect();
    both.into_iter().collect()
}
