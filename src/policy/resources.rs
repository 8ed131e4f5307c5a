//! The resources of one action under one set of conditions, without those that others cover.

use std::collections::BTreeMap;
use std::ops::Bound;

use indexmap::IndexSet;

use crate::policy::pattern::{self, EVERYTHING, Pattern};

/// Every resource text that the builder keeps, once; its place in here is its id.
#[derive(Debug, Clone, Default)]
pub(super) struct Pool {
    texts: IndexSet<Box<str>>,
}

/// A resource's place in the [`Pool`].
pub(super) type ResourceId = usize;

impl Pool {
    pub(super) fn text(&self, id: ResourceId) -> &str {
        &self.texts[id]
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    pub(super) fn find(&self, text: &str) -> Option<ResourceId> {
        self.texts.get_index_of(text)
    }

    fn keep(&mut self, text: &str) -> ResourceId {
        match self.find(text) {
            Some(id) => id,
            None => self.texts.insert_full(text.into()).0,
        }
    }
}

/// A set of resources in order of first sight, none of which covers another.
///
/// A resource that is there already costs two hash lookups. A new one is compared with those
/// wildcard patterns alone whose stem it begins with; only a new wildcard pattern looks at the
/// resources that have none, and there are few such patterns where there are many resources.
#[derive(Debug, Clone, Default)]
pub(super) struct ResourceSet {
    members: IndexSet<ResourceId>,
    /// The members that stand for more than one ARN, by stem. `*` is not among them.
    wildcards: BTreeMap<Box<[u8]>, Vec<Pattern>>,
    wildcard_count: usize,
    everything: bool,
}

impl ResourceSet {
    /// Adds a resource; `false` when it is there or covered, and nothing changed.
    pub(super) fn insert(&mut self, text: &str, pool: &mut Pool) -> bool {
        if self.everything || self.holds(text, pool) {
            return false;
        }
        if text == EVERYTHING {
            *self = ResourceSet { everything: true, ..ResourceSet::default() };
            self.members.insert(pool.keep(text));
            return true;
        }
        let pattern = self.pattern_of(text);
        if pattern.as_ref().is_some_and(|pattern| self.covered(text, pattern)) {
            return false;
        }
        let id = pool.keep(text);
        if let Some(pattern) = pattern.filter(Pattern::is_wildcard) {
            self.drop_covered(text, &pattern, pool);
            self.wildcards.entry(pattern::stem(text).into()).or_default().push(pattern);
            self.wildcard_count += 1;
        }
        self.members.insert(id);
        true
    }

    /// Whether this resource is there itself, not merely covered.
    pub(super) fn holds(&self, text: &str, pool: &Pool) -> bool {
        pool.find(text).is_some_and(|id| self.has(id))
    }

    /// Whether the resource with this id is there itself.
    pub(super) fn has(&self, id: ResourceId) -> bool {
        self.members.contains(&id)
    }

    /// Whether it allows this resource.
    pub(super) fn covers(&self, text: &str, pattern: &Pattern) -> bool {
        self.everything || (self.wildcard_count > 0 && self.covered(text, pattern))
    }

    /// In order of first sight.
    pub(super) fn ids(&self) -> impl Iterator<Item = ResourceId> {
        self.members.iter().copied()
    }

    /// The pattern, if there is anything that it could cover or be covered by: among plain ARNs
    /// alone there is not.
    fn pattern_of(&self, text: &str) -> Option<Pattern> {
        let special = text.contains(['*', '?']);
        if special || self.wildcard_count > 0 { Pattern::parse(text) } else { None }
    }

    /// Whether a wildcard pattern here covers this one.
    ///
    /// A stem that `stem` begins with sorts at or before it, and so does all that lies between, so
    /// each step looks at the nearest one before and goes on with what the two have in common.
    fn covered(&self, text: &str, pattern: &Pattern) -> bool {
        let mut stem = pattern::stem(text);
        loop {
            let up_to = (Bound::Unbounded, Bound::Included(stem));
            let Some((nearest, wildcards)) = self.wildcards.range::<[u8], _>(up_to).next_back()
            else {
                return false;
            };
            let common = stem.iter().zip(nearest).take_while(|(a, b)| a == b).count();
            if common < nearest.len() {
                stem = &stem[..common];
            } else if wildcards.iter().any(|wildcard| wildcard.covers(pattern)) {
                return true;
            } else if common == 0 {
                return false;
            } else {
                stem = &stem[..common - 1];
            }
        }
    }

    /// Removes what the new pattern covers.
    fn drop_covered(&mut self, text: &str, pattern: &Pattern, pool: &Pool) {
        let (stem, tail) = (pattern::stem(text), pattern::tail(text));
        let before = self.wildcard_count;
        let from = (Bound::Included(stem), Bound::Unbounded);
        for (key, wildcards) in self.wildcards.range_mut::<[u8], _>(from) {
            if !key.starts_with(stem) {
                break;
            }
            let count = wildcards.len();
            wildcards.retain(|wildcard| !pattern.covers(wildcard));
            self.wildcard_count -= count - wildcards.len();
        }
        let dropped = before - self.wildcard_count;
        if dropped > 0 {
            self.wildcards.retain(|_, wildcards| !wildcards.is_empty());
        }
        if dropped > 0 || self.members.len() > before {
            self.members.retain(|&id| {
                let text = pool.text(id);
                let covered = text.as_bytes().starts_with(stem)
                    && text.as_bytes().ends_with(tail)
                    && Pattern::parse(text).is_some_and(|narrow| pattern.covers(&narrow));
                !covered
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(texts: &[&str]) -> Vec<String> {
        let (mut set, mut pool) = (ResourceSet::default(), Pool::default());
        for text in texts {
            set.insert(text, &mut pool);
        }
        assert_eq!(
            set.wildcard_count,
            set.wildcards.values().map(Vec::len).sum::<usize>(),
            "the count is that of the index"
        );
        let is_wildcard = |text| Pattern::parse(text).is_some_and(|pattern| pattern.is_wildcard());
        assert_eq!(
            set.wildcard_count,
            set.ids().filter(|&id| is_wildcard(pool.text(id))).count(),
            "the index holds the members that are wildcards"
        );
        set.ids().map(|id| pool.text(id).to_owned()).collect()
    }

    #[test]
    fn a_covered_resource_is_not_added() {
        assert_eq!(
            set(&[
                "arn:aws:s3:::b/*",
                "arn:aws:s3:::b/k",
                "arn:aws:s3:::c/k",
                "arn:aws:s3:::b/x/*"
            ]),
            ["arn:aws:s3:::b/*", "arn:aws:s3:::c/k"]
        );
    }

    #[test]
    fn a_wider_pattern_removes_the_narrower_ones() {
        assert_eq!(
            set(&[
                "arn:aws:s3:::b/k",
                "arn:aws:s3:::c/k",
                "arn:aws:s3:::b/x/*",
                "arn:aws:s3:::b/*"
            ]),
            ["arn:aws:s3:::c/k", "arn:aws:s3:::b/*"]
        );
    }

    #[test]
    fn everything_stands_alone() {
        assert_eq!(set(&["arn:aws:s3:::b/*", "arn:aws:s3:::k", "*", "arn:aws:s3:::l"]), ["*"]);
    }

    #[test]
    fn the_right_one_of_several_stems_is_found() {
        // Stems that sort between the covering one and the new one, one being the other's beginning.
        assert_eq!(
            set(&[
                "arn:aws:s3:::a*",
                "arn:aws:s3:::ab/?",
                "arn:aws:s3:::abc/d?",
                "arn:aws:s3:::abd/?",
                "arn:aws:s3:::abc/e",
                "arn:aws:s3:::b",
            ]),
            ["arn:aws:s3:::a*", "arn:aws:s3:::b"]
        );
        assert_eq!(
            set(&["arn:aws:s3:::?/x", "arn:aws:s3:::aa*", "arn:aws:s3:::ab?", "arn:aws:s3:::a/x"]),
            ["arn:aws:s3:::?/x", "arn:aws:s3:::aa*", "arn:aws:s3:::ab?"]
        );
    }

    #[test]
    fn what_is_not_understood_is_kept() {
        let odd = ["arn:aws:s3:::${aws:username}/*", "arn:aws:s3:::u/k", "arn:aws:sqs:*", "x"];
        assert_eq!(set(&odd), odd);
    }
}
