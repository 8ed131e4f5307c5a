//! `leastwise env`: other shells are told how to be heard by the `listen` that runs.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

use crate::common::{actions, leastwise, send, signal, stderr, stdout};

/// A user's session: what runs in it is found by what else runs in it.
struct Session(TempDir);

impl Session {
    fn new() -> Session {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
        Session(folder)
    }

    fn command(&self, mut command: Command) -> Command {
        command.env("XDG_RUNTIME_DIR", self.0.path()).env("XDG_DATA_HOME", self.0.path());
        command
    }

    /// Starts to listen, and waits until that is said.
    fn listen(&self) -> (Child, String) {
        let arguments =
            ["listen", "--mode", "both", "--csm-port", "0", "--bind-addr", "127.0.0.1:0"];
        let mut command = self.command(leastwise(arguments));
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let said = BufReader::new(process.stderr.as_mut().unwrap());
        let mut line = said.lines().map(Result::unwrap);
        let line = line.find(|line| line.starts_with("leastwise: listening on ")).unwrap();
        (process, line)
    }

    fn env(&self, arguments: &[&str]) -> Output {
        self.command(leastwise([&["env"], arguments].concat())).output().unwrap()
    }
}

/// Ends it; its policy.
fn end(mut process: Child) -> String {
    signal(process.id(), "INT");
    let mut policy = String::new();
    process.stdout.take().unwrap().read_to_string(&mut policy).unwrap();
    process.wait().unwrap();
    policy
}

#[test]
fn a_shell_that_asks_is_heard() {
    let session = Session::new();
    let (listen, said) = session.listen();
    let script = format!(
        "eval \"$('{}' env)\" && {} echo \"$HTTPS_PROXY\"",
        env!("CARGO_BIN_EXE_leastwise"),
        send("SQS", "SendMessage")
    );
    let mut shell = Command::new("bash");
    let path = std::env::var_os("PATH").unwrap_or_default();
    shell.args(["-c", &script]).env_clear().env("PATH", path);
    let output = session.command(shell).output().unwrap();
    let proxy = stdout(&output).trim().strip_prefix("http://").unwrap_or_default();
    assert!(!proxy.is_empty() && said.contains(proxy), "{said} {}", stderr(&output));
    assert_eq!(actions(&end(listen)), ["sqs:SendMessage"]);
    // It is gone, and so is what was said of it.
    let output = session.env(&[]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""));
    assert!(stderr(&output).contains("no `leastwise listen` of yours is running"));
}

#[test]
fn each_reader_gets_its_own_lines() {
    let session = Session::new();
    let (listen, _) = session.listen();
    let lines = |arguments: &[&str]| {
        let output = session.env(arguments);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        stdout(&output).lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let has = |lines: &[String], beginning: &str| lines.iter().any(|it| it.starts_with(beginning));
    assert!(has(&lines(&[]), "export AWS_CSM_PORT="));
    assert!(has(&lines(&["--fish"]), "set -gx AWS_CA_BUNDLE '/"));
    assert!(has(&lines(&["--powershell"]), "$Env:HTTPS_PROXY = 'http://127.0.0.1:"));
    assert!(has(&lines(&["--github"]), "AWS_CSM_ENABLED=true"));
    let docker = lines(&["--docker"]);
    let folder = session.0.path().join("leastwise");
    let folder = folder.display();
    let volume = format!("# docker run --network host --volume {folder}:{folder}:ro ");
    assert!(docker[0].starts_with(&volume), "{docker:?}");
    assert!(has(&docker, "HTTPS_PROXY=http://127.0.0.1:"));
    end(listen);
}

#[test]
fn where_several_listen_one_is_named() {
    let session = Session::new();
    let (first, said_first) = session.listen();
    let (second, said_second) = session.listen();
    let output = session.env(&[]);
    assert_eq!(output.status.code(), Some(2));
    for process in [first.id(), second.id()] {
        assert!(stderr(&output).contains(&format!("{process} (127.0.0.1:")), "{}", stderr(&output));
    }
    for (process, said) in [(&first, &said_first), (&second, &said_second)] {
        let output = session.env(&["--process", &process.id().to_string()]);
        let proxy =
            stdout(&output).lines().find_map(|it| it.strip_prefix("export HTTPS_PROXY=http://"));
        assert!(said.contains(proxy.unwrap()), "{said} {}", stdout(&output));
    }
    let output = session.env(&["--process", "1"]);
    assert!(stderr(&output).contains("process 1 is no `leastwise listen` of yours"));
    end(second);
    assert!(session.env(&[]).status.success(), "one is left");
    // One that is killed says nothing any more.
    signal(first.id(), "KILL");
    let mut first = first;
    first.wait().unwrap();
    assert_eq!(session.env(&[]).status.code(), Some(2));
}

#[test]
fn what_others_could_have_laid_there_leads_nobody_anywhere() {
    let session = Session::new();
    let (listen, _) = session.listen();
    let runs = session.0.path().join("leastwise/runs");
    fs::set_permissions(&runs, fs::Permissions::from_mode(0o777)).unwrap();
    let output = session.env(&[]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""));
    end(listen);
}
