//! `leastwise simulate`: policies of all kinds out of files, the exit codes, and what is said of files that are none.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;
use tempfile::TempDir;

use crate::common::{leastwise, stderr, stdout};

const ANN: &str = "arn:aws:iam::111122223333:user/ann";
const ALL: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#;
const S3: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*"},
    {"Sid": "Ci", "Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::b/*",
     "Condition": {"StringEquals": {"aws:RequestTag/env": "ci"}}}
  ]
}"#;
const NO_PUT: &str = r#"{"Version": "2012-10-17", "Statement": [
  {"Sid": "NoPut", "Effect": "Deny", "Principal": "*", "Action": "s3:Put*", "Resource": "*"}
]}"#;
const TRUST: &str = r#"{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
]}"#;

fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in [
        ("all.json", ALL),
        ("s3.json", S3),
        ("no-put.json", NO_PUT),
        ("trust.json", TRUST),
        ("ec2.json", &ALL.replace("\"*\", \"Resource\"", "\"ec2:*\", \"Resource\"")),
        ("broken.json", "{\n  \"Statement\": [}"),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    fs::create_dir(folder.path().join("unit")).unwrap();
    for name in ["s3.json", "ec2.json"] {
        fs::copy(folder.path().join(name), folder.path().join("unit").join(name)).unwrap();
    }
    fs::write(folder.path().join("unit/notes.txt"), "not a policy").unwrap();
    fs::create_dir(folder.path().join("empty")).unwrap();
    folder
}

fn simulate(folder: &Path, words: &[&str]) -> Output {
    let words = [&["simulate"], words].concat();
    leastwise(words).current_dir(folder).output().unwrap()
}

#[track_caller]
fn answers(folder: &Path, words: &[&str], code: i32, beginning: &str) {
    let output = simulate(folder, words);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(code), "{words:?}: {text}{}", stderr(&output));
    assert!(text.starts_with(beginning), "{words:?}: {text}");
}

#[test]
fn exit_codes_are_those_of_check() {
    let folder = folder();
    let folder = folder.path();
    let object = "arn:aws:s3:::b/k";
    answers(
        folder,
        &["--policy", "s3.json", "s3:GetObject", object],
        0,
        "allowed: s3:GetObject on arn:aws:s3:::b/k\n",
    );
    let put = ["--policy", "s3.json", "s3:PutObject", object];
    answers(folder, &put, 3, "undecided: ");
    answers(folder, &[&put[..], &["--allow-undecided"]].concat(), 0, "undecided: ");
    answers(folder, &[&put[..], &["--context", "aws:RequestTag/env=ci"]].concat(), 0, "allowed: ");
    answers(folder, &[&put[..], &["--context", "aws:RequestTag/env=x"]].concat(), 3, "denied: ");
    answers(folder, &[&put[..], &["--context", "aws:RequestTag/env"]].concat(), 3, "denied: ");
    // One of several that is not allowed is enough.
    let several = ["--policy", "s3.json", "s3:GetObject", object, "arn:aws:s3:::c/*"];
    answers(folder, &several, 0, "allowed: ");
    answers(
        folder,
        &["--policy", "s3.json", "ec2:RunInstances"],
        3,
        "denied: ec2:RunInstances on *, because no identity-based policy allows it\n",
    );
}

#[test]
fn each_option_is_a_level_and_its_files_unite() {
    let folder = folder();
    let folder = folder.path();
    let ask = |scps: &[&str], code: i32, beginning: &str| {
        let scps: Vec<&str> = scps.iter().flat_map(|level| ["--scp", level]).collect();
        let words =
            [&["--policy", "all.json", "--principal", ANN], &scps[..], &["ec2:RunInstances"]];
        answers(folder, &words.concat(), code, beginning);
    };
    ask(&["all.json", "ec2.json"], 0, "allowed: ");
    ask(&["s3.json,ec2.json"], 0, "allowed: ");
    ask(&["unit"], 0, "allowed: ");
    let because =
        "denied: ec2:RunInstances on *, because no service control policy of level 2 allows it\n";
    ask(&["ec2.json", "s3.json"], 3, because);
    ask(&["unit", "s3.json"], 3, because);
}

#[test]
fn every_kind_of_policy_counts_and_json_says_why() {
    let folder = folder();
    let folder = folder.path();
    let put = ["s3:PutObject", "arn:aws:s3:::b/k"];
    let base = ["--policy", "all.json", "--principal", ANN];
    for (option, file, because) in [
        ("--boundary", "ec2.json", "because no permissions boundary allows it"),
        ("--session-policy", "ec2.json", "because no session policy allows it"),
        ("--rcp", "no-put.json", "with an explicit deny in a resource control policy"),
        ("--endpoint-policy", "no-put.json", "with an explicit deny in a VPC endpoint policy"),
        ("--resource-policy", "no-put.json", "with an explicit deny in a resource-based policy"),
        (
            "--resource-policy",
            "arn:aws:s3:::b=no-put.json",
            "with an explicit deny in a resource-based policy",
        ),
    ] {
        let words = [&base[..], &[option, file], &put].concat();
        answers(
            folder,
            &words,
            3,
            &format!("denied: s3:PutObject on arn:aws:s3:::b/k, {because}\n"),
        );
    }
    let other =
        [&base[..], &["--resource-policy", "arn:aws:s3:::other=no-put.json"], &put].concat();
    answers(folder, &other, 0, "allowed: ");

    let output = simulate(folder, &[&base[..], &["--json", "--rcp", "no-put.json"], &put].concat());
    assert_eq!(output.status.code(), Some(3));
    let value: Value = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!(value["exit_code"], 3);
    let request = &value["requests"][0];
    assert_eq!(
        (request["outcome"].as_str(), request["by"].as_str()),
        (Some("denied"), Some("rcp"))
    );
    let denied = &request["denied_by"][0];
    assert_eq!((denied["file"].as_str(), denied["line"].as_u64()), (Some("no-put.json"), Some(2)));
    assert_eq!((denied["sid"].as_str(), denied["level"].as_u64()), (Some("NoPut"), Some(1)));
}

#[test]
fn what_follows_from_the_request_need_not_be_said() {
    let folder = folder();
    let folder = folder.path();
    let conditions = r#"{"StringEquals": {"aws:RequestedRegion": "eu-west-1", "aws:ResourceAccount": "111122223333", "aws:username": "ann", "aws:PrincipalAccount": "111122223333"}}"#;
    let policy = ALL.replace(
        "\"Resource\": \"*\"",
        &format!("\"Resource\": \"*\", \"Condition\": {conditions}"),
    );
    fs::write(folder.join("held.json"), policy).unwrap();
    let queue = "arn:aws:sqs:eu-west-1:111122223333:q";
    answers(
        folder,
        &["--policy", "held.json", "--principal", ANN, "sqs:SendMessage", queue],
        0,
        "allowed: ",
    );
    let elsewhere = queue.replace("eu-west-1", "eu-west-2");
    answers(
        folder,
        &["--policy", "held.json", "--principal", ANN, "sqs:SendMessage", &elsewhere],
        3,
        "denied: ",
    );
    answers(folder, &["--policy", "held.json", "sqs:SendMessage", queue], 3, "undecided: ");
}

#[test]
fn a_trust_policy_is_that_of_the_role_that_is_named() {
    let folder = folder();
    let folder = folder.path();
    let role = "arn:aws:iam::111122223333:role/r";
    let trust = format!("{role}=trust.json");
    let ask = |principal: &str, code: i32, beginning: &str| {
        let words = ["--resource-policy", &trust, "--principal", principal, "sts:AssumeRole", role];
        answers(folder, &words, code, beginning);
    };
    ask("lambda.amazonaws.com", 0, "allowed: ");
    ask(
        "ec2.amazonaws.com",
        3,
        &format!("denied: sts:AssumeRole on {role}, because no trust policy allows it\n"),
    );
}

#[test]
fn a_file_that_is_no_policy_of_its_kind_is_said_with_option_level_and_line() {
    let folder = folder();
    let folder = folder.path();
    for (words, said) in [
        (
            &["--policy", "no-put.json"][..],
            "no-put.json, line 2, column 38: Principal belongs in a resource policy",
        ),
        (&["--policy", "missing.json"], "the policy missing.json cannot be read"),
        (
            &["--boundary", "no-put.json"],
            "--boundary: no-put.json, line 2, column 38: Principal belongs in",
        ),
        (
            &["--scp", "all.json", "--scp", "s3.json,no-put.json"],
            "--scp, level 2: no-put.json, line 2, column 38: Principal belongs in a resource policy or a role's trust policy; a service control policy, which is expected here, has none",
        ),
        (
            &["--scp", "all.json", "--scp", "broken.json"],
            "--scp, level 2: broken.json, line 2, column 17: this is not JSON",
        ),
        (&["--scp", "empty"], "--scp, level 1: the directory empty has no .json file"),
        (
            &["--rcp", "trust.json"],
            "--rcp, level 1: trust.json, line 2, column 36: the Principal of a resource control policy is",
        ),
        (
            &["--endpoint-policy", "all.json"],
            "--endpoint-policy: all.json, line 1, column 41: the statement has no Principal; a VPC endpoint policy",
        ),
        (
            &["--resource-policy", "all.json"],
            "--resource-policy: all.json, line 1, column 41: the statement has no Principal; a resource-based policy",
        ),
        (
            &["--resource-policy", "trust.json"],
            "--resource-policy: trust.json, line 2, column 3: the statement names no Resource",
        ),
        (&["--scp", "all.json,"], "give files with commas between them"),
        (&["--principal", "ann"], "--principal \"ann\" is nobody"),
        (&["--policy", "-", "--boundary", "-"], "standard input is named twice"),
    ] {
        let output = simulate(folder, &[words, &["s3:PutObject", "arn:aws:s3:::b/k"]].concat());
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{words:?}: {told}");
        assert!(told.contains(said), "{words:?}: {told}");
        assert_eq!(stdout(&output), "", "{words:?}");
    }
    for action in ["s3", "s3:", "s3:Put*", ":x", "s3:Put Object"] {
        let output = simulate(folder, &["--policy", "all.json", action]);
        assert_eq!(output.status.code(), Some(2), "{action}");
        assert!(stderr(&output).contains("is not an action"), "{}", stderr(&output));
    }
}
