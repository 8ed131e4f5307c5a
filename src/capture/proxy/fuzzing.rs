//! The proxy's parsers as its fuzz targets (`fuzz/`) reach them. No part of the API: it may change at
//! any time.

use std::borrow::Cow;

use super::client_hello::{Peek, Verdict};
use super::http1::{body::Framing, head};
use super::upstream;

/// What the first bytes in a tunnel are.
#[derive(Debug, PartialEq, Eq)]
pub enum Opening {
    /// Not enough to say.
    Undecided,
    /// Nothing that is opened.
    NotTls,
    /// A ClientHello.
    Hello {
        /// The name that it asks for.
        server_name: Option<String>,
        /// Whether it offers anything, HTTP/1, and HTTP/2.
        offers: [bool; 3],
    },
}

/// Judges the first bytes in a tunnel, which come in pieces.
pub fn opening<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Opening {
    let (mut peek, mut came) = (Peek::default(), Vec::new());
    for piece in pieces {
        came.extend_from_slice(piece);
        let verdict = peek.push(piece);
        assert!(peek.seen == came, "what passes is what came");
        match verdict {
            Verdict::Undecided => {}
            Verdict::NotTls => return Opening::NotTls,
            Verdict::Hello(hello) => {
                assert!(came.ends_with(&hello.rest));
                let offers = [hello.offers.any, hello.offers.http1, hello.offers.http2];
                return Opening::Hello { server_name: hello.server_name, offers };
            }
        }
    }
    Opening::Undecided
}

/// Where the head of a message ends; else where to search on when more has come.
///
/// # Errors
/// While it has no end.
pub fn head_end(bytes: &[u8], from: usize) -> Result<usize, usize> {
    head::find_end(bytes, from)
}

/// A message's head that was taken.
#[derive(Debug, PartialEq, Eq)]
pub struct Head {
    /// Method and target of a request; status of a response.
    pub start: Vec<u8>,
    /// Name and value of each field.
    pub fields: Vec<(String, Vec<u8>)>,
    /// How its body is framed.
    pub body: Body,
    /// The connection closes behind it.
    pub close: bool,
    /// Asks to become another protocol, or does so.
    pub upgrade: bool,
    /// As it goes on.
    pub written: Vec<u8>,
}

/// Parses the head of a request, which ends with its empty line.
///
/// # Errors
/// The status that answers one that is not taken.
pub fn request(bytes: &[u8]) -> Result<Head, u16> {
    let mut request = head::Request::default();
    request.parse(bytes).map_err(|refusal| refusal.status)?;
    let mut written = Vec::new();
    request.write(bytes, request.target(bytes), b"", None, &mut written);
    Ok(Head {
        start: [request.method(bytes), request.target(bytes)].join(&b' '),
        fields: owned(request.fields(bytes).iter()),
        body: Body(request.framing),
        close: request.close,
        upgrade: request.upgrade,
        written,
    })
}

/// Parses the head of a response to a request with `method`.
///
/// # Errors
/// Why it is not taken.
pub fn response(bytes: &[u8], method: &[u8]) -> Result<Head, &'static str> {
    let mut response = head::Response::default();
    response.parse(bytes, method)?;
    let upgrade = response.status == 101;
    let mut written = Vec::new();
    response.write(bytes, response.close, upgrade, &mut written);
    Ok(Head {
        start: response.status.to_string().into_bytes(),
        fields: owned(response.fields(bytes).iter()),
        body: Body(response.framing),
        close: response.close,
        upgrade,
        written,
    })
}

fn owned<'a>(fields: impl Iterator<Item = (&'a str, &'a [u8])>) -> Vec<(String, Vec<u8>)> {
    fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// A body on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body(Framing);

impl Body {
    /// In chunks.
    pub fn chunked() -> Body {
        Body(Framing::chunked())
    }

    /// Of so many bytes.
    pub fn length(length: u64) -> Body {
        Body(Framing::length(length))
    }

    /// Until the connection ends.
    pub fn until_close() -> Body {
        Body(Framing::until_close())
    }

    /// Whether it is over.
    pub fn is_done(&self) -> bool {
        self.0.is_done()
    }

    /// Takes what belongs to it from the beginning of `bytes`.
    ///
    /// # Errors
    /// What is wrong with its framing.
    pub fn advance(
        &mut self,
        bytes: &[u8],
        payload: &mut dyn FnMut(&[u8]),
    ) -> Result<usize, &'static str> {
        self.0.advance(bytes, payload).map_err(|malformed| malformed.0)
    }
}

/// `host[:port]`, taken apart.
pub fn split_authority(text: &str) -> Option<(String, Option<u16>)> {
    upstream::split_authority(text)
}

/// `host:port`, put together.
pub fn authority(host: &str, port: u16) -> String {
    upstream::authority(host, port)
}

/// The target of `CONNECT`.
pub fn connect_target(target: &[u8]) -> Option<(String, u16)> {
    super::http1::connect_target(target)
}

/// The target of a request to a proxy: whether it is `https`, host, port, and where path and query
/// begin.
pub fn absolute_form(target: &[u8]) -> Option<(bool, String, u16, usize)> {
    let (scheme, host, port, length) = super::http1::absolute_form(target).ok()?;
    Some((scheme == super::Scheme::Https, host, port, length))
}

/// The host in a `Host` field.
pub fn host_of(value: &[u8]) -> Cow<'_, str> {
    super::http1::host_of(value)
}

/// An upstream proxy's answer to `CONNECT`: its status and where it ends; `None` while it has no end.
pub fn tunnel_answer(bytes: &[u8]) -> Option<Option<(u16, usize)>> {
    upstream::tunnel_answer(bytes).map(Result::ok)
}
