//! `leastwise ca`, and the proxy of `leastwise listen`.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Output, Stdio};

use crate::common::{actions, leastwise, names, signal, stderr, stdout};

fn ca(data: &Path, arguments: &[&str]) -> Output {
    leastwise(arguments).env("XDG_DATA_HOME", data).output().unwrap()
}

fn field(text: &str, name: &str) -> String {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap_or_else(|| panic!("no {name} in {text}")).trim().to_owned()
}

#[test]
fn an_authority_is_made_shown_renewed_and_refused_when_others_can_read_its_key() {
    let data = tempfile::tempdir().unwrap();
    let none = ca(data.path(), &["ca"]);
    assert_eq!(none.status.code(), Some(2));
    assert!(stderr(&none).contains("there is no certificate authority in "), "{}", stderr(&none));
    assert_eq!(names(data.path()), [""; 0], "looking makes nothing");

    let made = ca(data.path(), &["ca", "rotate", "--intercept", "s3.storage.example"]);
    assert_eq!((made.status.code(), stderr(&made)), (Some(0), ""));
    let shown = ca(data.path(), &["ca"]);
    assert_eq!(stdout(&shown), stdout(&made));
    let path = field(stdout(&shown), "certificate ");
    assert_eq!(Path::new(&path), data.path().join("leastwise/ca.pem"));
    let fingerprint = field(stdout(&shown), "SHA-256 ");
    assert_eq!(fingerprint.split(':').count(), 32);
    let vouches = field(stdout(&shown), "vouches for ");
    assert!(vouches.contains("amazonaws.com,") && vouches.contains("s3.storage.example"));

    let renewed = ca(data.path(), &["ca", "rotate"]);
    assert_ne!(field(stdout(&renewed), "SHA-256 "), fingerprint);
    assert!(stderr(&renewed).contains("remove the old one"), "{}", stderr(&renewed));

    let key = data.path().join("leastwise/ca-key.pem");
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    for arguments in [&["ca"][..], &["listen", "--mode", "proxy", "--bind-addr", "127.0.0.1:0"]] {
        let refused = ca(data.path(), arguments);
        assert_eq!(refused.status.code(), Some(2));
        assert!(stderr(&refused).contains("other users can read"), "{}", stderr(&refused));
    }
}

#[test]
fn without_a_home_it_says_what_to_set() {
    let output = leastwise(["ca"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("set one of them"), "{}", stderr(&output));
}

#[test]
fn other_machines_are_not_let_in_unasked() {
    let data = tempfile::tempdir().unwrap();
    let output = ca(data.path(), &["listen", "--mode", "proxy", "--bind-addr", "0.0.0.0:0"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--allow-remote"), "{}", stderr(&output));
    assert_eq!(names(data.path()), [""; 0]);
}

#[test]
fn listen_sees_what_passes_its_proxy() {
    let data = tempfile::tempdir().unwrap();
    let upstream = upstream();
    let mut process = leastwise(["listen", "--mode", "proxy", "--bind-addr", "127.0.0.1:0"])
        .args(["--upstream", &upstream])
        .env("XDG_DATA_HOME", data.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(process.stderr.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("leastwise: listening on ") {
        line.clear();
        assert_ne!(said.read_line(&mut line).unwrap(), 0, "it has ended");
    }
    let address = line["leastwise: listening on ".len()..].split(". In").next().unwrap().to_owned();
    let mut exports = String::new();
    while !exports.contains("JAVA_TOOL_OPTIONS=") {
        assert_ne!(said.read_line(&mut exports).unwrap(), 0, "{exports}");
    }
    assert!(exports.contains(&format!("HTTPS_PROXY=http://{address}")), "{exports}");
    assert!(exports.contains("leastwise/ca-bundle.pem"), "{exports}");
    for told in [
        "NODE_OPTIONS='--require ",
        "BUN_OPTIONS=--preload=",
        "PHP_INI_SCAN_DIR=:",
        "leastwise/java-trust.jks",
    ] {
        assert!(exports.contains(told), "{told}: {exports}");
    }
    // Those are for one run.
    assert!(!exports.contains("WGETRC") && !exports.contains("LEASTWISE_ENV_FILE"), "{exports}");

    // Plain HTTP, in absolute form, as any SDK would send it to an endpoint without TLS.
    let mut client = TcpStream::connect(&address).unwrap();
    let request = "GET http://pictures.s3.eu-west-1.amazonaws.com/a/b HTTP/1.1\r\n\
        Host: pictures.s3.eu-west-1.amazonaws.com\r\nConnection: close\r\n\
        Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/eu-west-1/s3/aws4_request, \
        SignedHeaders=host, Signature=feedface\r\n\r\n";
    client.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");

    signal(process.id(), "INT");
    let (mut policy, mut rest) = (String::new(), String::new());
    process.stdout.take().unwrap().read_to_string(&mut policy).unwrap();
    said.read_to_string(&mut rest).unwrap();
    assert_eq!(process.wait().unwrap().code(), Some(0));
    assert_eq!(actions(&policy), ["s3:GetObject"], "{rest}");
    assert!(policy.contains("arn:aws:s3:::pictures/a/b"), "{policy}");
    assert!(rest.contains("heard 1 call of 1 operation"), "{rest}");
}

/// A server that answers everything with 200. Its URL.
fn upstream() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            while lines.next().is_some_and(|line| !line.unwrap().is_empty()) {}
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nx-amz-request-id: R\r\n\r\n");
        }
    });
    url
}
