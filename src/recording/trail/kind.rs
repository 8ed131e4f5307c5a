//! What a text is, told by its beginning: a recording, a summary, or CloudTrail's events in one of their forms.

use crate::recording::trail::split::{Found, Splitter};
use crate::recording::trail::table;

/// How much of a text is looked at.
pub(crate) const LOOKED_AT: usize = 64 << 10;

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A recording's lines; also what is nothing of the others, of which reading says what is wrong.
    Recording,
    /// A recording in which each distinct call stands once.
    Summary,
    /// Events as JSON, in containers or without.
    Events,
    /// A table with events: Athena's results as CSV.
    Table,
}

/// The members that an event has, or what it comes in.
const OF_EVENTS: [&[u8]; 11] = [
    b"\"Records\"",
    b"\"Events\"",
    b"\"events\"",
    b"\"logEvents\"",
    b"\"eventSource\"",
    b"\"eventName\"",
    b"\"eventVersion\"",
    b"\"CloudTrailEvent\"",
    b"\"detail-type\"",
    b"\"message\"",
    b"\"eventsource\"",
];

impl Kind {
    /// What a text is that begins so.
    pub(crate) fn of(beginning: &[u8]) -> Kind {
        let beginning = beginning.strip_prefix(b"\xef\xbb\xbf").unwrap_or(beginning);
        let text = beginning.trim_ascii_start();
        if text.starts_with(br#"{"v":"#) {
            let first = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
            let is_summary = memchr::memmem::find(first, br#","count":"#).is_some()
                || first.starts_with(br#"{"v":1,"sessions""#);
            return if is_summary { Kind::Summary } else { Kind::Recording };
        }
        match text.first() {
            // A settings file has a name there.
            Some(b'[')
                if matches!(
                    text[1..].trim_ascii_start().first(),
                    None | Some(b'{' | b'[' | b']' | b'"')
                ) =>
            {
                Kind::Events
            }
            Some(b'{') if is_of_events(text) => Kind::Events,
            _ if table::begins(text) => Kind::Table,
            Some(b'0'..=b'9' | b'"') if is_of_events(text) => Kind::Events,
            _ => Kind::Recording,
        }
    }
}

/// Whether the first value is an event, or something in which events come.
fn is_of_events(text: &[u8]) -> bool {
    let has = |part: &[u8]| {
        OF_EVENTS.iter().any(|name| memchr::memmem::find(part, name).is_some())
            || memchr::memmem::find(part, br#"\"eventVersion\""#).is_some()
            || memchr::memmem::find(part, br#"\"eventSource\""#).is_some()
    };
    match Splitter::new(text).next() {
        Ok(Some(Found::Value(value, ..))) => has(value),
        // It is longer than what is looked at, or a list in a container was gone into.
        _ => has(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_known_by_its_beginning() {
        for (text, kind) in [
            (r#"{"v":1,"time":"2026-01-01T00:00:00.000Z","source":"csm"}"#, Kind::Recording),
            (r#"{"v":1,"time":"2026-01-01T00:00:00.000Z","count":3}"#, Kind::Summary),
            ("", Kind::Recording),
            ("hello", Kind::Recording),
            ("[workspace]", Kind::Recording),
            (r#"{"Version":"2012-10-17","Statement":[]}"#, Kind::Recording),
            (r#"{"Records":[{"eventVersion":"1.08"}]}"#, Kind::Events),
            (r#"{"Records":[]}"#, Kind::Events),
            (r#"[{"eventVersion":"1.08"}]"#, Kind::Events),
            ("[]", Kind::Events),
            (r#"{"eventVersion":"1.08","eventName":"GetObject"}"#, Kind::Events),
            (r#"{"Events":[{"EventId":"1","CloudTrailEvent":"{}"}]}"#, Kind::Events),
            (r#"{"version":"0","detail-type":"AWS API Call via CloudTrail"}"#, Kind::Events),
            (r#"{"events":[{"message":"{}"}]}"#, Kind::Events),
            (r#"2026-01-01T00:00:00.000Z {"eventVersion":"1.08"}"#, Kind::Events),
            ("\u{feff}{\"Records\":[]}", Kind::Events),
            ("\"event\"\n\"{\"\"eventVersion\"\":\"\"1.08\"\"}\"\n", Kind::Table),
            ("eventsource,eventname,eventtime\n", Kind::Table),
        ] {
            assert_eq!(Kind::of(text.as_bytes()), kind, "{text}");
        }
    }
}
