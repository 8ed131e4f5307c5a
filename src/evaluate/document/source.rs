//! JSON with the places at which things stand: what serde reads, and where.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Bytes of a document's text.
pub(crate) type Span = Range<usize>;

/// A value that is not looked into yet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node<'a> {
    raw: &'a RawValue,
    start: usize,
}

/// What a value is.
pub(crate) enum Kind<'a> {
    Object(Vec<Member<'a>>),
    List(Vec<Node<'a>>),
    Text(String),
    /// `true`, `false`, or a number, as it is written.
    Bare(&'a str),
    Null,
}

/// A member of an object.
pub(crate) struct Member<'a> {
    pub(crate) name: String,
    pub(crate) key: Span,
    pub(crate) value: Node<'a>,
}

impl<'a> Node<'a> {
    /// The value that a text is.
    pub(crate) fn read(text: &'a str) -> Result<Node<'a>, serde_json::Error> {
        let raw: &RawValue = serde_json::from_str(text)?;
        Ok(Node { raw, start: offset(text, raw) })
    }

    pub(crate) fn span(self) -> Span {
        self.start..self.start + self.raw.get().len()
    }

    pub(crate) fn kind(self) -> Kind<'a> {
        let text = self.raw.get();
        // The text is JSON, so none of these fails; if one did, null would be refused as what it is.
        match text.as_bytes().first() {
            Some(b'{') => self.members().map_or(Kind::Null, Kind::Object),
            Some(b'[') => self.items().map_or(Kind::Null, Kind::List),
            Some(b'"') => serde_json::from_str(text).map_or(Kind::Null, Kind::Text),
            Some(b'n') | None => Kind::Null,
            Some(_) => Kind::Bare(text),
        }
    }

    fn items(self) -> Option<Vec<Node<'a>>> {
        let items: Vec<&'a RawValue> = serde_json::from_str(self.raw.get()).ok()?;
        Some(items.into_iter().map(|raw| self.child(raw)).collect())
    }

    fn members(self) -> Option<Vec<Member<'a>>> {
        let Members(members) = serde_json::from_str(self.raw.get()).ok()?;
        let member = |(key, value): (&'a RawValue, &'a RawValue)| {
            let name: Cow<'_, str> = serde_json::from_str(key.get()).ok()?;
            Some(Member {
                name: name.into_owned(),
                key: self.child(key).span(),
                value: self.child(value),
            })
        };
        members.into_iter().map(member).collect()
    }

    fn child(self, raw: &'a RawValue) -> Node<'a> {
        Node { raw, start: self.start + offset(self.raw.get(), raw) }
    }
}

/// Where a part begins in the text that it was borrowed from.
fn offset(text: &str, part: &RawValue) -> usize {
    (part.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize)
}

/// The members of an object in their order, doubles included.
struct Members<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Vec<(&'de RawValue, &'de RawValue)>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }
        from.deserialize_map(Collect).map(Members)
    }
}
