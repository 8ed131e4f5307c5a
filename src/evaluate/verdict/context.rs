//! What is known of a request beside action and resource: its condition keys.

use std::collections::BTreeMap;

/// The condition keys of a request, as far as they are known. Case does not count in their names.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Context {
    /// Names in lower case; without values, the request does not have the key.
    keys: BTreeMap<String, Vec<String>>,
    complete: bool,
}

/// What is known of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known<'a> {
    /// The request has it with these values; never empty.
    Values(&'a [String]),
    /// The request does not have it.
    Absent,
    /// Nothing.
    Nothing,
}

impl Context {
    /// One of which nothing is known: every key may or may not be in the request.
    pub fn unknown() -> Context {
        Context::default()
    }

    /// One of which everything is known: a key that is not [`set`](Context::set) is not in the
    /// request.
    pub fn complete() -> Context {
        Context { complete: true, ..Context::default() }
    }

    /// The request has the key with these values; without any, it does not have it.
    pub fn set(&mut self, key: &str, values: impl IntoIterator<Item = impl Into<String>>) {
        let values = values.into_iter().map(Into::into).collect();
        self.keys.insert(key.to_ascii_lowercase(), values);
    }

    /// Nothing is known of the key.
    pub fn forget(&mut self, key: &str) {
        self.keys.remove(&key.to_ascii_lowercase());
    }

    /// What is known of a key.
    pub fn get(&self, key: &str) -> Known<'_> {
        match self.keys.get(&key.to_ascii_lowercase()) {
            Some(values) if values.is_empty() => Known::Absent,
            Some(values) => Known::Values(values),
            None if self.complete => Known::Absent,
            None => Known::Nothing,
        }
    }
}
