use std::borrow::Cow;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::authorize::Conditions;
use crate::call::{Call, Identity, Made, Outcome, RequestTag, Source, Timestamp};
use crate::recording::line::{rfc3339, timestamp};
use crate::recording::write::FLUSH_AFTER;
use crate::recording::*;

fn call() -> Call {
    let Value::Object(parameters) = json!({"Bucket": "b", "Key": "k"}) else { panic!("an object") };
    Call {
        source: Source::Csm,
        time: Timestamp(1_763_799_330_045),
        service: "s3".into(),
        operation: Some("PutObject".into()),
        recognized: true,
        region: Some("eu-west-1".into()),
        partition: "aws".into(),
        account: Some("111122223333".into()),
        principal: Some("AKIAEXAMPLE".into()),
        outcome: Outcome {
            status: Some(200),
            error: None,
            message: None,
            request_id: Some("R1".into()),
        },
        attempts: 0,
        host: Some("b.s3.eu-west-1.amazonaws.com".into()),
        method: None,
        path: None,
        user_agent: Some("Boto3/1".into()),
        parameters,
        evidence: Default::default(),
    }
}

fn requires() -> Vec<Requires<'static>> {
    vec![Requires {
        action: "s3:PutObject".into(),
        resources: vec!["arn:aws:s3:::b/k".to_owned()].into(),
        conditions: Cow::Owned(Conditions::new()),
        reason: "operation".into(),
    }]
}

const LINE: &str = concat!(
    r#"{"v":1,"time":"2025-11-22T08:15:30.045Z","source":"csm","service":"s3","#,
    r#""operation":"PutObject","region":"eu-west-1","partition":"aws","account":"111122223333","#,
    r#""principal":"AKIAEXAMPLE","status":200,"error":null,"request_id":"R1","#,
    r#""host":"b.s3.eu-west-1.amazonaws.com","user_agent":"Boto3/1","#,
    r#""parameters":{"Bucket":"b","Key":"k"},"requires":[{"action":"s3:PutObject","#,
    r#""resources":["arn:aws:s3:::b/k"],"conditions":{},"reason":"operation"}]}"#,
    "\n"
);

fn recorded(path: &Path, times: usize) {
    let mut recorder = Recorder::open(path).unwrap();
    for _ in 0..times {
        recorder.record(&call(), &requires(), Instant::now()).unwrap();
    }
    recorder.flush().unwrap();
}

#[test]
fn a_line_is_the_schema() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.jsonl");
    recorded(&path, 1);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), LINE);
}

#[test]
fn what_was_recorded_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.jsonl");
    recorded(&path, 2);
    recorded(&path, 1);
    let recording = Recording::read(&path).unwrap();
    assert_eq!(recording.entries.len(), 3);
    assert!(!recording.cut_off);
    assert_eq!(
        recording.entries[2],
        Entry { call: call(), requires: requires(), times: 1, last: call().time }
    );
}

#[test]
fn what_a_call_made_is_recorded_and_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.jsonl");
    let made = |id: &str, parent: Option<&str>, by_this_call| Made {
        resource_type: "ec2:subnet".into(),
        id: id.to_owned(),
        parent: parent.map(str::to_owned),
        by_this_call,
    };
    let tag = |on: Option<&str>| RequestTag {
        on: on.map(str::to_owned),
        key: "env".to_owned(),
        value: "ci".to_owned(),
    };
    let mut told = call();
    told.evidence.made = vec![made("subnet-1", Some("vpc-1"), true), made("subnet-2", None, false)];
    told.evidence.request_tags = vec![tag(Some("subnet")), tag(None)];
    let mut recorder = Recorder::open(&path).unwrap();
    recorder.record(&told, &[], Instant::now()).unwrap();
    recorder.flush().unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(
        text.contains(r#""made":[{"type":"ec2:subnet","id":"subnet-1","parent":"vpc-1"},{"#),
        "{text}"
    );
    assert!(
        text.contains(r#""request_tags":[{"on":"subnet","key":"env","value":"ci"},"#),
        "{text}"
    );
    assert_eq!(Recording::read(&path).unwrap().entries[0].call, told);
}

#[test]
fn an_unrecognized_call_has_no_operation_and_keeps_its_name_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.jsonl");
    let unknown = Call { recognized: false, operation: Some("Entangle".into()), ..call() };
    let mut recorder = Recorder::open(&path).unwrap();
    recorder.record(&unknown, &[], Instant::now()).unwrap();
    recorder.flush().unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(r#""operation":null"#), "{text}");
    assert!(text.ends_with("\"unrecognized\":\"Entangle\"}\n"), "{text}");
    assert_eq!(Recording::read(&path).unwrap().entries[0].call, unknown);
}

#[test]
fn a_line_that_was_cut_off_is_told_and_mended() {
    for kept in [1, 20, LINE.len() - 1, LINE.len() + 1, LINE.len() + 200] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calls.jsonl");
        std::fs::write(&path, &format!("{LINE}{LINE}")[..kept]).unwrap();
        let whole = (kept + 1) / LINE.len();
        let before = Recording::read(&path).unwrap();
        assert_eq!(before.entries.len(), whole, "{kept}");
        assert_eq!(before.cut_off, (kept + 1) % LINE.len() != 0, "{kept}");
        recorded(&path, 1);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), LINE.repeat(whole + 1), "{kept}");
    }
}

#[test]
fn something_else_is_refused_and_left_alone() {
    let policy = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": []\n}\n";
    let newer = LINE.replace("\"v\":1", "\"v\":2");
    let odd = LINE.replace("2025-11-22T", "yesterday, ");
    for (text, said) in [
        (policy, "line 1 of"),
        ("\n", "line 1 of"),
        ("no newline", "is not a recorded call"),
        ("\u{0}\u{1}\u{2}\n", "is not a recorded call"),
        (&newer, "has version 2"),
        (&odd, "is not a recorded call"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, text).unwrap();
        let error = Recorder::open(&path).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
}

#[test]
fn reading_names_the_line_that_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.jsonl");
    std::fs::write(&path, format!("{LINE}{LINE}{{\"hello\":1}}\n{LINE}")).unwrap();
    let error = Recording::read(&path).unwrap_err().to_string();
    assert!(error.starts_with("line 3 of "), "{error}");
}

#[test]
fn lines_wait_no_longer_than_promised() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.jsonl");
    let mut recorder = Recorder::open(&path).unwrap();
    let start = Instant::now();
    assert_eq!(recorder.due(), None);
    recorder.record(&call(), &requires(), start).unwrap();
    recorder.record(&call(), &requires(), start + Duration::from_millis(40)).unwrap();
    assert_eq!(recorder.due(), Some(start + FLUSH_AFTER));
    recorder.flush().unwrap();
    assert_eq!(recorder.due(), None);
}

#[test]
fn a_file_made_for_nothing_is_taken_away() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.jsonl");
    Recorder::open(&path).unwrap().discard();
    assert!(!path.exists());
    std::fs::write(&path, "").unwrap();
    Recorder::open(&path).unwrap().discard();
    assert!(path.exists());
}

#[test]
fn times_have_milliseconds_and_stay_in_range() {
    assert_eq!(rfc3339(Timestamp(0)), "1970-01-01T00:00:00.000Z");
    assert_eq!(rfc3339(Timestamp(u64::MAX)), "9999-12-31T23:59:59.999Z");
    assert_eq!(timestamp("2025-11-22T09:15:30.045+01:00"), Some(Timestamp(1_763_799_330_045)));
    assert_eq!(timestamp("1960-01-01T00:00:00Z"), None);
}

#[test]
fn times_of_whole_seconds_are_read_and_written_like_all_others() {
    let days = ["1970-01-01", "1999-12-31", "2000-02-29", "2024-02-29", "2026-02-28", "9999-12-31"];
    let none = [
        "1969-12-31",
        "2026-02-29",
        "2026-00-10",
        "2026-13-01",
        "2026-04-31",
        "2026-01-00",
        "2100-02-29",
    ];
    let times =
        ["00:00:00", "23:59:59", "12:34:56", "24:00:00", "00:60:00", "00:00:61", "0x:00:00"];
    for day in days.into_iter().chain(none) {
        for time in times {
            let whole = timestamp(&format!("{day}T{time}Z"));
            assert_eq!(whole, timestamp(&format!("{day}T{time}.000Z")), "{day} {time}");
            let is_one = days.contains(&day) && times[..3].contains(&time);
            assert_eq!(whole.is_some(), is_one, "{day} {time}");
            if let Some(whole) = whole {
                assert_eq!(rfc3339(whole), format!("{day}T{time}.000Z"));
            }
        }
    }
}

#[test]
fn a_reader_reads_call_by_call_and_ends_after_an_error() {
    let read = |text: &str| {
        let mut reader = Reader::new(std::io::Cursor::new(text.to_owned()), "standard input");
        let results: Vec<_> = reader.by_ref().map(|it| it.map_err(|e| e.to_string())).collect();
        (results, reader.cut_off())
    };
    let entry = Entry { call: call(), requires: requires(), times: 1, last: call().time };
    assert_eq!(read(""), (vec![], false));
    let crlf = LINE.replace('\n', "\r\n");
    assert_eq!(read(&format!("{crlf}\n{LINE}")), (vec![Ok(entry.clone()); 2], false));
    assert_eq!(read(&format!("{LINE}{}", &LINE[..99])), (vec![Ok(entry.clone())], true));
    let (results, cut_off) = read(&format!("{LINE}\n{}\n{LINE}", &LINE[..99]));
    assert_eq!(results[0], Ok(entry));
    assert_eq!(
        results[1],
        Err("line 3 of standard input is not a recorded call; \
             give files that --record wrote, or files of CloudTrail's events"
            .to_owned())
    );
    assert_eq!((results.len(), cut_off), (2, false));
}

#[test]
fn a_line_without_an_end_is_not_kept_in_memory() {
    let text = format!("{}{}", &LINE[..99], "x".repeat(3 << 20));
    let mut reader = Reader::new(std::io::Cursor::new(text), "calls.jsonl");
    let error = reader.next().unwrap().unwrap_err().to_string();
    assert!(error.starts_with("line 1 of calls.jsonl is not a recorded call"), "{error}");
}

#[test]
fn a_folder_is_no_recording() {
    let folder = tempfile::tempdir().unwrap();
    let error = Recording::read(folder.path()).unwrap_err().to_string();
    assert!(error.contains("cannot be opened: is a directory"), "{error}");
}

#[test]
fn whose_a_key_is_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.jsonl");
    let identity = |access_key: Option<&str>, arn: Option<&str>| Identity {
        access_key: access_key.map(str::to_owned),
        arn: arn.map(str::to_owned),
    };
    let user = identity(None, Some("arn:aws:iam::111122223333:user/ann"));
    let role = identity(Some("ASIA1"), Some("arn:aws:sts::111122223333:assumed-role/deploy/ci"));
    // Without the session's name.
    let kept = identity(Some("ASIA1"), Some("arn:aws:sts::111122223333:assumed-role/deploy/*"));
    let of_own = identity(Some("ASIA2"), None);
    let lines = |role: &Identity| {
        let (user, role, of_own) = (user.clone(), role.clone(), of_own.clone());
        [vec![user.clone(), role.clone()], vec![user], vec![role], vec![of_own]]
    };
    let told = lines(&role);
    let mut recorder = Recorder::open(&path).unwrap();
    for told in &told {
        let mut call = call();
        call.evidence.told = told.clone();
        recorder.record(&call, &[], Instant::now()).unwrap();
    }
    recorder.flush().unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(r#""principal_arn":"arn:aws:iam::111122223333:user/ann""#), "{text}");
    let read = Recording::read(&path).unwrap().entries;
    assert_eq!(read.into_iter().map(|it| it.call.evidence.told).collect::<Vec<_>>(), lines(&kept));
}
