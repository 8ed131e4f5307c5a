//! How calls are decided, and what is decided of one.

use super::denial::said::Denial;
use super::refusal::Refused;
use super::requirement::{Certainty, Requirement};
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

impl Decision {
    /// Adds a requirement, to one of the same action under the same conditions if there is one.
    pub(super) fn add_requirement(&mut self, new: Requirement) {
        let mut known = self.requirements.iter_mut();
        let known = known.find(|it| it.action == new.action && it.conditions == new.conditions);
        let Some(known) = known else { return self.requirements.push(new) };
        for resource in new.resources {
            if !known.resources.contains(&resource) {
                known.resources.push(resource);
            }
        }
        if new.certainty == Certainty::Certain {
            known.certainty = Certainty::Certain;
        }
    }

    /// Adds what was decided of another part of the same call. What was denied is the same of all parts.
    pub(super) fn add(&mut self, other: &Decision) {
        for requirement in &other.requirements {
            self.add_requirement(requirement.clone());
        }
        for action in &other.left_out {
            if !self.left_out.contains(action) {
                self.left_out.push(action.clone());
            }
        }
        self.left_out.retain(|action| self.requirements.iter().all(|it| it.action != *action));
        for refused in &other.refused {
            if !self.refused.contains(refused) {
                self.refused.push(refused.clone());
            }
        }
    }
}
