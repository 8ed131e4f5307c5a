//! What tells records apart: a digest of all that decides which call one is.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};

use highway::{HighwayHash, HighwayHasher, Key};
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::called::{Alone, alone};
use super::passed_over::PassedOver;
use super::raw::Name;
use super::record::Record;
use super::seen::{evidence_of_answer, message};
use super::unwanted::is_unwanted;
use crate::call::Authorization;
use crate::catalog::Operation;

/// Callers that are remembered.
const MOST_CALLERS: usize = 1 << 11;
/// The longest text of one, in bytes; most have some hundreds.
const LONGEST_CALLER: usize = 2 << 10;
/// Errors that are remembered.
const MOST_ERRORS: usize = 1 << 12;
/// Names of events that are remembered.
const MOST_EVENTS: usize = 1 << 12;

/// What digests are made with: by chance, so that nobody can foresee which are equal.
#[derive(Clone)]
pub struct Digests(Key);

impl Default for Digests {
    fn default() -> Digests {
        let chance = RandomState::new();
        Digests(Key([0, 1, 2, 3].map(|number| chance.hash_one(number))))
    }
}

impl Digests {
    /// 128 bits of a text. (`HighwayHash` is keyed, as `SipHash` is, and faster for texts as long as these: arxiv.org/abs/1612.06257.)
    pub(super) fn of(&self, text: &[u8]) -> u128 {
        let [first, second] = HighwayHasher::new(self.0).hash128(text);
        u128::from(first) << 64 | u128::from(second)
    }

    /// 64 bits of one.
    pub(super) fn short(&self, text: &str) -> u64 {
        HighwayHasher::new(self.0).hash64(text.as_bytes())
    }
}

/// Makes digests; remembers what is the same in many records.
pub struct Digester {
    digests: Digests,
    /// By the hash of the text of `userIdentity`, with the text.
    callers: HashMap<u64, (Box<str>, Caller)>,
    /// By source and name.
    events: HashMap<u128, Alone>,
    /// What decides of errors, by their codes and sentences.
    errors: HashMap<u128, u128>,
}

/// A digest of what decides which caller it is; or why what it calls is passed over.
type Caller = Result<u128, PassedOver>;

/// A record's digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digested {
    /// 128 bits of all that decides what [`seen`](Record::seen) gives but the time, the ids, the user agent and the address: records
    /// with equal digests are equal calls.
    pub digest: u128,
    /// Whether nobody called before whose `userIdentity` is the same, as far as it is remembered.
    pub is_new_caller: bool,
}

impl Record<'_> {
    /// As [`Digester::digest`], of one record.
    pub fn digest(&self, digests: &Digests) -> u128 {
        Digester::new(digests.clone()).digest(self).digest
    }
}

impl Digester {
    /// Digests of the same record are equal where they are made with the same.
    pub fn new(digests: Digests) -> Digester {
        let (callers, events, errors) = (HashMap::new(), HashMap::new(), HashMap::new());
        Digester { digests, callers, events, errors }
    }

    /// The digest of a record.
    pub fn digest(&mut self, record: &Record<'_>) -> Digested {
        let Some(why) = record.passed_over() else { return self.digest_call(record) };
        let digest = self.of_passed_over(why);
        let text = record.identity_text().unwrap_or_default();
        let is_new_caller = self.known_caller(self.digests.short(text), text).is_none();
        Digested { digest, is_new_caller }
    }

    fn digest_call(&mut self, record: &Record<'_>) -> Digested {
        let text = record.identity_text().unwrap_or_default();
        let hash = self.digests.short(text);
        let known = self.known_caller(hash, text);
        let caller = known.unwrap_or_else(|| self.caller(record));
        let is_new_caller = known.is_none();
        if is_new_caller && text.len() <= LONGEST_CALLER {
            if self.callers.len() >= MOST_CALLERS {
                self.callers.clear();
            }
            self.callers.insert(hash, (text.into(), caller));
        }
        let caller = match caller {
            Ok(caller) => caller,
            Err(why) => return Digested { digest: self.of_passed_over(why), is_new_caller },
        };
        let alone = self.alone(record);
        let error = self.error(record);
        let digest = of_128_bits(&self.digests, |state| {
            (caller, error).hash(state);
            hash_call(record, alone, state);
        });
        Digested { digest, is_new_caller }
    }

    fn known_caller(&self, hash: u64, text: &str) -> Option<Caller> {
        let (known, digest) = self.callers.get(&hash)?;
        (**known == *text).then_some(*digest)
    }

    /// All that are passed over for one reason are one.
    fn of_passed_over(&self, why: PassedOver) -> u128 {
        of_128_bits(&self.digests, |state| why.hash(state))
    }

    fn caller(&self, record: &Record<'_>) -> Caller {
        let identity = record.identity();
        let caller = identity.caller()?;
        Ok(of_128_bits(&self.digests, |state| {
            (caller.key, caller.arn, caller.account, &*identity.kind).hash(state);
            caller.authorization.as_str().hash(state);
            identity.partition().hash(state);
            if let Some(by) = &identity.invoked_by {
                // In whose session it was is found by these.
                (by, &identity.arn, &identity.access_key).hash(state);
            }
        }))
    }

    /// What decides of how the call ended.
    fn error(&mut self, record: &Record<'_>) -> Option<u128> {
        let code = record.error.as_deref()?;
        let text = record.error_message();
        let text = of_128_bits(&self.digests, |state| (code, &text).hash(state));
        if let Some(known) = self.errors.get(&text) {
            return Some(*known);
        }
        let error = of_128_bits(&self.digests, |state| (code, message(record)).hash(state));
        if self.errors.len() >= MOST_ERRORS {
            self.errors.clear();
        }
        self.errors.insert(text, error);
        Some(error)
    }

    /// What a record's source and name tell by themselves.
    fn alone(&mut self, record: &Record<'_>) -> Alone {
        let event =
            of_128_bits(&self.digests, |state| (&*record.source, &*record.name).hash(state));
        if let Some(known) = self.events.get(&event) {
            return *known;
        }
        let alone = alone(&record.source, &record.name);
        if self.events.len() >= MOST_EVENTS {
            self.events.clear();
        }
        self.events.insert(event, alone);
        alone
    }
}

fn of_128_bits(digests: &Digests, hash: impl FnOnce(&mut Gathered)) -> u128 {
    let mut gathered = Gathered(Vec::with_capacity(1 << 10));
    hash(&mut gathered);
    digests.of(&gathered.0)
}

/// All that decides which call a record is, beside who called and the error. `alone`: what its source and name tell by themselves.
fn hash_call(record: &Record<'_>, alone: Alone, state: &mut impl Hasher) {
    record.told_authorization().map(Authorization::as_str).hash(state);
    (&*record.source, &*record.name, record.region()).hash(state);
    record.account().hash(state);
    record.is_over_tls().hash(state);
    record.api_version().hash(state);
    if let Some(text) = &record.parameters() {
        match alone {
            Alone::One(operation) => hash_members(operation, text, state),
            Alone::Several => text.hash(state),
            // Nothing is kept of it.
            Alone::None => {}
        }
    }
    record.resources().hash(state);
    evidence_of_answer(record).hash(state);
}

/// The members of a request without those that decide nothing.
fn hash_members(operation: Operation, text: &str, state: &mut impl Hasher) {
    struct Members<'s, S>(Operation, &'s mut S);
    impl<'de, S: Hasher> Visitor<'de> for Members<'_, S> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
            while let Some(Name(key)) = map.next_key::<Name<'de>>()? {
                let value = map.next_value::<&'de RawValue>()?;
                if !is_unwanted(self.0, &key) {
                    (&*key, value.get()).hash(self.1);
                }
            }
            Ok(())
        }
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    if reader.deserialize_map(Members(operation, state)).is_err() {
        text.hash(state);
    }
}

/// What is to be hashed, to be hashed in one go.
struct Gathered(Vec<u8>);

impl Hasher for Gathered {
    fn finish(&self) -> u64 {
        0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }
}
