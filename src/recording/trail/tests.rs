use std::hash::RandomState;
use std::io::Write;

use super::*;
use crate::recognize::cloudtrail::Record;

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
    let hasher = RandomState::new();
    let mut found = Vec::new();
    let mut splitter = split::Splitter::new(text.as_bytes());
    while let Some(it) = splitter.next().unwrap() {
        let split::Found::Value(value, _, members) = it else { continue };
        let glanced = Record::at_a_glance(value, members).map(|it| it.digest(&hasher));
        found.push((glanced, Record::parse(value).ok().map(|it| it.digest(&hasher))));
    }
    found
}

#[test]
fn a_glance_at_an_event_sees_what_is_in_it() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cloudtrail");
    let mut events = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|it| it != "json") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let spaced: serde_json::Value = serde_json::from_str(&text).unwrap();
        for text in [&text, &serde_json::to_string_pretty(&spaced).unwrap()] {
            for (glanced, parsed) in looked_at(text) {
                assert!(glanced.is_some(), "{}: not told at a glance", path.display());
                assert_eq!(glanced, parsed, "{}", path.display());
                events += 1;
            }
        }
    }
    assert!(events >= 600, "{events}");
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
