//! Calls that wait to be taken up for the page. Programs make the same call again and again: what is like a call that waits already
//! is counted with it, which takes a fraction of what it takes to copy it and to take it up.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;

use crate::authorize::Requirement;
use crate::call::{Call, Outcome};
use crate::recording::{Entry, Requires, owned, requires};
use crate::report::page::Moment;
use crate::session::may_change_tags;

/// So many calls that are unlike each other wait at most.
const MOST: usize = 16 * 1024;
/// So many moments in which more of them were made take as much memory as a call.
const MOMENTS: usize = 32;
/// So many bytes of texts are as much as most calls have.
const BYTES: usize = 1024;

/// Calls that one thread puts here and another takes up.
pub(super) struct Waiting<T> {
    hasher: RandomState,
    state: Mutex<State<T>>,
    /// There is enough to take, or no more will come.
    enough: Condvar,
    /// Everything was taken.
    taken: Condvar,
}

struct State<T> {
    alike: Vec<Alike>,
    /// Moments beside the first that the calls have.
    moments: usize,
    /// The bytes of their texts, roughly: what somebody else chose may be long.
    bytes: usize,
    /// Where the last call of a kind is, by a hash of what tells most calls apart. No call after one that changes what holds others is
    /// counted with one before it.
    by_hash: HashMap<u64, usize>,
    /// Whether anything was made, so that its tags may hold what calls need.
    has_made: bool,
    end: Option<T>,
    /// Nobody takes anything any more.
    abandoned: bool,
}

/// Calls that are alike.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Alike {
    pub(super) entry: Entry,
    /// When they were made.
    pub(super) first: Moment,
    pub(super) later: Vec<Moment>,
}

/// What was taken.
pub(super) struct Taken<T> {
    pub(super) alike: Vec<Alike>,
    /// With the last ones: what was said at the end.
    pub(super) end: Option<T>,
}

impl<T> State<T> {
    /// How much waits.
    fn waiting(&self) -> usize {
        self.alike.len().max(self.moments / MOMENTS).max(self.bytes / BYTES)
    }

    fn is_full(&self) -> bool {
        self.waiting() >= MOST
    }
}

impl<T> Waiting<T> {
    /// Nothing waits.
    pub(super) fn new() -> Waiting<T> {
        let state = State {
            alike: Vec::new(),
            moments: 0,
            bytes: 0,
            by_hash: HashMap::new(),
            has_made: false,
            end: None,
            abandoned: false,
        };
        Waiting {
            hasher: RandomState::new(),
            state: Mutex::new(state),
            enough: Condvar::new(),
            taken: Condvar::new(),
        }
    }

    /// A call has ended. Where too many wait, this waits until they are taken.
    pub(super) fn put(&self, call: &Call, requirements: &[Requirement]) {
        let hash = self.hash(call, requirements);
        let mut state = self.lock();
        // Whoever waits for room does not keep the others from taking.
        while state.is_full() && !state.abandoned {
            state = self.taken.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.abandoned {
            return;
        }
        if let Some(index) = state.by_hash.get(&hash).copied()
            && let Some(Alike { entry, first, later }) = state.alike.get_mut(index)
            && is_alike(&entry.call, call)
            && needs_the_same(&entry.requires, requirements)
        {
            entry.times += 1;
            entry.last = entry.last.max(call.time);
            entry.call.time = entry.call.time.min(call.time);
            if !later.last_mut().unwrap_or(first).take(call.time) {
                later.push(Moment::of(call.time));
                state.moments += 1;
                self.tell(&state);
            }
            return;
        }
        let makes = !call.evidence.made.is_empty();
        state.has_made |= makes;
        if makes || state.has_made && may_change_tags(requirements) {
            state.by_hash.clear();
        } else {
            let index = state.alike.len();
            state.by_hash.insert(hash, index);
        }
        let entry = Entry {
            call: call.clone(),
            requires: requirements.iter().map(|it| owned(&requires(it))).collect(),
            times: 1,
            last: call.time,
        };
        state.bytes += bytes(&entry);
        state.alike.push(Alike { entry, first: Moment::of(call.time), later: Vec::new() });
        self.tell(&state);
    }

    /// Whether there is enough to take up, so that somebody should.
    fn tell(&self, state: &State<T>) {
        if state.waiting() >= MOST / 2 {
            self.enough.notify_one();
        }
    }

    /// No more will come.
    pub(super) fn end(&self, end: T) {
        self.lock().end = Some(end);
        self.enough.notify_one();
    }

    /// Takes everything that waits: when this time is over, where it `is_wanted` then; else when it is much, or the last.
    pub(super) fn take(&self, after: Duration, is_wanted: impl FnOnce() -> bool) -> Taken<T> {
        let is_little = |state: &mut State<T>| state.end.is_none() && state.waiting() < MOST / 2;
        let waited = self.enough.wait_timeout_while(self.lock(), after, is_little);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if is_little(&mut state) && !is_wanted() {
            return Taken { alike: Vec::new(), end: None };
        }
        state.by_hash.clear();
        (state.moments, state.bytes) = (0, 0);
        let alike = std::mem::take(&mut state.alike);
        let end = state.end.take();
        drop(state);
        self.taken.notify_one();
        Taken { alike, end }
    }

    /// Nothing is taken any more, and nobody waits for it.
    pub(super) fn abandon(&self) {
        self.lock().abandoned = true;
        self.taken.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hash(&self, call: &Call, requirements: &[Requirement]) -> u64 {
        let names = requirements.first().map(|it| (&it.action, &it.resources));
        self.hasher.hash_one((&call.operation, call.outcome.status, &call.principal, names))
    }
}

/// How much text a call has, roughly.
fn bytes(Entry { call, requires, .. }: &Entry) -> usize {
    let outcome = &call.outcome;
    let texts = [&call.host, &call.path, &call.user_agent, &outcome.error, &outcome.message];
    let texts = texts.into_iter().flatten().map(String::len);
    let resources = requires.iter().flat_map(|it| it.resources.iter()).map(String::len);
    let parameters = call.parameters.iter().map(|(name, value)| name.len() + of_value(value));
    texts.chain(resources).chain(parameters).sum()
}

/// Recognition takes no value that is deep.
fn of_value(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(all) => all.iter().map(of_value).sum(),
        Value::Object(all) => all.iter().map(|(name, value)| name.len() + of_value(value)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 8,
    }
}

/// Whether two calls differ in nothing but when they were made, and the name that AWS gave to each.
fn is_alike(one: &Call, other: &Call) -> bool {
    let Call {
        source,
        time: _,
        service,
        operation,
        recognized,
        region,
        partition,
        account,
        principal,
        outcome: Outcome { status, error, message, request_id: _ },
        attempts,
        host,
        method,
        path,
        user_agent,
        parameters,
        evidence,
    } = one;
    *status == other.outcome.status
        && *operation == other.operation
        && *service == other.service
        && *principal == other.principal
        && *parameters == other.parameters
        && *user_agent == other.user_agent
        && *host == other.host
        && *region == other.region
        && *partition == other.partition
        && *account == other.account
        && *error == other.outcome.error
        && *message == other.outcome.message
        && *attempts == other.attempts
        && *recognized == other.recognized
        && *source == other.source
        && *method == other.method
        && *path == other.path
        && *evidence == other.evidence
}

fn needs_the_same(recorded: &[Requires<'_>], requirements: &[Requirement]) -> bool {
    recorded.len() == requirements.len()
        && recorded.iter().zip(requirements).all(|(one, other)| {
            let Requires { action, resources, conditions, reason } = one;
            *action == other.action
                && *resources == other.resources
                && **conditions == other.conditions
                && *reason == other.reason.as_str()
        })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use serde_json::json;

    use crate::authorize::{Authorizer, Settings};
    use crate::call::{Evidence, Made, Source, Timestamp};

    use super::*;

    fn call(key: &str, time: u64) -> Call {
        Call {
            source: Source::Proxy,
            time: Timestamp(time),
            service: "s3".into(),
            operation: Some("GetObject".into()),
            recognized: true,
            region: Some("eu-west-1".into()),
            partition: "aws".into(),
            account: None,
            principal: None,
            outcome: Outcome {
                status: Some(200),
                request_id: Some(time.to_string()),
                ..Outcome::default()
            },
            attempts: 1,
            host: None,
            method: None,
            path: None,
            user_agent: None,
            parameters: json!({"Bucket": "data", "Key": key}).as_object().unwrap().clone(),
            evidence: Evidence::default(),
        }
    }

    fn put(waiting: &Waiting<()>, call: &Call) {
        let decision = Authorizer::new(Settings::default()).decide(call);
        waiting.put(call, &decision.requirements);
    }

    fn seen(taken: &Taken<()>) -> Vec<(String, u64, u64, u64)> {
        let seen = taken.alike.iter().map(|it| {
            let Entry { call, times, last, .. } = &it.entry;
            let key = call.parameters["Key"].as_str().unwrap().to_owned();
            (key, *times, call.time.0, last.0)
        });
        seen.collect()
    }

    #[test]
    fn calls_that_are_alike_are_counted_and_no_others() {
        let waiting = Waiting::new();
        for (key, time) in [("a", 5), ("b", 6), ("a", 9), ("a", 7), ("b", 8)] {
            put(&waiting, &call(key, time));
        }
        let mut failed = call("a", 10);
        failed.outcome.status = Some(404);
        put(&waiting, &failed);
        let mut by_another = call("a", 11);
        by_another.principal = Some("AKIAIOSFODNN7EXAMPLE".to_owned());
        put(&waiting, &by_another);
        let mut told_otherwise = call("a", 12);
        told_otherwise.evidence.more_pages = true;
        put(&waiting, &told_otherwise);
        let expected =
            [("a", 3, 5, 9), ("b", 2, 6, 8), ("a", 1, 10, 10), ("a", 1, 11, 11), ("a", 1, 12, 12)];
        let expected =
            expected.map(|(key, times, first, last)| (key.to_owned(), times, first, last));
        assert_eq!(seen(&waiting.take(Duration::ZERO, || true)), expected);
        assert!(waiting.take(Duration::ZERO, || true).alike.is_empty());
    }

    #[test]
    fn what_nobody_wants_waits_and_is_counted_until_somebody_does_or_it_is_much_or_the_last() {
        let waiting = Waiting::new();
        put(&waiting, &call("a", 5));
        assert!(waiting.take(Duration::ZERO, || false).alike.is_empty());
        put(&waiting, &call("a", 6));
        assert_eq!(seen(&waiting.take(Duration::ZERO, || true)), [("a".to_owned(), 2, 5, 6)]);
        for number in 0..MOST / 2 {
            assert!(waiting.take(Duration::ZERO, || false).alike.is_empty());
            put(&waiting, &call(&number.to_string(), 7));
        }
        let taken = waiting.take(Duration::from_secs(60), || false);
        assert_eq!((taken.alike.len(), taken.end), (MOST / 2, None));
        put(&waiting, &call("a", 8));
        waiting.end(());
        let taken = waiting.take(Duration::from_secs(60), || false);
        assert_eq!((taken.alike.len(), taken.end), (1, Some(())));
    }

    #[test]
    fn it_is_known_to_the_second_when_calls_were_made_that_are_counted() {
        let waiting = Waiting::new();
        for time in [5_000, 5_400, 5_900, 9_000, 9_100, 7_000, 5_000] {
            put(&waiting, &call("a", time));
        }
        let taken = waiting.take(Duration::ZERO, || true);
        assert_eq!(seen(&taken), [("a".to_owned(), 7, 5_000, 9_100)]);
        let Alike { first, later, .. } = &taken.alike[0];
        let moments = std::iter::once(first).chain(later);
        let moments: Vec<_> = moments.map(|it| (it.first.0, it.last.0, it.times)).collect();
        let expected = [(5_000, 5_900, 3), (9_000, 9_100, 2), (7_000, 7_000, 1), (5_000, 5_000, 1)];
        assert_eq!(moments, expected);
    }

    #[test]
    fn long_texts_take_room_too() {
        let waiting = Waiting::<()>::new();
        let decision = Authorizer::new(Settings::default()).decide(&call("a", 0));
        let mut call = call("a", 0);
        for number in 0..MOST / 2 * BYTES / 60_000 {
            assert!(waiting.take(Duration::ZERO, || false).alike.is_empty());
            call.path = Some(format!("/{number}/{}", "x".repeat(60_000)));
            waiting.put(&call, &decision.requirements);
        }
        call.parameters.insert("Body".to_owned(), json!([{"a": "x".repeat(60_000)}]));
        waiting.put(&call, &decision.requirements);
        assert!(waiting.take(Duration::from_secs(60), || false).alike.len() > 130);
    }

    #[test]
    fn moments_take_room_too() {
        let waiting = Waiting::<()>::new();
        let decision = Authorizer::new(Settings::default()).decide(&call("a", 0));
        for number in 0..(MOST / 2 * MOMENTS) as u64 {
            assert!(waiting.take(Duration::ZERO, || false).alike.is_empty());
            waiting.put(&call("a", number * 2_000), &decision.requirements);
        }
        waiting.put(&call("a", 1), &decision.requirements);
        let taken = waiting.take(Duration::from_secs(60), || false);
        assert_eq!((taken.alike.len(), taken.end), (1, None));
        assert_eq!(taken.alike[0].entry.times, (MOST / 2 * MOMENTS) as u64 + 1);
    }

    #[test]
    fn nothing_is_counted_across_what_changes_what_holds_it() {
        let waiting = Waiting::new();
        let mut tagging = call("c", 0);
        tagging.operation = Some("PutObjectTagging".into());
        // As long as nothing was made, tags hold nothing.
        for call in [&tagging, &call("a", 0), &tagging, &call("a", 1)] {
            put(&waiting, call);
        }
        let mut making = call("b", 2);
        making.evidence.made.push(Made {
            resource_type: "ec2:vpc".into(),
            id: "vpc-c79ac9ce9a503a976".to_owned(),
            parent: None,
            by_this_call: true,
        });
        put(&waiting, &making);
        put(&waiting, &making);
        put(&waiting, &call("a", 3));
        put(&waiting, &call("a", 4));
        put(&waiting, &tagging);
        put(&waiting, &call("a", 5));
        let taken = seen(&waiting.take(Duration::ZERO, || true));
        let times: Vec<_> = taken.iter().map(|it| (&*it.0, it.1)).collect();
        let expected = [("c", 2), ("a", 2), ("b", 1), ("b", 1), ("a", 2), ("c", 1), ("a", 1)];
        assert_eq!(times, expected);
    }

    #[test]
    fn whoever_puts_too_much_waits_until_it_is_taken_and_nothing_is_lost() {
        const CALLS: usize = MOST * 2 + 17;
        let waiting = Arc::new(Waiting::new());
        let decision = Authorizer::new(Settings::default()).decide(&call("a", 0));
        let putting = thread::spawn({
            let waiting = Arc::clone(&waiting);
            move || {
                let mut call = call("a", 0);
                for number in 0..CALLS {
                    call.host = Some(format!("{number}.example"));
                    call.attempts = u32::try_from(number).unwrap();
                    waiting.put(&call, &decision.requirements);
                }
                waiting.end(());
            }
        });
        let mut attempts = Vec::new();
        loop {
            let taken = waiting.take(Duration::from_secs(60), || false);
            assert!(taken.alike.len() <= MOST);
            attempts.extend(taken.alike.iter().map(|it| it.entry.call.attempts as usize));
            if taken.end.is_some() {
                break;
            }
        }
        putting.join().unwrap();
        assert_eq!(attempts, (0..CALLS).collect::<Vec<_>>());
    }

    #[test]
    fn nobody_waits_for_what_is_abandoned() {
        let waiting = Waiting::<()>::new();
        let decision = Authorizer::new(Settings::default()).decide(&call("a", 0));
        waiting.abandon();
        let mut call = call("a", 0);
        for number in 0..MOST as u32 * 2 {
            call.attempts = number;
            waiting.put(&call, &decision.requirements);
        }
        assert!(waiting.take(Duration::ZERO, || true).alike.is_empty());
    }
}
