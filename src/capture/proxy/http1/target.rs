//! What the targets of requests and `Host` say.

use std::borrow::Cow;

use super::head::Refusal;
use crate::capture::proxy::observe::Scheme;
use crate::capture::proxy::upstream::{Destination, split_authority};

const NOT_A_URL: Refusal = Refusal {
    status: 400,
    sentence: "the request's target is not an http or https URL with a host",
};
const NOT_FOR_A_PROXY: Refusal = Refusal {
    status: 400,
    sentence: "this is the port of Leastwise's proxy, not a web server: it takes CONNECT and absolute URLs. Set HTTPS_PROXY (and AWS_CA_BUNDLE) to record through it, or start your program with `leastwise run -- COMMAND`",
};

pub(in crate::capture::proxy) fn connect_target(target: &[u8]) -> Option<(String, u16)> {
    let (host, port) = split_authority(std::str::from_utf8(target).ok()?)?;
    Some((host, port?))
}

/// The target of a request to a proxy: scheme, host, port, and where path and query begin.
pub(in crate::capture::proxy) fn absolute_form(
    target: &[u8],
) -> Result<(Scheme, String, u16, usize), Refusal> {
    let text = std::str::from_utf8(target).map_err(|_| NOT_A_URL)?;
    let (scheme, rest) = text.split_once("://").ok_or(NOT_FOR_A_PROXY)?;
    let scheme = match scheme {
        _ if scheme.eq_ignore_ascii_case("http") => Scheme::Http,
        _ if scheme.eq_ignore_ascii_case("https") => Scheme::Https,
        _ => return Err(NOT_A_URL),
    };
    let length = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, port) = split_authority(rest.get(..length).unwrap_or_default()).ok_or(NOT_A_URL)?;
    let port = port.unwrap_or(scheme.default_port());
    Ok((scheme, host, port, target.len() - rest.len() + length))
}

/// Path and query as a server gets them.
pub(super) fn origin_target(target: &[u8]) -> &[u8] {
    if target.is_empty() { b"/" } else { target }
}

/// The URL of `target` (path and query) at `destination`, for a proxy. Of `?query` alone nothing
/// can be said in origin form, but here it can.
pub(super) fn absolute_target(destination: &Destination, target: &[u8]) -> Vec<u8> {
    let mut url = format!("http://{}", destination.authority()).into_bytes();
    url.extend_from_slice(origin_target(target));
    url
}

/// The host in a `Host` field: lower case, without a port.
pub(in crate::capture::proxy) fn host_of(value: &[u8]) -> Cow<'_, str> {
    let text = std::str::from_utf8(value).unwrap_or_default();
    let host = match text.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => text.split(':').next().unwrap_or_default(),
    };
    if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(host.to_ascii_lowercase())
    } else {
        Cow::Borrowed(host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_told_without_its_port_in_lower_case() {
        for (field, host) in [
            ("A.B:80", "a.b"),
            ("a.b", "a.b"),
            ("[::1]:8080", "::1"),
            ("", ""),
            ("\u{e9}", "\u{e9}"),
        ] {
            assert_eq!(host_of(field.as_bytes()), host);
        }
    }

    #[test]
    fn a_connect_target_has_a_port() {
        assert_eq!(connect_target(b"A.example:443"), Some(("a.example".into(), 443)));
        for bad in [&b"a.example"[..], b"", b"http://a:1", b"a:1/x", b"\xff:1"] {
            assert_eq!(connect_target(bad), None);
        }
    }
}
