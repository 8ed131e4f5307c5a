//! Comparing one value of a request with one of a policy, by operator.

use std::net::IpAddr;

use time::{Date, Month, Time};

use crate::evaluate::document::{Comparison, Test};
use crate::evaluate::verdict::glob::{Glob, Letter, Reach};
use crate::evaluate::verdict::variable::Expanded;

/// Whether the request's value meets the policy's; `None` when the two cannot be compared.
pub(crate) fn meets(test: Test, request: &str, policy: &Expanded) -> Option<bool> {
    match test {
        Test::StringEquals | Test::Binary => Some(request == policy.text()),
        Test::StringEqualsIgnoreCase => {
            Some(request.to_lowercase() == policy.text().to_lowercase())
        }
        Test::StringLike => Some(
            Glob::new(policy.letters.iter().copied(), Reach::Text).covers(&Glob::literal(request)),
        ),
        Test::Arn => Some(arn(request, &policy.letters)),
        Test::Numeric(comparison) => {
            Some(ordered(comparison, &number(request)?, &number(&policy.text())?))
        }
        Test::Date(comparison) => {
            Some(ordered(comparison, &moment(request)?, &moment(&policy.text())?))
        }
        Test::Bool => Some(boolean(request)? == boolean(&policy.text())?),
        Test::IpAddress => network_holds(&policy.text(), request),
        // Asked of the key, not of its values.
        Test::Null => None,
    }
}

pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

fn ordered<T: PartialOrd>(comparison: Comparison, request: &T, policy: &T) -> bool {
    match comparison {
        Comparison::Equals => request == policy,
        Comparison::LessThan => request < policy,
        Comparison::LessThanEquals => request <= policy,
        Comparison::GreaterThan => request > policy,
        Comparison::GreaterThanEquals => request >= policy,
    }
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

/// Each of the six parts is compared by itself.
fn arn(request: &str, policy: &[Letter]) -> bool {
    let mut parts: Vec<Vec<Letter>> = vec![Vec::new()];
    for letter in policy {
        if letter.character == ':' && parts.len() < ARN_PARTS {
            parts.push(Vec::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(*letter);
        }
    }
    let request: Vec<_> = request.splitn(ARN_PARTS, ':').collect();
    request.len() == ARN_PARTS
        && request[0] == "arn"
        && parts.len() == ARN_PARTS
        && parts
            .into_iter()
            .zip(request)
            .all(|(part, text)| Glob::new(part, Reach::Text).covers(&Glob::literal(text)))
}

const ARN_PARTS: usize = 6;

/// Whether a network (`203.0.113.0/24`, `2001:db8::/32`) or an address has an address in it.
fn network_holds(network: &str, address: &str) -> Option<bool> {
    let (base, length) = match network.split_once('/') {
        Some((base, length)) => (base, Some(length.parse::<u32>().ok()?)),
        None => (network, None),
    };
    let (base, address): (IpAddr, IpAddr) = (base.parse().ok()?, address.parse().ok()?);
    match (base, address) {
        (IpAddr::V4(base), IpAddr::V4(address)) => {
            let different = 32u32.checked_sub(length.unwrap_or(32))?;
            let same =
                u64::from(base.to_bits()) >> different == u64::from(address.to_bits()) >> different;
            Some(same)
        }
        (IpAddr::V6(base), IpAddr::V6(address)) => {
            let different = 128u32.checked_sub(length.unwrap_or(128))?;
            let shifted = |bits: u128| bits.checked_shr(different).unwrap_or(0);
            Some(shifted(base.to_bits()) == shifted(address.to_bits()))
        }
        _ => Some(false),
    }
}

/// Nanoseconds since 1970 of a date in one of W3C's ISO 8601 profiles, or of seconds since 1970.
fn moment(text: &str) -> Option<i128> {
    const NANOS: i128 = 1_000_000_000;
    let text = text.trim();
    if let Ok(seconds) = text.parse::<i64>()
        && (text.len() > 4 || seconds < 1000)
    {
        return Some(i128::from(seconds) * NANOS);
    }
    let (day, clock) = match text.split_once(['T', 't']) {
        Some((day, clock)) => (day, Some(clock)),
        None => (text, None),
    };
    let mut numbers = day.split('-');
    let year = digits(numbers.next()?, 4)?;
    let month = numbers.next().map_or(Some(1), |month| digits(month, 2))?;
    let date = numbers.next().map_or(Some(1), |date| digits(date, 2))?;
    if numbers.next().is_some() {
        return None;
    }
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    let date = Date::from_calendar_date(i32::try_from(year).ok()?, month, u8::try_from(date).ok()?)
        .ok()?;
    let (time, offset) = clock.map_or(Some((0, 0)), time_of_day)?;
    let midnight = date.with_time(Time::MIDNIGHT).assume_utc().unix_timestamp_nanos();
    Some(midnight + time - offset * NANOS)
}

/// `hh:mm[:ss[.fraction]]` and a zone: nanoseconds since midnight, and the zone's seconds.
fn time_of_day(text: &str) -> Option<(i128, i128)> {
    let zone = text.find(['Z', 'z', '+', '-'])?;
    let (clock, zone) = text.split_at(zone);
    let offset = match zone {
        "Z" | "z" => 0,
        _ => {
            let sign = if zone.starts_with('-') { -1 } else { 1 };
            let (hours, minutes) = match zone[1..].split_once(':') {
                Some(parts) => parts,
                None => zone[1..].split_at_checked(2)?,
            };
            sign * (digits(hours, 2)? * 3600 + digits(minutes, 2)? * 60)
        }
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut parts = clock.split(':');
    let hours = digits(parts.next()?, 2)?;
    let minutes = digits(parts.next()?, 2)?;
    let seconds = parts.next().map_or(Some(0), |seconds| digits(seconds, 2))?;
    if parts.next().is_some() || hours > 23 || minutes > 59 || seconds > 60 {
        return None;
    }
    let nanos = digits(format!("{fraction:0<9}").get(..9)?, 9)?;
    let whole = (hours * 3600 + minutes * 60 + seconds) * 1_000_000_000;
    Some((i128::from(whole + nanos), i128::from(offset)))
}

fn digits(text: &str, count: usize) -> Option<i64> {
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_in_every_form() {
        let second = moment("2013-06-30T10:20:30Z");
        assert!(second.is_some());
        for same in [
            "2013-06-30T10:20:30.000Z",
            "2013-06-30T12:20:30+02:00",
            "2013-06-30T12:20:30+0200",
            "2013-06-30T08:50:30-01:30",
            "1372587630",
            "2013-06-30t10:20:30z",
        ] {
            assert_eq!(moment(same), second, "{same}");
        }
        assert_eq!(moment("2013"), moment("2013-01-01T00:00Z"));
        assert_eq!(moment("2013-06"), moment("2013-06-01"));
        for none in [
            "",
            "today",
            "2013-13-01",
            "2013-06-30T10",
            "2013-06-30T10:20:30",
            "2013-06-31",
            "é-01-01",
            "2013-06-30T10:20é",
        ] {
            assert_eq!(moment(none), None, "{none}");
        }
    }

    #[test]
    fn networks_hold_addresses() {
        let holds = |network, address| network_holds(network, address);
        assert_eq!(holds("203.0.113.0/24", "203.0.113.255"), Some(true));
        assert_eq!(holds("203.0.113.0/24", "203.0.114.0"), Some(false));
        assert_eq!(holds("203.0.113.7", "203.0.113.7"), Some(true));
        assert_eq!(holds("0.0.0.0/0", "203.0.113.7"), Some(true));
        assert_eq!(holds("2001:db8::/32", "2001:db8:1::1"), Some(true));
        assert_eq!(holds("::/0", "2001:db8:1::1"), Some(true));
        assert_eq!(holds("::/0", "203.0.113.7"), Some(false));
        assert_eq!(holds("203.0.113.0/33", "203.0.113.7"), None);
        assert_eq!(holds("203.0.113.0/24", "office"), None);
    }
}
