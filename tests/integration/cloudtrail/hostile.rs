//! What is damaged, too large, or no event: it is said with its file and place, and the rest is read.

use std::fs::{self, File};
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use super::formats::{all, compressed, policy, run};
use crate::common::{stderr, stdout};

#[test]
fn the_rest_goes_on_and_strict_stops() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let events = all();
    fs::write(folder.join("good.json"), json!(events).to_string()).unwrap();
    let expected = policy(folder, &["good.json"]);
    let texts: Vec<String> = events.iter().map(ToString::to_string).collect();
    let lines = texts.join("\n");
    let half = &texts[5][..texts[5].len() / 2];
    let long = json!({"eventVersion": "1.08", "x": "x".repeat(2 << 20)});
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let untimed = json!({"eventVersion": "1.08", "eventSource": "s3.amazonaws.com", "eventName": "ListBuckets", "eventType": "AwsServiceEvent", "eventTime": "yesterday"});
    for (name, text, said) in [
        ("cut.jsonl", format!("{lines}\n{half}\n{lines}"), "broken off"),
        ("end.jsonl", format!("{lines}\n{half}"), "the text ends within a value"),
        ("long.jsonl", format!("{lines}\n{long}\n{lines}"), "more than 1 MB"),
        ("deep.jsonl", format!("{lines}\n{deep}\n{lines}"), "deeper than any"),
        ("words.jsonl", format!("{lines}\nhello, world\n{lines}"), "text that is no JSON"),
        ("other.jsonl", format!("{lines}\n{{\"a\":1}}\n{lines}"), "no CloudTrail event"),
        ("time.jsonl", format!("{lines}\n{untimed}\n{lines}"), "without a valid eventTime"),
        ("brackets.jsonl", format!("{lines}\n{{\"a\":[1}}]\n{lines}"), "broken off"),
    ] {
        fs::write(folder.join(name), text).unwrap();
        let lenient = run(folder, &["policy", name]);
        assert_eq!(stdout(&lenient), expected, "{name}: {}", stderr(&lenient));
        let at = format!("{name}, byte ");
        assert!(
            stderr(&lenient).contains(&at) && stderr(&lenient).contains(said),
            "{}",
            stderr(&lenient)
        );
        let strict = run(folder, &["policy", "--strict", name]);
        assert_eq!((strict.status.code(), stdout(&strict)), (Some(2), ""), "{name}");
        assert!(stderr(&strict).contains(said), "{name}: {}", stderr(&strict));
    }
    let whole = compressed(json!({ "Records": events }).to_string().as_bytes());
    fs::write(folder.join("cut.json.gz"), &whole[..whole.len() - 10]).unwrap();
    let mut wrong = whole.clone();
    let middle = wrong.len() / 2;
    wrong[middle..middle + 40].fill(0xff);
    fs::write(folder.join("wrong.json.gz"), &wrong).unwrap();
    for name in ["cut.json.gz", "wrong.json.gz"] {
        let both = run(folder, &["policy", name, "good.json"]);
        assert_eq!(stdout(&both), expected, "{name}");
        assert!(stderr(&both).contains("compressed data is damaged"), "{}", stderr(&both));
        let strict = run(folder, &["policy", "--strict", name, "good.json"]);
        assert_eq!(strict.status.code(), Some(2), "{}", stderr(&strict));
    }
}

/// The most memory that a run needs, in KB.
#[cfg(target_os = "linux")]
fn peak(folder: &std::path::Path, file: &str) -> (u64, String) {
    let mut child = crate::common::leastwise(["policy", file])
        .current_dir(folder)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with("VmHWM:"));
        let now = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
        most = most.max(now.unwrap_or(0));
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let output = child.wait_with_output().unwrap();
    (most, stderr(&output).to_owned())
}

#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_what_is_packed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // 96 MB each: of spaces, of one string, of brackets, of a line that is no JSON.
    for (name, begin, filling) in [
        ("spaces.json.gz", "{\"Records\":[", b' '),
        ("string.json.gz", "{\"Records\":[{\"eventVersion\":\"", b'x'),
        ("brackets.json.gz", "{\"Records\":[{\"eventVersion\":", b'['),
        ("words.json.gz", "{\"Records\":[]} ", b'w'),
    ] {
        let mut bomb =
            GzEncoder::new(File::create(folder.join(name)).unwrap(), Compression::fast());
        bomb.write_all(begin.as_bytes()).unwrap();
        let filling = vec![filling; 1 << 20];
        for _ in 0..96 {
            bomb.write_all(&filling).unwrap();
        }
        bomb.finish().unwrap();
        let (most, said) = peak(folder, name);
        assert!(said.contains(&format!("{name}, byte ")), "{name}: {said}");
        assert!(most < 64 << 10, "{name} needs {most} KB");
    }
}
