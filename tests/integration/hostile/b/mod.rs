//! Files, settings and secrets.

mod authority;
mod foreign_text;
#[cfg(unix)]
mod growth;
/// Links that others have laid.
#[cfg(unix)]
mod links;
/// Who can read and write what we make.
#[cfg(unix)]
mod modes;
/// What a run leaves on disk, and where.
#[cfg(unix)]
mod run_folder;
#[cfg(unix)]
mod secrets;
/// Whose settings are in force.
mod settings;
#[cfg(unix)]
mod waiting;
mod workflows;

use std::path::Path;

use serde_json::{Value, json};

/// Runs it to its end, which it must come to.
#[cfg(unix)]
fn ended(command: &mut std::process::Command) -> std::process::Output {
    use std::process::Stdio;
    use std::time::{Duration, Instant};
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let end = Instant::now() + Duration::from_secs(30);
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > end {
            child.kill().unwrap();
            panic!("it waits: {:?}", child.wait_with_output().unwrap());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.wait_with_output().unwrap()
}

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
