//! One recording, from its first datagram to its policy: calls in, events and a growing policy out.
//!
//! It has no threads, no files and no clock: the moment comes in with everything that was heard, and what comes of it goes
//! out as [`Event`]s, to consumers that know nothing of each other.

pub mod amend;
pub mod aside;
pub mod astray;
pub mod contexts;
pub mod counts;
pub mod denials;
pub mod event;
pub mod hints;
mod ledger;
pub mod merged;
pub mod needs;
pub mod principals;
pub mod refusals;
pub mod shape;
pub mod tally;
#[cfg(test)]
mod tests;
pub mod twins;
pub mod unseen;
pub mod unshown;
pub mod which;

use std::collections::HashSet;
use std::time::{Duration, Instant};

use crate::authorize::{self, Authorizer, Requirement};
use crate::catalog::Catalog;
use crate::made::hold::{Generated, Holding, may_tag};
use crate::policy::Growing;
use crate::recognize::csm::{self, Observation, Tracker};
use aside::Aside;
use counts::Counts;
use event::{Event, Heard, Now};
use hints::Hint;
use ledger::Ledger;
use merged::Merged;
use needs::Needs;
use principals::{Callers, Selection};
use refusals::Refusals;
use shape::Shape;
use twins::{Marks, Twins};
use which::{Anonymous, Which};

/// How often calls that never end are looked for.
const IDLE_EVERY: Duration = Duration::from_millis(250);

/// What a session is to do.
#[derive(Debug)]
pub struct Settings {
    /// How requirements are decided.
    pub authorizer: authorize::Settings,
    /// What the policy is to be.
    pub shape: Shape,
    /// What stands in the policy for what the run made.
    pub generated: Generated,
    /// Which calls go into the policy.
    pub calls: Which,
    /// Whether those without credentials do.
    pub anonymous: Anonymous,
    /// Whose calls go into the policy.
    pub selection: Selection,
    /// Whether each principal's policy is kept apart.
    pub apart: bool,
    /// Where what the calls need is collected, to hold a policy against it.
    pub needs: Option<Needs>,
    /// Where what AWS refused is collected.
    pub refusals: Option<Refusals>,
    /// What reports over client-side monitoring must have in them to be taken, where that is known to the command alone.
    pub client_id: Option<String>,
    /// Whether calls are recorded.
    pub is_recorded: bool,
    /// The calls of earlier runs, which the policy has as well.
    pub before: Option<Merged>,
}

/// One recording.
pub struct Session {
    tracker: Tracker,
    next_idle: Instant,
    /// Where both the proxy and client-side monitoring are heard.
    twins: Option<Twins>,
    client_id: Option<String>,
    ledger: Ledger,
}

impl Session {
    /// A recording that begins; with the proxy's marks, if calls may be heard past it, too.
    pub fn new(settings: Settings, marks: Option<Marks>, now: Now) -> Session {
        let (policy, callers, holding, counts) = match settings.before {
            Some(Merged { policy, callers, holding, calls: before, unseen, hints, .. }) => {
                (policy, callers, holding, Counts::after(before, unseen, hints))
            }
            None => (
                Growing::new(settings.shape.builder()),
                Callers::new(settings.selection, settings.apart),
                Holding::new(settings.generated),
                Counts::default(),
            ),
        };
        let has_proxy = marks.is_some();
        Session {
            tracker: Tracker::new(Catalog::embedded()),
            next_idle: now.instant + IDLE_EVERY,
            client_id: settings.client_id,
            twins: marks.map(|marks| Twins::new(marks, now.instant)),
            ledger: Ledger {
                authorizer: Authorizer::new(settings.authorizer),
                policy,
                calls: settings.calls,
                anonymous: settings.anonymous,
                callers,
                counts,
                needs: settings.needs,
                refusals: settings.refusals,
                holding,
                is_recorded: settings.is_recorded,
                has_proxy,
            },
        }
    }

    /// Takes in what was heard.
    pub fn take(&mut self, heard: Heard<'_>, now: Now, tell: &mut impl FnMut(Event<'_>)) {
        match heard {
            Heard::Datagram(datagram) => self.datagram(datagram, now, tell),
            Heard::Call(mut call, decided) => {
                if let Some(twins) = &mut self.twins {
                    twins.proxied(&call, now.instant);
                }
                self.ledger.call(&mut call, decided, tell);
            }
            Heard::Unvouched(call, why) => {
                // What the SDK says of it is not better.
                if let Some(twins) = &mut self.twins {
                    twins.proxied(&call, now.instant);
                }
                self.ledger.unvouched(&call, why, tell);
            }
            Heard::Failure(sentence) => self.ledger.failure(sentence, tell),
            Heard::Untrusted(sentence) => {
                self.ledger.counts.astray.untrusted += 1;
                self.ledger.failure(sentence, tell);
            }
            Heard::Unused(host) => self.ledger.counts.astray.unused(host),
            Heard::Refused(aside, name, times) => self.ledger.refused(aside, name, times, tell),
        }
    }

    fn datagram(&mut self, datagram: &[u8], now: Now, tell: &mut impl FnMut(Event<'_>)) {
        let Session { tracker, twins, ledger, client_id, .. } = self;
        for event in csm::events(datagram) {
            match event {
                Ok(event) if client_id.as_ref().is_some_and(|it| **it != *event.client_id) => {
                    let name = [&*event.service, &*event.api, ""];
                    ledger.counts.asides.add(Aside::OthersReport, name);
                }
                Ok(event) => tracker.event(event, now.time, &mut |seen| {
                    reported(twins, ledger, seen, now, tell);
                }),
                Err(malformed) => ledger.malformed(malformed, tell),
            }
        }
    }

    /// The system does not tell which user it is who is heard.
    pub fn users_are_not_told(&mut self) {
        self.ledger.counts.users_unknown = true;
    }

    /// Does what is due. It is to be called at [`next`](Session::next) and after datagrams.
    pub fn tick(&mut self, now: Now, tell: &mut impl FnMut(Event<'_>)) {
        let Session { tracker, twins, ledger, .. } = self;
        if now.instant >= self.next_idle {
            self.next_idle = now.instant + IDLE_EVERY;
            tracker.idle(now.time, &mut |seen| reported(twins, ledger, seen, now, tell));
        }
        if let Some(twins) = twins {
            while let Some(report) = twins.due(now.instant) {
                ledger.observe(report, tell);
            }
        }
    }

    /// When something will be due that is not due now.
    pub fn next(&self) -> Instant {
        let held = self.twins.as_ref().and_then(Twins::next);
        held.map_or(self.next_idle, |held| held.min(self.next_idle))
    }

    /// Ends: what is still open is taken in, and what became known is put where it was left open.
    pub fn end(&mut self, now: Now, tell: &mut impl FnMut(Event<'_>)) {
        let Session { tracker, twins, ledger, .. } = self;
        tracker.finish(&mut |seen| reported(twins, ledger, seen, now, tell));
        if let Some(twins) = twins {
            while let Some(report) = twins.remaining() {
                ledger.observe(report, tell);
            }
        }
        ledger.callers.end(&mut ledger.policy);
        if let Some(needs) = &ledger.needs {
            needs.lock().settle(|key| ledger.callers.account_of(key));
        }
    }

    /// The policy so far.
    pub fn policy(&self) -> &Growing {
        &self.ledger.policy
    }

    /// What the run made so far, and what stands for it.
    pub fn made(&self) -> &Holding {
        &self.ledger.holding
    }

    /// Those who were heard so far.
    pub fn callers(&self) -> &Callers {
        &self.ledger.callers
    }

    /// What was heard so far.
    pub fn counts(&self) -> &Counts {
        &self.ledger.counts
    }

    /// Actions that the operations that were called can need, and that the policy does not have, since they are merely
    /// possible.
    pub fn left_out(&self) -> Vec<&str> {
        // Before anything was shortened: what is left out is told by the actions' names.
        let granted: HashSet<String> =
            self.policy().actions().map(str::to_ascii_lowercase).collect();
        let left_out = self.counts().left_out();
        left_out.filter(|action| !granted.contains(&action.to_ascii_lowercase())).collect()
    }

    /// What the policy cannot do yet.
    pub fn hints(&self) -> Vec<Hint> {
        self.counts().hints.told(self.policy())
    }

    /// Which calls go into the policy.
    pub fn calls(&self) -> Which {
        self.ledger.calls
    }
}

/// Whether a call that needs this may change the tags of what was made, and so what holds the calls after it: these are not
/// interchangeable with those before.
pub fn may_change_tags(requirements: &[Requirement]) -> bool {
    requirements.iter().any(|it| may_tag(&it.action))
}

/// Client-side monitoring tells something, which may have been seen by the proxy as well.
fn reported(
    twins: &mut Option<Twins>,
    ledger: &mut Ledger,
    seen: Observation,
    now: Now,
    tell: &mut impl FnMut(Event<'_>),
) {
    let counts_now = match twins {
        Some(twins) => twins.hold(seen, now),
        None => Some(seen),
    };
    if let Some(seen) = counts_now {
        ledger.observe(seen, tell);
    }
}
