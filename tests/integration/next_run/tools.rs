//! The same with tools that name what they upload by its hash, and what they deploy by the time.

use std::path::Path;

use super::holds;
use super::support::{Workload, python};
use crate::support::{on_path, repository, skipped};

const SAM: &str = "target/next-run-venv/bin/sam";
const CDK: &str = "tests/clients/next_run/cdk/node_modules/aws-cdk/bin/cdk";

#[test]
fn sam_deploys_what_changed() {
    deploys("sam_deploys_what_changed", "sam.sh", &repository(SAM));
}

#[test]
fn cdk_deploys_what_changed() {
    if on_path("node").is_none() {
        return skipped("next_run::tools::cdk_deploys_what_changed", "no node");
    }
    deploys("cdk_deploys_what_changed", "cdk.sh", &repository(CDK));
}

/// Deploys twice into an account that was prepared for it.
fn deploys(test: &str, script: &str, tool: &Path) {
    let test = format!("next_run::tools::{test}");
    let Some(bash) = on_path("bash") else {
        return skipped(&test, "no bash");
    };
    if !tool.exists() {
        return skipped(&test, &format!("no {} (scripts/test makes it)", tool.display()));
    }
    let Some(before) = python(&test, "bootstrapped") else { return };
    let script = repository("tests/clients/next_run").join(script);
    if let Some(workload) = Workload::of(&test, vec![bash, script]) {
        holds(&workload.after(before).with("SAM", repository(SAM)));
    }
}
