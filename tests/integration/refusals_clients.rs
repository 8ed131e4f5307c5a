//! Real SDKs before a server that refuses whatever they ask for, with the answers of `leastwise::refuse`: each raises its own
//! access-denied error, at once and at the first refusal.
//!
//! The programs in `tests/clients/refused` print a line for each operation: service, operation, and what the SDK made of the
//! answer. They take the endpoint from `AWS_ENDPOINT_URL`, where there is one, and know nothing of this server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use leastwise::catalog::Catalog;
use leastwise::recognize::http::{self, RequestHead};
use leastwise::refuse::{Because, Policy, Refusal, answer, sentence};

use crate::refused_programs::{self as programs, Program};
use crate::support::run;

/// More than any of them needs: ten programs in Python start one after the other where others work beside them.
const AT_ONCE: Duration = Duration::from_secs(300);

#[test]
fn boto3() {
    check(programs::boto3("refusals_clients::boto3"));
}

#[test]
fn aws_cli_v1() {
    check(programs::aws_cli_v1("refusals_clients::aws_cli_v1"));
}

#[test]
fn aws_cli_v2() {
    check(programs::aws_cli_v2("refusals_clients::aws_cli_v2"));
}

#[test]
fn javascript_v2() {
    check(programs::javascript_v2("refusals_clients::javascript_v2"));
}

#[test]
fn javascript_v3() {
    check(programs::javascript_v3("refusals_clients::javascript_v3"));
}

#[test]
fn rust_sdk() {
    check(programs::rust_sdk("refusals_clients::rust_sdk"));
}

#[test]
fn go_sdk() {
    check(programs::go_sdk("refusals_clients::go_sdk"));
}

#[test]
fn curl() {
    check(programs::curl("refusals_clients::curl"));
}

/// It lists the workspaces first, more than once, and goes on without.
#[test]
fn terraform() {
    let Some(program) = programs::terraform("refusals_clients::terraform") else { return };
    let mut seen = refused(&program);
    seen.dedup();
    assert_eq!(seen, ["s3 ListObjectsV2", "s3 HeadObject"]);
}

/// Runs the program. The server saw each of the operations that are expected once, and nothing else.
fn check(program: Option<Program>) {
    let Some(program) = program else { return };
    assert_eq!(refused(&program), program.operations());
}

/// Runs the program, which must end well, and compares what it printed with what is expected; the operations that the server saw.
fn refused(program: &Program) -> Vec<String> {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let mut command = program.command(&[], folder.path());
    let printed = run(command.env("AWS_ENDPOINT_URL", &server.url), AT_ONCE);
    assert_eq!(printed, program.wanted(), "{printed}");
    server.seen()
}

/// A server that refuses. It ends with the process.
struct Server {
    url: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start() -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::<Mutex<Vec<String>>>::default();
        let record = Arc::clone(&seen);
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let record = Arc::clone(&record);
                std::thread::spawn(move || serve(connection.unwrap(), &record));
            }
        });
        Server { url, seen }
    }

    /// The operations that were asked for, in this order.
    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

/// Refuses request after request.
fn serve(connection: TcpStream, seen: &Mutex<Vec<String>>) {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let mut writer = connection.try_clone().unwrap();
    let mut reader = BufReader::new(connection);
    while let Some(head) = read_head(&mut reader) {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut request = httparse::Request::new(&mut headers);
        request.parse(&head).unwrap();
        let headers: Vec<(&str, &[u8])> =
            request.headers.iter().map(|header| (header.name, header.value)).collect();
        let header = |name: &str| {
            let found = headers.iter().find(|(it, _)| it.eq_ignore_ascii_case(name));
            found.map_or("", |(_, value)| std::str::from_utf8(value).unwrap())
        };
        if header("expect").eq_ignore_ascii_case("100-continue") {
            writer.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap();
        }
        let body = read_body(&mut reader, header("content-length"), header("transfer-encoding"));
        let (method, target) = (request.method.unwrap(), request.path.unwrap());
        let host = header("host");
        let head = RequestHead { method, secure: false, host, target, headers: &headers };
        let mut recognizer = http::begin(Catalog::embedded(), &head).unwrap();
        recognizer.body(&body);
        recognizer.end_of_body();
        let service = recognizer.service();
        let name = service.map_or("unknown", |it| it.name());
        let operation = recognizer.operation().map_or("unknown", |it| it.name());
        // What SDKs say of themselves: `attempt=1; max=3`.
        let is_first =
            ["", "attempt=1"].contains(&header("amz-sdk-request").split(';').next().unwrap());
        let again = if is_first { "" } else { " again" };
        seen.lock().unwrap().push(format!("{name} {operation}{again}"));

        let action = format!("{name}:{operation}");
        let refusal = Refusal {
            principal: Some("arn:aws:iam::123456789012:user/ann"),
            action: &action,
            resource: Some("*"),
            because: Because::Denied(Policy::ServiceControl),
        };
        let said = sentence(service, &refusal);
        let id = u128::from(NEXT.fetch_add(1, Ordering::Relaxed)) << 96 | 0x1234_5678;
        let answer = answer(service, recognizer.wire(), &said, id);
        let fields = answer.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
        // Of what answers a `HEAD`, no length is said.
        let length = match method {
            "HEAD" => String::new(),
            _ => format!("content-length: {}\r\n", answer.body.len()),
        };
        let fields: String = fields.collect();
        let head = format!("HTTP/1.1 {} Refused\r\n{fields}{length}\r\n", answer.status);
        // A client that has read enough may be gone.
        if writer.write_all(&[head.as_bytes(), &answer.body].concat()).is_err() {
            return;
        }
    }
}

pub(crate) fn read_head(reader: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match reader.read_until(b'\n', &mut head) {
            Ok(0) | Err(_) => return None,
            Ok(_) => {}
        }
    }
    Some(head)
}

pub(crate) fn read_body(reader: &mut impl BufRead, length: &str, encoding: &str) -> Vec<u8> {
    let mut body = Vec::new();
    if !encoding.to_ascii_lowercase().contains("chunked") {
        let length = length.parse().unwrap_or(0);
        reader.take(length).read_to_end(&mut body).unwrap();
        return body;
    }
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let size = line.trim().split(';').next().unwrap_or_default();
        let size = u64::from_str_radix(size, 16).unwrap();
        reader.take(size).read_to_end(&mut body).unwrap();
        if size == 0 {
            // Trailers, up to the empty line.
            while reader.read_line(&mut line).unwrap() > 2 {}
            return body;
        }
        reader.read_line(&mut line).unwrap();
    }
}
