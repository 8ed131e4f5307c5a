use std::io::Write;

use super::*;
use crate::recognize::cloudtrail::{Digests, Glancer, Record, Sessions};

fn input(number: usize, text: &str) -> Input {
    let mut copy = tempfile::spooled_tempfile(1 << 20);
    copy.write_all(text.as_bytes()).unwrap();
    let name = format!("input {number}");
    let kind = Kind::of(text.as_bytes());
    Input { number, name, content: Content::Copied(copy), kind }
}

fn read(texts: &[&str], options: Options<'_>) -> Trail {
    let inputs = texts.iter().enumerate().map(|(number, text)| input(number, text)).collect();
    Trail::read(inputs, Told::default(), options).unwrap()
}

/// The calls: of which recording, how often, what, and the account of who called.
fn calls(trail: &mut Trail) -> Vec<(usize, u64, String, Option<String>)> {
    let mut calls = Vec::new();
    trail
        .each(|number, entry| {
            let operation = entry.call.operation.as_deref().unwrap_or_default().to_owned();
            calls.push((number, entry.times, operation, entry.call.account));
        })
        .unwrap();
    calls
}

fn event(id: &str, shared: Option<&str>, recipient: &str, name: &str, second: u32) -> String {
    let shared = shared.map(|it| format!(r#""sharedEventID":"{it}","#)).unwrap_or_default();
    format!(
        r#"{{"eventVersion":"1.08","eventID":"{id}",{shared}"eventTime":"2026-01-01T00:00:{second:02}Z","eventType":"AwsApiCall","eventSource":"s3.amazonaws.com","eventName":"{name}","awsRegion":"eu-west-1","recipientAccountId":"{recipient}","userIdentity":{{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/u","accountId":"111122223333","accessKeyId":"AKIAU"}},"requestParameters":{{"bucketName":"b-{recipient}"}}}}"#
    )
}

#[test]
fn an_event_counts_once_and_its_twins_do_not() {
    let own = event("1", Some("s"), "111122223333", "ListObjects", 1);
    let twin = event("2", Some("s"), "444455556666", "ListObjects", 1);
    let other = event("3", None, "111122223333", "ListObjects", 2);
    for order in [[&own, &twin, &other, &own], [&other, &twin, &own, &twin]] {
        let texts: Vec<&str> = order.iter().map(|it| it.as_str()).collect();
        let mut trail = read(&texts, Options::default());
        assert_eq!((trail.told.events, trail.told.doubles, trail.told.distinct), (4, 1, 1));
        let mut seen = Vec::new();
        trail.each(|_, entry| seen.push((entry.times, entry.call.parameters))).unwrap();
        assert_eq!(seen.len(), 1, "{seen:?}");
        // The one of the caller's own account is left, whichever came first.
        assert_eq!((seen[0].0, seen[0].1["Bucket"].as_str()), (2, Some("b-111122223333")));
    }
}

#[test]
fn calls_come_in_the_order_of_their_time_and_of_each_recording_where_they_are_kept_apart() {
    let one = event("1", None, "111122223333", "ListBuckets", 5);
    let two = event("2", None, "111122223333", "ListObjects", 3);
    let again = event("3", None, "111122223333", "ListBuckets", 1);
    let account = Some("111122223333".to_owned());
    for texts in [[&one, &two, &again], [&again, &one, &two]] {
        let texts: Vec<&str> = texts.iter().map(|it| it.as_str()).collect();
        let found = calls(&mut read(&texts, Options::default()));
        // On disk from the first byte.
        let spilled = calls(&mut read(&texts, Options { memory: Some(0), ..Options::default() }));
        assert_eq!(found, spilled);
        let expected = [
            (0, 2, "ListBuckets".to_owned(), account.clone()),
            (0, 1, "ListObjects".to_owned(), account.clone()),
        ];
        assert_eq!(found, expected);
    }
    let texts = [one.as_str(), two.as_str(), again.as_str()];
    let apart = calls(&mut read(&texts, Options { apart: true, ..Options::default() }));
    assert_eq!(apart.iter().map(|it| (it.0, it.1)).collect::<Vec<_>>(), [(0, 1), (1, 1), (2, 1)]);
}

#[test]
fn what_is_wrong_is_counted_with_its_place() {
    let good = event("1", None, "111122223333", "ListBuckets", 5);
    let text = format!("{good}\n{{\"a\":1}}\n{good}");
    let trail = read(&[&text], Options::default());
    let position = good.len() as u64 + 1;
    let faults: Vec<_> = trail.told.first_faults.iter().collect();
    assert_eq!(faults, [(&(0, position), &("input 0".to_owned(), Fault::NoEvent))]);
    let strict = Options { strict: true, ..Options::default() };
    let stopped = Trail::read(vec![input(0, &text)], Told::default(), strict).unwrap_err();
    let said = format!(
        "input 0, byte {position}: no CloudTrail event; without --strict it is passed over"
    );
    assert_eq!(stopped.to_string(), said);
}

/// What a glance and the whole look say of each value of a text: the digests of both.
fn looked_at(text: &str) -> Vec<(Option<u128>, Option<u128>)> {
    let hasher = Digests::default();
    let mut found = Vec::new();
    let mut splitter = split::Splitter::new(text.as_bytes());
    while let Some(it) = splitter.next().unwrap() {
        let split::Found::Value(value, _, members) = it else { continue };
        let glanced = Record::at_a_glance(value, members).map(|it| it.digest(&hasher));
        found.push((glanced, Record::parse(value).ok().map(|it| it.digest(&hasher))));
    }
    found
}

/// The text of each file of real events.
fn real() -> Vec<String> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cloudtrail");
    let files = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    let files = files.filter(|it| it.extension().is_some_and(|it| it == "json"));
    files.map(|it| std::fs::read_to_string(it).unwrap()).collect()
}

#[test]
fn a_glance_at_an_event_sees_what_is_in_it() {
    let mut events = 0;
    for text in real() {
        let spaced: serde_json::Value = serde_json::from_str(&text).unwrap();
        for text in [&text, &serde_json::to_string_pretty(&spaced).unwrap()] {
            for (glanced, parsed) in looked_at(text) {
                assert!(glanced.is_some(), "not told at a glance: {text}");
                assert_eq!(glanced, parsed, "{text}");
                events += 1;
            }
        }
    }
    assert!(events >= 600, "{events}");
}

/// What makes records look the same, and what they are: the look and the digest of each value of a text that is seen at a glance.
fn looks(text: &str, glancer: &mut Glancer, hasher: &Digests) -> Vec<(u128, u128)> {
    let mut found = Vec::new();
    let mut splitter = split::Splitter::new(text.as_bytes());
    while let Some(it) = splitter.next().unwrap() {
        let split::Found::Value(value, _, members) = it else { continue };
        let Some(glance) = glancer.glance(value, members) else { continue };
        let Ok(record) = Record::parse(value) else { continue };
        assert_eq!(record.id().map(str::as_bytes), Some(glance.id()), "{text}");
        assert_eq!(record.time().map(|it| it.0), Some(glance.time()), "{text}");
        assert!(record.shared_id().is_none() && !Sessions::may_be_opened_by(&record), "{text}");
        found.push((glancer.key(&glance), record.digest(hasher)));
    }
    found
}

#[test]
fn records_that_look_the_same_are_the_same_call() {
    let (hasher, mut glancer) = (Digests::default(), Glancer::default());
    let mut digests = std::collections::HashMap::new();
    let (mut all, mut seen) = (0, 0);
    for text in real() {
        let events: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
        for event in events {
            let members = event.as_object().unwrap();
            let mut variants = vec![event.clone()];
            for (name, value) in members {
                let mut without = event.clone();
                without.as_object_mut().unwrap().shift_remove(name);
                variants.push(without);
                let otherwise = match value {
                    serde_json::Value::String(text) => format!("{text}x").into(),
                    serde_json::Value::Object(members) => {
                        let mut members = members.clone();
                        members.insert("other".to_owned(), "x".into());
                        members.into()
                    }
                    _ => "x".into(),
                };
                for value in [otherwise, serde_json::Value::Null, "".into(), 1.into()] {
                    let mut changed = event.clone();
                    changed[name] = value;
                    variants.push(changed);
                }
            }
            for variant in variants {
                all += 1;
                for (look, digest) in looks(&variant.to_string(), &mut glancer, &hasher) {
                    seen += 1;
                    assert_eq!(*digests.entry(look).or_insert(digest), digest, "{variant}");
                }
            }
        }
    }
    // Most are seen so, and they are not all one.
    assert!(seen * 10 > all * 7 && digests.len() > 5_000, "{seen} of {all}, {}", digests.len());
}

#[test]
fn what_is_not_as_in_most_records_has_no_look() {
    let (hasher, mut glancer) = (Digests::default(), Glancer::default());
    let mut looks = |text: &str| looks(text, &mut glancer, &hasher);
    let event = event("1", None, "111122223333", "ListBuckets", 5);
    assert_eq!(looks(&event).len(), 1);
    let inside = event.strip_prefix('{').unwrap();
    for text in [
        format!(r#"{{"event\u004eame":"DeleteBucket",{inside}"#),
        format!(r#"{{"eventName":"DeleteBucket",{inside}"#),
        format!(r#"{{"userAgent":null,"userAgent":"x",{inside}"#),
        format!(r#"{{"sharedEventID":"x",{inside}"#),
        event.replace("s3.amazonaws", "s\\u0033.amazonaws"),
        event.replace("s3.amazonaws", "sts.amazonaws").replace("ListBuckets", "AssumeRole"),
        event.replace("s3.amazonaws", "sts.amazonaws").replace("ListBuckets", "Assume\\u0052ole"),
        event.replace(r#""eventID":"1""#, r#""eventID":"\u0031""#),
        event.replace(r#""eventID":"1","#, ""),
        event.replace("00:05Z", "00:05.5Z"),
        event.replace("T00:00:05Z", "T00:00:60Z"),
    ] {
        assert_ne!(text, event);
        assert!(looks(&text).is_empty(), "{text}");
    }
    // What decides nothing does not change the look.
    let first = looks(&event);
    for text in [
        format!(r#"{{"other":{{"eventName":"x"}},"userAgent":"b","requestID":"2",{inside}"#),
        event.replace("\":", "\" :\n\t "),
        event.replace(r#""eventID":"1""#, r#""eventID":"2""#).replace("00:05Z", "00:06Z"),
    ] {
        assert_eq!(looks(&text)[0].0 == first[0].0, !text.contains("\n\t"), "{text}");
        assert_eq!(looks(&text)[0].1, first[0].1, "{text}");
    }
}

#[test]
fn what_was_seen_before_counts_like_what_was_not() {
    let event =
        |number: u32| event(&number.to_string(), None, "111122223333", "ListBuckets", number);
    // Looked into, seen again, and seen again by its id.
    let texts = [event(1), event(2), event(3), event(3), event(2)];
    let text = texts.join("\n");
    for texts in [vec![text.as_str()], texts.iter().map(String::as_str).collect()] {
        let trail = read(&texts, Options::default());
        assert_eq!((trail.told.events, trail.told.doubles, trail.told.distinct), (5, 2, 1));
    }
    let only = |since: Option<u64>, accounts: &[&str]| Only {
        since,
        accounts: accounts.iter().map(|it| (*it).to_owned()).collect(),
        ..Only::default()
    };
    let second = |second: u64| 1_767_225_600_000 + second * 1_000;
    for (only, left_out) in [
        (only(Some(second(2)), &[]), 1),
        (only(None, &["444455556666"]), 4),
        (only(Some(second(3)), &["111122223333"]), 2),
    ] {
        let text = texts[..4].join("\n");
        let trail = read(&[&text], Options { only: Some(&only), ..Options::default() });
        assert_eq!((trail.told.events, trail.told.left_out), (4 - left_out, left_out));
    }
}

#[test]
fn what_is_no_event_or_is_written_otherwise_is_not_taken_at_a_glance_for_another() {
    let event = event("1", None, "111122223333", "ListBuckets", 5);
    let inside = event.strip_prefix('{').unwrap();
    for (text, is_glanced) in [
        // A name may be written otherwise, and be there twice.
        (format!(r#"{{"event\u004eame":"DeleteBucket",{inside}"#), false),
        (format!(r#"{{"eventName":"DeleteBucket",{inside}"#), false),
        (event.replace(r#""eventName""#, r#""event\u004eame""#), false),
        // Of no consequence.
        (format!(r#"{{"other":{{"eventName":"x"}},"more":[1,{{}}],"none":null,{inside}"#), true),
        (event.replace("\":", "\" :\n\t "), true),
    ] {
        let found = looked_at(&text);
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!(found[0].0.is_some(), is_glanced, "{text}");
        assert!(!is_glanced || found[0].0 == found[0].1, "{text}");
    }
    for text in [
        event.replacen(',', ",,", 1),
        event.replacen(':', "::", 1),
        event.replacen(',', ";", 1),
        format!("{},}}", event.strip_suffix('}').unwrap()),
        format!(r#"{{"x" "y":1,{inside}"#),
        format!(r#"{{"x":,{inside}"#),
    ] {
        assert!(looked_at(&text).iter().all(|it| it.0.is_none()), "{text}");
    }
}

#[test]
fn what_is_no_json_is_no_call_and_a_whole_copy_of_it_is() {
    let whole = event("1", None, "111122223333", "ListBuckets", 5);
    let broken = whole.replace(r#""requestParameters":{"#, r#""requestParameters":{ } {"#);
    assert_ne!(whole, broken);
    for texts in [[&broken, &whole], [&broken, &broken]] {
        let text = format!("{}\n{}", texts[0], texts[1]);
        let mut trail = read(&[&text], Options::default());
        assert!(!trail.told.first_faults.is_empty());
        let found = calls(&mut trail);
        assert_eq!(found.len(), usize::from(texts[1] == &whole), "{text}");
    }
}
