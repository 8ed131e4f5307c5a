//! Whether a text has events of before a moment.

use std::io::{self, BufReader, Read};

use crate::recognize::cloudtrail::Record;
use crate::recording::trail::files::decompressed;
use crate::recording::trail::split::{Found, Splitter};

/// Whether a text, perhaps compressed, has an event of before this moment, in milliseconds since 1970. It is read as far as the first.
///
/// # Errors
///
/// When it cannot be read on.
pub fn has_before(text: impl Read, moment: u64) -> io::Result<bool> {
    let mut splitter = Splitter::new(decompressed(BufReader::new(text))?);
    while let Some(found) = splitter.next()? {
        if let Found::Value(value, ..) = found
            && let Ok(record) = Record::parse(value)
            && record.time().is_some_and(|time| time.0 < moment)
        {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Timestamp;

    #[test]
    fn the_first_event_of_before_is_enough() {
        let event = |time: &str| {
            format!(
                r#"{{"eventTime":"{time}","eventSource":"s3.amazonaws.com","eventName":"ListBuckets"}}"#
            )
        };
        let (early, late) = (event("2026-11-05T10:00:00Z"), event("2026-11-06T00:00:01Z"));
        let text = format!("{{\"Records\":[{late},{early}]}}");
        let of = |text: &str, moment: &str| {
            has_before(text.as_bytes(), Timestamp::parse(moment).unwrap().0).unwrap()
        };
        assert!(of(&text, "2026-11-06T00:00:00Z"));
        assert!(!of(&text, "2026-11-05T10:00:00Z"));
        assert!(!of("{\"Records\":[]}", "2026-11-06T00:00:00Z"));
        assert!(!of("nothing", "2026-11-06T00:00:00Z"));
    }
}
