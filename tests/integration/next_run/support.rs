//! Running a program twice against a moto server, each time from an empty state: it records the first run, and the policy of that run
//! judges the second.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use crate::support::{
    ACCOUNT, StandIn, access_key_id, child_path, installed, repository, run, skipped,
};
use serde_json::Value;
use tempfile::TempDir;

/// How long one run may take on a machine with much else to do.
const LIMIT: Duration = Duration::from_secs(240);

/// Exit code of a check that found something missing or not decided.
const LACKING: i32 = 3;

/// A program, the moto server that it talks to, and a folder for what is written.
pub(crate) struct Workload {
    moto: StandIn,
    folder: TempDir,
    command: Vec<PathBuf>,
    /// A program that makes what exists before each run, unrecorded.
    before: Option<Vec<PathBuf>>,
    /// What the program needs to know beside where AWS is.
    variables: Vec<(&'static str, PathBuf)>,
}

impl Workload {
    /// One of `tests/clients/next_run`; none, and said why, where Python is not installed.
    pub(crate) fn script(test: &str, name: &str) -> Option<Workload> {
        Workload::of(test, python(test, name)?)
    }

    /// The same where no id of letters and digits has a digit.
    pub(crate) fn script_with_ids_of_letters(test: &str, name: &str) -> Option<Workload> {
        Workload::with_settings(test, python(test, name)?, &[("IDS_OF_LETTERS", "1")])
    }

    pub(crate) fn of(test: &str, command: Vec<PathBuf>) -> Option<Workload> {
        Workload::with_settings(test, command, &[])
    }

    fn with_settings(
        test: &str,
        command: Vec<PathBuf>,
        settings: &[(&str, &str)],
    ) -> Option<Workload> {
        python(test, "")?;
        // Reading its hundreds of machine images would take moto longer than a workload takes.
        let settings = [&[("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")], settings].concat();
        let moto = StandIn::start_with(&settings);
        let folder = tempfile::tempdir().unwrap();
        let workload = Workload { moto, folder, command, before: None, variables: Vec::new() };
        // Functions and jobs run in containers otherwise.
        workload.post(
            "/moto-api/config",
            r#"{"lambda": {"use_docker": false}, "batch": {"use_docker": false}}"#,
        );
        Some(workload)
    }

    pub(crate) fn after(mut self, before: Vec<PathBuf>) -> Workload {
        self.before = Some(before);
        self
    }

    pub(crate) fn with(mut self, variable: &'static str, value: PathBuf) -> Workload {
        self.variables.push((variable, value));
        self
    }

    /// What was there before is gone, as in an account that nobody used yet.
    pub(crate) fn empty(&self) {
        self.post("/moto-api/reset", "");
    }

    fn post(&self, path: &str, body: &str) {
        let address = self.moto.url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        let length = body.len();
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 20"), "{path}: {answer}");
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.file(name)).unwrap()
    }

    /// Makes what exists before, past leastwise, and returns what that printed.
    pub(crate) fn prepare(&self) -> String {
        let Some(before) = &self.before else { return String::new() };
        let mut command = Command::new(&before[0]);
        let command = self.surroundings(command.args(&before[1..]));
        run(command.env("AWS_ENDPOINT_URL", &self.moto.url), LIMIT)
    }

    /// Runs the program under `leastwise run` with these further arguments; `which` is the run that it is told it is.
    pub(crate) fn run(&self, which: &str, arguments: &[&str]) -> String {
        let mut leastwise = Command::new(env!("CARGO_BIN_EXE_leastwise"));
        leastwise.args(["run", "--upstream", &self.moto.url]).args(arguments).arg("--");
        leastwise.args(&self.command);
        run(self.surroundings(&mut leastwise).env("NEXT_RUN", which), LIMIT)
    }

    /// Runs the program from an empty state and records it.
    pub(crate) fn record(&self, which: &str, arguments: &[&str]) -> String {
        self.empty();
        self.prepare();
        let recording = format!("{which}.jsonl");
        self.run(which, &[&["--record", &recording], arguments].concat())
    }

    /// The binary with other arguments, whatever it ends with.
    pub(crate) fn leastwise(&self, arguments: &[&str]) -> Output {
        let mut leastwise = Command::new(env!("CARGO_BIN_EXE_leastwise"));
        leastwise.args(arguments).stdin(Stdio::null());
        self.surroundings(&mut leastwise).output().unwrap()
    }

    /// Writes the policy of a recording to `POLICY`, and returns the summary.
    pub(crate) fn policy(&self, how: &[&str], recording: &str, policy: &str) -> String {
        let arguments = [&["policy", "-o", policy], how, &[recording]].concat();
        let output = self.leastwise(&arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{arguments:?}: {said}");
        said
    }

    /// What a policy lacks for a recording: action and resource of each need that is missing or not decided.
    pub(crate) fn lacks(&self, policy: &str, recording: &str) -> Vec<Need> {
        let output = self.leastwise(&["check", "--json", "--policy", policy, recording]);
        let said = String::from_utf8_lossy(&output.stderr);
        let result: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {said}"));
        let lists = [("missing", false), ("undecided", true)];
        let lacks: Vec<_> = lists
            .into_iter()
            .flat_map(|(list, undecided)| {
                let needs = result[list].as_array().unwrap().iter();
                needs.map(move |need| Need::of(need, undecided))
            })
            .collect();
        let code = if lacks.is_empty() { 0 } else { LACKING };
        assert_eq!(output.status.code(), Some(code), "{said}");
        lacks
    }

    /// The environment of a program that knows where AWS is, and no more.
    fn surroundings<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env_clear()
            .current_dir(self.folder.path())
            .env("PATH", child_path())
            .env("HOME", self.folder.path())
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_DEFAULT_REGION", "eu-west-1")
            .env("AWS_ACCESS_KEY_ID", access_key_id(ACCOUNT))
            .env("AWS_SECRET_ACCESS_KEY", "anything")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
    }
}

/// A script of `tests/clients/next_run`, to be run by the Python of the test environment.
pub(crate) fn python(test: &str, name: &str) -> Option<Vec<PathBuf>> {
    let Some(python) = installed("python") else {
        skipped(test, "no .venv (scripts/test makes it)");
        return None;
    };
    let script = repository("tests/clients/next_run").join(format!("{name}.py"));
    Some(vec![python, script])
}

/// What a check says that a policy lacks.
#[derive(Debug)]
pub(crate) struct Need {
    pub(crate) action: String,
    pub(crate) resource: String,
    /// Rather than missing.
    pub(crate) undecided: bool,
}

impl Need {
    fn of(need: &Value, undecided: bool) -> Need {
        let text = |member: &str| need[member].as_str().unwrap().to_owned();
        Need { action: text("action"), resource: text("resource"), undecided }
    }
}

/// A statement of a policy, as JSON has it.
pub(crate) struct Statement {
    pub(crate) actions: Vec<String>,
    pub(crate) resources: Vec<String>,
    pub(crate) condition: Value,
}

pub(crate) fn statements(policy: &Path) -> Vec<Statement> {
    let text = std::fs::read_to_string(policy).unwrap();
    let policy: Value = serde_json::from_str(&text).unwrap();
    let texts = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()).collect()
    };
    let statements = policy["Statement"].as_array().unwrap().iter();
    statements
        .map(|it| {
            assert_eq!(it["Effect"], "Allow");
            Statement {
                actions: texts(&it["Action"]),
                resources: texts(&it["Resource"]),
                condition: it["Condition"].clone(),
            }
        })
        .collect()
}
