//! Other users of this machine: they reach every port on loopback.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::common::{Listener, actions, event, leastwise, stderr, stdout, until};

/// Speaks as whom it is told to: to the proxy, or over client-side monitoring.
const NEIGHBOUR: &str = r#"
import encodings.idna, glob, os, signal, socket, sys, time

NOBODY = 65534

def as_user(uid, work):
    child = os.fork()
    if child == 0:
        try:
            if uid is not None:
                os.setgroups([])
                os.setgid(uid)
                os.setuid(uid)
            work()
            os._exit(0)
        except BaseException as error:
            print(repr(error), flush=True)
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0

def request():
    return (b"GET http://s3.amazonaws.com/ HTTP/1.1\r\nHost: s3.amazonaws.com\r\nX-Amz-Date: 20260101T000000Z\r\n"
        b"Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/s3/aws4_request, "
        b"SignedHeaders=host;x-amz-date, Signature=00\r\nConnection: close\r\n\r\n")

def proxy():
    host, port = os.environ["HTTP_PROXY"].removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=20)

def ask():
    connection = proxy()
    connection.sendall(request())
    answer = b""
    while part := connection.recv(4096):
        answer += part
    print(answer.decode(), flush=True)

# Runs while the proxy stands still: what is sent waits for it, until the other end is closed.
def while_it_stands_still(work):
    os.kill(leastwise, signal.SIGSTOP)
    try:
        # A signal reaches a thread that runs on another core a moment later.
        threads = glob.glob(f"/proc/{leastwise}/task/*/stat")
        until(lambda: all(open(thread).read().rpartition(")")[2].split()[0] == "T" for thread in threads))
        work()
    finally:
        os.kill(leastwise, signal.SIGCONT)
    # It ends with its command, so this does not end before all that waited was looked at.
    until(lambda: not waiting_at_the_proxy())

def ask_and_close():
    connection = proxy()
    connection.sendall(request())
    connection.close()

# Whether the kernel holds connections to the proxy that it has not closed.
def waiting_at_the_proxy():
    port = f":{int(os.environ['HTTP_PROXY'].rpartition(':')[2]):04X}"
    with open("/proc/net/tcp") as table:
        sockets = [line.split() for line in list(table)[1:]]
    listening = "0A"
    return any(socket[1].endswith(port) and socket[3] != listening for socket in sockets)

def until(holds):
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)

def report(events, host=None, port=None):
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for event in events:
        sender.sendto(event.encode(), (host or os.environ["AWS_CSM_HOST"], int(port or os.environ["AWS_CSM_PORT"])))
    # It stays open until all was looked at.
    time.sleep(0.5)

leastwise = os.getppid()
"#;

fn python(script: &str) -> [String; 3] {
    ["python3".to_owned(), "-c".to_owned(), format!("{NEIGHBOUR}{script}")]
}

/// Runs a script, whose calls go to a stand-in that counts.
fn run(options: &[&str], script: &str) -> (Output, usize) {
    let (address, asked) = stand_in();
    let upstream = format!("http://{address}");
    let mut command = leastwise(["run", "--mode", "proxy", "--upstream", &upstream]);
    command.args(options).arg("--").args(python(script));
    (command.output().unwrap(), asked.load(Ordering::SeqCst))
}

/// Answers every request as S3 does that has no buckets; how many there were.
fn stand_in() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let counts = Arc::clone(&asked);
    // It ends with the test's process.
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1)
            {
                head.extend(byte);
            }
            if head.is_empty() {
                continue;
            }
            counts.fetch_add(1, Ordering::SeqCst);
            let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (address, asked)
}

/// Only root can be somebody else.
fn is_root(test: &str) -> bool {
    let output = std::process::Command::new("id").arg("-u").output().unwrap();
    let is_root = stdout(&output).trim() == "0";
    if !is_root && let Some(list) = std::env::var_os("LEASTWISE_SKIPPED") {
        let mut list = std::fs::OpenOptions::new().append(true).create(true).open(list).unwrap();
        writeln!(list, "{test}: only root can be another user").unwrap();
    }
    is_root
}

fn policy(output: &Output) -> Vec<String> {
    // A script may print before.
    let printed = stdout(output);
    actions(&printed[printed.find("{\n").unwrap_or_else(|| panic!("{output:?}"))..])
}

#[test]
fn another_user_is_refused_by_the_proxy_and_nothing_of_it_goes_on() {
    if !is_root("another user at the proxy") {
        return;
    }
    let (output, asked) = run(&[], "as_user(NOBODY, ask)");
    let printed = stdout(&output);
    assert!(printed.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{printed}");
    assert!(
        printed
            .contains("This proxy belongs to another user, who can let you in with --allow-user."),
        "{printed}"
    );
    assert_eq!((policy(&output), asked), (vec![], 0));
    let said = stderr(&output);
    assert!(said.contains("no AWS call was heard"), "{said}");
    assert!(
        said.contains(
            "  1 connection from other users of this machine refused; --allow-user NAME lets a user in:\n"
        ),
        "{said}"
    );
    assert!(said.contains("         1  user nobody (65534)\n"), "{said}");
}

#[test]
fn a_user_who_was_named_is_served_and_so_are_we() {
    let (output, asked) = run(&[], "as_user(None, ask)");
    assert!(stdout(&output).starts_with("HTTP/1.1 200 OK\r\n"), "{output:?}");
    assert_eq!((policy(&output), asked), (vec!["s3:ListAllMyBuckets".to_owned()], 1));
    if !is_root("a user who was let in, at the proxy") {
        return;
    }
    for name in ["nobody", "65534"] {
        let (output, asked) = run(&["--allow-user", name], "as_user(NOBODY, ask)");
        assert!(stdout(&output).starts_with("HTTP/1.1 200 OK\r\n"), "{output:?}");
        assert_eq!((policy(&output), asked), (vec!["s3:ListAllMyBuckets".to_owned()], 1));
    }
}

#[test]
fn whoever_sends_and_closes_is_not_taken_for_root() {
    // The kernel shows a closed socket as root's. We are not known either, then.
    let mut scripts = vec!["while_it_stands_still(lambda: as_user(None, ask_and_close))"];
    if is_root("another user who closes at once") {
        scripts.push("while_it_stands_still(lambda: as_user(NOBODY, ask_and_close))");
    }
    for script in scripts {
        let (output, asked) = run(&[], script);
        assert_eq!((policy(&output), asked), (vec![], 0), "{script}");
        let said = stderr(&output);
        assert!(
            said.contains("  1 connection refused because the other end was already closed, so its owner cannot be determined:\n"),
            "{said}"
        );
    }
}

#[test]
fn another_users_reports_are_not_used_under_run_even_with_the_client_id() {
    if !is_root("another user's reports under run") {
        return;
    }
    let [one, other] =
        [event("IAM", "AttachUserPolicy"), event("SQS", "SendMessage")].map(|event| {
            event.to_string().replace(
                r#""ClientId":"""#,
                r#""ClientId":"' + os.environ["AWS_CSM_CLIENT_ID"] + '""#,
            )
        });
    let script = format!(
        "as_user(NOBODY, lambda: report(['{one}'] * 3))\nas_user(None, lambda: report(['{other}']))"
    );
    let output = leastwise(["run", "--mode", "csm", "--"]).args(python(&script)).output().unwrap();
    assert_eq!(policy(&output), ["sqs:SendMessage"], "{output:?}");
    let said = stderr(&output);
    assert!(
        said.contains(
            "  3 datagrams from other users of this machine ignored; --allow-user NAME lets a user in:\n         3  user nobody (65534)\n"
        ),
        "{said}"
    );
}

#[test]
fn another_users_reports_are_not_used_by_listen() {
    if !is_root("another user's reports to listen") {
        return;
    }
    for (options, expected) in [
        (&[][..], &["sqs:SendMessage"][..]),
        (&["--allow-user", "nobody"], &["iam:AttachUserPolicy", "sqs:SendMessage"]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let policy = folder.path().join("policy.json");
        let mut arguments = vec!["-o", policy.to_str().unwrap()];
        arguments.extend(options);
        let listener = Listener::start(&arguments);
        let forged = event("IAM", "AttachUserPolicy");
        let (host, port) = (listener.address.ip(), listener.address.port());
        let script = format!("as_user(NOBODY, lambda: report(['{forged}'], '{host}', {port}))");
        let [python, c, script] = python(&script);
        let status = std::process::Command::new(python).args([c, script]).status().unwrap();
        assert!(status.success());
        listener.send(&event("SQS", "SendMessage"));
        until("the policy", || {
            std::fs::read_to_string(&policy).is_ok_and(|text| text.contains("sqs:SendMessage"))
        });
        listener.signal("TERM");
        let (code, _, said) = listener.end();
        assert_eq!(code, Some(0));
        let written = std::fs::read_to_string(&policy).unwrap();
        assert_eq!(actions(&written), expected, "{said}");
        let refused = "  1 datagram from other users of this machine ignored; --allow-user NAME lets a user in:\n         1  user nobody (65534)\n";
        assert_eq!(said.contains(refused), options.is_empty(), "{said}");
    }
}

#[test]
fn other_machines_report_only_where_that_was_permitted() {
    let output = leastwise(["listen", "--csm-port", "0", "--host", "0.0.0.0"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        stderr(&output),
        "leastwise: --host 0.0.0.0 would let other machines report calls for the policy; use a loopback address such as \
         127.0.0.1, or allow it with --allow-remote\n"
    );
}

#[test]
fn a_user_who_is_not_there_cannot_be_let_in() {
    for command in [
        &["run", "--allow-user", "no-such-user", "--", "true"][..],
        &["listen", "--allow-user", "no-such-user"],
    ] {
        let output = leastwise(command).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(
            stderr(&output),
            "leastwise: --allow-user no-such-user: /etc/passwd has no such user; if another directory has it, give the number, which `id -u` prints\n"
        );
    }
}
