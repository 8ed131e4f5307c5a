//! A response's head.

use super::fields::{
    Connection, Encoding, Known, Lengths, MAX_FIELDS, check_line_ends, collect, position, slice,
};
use crate::capture::proxy::http1::body::Framing;
use crate::capture::proxy::observe::{Fields, Source, Span};

/// A response's head.
#[derive(Debug, Default)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) minor: u8,
    /// Just behind the status line's CRLF.
    line_end: u32,
    pub(crate) fields: Vec<Span>,
    pub(crate) framing: Framing,
    pub(crate) close: bool,
}

impl Response {
    /// Parses `head`, which ends with its empty line, as the response to a request with `method`.
    pub(crate) fn parse(&mut self, head: &[u8], method: &[u8]) -> Result<(), &'static str> {
        check_line_ends(head)?;
        // The parser passes over empty lines, but what goes on begins with the first line.
        if head.starts_with(b"\r\n") {
            return Err("its head begins with an empty line");
        }
        let mut slots = [const { std::mem::MaybeUninit::uninit() }; MAX_FIELDS];
        let mut parsed = httparse::Response::new(&mut []);
        let parsed_to = httparse::ParserConfig::default().parse_response_with_uninit_headers(
            &mut parsed,
            head,
            &mut slots,
        );
        if !matches!(parsed_to, Ok(httparse::Status::Complete(_))) {
            return Err("its head is not valid HTTP");
        }
        self.status = parsed.code.unwrap_or_default();
        self.minor = parsed.version.unwrap_or_default();
        self.line_end = position(head, b'\n').map_or(0, |at| at + 1);
        collect(head, parsed.headers, &mut self.fields);
        let mut lengths = Lengths::default();
        let mut connection = Connection::default();
        for span in &self.fields {
            let value = span.value(head);
            match Known::of(span.name(head)) {
                Known::ContentLength => lengths.length(value)?,
                Known::TransferEncoding => lengths.encoding(value),
                Known::Connection => connection.read(value),
                _ => {}
            }
        }
        self.close = connection.close || (self.minor == 0 && !connection.keep_alive);
        let bodiless = method == b"HEAD" || self.status < 200 || matches!(self.status, 204 | 304);
        self.framing = if bodiless {
            Framing::none()
        } else {
            match (lengths.length, lengths.encoding) {
                (Some(_), Some(_)) => {
                    return Err("it has both Content-Length and Transfer-Encoding");
                }
                (Some(length), None) => Framing::length(length),
                (None, Some(Encoding::Chunked)) if self.minor == 1 => Framing::chunked(),
                (None, _) => Framing::until_close(),
            }
        };
        if self.status < 100 || self.status > 999 {
            return Err("its status is not a valid HTTP status");
        }
        Ok(())
    }

    pub(crate) fn fields<'a>(&'a self, head: &'a [u8]) -> Fields<'a> {
        Fields(Source::Spans { head, fields: &self.fields })
    }

    /// Writes the head as it goes on to the client: the same bytes, but for what is for this hop
    /// alone. `upgraded`: the response (101) switches to another protocol.
    pub(crate) fn write(&self, head: &[u8], close: bool, upgraded: bool, out: &mut Vec<u8>) {
        out.reserve(head.len() + 32);
        out.extend_from_slice(b"HTTP/1.1");
        // Behind `HTTP/1.x`: status and reason as they were sent.
        out.extend_from_slice(slice(head, (8, self.line_end)));
        for span in &self.fields {
            let keep = match Known::of(span.name(head)) {
                Known::KeepAlive => false,
                Known::Connection | Known::Upgrade => upgraded,
                Known::Proxy => !span.name(head).eq_ignore_ascii_case(b"proxy-connection"),
                _ => true,
            };
            if keep {
                out.extend_from_slice(span.line(head));
            }
        }
        if close && !upgraded {
            out.extend_from_slice(b"Connection: close\r\n");
        }
        out.extend_from_slice(b"\r\n");
    }
}
