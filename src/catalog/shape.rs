//! Shapes of inputs: where on the wire each member sits.

use super::format::{LOCATION_PLACES, LOCATIONS, SCALARS};
use super::packed::{Reader, cell, from};

/// A structure, list or map.
#[derive(Clone, Copy)]
pub struct Shape {
    shapes: &'static [u8],
    index: usize,
}

/// The type of a member, an item or a value.
#[derive(Clone, Copy)]
pub enum Type {
    /// A value of its own.
    Scalar(Scalar),
    /// A structure, list or map.
    Shape(Shape),
}

/// A type without parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // The names say it.
pub enum Scalar {
    String,
    Number,
    Boolean,
    Timestamp,
    Blob,
    /// A body that may be of any length.
    Stream,
    /// Any JSON.
    Document,
}

const SCALAR_NUMBERS: [Scalar; SCALARS.len()] = [
    Scalar::String,
    Scalar::Number,
    Scalar::Boolean,
    Scalar::Timestamp,
    Scalar::Blob,
    Scalar::Stream,
    Scalar::Document,
];

/// Where a member sits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Location {
    /// In the body.
    Body,
    /// In the path, as the label of its wire name.
    Uri,
    /// In the query string.
    Query,
    /// In a header.
    Header,
    /// In every header that begins with its wire name.
    Headers,
    /// It is the status (of responses).
    StatusCode,
}

const LOCATION_NUMBERS: [Location; LOCATIONS.len()] = [
    Location::Body,
    Location::Uri,
    Location::Query,
    Location::Header,
    Location::Headers,
    Location::StatusCode,
];

/// What a shape is made of.
pub enum Kind {
    /// A structure; the name of the member that is the whole body, or empty.
    Structure {
        /// The name of the member that is the whole body; empty where the members make the body together.
        payload: &'static str,
        /// Whether it is a stream of events.
        event_stream: bool,
    },
    /// A list of items.
    List {
        /// The type of an item.
        item: Type,
        /// Whether an item is sensitive.
        sensitive: bool,
        /// The wire name of an item.
        name: &'static str,
        /// Whether items stand where the list would, without an element around them.
        flat: bool,
    },
    /// A map from strings.
    Map {
        /// The type of a value.
        value: Type,
        /// Whether a value is sensitive.
        sensitive: bool,
        /// The wire name of a key.
        key_name: &'static str,
        /// The wire name of a value.
        value_name: &'static str,
        /// Whether entries stand where the map would.
        flat: bool,
    },
}

impl Shape {
    pub(super) fn at(shapes: &'static [u8], index: usize) -> Shape {
        Shape { shapes, index }
    }

    /// Its place among the shapes of its service.
    pub(crate) fn index(self) -> usize {
        self.index
    }

    fn reader(self) -> Reader {
        Reader::new(from(self.shapes, cell(self.shapes, 1, self.index, 0)))
    }

    fn of(self, number: usize) -> (Type, bool) {
        let (kind, sensitive) = (number / 2, number % 2 == 1);
        let kind = match SCALAR_NUMBERS.get(kind) {
            Some(scalar) => Type::Scalar(*scalar),
            None => Type::Shape(Shape { shapes: self.shapes, index: kind - SCALARS.len() }),
        };
        (kind, sensitive)
    }

    /// What it is made of; the members of a structure are in [`members`](Shape::members).
    pub fn kind(self) -> Kind {
        let mut reader = self.reader();
        match reader.varint() {
            2 => {
                let (item, sensitive) = self.of(reader.varint());
                Kind::List { item, sensitive, name: reader.string(), flat: reader.varint() == 1 }
            }
            3 => {
                let (value, sensitive) = self.of(reader.varint());
                let (key_name, value_name) = (reader.string(), reader.string());
                Kind::Map { value, sensitive, key_name, value_name, flat: reader.varint() == 1 }
            }
            kind => Kind::Structure { payload: reader.string(), event_stream: kind == 1 },
        }
    }

    /// The members of a structure, sorted by name; none for lists and maps.
    pub fn members(self) -> impl Iterator<Item = Member> {
        let mut reader = self.reader();
        let count = match reader.varint() {
            0 | 1 => {
                reader.varint();
                reader.varint()
            }
            _ => 0,
        };
        (0..count).map(move |_| {
            let name = reader.string();
            let (kind, sensitive) = self.of(reader.varint());
            let how = reader.varint();
            let wire = if how % 2 == 1 { reader.string() } else { name };
            let location = how / 2 % LOCATION_PLACES as usize;
            let flags = how / 2 / LOCATION_PLACES as usize;
            Member { name, wire, kind, sensitive, flags, location }
        })
    }

    /// The member of this name.
    pub fn member(self, name: &str) -> Option<Member> {
        self.members().find(|member| member.name == name)
    }
}

/// A member of a structure.
#[derive(Clone, Copy)]
pub struct Member {
    /// Its name in the model (`FunctionName`).
    pub name: &'static str,
    /// Its name on the wire.
    pub wire: &'static str,
    /// Its type.
    pub kind: Type,
    /// Whether the model calls its value sensitive; such values are never kept.
    pub sensitive: bool,
    flags: usize,
    location: usize,
}

impl Member {
    fn flag(self, bit: usize) -> bool {
        self.flags >> bit & 1 == 1
    }

    /// Whether every request has it.
    pub fn is_required(self) -> bool {
        self.flag(0)
    }

    /// Whether it is a body of any length.
    pub fn is_stream(self) -> bool {
        self.flag(1)
    }

    /// Whether its items stand where the list would.
    pub fn is_flat(self) -> bool {
        self.flag(2)
    }

    /// Whether it is an XML attribute.
    pub fn is_attribute(self) -> bool {
        self.flag(3)
    }

    /// Whether it is a part of the host name.
    pub fn is_host_label(self) -> bool {
        self.flag(4)
    }

    /// Where it sits.
    pub fn location(self) -> Location {
        LOCATION_NUMBERS.get(self.location).copied().unwrap_or(Location::Body)
    }
}
