//! A request's head.

use super::fields::{
    Connection, Encoding, Known, Lengths, MAX_FIELDS, check_line_ends, collect, range, slice,
};
use super::refusal::{Refusal, bad, refusal};
use crate::capture::proxy::http1::body::Framing;
use crate::capture::proxy::observe::{Fields, Source, Span};

/// A request's head. The spans point into the bytes that were parsed.
#[derive(Debug, Default)]
pub(crate) struct Request {
    pub(crate) method: (u32, u32),
    pub(crate) target: (u32, u32),
    /// Minor version: 0 or 1.
    pub(crate) minor: u8,
    pub(crate) fields: Vec<Span>,
    pub(crate) framing: Framing,
    /// `Connection: close`, or HTTP/1.0.
    pub(crate) close: bool,
    /// `Expect: 100-continue`.
    pub(crate) expects_continue: bool,
    /// Asks to become another protocol (but not HTTP/2).
    pub(crate) upgrade: bool,
    pub(crate) host: Option<(u32, u32)>,
}

impl Request {
    /// Parses `head`, which ends with its empty line. `self` is reused: its old contents go.
    pub(crate) fn parse(&mut self, head: &[u8]) -> Result<(), Refusal> {
        check_line_ends(head).map_err(bad)?;
        let mut slots = [const { std::mem::MaybeUninit::uninit() }; MAX_FIELDS];
        let mut parsed = httparse::Request::new(&mut []);
        match parsed.parse_with_uninit_headers(head, &mut slots) {
            Ok(httparse::Status::Complete(_)) => {}
            Ok(httparse::Status::Partial) => return Err(bad("the request's head is not complete")),
            Err(error) => return Err(refusal(error)),
        }
        self.method = range(head, parsed.method.unwrap_or_default().as_bytes());
        self.target = range(head, parsed.path.unwrap_or_default().as_bytes());
        self.minor = parsed.version.unwrap_or_default();
        collect(head, parsed.headers, &mut self.fields);
        let mut lengths = Lengths::default();
        let mut connection = Connection::default();
        self.host = None;
        self.expects_continue = false;
        let mut upgrade = false;
        for span in &self.fields {
            let value = span.value(head);
            match Known::of(span.name(head)) {
                Known::Host => {
                    if self.host.replace((span.value_start, span.value_end)).is_some() {
                        return Err(bad("the request has more than one Host header"));
                    }
                }
                Known::ContentLength => lengths.length(value).map_err(bad)?,
                Known::TransferEncoding => lengths.encoding(value),
                Known::Connection => connection.read(value),
                Known::Expect => {
                    self.expects_continue |= value.eq_ignore_ascii_case(b"100-continue");
                }
                // A switch to HTTP/2 would take the connection out of sight; the server may do without.
                Known::Upgrade => upgrade = !value.eq_ignore_ascii_case(b"h2c"),
                Known::KeepAlive | Known::Proxy | Known::Http2Settings | Known::Other => {}
            }
        }
        if self.minor == 1 && self.host.is_none() {
            return Err(bad("the request has no Host header"));
        }
        self.upgrade = upgrade && connection.upgrade;
        self.close = connection.close || self.minor == 0;
        self.framing = match (lengths.length, lengths.encoding) {
            (None, None) => Framing::none(),
            (Some(length), None) => Framing::length(length),
            (Some(_), Some(_)) => {
                return Err(bad("the request has both Content-Length and Transfer-Encoding"));
            }
            (None, Some(_)) if self.minor == 0 => {
                return Err(bad("Transfer-Encoding is not part of HTTP/1.0"));
            }
            (None, Some(Encoding::Chunked)) => Framing::chunked(),
            (None, Some(Encoding::Other)) => {
                return Err(Refusal {
                    status: 501,
                    sentence: "the only supported Transfer-Encoding is chunked",
                });
            }
        };
        Ok(())
    }

    pub(crate) fn method<'a>(&self, head: &'a [u8]) -> &'a [u8] {
        slice(head, self.method)
    }

    pub(crate) fn target<'a>(&self, head: &'a [u8]) -> &'a [u8] {
        slice(head, self.target)
    }

    pub(crate) fn host<'a>(&self, head: &'a [u8]) -> Option<&'a [u8]> {
        self.host.map(|host| slice(head, host))
    }

    pub(crate) fn fields<'a>(&'a self, head: &'a [u8]) -> Fields<'a> {
        Fields(Source::Spans { head, fields: &self.fields })
    }

    /// Writes the head as it goes on to the upstream: the same bytes, but for the target (when
    /// the client wrote it for a proxy) and the fields that are for this hop alone. `extra` are
    /// whole lines for an upstream proxy; `host` takes the place of what `Host` says.
    pub(crate) fn write(
        &self,
        head: &[u8],
        target: &[u8],
        extra: &[u8],
        host: Option<&[u8]>,
        out: &mut Vec<u8>,
    ) {
        out.reserve(head.len() + extra.len());
        out.extend_from_slice(self.method(head));
        out.push(b' ');
        out.extend_from_slice(target);
        out.extend_from_slice(if self.minor == 0 { b" HTTP/1.0\r\n" } else { b" HTTP/1.1\r\n" });
        out.extend_from_slice(extra);
        for span in &self.fields {
            let keep = match (Known::of(span.name(head)), host) {
                (Known::KeepAlive | Known::Proxy | Known::Http2Settings, _) => false,
                (Known::Connection | Known::Upgrade, _) => self.upgrade,
                (Known::Host, Some(host)) => {
                    out.extend_from_slice(b"Host: ");
                    out.extend_from_slice(host);
                    out.extend_from_slice(b"\r\n");
                    false
                }
                _ => true,
            };
            if keep {
                out.extend_from_slice(span.line(head));
            }
        }
        out.extend_from_slice(b"\r\n");
    }
}
