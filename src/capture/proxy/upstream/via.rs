//! The user's own proxy, through which the upstream is reached: `HTTPS_PROXY`, `HTTP_PROXY` and
//! `NO_PROXY`, given as values.
//!
//! This is by hand, since hyper-util's matcher (docs.rs/hyper-util, `client::proxy::matcher`, as of 0.1.21) reads less than
//! other programs do: of `NO_PROXY` it takes neither ports (`host:81`, `[::1]:8`) nor `*.example.com` nor lists with
//! spaces alone between entries, and a proxy's URL that cannot be used is none, without a word.

use std::fmt;
use std::net::IpAddr;

use base64::Engine as _;

use super::destination::{authority, split_authority, strip_prefix_ignoring_case};
use crate::capture::proxy::observe::Scheme;

/// Which proxy leads to which host. The default is none.
#[derive(Debug, Clone, Default)]
pub struct UpstreamProxy {
    https: Option<ProxyUrl>,
    http: Option<ProxyUrl>,
    except: Exceptions,
}

/// A proxy's URL that cannot be used. The URL itself is not in the text: it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the upstream proxy's URL cannot be used: {0}. Give http://[USER:PASSWORD@]HOST[:PORT] or https://…"
)]
pub struct InvalidProxyUrl(&'static str);

/// A proxy that takes `CONNECT`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ProxyUrl {
    pub(crate) scheme: Scheme,
    pub(crate) host: String,
    pub(crate) port: u16,
    /// `Basic …`
    authorization: Option<String>,
}

/// Never shows user and password.
impl fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secret = if self.authorization.is_some() { "…@" } else { "" };
        let authority = authority(&self.host, self.port);
        write!(f, "{}://{secret}{authority}", self.scheme.as_str())
    }
}

impl ProxyUrl {
    fn parse(url: &str) -> Result<Self, InvalidProxyUrl> {
        let (scheme, rest) = if let Some(rest) = strip_prefix_ignoring_case(url, "http://") {
            (Scheme::Http, rest)
        } else if let Some(rest) = strip_prefix_ignoring_case(url, "https://") {
            (Scheme::Https, rest)
        } else if url.contains("://") {
            return Err(InvalidProxyUrl("its scheme is neither http nor https"));
        } else {
            (Scheme::Http, url)
        };
        let rest = rest.split_once(['/', '?', '#']).map_or(rest, |(authority, _)| authority);
        let (user, authority) = match rest.rsplit_once('@') {
            Some((user, authority)) => (Some(user), authority),
            None => (None, rest),
        };
        let (host, port) =
            split_authority(authority).ok_or(InvalidProxyUrl("its host or port is not valid"))?;
        // What curl and others take a proxy to listen on.
        let port = port.unwrap_or(if scheme == Scheme::Http { 80 } else { 443 });
        let authorization = user.map(|user| {
            let mut decoded = percent_decoded(user);
            if !decoded.contains(&b':') {
                decoded.push(b':');
            }
            format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(decoded))
        });
        Ok(Self { scheme, host, port, authorization })
    }

    /// The line that tells the proxy who asks; empty when the URL named nobody.
    pub(crate) fn authorization_line(&self) -> String {
        match &self.authorization {
            Some(value) => format!("Proxy-Authorization: {value}\r\n"),
            None => String::new(),
        }
    }
}

impl UpstreamProxy {
    /// `https` leads to TLS upstreams and tunnels, `http` to plain ones; `no_proxy` is a list as in
    /// `NO_PROXY`: hosts, domains (with or without a leading dot), addresses, networks, each
    /// perhaps with a port, or `*`.
    ///
    /// # Errors
    /// [`InvalidProxyUrl`] says what is wrong, without repeating the URL.
    pub fn new(
        https: Option<&str>,
        http: Option<&str>,
        no_proxy: &str,
    ) -> Result<Self, InvalidProxyUrl> {
        let parse = |url: Option<&str>| {
            url.map(str::trim).filter(|url| !url.is_empty()).map(ProxyUrl::parse).transpose()
        };
        Ok(Self { https: parse(https)?, http: parse(http)?, except: Exceptions::parse(no_proxy) })
    }

    /// The proxy that leads to `host`, if any. Loopback is always reached directly.
    pub(crate) fn to(&self, scheme: Scheme, host: &str, port: u16) -> Option<&ProxyUrl> {
        let proxy = match scheme {
            Scheme::Http => self.http.as_ref()?,
            Scheme::Https => self.https.as_ref()?,
        };
        let loopback = host.eq_ignore_ascii_case("localhost")
            || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        (!loopback && !self.except.contain(host, port)).then_some(proxy)
    }
}

#[derive(Debug, Clone, Default)]
struct Exceptions {
    everything: bool,
    entries: Vec<(Exception, Option<u16>)>,
}

#[derive(Debug, Clone)]
enum Exception {
    Domain(String),
    Network(IpAddr, u8),
}

impl Exceptions {
    /// What cannot be understood is left out, as every other program does.
    fn parse(list: &str) -> Self {
        let mut exceptions = Self::default();
        for entry in list.split([',', ' ', '\t']).filter(|entry| !entry.is_empty()) {
            if entry == "*" {
                exceptions.everything = true;
            } else if let Some(exception) = Self::parse_entry(entry) {
                exceptions.entries.push(exception);
            }
        }
        exceptions
    }

    fn parse_entry(entry: &str) -> Option<(Exception, Option<u16>)> {
        if let Some((address, bits)) = entry.split_once('/') {
            let address: IpAddr = address.parse().ok()?;
            let most = if address.is_ipv4() { 32 } else { 128 };
            let bits = bits.parse().ok().filter(|bits| *bits <= most)?;
            return Some((Exception::Network(address, bits), None));
        }
        if let Ok(address) = entry.parse::<IpAddr>() {
            let bits = if address.is_ipv4() { 32 } else { 128 };
            return Some((Exception::Network(address, bits), None));
        }
        let entry = entry.strip_prefix('*').unwrap_or(entry);
        let (host, port) = split_authority(entry.strip_prefix('.').unwrap_or(entry))?;
        Some(match host.parse::<IpAddr>() {
            Ok(address) => {
                (Exception::Network(address, if address.is_ipv4() { 32 } else { 128 }), port)
            }
            Err(_) => (Exception::Domain(host), port),
        })
    }

    fn contain(&self, host: &str, port: u16) -> bool {
        let address: Option<IpAddr> = host.parse().ok();
        self.everything
            || self.entries.iter().any(|(exception, only)| {
                only.is_none_or(|only| only == port)
                    && match exception {
                        Exception::Domain(domain) => {
                            host.eq_ignore_ascii_case(domain)
                                || host.len() > domain.len()
                                    && host.is_char_boundary(host.len() - domain.len())
                                    && host[host.len() - domain.len()..]
                                        .eq_ignore_ascii_case(domain)
                                    && host[..host.len() - domain.len()].ends_with('.')
                        }
                        Exception::Network(network, bits) => {
                            address.is_some_and(|address| is_within(address, *network, *bits))
                        }
                    }
            })
    }
}

fn is_within(address: IpAddr, network: IpAddr, bits: u8) -> bool {
    let bits = u32::from(bits);
    match (address, network) {
        (IpAddr::V4(a), IpAddr::V4(n)) => {
            (u32::from(a) ^ u32::from(n)).checked_shr(32 - bits).unwrap_or(0) == 0
        }
        (IpAddr::V6(a), IpAddr::V6(n)) => {
            (u128::from(a) ^ u128::from(n)).checked_shr(128 - bits).unwrap_or(0) == 0
        }
        _ => false,
    }
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        let digit = |at: usize| tail.get(at).and_then(|&digit| (digit as char).to_digit(16));
        match (byte, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push((high << 4 | low) as u8);
                rest = tail.get(2..).unwrap_or_default();
            }
            _ => decoded.push(byte),
        }
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_sent_and_never_shown() {
        let url = "http://us%65r:p%40ss@proxy.example:3128/";
        let proxy = UpstreamProxy::new(Some(url), None, "").unwrap();
        let line = proxy.https.as_ref().unwrap().authorization_line();
        assert_eq!(line, "Proxy-Authorization: Basic dXNlcjpwQHNz\r\n");
        let shown = format!("{proxy:?}");
        assert!(shown.contains("http://…@proxy.example:3128"), "{shown}");
        for secret in ["p@ss", "p%40ss", "dXNlcjpwQHNz"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        let error = UpstreamProxy::new(Some("socks5://u:secret@h"), None, "").unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
    }

    #[test]
    fn urls_are_read_as_other_programs_read_them() {
        let parse = |url| ProxyUrl::parse(url).map(|proxy| format!("{proxy:?}"));
        assert_eq!(parse("proxy:3128").unwrap(), "http://proxy:3128");
        assert_eq!(parse("https://proxy").unwrap(), "https://proxy:443");
        assert_eq!(parse("http://[::1]:1/x?y").unwrap(), "http://[::1]:1");
        assert!(parse("http://a b").is_err());
        let none = UpstreamProxy::new(Some(" "), Some(""), "").unwrap();
        assert!(none.https.is_none() && none.http.is_none());
    }

    #[test]
    fn exceptions_are_hosts_domains_addresses_and_networks() {
        let list = "example.com, .corp.example *.wild.example 10.0.0.0/8,[::1]:8,192.0.2.7 host:81";
        let proxy = UpstreamProxy::new(Some("p"), Some("p"), list).unwrap();
        let direct = |host: &str, port| proxy.to(Scheme::Https, host, port).is_none();
        for host in [
            "example.com",
            "A.Example.com",
            "a.corp.example",
            "a.wild.example",
            "10.1.2.3",
            "192.0.2.7",
            "127.0.0.1",
            "localhost",
            "::1",
        ] {
            assert!(direct(host, 443), "{host}");
        }
        for host in ["notexample.com", "11.0.0.1", "192.0.2.8", "example.com.evil", "host"] {
            assert!(!direct(host, 443), "{host}");
        }
        assert!(direct("host", 81));
        let all = UpstreamProxy::new(Some("p"), None, "*").unwrap();
        assert!(all.to(Scheme::Https, "any.example", 443).is_none());
        assert!(proxy.to(Scheme::Http, "any.example", 80).is_some());
    }
}
