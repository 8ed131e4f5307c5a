//! A `leastwise.toml` of the working directory comes from whoever wrote what is there.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::common::{leastwise, names, stderr, stdout};

const CALL: &str = r#"{"v":1,"time":"2025-11-22T08:15:30.045Z","source":"csm","service":"s3","operation":"GetObject","region":"eu-west-1","partition":"aws","account":null,"principal":"AKIAIOSFODNN7EXAMPLE","status":200,"error":null,"request_id":null,"host":null,"user_agent":null,"parameters":{},"requires":[{"action":"s3:GetObject","resources":["arn:aws:s3:::b/k"],"conditions":{},"reason":"operation"}]}"#;

/// Runs it in a folder, whose user has a home of their own elsewhere.
fn within(folder: &Path, home: &Path, words: &[&str]) -> Command {
    let mut command = leastwise(words);
    command.current_dir(folder).env("HOME", home);
    command
}

fn run(folder: &Path, words: &[&str]) -> Output {
    let home = tempfile::tempdir().unwrap();
    within(folder, home.path(), words).output().unwrap()
}

fn repository(settings: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("leastwise.toml"), settings).unwrap();
    fs::write(folder.path().join("calls.jsonl"), format!("{CALL}\n")).unwrap();
    folder
}

#[test]
fn what_a_repository_sets_is_said_and_can_be_ignored() {
    let folder = repository("format = 'markdown'\nsid = true\n");
    for words in [&["policy", "calls.jsonl"][..], &["policy", "-q", "calls.jsonl"]] {
        let output = run(folder.path(), words);
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(stdout(&output).starts_with('#'), "{}", stdout(&output));
        assert!(
            stderr(&output).starts_with(
                "leastwise: settings of leastwise.toml in the working directory are in force: format, sid; --no-config ignores them\n"
            ),
            "{}",
            stderr(&output)
        );
    }
    for words in [
        &["policy", "--no-config", "calls.jsonl"][..],
        &["--no-config", "policy", "calls.jsonl"],
        &["policy", "--no-format", "--no-config", "calls.jsonl"],
    ] {
        let output = run(folder.path(), words);
        assert!(stdout(&output).starts_with('{'), "{words:?}: {}", stderr(&output));
        assert!(!stderr(&output).contains("leastwise.toml"), "{}", stderr(&output));
    }
    let home = tempfile::tempdir().unwrap();
    let mut command = within(folder.path(), home.path(), &["policy", "calls.jsonl"]);
    let output = command.env("LEASTWISE_NO_CONFIG", "true").output().unwrap();
    assert!(stdout(&output).starts_with('{'), "{}", stderr(&output));
    // What it sets and the user sets, too, is not its doing.
    let output = run(folder.path(), &["policy", "--format", "json", "--sid", "calls.jsonl"]);
    assert!(!stderr(&output).contains("in force"), "{}", stderr(&output));
}

#[test]
fn a_repository_writes_opens_widens_and_softens_nothing() {
    let home = tempfile::tempdir().unwrap();
    for settings in [
        "output-file = 'policy.json'",
        "[policy]\noutput-file = 'policy.json'",
        "record = 'more.jsonl'",
        "per-principal = 'policies'",
        "fit = 'managed'",
        "[check]\nsarif = 'x.sarif'",
        "[listen]\nhost = '0.0.0.0'",
        "[listen]\nallow-remote = true",
        "mode = 'proxy'",
        "upstream = 'http://203.0.113.1'",
        "intercept = ['example.com']",
        "resources = 'wildcard'",
        "group-over = 1",
        "minimize = true",
        "possible = 'include'",
        "account-id = '999999999999'",
        "rules = ['s3.toml']",
        "fails-only = true",
        "[check]\nallow-undecided = true",
        "[check]\ncontext = ['aws:username=eve']",
        "[run]\ncheck = ['mine.json']",
        "quiet = true",
    ] {
        let folder = repository(&format!("{settings}\n"));
        let before = names(folder.path());
        for words in [&["policy", "calls.jsonl"][..], &["run", "--", "true"], &["config"]] {
            let output = within(folder.path(), home.path(), words).output().unwrap();
            let said = stderr(&output);
            assert_eq!(output.status.code(), Some(2), "{settings}: {said}");
            assert!(said.starts_with("leastwise: leastwise.toml: `"), "{settings}: {said}");
            for place in ["your own file", "--config", "LEASTWISE_", "the command line"] {
                assert!(said.contains(place), "{settings}: {said}");
            }
            assert_eq!(said.lines().count(), 1, "{said}");
            assert_eq!(names(folder.path()), before, "{settings}");
        }
        // Whoever reads it and trusts it says so.
        let named = ["config", "--config", "leastwise.toml"];
        let output = within(folder.path(), home.path(), &named).output().unwrap();
        assert!(output.status.success(), "{settings}: {}", stderr(&output));
    }
}

#[test]
fn a_file_that_the_user_names_may_set_everything() {
    let folder = repository("sid = nonsense");
    fs::write(folder.path().join("mine.toml"), "output-file = 'out.json'\nquiet = true\n").unwrap();
    let output = run(folder.path(), &["policy", "--config", "mine.toml", "calls.jsonl"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(folder.path().join("out.json").exists() && stderr(&output).is_empty());
    let home = tempfile::tempdir().unwrap();
    fs::remove_file(folder.path().join("out.json")).unwrap();
    let mut command = within(folder.path(), home.path(), &["policy", "calls.jsonl"]);
    command.env("LEASTWISE_CONFIG", "mine.toml").output().unwrap();
    assert!(folder.path().join("out.json").exists());
    let missing = run(folder.path(), &["policy", "--config=none.toml", "calls.jsonl"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(stderr(&missing).starts_with("leastwise: none.toml cannot be read: "));
    // What belongs to the command of `run` is not ours to read.
    let output = run(folder.path(), &["run", "--no-config", "--", "echo", "--config", "x"]);
    assert!(output.status.success() && stdout(&output).starts_with("--config x\n"));
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt as _, chown, symlink};

    use super::super::ended;
    use super::*;
    use crate::hostile::left_out;

    fn in_time(folder: &Path, words: &[&str]) -> Output {
        let home = tempfile::tempdir().unwrap();
        ended(&mut within(folder, home.path(), words))
    }

    #[test]
    fn a_file_of_somebody_elses_is_ignored_and_the_user_is_told() {
        let folder = repository("output-file = 'stolen.json'\n");
        let file = folder.path().join("leastwise.toml");
        if chown(&file, Some(12_345), Some(12_345)).is_err() {
            left_out("settings of another user", "only root can give a file to somebody else");
            return;
        }
        let output = run(folder.path(), &["policy", "calls.jsonl"]);
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(stdout(&output).starts_with('{'));
        assert!(
            stderr(&output).starts_with(
                "leastwise: leastwise.toml in the working directory is ignored: it belongs to another user (uid 12345); if you trust what it says, use it with --config leastwise.toml\n"
            ),
            "{}",
            stderr(&output)
        );
        let shown = run(folder.path(), &["config"]);
        assert!(stdout(&shown).contains("leastwise.toml (ignored: it belongs to another user"));
        // As it says.
        run(folder.path(), &["policy", "--config", "leastwise.toml", "calls.jsonl"]);
        assert!(folder.path().join("stolen.json").exists());
        let quiet = run(folder.path(), &["policy", "-q", "--no-config", "calls.jsonl"]);
        assert_eq!(stderr(&quiet), "");
    }

    #[test]
    fn a_link_of_somebody_elses_is_ignored_too() {
        let folder = repository("");
        let file = folder.path().join("leastwise.toml");
        fs::remove_file(&file).unwrap();
        symlink("/dev/zero", &file).unwrap();
        if std::os::unix::fs::lchown(&file, Some(12_345), Some(12_345)).is_err() {
            left_out("a link of another user", "only root can give a file to somebody else");
            return;
        }
        let output = in_time(folder.path(), &["policy", "calls.jsonl"]);
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(stderr(&output).contains("is ignored: it belongs to another user"));
    }

    #[test]
    fn nor_is_a_fifo_of_the_users_own_waited_for() {
        let folder = repository("");
        let (fifo, home) = (folder.path().join("fifo"), folder.path().join("home"));
        let own = home.join(".config/leastwise/leastwise.toml");
        fs::create_dir_all(own.parent().unwrap()).unwrap();
        for path in [&fifo, &own] {
            assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
        }
        let named = in_time(folder.path(), &["policy", "--config", "fifo", "calls.jsonl"]);
        let own = ended(&mut within(folder.path(), &home, &["policy", "calls.jsonl"]));
        for output in [named, own] {
            assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
            assert!(stderr(&output).contains(" is not a regular file"), "{}", stderr(&output));
        }
    }

    #[test]
    fn a_file_that_everybody_can_write_to_is_ignored() {
        let folder = repository("sid = true\n");
        let file = folder.path().join("leastwise.toml");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
        let output = run(folder.path(), &["policy", "calls.jsonl"]);
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(stderr(&output).contains("is ignored: every user can write to it"));
    }

    #[test]
    fn what_is_no_regular_file_is_refused_and_not_waited_for() {
        let refused = |what: &str, make: &dyn Fn(&Path)| {
            let folder = repository("");
            let file = folder.path().join("leastwise.toml");
            fs::remove_file(&file).unwrap();
            make(&file);
            for words in [&["policy", "calls.jsonl"][..], &["config"], &["run", "--", "true"]] {
                let output = in_time(folder.path(), words);
                let said = stderr(&output);
                assert_eq!(output.status.code(), Some(2), "{what}: {said}");
                assert!(said.starts_with("leastwise: leastwise.toml "), "{what}: {said}");
                assert!(said.contains("--no-config"), "{what}: {said}");
                assert_eq!(said.lines().count(), 1, "{what}: {said}");
            }
            let ignored = in_time(folder.path(), &["policy", "--no-config", "calls.jsonl"]);
            assert!(ignored.status.success(), "{what}: {}", stderr(&ignored));
        };
        refused("a FIFO", &|file| {
            assert!(Command::new("mkfifo").arg(file).status().unwrap().success());
        });
        refused("a link to an endless device", &|file| symlink("/dev/zero", file).unwrap());
        refused("a link to a file", &|file| {
            fs::write(file.with_file_name("other.toml"), "sid = true\n").unwrap();
            symlink("other.toml", file).unwrap();
        });
        refused("a link to nothing", &|file| symlink("none", file).unwrap());
        refused("a directory", &|file| fs::create_dir(file).unwrap());
        refused("a large file", &|file| {
            fs::write(file, "# much\n".repeat(150_000)).unwrap();
        });
    }
}
