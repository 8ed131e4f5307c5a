//! What the tests of the real binary share: starting it with a scrubbed environment, and speaking
//! to it as an SDK does.
#![allow(dead_code, unreachable_pub, reason = "not every system's tests use all of it")]

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// The binary, with nothing of our environment but the way to programs.
pub fn leastwise<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_leastwise"));
    command.args(arguments).env_clear().stdin(Stdio::null());
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}

/// Runs it to its end.
pub fn output<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Output {
    leastwise(arguments).output().unwrap()
}

pub fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

pub fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

/// A call's event, as boto3 sends it after the call.
pub fn event(service: &str, operation: &str) -> Value {
    json!({
        "Version": 1,
        "ClientId": "",
        "Type": "ApiCall",
        "Service": service,
        "Api": operation,
        "Timestamp": 1_763_799_330_045_u64,
        "AttemptCount": 1,
        "Region": "eu-west-1",
        "UserAgent": "Boto3/1.40.1",
        "FinalHttpStatusCode": 200,
        "Latency": 17,
        "MaxRetriesExceeded": 0,
    })
}

/// The event of the one request of such a call, as boto3 sends it when the response has come.
pub fn attempt(service: &str, operation: &str) -> Value {
    json!({
        "Version": 1,
        "ClientId": "",
        "Type": "ApiCallAttempt",
        "Service": service,
        "Api": operation,
        "Timestamp": 1_763_799_330_045_u64,
        "AttemptLatency": 16,
        "Fqdn": "service.eu-west-1.amazonaws.com",
        "UserAgent": "Boto3/1.40.1",
        "Region": "eu-west-1",
        "HttpStatusCode": 200,
    })
}

/// Lines of bash that send both events to whoever the environment names.
pub fn send(service: &str, operation: &str) -> String {
    [attempt(service, operation), event(service, operation)]
        .map(|event| send_event(&event))
        .concat()
}

/// A line of bash that sends an event to whoever the environment names, with the client id that it has, as SDKs do.
pub fn send_event(event: &Value) -> String {
    let id = r#""ClientId":"'"$AWS_CSM_CLIENT_ID"'""#;
    let event = event.to_string().replace(r#""ClientId":"""#, id);
    format!("printf %s '{event}' >/dev/udp/$AWS_CSM_HOST/$AWS_CSM_PORT\n")
}

/// The actions of a policy, in its order. It must be valid by IAM's grammar.
pub fn actions(policy: &str) -> Vec<String> {
    let json: Value =
        serde_json::from_str(policy).unwrap_or_else(|error| panic!("{error}: {policy}"));
    assert_eq!(json["Version"], "2012-10-17");
    let statements = json["Statement"].as_array().unwrap();
    let actions = statements.iter().flat_map(|statement| {
        assert!(!statement["Resource"].as_array().unwrap().is_empty(), "{policy}");
        assert!(!statement["Action"].as_array().unwrap().is_empty(), "{policy}");
        statement["Action"].as_array().unwrap().clone()
    });
    actions.map(|action| action.as_str().unwrap().to_owned()).collect()
}

/// A `leastwise listen` that is listening.
pub struct Listener {
    pub process: Child,
    pub address: SocketAddr,
    /// What it says; `None` when nobody reads it.
    pub stderr: Option<BufReader<ChildStderr>>,
}

impl Listener {
    /// Starts it on a free port with these further arguments.
    pub fn start(arguments: &[&str]) -> Listener {
        let mut command = leastwise(["listen", "--csm-port", "0"]);
        command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut stderr = BufReader::new(process.stderr.take().unwrap());
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        let address = line
            .strip_prefix("leastwise: listening on ")
            .and_then(|rest| rest.split(". In").next()?.parse().ok())
            .unwrap_or_else(|| panic!("no address in {line:?}"));
        Listener { process, address, stderr: Some(stderr) }
    }

    pub fn send(&self, event: &Value) {
        self.send_bytes(event.to_string().as_bytes());
    }

    pub fn send_bytes(&self, bytes: &[u8]) {
        let any: SocketAddr = if self.address.is_ipv4() {
            ([127, 0, 0, 1], 0).into()
        } else {
            (std::net::Ipv6Addr::LOCALHOST, 0).into()
        };
        UdpSocket::bind(any).unwrap().send_to(bytes, self.address).unwrap();
    }

    /// Sends it a signal (`INT`).
    pub fn signal(&self, name: &str) {
        signal(self.process.id(), name);
    }

    /// The next line of its stderr.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.stderr.as_mut().unwrap().read_line(&mut line).unwrap();
        line
    }

    /// Waits for its end: exit code, stdout, rest of stderr.
    pub fn end(mut self) -> (Option<i32>, String, String) {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.process.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
        if let Some(mut rest) = self.stderr.take() {
            rest.read_to_string(&mut stderr).unwrap();
        }
        (self.process.wait().unwrap().code(), stdout, stderr)
    }
}

/// Sends a signal as `kill` does.
pub fn signal(process: u32, name: &str) {
    let status = Command::new("kill").args(["-s", name, &process.to_string()]).status().unwrap();
    assert!(status.success());
}

/// The binary, as [`leastwise`] starts it, with signals that do what they do by default. What a shell started in the background, or `nohup`,
/// ignores them, which programs inherit; and a test runner may be started like that.
pub fn with_default_signals<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    const RESET: &str = "import os, signal, sys
for name in ('SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'):
    signal.signal(getattr(signal, name), signal.SIG_DFL)
os.execve(sys.argv[1], sys.argv[1:], os.environ)";
    let mut command = Command::new("python3");
    command.args(["-c", RESET, env!("CARGO_BIN_EXE_leastwise")]).args(arguments);
    command.env_clear().stdin(Stdio::null());
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}

/// Waits until something holds, but not for ever.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < end, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The files of a folder, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Runs it on a terminal of its own (Python's `pty`, so that keys and Ctrl-C are the kernel's), and
/// types `keys` once it has said `when`. What the terminal showed is the output's stdout.
pub fn on_terminal(arguments: &[&str], when: &str, keys: &str) -> Output {
    const TERMINAL: &str = r#"
import fcntl, os, pty, signal, struct, sys, termios
when, keys = sys.argv[1].encode(), sys.argv[2].encode()
pid, terminal = pty.fork()
if pid == 0:
    os.environ["TERM"] = "xterm"
    os.environ.pop("NO_COLOR", None)
    # As in `with_default_signals`.
    for name in ("SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"):
        signal.signal(getattr(signal, name), signal.SIG_DFL)
    os.execv(sys.argv[3], sys.argv[3:])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
said = b""
while True:
    try:
        part = os.read(terminal, 4096)
    except OSError:
        break
    if not part:
        break
    said += part
    if keys and when in said:
        os.write(terminal, keys)
        keys = b""
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
sys.stdout.buffer.write(said)
sys.exit(code)
"#;
    let mut command = Command::new("python3");
    command.args(["-c", TERMINAL, when, keys, env!("CARGO_BIN_EXE_leastwise")]).args(arguments);
    command.output().unwrap()
}
