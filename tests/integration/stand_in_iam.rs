//! IAM as the stand-in has it, enforced (`--iam upstream`), in front of moto: with the AWS CLI, with boto3, and where it cannot be read.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::{leastwise, stderr, stdout};
use crate::support::{StandIn, child_path, installed, on_path, repository, skipped};

/// `leastwise run --iam upstream` in front of a moto, in a folder.
fn run(folder: &Path, url: &str, options: &[&str], command: &[&Path]) -> Output {
    let mut leastwise = leastwise(["run", "--mode", "proxy", "--upstream", url]);
    leastwise
        .args(["--iam", "upstream", "-o"])
        .arg(folder.join("policy.json"))
        .arg("--decisions")
        .arg(folder.join("decisions.jsonl"))
        .args(options)
        .arg("--")
        .args(command)
        .current_dir(folder)
        .env("PATH", child_path())
        .env("HOME", folder)
        .env("AWS_REGION", "us-east-1")
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_EC2_METADATA_DISABLED", "true");
    leastwise.output().unwrap()
}

/// What was judged of calls of this operation.
fn decisions(folder: &Path, operation: &str) -> Vec<Value> {
    let lines = std::fs::read_to_string(folder.join("decisions.jsonl")).unwrap();
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["operation"] == operation).collect()
}

/// The walk of LocalStack's pages: <https://docs.localstack.cloud/aws/capabilities/security-testing/iam-policy-enforcement/> and
/// <https://docs.localstack.cloud/aws/capabilities/security-testing/explainable-iam/>.
fn walk(test: &str, options: &[&str]) -> Option<(tempfile::TempDir, Output)> {
    let (Some(_), Some(bash)) = (installed("aws"), on_path("bash")) else {
        skipped(test, "there is no AWS CLI in .venv");
        return None;
    };
    let stand_in = StandIn::start();
    let folder = tempfile::tempdir().unwrap();
    let script = repository("tests/clients/iam_walk.sh");
    let output = run(folder.path(), &stand_in.url, options, &[&bash, &script, folder.path()]);
    Some((folder, output))
}

#[test]
fn localstacks_walk_is_refused_and_allowed_as_its_pages_say() {
    let test = "stand_in_iam::localstacks_walk_is_refused_and_allowed_as_its_pages_say";
    let Some((folder, output)) = walk(test, &[]) else { return };
    let said = stderr(&output);
    assert_eq!(
        stdout(&output),
        "root-mb ok\n\
         user-mb-before AccessDenied\n\
         attach ok\n\
         user-mb-after ok\n\
         create-function-without-pass-role AccessDeniedException\n\
         create-function-with-both ok\n",
        "{said}"
    );
    assert_eq!(output.status.code(), Some(0), "{said}");
    let created = decisions(folder.path(), "CreateFunction");
    let permission = |decision: &Value, action: &str| {
        let permissions = decision["permissions"].as_array().unwrap();
        permissions.iter().find(|it| it["action"] == action).unwrap().clone()
    };
    assert_eq!(created[0]["verdict"], "denied");
    let pass_role = permission(&created[0], "iam:PassRole");
    assert_eq!(pass_role["resource"], "arn:aws:iam::123456789012:role/lambda-role");
    assert_eq!((&pass_role["outcome"], &pass_role["explicit"]), (&json!("denied"), &json!(false)));
    assert_eq!(permission(&created[0], "lambda:CreateFunction")["outcome"], "allowed");
    assert_eq!(created[1]["verdict"], "allowed");
    let explained = said.split("leastwise: refused lambda.CreateFunction by ").nth(1).unwrap();
    for sentence in [
        "arn:aws:iam::123456789012:user/test",
        "denied: iam:PassRole on arn:aws:iam::123456789012:role/lambda-role, because no identity-based policy allows it",
        "allowed: lambda:CreateFunction on arn:aws:lambda:us-east-1:123456789012:function:one",
        "\"FirstStatement\"",
    ] {
        assert!(explained.contains(sentence), "{sentence}\n{explained}");
    }
}

#[test]
fn softly_localstacks_walk_passes_and_is_reported() {
    let test = "stand_in_iam::softly_localstacks_walk_passes_and_is_reported";
    let Some((folder, output)) = walk(test, &["--soft"]) else { return };
    let said = stderr(&output);
    let steps: Vec<&str> = stdout(&output).lines().collect();
    // The bucket is there already when it is made with the policy, and moto minds.
    assert_eq!(steps.len(), 6, "{said}");
    assert!(steps.iter().filter(|step| step.ends_with(" ok")).count() >= 5, "{steps:?}");
    assert_eq!(output.status.code(), Some(3), "{said}");
    for reported in ["s3.CreateBucket", "lambda.CreateFunction"] {
        let sentence = format!(
            "passed, but without --soft would be refused: {reported} by arn:aws:iam::123456789012:user/test"
        );
        assert!(said.contains(&sentence), "{sentence}\n{said}");
    }
    let lacking = said.split("the policies lack this:\n").nth(1).unwrap();
    assert!(lacking.contains("s3:CreateBucket") && lacking.contains("iam:PassRole"), "{lacking}");
    assert_eq!(decisions(folder.path(), "CreateFunction")[0]["outcome"], "passed-reported");
}

#[test]
fn principals_and_resources_may_what_their_policies_say() {
    let Some(python) = installed("python") else {
        return skipped(
            "stand_in_iam::principals_and_resources_may_what_their_policies_say",
            "there is no boto3 in .venv",
        );
    };
    let stand_in = StandIn::start();
    let folder = tempfile::tempdir().unwrap();
    let script = repository("tests/clients/iam_boto3.py");
    let output = run(folder.path(), &stand_in.url, &[], &[&python, "-B".as_ref(), &script]);
    let expected =
        std::fs::read_to_string(repository("tests/clients/expected/iam_boto3.txt")).unwrap();
    assert_eq!(stdout(&output), expected, "{}", stderr(&output));
    assert_eq!(output.status.code(), Some(0));
    // What limits a session is nowhere to be found again, nor is a secret.
    let policy = std::fs::read_to_string(folder.path().join("policy.json")).unwrap();
    for text in [stderr(&output), &policy] {
        assert!(!text.contains("hidden"), "{text}");
    }
}

#[test]
fn keys_of_nobody_are_refused_where_that_is_asked_for() {
    let Some(python) = installed("python") else {
        return skipped(
            "stand_in_iam::keys_of_nobody_are_refused_where_that_is_asked_for",
            "there is no boto3 in .venv",
        );
    };
    let stand_in = StandIn::start();
    let folder = tempfile::tempdir().unwrap();
    let program = "import boto3; boto3.client('s3').list_buckets()";
    let command = [&*python, "-c".as_ref(), program.as_ref()];
    let options = ["--unknown-keys", "refuse"];
    let output = run(folder.path(), &stand_in.url, &options, &command);
    let said = stderr(&output);
    assert_ne!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("(AccessDenied)"), "{said}");
    assert!(said.contains("its access key belongs to nobody"), "{said}");
    let output = run(folder.path(), &stand_in.url, &[], &command);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

/// A moto that speaks TLS, under a certificate of its own.
struct OverTls {
    process: Child,
    url: String,
    certificate: PathBuf,
}

impl OverTls {
    fn start(folder: &Path) -> OverTls {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let (certificate, key) = (folder.join("moto.pem"), folder.join("moto.key"));
        let pem = |tag: &str, der: Vec<u8>| pem::encode(&pem::Pem::new(tag, der));
        std::fs::write(&certificate, pem("CERTIFICATE", made.cert.der().to_vec())).unwrap();
        std::fs::write(&key, pem("PRIVATE KEY", made.signing_key.serialize_der())).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let log = std::fs::File::create(folder.join("moto.log")).unwrap();
        let process = Command::new(installed("moto_server").unwrap())
            .args(["-s", "-H", "127.0.0.1", "-p", &port.to_string(), "-c"])
            .arg(&certificate)
            .arg("-k")
            .arg(&key)
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(started.elapsed() < Duration::from_secs(120), "moto does not start");
            std::thread::sleep(Duration::from_millis(50));
        }
        OverTls { process, url: format!("https://localhost:{port}"), certificate }
    }
}

impl Drop for OverTls {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_stand_in_behind_tls_is_read_as_its_certificate_allows() {
    let (Some(python), Some(_)) = (installed("python"), installed("moto_server")) else {
        return skipped(
            "stand_in_iam::a_stand_in_behind_tls_is_read_as_its_certificate_allows",
            "there is no moto in .venv",
        );
    };
    let folder = tempfile::tempdir().unwrap();
    let stand_in = OverTls::start(folder.path());
    let program = "import boto3; boto3.client('s3').list_buckets()";
    let command = [&*python, "-c".as_ref(), program.as_ref()];
    let certificate = stand_in.certificate.to_str().unwrap();
    let trusting = ["--upstream-ca", certificate];
    let output = run(folder.path(), &stand_in.url, &trusting, &command);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let output = run(folder.path(), &stand_in.url, &[], &command);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("certificate"), "{}", stderr(&output));
}

/// A server that gives each request the same answer.
fn answers(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 16 << 10];
            let _ = stream.read(&mut request);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    url
}

#[test]
fn what_cannot_be_read_stops_the_run_before_it_begins() {
    let folder = tempfile::tempdir().unwrap();
    let started = folder.path().join("started");
    let command: [&Path; 2] = ["touch".as_ref(), &started];
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    for (url, why) in [
        (nobody, "got no answer"),
        (
            answers("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"),
            "answered with status 403",
        ),
        (answers("HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\n\r\n"), "status 501"),
        (answers("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n<a/>"), "lacks Account"),
        (answers("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nwhat"), "cannot be read"),
        (
            answers("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n"),
            "it broke off, or is too long",
        ),
        (answers("what\r\n\r\n"), "got no answer"),
    ] {
        let output = run(folder.path(), &url, &[], &command);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("--iam upstream: the IAM of 127.0.0.1:"), "{said}");
        assert!(said.contains(why), "{why}\n{said}");
        assert!(!started.exists(), "{why}");
    }
}

#[test]
fn options_without_what_they_are_for_are_refused() {
    let output = |arguments: &[&str]| -> String {
        let mut command: Command = leastwise(["run"]);
        let output = command.args(arguments).args(["--", "true"]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        stderr(&output).to_owned()
    };
    assert!(output(&["--iam", "upstream"]).contains("--upstream"));
    let url = ["--upstream", "http://127.0.0.1:1"];
    assert!(output(&[&url[..], &["--unknown-keys", "root"]].concat()).contains("--iam"));
    assert!(output(&[&url[..], &["--iam", "aws"]].concat()).contains("upstream"));
}
