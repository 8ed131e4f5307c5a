//! What is known of a request beside action and resource: its condition keys.

use std::collections::{BTreeMap, BTreeSet};

/// The condition keys of a request, as far as they are known. Case does not count in their names.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Context {
    /// Names in lower case. Without values, the request does not have the key; `None`: nothing is known of it, though all is
    /// known of others that begin as it does.
    keys: BTreeMap<String, Option<Vec<String>>>,
    /// In lower case, what names begin with of which all that the request has are among `keys`.
    closed: BTreeSet<String>,
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
        self.keys.insert(key.to_ascii_lowercase(), Some(values));
    }

    /// As [`set`](Context::set), where nothing is known of the key.
    pub fn set_unknown(&mut self, key: &str, values: impl IntoIterator<Item = impl Into<String>>) {
        if self.get(key) == Known::Nothing {
            self.set(key, values);
        }
    }

    /// The request has these tags and no others, as keys that begin so (`aws:ResourceTag/`); what was known of such keys before
    /// is forgotten. Case counts in the values and not in the names, as they are names of condition keys. Of two tags whose names
    /// differ in case alone AWS says that a condition matches one of them, and not which
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html>), so nothing is known of that key.
    pub fn set_all<'t>(
        &mut self,
        beginning: &str,
        tags: impl IntoIterator<Item = (&'t str, &'t str)>,
    ) {
        let beginning = beginning.to_ascii_lowercase();
        self.keys.retain(|key, _| !key.starts_with(&beginning));
        for (name, value) in tags {
            let key = format!("{beginning}{}", name.to_ascii_lowercase());
            let several = self.keys.contains_key(&key);
            self.keys.insert(key, (!several).then(|| vec![value.to_owned()]));
        }
        self.closed.insert(beginning);
    }

    /// Nothing is known of the key.
    pub fn forget(&mut self, key: &str) {
        let key = key.to_ascii_lowercase();
        self.keys.remove(&key);
        if self.is_closed(&key) {
            self.keys.insert(key, None);
        }
    }

    /// What is known of a key.
    pub fn get(&self, key: &str) -> Known<'_> {
        let key = key.to_ascii_lowercase();
        match self.keys.get(&key) {
            Some(None) => Known::Nothing,
            Some(Some(values)) if values.is_empty() => Known::Absent,
            Some(Some(values)) => Known::Values(values),
            None if self.is_closed(&key) => Known::Absent,
            None => Known::Nothing,
        }
    }

    /// The keys that the request has, with their values, as far as they are known; names in lower case.
    pub fn present(&self) -> impl Iterator<Item = (&str, &[String])> {
        let known = self.keys.iter().filter_map(|(key, values)| Some((&**key, values.as_deref()?)));
        known.filter(|(_, values)| !values.is_empty())
    }

    /// Whether the request has no key of this name, in lower case, that is not known.
    fn is_closed(&self, key: &str) -> bool {
        self.complete || self.closed.iter().any(|beginning| key.starts_with(&**beginning))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAGS: &str = "aws:ResourceTag/";

    #[test]
    fn of_all_tags_one_that_is_not_there_is_absent() {
        let mut context = Context::unknown();
        context.set("aws:ResourceTag/team", ["said before"]);
        context.set("aws:RequestTag/env", ["ci"]);
        assert_eq!(context.get("aws:ResourceTag/env"), Known::Nothing);
        context.set_all(TAGS, [("Env", "CI"), ("owner", "")]);
        assert_eq!(context.get("AWS:resourcetag/ENV"), Known::Values(&["CI".to_owned()]));
        assert_eq!(context.get("aws:ResourceTag/owner"), Known::Values(&[String::new()]));
        assert_eq!(context.get("aws:ResourceTag/team"), Known::Absent);
        assert_eq!(context.get("aws:RequestTag/env"), Known::Values(&["ci".to_owned()]));
        assert_eq!(context.get("aws:RequestTag/team"), Known::Nothing);
        assert_eq!(context.get("ec2:ResourceTag/env"), Known::Nothing);
        context.set_all(TAGS, []);
        assert_eq!(context.get("aws:ResourceTag/env"), Known::Absent);
    }

    #[test]
    fn two_tags_that_differ_in_case_alone_say_nothing() {
        let mut context = Context::unknown();
        context.set_all(TAGS, [("env", "a"), ("ENV", "b"), ("Env", "c"), ("team", "x")]);
        assert_eq!(context.get("aws:ResourceTag/env"), Known::Nothing);
        assert_eq!(context.get("aws:ResourceTag/team"), Known::Values(&["x".to_owned()]));
    }

    #[test]
    fn what_is_forgotten_is_not_known_among_what_is() {
        for mut context in [Context::complete(), Context::unknown()] {
            context.set_all(TAGS, [("env", "ci")]);
            context.forget("aws:ResourceTag/Env");
            assert_eq!(context.get("aws:ResourceTag/env"), Known::Nothing);
            assert_eq!(context.get("aws:ResourceTag/other"), Known::Absent);
        }
        let mut context = Context::unknown();
        context.set("aws:username", ["ann"]);
        context.forget("aws:username");
        assert_eq!(context, Context::unknown());
    }
}
