//! What somebody meant: a name that is nearly right, a policy that IAM would not take, a command without its word.

use std::fs;

use super::{get, policy, run};
use crate::common::{leastwise, stderr, stdout};

#[test]
fn a_variable_that_sets_nothing_is_said_with_what_was_meant_and_without_its_value() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("calls.jsonl"), get()).unwrap();
    for (name, meant) in [
        ("LEASTWISE_RECROD", "did you mean LEASTWISE_RECORD?"),
        ("LEASTWISE_UPSTREAM_URL", "did you mean LEASTWISE_UPSTREAM"),
        ("LEASTWISE_OUTPUT", "did you mean LEASTWISE_OUTPUT_FILE?"),
        ("leastwise_quiet", "did you mean LEASTWISE_QUIET?"),
        ("LEASTWISE_XYZZY", "`leastwise config` lists the ones that exist"),
    ] {
        for command in [&["policy", "calls.jsonl"][..], &["run", "-o", "p.json", "--", "true"]] {
            let done =
                leastwise(command).env(name, "hunter2").current_dir(folder).output().unwrap();
            assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
            let lines: Vec<_> = stderr(&done).lines().filter(|line| line.contains(name)).collect();
            assert_eq!(lines.len(), 1, "{}", stderr(&done));
            assert!(lines[0].contains(meant), "{}", lines[0]);
            assert!(!stderr(&done).contains("hunter2"), "{}", stderr(&done));
        }
    }
    // What we set ourselves is no mistake, and neither is what an option has.
    let done = leastwise(["policy", "calls.jsonl"])
        .envs([("LEASTWISE_CA_FILE", "x"), ("LEASTWISE_SID", "true"), ("LEASTWISE_FORMAT", "")])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(!stderr(&done).contains("LEASTWISE"), "{}", stderr(&done));
    assert!(stdout(&done).contains("Sid"));
}

#[test]
fn a_policy_that_iam_would_not_take_fits_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("calls.jsonl"), get()).unwrap();
    fs::write(folder.join("good.json"), policy(&["s3:GetObject"])).unwrap();
    for (action, resource, said) in [
        (
            "s3",
            "*",
            "IAM does not accept the Action \"s3\": an action is a service prefix, a colon and a name",
        ),
        ("*:Untag*", "*", "IAM does not accept the Action \"*:Untag*\""),
        ("s3:GetObject", "bucket/key", "IAM does not accept the Resource \"bucket/key\""),
        ("s3:GetObject", "arn:aws:s3", "IAM does not accept the Resource \"arn:aws:s3\""),
    ] {
        let text = policy(&[action]).replace("\"*\"}", &format!("\"{resource}\"}}"));
        let text = if resource == "*" { policy(&[action]) } else { text };
        fs::write(folder.join("bad.json"), &text).unwrap();
        for command in [
            &["check", "--policy", "bad.json", "calls.jsonl"][..],
            &["prune", "--policy", "bad.json", "calls.jsonl"],
            &["diff", "good.json", "bad.json"],
            &["run", "--check", "bad.json", "--", "true"],
        ] {
            let done = run(folder, command);
            assert_eq!(done.status.code(), Some(2), "{command:?}: {}", stderr(&done));
            assert!(stderr(&done).contains(said), "{}", stderr(&done));
            assert!(stderr(&done).contains("bad.json, line 1, column "), "{}", stderr(&done));
        }
    }
}

/// Whatever AWS has is an action here too: the sweep over the whole catalogue.
#[test]
fn every_action_and_every_arn_of_the_catalogue_is_taken() {
    use leastwise::catalog::Catalog;
    use leastwise::evaluate::document::Document;
    let catalog = Catalog::embedded();
    let mut checked = 0;
    for prefix in catalog.prefixes() {
        for action in catalog.actions(prefix) {
            let formats: Vec<String> = action
                .resources()
                .flat_map(|it| it.resource_type.arn_formats())
                .map(|format| format.replace("${", "").replace('}', ""))
                .chain(["*".to_owned()])
                .collect();
            let policy = serde_json::json!({"Statement": [
                {"Effect": "Allow", "Action": format!("{prefix}:{}", action.name()), "Resource": formats}
            ]});
            if let Err(error) = Document::parse(policy.to_string()) {
                panic!("{error}: {policy}");
            }
            checked += 1;
        }
    }
    assert!(checked > 10_000, "{checked}");
}

#[test]
fn a_command_without_its_word_is_told_how_to_be_given() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("calls.jsonl"), get()).unwrap();
    fs::write(folder.join("calls"), get()).unwrap();
    for (words, meant) in [
        (&["sh", "-c", "exit 0"][..], "did you mean `leastwise run -- sh -c 'exit 0'`?"),
        (&["no-such-program-at-all", "apply"], "`leastwise run -- no-such-program-at-all apply`"),
        (&["calls.jsonl"], "did you mean `leastwise policy calls.jsonl`?"),
        (&["calls", "calls.jsonl"], "did you mean `leastwise policy calls calls.jsonl`?"),
        (&["-o", "policy.json", "sh"], "as in `leastwise run -o …`"),
        (&["prun"], "did you mean `prune`?"),
    ] {
        let done = run(folder, words);
        assert_eq!(done.status.code(), Some(2));
        assert!(stderr(&done).contains(meant), "{words:?}: {}", stderr(&done));
        assert_eq!(stderr(&done).lines().count(), 1, "{}", stderr(&done));
    }
}

/// What a copy reads is named by CopySource, and what a batch deletes by its list; both were said to be `Key`.
#[test]
fn explain_says_what_the_rules_do() {
    let folder = tempfile::tempdir().unwrap();
    let explained = run(folder.path(), &["explain", "--json", "s3.CopyObject", "s3.DeleteObjects"]);
    let explained: serde_json::Value = serde_json::from_str(stdout(&explained)).unwrap();
    let filled = |operation: usize, action: &str| {
        let actions = explained["operations"][operation]["actions"].as_array().unwrap();
        let action = actions.iter().find(|it| it["action"] == action).unwrap();
        let kinds = action["resource_types"].as_array().unwrap();
        let object = kinds.iter().find(|it| it["name"] == "object").unwrap();
        object["arn_formats"][0]["filled_by"].clone()
    };
    for action in ["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTagging"] {
        let filled = filled(0, action);
        assert!(filled["ObjectName"].as_str().unwrap().contains("CopySource"), "{filled}");
        assert!(filled["BucketName"].as_str().unwrap().contains("CopySource"), "{filled}");
    }
    assert_eq!(filled(0, "s3:PutObject")["ObjectName"], "Key");
    assert_eq!(filled(1, "s3:DeleteObject")["ObjectName"], "Delete.Objects[].Key");
}

#[test]
fn a_document_that_is_named_can_be_found() {
    let folder = tempfile::tempdir().unwrap();
    let done = run(folder.path(), &["run", "-o", "p.json", "--", "true"]);
    let said = stderr(&done);
    assert!(
        said.contains("docs/clients.md of the sources") || said.contains("docs/clients.md (http"),
        "{said}"
    );
}
