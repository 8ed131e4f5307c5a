//! What several runs of one program have in common, so that their policy holds for the next run.
//!
//! Resources are compared where they stand in the same place of the same kind of call: for one action, under the same
//! conditions, of one type, in one partition, region and account. What every run had that had any stays as it is. What only some
//! had is paired with what others had, and becomes the pattern that they share (`pairing.rs`); it is never wider than the type
//! in its place. What pairs with nothing stays, too.
//!
//! Two kinds of names are held narrower. Buckets belong to no account by their ARN, so that a pattern of buckets is never without
//! a word of their names, and comes with the account (`aws:ResourceAccount`); where that is not known, they stay. A pattern of IAM's own
//! resources is a pattern of rights: it never lets a name grow, so it has a `?` for each character.

mod pairing;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::authorize::Conditions;
use crate::policy::builder::Builder;
use crate::policy::generalize::Formats;
use crate::policy::pattern::Pattern;
use crate::policy::resource_type::ResourceType;
use pairing::{Family, Member, Runs, Shared};

/// What of several runs becomes a pattern.
#[derive(Debug, Default)]
pub struct Stable {
    /// What becomes of resources, by the kind of call.
    changes: HashMap<Kind, HashMap<String, Arc<Change>>>,
    /// By pattern.
    patterns: BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)>,
}

/// A pattern that several runs share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InCommon {
    /// The pattern.
    pub pattern: String,
    /// The actions that have it.
    pub actions: Vec<String>,
    /// The resources that it stands for, of all runs.
    pub examples: Vec<String>,
}

/// A kind of call: an action in lower case, and its conditions.
type Kind = (String, Conditions);

/// What stands in the place of a resource.
#[derive(Debug)]
struct Change {
    pattern: String,
    conditions: Conditions,
}

/// The resources of one kind of call, each with the runs that had it.
#[derive(Debug, Default)]
struct Needed {
    /// The action as it was spelt first.
    action: String,
    resources: BTreeMap<String, Runs>,
}

impl Stable {
    /// Compares runs. `formats` tells resource types apart; `account` is the one that all calls were in.
    pub fn of(runs: &[&Builder], formats: Formats, account: Option<&str>) -> Stable {
        let mut stable = Stable::default();
        let mut types = HashMap::new();
        for (kind, needed) in needed(runs) {
            let prefix = kind.0.split_once(':').map_or(&*kind.0, |(prefix, _)| prefix).to_owned();
            let types =
                types.entry(prefix).or_insert_with_key(|prefix| ResourceType::all(formats(prefix)));
            for family in families(&needed.resources, types) {
                for shared in family.shared(account.is_some()) {
                    stable.change(&kind, &needed.action, &family, shared, account);
                }
            }
        }
        stable
    }

    /// What a builder has, as it is to be in the place of that, added to another that is empty.
    pub fn applied(&self, builder: &Builder, to: Builder) -> Builder {
        let mut to = to;
        for (action, conditions, resources) in builder.grants() {
            let changes = self.changes.get(&(action.to_ascii_lowercase(), conditions.clone()));
            for resource in resources {
                match changes.and_then(|changes| changes.get(resource)) {
                    Some(change) => {
                        to.allow(action, std::slice::from_ref(&change.pattern), &change.conditions)
                    }
                    None => to.allow(action, &[resource.to_owned()], conditions),
                };
            }
        }
        to
    }

    /// The patterns, sorted.
    pub fn patterns(&self) -> impl ExactSizeIterator<Item = InCommon> {
        self.patterns.iter().map(|(pattern, (actions, examples))| InCommon {
            pattern: pattern.clone(),
            actions: actions.iter().cloned().collect(),
            examples: examples.iter().cloned().collect(),
        })
    }

    fn change(
        &mut self,
        kind: &Kind,
        action: &str,
        family: &Family<'_>,
        shared: Shared<'_>,
        account: Option<&str>,
    ) {
        let mut conditions = kind.1.clone();
        if let Some(account) = account.filter(|_| shared.is_of_buckets) {
            let keys = conditions.entry("StringEquals".into()).or_default();
            keys.entry("aws:ResourceAccount".into()).or_insert_with(|| vec![account.to_owned()]);
        }
        let pattern = format!("{}{}", family.beginning, shared.pattern);
        let (actions, examples) = self.patterns.entry(pattern.clone()).or_default();
        actions.insert(action.to_owned());
        let change = Arc::new(Change { pattern, conditions });
        let changes = self.changes.entry(kind.clone()).or_default();
        for member in shared.members {
            let resource = format!("{}{}", family.beginning, member.resource);
            examples.insert(resource.clone());
            changes.insert(resource, Arc::clone(&change));
        }
    }
}

/// What the runs needed, by the kind of call.
fn needed(runs: &[&Builder]) -> BTreeMap<Kind, Needed> {
    let mut all: BTreeMap<Kind, Needed> = BTreeMap::new();
    for (run, builder) in runs.iter().enumerate() {
        for (action, conditions, resources) in builder.grants() {
            let needed = all.entry((action.to_ascii_lowercase(), conditions.clone())).or_default();
            // Of several spellings one is kept that does not depend on the order of the runs.
            if needed.action.is_empty() || action < &*needed.action {
                action.clone_into(&mut needed.action);
            }
            for resource in resources {
                needed.resources.entry(resource.to_owned()).or_default().insert(run);
            }
        }
    }
    all
}

/// The resources by type and place.
fn families<'a>(
    resources: &'a BTreeMap<String, Runs>,
    types: &'a [Arc<ResourceType>],
) -> Vec<Family<'a>> {
    let mut known: HashMap<(&str, usize), Family<'a>> = HashMap::new();
    let mut guessed: Vec<Family<'a>> = Vec::new();
    for (arn, runs) in resources {
        let Some((beginning, resource)) = split(arn) else { continue };
        let Some(pattern) = Pattern::parse(arn) else { continue };
        let member = Member { resource, runs };
        if let Some(index) = types.iter().position(|it| it.has(resource, &pattern)) {
            let family = || Family::new(Arc::clone(&types[index]), beginning);
            known.entry((beginning, index)).or_insert_with(family).members.push(member);
            continue;
        }
        let mut of_place = guessed.iter_mut().filter(|it| it.beginning == beginning);
        if let Some(family) = of_place.find(|it| it.of.has(resource, &pattern)) {
            family.members.push(member);
        } else if let Some(of) = ResourceType::guess(beginning, resource) {
            let mut family = Family::new(Arc::new(of), beginning);
            family.members.push(member);
            guessed.push(family);
        }
    }
    let mut families: Vec<_> = known.into_iter().collect();
    families.sort_unstable_by_key(|(key, _)| *key);
    families.into_iter().map(|(_, family)| family).chain(guessed).collect()
}

/// The first five parts of an ARN with their colons, and the sixth.
fn split(arn: &str) -> Option<(&str, &str)> {
    let (end, _) = arn.match_indices(':').nth(4)?;
    Some(arn.split_at(end + 1))
}

#[cfg(test)]
mod tests;
