//! The forms in which CloudTrail's events come: from each the same policy, byte for byte, whatever the order.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::real::events;
use crate::common::{leastwise, stderr, stdout};

pub(crate) fn all() -> Vec<Value> {
    events().into_iter().map(|(_, event)| event).collect()
}

pub(crate) fn compressed(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Output {
    leastwise(arguments).current_dir(folder).output().unwrap()
}

/// The policy of inputs.
pub(crate) fn policy(folder: &Path, inputs: &[&str]) -> String {
    let run = run(folder, &[&["policy"], inputs].concat());
    assert_eq!(run.status.code(), Some(0), "{inputs:?}: {}", stderr(&run));
    stdout(&run).to_owned()
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

fn lines(values: impl Iterator<Item = Value>) -> Vec<u8> {
    values.map(|it| format!("{it}\n")).collect::<String>().into_bytes()
}

#[test]
fn each_form_gives_the_same_policy() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let events = all();
    let delivered = json!({ "Records": events }).to_string().into_bytes();
    let text = |event: &Value| event.to_string();
    let envelope = |event: &Value| json!({"version": "0", "detail-type": "AWS API Call via CloudTrail", "detail": event});
    let forms: [(&str, Vec<u8>); 14] = [
        ("delivered.json", delivered.clone()),
        ("delivered.json.gz", compressed(&delivered)),
        (
            "members.json.gz",
            [&delivered[..1000], &delivered[1000..]].map(compressed).concat(),
        ),
        ("laid-out.json", serde_json::to_vec_pretty(&json!({ "Records": events })).unwrap()),
        ("array.json", json!(events).to_string().into_bytes()),
        ("array-of-texts.json", json!(events.iter().map(text).collect::<Vec<_>>()).to_string().into_bytes()),
        ("lines.jsonl", lines(events.iter().cloned())),
        ("one-after-the-other", events.iter().map(text).collect::<String>().into_bytes()),
        (
            "lookup.json",
            json!({
                "NextToken": "{\"Records\":[",
                "Events": events.iter().map(|it| json!({"EventId": it["eventID"], "Resources": [{"a": "}"}], "CloudTrailEvent": text(it)})).collect::<Vec<_>>(),
                "ResponseMetadata": {"HTTPHeaders": {}, "events": [{"a": 1}]},
            })
            .to_string()
            .into_bytes(),
        ),
        ("bridge.jsonl", lines(events.iter().map(envelope))),
        (
            "filter-log-events.json",
            json!({
                "events": events.iter().map(|it| json!({"timestamp": 1, "message": text(it)})).collect::<Vec<_>>(),
                "searchedLogStreams": [],
            })
            .to_string()
            .into_bytes(),
        ),
        ("export", events.iter().map(|it| format!("2026-01-01T00:00:00.000Z {it}\n")).collect::<String>().into_bytes()),
        (
            "subscription.json",
            json!({"messageType": "DATA_MESSAGE", "logEvents": events.iter().map(|it| json!({"id": "1", "message": text(&envelope(it))})).collect::<Vec<_>>()})
                .to_string()
                .into_bytes(),
        ),
        (
            "athena.csv",
            std::iter::once("\"event\"\n".to_owned())
                .chain(events.iter().map(|it| quoted(&text(it)) + "\n"))
                .collect::<String>()
                .into_bytes(),
        ),
    ];
    for (name, bytes) in &forms {
        fs::write(folder.join(name), bytes).unwrap();
    }
    let expected = policy(folder, &["delivered.json"]);
    assert!(expected.len() > 10_000, "{expected}");
    for (name, _) in &forms {
        let run = run(folder, &["policy", name]);
        assert_eq!(stdout(&run), expected, "{name}: {}", stderr(&run));
        assert!(
            stderr(&run).contains("read 310 events of CloudTrail from 1 file: 142 distinct calls")
                && stderr(&run).contains("Passed over: 1 sign-ins."),
            "{name}: {}",
            stderr(&run)
        );
    }
    // Twice the same events are once these events.
    let both = run(folder, &["policy", "array.json", "lines.jsonl"]);
    assert_eq!(stdout(&both), expected);
    assert!(stderr(&both).contains("310 of them told again"), "{}", stderr(&both));
    assert!(stderr(&both).contains("read 309 calls of"), "{}", stderr(&both));
    let mut child = leastwise(["policy", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&forms[1].1).unwrap();
    assert_eq!(stdout(&child.wait_with_output().unwrap()), expected);
}

#[test]
fn columns_of_athena_give_the_same_policy() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let events = all();
    fs::write(folder.join("events.json"), json!(events).to_string()).unwrap();
    // Rows are written so by Athena: {type=IAMUser, arn=…}.
    fn row(value: &Value) -> String {
        match value {
            Value::Object(members) => {
                let members = members
                    .iter()
                    .map(|(name, value)| format!("{}={}", name.to_lowercase(), row(value)));
                format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
            }
            Value::Array(items) => {
                format!("[{}]", items.iter().map(row).collect::<Vec<_>>().join(", "))
            }
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }
    let columns = [
        "eventVersion",
        "userIdentity",
        "eventTime",
        "eventSource",
        "eventName",
        "awsRegion",
        "errorCode",
        "errorMessage",
        "requestParameters",
        "responseElements",
        "additionalEventData",
        "eventID",
        "resources",
        "eventType",
        "apiVersion",
        "recipientAccountId",
        "tlsDetails",
    ];
    let mut table = columns.map(str::to_lowercase).join(",") + "\n";
    for event in &events {
        let cells = columns.map(|name| match &event[name] {
            Value::Null => String::new(),
            value if matches!(name, "userIdentity" | "resources" | "tlsDetails") => {
                quoted(&row(value))
            }
            Value::String(text) => quoted(text),
            value => quoted(&value.to_string()),
        });
        table += &(cells.join(",") + "\n");
    }
    fs::write(folder.join("columns.csv"), table).unwrap();
    assert_eq!(policy(folder, &["columns.csv"]), policy(folder, &["events.json"]));
}

#[test]
fn a_folder_is_read_as_s3_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let events = all();
    fs::write(folder.join("all.json"), json!(events).to_string()).unwrap();
    for organisation in ["", "o-exampleorgid/"] {
        let trail = folder.join(format!("trail{}", organisation.len()));
        for (number, part) in events.chunks(40).enumerate() {
            let account = ["111122223333", "444455556666"][number % 2];
            let day = trail.join(format!(
                "AWSLogs/{organisation}{account}/CloudTrail/eu-west-1/2026/01/0{number}"
            ));
            fs::create_dir_all(&day).unwrap();
            let name = format!(
                "{account}_CloudTrail_eu-west-1_2026010{number}T0000Z_Mu0KsOhtH1ar15ZZ.json.gz"
            );
            fs::write(
                day.join(name),
                compressed(json!({ "Records": part }).to_string().as_bytes()),
            )
            .unwrap();
        }
        for other in ["CloudTrail-Digest", "CloudTrail-Insight"] {
            let day = trail
                .join(format!("AWSLogs/{organisation}111122223333/{other}/eu-west-1/2026/01/01"));
            fs::create_dir_all(&day).unwrap();
            let name = format!("111122223333_{other}_eu-west-1_20260101T0000Z_a.json.gz");
            fs::write(day.join(name), compressed(b"{\"digestS3Object\":\"x\"}")).unwrap();
        }
        fs::write(trail.join("README.txt"), "What this is.").unwrap();
        fs::write(trail.join(".DS_Store"), "").unwrap();
        let run = run(folder, &["policy", trail.to_str().unwrap()]);
        assert_eq!(stdout(&run), policy(folder, &["all.json"]));
        let said = stderr(&run);
        assert!(said.contains("read 310 events of CloudTrail from 8 files"), "{said}");
        assert!(said.contains("2 files passed over: digests and Insights"), "{said}");
        assert!(
            said.contains("1 file in folders has neither") && said.contains("README.txt"),
            "{said}"
        );
        let explained = leastwise(["explain", "--json", trail.to_str().unwrap()]).output().unwrap();
        assert_eq!(explained.status.code(), Some(0), "{}", stderr(&explained));
    }
}

#[test]
fn recordings_may_be_compressed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("events.json"), json!(all()).to_string()).unwrap();
    let summary = run(folder, &["summarize", "events.json"]);
    // Without its counts it is a recording.
    let recording: String = stdout(&summary)
        .lines()
        .filter_map(|line| Some(format!("{}}}\n", line.split_once(",\"count\":")?.0)))
        .filter(|line| !line.contains("\"requires\":[]}"))
        .collect();
    fs::write(folder.join("calls.jsonl"), &recording).unwrap();
    fs::write(folder.join("calls.jsonl.gz"), compressed(recording.as_bytes())).unwrap();
    let expected = policy(folder, &["calls.jsonl"]);
    assert_eq!(policy(folder, &["calls.jsonl.gz"]), expected);
    // What is cut off is said of both.
    fs::write(folder.join("cut.jsonl"), &recording[..recording.len() - 20]).unwrap();
    fs::write(
        folder.join("cut.jsonl.gz"),
        compressed(&recording.as_bytes()[..recording.len() - 20]),
    )
    .unwrap();
    for name in ["cut.jsonl", "cut.jsonl.gz"] {
        let run = run(folder, &["policy", name]);
        assert!(
            stderr(&run).contains(&format!("the last line of {name} is cut off")),
            "{}",
            stderr(&run)
        );
    }
}
