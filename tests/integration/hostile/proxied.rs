//! A proxy of ours in front of a stand-in for AWS that answers what a test likes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::common::{leastwise, signal};

/// Nobody waits longer for anything here.
const LONGEST: Duration = Duration::from_secs(30);

/// A stand-in that answers every request, by what it was asked, with a content type and a body; its URL.
pub(crate) fn stand_in(answer: fn(&str) -> (&'static str, &'static str)) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut reader = BufReader::new(stream.unwrap());
            reader.get_ref().set_read_timeout(Some(LONGEST)).unwrap();
            let (mut head, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                if reader.read_line(&mut line).unwrap_or_default() <= 2 {
                    break;
                }
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                head.push_str(&line);
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let (kind, text) = answer(&(head + &String::from_utf8_lossy(&body)));
            let head = format!(
                "HTTP/1.1 200 OK\r\nx-amzn-RequestId: 0-{length}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                text.len()
            );
            let _ = reader.get_mut().write_all((head + text).as_bytes());
        }
    });
    url
}

/// Nothing, as JSON.
pub(crate) fn nothing(_: &str) -> (&'static str, &'static str) {
    ("application/x-amz-json-1.1", "{}")
}

/// `leastwise listen --mode proxy`, at work.
pub(crate) struct Proxy {
    process: Child,
    address: SocketAddr,
    /// Where it may keep what it likes, for as long as it runs.
    _home: tempfile::TempDir,
    said: std::thread::JoinHandle<String>,
}

impl Proxy {
    /// One in front of this stand-in, with these further arguments.
    pub(crate) fn start(stand_in: &str, arguments: &[&str]) -> Proxy {
        let home = tempfile::tempdir().unwrap();
        let mut command = leastwise(["listen", "--mode", "proxy", "--bind-addr", "127.0.0.1:0"]);
        command
            .args(["--upstream", stand_in])
            .args(arguments)
            .env("XDG_DATA_HOME", home.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut stderr = BufReader::new(process.stderr.take().unwrap());
        let address = loop {
            let mut line = String::new();
            assert!(stderr.read_line(&mut line).unwrap() > 0, "it says no address");
            if let Some(rest) = line.strip_prefix("leastwise: listening on ") {
                break rest.split(". In").next().unwrap().parse().unwrap();
            }
        };
        let said = std::thread::spawn(move || {
            let mut said = String::new();
            let _ = stderr.read_to_string(&mut said);
            said
        });
        Proxy { process, address, _home: home, said }
    }

    /// Sends a request that is signed for a service by a key that says no account: the head's further lines, and a body.
    pub(crate) fn send(&self, line: &str, service: &str, head: &str, body: &str) {
        let host = format!("{service}.eu-west-1.amazonaws.com");
        let (method, path) = line.split_once(' ').unwrap();
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(LONGEST)).unwrap();
        write!(
            stream,
            "{method} http://{host}{path} HTTP/1.1\r\nHost: {host}\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=testing/20260102/eu-west-1/{service}/aws4_request, SignedHeaders=host, Signature=00\r\n\
             {head}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    }

    /// Sends a request of a JSON protocol.
    pub(crate) fn json(&self, service: &str, target: &str, body: &str) {
        let head =
            format!("X-Amz-Target: {target}\r\nContent-Type: application/x-amz-json-1.1\r\n");
        self.send("POST /", service, &head, body);
    }

    /// Sends a form.
    pub(crate) fn form(&self, service: &str, body: &str) {
        let head = "Content-Type: application/x-www-form-urlencoded\r\n";
        self.send("POST /", service, head, body);
    }

    /// Its policy as `action on resource` lines, and what it said at the end.
    pub(crate) fn end(mut self) -> (Vec<String>, String) {
        signal(self.process.id(), "TERM");
        let mut policy = String::new();
        self.process.stdout.take().unwrap().read_to_string(&mut policy).unwrap();
        self.process.wait().unwrap();
        (grants(&policy), self.said.join().unwrap())
    }
}

/// What a policy allows, a line for each action on each resource.
pub(crate) fn grants(policy: &str) -> Vec<String> {
    let policy: Value = serde_json::from_str(policy).unwrap();
    let texts = |value: &Value| -> Vec<String> {
        match value {
            Value::Array(items) => items.iter().map(|it| it.as_str().unwrap().to_owned()).collect(),
            one => vec![one.as_str().unwrap().to_owned()],
        }
    };
    let mut found = Vec::new();
    for statement in policy["Statement"].as_array().unwrap() {
        for action in texts(&statement["Action"]) {
            found
                .extend(texts(&statement["Resource"]).iter().map(|it| format!("{action} on {it}")));
        }
    }
    found
}
