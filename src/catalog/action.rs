//! Actions, resource types and ARN formats.

use std::fmt;

use super::format::{ACCESS_LEVELS, ACTIONS, CONDITION_KEYS, PREFIXES};
use super::packed::{Reader, cell, count, from, search, section, string};

/// An IAM action.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Action {
    index: usize,
}

/// What an action does, in AWS's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // The names say it.
pub enum AccessLevel {
    Read,
    List,
    Write,
    PermissionsManagement,
    Tagging,
}

const LEVELS: [AccessLevel; ACCESS_LEVELS.len()] = [
    AccessLevel::Read,
    AccessLevel::List,
    AccessLevel::Write,
    AccessLevel::PermissionsManagement,
    AccessLevel::Tagging,
];

/// Entry of the table of prefixes.
#[derive(Clone, Copy)]
struct Prefix {
    index: usize,
}

impl Prefix {
    const COLUMNS: usize = 4;

    fn find(name: &str) -> Option<Prefix> {
        let prefixes = section(PREFIXES);
        let index = search(prefixes, Prefix::COLUMNS, 0..count(prefixes), name)?;
        Some(Prefix { index })
    }

    /// The prefix whose range of actions holds `action`.
    fn of(action: usize) -> Prefix {
        let prefixes = section(PREFIXES);
        let (mut low, mut high) = (0, count(prefixes));
        while low + 1 < high {
            let middle = low + (high - low) / 2;
            if (Prefix { index: middle }).cell(1) <= action { low = middle } else { high = middle }
        }
        // A prefix without actions shares its `first` with the next one; the search ends on the last.
        Prefix { index: low }
    }

    fn name(self) -> &'static str {
        string(self.cell(0))
    }

    fn actions(self) -> std::ops::Range<usize> {
        let first = self.cell(1);
        first..first + self.cell(2)
    }

    fn resource_types(self) -> &'static [u8] {
        from(section(PREFIXES), self.cell(3))
    }

    fn cell(self, column: usize) -> usize {
        cell(section(PREFIXES), Prefix::COLUMNS, self.index, column)
    }
}

impl Action {
    pub(super) fn at(index: usize) -> Action {
        Action { index }
    }

    pub(super) fn find(prefix: &str, name: &str) -> Option<Action> {
        let range = Prefix::find(prefix)?.actions();
        let found = search(section(ACTIONS), 2, range.clone(), name).map(Action::at);
        found.or_else(|| range.map(Action::at).find(|it| it.name().eq_ignore_ascii_case(name)))
    }

    pub(super) fn of_prefix(prefix: &str) -> impl ExactSizeIterator<Item = Action> {
        Prefix::find(prefix).map(Prefix::actions).unwrap_or_default().map(Action::at)
    }

    /// The resource types of all prefixes.
    pub(super) fn resource_types() -> impl Iterator<Item = ResourceType> {
        let prefixes = section(PREFIXES);
        (0..count(prefixes)).flat_map(|index| {
            let types = Prefix { index }.resource_types();
            (0..count(types)).map(move |index| ResourceType { types, index })
        })
    }

    /// The resource types of all actions of its prefix.
    pub(crate) fn types_beside(self) -> impl Iterator<Item = ResourceType> {
        let types = Prefix::of(self.index).resource_types();
        (0..count(types)).map(move |index| ResourceType { types, index })
    }

    /// The prefix (`s3`).
    pub fn prefix(self) -> &'static str {
        Prefix::of(self.index).name()
    }

    /// The name without the prefix (`PutObject`).
    pub fn name(self) -> &'static str {
        string(cell(section(ACTIONS), 2, self.index, 0))
    }

    fn reader(self) -> Reader {
        let actions = section(ACTIONS);
        Reader::new(from(actions, cell(actions, 2, self.index, 1)))
    }

    /// What it does.
    pub fn access_level(self) -> AccessLevel {
        LEVELS.get(self.reader().varint()).copied().unwrap_or(AccessLevel::Write)
    }

    /// The resource types that it can be restricted to; none when it only takes `*`.
    pub fn resources(self) -> impl ExactSizeIterator<Item = ActionResource> {
        let types = Prefix::of(self.index).resource_types();
        let mut reader = self.reader();
        reader.varint();
        reader.varint();
        (0..reader.varint()).map(move |_| {
            let number = reader.varint();
            let resource_type = ResourceType { types, index: number / 2 };
            ActionResource { resource_type, required: number % 2 == 1, keys: reader.varint() }
        })
    }

    /// Whether AWS lists a condition key for the action whatever it is on. A key of a resource is listed with its type
    /// ([`ActionResource::has_key`]).
    pub fn has_key(self, key: ConditionKey) -> bool {
        let mut reader = self.reader();
        reader.varint();
        key.is_in(reader.varint())
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.prefix(), self.name())
    }
}

impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Action({self})")
    }
}

/// A resource type of an action.
#[derive(Clone, Copy)]
pub struct ActionResource {
    /// The type.
    pub resource_type: ResourceType,
    /// Whether the action always acts on one (the asterisk in AWS's tables).
    pub required: bool,
    keys: usize,
}

impl ActionResource {
    /// Whether AWS lists a condition key for the action when it is on a resource of this type: with both, else with the
    /// type (keys of resources) or the action (keys of requests).
    pub fn has_key(self, key: ConditionKey) -> bool {
        key.is_in(self.keys)
    }
}

/// A condition key by which a policy can hold what a run made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConditionKey {
    /// `aws:ResourceTag/${TagKey}`: the resource's tags.
    ResourceTag,
    /// `ec2:Vpc`: the ARN of the resource's VPC.
    Vpc,
    /// `kms:ResourceAliases`: the key's aliases.
    ResourceAliases,
    /// `aws:RequestTag/${TagKey}`: tags that the request sets.
    RequestTag,
    /// `aws:TagKeys`: the keys of tags that the request names.
    TagKeys,
    /// `ec2:CreateAction`, `elasticfilesystem:CreateAction`: the creating action for which tags are set. The prefix is
    /// the action's.
    CreateAction,
    /// `kms:RequestAlias`: the alias by which the request names the key.
    RequestAlias,
    /// `route53:ChangeResourceRecordSetsNormalizedRecordNames`: the names of the records that the request changes.
    NormalizedRecordNames,
}

const KEYS: [ConditionKey; CONDITION_KEYS.len()] = [
    ConditionKey::ResourceTag,
    ConditionKey::Vpc,
    ConditionKey::ResourceAliases,
    ConditionKey::RequestTag,
    ConditionKey::TagKeys,
    ConditionKey::CreateAction,
    ConditionKey::RequestAlias,
    ConditionKey::NormalizedRecordNames,
];

impl ConditionKey {
    fn is_in(self, bits: usize) -> bool {
        KEYS.iter().position(|it| *it == self).is_some_and(|bit| bits >> bit & 1 == 1)
    }
}

/// A resource type.
#[derive(Clone, Copy)]
pub struct ResourceType {
    types: &'static [u8],
    index: usize,
}

impl ResourceType {
    /// The type with this number of the prefix with that.
    pub(super) fn at(prefix: usize, index: usize) -> ResourceType {
        let types = Prefix { index: prefix }.resource_types();
        ResourceType { types, index }
    }

    fn reader(self) -> Reader {
        Reader::new(from(self.types, cell(self.types, 1, self.index, 0)))
    }

    /// Its name (`function`).
    pub fn name(self) -> &'static str {
        self.reader().string()
    }

    /// Its ARN formats (`arn:${Partition}:lambda:${Region}:${Account}:function:${FunctionName}`), mostly one.
    pub fn arn_formats(self) -> impl ExactSizeIterator<Item = &'static str> {
        let mut reader = self.reader();
        reader.varint();
        (0..reader.varint()).map(move |_| reader.string())
    }
}
