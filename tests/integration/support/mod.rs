//! What tests with real AWS SDKs share: the programs that `scripts/test` installed, a stand-in for
//! AWS, and a place to say that a test was skipped.

pub(crate) mod tls;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs::OpenOptions;
#[cfg(unix)]
use std::io::Read as _;
use std::io::{BufRead, BufReader, Write};
#[cfg(unix)]
use std::net::Shutdown;
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
#[cfg(unix)]
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use serde_json::Value;

/// The account that [`access_key_id`] is made for, and that moto uses by default.
pub(crate) const ACCOUNT: &str = "123456789012";

/// A file of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A program that another member of the workspace has: it is beside leastwise itself, if it is built.
pub(crate) fn of_workspace(program: &str) -> PathBuf {
    let name = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    Path::new(env!("CARGO_BIN_EXE_leastwise")).with_file_name(name)
}

/// Says that a test did not run, and why, where `scripts/test` repeats it at its end and counts it.
pub(crate) fn skipped(test: &str, reason: &str) {
    left_out(&format!("test {test}"), reason);
}

/// As [`skipped`], of a part of a test; the rest of it ran.
pub(crate) fn left_out(what: &str, reason: &str) {
    eprintln!("skipped: {what}: {reason}");
    if let Some(list) = std::env::var_os("LEASTWISE_SKIPPED") {
        let mut list = OpenOptions::new().create(true).append(true).open(list).unwrap();
        // One write, so that the lines of tests that run side by side do not mix.
        list.write_all(format!("{what}: {reason}\n").as_bytes()).unwrap();
    }
}

/// Runs a test in a process of its own, where files, limits and memory are those of this test alone. Returns true in that process.
pub(crate) fn alone(test: &str) -> bool {
    if std::env::var_os("ALONE").is_some() {
        return true;
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    let output = command.args([test, "--exact", "--nocapture"]).env("ALONE", "1").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
    for line in text.lines().filter(|line| line.contains("measured: ")) {
        eprintln!("{line}");
    }
    false
}

/// A program of the test environment that `scripts/test` makes, if it is there.
pub(crate) fn installed(name: &str) -> Option<PathBuf> {
    Some(repository(".venv/bin").join(name)).filter(|program| program.exists())
}

/// A program on the `PATH`.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
}

/// The `PATH` for children: the test environment's programs first.
pub(crate) fn child_path() -> OsString {
    let outer = std::env::var_os("PATH").unwrap_or_default();
    let folders = [repository(".venv/bin")].into_iter().chain(std::env::split_paths(&outer));
    std::env::join_paths(folders).unwrap()
}

/// An access key id that says this account, as AWS's own do: the number, one bit beneath a leading
/// one, in base32. Made here rather than written down, so that no scanner for leaked keys finds one.
pub(crate) fn access_key_id(account: &str) -> String {
    const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let account: u128 = account.parse().unwrap();
    let ten_bytes = ((1 << 47 | account << 7) << 32) | 0x156c_7a91;
    let digits = (0..16).rev().map(|n| BASE32[(ten_bytes >> (5 * n)) as usize & 31] as char);
    format!("AKIA{}", digits.collect::<String>())
}

/// `tests/clients/stand_in.py`, or another program like it, running. It ends when this is dropped, and also, because its standard
/// input or its connection closes then, when the test is killed.
pub(crate) struct StandIn {
    lives: Lives,
    /// Its URL, to be used as an endpoint or as an HTTP proxy.
    pub(crate) url: String,
}

/// What a stand-in lives as long as.
enum Lives {
    Process(Child),
    #[cfg(unix)]
    Connection(BufReader<UnixStream>),
}

impl StandIn {
    /// Starts it, and waits until it answers.
    pub(crate) fn start() -> StandIn {
        StandIn::start_with(&[])
    }

    /// Starts it with settings of moto's: variables of its environment.
    #[cfg(unix)]
    pub(crate) fn start_with(settings: &[(&str, &str)]) -> StandIn {
        let variables: BTreeMap<&str, &str> = settings.iter().copied().collect();
        let mut connection = UnixStream::connect(stand_ins()).unwrap();
        writeln!(connection, "{}", serde_json::to_string(&variables).unwrap()).unwrap();
        let mut connection = BufReader::new(connection);
        let url = url_of(&mut connection);
        StandIn { lives: Lives::Connection(connection), url }
    }

    /// Starts it with settings of moto's: variables of its environment.
    #[cfg(not(unix))]
    pub(crate) fn start_with(settings: &[(&str, &str)]) -> StandIn {
        StandIn::of(stand_in_program(), settings)
    }

    /// Starts another program that ends with its standard input, and waits until it says where it listens.
    pub(crate) fn of(mut program: Command, settings: &[(&str, &str)]) -> StandIn {
        let mut process = program
            .env_clear()
            .env("PATH", child_path())
            .envs(settings.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let url = url_of(&mut BufReader::new(process.stdout.take().unwrap()));
        StandIn { lives: Lives::Process(process), url }
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        match &mut self.lives {
            Lives::Process(process) => {
                drop(process.stdin.take());
                let _ = process.wait();
            }
            #[cfg(unix)]
            Lives::Connection(connection) => {
                let _ = connection.get_ref().shutdown(Shutdown::Write);
                // It closes the connection when it has ended.
                let _ = connection.read_to_end(&mut Vec::new());
            }
        }
    }
}

fn url_of(said: &mut impl BufRead) -> String {
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    let port = line.trim().strip_prefix("listening on ").expect("the stand-in's port");
    format!("http://127.0.0.1:{port}")
}

fn stand_in_program() -> Command {
    let python = installed("python").expect("the test environment, made by scripts/test");
    let mut program = Command::new(python);
    program.arg(repository("tests/clients/stand_in.py"));
    program
}

/// The socket of the process that makes stand-ins: one for all tests, since moto takes long to load. It ends with us, whose end of its
/// standard input is closed then.
#[cfg(unix)]
fn stand_ins() -> &'static Path {
    static MADE: LazyLock<(PathBuf, Child)> = LazyLock::new(|| {
        // The process takes the folder with it when it ends. There are few bytes for a socket's name.
        let folder = tempfile::Builder::new().prefix("leastwise-").tempdir_in("/tmp").unwrap();
        let socket = folder.keep().join("moto");
        let mut process = stand_in_program()
            .arg(&socket)
            .env_clear()
            .env("PATH", child_path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line.trim(), "ready", "the stand-ins do not start");
        (socket, process)
    });
    &MADE.0
}

/// Runs a command to its end, at most for `limit`; says what it printed. Panics, after killing it, when
/// it takes longer, and when it fails.
pub(crate) fn run(command: &mut Command, limit: Duration) -> String {
    let (mut log, started) = (tempfile::tempfile().unwrap(), Instant::now());
    let output = || Stdio::from(log.try_clone().unwrap());
    let mut process =
        command.stdin(Stdio::null()).stdout(output()).stderr(output()).spawn().unwrap();
    let status = loop {
        match process.try_wait().unwrap() {
            Some(status) => break Some(status),
            None if started.elapsed() > limit => {
                process.kill().unwrap();
                process.wait().unwrap();
                break None;
            }
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    let mut printed = Vec::new();
    std::io::Seek::rewind(&mut log).unwrap();
    std::io::Read::read_to_end(&mut log, &mut printed).unwrap();
    let printed = String::from_utf8_lossy(&printed).into_owned();
    match status {
        Some(status) if status.success() => printed,
        Some(status) => panic!("{command:?}\nended with {status} and said:\n{printed}"),
        None => panic!("{command:?}\ntook longer than {limit:?} and said:\n{printed}"),
    }
}

/// The recording's essentials: how often each call was made and how it ended, one kind of call per
/// line: `count service operation status error`.
pub(crate) fn calls(recording: &str, source: &str) -> String {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for line in recording.lines() {
        let call: Value = serde_json::from_str(line).unwrap();
        assert_eq!(call["v"], 1, "{line}");
        assert_eq!(call["source"], source, "{line}");
        assert!(call["account"] == ACCOUNT || call["principal"].is_null(), "{line}");
        let text = |key: &str| call[key].as_str().map(str::to_owned);
        let mut kind = format!("{} {}", text("service").unwrap(), text("operation").unwrap());
        kind += &call["status"].as_u64().map_or(" -".to_owned(), |status| format!(" {status}"));
        kind += &text("error").map_or(String::new(), |error| format!(" {error}"));
        *counts.entry(kind).or_default() += 1;
    }
    counts.iter().map(|(kind, count)| format!("{count} {kind}\n")).collect()
}

pub(crate) fn expected(name: &str) -> PathBuf {
    repository("tests/clients/expected").join(name)
}

pub(crate) fn updating() -> bool {
    std::env::var_os("UPDATE_SNAPSHOTS").is_some()
}

pub(crate) fn compare(name: &str, actual: &str, printed: &str) {
    let path = expected(name);
    if updating() {
        std::fs::write(&path, actual).unwrap();
        return;
    }
    let wanted = std::fs::read_to_string(&path).unwrap_or_default();
    if wanted == actual {
        return;
    }
    let differences = lines_that_differ(&wanted, actual);
    panic!(
        "tests/clients/expected/{name} differs (UPDATE_SNAPSHOTS=1 writes it anew):\n{differences}\n\
         leastwise and the workload said:\n{printed}"
    );
}

/// The lines that only one of two texts has; enough to see what changed in sorted text.
fn lines_that_differ(wanted: &str, actual: &str) -> String {
    let only = |mark: char, one: &str, other: &str| -> String {
        let other: BTreeSet<_> = other.lines().collect();
        one.lines().filter(|l| !other.contains(l)).map(|l| format!("{mark} {l}\n")).collect()
    };
    only('-', wanted, actual) + &only('+', actual, wanted)
}
