//! Silent mistakes: nothing goes wrong without a word.
#![cfg(unix)]

/// Accounts that become known.
mod accounts;
/// What AWS does with the caller's own permissions.
mod cloudformation;
/// Options that nothing heeds.
mod options;
/// What is written, and where.
mod output;
/// Recordings that are cut off, named twice, and told late.
mod recordings;
/// Calls that are heard twice.
mod twins;
/// A server whose own certificate the user has named.
mod upstream_certificate;
/// What somebody meant.
mod usage;

use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};

use crate::common::leastwise;

/// A recorded call of this action on this resource, with some fields of its own.
fn line(action: &str, resource: &str, own: Value) -> String {
    let (service, operation) = action.split_once(':').unwrap();
    let mut call = json!({
        "v": 1, "time": "2025-11-22T08:15:30.045Z", "source": "proxy", "service": service,
        "operation": operation, "region": "eu-west-1", "partition": "aws", "account": "111122223333",
        "principal": null, "status": 200, "error": null, "request_id": null, "host": null,
        "user_agent": null, "parameters": {},
        "requires": [{"action": action, "resources": [resource], "conditions": {}, "reason": "operation"}],
    });
    for (name, value) in own.as_object().unwrap() {
        call[name] = value.clone();
    }
    format!("{call}\n")
}

fn get() -> String {
    line("s3:GetObject", "arn:aws:s3:::bucket/key", json!({}))
}

fn put() -> String {
    line("s3:PutObject", "arn:aws:s3:::bucket/key", json!({}))
}

/// A policy that allows these actions on everything.
fn policy(actions: &[&str]) -> String {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]})
        .to_string()
}

/// Runs it in a folder.
fn run(folder: &Path, arguments: &[&str]) -> Output {
    leastwise(arguments).current_dir(folder).output().unwrap()
}

/// Runs a line of bash in a folder, where `$leastwise` is the binary.
fn bash(folder: &Path, script: &str) -> Output {
    let mut command = std::process::Command::new("bash");
    command.args(["-c", script]).current_dir(folder).env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("leastwise", env!("CARGO_BIN_EXE_leastwise"));
    command.stdin(std::process::Stdio::null()).output().unwrap()
}
