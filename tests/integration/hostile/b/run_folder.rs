//! What the command of a run is to trust lies where nobody else can put anything, and goes with the run.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::common::{leastwise, names, signal, stderr, stdout, until};

fn private() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
    folder
}

fn runs_in(runtime: &Path) -> PathBuf {
    runtime.join("leastwise/runs")
}

fn command(runtime: &Path, words: &[&str]) -> Command {
    let mut command = leastwise(["run", "--mode", "proxy", "-q", "--"]);
    command.args(words).env("XDG_RUNTIME_DIR", runtime).env("HOME", "/nonexistent");
    command
}

/// A run that waits for the end of its standard input; and its folder.
fn waiting(runtime: &Path) -> (Child, PathBuf) {
    let before = folders(runtime);
    let mut command = command(runtime, &["cat"]);
    let child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let child = child.unwrap();
    let new = || folders(runtime).into_iter().find(|it| !before.contains(it));
    until("the folder of the run", || new().is_some_and(|it| it.join("node-preload.js").exists()));
    (child, new().unwrap())
}

fn folders(runtime: &Path) -> Vec<PathBuf> {
    let runs = runs_in(runtime);
    let entries = fs::read_dir(&runs).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter(|path| path.is_dir()).collect()
}

#[test]
fn what_a_killed_run_left_goes_at_the_next_start_and_the_living_keep_theirs() {
    let runtime = private();
    let (mut killed, left) = waiting(runtime.path());
    let (mut living, kept) = waiting(runtime.path());
    signal(killed.id(), "KILL");
    killed.wait().unwrap();
    assert!(left.join("ca.pem").exists(), "nobody has removed it yet");

    let next = command(runtime.path(), &["true"]).output().unwrap();
    assert_eq!(next.status.code(), Some(0), "{}", stderr(&next));
    assert!(!left.exists(), "it was a dead run's");
    for file in ["ca.pem", "ca-bundle.pem", "node-preload.js"] {
        assert!(kept.join(file).exists(), "{file} of a run that lives");
    }
    drop(living.stdin.take());
    assert!(living.wait().unwrap().success());
    assert_eq!(names(runtime.path()), [""; 0], "nothing is left behind");
}

#[test]
fn nobody_else_can_look_into_it() {
    let runtime = private();
    let script = "stat -c %a \"${AWS_CA_BUNDLE%/*}\" \"${AWS_CA_BUNDLE%/*/*}\"; echo \"$AWS_CA_BUNDLE\"; umask 000";
    let output = command(runtime.path(), &["sh", "-c", script]).output().unwrap();
    let lines: Vec<_> = stdout(&output).lines().collect();
    assert_eq!(&lines[..2], ["700", "700"], "{}", stderr(&output));
    assert!(Path::new(lines[2]).starts_with(runs_in(runtime.path())), "{}", lines[2]);
}

#[test]
fn without_a_runtime_directory_it_lies_in_the_users_data() {
    let home = private();
    let with = |runtime: Option<&Path>| {
        let mut command = leastwise(["run", "--mode", "proxy", "-q", "--", "sh", "-c"]);
        command.arg("echo $AWS_CA_BUNDLE").env("HOME", home.path());
        if let Some(runtime) = runtime {
            command.env("XDG_RUNTIME_DIR", runtime);
        }
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        PathBuf::from(stdout(&output).trim_end())
    };
    let data = home.path().join(".local/share/leastwise/runs");
    assert!(with(None).starts_with(&data));
    // One that others can write to is none, whatever it is called.
    let open = private();
    fs::set_permissions(open.path(), fs::Permissions::from_mode(0o777)).unwrap();
    assert!(with(Some(open.path())).starts_with(&data));
    assert!(with(Some(Path::new("relative"))).starts_with(&data));
    assert_eq!(names(open.path()), [""; 0]);
    assert_eq!(names(home.path()), [""; 0], "nothing is left behind");
}

#[test]
fn where_others_can_write_nothing_is_put() {
    let open = private();
    fs::set_permissions(open.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let start = |mode: &str| {
        let mut command = leastwise(["run", "--mode", mode, "--", "true"]);
        command.env("HOME", open.path()).env("XDG_RUNTIME_DIR", open.path());
        if fs::metadata("/proc/self").is_ok_and(|found| found.uid() == 0) {
            // Root has a home of its own.
            command.uid(12_345).gid(12_345);
        }
        command.output().unwrap()
    };
    let output = start("proxy");
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    let said = stderr(&output);
    assert!(said.starts_with("leastwise: there is no private folder for the certificates"));
    assert!(said.contains("other users can write to") || said.contains("belongs to another user"));
    assert!(said.contains("set XDG_RUNTIME_DIR"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    // Without certificates there is nothing to be put anywhere.
    let output = start("csm");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}
