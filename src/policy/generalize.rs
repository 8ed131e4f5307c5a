//! Fewer, wider resources in the place of many: when a list would pass a limit, or when asked.
//!
//! The resources of one grant that have the same type and are in the same place (partition, region,
//! account; of S3 objects, the bucket) are a family. While a family has no more than the limit it stays
//! as it is. With one more it is *grouped*: its resources are cut to their first levels (`2026/07/` of
//! `2026/07/a.json`), as many as give no more groups than a quarter of the limit, and each group
//! becomes what its resources have in common up to a delimiter, with `*`. A resource that is alone in its
//! group stays as it is. When nothing is in common, that is the type in this place.
//!
//! How many levels that are depends on the set of the resources alone, not on their order: more resources make
//! no fewer groups at the same number of levels, so it only ever shrinks. Nothing else of a grouped
//! resource is kept, so a million keys of a bucket take no more room than a few.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroUsize;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::policy::distinct::{Count, Distinct};
use crate::policy::pattern::{EVERYTHING, Pattern};
use crate::policy::resource_type::{Common, Place, ResourceType, first_levels, level_count};
use crate::policy::resources::{Pool, ResourceId, ResourceSet};

/// How far resources are generalised.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Generalize {
    /// Never: a policy takes as much memory as the resources that it names.
    #[default]
    Exact,
    /// When there would be more than this of one type, in one place, for one action: to prefixes, at most a quarter as
    /// many (one at least). Neither IAM's own resources (a wildcard of roles is a wildcard of
    /// rights) nor buckets (whose ARNs say no account) are.
    Over(NonZeroUsize),
    /// To their type, in the account and region in which each is; an object of S3 to those of its bucket. Buckets stay.
    Account,
    /// To `*`.
    Wildcard,
}

/// What tells resource types apart: the ARN formats that AWS has under an action's prefix (`s3`), with
/// variables as AWS writes them (`${BucketName}`).
pub type Formats = fn(&str) -> Vec<&'static str>;

/// A pattern that stands in the place of resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generalized {
    /// The pattern.
    pub pattern: String,
    /// The actions that have it.
    pub actions: Vec<String>,
    /// How many different resources stand behind it.
    pub resources: Count,
}

/// The types under a prefix of actions, narrower ones first.
type Types = Arc<[Arc<ResourceType>]>;

/// What generalises the resources of a builder.
#[derive(Debug, Clone)]
pub(super) struct Generalizer {
    to: Generalize,
    formats: Formats,
    /// By prefix of actions.
    types: HashMap<Box<str>, Types>,
}

impl Default for Generalizer {
    fn default() -> Generalizer {
        Generalizer::new(Generalize::Exact, |_| Vec::new())
    }
}

impl Generalizer {
    pub(super) fn new(to: Generalize, formats: Formats) -> Generalizer {
        Generalizer { to, formats, types: HashMap::new() }
    }

    /// The families of a new grant of this action; none when its resources stay exact.
    pub(super) fn families(&mut self, action: &str) -> Option<Box<Families>> {
        let limits = match self.to {
            Generalize::Exact => return None,
            Generalize::Over(limit) => {
                let groups = (limit.get() / 4).max(1);
                Limits { resources: limit.get(), groups, everything: false }
            }
            Generalize::Account => Limits { resources: 0, groups: 0, everything: false },
            Generalize::Wildcard => Limits { resources: 0, groups: 0, everything: true },
        };
        let prefix = action.split_once(':').map_or(action, |(prefix, _)| prefix);
        let types = self
            .types
            .entry(prefix.to_ascii_lowercase().into())
            .or_insert_with_key(|it| ResourceType::all((self.formats)(it)).into());
        Some(Box::new(Families {
            limits,
            types: Arc::clone(types),
            places: HashMap::new(),
            all: Distinct::default(),
        }))
    }
}

/// What a grant's families are held to.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// More resources than this become groups.
    resources: usize,
    /// More groups than this become wider ones; with 0 there is one, and it is the type.
    groups: usize,
    /// Whether there is one group for all, of everything.
    everything: bool,
}

/// The resources of one grant, by type and place.
#[derive(Debug, Clone)]
pub(super) struct Families {
    limits: Limits,
    types: Types,
    places: HashMap<Box<str>, Vec<Family>>,
    /// What `*` stands for.
    all: Distinct,
}

#[derive(Debug, Clone)]
struct Family {
    of: Arc<ResourceType>,
    state: State,
}

#[derive(Debug, Clone)]
enum State {
    /// Each stays; some may have been swallowed by a wildcard that came later.
    Exact(Vec<ResourceId>),
    Grouped(Groups),
}

/// By the first levels of their resources.
#[derive(Debug, Clone)]
struct Groups {
    /// How many levels tell them apart.
    levels: usize,
    groups: BTreeMap<Box<str>, Group>,
}

#[derive(Debug, Clone)]
struct Group {
    common: Common,
    resources: Distinct,
}

impl Families {
    /// Adds a resource to a grant's set, generalised as it must be; whether the set changed.
    pub(super) fn insert(&mut self, text: &str, set: &mut ResourceSet, pool: &mut Pool) -> bool {
        if self.limits.everything {
            if text != EVERYTHING {
                self.all.add(text);
            }
            return set.insert(EVERYTHING, pool);
        }
        if set.holds(text, pool) {
            return false;
        }
        let Some((place, resource)) = place(text, self.limits) else {
            return set.insert(text, pool);
        };
        let Some(arn) = Pattern::parse(text) else { return set.insert(text, pool) };
        let key = &text[..place.beginning.len() + place.bucket.map_or(0, str::len)];
        if !self.places.contains_key(key) {
            self.places.insert(key.into(), Vec::new());
        }
        let Some(families) = self.places.get_mut(key) else { return set.insert(text, pool) };
        // The narrowest type; one that no format tells of comes after all that formats tell.
        let of = self.types.iter().find(|it| it.has(resource, &arn));
        let known = families.iter().position(|family| match of {
            Some(of) => Arc::ptr_eq(&family.of, of),
            None => family.of.has(resource, &arn),
        });
        let family = match known {
            Some(index) => &mut families[index],
            None => {
                let guess = || ResourceType::guess(place.beginning, resource).map(Arc::new);
                let Some(of) = of.cloned().or_else(guess) else { return set.insert(text, pool) };
                families.push(Family { of, state: State::Exact(Vec::new()) });
                let last = families.len() - 1;
                &mut families[last]
            }
        };
        family.insert(text, resource, &arn, &place, self.limits, set, pool)
    }

    /// The patterns that stand for more than themselves.
    fn patterns(&self) -> impl Iterator<Item = (String, &Distinct)> {
        let everything = Some((EVERYTHING.to_owned(), &self.all));
        let everything = everything.filter(|(_, all)| all.count().number > 0);
        let families = self.places.iter().flat_map(move |(key, families)| {
            let place = Place::of_key(key);
            families.iter().flat_map(move |family| family.patterns(place, self.limits))
        });
        everything.into_iter().chain(families)
    }
}

/// The place of an ARN and its sixth part; `None` for what stays as it is.
fn place(arn: &str, limits: Limits) -> Option<(Place<'_>, &str)> {
    let mut colons = arn.match_indices(':').map(|(index, _)| index);
    let (_, service_from) = (colons.next()?, colons.next()?);
    let (service_end, region_end, end) = (colons.next()?, colons.next()?, colons.next()?);
    let (beginning, resource) = arn.split_at(end + 1);
    let bucket = match (&arn[service_from + 1..service_end], end == region_end + 1) {
        ("iam", _) if limits.groups > 0 => return None,
        ("s3", true) => Some(&resource[..=resource.find('/')?]),
        _ => None,
    };
    Some((Place { beginning, bucket }, resource))
}

impl<'a> Place<'a> {
    fn of_key(key: &'a str) -> Place<'a> {
        let end = key.match_indices(':').nth(4).map_or(key.len(), |(index, _)| index + 1);
        let (beginning, bucket) = key.split_at(end);
        Place { beginning, bucket: Some(bucket).filter(|it| !it.is_empty()) }
    }
}

impl Family {
    #[allow(clippy::too_many_arguments)] // One step of `Grant::insert`, which all of it is about.
    fn insert(
        &mut self,
        text: &str,
        resource: &str,
        arn: &Pattern,
        place: &Place<'_>,
        limits: Limits,
        set: &mut ResourceSet,
        pool: &mut Pool,
    ) -> bool {
        match &mut self.state {
            State::Grouped(groups) => {
                let touched = groups.add(&self.of, resource, limits);
                self.show(touched, place, limits, set, pool)
            }
            State::Exact(members) => {
                // Room is needed first: what is inserted might go with the group at once.
                if members.len() >= limits.resources {
                    members.retain(|&id| set.has(id));
                }
                if members.len() < limits.resources {
                    let inserted = set.insert(text, pool);
                    members.extend(pool.find(text).filter(|_| inserted));
                    return inserted;
                }
                if set.covers(text, arn) {
                    return false;
                }
                let levels = if limits.groups == 0 { 0 } else { usize::MAX };
                let mut groups = Groups { levels, groups: BTreeMap::new() };
                let beginning = place.beginning.len();
                let members: Vec<&str> =
                    members.iter().map(|&id| &pool.text(id)[beginning..]).collect();
                for resource in members.into_iter().chain([resource]) {
                    groups.add(&self.of, resource, limits);
                }
                self.state = State::Grouped(groups);
                self.show(Touched::All, place, limits, set, pool)
            }
        }
    }

    /// Puts into the set what the groups are now. What they were before is covered by it.
    fn show(
        &self,
        touched: Touched,
        place: &Place<'_>,
        limits: Limits,
        set: &mut ResourceSet,
        pool: &mut Pool,
    ) -> bool {
        let State::Grouped(Groups { groups, .. }) = &self.state else { return false };
        let mut changed = false;
        match touched {
            Touched::None => {}
            Touched::One(key) => {
                if let Some(group) = groups.get(&key) {
                    changed = set.insert(&self.pattern(group, place, limits), pool);
                }
            }
            Touched::All => {
                for group in groups.values() {
                    changed |= set.insert(&self.pattern(group, place, limits), pool);
                }
            }
        }
        changed
    }

    fn pattern(&self, group: &Group, place: &Place<'_>, limits: Limits) -> String {
        if limits.groups == 0 {
            self.of.everywhere(place)
        } else {
            self.of.pattern(&group.common, place)
        }
    }

    /// The patterns that stand for other resources than themselves.
    fn patterns(&self, place: Place<'_>, limits: Limits) -> Vec<(String, &Distinct)> {
        let State::Grouped(Groups { groups, .. }) = &self.state else { return Vec::new() };
        let patterns = groups.values().filter_map(|group| {
            let pattern = self.pattern(group, &place, limits);
            let itself = group.common.alone().is_some_and(|it| pattern.ends_with(it));
            (!itself).then_some((pattern, &group.resources))
        });
        patterns.collect()
    }
}

/// Which groups a resource has changed.
#[derive(Debug)]
enum Touched {
    None,
    One(Box<str>),
    All,
}

impl Groups {
    fn add(&mut self, of: &ResourceType, resource: &str, limits: Limits) -> Touched {
        let key = first_levels(resource, self.levels);
        let touched = if let Some(group) = self.groups.get_mut(key) {
            group.resources.add(resource);
            if of.extend(&mut group.common, resource) {
                Touched::One(key.into())
            } else {
                Touched::None
            }
        } else {
            let mut resources = Distinct::default();
            resources.add(resource);
            let common = of.common(resource);
            self.groups.insert(key.into(), Group { common, resources });
            Touched::One(key.into())
        };
        let most = limits.groups.max(1);
        if self.groups.len() <= most {
            return touched;
        }
        while self.groups.len() > most && self.levels > 0 {
            self.widen();
        }
        Touched::All
    }

    /// One level less, and the groups that then are the same together.
    fn widen(&mut self) {
        let deepest = self.groups.keys().map(|key| level_count(key)).max().unwrap_or_default();
        self.levels = self.levels.min(deepest).saturating_sub(1);
        for (key, group) in std::mem::take(&mut self.groups) {
            let key = first_levels(&key, self.levels);
            match self.groups.get_mut(key) {
                Some(wider) => {
                    wider.common.join(&group.common);
                    wider.resources.join(&group.resources);
                }
                None => {
                    self.groups.insert(key.into(), group);
                }
            }
        }
    }
}

/// What was generalised in these families, of actions, by pattern.
pub(super) fn generalized<'a>(
    grants: impl Iterator<Item = (&'a str, &'a Families, &'a ResourceSet)>,
    pool: &Pool,
) -> Vec<Generalized> {
    let mut patterns: IndexMap<String, (Vec<String>, Distinct)> = IndexMap::new();
    for (action, families, set) in grants {
        for (pattern, resources) in families.patterns() {
            // Another pattern, which a call named, may have swallowed it.
            if !set.holds(&pattern, pool) {
                continue;
            }
            let (actions, all) = patterns.entry(pattern).or_default();
            if !actions.iter().any(|it| it == action) {
                actions.push(action.to_owned());
            }
            all.join(resources);
        }
    }
    let generalized = |(pattern, (actions, resources)): (String, (Vec<String>, Distinct))| {
        Generalized { pattern, actions, resources: resources.count() }
    };
    let mut all: Vec<_> = patterns.into_iter().map(generalized).collect();
    // Places are in no order of their own.
    all.sort_by(|one, other| {
        let number = |it: &Generalized| std::cmp::Reverse(it.resources.number);
        number(one).cmp(&number(other)).then_with(|| one.pattern.cmp(&other.pattern))
    });
    all
}

#[cfg(test)]
mod tests;
