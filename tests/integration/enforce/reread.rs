//! Policies that change while they are in force, and policies that are none.

use std::process::Output;

use serde_json::json;

use super::support::{Listening, Stub, allow, policy};
use crate::common::{leastwise, stderr};

const READ_AGAIN: &str = "leastwise: the policies were read again";
const STAY: &str = "cannot be read, so those that were read before stay in force";

#[test]
fn a_policy_that_is_replaced_is_read_again_and_a_broken_one_is_not() {
    let stub = Stub::start();
    let reads = policy(&json!([allow(&["s3:GetObject"], "*")]));
    let writes = policy(&json!([allow(&["s3:PutObject"], "*")]));
    let files = [("policy.json", &*reads)];
    let proxy = Listening::start(&stub.url, &files, &["--enforce", "policy.json"]);
    let statuses = || [proxy.s3("GET", "notes/a").status, proxy.s3("PUT", "notes/a").status];
    assert_eq!(statuses(), [200, 403]);
    proxy.replace("policy.json", &writes);
    proxy.until_said(1, READ_AGAIN);
    assert_eq!(statuses(), [403, 200]);

    proxy.replace("policy.json", "{\"Version\": \"2012-10-17\", \"Statement\": [");
    proxy.until_said(1, STAY);
    assert_eq!(statuses(), [403, 200]);
    std::fs::remove_file(proxy.folder.path().join("policy.json")).unwrap();
    proxy.until_said(2, STAY);
    assert_eq!(statuses(), [403, 200]);

    proxy.replace("policy.json", &reads);
    proxy.until_said(2, READ_AGAIN);
    assert_eq!(statuses(), [200, 403]);
    // As an editor does that does not replace it.
    std::fs::write(proxy.folder.path().join("policy.json"), &writes).unwrap();
    proxy.until_said(3, READ_AGAIN);
    assert_eq!(statuses(), [403, 200]);
    assert_eq!(stub.count(), 6);
    let (code, said) = proxy.end();
    assert_eq!(code, Some(0), "{said}");
}

#[cfg(unix)]
#[test]
fn policies_are_read_again_when_a_signal_asks_for_it() {
    let stub = Stub::start();
    let reads = policy(&json!([allow(&["s3:GetObject"], "*")]));
    let files = [("policy.json", &*reads)];
    let proxy = Listening::start(&stub.url, &files, &["--enforce", "policy.json"]);
    assert!(!proxy.said().contains(READ_AGAIN));
    proxy.signal("HUP");
    proxy.until_said(1, READ_AGAIN);
    assert_eq!(proxy.s3("GET", "notes/a").status, 200);
    assert_eq!(proxy.s3("PUT", "notes/a").status, 403);
    proxy.replace("policy.json", "[]");
    proxy.signal("HUP");
    proxy.until_said(1, STAY);
    assert_eq!(proxy.s3("GET", "notes/a").status, 200);
    proxy.end();
}

/// The directory itself is not changed by that.
#[test]
fn a_file_of_a_directory_that_is_written_anew_is_read_again() {
    let stub = Stub::start();
    let all = policy(&json!([allow(&["*"], "*")]));
    let files = [("policy.json", &*all), ("unit/a.json", &*all), ("unit/notes.txt", "no policy")];
    let arguments = ["--enforce", "policy.json", "--scp", "unit"];
    let proxy = Listening::start(&stub.url, &files, &arguments);
    assert_eq!(proxy.s3("GET", "notes/a").status, 200);
    let no_reads = policy(&json!([allow(&["s3:PutObject"], "*")]));
    std::fs::write(proxy.folder.path().join("unit/a.json"), no_reads).unwrap();
    proxy.until_said(1, READ_AGAIN);
    let answer = proxy.s3("GET", "notes/a");
    assert_eq!(answer.status, 403);
    assert!(answer.text().contains("because no service control policy allows"), "{answer:?}");
    proxy.end();
}

#[test]
fn what_cannot_be_read_stops_the_run_before_the_command_starts() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    std::fs::write(file("policy.json"), policy(&json!([allow(&["*"], "*")]))).unwrap();
    std::fs::write(file("broken.json"), "{").unwrap();
    std::fs::write(file("other.json"), r#"{"Statement": [{"Effect": "Perhaps"}]}"#).unwrap();
    std::fs::create_dir(file("empty")).unwrap();
    let run = |arguments: &[&str]| -> Output {
        let mut command = leastwise(["run", "--mode", "proxy"]);
        command.args(arguments).args(["--", "touch", "ran"]).current_dir(folder.path());
        command.output().unwrap()
    };
    for arguments in [
        &["--enforce", "missing.json"][..],
        &["--enforce", "broken.json"],
        &["--enforce", "other.json"],
        &["--enforce", "empty"],
        &["--enforce", "policy.json", "--enforce", "missing.json"],
        &["--enforce", "policy.json", "--boundary", "broken.json"],
        &["--enforce", "policy.json", "--session-policy", "missing.json"],
        &["--enforce", "policy.json", "--scp", "empty"],
        &["--enforce", "policy.json", "--rcp", "broken.json"],
        &["--enforce", "policy.json", "--endpoint-policy", "other.json"],
        &["--enforce", "policy.json", "--resource-policy", "missing.json"],
        &["--enforce", "policy.json", "--decisions", "empty"],
        // Nothing could be refused.
        &["--enforce", "policy.json", "--mode", "csm"],
        &["--scp", "policy.json"],
    ] {
        let output = run(arguments);
        let code = output.status.code();
        assert!(!file("ran").exists(), "{arguments:?}: {}", stderr(&output));
        assert_eq!(code, Some(2), "{arguments:?}: {}", stderr(&output));
        assert!(stderr(&output).starts_with("leastwise: "), "{arguments:?}: {}", stderr(&output));
    }
    let output = run(&["--enforce", "policy.json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(file("ran").exists());
}
