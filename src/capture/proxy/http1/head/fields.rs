//! The fields of a head, as a proxy reads them.

use crate::capture::proxy::observe::Span;

/// The most fields that a head may have.
pub(super) const MAX_FIELDS: usize = 256;

pub(super) fn slice(bytes: &[u8], (start, end): (u32, u32)) -> &[u8] {
    bytes.get(start as usize..end as usize).unwrap_or_default()
}

/// The fields that mean something to a proxy.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    Host,
    ContentLength,
    TransferEncoding,
    Connection,
    Expect,
    Upgrade,
    KeepAlive,
    Proxy,
    Http2Settings,
    Other,
}

impl Known {
    pub(super) fn of(name: &[u8]) -> Self {
        let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
        match name.len() {
            4 if is(b"host") => Known::Host,
            6 if is(b"expect") => Known::Expect,
            7 if is(b"upgrade") => Known::Upgrade,
            10 if is(b"connection") => Known::Connection,
            10 if is(b"keep-alive") => Known::KeepAlive,
            14 if is(b"content-length") => Known::ContentLength,
            14 if is(b"http2-settings") => Known::Http2Settings,
            16 if is(b"proxy-connection") => Known::Proxy,
            17 if is(b"transfer-encoding") => Known::TransferEncoding,
            19 if is(b"proxy-authorization") => Known::Proxy,
            _ => Known::Other,
        }
    }
}

pub(super) enum Encoding {
    Chunked,
    Other,
}

#[derive(Default)]
pub(super) struct Lengths {
    pub(super) length: Option<u64>,
    pub(super) encoding: Option<Encoding>,
}

impl Lengths {
    pub(super) fn length(&mut self, value: &[u8]) -> Result<(), &'static str> {
        // Digits alone: no sign, no list, nothing that somebody else might read differently.
        if value.is_empty() || value.len() > 19 || !value.iter().all(u8::is_ascii_digit) {
            return Err("Content-Length is not a number");
        }
        let length = value.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'));
        if self.length.replace(length).is_some() {
            return Err("there is more than one Content-Length header");
        }
        Ok(())
    }

    pub(super) fn encoding(&mut self, value: &[u8]) {
        let first = self.encoding.is_none();
        let chunked = first && value.eq_ignore_ascii_case(b"chunked");
        self.encoding = Some(if chunked { Encoding::Chunked } else { Encoding::Other });
    }
}

#[derive(Default)]
pub(super) struct Connection {
    pub(super) close: bool,
    pub(super) keep_alive: bool,
    pub(super) upgrade: bool,
}

impl Connection {
    pub(super) fn read(&mut self, value: &[u8]) {
        for option in value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii) {
            self.close |= option.eq_ignore_ascii_case(b"close");
            self.keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
            self.upgrade |= option.eq_ignore_ascii_case(b"upgrade");
        }
    }
}

/// Lines end in CRLF, and CR and LF are nowhere else: what another server might take for a line's
/// end is not passed on.
pub(super) fn check_line_ends(head: &[u8]) -> Result<(), &'static str> {
    let mut previous = 0;
    for &byte in head {
        if (byte == b'\n') != (previous == b'\r') {
            return Err("a line of the head does not end in CRLF");
        }
        previous = byte;
    }
    Ok(())
}

/// Turns the parser's slices into spans. A line reaches to the next field's name.
pub(super) fn collect(head: &[u8], headers: &[httparse::Header<'_>], spans: &mut Vec<Span>) {
    spans.clear();
    let end_of_fields = (head.len() as u32).saturating_sub(2);
    for header in headers {
        let (start, name_end) = range(head, header.name.as_bytes());
        let (value_start, value_end) = range(head, header.value);
        if let Some(last) = spans.last_mut() {
            last.end = start;
        }
        spans.push(Span { start, name_end, value_start, value_end, end: end_of_fields });
    }
}

/// Where `part`, a slice of `whole`, is in it.
pub(super) fn range(whole: &[u8], part: &[u8]) -> (u32, u32) {
    let start = (part.as_ptr() as usize).wrapping_sub(whole.as_ptr() as usize);
    if part.is_empty() || start > whole.len() {
        return (0, 0);
    }
    (start as u32, (start + part.len()) as u32)
}

pub(super) fn position(bytes: &[u8], wanted: u8) -> Option<u32> {
    bytes.iter().position(|&byte| byte == wanted).map(|at| at as u32)
}
