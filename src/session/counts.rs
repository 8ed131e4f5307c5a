//! What was heard, counted.

use std::collections::{BTreeSet, HashSet};

use crate::authorize::{Decision, Permission, Refusal};
use crate::call::{Answerer, Call, Name};
use crate::catalog::{Catalog, Service};
use crate::session::aside::{Aside, Asides};
use crate::session::astray::Astray;
use crate::session::denials::Denials;
use crate::session::hints::Hints;
use crate::session::tally::{LONGEST_SENTENCE, Tally};
use crate::session::unseen::Unseen;

/// What was heard so far.
#[derive(Debug, Default)]
pub struct Counts {
    /// Calls of earlier runs, which were read from the recording that this run adds to.
    pub before: u64,
    /// Calls that ended.
    pub calls: u64,
    /// Those of them that are left out of the policy.
    set_aside: u64,
    /// Calls that were seen to begin; a call that did not end is in the policy all the same.
    pub attempts_seen: bool,
    operations: HashSet<(Name, Name)>,
    left_out: BTreeSet<Name>,
    /// Calls that the catalogue does not know.
    pub unrecognized: Tally,
    /// Calls for which AWS lists no permission.
    pub without_permission: Tally,
    /// Calls that failed, with their error code.
    pub failed: Tally,
    /// Calls that AWS denied.
    pub denials: Denials,
    /// Events that could not be read.
    pub malformed: u64,
    /// What was heard and is left out of the policy, by the reason.
    pub asides: Asides,
    /// What AWS did with the caller's permissions, out of sight.
    pub unseen: Unseen,
    /// Calls that do not name what they are on, with what that is.
    pub unnamed: Tally,
    /// What tells what the next run may need.
    pub hints: Hints,
    /// What failed in the proxy, as sentences.
    pub proxy_failures: Tally,
    /// Which clients do not go through the proxy as they should.
    pub astray: Astray,
    /// The system, which mostly does, did not tell which user was heard.
    pub users_unknown: bool,
}

impl Counts {
    /// Nothing was heard yet, but these calls of earlier runs were read.
    pub(crate) fn after(before: u64, unseen: Unseen, hints: Hints) -> Counts {
        Counts { before, unseen, hints, ..Counts::default() }
    }

    /// A call has ended, and this is known of what it needs.
    pub fn call(&mut self, call: &Call, decision: &Decision) {
        let permission = decision.permission;
        self.calls += 1;
        self.astray.heard(call);
        match &call.operation {
            Some(operation) if call.recognized => {
                // Known names are borrowed from the catalogue, so the set cannot grow beyond it.
                if self.operations.insert((call.service.clone(), operation.clone())) {
                    self.left_out.extend(decision.left_out.iter().cloned());
                }
                if permission == Permission::Unknown {
                    self.without_permission.add([&call.service, operation_name(call), ""]);
                }
            }
            // What some SDKs report as if it were a call to AWS (instance metadata) lacks nothing.
            _ if permission == Permission::NotNeeded => {}
            // Newer than the catalogue, and AWS lists an action of its name.
            _ if permission == Permission::Known => {
                let actions = decision.requirements.iter().map(|it| it.action.clone());
                self.operations.extend(actions.map(|action| (call.service.clone(), action)));
            }
            _ => match (&call.method, &call.path) {
                (Some(method), Some(path)) if call.operation.is_none() => {
                    let host = call.host.as_deref().unwrap_or_default();
                    self.unrecognized.add([&call.service, "", &format!("{method} {host}{path}")]);
                }
                _ => self.unrecognized.add([&call.service, operation_name(call), ""]),
            },
        }
        self.refused(call, decision);
        self.unnamed(call);
        if call.evidence.answerer == Answerer::Ourselves {
            // That is neither a failure nor a denial of AWS's, and is told with what was judged.
            return;
        }
        self.denials.hear(call, decision, &mut self.asides);
        if call.outcome.failed() {
            let status;
            let code = match (&call.outcome.error, call.outcome.status) {
                (Some(code), _) => code.as_str(),
                (None, Some(number)) => {
                    status = format!("HTTP {number}");
                    &status
                }
                (None, None) => "",
            };
            self.failed.add([&call.service, operation_name(call), code]);
        }
    }

    /// A call has ended that is left out of the policy.
    pub fn set_aside(&mut self, call: &Call, aside: Aside) {
        self.calls += 1;
        self.astray.heard(call);
        self.set_aside += 1;
        if let (Some(operation), true) = (&call.operation, call.recognized) {
            self.operations.insert((call.service.clone(), operation.clone()));
        }
        let status = call.outcome.status.filter(|it| *it >= 400).map(|it| format!("HTTP {it}"));
        let detail = call.outcome.error.as_deref().or(status.as_deref()).unwrap_or_default();
        self.asides.add(aside, [&call.service, operation_name(call), detail]);
    }

    /// What a call named that cannot be what its action is on: once for each way to be wrong.
    fn refused(&mut self, call: &Call, decision: &Decision) {
        for (refusal, aside) in
            [(Refusal::OtherKind, Aside::OtherKind), (Refusal::Unreadable, Aside::Unreadable)]
        {
            if let Some(refused) = decision.refused.iter().find(|it| it.refusal == refusal) {
                let detail = format!("{} ({})", refused.member, refused.action);
                self.asides.add(aside, [&call.service, operation_name(call), &detail]);
            }
        }
    }

    /// A call that does not name what it is on.
    fn unnamed(&mut self, call: &Call) {
        let service = Catalog::embedded().service(&call.service).filter(|_| call.recognized);
        if let Some((what, unless)) = service.and_then(Service::unnamed)
            && unless.is_none_or(|member| !call.parameters.contains_key(member))
        {
            self.unnamed.add([&call.service, operation_name(call), what]);
        }
    }

    /// Something failed in the proxy.
    pub fn proxy_failure(&mut self, sentence: &str) {
        self.proxy_failures.add_cut([sentence, "", ""], LONGEST_SENTENCE);
    }

    /// How many different operations of the catalogue were called.
    pub fn operations(&self) -> usize {
        self.operations.len()
    }

    /// Actions that the operations that were called can need and that were left out as merely possible.
    pub fn left_out(&self) -> impl Iterator<Item = &str> {
        self.left_out.iter().map(|action| &**action)
    }

    /// Whether nothing was heard at all.
    pub fn nothing_heard(&self) -> bool {
        self.calls == 0 && !self.attempts_seen
    }

    /// Whether nothing was heard that can be in a policy.
    pub fn nothing_counted(&self) -> bool {
        self.before == 0 && self.calls == self.set_aside && !self.attempts_seen
    }
}

fn operation_name(call: &Call) -> &str {
    call.operation.as_deref().unwrap_or_default()
}
