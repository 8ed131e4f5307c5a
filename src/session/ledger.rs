//! What becomes of a call once it is recognised: it is decided, added to the policy and counted.

use std::sync::Arc;

use crate::authorize::{Authorizer, Decision, Permission, Reason, Requirement};
use crate::call::{Authorization, Call};
use crate::made::hold::Holding;
use crate::policy::{Account, Growing};
use crate::recognize::csm::{Malformed, Observation};
use crate::session::aside::Aside;
use crate::session::counts::Counts;
use crate::session::event::{Event, Unvouched};
use crate::session::needs::Needs;
use crate::session::principals::Callers;
use crate::session::refusals::Refusals;
use crate::session::which::{Anonymous, Which, set_aside};

/// What becomes of calls.
pub(crate) struct Ledger {
    pub(crate) authorizer: Authorizer,
    pub(crate) policy: Growing,
    pub(crate) calls: Which,
    pub(crate) anonymous: Anonymous,
    pub(crate) callers: Callers,
    pub(crate) counts: Counts,
    /// What the run made, and how the policy says so.
    pub(crate) holding: Holding,
    pub(crate) needs: Option<Needs>,
    pub(crate) refusals: Option<Refusals>,
    /// Whether calls are recorded, and so are to say whose they are.
    pub(crate) is_recorded: bool,
    /// Whether calls are seen by the proxy, too, so that one that is only reported went past it.
    pub(crate) has_proxy: bool,
}

impl Ledger {
    pub(crate) fn observe(&mut self, seen: Observation, tell: &mut impl FnMut(Event<'_>)) {
        match seen {
            // The request was sent, so the permission is needed, however the call ends.
            Observation::Attempt(mut call) => {
                let (aside, decision, _) = self.decide(&mut call, None, tell);
                if aside.is_none() {
                    self.counts.attempts_seen = true;
                    self.need(&call, &decision.requirements, 0);
                }
            }
            Observation::Call(mut call) => {
                if self.has_proxy {
                    self.counts.astray.reported(&call);
                }
                self.call(&mut call, None, tell);
            }
        }
    }

    /// Takes in a call. `decided`: what it needs, where that is decided.
    pub(crate) fn call(
        &mut self,
        call: &mut Call,
        decided: Option<Arc<Decision>>,
        tell: &mut impl FnMut(Event<'_>),
    ) {
        let (aside, decision, grew) = self.decide(call, decided, tell);
        let (share, selected) = self.callers.share(call);
        share.calls += 1;
        match aside {
            Some(aside) => self.counts.set_aside(call, aside),
            None => self.counts.call(call, &decision),
        }
        if aside.is_none() && selected {
            self.counts.hints.add(call);
            if self.calls.has(call) {
                self.counts.unseen.add(call);
            }
        }
        // What was not asked for is not recorded as if it were; of calls without credentials the reader may decide otherwise.
        let requirements = match aside {
            Some(Aside::Anonymous) | None => decision.requirements.as_slice(),
            Some(_) => &[],
        };
        match aside {
            Some(_) => self.need(call, &[], 1),
            None => self.need(call, requirements, 1),
        }
        if let (None, Some(refusals)) = (aside, &self.refusals) {
            refusals.lock().hear(call, &decision, &mut self.holding);
        }
        let required = decision.requirements.iter().map(|it| (&*it.action, &*it.resources));
        // What nobody vouches for tells nothing of what was made, either.
        if aside.is_none() && self.holding.learn(call, required) {
            let run = self.holding.run();
            self.policy.hold_anew(|group| run.held_by(group));
            self.callers.hold_anew(|group| run.held_by(group));
        }
        if self.is_recorded {
            self.callers.tell(call);
        }
        let known = call.recognized || decision.permission != Permission::Unknown;
        tell(Event::Call { call, requirements, known, grew });
    }

    /// A call that nobody vouches for has no part in anything: it is listed.
    pub(crate) fn unvouched(
        &mut self,
        call: &Call,
        why: Unvouched,
        tell: &mut impl FnMut(Event<'_>),
    ) {
        let host = call.host.as_deref().unwrap_or_default();
        let is_signed = call.evidence.authorization.is_some_and(Authorization::is_credential);
        let named = format!("--intercept {}", without_port(host));
        let (aside, detail) = match why {
            Unvouched::PlainHttp if is_signed => (Aside::PlainHttp, named.as_str()),
            Unvouched::PlainHttp => (Aside::PlainHttp, host),
            Unvouched::OtherService => (Aside::OtherService, host),
            Unvouched::UnknownHost => (Aside::UnknownHost, named.as_str()),
        };
        if self.counts.asides.total(aside) == 0 {
            tell(Event::Unvouched(host));
        }
        let operation = call.operation.as_deref().unwrap_or_default();
        self.counts.asides.add(aside, [&call.service, operation, detail]);
    }

    /// Why the call is left out, if it is; what it needs, and whether the policy has grown by it.
    fn decide(
        &mut self,
        call: &mut Call,
        decided: Option<Arc<Decision>>,
        tell: &mut impl FnMut(Event<'_>),
    ) -> (Option<Aside>, Arc<Decision>, bool) {
        let had_account = call.account.is_some();
        self.callers.learn(call, &mut self.policy);
        // Whoever decided it may not have known the account.
        let decided = decided.filter(|_| call.account.is_some() == had_account);
        let decision = decided.unwrap_or_else(|| self.authorizer.decide(call));
        let aside = set_aside(call, !decision.requirements.is_empty(), self.anonymous);
        let mut grew = false;
        if aside.is_some() || !self.calls.has(call) {
            return (aside, decision, grew);
        }
        let (_, selected) = self.callers.share(call);
        let Ledger { holding, callers, policy, .. } = self;
        holding.each_grant(call, &decision, |requirement, grant, run| {
            let Requirement { action, reason, .. } = requirement;
            let account = match (&call.account, reason) {
                (Some(_), _) | (_, Reason::Denied) => Account::Known,
                (None, _) => Account::Of(call.principal.as_deref()),
            };
            let allow = |policy: &mut Growing| grant.allow(policy, action, account, run);
            callers.need(call, allow);
            if selected && allow(policy) {
                grew = true;
                tell(Event::Grew(&Requirement {
                    resources: grant.resources.clone().into_owned(),
                    conditions: grant.conditions.clone().into_owned(),
                    ..requirement.clone()
                }));
            }
        });
        (aside, decision, grew)
    }

    /// Collects what a policy is to be held against; an attempt is not yet a call.
    fn need(&mut self, call: &Call, requirements: &[Requirement], calls: u64) {
        let Some(needs) = &self.needs else { return };
        let mut needs = needs.lock();
        needs.calls += calls;
        for Requirement { action, resources, conditions, .. } in requirements {
            needs.add(call, calls, action, resources, conditions, &mut |resource| {
                self.holding.known(call, action, resource)
            });
        }
    }

    pub(crate) fn malformed(&mut self, malformed: Malformed, tell: &mut impl FnMut(Event<'_>)) {
        self.counts.malformed += 1;
        tell(Event::Unreadable(malformed));
    }

    pub(crate) fn failure(&mut self, sentence: &str, tell: &mut impl FnMut(Event<'_>)) {
        self.counts.proxy_failure(sentence);
        tell(Event::Failure(sentence));
    }

    /// Somebody was not let in, so many times.
    pub(crate) fn refused(
        &mut self,
        aside: Aside,
        name: &str,
        times: u64,
        tell: &mut impl FnMut(Event<'_>),
    ) {
        if self.counts.asides.total(aside) == 0 {
            tell(Event::Refused(aside, name));
        }
        self.counts.asides.add_times(aside, [name, "", ""], times);
    }
}

/// A host as `--intercept` takes it.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            // An IPv6 address with a port is in brackets, one without has colons.
            if name.contains(':') && !name.ends_with(']') { host } else { name }
        }
        _ => host,
    }
}
