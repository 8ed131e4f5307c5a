//! Headers and query keys that a rule looks at.

use super::head::RequestHead;
use super::take::bounded;
use super::uri;
use crate::call::{Authorization, Evidence, Name};
use crate::catalog::{Catalog, Looked};

/// What the head of a request says.
pub(super) fn of_request(
    catalog: Catalog,
    head: &RequestHead<'_>,
    query: &str,
    authorization: Authorization,
) -> Evidence {
    let mut evidence = Evidence {
        authorization: Some(authorization),
        secure: Some(head.secure),
        headers: named(head.headers, catalog.looked_at(Looked::Headers)),
        ..Evidence::default()
    };
    // As HTTP/2 calls them, and with every version.
    let path = uri::split_target(head.target).0;
    let pseudo = [(":authority", head.host), (":method", head.method), (":path", path)];
    for name in catalog.looked_at(Looked::Headers) {
        if let Some((_, value)) = pseudo.iter().find(|(it, _)| *it == name) {
            evidence.headers.push((Name::Borrowed(name), bounded(&uri::decoded(value))));
        }
    }
    for name in catalog.looked_at(Looked::Query) {
        if let Some((_, value)) = uri::pairs(query).find(|(it, _)| *it == name) {
            let value = bounded(&uri::form_decoded(value));
            evidence.query.push((Name::Borrowed(name), value));
        }
    }
    evidence
}

/// What the head of an answer says.
pub(super) fn of_response(catalog: Catalog, headers: &[(&str, &[u8])]) -> Vec<(Name, String)> {
    named(headers, catalog.looked_at(Looked::Response))
}

fn named(
    headers: &[(&str, &[u8])],
    names: impl Iterator<Item = &'static str>,
) -> Vec<(Name, String)> {
    let mut found = Vec::new();
    for name in names {
        let header = headers.iter().find(|(it, _)| it.eq_ignore_ascii_case(name));
        if let Some(value) = header.and_then(|(_, value)| std::str::from_utf8(value).ok()) {
            found.push((Name::Borrowed(name), bounded(value.trim())));
        }
    }
    found
}
