//! `leastwise policy` on recordings: merging, standard input, what is torn and what is none; and the formats of
//! the commands that record.

use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};

use crate::common::{Listener, actions, attempt, event, leastwise, output, stderr, stdout, until};
use serde_json::json;

fn line(action: &str, resource: &str, status: u16) -> String {
    let (service, operation) = action.split_once(':').unwrap();
    let call = json!({
        "v": 1, "time": "2025-11-22T08:15:30.045Z", "source": "proxy", "service": service, "operation": operation,
        "region": "eu-west-1", "partition": "aws", "account": "111122223333", "principal": null, "status": status,
        "error": null, "request_id": null, "host": null, "user_agent": null, "parameters": {},
        "requires": [{"action": action, "resources": [resource], "conditions": {}, "reason": "operation"}],
    });
    format!("{call}\n")
}

const GET: (&str, &str) = ("s3:GetObject", "arn:aws:s3:::bucket/key");
const PUT: (&str, &str) = ("s3:PutObject", "arn:aws:s3:::bucket/key");
const SEND: (&str, &str) = ("sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:jobs");

fn lines(calls: &[(&str, &str)]) -> String {
    calls.iter().map(|(action, resource)| line(action, resource, 200)).collect()
}

fn policy(folder: &Path, arguments: &[&str]) -> Output {
    leastwise(["policy"]).args(arguments).current_dir(folder).output().unwrap()
}

#[test]
fn several_recordings_are_merged() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("linux.jsonl"), lines(&[PUT, SEND])).unwrap();
    std::fs::write(folder.join("macos.jsonl"), lines(&[GET, PUT])).unwrap();
    std::fs::write(folder.join("empty.jsonl"), "").unwrap();
    let run = policy(folder, &["linux.jsonl", "macos.jsonl", "empty.jsonl", "./linux.jsonl"]);
    assert_eq!(run.status.code(), Some(0));
    assert_eq!(actions(stdout(&run)), ["s3:PutObject", "s3:GetObject", "sqs:SendMessage"]);
    assert_eq!(
        stderr(&run),
        "leastwise: read 4 calls of 3 operations from 3 recordings; the policy has 3 actions in 2 statements.\n"
    );
    let orders = [["linux.jsonl", "macos.jsonl"], ["macos.jsonl", "linux.jsonl"]];
    let [one, other] = orders.map(|[first, second]| {
        stdout(&policy(folder, &["-q", "--sort-alphabetical", "--sid", first, second])).to_owned()
    });
    assert_eq!(one, other);
    assert!(one.contains("\"Sid\": \"S3ReadWrite\""), "{one}");
}

#[test]
fn standard_input_is_a_recording() {
    let mut process = leastwise(["policy", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    process.stdin.take().unwrap().write_all(lines(&[GET]).as_bytes()).unwrap();
    let run = process.wait_with_output().unwrap();
    assert_eq!(actions(stdout(&run)), ["s3:GetObject"]);
}

#[test]
fn a_torn_last_line_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let whole = lines(&[GET, PUT]);
    std::fs::write(folder.path().join("torn.jsonl"), &whole[..whole.len() - 20]).unwrap();
    let run = policy(folder.path(), &["-q", "torn.jsonl"]);
    assert_eq!(run.status.code(), Some(0));
    assert_eq!(actions(stdout(&run)), ["s3:GetObject"]);
    assert_eq!(
        stderr(&run),
        "leastwise: the last line of torn.jsonl is cut off, as after a kill; that call is not in the policy\n"
    );
}

#[test]
fn what_is_no_recording_is_refused_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("calls.jsonl"), lines(&[GET])).unwrap();
    std::fs::write(folder.join("policy.json"), "{\n  \"Statement\": []\n}\n").unwrap();
    std::fs::write(folder.join("mixed.jsonl"), lines(&[GET]) + "hello\n" + &lines(&[PUT])).unwrap();
    for (file, said) in [
        (
            "policy.json",
            "line 1 of policy.json is not a recorded call; give files that --record wrote",
        ),
        (
            "mixed.jsonl",
            "line 2 of mixed.jsonl is not a recorded call; give files that --record wrote",
        ),
        ("none.jsonl", "the recording none.jsonl cannot be opened: "),
    ] {
        let run = policy(folder, &["-o", "new.json", "calls.jsonl", file]);
        assert_eq!(run.status.code(), Some(2));
        assert!(stderr(&run).starts_with(&format!("leastwise: {said}")), "{}", stderr(&run));
        assert!(!folder.join("new.json").exists());
    }
    let run = policy(folder, &["-o", "calls.jsonl", "./calls.jsonl"]);
    assert_eq!(run.status.code(), Some(2));
    assert!(stderr(&run).contains("would be both read and written"), "{}", stderr(&run));
    assert_eq!(std::fs::read_to_string(folder.join("calls.jsonl")).unwrap(), lines(&[GET]));
    std::fs::write(folder.join("empty.jsonl"), "").unwrap();
    let run = policy(folder, &["-o", "policy.json", "empty.jsonl"]);
    assert_eq!(stderr(&run), "leastwise: no call is recorded; policy.json was left as it was\n");
}

#[test]
fn fails_only_takes_the_failed_calls() {
    let folder = tempfile::tempdir().unwrap();
    let text = line(GET.0, GET.1, 403) + &line(PUT.0, PUT.1, 200);
    std::fs::write(folder.path().join("calls.jsonl"), text).unwrap();
    let run = policy(folder.path(), &["--fails-only", "calls.jsonl"]);
    assert_eq!(actions(stdout(&run)), ["s3:GetObject"]);
    assert!(stderr(&run).contains("1 call that did not fail left out"), "{}", stderr(&run));
}

/// A policy that is rebuilt is the policy that was written when the calls were heard.
#[test]
fn a_rebuilt_policy_is_the_recorded_one() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let [written, recording] = ["policy", "calls.jsonl"].map(|name| folder.join(name));
    for format in ["json", "hcl", "cloudformation", "cdk", "markdown"] {
        let _ = std::fs::remove_file(&recording);
        let shape = ["--format", format, "--sid", "--minimize", "--sort-alphabetical"];
        let mut demo = leastwise(["demo", "-q", "--record"]);
        demo.arg(&recording).arg("-o").arg(&written).args(shape);
        assert!(demo.status().unwrap().success());
        let run = leastwise(["policy", "-q"]).args(shape).arg(&recording).output().unwrap();
        let text = std::fs::read_to_string(&written).unwrap();
        assert_eq!(stdout(&run), text);
        assert!(text.contains("S3") && text.contains("dynamodb:CreateTable"), "{text}");
    }
}

/// The file is kept current in its format, so that what a `kill -9` leaves is whole.
#[test]
fn the_file_is_current_in_its_format() {
    let folder = tempfile::tempdir().unwrap();
    for (format, begin, end) in [
        ("hcl", "data \"aws_iam_policy_document\" \"leastwise\" {\n", "  }\n}\n"),
        ("cloudformation", "AWSTemplateFormatVersion: ", "\"\n"),
        ("cdk", "import * as iam ", "  }),\n];\n"),
        ("markdown", "## IAM policy\n", " |\n"),
    ] {
        let file = folder.path().join(format);
        let mut listener = Listener::start(&[
            "-o",
            file.to_str().unwrap(),
            "--format",
            format,
            "--fit",
            "managed",
        ]);
        listener.send(&attempt("SQS", "CreateQueue"));
        listener.send(&event("SQS", "CreateQueue"));
        until("the policy is in the file", || {
            std::fs::read_to_string(&file).is_ok_and(|text| text.contains("sqs:CreateQueue"))
        });
        listener.signal("KILL");
        listener.process.wait().unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.starts_with(begin) && text.ends_with(end), "{text}");
    }
}

#[test]
fn a_policy_that_does_not_fit_ends_with_1_and_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let calls: String = (0..100)
        .map(|number| line(GET.0, &format!("arn:aws:s3:::bucket/a/long/key/{number}"), 200))
        .collect();
    std::fs::write(folder.path().join("calls.jsonl"), calls).unwrap();
    let run =
        policy(folder.path(), &["--resources", "exact", "--fit", "inline-user", "calls.jsonl"]);
    assert_eq!(run.status.code(), Some(1));
    assert_eq!(actions(stdout(&run)), ["s3:GetObject"]);
    let run = output(["demo", "--fit", "inline-role"]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
}

#[test]
fn a_setting_is_taken_back_on_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let settings = "quiet = true\nfails-only = true\n[policy]\nformat = 'markdown'\n";
    std::fs::write(folder.path().join("mine.toml"), settings).unwrap();
    std::fs::write(folder.path().join("calls.jsonl"), lines(&[GET])).unwrap();
    let run = |words: &[&str]| {
        let words = [&["--config", "mine.toml"], words, &["calls.jsonl"]].concat();
        let output = policy(folder.path(), &words);
        assert!(output.status.success(), "{}", stderr(&output));
        output
    };
    let set = run(&[]);
    assert!(stdout(&set).starts_with('#') && !stdout(&set).contains(GET.0), "{}", stdout(&set));
    let loud = run(&["--no-quiet"]);
    assert!(stderr(&loud).contains("read 1 call"), "{}", stderr(&loud));
    let json = run(&["--no-format", "--no-fails-only"]);
    assert!(stdout(&json).starts_with('{') && stdout(&json).contains(GET.0), "{}", stdout(&json));
    // What comes later on the line counts.
    let again = run(&["--no-format", "--format", "markdown", "--no-fails-only"]);
    assert!(
        stdout(&again).starts_with('#') && stdout(&again).contains(GET.0),
        "{}",
        stdout(&again)
    );
}
