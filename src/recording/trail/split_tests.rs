use std::io::{self, Read};
use std::time::{Duration, Instant};

use crate::recognize::cloudtrail::Member;
use crate::recording::trail::events::LONGEST;
use crate::recording::trail::split::{Found, Splitter};

/// Gives so many bytes at once.
struct Slowly<'a>(&'a [u8], usize);

impl Read for Slowly<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.0.len().min(self.1).min(buffer.len());
        buffer[..length].copy_from_slice(&self.0[..length]);
        self.0 = &self.0[length..];
        Ok(length)
    }
}

fn all(text: &str, at_once: usize) -> Vec<String> {
    let mut splitter = Splitter::new(Slowly(text.as_bytes(), at_once));
    let mut found = Vec::new();
    while let Some(it) = splitter.next().unwrap() {
        found.push(match it {
            Found::Value(value, position, _) => {
                let position = usize::try_from(position).unwrap();
                assert!(text.as_bytes()[position..].starts_with(value), "{text} at {position}");
                String::from_utf8_lossy(value).into_owned()
            }
            Found::Fault(fault, position) => format!("{fault:?} {position}"),
        });
    }
    found
}

#[test]
fn values_are_found_in_every_layout_however_they_arrive() {
    for (text, expected) in [
        ("", vec![]),
        (" [ ] ", vec![]),
        (r#"{"a":1}"#, vec![r#"{"a":1}"#]),
        ("{}{}\n{}", vec!["{}", "{}", "{}"]),
        (r#"[{"a":"}"},{"b":"\"]"}]"#, vec![r#"{"a":"}"}"#, r#"{"b":"\"]"}"#]),
        (r#"{"Records":[{"a":[1,{"b":[]}]},{}]}"#, vec![r#"{"a":[1,{"b":[]}]}"#, "{}"]),
        ("{ \"Records\" : [ {} ] }\n{\"Records\":[{}]}", vec!["{}", "{}"]),
        (
            r#"{"n":{"x":[{}]},"l":[{"y":1}],"Events":[{"a":1}],"m":[[{}]],"k":"{"}{}"#,
            vec![r#"{"a":1}"#, "{}"],
        ),
        (r#"{"a":{"Records":[{}]}}"#, vec![r#"{"a":{"Records":[{}]}}"#]),
        (r#"["{\"a\":1}"]"#, vec![r#""{\"a\":1}""#]),
        ("2026-01-01T00:00:00.000Z {\"a\":1}\n", vec![r#"{"a":1}"#]),
        ("what {}\nis this\n{}", vec!["NoJson 0", "{}", "NoJson 8", "{}"]),
        ("{\"a\":\"x\n{\"b\":1}", vec!["Broken 0", r#"{"b":1}"#]),
        ("{\"a\":1\n{\"b\":1}", vec!["Broken 0", r#"{"b":1}"#]),
        ("{\"a\":{\"b\":1,\n{\"b\":1}", vec!["Broken 0", r#"{"b":1}"#]),
        (r#"{"a":[1}{}"#, vec!["Broken 0", "{}"]),
        (r#"{"Records":[{"a":1},{"b":"#, vec![r#"{"a":1}"#, "CutOff 20"]),
        (r#"{"Records":[{}"#, vec!["{}", "CutOff 14"]),
    ] {
        for at_once in [1, 2, 7, 100_000] {
            assert_eq!(all(text, at_once), expected, "{text}, {at_once} at once");
        }
    }
}

#[test]
fn what_is_too_long_or_too_deep_is_passed_over() {
    let long = format!("{{}}{{\"a\":\"{}\"}}{{}}", "x".repeat(LONGEST));
    assert_eq!(all(&long, 50_000), ["{}", "TooLong 2", "{}"]);
    let just = format!("{{\"a\":\"{}\"}}", "x".repeat(LONGEST - 8));
    assert_eq!(all(&just, 50_000), [just.as_str()]);
    let deep = format!("{{\"a\":{}{}}}{{}}", "[".repeat(200), "]".repeat(200));
    assert_eq!(all(&deep, 50_000), ["TooDeep 0", "{}"]);
}

/// What is found in a text, with the places of members.
fn told(text: &[u8], at_once: usize) -> Vec<(String, u64, Vec<Member>)> {
    let mut splitter = Splitter::new(Slowly(text, at_once));
    let mut found = Vec::new();
    while let Some(it) = splitter.next().unwrap() {
        found.push(match it {
            Found::Value(value, position, members) => {
                (String::from_utf8_lossy(value).into_owned(), position, members.to_vec())
            }
            Found::Fault(fault, position) => (format!("{fault:?}"), position, Vec::new()),
        });
    }
    found
}

/// Byte by byte nothing is seen at once.
fn same_at_once_as_byte_by_byte(text: &[u8]) {
    let expected = told(text, 1);
    assert_eq!(told(text, text.len() + 1), expected, "{}", String::from_utf8_lossy(text));
}

const EVENT: &str = r#"{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/u"},"errorMessage":"a \"b\\\" {c} [d], e: f\\","requestParameters":{"x":[1,{"y":[]},"z"],"v":{}},"resources":[{"ARN":"a"}],"readOnly":true}"#;

#[test]
fn what_is_seen_at_once_is_what_is_seen_byte_by_byte_wherever_it_stands() {
    let whole = told(EVENT.as_bytes(), EVENT.len());
    assert_eq!(whole.len(), 1);
    assert_eq!(whole[0].2.len(), 6);
    // Each byte once at each place of a block, and behind backslashes.
    for shift in 0..65 {
        let space = " ".repeat(shift);
        let escapes = "\\\\".repeat(shift);
        for text in [
            format!("{{{space}{},{EVENT}\n{EVENT}", &EVENT[1..]),
            format!("{{\"{space}\":\"{escapes}\",{}", &EVENT[1..]),
            format!("{{\"{space}\":\"{space}{escapes}\\\"{escapes}\",{}", &EVENT[1..]),
            format!("{{\"Records\":[{space}{EVENT},{EVENT}]}}{EVENT}"),
        ] {
            same_at_once_as_byte_by_byte(text.as_bytes());
        }
    }
    // Broken off anywhere.
    for end in 0..EVENT.len() {
        same_at_once_as_byte_by_byte(&EVENT.as_bytes()[..end]);
        same_at_once_as_byte_by_byte(format!("{}\n{EVENT}", &EVENT[..end]).as_bytes());
    }
}

#[test]
fn what_is_wrong_is_seen_at_once_as_it_is_byte_by_byte() {
    let wrong = b"{}[]:,\"\\\n\r \t1x\x00\x0c\x80\xff";
    for at in 0..EVENT.len() {
        for byte in wrong {
            let mut text = EVENT.as_bytes().to_vec();
            text[at] = *byte;
            text.push(b'\n');
            text.extend_from_slice(EVENT.as_bytes());
            same_at_once_as_byte_by_byte(&text);
            text.insert(at, *byte);
            same_at_once_as_byte_by_byte(&text);
            text.drain(at..at + 2);
            same_at_once_as_byte_by_byte(&text);
        }
    }
}

#[test]
fn much_of_anything_is_seen_at_once_as_it_is_byte_by_byte() {
    let many: String = (0..70).map(|it| format!("\"m{it}\":{it},")).collect();
    for deep in [1, 5, 61, 62, 63, 64, 65, 126, 127, 128, 200] {
        let (open, close) = ("[".repeat(deep), "]".repeat(deep));
        let (opens, closes) = ("{\"a\":".repeat(deep), "}".repeat(deep));
        for text in [
            format!("{{\"a\":{open}{close},{}", &EVENT[1..]),
            format!("{{\"a\":{opens}1{closes},{}", &EVENT[1..]),
            format!("{{{}{}", &many[..deep.min(60) * 8], &EVENT[1..]),
            format!("{{{many}{}", &EVENT[1..]),
            format!("{{\"a\":{}.{}e-{},{}", &many.len(), "1".repeat(deep * 10), deep, &EVENT[1..]),
        ] {
            same_at_once_as_byte_by_byte(text.as_bytes());
        }
    }
}

/// Whoever writes a file decides how often the look at whole objects is given up.
#[test]
fn what_is_odd_everywhere_takes_time_by_its_length_alone() {
    let long = "k".repeat(60_000);
    let odd = [
        r#"{"a":"#,
        "{\"a\":\"x\n",
        "{",
        "{,",
        r#"{"a":1]"#,
        r#"{"a":[1,2,3},"#,
        r#"[{"a":[{"#,
        r#"{"Records":[{"a":1},"#,
        &format!(r#"{{"a\n":2,"b":"{long}"}}"#),
        &format!(r#"{{"a":{{"b":"{long}"]"#),
    ];
    let begun = Instant::now();
    for odd in odd {
        let found = all(&odd.repeat((1 << 20) / odd.len()), 1 << 16);
        assert!(!found.is_empty(), "{odd:.40}");
    }
    // Looked at again from each of them to the end of what was read, it would be hours.
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
}
