//! `requestParameters` → the members of the request, under the model's names and in its shape; only what the plan of the operation
//! wants, and no more of it than of a request that the proxy sees.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::spelling::{Likeness, is_hidden, likeness, renamed};
use crate::catalog::naming::{is_tags, letters};
use crate::catalog::{Operation, Protocol};
use crate::recognize::http::keep::Keep;
use crate::recognize::http::plans;
use crate::recognize::http::take::{LONGEST, MOST_ITEMS, ROOM, kept, push, take_room};
use crate::recognize::http::uri;
use crate::recognize::http::wanted::{Field, Node, Plan, Want};

/// How deep the members of a request are followed.
const DEEPEST: usize = 32;
/// What stands for a member's text, and beside it, where EC2 turns XML into JSON: `{"content": "fl-1", "tag": 1}`.
const CONTENT: &str = "content";

/// The wanted members of a request.
pub(super) fn taken(operation: Operation, said: Map<String, Value>) -> Map<String, Value> {
    let plan = plans::plan(operation);
    let says_empty = !operation.service().protocols().any(|it| it == Protocol::Ec2);
    let mut taking = Taking { plan, operation, says_empty, room: ROOM, depth: 0 };
    let mut taken = Map::new();
    taking.root(unwrapped(operation, said), &mut taken);
    taken
}

/// How many of the members that an event has are an operation's.
pub(super) fn fits(operation: Operation, said: &Map<String, Value>) -> usize {
    let Some(input) = operation.input() else { return 0 };
    let names: Vec<[&str; 2]> = input.members().map(|it| [it.name, it.wire]).collect();
    let fits = |key: &&String| names.iter().any(|it| likeness(key, *it) == Some(Likeness::Same));
    said.keys().filter(fits).count()
}

/// EC2's newer operations stand in their events as in XML: `{"DeleteFlowLogsRequest": {"FlowLogId": …}}`.
fn unwrapped(operation: Operation, mut said: Map<String, Value>) -> Map<String, Value> {
    let wrapper = format!("{}Request", operation.name());
    if said.len() == 1
        && let Some(key) = said.keys().find(|key| key.eq_ignore_ascii_case(&wrapper)).cloned()
        && let Some(inner) = said.remove(&key)
    {
        return match inner {
            Value::Object(members) => members,
            _ => Map::new(),
        };
    }
    said
}

pub(super) fn fields(plan: &'static Plan, node: usize) -> &'static [Field] {
    match plan.node(node) {
        Node::Structure(fields) => fields,
        Node::List { .. } | Node::Map { .. } => &[],
    }
}

struct Taking {
    plan: &'static Plan,
    operation: Operation,
    /// Whether a member that is empty was in the request: EC2 writes it where there was none (`"iamInstanceProfile": {}`).
    says_empty: bool,
    room: usize,
    depth: usize,
}

/// A wanted member: its name, what is wanted of it, and whether it is kept when nothing in it is.
#[derive(Clone, Copy)]
struct Target {
    name: &'static str,
    want: Wanted,
    present: bool,
}

#[derive(Clone, Copy)]
enum Wanted {
    In(Want),
    /// Outside the body: a scalar, or a list of them.
    Outside(Keep, bool),
}

impl Taking {
    /// Takes the members of the request.
    fn root(&mut self, said: Map<String, Value>, taken: &mut Map<String, Value>) {
        let mut unknown = Vec::new();
        for (key, value) in said {
            match self.target(&key) {
                Some(target) => self.take(target, value, taken),
                None => unknown.push((key, value)),
            }
        }
        for (key, value) in unknown {
            if is_member(self.operation, &key) {
                continue;
            }
            match value {
                // API Gateway's events have what was in the body so: `createDeploymentInput`.
                Value::Object(members) if is_input(self.operation, &key) => {
                    for (key, value) in members {
                        if let Some(target) = self.target(&key) {
                            self.take(target, value, taken);
                        }
                    }
                }
                value => self.take_within(value, taken),
            }
        }
    }

    /// The wanted member of the request that an event's name means.
    fn target(&self, key: &str) -> Option<Target> {
        let service = self.operation.service().name();
        let renamed = renamed(service, self.operation.name(), key);
        let outside = self.plan.outside.iter().map(|it| {
            let want = Wanted::Outside(it.keep, it.is_list);
            (it.wire, Target { name: it.name, want, present: false })
        });
        let body = fields(self.plan, self.plan.root).iter().map(|it| {
            let present = it.present && self.says_empty;
            (it.wire, Target { name: it.name, want: Wanted::In(it.want), present })
        });
        let payload = self
            .plan
            .payload
            .map(|(name, want)| (name, Target { name, want: Wanted::In(want), present: false }));
        let mut all = outside.chain(body).chain(payload);
        if let Some(renamed) = renamed {
            return all.find(|(_, it)| it.name == renamed).map(|(_, target)| target);
        }
        let like = all.filter_map(|(wire, it)| Some((likeness(key, [it.name, wire])?, it)));
        // The first of those that are alike most.
        like.reduce(|best, it| if it.0 > best.0 { it } else { best }).map(|(_, target)| target)
    }

    fn take(&mut self, target: Target, said: Value, taken: &mut Map<String, Value>) {
        let value = match target.want {
            Wanted::In(want) => self.value(want, said, target.name),
            Wanted::Outside(keep, false) => self.scalar(keep, said, target.name),
            Wanted::Outside(keep, true) => {
                let mut items = Vec::new();
                for item in items_of(said, target.name) {
                    match self.scalar(keep, item, target.name) {
                        Some(item) if items.len() < MOST_ITEMS => push(&mut items, item),
                        _ => {}
                    }
                }
                Some(Value::Array(items))
            }
        };
        put(taken, target.name, value, target.present);
    }

    /// What EC2 says of several things at once is a set, and its items have the members of the request: `instancesSet` has the
    /// `instanceId` of each (docs.aws.amazon.com/AWSEC2/latest/APIReference/using-cloudtrail.html).
    fn take_within(&mut self, set: Value, taken: &mut Map<String, Value>) {
        if self.says_empty {
            return;
        }
        let Value::Object(mut set) = set else { return };
        let Some(Value::Array(items)) = set.remove("items") else { return };
        for item in items.into_iter().take(MOST_ITEMS) {
            let Value::Object(members) = item else { continue };
            for (key, value) in members {
                let Some(target) = self.target(&key) else { continue };
                let mut one = Map::new();
                self.take(target, value, &mut one);
                let Some(value) = one.remove(target.name) else { continue };
                match (taken.get_mut(target.name), value) {
                    (Some(Value::Array(there)), Value::Array(new)) => {
                        let room = MOST_ITEMS.saturating_sub(there.len());
                        there.extend(new.into_iter().take(room));
                    }
                    (Some(_), _) => {}
                    (None, value) => put(taken, target.name, Some(value), target.present),
                }
            }
        }
    }

    fn value(&mut self, want: Want, said: Value, name: &str) -> Option<Value> {
        match want {
            Want::Scalar(keep) => self.scalar(keep, said, name),
            Want::Node(node) => {
                if self.depth >= DEEPEST || !take_room(&mut self.room, 0) {
                    return Some(Value::Null);
                }
                self.depth += 1;
                let value = self.container(node, said, name);
                self.depth -= 1;
                value
            }
        }
    }

    fn container(&mut self, node: usize, said: Value, name: &str) -> Option<Value> {
        if let Value::String(text) = &said
            && is_hidden(text)
        {
            // That there are tags is known.
            return is_tags(name).then_some(Value::Bool(true));
        }
        match self.plan.node(node) {
            Node::List { item, name: wire, .. } => {
                let mut items = Vec::new();
                for said in items_of(as_list(said, name, wire), wire) {
                    if items.len() >= MOST_ITEMS {
                        break;
                    }
                    if let Some(value) = self.value(*item, self.entry(*item, said), name) {
                        push(&mut items, value);
                    }
                }
                Some(Value::Array(items))
            }
            Node::Structure(fields) => {
                let Value::Object(members) = said else { return None };
                let mut taken = Map::new();
                for (key, value) in members {
                    let like = fields
                        .iter()
                        .filter_map(|it| Some((likeness(&key, [it.name, it.wire])?, it)));
                    let field = like.reduce(|best, it| if it.0 > best.0 { it } else { best });
                    let Some((_, field)) = field else { continue };
                    let value = self.value(field.want, value, field.name);
                    put(&mut taken, field.name, value, field.present && self.says_empty);
                }
                Some(Value::Object(taken))
            }
            Node::Map { value: want, .. } => {
                let mut taken = Map::new();
                for (key, value) in entries_of(said) {
                    if taken.len() >= MOST_ITEMS {
                        break;
                    }
                    let fits = !is_hidden(&key)
                        && key.len() <= LONGEST
                        && take_room(&mut self.room, key.len());
                    // One without a name stands for all whose names could not be kept.
                    let key = if fits { key } else { String::new() };
                    let value = match want {
                        // A key is kept whatever its value is, hidden or not.
                        Want::Scalar(_) => {
                            self.value(*want, value, name).or(Some(Value::Bool(true)))
                        }
                        Want::Node(_) => self.value(*want, value, name),
                    };
                    if let Some(value) = value {
                        taken.insert(key, value);
                    }
                }
                Some(Value::Object(taken))
            }
        }
    }

    /// An item of a list as the model has it: an entry of a map where that is a structure with key and value.
    fn entry(&self, item: Want, said: Value) -> Value {
        let Want::Node(node) = item else { return said };
        let Value::Object(members) = &said else { return said };
        let (Some(key), Some(value)) = (members.get(ENTRY_KEY), members.get(ENTRY_VALUE)) else {
            return said;
        };
        let named = |ends: [&str; 2]| {
            let mut fields = fields(self.plan, node).iter().map(|it| it.name);
            fields.find(|name| ends.iter().any(|end| name.eq_ignore_ascii_case(end)))
        };
        let mut made = Map::new();
        made.insert(named(["key", "tagkey"]).unwrap_or("key").to_owned(), key.clone());
        made.insert(named(["value", "tagvalue"]).unwrap_or("value").to_owned(), value.clone());
        Value::Object(made)
    }

    fn scalar(&mut self, keep: Keep, said: Value, name: &str) -> Option<Value> {
        let said = match said {
            // A key of the query string has a list of values, and what was an element of XML its text.
            Value::Array(mut items)
                if items.len() == 1 && !matches!(items[0], Value::Object(_)) =>
            {
                items.remove(0)
            }
            Value::Object(mut members) => match text_in(&mut members, name) {
                Some(text) => text,
                None => Value::Object(members),
            },
            other => other,
        };
        match said {
            Value::Null => None,
            Value::String(text) if is_hidden(&text) => {
                (keep == Keep::Presence).then_some(Value::Bool(true))
            }
            _ if keep == Keep::Presence => {
                take_room(&mut self.room, 0).then_some(Value::Bool(true))
            }
            Value::String(text) => {
                let text = decoded(&text);
                kept(keep, &text, text.len() > LONGEST, &mut self.room)
            }
            Value::Bool(_) | Value::Number(_) => {
                Some(if take_room(&mut self.room, 8) { said } else { Value::Null })
            }
            Value::Array(_) | Value::Object(_) => {
                matches!(keep, Keep::Whole | Keep::Tag | Keep::Names).then_some(Value::Null)
            }
        }
    }
}

/// An ARN without what a path encodes in it, as events of services with paths have it (`arn%3Aaws%3Aconnect%3A…`).
fn decoded(text: &str) -> Cow<'_, str> {
    let is_encoded = text.get(..6).is_some_and(|it| it.eq_ignore_ascii_case("arn%3a"));
    if is_encoded { uri::decoded(text) } else { Cow::Borrowed(text) }
}

/// Names under which an entry of a map stands while a list is made of it; no event's member has them.
const ENTRY_KEY: &str = "\0key";
const ENTRY_VALUE: &str = "\0value";

/// Whether the operation has a member of this name, wanted or not.
fn is_member(operation: Operation, key: &str) -> bool {
    let mut members = operation.input().into_iter().flat_map(|input| input.members());
    members.any(|it| likeness(key, [it.name, it.wire]) == Some(Likeness::Same))
}

/// Whether a member is all of the operation's input, or of its body.
fn is_input(operation: Operation, key: &str) -> bool {
    let key = letters(key);
    let of = letters(operation.name());
    key.strip_prefix(&*of).is_some_and(|rest| matches!(rest, "input" | "request"))
}

fn put(taken: &mut Map<String, Value>, name: &str, value: Option<Value>, present: bool) {
    let value = match value {
        Some(Value::Object(members)) if members.is_empty() => present.then_some(Value::Bool(true)),
        Some(Value::Array(items)) if items.is_empty() => present.then_some(Value::Bool(true)),
        other => other,
    };
    if let Some(value) = value {
        taken.insert(name.to_owned(), value);
    }
}

/// A list as events have it: also as the items of a set, as elements of XML, as a map of keys and values, or as its only item.
fn as_list(said: Value, name: &str, wire: &str) -> Value {
    let Value::Object(mut members) = said else { return said };
    for around in ["items", "item", "member", wire] {
        let key = members.keys().find(|key| key.eq_ignore_ascii_case(around)).cloned();
        if let Some(key) = key
            && (members.len() == 1 || around == "items")
            && let Some(inner) = members.remove(&key)
        {
            return match inner {
                Value::Array(_) => inner,
                one => Value::Array(vec![one]),
            };
        }
    }
    if members.is_empty() {
        return Value::Array(Vec::new());
    }
    let are_texts = members.values().all(|it| it.is_string() || it.is_null());
    let has_key = members
        .keys()
        .any(|key| matches!(&*letters(key), "key" | "value" | "tagkey" | "tagvalue" | CONTENT));
    if is_tags(name) && are_texts && !has_key {
        let entry = |(key, value): (String, Value)| {
            let pair = [(ENTRY_KEY, Value::String(key)), (ENTRY_VALUE, value)];
            Value::Object(pair.into_iter().map(|(name, it)| (name.to_owned(), it)).collect())
        };
        return Value::Array(members.into_iter().map(entry).collect());
    }
    Value::Array(vec![Value::Object(members)])
}

fn items_of(said: Value, wire: &str) -> Vec<Value> {
    match as_list(said, "", wire) {
        Value::Array(items) => items,
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

/// The entries of a map, which events have as a list of keys and values as well.
fn entries_of(said: Value) -> Vec<(String, Value)> {
    match said {
        Value::Object(members) => members.into_iter().collect(),
        Value::Array(items) => {
            let entry = |item: Value| {
                let Value::Object(members) = item else { return None };
                let named = |ends: [&str; 3]| {
                    let mut all = members.iter();
                    let found = all.find(|(key, _)| ends.contains(&&*letters(key)));
                    found.map(|(_, value)| value.clone())
                };
                let key = named(["key", "tagkey", "name"])?;
                let value = named(["value", "tagvalue", "values"]).unwrap_or(Value::Null);
                Some((key.as_str()?.to_owned(), value))
            };
            items.into_iter().filter_map(entry).collect()
        }
        _ => Vec::new(),
    }
}

/// The text that an object is: an element of XML with its number, or the only member of an item of a set, which is called as
/// what the list names (`instanceId` of `InstanceIds`).
fn text_in(members: &mut Map<String, Value>, name: &str) -> Option<Value> {
    if let Some(content) = members.remove(CONTENT) {
        return Some(content);
    }
    let is_text = |value: &Value| matches!(value, Value::String(_) | Value::Number(_));
    let like =
        members.iter().find(|(key, value)| is_text(value) && likeness(key, [name, name]).is_some());
    let only = || members.iter().next().filter(|(_, value)| members.len() == 1 && is_text(value));
    like.or_else(only).map(|(_, value)| value.clone())
}
