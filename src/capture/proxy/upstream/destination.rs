//! Where requests go, and hosts with ports as text.

use std::net::{IpAddr, Ipv6Addr};

use crate::capture::proxy::hosts::{is_dns_name, normalize};
use crate::capture::proxy::observe::Scheme;

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

pub(crate) fn strip_prefix_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, tail) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(tail)
}

/// Splits `host[:port]`; the host comes back normalised. `None` when it is anything else.
pub(crate) fn split_authority(text: &str) -> Option<(String, Option<u16>)> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']')?;
            host.parse::<Ipv6Addr>().ok()?;
            (host, if rest.is_empty() { None } else { Some(rest.strip_prefix(':')?) })
        }
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let host = normalize(host);
    if host.parse::<IpAddr>().is_err() && !is_dns_name(&host) {
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

#[cfg(test)]
mod tests {
    use super::*;

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
