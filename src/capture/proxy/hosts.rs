//! Which hosts are intercepted: AWS's suffixes, and hosts named by the user.

use std::net::IpAddr;

/// The hosts whose TLS is opened; every other host is tunnelled untouched.
///
/// The same value says which names the certificate authority may vouch for, so that nothing can
/// be intercepted that the authority's own constraints forbid, and the other way round.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hosts {
    suffixes: Vec<String>,
    named: Vec<String>,
    /// Those of the suffixes where every port speaks HTTP.
    http: Vec<String>,
}

/// A suffix or host that is neither a DNS name nor an IP address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a host name: give a name such as api.example.com, or an IP address")]
pub struct InvalidHost(pub String);

impl Hosts {
    /// `suffixes` stand for themselves and every name below them (`amazonaws.com`); `named` hosts
    /// (from `--intercept`) for themselves alone, and may be IP addresses.
    ///
    /// # Errors
    /// [`InvalidHost`] names the first that is not a DNS name (or, for `named`, an IP address).
    pub fn new<S: AsRef<str>, N: AsRef<str>>(
        suffixes: impl IntoIterator<Item = S>,
        named: impl IntoIterator<Item = N>,
    ) -> Result<Self, InvalidHost> {
        let mut hosts = Self::default();
        for suffix in suffixes {
            let given = suffix.as_ref();
            let name = normalize(given.strip_prefix('.').unwrap_or(given));
            if !is_dns_name(&name) {
                return Err(InvalidHost(given.to_owned()));
            }
            hosts.suffixes.push(name);
        }
        for host in named {
            let name = normalize(host.as_ref());
            if !is_dns_name(&name) && name.parse::<IpAddr>().is_err() {
                return Err(InvalidHost(host.as_ref().to_owned()));
            }
            hosts.named.push(name);
        }
        hosts.suffixes.sort_unstable();
        hosts.suffixes.dedup();
        hosts.named.sort_unstable();
        hosts.named.dedup();
        Ok(hosts)
    }

    /// With one more suffix, below which every port speaks HTTP: a stand-in's, which has no databases or queues beside it.
    ///
    /// # Errors
    /// [`InvalidHost`] when it is not a DNS name.
    pub fn with_http_below(self, suffix: &str) -> Result<Self, InvalidHost> {
        let suffixes = self.suffixes.iter().map(String::as_str).chain([suffix]);
        let hosts = Hosts::new(suffixes, &self.named)?;
        Ok(Hosts { http: [self.http, vec![normalize(suffix)]].concat(), ..hosts })
    }

    /// The suffixes, sorted, in lower case.
    pub fn suffixes(&self) -> &[String] {
        &self.suffixes
    }

    /// The hosts that were named one by one, sorted, in lower case.
    pub fn named(&self) -> &[String] {
        &self.named
    }

    /// Whether `host` is a suffix or below one.
    pub fn has_suffix_of(&self, host: &str) -> bool {
        let host = host.strip_suffix('.').unwrap_or(host);
        self.suffixes.iter().any(|suffix| is_at_or_below(host, suffix))
    }

    /// Whether `host` speaks HTTP on every port: it was named by itself, or is a stand-in's.
    pub(super) fn speaks_http(&self, host: &str) -> bool {
        let name = host.strip_suffix('.').unwrap_or(host);
        self.names(host) || self.http.iter().any(|suffix| is_at_or_below(name, suffix))
    }

    /// Whether `host` was named by itself.
    pub fn names(&self, host: &str) -> bool {
        let host = host.strip_suffix('.').unwrap_or(host);
        self.named.iter().any(|named| named.eq_ignore_ascii_case(host))
    }

    /// Whether `host` is intercepted (and may have a certificate of ours).
    pub fn contains(&self, host: &str) -> bool {
        self.names(host) || self.has_suffix_of(host)
    }

    /// Whether every host of `other` is in here too.
    pub fn covers(&self, other: &Hosts) -> bool {
        other.suffixes.iter().all(|suffix| self.has_suffix_of(suffix))
            && other.named.iter().all(|host| self.contains(host))
    }
}

/// Lower case, without the root's dot and without an IPv6 address's brackets.
pub(super) fn normalize(host: &str) -> String {
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

/// Whether `name` can be a DNS name in a certificate. Underscores are allowed: bucket names of
/// old have them.
pub(super) fn is_dns_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 253
        && name.parse::<IpAddr>().is_err()
        && name.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        })
}

/// Whether a host is this machine itself, by its name or address.
pub(super) fn is_loopback(host: &str) -> bool {
    let address = host.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(host);
    match address.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        // https://www.rfc-editor.org/rfc/rfc6761#section-6.3
        Err(_) => is_at_or_below(host.strip_suffix('.').unwrap_or(host), "localhost"),
    }
}

/// Whether `host` is `suffix` or below it.
pub(super) fn is_at_or_below(host: &str, suffix: &str) -> bool {
    let Some(split) = host.len().checked_sub(suffix.len()) else { return false };
    let (below, tail) = host.as_bytes().split_at(split);
    tail.eq_ignore_ascii_case(suffix.as_bytes())
        && (below.is_empty() || (below.len() > 1 && below.ends_with(b".")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aws() -> Hosts {
        Hosts::new(["amazonaws.com", ".API.aws"], ["Vault.Example", "127.0.0.1", "[::1]"]).unwrap()
    }

    #[test]
    fn a_suffix_stands_for_itself_and_what_is_below() {
        for host in
            ["amazonaws.com", "s3.amazonaws.com", "B.S3.AmazonAWS.com.", "s3.eu-west-1.api.aws"]
        {
            assert!(aws().contains(host), "{host}");
        }
        for host in
            ["evilamazonaws.com", "amazonaws.com.evil.example", ".amazonaws.com", "aws", "", "."]
        {
            assert!(!aws().contains(host), "{host}");
        }
    }

    #[test]
    fn a_named_host_stands_for_itself_alone() {
        assert!(aws().contains("vault.example"));
        assert!(aws().contains("127.0.0.1"));
        assert!(aws().contains("::1"));
        assert!(!aws().contains("a.vault.example"));
    }

    #[test]
    fn what_is_not_a_host_is_refused_by_name() {
        for bad in ["", "a b", "http://x", "x:443", "*.example.com", "a..b"] {
            assert_eq!(Hosts::new([""; 0], [bad]), Err(InvalidHost(bad.to_owned())), "{bad}");
        }
        assert!(Hosts::new(["127.0.0.1"], [""; 0]).is_err());
    }

    #[test]
    fn this_machine_is_known_by_name_and_address() {
        for host in [
            "localhost",
            "LOCALHOST.",
            "bucket.localhost",
            "127.0.0.1",
            "127.1.2.3",
            "::1",
            "[::1]",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["localhost.example", "notlocalhost", "10.0.0.1", "::", "", "127.0.0.1.nip.io"]
        {
            assert!(!is_loopback(host), "{host}");
        }
        assert!(is_loopback("::ffff:127.0.0.1"));
    }

    #[test]
    fn a_stand_in_speaks_http_on_every_port() {
        let hosts = aws().with_http_below("localhost.localstack.cloud").unwrap();
        assert!(
            hosts.contains("s3.localhost.localstack.cloud") && hosts.contains("s3.amazonaws.com")
        );
        for host in
            ["localhost.localstack.cloud", "b.s3.localhost.localstack.cloud.", "vault.example"]
        {
            assert!(hosts.speaks_http(host), "{host}");
        }
        assert!(!hosts.speaks_http("s3.amazonaws.com") && !hosts.speaks_http("localstack.cloud"));
        assert!(aws().with_http_below("127.0.0.1").is_err());
    }

    #[test]
    fn covering_is_by_meaning() {
        let fewer = Hosts::new(["s3.amazonaws.com"], ["vault.example"]).unwrap();
        assert!(aws().covers(&fewer));
        assert!(!fewer.covers(&aws()));
    }
}
