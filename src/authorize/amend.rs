//! Calls of recordings, decided anew where rules were given that were not there when they were recorded.

use std::sync::Arc;

use super::decision::{Decision, Permission};
use super::requirement::{Reason, Requirement};
use crate::catalog::Operation;

/// What rules that were given at run time say of a recorded call.
pub struct Amendment {
    decision: Arc<Decision>,
    replaced: Replaced,
}

enum Replaced {
    All,
    /// These actions (`s3:PutObject`).
    Actions(Vec<String>),
}

impl Amendment {
    /// What the rules say of a call of an operation, which was decided by them.
    pub(super) fn of(operation: Operation, decision: Arc<Decision>) -> Amendment {
        if decision.permission == Permission::NotNeeded {
            return Amendment { decision, replaced: Replaced::All };
        }
        let said = operation
            .authorized()
            .filter(|it| operation.is_renamed() || it.file().is_some())
            .map(|it| it.action().to_string())
            // What the call does not tell stays as it was decided when there was more to be seen.
            .filter(|action| !decision.left_out.iter().any(|it| it == action));
        let replaced = Replaced::Actions(said.collect());
        Amendment { decision, replaced }
    }

    /// Whether what the call was recorded to need of an action, for this reason, gives way to
    /// [`requirements`](Amendment::requirements). What AWS said itself never does.
    pub fn replaces(&self, action: &str, reason: &str) -> bool {
        reason != Reason::Denied.as_str()
            && match &self.replaced {
                Replaced::All => true,
                Replaced::Actions(actions) => {
                    actions.iter().any(|it| it.eq_ignore_ascii_case(action))
                }
            }
    }

    /// What the call needs of the actions that are replaced.
    pub fn requirements(&self) -> impl Iterator<Item = &Requirement> {
        let reason = |it: &&Requirement| self.replaces(&it.action, it.reason.as_str());
        self.decision.requirements.iter().filter(reason)
    }
}
