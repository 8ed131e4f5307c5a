//! `--web` and `--report`: the page of a recording that goes on, who may see it, and what it costs.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::common::{attempt, event, leastwise, output, send, stderr, stdout};
use crate::pages_browser::browser;
use crate::support::{repository, run, skipped};

/// A `leastwise listen --web`.
struct Shown {
    process: Child,
    csm: SocketAddr,
    web: SocketAddr,
    path: String,
    stderr: BufReader<std::process::ChildStderr>,
}

impl Shown {
    fn start(more: &[&str]) -> Shown {
        let mut command = leastwise(["listen", "--csm-port", "0", "--web"]);
        command.args(more).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut stderr = BufReader::new(process.stderr.take().unwrap());
        let (mut csm, mut address) = (None, None);
        while csm.is_none() || address.is_none() {
            let mut line = String::new();
            assert!(stderr.read_line(&mut line).unwrap() > 0, "it ended");
            if let Some(rest) = line.strip_prefix("leastwise: listening on ") {
                csm = rest.split(". In").next().and_then(|it| it.parse().ok());
            } else if let Some(rest) = line.strip_prefix("leastwise: the page is at http://") {
                address = Some(rest.trim().to_owned());
            }
        }
        let address = address.unwrap();
        let (web, path) = address.split_once('/').unwrap();
        Shown {
            process,
            csm: csm.unwrap(),
            web: web.parse().unwrap(),
            path: format!("/{path}"),
            stderr,
        }
    }

    fn address(&self) -> String {
        format!("http://{}{}", self.web, self.path)
    }

    fn send(&self, calls: usize) {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        for number in 0..calls {
            for event in [attempt("sqs", "SendMessage"), event("sqs", "SendMessage")] {
                socket.send_to(event.to_string().as_bytes(), self.csm).unwrap();
            }
            if number % 50 == 49 {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }

    /// The status of the answer to a request, and its text.
    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
        let mut stream = TcpStream::connect(self.web).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut request = format!("{method} {path} HTTP/1.1\r\n");
        headers.iter().for_each(|(name, value)| request += &format!("{name}: {value}\r\n"));
        stream.write_all(format!("{request}\r\n").as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let status = answer.split(' ').nth(1).and_then(|it| it.parse().ok());
        (status.unwrap_or_default(), answer)
    }

    fn end(&mut self) -> String {
        let ended = Command::new("kill").args(["-INT", &self.process.id().to_string()]).status();
        assert!(ended.unwrap().success());
        let mut said = String::new();
        self.stderr.read_to_string(&mut said).unwrap();
        assert_eq!(self.process.wait().unwrap().code(), Some(0), "{said}");
        said
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn only_who_has_the_address_sees_the_page() {
    let mut shown = Shown::start(&[]);
    let own = shown.web.to_string();
    let path = shown.path.clone();
    assert_eq!(path.len(), 34, "128 bits in hexadecimal: {path}");
    let (status, page) = shown.ask("GET", &path, &[("Host", &own)]);
    assert_eq!(status, 200);
    assert!(page.contains("<!doctype html>") && page.contains("connect-src 'self'"), "{page}");
    for header in
        ["cache-control: no-store", "x-frame-options: DENY", "referrer-policy: no-referrer"]
    {
        assert!(page.contains(header), "{header}: {page}");
    }
    let other = format!("/{}/", "0".repeat(32));
    let local = format!("localhost:{}", shown.web.port());
    for (method, path, headers, expected) in [
        ("GET", &*path, vec![("Host", &*local)], 200),
        ("GET", &path, vec![("Host", "evil.example")], 403),
        ("GET", &path, vec![("Host", &own), ("Origin", "http://evil.example")], 403),
        ("GET", &path, vec![("Host", &own), ("Sec-Fetch-Site", "cross-site")], 403),
        ("POST", &path, vec![("Host", &own), ("Content-Length", "0")], 405),
        ("GET", &other, vec![("Host", &own)], 404),
        ("GET", "/", vec![("Host", &own)], 404),
        ("GET", "/favicon.ico", vec![("Host", &own)], 404),
    ] {
        let (status, answer) = shown.ask(method, path, &headers);
        assert_eq!(status, expected, "{method} {path} {headers:?}: {answer}");
        assert!(status == 200 || !answer.contains("<!doctype"), "{answer}");
    }
    shown.end();
}

/// On Linux it is known whose a connection is.
#[cfg(target_os = "linux")]
#[test]
fn another_user_of_the_machine_does_not_see_the_page() {
    let id = Command::new("id").arg("-u").output().unwrap();
    if stdout(&id).trim() != "0" {
        let reason = "only root can be another user";
        return skipped("web::another_user_of_the_machine_does_not_see_the_page", reason);
    }
    let mut shown = Shown::start(&[]);
    // Who asks has the whole address, as one would who reads it over somebody's shoulder.
    let ask = r#"
import encodings.idna, os, socket, sys
address, path, user = sys.argv[1], sys.argv[2], int(sys.argv[3])
if user:
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)
host, port = address.split(":")
connection = socket.create_connection((host, int(port)), timeout=20)
answer = b""
try:
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n".encode())
    while part := connection.recv(65536):
        answer += part
except ConnectionError:
    pass
print(answer[:15].decode())
"#;
    let asked = |user: &str| {
        let arguments = ["-c", ask, &shown.web.to_string(), &shown.path, user];
        let output = Command::new("python3").args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        stdout(&output).trim().to_owned()
    };
    assert_eq!(asked("65534"), "");
    assert_eq!(asked("0"), "HTTP/1.1 200 OK");
    shown.end();
}

/// Whoever reads nothing of what is new is dropped, and nobody waits for it: not the calls, and not the end.
#[test]
fn a_hundred_slow_readers_hold_nothing_up() {
    let mut shown = Shown::start(&[]);
    let request = format!("GET {}events HTTP/1.1\r\nHost: {}\r\n\r\n", shown.path, shown.web);
    let readers: Vec<TcpStream> = (0..100)
        .map(|_| {
            let mut stream = TcpStream::connect(shown.web).unwrap();
            // Those beyond the first are turned away.
            let _ = stream.write_all(request.as_bytes());
            stream
        })
        .collect();
    shown.send(500);
    let begun = Instant::now();
    let said = shown.end();
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    assert!(said.contains("heard 500 calls"), "{said}");
    drop(readers);
}

#[test]
fn only_this_machine_may_see_the_page() {
    for address in ["0.0.0.0:0", "192.0.2.1:80", "[::]:80", "nonsense"] {
        let refused = output(["run", &format!("--web={address}"), "--", "true"]);
        assert_eq!(refused.status.code(), Some(2), "{address}");
        let said = stderr(&refused);
        assert!(said.contains("loopback") || said.contains("IP address and a port"), "{said}");
    }
}

#[test]
fn a_run_writes_its_report_and_prints_its_policy_undisturbed() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("report.html");
    let script = format!("echo printed\n{}", send("sqs", "SendMessage"));
    let report = format!("--report={}", page.display());
    let ran = output(["run", "--mode", "csm", "-o", "-", &report, "--", "bash", "-c", &script]);
    assert_eq!(ran.status.code(), Some(0), "{}", stderr(&ran));
    let policy = stdout(&ran).strip_prefix("printed\n").unwrap();
    let policy: serde_json::Value = serde_json::from_str(policy).unwrap();
    assert_eq!(policy["Statement"][0]["Action"][0], "sqs:SendMessage");
    assert!(stderr(&ran).contains("the report is in "), "{}", stderr(&ran));
    let text = fs::read_to_string(&page).unwrap();
    assert!(text.contains("sqs:SendMessage") && text.contains("a run of bash"));
    assert!(!text.contains("echo printed"), "what the command was told may be a secret");
    // Nothing begins where the report cannot be written.
    let nowhere = output(["run", "--report", "/no/such/folder/r.html", "--", "true"]);
    assert_eq!(nowhere.status.code(), Some(2), "{}", stderr(&nowhere));
    let dash = output(["run", "--report", "-", "--", "true"]);
    assert!(stderr(&dash).contains("--report needs a file of its own"), "{}", stderr(&dash));
}

#[test]
fn the_page_follows_in_a_browser() {
    let program = match browser() {
        Ok(program) => program,
        Err(reason) => return skipped("web::the_page_follows_in_a_browser", reason),
    };
    let folder = tempfile::tempdir().unwrap();
    let mut shown = Shown::start(&[]);
    let mut node = Command::new("node");
    node.arg(repository("tests/pages/live.js")).arg(program).arg(shown.address());
    node.args([shown.csm.port().to_string(), shown.process.id().to_string()]).arg(folder.path());
    let said = run(&mut node, Duration::from_secs(120));
    assert_eq!(said.matches("ok: ").count(), 5, "{said}");
    assert_eq!(shown.process.wait().unwrap().code(), Some(0));
}
