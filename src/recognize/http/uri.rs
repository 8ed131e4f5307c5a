//! Paths, queries and forms: pieces and their percent-encoding.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// What may be said of a path: how many segments it has, and nothing of what is in them (`/…/…`).
pub fn path_shape(path: &str) -> String {
    /// So many are told.
    const MOST: usize = 8;
    let count = path.split('/').filter(|segment| !segment.is_empty()).count();
    match count {
        0 => "/".to_owned(),
        _ => "/…".repeat(count.min(MOST)),
    }
}

/// The `name=value` pairs of a query string, still encoded.
pub(super) fn pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    let pieces = query.split('&').filter(|piece| !piece.is_empty());
    pieces.map(|piece| piece.split_once('=').unwrap_or((piece, "")))
}

/// A piece of a path, decoded; bytes that are no UTF-8 are replaced.
pub(in crate::recognize) fn decoded(text: &str) -> Cow<'_, str> {
    if text.contains('%') { percent_decode_str(text).decode_utf8_lossy() } else { text.into() }
}

/// A name or value of a query string or form, where `+` is a space.
pub(super) fn form_decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('+') {
        return decoded(text);
    }
    let spaced = text.replace('+', " ");
    decoded(&spaced).into_owned().into()
}

/// Path and query of a request's target; an absolute form's scheme and authority are left out.
pub(super) fn split_target(target: &str) -> (&str, &str) {
    // Nearly all begin so, and to look for a text costs more than all else here.
    let absolute = if target.starts_with('/') { None } else { target.split_once("://") };
    let target = match absolute {
        Some(("http" | "https", rest)) => rest.find(['/', '?']).map_or("", |start| &rest[start..]),
        _ => target,
    };
    let target = target.split('#').next().unwrap_or_default();
    target.split_once('?').unwrap_or((target, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets() {
        assert_eq!(split_target("/a/b?x=1&y"), ("/a/b", "x=1&y"));
        assert_eq!(split_target("http://h:1/a?x"), ("/a", "x"));
        assert_eq!(split_target("https://h"), ("", ""));
        assert_eq!(split_target("/key/http://h/x"), ("/key/http://h/x", ""));
        assert_eq!(pairs("x=1=2&&y&=").collect::<Vec<_>>(), [("x", "1=2"), ("y", ""), ("", "")]);
    }

    #[test]
    fn decoding() {
        assert_eq!(decoded("a%2Fb+c%zz"), "a/b+c%zz");
        assert_eq!(form_decoded("a%2Fb+c"), "a/b c");
        assert_eq!(decoded("%ff"), "\u{fffd}");
    }
}
