//! Names that stay, names that become a pattern, and what holds for every name.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{Formed, Kind, pattern, resource};
use crate::wildcard::is_like;

const ORDINARY: &str = include_str!("../../../tests/fixtures/names/ordinary.txt");
const MADE: &str = include_str!("../../../tests/fixtures/names/made.txt");

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn kinds(formed: &Formed) -> String {
    formed.kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ")
}

#[test]
fn ordinary_names_stay() {
    let changed: Vec<_> =
        lines(ORDINARY).filter_map(|name| Some((name, pattern(name)?.pattern))).collect();
    assert!(changed.is_empty(), "{changed:#?}");
    assert!(lines(ORDINARY).count() >= 300, "{}", lines(ORDINARY).count());
}

#[test]
fn names_that_a_program_made_become_their_form() {
    let mut wrong = Vec::new();
    for line in lines(MADE) {
        let [name, wanted, what] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}: a name, a pattern and what was found")
        };
        let found = pattern(name).map(|formed| (formed.pattern.clone(), kinds(&formed)));
        if found != Some((wanted.to_owned(), what.to_owned())) {
            wrong.push((name, wanted, what, found));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(lines(MADE).count() >= 80, "{}", lines(MADE).count());
}

/// What has a form in one place of a name has it in others.
#[test]
fn ordinary_words_around_a_form_change_nothing() {
    let uuid = "1b4e28ba-2fa1-41d2-883f-0016d3cca427";
    for name in lines(ORDINARY).filter(|name| name.is_ascii()) {
        let around = format!("{name}/{uuid}/{name}");
        let wanted = format!("{name}/????????-????-????-????-????????????/{name}");
        // Beside a word, digits of a time name something.
        let digits = name
            .split(['/', ':'])
            .any(|it| !it.is_empty() && it.bytes().all(|b| b.is_ascii_digit()));
        if !digits {
            assert_eq!(pattern(&around).map(|it| it.pattern), Some(wanted), "{around}");
        }
    }
}

#[test]
fn digits_alone_need_a_word() {
    for digits in ["20261125", "20261125093000", "1700000000000", "20261125-093000"] {
        let expected = digits.contains('-');
        assert_eq!(pattern(digits).is_some(), expected, "{digits}");
        assert!(pattern(&format!("{digits}/x")).is_some(), "{digits}");
        assert!(pattern(&format!("ü-{digits}")).is_some(), "{digits}");
    }
    // Seconds need it beside them.
    assert_eq!(pattern("backups/1700000000/x"), None);
    assert!(pattern("backups/at-1700000000/x").is_some());
}

#[test]
fn every_day_of_the_century_is_a_date_and_nothing_else_is() {
    let mut days = 0;
    for year in 2009..2101 {
        for (month, day) in (0..14).flat_map(|month| (0..33).map(move |day| (month, day))) {
            let is_day = pattern(&format!("x-{year}{month:02}{day:02}")).is_some();
            let dashed = pattern(&format!("{year}-{month:02}-{day:02}")).is_some();
            assert_eq!(is_day, dashed, "{year} {month} {day}");
            days += u32::from(is_day);
        }
    }
    // 90 years, 22 of which are leap years.
    assert_eq!(days, 90 * 365 + 22);
}

#[test]
fn only_names_that_a_program_chose_become_a_pattern_in_an_arn() {
    const S3: &str = "arn:${Partition}:s3:::${BucketName}/${ObjectName}";
    const ROLE: &str = "arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}";
    const KEY: &str = "arn:${Partition}:kms:${Region}:${Account}:key/${KeyId}";
    const STACK: &str =
        "arn:${Partition}:cloudformation:${Region}:${Account}:stack/${StackName}/${Id}";
    const INDEX: &str =
        "arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}/index/${IndexName}";
    const STREAM: &str =
        "arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}/stream/${StreamLabel}";
    const MODEL: &str = "arn:${Partition}:bedrock:${Region}::foundation-model/${ModelName}";
    const SECRET: &str = "arn:${Partition}:secretsmanager:${Region}:${Account}:secret:${SecretId}";
    let uuid = "1b4e28ba-2fa1-41d2-883f-0016d3cca427";
    let here = "eu-west-1:111122223333";
    for (arn, format, wanted) in [
        (
            "arn:aws:s3:::site-20261125/x/job-20261126.json".to_owned(),
            S3,
            "site-????????/x/job-????????.json",
        ),
        ("arn:aws:s3:::b/20261126/x".to_owned(), S3, "b/????????/x"),
        (
            "arn:aws:iam::111122223333:role/team/S-Queue-1VF9BKQH5BJVI".to_owned(),
            ROLE,
            "role/team/S-Queue-?????????????",
        ),
        ("arn:aws:iam::*:role/ci-20261125".to_owned(), ROLE, "role/ci-????????"),
        (
            format!("arn:aws:cloudformation:{here}:stack/pr-20261125/{uuid}"),
            STACK,
            "stack/pr-????????/1b4e28ba-2fa1-41d2-883f-0016d3cca427",
        ),
        (
            format!("arn:aws:dynamodb:{here}:table/t-20261125/index/i-20261125"),
            INDEX,
            "table/t-????????/index/i-????????",
        ),
        (
            format!("arn:aws:secretsmanager:{here}:secret:ci-20261125-??????"),
            SECRET,
            "secret:ci-????????-??????",
        ),
    ] {
        let formed = resource(&arn, format);
        let pattern = formed.as_ref().and_then(|it| it.pattern.splitn(6, ':').last());
        assert_eq!(pattern, Some(wanted), "{arn}");
        let beginning = &arn[..arn.len() - wanted.len()];
        assert!(
            formed.is_some_and(|it| it.pattern.starts_with(beginning) && !it.kinds.is_empty()),
            "{arn}"
        );
    }
    for (arn, format) in [
        (format!("arn:aws:kms:{here}:key/{uuid}"), KEY),
        (format!("arn:aws:cloudformation:{here}:stack/pr/{uuid}"), STACK),
        (format!("arn:aws:dynamodb:{here}:table/t/stream/2026-05-20T20:51:10.252"), STREAM),
        ("arn:aws:bedrock:eu-west-1::foundation-model/maker.model-20261125".to_owned(), MODEL),
        ("arn:aws:cloudformation:eu-west-1:aws:stack/x-2016-10-31/y".to_owned(), STACK),
        ("arn:aws:s3:::bucket/key".to_owned(), S3),
        // What is not of the format.
        (format!("arn:aws:dynamodb:{here}:table/t-20261125"), INDEX),
        (format!("arn:aws:dynamodb:{here}:other/t-20261125/index/i"), INDEX),
        ("job-20261125".to_owned(), S3),
        (format!("arn:aws:s3:::job-20261125/{uuid}"), "${A}${B}"),
        ("*".to_owned(), S3),
    ] {
        assert_eq!(resource(&arn, format), None, "{arn}");
    }
    let both = resource(&format!("arn:aws:s3:::x-20261125/{uuid}"), S3).map(|it| it.kinds);
    assert_eq!(both, Some(vec![Kind::Uuid, Kind::Time]));
}

/// What stands for a version's number may be one, too.
#[test]
fn beside_a_dot_or_a_v_a_wildcard_is_a_number() {
    let hash = "0a".repeat(32);
    for name in [
        format!("x-20260101.{hash}"),
        format!("x-{hash}9.20260101"),
        format!("x/{}.20260101", "a0".repeat(16)),
    ] {
        let text = pattern(&name).map_or(name.clone(), |it| it.pattern);
        assert!(text.contains("20260101"), "{name} {text}");
        assert_eq!(pattern(&text), None, "{name} {text}");
    }
    for name in ["x-20260101.?", "x-?.20260101", "x-20260101-v?", "x-20260101-v*"] {
        assert_eq!(pattern(name), None, "{name}");
    }
}

/// A name of words, separators and forms, and the words that have none.
fn names() -> impl Strategy<Value = (String, Vec<String>)> {
    let word = "[a-z]{1,6}|[g-z]{2,5}[0-9]{1,3}|[0-9]{1,5}";
    let form = prop_oneof![
        "[0-9a-f]{64}",
        "[0-9a-f]{32}",
        "[0-9A-F]{40}",
        "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        "20[1-9][0-9](0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])",
        "20[1-9][0-9]-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T[01][0-9]:[0-5][0-9]:[0-5][0-9]Z",
        "1[67][0-9]{8}",
        "01[0-9A-HJKMNP-TV-Z]{24}",
    ];
    let piece =
        prop_oneof![3 => word.prop_map(|it| (it, true)), 1 => form.prop_map(|it| (it, false))];
    let pieces = prop::collection::vec((piece, "[-_./:]"), 1..8);
    pieces.prop_map(|pieces| {
        let name: String =
            pieces.iter().map(|((text, _), between)| format!("{between}{text}")).collect();
        let words = pieces.into_iter().filter(|((_, is_word), _)| *is_word);
        (name, words.map(|((text, _), _)| text).collect())
    })
}

proptest! {
    #[test]
    fn a_pattern_is_its_name_with_wildcards((name, words) in names()) {
        let Some(Formed { pattern, kinds }) = pattern(&name) else { return Ok(()) };
        prop_assert!(!kinds.is_empty() && pattern != name);
        prop_assert!(is_like(&name, &pattern), "{name} {pattern}");
        // As long as the name, each character itself or one `?` for a letter or a digit.
        prop_assert_eq!(pattern.chars().count(), name.chars().count());
        for (of_name, of_pattern) in name.chars().zip(pattern.chars()) {
            let is_one = of_pattern == '?' && of_name.is_ascii_alphanumeric();
            prop_assert!(is_one || of_pattern == of_name, "{name} {pattern}");
        }
        let mut rest = &*pattern;
        for word in words.iter().filter(|word| word.bytes().any(|it| (b'g'..=b'z').contains(&it))) {
            let found = rest.find(&**word);
            prop_assert!(found.is_some(), "{name} {pattern} {word}");
            rest = &rest[found.unwrap_or_default() + word.len()..];
        }
    }

    #[test]
    fn a_pattern_has_no_form((name, _) in names()) {
        if let Some(Formed { pattern: text, .. }) = pattern(&name) {
            prop_assert_eq!(pattern(&text), None);
        }
    }

    #[test]
    fn no_text_is_too_much(name in ".{0,200}|[0-9a-fTZ:.?*-]{0,200}|([0-9]{4,14}[-_.:/T]?){0,20}") {
        if let Some(Formed { pattern: text, .. }) = pattern(&name) {
            prop_assert!(is_like(&name, &text), "{name} {text}");
            prop_assert_eq!(pattern(&text), None);
        }
    }
}

#[test]
fn time_grows_with_the_length() {
    for unit in
        ["1700000000-", "2026-", "1234abcd-12ab-34cd-", "a", "x-1VF9BKQH5BJVI-", "é?*", "20261125T"]
    {
        let took = |times: usize| {
            let name = unit.repeat(times);
            (0..3).map(|_| timed(|| pattern(&name).is_some())).min().unwrap()
        };
        let (short, long) = (took(20_000), took(80_000));
        assert!(long < short * 16 + Duration::from_secs(1), "{unit}: {short:?}, then {long:?}");
    }
}

/// A name that has no form costs next to nothing: `cargo bench --bench policy` says how little. Tests are not optimised and share the
/// machine.
#[test]
fn a_name_without_a_form_costs_little() {
    let name = "acme-prod-orders-eu-west-1-logs";
    let took =
        (0..20).map(|_| timed(|| (0..1_000).all(|_| pattern(name).is_none()))).min().unwrap();
    assert!(took < Duration::from_millis(20), "{took:?} for a thousand names");
}

fn timed(work: impl FnOnce() -> bool) -> Duration {
    let begin = Instant::now();
    std::hint::black_box(work());
    begin.elapsed()
}
