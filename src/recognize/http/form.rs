//! Parameters out of a form: the query protocol's names (`Tags.member.1.Key`) and EC2's
//! (`TagSpecification.1.Tag.1.Key`).

use serde_json::{Map, Value};

use super::keep::Keep;
use super::take::{MOST_ITEMS, kept, take_room};
use super::wanted::{Field, Node, Plan, Want};

/// Keeps what a plan wants.
pub(super) struct Taker {
    plan: &'static Plan,
    room: usize,
    members: Tree,
}

/// What has come so far; items may come in any order.
enum Tree {
    Leaf(Value),
    Members(Vec<(&'static str, Tree)>),
    Items(Vec<(u32, Tree)>),
    Entries(Vec<(u32, Entry)>),
}

#[derive(Default)]
struct Entry {
    key: Option<String>,
    value: Option<Tree>,
}

/// A step on the way to a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Member(&'static str),
    Item(u32),
    Key(u32),
    Value(u32),
}

impl Taker {
    pub(super) fn new(plan: &'static Plan, room: usize) -> Taker {
        Taker { plan, room, members: Tree::Members(Vec::new()) }
    }

    /// Whether the value of this name is wanted.
    pub(super) fn wants(&self, name: &str) -> bool {
        self.way(name).is_some()
    }

    pub(super) fn pair(&mut self, name: &str, value: &str, cut: bool) {
        let Some((steps, keep)) = self.way(name) else { return };
        if !take_room(&mut self.room, 8 * steps.len()) {
            // That there was something is said of a member of which nothing else is known.
            if let (Tree::Members(members), Some(Step::Member(name))) =
                (&mut self.members, steps.first())
                && members.iter().all(|(known, _)| known != name)
            {
                members.push((*name, Tree::Leaf(Value::Null)));
            }
            return;
        }
        if let Some(value) = kept(keep, value, cut, &mut self.room) {
            self.members.put(&steps, value);
        }
    }

    /// Whether of the value of this name the types of resources are wanted.
    pub(super) fn wants_types(&self, name: &str) -> bool {
        // Looked up for every name of a form; most have nothing to do with it.
        name.starts_with("Template") && matches!(self.way(name), Some((_, Keep::Types)))
    }

    /// The types that were found in the value of this name.
    pub(super) fn types(&mut self, name: &str, types: Value) {
        let Some((steps, Keep::Types)) = self.way(name) else { return };
        let bytes = types.as_array().into_iter().flatten().filter_map(Value::as_str);
        if take_room(&mut self.room, bytes.map(|it| it.len() + 8).sum()) {
            self.members.put(&steps, types);
        }
    }

    /// The parameters, after those that are already `taken`.
    pub(super) fn finish(self, mut taken: Map<String, Value>) -> Map<String, Value> {
        if let Value::Object(members) = self.members.finish() {
            taken.extend(members);
        }
        taken
    }

    fn way(&self, name: &str) -> Option<(Vec<Step>, Keep)> {
        let segments: Vec<&str> = name.split('.').collect();
        let mut steps = Vec::with_capacity(segments.len());
        let keep = self.walk(Want::Node(self.plan.root), &segments, &mut steps)?;
        Some((steps, keep))
    }

    fn walk(&self, want: Want, segments: &[&str], steps: &mut Vec<Step>) -> Option<Keep> {
        let number = match want {
            Want::Scalar(Keep::Presence) => return Some(Keep::Presence),
            Want::Scalar(keep) => return segments.is_empty().then_some(keep),
            Want::Node(number) => number,
        };
        match self.plan.node(number) {
            Node::Structure(fields) => {
                let (name, rest) = segments.split_first()?;
                let field = self.field(fields, name)?;
                steps.push(Step::Member(field.name));
                let here = steps.len();
                let within = self.walk(field.want, rest, steps);
                if within.is_none() && field.present {
                    steps.truncate(here);
                    return Some(Keep::Presence);
                }
                within
            }
            Node::List { item, .. } => {
                let (number, rest) = numbered(segments)?;
                steps.push(Step::Item(number));
                self.walk(*item, rest, steps)
            }
            Node::Map { value, key_name, value_name, .. } => {
                let (number, rest) = numbered(segments)?;
                let (name, rest) = rest.split_first()?;
                if name == key_name || matches!(*name, "Name" | "Key" | "key") {
                    steps.push(Step::Key(number));
                    rest.is_empty().then_some(Keep::Whole)
                } else if name == value_name || matches!(*name, "Value" | "value") {
                    steps.push(Step::Value(number));
                    self.walk(*value, rest, steps)
                } else {
                    None
                }
            }
        }
    }

    /// The member that is called so. A list without an element of its own goes by its items' name.
    fn field<'a>(&self, fields: &'a [Field], name: &str) -> Option<&'a Field> {
        let by_items = |field: &&Field| match field.want {
            Want::Node(number) => {
                matches!(self.plan.node(number), Node::List { name: item, flat, .. } if (*flat || field.flat) && *item == name)
            }
            Want::Scalar(_) => false,
        };
        fields
            .iter()
            .find(|field| field.wire == name)
            .or_else(|| fields.iter().find(by_items))
            .or_else(|| fields.iter().find(|field| is_older_name(name, field.wire)))
    }
}

/// What SQS's model called a list before the service moved to JSON: one of its items (`TagKey` for
/// `TagKeys`, `SendMessageBatchRequestEntry` for `Entries`).
fn is_older_name(name: &str, wire: &str) -> bool {
    let is_singular = wire.strip_suffix('s').is_some_and(|wire| wire.eq_ignore_ascii_case(name));
    is_singular || (wire == "Entries" && name.ends_with("RequestEntry"))
}

/// The number of an item and what follows: `3.Name`, `member.3.Name`.
fn numbered<'a, 'b>(segments: &'a [&'b str]) -> Option<(u32, &'a [&'b str])> {
    let (first, rest) = segments.split_first()?;
    if let Ok(number) = first.parse() {
        return Some((number, rest));
    }
    let (second, rest) = rest.split_first()?;
    second.parse().ok().map(|number| (number, rest))
}

impl Tree {
    fn new(step: Step) -> Tree {
        match step {
            Step::Member(_) => Tree::Members(Vec::new()),
            Step::Item(_) => Tree::Items(Vec::new()),
            Step::Key(_) | Step::Value(_) => Tree::Entries(Vec::new()),
        }
    }

    fn put(&mut self, steps: &[Step], value: Value) {
        let Some((step, rest)) = steps.split_first() else {
            // That a structure is there says less than what is in it.
            if matches!(self, Tree::Leaf(_)) || value != Value::Bool(true) {
                *self = Tree::Leaf(value);
            }
            return;
        };
        if matches!(self, Tree::Leaf(Value::Bool(true))) {
            *self = Tree::new(*step);
        }
        let child = match (self, *step) {
            (Tree::Members(members), Step::Member(name)) => {
                let found = members.iter().position(|(known, _)| *known == name);
                let at = found.unwrap_or_else(|| {
                    members.push((name, below(rest)));
                    members.len() - 1
                });
                &mut members[at].1
            }
            (Tree::Items(items), Step::Item(number)) => {
                let Some(at) = place(items, number, || below(rest)) else { return };
                &mut items[at].1
            }
            (Tree::Entries(entries), Step::Key(number)) => {
                if let Some(at) = place(entries, number, Entry::default) {
                    // One without a name stands for all whose names could not be kept.
                    let key = if let Value::String(key) = value { key } else { String::new() };
                    entries[at].1.key = Some(key);
                }
                return;
            }
            (Tree::Entries(entries), Step::Value(number)) => {
                let Some(at) = place(entries, number, Entry::default) else { return };
                entries[at].1.value.get_or_insert_with(|| below(rest))
            }
            // A name that is used for a scalar and for a list.
            _ => return,
        };
        child.put(rest, value);
    }

    fn finish(self) -> Value {
        match self {
            Tree::Leaf(value) => value,
            Tree::Members(members) => Value::Object(
                members.into_iter().map(|(name, tree)| (name.to_owned(), tree.finish())).collect(),
            ),
            Tree::Items(items) => {
                let mut list = Vec::with_capacity(items.len());
                for (number, tree) in items {
                    let item = tree.finish();
                    // Of items in between nothing was wanted; they keep their places, as in other protocols.
                    let before = usize::try_from(number).unwrap_or_default().saturating_sub(1);
                    while list.len() < before.min(MOST_ITEMS - 1) {
                        list.push(if item.is_object() {
                            Value::Object(Map::new())
                        } else {
                            Value::Null
                        });
                    }
                    list.push(item);
                }
                Value::Array(list)
            }
            Tree::Entries(entries) => {
                let entries = entries.into_iter().filter_map(|(_, entry)| {
                    let value = entry.value.map_or(Value::Bool(true), Tree::finish);
                    Some((entry.key?, value))
                });
                Value::Object(entries.collect())
            }
        }
    }
}

/// What the steps behind a step lead into.
fn below(rest: &[Step]) -> Tree {
    rest.first().map_or(Tree::Leaf(Value::Null), |step| Tree::new(*step))
}

/// Where the item with this number is, or is put: in the order of the numbers.
fn place<T>(items: &mut Vec<(u32, T)>, number: u32, new: impl FnOnce() -> T) -> Option<usize> {
    // Items mostly come in order.
    let found = match items.last() {
        Some((last, _)) if *last == number => Ok(items.len() - 1),
        Some((last, _)) if *last < number => Err(items.len()),
        _ => items.binary_search_by_key(&number, |(number, _)| *number),
    };
    match found {
        Ok(at) => Some(at),
        Err(_) if items.len() >= MOST_ITEMS => None,
        Err(at) => {
            items.insert(at, (number, new()));
            Some(at)
        }
    }
}
