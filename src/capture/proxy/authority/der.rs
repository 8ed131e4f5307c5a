//! Reads from a certificate what the libraries that make and verify it do not tell: when it is valid,
//! whether it is an authority's, and what that is constrained to.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::{Duration, SystemTime};

use time::{Date, Month, PrimitiveDateTime, Time};

const SEQUENCE: u8 = 0x30;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const BOOLEAN: u8 = 0x01;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;
/// id-ce-basicConstraints, 2.5.29.19.
const BASIC_CONSTRAINTS: [u8; 3] = [0x55, 0x1d, 0x13];
const PERMITTED: u8 = 0xa0;
const DNS_NAME: u8 = 0x82;
const IP_ADDRESS: u8 = 0x87;

/// Whether a certificate is an authority's: it says so (RFC 5280, 4.2.1.9), or is of the first version, which has no
/// place to say it.
pub(in crate::capture::proxy) fn is_authority(certificate: &[u8]) -> bool {
    let extensions = extensions(certificate);
    extensions.is_some_and(|found| found.is_none_or(|it| says_authority(it) == Some(true)))
}

/// The list of a certificate's extensions; `None` within where its version has none.
fn extensions(certificate: &[u8]) -> Option<Option<&[u8]>> {
    let certificate = Reader(certificate).expect(SEQUENCE)?;
    let mut tbs = Reader(Reader(certificate).expect(SEQUENCE)?);
    if tbs.next()?.0 != VERSION {
        return Some(None);
    }
    while let Some((tag, contents)) = tbs.next() {
        if tag == EXTENSIONS {
            return Reader(contents).expect(SEQUENCE).map(Some);
        }
    }
    Some(Some(&[]))
}

fn says_authority(extensions: &[u8]) -> Option<bool> {
    let mut extensions = Reader(extensions);
    while !extensions.0.is_empty() {
        let mut extension = Reader(extensions.expect(SEQUENCE)?);
        if extension.expect(OBJECT_IDENTIFIER)? != BASIC_CONSTRAINTS {
            continue;
        }
        let (mut tag, mut value) = extension.next()?;
        if tag == BOOLEAN {
            // Whether the extension is critical.
            (tag, value) = extension.next()?;
        }
        let constraints = Reader(value).expect(SEQUENCE).filter(|_| tag == OCTET_STRING)?;
        return Some(matches!(Reader(constraints).next(), Some((BOOLEAN, [0xff]))));
    }
    Some(false)
}

/// When a certificate begins and ends to be valid, since 1970; one that began before began then.
pub(in crate::capture::proxy) fn validity(certificate: &[u8]) -> Option<(Duration, Duration)> {
    let certificate = Reader(certificate).expect(SEQUENCE)?;
    let mut tbs = Reader(Reader(certificate).expect(SEQUENCE)?);
    let (tag, _) = tbs.next()?;
    if tag == VERSION {
        tbs.next()?; // serial number
    }
    tbs.next()?; // signature algorithm
    tbs.next()?; // issuer
    let mut validity = Reader(tbs.expect(SEQUENCE)?);
    let mut time = || validity.next().and_then(|(tag, text)| parse_time(tag, text));
    Some((time()?, time()?))
}

/// The end of a certificate's validity.
pub(super) fn not_after(certificate: &[u8]) -> Option<SystemTime> {
    validity(certificate).map(|(_, end)| SystemTime::UNIX_EPOCH + end)
}

/// The permitted names in the contents of a name-constraints extension: DNS names, and addresses
/// that stand for themselves alone.
pub(super) fn permitted(constraints: &[u8]) -> Option<Vec<String>> {
    // webpki hands out the sequence's contents; the sequence itself is accepted too.
    let mut reader = Reader(constraints);
    let (mut tag, mut contents) = reader.next()?;
    if tag == SEQUENCE {
        (tag, contents) = Reader(contents).next()?;
    }
    if tag != PERMITTED {
        return None;
    }
    let mut names = Vec::new();
    let mut subtrees = Reader(contents);
    while !subtrees.0.is_empty() {
        let (tag, name) = Reader(subtrees.expect(SEQUENCE)?).next()?;
        names.push(match tag {
            DNS_NAME => std::str::from_utf8(name).ok()?.to_owned(),
            IP_ADDRESS if name.len() == 8 => {
                Ipv4Addr::from(<[u8; 4]>::try_from(name.get(..4)?).ok()?).to_string()
            }
            IP_ADDRESS if name.len() == 32 => {
                Ipv6Addr::from(<[u8; 16]>::try_from(name.get(..16)?).ok()?).to_string()
            }
            _ => return None,
        });
    }
    Some(names)
}

fn parse_time(tag: u8, text: &[u8]) -> Option<Duration> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (year, rest) = match tag {
        UTC_TIME => {
            let (year, rest) = text.split_at_checked(2)?;
            let year: i32 = year.parse().ok()?;
            (if year < 50 { 2000 + year } else { 1900 + year }, rest)
        }
        GENERALIZED_TIME => {
            let (year, rest) = text.split_at_checked(4)?;
            (year.parse().ok()?, rest)
        }
        _ => return None,
    };
    let pair = |at: usize| rest.get(at..at + 2)?.parse::<u8>().ok();
    if rest.len() != 10 {
        return None;
    }
    let date = Date::from_calendar_date(year, Month::try_from(pair(0)?).ok()?, pair(2)?).ok()?;
    let time = Time::from_hms(pair(4)?, pair(6)?, pair(8)?).ok()?;
    let seconds = PrimitiveDateTime::new(date, time).assume_utc().unix_timestamp();
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}

/// Tag, length, value, one after the other.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = if first < 0x80 {
            (usize::from(first), rest)
        } else {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            if digits.is_empty() || digits.len() > 3 {
                return None;
            }
            (digits.iter().fold(0, |length, &digit| length << 8 | usize::from(digit)), rest)
        };
        let (value, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, value))
    }

    fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next().filter(|&(found, _)| found == tag).map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_of_writing_a_time_are_read() {
        let expected = Duration::from_secs(1_767_225_599);
        assert_eq!(parse_time(UTC_TIME, b"251231235959Z"), Some(expected));
        assert_eq!(parse_time(GENERALIZED_TIME, b"20251231235959Z"), Some(expected));
        assert_eq!(parse_time(UTC_TIME, b"500101000000Z"), Some(Duration::ZERO));
        for bad in ["", "Z", "2512312359Z", "251331235959Z", "25123123595xZ", "251231235959"] {
            assert_eq!(parse_time(UTC_TIME, bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn an_authority_says_that_it_is_one() {
        use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
        let key = KeyPair::generate().unwrap();
        let cases = [
            (IsCa::Ca(BasicConstraints::Unconstrained), true),
            (IsCa::Ca(BasicConstraints::Constrained(0)), true),
            (IsCa::ExplicitNoCa, false),
            (IsCa::NoCa, false),
        ];
        for (is_ca, expected) in cases {
            let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
            params.is_ca = is_ca;
            let made = params.self_signed(&key).unwrap();
            assert_eq!(is_authority(made.der()), expected, "{:?}", params.is_ca);
            let (begins, ends) = validity(made.der()).unwrap();
            assert!(begins < ends);
            for length in 0..made.der().len() {
                assert!(!is_authority(&made.der()[..length]), "{length} bytes of it");
            }
        }
    }

    #[test]
    fn what_is_cut_short_is_not_read() {
        assert_eq!(not_after(b""), None);
        assert_eq!(not_after(&[0x30, 0x82, 0xff]), None);
        assert!(!is_authority(b"") && !is_authority(&[0x30, 0x82, 0xff]));
        assert_eq!(permitted(&[0xa0, 0x05, 0x30]), None);
    }
}
