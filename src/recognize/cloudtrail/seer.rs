//! Records, one after the other: what is the same in many of them is worked out once.

use std::collections::HashMap;

use super::digest::Digests;
use super::record::Record;
use super::seen::{Seen, Who, is_of_access, kept};
use crate::catalog::Catalog;

/// What is remembered of each kind; past that it is forgotten together.
const MOST: usize = 1 << 9;
/// The longest text by which something is remembered, in bytes.
const LONGEST: usize = 2 << 10;

/// Finds out what records are; remembers who called and what sentences of errors are kept.
pub struct Seer {
    catalog: Catalog,
    digests: Digests,
    /// By the text of `userIdentity`.
    callers: Remembered<Who>,
    /// By the sentences as they stand.
    sentences: Remembered<Option<String>>,
}

/// By the hash of a text, the text and what came of it.
type Remembered<T> = HashMap<u64, (Box<str>, T)>;

impl Seer {
    /// Nothing is remembered yet.
    pub fn new(catalog: Catalog) -> Seer {
        let (callers, sentences) = (HashMap::new(), HashMap::new());
        Seer { catalog, digests: Digests::default(), callers, sentences }
    }

    /// What a record is.
    pub fn see(&mut self, record: &Record<'_>) -> Seen {
        if let Some(why) = record.passed_over() {
            return Seen::PassedOver(why);
        }
        let message = self.message(record);
        let catalog = self.catalog;
        let identity = record.identity_text().unwrap_or_default();
        let who = remembered(&mut self.callers, &self.digests, identity, || {
            Who::of(&record.identity(), catalog)
        });
        match record.call(catalog, &who, message) {
            Ok(seen) => Seen::Call(Box::new(seen)),
            Err(why) => Seen::PassedOver(why),
        }
    }

    /// The sentence of an error, where it tells of permissions.
    fn message(&mut self, record: &Record<'_>) -> Option<String> {
        let code = record.error.as_deref()?;
        let text = record.error_message()?;
        let sentence = || remembered(&mut self.sentences, &self.digests, &text, || kept(&text));
        is_of_access(code, &text).then(sentence).flatten()
    }
}

impl Record<'_> {
    /// What the record is. Of many, a [`Seer`] tells it faster.
    pub fn seen(&self, catalog: Catalog) -> Seen {
        Seer::new(catalog).see(self)
    }
}

fn remembered<T: Clone>(
    known: &mut Remembered<T>,
    digests: &Digests,
    text: &str,
    work_out: impl FnOnce() -> T,
) -> T {
    if text.len() > LONGEST {
        return work_out();
    }
    let hash = digests.short(text);
    if let Some((same, value)) = known.get(&hash)
        && **same == *text
    {
        return value.clone();
    }
    let value = work_out();
    if known.len() >= MOST {
        known.clear();
    }
    known.insert(hash, (text.into(), value.clone()));
    value
}
