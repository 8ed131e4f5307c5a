//! Trial and error: five workloads from nothing to a policy, judged by the stand-in's own IAM.

use super::{Account, FOREIGN, SHELVES, workload};
use crate::common::stderr;

/// Learns the policy of a workload, runs that again under it, and holds the policy against what was recorded.
fn learns(name: &str) {
    let account = Account::refusing();
    let command = workload(name);
    let command: Vec<_> = command.iter().map(String::as_str).collect();
    let learned = account.path().join("learned.json");
    let learned = learned.to_str().unwrap();
    let output = account.tries(&["--learn", "--rounds", "20", "-o", learned], &command);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("AWS refused nothing in round "), "{said}");
    assert!(said.contains("What was added, and what AWS said before:"), "{said}");
    assert_eq!(account.names(), [FOREIGN], "{said}");

    let options = ["--policy", learned, "--record", "calls.jsonl"];
    let again = account.tries(&options, &command);
    assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
    let check = account.leastwise(&["check", "--policy", learned, "--unused", "calls.jsonl"]);
    let check = { check }.output().unwrap();
    assert_eq!(check.status.code(), Some(0), "{name}: {check:?}");
}

#[test]
fn objects() {
    learns("objects");
}

#[test]
fn parts() {
    learns("parts");
}

#[test]
fn queue() {
    learns("queue");
}

#[test]
fn inventory() {
    learns("inventory");
}

#[test]
fn roles() {
    learns("roles");
}

#[test]
fn what_we_make_is_out_of_reach_of_whatever_is_learned() {
    let account = Account::refusing();
    let script = format!("aws iam get-role-policy --role-name {FOREIGN} --policy-name all");
    let output = account.tries(&["--learn", "-o", "learned.json"], &["sh", "-c", &script]);
    let said = stderr(&output);
    assert_ne!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("AWS still refuses in round 5 what the policy allows"), "{said}");
    assert_eq!(account.names(), [FOREIGN], "{said}");
}

#[test]
fn without_a_ceiling_no_rights_are_given_away() {
    let account = Account::refusing();
    let script = "aws iam create-user --user-name other";
    let output = account.tries(&["--learn", "-o", "learned.json"], &["sh", "-c", script]);
    let said = stderr(&output);
    assert_ne!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("gives rights away"), "{said}");
    let learned = std::fs::read_to_string(account.path().join("learned.json")).unwrap();
    assert!(!learned.contains("CreateUser"), "{learned}");
}

#[test]
fn an_explicit_denial_ends_it() {
    let account = Account::refusing();
    let policy = account.policy(SHELVES);
    let options = ["--learn", "--policy", policy.to_str().unwrap(), "-o", "learned.json"];
    let script = "aws s3api list-objects-v2 --bucket closed-shelf";
    let output = account.tries(&options, &["sh", "-c", script]);
    let said = stderr(&output);
    assert!(said.contains("the policy itself denies it"), "{said}");
}
