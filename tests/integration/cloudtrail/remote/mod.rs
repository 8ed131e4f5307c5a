//! Trails in buckets, and CloudTrail asked itself: against moto, and against servers that answer as AWS documents it.

mod buckets;
mod credentials;
pub(crate) mod front;
mod hosts;
mod lookup;
mod trail;

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::common::{leastwise, stderr, stdout};

pub(super) use trail::{event, put};

/// Nothing that is said or written may hold one of these.
const SECRETS: [&str; 4] = ["base-hidden", "process-hidden", "container-hidden", "token-hidden"];

/// Runs the program with these variables, and nothing else, in a folder; no secret is in what it says.
fn run(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let done = leastwise(arguments)
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let said = format!("{}{}", stdout(&done), stderr(&done));
    for secret in SECRETS {
        assert!(!said.contains(secret), "{secret} is in\n{said}");
    }
    done
}

/// The same, with credentials in the environment and everything asked of this URL.
fn asking(folder: &Path, url: &str, arguments: &[&str]) -> Output {
    let variables = [
        ("AWS_ENDPOINT_URL", url),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "AKIABASE"),
        ("AWS_SECRET_ACCESS_KEY", "base-hidden"),
    ];
    run(folder, arguments, &variables)
}

/// What a summary has of buckets that were made, in the order of their names.
fn buckets(summary: &str) -> Vec<String> {
    let names = summary.lines().filter_map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        let name = line["requires"][0]["resources"][0].as_str()?;
        Some(name.rsplit(':').next()?.to_owned())
    });
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// The buckets of the summary of these inputs, which is read without fault.
fn summarized(folder: &Path, url: &str, arguments: &[&str]) -> Vec<String> {
    let mut all = vec!["summarize"];
    all.extend(arguments);
    let done = asking(folder, url, &all);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    assert!(!stderr(&done).contains("cannot be read"), "{}", stderr(&done));
    buckets(stdout(&done))
}

/// The texts of all files of a folder.
fn files(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            text += &String::from_utf8_lossy(&fs::read(path).unwrap());
        }
    }
    text
}
