//! Who may see the page: a request is judged by its method, by the name that it calls this machine, by the page that it comes from,
//! and by what of its address nobody can guess.

use http::header::{HOST, HeaderMap, HeaderName, ORIGIN};
use http::{Method, StatusCode};

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The page.
    Page,
    /// What is new.
    News,
}

/// Judges a request to the server that listens at `own` (`127.0.0.1:8080`).
///
/// # Errors
///
/// It is refused with this status.
pub(super) fn judge(
    method: &Method,
    path: &str,
    headers: &HeaderMap,
    own: &str,
    token: &str,
) -> Result<Wanted, StatusCode> {
    // A name of somebody else's that was made to lead here (DNS rebinding) stands in Host; and so a page of theirs in Origin.
    let Some(host) = only(headers, &HOST).filter(|it| is_own(it, own)) else {
        return Err(StatusCode::FORBIDDEN);
    };
    if headers.contains_key(ORIGIN) {
        let origin = only(headers, &ORIGIN).and_then(|it| it.strip_prefix("http://"));
        if !origin.is_some_and(|it| it.eq_ignore_ascii_case(host)) {
            return Err(StatusCode::FORBIDDEN);
        }
    }
    // https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header: `none` is who typed the address.
    let site = HeaderName::from_static("sec-fetch-site");
    if headers.contains_key(&site) && !matches!(only(headers, &site), Some("same-origin" | "none"))
    {
        return Err(StatusCode::FORBIDDEN);
    }
    let rest = path.strip_prefix('/').and_then(|it| it.split_once('/'));
    let Some((_, rest)) = rest.filter(|(given, _)| is_same(given, token)) else {
        return Err(StatusCode::NOT_FOUND);
    };
    match rest {
        _ if *method != Method::GET => Err(StatusCode::METHOD_NOT_ALLOWED),
        "" => Ok(Wanted::Page),
        "events" => Ok(Wanted::News),
        _ => Err(StatusCode::NOT_FOUND),
    }
}

/// A header's value, if it is there once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// Whether somebody means this server: by its address, or by the name that every machine has for itself.
fn is_own(host: &str, own: &str) -> bool {
    let port = own.rsplit_once(':').map_or("", |it| it.1);
    host == own || host.eq_ignore_ascii_case(&format!("localhost:{port}"))
}

/// Takes as long wherever the two differ.
fn is_same(given: &str, token: &str) -> bool {
    let differ = |(one, other): (u8, u8)| one ^ other;
    given.len() == token.len()
        && given.bytes().zip(token.bytes()).map(differ).fold(0, |all, it| all | it) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "127.0.0.1:8080";

    fn judged(path: &str, headers: &[(&str, &str)]) -> Result<Wanted, u16> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        }
        judge(&Method::GET, path, &map, OWN, "aa00").map_err(|it| it.as_u16())
    }

    #[test]
    fn only_who_has_the_address_and_comes_from_here_is_let_in() {
        let host = ("host", OWN);
        for (path, headers, expected) in [
            ("/aa00/", vec![host], Ok(Wanted::Page)),
            ("/aa00/events", vec![host], Ok(Wanted::News)),
            ("/aa00/", vec![("host", "LocalHost:8080")], Ok(Wanted::Page)),
            ("/aa00/", vec![host, ("origin", "http://127.0.0.1:8080")], Ok(Wanted::Page)),
            ("/aa00/", vec![host, ("sec-fetch-site", "none")], Ok(Wanted::Page)),
            ("/aa00/", vec![], Err(403)),
            ("/aa00/", vec![host, host], Err(403)),
            ("/aa00/", vec![("host", "evil.example:8080")], Err(403)),
            ("/aa00/", vec![("host", "127.0.0.1:8081")], Err(403)),
            ("/aa00/", vec![("host", "127.0.0.1")], Err(403)),
            ("/aa00/", vec![host, ("origin", "http://evil.example")], Err(403)),
            ("/aa00/", vec![host, ("origin", "null")], Err(403)),
            ("/aa00/", vec![host, ("origin", "http://localhost:8080")], Err(403)),
            ("/aa00/", vec![host, ("sec-fetch-site", "cross-site")], Err(403)),
            ("/aa00/", vec![host, ("sec-fetch-site", "same-site")], Err(403)),
            ("/aa01/", vec![host], Err(404)),
            ("/aa0/", vec![host], Err(404)),
            ("/aa000/", vec![host], Err(404)),
            ("/aa00", vec![host], Err(404)),
            ("/", vec![host], Err(404)),
            ("//", vec![host], Err(404)),
            ("/aa00/other", vec![host], Err(404)),
        ] {
            assert_eq!(judged(path, &headers), expected, "{path} {headers:?}");
        }
        let mut headers = HeaderMap::new();
        headers.insert(HOST, OWN.parse().unwrap());
        let posted = judge(&Method::POST, "/aa00/", &headers, OWN, "aa00");
        assert_eq!(posted, Err(StatusCode::METHOD_NOT_ALLOWED));
    }
}
