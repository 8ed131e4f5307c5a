//! The live view in a real terminal: tmux obeys what we write, and says what is on its screen.
#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;
use unicode_width::UnicodeWidthStr;

use crate::common::{actions, event, until};
use crate::support::{on_path, skipped};

/// So long anything may take on a machine with much to do.
const PATIENCE: Duration = Duration::from_secs(30);

/// A tmux server of its own with one window, in which a shell runs.
pub(crate) struct Tmux {
    folder: TempDir,
}

impl Tmux {
    /// `None`, and said, where there is no tmux.
    pub(crate) fn start(test: &str, columns: u16, rows: u16) -> Option<Tmux> {
        if on_path("tmux").is_none() {
            skipped(test, "tmux is not installed (Debian: apt install tmux)");
            return None;
        }
        let tmux = Tmux { folder: tempfile::tempdir().unwrap() };
        let (x, y) = (columns.to_string(), rows.to_string());
        // A shell that says nothing by itself, so that all that is on the screen is known.
        let shell = "exec env PS1='$ ' ENV= sh";
        tmux.tmux(&["new-session", "-d", "-x", &x, "-y", &y, shell]);
        tmux.tmux(&["set-option", "-s", "set-clipboard", "on"]);
        tmux.tmux(&["set-option", "-s", "escape-time", "0"]);
        tmux.wait("the shell's prompt", |screen| screen.starts_with('$'));
        Some(tmux)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn tmux(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new("tmux");
        command.arg("-u").arg("-S").arg(self.path("socket")).args(["-f", "/dev/null"]);
        command.env("LC_ALL", "C.UTF-8").env_remove("TMUX").env_remove("NO_COLOR");
        // As in `with_default_signals`, whoever runs the tests.
        let output = command.args(arguments).output().unwrap();
        assert!(output.status.success(), "tmux {arguments:?}: {output:?}");
        output
    }

    /// Types keys, by the names that tmux has for them.
    pub(crate) fn keys(&self, keys: &[&str]) {
        self.tmux(&[&["send-keys"], keys].concat());
    }

    /// Types a line.
    pub(crate) fn line(&self, text: &str) {
        self.tmux(&["send-keys", "-l", text]);
        self.keys(&["Enter"]);
    }

    pub(crate) fn resize(&self, columns: u16, rows: u16) {
        self.tmux(&["resize-window", "-x", &columns.to_string(), "-y", &rows.to_string()]);
    }

    pub(crate) fn screen(&self) -> String {
        String::from_utf8(self.tmux(&["capture-pane", "-p"]).stdout).unwrap()
    }

    /// All that is and was on the ordinary screen.
    pub(crate) fn history(&self) -> String {
        String::from_utf8(self.tmux(&["capture-pane", "-p", "-S", "-"]).stdout).unwrap()
    }

    /// Whether the alternate screen is shown.
    pub(crate) fn is_alternate(&self) -> bool {
        self.tmux(&["display-message", "-p", "#{alternate_on}"]).stdout == b"1\n"
    }

    pub(crate) fn wait(&self, what: &str, holds: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            let screen = self.screen();
            if holds(&screen) {
                return screen;
            }
            assert!(Instant::now() < end, "{what} did not come:\n{screen}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn wait_for(&self, text: &str) -> String {
        self.wait(text, |screen| screen.contains(text))
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        let tmux = |arguments: &[&str]| {
            let mut command = Command::new("tmux");
            let _ = command.arg("-S").arg(self.path("socket")).args(arguments).output();
        };
        if std::thread::panicking() {
            // A hang-up alone would not end a view that listens.
            tmux(&["send-keys", "C-c"]);
            std::thread::sleep(Duration::from_millis(500));
        }
        tmux(&["kill-server"]);
    }
}

pub(crate) const LEASTWISE: &str = env!("CARGO_BIN_EXE_leastwise");

/// A view that listens, and where it does.
struct Watched {
    tmux: Tmux,
    port: u16,
}

impl Watched {
    fn start(test: &str) -> Option<Watched> {
        let tmux = Tmux::start(test, 80, 24)?;
        tmux.line("echo BEFORE; stty -g >modes");
        let policy = tmux.path("policy.json");
        tmux.line(&format!("cd {}; stty -g >before", tmux.folder.path().display()));
        tmux.line(&format!("{LEASTWISE} listen --csm-port 0 -o {}", policy.display()));
        let screen = tmux.wait_for("q quit");
        let port = screen
            .split("listening on 127.0.0.1:")
            .nth(1)
            .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
            .unwrap_or_else(|| panic!("no port on {screen}"));
        Some(Watched { tmux, port })
    }

    fn call(&self, service: &str, operation: &str, status: u16) {
        let mut event = event(service, operation);
        event["ClientId"] = json!("leastwise");
        event["FinalHttpStatusCode"] = json!(status);
        if status >= 400 {
            event["FinalAwsException"] = json!("AccessDenied");
            event["FinalAwsExceptionMessage"] = json!("User: x is not authorized to perform this");
        }
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.send_to(event.to_string().as_bytes(), ("127.0.0.1", self.port)).unwrap();
    }

    fn deploy(&self) {
        for (service, operation, status) in [
            ("S3", "GetObject", 200),
            ("SQS", "SendMessage", 200),
            ("DynamoDB", "GetItem", 200),
            ("Lambda", "CreateFunction", 201),
            ("SNS", "Publish", 200),
            ("KMS", "Decrypt", 400),
        ] {
            self.call(service, operation, status);
        }
        self.tmux.wait_for("6 calls");
    }

    fn folder(&self) -> &Path {
        self.tmux.folder.path()
    }
}

/// No line is wider than the screen or wrapped, and the first and the last are what they always are.
fn is_whole(screen: &str, columns: usize, rows: usize) -> bool {
    let lines: Vec<&str> = screen.lines().collect();
    lines.len() == rows
        && lines[0].starts_with(" leastwise")
        && lines[rows - 1].contains("calls")
        && lines.iter().all(|line| line.width() <= columns)
}

#[test]
fn the_view_fits_each_screen_while_it_is_resized_and_gives_it_back() {
    let Some(view) = Watched::start("view_tmux::the_view_fits_each_screen") else { return };
    let tmux = &view.tmux;
    view.deploy();
    let screen = tmux.wait_for("1 policy: ");
    assert!(is_whole(&screen, 80, 24), "{screen}");
    assert!(screen.contains("2 newest calls"), "{screen}");
    assert!(screen.contains("3 denials: 1  4 principals: 1"), "{screen}");

    tmux.resize(20, 6);
    let screen = tmux.wait("a small view", |screen| is_whole(screen, 20, 6));
    assert!(screen.contains("kms:Decrypt") && screen.contains("kms Decr"), "{screen}");

    tmux.resize(200, 60);
    let screen = tmux.wait_for("3 denials: 1 ─");
    assert!(is_whole(&screen, 200, 60), "{screen}");
    for there in
        ["1 policy: ", "2 newest calls", "4 principals: 1", "kms.Decrypt", "sqs:SendMessage"]
    {
        assert!(screen.contains(there), "{there}: {screen}");
    }
    // What is new is shown wherever it is.
    view.call("EC2", "RunInstances", 200);
    tmux.wait_for("ec2:RunInstances");

    tmux.resize(80, 24);
    tmux.wait("the view as before", |screen| {
        screen.contains("7 calls") && screen.contains("4 principals: 1\n")
    });
    tmux.keys(&["q"]);
    let screen = tmux.wait("the prompt", |screen| screen.trim_end().ends_with('$'));
    assert!(!tmux.is_alternate());
    assert!(screen.contains("leastwise: heard 7 calls"), "{screen}");
    assert!(!screen.contains("q quit") && !screen.contains("━"), "{screen}");
    tmux.line("clear; stty -g >after; cmp before after && echo THE SAME");
    tmux.wait_for("THE SAME");
    let policy = fs::read_to_string(view.folder().join("policy.json")).unwrap();
    assert!(actions(&policy).contains(&"ec2:RunInstances".to_owned()), "{policy}");
}

#[test]
fn keys_filter_scroll_explain_help_and_write() {
    let Some(view) = Watched::start("view_tmux::keys_filter_scroll_explain_help_and_write") else {
        return;
    };
    let tmux = &view.tmux;
    view.deploy();

    tmux.keys(&["?"]);
    let help = tmux.wait_for("show only lines that have a text in them");
    assert!(help.contains("end the recording and print its summary"), "{help}");
    tmux.keys(&["Escape"]);
    tmux.wait("no help", |screen| !screen.contains("show only lines"));

    tmux.keys(&["/", "s", "q", "s"]);
    let found = tmux.wait_for(" / sqs▏");
    assert!(found.contains("sqs:SendMessage") && !found.contains("sns:Publish"), "{found}");
    tmux.keys(&["Enter", "e"]);
    let why = tmux.wait_for("operation: the operation's own action");
    assert!(why.contains("why") && why.contains("sqs.SendMessage  1 call"), "{why}");
    tmux.keys(&["Escape"]);
    tmux.wait("no explanation", |screen| !screen.contains("own action"));
    tmux.keys(&["Escape"]);
    tmux.wait_for("sns:Publish");

    // A pane that has no room here, and what it has.
    tmux.keys(&["3", "e"]);
    let denied = tmux.wait_for("kms.Decrypt, 1 call");
    assert!(denied.contains("denied"), "{denied}");
    tmux.keys(&["q"]);
    tmux.wait("it only closes", |screen| !screen.contains("kms.Decrypt, 1 call"));

    // The line under the cursor stays where it is while calls come.
    tmux.keys(&["2", "Down", "Down", "Down"]);
    let at = |screen: &str| {
        let found = screen.lines().enumerate().find(|(_, line)| line.starts_with('▸'));
        found.map(|(row, line)| (row, line[..30].to_owned()))
    };
    let before =
        tmux.wait("a cursor", |screen| at(screen).is_some_and(|(_, it)| it.contains("lambda")));
    for number in 0..20 {
        view.call("S3", &format!("Unheard{number}"), 200);
    }
    let after = tmux.wait_for("26 calls");
    assert_eq!(at(&before), at(&after), "{before}\n{after}");

    tmux.keys(&["w"]);
    tmux.wait_for("wrote ");
    let policy = fs::read_to_string(view.folder().join("policy.json")).unwrap();
    assert!(actions(&policy).contains(&"kms:Decrypt".to_owned()), "{policy}");

    tmux.keys(&["c"]);
    tmux.wait_for("copied the policy: ");
    let mut copied = String::new();
    until("the clipboard", || {
        let buffers = tmux.tmux(&["list-buffers"]).stdout;
        if buffers.is_empty() {
            return false;
        }
        copied = String::from_utf8(tmux.tmux(&["show-buffer"]).stdout).unwrap();
        true
    });
    assert_eq!(copied, policy);

    tmux.keys(&["C-c"]);
    until("the summary", || tmux.history().contains("leastwise: heard 26 calls"));
    assert!(!tmux.is_alternate());
}

#[test]
fn nothing_is_said_by_colour_alone_and_foreign_names_do_nothing() {
    let Some(tmux) = Tmux::start("view_tmux::nothing_is_said_by_colour", 80, 24) else { return };
    tmux.line(&format!("NO_COLOR=1 {LEASTWISE} listen --csm-port 0"));
    let screen = tmux.wait_for("q quit");
    let port =
        screen.split("127.0.0.1:").nth(1).and_then(|it| it.split_whitespace().next()).unwrap();
    let view = Watched { port: port.parse().unwrap(), tmux };
    view.call("SQS", "SendMessage", 200);
    view.call("\u{1b}[2J\u{202e}東京", "\u{1b}]0;owned\u{7}", 403);
    let screen = view.tmux.wait_for("\\u{1b}[2J\\u{202e}東京");
    assert!(is_whole(&screen, 80, 24), "{screen}");
    assert!(screen.contains(" ? "), "{screen}");
    let coloured = view.tmux.tmux(&["capture-pane", "-p", "-e"]).stdout;
    let coloured = String::from_utf8(coloured).unwrap();
    for color in ["[31m", "[32m", "[33m", "[38;"] {
        assert!(!coloured.contains(color), "{coloured:?}");
    }
    view.tmux.keys(&["q"]);
    view.tmux.wait_for("leastwise: heard 2 calls");
}

/// Prints, asks, draws a bar, and ends with 7; what it calls it sends as SDKs do.
const PROGRAM: &str = r##"
import json, os, socket, sys, time, signal
def call(service, operation):
    event = {"Version": 1, "ClientId": os.environ["AWS_CSM_CLIENT_ID"], "Type": "ApiCall", "Service": service,
        "Api": operation, "Timestamp": 1763799330045, "AttemptCount": 1, "Region": "eu-west-1", "UserAgent": "Boto3/1",
        "FinalHttpStatusCode": 200, "Latency": 17, "MaxRetriesExceeded": 0}
    to = os.environ["AWS_CSM_HOST"], int(os.environ["AWS_CSM_PORT"])
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(json.dumps(event).encode(), to)
def size(*_):
    it = os.get_terminal_size()
    print(f"size {it.columns}x{it.lines}", flush=True)
signal.signal(signal.SIGWINCH, size)
print("\033[32mBEGINS\033[m", sys.stdin.isatty(), sys.stdout.isatty(), flush=True)
size()
call("SQS", "SendMessage")
answer = input("Do it? [yes/no] ")
print("answered", answer, flush=True)
for done in range(0, 101, 5):
    print("\r[%-20s] %3d%%" % ("#" * (done // 5), done), end="", flush=True)
    time.sleep(0.02)
print(flush=True)
call("SNS", "Publish")
for line in range(40):
    print("line", line, flush=True)
input("Again? ")
print("\033[1mENDS\033[m", flush=True)
sys.exit(7)
"##;

fn run_with_view(test: &str, columns: u16, rows: u16) -> Option<Tmux> {
    let tmux = Tmux::start(test, columns, rows)?;
    fs::write(tmux.path("program.py"), PROGRAM).unwrap();
    tmux.line(&format!("cd {}; stty -g >before", tmux.folder.path().display()));
    tmux.line(&format!(
        "{LEASTWISE} run --view -o policy.json -- python3 program.py; echo CODE $?"
    ));
    Some(tmux)
}

#[test]
fn a_command_prints_asks_and_draws_in_a_pane_of_its_own() {
    let Some(tmux) = run_with_view("view_tmux::a_command_prints_asks_and_draws", 80, 24) else {
        return;
    };
    let screen = tmux.wait_for("Do it? [yes/no]");
    assert!(is_whole(&screen, 80, 24), "{screen}");
    assert!(screen.contains("BEGINS True True") && screen.contains("size 80x10"), "{screen}");
    assert!(
        screen.contains("the command has the keyboard · Ctrl-] gives it to the view"),
        "{screen}"
    );
    tmux.wait_for("sqs:SendMessage");

    // What is typed is the command's, also what would be a key of the view.
    tmux.line("yes, q and w");
    let screen = tmux.wait_for("Again?");
    assert!(screen.contains("line 39") && !screen.contains("line 0\n"), "{screen}");
    tmux.wait_for("sns:Publish");

    // The view's keys, and the size that the command is told.
    tmux.keys(&["C-]"]);
    tmux.wait_for("command · Ctrl-] types into it");
    tmux.keys(&["/", "s", "n", "s"]);
    tmux.wait(" / sns", |screen| screen.contains(" / sns▏") && !screen.contains("sqs:SendMessage"));
    tmux.keys(&["Escape"]);
    tmux.resize(200, 60);
    tmux.wait_for("size 200x28");
    tmux.resize(20, 6);
    tmux.wait("a small view", |screen| is_whole(screen, 20, 6));
    tmux.keys(&["C-]"]);
    tmux.wait_for("size 20x3");
    tmux.resize(80, 24);
    tmux.wait_for("size 80x10");

    tmux.keys(&["Enter"]);
    let screen = tmux.wait_for("CODE 7");
    assert!(!tmux.is_alternate());
    let output = screen.find("ENDS").expect(&screen);
    let summary = screen.find("leastwise: heard 2 calls").expect(&screen);
    assert!(output < summary, "{screen}");
    // Nothing that it has written is lost.
    let all = tmux.history();
    for there in [
        "BEGINS True True",
        "Do it? [yes/no] yes, q and w",
        "answered yes, q and w",
        "line 0\n",
        "line 39\n",
    ] {
        assert_eq!(all.matches(there).count(), 1, "{there:?}: {all}");
    }
    assert!(all.contains("[####################] 100%\n"), "{all}");
    tmux.line("clear; stty -g >after; cmp before after && echo THE SAME");
    tmux.wait_for("THE SAME");
}

#[test]
fn a_view_that_is_closed_leaves_the_command_with_the_terminal() {
    let Some(tmux) = run_with_view("view_tmux::a_view_that_is_closed", 80, 24) else { return };
    tmux.wait_for("Do it? [yes/no]");
    tmux.keys(&["C-]", "q"]);
    until("the ordinary screen", || !tmux.is_alternate());
    let screen = tmux.wait_for("Do it? [yes/no]");
    assert!(screen.contains("BEGINS True True"), "{screen}");
    tmux.line("yes");
    tmux.wait_for("Again?");
    // As ever it interrupts the command.
    tmux.keys(&["C-c"]);
    let screen = tmux.wait_for("CODE 130");
    assert!(screen.contains("KeyboardInterrupt"), "{screen}");
    let all = tmux.history();
    assert_eq!(all.matches("answered yes\n").count(), 1, "{all}");
    let policy = fs::read_to_string(tmux.path("policy.json")).unwrap();
    assert_eq!(actions(&policy), ["sqs:SendMessage", "sns:Publish"]);
    tmux.line("clear; stty -g >after; cmp before after && echo THE SAME");
    tmux.wait_for("THE SAME");
}

#[test]
fn a_command_that_has_the_keyboard_is_interrupted_by_it() {
    let Some(tmux) = run_with_view("view_tmux::a_command_is_interrupted", 120, 30) else { return };
    tmux.wait_for("Do it? [yes/no]");
    tmux.wait_for("1 call ");
    tmux.keys(&["C-c"]);
    let screen = tmux.wait_for("CODE 130");
    assert!(screen.contains("KeyboardInterrupt"), "{screen}");
    assert!(!tmux.is_alternate());
}

#[test]
fn what_is_no_terminal_stays_the_commands_own() {
    let Some(tmux) = Tmux::start("view_tmux::what_is_no_terminal_stays", 100, 24) else { return };
    tmux.line(&format!("cd {}", tmux.folder.path().display()));
    let script =
        "read x; echo got $x; test -t 2 && echo on a terminal >&2; read y </dev/tty; echo and $y";
    fs::write(tmux.path("script"), script).unwrap();
    tmux.line(&format!(
        "echo piped | {LEASTWISE} run --view -o policy.json -- sh script >out; echo CODE $?"
    ));
    let screen = tmux.wait_for("on a terminal");
    assert!(screen.contains("the command has the keyboard"), "{screen}");
    tmux.line("typed");
    tmux.wait_for("CODE 0");
    assert_eq!(fs::read_to_string(tmux.path("out")).unwrap(), "got piped\nand typed\n");
}

#[test]
fn without_a_terminal_there_is_no_view_and_the_command_has_what_it_had() {
    let output =
        crate::common::output(["run", "--view", "--", "sh", "-c", "test -t 1 || echo none"]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("none\n"), "{output:?}");
}
