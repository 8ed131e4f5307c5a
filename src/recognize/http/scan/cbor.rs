//! CBOR (RFC 8949), as the smithy protocol sends it.

use serde_json::{Number, Value};

use super::Text;
use crate::recognize::http::take::{Found, LONGEST, Reads, Then};

/// Scans one CBOR item.
#[derive(Debug)]
pub(in crate::recognize::http) struct Scanner {
    state: State,
    stack: Vec<Level>,
    text: Text,
}

/// A container.
#[derive(Debug)]
struct Level {
    is_map: bool,
    /// Items that are still to come, keys and values counted; `None` until a break.
    left: Option<u64>,
    /// Whether the next item of a map is a key.
    key_next: bool,
    entered: bool,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// Before an item.
    Item,
    /// In the argument of an item: major type, additional information, bytes to come, value so far.
    Argument { major: u8, info: u8, left: u8, value: u64 },
    /// In the bytes of a string.
    Bytes { left: u64, role: Role, chunked: bool },
    /// Before a chunk of a string of unknown length.
    Chunk { role: Role },
    Over,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Key,
    Value,
    Nothing,
}

/// Containers within containers, entered or not.
const DEEPEST: usize = 256;

const TEXT: u8 = 3;

impl Scanner {
    pub(in crate::recognize::http) fn new() -> Scanner {
        Scanner { state: State::Item, stack: Vec::new(), text: Text::default() }
    }

    /// Reads the next piece.
    pub(in crate::recognize::http) fn feed(&mut self, mut bytes: &[u8], to: &mut impl Reads) {
        loop {
            // What needs no more bytes: a string's end, an argument's end.
            match self.state {
                State::Over => return,
                State::Bytes { left: 0, role, chunked: false } => {
                    self.end_string(role, to);
                    continue;
                }
                State::Bytes { left: 0, role, chunked: true } => {
                    self.state = State::Chunk { role };
                    continue;
                }
                State::Argument { major, info, left: 0, value } => {
                    self.item(major, info, value, to);
                    continue;
                }
                _ => {}
            }
            let Some(&byte) = bytes.first() else { return };
            let used = match self.state {
                State::Bytes { left, role, chunked } => {
                    let here = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                    if role != Role::Nothing {
                        self.text.push(&bytes[..here], LONGEST);
                    }
                    self.state = State::Bytes { left: left - here as u64, role, chunked };
                    here
                }
                State::Argument { major, info, left, value } => {
                    let value = value << 8 | u64::from(byte);
                    self.state = State::Argument { major, info, left: left - 1, value };
                    1
                }
                State::Item if byte == 0xff => {
                    self.break_off(to);
                    1
                }
                State::Chunk { role } if byte == 0xff => {
                    self.end_string(role, to);
                    1
                }
                State::Item | State::Chunk { .. } => {
                    self.head(byte);
                    1
                }
                State::Over => return,
            };
            bytes = &bytes[used..];
        }
    }

    fn head(&mut self, byte: u8) {
        let (major, info) = (byte >> 5, byte & 0x1f);
        if let State::Chunk { role } = self.state {
            // Chunks are strings of known length; their arguments are few bytes, kept in the text's place.
            self.state = match info {
                0..=23 => State::Bytes { left: u64::from(info), role, chunked: true },
                24..=27 => {
                    State::Argument { major: CHUNK, info: role as u8, left: 1 << (info - 24), value: 0 }
                }
                _ => State::Over,
            };
            return;
        }
        self.state = match info {
            0..=23 => State::Argument { major, info, left: 0, value: u64::from(info) },
            24..=27 => State::Argument { major, info, left: 1 << (info - 24), value: 0 },
            31 if (2..=5).contains(&major) => State::Argument { major, info, left: 0, value: 0 },
            _ => State::Over,
        };
    }

    /// An item whose argument is known.
    fn item(&mut self, major: u8, info: u8, value: u64, to: &mut impl Reads) {
        if major == CHUNK {
            let role = [Role::Key, Role::Value, Role::Nothing][usize::from(info)];
            self.state = State::Bytes { left: value, role, chunked: true };
            return;
        }
        if major == 6 {
            // A tag stands before its item; the item is what counts.
            self.state = State::Item;
            return;
        }
        let entered = self.stack.last().is_none_or(|level| level.entered);
        if self.stack.last().is_some_and(|level| level.is_map && level.key_next) {
            let role = if entered && major == TEXT { Role::Key } else { Role::Nothing };
            return match major {
                2 | 3 => self.begin_string(info, value, role),
                4 | 5 | 7 if info == 31 => self.state = State::Over,
                4 | 5 => self.state = State::Over,
                _ => self.done(),
            };
        }
        let found = match major {
            2 | 3 => Found::Text,
            4 => Found::List,
            5 => Found::Object,
            _ => Found::Literal,
        };
        let then = if entered { to.found(found) } else { Then::Skip };
        match major {
            2 | 3 => {
                let role = if then == Then::Keep { Role::Value } else { Role::Nothing };
                // A blob is never kept, whatever it is called.
                let role = if major == TEXT { role } else { Role::Nothing };
                self.begin_string(info, value, role);
            }
            4 | 5 => {
                let is_map = major == 5;
                let left = (info != 31).then(|| if is_map { value.saturating_mul(2) } else { value });
                if self.stack.len() >= DEEPEST {
                    self.state = State::Over;
                    return;
                }
                self.stack.push(Level { is_map, left, key_next: true, entered: then == Then::Enter });
                self.state = State::Item;
                if left == Some(0) {
                    self.close(to);
                }
            }
            _ => {
                if then == Then::Keep {
                    to.literal(literal(major, info, value));
                }
                self.done();
            }
        }
        self.close_full(to);
    }

    fn begin_string(&mut self, info: u8, length: u64, role: Role) {
        self.text.clear();
        self.state = if info == 31 {
            State::Chunk { role }
        } else {
            State::Bytes { left: length, role, chunked: false }
        };
    }

    fn end_string(&mut self, role: Role, to: &mut impl Reads) {
        let text = String::from_utf8_lossy(&self.text.bytes);
        match role {
            Role::Key if self.text.cut => to.key(""),
            Role::Key => to.key(&text),
            Role::Value => to.text(&text, self.text.cut),
            Role::Nothing => {}
        }
        self.done();
        self.close_full(to);
    }

    /// An item is over: the container counts it.
    fn done(&mut self) {
        self.state = match self.stack.last_mut() {
            None => State::Over,
            Some(level) => {
                level.key_next = !level.key_next;
                level.left = level.left.map(|left| left.saturating_sub(1));
                State::Item
            }
        };
    }

    /// Closes containers that have all their items.
    fn close_full(&mut self, to: &mut impl Reads) {
        while matches!(self.state, State::Item)
            && self.stack.last().is_some_and(|level| level.left == Some(0))
        {
            self.close(to);
        }
    }

    fn close(&mut self, to: &mut impl Reads) {
        if let Some(level) = self.stack.pop()
            && level.entered
        {
            to.end();
        }
        self.done();
    }

    /// A break: the end of a container of unknown length.
    fn break_off(&mut self, to: &mut impl Reads) {
        match self.stack.last() {
            Some(level) if level.left.is_none() => {
                self.close(to);
                self.close_full(to);
            }
            _ => self.state = State::Over,
        }
    }
}

/// The major type that stands for the argument of a chunk.
const CHUNK: u8 = 8;

fn literal(major: u8, info: u8, value: u64) -> Value {
    let float = |number: f64| Number::from_f64(number).map_or(Value::Null, Value::Number);
    match (major, info) {
        (0, _) => value.into(),
        (1, _) => i64::try_from(value).map_or(Value::Null, |value| (-1 - value).into()),
        (7, 20) => false.into(),
        (7, 21) => true.into(),
        (7, 25) => float(half(value)),
        (7, 26) => float(f64::from(f32::from_bits(u32::try_from(value).unwrap_or_default()))),
        (7, 27) => float(f64::from_bits(value)),
        _ => Value::Null,
    }
}

/// A number in 16 bits.
fn half(bits: u64) -> f64 {
    let (exponent, mantissa) = ((bits >> 10 & 0x1f) as i32, (bits & 0x3ff) as f64);
    let size = match exponent {
        0 => mantissa * 2f64.powi(-24),
        31 => f64::NAN,
        _ => (mantissa + 1024.0) * 2f64.powi(exponent - 25),
    };
    if bits >> 15 & 1 == 1 { -size } else { size }
}
