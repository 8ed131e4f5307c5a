//! Dates and times in names.

use crate::made::form::parts::{Before, Kind, Part, Word, is_of_word};

/// Years that a name can be of; what is beyond is a number.
const YEARS: std::ops::RangeInclusive<u32> = 2010..=2099;
/// Seconds since 1970 that a name can be of: from September 2020 to May 2033.
const SECONDS: std::ops::Range<u64> = 1_600_000_000..2_000_000_000;
/// Terraform's time and counter: `20060102150405` and four digits of the second, then eight hexadecimal digits.
const TERRAFORM: usize = 26;

/// The time that begins in this word, or behind its letters.
pub(super) fn part(name: &[u8], word: Word<'_>, before: &mut Before<'_>) -> Option<Part> {
    if let Some(start) = terraform(word) {
        return Some(Part::new(start, word.end, Kind::Time));
    }
    let start = word.start + letters_before(word.text)?;
    // A part of a version (`2.0.20230119`) is a release.
    if is_behind_dot(name, start) {
        return None;
    }
    match digits(name, start) {
        4 => {
            let end = dashed(name, start)?;
            Some(Part::new(start, end, Kind::Time))
        }
        10 if is_since_1970(&name[start..start + 10]) => {
            let end = ends(name, start + 10)?;
            // Of all numbers of ten digits, one in 25 is such a time: alone it is somebody's number.
            before.has_letters(name).then(|| Part::new(start, end, Kind::Time))
        }
        13 if is_since_1970(&name[start..start + 10]) => {
            let end = ends(name, start + 13)?;
            Some(Part { needs_word: true, ..Part::new(start, end, Kind::Time) })
        }
        8 | 14 | 17 | 20 => {
            let end = compact(name, start)?;
            let needs_word = name[start..end].iter().all(u8::is_ascii_digit);
            Some(Part { needs_word, ..Part::new(start, end, Kind::Time) })
        }
        _ => None,
    }
}

/// Where Terraform's time begins, if the word ends in one.
fn terraform(word: Word<'_>) -> Option<usize> {
    let start = word.text.len().checked_sub(TERRAFORM)?;
    let (prefix, id) = word.text.split_at(start);
    let counter = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let is_id = date(&id[..8]) && clock(&id[8..14])
        && id[14..18].iter().all(u8::is_ascii_digit)
        && id[18..].iter().all(counter)
        // Digits before it could belong to it.
        && prefix.last().is_none_or(u8::is_ascii_alphabetic);
    is_id.then_some(word.start + start)
}

/// How many letters of a word stand before a number. They are none that a hash could have, and more than a `v`.
fn letters_before(word: &[u8]) -> Option<usize> {
    let letters = word.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let is_word = letters >= 2 && word[..letters].iter().any(|byte| !byte.is_ascii_hexdigit());
    (letters == 0 || is_word).then_some(letters)
}

fn is_behind_dot(name: &[u8], start: usize) -> bool {
    start >= 2 && name[start - 1] == b'.' && is_any_digit(name[start - 2])
}

/// A digit, or a wildcard, which may stand for one.
fn is_any_digit(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'*' | b'?')
}

/// Where `YYYYMMDD` and what of a time follows it end.
fn compact(name: &[u8], start: usize) -> Option<usize> {
    if !date(&name[start..start + 8]) {
        return None;
    }
    let end = start + 8;
    match digits(name, start) {
        8 => with_clock(name, end).or_else(|| release(name, ends(name, end)?)),
        // Milliseconds or microseconds are what is more.
        more => clock(&name[end..end + 6]).then(|| ends(name, start + more)).flatten(),
    }
}

/// Where `YYYY-MM-DD` and what of a time follows it end.
fn dashed(name: &[u8], start: usize) -> Option<usize> {
    let end = start + 10;
    let text = name.get(start..end)?;
    let between = text[4];
    if !matches!(between, b'-' | b'_') || text[7] != between || digits(name, start + 8) != 2 {
        return None;
    }
    let [year, month, day] = [&text[..4], &text[5..7], &text[8..]].map(number);
    if !is_day(year?, month?, day?) {
        return None;
    }
    with_clock(name, end).or_else(|| release(name, ends(name, end)?))
}

/// Where the time of day ends that follows a date which ends here.
fn with_clock(name: &[u8], end_of_date: usize) -> Option<usize> {
    let is_t = match name.get(end_of_date)? {
        b'T' | b't' => true,
        b'-' | b'_' | b' ' => false,
        _ => return None,
    };
    let start = end_of_date + 1;
    match digits(name, start) {
        // `093000`, and milliseconds or microseconds.
        6 | 9 | 12 if clock(&name[start..start + 6]) => {
            let end = start + digits(name, start);
            ends(name, fraction(name, end, &[6]))
        }
        4 if is_t && is_clock(&[&name[start..start + 2], &name[start + 2..start + 4]]) => {
            ends(name, start + 4)
        }
        2 => {
            let between = *name.get(start + 2)?;
            let minutes = name.get(start + 3..start + 5)?;
            if !matches!(between, b':' | b'-' | b'_') || digits(name, start + 3) != 2 {
                return None;
            }
            let hours = &name[start..start + 2];
            if name.get(start + 5) == Some(&between) && digits(name, start + 6) == 2 {
                let is_clock = is_clock(&[hours, minutes, &name[start + 6..start + 8]]);
                return is_clock.then(|| ends(name, fraction(name, start + 8, &[3, 6]))).flatten();
            }
            let is_clock = is_t && between == b':' && is_clock(&[hours, minutes]);
            is_clock.then(|| ends(name, start + 5)).flatten()
        }
        _ => None,
    }
}

/// Where parts of a second end that follow a second which ends here: behind a dot or a comma three, six or nine digits, and
/// behind a hyphen as many as this program writes there.
fn fraction(name: &[u8], end: usize, behind_hyphen: &[usize]) -> usize {
    let count = digits(name, end + 1);
    let is_fraction = match name.get(end) {
        Some(b'.' | b',') => matches!(count, 3 | 6 | 9),
        Some(b'-' | b'_') => {
            behind_hyphen.contains(&count)
                && name.get(end + 1 + count).is_none_or(|next| !is_of_word(*next))
        }
        _ => false,
    };
    if is_fraction { end + 1 + count } else { end }
}

/// The end, if nothing follows that would belong to the number: only the `Z` of a time. What has a dot and a digit behind it
/// is a version.
fn ends(name: &[u8], end: usize) -> Option<usize> {
    let byte = |at: usize| name.get(at).copied();
    let next = match byte(end) {
        Some(b'Z' | b'z') => end + 1,
        _ => end,
    };
    let is_version = byte(next) == Some(b'.') && byte(next + 1).is_some_and(is_any_digit);
    (byte(next).is_none_or(|it| !is_of_word(it)) && !is_version).then_some(end)
}

/// The end of a date, unless a version follows: `claude-3-5-sonnet-20240620-v1:0` is the name of a release
/// (docs.aws.amazon.com/bedrock/latest/userguide/models-supported.html).
fn release(name: &[u8], end: usize) -> Option<usize> {
    let is_release = match name.get(end..end + 3) {
        Some([b'-' | b'_' | b'.', b'v' | b'V', number]) => is_any_digit(*number),
        _ => false,
    };
    (!is_release).then_some(end)
}

fn is_since_1970(seconds: &[u8]) -> bool {
    let seconds = seconds.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'));
    SECONDS.contains(&seconds)
}

/// How many digits begin here; no more are counted than any time has.
fn digits(name: &[u8], start: usize) -> usize {
    const MOST: usize = 21;
    let rest = name.get(start..).unwrap_or_default();
    rest.iter().take(MOST).take_while(|byte| byte.is_ascii_digit()).count()
}

/// Whether these eight digits are a day.
fn date(digits: &[u8]) -> bool {
    let [year, month, day] = [&digits[..4], &digits[4..6], &digits[6..]].map(number);
    matches!((year, month, day), (Some(year), Some(month), Some(day)) if is_day(year, month, day))
}

/// Whether these six digits are a time of day.
fn clock(digits: &[u8]) -> bool {
    is_clock(&[&digits[..2], &digits[2..4], &digits[4..]])
}

/// Whether these are hours, minutes and, where there are any, seconds.
fn is_clock(parts: &[&[u8]]) -> bool {
    let limits = [24, 60, 60];
    parts.iter().zip(limits).all(|(part, limit)| number(part).is_some_and(|it| it < limit))
}

/// A few digits as a number.
fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |sum, digit| {
        digit.is_ascii_digit().then(|| sum * 10 + u32::from(digit - b'0'))
    })
}

fn is_day(year: u32, month: u32, day: u32) -> bool {
    let is_leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let days = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    YEARS.contains(&year) && (1..=days).contains(&day)
}
