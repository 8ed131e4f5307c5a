//! Scanners: bytes in pieces of any size in, findings out, in bounded memory.
//!
//! They are our own because what they do is what parsers are not made for: pass over a value of any length
//! without holding it (a 50 MB `ZipFile` before the `FunctionName`), and stop and go on between any two
//! bytes. Pull parsers (serde_json, struson, quick-xml, minicbor) want a reader to block on or all the
//! bytes; actson, which can be pushed, holds each text whole. None of these scanners
//! validates: AWS does. What is not well-formed ends the findings, never the program.

pub(super) mod cbor;
pub(super) mod form;
pub(super) mod json;
pub(super) mod xml;

/// The text of a value or key that is being read: up to a limit, and whether there was more.
#[derive(Debug, Default)]
pub(super) struct Text {
    pub(super) bytes: Vec<u8>,
    pub(super) cut: bool,
}

impl Text {
    pub(super) fn push(&mut self, bytes: &[u8], limit: usize) {
        let room = limit.saturating_sub(self.bytes.len());
        self.cut |= bytes.len() > room;
        self.bytes.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.cut = false;
    }
}
