//! Pipes, devices and clients that would have us wait for ever.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use super::{recorded, write_lines};
use crate::common::{Listener, attempt, event, leastwise, signal, with_default_signals};

const PATIENCE: Duration = Duration::from_secs(60);

fn fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// A folder with a policy, a recording, and a pipe that nobody writes to or reads.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let statement = json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"});
    let policy = json!({"Version": "2012-10-17", "Statement": [statement]});
    std::fs::write(file("policy.json"), policy.to_string()).unwrap();
    write_lines(&file("calls.jsonl"), [recorded("s3:GetObject", &["arn:aws:s3:::b/k".to_owned()])]);
    fifo(&file("pipe"));
    folder
}

/// Waits for its end, but not for ever.
#[track_caller]
fn ended(mut process: Child, what: &str) -> Output {
    let end = Instant::now() + PATIENCE;
    while process.try_wait().unwrap().is_none() {
        if Instant::now() > end {
            process.kill().unwrap();
            process.wait().unwrap();
            panic!("{what} did not end");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    process.wait_with_output().unwrap()
}

#[track_caller]
fn run(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = leastwise(arguments);
    command.current_dir(folder).stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = ended(command.spawn().unwrap(), &arguments.join(" "));
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_pipe_that_nobody_reads_is_not_waited_for() {
    let folder = folder();
    for arguments in [
        &["policy", "calls.jsonl", "-o", "pipe"][..],
        &["run", "--mode", "csm", "-o", "pipe", "--", "true"],
        &["prune", "--policy", "policy.json", "-o", "pipe", "calls.jsonl"],
        &["check", "--policy", "policy.json", "--sarif", "pipe", "calls.jsonl"],
    ] {
        let (code, _, said) = run(folder.path(), arguments);
        assert_eq!(code, Some(1), "{arguments:?}: {said}");
        assert!(said.contains("it is a pipe that nothing reads"), "{arguments:?}: {said}");
    }
}

#[test]
fn a_pipe_that_somebody_reads_gets_the_policy() {
    let folder = folder();
    let mut reader = Command::new("cat");
    let reader = reader.arg(folder.path().join("pipe")).stdout(Stdio::piped()).spawn().unwrap();
    // Until it has opened the pipe it is nobody.
    let begin = Instant::now();
    let (code, said) = loop {
        let (code, _, said) = run(folder.path(), &["policy", "calls.jsonl", "-o", "pipe"]);
        if code == Some(0) || begin.elapsed() > PATIENCE {
            break (code, said);
        }
    };
    assert_eq!(code, Some(0), "{said}");
    let read = ended(reader, "the reader");
    assert!(String::from_utf8(read.stdout).unwrap().contains("s3:GetObject"));
}

#[test]
fn what_is_read_is_a_file() {
    let folder = folder();
    let cases: &[(&[&str], &str)] = &[
        (&["check", "--policy", "pipe", "calls.jsonl"], "a pipe or a device"),
        (&["check", "--policy", "/dev/zero", "calls.jsonl"], "a pipe or a device"),
        (&["prune", "--policy", "pipe", "calls.jsonl"], "a pipe or a device"),
        (&["diff", "policy.json", "pipe"], "a pipe or a device"),
        (&["explain", "s3.GetObject", "--rules", "pipe"], "a pipe or a device"),
        (
            &[
                "run",
                "--mode",
                "proxy",
                "--upstream",
                "http://127.0.0.1:1",
                "--upstream-ca",
                "pipe",
                "--",
                "true",
            ],
            "a pipe or a device",
        ),
    ];
    for (arguments, reason) in cases {
        let (code, _, said) = run(folder.path(), arguments);
        assert_eq!(code, Some(2), "{arguments:?}: {said}");
        assert!(said.contains(reason), "{arguments:?}: {said}");
    }
}

#[test]
fn a_pipe_that_is_called_like_a_service_is_not_waited_for() {
    let folder = folder();
    fifo(&folder.path().join("s3.GetObject"));
    let (code, shown, said) = run(folder.path(), &["explain", "s3.GetObject"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(shown.contains("s3:GetObject"), "{shown}");
}

#[test]
fn a_policy_is_not_larger_than_5_mb() {
    let folder = folder();
    std::fs::write(folder.path().join("large"), " ".repeat((5 << 20) + 1)).unwrap();
    std::fs::write(folder.path().join("deep"), "[".repeat(1 << 20)).unwrap();
    let nested = format!("{}{}", "[".repeat(1 << 20), "]".repeat(1 << 20));
    std::fs::write(folder.path().join("nested"), nested).unwrap();
    for (name, reason) in [
        ("large", "it is larger than 5 MB"),
        ("deep", "this is not JSON"),
        ("nested", "a policy is an object"),
    ] {
        for arguments in [
            &["check", "--policy", name, "calls.jsonl"][..],
            &["prune", "--policy", name, "calls.jsonl"],
            &["diff", "policy.json", name],
        ] {
            let (code, _, said) = run(folder.path(), arguments);
            assert_eq!(code, Some(2), "{arguments:?}: {said}");
            assert!(said.contains(reason), "{arguments:?}: {said}");
        }
    }
    let mut command = leastwise(["check", "--policy", "-", "calls.jsonl"]);
    command.current_dir(folder.path()).stdin(std::fs::File::open("/dev/zero").unwrap());
    command.stderr(Stdio::piped());
    let output = ended(command.spawn().unwrap(), "check of an endless standard input");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("it is larger than 5 MB"), "{said}");
}

#[test]
fn what_a_shell_substitutes_is_read() {
    let folder = folder();
    let script = r#""$0" check --policy <(cat policy.json) <(cat calls.jsonl) && "$0" policy <(cat calls.jsonl)"#;
    let mut command = Command::new("bash");
    command.args(["-c", script, env!("CARGO_BIN_EXE_leastwise")]).current_dir(folder.path());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = ended(command.spawn().unwrap(), "process substitution");
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{shown}{}", String::from_utf8_lossy(&output.stderr));
    assert!(shown.contains("1 of 1 need") && shown.contains("s3:GetObject"), "{shown}");
}

#[test]
fn a_signal_ends_reading() {
    let folder = folder();
    for arguments in [
        &["check", "--policy", "-", "calls.jsonl"][..],
        &["check", "--policy", "policy.json", "-"],
        &["policy", "pipe"],
        &["explain", "./pipe"],
    ] {
        let mut command = with_default_signals(arguments);
        command.current_dir(folder.path()).stdin(Stdio::piped());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        let input = process.stdin.take();
        std::thread::sleep(Duration::from_millis(500));
        assert!(process.try_wait().unwrap().is_none(), "{arguments:?} reads");
        signal(process.id(), "TERM");
        let output = ended(process, &arguments.join(" "));
        assert_eq!(output.status.signal(), Some(15), "{arguments:?}");
        drop(input);
    }
}

#[test]
fn signals_end_a_listener_whose_words_nobody_reads() {
    let mut command = with_default_signals(["listen", "--mode", "csm", "--csm-port", "0", "-vv"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let mut said = BufReader::with_capacity(1, process.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("listening on ") {
        line.clear();
        assert_ne!(said.read_line(&mut line).unwrap(), 0, "it listens");
    }
    let address = line.split("listening on ").nth(1).unwrap();
    let address: SocketAddr = address.split(". In").next().unwrap().parse().unwrap();
    let listener = Listener { process, address, stderr: None };
    // More words than a pipe holds.
    for _ in 0..4000 {
        listener.send(&attempt("sqs", "SendMessage"));
        listener.send(&event("sqs", "SendMessage"));
    }
    std::thread::sleep(Duration::from_secs(1));
    let mut process = listener.process;
    let end = Instant::now() + PATIENCE;
    while process.try_wait().unwrap().is_none() {
        if Instant::now() > end {
            process.kill().unwrap();
            panic!("signals did not end it");
        }
        let _ = Command::new("kill").args(["-s", "INT", &process.id().to_string()]).status();
        std::thread::sleep(Duration::from_millis(500));
    }
    drop(said);
    let mut policy = String::new();
    process.stdout.take().unwrap().read_to_string(&mut policy).unwrap();
    assert!(policy.contains("sqs:SendMessage"), "{policy}");
}

#[test]
fn idle_clients_leave_room_for_others() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in server.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let mut line = String::new();
            while stream.read_line(&mut line).unwrap() > 0 && line != "\r\n" {
                line.clear();
            }
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
            stream.get_mut().write_all(answer).unwrap();
        }
    });
    let home = tempfile::tempdir().unwrap();
    let script = r#"ulimit -n 64; exec "$0" listen --mode proxy --bind-addr 127.0.0.1:0"#;
    let mut command = Command::new("bash");
    command.args(["-c", script, env!("CARGO_BIN_EXE_leastwise")]).env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", home.path());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let mut said = BufReader::new(process.stderr.take().unwrap()).lines();
    let address = said.find_map(|line| {
        let line = line.unwrap();
        let rest = line.split("listening on ").nth(1)?;
        Some(rest.split(". In").next()?.parse::<SocketAddr>().unwrap())
    });
    let address = address.expect("where it listens");
    std::thread::spawn(move || said.for_each(drop));
    let serve = || {
        let begin = Instant::now();
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(stream, "GET http://127.0.0.1:{port}/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        (answer, begin.elapsed())
    };
    let idle: Vec<TcpStream> = (0..200)
        .map(|number| {
            let mut stream = TcpStream::connect(address).unwrap();
            match number % 3 {
                0 => {}
                // A head that does not end, and a tunnel in which nothing is said.
                1 => stream.write_all(b"GET http://").unwrap_or_default(),
                _ => stream
                    .write_all(b"CONNECT s3.amazonaws.com:443 HTTP/1.1\r\n\r\n")
                    .unwrap_or_default(),
            }
            stream
        })
        .collect();
    let served: Vec<_> = (0..5).map(|_| serve()).collect();
    process.kill().unwrap();
    process.wait().unwrap();
    drop(idle);
    for (answer, time) in served {
        assert!(answer.ends_with("\r\n\r\nok"), "{answer}");
        assert!(time < Duration::from_secs(20), "{time:?}");
    }
}
