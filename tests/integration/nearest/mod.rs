//! `leastwise nearest`: with answers that follow from the documents of AWS's managed policies, and with an account's own.

mod account;
mod cases;
mod tailor;

use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::{Value, json};

use crate::common::{leastwise, stderr, stdout};

/// A recording of calls that needed these actions, each on its resource.
fn recording(folder: &Path, needs: &[(&str, &str)]) -> PathBuf {
    let lines = needs.iter().map(|(action, resource)| {
        let (service, operation) = action.split_once(':').unwrap();
        let requires = json!([{"action": action, "resources": [resource], "conditions": {}, "reason": "operation"}]);
        let line = json!({
            "v": 1, "time": "2026-11-26T22:13:34.450Z", "source": "proxy", "service": service,
            "operation": operation, "region": "eu-west-1", "partition": "aws", "account": "111122223333",
            "principal": "AKIAEXAMPLE", "status": 200, "error": null, "request_id": null, "host": null,
            "user_agent": null, "parameters": {}, "requires": requires,
        });
        format!("{line}\n")
    });
    let path = folder.join("calls.jsonl");
    std::fs::write(&path, lines.collect::<String>()).unwrap();
    path
}

/// `leastwise nearest` with these arguments and variables, and nothing else of the environment.
fn nearest(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = leastwise(["nearest"]);
    command.args(arguments).current_dir(folder).env_clear().env("HOME", folder);
    command.env("AWS_EC2_METADATA_DISABLED", "true").envs(variables.iter().copied());
    command.output().unwrap()
}

/// What it finds for needs, as JSON, with all policies that allow them.
fn found(needs: &[(&str, &str)]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    recording(folder.path(), needs);
    let done = nearest(folder.path(), &["--json", "--top", "2000", "calls.jsonl"], &[]);
    assert!([Some(0), Some(3)].contains(&done.status.code()), "{}", stderr(&done));
    serde_json::from_str(stdout(&done)).unwrap()
}

/// The names of the policies that are found, in their order.
fn names(found: &Value) -> Vec<&str> {
    let policies = found["policies"].as_array().unwrap();
    policies.iter().map(|it| it["name"].as_str().unwrap()).collect()
}
