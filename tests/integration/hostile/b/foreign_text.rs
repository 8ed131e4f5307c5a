//! What a terminal would obey, and what misleads a reader, is in no output of any command.

use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};

use super::{recorded, write_lines};
use crate::common::{Listener, attempt, event, leastwise};

/// A word with all that a hostile one may have: ESC, CSI, BEL, DEL, carriage return, line break, C1, turned text,
/// isolates, what cannot be seen, a tag, and marks without end.
const HOSTILE: &str = "x\u{1b}[2J\u{9b}31m\u{7}\u{7f}\r\nleastwise: all is well\u{85}\u{202e}\u{2066}\u{200b}\u{feff}\u{e0041}\u{2028}\u{ad}y";

/// Nothing of it is in what was printed; line breaks are ours.
#[track_caller]
fn is_fit_to_be_shown(what: &str, text: &[u8]) {
    let text = String::from_utf8(text.to_vec()).unwrap_or_else(|error| panic!("{what}: {error}"));
    let bad = text.chars().find(|c| {
        c.is_control() && !matches!(c, '\n' | '\t')
            || matches!(*c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
                | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
    });
    assert_eq!(bad, None, "{what}: {text:?}");
    assert!(!text.contains("\nleastwise: all is well"), "{what} has a line of its own: {text}");
}

#[track_caller]
fn output_is_fit(what: &str, output: &Output) {
    is_fit_to_be_shown(&format!("{what}, standard output"), &output.stdout);
    is_fit_to_be_shown(&format!("{what}, standard error"), &output.stderr);
}

fn hostile_call() -> Value {
    let mut call = recorded(&format!("s3:{HOSTILE}"), &[format!("arn:aws:s3:::{HOSTILE}`|<b>")]);
    for field in [
        "service",
        "operation",
        "region",
        "account",
        "principal",
        "error",
        "request_id",
        "host",
        "user_agent",
    ] {
        call[field] = json!(HOSTILE);
    }
    call["principal_arn"] = json!(format!("arn:aws:iam::111122223333:user/{HOSTILE}"));
    call["parameters"] = json!({HOSTILE: HOSTILE});
    call["requires"][0]["conditions"] = json!({"StringEquals": {HOSTILE: [HOSTILE]}});
    call["requires"][0]["reason"] = json!(HOSTILE);
    let mut unrecognized = call.clone();
    unrecognized["operation"] = Value::Null;
    unrecognized["unrecognized"] = json!(HOSTILE);
    unrecognized["method"] = json!(HOSTILE);
    unrecognized["path"] = json!(format!("/{HOSTILE}"));
    json!([call, unrecognized])
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = leastwise(arguments);
    let summary = folder.join("summary.md");
    let _ = std::fs::remove_file(&summary);
    command.current_dir(folder).env("GITHUB_STEP_SUMMARY", &summary);
    let output = command.output().unwrap();
    output_is_fit(&arguments.join(" "), &output);
    if let Ok(text) = std::fs::read(&summary) {
        is_fit_to_be_shown(&format!("{arguments:?}, the job's summary"), &text);
    }
    output
}

#[test]
fn recordings_and_policies_print_nothing_that_is_obeyed() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let calls = hostile_call();
    write_lines(&file("calls.jsonl"), calls.as_array().unwrap().iter().cloned());
    let statement = |resource: &str| {
        json!({"Sid": HOSTILE, "Effect": "Allow", "Action": ["s3:*", "sqs:*"],
            "Resource": [format!("arn:aws:s3:::{HOSTILE}*"), resource],
            "Condition": {"StringEquals": {HOSTILE: HOSTILE}}})
    };
    let policy = |resource: &str| json!({"Version": "2012-10-17", "Statement": [statement(resource), statement("arn:aws:sqs:*:*:*")]});
    std::fs::write(file("policy.json"), policy("*").to_string()).unwrap();
    std::fs::write(file("other.json"), policy(&format!("arn:aws:sqs:*:*:{HOSTILE}")).to_string())
        .unwrap();
    for (name, wrong) in [
        ("version", json!({"Version": HOSTILE, "Statement": []})),
        ("element", json!({"Version": "2012-10-17", HOSTILE: []})),
        ("effect", json!({"Statement": [{"Effect": HOSTILE}]})),
        (
            "action",
            json!({"Statement": [{"Effect": "Allow", "Action": format!("s3:{HOSTILE}*"), "Resource": "*"}]}),
        ),
        (
            "resource",
            json!({"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": HOSTILE}]}),
        ),
        (
            "operator",
            json!({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {HOSTILE: {}}}]}),
        ),
    ] {
        std::fs::write(file(name), wrong.to_string()).unwrap();
        let output = run(folder.path(), &["check", "--policy", name, "calls.jsonl"]);
        assert_eq!(output.status.code(), Some(2), "{name}");
    }
    std::fs::write(file("bad.toml"), format!("{HOSTILE} = [")).unwrap();
    std::fs::write(file("bad.jsonl"), HOSTILE).unwrap();
    for arguments in [
        &["check", "--policy", "policy.json", "--unused", "calls.jsonl"][..],
        &["check", "--policy", "policy.json", "--json", "calls.jsonl"],
        &["prune", "--policy", "policy.json", "calls.jsonl"],
        &["diff", "policy.json", "other.json"],
        &["diff", "--json", "policy.json", "other.json"],
        &["explain", "calls.jsonl"],
        &["explain", "--json", "calls.jsonl"],
        &["explain", HOSTILE],
        &["explain", "s3.GetObject", "--rules", "bad.toml"],
        &["policy", "calls.jsonl", "-vv"],
        &["policy", "calls.jsonl", "--format", "hcl"],
        &["policy", "calls.jsonl", "--format", "cloudformation"],
        &["policy", "calls.jsonl", "--format", "cdk"],
        &["policy", "calls.jsonl", "--format", "markdown"],
        &["policy", "bad.jsonl"],
        &["policy", HOSTILE],
        &["check", "--policy", HOSTILE, "calls.jsonl"],
        &["policy", "calls.jsonl", "-o", HOSTILE, "--principal", HOSTILE],
        &["run", "--mode", HOSTILE],
        &["run", "--mode", "proxy", "--upstream", HOSTILE, "--", "true"],
        &["run", "--mode", "csm", "--", HOSTILE],
    ] {
        run(folder.path(), arguments);
    }
    let shown = run(folder.path(), &["prune", "--policy", "policy.json", "-q", "calls.jsonl"]);
    let value: Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert!(value["Statement"].is_array(), "{value}");
}

#[test]
fn settings_print_nothing_that_is_obeyed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("leastwise")).unwrap();
    let quoted = json!(HOSTILE).to_string().replace('\u{7f}', "\\u007f");
    for settings in [
        format!("intercept = [{quoted}]\noutput-file = {quoted}\n"),
        format!("{quoted} = 1\n"),
        format!("[{quoted}]\n"),
        format!("verbose = {quoted}\n"),
        HOSTILE.to_owned(),
    ] {
        std::fs::write(folder.path().join("leastwise/leastwise.toml"), settings).unwrap();
        for arguments in [&["config"][..], &["run", "--mode", "proxy", "--", "true"]] {
            let mut command = leastwise(arguments);
            command.env("XDG_CONFIG_HOME", folder.path()).env("HOME", folder.path());
            let output = command.current_dir(folder.path()).output().unwrap();
            output_is_fit(&arguments.join(" "), &output);
        }
    }
}

#[test]
fn what_is_heard_prints_nothing_that_is_obeyed() {
    let mut listener = Listener::start(&["-vv"]);
    let mut before: Vec<String> = Vec::new();
    for kind in [attempt as fn(&str, &str) -> Value, event] {
        for (service, operation) in [(HOSTILE, HOSTILE), ("s3", HOSTILE), ("s3", "GetObject")] {
            let mut event = kind(service, operation);
            for field in [
                "Region",
                "UserAgent",
                "Fqdn",
                "AwsException",
                "AwsExceptionMessage",
                "SdkException",
                "SdkExceptionMessage",
                "FinalAwsException",
                "FinalAwsExceptionMessage",
                "FinalSdkException",
                "FinalSdkExceptionMessage",
                "XAmznRequestId",
                "AccessKey",
                "SessionToken",
                "ClientId",
            ] {
                event[field] = json!(HOSTILE);
            }
            listener.send(&event);
        }
    }
    listener.send_bytes(HOSTILE.as_bytes());
    while !before.concat().contains("could not be read") {
        let line = listener.line();
        assert!(!line.is_empty(), "{before:?}");
        before.push(line);
    }
    listener.signal("INT");
    let (code, policy, said) = listener.end();
    assert_eq!(code, Some(0), "{said}");
    is_fit_to_be_shown("lines", before.concat().as_bytes());
    is_fit_to_be_shown("summary", said.as_bytes());
    is_fit_to_be_shown("policy", policy.as_bytes());
}
