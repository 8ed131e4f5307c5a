//! What a run made: resources whose ids AWS chose, so that the next run of the same program has others.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

use indexmap::{IndexMap, IndexSet};

use crate::call::{Call, Made, Name, RequestTag};
use crate::catalog::{AccessLevel, Catalog, Operation};
use crate::made::arns::value;
use crate::made::form;

/// Ids that are known at once; those that are made after that stay as they are.
const MOST_IDS: usize = 200_000;
/// Kinds of resources that are told apart: by type, tags and parent.
const MOST_GROUPS: usize = 1_000;
/// Sets of tags that resources have.
const MOST_STATES: usize = 1_000;
/// A shorter id, or one without a digit, could be any name: it counts only in the ARN that the answer told.
const SHORTEST_ID: usize = 6;
/// Tags of a request that are looked at, and of a resource that are known: AWS lets it have no more.
const MOST_TAGS: usize = 50;

/// The tags of a resource, all of them.
pub type Tags = BTreeMap<String, String>;

/// What the run made so far.
#[derive(Debug, Default)]
pub struct Run {
    hasher: RandomState,
    /// By prefix of the type's actions and id.
    ids: HashMap<u64, Known>,
    groups: IndexMap<Key, Group>,
    states: IndexSet<Tags>,
    /// Prefixes of the types of all groups, which are few.
    prefixes: Vec<Box<str>>,
    /// How long ids are: bit `n` for `n` bytes, the last bit for all that are longer. Most names can be told from all of them so.
    lengths: u128,
    /// Ids that could be any name, by prefix and id: they count only in the variables that they are known to be of.
    words: HashMap<u64, Known>,
    /// Ids for which there was no room.
    beyond: u64,
    /// Grows when what holds a group changes.
    generation: u64,
}

/// What is known of an id.
#[derive(Debug, Clone)]
struct Known {
    group: usize,
    /// The tags that the resource has now; `None` where they are not known.
    state: Option<usize>,
    /// What of the id is the same the next time, with `?` for each character that AWS chose; `None`: nothing is.
    pattern: Option<Box<str>>,
}

/// What resources of one group have in common: the same holds all of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    /// `ec2:vpc`
    resource_type: Name,
    tags: Tags,
    /// The VPC that was there before the run, by its id.
    vpc: Option<String>,
    /// The operation that made them (`ec2.CreateVpc`).
    made_by: String,
}

#[derive(Debug, Default)]
struct Group {
    /// Keys of tags that a later call changed or took away: they hold nothing.
    changed: HashSet<String>,
    /// How many were made.
    count: u64,
    /// The best that the policy does to hold them.
    hold: Hold,
}

/// A resource that the run made, found by its id.
#[derive(Debug, Clone)]
pub(super) struct Found<'a> {
    pub(super) group: usize,
    pub(super) resource_type: &'a str,
    pub(super) pattern: Option<&'a str>,
}

/// Whether the policy holds resources to something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Hold {
    /// The policy names none of them.
    #[default]
    Unused,
    /// Nobody asked for it.
    NotAsked,
    /// By no condition: for none of the actions on them does AWS list one on tags.
    NoKey,
    /// By none, since they had no tags when they were made.
    WithoutTags,
    /// By none, since their tags were changed later.
    Changed,
    /// By the names of the records that are changed in a zone.
    Records,
    /// By the VPC from before the run that they are in.
    Vpc,
    /// By their tags.
    Held,
}

/// What was made, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary<'a> {
    /// `ec2:vpc`
    pub resource_type: &'a str,
    /// The operation that made them (`ec2.CreateVpc`); with `with`, the one whose answer told of them.
    pub made_by: &'a str,
    /// How many.
    pub count: u64,
    /// The tags that were put on them when they were made.
    pub tags: &'a Tags,
    /// Those of them that a later call changed.
    pub changed: Vec<&'a str>,
    /// Whether the policy holds them to something.
    pub hold: Hold,
}

impl Run {
    /// Whether nothing was made.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// A number that grows with each id that becomes known.
    pub(super) fn extent(&self) -> usize {
        self.ids.len() + self.words.len()
    }

    /// A number that grows when what holds resources changes.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// How many ids there was no room for: they stay as they are.
    pub fn beyond(&self) -> u64 {
        self.beyond
    }

    /// What was made, in the order of first sight.
    pub fn made(&self) -> impl Iterator<Item = Summary<'_>> {
        (0..self.groups.len()).filter_map(|group| self.summary(group))
    }

    /// What was made of a group.
    pub fn summary(&self, group: usize) -> Option<Summary<'_>> {
        self.groups.get_index(group).map(|(key, group)| {
            let mut changed: Vec<&str> = group.changed.iter().map(String::as_str).collect();
            changed.sort_unstable();
            Summary {
                resource_type: &key.resource_type,
                made_by: &key.made_by,
                count: group.count,
                tags: &key.tags,
                hold: match group.hold {
                    Hold::Held if !key.tags.is_empty() && changed.len() == key.tags.len() => {
                        Hold::Changed
                    }
                    hold => hold,
                },
                changed,
            }
        })
    }

    /// Takes in what a call made or changed the tags of. What is told and was not made is taken out of the call.
    pub fn learn(&mut self, call: &mut Call) {
        let made = std::mem::take(&mut call.evidence.made);
        let made: Vec<Made> = made.into_iter().filter(|it| self.is_made(it, call)).collect();
        for it in &made {
            self.add(it, call);
        }
        call.evidence.made = made;
    }

    /// Whether it was made in the run: by the call, or what it stands in was.
    fn is_made(&self, made: &Made, call: &Call) -> bool {
        let prefix = prefix(&made.resource_type);
        if made.by_this_call {
            return !call.outcome.failed();
        }
        made.parent.as_deref().is_some_and(|parent| self.find(prefix, parent).is_some())
            && self.find(prefix, &made.id).is_none()
    }

    fn add(&mut self, made: &Made, call: &Call) {
        let prefix = prefix(&made.resource_type);
        if !made.id.starts_with("arn:") && self.find(prefix, &made.id).is_some() {
            return;
        }
        let Some(told) = known_type(call, made) else { return };
        let id = match made.id.starts_with("arn:") {
            true => told.formats.iter().find_map(|format| value(format, told.variable, &made.id)),
            false => Some(made.id.as_str()),
        };
        let Some(id) = id else { return };
        // `$LATEST` is what it was.
        if id.starts_with('$') {
            return;
        }
        let alone = self.hash(prefix, id);
        if names(call, id) {
            // A name of the run's own, unless AWS chose it before (the key that a usage plan gets).
            if let Some(known) = self.words.get(&alone).cloned()
                && self.ids.len() < MOST_IDS
            {
                self.ids.insert(self.meant(prefix, told.variable, id), known);
            }
            return;
        }
        // An answer can name it by its id and by its ARN.
        if is_telling(id)
            && let Some(known) = self.ids.get(&alone).cloned()
        {
            self.keep(prefix, &made.id, known);
            return;
        }
        let tags =
            if made.by_this_call { own_tags(call, &made.resource_type) } else { Tags::new() };
        let mut lasting = tags.clone();
        lasting.retain(|_, value| self.lasts(value));
        let state = made.by_this_call.then(|| self.state(tags)).flatten();
        let vpc = made.parent.as_deref().filter(|it| prefix == "ec2" && it.starts_with("vpc-"));
        let vpc = vpc.filter(|it| self.find("ec2", it).is_none()).map(str::to_owned);
        let made_by = format!("{}.{}", call.service, call.operation.as_deref().unwrap_or_default());
        let key = Key { resource_type: made.resource_type.clone(), tags: lasting, vpc, made_by };
        if self.ids.len() >= MOST_IDS
            || self.groups.len() >= MOST_GROUPS && !self.groups.contains_key(&key)
        {
            self.beyond += 1;
            return;
        }
        let entry = self.groups.entry(key);
        let group = entry.index();
        entry.or_default().count += 1;
        if !self.has_of(prefix) {
            self.prefixes.push(prefix.into());
        }
        let known = Known { group, state, pattern: beginning(call, id) };
        self.lengths |= length(id);
        if is_telling(id) {
            self.ids.insert(alone, known.clone());
        } else if id.len() >= SHORTEST_ID {
            self.ids.insert(self.meant(prefix, told.variable, id), known.clone());
            self.words.insert(alone, known.clone());
        }
        self.keep(prefix, &made.id, known);
    }

    /// Keeps what is known of an ARN. A version (`1`) alone is one of something, which only its ARN says.
    fn keep(&mut self, prefix: &str, arn: &str, known: Known) {
        if arn.starts_with("arn:") && self.ids.len() < MOST_IDS {
            let whole = self.hash(prefix, arn);
            self.lengths |= length(arn);
            self.ids.insert(whole, known);
        }
    }

    /// Whether another run gives the value of a tag again.
    pub(super) fn lasts(&self, value: &str) -> bool {
        let words = || value.split(|it: char| !(it.is_ascii_alphanumeric() || "-_".contains(it)));
        let is_made = || !self.is_empty() && words().any(|word| self.ids_have(word));
        !value.contains("${") && form::pattern(value).is_none() && !is_made()
    }

    /// Whether a word is an id of any service's.
    fn ids_have(&self, word: &str) -> bool {
        self.lengths & length(word) != 0
            && is_telling(word)
            && self.prefixes.iter().any(|prefix| self.find(prefix, word).is_some())
    }

    fn state(&mut self, tags: Tags) -> Option<usize> {
        if self.states.len() >= MOST_STATES && !self.states.contains(&tags) {
            return None;
        }
        Some(self.states.insert_full(tags).0)
    }

    fn hash(&self, prefix: &str, id: &str) -> u64 {
        self.hasher.hash_one((prefix, id))
    }

    /// The hash of an id that counts in one variable only.
    fn meant(&self, prefix: &str, variable: &str, id: &str) -> u64 {
        self.hasher.hash_one((prefix, variable, id))
    }

    /// What was made under this id: of a service by its prefix, the id alone or the ARN.
    pub(super) fn find(&self, prefix: &str, id: &str) -> Option<Found<'_>> {
        // Most names can be told by their length from all that was made.
        if self.lengths & length(id) == 0 {
            return None;
        }
        let known = self.ids.get(&self.hash(prefix, id))?;
        let (key, _) = self.groups.get_index(known.group)?;
        Some(Found {
            group: known.group,
            resource_type: &key.resource_type,
            pattern: known.pattern.as_deref(),
        })
    }

    /// The same of an id that stands in this variable of an ARN's format, where it may be one that could be any name.
    pub(super) fn find_in(&self, prefix: &str, variable: &str, id: &str) -> Option<Found<'_>> {
        self.find(prefix, id).or_else(|| {
            if self.lengths & length(id) == 0 {
                return None;
            }
            let known = self.ids.get(&self.meant(prefix, variable, id))?;
            let (key, _) = self.groups.get_index(known.group)?;
            let pattern = known.pattern.as_deref();
            Some(Found { group: known.group, resource_type: &key.resource_type, pattern })
        })
    }

    /// Whether something of a service was made, by its prefix.
    pub(super) fn has_of(&self, prefix: &str) -> bool {
        self.prefixes.iter().any(|it| **it == *prefix)
    }

    /// Whether something may be made under this id, in one variable or another.
    pub(super) fn may_be_made(&self, prefix: &str, id: &str) -> bool {
        if self.lengths & length(id) == 0 {
            return false;
        }
        let hash = self.hash(prefix, id);
        self.ids.contains_key(&hash) || self.words.contains_key(&hash)
    }

    /// The tags that a resource has at this moment, if all are known.
    pub(super) fn tags(&self, prefix: &str, variable: &str, id: &str) -> Option<&Tags> {
        let known = self.ids.get(&self.hash(prefix, id));
        let known = known.or_else(|| self.ids.get(&self.meant(prefix, variable, id)))?;
        self.states.get_index(known.state?)
    }

    /// The tags that hold a group: those that it was made with and that no call changed.
    pub(super) fn holding(&self, group: usize) -> impl Iterator<Item = (&str, &str)> {
        let found = self.groups.get_index(group);
        found.into_iter().flat_map(|(key, group)| {
            let lasting = key.tags.iter().filter(|(key, _)| !group.changed.contains(*key));
            lasting.map(|(key, value)| (key.as_str(), value.as_str()))
        })
    }

    /// The same as conditions of a policy.
    pub fn held_by(&self, group: usize) -> Vec<(String, String)> {
        let holding = self.holding(group);
        holding.map(|(key, value)| (format!("aws:ResourceTag/{key}"), value.to_owned())).collect()
    }

    /// Whether any tag was put on a group when it was made.
    pub(super) fn is_tagged(&self, group: usize) -> bool {
        self.groups.get_index(group).is_some_and(|(key, _)| !key.tags.is_empty())
    }

    /// The policy holds a group so, at least in one statement.
    pub(super) fn note(&mut self, group: usize, hold: Hold) {
        if let Some((_, known)) = self.groups.get_index_mut(group)
            && hold as u8 > known.hold as u8
        {
            known.hold = hold;
        }
    }

    /// The VPC from before the run that a group stands in.
    pub(super) fn vpc(&self, group: usize) -> Option<&str> {
        self.groups.get_index(group)?.0.vpc.as_deref()
    }

    /// A call tags a resource that was made, or takes tags away.
    pub(super) fn retag(&mut self, call: &Call, prefix: &str, variable: &str, id: &str) {
        if self.lengths & length(id) == 0 {
            return;
        }
        let mut hash = self.hash(prefix, id);
        if !self.ids.contains_key(&hash) {
            hash = self.meant(prefix, variable, id);
        }
        let Some(known) = self.ids.get(&hash).cloned() else { return };
        let is_removal = call.operation.as_deref().is_some_and(takes_away);
        let (put, removed) = match is_removal {
            true => (&[][..], removed_keys(call)),
            false => (&*call.evidence.request_tags, Vec::new()),
        };
        let mut tags = known.state.and_then(|it| self.states.get_index(it)).cloned();
        if let Some(tags) = &mut tags {
            tags.extend(put.iter().map(|tag| (tag.key.clone(), tag.value.clone())));
            removed.iter().for_each(|key| drop(tags.remove(key)));
        }
        let tags = tags.filter(|tags| tags.len() <= MOST_TAGS);
        // That a request changed something which it does not show, leaves nothing certain.
        let is_shown = !put.is_empty() || !removed.is_empty();
        let state = tags.filter(|_| is_shown).and_then(|tags| self.state(tags));
        if let Some(known) = self.ids.get_mut(&hash) {
            known.state = state;
        }
        let Some((key, group)) = self.groups.get_index_mut(known.group) else { return };
        let changed = put.iter().filter(|tag| key.tags.get(&tag.key) != Some(&tag.value));
        let changed = changed.map(|tag| tag.key.clone()).chain(removed);
        let before = group.changed.len();
        let held: Vec<String> = changed.filter(|it| key.tags.contains_key(it)).collect();
        group.changed.extend(held);
        if !is_shown {
            group.changed.extend(key.tags.keys().cloned());
        }
        if group.changed.len() > before {
            self.generation += 1;
        }
    }
}

/// What an action does.
pub(super) fn level(action: &str) -> Option<AccessLevel> {
    let found =
        action.split_once(':').and_then(|(prefix, name)| Catalog::embedded().action(prefix, name));
    found.map(|action| action.access_level())
}

/// What the catalogue says of what was made.
struct KnownType {
    variable: &'static str,
    formats: Vec<&'static str>,
}

fn known_type(call: &Call, made: &Made) -> Option<KnownType> {
    let operation = operation(call)?;
    let (_, name) = made.resource_type.split_once(':')?;
    if made.by_this_call {
        let found = operation.makes().find(|it| it.resource_type.name() == name)?;
        let formats = found.resource_type.arn_formats().collect();
        return Some(KnownType { variable: found.variable, formats });
    }
    let found = operation.tells().find(|it| it.child.resource_type.name() == name)?;
    let formats = found.child.resource_type.arn_formats().collect();
    Some(KnownType { variable: found.child.variable, formats })
}

fn operation(call: &Call) -> Option<Operation> {
    Catalog::embedded().service(&call.service)?.operation(call.operation.as_deref()?)
}

/// `ec2` of `ec2:vpc`
pub(super) fn prefix(resource_type: &str) -> &str {
    resource_type.split_once(':').map_or(resource_type, |(prefix, _)| prefix)
}

/// The bit of an id's length.
fn length(id: &str) -> u128 {
    1 << id.len().min(127)
}

/// Whether nobody chooses such a name by chance.
fn is_telling(id: &str) -> bool {
    id.len() >= SHORTEST_ID && id.bytes().any(|byte| byte.is_ascii_digit() || byte == b'-')
}

/// Whether the request itself has the id: then AWS did not choose it.
fn names(call: &Call, id: &str) -> bool {
    fn has(value: &serde_json::Value, id: &str) -> bool {
        match value {
            serde_json::Value::String(text) => text == id,
            serde_json::Value::Array(items) => items.iter().any(|it| has(it, id)),
            serde_json::Value::Object(members) => members.values().any(|it| has(it, id)),
            serde_json::Value::Number(number) => number.to_string() == id,
            _ => false,
        }
    }
    call.parameters.values().any(|it| has(it, id))
}

/// An id that begins with a name that the request gives (`db-password-AbCdEf`): what is behind it is AWS's.
fn beginning(call: &Call, id: &str) -> Option<Box<str>> {
    let texts = call.parameters.values().filter_map(serde_json::Value::as_str);
    let mut names: Vec<&str> =
        texts.filter(|text| !text.is_empty() && id.starts_with(text)).collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    let name = names.first()?;
    let rest = id.get(name.len()..)?;
    let opens = rest.starts_with(['-', '_', '.', '/', ':']);
    if !opens || !rest.is_ascii() || name.contains(['*', '?', '$']) {
        return None;
    }
    let rest: String =
        rest.chars().map(|it| if it.is_ascii_alphanumeric() { '?' } else { it }).collect();
    Some(format!("{name}{rest}").into())
}

/// The tags that a request puts on what it makes, of a type by AWS's name for it (`vpc`).
pub(super) fn tags_on<'a>(
    call: &'a Call,
    resource_type: &str,
) -> impl Iterator<Item = &'a RequestTag> {
    let is_own = |tag: &&RequestTag| {
        tag.on.as_deref().is_none_or(|on| letters(on).eq(letters(resource_type)))
    };
    call.evidence.request_tags.iter().filter(is_own).take(MOST_TAGS)
}

/// The same, by their keys.
pub(super) fn own_tags(call: &Call, resource_type: &str) -> Tags {
    let name = resource_type.split_once(':').map_or(resource_type, |(_, name)| name);
    tags_on(call, name).map(|tag| (tag.key.clone(), tag.value.clone())).collect()
}

/// Whether an operation that changes tags takes them away.
fn takes_away(operation: &str) -> bool {
    ["Untag", "Delete", "Remove"].iter().any(|verb| operation.starts_with(verb))
}

/// Keys of tags that a request takes away (`TagKeys`, `tagKeys`; EC2 has them in `Tags`).
fn removed_keys(call: &Call) -> Vec<String> {
    let lists = call.parameters.iter().filter(|(name, _)| name.eq_ignore_ascii_case("tagkeys"));
    let items = lists.filter_map(|(_, value)| value.as_array()).flatten();
    let keys = items.filter_map(|it| it.as_str());
    keys.chain(call.evidence.request_tags.iter().map(|tag| &*tag.key)).map(str::to_owned).collect()
}

/// `security-group` as `securitygroup`
fn letters(name: &str) -> impl Iterator<Item = u8> + '_ {
    name.bytes().filter(u8::is_ascii_alphanumeric).map(|it| it.to_ascii_lowercase())
}
