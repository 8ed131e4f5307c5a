//! What is written, and where: nothing of anybody's is overwritten, two do not write one file, and what cannot be printed
//! is an error.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;

use super::{bash, get, policy, put, run};
use crate::common::{Listener, actions, leastwise, names, signal, stderr, until};

const REFUSED: &str = "exists and is not a policy";

fn recording(folder: &Path) {
    fs::write(folder.join("calls.jsonl"), format!("{}{}", get(), put())).unwrap();
}

#[test]
fn what_is_no_policy_is_not_replaced_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    recording(folder);
    fs::write(folder.join("policy.json"), policy(&["s3:*"])).unwrap();
    let trust =
        r#"{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}"#;
    let mine = "data \"aws_iam_policy_document\" \"leastwise\" {\n}\n\nresource \"aws_s3_bucket\" \"b\" {\n}\n";
    for (name, text) in [
        ("notes.md", "# Notes\n"),
        ("package.json", "{\"name\": \"x\", \"version\": \"1\"}"),
        ("torn.json", "{\"Version\": \"2012-10-17\", \"Statement\": ["),
        ("trust.json", trust),
        ("main.tf", mine),
        (
            "stack.yaml",
            "AWSTemplateFormatVersion: \"2010-09-09\"\nResources:\n  Bucket:\n    Type: AWS::S3::Bucket\n",
        ),
        ("stack.ts", "import * as iam from \"aws-cdk-lib/aws-iam\";\n\nexport class Stack {}\n"),
        ("other.jsonl", &get()),
        ("binary", "\u{0}\u{1}"),
    ] {
        for command in [
            &["policy", "calls.jsonl"][..],
            &["prune", "--policy", "policy.json", "calls.jsonl"],
            &["run", "--", "touch", "started"],
            &["listen", "--csm-port", "0"],
            &["demo"],
        ] {
            fs::write(folder.join(name), text).unwrap();
            let done = run(folder, &[&[command[0], "-o", name], &command[1..]].concat());
            assert_eq!(done.status.code(), Some(2), "{name}, {command:?}: {}", stderr(&done));
            assert!(stderr(&done).contains(REFUSED), "{name}: {}", stderr(&done));
            assert_eq!(fs::read_to_string(folder.join(name)).unwrap(), text);
        }
        let done = run(folder, &["policy", "calls.jsonl", "--force", "-o", name]);
        assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
        assert_eq!(actions(&fs::read_to_string(folder.join(name)).unwrap()).len(), 2);
    }
    assert!(!folder.join("started").exists());
}

#[test]
fn what_is_a_policy_in_any_format_and_what_is_empty_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    recording(folder);
    fs::write(folder.join("policy"), "").unwrap();
    let odd =
        super::line("s3:GetObject", "arn:aws:s3:::b/{{resolve:x}}/&{y}", serde_json::json!({}));
    fs::write(folder.join("odd.jsonl"), odd + &get() + &put()).unwrap();
    fs::write(folder.join("none.jsonl"), "").unwrap();
    let formats = ["json", "hcl", "cloudformation", "cdk", "markdown", "json"];
    for recording in ["calls.jsonl", "odd.jsonl"] {
        for format in formats {
            for more in [&[][..], &["--sid"], &["--fit", "managed"]] {
                let arguments =
                    [&["policy", "--format", format, "-o", "policy", recording], more].concat();
                let done = run(folder, &arguments);
                assert_eq!(done.status.code(), Some(0), "{arguments:?}: {}", stderr(&done));
            }
        }
    }
    // One that allows nothing, too.
    for format in formats {
        for _ in 0..2 {
            let _ = fs::remove_file(folder.join("empty"));
            let done = run(folder, &["run", "-q", "--format", format, "-o", "empty", "--", "true"]);
            assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
            let done = run(folder, &["policy", "-o", "empty", "calls.jsonl"]);
            assert_eq!(done.status.code(), Some(0), "{format}: {}", stderr(&done));
        }
    }
}

#[test]
fn other_outputs_replace_nothing_of_anybodys_either() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    recording(folder);
    fs::write(folder.join("policy.json"), policy(&["s3:*"])).unwrap();
    fs::write(folder.join("notes"), "precious").unwrap();
    let check = ["check", "--policy", "policy.json", "--sarif", "notes", "calls.jsonl"];
    let done = run(folder, &check);
    assert_eq!(done.status.code(), Some(2), "{}", stderr(&done));
    assert!(stderr(&done).contains("exists and is not SARIF"), "{}", stderr(&done));
    fs::create_dir(folder.join("each")).unwrap();
    fs::write(folder.join("each/anonymous.json"), "precious").unwrap();
    let done = run(folder, &["policy", "--per-principal", "each", "calls.jsonl"]);
    assert_eq!(done.status.code(), Some(1), "{}", stderr(&done));
    assert!(stderr(&done).contains(REFUSED), "{}", stderr(&done));
    for file in ["notes", "each/anonymous.json"] {
        assert_eq!(fs::read_to_string(folder.join(file)).unwrap(), "precious");
    }
    // Its own it replaces.
    for _ in 0..2 {
        let check = ["check", "--policy", "policy.json", "--sarif", "r.sarif", "calls.jsonl"];
        assert_eq!(run(folder, &check).status.code(), Some(0));
        let done = run(folder, &["policy", "--per-principal", "own", "calls.jsonl"]);
        assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    }
}

#[test]
fn two_do_not_write_one_file_and_a_kill_leaves_no_refusal() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    recording(folder);
    fs::write(folder.join("policy.json"), policy(&["s3:*"])).unwrap();
    let file = folder.join("policy.json");
    let path = file.to_str().unwrap();
    let mut listener = Listener::start(&["-o", path]);
    std::os::unix::fs::symlink("policy.json", folder.join("link.json")).unwrap();
    for command in [
        &["run", "-o", "policy.json", "--", "touch", "started"][..],
        &["listen", "--csm-port", "0", "-o", "./policy.json"],
        &["policy", "-o", "link.json", "calls.jsonl"],
        &["prune", "-o", "policy.json", "--policy", "policy.json", "calls.jsonl"],
    ] {
        let done = run(folder, command);
        assert_eq!(done.status.code(), Some(2), "{command:?}: {}", stderr(&done));
        assert!(stderr(&done).contains("another leastwise is writing"), "{}", stderr(&done));
    }
    assert!(!folder.join("started").exists());
    listener.signal("KILL");
    listener.process.wait().unwrap();
    let done = run(folder, &["policy", "-o", "policy.json", "calls.jsonl"]);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    assert_eq!(
        names(folder),
        ["calls.jsonl", "link.json", "policy.json"],
        "and nothing stays behind"
    );
}

#[test]
fn two_do_not_write_one_folder() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    recording(folder);
    let each = folder.join("each");
    let listener = Listener::start(&["--per-principal", each.to_str().unwrap()]);
    let done = run(folder, &["policy", "--per-principal", "each", "calls.jsonl"]);
    assert_eq!(done.status.code(), Some(2), "{}", stderr(&done));
    assert!(stderr(&done).contains("another leastwise is writing each"), "{}", stderr(&done));
    listener.signal("TERM");
    assert_eq!(listener.end().0, Some(0));
    let done = run(folder, &["policy", "--per-principal", "each", "calls.jsonl"]);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    assert_eq!(names(&each), ["anonymous.json"]);
}

/// Many that begin at one moment: each either has the file or says who has.
#[test]
fn of_many_that_begin_at_once_one_has_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let start = || {
        let mut command = leastwise(["run", "-o", "policy.json", "--", "sleep", "1"]);
        command.current_dir(folder).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let all: Vec<_> = (0..6).map(|_| start()).collect();
    let codes: Vec<_> =
        all.into_iter().map(|it| it.wait_with_output().unwrap().status.code()).collect();
    assert!(codes.contains(&Some(0)), "{codes:?}");
    assert!(codes.contains(&Some(2)), "{codes:?}");
    assert!(codes.iter().all(|code| matches!(code, Some(0 | 2))), "{codes:?}");
}

/// A pipe and a link of somebody else's where the lock would be: neither is waited for or followed.
#[test]
fn what_lies_where_the_lock_would_be_keeps_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    recording(folder);
    let lock = folder.join(".policy.json.leastwise-lock");
    std::os::unix::fs::symlink("elsewhere", &lock).unwrap();
    let done = run(folder, &["policy", "-o", "policy.json", "calls.jsonl"]);
    assert_eq!(done.status.code(), Some(2), "{}", stderr(&done));
    assert!(!folder.join("elsewhere").exists());
    fs::remove_file(&lock).unwrap();
    assert!(bash(folder, "mkfifo .policy.json.leastwise-lock").status.success());
    let done = bash(folder, "timeout 10 $leastwise policy -o policy.json calls.jsonl");
    assert!(matches!(done.status.code(), Some(0 | 2)), "{}", stderr(&done));
}

#[test]
fn what_cannot_be_printed_is_an_error_for_every_command_that_prints() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    recording(folder);
    fs::write(folder.join("policy.json"), policy(&["s3:*"])).unwrap();
    let commands = [
        "policy calls.jsonl",
        "explain calls.jsonl",
        "explain s3.CopyObject",
        "check --policy policy.json calls.jsonl",
        "check --json --policy policy.json calls.jsonl",
        "prune --policy policy.json calls.jsonl",
        "diff policy.json policy.json",
        "config",
        "completions bash",
        "man run",
        "ca rotate",
        "--help",
        "run --help",
        "--version",
        "demo",
        "run -- true",
    ];
    for command in commands {
        let home = "XDG_DATA_HOME=$PWD/data";
        for to in [">&-", ">/dev/full"] {
            if to == ">/dev/full" && !Path::new("/dev/full").exists() {
                continue;
            }
            let done = bash(folder, &format!("{home} $leastwise {command} {to}"));
            assert_eq!(done.status.code(), Some(1), "{command} {to}: {}", stderr(&done));
            assert!(stderr(&done).contains("standard output"), "{command} {to}: {}", stderr(&done));
        }
        // A reader that has seen enough, and one that wants to see nothing.
        for to in ["| head -c 1 >/dev/null", ">/dev/null"] {
            let done = bash(folder, &format!("set -o pipefail; {home} $leastwise {command} {to}"));
            assert_eq!(done.status.code(), Some(0), "{command} {to}: {}", stderr(&done));
        }
    }
    // The policy would be lost only at the end of what may be long: nothing begins.
    let done = bash(folder, "$leastwise run -- touch started >&-");
    assert_eq!(done.status.code(), Some(1));
    assert!(!folder.join("started").exists());
    // Who records has what was wanted.
    let done = bash(folder, "$leastwise run --record new.jsonl -- true >&-");
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    // As daemons are started.
    let done = bash(folder, "$leastwise policy calls.jsonl <>/dev/null 1<>/dev/null");
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
}

/// `listen` says nothing on standard output before its end, which may be days away.
#[test]
fn a_listener_without_standard_output_does_not_begin() {
    let folder = tempfile::tempdir().unwrap();
    let mut listener = std::process::Command::new("bash")
        .args(["-c", "exec $leastwise listen --csm-port 0 >&-"])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("leastwise", env!("CARGO_BIN_EXE_leastwise"))
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(listener.stderr.take().unwrap()).read_line(&mut line).unwrap();
    let mut code = None;
    until("its end", || {
        code = listener.try_wait().unwrap();
        if code.is_none() && !line.contains("closed") {
            signal(listener.id(), "TERM");
        }
        code.is_some()
    });
    assert_eq!(code.and_then(|it| it.code()), Some(1), "{line}");
    assert!(line.contains("standard output is closed"), "{line}");
}
