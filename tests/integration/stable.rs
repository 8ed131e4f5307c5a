//! `leastwise policy --stable`: several runs of one program become a policy for the next.

use std::path::Path;
use std::process::Output;

use crate::common::{actions, leastwise, stderr, stdout};
use leastwise::authorize::Conditions;
use leastwise::catalog::Catalog;
use leastwise::policy::{Builder, Stable, covers};
use serde_json::{Value, json};

use crate::grouping::{everywhere, filled, formats};

fn line(action: &str, resource: &str, account: Option<&str>) -> String {
    let (service, operation) = action.split_once(':').unwrap();
    let call = json!({
        "v": 1, "time": "2025-11-22T08:15:30.045Z", "source": "proxy", "service": service, "operation": operation,
        "region": "eu-west-1", "partition": "aws", "account": account, "principal": null, "status": 200,
        "error": null, "request_id": null, "host": null, "user_agent": null, "parameters": {},
        "requires": [{"action": action, "resources": [resource], "conditions": {}, "reason": "operation"}],
    });
    format!("{call}\n")
}

/// Writes a recording of S3 and SQS calls of one run.
fn record(folder: &Path, name: &str, keys: &[&str]) {
    let mut text =
        line("sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:jobs", Some("111122223333"));
    for key in keys {
        text += &line("s3:PutObject", &format!("arn:aws:s3:::{key}"), Some("111122223333"));
    }
    std::fs::write(folder.join(name), text).unwrap();
}

fn policy(folder: &Path, arguments: &[&str]) -> Output {
    leastwise(["policy", "--stable"]).args(arguments).current_dir(folder).output().unwrap()
}

fn resources(text: &str) -> Vec<String> {
    let policy: Value = serde_json::from_str(text).unwrap();
    let statements = policy["Statement"].as_array().unwrap();
    let all = statements.iter().flat_map(|it| match &it["Resource"] {
        Value::String(one) => vec![one.clone()],
        several => {
            several.as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()).collect()
        }
    });
    all.collect()
}

#[test]
fn what_differs_from_run_to_run_becomes_a_pattern() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    record(folder, "one.jsonl", &["site/builds/17/app.zip", "site/index.html", "site/once"]);
    record(folder, "two.jsonl", &["site/builds/18/app.zip", "site/index.html"]);
    let run = policy(folder, &["one.jsonl", "two.jsonl"]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    assert_eq!(actions(stdout(&run)), ["sqs:SendMessage", "s3:PutObject"]);
    assert_eq!(
        resources(stdout(&run)),
        [
            "arn:aws:sqs:eu-west-1:111122223333:jobs",
            "arn:aws:s3:::site/builds/*/app.zip",
            "arn:aws:s3:::site/index.html",
            "arn:aws:s3:::site/once",
        ]
    );
    assert_eq!(
        stderr(&run),
        "leastwise: read 7 calls of 2 operations from 2 recordings; the policy has 2 actions in 2 statements.\n  \
           1 pattern stands for what differs from run to run:\n    \
             s3:PutObject on arn:aws:s3:::site/builds/*/app.zip: arn:aws:s3:::site/builds/17/app.zip, arn:aws:s3:::site/builds/18/app.zip\n"
    );
    let sorted = |files: [&str; 2]| {
        let run = policy(folder, &[&["-q", "--sort-alphabetical"][..], &files[..]].concat());
        assert_eq!(stderr(&run), "");
        stdout(&run).to_owned()
    };
    assert_eq!(sorted(["one.jsonl", "two.jsonl"]), sorted(["two.jsonl", "one.jsonl"]));
}

#[test]
fn three_runs_and_runs_that_do_not_differ() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let runs = ["one.jsonl", "two.jsonl", "three.jsonl"];
    for (number, file) in runs.iter().enumerate() {
        record(folder, file, &[&format!("site/out-{number}.json")]);
    }
    let run = policy(folder, &runs);
    assert_eq!(resources(stdout(&run))[1..], ["arn:aws:s3:::site/out-*.json"]);
    record(folder, "again.jsonl", &["site/out-0.json"]);
    let run = policy(folder, &["one.jsonl", "again.jsonl"]);
    assert_eq!(resources(stdout(&run))[1..], ["arn:aws:s3:::site/out-0.json"]);
    assert!(stderr(&run).contains("\n  No pattern was made: "), "{}", stderr(&run));
}

#[test]
fn buckets_are_held_by_their_account() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    record(folder, "one.jsonl", &["site-a1/k"]);
    record(folder, "two.jsonl", &["site-b2/k"]);
    let run = policy(folder, &["one.jsonl", "two.jsonl"]);
    let written: Value = serde_json::from_str(stdout(&run)).unwrap();
    let statement = &written["Statement"][1];
    assert_eq!(statement["Resource"], json!(["arn:aws:s3:::site-*/k"]));
    let account = &statement["Condition"]["StringEquals"]["aws:ResourceAccount"];
    assert!(account.to_string().contains("\"111122223333\""), "{account}");
    // Of which account they are is not known: another's buckets may be called so, too.
    for (file, key) in [("one.jsonl", "site-a1/k"), ("two.jsonl", "site-b2/k")] {
        let line = line("s3:PutObject", &format!("arn:aws:s3:::{key}"), None);
        std::fs::write(folder.join(file), line).unwrap();
    }
    let run = policy(folder, &["one.jsonl", "two.jsonl"]);
    assert_eq!(resources(stdout(&run)), ["arn:aws:s3:::site-a1/k", "arn:aws:s3:::site-b2/k"]);
    let run = policy(folder, &["--account-id", "111122223333", "one.jsonl", "two.jsonl"]);
    assert_eq!(resources(stdout(&run)), ["arn:aws:s3:::site-*/k"]);
}

#[test]
fn each_principal_gets_the_patterns_too() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    record(folder, "one.jsonl", &["site/builds/17/app.zip"]);
    record(folder, "two.jsonl", &["site/builds/18/app.zip"]);
    let run = policy(folder, &["--per-principal", "each", "one.jsonl", "two.jsonl"]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    let files: Vec<_> = std::fs::read_dir(folder.join("each")).unwrap().collect();
    assert_eq!(files.len(), 1);
    let text = std::fs::read_to_string(files[0].as_ref().unwrap().path()).unwrap();
    assert_eq!(resources(&text)[1..], ["arn:aws:s3:::site/builds/*/app.zip"]);
}

#[test]
fn one_run_tells_nothing_of_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    record(folder, "one.jsonl", &["site/k"]);
    for files in [&["one.jsonl"][..], &["one.jsonl", "./one.jsonl"]] {
        let run = policy(folder, &[&["-o", "policy.json"], files].concat());
        assert_eq!(run.status.code(), Some(2));
        assert_eq!(
            stderr(&run),
            "leastwise: --stable compares runs and needs two recordings or more; record the program once more, into another file\n"
        );
        assert!(!folder.join("policy.json").exists());
    }
}

/// Two runs with a resource of each type that AWS has: the pattern has both, and is never wider than the type.
#[test]
fn every_type_of_aws_is_paired_within_itself() {
    let (mut types, mut patterns) = (0, 0);
    for prefix in Catalog::embedded().prefixes() {
        for format in formats(prefix) {
            types += 1;
            for shape in ["x", "shop-prod-"] {
                let runs: Vec<(String, Builder)> = ["a1", "b2"]
                    .iter()
                    .map(|name| {
                        let arn = filled(format, &|variable| format!("{shape}{name}x{variable}"));
                        let mut builder = Builder::new();
                        builder.allow(
                            &format!("{prefix}:Act"),
                            std::slice::from_ref(&arn),
                            &Conditions::new(),
                        );
                        (arn, builder)
                    })
                    .collect();
                let builders: Vec<&Builder> = runs.iter().map(|(_, builder)| builder).collect();
                let stable = Stable::of(&builders, formats, Some("111122223333"));
                for shared in stable.patterns() {
                    patterns += 1;
                    let pattern = shared.pattern;
                    assert!(covers(&everywhere(format), &pattern), "{prefix}: {format}: {pattern}");
                    assert!(
                        pattern != everywhere(format) || shape == "x",
                        "{prefix}: {format}: {pattern}"
                    );
                    for (arn, _) in &runs {
                        assert!(covers(&pattern, arn), "{prefix}: {format}: {pattern} {arn}");
                    }
                }
            }
        }
    }
    assert!(types > 1_500 && patterns > types, "{types} types, {patterns} patterns");
}
