//! `leastwise run`, as its user meets it.
#![cfg(unix)]

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::{Command, Stdio};

use crate::common::{
    actions, leastwise, names, on_terminal, output, send, signal, stderr, stdout,
    with_default_signals,
};

fn run(script: &str) -> std::process::Output {
    output(["run", "--", "bash", "-c", script])
}

/// A policy that was there before.
const OLD: &str = "{\"Version\": \"2012-10-17\", \"Id\": \"old\", \"Statement\": []}";

#[test]
fn the_policy_goes_to_stdout_and_the_rest_to_stderr() {
    let output =
        run(&format!("{}{}exit 7", send("SQS", "SendMessage"), send("SQS", "DeleteQueue")));
    assert_eq!(output.status.code(), Some(7));
    assert_eq!(actions(stdout(&output)), ["sqs:SendMessage", "sqs:DeleteQueue"]);
    let said = stderr(&output);
    assert!(said.contains("+ sqs:SendMessage on arn:aws:sqs:eu-west-1:*:*\n"), "{said}");
    assert!(
        said.contains(
            "leastwise: heard 2 calls of 2 operations; the policy has 2 actions in 1 statement.\n  \
             2 actions that these operations can need, but calls seldom do, left out\n    \
             (kms:Decrypt, kms:GenerateDataKey); --possible include adds them.\n  \
             The account of some calls is not known, so their resources have * in its place; --account-id sets it.\n  \
             2 calls went past the proxy and were heard over client-side monitoring only, so the resources are less exact; made by:\n"
        ),
        "{said}"
    );
}

/// The proxy takes what the system allows; the command has what the user gave it.
#[test]
#[cfg(target_os = "linux")]
fn the_commands_limit_of_open_files_is_the_users() {
    const OURS: &str = "/proc/$PPID/limits";
    for (mode, ours, tries) in [("proxy", "500", 200), ("csm", "300", 4)] {
        let script = format!(
            "ulimit -Sn; ulimit -Hn; for n in $(seq {tries}); do grep -q 'Max open files *300 ' {OURS} || break; sleep 0.05; done; grep 'open files' {OURS}"
        );
        let mut command = Command::new("bash");
        let leastwise = env!("CARGO_BIN_EXE_leastwise");
        command.args(["-c", "ulimit -Sn 300; ulimit -Hn 500; exec \"$@\"", "bash", leastwise]);
        command.args(["run", "-q", "-o", "/dev/null", "--mode", mode, "--", "bash", "-c", &script]);
        let output = command.env_remove("HTTPS_PROXY").output().unwrap();
        let said = stdout(&output);
        let words: Vec<_> = said.split_whitespace().collect();
        assert_eq!(words[..2], ["300", "500"], "{said}{}", stderr(&output));
        assert_eq!(words[5..7], [ours, "500"], "{mode}: {said}");
    }
}

#[test]
fn the_terminal_is_the_childs() {
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.json");
    let script = format!("read line; echo out $line; echo err >&2; {}", send("SQS", "SendMessage"));
    let mut process = leastwise(["run", "-q", "-o"])
        .arg(&policy)
        .args(["--", "bash", "-c", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    process.stdin.take().unwrap().write_all(b"hello\n").unwrap();
    let output = process.wait_with_output().unwrap();
    assert_eq!(
        (output.status.code(), stdout(&output), stderr(&output)),
        (Some(0), "out hello\n", "err\n")
    );
    assert_eq!(actions(&fs::read_to_string(&policy).unwrap()), ["sqs:SendMessage"]);
    assert_eq!(names(folder.path()), ["policy.json"]);
}

#[test]
fn the_childs_environment_is_ours_and_four_more() {
    let output =
        leastwise(["run", "--mode", "csm", "--", "env"]).env("MINE", "1").output().unwrap();
    let policy = stdout(&output).find("{\n").unwrap();
    let mut lines: Vec<_> = stdout(&output)[..policy].lines().collect();
    lines.sort();
    assert_eq!(lines.len(), 6, "{lines:?}");
    let id = lines[0].strip_prefix("AWS_CSM_CLIENT_ID=").unwrap();
    assert!(id.len() >= 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    assert_eq!(lines[1..3], ["AWS_CSM_ENABLED=true", "AWS_CSM_HOST=127.0.0.1"]);
    let port: u16 = lines[3].strip_prefix("AWS_CSM_PORT=").unwrap().parse().unwrap();
    assert_ne!(port, 0);
    assert_eq!(lines[4], "MINE=1");
}

#[test]
fn the_childs_environment_leads_it_through_the_proxy() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let script = "env | sort; stat -c %a \"$AWS_CA_BUNDLE\"; stat -c %a \"${AWS_CA_BUNDLE%/*}\"; \
        head -1 \"$AWS_CA_BUNDLE\"; grep -rc PRIVATE \"${AWS_CA_BUNDLE%/*}\"";
    let output = leastwise(["run", "--mode", "proxy", "--", "bash", "-c", script])
        .env("XDG_RUNTIME_DIR", folder.path())
        .env("NO_PROXY", "localhost,.amazonaws.com")
        .env("NODE_OPTIONS", "--no-warnings")
        .output()
        .unwrap();
    let said = stdout(&output);
    let value = |name: &str| {
        let line = said.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        line.unwrap_or_else(|| panic!("no {name} in {said}\n{}", stderr(&output)))
    };
    let proxy = value("HTTPS_PROXY");
    assert!(proxy.starts_with("http://127.0.0.1:"), "{proxy}");
    for name in ["https_proxy", "HTTP_PROXY", "http_proxy"] {
        assert_eq!(value(name), proxy);
    }
    let excepted =
        "localhost,169.254.169.254,169.254.170.2,169.254.170.23,fd00:ec2::254,fd00:ec2::23";
    assert_eq!((value("NO_PROXY"), value("no_proxy")), (excepted, excepted));
    let bundle = value("AWS_CA_BUNDLE");
    assert!(bundle.starts_with(folder.path().to_str().unwrap()), "{bundle}");
    for name in [
        "REQUESTS_CA_BUNDLE",
        "SSL_CERT_FILE",
        "CURL_CA_BUNDLE",
        "NODE_EXTRA_CA_CERTS",
        "PERL_LWP_SSL_CA_FILE",
    ] {
        assert_eq!(value(name), bundle);
    }
    for (name, file) in [("WGETRC", "wgetrc"), ("LEASTWISE_ENV_FILE", "environment")] {
        assert_eq!(value(name), bundle.replace("ca-bundle.pem", file));
    }
    assert!(value("NODE_OPTIONS").starts_with("--no-warnings --require "), "{said}");
    assert!(!said.contains("AWS_CSM_"), "{said}");
    assert!(said.contains("\n600\n700\n-----BEGIN CERTIFICATE-----\n"), "{said}");
    assert_eq!(said.matches(":0\n").count(), 7, "a private key is on the disk: {said}");
    assert_eq!(names(folder.path()), [""; 0], "all is removed at the end");
}

#[test]
fn wrong_options_of_the_proxy_are_said_before_anything_runs() {
    for (option, value, said) in [
        ("--upstream", "localhost:5000", "is not the URL of an upstream"),
        ("--upstream-ca", "/no/such/file.pem", "no certificates could be read"),
        ("--upstream-proxy", "socks5://user:secret@a:1", "neither http nor https"),
        ("--intercept", "https://a.example", "is not a host name"),
    ] {
        let output = output(["run", option, value, "--", "echo", "ran"]);
        let text = stderr(&output);
        assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""), "{text}");
        assert!(text.starts_with("leastwise: ") && text.contains(said), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(!text.contains("secret"), "{text}");
    }
}

#[test]
fn a_command_that_cannot_be_started_says_why_and_nothing_is_touched() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str, mode| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    };
    let plain = file("plain", "echo", 0o644);
    let odd = file("odd", "#!/no/such/interpreter\n", 0o755);
    let rubbish = file("rubbish", "\u{1}\u{2}", 0o755);
    let policy = file("policy.json", OLD, 0o644);
    for (program, code, said) in [
        ("no-such-program".as_ref(), 127, "was not found"),
        (folder.path().join("none").as_path(), 127, "was not found"),
        (&odd, 127, "interpreter"),
        (&plain, 126, "may not be executed"),
        (folder.path(), 126, "may not be executed"),
        (&rubbish, 126, "is not a program"),
    ] {
        let recording = folder.path().join("calls.jsonl");
        let output = leastwise(["run", "-o"])
            .arg(&policy)
            .arg("--record")
            .arg(&recording)
            .arg("--")
            .arg(program)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(code), "{program:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(said), "{}", stderr(&output));
        assert_eq!(stderr(&output).lines().count(), 1, "{}", stderr(&output));
        assert_eq!(stdout(&output), "");
        assert_eq!(fs::read_to_string(&policy).unwrap(), OLD);
        assert!(!recording.exists());
    }
}

#[test]
fn a_child_that_a_signal_ended_is_128_and_more() {
    assert_eq!(run("kill -KILL $$").status.code(), Some(137));
    assert_eq!(run("kill -TERM $$").status.code(), Some(143));
}

#[test]
fn a_signal_that_was_sent_to_us_alone_reaches_the_child_once() {
    for (name, number) in [("INT", 2), ("TERM", 15), ("HUP", 1), ("QUIT", 3)] {
        // The child counts, waits a moment for a second one, and ends with what it got.
        let script = format!(
            "n=0; trap 'n=$((n+1))' {name}; {} echo ready; while [ $n = 0 ] && [ $SECONDS -lt 20 ]; do sleep 0.02; done; sleep 0.2; exit $((n*50+{number}))",
            send("SQS", "SendMessage")
        );
        let mut process = with_default_signals(["run", "-q", "--", "bash", "-c", &script])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut ready = [0; 6];
        let mut out = process.stdout.take().unwrap();
        out.read_exact(&mut ready).unwrap();
        assert_eq!(&ready, b"ready\n");
        signal(process.id(), name);
        let mut policy = String::new();
        out.read_to_string(&mut policy).unwrap();
        assert_eq!(process.wait().unwrap().code(), Some(50 + number), "{name}");
        assert_eq!(actions(&policy), ["sqs:SendMessage"]);
    }
}

#[test]
fn a_signal_that_was_ignored_from_the_start_stays_ignored() {
    // As behind `nohup`: neither we nor the child hear it.
    let inner = format!("kill -HUP $PPID $$; sleep 0.1; {} exit 5", send("SQS", "SendMessage"));
    let outer =
        format!("trap '' HUP; exec '{}' run -q -- bash -c \"$0\"", env!("CARGO_BIN_EXE_leastwise"));
    let output = Command::new("bash").args(["-c", &outer, &inner]).output().unwrap();
    assert_eq!(output.status.code(), Some(5), "{}", stderr(&output));
    assert_eq!(actions(stdout(&output)), ["sqs:SendMessage"]);
}

#[test]
fn ctrl_c_on_a_terminal_reaches_the_child_once_and_we_stay() {
    let script = format!(
        "n=0; trap 'n=$((n+1))' INT; {} echo ready; while [ $n = 0 ] && [ $SECONDS -lt 20 ]; do sleep 0.02; done; sleep 0.2; exit $((n*50))",
        send("SQS", "SendMessage")
    );
    let output =
        on_terminal(&["run", "--color", "never", "--", "bash", "-c", &script], "ready", "\u{3}");
    let said = stdout(&output);
    assert_eq!(output.status.code(), Some(50), "{said}{}", stderr(&output));
    assert!(said.contains("\"sqs:SendMessage\""), "{said}");
    // On a terminal that is the child's there are no lines in between.
    assert!(!said.contains("+ sqs"), "{said}");
    assert!(said.contains("leastwise: heard 1 call of 1 operation"), "{said}");
}

#[test]
fn with_view_the_policy_is_shown_live_and_q_only_closes_the_view() {
    let script =
        format!("{} sleep 0.6; {} exit 4", send("SQS", "SendMessage"), send("SQS", "DeleteQueue"));
    let output =
        on_terminal(&["run", "--view", "--", "bash", "-c", &script], "SendMessage", "\u{1d}q");
    let said = stdout(&output);
    assert_eq!(output.status.code(), Some(4), "{said}{}", stderr(&output));
    let (live, after) = said.rsplit_once("\u{1b}[?1049l").expect("the alternate screen is left");
    assert!(live.contains("sqs:SendMessage"), "{live}");
    assert!(!live.contains("sqs:DeleteQueue"), "{live}");
    assert!(after.contains("\"sqs:DeleteQueue\""), "{after}");
}

#[test]
fn what_the_child_left_running_is_waited_for_a_little() {
    let output = run(&format!("(sleep 0.1; {}) & exit 0", send("SQS", "SendMessage")));
    assert_eq!(actions(stdout(&output)), ["sqs:SendMessage"]);
}

#[test]
fn when_nothing_was_heard_a_policy_that_is_there_stays() {
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.json");
    let end = |arguments: &[&str]| {
        let output = leastwise(["run", "-o"])
            .arg(&policy)
            .args(arguments)
            .args(["--", "true"])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(stdout(&output), "");
        stderr(&output).to_owned()
    };
    assert!(end(&[]).contains("no AWS call was heard; the policy in "));
    assert_eq!(actions(&fs::read_to_string(&policy).unwrap()), [""; 0]);
    fs::write(&policy, "{\"Version\": \"2012-10-17\", \"Id\": \"precious\", \"Statement\": []}")
        .unwrap();
    assert!(end(&[]).contains("policy.json was left as it was."));
    assert!(end(&["--quiet"]).contains("policy.json was left as it was."));
    assert_eq!(
        fs::read_to_string(&policy).unwrap(),
        "{\"Version\": \"2012-10-17\", \"Id\": \"precious\", \"Statement\": []}"
    );
}

#[test]
fn what_must_be_put_right_first_is_one_sentence_and_the_child_does_not_run() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(at("notes.txt"), "dear diary\n").unwrap();
    fs::write(at("old.json"), OLD).unwrap();
    symlink("old.json", at("link.json")).unwrap();
    fs::write(at("locked.json"), "locked").unwrap();
    fs::set_permissions(at("locked.json"), fs::Permissions::from_mode(0o444)).unwrap();
    let before = names(folder.path());
    for (arguments, said) in [
        (vec!["-o", &at("none/policy.json")], "does not exist; create it"),
        (vec!["-o", &at("")], "is a directory; name a file in it"),
        (vec!["-o", &at("locked.json")], "is read-only"),
        (vec!["-o", &at("old.json"), "--record", &at("notes.txt")], "line 1 of"),
        (vec!["--record", &at("none/calls.jsonl")], "cannot be opened"),
        (vec!["-o", &at("new.json"), "--record", &at("./new.json")], "give each its own file"),
        (vec!["-o", &at("old.json"), "--record", &at("link.json")], "give each its own file"),
        (vec!["--acount-id", "1"], "did you mean `--account-id`?"),
        (vec!["--account-id", "1"], "an account id has 12 digits"),
        (vec!["--possible", "maybe"], "common, include, omit"),
    ] {
        let ran = at("ran");
        let output =
            leastwise(["run"]).args(&arguments).args(["--", "touch", &ran]).output().unwrap();
        let error = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert!(error.starts_with("leastwise: ") && error.contains(said), "{arguments:?}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
        assert_eq!(names(folder.path()), before, "{arguments:?}");
    }
    assert_eq!(fs::read_to_string(at("old.json")).unwrap(), OLD);
    assert_eq!(fs::read_to_string(at("notes.txt")).unwrap(), "dear diary\n");
}

#[test]
fn a_reader_that_has_gone_away_is_no_failure() {
    let script = send("SQS", "SendMessage");
    for arguments in [&["run", "--", "bash", "-c", &script][..], &["run", "--help"]] {
        let mut process =
            leastwise(arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        drop(process.stdout.take());
        assert_eq!(process.wait().unwrap().code(), Some(0), "{arguments:?}");
    }
}

#[test]
fn a_recording_is_appended_to_and_on_disk_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let recording = folder.path().join("calls.jsonl");
    // A tenth of a second is promised; a machine that is busy with other tests gets three.
    let script = format!("{} sleep 0.3; wc -l <\"$0\"", send("SQS", "SendMessage"));
    for round in 1..=2 {
        let output = leastwise(["run", "-q", "--mode", "csm", "-o", "/dev/null", "--record"])
            .arg(&recording)
            .args(["--", "bash", "-c", &script])
            .arg(&recording)
            .output()
            .unwrap();
        assert_eq!(stdout(&output).trim(), round.to_string(), "{}", stderr(&output));
    }
    let text = fs::read_to_string(&recording).unwrap();
    let line: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(line["service"], "sqs");
    assert_eq!(line["operation"], "SendMessage");
    assert_eq!(line["time"], "2025-11-22T08:15:30.045Z");
    assert_eq!(line["requires"][0]["action"], "sqs:SendMessage");
    let read = leastwise::recording::Recording::read(&recording).unwrap();
    assert_eq!(read.entries.len(), 2);
}

#[test]
fn the_file_is_kept_current_and_replaced_with_its_permissions() {
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.json");
    fs::write(&policy, "{\"Version\": \"2012-10-17\", \"Id\": \"precious\", \"Statement\": []}")
        .unwrap();
    fs::set_permissions(&policy, fs::Permissions::from_mode(0o600)).unwrap();
    let script = format!(
        "{} for i in $(seq 200); do grep -q SendMessage \"$0\" && break; sleep 0.02; done; {} for i in $(seq 200); do grep -q DeleteQueue \"$0\" && exit 9; sleep 0.02; done",
        send("SQS", "SendMessage"),
        send("SQS", "DeleteQueue"),
    );
    let output = leastwise(["run", "-o"])
        .arg(&policy)
        .args(["--", "bash", "-c", &script])
        .arg(&policy)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(9), "{}", stderr(&output));
    assert_eq!(fs::metadata(&policy).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(names(folder.path()), ["policy.json"]);
}

#[test]
fn a_policy_that_cannot_be_written_at_the_end_is_printed_and_the_exit_code_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).unwrap();
    let script =
        format!("rm -r '{}'; {} sleep 0.1; exit $0", inner.display(), send("SQS", "SendMessage"));
    for (code, expected) in [("0", 1), ("3", 3)] {
        fs::create_dir_all(&inner).unwrap();
        let output = leastwise(["run", "-o"])
            .arg(inner.join("policy.json"))
            .args(["--", "bash", "-c", &script, code])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(expected), "{}", stderr(&output));
        assert_eq!(actions(stdout(&output)), ["sqs:SendMessage"]);
        assert!(
            stderr(&output).contains("printed on standard output instead"),
            "{}",
            stderr(&output)
        );
    }
}

#[test]
fn a_pipe_as_output_file_is_written_once_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || fs::read_to_string(pipe).unwrap()
    });
    let output = leastwise(["run", "-q", "-o"])
        .arg(&pipe)
        .args(["--", "bash", "-c", &send("SQS", "SendMessage")])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(actions(&reader.join().unwrap()), ["sqs:SendMessage"]);
}

#[test]
fn runs_side_by_side_hear_their_own_children() {
    let one =
        std::thread::spawn(|| run(&format!("sleep 0.1; {} sleep 0.1", send("SQS", "SendMessage"))));
    let other = run(&format!("sleep 0.1; {} sleep 0.1", send("SNS", "Publish")));
    assert_eq!(actions(stdout(&other)), ["sns:Publish"]);
    assert_eq!(actions(stdout(&one.join().unwrap())), ["sqs:SendMessage"]);
}

#[test]
fn what_was_not_recognised_and_what_failed_is_listed() {
    let mut failed = crate::common::event("DynamoDB", "GetItem");
    failed["FinalHttpStatusCode"] = 400.into();
    failed["FinalAwsException"] = "AccessDeniedException".into();
    failed["FinalAwsExceptionMessage"] = "no".into();
    let to = ">/dev/udp/$AWS_CSM_HOST/$AWS_CSM_PORT";
    let output = run(&format!(
        "{}{}printf %s 'not json' {to}",
        send("Quantum Leap", "Entangle"),
        crate::common::send_event(&failed)
    ));
    let said = stderr(&output);
    assert!(said.contains("  1 call not recognised, and so not in the policy:\n"), "{said}");
    assert!(said.contains(".Entangle\n"), "{said}");
    assert!(
        said.contains("  1 call failed:\n         1  dynamodb.GetItem  AccessDeniedException\n"),
        "{said}"
    );
    assert!(said.contains("  1 datagram could not be read.\n"), "{said}");
    assert_eq!(actions(stdout(&output)), ["dynamodb:GetItem"]);
}

#[test]
fn help_lists_the_exit_codes() {
    for arguments in
        [&["--help"][..], &["run", "--help"], &["listen", "--help"], &["demo", "--help"]]
    {
        let output = output(arguments);
        assert_eq!(output.status.code(), Some(0));
        assert!(
            stdout(&output).contains("  127    the command of `run` was not found"),
            "{arguments:?}"
        );
        assert!(stdout(&output).contains("Examples:"), "{arguments:?}");
    }
    assert_eq!(output([""; 0]).status.code(), Some(2));
}
