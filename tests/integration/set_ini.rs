//! `--set-ini`: whatever ends `leastwise listen`, AWS's configuration file ends as it was.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use crate::chance::{Chance, rounds};
use crate::common::{leastwise, names, signal, stderr};

/// A home with a configuration file.
struct Home {
    folder: tempfile::TempDir,
    before: Option<Vec<u8>>,
    profile: &'static str,
}

impl Home {
    fn new(text: Option<&str>, profile: &'static str) -> Home {
        let home = Home {
            folder: tempfile::tempdir().unwrap(),
            before: text.map(|text| text.as_bytes().to_vec()),
            profile,
        };
        if let Some(text) = text {
            fs::create_dir(home.aws()).unwrap();
            fs::write(home.config(), text).unwrap();
            fs::set_permissions(home.config(), fs::Permissions::from_mode(0o640)).unwrap();
        }
        home
    }

    /// One whose file is elsewhere, and a link leads there.
    fn linked(text: &str) -> Home {
        let home = Home::new(Some(text), "default");
        let real = home.folder.path().join("dotfiles");
        fs::create_dir(&real).unwrap();
        fs::rename(home.config(), real.join("aws-config")).unwrap();
        symlink("../dotfiles/aws-config", home.config()).unwrap();
        home
    }

    fn aws(&self) -> PathBuf {
        self.folder.path().join(".aws")
    }

    fn config(&self) -> PathBuf {
        self.aws().join("config")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = leastwise(arguments);
        command.env("HOME", self.folder.path()).current_dir(self.folder.path());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn listen(&self) -> Child {
        let arguments = ["listen", "--csm-port", "0", "--set-ini", "--profile", self.profile];
        self.command(&arguments).spawn().unwrap()
    }

    /// Any start repairs.
    fn repair(&self) -> Output {
        self.command(&["run", "--mode", "csm", "--quiet", "-o", "/dev/null", "--", "true"])
            .output()
            .unwrap()
    }

    fn text(&self) -> Option<Vec<u8>> {
        fs::read(self.config()).ok()
    }

    fn assert_as_it_was(&self, what: &str) {
        let text = |it: Option<Vec<u8>>| it.map(|it| String::from_utf8(it).unwrap());
        assert_eq!(text(self.text()), text(self.before.clone()), "{what}");
        if self.before.is_none() {
            assert!(!self.aws().exists(), "{what}: a directory is left");
            return;
        }
        assert_eq!(names(&self.aws()), ["config"], "{what}");
        let mode = fs::metadata(self.config()).unwrap().mode() & 0o777;
        assert_eq!(mode, 0o640, "{what}");
        let real = self.folder.path().join("dotfiles");
        if real.exists() {
            assert!(self.config().is_symlink(), "{what}");
            assert_eq!(names(&real), ["aws-config"], "{what}");
        }
    }
}

fn homes() -> Vec<Home> {
    vec![
        Home::new(
            Some(
                "# mine\n[default]\n; a comment\nregion = eu-west-1 # here\n\n[profile dev]\nregion=us-east-1\n",
            ),
            "default",
        ),
        Home::new(
            Some("[default]\r\nregion = eu-west-1\r\n\r\n[profile dev]\r\noutput = json\r\n"),
            "dev",
        ),
        Home::new(
            Some(
                "[profile dev]\nregion = eu-west-1\n[default]\n  csm_enabled = false\n  region = x",
            ),
            "default",
        ),
        Home::new(Some("[default]\nregion = eu-west-1"), "new one"),
        Home::new(Some(""), "default"),
        Home::new(None, "default"),
        Home::linked("[default]\nregion = eu-west-1\n"),
    ]
}

/// Waits until it listens; its file is edited then.
fn listening(process: &mut Child) -> BufReader<ChildStderr> {
    let mut stderr = BufReader::new(process.stderr.take().unwrap());
    let mut said = String::new();
    while !said.contains("in profile") {
        assert_ne!(stderr.read_line(&mut said).unwrap(), 0, "{said}");
    }
    stderr
}

#[test]
fn after_kill_9_at_fifty_moments_it_is_as_it_was() {
    let homes = homes();
    let (rounds, mut chance) = (rounds(50), Chance::new());
    let (mut edited, mut whole) = (0, 0);
    for round in 0..rounds {
        let home = &homes[usize::try_from(round).unwrap() % homes.len()];
        let mut process = home.listen();
        // A third while it begins, a third at work or as it ends.
        match round % 3 {
            0 => thread::sleep(Duration::from_micros(chance.below(60_000))),
            1 => {
                let _stderr = listening(&mut process);
                thread::sleep(Duration::from_micros(chance.below(5_000)));
            }
            _ => {
                let _stderr = listening(&mut process);
                signal(process.id(), "TERM");
                thread::sleep(Duration::from_micros(chance.below(8_000)));
            }
        }
        signal(process.id(), "KILL");
        process.wait().unwrap();
        if home.text() == home.before {
            whole += 1;
        } else {
            // Never a part of it.
            let text = String::from_utf8(home.text().unwrap()).unwrap();
            assert!(text.contains("csm_enabled = true") && text.contains("csm_port = "), "{text}");
            edited += 1;
        }
        let repaired = home.repair();
        assert_eq!(repaired.status.code(), Some(0), "{}", stderr(&repaired));
        home.assert_as_it_was(&format!("round {round}: {}", stderr(&repaired)));
    }
    assert!(edited >= 10, "{edited} edited, {whole} as they were");
}

#[test]
fn it_is_set_while_listening_and_as_it_was_after_every_ending_signal() {
    for name in ["INT", "TERM", "QUIT"] {
        for home in homes() {
            let mut process = home.listen();
            let _stderr = listening(&mut process);
            let text = String::from_utf8(home.text().unwrap()).unwrap();
            assert!(text.contains("csm_enabled = true"), "{text}");
            signal(process.id(), name);
            assert_eq!(process.wait().unwrap().code(), Some(0));
            home.assert_as_it_was(name);
        }
    }
}

#[test]
fn a_killed_one_is_repaired_by_the_next_that_edits_and_edits_of_others_survive() {
    let mut home = Home::new(Some("[default]\nregion = x\n"), "default");
    let mut process = home.listen();
    drop(listening(&mut process));
    process.kill().unwrap();
    process.wait().unwrap();
    let text = String::from_utf8(home.text().unwrap()).unwrap();
    fs::write(home.config(), format!("# new\n{text}[profile later]\nregion = y")).unwrap();
    let mut process = home.listen();
    let _stderr = listening(&mut process);
    let text = String::from_utf8(home.text().unwrap()).unwrap();
    assert_eq!(text.matches("csm_port").count(), 1, "{text}");
    signal(process.id(), "INT");
    process.wait().unwrap();
    home.before = Some(b"# new\n[default]\nregion = x\n[profile later]\nregion = y".to_vec());
    home.assert_as_it_was("others' edits");
}

#[test]
fn a_second_one_is_refused_while_the_first_runs() {
    let home = Home::new(Some("[default]\n"), "default");
    let mut first = home.listen();
    let _stderr = listening(&mut first);
    let text = home.text();
    let second = home.listen().wait_with_output().unwrap();
    assert_eq!(second.status.code(), Some(2));
    assert!(stderr(&second).contains("another leastwise has edited"), "{}", stderr(&second));
    assert_eq!(home.text(), text);
    signal(first.id(), "INT");
    first.wait().unwrap();
    home.assert_as_it_was("two at once");
}

#[test]
fn a_read_only_file_is_refused_and_left_alone() {
    let home = Home::new(Some("[default]\nregion = x\n"), "default");
    fs::set_permissions(home.config(), fs::Permissions::from_mode(0o440)).unwrap();
    let inode = fs::metadata(home.config()).unwrap().ino();
    let output = home.listen().wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("is read-only and was left as it is"), "{}", stderr(&output));
    assert_eq!(fs::metadata(home.config()).unwrap().ino(), inode);
    assert_eq!(home.text(), home.before);
    assert_eq!(names(&home.aws()), ["config"]);
    let after = home.repair();
    assert!(!stderr(&after).contains("removed from"), "{}", stderr(&after));
}

#[test]
fn the_proxy_is_trusted_by_its_bundle() {
    let home = Home::new(Some("[default]\nca_bundle = /corp.pem\n"), "default");
    let mut process = home
        .command(&["listen", "--mode", "proxy", "--bind-addr", "127.0.0.1:0", "--set-ini"])
        .spawn()
        .unwrap();
    let _stderr = listening(&mut process);
    let text = String::from_utf8(home.text().unwrap()).unwrap();
    let bundle = text.strip_prefix("[default]\nca_bundle = ").unwrap().trim_end();
    assert!(fs::read_to_string(bundle).unwrap().contains("BEGIN CERTIFICATE"));
    signal(process.id(), "TERM");
    process.wait().unwrap();
    home.assert_as_it_was("proxy");
}

#[test]
fn under_its_old_name_it_takes_one_dash_and_runs_in_the_background() {
    let home = Home::new(Some("[default]\n"), "default");
    let program = home.folder.path().join("iamlive");
    symlink(env!("CARGO_BIN_EXE_leastwise"), &program).unwrap();
    let iamlive = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.args(arguments).env_clear().env("HOME", home.folder.path());
        command.current_dir(home.folder.path()).stdin(Stdio::null()).output().unwrap()
    };
    let policy = home.folder.path().join("policy.json");
    let output = iamlive(&[
        "-set-ini",
        "-csm-port=0",
        "-output-file",
        policy.to_str().unwrap(),
        "-background",
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let id: u32 = String::from_utf8(output.stdout.clone()).unwrap().trim().parse().unwrap();
    assert!(stderr(&output).contains("export AWS_CSM_ENABLED=true"), "{}", stderr(&output));
    assert!(String::from_utf8(home.text().unwrap()).unwrap().contains("csm_enabled = true"));
    // A session of its own: it leads it.
    if Path::new("/proc/self/stat").exists() {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
        let session = stat.rsplit_once(") ").unwrap().1.split(' ').nth(3).unwrap().to_owned();
        assert_eq!(session, id.to_string());
    }
    signal(id, "TERM");
    crate::common::until("its end", || home.text() == home.before && policy.exists());
    for (arguments, said) in [
        (&["-provider", "azure"][..], "Leastwise records only calls to AWS"),
        (&["-cpu-profile", "x"], "Leastwise has no profiler"),
        (&["-override-aws-map", "/no/such/file"], "--override-aws-map /no/such/file: "),
        (&["-background", "-host", "192.0.2.1"], "allow it with --allow-remote"),
        (
            &["-background", "-host", "192.0.2.1", "-allow-remote"],
            "this machine has no such address",
        ),
    ] {
        let output = iamlive(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(said), "{arguments:?}: {}", stderr(&output));
        assert_eq!(stderr(&output).lines().count(), 1, "{}", stderr(&output));
    }
    let map = home.folder.path().join("map.json");
    fs::write(&map, "{\"sdk_method_iam_mappings\": {}}").unwrap();
    let output = iamlive(&["-override-aws-map", map.to_str().unwrap()]);
    assert!(stderr(&output).contains("this is iamlive's map"), "{}", stderr(&output));
}

#[test]
fn settings_come_from_the_environment_then_the_directory_then_the_user() {
    let home = Home::new(None, "default");
    let own = home.folder.path().join(".config/leastwise");
    fs::create_dir_all(&own).unwrap();
    fs::write(
        own.join("leastwise.toml"),
        "format = 'cdk'\npossible = 'omit'\n[listen]\ncsm-port = 1\n",
    )
    .unwrap();
    fs::write(home.folder.path().join("leastwise.toml"), "format = 'hcl'\n[listen]\nsid = true\n")
        .unwrap();
    let mut command = home.command(&["config"]);
    let output =
        command.env("LEASTWISE_CSM_PORT", "2").env("LEASTWISE_NONSENSE", "1").output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    let (_, listen) = shown.split_once("[listen]\n").unwrap();
    let (listen, _) = listen.split_once("\n\n").unwrap();
    for line in [
        "format = \"hcl\"  # leastwise.toml",
        "sid = true  # leastwise.toml",
        "csm-port = \"2\"  # LEASTWISE_CSM_PORT",
    ] {
        assert!(listen.lines().any(|it| it == line), "{line}: {listen}");
    }
    assert!(
        listen.contains("possible = \"omit\"  # ")
            && listen.contains(".config/leastwise/leastwise.toml"),
        "{listen}"
    );
    assert!(shown.contains("# LEASTWISE_NONSENSE is set, but no option has this name;"), "{shown}");

    fs::write(home.folder.path().join("leastwise.toml"), "format = 'maybe'\n").unwrap();
    let wrong = home.command(&["run", "--", "true"]).output().unwrap();
    assert_eq!(wrong.status.code(), Some(2));
    assert!(
        stderr(&wrong).starts_with("leastwise: leastwise.toml: invalid value 'maybe'"),
        "{}",
        stderr(&wrong)
    );
    let right =
        home.command(&["run", "--format", "json", "--quiet", "--", "true"]).output().unwrap();
    assert_eq!(right.status.code(), Some(0), "{}", stderr(&right));
    fs::write(home.folder.path().join("leastwise.toml"), "formaat = 'hcl'\n").unwrap();
    let unknown = home.command(&["run", "--", "true"]).output().unwrap();
    assert!(stderr(&unknown).contains("did you mean `format`?"), "{}", stderr(&unknown));
    // Help is there whatever the file says.
    assert_eq!(home.command(&["run", "--help"]).output().unwrap().status.code(), Some(0));
}

#[test]
fn debug_shows_requests_without_their_secrets() {
    let home = Home::new(None, "default");
    let mut process = home
        .command(&[
            "listen",
            "--mode",
            "proxy",
            "--bind-addr",
            "127.0.0.1:0",
            "--debug",
            "--upstream",
            "http://127.0.0.1:1",
        ])
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(process.stderr.take().unwrap());
    let mut said = String::new();
    stderr.read_line(&mut said).unwrap();
    while !said.starts_with("leastwise: listening on ") {
        said.clear();
        assert_ne!(stderr.read_line(&mut said).unwrap(), 0);
    }
    let address =
        said.strip_prefix("leastwise: listening on ").unwrap().split(". ").next().unwrap();
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    std::io::Write::write_all(
        &mut stream,
        b"GET http://sqs.eu-west-1.amazonaws.com/?Action=ListQueues&X-Amz-Security-Token=HUSH HTTP/1.1\r\nHost: sqs.eu-west-1.amazonaws.com\r\n\
          Authorization: AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260101/eu-west-1/sqs/aws4_request, SignedHeaders=host, Signature=HUSH\r\n\
          Connection: close\r\n\r\n",
    )
    .unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    signal(process.id(), "TERM");
    let mut said = String::new();
    stderr.read_to_string(&mut said).unwrap();
    process.wait().unwrap();
    assert!(
        said.contains("GET http://sqs.eu-west-1.amazonaws.com:80/?Action&X-Amz-Security-Token\n"),
        "{said}"
    );
    assert!(said.contains("Authorization: (not shown)") && !said.contains("HUSH"), "{said}");
}
