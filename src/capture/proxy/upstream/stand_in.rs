//! A stand-in for AWS, where the user named one.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};

use super::destination::{Destination, split_authority, strip_prefix_ignoring_case};
use super::dial::Dialer;
use super::roots::Roots;
use super::via::UpstreamProxy;
use crate::capture::proxy::observe::Scheme;

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

/// The way to a stand-in, for whoever has something to ask of it beside the requests that pass.
pub struct Line {
    dialer: Dialer,
    stand_in: StandIn,
}

impl Line {
    /// To this stand-in, as the proxy goes: with these certificates, through the user's own proxy. `connect`: how long that may take.
    pub fn new(stand_in: StandIn, roots: Roots, via: UpstreamProxy, connect: Duration) -> Line {
        Line { dialer: Dialer::new(roots, via, connect, None), stand_in }
    }

    /// `http` or `https`.
    pub fn scheme(&self) -> Scheme {
        self.stand_in.0.scheme
    }

    /// `HOST:PORT`.
    pub fn authority(&self) -> String {
        self.stand_in.0.authority()
    }

    /// Connects, and verifies who answers where that is asked for.
    ///
    /// # Errors
    ///
    /// When nobody answers, or somebody else than the stand-in; a sentence says it.
    pub async fn dial(&self) -> Result<impl AsyncRead + AsyncWrite + Unpin + Send + use<>, String> {
        if self.dialer.plain_proxy(&self.stand_in.0).is_some() {
            return Err(
                "over plain HTTP it is not asked through a proxy; let NO_PROXY name it".to_owned()
            );
        }
        let dialled = self.dialer.dial(&self.stand_in.0, false).await;
        dialled.map(|dialled| dialled.io).map_err(|error| error.sentence)
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
}
