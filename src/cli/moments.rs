//! Moments: a day, or a time as RFC 3339 has it; in milliseconds since 1970.

use time::format_description::well_known::Rfc3339;
use time::{Date, Month, OffsetDateTime, Time};

/// The beginning of a day, or a moment.
pub(super) fn since(text: &str) -> Result<u64, String> {
    moment(text, Some)
}

/// The end of a day, which is the beginning of the next, or a moment.
pub(super) fn until(text: &str) -> Result<u64, String> {
    moment(text, Date::next_day)
}

fn moment(text: &str, whole: impl FnOnce(Date) -> Option<Date>) -> Result<u64, String> {
    let moment = match day(text) {
        Some(day) => whole(day).map(|day| day.with_time(Time::MIDNIGHT).assume_utc()),
        None => OffsetDateTime::parse(text, &Rfc3339).ok(),
    };
    let milliseconds = moment.map(|moment| moment.unix_timestamp_nanos() / 1_000_000);
    milliseconds.and_then(|it| u64::try_from(it).ok()).ok_or_else(|| {
        "give a day, such as 2026-11-05, or a time, such as 2026-11-05T10:00:00Z".to_owned()
    })
}

/// `2026-11-05`.
fn day(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let mut next = |length| {
        let part = parts.next()?;
        let is_number = part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<u16>().ok().filter(|_| is_number)
    };
    let (year, month, day) = (next(4)?, next(2)?, next(2)?);
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    let date = Date::from_calendar_date(i32::from(year), month, u8::try_from(day).ok()?);
    date.ok().filter(|_| parts.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_whole_and_a_moment_is_itself() {
        assert_eq!(since("1970-01-02"), Ok(86_400_000));
        assert_eq!(until("1970-01-02"), Ok(2 * 86_400_000));
        for moment in [since, until] {
            assert_eq!(moment("1970-01-02T01:00:00.5+01:00"), Ok(86_400_500));
            for bad in [
                "",
                "today",
                "2026-11",
                "2026-11-31",
                "2026-1-05",
                "2026-11-05-06",
                "1969-12-30",
                "2026-11-05T10:00:00",
            ] {
                assert!(moment(bad).is_err(), "{bad}");
            }
        }
    }
}
