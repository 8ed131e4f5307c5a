//! A link that somebody committed, or laid in `/tmp`, leads nothing of ours anywhere.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, lchown, symlink};
use std::path::{Path, PathBuf};
use std::process::Output;

use super::ended;
use crate::common::{leastwise, names, stderr};
use crate::hostile::left_out;

const KEY: &str = "AKIAIOSFODNN7EXAMPLE";

/// A recorded call for an object of this name.
fn call(object: &str) -> String {
    format!(
        r#"{{"v":1,"time":"2025-11-22T08:15:30.045Z","source":"csm","service":"s3","operation":"GetObject","region":"eu-west-1","partition":"aws","account":null,"principal":"{KEY}","status":200,"error":null,"request_id":null,"host":null,"user_agent":null,"parameters":{{}},"requires":[{{"action":"s3:GetObject","resources":["arn:aws:s3:::b/{object}"],"conditions":{{}},"reason":"operation"}}]}}
"#
    )
}

/// A repository, and a file of its user's elsewhere that has something in it.
struct Case {
    folder: tempfile::TempDir,
    victim: PathBuf,
}

const KEPT: &str = "ssh-ed25519 AAAA… of the user's\n";

impl Case {
    fn new() -> Case {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("home")).unwrap();
        fs::create_dir(folder.path().join("repository")).unwrap();
        let victim = folder.path().join("home/authorized_keys");
        fs::write(&victim, KEPT).unwrap();
        let calls: String = (0..120).map(|n| call(&format!("{n:0>90}"))).collect();
        let case = Case { folder, victim };
        fs::write(case.path("calls.jsonl"), calls).unwrap();
        case
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("repository").join(name)
    }

    /// Lays a link in the repository that leads to the victim.
    fn link(&self, name: &str) {
        symlink("../home/authorized_keys", self.path(name)).unwrap();
    }

    fn run(&self, words: &[&str]) -> Output {
        let mut command = leastwise(words);
        command.current_dir(self.path("")).env("HOME", self.folder.path().join("home"));
        ended(&mut command)
    }

    #[track_caller]
    fn nothing_went_through(&self) {
        assert_eq!(fs::read_to_string(&self.victim).unwrap(), KEPT);
        assert_eq!(names(&self.folder.path().join("home")), ["authorized_keys"]);
    }
}

#[track_caller]
fn is_a_policy(path: &Path) {
    assert!(!path.is_symlink() && fs::read_to_string(path).unwrap().starts_with('{'));
}

#[test]
fn a_principals_file_takes_the_place_of_a_link() {
    let case = Case::new();
    fs::create_dir(case.path("policies")).unwrap();
    let name = format!("policies/{KEY}.json");
    symlink("../../home/authorized_keys", case.path(&name)).unwrap();
    symlink("../../home/authorized_keys", case.path("policies/policy.json")).unwrap();
    let output = case.run(&["policy", "--per-principal", "policies", "calls.jsonl"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    is_a_policy(&case.path(&name));
    assert!(case.path("policies/policy.json").is_symlink(), "that name is not ours");
    case.nothing_went_through();
}

#[test]
fn the_users_own_folder_may_be_a_link() {
    let case = Case::new();
    fs::create_dir(case.path("real")).unwrap();
    symlink("real", case.path("policies")).unwrap();
    let output = case.run(&["policy", "--per-principal", "policies", "calls.jsonl"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    is_a_policy(&case.path(&format!("real/{KEY}.json")));
}

#[test]
fn what_is_no_file_is_neither_followed_nor_waited_for() {
    let case = Case::new();
    fs::create_dir(case.path("policies")).unwrap();
    let fifo = case.path(&format!("policies/{KEY}.json"));
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let output = case.run(&["policy", "--per-principal", "policies", "calls.jsonl"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stderr(&output).contains(".json is not a file; remove it"), "{}", stderr(&output));
    case.nothing_went_through();
}

#[test]
fn numbered_documents_take_the_place_of_links() {
    let case = Case::new();
    for name in ["policy-1.json", "policy-2.json"] {
        case.link(name);
    }
    let words =
        ["policy", "--fit", "managed", "--resources", "exact", "-o", "policy.json", "calls.jsonl"];
    let output = case.run(&words);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    for name in ["policy.json", "policy-1.json", "policy-2.json"] {
        is_a_policy(&case.path(name));
    }
    case.nothing_went_through();
}

#[test]
fn a_report_takes_the_place_of_a_link() {
    let case = Case::new();
    case.link("leastwise.sarif");
    let policy = r#"{"Version":"2012-10-17","Statement":[]}"#;
    fs::write(case.path("mine.json"), policy).unwrap();
    let words = ["check", "--policy", "mine.json", "--sarif", "leastwise.sarif", "calls.jsonl"];
    let output = case.run(&words);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    is_a_policy(&case.path("leastwise.sarif"));
    case.nothing_went_through();
}

#[test]
fn the_hidden_file_beside_a_policy_is_nobody_elses() {
    let case = Case::new();
    // The process id is part of its name; these are those of the next few thousand processes.
    let now = std::process::id();
    for id in now..now + 2_000 {
        symlink("../home/authorized_keys", case.path(&format!(".policy.json.leastwise-{id}")))
            .unwrap();
    }
    let output = case.run(&["policy", "-o", "policy.json", "calls.jsonl"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    is_a_policy(&case.path("policy.json"));
    case.nothing_went_through();
}

#[test]
fn a_link_that_the_user_names_makes_nothing_elsewhere() {
    for option in ["-o", "--record"] {
        let case = Case::new();
        // To nothing, and to something that is empty.
        symlink("../home/.bash_profile", case.path("made")).unwrap();
        fs::write(&case.victim, "").unwrap();
        case.link("emptied");
        for name in ["made", "emptied"] {
            let output = case.run(&["run", "-q", option, name, "--", "true"]);
            let said = stderr(&output);
            assert_eq!(output.status.code(), Some(2), "{option} {name}: {said}");
            assert!(said.contains("is a symbolic link that points outside its folder"), "{said}");
        }
        assert_eq!(names(&case.folder.path().join("home")), ["authorized_keys"]);
        // Nor to a policy or a recording of the user's own, which would be taken for one to replace or to go on with.
        let kept = match option {
            "-o" => r#"{"Version":"2012-10-17","Statement":[]}"#.to_owned(),
            _ => fs::read_to_string(case.path("calls.jsonl")).unwrap(),
        };
        fs::write(&case.victim, &kept).unwrap();
        let output = case.run(&["run", "-q", option, "emptied", "--", "true"]);
        assert_eq!(output.status.code(), Some(2), "{option}: {}", stderr(&output));
        assert_eq!(fs::read_to_string(&case.victim).unwrap(), kept);
        // Below the folder, a link is the user's own affair.
        symlink("below.json", case.path("link")).unwrap();
        let output = case.run(&["run", "-q", option, "link", "--", "true"]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(case.path("link").is_symlink());
    }
}

#[test]
fn a_link_where_everybody_may_lay_one_is_not_followed() {
    let case = Case::new();
    let shared = case.folder.path().join("shared");
    fs::create_dir(&shared).unwrap();
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o1777)).unwrap();
    let link = shared.join("policy.json");
    symlink(&case.victim, &link).unwrap();
    for option in ["-o", "--record"] {
        let words = ["run", "-q", option, link.to_str().unwrap(), "--", "true"];
        let output = case.run(&words);
        assert_eq!(output.status.code(), Some(2), "{option}: {}", stderr(&output));
        assert!(
            stderr(&output).contains("is in a folder that other users can write to"),
            "{}",
            stderr(&output)
        );
    }
    case.nothing_went_through();
    assert_eq!(names(&shared), ["policy.json"]);
}

#[test]
fn a_link_of_somebody_elses_is_not_followed() {
    let case = Case::new();
    case.link("policy.json");
    if lchown(case.path("policy.json"), Some(12_345), Some(12_345)).is_err() {
        left_out("a policy that is another user's link", "only root can give a link away");
        return;
    }
    for option in ["-o", "--record"] {
        let output = case.run(&["run", "-q", option, "policy.json", "--", "true"]);
        assert_eq!(output.status.code(), Some(2), "{option}: {}", stderr(&output));
        assert!(stderr(&output).contains("belongs to another user"), "{}", stderr(&output));
    }
    case.nothing_went_through();
}

#[test]
fn a_journal_that_others_could_have_written_is_not_obeyed() {
    let case = Case::new();
    let home = case.folder.path().join("home");
    let journals = home.join(".local/share/leastwise/set-ini");
    fs::create_dir_all(&journals).unwrap();
    let config = home.join("config");
    let text = "[default]\nregion = eu-west-1\n";
    fs::write(&config, text).unwrap();
    // What it says: what stands there is ours, and this was there before.
    let journal = format!(
        r#"{{"v":1,"file":"{}","edit":{{"header":null,"profile":"default","lines":[{{"ours":"region = eu-west-1","original":"credential_process = evil"}}]}},"made_file":false,"made_directories":[]}}"#,
        config.display()
    );
    fs::write(case.path("journal"), &journal).unwrap();
    symlink(case.path("journal"), journals.join("0123456789abcdef.json")).unwrap();
    let output = case.run(&["run", "-q", "--mode", "csm", "--", "true"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(fs::read_to_string(&config).unwrap(), text);
    // Nor one that everybody can write to.
    let writable = journals.join("aaaaaaaaaaaaaaaa.json");
    fs::write(&writable, &journal).unwrap();
    fs::set_permissions(&writable, fs::Permissions::from_mode(0o666)).unwrap();
    let output = case.run(&["run", "-q", "--mode", "csm", "--", "true"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(fs::read_to_string(&config).unwrap(), text);
    // Nor is a lock made where a link leads.
    let lock = home.join("lock-target");
    fs::write(journals.join("bbbbbbbbbbbbbbbb.json"), &journal).unwrap();
    symlink(&lock, journals.join("bbbbbbbbbbbbbbbb.lock")).unwrap();
    case.run(&["run", "-q", "--mode", "csm", "--", "true"]);
    assert!(!lock.exists());
    assert_eq!(fs::read_to_string(&config).unwrap(), text);
}
