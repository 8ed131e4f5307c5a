//! Files, settings and secrets.

mod foreign_text;
#[cfg(unix)]
mod growth;
#[cfg(unix)]
mod secrets;
#[cfg(unix)]
mod waiting;

use std::path::Path;

use serde_json::{Value, json};

/// A line of a recording: a call that needs an action on resources.
fn recorded(action: &str, resources: &[String]) -> Value {
    json!({
        "v": 1, "time": "2026-01-01T00:00:00Z", "source": "proxy", "service": "s3", "operation": "GetObject",
        "region": "eu-west-1", "partition": "aws", "account": null, "principal": null, "status": 200,
        "error": null, "request_id": null, "host": null, "user_agent": null, "parameters": {},
        "requires": [{"action": action, "resources": resources, "conditions": {}, "reason": "operation"}],
    })
}

/// Writes lines of JSON.
fn write_lines(path: &Path, lines: impl IntoIterator<Item = Value>) {
    let text: String = lines.into_iter().map(|line| format!("{line}\n")).collect();
    std::fs::write(path, text).unwrap();
}
