//! Real SDKs before a server that refuses whatever they ask for, with the answers of `leastwise::refuse`: each raises its own
//! access-denied error, at once and at the first refusal.
//!
//! The programs in `tests/clients/refused` print a line for each operation: service, operation, and what the SDK made of the
//! answer. They take the endpoint from `AWS_ENDPOINT_URL`, where there is one, and know nothing of this server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use leastwise::catalog::Catalog;
use leastwise::recognize::http::{self, RequestHead};
use leastwise::refuse::{Because, Policy, Refusal, answer, sentence};

use crate::support::{
    ACCOUNT, access_key_id, child_path, installed, on_path, repository, run, skipped,
};

const NO_VENV: &str = "no .venv (scripts/test makes it)";
/// More than any of them needs: ten programs in Python start one after the other where others work beside them.
const AT_ONCE: Duration = Duration::from_secs(300);

#[test]
fn boto3() {
    let Some(python) = installed("python") else {
        return skipped("refusals_clients::boto3", NO_VENV);
    };
    let program = repository("tests/clients/refused/boto3_refused.py");
    check(Command::new(python).arg(program), "boto3.txt");
}

#[test]
fn aws_cli_v1() {
    let (Some(aws), Some(bash)) = (installed("aws"), on_path("bash")) else {
        return skipped(
            "refusals_clients::aws_cli_v1",
            "no .venv (scripts/test makes it) or no bash",
        );
    };
    aws_cli(&bash, &aws);
}

/// Debian's `awscli`, or the one that `AWS_CLI_V2` names.
#[test]
fn aws_cli_v2() {
    let named = std::env::var_os("AWS_CLI_V2").map(PathBuf::from);
    let aws = named.unwrap_or_else(|| "/usr/bin/aws".into());
    let version = Command::new(&aws).arg("--version").output();
    let is_v2 =
        version.is_ok_and(|it| String::from_utf8_lossy(&it.stdout).starts_with("aws-cli/2."));
    let Some(bash) = on_path("bash").filter(|_| is_v2) else {
        return skipped(
            "refusals_clients::aws_cli_v2",
            "no /usr/bin/aws of version 2 (Debian: apt install awscli)",
        );
    };
    aws_cli(&bash, &aws);
}

fn aws_cli(bash: &Path, aws: &Path) {
    let program = repository("tests/clients/refused/aws_cli_refused.sh");
    check(Command::new(bash).arg(program).arg(aws), "aws_cli.txt");
}

#[test]
fn javascript_v2() {
    javascript("javascript_v2", "aws-sdk");
}

#[test]
fn javascript_v3() {
    javascript("javascript_v3", "@aws-sdk/client-s3");
}

fn javascript(client: &str, package: &str) {
    let test = format!("refusals_clients::{client}");
    let Some(node) = on_path("node") else { return skipped(&test, "no node") };
    if !repository("tests/clients/node_modules").join(package).exists() {
        return skipped(&test, "no tests/clients/node_modules (scripts/test makes it, with npm)");
    }
    let program = repository(&format!("tests/clients/refused/{client}_refused.js"));
    check(Command::new(node).arg(program), &format!("{client}.txt"));
}

#[test]
fn rust_sdk() {
    let program = repository("target/rust-sdk/debug/refused");
    if !program.exists() {
        return skipped(
            "refusals_clients::rust_sdk",
            "no target/rust-sdk (scripts/test builds it)",
        );
    }
    check(&mut Command::new(program), "rust_sdk.txt");
}

/// Debian's packages of Go and its SDK, or those that `GOPATH` has.
#[test]
fn go_sdk() {
    let gopath = std::env::var_os("GOPATH").unwrap_or_else(|| "/usr/share/gocode".into());
    let has_sdk = Path::new(&gopath).join("src/github.com/aws/aws-sdk-go-v2").is_dir();
    let Some(go) = on_path("go").filter(|_| has_sdk) else {
        return skipped(
            "refusals_clients::go_sdk",
            "no Go or no SDK for it (Debian: apt install golang-go golang-github-aws-aws-sdk-go-v2-dev)",
        );
    };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let program = folder.join("go-refused");
    let mut build = Command::new(go);
    build.args(["build", "-o"]).arg(&program).arg("go_refused.go");
    build.current_dir(repository("tests/clients/refused"));
    build.env("GO111MODULE", "off").env("GOPATH", gopath).env("GOFLAGS", "-trimpath");
    build.env("GOCACHE", folder.join("go-cache"));
    run(&mut build, Duration::from_secs(900));
    check(&mut Command::new(program), "go_sdk.txt");
}

#[test]
fn curl() {
    let (Some(curl), Some(bash)) = (on_path("curl"), on_path("bash")) else {
        return skipped("refusals_clients::curl", "no curl or no bash");
    };
    let help = Command::new(curl).args(["--help", "all"]).output().unwrap();
    if !String::from_utf8_lossy(&help.stdout).contains("--aws-sigv4") {
        return skipped("refusals_clients::curl", "this curl does not sign for AWS (7.75 does)");
    }
    check(Command::new(bash).arg(repository("tests/clients/refused/curl_refused.sh")), "curl.txt");
}

/// It lists the workspaces first, more than once, and goes on without.
#[test]
fn terraform() {
    let (Some(_), Some(bash)) = (on_path("terraform"), on_path("bash")) else {
        return skipped("refusals_clients::terraform", "no terraform or no bash");
    };
    let program = repository("tests/clients/refused/terraform_refused.sh");
    let mut seen = refused(Command::new(bash).arg(program), "terraform.txt").1;
    seen.dedup();
    assert_eq!(seen, ["s3 ListObjectsV2", "s3 HeadObject"]);
}

/// Runs the program. The server saw each of the operations that are expected once, and nothing else.
fn check(program: &mut Command, expected: &str) {
    let (wanted, seen) = refused(program, expected);
    let lines = wanted.lines().map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" "));
    assert_eq!(seen, lines.collect::<Vec<_>>());
}

/// Runs the program, which must end well, and compares what it printed with the list of what is expected, which it returns together with
/// the operations that the server saw.
fn refused(program: &mut Command, expected: &str) -> (String, Vec<String>) {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    program
        .current_dir(folder.path())
        .env_clear()
        .env("PATH", child_path())
        .env("HOME", folder.path())
        .env("NODE_PATH", repository("tests/clients/node_modules"))
        .env("NODE_NO_WARNINGS", "1")
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_DEFAULT_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", access_key_id(ACCOUNT))
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ENDPOINT_URL", &server.url);
    let printed = run(program, AT_ONCE);
    let wanted =
        std::fs::read_to_string(repository("tests/clients/refused").join(expected)).unwrap();
    assert_eq!(printed, wanted, "{printed}");
    (wanted, server.seen())
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

fn read_head(reader: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match reader.read_until(b'\n', &mut head) {
            Ok(0) | Err(_) => return None,
            Ok(_) => {}
        }
    }
    Some(head)
}

fn read_body(reader: &mut impl BufRead, length: &str, encoding: &str) -> Vec<u8> {
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
