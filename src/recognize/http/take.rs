//! Builds the wanted parameters out of what a scanner comes across, within fixed limits.

use serde_json::{Map, Value};

use super::keep::Keep;
use super::template::Types;
use super::wanted::{Field, Node, Plan, Want};
use crate::recognize::message;

/// Bytes of names and values that are kept of one call.
pub(in crate::recognize) const ROOM: usize = 64 << 10;
/// The longest text that is kept. A longer one is left out, since a part of an identifier is none, and `null` stands in its
/// place, which tells what cannot be a name from what was not said; so it does for what there was no room for, and for
/// what is of another type than the model has.
pub(in crate::recognize) const LONGEST: usize = 2_048;
/// Items of a list that are kept (S3's DeleteObjects has at most so many).
pub(in crate::recognize) const MOST_ITEMS: usize = 1_000;
/// How deep containers are followed.
const DEEPEST: usize = 64;

/// What a scanner found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    Object,
    List,
    Text,
    /// A number, `true`, `false` or `null`.
    Literal,
}

/// What the scanner is to do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// Go into the container and report what is in it.
    Enter,
    /// Hand the value over.
    Keep,
    /// Pass over it.
    Skip,
}

/// What reads a scanner's findings. A value is reported by [`key`](Reads::key), where it stands in an object, then
/// [`found`](Reads::found), then by what `found` asked for.
pub(super) trait Reads {
    /// The key of the next value.
    fn key(&mut self, key: &str);
    /// A value begins.
    fn found(&mut self, found: Found) -> Then;
    /// A text that was to be kept; `cut` when it was too long and this is its beginning.
    fn text(&mut self, text: &str, cut: bool);
    /// A literal that was to be kept.
    fn literal(&mut self, value: Value);
    /// The container that was entered last ends.
    fn end(&mut self);
}

/// Keeps what a plan wants.
pub(super) struct Taker {
    plan: &'static Plan,
    stack: Vec<Frame>,
    /// Where the next value goes in the innermost object, and what is wanted of it.
    next: Option<(Place, Want)>,
    room: usize,
    pub(super) taken: Map<String, Value>,
}

struct Frame {
    node: usize,
    place: Place,
    value: Value,
}

enum Place {
    /// The members of the whole input.
    Root,
    /// A member, and whether it is kept when nothing in it is.
    Member(&'static str, bool),
    Key(String),
    Item,
}

impl Taker {
    pub(super) fn new(plan: &'static Plan, taken: Map<String, Value>, room: usize) -> Taker {
        Taker { plan, stack: Vec::new(), next: None, room, taken }
    }

    /// Takes the parameters; what was not ended is as far as it came.
    pub(super) fn finish(mut self) -> Map<String, Value> {
        while !self.stack.is_empty() {
            self.end();
        }
        self.taken
    }

    /// Where a value goes and what is wanted of it.
    fn target(&mut self) -> Option<(Place, Want)> {
        match self.stack.last() {
            None => match self.plan.payload {
                Some((name, want)) => Some((Place::Member(name, false), want)),
                None => Some((Place::Root, Want::Node(self.plan.root))),
            },
            Some(frame) => match (self.plan.node(frame.node), &frame.value) {
                (Node::List { item, .. }, Value::Array(items)) if items.len() < MOST_ITEMS => {
                    Some((Place::Item, *item))
                }
                (Node::List { .. }, _) => None,
                _ => self.next.take(),
            },
        }
    }

    fn put(&mut self, place: Place, value: Value) {
        let keep_empty = matches!(place, Place::Item | Place::Key(_));
        let is_empty = match &value {
            Value::Object(members) => members.is_empty(),
            Value::Array(items) => items.is_empty(),
            _ => false,
        };
        let value = match place {
            Place::Member(_, true) if is_empty => Value::Bool(true),
            _ if is_empty && !keep_empty => return,
            _ => value,
        };
        match (place, self.stack.last_mut().map(|frame| &mut frame.value)) {
            (Place::Item, Some(Value::Array(items))) => push(items, value),
            (Place::Member(name, _), Some(Value::Object(members))) => {
                members.insert(name.to_owned(), value);
            }
            (Place::Key(key), Some(Value::Object(members)))
                if members.len() < MOST_ITEMS || members.contains_key(&key) =>
            {
                members.insert(key, value);
            }
            (Place::Root, _) => match value {
                // As nearly always: nothing was taken outside the body.
                Value::Object(members) if self.taken.is_empty() => self.taken = members,
                Value::Object(members) => self.taken.extend(members),
                _ => {}
            },
            (Place::Member(name, _), None) => {
                self.taken.insert(name.to_owned(), value);
            }
            _ => {}
        }
    }

    /// Whether there is room for so many more bytes; takes it.
    fn has_room(&mut self, bytes: usize) -> bool {
        take_room(&mut self.room, bytes)
    }
}

/// The members that were taken outside the body, one by one, and how much room is left.
pub(super) struct Taken {
    pub(super) parameters: Map<String, Value>,
    pub(super) room: usize,
}

impl Taken {
    pub(super) fn nothing() -> Taken {
        Taken { parameters: Map::new(), room: ROOM }
    }

    pub(super) fn take(&mut self, name: &str, keep: Keep, value: &str) {
        let cut = value.len() > LONGEST;
        if let Some(value) = kept(keep, value, cut, &mut self.room) {
            self.parameters.insert(name.to_owned(), value);
        }
    }

    pub(super) fn take_item(&mut self, name: &str, keep: Keep, value: &str) {
        let cut = value.len() > LONGEST;
        let Some(value) = kept(keep, value, cut, &mut self.room) else { return };
        let list = self.parameters.entry(name).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(items) = list
            && items.len() < MOST_ITEMS
        {
            push(items, value);
        }
    }
}

/// What came over the network and is kept as it is: at most so much of it.
pub(super) fn bounded(text: &str) -> String {
    message::bounded(text, LONGEST).to_owned()
}

/// Puts an item at the end of a list; of what could not be kept, one stands for all that follow each other.
pub(in crate::recognize) fn push(items: &mut Vec<Value>, value: Value) {
    if !(value.is_null() && items.last().is_some_and(Value::is_null)) {
        items.push(value);
    }
}

pub(in crate::recognize) fn take_room(room: &mut usize, bytes: usize) -> bool {
    // Every value has a cost beside its text.
    match room.checked_sub(bytes + 8) {
        Some(rest) => {
            *room = rest;
            true
        }
        None => false,
    }
}

/// The member that is called so in JSON or CBOR: by its wire name, or as the model has it.
fn member<'a>(fields: &'a [Field], key: &str) -> Option<&'a Field> {
    fields
        .iter()
        .find(|field| field.wire == key)
        .or_else(|| fields.iter().find(|field| field.name == key))
}

impl Reads for Taker {
    fn key(&mut self, key: &str) {
        self.next = None;
        let Some(frame) = self.stack.last() else { return };
        match self.plan.node(frame.node) {
            Node::Structure(fields) => {
                self.next =
                    member(fields, key).map(|it| (Place::Member(it.name, it.present), it.want));
            }
            Node::Map { value, .. } => {
                let value = *value;
                let fits = key.len() <= LONGEST && self.has_room(key.len());
                // One without a name stands for all whose names could not be kept.
                let key = if fits { key } else { "" };
                self.next = Some((Place::Key(key.to_owned()), value));
            }
            Node::List { .. } => {}
        }
    }

    fn found(&mut self, found: Found) -> Then {
        if self.stack.len() >= DEEPEST {
            return Then::Skip;
        }
        let Some((place, want)) = self.target() else { return Then::Skip };
        match (want, found) {
            // A literal may be `null`, which is as good as nothing.
            (Want::Scalar(Keep::Presence), Found::Object | Found::List | Found::Text) => {
                if self.has_room(0) {
                    self.put(place, Value::Bool(true));
                }
                Then::Skip
            }
            (Want::Scalar(_), Found::Text | Found::Literal) | (Want::Node(_), Found::Literal) => {
                self.next = Some((place, want));
                Then::Keep
            }
            (Want::Scalar(Keep::Whole | Keep::Tag | Keep::Names), _)
            | (Want::Node(_), Found::Text) => {
                self.put(place, Value::Null);
                Then::Skip
            }
            (Want::Scalar(_), _) => Then::Skip,
            (Want::Node(node), Found::Object | Found::List) => {
                let is_list = matches!(self.plan.node(node), Node::List { .. });
                let fits = is_list == (found == Found::List);
                // All of the input is entered, whatever the members before it took.
                if !fits || !matches!(place, Place::Root) && !self.has_room(0) {
                    self.put(place, Value::Null);
                    return Then::Skip;
                }
                let value =
                    if is_list { Value::Array(Vec::new()) } else { Value::Object(Map::new()) };
                self.stack.push(Frame { node, place, value });
                Then::Enter
            }
        }
    }

    fn text(&mut self, text: &str, cut: bool) {
        let Some((place, Want::Scalar(keep))) = self.next.take() else { return };
        if let Some(value) = kept(keep, text, cut, &mut self.room) {
            self.put(place, value);
        }
    }

    fn literal(&mut self, value: Value) {
        let Some((place, want)) = self.next.take() else { return };
        if value.is_null() {
            return;
        }
        let value = match want {
            Want::Scalar(keep) if self.has_room(8) => {
                if keep == Keep::Presence {
                    Value::Bool(true)
                } else {
                    value
                }
            }
            _ => Value::Null,
        };
        self.put(place, value);
    }

    fn end(&mut self) {
        self.next = None;
        if let Some(frame) = self.stack.pop() {
            self.put(frame.place, frame.value);
        }
    }
}

/// What is kept of a text: `null` where it is too long, or there is no room for it.
pub(in crate::recognize) fn kept(
    keep: Keep,
    text: &str,
    cut: bool,
    room: &mut usize,
) -> Option<Value> {
    let value = match keep {
        Keep::Presence => return take_room(room, 0).then_some(Value::Bool(true)),
        Keep::Statement => statement(text),
        Keep::Types => {
            let mut types = Types::default();
            types.text(text);
            return take_room(room, text.len()).then(|| types.finish());
        }
        Keep::Fields => {
            let fields = super::graphql::fields(text, cut);
            let size = fields.as_array().map_or(0, Vec::len) * 64;
            return Some(if take_room(room, size) { fields } else { Value::Null });
        }
        Keep::Arn if !text.starts_with("arn:") => return None,
        Keep::Reference if !is_whole_arn(text) => return None,
        Keep::Key if !is_whole_arn(text) && !is_key(text) => return None,
        _ if cut || text.len() > LONGEST => return Some(Value::Null),
        Keep::Url => text.split(['?', '#']).next().unwrap_or_default().to_owned(),
        Keep::Whole | Keep::Tag | Keep::Arn | Keep::Reference | Keep::Key => text.to_owned(),
        Keep::Names => {
            let names: Vec<&str> = super::uri::pairs(text).map(|(name, _)| name).collect();
            names.join("&")
        }
    };
    let fits = take_room(room, value.len());
    Some(if fits { Value::String(value) } else { Value::Null })
}

/// Whether a text is an ARN from its beginning to its end.
fn is_whole_arn(text: &str) -> bool {
    let fields: Vec<&str> = text.splitn(6, ':').collect();
    let is_whole = fields.len() == 6 && fields[0] == "arn" && !fields[5].is_empty();
    is_whole && !text.contains(|it: char| it.is_whitespace() || it.is_control())
}

/// Whether a text is a key of KMS by its id (`1234abcd-12ab-34cd-56ef-1234567890ab`, `mrk-1234abcd12ab34cd56ef1234567890ab`)
/// or an alias (docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id).
fn is_key(text: &str) -> bool {
    if let Some(alias) = text.strip_prefix("alias/") {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"/_-".contains(&byte);
        return !alias.is_empty() && alias.bytes().all(is_letter);
    }
    let is_hex = |text: &str, length| {
        text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    if let Some(id) = text.strip_prefix("mrk-") {
        return is_hex(id, 32);
    }
    let mut parts = text.split('-');
    let mut lengths = [8, 4, 4, 4, 12].into_iter();
    lengths.all(|it| parts.next().is_some_and(|part| is_hex(part, it))) && parts.next().is_none()
}

/// The beginning of a statement, with `?` for its literals: which table and what is done with it.
fn statement(text: &str) -> String {
    const ENOUGH: usize = 512;
    let mut out = String::new();
    let mut letters = text.chars().peekable();
    let mut quote = None;
    while let Some(letter) = letters.next() {
        if out.len() >= ENOUGH {
            break;
        }
        match (quote, letter) {
            (Some('\''), '\'') => {
                quote = None;
                out.push_str("'?'");
            }
            (Some('\''), _) => {}
            (Some('"'), '"') => {
                quote = None;
                out.push('"');
            }
            (Some(_), _) => out.push(letter),
            (None, '\'' | '"') => {
                quote = Some(letter);
                if letter == '"' {
                    out.push('"');
                }
            }
            (None, '0'..='9')
                if !out.ends_with(|c: char| c.is_alphanumeric() || "_-.".contains(c)) =>
            {
                while letters.next_if(|c| c.is_ascii_alphanumeric() || ".+-".contains(*c)).is_some()
                {
                }
                out.push('?');
            }
            (None, _) => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_lose_their_literals() {
        assert_eq!(
            statement("SELECT * FROM \"Music-1\".\"idx\" WHERE Artist='A''B' AND n2 >= 12.5e3"),
            "SELECT * FROM \"Music-1\".\"idx\" WHERE Artist='?''?' AND n2 >= ?",
        );
        assert_eq!(statement("INSERT INTO t VALUE {'k':'secret"), "INSERT INTO t VALUE {'?':");
        assert!(statement(&"x".repeat(9_000)).len() < 600);
    }

    #[test]
    fn what_cannot_be_kept_is_told_from_what_was_not_said() {
        let mut room = ROOM;
        let long = "x".repeat(LONGEST + 1);
        assert_eq!(kept(Keep::Whole, &long, false, &mut room), Some(Value::Null));
        assert_eq!(kept(Keep::Whole, "x", true, &mut room), Some(Value::Null));
        assert_eq!(kept(Keep::Arn, &long, false, &mut room), None);
        assert_eq!(kept(Keep::Arn, &format!("arn:{long}"), false, &mut room), Some(Value::Null));
        assert_eq!(kept(Keep::Whole, "x", false, &mut 0), Some(Value::Null));
        let mut items = vec![Value::Null];
        push(&mut items, Value::Null);
        push(&mut items, Value::Bool(true));
        assert_eq!(items, [Value::Null, Value::Bool(true)]);
    }

    #[test]
    fn of_what_is_sensitive_identifiers_are_kept_and_secrets_are_not() {
        let keeps = |keep: Keep, text: &str| kept(keep, text, false, &mut ROOM.clone()).is_some();
        for text in [
            "arn:aws:iam::111122223333:role/app",
            "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-a1b2c3",
            "arn:aws:s3:::bucket",
        ] {
            assert!(keeps(Keep::Reference, text) && keeps(Keep::Key, text), "{text}");
        }
        for text in [
            "1234abcd-12ab-34cd-56ef-1234567890ab",
            "mrk-1234abcd12ab34cd56ef1234567890ab",
            "alias/app",
        ] {
            // The same form may be a token anywhere else.
            assert!(keeps(Keep::Key, text) && !keeps(Keep::Reference, text), "{text}");
        }
        for text in [
            "hunter2",
            "arn:aws:iam::111122223333",
            "arn:aws:iam::111122223333:role/app and more",
            "alias/",
            "alias/a b",
            "mrk-1234",
            "1234abcd-12ab-34cd-56ef-1234567890ab-1",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "",
        ] {
            assert!(!keeps(Keep::Key, text) && !keeps(Keep::Reference, text), "{text}");
        }
    }

    #[test]
    fn tag_texts_lose_their_values() {
        let mut room = ROOM;
        assert_eq!(kept(Keep::Names, "a=1&b&c=", false, &mut room), Some("a&b&c".into()));
    }
}
