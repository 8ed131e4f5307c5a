//! Forms: `name=value&name=value`, percent-encoded.

use memchr::{memchr, memchr2};

use super::Text;
use crate::recognize::http::take::LONGEST;
use crate::recognize::http::uri::form_decoded;

/// What reads a scanner's pairs.
pub(in crate::recognize::http) trait Pairs {
    /// Whether the value of this name is wanted.
    fn wants(&mut self, name: &str) -> bool;
    /// Whether the value of this name is read as it passes by, however long it is.
    fn streams(&mut self, name: &str) -> bool;
    /// A piece of such a value, with its escapes.
    fn piece(&mut self, bytes: &[u8]);
    /// Such a value is over.
    fn piece_end(&mut self, name: &str);
    /// A pair that was wanted; `cut` when the value was too long and this is its beginning.
    fn pair(&mut self, name: &str, value: &str, cut: bool);
}

/// Scans a form.
#[derive(Debug, Default)]
pub(in crate::recognize::http) struct Scanner {
    in_value: bool,
    wanted: bool,
    streamed: bool,
    name: Text,
    decoded_name: String,
    value: Text,
}

const LONGEST_NAME: usize = 3 * 1_024;
/// Every byte may be an escape of three.
const RAW: usize = 3 * LONGEST;

impl Scanner {
    /// Reads the next piece.
    pub(in crate::recognize::http) fn feed(&mut self, mut bytes: &[u8], to: &mut impl Pairs) {
        while !bytes.is_empty() {
            let end = if self.in_value { memchr(b'&', bytes) } else { memchr2(b'=', b'&', bytes) };
            let plain = &bytes[..end.unwrap_or(bytes.len())];
            match self.in_value {
                false => self.name.push(plain, LONGEST_NAME),
                true if self.streamed => to.piece(plain),
                true if self.wanted => self.value.push(plain, RAW),
                true => {}
            }
            let Some(end) = end else { return };
            if bytes[end] == b'=' && !self.in_value {
                self.end_name(to);
            } else {
                self.end(to);
            }
            bytes = &bytes[end + 1..];
        }
    }

    fn end_name(&mut self, to: &mut impl Pairs) {
        let name = String::from_utf8_lossy(&self.name.bytes);
        self.decoded_name = form_decoded(&name).into_owned();
        let is_name = !self.name.cut && !self.name.bytes.is_empty();
        self.streamed = is_name && to.streams(&self.decoded_name);
        self.wanted = is_name && !self.streamed && to.wants(&self.decoded_name);
        self.in_value = true;
        self.value.clear();
    }

    /// A pair is over; also the end of the form.
    pub(in crate::recognize::http) fn end(&mut self, to: &mut impl Pairs) {
        if !self.in_value {
            self.end_name(to);
        }
        if self.streamed {
            to.piece_end(&self.decoded_name);
        }
        if self.wanted {
            let value = String::from_utf8_lossy(&self.value.bytes);
            let decoded = form_decoded(&value);
            let cut = self.value.cut || decoded.len() > LONGEST;
            to.pair(&self.decoded_name, &decoded, cut);
        }
        self.name.clear();
        self.in_value = false;
        self.wanted = false;
        self.streamed = false;
    }
}
