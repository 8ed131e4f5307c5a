//! Parameters out of an XML body.

use serde_json::{Map, Value};

use super::keep::Keep;
use super::scan::xml::Elements;
use super::take::{LONGEST, MOST_ITEMS, Then, kept, push, take_room};
use super::wanted::{Field, Node, Plan, Want};

/// Keeps what a plan wants.
pub(super) struct Taker {
    plan: &'static Plan,
    stack: Vec<Frame>,
    /// Where the text goes that is being read.
    next: Option<(Place, Keep)>,
    room: usize,
    pub(super) taken: Map<String, Value>,
}

/// A container that is being filled.
struct Frame {
    kind: Holds,
    place: Place,
    value: Value,
}

#[derive(Clone, Copy)]
enum Holds {
    Node(usize),
    /// An entry of the map with this number.
    Entry(usize),
}

/// Where a value goes in what is around it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    /// A member, and whether it is kept when nothing in it is.
    Member(&'static str, bool),
    /// Into the list around it.
    Item,
    /// Into the list or map that is this member, whose items stand where it would.
    Flat(&'static str),
    /// The key or the value of an entry; they are kept as its members `k` and `v`.
    Key,
    Value,
}

const KEY: &str = "k";
const VALUE: &str = "v";
const DEEPEST: usize = 64;

impl Taker {
    pub(super) fn new(plan: &'static Plan, taken: Map<String, Value>, room: usize) -> Taker {
        Taker { plan, stack: Vec::new(), next: None, room, taken }
    }

    pub(super) fn finish(mut self) -> Map<String, Value> {
        while !self.stack.is_empty() {
            self.end();
        }
        self.taken
    }

    /// Where an element goes and what is wanted of it.
    fn target(&self, name: &str) -> Option<(Place, Want)> {
        let Some(frame) = self.stack.last() else {
            return Some(match self.plan.payload {
                Some((name, want)) => (Place::Member(name, false), want),
                None => (Place::Root, Want::Node(self.plan.root)),
            });
        };
        match frame.kind {
            Holds::Node(number) => match self.plan.node(number) {
                Node::Structure(fields) => self.member(fields, name),
                Node::List { item, .. } => Some((Place::Item, *item)),
                // `entry`; what it is said to hold is looked up when it is entered.
                Node::Map { .. } => Some((Place::Item, Want::Node(number))),
            },
            Holds::Entry(number) => match self.plan.node(number) {
                Node::Map { key_name, .. } if *key_name == name => {
                    Some((Place::Key, Want::Scalar(Keep::Whole)))
                }
                Node::Map { value_name, value, .. } if *value_name == name => {
                    Some((Place::Value, *value))
                }
                _ => None,
            },
        }
    }

    fn member(&self, fields: &[Field], name: &str) -> Option<(Place, Want)> {
        let field = fields.iter().find(|field| field.wire == name)?;
        let Want::Node(number) = field.want else {
            return Some((Place::Member(field.name, false), field.want));
        };
        Some(match self.plan.node(number) {
            Node::List { item, flat, .. } if *flat || field.flat => {
                (Place::Flat(field.name), *item)
            }
            Node::Map { flat, .. } if *flat || field.flat => (Place::Flat(field.name), field.want),
            _ => (Place::Member(field.name, field.present), field.want),
        })
    }

    fn put(&mut self, place: Place, value: Value, is_entry: bool) {
        let is_empty = match &value {
            Value::Object(members) => members.is_empty(),
            Value::Array(items) => items.is_empty(),
            _ => false,
        };
        let kept_empty = is_empty && matches!(place, Place::Member(_, true));
        let (value, is_empty) =
            if kept_empty { (Value::Bool(true), false) } else { (value, is_empty) };
        let Some(around) = self.stack.last_mut() else {
            match (place, value) {
                (Place::Root, Value::Object(members)) => self.taken.extend(members),
                (Place::Member(name, _), value) if !is_empty => {
                    self.taken.insert(name.to_owned(), value);
                }
                _ => {}
            }
            return;
        };
        match (place, &mut around.value) {
            (Place::Member(name, _), Value::Object(members)) if !is_empty => {
                members.insert(name.to_owned(), value);
            }
            (Place::Item, Value::Object(members)) if is_entry => put_entry(members, value),
            (Place::Item, Value::Array(items)) if items.len() < MOST_ITEMS => push(items, value),
            (Place::Flat(name), Value::Object(members)) if is_entry => {
                let map = members.entry(name).or_insert_with(|| Value::Object(Map::new()));
                if let Value::Object(map) = map {
                    put_entry(map, value);
                }
            }
            (Place::Flat(name), Value::Object(members)) => {
                let list = members.entry(name).or_insert_with(|| Value::Array(Vec::new()));
                if let Value::Array(items) = list
                    && items.len() < MOST_ITEMS
                {
                    push(items, value);
                }
            }
            (Place::Key, Value::Object(members)) => {
                members.insert(KEY.to_owned(), value);
            }
            (Place::Value, Value::Object(members)) => {
                members.insert(VALUE.to_owned(), value);
            }
            _ => {}
        }
    }
}

/// Puts an entry, kept as `k` and `v`, into its map.
fn put_entry(map: &mut Map<String, Value>, entry: Value) {
    let Value::Object(mut entry) = entry else { return };
    let value = entry.remove(VALUE).unwrap_or(Value::Bool(true));
    let key = match entry.remove(KEY) {
        Some(Value::String(key)) => key,
        // One without a name stands for all whose names could not be kept.
        Some(Value::Null) => String::new(),
        _ => return,
    };
    if map.len() < MOST_ITEMS {
        map.insert(key, value);
    }
}

impl Elements for Taker {
    fn start(&mut self, name: &str) -> Then {
        if self.stack.len() >= DEEPEST {
            return Then::Skip;
        }
        let Some((place, want)) = self.target(name) else { return Then::Skip };
        match want {
            Want::Scalar(Keep::Presence) => {
                if take_room(&mut self.room, 0) {
                    self.put(place, Value::Bool(true), false);
                }
                Then::Skip
            }
            Want::Scalar(keep) => {
                self.next = Some((place, keep));
                Then::Keep
            }
            Want::Node(number) => {
                // All of the input is entered, whatever the members before it took.
                if place != Place::Root && !take_room(&mut self.room, 0) {
                    self.put(place, Value::Null, false);
                    return Then::Skip;
                }
                let in_map = self.stack.last().is_some_and(|frame| {
                    matches!(frame.kind, Holds::Node(around) if around == number)
                        && matches!(self.plan.node(number), Node::Map { .. })
                });
                let (kind, value) = match self.plan.node(number) {
                    Node::List { .. } => (Holds::Node(number), Value::Array(Vec::new())),
                    Node::Map { .. } if in_map || matches!(place, Place::Flat(_)) => {
                        (Holds::Entry(number), Value::Object(Map::new()))
                    }
                    _ => (Holds::Node(number), Value::Object(Map::new())),
                };
                self.stack.push(Frame { kind, place, value });
                Then::Enter
            }
        }
    }

    fn text(&mut self, text: &str, cut: bool) {
        let Some((place, keep)) = self.next.take() else { return };
        let cut = cut || text.len() > LONGEST;
        if let Some(value) = kept(keep, text, cut, &mut self.room) {
            self.put(place, value, false);
        }
    }

    fn end(&mut self) {
        if let Some(frame) = self.stack.pop() {
            self.put(frame.place, frame.value, matches!(frame.kind, Holds::Entry(_)));
        }
    }
}
