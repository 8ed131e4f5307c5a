//! XML.

use std::borrow::Cow;

use memchr::memchr;

use super::Text;
use crate::recognize::http::take::{LONGEST, Then};

/// What reads a scanner's elements. Namespaces and attributes are not reported.
pub(in crate::recognize::http) trait Elements {
    /// An element begins, called `name` without its prefix. [`Then::Keep`] asks for its text.
    fn start(&mut self, name: &str) -> Then;
    /// The text of an element that was to be kept; `cut` when it was too long. No `end` follows.
    fn text(&mut self, text: &str, cut: bool);
    /// The element that was entered last ends.
    fn end(&mut self);
}

/// Scans one XML document.
#[derive(Debug)]
pub(in crate::recognize::http) struct Scanner {
    state: State,
    /// Elements that were entered.
    depth: u32,
    /// Elements within the one that is passed over or kept, itself included.
    within: u32,
    /// Whether that one's text is kept.
    keep: bool,
    text: Text,
    name: Text,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Content,
    /// Behind `<`.
    Open,
    /// In the name of a start tag.
    Name,
    /// In a start tag behind its name; the quote that is open, whether the last byte was a slash.
    Attributes { quote: u8, slash: bool },
    /// In an end tag.
    EndTag,
    /// In `<?…?>` or `<!DOCTYPE…>`.
    Other,
    /// Behind `<!`, where a comment, CDATA or DOCTYPE begins; what there is of it is in `name`.
    Bang,
    /// In a comment: how many bytes of `-->` are there.
    Comment(u8),
    /// In CDATA: how many bytes of `]]>` are there.
    Data(u8),
    Over,
}

const LONGEST_NAME: usize = 256;
/// Every character may be a reference of ten (`&#x1F980;`).
const RAW: usize = 10 * LONGEST;

impl Scanner {
    pub(in crate::recognize::http) fn new() -> Scanner {
        Scanner {
            state: State::Content,
            depth: 0,
            within: 0,
            keep: false,
            text: Text::default(),
            name: Text::default(),
        }
    }

    /// Reads the next piece.
    pub(in crate::recognize::http) fn feed(&mut self, mut bytes: &[u8], to: &mut impl Elements) {
        while let Some(&byte) = bytes.first() {
            let mut used = 1;
            match self.state {
                State::Over => return,
                State::Content => {
                    let end = memchr(b'<', bytes);
                    self.content(&bytes[..end.unwrap_or(bytes.len())]);
                    used = end.map_or(bytes.len(), |end| end + 1);
                    if end.is_some() {
                        self.state = State::Open;
                    }
                }
                State::Open => {
                    self.name.clear();
                    self.state = match byte {
                        b'/' => State::EndTag,
                        b'?' => State::Other,
                        b'!' => State::Bang,
                        _ => {
                            used = 0;
                            State::Name
                        }
                    };
                }
                State::Name => {
                    let is_end = |byte: &u8| byte.is_ascii_whitespace() || b"/>".contains(byte);
                    let end = bytes.iter().position(is_end);
                    self.name.push(&bytes[..end.unwrap_or(bytes.len())], LONGEST_NAME);
                    used = end.unwrap_or(bytes.len());
                    if end.is_some() {
                        self.state = State::Attributes { quote: 0, slash: false };
                    }
                }
                State::Attributes { quote: 0, slash } => match byte {
                    b'>' => {
                        self.state = State::Content;
                        self.start(to);
                        if slash {
                            self.end(to);
                        }
                    }
                    b'"' | b'\'' => self.state = State::Attributes { quote: byte, slash: false },
                    _ => self.state = State::Attributes { quote: 0, slash: byte == b'/' },
                },
                State::Attributes { quote, .. } => match memchr(quote, bytes) {
                    Some(end) => {
                        used = end + 1;
                        self.state = State::Attributes { quote: 0, slash: false };
                    }
                    None => used = bytes.len(),
                },
                State::EndTag => {
                    if byte == b'>' {
                        self.state = State::Content;
                        self.end(to);
                    }
                }
                State::Other => {
                    if byte == b'>' {
                        self.state = State::Content;
                    }
                }
                State::Bang => {
                    self.name.push(&[byte], LONGEST_NAME);
                    self.state = match &*self.name.bytes {
                        b"--" => State::Comment(0),
                        b"[CDATA[" => State::Data(0),
                        start if b"--".starts_with(start) || b"[CDATA[".starts_with(start) => {
                            State::Bang
                        }
                        _ if byte == b'>' => State::Content,
                        _ => State::Other,
                    };
                }
                State::Comment(seen) => {
                    self.state = match (seen, byte) {
                        (2, b'>') => State::Content,
                        (0 | 1, b'-') => State::Comment(seen + 1),
                        (2, b'-') => State::Comment(2),
                        _ => State::Comment(0),
                    };
                }
                State::Data(seen) => self.data(seen, byte),
            }
            bytes = &bytes[used..];
        }
    }

    fn is_kept(&self) -> bool {
        self.keep && self.within == 1
    }

    fn content(&mut self, bytes: &[u8]) {
        if self.is_kept() {
            self.text.push(bytes, RAW);
        }
    }

    fn data(&mut self, seen: u8, byte: u8) {
        self.state = match (seen, byte) {
            (2, b'>') => State::Content,
            (0 | 1, b']') => State::Data(seen + 1),
            (2, b']') => {
                self.content(b"]");
                State::Data(2)
            }
            _ => {
                self.content(&b"]]"[..usize::from(seen)]);
                // References mean nothing in here, and the text is read as if they did.
                if byte == b'&' { self.content(b"&amp;") } else { self.content(&[byte]) }
                State::Data(0)
            }
        };
    }

    fn start(&mut self, to: &mut impl Elements) {
        if self.within > 0 {
            self.within = self.within.saturating_add(1);
            return;
        }
        let name = String::from_utf8_lossy(&self.name.bytes);
        let name = name.rsplit(':').next().unwrap_or_default();
        match to.start(name) {
            Then::Enter => self.depth += 1,
            then => {
                self.within = 1;
                self.keep = then == Then::Keep;
                self.text.clear();
            }
        }
    }

    fn end(&mut self, to: &mut impl Elements) {
        match (self.within, self.depth) {
            (0, 0) => self.state = State::Over,
            (0, depth) => {
                to.end();
                self.depth = depth - 1;
                if self.depth == 0 {
                    self.state = State::Over;
                }
            }
            (1, depth) => {
                self.within = 0;
                if self.keep {
                    let raw = String::from_utf8_lossy(&self.text.bytes);
                    to.text(&unescaped(&raw), self.text.cut);
                }
                if depth == 0 {
                    self.state = State::Over;
                }
            }
            (within, _) => self.within = within - 1,
        }
    }
}

/// Replaces references to characters; what is none stays.
fn unescaped(raw: &str) -> Cow<'_, str> {
    if !raw.contains('&') {
        return raw.into();
    }
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('&') {
        text.push_str(before);
        let reference = after.split_once(';').and_then(|(name, tail)| Some((character(name)?, tail)));
        match reference {
            Some((character, tail)) => {
                text.push(character);
                rest = tail;
            }
            None => {
                text.push('&');
                rest = after;
            }
        }
    }
    text.push_str(rest);
    text.into()
}

fn character(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}
