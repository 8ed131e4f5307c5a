//! Who can read and write what we make, whatever the umask says; and what others could have written is not taken.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::Path;
use std::process::{Command, Output};

use crate::common::{names, stderr};
use crate::hostile::left_out;

const CALL: &str = r#"{"v":1,"time":"2025-11-22T08:15:30.045Z","source":"csm","service":"s3","operation":"GetObject","region":"eu-west-1","partition":"aws","account":null,"principal":"AKIAIOSFODNN7EXAMPLE","status":200,"error":null,"request_id":null,"host":null,"user_agent":null,"parameters":{},"requires":[{"action":"s3:GetObject","resources":["arn:aws:s3:::b/k"],"conditions":{},"reason":"operation"}]}"#;

/// Runs it in a folder where nothing is taken from anybody: `umask 000`.
fn open_handed(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new("sh");
    command.args(["-c", "umask 000; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_leastwise")]);
    command.args(words).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    command.current_dir(folder).env("HOME", folder);
    command.output().unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn policies_are_never_for_others_to_write() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("calls.jsonl"), format!("{CALL}\n")).unwrap();
    fs::write(path("mine.json"), r#"{"Version":"2012-10-17","Statement":[]}"#).unwrap();
    let all = ["--per-principal", "policies", "-o", "policy.json", "calls.jsonl"];
    let output = open_handed(folder.path(), &[&["policy"][..], &all].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let words = ["check", "--policy", "mine.json", "--sarif", "x.sarif", "calls.jsonl"];
    open_handed(folder.path(), &words);
    for name in ["policy.json", "policies/AKIAIOSFODNN7EXAMPLE.json", "x.sarif"] {
        assert_eq!(mode(&path(name)), 0o644, "{name}");
    }
    assert_eq!(mode(&path("policies")) & 0o022, 0, "a folder that we make is ours");
    // One that was there keeps its mode as far as that is safe.
    for (before, after) in [(0o666, 0o644), (0o600, 0o600), (0o664, 0o644), (0o640, 0o640)] {
        set_mode(&path("policy.json"), before);
        open_handed(folder.path(), &["policy", "-o", "policy.json", "calls.jsonl"]);
        assert_eq!(mode(&path("policy.json")), after, "{before:o}");
    }
}

#[test]
fn recordings_are_for_nobody_else_to_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.jsonl");
    // It stays while the command runs; without calls it would be taken away again.
    let script = "stat -c %a calls.jsonl >mode";
    let words = ["run", "-q", "--mode", "csm", "--record", "calls.jsonl", "--", "sh", "-c", script];
    let output = open_handed(folder.path(), &words);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(fs::read_to_string(folder.path().join("mode")).unwrap(), "600\n");
    // What is recorded to already says itself who may read it.
    fs::write(&path, format!("{CALL}\n")).unwrap();
    set_mode(&path, 0o644);
    let output = open_handed(folder.path(), &words);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(mode(&path), 0o644);
}

#[test]
fn a_recording_that_others_can_write_to_is_not_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.jsonl");
    fs::write(&path, format!("{CALL}\n")).unwrap();
    let words = ["run", "-q", "--mode", "csm", "--record", "calls.jsonl", "--", "true"];
    let refused = |said: &str| {
        let output = open_handed(folder.path(), &words);
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        assert!(stderr(&output).contains(said), "{}", stderr(&output));
        assert_eq!(stderr(&output).lines().count(), 1, "{}", stderr(&output));
    };
    set_mode(&path, 0o646);
    refused("other users can write to the recording calls.jsonl (mode 646)");
    set_mode(&path, 0o644);
    if chown(&path, Some(12_345), Some(12_345)).is_err() {
        left_out("a recording of another user", "only root can give a file to somebody else");
        return;
    }
    refused("the recording calls.jsonl belongs to another user (uid 12345)");
}

#[test]
fn the_authoritys_key_is_kept_as_ssh_keeps_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::create_dir(path("ca")).unwrap();
    set_mode(&path("ca"), 0o700);
    let listen = || {
        let words = ["listen", "--mode", "proxy", "--bind-addr", "127.0.0.1:0"];
        let files = ["--ca-bundle", "ca/ca.pem", "--ca-key", "ca/key.pem", "-o", "none/x"];
        // It ends at once, since the policy cannot be written; by then the authority is made, or refused.
        open_handed(folder.path(), &[&words[..], &files].concat())
    };
    let made = listen();
    assert!(stderr(&made).contains("the directory of none/x does not exist"), "{}", stderr(&made));
    assert_eq!((mode(&path("ca/key.pem")), mode(&path("ca/ca.pem"))), (0o600, 0o600));
    let key = fs::read(path("ca/key.pem")).unwrap();
    let refused = |said: &str| {
        let output = listen();
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        assert!(stderr(&output).contains(said), "{said}: {}", stderr(&output));
        assert_eq!(stderr(&output).lines().count(), 1, "{}", stderr(&output));
        assert_eq!(fs::read(path("ca/key.pem")).unwrap(), key, "it is as it was");
    };
    set_mode(&path("ca/key.pem"), 0o640);
    refused("other users can read the certificate authority's key (mode 640)");
    set_mode(&path("ca/key.pem"), 0o600);
    for shared in [0o777, 0o1777] {
        set_mode(&path("ca"), shared);
        refused("other users can replace this certificate authority");
    }
    set_mode(&path("ca"), 0o700);
    set_mode(folder.path(), 0o777);
    refused("other users can replace this certificate authority");
    set_mode(folder.path(), 0o700);
    if chown(path("ca/key.pem"), Some(12_345), Some(12_345)).is_err() {
        left_out("an authority of another user", "only root can give a file to somebody else");
        return;
    }
    refused("belongs to another user (uid 12345)");
    chown(path("ca/key.pem"), Some(0), Some(0)).unwrap();
    chown(path("ca"), Some(12_345), Some(12_345)).unwrap();
    refused("belongs to another user (uid 12345)");
}

#[test]
fn nor_is_one_made_where_others_can_replace_it() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("shared")).unwrap();
    set_mode(&folder.path().join("shared"), 0o1777);
    let words = ["listen", "--mode", "proxy", "--bind-addr", "127.0.0.1:0"];
    let files = ["--ca-bundle", "shared/ca.pem", "--ca-key", "shared/key.pem"];
    let output = open_handed(folder.path(), &[&words[..], &files].concat());
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("that only you can write to"), "{}", stderr(&output));
    assert_eq!(names(&folder.path().join("shared")), [""; 0]);
}
