//! What AWS does with the caller's own permissions is seen by nobody; the summary says that it is missing.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::thread;

use super::run;
use crate::common::{leastwise, send, stderr};

/// A stand-in that answers whatever comes with an empty success.
fn stand_in() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            thread::spawn(move || {
                let mut request = Vec::new();
                let mut buffer = [0; 64 << 10];
                while let Ok(read @ 1..) = stream.read(&mut buffer) {
                    request.extend_from_slice(&buffer[..read]);
                    let text = String::from_utf8_lossy(&request);
                    let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                    let length = head.lines().find_map(|line| {
                        let (name, value) = line.split_once(':')?;
                        if name.eq_ignore_ascii_case("content-length") {
                            value.trim().parse().ok()
                        } else {
                            None
                        }
                    });
                    if body.len() >= length.unwrap_or(0_usize) {
                        let answer = "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 4\r\nConnection: close\r\n\r\n<a/>";
                        let _ = stream.write_all(answer.as_bytes());
                        return;
                    }
                }
            });
        }
    });
    address
}

/// Python that sends signed forms and JSON to AWS's hosts through the proxy that the environment names.
const CLIENT: &str = r#"
import sys, urllib.parse, urllib.request
def send(service, headers, body):
    headers = {"Authorization": "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/eu-west-1/%s/aws4_request, SignedHeaders=host, Signature=0" % service, **headers}
    request = urllib.request.Request("http://%s.eu-west-1.amazonaws.com/" % service, data=body.encode(), headers=headers)
    urllib.request.urlopen(request, timeout=20).read()
def form(service, *pairs):
    send(service, {"Content-Type": "application/x-www-form-urlencoded"}, urllib.parse.urlencode(pairs))
def json(service, target, body):
    send(service, {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": target}, body)
"#;

fn record(folder: &Path, script: &str) -> String {
    let upstream = format!("http://{}", stand_in());
    fs::write(folder.join("client.py"), format!("{CLIENT}{script}")).unwrap();
    let arguments = [
        "run",
        "--mode",
        "proxy",
        "--upstream",
        &upstream,
        "--record",
        "calls.jsonl",
        "-o",
        "p.json",
    ];
    let done = run(folder, &[&arguments[..], &["--", "python3", "client.py"]].concat());
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    stderr(&done).to_owned()
}

const TEMPLATE: &str = r#"
T = """Parameters:
  Vpc: {Type: 'AWS::EC2::VPC::Id'}
Resources:
  A:
    Type: AWS::S3::Bucket
  B:
    Type: "AWS::SecretsManager::Secret"
    Properties: {SecretString: hunter2}
"""
J = '{"Resources": {"R": {"Type": "AWS::IAM::Role"}}, "Metadata": "%s"}' % ("x" * 300000)
"#;

#[test]
fn a_stack_without_a_role_is_told_with_the_types_of_its_template() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let script = format!(
        r#"{TEMPLATE}
form("cloudformation", ("Action", "CreateStack"), ("StackName", "a"), ("TemplateBody", T), ("Version", "2010-05-15"))
form("cloudformation", ("Action", "UpdateStack"), ("TemplateBody", J), ("Version", "2010-05-15"), ("StackName", "a"))
form("cloudformation", ("Action", "UpdateStack"), ("Version", "2010-05-15"), ("StackName", "a"), ("TemplateURL", "https://b.s3.amazonaws.com/t"))
json("cloudcontrolapi", "CloudApiService.CreateResource", '{{"TypeName": "AWS::Logs::LogGroup", "DesiredState": "{{\\"a\\": 1}}"}}')
"#
    );
    let said = record(folder, &script);
    let expected = "  4 calls have AWS act with the caller's own permissions, in calls that only AWS sees: what they need is not in the
  policy. Give AWS a role for it, or add what these resources need:
         1  cloudcontrol.CreateResource:
            AWS::Logs::LogGroup
         1  cloudformation.CreateStack:
            AWS::S3::Bucket, AWS::SecretsManager::Secret
         2  cloudformation.UpdateStack (unless the stack has a role already):
            AWS::IAM::Role, and others, of types that the request does not name
";
    assert!(said.contains(expected), "{said}");
    // So do recordings, which have nothing else of the template.
    let text = fs::read_to_string(folder.join("calls.jsonl")).unwrap();
    assert!(!text.contains("hunter2") && !text.contains("xxxx") && text.len() < 4_000, "{text}");
    for quiet in [&[][..], &["-q"]] {
        let done = run(folder, &[&["policy", "-o", "again.json", "calls.jsonl"], quiet].concat());
        assert!(stderr(&done).contains(expected), "{}", stderr(&done));
    }
}

#[test]
fn with_a_role_and_after_its_change_set_nothing_is_told_twice() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let script = format!(
        r#"{TEMPLATE}
role = ("RoleARN", "arn:aws:iam::111122223333:role/deploy")
V = ("Version", "2010-05-15")
form("cloudformation", ("Action", "CreateStack"), V, ("StackName", "a"), ("TemplateBody", T), role)
form("cloudformation", ("Action", "CreateChangeSet"), V, ("StackName", "a"), ("ChangeSetName", "with"), ("TemplateBody", T), role)
form("cloudformation", ("Action", "ExecuteChangeSet"), V, ("StackName", "a"), ("ChangeSetName", "with"))
json("cloudcontrolapi", "CloudApiService.DeleteResource", '{{"TypeName": "AWS::Logs::LogGroup", "Identifier": "x", "RoleArn": "arn:aws:iam::111122223333:role/x"}}')
form("cloudformation", ("Action", "DescribeStacks"), V, ("StackName", "a"))
"#
    );
    let said = record(folder, &script);
    assert!(!said.contains("caller's own permissions"), "{said}");
    let script = r#"
V = ("Version", "2010-05-15")
form("cloudformation", ("Action", "ExecuteChangeSet"), V, ("StackName", "a"), ("ChangeSetName", "of-somebody"))
"#;
    let said = record(folder, script);
    assert!(said.contains("1  cloudformation.ExecuteChangeSet (unless"), "{said}");
}

/// Client-side monitoring shows no request: neither a role nor a template.
#[test]
fn what_is_reported_without_its_request_is_told_too() {
    let folder = tempfile::tempdir().unwrap();
    let script =
        send("CloudFormation", "UpdateStack") + &send("Service Catalog", "ProvisionProduct");
    let done = leastwise(["run", "--mode", "csm", "-o", "p.json", "--", "bash", "-c", &script])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = stderr(&done);
    assert!(said.contains("2 calls have AWS act with the caller's own permissions"), "{said}");
    assert!(
        said.contains("servicecatalog.ProvisionProduct (unless the product has a launch role)"),
        "{said}"
    );
}

/// A recording is a file that anybody may have written.
#[test]
fn types_that_are_none_are_not_printed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let line = super::line(
        "cloudformation:CreateStack",
        "*",
        serde_json::json!({"parameters": {"TemplateBody": ["AWS::S3::Bucket", "\u{1b}[2Jx::y::z", "a b c", 7]}}),
    );
    fs::write(folder.join("calls.jsonl"), line).unwrap();
    let done = run(folder, &["policy", "calls.jsonl"]);
    assert!(stderr(&done).contains("AWS::S3::Bucket\n"), "{}", stderr(&done));
    assert!(
        !stderr(&done).contains('\u{1b}') && !stderr(&done).contains("a b c"),
        "{}",
        stderr(&done)
    );
}
