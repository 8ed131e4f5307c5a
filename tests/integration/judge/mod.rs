//! AWS as the judge: against servers that answer as AWS documents it. No stand-in has the simulator or Access Analyzer.

mod analyzer;
mod simulator;

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};

use crate::common::{leastwise, stderr, stdout};

const ACCOUNT: &str = "111122223333";

/// Runs the program, with everything asked of this URL.
fn asking(folder: &Path, url: &str, arguments: &[&str]) -> Output {
    let done = leastwise(arguments)
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ENDPOINT_URL_IAM", url)
        .env("AWS_ENDPOINT_URL_ACCESSANALYZER", url)
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", "AKIABASE")
        .env("AWS_SECRET_ACCESS_KEY", "base-hidden")
        .output()
        .unwrap();
    let said = format!("{}{}", stdout(&done), stderr(&done));
    assert!(!said.contains("base-hidden"), "{said}");
    done
}

#[track_caller]
fn ends(done: &Output, code: i32) {
    assert_eq!(done.status.code(), Some(code), "{}{}", stdout(done), stderr(done));
}

/// A recorded call that needs these actions on these resources.
fn call(operation: &str, requires: &[(&str, &[&str], Value)]) -> String {
    let requires: Vec<Value> = requires
        .iter()
        .map(|(action, resources, conditions)| {
            json!({"action": action, "resources": resources, "conditions": conditions, "reason": "operation"})
        })
        .collect();
    let call = json!({
        "v": 1, "time": "2026-11-22T08:15:30.123Z", "source": "proxy", "service": "s3", "operation": operation,
        "region": "eu-west-1", "partition": "aws", "account": ACCOUNT, "principal": null, "status": 200, "error": null,
        "request_id": null, "host": null, "user_agent": null, "parameters": {}, "requires": requires,
    });
    format!("{call}\n")
}

/// Calls, and a policy that allows what reads, denies what deletes and allows no other.
fn example(folder: &Path) {
    let none = json!({});
    let calls = [
        call(
            "GetObject",
            &[("s3:GetObject", &["arn:aws:s3:::b/1", "arn:aws:s3:::b/2"], none.clone())],
        ),
        call(
            "GetObject",
            &[("s3:GetObject", &["arn:aws:s3:::b/1", "arn:aws:s3:::b/3"], none.clone())],
        ),
        call("PutObject", &[("s3:PutObject", &["arn:aws:s3:::b/1"], none.clone())]),
        call("DeleteObject", &[("s3:DeleteObject", &["arn:aws:s3:::b/1"], none.clone())]),
        call("ListBuckets", &[("s3:ListAllMyBuckets", &["*"], none.clone())]),
        call("CopyObject", &[("s3:GetObject", &["arn:aws:s3:::b/*"], none.clone())]),
        call("GetObjectTagging", &[("s3:GetObjectTagging", &["arn:aws:s3:::b/1"], none)]),
    ];
    fs::write(folder.join("calls.jsonl"), calls.concat()).unwrap();
    fs::write(folder.join("policy.json"), POLICY).unwrap();
}

const POLICY: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"},
    {"Sid": "List", "Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"},
    {"Sid": "Keep", "Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"},
    {"Sid": "Tags", "Effect": "Allow", "Action": "s3:GetObjectTagging", "Resource": "*",
     "Condition": {"StringEquals": {"aws:username": "ann"}}}
  ]
}
"#;
