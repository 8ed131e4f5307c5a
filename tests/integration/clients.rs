//! Real AWS SDKs, heard over client-side monitoring: each workload in `tests/clients/` runs under
//! `leastwise run` against a moto server, and must give the policy and the calls in
//! `tests/clients/expected/`. `UPDATE_SNAPSHOTS=1 cargo test --test integration clients::` writes those anew.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::support::{
    ACCOUNT, StandIn, access_key_id, calls, child_path, compare, expected, installed, on_path,
    repository, run, updating,
};

const SECRET: &str = "a/secret/that/must/be/found/nowhere";

#[test]
fn boto3() {
    let Some(python) = installed("python") else {
        return crate::support::skipped("clients::boto3", "no .venv (scripts/test makes it)");
    };
    check("boto3", &[&python, &repository("tests/clients/boto3_deploy.py")]);
}

#[test]
fn aws_cli_v1() {
    let (Some(_), Some(bash)) = (installed("aws"), on_path("bash")) else {
        return crate::support::skipped(
            "clients::aws_cli_v1",
            "no .venv (scripts/test makes it) or no bash",
        );
    };
    check("aws_cli", &[&bash, &repository("tests/clients/aws_cli.sh")]);
}

#[test]
fn javascript_v2() {
    if installed("python").is_none() {
        return crate::support::skipped(
            "clients::javascript_v2",
            "no .venv (scripts/test makes it)",
        );
    }
    let Some(node) = on_path("node") else {
        return crate::support::skipped("clients::javascript_v2", "no node");
    };
    if !repository("tests/clients/node_modules/aws-sdk").exists() {
        return crate::support::skipped(
            "clients::javascript_v2",
            "no tests/clients/node_modules (scripts/test makes it, with npm)",
        );
    }
    check("javascript_v2", &[&node, &repository("tests/clients/javascript_v2.js")]);
}

/// The promise of the whole set, read from the snapshots: enough operations over enough services, with
/// failures and with calls that were tried again.
#[test]
fn the_workloads_are_broad() {
    if updating() {
        return; // the snapshots are being written
    }
    let (mut operations, mut failed) = (BTreeSet::new(), 0);
    for client in ["boto3", "aws_cli", "javascript_v2"] {
        let calls = std::fs::read_to_string(expected(&format!("{client}.calls.txt")))
            .unwrap_or_else(|error| panic!("no snapshot of the calls of {client}: {error}"));
        for line in calls.lines() {
            let [_, service, operation, rest @ ..] = &line.split(' ').collect::<Vec<_>>()[..]
            else {
                panic!("{client}.calls.txt: a line without an operation: {line:?}");
            };
            operations.insert((service.to_string(), operation.to_string()));
            failed += usize::from(rest.len() > 1);
        }
    }
    let services: BTreeSet<_> = operations.iter().map(|(service, _)| service).collect();
    assert!(operations.len() >= 40, "{} operations", operations.len());
    assert!(services.len() >= 15, "{} services", services.len());
    assert!(failed >= 20, "{failed} kinds of failed calls");
}

/// Runs a workload under `leastwise run` and compares policy and calls with the snapshots.
fn check(client: &str, workload: &[&Path]) {
    let stand_in = StandIn::start();
    let folder = tempfile::tempdir().unwrap();
    let (policy, recording) =
        (folder.path().join("policy.json"), folder.path().join("calls.jsonl"));

    let mut leastwise = Command::new(env!("CARGO_BIN_EXE_leastwise"));
    leastwise
        .args(["run", "--mode", "csm", "--sort-alphabetical", "-o"])
        .arg(&policy)
        .arg("--record")
        .arg(&recording)
        .arg("--")
        .args(workload)
        .current_dir(folder.path())
        .env_clear()
        .env("PATH", child_path())
        .env("HOME", folder.path())
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_DEFAULT_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", access_key_id(ACCOUNT))
        .env("AWS_SECRET_ACCESS_KEY", SECRET)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("STAND_IN", &stand_in.url);
    let printed = run(&mut leastwise, Duration::from_secs(300));

    let policy = std::fs::read_to_string(policy).unwrap();
    let recording = std::fs::read_to_string(recording).unwrap();
    for (what, text) in [("output", &printed), ("policy", &policy), ("recording", &recording)] {
        assert!(!text.contains(SECRET), "{client}: the secret key is in the {what}");
    }
    compare(&format!("{client}.policy.json"), &policy, &printed);
    compare(&format!("{client}.calls.txt"), &calls(&recording, "csm"), &printed);
}
