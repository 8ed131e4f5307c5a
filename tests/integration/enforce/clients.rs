//! Real SDKs under `leastwise run --enforce`, by a policy that allows nothing: each sees its own access-denied error, at once and at the
//! first refusal, and nothing of what it asks for reaches the upstream.

use std::fs::File;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::support::{Stub, policy};
use crate::clients_proxy::Http2Upstream;
use crate::refused_programs::{self as programs, Program};
use crate::support::on_path;

/// More than any of them needs: ten programs in Python start one after the other where others work beside them.
const AT_ONCE: Duration = Duration::from_secs(300);

#[test]
fn boto3() {
    check(programs::boto3("enforce::clients::boto3"));
}

#[test]
fn aws_cli_v1() {
    check(programs::aws_cli_v1("enforce::clients::aws_cli_v1"));
}

#[test]
fn aws_cli_v2() {
    check(programs::aws_cli_v2("enforce::clients::aws_cli_v2"));
}

#[test]
fn javascript_v2() {
    check(programs::javascript_v2("enforce::clients::javascript_v2"));
}

#[test]
fn javascript_v3() {
    check(programs::javascript_v3("enforce::clients::javascript_v3"));
}

#[test]
fn rust_sdk() {
    check(programs::rust_sdk("enforce::clients::rust_sdk"));
}

#[test]
fn go_sdk() {
    check(programs::go_sdk("enforce::clients::go_sdk"));
}

#[test]
fn curl() {
    check(programs::curl("enforce::clients::curl"));
}

/// It lists the workspaces first, more than once, and goes on without.
#[test]
fn terraform() {
    let Some(program) = programs::terraform("enforce::clients::terraform") else { return };
    let stub = Stub::start();
    let mut asked = refused(&program, &stub.url, &[]);
    asked.dedup();
    assert_eq!(asked, ["s3 ListObjectsV2", "s3 HeadObject"]);
    assert_eq!(stub.seen(), Vec::<String>::new());
}

/// The proxy speaks it with clients whose upstream does.
#[test]
fn node_http2() {
    let Some(program) = programs::node_http2("enforce::clients::node_http2") else { return };
    let upstream = Http2Upstream::start(&on_path("node").unwrap());
    let trusted = [PathBuf::from("--upstream-ca"), upstream.authority.clone()];
    assert_eq!(refused(&program, &upstream.url, &trusted), program.operations());
}

/// Runs the program. Each of the operations that are expected was refused once, and nothing else was asked for. (A client has its
/// answer a moment before the decision is told, and may be so quick that the next one, on another connection, is told first.)
fn check(program: Option<Program>) {
    let Some(program) = program else { return };
    let stub = Stub::start();
    let (mut asked, mut wanted) = (refused(&program, &stub.url, &[]), program.operations());
    asked.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(asked, wanted);
    assert_eq!(stub.seen(), Vec::<String>::new());
}

/// Runs the program, which must end well, and compares what it printed with what is expected; the operations that were refused.
fn refused(program: &Program, upstream: &str, further: &[PathBuf]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    std::fs::write(file("nothing.json"), policy(&json!([]))).unwrap();
    let mut before = vec![env!("CARGO_BIN_EXE_leastwise"), "run", "--mode", "proxy"];
    before.extend(["--upstream", upstream, "--enforce", "nothing.json"]);
    before.extend(["--decisions", "decisions.jsonl", "-o", "recorded.json"]);
    before.extend(further.iter().map(|it| it.to_str().unwrap()));
    before.push("--");
    let mut command = program.command(&before, folder.path());
    let output = |name: &str| Stdio::from(File::create(file(name)).unwrap());
    command.stdin(Stdio::null()).stdout(output("out")).stderr(output("err"));
    let (mut process, started) = (command.spawn().unwrap(), Instant::now());
    let status = loop {
        if let Some(status) = process.try_wait().unwrap() {
            break Some(status);
        }
        if started.elapsed() > AT_ONCE {
            process.kill().unwrap();
            process.wait().unwrap();
            break None;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let text = |name: &str| std::fs::read_to_string(file(name)).unwrap();
    let said = text("err");
    assert!(status.is_some_and(|it| it.success()), "{status:?}: {}{said}", text("out"));
    assert_eq!(text("out"), program.wanted(), "{said}");
    // Nothing failed in the proxy, and all was understood.
    for incomplete in ["failed in the proxy", "not recognised", "passed, but would be refused"] {
        assert!(!said.contains(incomplete), "{said}");
    }
    let decisions = text("decisions.jsonl");
    let asked = decisions.lines().map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!((&line["outcome"], &line["stage"]), (&json!("refused"), &json!("request")));
        format!("{} {}", line["service"].as_str().unwrap(), line["operation"].as_str().unwrap())
    });
    asked.collect()
}
