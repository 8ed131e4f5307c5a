//! What the proxy tells the rest of the house: requests as they pass, and what failed.
//!
//! The proxy knows nothing of AWS. It hands each request's head to an [`Observer`], and to the
//! [`Exchange`] that the observer returns the bodies as they stream by. Everything here is called on
//! the thread that moves the bytes: it must be quick and must not block.

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;

use super::answer::Answer;
use crate::call::Timestamp;
use crate::capture::neighbours::Stranger;

/// Listens to what passes.
pub trait Observer: Send + Sync + 'static {
    /// Called when a request's head is known: before anything of it is sent on where the observer [decides], else perhaps just
    /// behind it, while its upstream is at work. Returns what listens to the rest of it, or `None` when it is of no interest.
    ///
    /// [decides]: Observer::decides
    fn request(&self, head: &RequestHead<'_>) -> Option<Box<dyn Exchange>>;

    /// Whether its exchanges refuse requests or replace answers. What only listens keeps nobody waiting.
    fn decides(&self) -> bool {
        true
    }

    /// A connection or exchange that failed in the proxy, as a sentence for the summary.
    fn failure(&self, failure: Failure);

    /// A connection that was refused before anything of it was read, since it is not of anybody who is let in.
    fn refused(&self, stranger: Stranger) {
        let _ = stranger;
    }
}

/// Listens to one request and its response, and may refuse it.
///
/// The order of calls: `request_body`* and `request_end`; `response_begins`, `response_head`, `replacement`, `response_body`*; the
/// two sequences may interleave (a response may begin before the request has ended). [`admission`] is asked behind the head,
/// and while it is pending behind each piece of the body and at its end; nothing of the request goes on, and no `response_head`
/// comes, before it is granted. [`end`] comes last and exactly once, whatever happened.
///
/// [`admission`]: Exchange::admission
/// [`end`]: Exchange::end
pub trait Exchange: Send {
    /// Whether the request may go on to its upstream. Asked until it is decided; while it is [`Admission::Pending`], what comes of
    /// the body is shown and held. One that is pending when it has ended is given up.
    fn admission(&mut self) -> Admission {
        Admission::Granted
    }
    /// While the admission is pending for another reason than that more of the body is wanted: what is done when it is to be
    /// asked again. Nothing of the body is read in the meantime. It has to be done some day.
    fn ready(&mut self) -> Option<Ready> {
        None
    }
    /// What the client gets when the proxy gives up a request that is pending.
    fn given_up(&mut self, why: &GivenUp) -> Answer {
        why.answer()
    }
    /// A piece of the request's body, as it is sent on (or just after), without HTTP/1.1's chunk framing (the
    /// framing of `aws-chunked` is part of the body and still in it).
    fn request_body(&mut self, chunk: &[u8]);
    /// The request is complete.
    fn request_end(&mut self) {}
    /// The final response's head, in any case before the client gets anything of it.
    fn response_begins(&mut self, head: &ResponseHead<'_>) {
        let _ = head;
    }
    /// The final response's head (interim responses are not told), perhaps just after it was sent on.
    fn response_head(&mut self, head: &ResponseHead<'_>);
    /// What the client gets in place of the upstream's answer, whose body is dropped then and not shown. Asked once, behind
    /// `response_head`.
    fn replacement(&mut self) -> Option<Answer> {
        None
    }
    /// A piece of the response's body, without HTTP/1.1's chunk framing.
    fn response_body(&mut self, chunk: &[u8]);
    /// It is over.
    fn end(&mut self, end: End);
}

/// What is waited for until an admission is asked again.
pub type Ready = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Whether a request may go on to its upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    /// It may.
    Granted,
    /// More of its body has to be read first, or what decides it is on its way ([`Exchange::ready`]).
    Pending,
    /// It may not: the client gets this.
    Refused(Answer),
}

/// Why the proxy gives up a request of which it is not decided whether it may go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GivenUp {
    /// It is longer than what is held of a request.
    TooLarge {
        /// In bytes.
        limit: u64,
    },
    /// What is too much for memory could not be held on disk, for this reason.
    Disk(String),
    /// It has ended, and was still pending.
    Undecided,
}

impl GivenUp {
    /// What a client gets of whom the observer knows no more.
    pub fn answer(&self) -> Answer {
        let status = match self {
            GivenUp::TooLarge { .. } => 413,
            GivenUp::Disk(_) => 507,
            GivenUp::Undecided => 403,
        };
        Answer::plain(status, &format!("the request was refused: {self}"))
    }

    /// For the summary.
    pub(super) fn failure(&self) -> (FailureKind, String) {
        let kind = match self {
            GivenUp::TooLarge { .. } | GivenUp::Undecided => FailureKind::Request,
            GivenUp::Disk(_) => FailureKind::Proxy,
        };
        (kind, format!("A request was refused: {self}."))
    }
}

impl fmt::Display for GivenUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GivenUp::TooLarge { limit } => write!(
                f,
                "more than {} MiB of it would have to be read to decide whether it may go on",
                limit >> 20
            ),
            GivenUp::Disk(error) => write!(
                f,
                "it could not be held on disk until it is decided whether it may go on: {error}"
            ),
            GivenUp::Undecided => {
                f.write_str("it has ended without a decision whether it may go on")
            }
        }
    }
}

/// How an exchange ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The whole response reached the client.
    Complete,
    /// The client got an answer of the exchange's own: its request was refused or given up, and nothing of it was sent on, or the
    /// upstream's answer was replaced.
    Refused,
    /// The client went away, or sent a body that is not valid HTTP.
    ClientAborted,
    /// The upstream could not be reached, failed or fell silent; the client got a 502 or 504 from
    /// the proxy, or a response that stops in the middle.
    UpstreamFailed,
    /// The connection became something else than HTTP (a websocket), and was tunnelled from there.
    Upgraded,
    /// The proxy was told to stop.
    Stopped,
}

/// `http` or `https`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Plain HTTP.
    Http,
    /// HTTP inside TLS.
    Https,
}

impl Scheme {
    /// `http` or `https`.
    pub fn as_str(self) -> &'static str {
        match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }

    /// 80 or 443.
    pub fn default_port(self) -> u16 {
        match self {
            Scheme::Http => 80,
            Scheme::Https => 443,
        }
    }
}

/// A request's head, as the client sent it.
#[derive(Clone, Copy)]
pub struct RequestHead<'a> {
    /// When the head was complete.
    pub time: Timestamp,
    /// Who sent it.
    pub peer: SocketAddr,
    /// How it goes on.
    pub scheme: Scheme,
    /// The host that the request is for, in lower case, without a port: the one that is connected to, whose certificate is
    /// verified, or one below it that `Host` or `:authority` says (a bucket's). What goes to the stand-in is for whom it says.
    pub host: &'a str,
    /// The port that the client asked for.
    pub port: u16,
    /// Whether it goes to the stand-in rather than to `host`.
    pub to_stand_in: bool,
    /// Whether the user named the host.
    pub is_named: bool,
    /// Whether the host is this machine.
    pub is_this_machine: bool,
    /// `GET`, as sent.
    pub method: &'a str,
    /// Path and query, the bytes that were sent.
    pub target: &'a [u8],
    /// The header fields in the order of sending. May carry secrets: no `Debug` prints their values.
    pub headers: Fields<'a>,
}

/// A response's head, as the upstream sent it.
#[derive(Clone, Copy)]
pub struct ResponseHead<'a> {
    /// 200…599.
    pub status: u16,
    /// The header fields in the order of sending.
    pub headers: Fields<'a>,
}

/// Header fields in the order of sending.
#[derive(Clone, Copy)]
pub struct Fields<'a>(pub(super) Source<'a>);

#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    /// Spans of a head in memory (HTTP/1.1).
    Spans { head: &'a [u8], fields: &'a [Span] },
    /// A map (HTTP/2).
    Map(&'a http::HeaderMap),
    /// Pairs: what tests have.
    Pairs(&'a [(&'a str, &'a [u8])]),
}

/// Where one header field is in a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    /// Offset of the name, which is where the line begins.
    pub(super) start: u32,
    pub(super) name_end: u32,
    pub(super) value_start: u32,
    pub(super) value_end: u32,
    /// Just behind the line's CRLF.
    pub(super) end: u32,
}

impl Span {
    pub(super) fn name<'a>(&self, head: &'a [u8]) -> &'a [u8] {
        head.get(self.start as usize..self.name_end as usize).unwrap_or_default()
    }

    pub(super) fn value<'a>(&self, head: &'a [u8]) -> &'a [u8] {
        head.get(self.value_start as usize..self.value_end as usize).unwrap_or_default()
    }

    fn field<'a>(&self, head: &'a [u8]) -> (&'a str, &'a [u8]) {
        (std::str::from_utf8(self.name(head)).unwrap_or_default(), self.value(head))
    }

    pub(super) fn line<'a>(&self, head: &'a [u8]) -> &'a [u8] {
        head.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

impl<'a> Fields<'a> {
    /// Fields that are in memory as pairs of name and value.
    pub fn from_pairs(pairs: &'a [(&'a str, &'a [u8])]) -> Self {
        Self(Source::Pairs(pairs))
    }

    /// The first value of `name`, whatever the case.
    pub fn get(&self, name: &str) -> Option<&'a [u8]> {
        self.iter().find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The first of them, in the order of sending.
    pub fn first(&self, at_most: usize) -> Vec<(&'a str, &'a [u8])> {
        match self.0 {
            // As nearly all are.
            Source::Spans { head, fields } => {
                let fields = fields.get(..at_most).unwrap_or(fields);
                fields.iter().map(|span| span.field(head)).collect()
            }
            Source::Map(_) | Source::Pairs(_) => self.iter().take(at_most).collect(),
        }
    }

    /// Name (as sent) and value of each, in the order of sending. (HTTP/2 tells the values of one
    /// name together, at the place of the first.)
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> + 'a {
        let (spans, map, pairs) = match self.0 {
            Source::Spans { head, fields } => (Some((head, fields)), None, None),
            Source::Map(map) => (None, Some(map), None),
            Source::Pairs(pairs) => (None, None, Some(pairs)),
        };
        let spans = spans
            .into_iter()
            .flat_map(|(head, fields)| fields.iter().map(move |span| span.field(head)));
        let map = map
            .into_iter()
            .flat_map(|map| map.iter().map(|(name, value)| (name.as_str(), value.as_bytes())));
        spans.chain(map).chain(pairs.into_iter().flatten().copied())
    }
}

/// Something that failed in the proxy, for the summary and the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// When.
    pub time: Timestamp,
    /// The client whose connection it was.
    pub peer: SocketAddr,
    /// `host:port` that was asked for, where it is known.
    pub target: Option<String>,
    /// What it concerns.
    pub kind: FailureKind,
    /// What happened, to what, and what to do: no header, query or body is in it.
    pub sentence: String,
}

/// What a [`Failure`] concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// The upstream could not be reached, is not who it says, or broke off.
    Upstream,
    /// The client does not trust our certificate.
    Untrusted,
    /// The client's TLS is broken.
    ClientTls,
    /// The client closed the connection, which we had opened, without a request. That alone is no failure: some clients connect
    /// before they know of a request. It is when they never have one.
    Unused,
    /// A request that is not valid HTTP, or that this port does not take.
    Request,
    /// The proxy itself: no file descriptors left, for example.
    Proxy,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_in_any_case_and_listed_in_order() {
        let pairs: &[(&str, &[u8])] = &[("Host", b"h"), ("X-Amz-Date", b"1"), ("x-amz-date", b"2")];
        let fields = Fields::from_pairs(pairs);
        assert_eq!(fields.get("x-amz-DATE"), Some(&b"1"[..]));
        assert_eq!(fields.get("absent"), None);
        assert_eq!(fields.iter().collect::<Vec<_>>(), pairs);
    }
}
