//! Calls that are heard twice: through the proxy and over client-side monitoring.
//!
//! The proxy's version wins, since it has the request. It marks a request's id when it sees the response's head, before
//! it sends it on, so that an SDK's report of a request that went through the proxy always finds its mark, and a report
//! whose id is not marked counts at once. Held back for a moment are reports that bear no id: the response had none, there
//! was no response, or the SDK does not find it (Ruby's looks for `x-amzn-request-id`, and most services send
//! `x-amzn-RequestId`: `client_metrics_send_plugin.rb`, github.com/aws/aws-sdk-ruby). Those are told by operation, region,
//! caller and status from the proxy's calls that no other report was of, and by the time: the request came to the proxy
//! after the report's call began and before the report came, which is sent when the call is over. Held back are also reports
//! of what the proxy has marked, should it turn out not to recognise that.

use std::collections::hash_map::RandomState;
use std::collections::{HashSet, VecDeque};
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::call::{Call, Name, Timestamp};
use crate::recognize::csm::Observation;
use crate::session::event::Now;

/// How long a report is held back.
const HOLD: Duration = Duration::from_millis(300);
/// Reports that are held back at most: when more come than can be, the oldest counts early.
const HELD: usize = 16_384;
/// A mark is kept for so long at least: an SDK's attempts count as a call 30 s after the last of them.
const GENERATION: Duration = Duration::from_secs(60);
/// Marks in each of two generations, at most.
const MARKS: usize = 1 << 18;
/// The proxy's calls that are remembered for reports without an id, and for how long.
const SEEN: usize = 8_192;
const SEEN_FOR: Duration = Duration::from_secs(60);
/// By how many milliseconds a request may seem to come before its call began: moments are cut to whole ones.
const SLACK: u64 = 10;
/// Characters of a user agent that are compared: a report has no more.
const USER_AGENT: usize = 256;

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
    held: VecDeque<Held>,
    /// The proxy's calls.
    seen: VecDeque<Seen>,
    /// The ids of those of which there was a report with its id.
    reported: Marks,
}

/// A report that is held back.
#[derive(Debug)]
struct Held {
    due: Instant,
    came: Timestamp,
    report: Observation,
}

/// A call of the proxy's.
#[derive(Debug)]
struct Seen {
    since: Instant,
    likeness: Likeness,
    request_id: Option<String>,
}

/// What two versions of a call have in common even without an id.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Likeness {
    service: Name,
    operation: Option<Name>,
    region: Option<Name>,
    principal: Option<String>,
    user_agent: Option<String>,
    status: Option<u16>,
    began: u64,
}

impl Likeness {
    fn of(call: &Call) -> Likeness {
        let compared = |it: &str| it.chars().take(USER_AGENT).collect();
        Likeness {
            service: call.service.clone(),
            operation: call.operation.clone(),
            region: call.region.clone(),
            principal: call.principal.clone(),
            user_agent: call.user_agent.as_deref().map(compared),
            status: call.outcome.status,
            began: call.time.0,
        }
    }

    /// Whether this, of the proxy, is what a report that came then is of. What one of them does not say does not make them
    /// differ.
    fn fits(&self, report: &Likeness, came: Timestamp) -> bool {
        fn alike<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> bool {
            one.zip(other).is_none_or(|(one, other)| one == other)
        }
        let meanwhile = report.began.saturating_sub(SLACK)..=came.0.saturating_add(SLACK);
        self.operation == report.operation
            && self.service == report.service
            && meanwhile.contains(&self.began)
            && alike(self.region.as_ref(), report.region.as_ref())
            && alike(self.principal.as_ref(), report.principal.as_ref())
            && alike(self.user_agent.as_ref(), report.user_agent.as_ref())
            && alike(self.status.as_ref(), report.status.as_ref())
    }
}

impl Twins {
    /// Goes by these marks.
    pub fn new(marks: Marks, now: Instant) -> Twins {
        Twins {
            marks,
            next_age: now + GENERATION,
            held: VecDeque::new(),
            seen: VecDeque::new(),
            reported: Marks::default(),
        }
    }

    /// The proxy has a call that is over.
    pub fn proxied(&mut self, call: &Call, now: Instant) {
        let request_id = &call.outcome.request_id;
        match request_id {
            // What the SDK says of it is better than nothing.
            Some(id) if call.operation.is_none() => self.marks.take_away(id),
            Some(id) => self.marks.put(id),
            None => {}
        }
        if call.operation.is_some() {
            if self.seen.len() >= SEEN {
                self.seen.pop_front();
            }
            let likeness = Likeness::of(call);
            self.seen.push_back(Seen { since: now, likeness, request_id: request_id.clone() });
        }
    }

    /// Holds a report back. Gives one that counts at once: this one, since the proxy has not seen it, or the oldest, since
    /// too many wait.
    #[must_use]
    pub fn hold(&mut self, report: Observation, now: Now) -> Option<Observation> {
        let (Observation::Attempt(call) | Observation::Call(call)) = &report;
        if call.outcome.request_id.as_ref().is_some_and(|id| !self.marks.has(id)) {
            return Some(report);
        }
        let due = now.instant + HOLD;
        self.held.push_back(Held { due, came: now.time, report });
        if self.held.len() > HELD { self.next_of(due) } else { None }
    }

    /// The next report whose time has come and that the proxy has no version of.
    pub fn due(&mut self, now: Instant) -> Option<Observation> {
        if now >= self.next_age {
            self.next_age = now + GENERATION;
            self.marks.age();
            self.reported.age();
        }
        while self.seen.front().is_some_and(|seen| seen.since + SEEN_FOR < now) {
            self.seen.pop_front();
        }
        self.next_of(now)
    }

    /// The next of all that are held: no call of the proxy's will come any more.
    pub fn remaining(&mut self) -> Option<Observation> {
        let last = self.held.back()?.due;
        self.next_of(last)
    }

    /// When a report will be due.
    pub fn next(&self) -> Option<Instant> {
        self.held.front().map(|held| held.due)
    }

    fn next_of(&mut self, now: Instant) -> Option<Observation> {
        while self.held.front().is_some_and(|held| held.due <= now) {
            let Held { came, report, .. } = self.held.pop_front()?;
            if !self.has_twin(&report, came) {
                return Some(report);
            }
        }
        None
    }

    fn has_twin(&mut self, report: &Observation, came: Timestamp) -> bool {
        let (call, is_over) = match report {
            Observation::Attempt(call) => (call, false),
            Observation::Call(call) => (call, true),
        };
        if let Some(id) = &call.outcome.request_id {
            let has = self.marks.has(id);
            if has {
                self.reported.put(id);
            }
            return has;
        }
        if self.seen.is_empty() {
            return false;
        }
        let report = Likeness::of(call);
        let found = self.twin_of(&report, came);
        // A call stands for as many of the proxy's as it made attempts; an attempt is followed by its call. Each of the
        // proxy's is the twin of one.
        for _ in 0..if is_over { call.attempts.max(1) } else { 0 } {
            let Some(next) = self.twin_of(&report, came) else { break };
            self.seen.remove(next);
        }
        found.is_some()
    }

    /// The proxy's call that a report without an id is of: of several, the one that began when the report's did.
    fn twin_of(&self, report: &Likeness, came: Timestamp) -> Option<usize> {
        let fitting = self.seen.iter().enumerate().filter(|(_, seen)| {
            seen.likeness.fits(report, came)
                && seen.request_id.as_ref().is_none_or(|id| !self.reported.has(id))
        });
        let nearest = fitting.min_by_key(|(_, seen)| seen.likeness.began.abs_diff(report.began));
        nearest.map(|(index, _)| index)
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

    /// This moment, in which the wall's clock shows so much.
    fn at(instant: Instant, time: u64) -> Now {
        Now { instant, time: Timestamp(time) }
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
            assert_eq!(twins.hold(Observation::Attempt(attempt), at(now, 0)), None);
            assert_eq!(twins.hold(reported("GetObject", Some(id)), at(now, 0)), None);
        }
        twins.proxied(&call(Source::Proxy, "GetObject", Some("SHORT")), now);
        assert_eq!(twins.due(now + HOLD), None);
        assert_eq!(twins.next(), None, "all are gone");
        let past_the_proxy = reported("GetObject", Some("OTHER"));
        assert_eq!(twins.hold(past_the_proxy.clone(), at(now, 0)), Some(past_the_proxy));
    }

    #[test]
    fn calls_without_an_id_are_told_by_what_they_are() {
        let now = Instant::now();
        let mut twins = Twins::new(Marks::default(), now);
        twins.proxied(&call(Source::Proxy, "GetObject", None), now);
        for operation in ["GetObject", "GetObject", "PutObject"] {
            assert_eq!(twins.hold(reported(operation, None), at(now, 0)), None);
        }
        assert_eq!(all(&mut twins), 2, "one GetObject went past the proxy");
    }

    /// Which of these reports without an id, which came at 1,000, count beside one call of the proxy's with an id.
    fn counted(proxied: &Call, reports: &[Call]) -> usize {
        let now = Instant::now();
        let mut twins = Twins::new(Marks::default(), now);
        twins.proxied(proxied, now);
        for report in reports {
            let held = twins.hold(Observation::Call(report.clone()), at(now, 1_000));
            assert_eq!(held, None);
        }
        all(&mut twins)
    }

    #[test]
    fn a_report_that_lacks_the_id_is_of_the_one_call_that_it_can_be_of() {
        let proxied = Call {
            time: Timestamp(500),
            region: Some("eu-west-1".into()),
            principal: Some("AKIA1".to_owned()),
            user_agent: Some("aws-sdk-ruby3/3.2".to_owned()),
            outcome: Outcome {
                status: Some(200),
                request_id: Some("A".to_owned()),
                ..Outcome::default()
            },
            ..call(Source::Proxy, "GetItem", None)
        };
        let ruby = Call {
            source: Source::Csm,
            time: Timestamp(495),
            outcome: Outcome { status: Some(200), ..Outcome::default() },
            ..proxied.clone()
        };
        assert_eq!(counted(&proxied, std::slice::from_ref(&ruby)), 0);
        assert_eq!(counted(&proxied, &[ruby.clone(), ruby.clone()]), 1, "the other went past it");
        let outcome = Outcome { status: Some(400), ..Outcome::default() };
        for other in [
            Call { region: Some("us-east-1".into()), ..ruby.clone() },
            Call { principal: Some("AKIA2".to_owned()), ..ruby.clone() },
            Call { user_agent: Some("aws-sdk-php/3".to_owned()), ..ruby.clone() },
            Call { operation: Some("PutItem".into()), ..ruby.clone() },
            Call { outcome, ..ruby.clone() },
            // It began when the proxy's call was under way.
            Call { time: Timestamp(600), ..ruby.clone() },
        ] {
            assert_eq!(counted(&proxied, std::slice::from_ref(&other)), 1, "{other:?}");
        }
        // Nor does it, where the proxy's came after the report did.
        let later = Call { time: Timestamp(2_000), ..proxied };
        assert_eq!(counted(&later, &[ruby]), 1);
    }

    #[test]
    fn a_call_that_was_reported_with_its_id_has_no_other_report() {
        let now = Instant::now();
        let mut twins = Twins::new(Marks::default(), now);
        twins.proxied(&call(Source::Proxy, "GetObject", Some("A")), now);
        for report in [reported("GetObject", Some("A")), reported("GetObject", None)] {
            assert_eq!(twins.hold(report, at(now, 0)), None);
        }
        assert_eq!(all(&mut twins), 1, "the one without an id went past the proxy");
    }

    #[test]
    fn what_the_proxy_did_not_recognise_is_heard() {
        let now = Instant::now();
        let marks = Marks::default();
        let mut twins = Twins::new(marks.clone(), now);
        marks.put("A");
        let unknown =
            Call { recognized: false, operation: None, ..call(Source::Proxy, "", Some("A")) };
        assert_eq!(twins.hold(reported("GetObject", Some("A")), at(now, 0)), None);
        twins.proxied(&unknown, now);
        assert_eq!(all(&mut twins), 1);
    }

    #[test]
    fn memory_is_bounded_and_nothing_is_lost() {
        let now = Instant::now();
        let mut twins = Twins::new(Marks::default(), now);
        let early =
            (0..HELD + 10).filter(|_| twins.hold(reported("Get", None), at(now, 0)).is_some());
        assert_eq!(early.count(), 10);
        assert_eq!(all(&mut twins), HELD);
        for number in 0..3 * MARKS {
            twins.marks.put(&number.to_string());
        }
        let marks = twins.marks.lock();
        assert!(marks.young.len() <= MARKS && marks.old.len() <= MARKS);
    }
}
