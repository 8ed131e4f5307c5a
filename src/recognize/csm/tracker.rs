//! Events → calls.
//!
//! An `ApiCall` and its `ApiCallAttempt`s carry no common id. What belongs together is found by
//! client, service, operation and time: an attempt begins and ends within its call, and both are
//! sent when they are over, so that a call's last attempt ends when the call does. (Region is not
//! among what must be equal: S3's redirects change it between the attempts of one call.)
//!
//! Each `ApiCall` counts once, whatever its attempts:
//! - they came before it: it is finished at once;
//! - some are missing: it waits a moment for them (two datagrams can overtake each other), then counts
//!   without;
//! - they came, but no `ApiCall` (the SDK died, or the datagram was lost): they count as a call after a quiet
//!   time; should the `ApiCall` come after all, it does not count again.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::describe::{complete, describe, differences, is_retried};
use super::event::{Event, Kind};
use super::names::Lookup;
use super::shelf::{Key, Shelf, Waiting};
use crate::call::{Call, Timestamp};
use crate::catalog::Catalog;

/// How long attempts wait for their `ApiCall`: SDKs wait up to 20 s before they try again.
const QUIET: u64 = 30_000;
/// How long an `ApiCall` waits for attempts that it says there were.
const HOLD: u64 = 500;
/// How long attempts that are owed to a counted call are expected.
const OWED: u64 = 60_000;
/// How long the `ApiCall` of attempts that were counted without it is expected.
const COUNTED: u64 = 600_000;
/// Timestamps are cut to whole milliseconds, so that an attempt may seem to end after its call.
const SLACK: u64 = 1;

/// Attempts that wait, at most; when there are more, the oldest [`EVICTED`] are counted as calls.
const PENDING: usize = 8192;
const EVICTED: usize = 1024;
/// Calls that wait for attempts, at most; and how many are remembered for what may still come.
const HELD: usize = 1024;
const REMEMBERED: usize = 4096;
/// How many attempts of one client and operation are looked at to find a call's.
const CANDIDATES: usize = 256;
/// How often, in milliseconds, what waits is looked at while events come.
const LOOK: u64 = 100;

/// What the tracker tells.
#[derive(Debug, Clone, PartialEq)]
pub enum Observation {
    /// An attempt was made: evidence of a call that is not finished yet (and is not to be counted).
    Attempt(Call),
    /// A call is finished: count it.
    Call(Call),
}

/// Makes calls of events. Its memory is bounded whatever is sent; its work per event does not
/// grow with what came before.
#[derive(Debug)]
pub struct Tracker {
    lookup: Lookup,
    pending: Shelf<Attempt>,
    held: Shelf<Held>,
    owed: Shelf<Owed>,
    counted: Shelf<Counted>,
    looked: Timestamp,
}

/// An attempt whose call has not been told.
#[derive(Debug)]
struct Attempt {
    span: Span,
    came: Timestamp,
    /// Whether an SDK would try again after it.
    retried: bool,
    call: Box<Call>,
}

/// A call that waits for attempts.
#[derive(Debug)]
struct Held {
    span: Span,
    missing: u64,
    call: Box<Call>,
}

/// A call that was counted without all of its attempts.
#[derive(Debug)]
struct Owed {
    span: Span,
    missing: u64,
}

/// Attempts that were counted without their `ApiCall`.
#[derive(Debug)]
struct Counted {
    span: Span,
    attempts: u64,
    retried: bool,
}

impl Tracker {
    /// A tracker that knows what `catalog` knows.
    pub fn new(catalog: Catalog) -> Self {
        Tracker {
            lookup: Lookup::new(catalog),
            pending: Shelf::new(),
            held: Shelf::new(),
            owed: Shelf::new(),
            counted: Shelf::new(),
            looked: Timestamp(0),
        }
    }

    /// Takes an event in. `now` is the moment in which it came; it should not go back.
    #[allow(clippy::needless_pass_by_value)] // An event is taken in once.
    pub fn event(&mut self, event: Event<'_>, now: Timestamp, sink: &mut impl FnMut(Observation)) {
        if now.0.abs_diff(self.looked.0) >= LOOK {
            self.idle(now, sink);
        }
        match event.kind {
            Kind::Attempt => self.attempt(&event, now, sink),
            Kind::Call => self.call(&event, now, sink),
            Kind::Other => {}
        }
    }

    /// Counts what has waited long enough. To be called now and then while no events come.
    pub fn idle(&mut self, now: Timestamp, sink: &mut impl FnMut(Observation)) {
        self.looked = now;
        let ago = |time: u64| Timestamp(now.0.saturating_sub(time));
        while let Some((key, held)) = self.held.take_oldest(ago(HOLD)) {
            self.count_without(key, held, now, sink);
        }
        let mut quiet = Vec::new();
        while let Some(attempt) = self.pending.take_oldest(ago(QUIET)) {
            quiet.push(attempt);
        }
        self.count_attempts(quiet, now, sink);
        while self.owed.take_oldest(ago(OWED)).is_some() {}
        while self.counted.take_oldest(ago(COUNTED)).is_some() {}
    }

    /// Counts all that waits. To be called when no more events will come.
    pub fn finish(&mut self, sink: &mut impl FnMut(Observation)) {
        let now = self.looked;
        while let Some((key, held)) = self.held.take_oldest(Timestamp(u64::MAX)) {
            self.count_without(key, held, now, sink);
        }
        self.count_oldest(usize::MAX, now, sink);
    }

    /// How many things wait or are remembered.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.pending.len() + self.held.len() + self.owed.len() + self.counted.len()
    }

    fn attempt(&mut self, event: &Event<'_>, now: Timestamp, sink: &mut impl FnMut(Observation)) {
        let key = key(event);
        let mut call = describe(&mut self.lookup, event, now);
        call.attempts = 1;
        sink(Observation::Attempt(call.clone()));
        let begun = event.timestamp.unwrap_or(now.0);
        let attempt = Attempt {
            span: Span { from: begun, to: begun.saturating_add(event.latency.unwrap_or(0)) },
            came: now,
            retried: is_retried(&call.outcome),
            call: Box::new(call),
        };
        let Some(attempt) = self.give_to_waiting_call(key, attempt, sink) else { return };
        self.keep_waiting(key, &attempt, now);
        self.pending.put(key, now, attempt);
        if self.pending.len() > PENDING {
            self.count_oldest(EVICTED, now, sink);
        }
    }

    fn call(&mut self, event: &Event<'_>, now: Timestamp, sink: &mut impl FnMut(Observation)) {
        let key = key(event);
        let span = Span::of_call(event);
        // A call that does not say how many there were has all that fit.
        let wanted = event.attempt_count.unwrap_or(PENDING as u64);
        let last = if wanted == 0 { None } else { self.take_last_attempt(key, event, span) };
        let mut taken = 0;
        if let Some(last) = &last {
            taken = 1 + self.take_earlier_attempts(key, span, last, wanted - 1);
        }
        if taken < wanted && self.was_counted(key, span) {
            return;
        }

        let mut call = Box::new(describe(&mut self.lookup, event, now));
        call.attempts = clamped(event.attempt_count.unwrap_or(taken));
        if let Some(last) = last {
            complete(&mut call, *last.call);
        }
        if event.attempt_count.is_none_or(|count| taken >= count) {
            return sink(Observation::Call(*call));
        }
        self.held.put(key, now, Held { span, missing: wanted - taken, call });
        if self.held.len() > HELD
            && let Some((key, held)) = self.held.take_oldest(Timestamp(u64::MAX))
        {
            self.count_without(key, held, now, sink);
        }
    }

    /// The attempt that ended the call: one that ended as the call did, where there is one, and
    /// when the call did.
    fn take_last_attempt(&mut self, key: Key, event: &Event<'_>, span: Span) -> Option<Attempt> {
        let rank = |attempt: &Attempt| {
            let differences = differences(&attempt.call, event);
            (differences, span.to.abs_diff(attempt.span.to), attempt.span.from)
        };
        let best = newest(&self.pending, key)
            .filter(|(_, attempt)| span.has(attempt.span.from))
            .min_by_key(|(_, attempt)| rank(attempt));
        let (index, _) = best?;
        self.pending.take(key, index)
    }

    /// Takes up to `wanted` attempts before the last, the earliest first: they can belong to fewer
    /// other calls than later ones can. Gives how many there were.
    fn take_earlier_attempts(&mut self, key: Key, span: Span, last: &Attempt, wanted: u64) -> u64 {
        let mut taken = 0;
        while taken < wanted {
            let earliest = newest(&self.pending, key)
                .filter(|(_, earlier)| {
                    span.has(earlier.span.from) && earlier.span.precedes(last.span)
                })
                .min_by_key(|(_, earlier)| earlier.span.from);
            let Some((index, _)) = earliest else { break };
            self.pending.take(key, index);
            taken += 1;
        }
        taken
    }

    /// Whether attempts of this call were counted as a call already.
    fn was_counted(&mut self, key: Key, span: Span) -> bool {
        if self.counted.is_empty() {
            return false;
        }
        let found = newest(&self.counted, key).find(|(_, counted)| span.has(counted.span.from));
        let index = found.map(|(index, _)| index);
        index.and_then(|index| self.counted.take(key, index)).is_some()
    }

    /// An attempt that comes after its call goes to it; any other is given back.
    fn give_to_waiting_call(
        &mut self,
        key: Key,
        attempt: Attempt,
        sink: &mut impl FnMut(Observation),
    ) -> Option<Attempt> {
        let begun = attempt.span.from;
        if let Some(index) = position(&self.held, key, |held| held.span.has(begun)) {
            if let Some(held) = self.held.of_mut(key).nth(index) {
                held.thing.missing -= 1;
                complete(&mut held.thing.call, *attempt.call);
                if held.thing.missing > 0 {
                    return None;
                }
            }
            if let Some(held) = self.held.take(key, index) {
                sink(Observation::Call(*held.call));
            }
            return None;
        }
        if let Some(index) = position(&self.owed, key, |owed| owed.span.has(begun)) {
            self.pay(key, index);
            return None;
        }
        Some(attempt)
    }

    fn pay(&mut self, key: Key, index: usize) {
        if let Some(owed) = self.owed.of_mut(key).nth(index) {
            owed.thing.missing -= 1;
            if owed.thing.missing == 0 {
                self.owed.take(key, index);
            }
        }
    }

    /// Attempts that `retry` may repeat wait as long as it does.
    fn keep_waiting(&mut self, key: Key, retry: &Attempt, now: Timestamp) {
        let repeated = newest(&self.pending, key)
            .take(8)
            .find(|(_, earlier)| earlier.retried && earlier.span.precedes(retry.span));
        if let Some((index, _)) = repeated {
            self.pending.touch(key, index, now);
        }
    }

    fn count_without(
        &mut self,
        key: Key,
        mut held: Held,
        now: Timestamp,
        sink: &mut impl FnMut(Observation),
    ) {
        while held.missing > 0
            && let Some(left) = self.take_left_over(key, held.span)
        {
            held.missing -= 1;
            complete(&mut held.call, *left.call);
        }
        if held.missing > 0 {
            self.owed.put(key, now, Owed { span: held.span, missing: held.missing });
        }
        if self.owed.len() > REMEMBERED {
            self.owed.take_oldest(Timestamp(u64::MAX));
        }
        sink(Observation::Call(*held.call));
    }

    /// An attempt for a call which found none of its own. Of two calls at the same time one can take the
    /// other's attempt, when that ended as it did and its own a little earlier; the other takes a third
    /// one's, and so on, until a last one has only the attempt of the first, which was over before it began.
    /// Account and region are the same; without an attempt the call would have neither.
    fn take_left_over(&mut self, key: Key, span: Span) -> Option<Attempt> {
        let left = newest(&self.pending, key)
            .filter(|(_, left)| !left.retried && span.wider(QUIET).has(left.span.from))
            .min_by_key(|(_, attempt)| span.to.abs_diff(attempt.span.to));
        let (index, _) = left?;
        self.pending.take(key, index)
    }

    fn count_oldest(&mut self, most: usize, now: Timestamp, sink: &mut impl FnMut(Observation)) {
        let oldest = std::iter::from_fn(|| self.pending.take_oldest(Timestamp(u64::MAX)));
        let oldest: Vec<_> = oldest.take(most).collect();
        self.count_attempts(oldest, now, sink);
    }

    /// Makes calls of attempts whose `ApiCall` has not come: one of each first attempt and those that
    /// repeated it.
    fn count_attempts(
        &mut self,
        mut attempts: Vec<(Key, Attempt)>,
        now: Timestamp,
        sink: &mut impl FnMut(Observation),
    ) {
        attempts.sort_by_key(|(key, attempt)| (*key, attempt.span.from));
        let mut attempts = attempts.into_iter().peekable();
        while let Some(&(key, _)) = attempts.peek() {
            let of_key = std::iter::from_fn(|| attempts.next_if(|(next, _)| *next == key));
            let mut calls: Vec<(Counted, Box<Call>)> = Vec::new();
            for (_, attempt) in of_key {
                if self.belongs_to_counted_call(key, &attempt) {
                    continue;
                }
                let repeated = calls.iter_mut().find(|(call, _)| call.is_repeated_by(&attempt));
                match repeated {
                    Some((counted, call)) => {
                        counted.repeat(&attempt);
                        let begun = call.time;
                        **call = Call { time: begun, ..*attempt.call };
                        call.attempts = clamped(counted.attempts);
                    }
                    None => calls.push((Counted::new(&attempt), attempt.call)),
                }
            }
            for (counted, call) in calls {
                self.counted.put(key, now, counted);
                sink(Observation::Call(*call));
            }
        }
        while self.counted.len() > REMEMBERED {
            self.counted.take_oldest(Timestamp(u64::MAX));
        }
    }

    /// Whether an attempt that nobody took is one that a counted call lacks, or repeats one that was counted.
    fn belongs_to_counted_call(&mut self, key: Key, attempt: &Attempt) -> bool {
        // Of two calls at the same time, one can take the other's attempt; then this one is left, and the
        // other call, which came later, lacks one.
        let near = |owed: &Waiting<Owed>| {
            owed.since >= attempt.came && owed.thing.span.wider(QUIET).has(attempt.span.from)
        };
        if let Some(index) = self.owed.of(key).take(CANDIDATES).position(near) {
            self.pay(key, index);
            return true;
        }
        let counted = self.counted.of_mut(key).rev().take(CANDIDATES);
        let repeated = counted.map(|counted| &mut counted.thing);
        match repeated.into_iter().find(|counted| counted.is_repeated_by(attempt)) {
            Some(counted) => {
                counted.repeat(attempt);
                true
            }
            None => false,
        }
    }
}

/// From when to when something took, in milliseconds since the Unix epoch.
#[derive(Debug, Clone, Copy)]
struct Span {
    from: u64,
    to: u64,
}

impl Span {
    /// A call's; whatever it does not say is open.
    fn of_call(event: &Event<'_>) -> Span {
        let from = event.timestamp.unwrap_or(0);
        let to = event.timestamp.zip(event.latency).map(|(from, took)| from.saturating_add(took));
        Span { from, to: to.unwrap_or(u64::MAX) }
    }

    fn has(self, moment: u64) -> bool {
        let Span { from, to } = self.wider(SLACK);
        (from..=to).contains(&moment)
    }

    fn wider(self, by: u64) -> Span {
        Span { from: self.from.saturating_sub(by), to: self.to.saturating_add(by) }
    }

    fn precedes(self, later: Span) -> bool {
        self.to <= later.from.saturating_add(SLACK)
    }
}

impl Counted {
    fn new(attempt: &Attempt) -> Self {
        Counted { span: attempt.span, attempts: 1, retried: attempt.retried }
    }

    fn is_repeated_by(&self, attempt: &Attempt) -> bool {
        self.retried
            && self.span.precedes(attempt.span)
            && attempt.span.from.saturating_sub(self.span.to) <= QUIET
    }

    fn repeat(&mut self, attempt: &Attempt) {
        self.span.to = attempt.span.to;
        self.attempts += 1;
        self.retried = attempt.retried;
    }
}

fn key(event: &Event<'_>) -> Key {
    let mut hasher = DefaultHasher::new();
    (&*event.client_id, &*event.service, &*event.api).hash(&mut hasher);
    Key(hasher.finish())
}

/// The newest of a key, with their indices; not more than can be looked at for each event.
fn newest<T>(shelf: &Shelf<T>, key: Key) -> impl Iterator<Item = (usize, &T)> {
    let waiting = shelf.of(key).map(|waiting| &waiting.thing).enumerate();
    waiting.rev().take(CANDIDATES)
}

fn position<T>(shelf: &Shelf<T>, key: Key, fits: impl Fn(&T) -> bool) -> Option<usize> {
    if shelf.is_empty() {
        return None;
    }
    newest(shelf, key).find(|(_, waiting)| fits(waiting)).map(|(index, _)| index)
}

fn clamped(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
