//! The way to the upstream: which address, through which proxy, under which certificate, and the
//! connections that are kept for the next request.

mod dial;
mod named;
mod pool;
mod via;

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::buffer::{Buffer, ReadAhead};
use super::observe::Scheme;
pub(crate) use dial::{DialError, Dialer, tunnel_answer};
pub use dial::{ReadCertificatesError, Roots, read_certificates};
pub(crate) use pool::Pool;
pub use via::{InvalidProxyUrl, UpstreamProxy};

/// Where requests go: the key of the pool.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Destination {
    pub(crate) scheme: Scheme,
    /// The name that the certificate must bear, and that is dialled unless `address` is set.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The host that is dialled in place of `host`: the client asked for this one and told the
    /// name in TLS.
    pub(crate) address: Option<String>,
}

impl Destination {
    /// `host:port`, with an IPv6 address in brackets.
    pub(crate) fn authority(&self) -> String {
        authority(&self.host, self.port)
    }

    /// The host that is dialled.
    pub(crate) fn dialled(&self) -> &str {
        self.address.as_deref().unwrap_or(&self.host)
    }
}

pub(crate) fn authority(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// A stand-in for AWS (moto, LocalStack): `--upstream URL`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandIn(pub(crate) Destination);

impl StandIn {
    /// Its host, as a resolver takes it, and its port.
    pub fn address(&self) -> (&str, u16) {
        (&self.0.host, self.0.port)
    }

    /// Whether it is reached through the user's own proxy.
    pub fn is_behind(&self, proxy: &UpstreamProxy) -> bool {
        proxy.to(self.0.scheme, &self.0.host, self.0.port).is_some()
    }
}

impl std::fmt::Display for StandIn {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0.authority())
    }
}

/// A `--upstream` that is not the URL of a server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not the URL of an upstream: give http://HOST:PORT or https://HOST:PORT, without a path"
)]
pub struct InvalidUpstream(pub String);

impl std::str::FromStr for StandIn {
    type Err = InvalidUpstream;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        // Behind an `@` it is no secret.
        let shown = url.rsplit_once('@').map_or(url.to_owned(), |(_, host)| format!("…@{host}"));
        let invalid = || InvalidUpstream(shown.clone());
        let (scheme, rest) = if let Some(rest) = strip_prefix_ignoring_case(url, "http://") {
            (Scheme::Http, rest)
        } else if let Some(rest) = strip_prefix_ignoring_case(url, "https://") {
            (Scheme::Https, rest)
        } else {
            return Err(invalid());
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = split_authority(rest).ok_or_else(invalid)?;
        let port = port.unwrap_or(scheme.default_port());
        Ok(Self(Destination { scheme, host, port, address: None }))
    }
}

pub(crate) fn strip_prefix_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, tail) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(tail)
}

/// Splits `host[:port]`; the host comes back normalised. `None` when it is anything else.
pub(crate) fn split_authority(text: &str) -> Option<(String, Option<u16>)> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']')?;
            host.parse::<std::net::Ipv6Addr>().ok()?;
            (host, if rest.is_empty() { None } else { Some(rest.strip_prefix(':')?) })
        }
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let host = super::hosts::normalize(host);
    if host.parse::<std::net::IpAddr>().is_err() && !super::hosts::is_dns_name(&host) {
        return None;
    }
    let port = match port {
        Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(port.parse().ok().filter(|&port| port != 0)?)
        }
        Some(_) => return None,
        None => None,
    };
    Some((host, port))
}

/// A connection to an upstream that speaks HTTP/1.1.
pub(crate) struct Connection {
    pub(crate) io: UpstreamIo,
    pub(crate) buffer: Buffer,
    /// It has carried a request before: the upstream may have closed it in the meantime.
    pub(crate) reused: bool,
}

impl Connection {
    pub(crate) fn new(io: UpstreamIo) -> Self {
        Self { io, buffer: Buffer::default(), reused: false }
    }
}

/// Bytes to and from the upstream (or to and from the upstream proxy, with the tunnel made).
pub(crate) enum Transport {
    Tcp(TcpStream),
    /// A tunnel in a TLS connection to the upstream proxy.
    Tls(Box<TlsStream<TcpStream>>),
}

/// What HTTP is spoken over.
pub(crate) enum UpstreamIo {
    Plain(Transport),
    Tls(Box<TlsStream<ReadAhead<Transport>>>),
}

/// Delegates reading and writing to whichever stream it is.
macro_rules! delegate {
    ($type:ty, $self:ident => $($pattern:pat => $stream:expr),+) => {
        impl AsyncRead for $type {
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                out: &mut ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                let $self = self.get_mut();
                match $self { $($pattern => Pin::new($stream).poll_read(cx, out)),+ }
            }
        }

        impl AsyncWrite for $type {
            fn poll_write(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bytes: &[u8],
            ) -> Poll<io::Result<usize>> {
                let $self = self.get_mut();
                match $self { $($pattern => Pin::new($stream).poll_write(cx, bytes)),+ }
            }

            fn poll_write_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                slices: &[io::IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                let $self = self.get_mut();
                match $self { $($pattern => Pin::new($stream).poll_write_vectored(cx, slices)),+ }
            }

            fn is_write_vectored(&self) -> bool {
                let $self = self;
                match $self { $($pattern => $stream.is_write_vectored()),+ }
            }

            fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                let $self = self.get_mut();
                match $self { $($pattern => Pin::new($stream).poll_flush(cx)),+ }
            }

            fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                let $self = self.get_mut();
                match $self { $($pattern => Pin::new($stream).poll_shutdown(cx)),+ }
            }
        }
    };
}

delegate!(Transport, this => Self::Tcp(stream) => stream, Self::Tls(stream) => stream);
delegate!(UpstreamIo, this => Self::Plain(stream) => stream, Self::Tls(stream) => stream);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upstream_is_a_url_without_a_path() {
        let destination = |url: &str| url.parse::<StandIn>().unwrap().0;
        let local = destination("http://127.0.0.1:5000/");
        assert_eq!((local.scheme, local.authority().as_str()), (Scheme::Http, "127.0.0.1:5000"));
        assert_eq!(destination("HTTPS://LocalStack").authority(), "localstack:443");
        assert_eq!(destination("http://[::1]:80").authority(), "[::1]:80");
        for bad in
            ["", "localhost:5000", "http://", "http://a/b", "http://a:0", "ftp://a", "http://u@a"]
        {
            assert!(bad.parse::<StandIn>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_authority_is_a_host_and_perhaps_a_port() {
        assert_eq!(
            split_authority("S3.amazonaws.com:443"),
            Some(("s3.amazonaws.com".into(), Some(443)))
        );
        assert_eq!(split_authority("[::1]:8080"), Some(("::1".into(), Some(8080))));
        assert_eq!(split_authority("a"), Some(("a".into(), None)));
        for bad in [
            "", ":1", "a:", "a:b", "a:+1", "a:65536", "a:0", "[::1", "[::1]1", "::1", "a/b:1",
            "u@a:1",
        ] {
            assert_eq!(split_authority(bad), None, "{bad}");
        }
    }
}
