//! Servers and clients of plain HTTP that say exactly what a test wants.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::common::leastwise;

const PATIENCE: Duration = Duration::from_secs(60);

/// A server, which may be asked as a proxy is. It answers what it is told to, and closes.
pub(super) struct Server {
    pub(super) port: u16,
    /// The heads of the requests that came.
    pub(super) heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(super) fn start(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (seen, answer) = (heads.clone(), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (mut stream, seen, answer) = (stream.unwrap(), seen.clone(), answer.clone());
                stream.set_read_timeout(Some(PATIENCE)).unwrap();
                std::thread::spawn(move || {
                    let mut reader = BufReader::new(stream.try_clone().unwrap());
                    let Some(head) = request(&mut reader) else { return };
                    let text = answer(&head);
                    seen.lock().unwrap().push(head);
                    let _ = stream.write_all(&bytes(&text));
                });
            }
        });
        Server { port, heads }
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// Reads a request to its end and gives its head.
pub(super) fn request(reader: &mut impl BufRead) -> Option<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<u64>().unwrap())
    });
    std::io::copy(&mut reader.take(length.unwrap_or_default()), &mut std::io::sink()).ok()?;
    Some(head)
}

/// An answer with a body, after which the connection is closed.
pub(super) fn answer(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        bytes(body).len()
    )
}

/// Letters up to U+00FF stand for bytes.
fn bytes(text: &str) -> Vec<u8> {
    text.chars().map(|letter| u8::try_from(letter).unwrap()).collect()
}

/// Sends each of its arguments to the proxy of its environment, as it is, and reads the answer to its end.
pub(super) const CLIENT: &str = "
import os, socket, sys
host, port = os.environ['HTTP_PROXY'].split('//')[1].split(':')
for request in sys.argv[1:]:
    with socket.create_connection((host, int(port)), 60) as connection:
        connection.sendall(request.encode('latin-1'))
        while connection.recv(65536):
            pass
";

/// A request as it is sent to a proxy: the lines of its head, its end and its body.
pub(super) fn asked(line: &str, headers: &[&str], body: &str) -> String {
    let mut text = format!("{line} HTTP/1.1\r\nConnection: close\r\n");
    for header in headers {
        text.push_str(header);
        text.push_str("\r\n");
    }
    if !body.is_empty() {
        text.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    text + "\r\n" + body
}

/// Runs a client that sends these requests, under `leastwise run` with these options.
pub(super) fn run(options: &[&str], requests: &[String]) -> Output {
    command(options, &["python3", "-c", CLIENT], requests).output().unwrap()
}

/// `leastwise run` of a command with the proxy alone.
pub(super) fn command(options: &[&str], program: &[&str], arguments: &[String]) -> Command {
    let mut command = leastwise(["run", "--mode", "proxy"]);
    command.args(options).arg("--").args(program).args(arguments);
    command
}

/// `Authorization` as SDKs write it.
pub(super) fn signed(service: &str) -> String {
    format!(
        "Authorization: AWS4-HMAC-SHA256 Credential={KEY}/20260102/eu-west-1/{service}/aws4_request, SignedHeaders=host, Signature=0a"
    )
}

/// AWS's example of an access key id.
pub(super) const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
