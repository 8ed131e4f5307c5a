//! JSON.

use memchr::memchr2;
use serde_json::Value;

use super::Text;
use crate::recognize::http::take::{Found, LONGEST, Reads, Then};

/// Scans one JSON text.
#[derive(Debug)]
pub(in crate::recognize::http) struct Scanner {
    state: State,
    /// The containers that were entered: whether each is an object.
    stack: Vec<bool>,
    text: Text,
    escaped: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before a value; in a list also before its end.
    Value,
    /// Before a key or the end of an object.
    Key,
    Colon,
    /// Behind a value.
    After,
    /// In a text; what it is to become.
    Text(Role),
    /// In a text, behind a backslash.
    Escape(Role),
    /// In a literal.
    Literal { keep: bool },
    /// In a container that is passed over, so many deep; in a text of it, behind a backslash there.
    Skip { depth: u32, in_text: bool, escape: bool },
    /// The text is over, or is no JSON.
    Over,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Key,
    Value,
    Nothing,
}

/// Raw bytes of a text: every character may be an escape of six.
const RAW: usize = 6 * LONGEST;

impl Scanner {
    pub(in crate::recognize::http) fn new() -> Scanner {
        Scanner { state: State::Value, stack: Vec::new(), text: Text::default(), escaped: false }
    }

    /// Reads the next piece.
    pub(in crate::recognize::http) fn feed(&mut self, mut bytes: &[u8], to: &mut impl Reads) {
        while let Some(&byte) = bytes.first() {
            let used = match self.state {
                State::Over => return,
                State::Text(role) => self.in_text(bytes, role, to),
                State::Escape(role) => {
                    if role != Role::Nothing {
                        self.text.push(&[byte], RAW);
                    }
                    self.state = State::Text(role);
                    1
                }
                State::Literal { keep } => self.in_literal(bytes, keep, to),
                State::Skip { depth, in_text, escape } => self.skip(bytes, depth, in_text, escape),
                _ if byte.is_ascii_whitespace() => 1,
                // A byte order mark.
                State::Value if matches!(byte, 0xef | 0xbb | 0xbf) && self.stack.is_empty() => 1,
                State::Value => self.value(byte, to),
                State::Key => match byte {
                    b'"' => self.begin_text(Role::Key),
                    b'}' => self.close(to),
                    _ => self.over(),
                },
                State::Colon => {
                    self.state = if byte == b':' { State::Value } else { State::Over };
                    1
                }
                State::After => match (byte, self.stack.last()) {
                    (b',', Some(true)) => self.go(State::Key),
                    (b',', Some(false)) => self.go(State::Value),
                    (b'}', Some(true)) | (b']', Some(false)) => self.close(to),
                    _ => self.over(),
                },
            };
            bytes = &bytes[used..];
        }
    }

    /// The text is over; a literal has no other end.
    pub(in crate::recognize::http) fn end(&mut self, to: &mut impl Reads) {
        if let State::Literal { keep } = self.state {
            self.end_literal(keep, to);
        }
        self.state = State::Over;
    }

    fn go(&mut self, state: State) -> usize {
        self.state = state;
        1
    }

    fn over(&mut self) -> usize {
        self.go(State::Over)
    }

    fn value(&mut self, byte: u8, to: &mut impl Reads) -> usize {
        let found = match byte {
            b'{' => Found::Object,
            b'[' => Found::List,
            b'"' => Found::Text,
            b']' if self.stack.last() == Some(&false) => return self.close(to),
            b'-' | b'0'..=b'9' | b'a'..=b'z' => Found::Literal,
            _ => return self.over(),
        };
        let then = to.found(found);
        match (found, then) {
            (Found::Object, Then::Enter) => {
                self.stack.push(true);
                self.go(State::Key)
            }
            (Found::List, Then::Enter) => {
                self.stack.push(false);
                self.go(State::Value)
            }
            (Found::Object | Found::List, _) => {
                self.go(State::Skip { depth: 1, in_text: false, escape: false })
            }
            (Found::Text, Then::Keep) => self.begin_text(Role::Value),
            (Found::Text, _) => self.begin_text(Role::Nothing),
            (Found::Literal, then) => {
                self.text.clear();
                self.state = State::Literal { keep: then == Then::Keep };
                0
            }
        }
    }

    fn close(&mut self, to: &mut impl Reads) -> usize {
        self.stack.pop();
        to.end();
        self.go(if self.stack.is_empty() { State::Over } else { State::After })
    }

    fn begin_text(&mut self, role: Role) -> usize {
        self.text.clear();
        self.escaped = false;
        self.go(State::Text(role))
    }

    fn in_text(&mut self, bytes: &[u8], role: Role, to: &mut impl Reads) -> usize {
        let end = memchr2(b'"', b'\\', bytes);
        let plain = &bytes[..end.unwrap_or(bytes.len())];
        if role != Role::Nothing {
            self.text.push(plain, RAW);
        }
        let Some(end) = end else { return bytes.len() };
        if bytes[end] == b'\\' {
            if role != Role::Nothing {
                self.text.push(b"\\", RAW);
            }
            self.escaped = true;
            self.state = State::Escape(role);
            return end + 1;
        }
        self.state = if role == Role::Key { State::Colon } else { State::After };
        if role != Role::Nothing {
            let cut = self.text.cut;
            let raw = String::from_utf8_lossy(&self.text.bytes);
            let unescaped: Option<String> = match (self.escaped, cut) {
                (false, _) => None,
                // The end may be in the middle of an escape.
                (true, true) => Some(raw.split('\\').next().unwrap_or_default().to_owned()),
                (true, false) => serde_json::from_str(&format!("\"{raw}\"")).ok(),
            };
            let text = match (&unescaped, self.escaped) {
                (Some(text), _) => text,
                (None, false) => &*raw,
                // An escape that is none.
                (None, true) => "",
            };
            match role {
                Role::Key if cut => to.key(""),
                Role::Key => to.key(text),
                _ => to.text(text, cut),
            }
        }
        if self.stack.is_empty() {
            self.state = State::Over;
        }
        end + 1
    }

    fn in_literal(&mut self, bytes: &[u8], keep: bool, to: &mut impl Reads) -> usize {
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
        let length = bytes.iter().position(|byte| !is_part(byte)).unwrap_or(bytes.len());
        self.text.push(&bytes[..length], 64);
        if length < bytes.len() {
            self.end_literal(keep, to);
        }
        length
    }

    fn end_literal(&mut self, keep: bool, to: &mut impl Reads) {
        self.state = if self.stack.is_empty() { State::Over } else { State::After };
        if keep && !self.text.cut {
            // What is none is `null`, which nobody keeps.
            to.literal(serde_json::from_slice(&self.text.bytes).unwrap_or(Value::Null));
        }
    }

    fn skip(&mut self, bytes: &[u8], mut depth: u32, in_text: bool, escape: bool) -> usize {
        if escape {
            return self.go(State::Skip { depth, in_text, escape: false });
        }
        if in_text {
            return match memchr2(b'"', b'\\', bytes) {
                None => bytes.len(),
                Some(end) => {
                    let escape = bytes[end] == b'\\';
                    self.state = State::Skip { depth, in_text: escape, escape };
                    end + 1
                }
            };
        }
        for (index, byte) in bytes.iter().enumerate() {
            match byte {
                b'"' => {
                    self.state = State::Skip { depth, in_text: true, escape: false };
                    return index + 1;
                }
                b'{' | b'[' => depth = depth.saturating_add(1),
                b'}' | b']' => {
                    depth -= 1;
                    if depth == 0 {
                        let outermost = self.stack.is_empty();
                        self.state = if outermost { State::Over } else { State::After };
                        return index + 1;
                    }
                }
                _ => {}
            }
        }
        self.state = State::Skip { depth, in_text: false, escape: false };
        bytes.len()
    }
}
