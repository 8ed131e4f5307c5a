//! What was judged before: of the same call, and of calls like it.

use std::collections::HashMap;
use std::sync::Arc;

use crate::authorize::Decision;
use crate::call::{Call, Name};
use crate::enforce::judged::{Judged, Permission, Stage, Verdict};

/// Calls of one second that are remembered.
const MOST: usize = 4_096;

/// What was judged of a call so far.
#[derive(Debug, Default)]
pub struct Settled {
    permissions: Vec<Arc<[Permission]>>,
    /// What the request needs by itself, once that was decided.
    pub(super) decision: Option<Arc<Decision>>,
    /// The call is over, or its answer's head is there, and what the request needs by itself is all that it needs.
    pub(super) is_whole: bool,
}

impl Settled {
    /// Nothing yet.
    pub fn new() -> Settled {
        Settled::default()
    }

    /// Whether no permission was judged.
    pub(super) fn is_empty(&self) -> bool {
        self.permissions.is_empty()
    }

    /// Whether this permission was judged.
    pub(super) fn has(&self, action: &Name, resource: &str) -> bool {
        let mut judged = self.permissions.iter().flat_map(|it| it.iter());
        judged.any(|it| it.action == *action && it.resource == resource)
    }

    /// These were judged.
    pub(super) fn add(&mut self, permissions: &Arc<[Permission]>) {
        if !permissions.is_empty() {
            self.permissions.push(Arc::clone(permissions));
        }
    }
}

/// What was judged of calls in one second: policies can look at the time, which IAM tells in seconds.
#[derive(Debug, Default)]
pub(super) struct Memory {
    second: u64,
    /// By where the decision is: calls that are alike have one and the same.
    known: HashMap<usize, Known>,
}

#[derive(Debug)]
struct Known {
    /// Kept, so that no other decision is where it is.
    decision: Arc<Decision>,
    principal: Option<String>,
    /// What the principal is called.
    name: Option<String>,
    account: Option<String>,
    user_agent: Option<String>,
    permissions: Arc<[Permission]>,
    verdict: Verdict,
}

impl Memory {
    /// What was judged does not hold any more.
    pub(super) fn forget(&mut self) {
        self.known.clear();
    }

    /// What was judged of a call like this one, for which the same was decided; its time is this call's.
    pub(super) fn recall(&mut self, decision: &Arc<Decision>, call: &Call) -> Option<Judged> {
        let known = self.of(decision, call)?;
        Some(Judged {
            permissions: Arc::clone(&known.permissions),
            verdict: known.verdict,
            ..Judged::of(call, known.name.clone(), Stage::Request)
        })
    }

    /// The same, without a word.
    pub(super) fn known(
        &mut self,
        decision: &Arc<Decision>,
        call: &Call,
    ) -> Option<(Arc<[Permission]>, Verdict)> {
        self.of(decision, call).map(|known| (Arc::clone(&known.permissions), known.verdict))
    }

    fn of(&mut self, decision: &Arc<Decision>, call: &Call) -> Option<&Known> {
        let second = call.time.0 / 1_000;
        if self.second != second {
            self.second = second;
            self.forget();
        }
        let known = self.known.get(&place(decision))?;
        let same = known.principal == call.principal
            && known.account == call.account
            && known.user_agent == call.user_agent;
        same.then_some(known)
    }

    /// This was judged; after [`recall`](Memory::recall), so that the second is the call's.
    pub(super) fn remember(&mut self, decision: Arc<Decision>, call: &Call, judged: &Judged) {
        if self.known.len() >= MOST {
            self.forget();
        }
        let known = Known {
            principal: call.principal.clone(),
            name: judged.principal.clone(),
            account: call.account.clone(),
            user_agent: call.user_agent.clone(),
            permissions: Arc::clone(&judged.permissions),
            verdict: judged.verdict,
            decision,
        };
        self.known.insert(place(&known.decision), known);
    }
}

fn place(decision: &Arc<Decision>) -> usize {
    Arc::as_ptr(decision).addr()
}
