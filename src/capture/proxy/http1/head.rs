//! Heads of HTTP/1.1 messages: parsed strictly, kept as the bytes that were sent.

use crate::capture::proxy::observe::{Fields, Source, Span};

use super::body::Framing;

/// The most bytes that a head may have.
pub(crate) const MAX_HEAD: usize = 64 * 1024;
/// The most fields that a head may have.
const MAX_FIELDS: usize = 256;

/// A message that is not taken, with the status and the sentence that answer it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) sentence: &'static str,
}

const fn bad(sentence: &'static str) -> Refusal {
    Refusal { status: 400, sentence }
}

pub(crate) const TOO_LARGE: Refusal = Refusal {
    status: 431,
    sentence: "the request's head is larger than 64 KiB or has more than 256 fields",
};

/// Where the head in `buffer` ends (just behind its empty line), searching from `from`, which is
/// a position that an earlier search returned in `Err`.
pub(crate) fn find_end(buffer: &[u8], from: usize) -> Result<usize, usize> {
    let mut at = from;
    while let Some(found) = buffer.get(at..).and_then(|rest| memchr::memchr(b'\n', rest)) {
        let end = at + found + 1;
        // Bare line feeds end a head here, too, so that the parser gets to see and refuse them.
        if matches!(buffer.get(end), Some(b'\n'))
            || buffer.get(end..end + 2).is_some_and(|two| two == b"\r\n")
        {
            return Ok(end + if buffer.get(end) == Some(&b'\n') { 1 } else { 2 });
        }
        if end + 2 > buffer.len() {
            return Err(end - 1);
        }
        at = end;
    }
    Err(buffer.len())
}

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

fn slice(bytes: &[u8], (start, end): (u32, u32)) -> &[u8] {
    bytes.get(start as usize..end as usize).unwrap_or_default()
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
                        return Err(bad("the request has more than one Host"));
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
            return Err(bad("the request has no Host"));
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
                    sentence: "the only Transfer-Encoding that is understood is chunked",
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
            return Err("its status is not one of HTTP");
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

/// The fields that mean something to a proxy.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
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
    fn of(name: &[u8]) -> Self {
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

enum Encoding {
    Chunked,
    Other,
}

#[derive(Default)]
struct Lengths {
    length: Option<u64>,
    encoding: Option<Encoding>,
}

impl Lengths {
    fn length(&mut self, value: &[u8]) -> Result<(), &'static str> {
        // Digits alone: no sign, no list, nothing that somebody else might read differently.
        if value.is_empty() || value.len() > 19 || !value.iter().all(u8::is_ascii_digit) {
            return Err("Content-Length is not a number");
        }
        let length = value.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'));
        if self.length.replace(length).is_some() {
            return Err("there is more than one Content-Length");
        }
        Ok(())
    }

    fn encoding(&mut self, value: &[u8]) {
        let first = self.encoding.is_none();
        let chunked = first && value.eq_ignore_ascii_case(b"chunked");
        self.encoding = Some(if chunked { Encoding::Chunked } else { Encoding::Other });
    }
}

#[derive(Default)]
struct Connection {
    close: bool,
    keep_alive: bool,
    upgrade: bool,
}

impl Connection {
    fn read(&mut self, value: &[u8]) {
        for option in value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii) {
            self.close |= option.eq_ignore_ascii_case(b"close");
            self.keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
            self.upgrade |= option.eq_ignore_ascii_case(b"upgrade");
        }
    }
}

fn refusal(error: httparse::Error) -> Refusal {
    match error {
        httparse::Error::TooManyHeaders => TOO_LARGE,
        httparse::Error::Version => Refusal {
            status: 505,
            sentence: "the only versions of HTTP that are understood here are 1.0 and 1.1",
        },
        httparse::Error::HeaderName => bad("the name of a header field is not valid"),
        httparse::Error::HeaderValue => bad("the value of a header field is not valid"),
        httparse::Error::Token => bad("the method or target of the request is not valid"),
        _ => bad("the request's head is not valid HTTP"),
    }
}

/// Lines end in CRLF, and CR and LF are nowhere else: what another server might take for a line's
/// end is not passed on.
fn check_line_ends(head: &[u8]) -> Result<(), &'static str> {
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
fn collect(head: &[u8], headers: &[httparse::Header<'_>], spans: &mut Vec<Span>) {
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
fn range(whole: &[u8], part: &[u8]) -> (u32, u32) {
    let start = (part.as_ptr() as usize).wrapping_sub(whole.as_ptr() as usize);
    if part.is_empty() || start > whole.len() {
        return (0, 0);
    }
    (start as u32, (start + part.len()) as u32)
}

fn position(bytes: &[u8], wanted: u8) -> Option<u32> {
    bytes.iter().position(|&byte| byte == wanted).map(|at| at as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(head: &str) -> Result<Request, Refusal> {
        let mut request = Request::default();
        request.parse(head.as_bytes()).map(|()| request)
    }

    fn written(head: &str) -> String {
        let request = parse(head).unwrap();
        let mut out = Vec::new();
        request.write(head.as_bytes(), request.target(head.as_bytes()), b"", None, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_head_without_hop_fields_goes_on_byte_for_byte() {
        let head = "PUT /a%2Fb//../c?x=1&X=%20&y#z HTTP/1.1\r\nhOsT:h\r\nX-Amz-Date:  a  b \r\nB: 1\r\n\
            A: 2\r\nB:\t3\r\nEmpty:\r\nAuthorization: AWS4-HMAC-SHA256 …\r\nContent-Length: 5\r\n\r\n";
        assert_eq!(written(head), head);
    }

    #[test]
    fn hop_fields_are_left_out_and_the_rest_keeps_its_order() {
        let head = "GET / HTTP/1.1\r\nProxy-Connection: Keep-Alive\r\nHost: h\r\nConnection: Keep-Alive\r\n\
            Keep-Alive: 5\r\nX: 1\r\nProxy-Authorization: Basic eA==\r\nTE: trailers\r\nY: 2\r\n\r\n";
        let expected = "GET / HTTP/1.1\r\nHost: h\r\nX: 1\r\nTE: trailers\r\nY: 2\r\n\r\n";
        assert_eq!(written(head), expected);
    }

    #[test]
    fn an_upgrade_goes_on_but_not_to_http2() {
        let head = "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
        assert_eq!(written(head), head);
        let head = "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\n\
            Upgrade: h2c\r\nHTTP2-Settings: AAM\r\n\r\n";
        assert_eq!(written(head), "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        let cases = [
            ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 400),
            ("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", 400),
            ("Content-Length: 5\r\nContent-Length: 5\r\n", 400),
            ("Content-Length: 5\r\nContent-Length: 6\r\n", 400),
            ("Content-Length: 5, 5\r\n", 400),
            ("Content-Length: +5\r\n", 400),
            ("Content-Length: -5\r\n", 400),
            ("Content-Length: 0x5\r\n", 400),
            ("Content-Length:\r\n", 400),
            ("Content-Length: 99999999999999999999\r\n", 400),
            ("Transfer-Encoding: chunked, identity\r\n", 501),
            ("Transfer-Encoding: gzip, chunked\r\n", 501),
            ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 501),
            ("Transfer-Encoding: xchunked\r\n", 501),
            ("Transfer-Encoding : chunked\r\n", 400),
            ("Content-Length : 5\r\n", 400),
            ("X: a\r\n b\r\n", 400),
            ("X: a\r\n\tContent-Length: 5\r\n", 400),
            (" X: a\r\n", 400),
            ("X: a\nY: b\r\n", 400),
            ("X: a\rY: b\r\n", 400),
            ("X: a\0b\r\n", 400),
            ("X\r\n", 400),
            (": x\r\n", 400),
            ("Host: other\r\n", 400),
        ];
        for (fields, status) in cases {
            let error = parse(&format!("POST / HTTP/1.1\r\nHost: h\r\n{fields}\r\n")).unwrap_err();
            assert_eq!(error.status, status, "{fields:?}: {error:?}");
        }
        for (head, status) in [
            ("GET / HTTP/1.1\r\n\r\n", 400),
            ("GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505),
            ("GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", 505),
            ("GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n", 400),
            ("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
            ("G(T / HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        ] {
            let error = parse(head).unwrap_err();
            assert_eq!(error.status, status, "{head:?}: {error:?}");
        }
    }

    #[test]
    fn too_many_fields_are_too_large() {
        let fields = "A: b\r\n".repeat(MAX_FIELDS);
        let error = parse(&format!("GET / HTTP/1.1\r\nHost: h\r\n{fields}\r\n")).unwrap_err();
        assert_eq!(error, TOO_LARGE);
    }

    #[test]
    fn the_end_of_a_head_is_found_whatever_the_pieces() {
        let head = b"GET / HTTP/1.1\r\nHost: h\r\n\r\nbody\r\n\r\n";
        let end = 27;
        assert_eq!(find_end(head, 0), Ok(end));
        let mut from = 0;
        for length in 0..end {
            from = find_end(&head[..length], from).unwrap_err();
        }
        assert_eq!(find_end(&head[..end], from), Ok(end));
    }

    #[test]
    fn a_response_is_framed_by_the_rules() {
        let framing = |head: &str, method: &str| {
            let mut response = Response::default();
            response.parse(head.as_bytes(), method.as_bytes()).map(|()| response.framing)
        };
        let sized = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
        assert_eq!(framing(sized, "GET"), Ok(Framing::length(5)));
        assert_eq!(framing(sized, "HEAD"), Ok(Framing::none()));
        assert_eq!(
            framing("HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\n", "GET"),
            Ok(Framing::none())
        );
        assert_eq!(framing("HTTP/1.1 200\r\n\r\n", "GET"), Ok(Framing::until_close()));
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert_eq!(framing(chunked, "GET"), Ok(Framing::chunked()));
        for bad in [
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n",
            "HTTP/1.1 OK\r\n\r\n",
            "\r\nHTTP/1.1 200 OK\r\nX: a\r\n\r\n",
            "SSH-2.0-OpenSSH\r\n\r\n",
        ] {
            assert!(framing(bad, "GET").is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_response_keeps_its_reason_and_fields() {
        let head = b"HTTP/1.0 299 Quite  Fine\r\nserver: x\r\nConnection: keep-alive\r\nKeep-Alive: 5\r\nX-Amz-Id-2: a\r\n\r\n";
        let mut response = Response::default();
        response.parse(head, b"GET").unwrap();
        assert!(!response.close);
        let mut out = Vec::new();
        response.write(head, true, false, &mut out);
        let expected =
            "HTTP/1.1 299 Quite  Fine\r\nserver: x\r\nX-Amz-Id-2: a\r\nConnection: close\r\n\r\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
