//! What tells records apart: a digest of all that decides which call one is.

use std::borrow::Cow;
use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::called::{Alone, alone};
use super::record::Record;
use super::seen::{evidence_of_answer, message};
use super::unwanted::is_unwanted;
use crate::catalog::Operation;

impl Record<'_> {
    /// 128 bits of all that decides what [`seen`](Record::seen) gives but the time, the ids, the user agent and the address: records
    /// with equal digests are equal calls.
    pub fn digest(&self, hasher: &RandomState) -> u128 {
        let (mut one, mut other) = (hasher.build_hasher(), hasher.build_hasher());
        other.write_u8(1);
        self.hash(&mut Both(&mut one, &mut other));
        u128::from(one.finish()) << 64 | u128::from(other.finish())
    }

    fn hash(&self, state: &mut impl Hasher) {
        let identity = self.identity();
        match self.caller(&identity) {
            Ok(caller) => {
                self.authorization(&caller).as_str().hash(state);
                (caller.key, caller.arn, caller.account, &*identity.kind).hash(state);
            }
            // All that are passed over for one reason are one.
            Err(why) => return why.hash(state),
        }
        (&*self.source, &*self.name, self.region(), self.error.as_deref()).hash(state);
        if self.error.is_some() {
            message(self).hash(state);
        }
        identity.partition().hash(state);
        if let Some(by) = &identity.invoked_by {
            // In whose session it was is found by these.
            (by, &identity.arn, &identity.access_key).hash(state);
        }
        self.account().hash(state);
        self.is_over_tls().hash(state);
        let version = self.api_version();
        let parameters = self.parameters();
        version.hash(state);
        if let Some(text) = &parameters {
            match alone(&self.source, &self.name) {
                Alone::One(operation) => hash_members(operation, text, state),
                Alone::Several => text.hash(state),
                // Nothing is kept of it.
                Alone::None => {}
            }
        }
        self.resources().hash(state);
        evidence_of_answer(self).hash(state);
    }
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
            while let Some(Key(key)) = map.next_key::<Key<'de>>()? {
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

/// A name, borrowed where nothing in it is escaped.
#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

/// Two hashers, which are fed the same.
struct Both<'a, H>(&'a mut H, &'a mut H);

impl<H: Hasher> Hasher for Both<'_, H> {
    fn finish(&self) -> u64 {
        self.0.finish()
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
        self.1.write(bytes);
    }
}
