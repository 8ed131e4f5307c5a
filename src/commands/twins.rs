//! Calls that are heard twice: through the proxy and over client-side monitoring.
//!
//! The proxy's version wins, since it has the request. It marks a request's id when it sees the response's head, before
//! it sends it on, so that an SDK's report of a request that went through the proxy always finds its mark, and a report
//! whose id is not marked counts at once. Held back for a moment are reports that bear no id (the response had none, or there
//! was none): those are told by operation and caller from the proxy's calls without an id, which end at about the same
//! time; and reports of what the proxy has marked, should it turn out not to recognise that.

use std::collections::hash_map::RandomState;
use std::collections::{HashSet, VecDeque};
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::call::Call;
use crate::recognize::csm::Observation;

/// How long a report is held back.
const HOLD: Duration = Duration::from_millis(300);
/// Reports that are held back at most: when more come than can be, the oldest counts early.
const HELD: usize = 16_384;
/// A mark is kept for so long at least: an SDK's attempts count as a call 30 s after the last of them.
const GENERATION: Duration = Duration::from_secs(60);
/// Marks in each of two generations, at most.
const MARKS: usize = 1 << 18;
/// Requests without an id that are remembered, and for how long.
const NAMELESS: usize = 4_096;
const NAMELESS_FOR: Duration = Duration::from_secs(60);

/// The ids of the requests that the proxy has seen; shared by its threads and the session.
#[derive(Debug, Clone, Default)]
pub struct Marks(Arc<Mutex<Generations>>);

#[derive(Debug, Default)]
struct Generations {
    hasher: RandomState,
    young: HashSet<u64>,
    old: HashSet<u64>,
}

impl Marks {
    /// The proxy has seen a response with this id.
    pub fn put(&self, request_id: &str) {
        let mut marks = self.lock();
        let mark = marks.hasher.hash_one(request_id);
        if marks.young.len() >= MARKS {
            marks.old = std::mem::take(&mut marks.young);
        }
        marks.young.insert(mark);
    }

    /// It did not see what the request was.
    fn take_away(&self, request_id: &str) {
        let mut marks = self.lock();
        let mark = marks.hasher.hash_one(request_id);
        marks.young.remove(&mark);
        marks.old.remove(&mark);
    }

    fn has(&self, request_id: &str) -> bool {
        let marks = self.lock();
        let mark = marks.hasher.hash_one(request_id);
        marks.young.contains(&mark) || marks.old.contains(&mark)
    }

    fn age(&self) {
        let mut marks = self.lock();
        marks.old = std::mem::take(&mut marks.young);
    }

    fn lock(&self) -> MutexGuard<'_, Generations> {
        // Nothing panics while it holds this; and if it did, the sets would still be sets.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Holds reports back, and knows which of them the proxy's calls make superfluous.
#[derive(Debug)]
pub struct Twins {
    marks: Marks,
    next_age: Instant,
    held: VecDeque<(Instant, Observation)>,
    /// The proxy's calls whose response bore no id.
    nameless: VecDeque<(Instant, Likeness)>,
}

/// What two versions of a call have in common even without an id.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Likeness {
    service: String,
    operation: String,
    principal: Option<String>,
}

impl Likeness {
    fn of(call: &Call) -> Likeness {
        Likeness {
            service: call.service.to_string(),
            operation: call.operation.as_deref().unwrap_or_default().to_owned(),
            principal: call.principal.clone(),
        }
    }

    /// What one of them does not say does not make them differ.
    fn fits(&self, other: &Likeness) -> bool {
        let same = self.service == other.service && self.operation == other.operation;
        let principals = self.principal.as_ref().zip(other.principal.as_ref());
        same && principals.is_none_or(|(one, other)| one == other)
    }
}

impl Twins {
    /// Goes by these marks.
    pub fn new(marks: Marks, now: Instant) -> Twins {
        Twins {
            marks,
            next_age: now + GENERATION,
            held: VecDeque::new(),
            nameless: VecDeque::new(),
        }
    }

    /// The proxy has a call that is over.
    pub fn proxied(&mut self, call: &Call, now: Instant) {
        match &call.outcome.request_id {
            // What the SDK says of it is better than nothing.
            Some(id) if !call.recognized => self.marks.take_away(id),
            Some(id) => self.marks.put(id),
            None if call.recognized => {
                if self.nameless.len() >= NAMELESS {
                    self.nameless.pop_front();
                }
                self.nameless.push_back((now, Likeness::of(call)));
            }
            None => {}
        }
    }

    /// Holds a report back. Gives one that counts at once: this one, since the proxy has not seen it, or the oldest, since
    /// too many wait.
    #[must_use]
    pub fn hold(&mut self, report: Observation, now: Instant) -> Option<Observation> {
        let (Observation::Attempt(call) | Observation::Call(call)) = &report;
        if call.outcome.request_id.as_ref().is_some_and(|id| !self.marks.has(id)) {
            return Some(report);
        }
        self.held.push_back((now + HOLD, report));
        if self.held.len() > HELD { self.next_of(now + HOLD) } else { None }
    }

    /// The next report whose time has come and that the proxy has no version of.
    pub fn due(&mut self, now: Instant) -> Option<Observation> {
        if now >= self.next_age {
            self.next_age = now + GENERATION;
            self.marks.age();
        }
        while self.nameless.front().is_some_and(|(since, _)| *since + NAMELESS_FOR < now) {
            self.nameless.pop_front();
        }
        self.next_of(now)
    }

    /// The next of all that are held: no call of the proxy's will come any more.
    pub fn remaining(&mut self) -> Option<Observation> {
        let last = self.held.back()?.0;
        self.next_of(last)
    }

    /// When a report will be due.
    pub fn next(&self) -> Option<Instant> {
        self.held.front().map(|(due, _)| *due)
    }

    fn next_of(&mut self, now: Instant) -> Option<Observation> {
        while self.held.front().is_some_and(|(due, _)| *due <= now) {
            let (_, report) = self.held.pop_front()?;
            if !self.has_twin(&report) {
                return Some(report);
            }
        }
        None
    }

    fn has_twin(&mut self, report: &Observation) -> bool {
        let (call, is_over) = match report {
            Observation::Attempt(call) => (call, false),
            Observation::Call(call) => (call, true),
        };
        if let Some(id) = &call.outcome.request_id {
            return self.marks.has(id);
        }
        if self.nameless.is_empty() {
            return false;
        }
        let likeness = Likeness::of(call);
        let found = self.nameless.iter().position(|(_, proxied)| proxied.fits(&likeness));
        // A call stands for as many of the proxy's as it made attempts; an attempt is followed by its call.
        for _ in 0..if is_over { call.attempts.max(1) } else { 0 } {
            let next = self.nameless.iter().position(|(_, proxied)| proxied.fits(&likeness));
            let Some(next) = next else { break };
            self.nameless.remove(next);
        }
        found.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{Outcome, Source, Timestamp};

    fn call(source: Source, operation: &str, request_id: Option<&str>) -> Call {
        Call {
            source,
            time: Timestamp(0),
            service: "s3".into(),
            operation: Some(operation.to_owned().into()),
            recognized: true,
            region: None,
            partition: "aws".into(),
            account: None,
            principal: None,
            outcome: Outcome { request_id: request_id.map(str::to_owned), ..Outcome::default() },
            attempts: 1,
            host: None,
            method: None,
            path: None,
            user_agent: None,
            parameters: serde_json::Map::new(),
            evidence: Default::default(),
        }
    }

    fn reported(operation: &str, id: Option<&str>) -> Observation {
        Observation::Call(call(Source::Csm, operation, id))
    }

    fn all(twins: &mut Twins) -> usize {
        std::iter::from_fn(|| twins.remaining()).count()
    }

    #[test]
    fn what_the_proxy_has_seen_is_not_heard_again() {
        let now = Instant::now();
        let marks = Marks::default();
        let mut twins = Twins::new(marks.clone(), now);
        // The heads were seen; one body goes on for longer than anything is held.
        marks.put("SHORT");
        marks.put("LONG");
        for id in ["SHORT", "LONG"] {
            let Observation::Call(attempt) = reported("GetObject", Some(id)) else { continue };
            assert_eq!(twins.hold(Observation::Attempt(attempt), now), None);
            assert_eq!(twins.hold(reported("GetObject", Some(id)), now), None);
        }
        twins.proxied(&call(Source::Proxy, "GetObject", Some("SHORT")), now);
        assert_eq!(twins.due(now + HOLD), None);
        assert_eq!(twins.next(), None, "all are gone");
        let past_the_proxy = reported("GetObject", Some("OTHER"));
        assert_eq!(twins.hold(past_the_proxy.clone(), now), Some(past_the_proxy));
    }

    #[test]
    fn calls_without_an_id_are_told_by_what_they_are() {
        let now = Instant::now();
        let mut twins = Twins::new(Marks::default(), now);
        twins.proxied(&call(Source::Proxy, "GetObject", None), now);
        for operation in ["GetObject", "GetObject", "PutObject"] {
            assert_eq!(twins.hold(reported(operation, None), now), None);
        }
        assert_eq!(all(&mut twins), 2, "one GetObject went past the proxy");
    }

    #[test]
    fn what_the_proxy_did_not_recognise_is_heard() {
        let now = Instant::now();
        let marks = Marks::default();
        let mut twins = Twins::new(marks.clone(), now);
        marks.put("A");
        let unknown = Call { recognized: false, ..call(Source::Proxy, "", Some("A")) };
        assert_eq!(twins.hold(reported("GetObject", Some("A")), now), None);
        twins.proxied(&unknown, now);
        assert_eq!(all(&mut twins), 1);
    }

    #[test]
    fn memory_is_bounded_and_nothing_is_lost() {
        let now = Instant::now();
        let mut twins = Twins::new(Marks::default(), now);
        let early = (0..HELD + 10).filter(|_| twins.hold(reported("Get", None), now).is_some());
        assert_eq!(early.count(), 10);
        assert_eq!(all(&mut twins), HELD);
        for number in 0..3 * MARKS {
            twins.marks.put(&number.to_string());
        }
        let marks = twins.marks.lock();
        assert!(marks.young.len() <= MARKS && marks.old.len() <= MARKS);
    }
}
