//! The real binary as a proxy: what is secret in a request stays out of everything that it writes, and
//! what is large in one takes no memory.
#![cfg(unix)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::time::{Duration, Instant};

use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;

use crate::common::leastwise;
use crate::support::{ACCOUNT, access_key_id, left_out, on_path, repository, skipped};

const PATIENCE: Duration = Duration::from_secs(300);

/// A request as the upstream gets it.
struct Received {
    /// Request line and headers, with the last line's end.
    head: String,
    /// How long the body is.
    length: u64,
    /// The first bytes of the body.
    body: Vec<u8>,
}

/// A plain HTTP/1.1 upstream that reads requests and forgets all but the first bytes of their bodies.
/// It hangs up where `answer` has no answer. Returns its port.
fn upstream(answer: impl Fn(&Received) -> Option<String> + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, answer) = (stream.unwrap(), answer.clone());
            stream.set_nodelay(true).unwrap();
            std::thread::spawn(move || {
                let mut writer = stream.try_clone().unwrap();
                let mut reader = BufReader::with_capacity(1 << 16, stream);
                while let Some(received) = receive(&mut reader) {
                    let Some(text) = answer(&received) else { return };
                    if writer.write_all(text.as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    port
}

fn receive(reader: &mut BufReader<TcpStream>) -> Option<Received> {
    const KEPT: usize = 1 << 16;
    let head = head(reader)?;
    let field = |name: &str| {
        head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    let mut body = Vec::new();
    let mut pass = |reader: &mut BufReader<TcpStream>, mut left: u64| {
        while left > 0 {
            let part = reader.fill_buf().ok().filter(|part| !part.is_empty())?;
            let count = part.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            body.extend_from_slice(&part[..count.min(KEPT - body.len())]);
            reader.consume(count);
            left -= count as u64;
        }
        Some(())
    };
    let mut length = field("content-length").map_or(0, |length| length.parse().unwrap());
    pass(reader, length)?;
    if field("transfer-encoding").is_some_and(|coding| coding == "chunked") {
        let mut line = String::new();
        loop {
            line.clear();
            reader.read_line(&mut line).ok()?;
            let size = u64::from_str_radix(line.trim_end(), 16).unwrap();
            pass(reader, size)?;
            length += size;
            line.clear();
            reader.read_line(&mut line).ok()?;
            assert_eq!(line, "\r\n", "chunks end where they say, and there are no trailers");
            if size == 0 {
                break;
            }
        }
    }
    Some(Received { head, length, body })
}

/// Up to the empty line; `None` when the stream ends before.
fn head(reader: &mut impl BufRead) -> Option<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    Some(head)
}

fn response(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

fn recorded(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

#[test]
fn secrets_are_found_nowhere() {
    let Some(python) = on_path("python3") else {
        return skipped("proxy_secrets::secrets_are_found_nowhere", "no python3");
    };
    // Letters and digits only: the same in JSON, in a form, in a URL and in XML.
    let secrets = [
        ("AWS_SECRET_ACCESS_KEY", "secretKeyMadeUpForThisTest0123456789abcd"),
        ("AWS_SESSION_TOKEN", "sessionTokenMadeUpForThisTest4711sessionToken"),
        ("BODY", "bodyMarkerThatNobodyMayFind0815"),
        ("TAG", "tagValueThatNobodyMayFind1337"),
    ];
    let (_, token) = secrets[1];
    let (_, body) = secrets[2];
    let heard: Arc<Mutex<String>> = Arc::default();
    let ear = heard.clone();
    let port = upstream(move |received| {
        let bytes = String::from_utf8_lossy(&received.body);
        *ear.lock().unwrap() += &format!("{}{bytes}\n", received.head);
        let line = received.head.lines().next().unwrap();
        if line.contains("/hang-up") {
            return None;
        }
        let text = received.head.to_ascii_lowercase();
        if text.contains("dynamodb") {
            let signature = signatures(&received.head).pop().unwrap_or_default();
            let text = format!(
                r#"{{"__type":"com.amazon.coral.service#InvalidSignatureException","message":"The Canonical String should have been 'POST / x-amz-security-token:{token} {body}', not {signature}"}}"#
            );
            return Some(response("400 Bad Request", &text));
        }
        if text.contains("host: sts.") {
            let text = format!(
                "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>{}</AccessKeyId><SecretAccessKey>{body}\
                 </SecretAccessKey><SessionToken>{token}</SessionToken></Credentials></AssumeRoleResult></AssumeRoleResponse>",
                access_key_id(ACCOUNT)
            );
            return Some(response("200 OK", &text));
        }
        Some(response("200 OK", "{}"))
    });

    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let upstream = format!("http://127.0.0.1:{port}");
    let mut command = leastwise(["run", "--mode", "proxy", "--upstream", &upstream, "-vvv"]);
    command
        .arg("--record")
        .arg(file("rec.jsonl"))
        .arg("-o")
        .arg(file("policy.json"))
        .arg("--")
        .arg(python)
        .arg(repository("tests/clients/secrets_on_the_wire.py"))
        .env("HOME", folder.path())
        .env("AWS_ACCESS_KEY_ID", access_key_id(ACCOUNT))
        .envs(secrets);
    let output = command.output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{printed}{said}");
    assert!(printed.contains("all sent"), "{printed}{said}");

    // They were sent.
    let heard = heard.lock().unwrap();
    let mut hidden: Vec<String> = signatures(&heard);
    assert!(hidden.len() >= 12, "signatures: {hidden:?}");
    for (name, secret) in secrets {
        assert_eq!(heard.contains(secret), name != "AWS_SECRET_ACCESS_KEY", "{name}");
        hidden.push(secret.to_owned());
    }

    // The calls were heard.
    let recording = std::fs::read_to_string(file("rec.jsonl")).unwrap();
    let mut operations: BTreeMap<String, usize> = BTreeMap::new();
    for call in recorded(&file("rec.jsonl")) {
        *operations.entry(call["operation"].as_str().unwrap_or("-").to_owned()).or_default() += 1;
    }
    eprintln!("recorded: {operations:?}");
    for (operation, count) in [
        ("AssumeRole", 1),
        ("CreateFunction", 2),
        ("CreateSecret", 1),
        ("GetObject", 3),
        ("PutItem", 1),
        ("PutObject", 1),
        ("PutParameter", 1),
        ("RunInstances", 1),
    ] {
        assert_eq!(operations.get(operation), Some(&count), "{operation}: {recording}\n{said}");
    }
    let policy = std::fs::read_to_string(file("policy.json")).unwrap();
    for wanted in ["function:secretive", "vault/treasure", "secret:database-??????"] {
        assert!(policy.contains(wanted), "{wanted}: {policy}");
    }

    // So was what has no name, and what failed.
    for wanted in [
        "lambda  POST lambda.eu-west-1.amazonaws.com/…/…\n",
        "3 connections failed in the proxy:",
        "dynamodb.PutItem in eu-west-1: InvalidSignatureException\n",
    ] {
        assert!(said.contains(wanted), "{wanted}: {said}");
    }

    // A tag is no secret: it holds what the call made in the policy, and the recording has it for that. Elsewhere it is not.
    let (_, tag) = secrets[3];
    hidden.retain(|it| it != tag);
    let mut elsewhere = said.clone() + &printed;
    for mut call in recorded(&file("rec.jsonl")) {
        call.as_object_mut().unwrap().remove("request_tags");
        elsewhere += &call.to_string();
    }
    assert!(!elsewhere.contains(tag), "{elsewhere}");

    // Nothing of the rest was kept.
    let mut found = Vec::new();
    for (place, text) in
        [("recording", &recording), ("policy", &policy), ("stdout", &printed), ("stderr", &said)]
    {
        for line in text.lines() {
            let secrets = hidden.iter().filter(|secret| line.contains(secret.as_str()));
            found.extend(secrets.map(|secret| format!("{secret} in the {place}: {line}")));
        }
    }
    assert!(found.is_empty(), "{} found:\n{}", found.len(), found.join("\n"));
    // Nor under another name.
    let left: BTreeSet<_> = crate::common::names(folder.path()).into_iter().collect();
    assert_eq!(left, BTreeSet::from(["policy.json".to_owned(), "rec.jsonl".to_owned()]));
}

/// What follows `Signature=`, in headers and in URLs.
fn signatures(text: &str) -> Vec<String> {
    text.split("Signature=")
        .skip(1)
        .map(|rest| rest.chars().take_while(char::is_ascii_hexdigit).collect::<String>())
        .inspect(|hex| assert_eq!(hex.len(), 64, "{hex}"))
        .collect()
}

/// `leastwise listen --mode proxy` at work.
struct Proxy {
    process: Child,
    address: SocketAddr,
    config: Arc<ClientConfig>,
    recording: PathBuf,
}

impl Proxy {
    fn start(upstream: u16, folder: &Path) -> Proxy {
        let recording = folder.join("calls.jsonl");
        let mut command = leastwise(["listen", "--mode", "proxy", "--bind-addr", "127.0.0.1:0"]);
        command.args([
            "--resources",
            "exact",
            "--upstream",
            &format!("http://127.0.0.1:{upstream}"),
        ]);
        command.arg("--record").arg(&recording).arg("-o").arg(folder.join("policy.json"));
        command.env("HOME", folder).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut said = BufReader::new(process.stderr.take().unwrap()).lines().map(Result::unwrap);
        let after = |line: &str, mark: &str| {
            let rest = line.split_once(mark)?.1;
            Some(rest.split([' ', '\'']).next()?.trim_end_matches('.').to_owned())
        };
        let (mut address, mut certificate) = (None, None);
        while address.is_none() || certificate.is_none() {
            let line = said.next().expect("the address and the authority's file");
            address = address.or_else(|| after(&line, "listening on "));
            certificate = certificate.or_else(|| after(&line, "LEASTWISE_CA_FILE="));
        }
        // Somebody has to read on, or it waits.
        std::thread::spawn(move || said.for_each(drop));
        let certificate = CertificateDer::from_pem_file(certificate.unwrap()).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(certificate).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let address = address.unwrap().parse().unwrap();
        Proxy { process, address, config: Arc::new(config), recording }
    }

    /// A TLS connection to this host, through the tunnel.
    fn connect(&self, host: &str) -> BufReader<StreamOwned<ClientConnection, TcpStream>> {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        write!(stream, "CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n").unwrap();
        let mut answer = BufReader::new(stream);
        assert!(head(&mut answer).unwrap().starts_with("HTTP/1.1 200"));
        assert_eq!(answer.buffer(), b"");
        let name = ServerName::try_from(host.to_owned()).unwrap();
        let connection = ClientConnection::new(self.config.clone(), name).unwrap();
        BufReader::new(StreamOwned::new(connection, answer.into_inner()))
    }

    /// Its most memory so far, in KiB.
    fn peak(&self) -> Option<u64> {
        let status = format!("/proc/{}/status", self.process.id());
        let status = std::fs::read_to_string(status).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.split_whitespace().next()?.parse().ok()
    }

    /// Waits until the recording has this many calls.
    fn recorded(&self, count: usize) -> Vec<Value> {
        let begin = Instant::now();
        loop {
            let calls = recorded(&self.recording);
            if calls.len() >= count || begin.elapsed() > Duration::from_secs(20) {
                assert_eq!(calls.len(), count, "calls in the recording");
                return calls;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Request line and headers, signed as far as one can see.
fn request(method: &str, host: &str, path: &str, length: u64, fields: &str) -> String {
    let service = host.split('.').rev().nth(3).unwrap();
    format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n{fields}X-Amz-Date: 20260102T030405Z\r\n\
         X-Amz-Content-Sha256: UNSIGNED-PAYLOAD\r\nAuthorization: AWS4-HMAC-SHA256 Credential={}/20260102/eu-west-1/{service}\
         /aws4_request, SignedHeaders=host;x-amz-date, Signature={:064x}\r\n\r\n",
        access_key_id(ACCOUNT),
        4711
    )
}

fn ok(client: &mut impl BufRead) {
    let head = head(client).expect("an answer");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    let length = head.lines().find_map(|line| {
        line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse::<u64>().ok()
    });
    std::io::copy(&mut client.by_ref().take(length.unwrap()), &mut std::io::sink()).unwrap();
}

#[test]
fn bulk_takes_no_memory_and_loses_nothing() {
    const MOST: u64 = 64 << 10;
    const OBJECT: &str = "bulk.s3.eu-west-1.amazonaws.com";
    const LAMBDA: &str = "lambda.eu-west-1.amazonaws.com";
    const TABLE: &str = "dynamodb.eu-west-1.amazonaws.com";
    const PATH: &str = "/folder/large%20object.bin";

    let full = !cfg!(debug_assertions)
        || std::env::var_os("LEASTWISE_BULK").is_some_and(|value| value == "full");
    let object: u64 = if full { 1 << 30 } else { 256 << 20 };
    let received = Arc::new(AtomicU64::new(0));
    let counter = received.clone();
    let port = upstream(move |received| {
        counter.fetch_add(received.length, Ordering::SeqCst);
        Some(response("200 OK", "{}"))
    });
    let folder = tempfile::tempdir().unwrap();
    let mut proxy = Proxy::start(port, folder.path());
    let show = |proxy: &Proxy, what: &str, bytes: u64, begin: Instant| {
        let seconds = begin.elapsed().as_secs_f64();
        let rate = bytes as f64 / f64::from(1 << 20) / seconds;
        let peak = proxy.peak().map_or("unknown".to_owned(), |peak| format!("{peak} KiB"));
        eprintln!("measured: {what}: {seconds:.2} s, {rate:.0} MiB/s; peak so far {peak}");
    };
    show(&proxy, "idle", 0, Instant::now());
    let piece = vec![0; 1 << 16];

    // An object that streams.
    let begin = Instant::now();
    let mut client = proxy.connect(OBJECT);
    client.get_mut().write_all(request("PUT", OBJECT, PATH, object, "").as_bytes()).unwrap();
    for _ in 0..object / piece.len() as u64 {
        client.get_mut().write_all(&piece).unwrap();
    }
    client.get_mut().flush().unwrap();
    ok(&mut client);
    show(&proxy, &format!("PutObject of {} MiB", object >> 20), object, begin);
    assert_eq!(received.swap(0, Ordering::SeqCst), object);

    // One with a trailing checksum, as boto3 sends it: its own chunks inside of HTTP's.
    const WITH_TRAILER: &str = "/with%20trailer.bin";
    let begin = Instant::now();
    let mut client = proxy.connect(OBJECT);
    let fields = format!(
        "Transfer-Encoding: chunked\r\nContent-Encoding: aws-chunked\r\nX-Amz-Trailer: x-amz-checksum-crc32\r\n\
         X-Amz-Decoded-Content-Length: {}\r\n",
        object / 4
    );
    let head = request("PUT", OBJECT, WITH_TRAILER, 0, &fields);
    client.get_mut().write_all(head.replace("Content-Length: 0\r\n", "").as_bytes()).unwrap();
    let mut framed = 0;
    let mut chunk = |bytes: &[&[u8]]| {
        let size: usize = bytes.iter().map(|part| part.len()).sum();
        let line = format!("{size:x}\r\n");
        let parts = [&[line.as_bytes()], bytes, &[b"\r\n"]].concat();
        parts.iter().for_each(|part| client.get_mut().write_all(part).unwrap());
        framed += size as u64;
    };
    for _ in 0..object / 4 / piece.len() as u64 {
        chunk(&[format!("{:x}\r\n", piece.len()).as_bytes(), &piece, b"\r\n"]);
    }
    chunk(&[b"0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n"]);
    chunk(&[]);
    client.get_mut().flush().unwrap();
    ok(&mut client);
    show(&proxy, &format!("aws-chunked PutObject of {} MiB", object >> 22), framed, begin);
    assert_eq!(received.swap(0, Ordering::SeqCst), framed);

    // A function whose name comes last.
    const ZIP: usize = 60_000_000;
    let (before, after) = (
        r#"{"Code":{"ZipFile":""#,
        r#""},"Role":"arn:aws:iam::123456789012:role/worker","FunctionName":"weighty"}"#,
    );
    let length = (before.len() + ZIP + after.len()) as u64;
    let begin = Instant::now();
    let mut client = proxy.connect(LAMBDA);
    let fields = "Content-Type: application/json\r\n";
    let text = request("POST", LAMBDA, "/2015-03-31/functions", length, fields);
    client.get_mut().write_all((text + before).as_bytes()).unwrap();
    let letters = vec![b'A'; 60_000];
    for _ in 0..ZIP / letters.len() {
        client.get_mut().write_all(&letters).unwrap();
    }
    client.get_mut().write_all(after.as_bytes()).unwrap();
    client.get_mut().flush().unwrap();
    ok(&mut client);
    show(&proxy, "CreateFunction of 60 MB", length, begin);
    assert_eq!(received.swap(0, Ordering::SeqCst), length);

    // A thousand calls over fifty connections at once, each of which asks for all of its own before it reads an answer.
    let begin = Instant::now();
    let ready = Barrier::new(50);
    std::thread::scope(|scope| {
        for connection in 0..50 {
            let (proxy, ready) = (&proxy, &ready);
            scope.spawn(move || {
                let mut client = proxy.connect(TABLE);
                let fields = "Content-Type: application/x-amz-json-1.0\r\nX-Amz-Target: DynamoDB_20120810.GetItem\r\n";
                let mut text = String::new();
                for n in 0..20 {
                    let body = format!(
                        r#"{{"TableName":"table-{connection}-{n}","Key":{{"id":{{"S":"1"}}}}}}"#
                    );
                    text += &request("POST", TABLE, "/", body.len() as u64, fields);
                    text += &body;
                }
                ready.wait();
                client.get_mut().write_all(text.as_bytes()).unwrap();
                client.get_mut().flush().unwrap();
                (0..20).for_each(|_| ok(&mut client));
            });
        }
    });
    show(&proxy, "1000 calls over 50 connections", received.load(Ordering::SeqCst), begin);

    let calls = proxy.recorded(1_003);
    let of = |operation: &str| -> Vec<&Value> {
        calls.iter().filter(|call| call["operation"] == operation).collect()
    };
    let resources = |call: &Value| call["requires"].to_string();
    let [put, with_trailer] = of("PutObject")[..] else { panic!("{:?}", of("PutObject")) };
    assert_eq!(with_trailer["status"], 200, "{with_trailer}");
    assert_eq!(with_trailer["parameters"]["Key"], "with trailer.bin", "{with_trailer}");
    assert!(
        resources(with_trailer).contains("arn:aws:s3:::bulk/with trailer.bin"),
        "{with_trailer}"
    );
    eprintln!("recorded: {put}");
    assert_eq!((&put["service"], &put["status"]), (&"s3".into(), &200.into()), "{put}");
    assert_eq!(put["parameters"]["Bucket"], "bulk", "{put}");
    assert_eq!(put["parameters"]["Key"], "folder/large object.bin", "{put}");
    assert!(resources(put).contains("arn:aws:s3:::bulk/folder/large object.bin"), "{put}");
    let [function] = of("CreateFunction")[..] else { panic!("{:?}", of("CreateFunction")) };
    eprintln!("recorded: {function}");
    let role = "arn:aws:iam::123456789012:role/worker";
    assert_eq!(function["status"], 200, "{function}");
    assert_eq!(function["parameters"]["FunctionName"], "weighty", "{function}");
    assert_eq!(function["parameters"]["Role"], role, "{function}");
    assert!(resources(function).contains(":function:weighty\""), "{function}");
    assert!(resources(function).contains("iam:PassRole"), "{function}");
    let tables: BTreeSet<_> = of("GetItem")
        .iter()
        .map(|call| call["parameters"]["TableName"].as_str().unwrap_or("none"))
        .collect();
    let wanted: BTreeSet<_> =
        (0..50).flat_map(|c| (0..20).map(move |n| format!("table-{c}-{n}"))).collect();
    assert_eq!(of("GetItem").len(), 1_000);
    assert!(tables.iter().copied().eq(wanted.iter().map(String::as_str)), "{tables:?}");

    let peak = proxy.peak();
    crate::common::signal(proxy.process.id(), "TERM");
    assert_eq!(proxy.process.wait().unwrap().code(), Some(0));
    let policy = std::fs::read_to_string(folder.path().join("policy.json")).unwrap();
    for wanted in
        [":function:weighty\"", ":::bulk/folder/large object.bin\"", ":table/table-49-19\""]
    {
        assert!(policy.contains(wanted), "{wanted} is not in the policy");
    }
    let Some(peak) = peak else {
        return left_out(
            "proxy_secrets::bulk_takes_no_memory_and_loses_nothing",
            "the peak of memory is measured on Linux only; all else was tested",
        );
    };
    eprintln!("measured: peak {peak} KiB");
    assert!(peak < MOST, "{peak} KiB at the peak");
}
