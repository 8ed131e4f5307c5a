//! How calls are decided, and what is decided of one.

use super::denial::said::Denial;
use super::refusal::Refused;
use super::requirement::Requirement;
use crate::call::Name;

/// Which actions that a call may need, but need not, are included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Possible {
    /// Those that calls need often: passing a role, tagging, and where a rule says so.
    #[default]
    Common,
    /// Every action that AWS lists for the operation.
    Include,
    /// None.
    Omit,
}

/// How calls are decided.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// What to do with actions that are only possible.
    pub possible: Possible,
    /// The account of every call, whatever it tells (12 digits).
    pub account_id: Option<String>,
}

/// Whether the call needs a permission, and whether it is known which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// The requirements are known.
    Known,
    /// The call needs none.
    NotNeeded,
    /// Neither AWS's map nor a rule has the operation, or the call was not recognised and AWS lists no action of its name.
    Unknown,
}

/// What a call needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The actions with their resources; empty unless the permission is known.
    pub requirements: Vec<Requirement>,
    /// Actions that AWS lists for the operation and that were left out as merely possible.
    pub left_out: Vec<Name>,
    /// Whether it is known what the call needs.
    pub permission: Permission,
    /// What the answer said when it denied the call.
    pub denial: Option<Denial>,
    /// What it said of entries that were denied, where it succeeded otherwise.
    pub denied_entries: Vec<Denial>,
    /// Actions that the call gets nothing of, since what it names cannot be what they are on.
    pub refused: Vec<Refused>,
}
