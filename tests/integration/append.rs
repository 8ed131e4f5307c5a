//! `--append`: a run adds to a recording, and its policy is of all that is in it.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::common::{Listener, actions, attempt, event, leastwise, send, stderr, stdout};

/// Runs a command that makes a call of SQS, in this folder.
fn run(folder: &Path, arguments: &[&str], operation: &str) -> Output {
    let script = send("SQS", operation);
    let mut command = leastwise(["run", "--mode", "csm", "--hints", "off"]);
    command.args(arguments).args(["--", "bash", "-c", &script]).current_dir(folder);
    command.output().unwrap()
}

#[test]
fn the_policy_is_of_all_runs_and_the_one_that_the_recording_gives() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (round, operation) in ["CreateQueue", "SendMessage", "DeleteQueue"].iter().enumerate() {
        let output = run(folder, &["--append", "calls.jsonl", "-o", "policy.json"], operation);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let before = match round {
            0 => "",
            1 => ", after 1 call recorded before",
            _ => ", after 2 calls recorded before",
        };
        let said = stderr(&output);
        assert!(
            said.contains(&format!("heard 1 call of 1 operation{before}; the policy has ")),
            "{said}"
        );
        let recording = fs::read_to_string(folder.join("calls.jsonl")).unwrap();
        assert_eq!(recording.lines().count(), round + 1);
        let written = fs::read_to_string(folder.join("policy.json")).unwrap();
        let rebuilt =
            leastwise(["policy", "-q", "calls.jsonl"]).current_dir(folder).output().unwrap();
        assert_eq!(written, stdout(&rebuilt));
    }
    let written = fs::read_to_string(folder.join("policy.json")).unwrap();
    let actions = actions(&written);
    for action in ["sqs:CreateQueue", "sqs:SendMessage", "sqs:DeleteQueue"] {
        assert!(actions.iter().any(|it| it == action), "{actions:?}");
    }
    // With --record the policy is of the run alone.
    let output = run(folder, &["--record", "calls.jsonl"], "PurgeQueue");
    assert_eq!(crate::common::actions(stdout(&output)), ["sqs:PurgeQueue"]);
    assert_eq!(fs::read_to_string(folder.join("calls.jsonl")).unwrap().lines().count(), 4);
}

#[test]
fn a_run_that_calls_nothing_keeps_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    run(folder, &["--append", "calls.jsonl", "-o", "policy.json"], "SendMessage");
    let before = fs::read_to_string(folder.join("policy.json")).unwrap();
    let mut nothing =
        leastwise(["run", "--append", "calls.jsonl", "-o", "policy.json", "--", "true"]);
    let output = nothing.current_dir(folder).output().unwrap();
    assert!(
        stderr(&output).contains(
            "no AWS call was heard; the policy in policy.json is of 1 call recorded before."
        ),
        "{}",
        stderr(&output)
    );
    assert_eq!(fs::read_to_string(folder.join("policy.json")).unwrap(), before);
    // One that begins with no file makes it.
    let mut nothing = leastwise(["run", "--append", "new.jsonl", "-o", "new.json", "--", "true"]);
    assert!(nothing.current_dir(folder).output().unwrap().status.success());
    assert_eq!(fs::read_to_string(folder.join("new.jsonl")).unwrap(), "");
}

#[test]
fn a_torn_last_line_is_taken_out_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    run(folder, &["--append", "calls.jsonl"], "CreateQueue");
    run(folder, &["--append", "calls.jsonl"], "SendMessage");
    let whole = fs::read_to_string(folder.join("calls.jsonl")).unwrap();
    fs::write(folder.join("calls.jsonl"), &whole[..whole.len() - 20]).unwrap();
    let output = run(folder, &["--append", "calls.jsonl", "-q"], "DeleteQueue");
    assert_eq!(
        stderr(&output),
        "leastwise: the last line of calls.jsonl is cut off, as after a kill; that call is taken out\n"
    );
    let actions = actions(stdout(&output));
    assert!(actions.iter().any(|it| it == "sqs:CreateQueue"), "{actions:?}");
    assert!(actions.iter().any(|it| it == "sqs:DeleteQueue"), "{actions:?}");
    assert!(!actions.iter().any(|it| it == "sqs:SendMessage"), "{actions:?}");
    let read = leastwise::recording::Recording::read(&folder.join("calls.jsonl")).unwrap();
    assert_eq!((read.entries.len(), read.cut_off), (2, false));
}

#[test]
fn listen_appends_too() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &["--append", "calls.jsonl"], "CreateQueue");
    let recording = folder.path().join("calls.jsonl");
    let listener = Listener::start(&["-q", "--no-quiet", "--append", recording.to_str().unwrap()]);
    listener.send(&attempt("SQS", "SendMessage"));
    listener.send(&event("SQS", "SendMessage"));
    std::thread::sleep(std::time::Duration::from_millis(200));
    listener.signal("INT");
    let (code, policy, said) = listener.end();
    assert_eq!(code, Some(0), "{said}");
    let actions = actions(&policy);
    assert!(actions.iter().any(|it| it == "sqs:CreateQueue"), "{actions:?}");
    assert!(actions.iter().any(|it| it == "sqs:SendMessage"), "{actions:?}");
}

#[test]
fn what_cannot_be_added_to_is_said_before_the_command_runs() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("notes.txt"), "dear diary\n").unwrap();
    let refused = |arguments: &[&str]| {
        let mut command = leastwise(["run"]);
        command.args(arguments).args(["--", "touch", "ran"]).current_dir(folder);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        assert!(!folder.join("ran").exists());
        stderr(&output).to_owned()
    };
    assert!(
        refused(&["--append", "notes.txt"]).contains("line 1 of notes.txt is not a recorded call")
    );
    assert_eq!(fs::read_to_string(folder.join("notes.txt")).unwrap(), "dear diary\n");
    assert!(refused(&["--append", "/dev/null"]).contains("/dev/null is not a file"));
    assert!(refused(&["--append", "."]).contains("is not a file"));
    assert!(refused(&["--append", "a", "--record", "b"]).contains("cannot be used with"));
    assert_eq!(
        refused(&["--append", "calls.jsonl", "-o", "./calls.jsonl"]),
        "leastwise: -o and --append both name calls.jsonl; give each its own file\n"
    );
    // Whoever else may write to it could add calls to the policy.
    use std::os::unix::fs::PermissionsExt;
    fs::write(folder.join("open.jsonl"), "").unwrap();
    fs::set_permissions(folder.join("open.jsonl"), PermissionsExt::from_mode(0o622)).unwrap();
    assert!(
        refused(&["--append", "open.jsonl"]).contains("other users can write to the recording")
    );
}
