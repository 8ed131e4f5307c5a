//! The days of folders, as they stand in keys: `2026/11/05`. They are those of delivery, in UTC.

use std::time::{Duration, SystemTime};

use time::OffsetDateTime;

/// The day of a moment, in milliseconds since 1970.
pub(super) fn of(moment: u64) -> Option<String> {
    let moment = SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(moment))?;
    // Later years than the last that four digits have are beyond every key.
    let date = OffsetDateTime::from(moment).date();
    let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
    (year <= 9999).then(|| format!("{year:04}/{month:02}/{day:02}"))
}

/// The day that a key names behind its folder of a region.
pub(super) fn in_key<'a>(key: &'a str, region: &str) -> Option<&'a str> {
    let day = key.strip_prefix(region)?.get(..11)?.strip_suffix('/')?;
    let is_day = day.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'/',
        _ => byte.is_ascii_digit(),
    });
    is_day.then_some(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_as_keys_have_them() {
        assert_eq!(of(0).as_deref(), Some("1970/01/01"));
        assert_eq!(of(1_793_836_799_999).as_deref(), Some("2026/11/04"));
        assert_eq!(of(1_793_836_800_000).as_deref(), Some("2026/11/05"));
        assert_eq!(in_key("a/2026/11/05/x.json.gz", "a/"), Some("2026/11/05"));
        for other in ["a/2026/11/0/x", "a/2026-11-05/x", "b/2026/11/05/x", "a/2026/11/05", "a/ä"] {
            assert_eq!(in_key(other, "a/"), None, "{other}");
        }
    }
}
