//! The nearest policy, cut down: what is written is checked against the recording that it was cut by.

use serde_json::Value;

use super::{nearest, recording};
use crate::common::{output, stderr, stdout};

const NEEDS: &[(&str, &str)] =
    &[("s3:GetObject", "arn:aws:s3:::data/key"), ("s3:ListBucket", "arn:aws:s3:::data")];

#[test]
fn the_policy_that_is_written_allows_what_was_recorded_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let calls = recording(folder.path(), NEEDS);
    let policy = folder.path().join("policy.json");
    for name in [
        "--tailor",
        "--tailor=AmazonS3ReadOnlyAccess",
        "--tailor=arn:aws:iam::aws:policy/AdministratorAccess",
    ] {
        let done = nearest(folder.path(), &[name, "-o", "policy.json", "calls.jsonl"], &[]);
        assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
        assert!(stderr(&done).contains("cut down"), "{}", stderr(&done));
        let written = std::fs::read_to_string(&policy).unwrap();
        assert!(written.contains("\n    \"Statement\": [\n"), "{written}");
        let value: Value = serde_json::from_str(&written).unwrap();
        let mut actions = Vec::new();
        for statement in value["Statement"].as_array().unwrap() {
            actions.extend(statement["Action"].as_array().unwrap().iter().cloned());
            let resources = statement["Resource"].as_array().unwrap();
            assert!(
                resources.iter().all(|it| it.as_str().unwrap().starts_with("arn:aws:s3:::data"))
            );
        }
        actions.sort_by_key(Value::to_string);
        assert_eq!(actions, ["s3:GetObject", "s3:ListBucket"], "{name}");
        let checked = output([
            "check".as_ref(),
            "--unused".as_ref(),
            "--policy".as_ref(),
            policy.as_os_str(),
            calls.as_os_str(),
        ]);
        assert_eq!(checked.status.code(), Some(0), "{}", stdout(&checked));
        std::fs::remove_file(&policy).unwrap();
    }
}

#[test]
fn what_a_policy_lacks_from_the_beginning_is_said() {
    let folder = tempfile::tempdir().unwrap();
    recording(folder.path(), &[NEEDS[0], ("s3:PutObject", "arn:aws:s3:::data/key")]);
    let done = nearest(folder.path(), &["--tailor=AmazonS3ReadOnlyAccess", "calls.jsonl"], &[]);
    assert_eq!(done.status.code(), Some(3), "{}", stderr(&done));
    let said = stderr(&done);
    assert!(
        said.contains(
            "AmazonS3ReadOnlyAccess does not allow s3:PutObject on arn:aws:s3:::data/key"
        ),
        "{said}"
    );
    assert!(stdout(&done).contains("s3:GetObject") && !stdout(&done).contains("PutObject"));
}

#[test]
fn a_policy_to_begin_with_must_be_one_that_can_be_attached() {
    let folder = tempfile::tempdir().unwrap();
    recording(folder.path(), NEEDS);
    for (name, sentence) in [
        ("--tailor=NoSuchPolicy", "there is no managed policy NoSuchPolicy"),
        ("--tailor=AWSSupportServiceRolePolicy", "belongs to a service-linked role"),
    ] {
        let done = nearest(folder.path(), &[name, "calls.jsonl"], &[]);
        assert_eq!(done.status.code(), Some(2), "{}", stderr(&done));
        assert!(stderr(&done).contains(sentence) && stdout(&done).is_empty(), "{}", stderr(&done));
    }
}

#[test]
fn the_result_is_said_to_people_and_what_nobody_allows_has_its_code() {
    let folder = tempfile::tempdir().unwrap();
    recording(folder.path(), NEEDS);
    let done = nearest(folder.path(), &["--top", "1", "calls.jsonl"], &[]);
    let said = stdout(&done);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    for sentence in [
        "2 calls had 2 needs of 2 actions; compared with ",
        " allow all of it.",
        "The nearest, which allow the fewest actions in excess:\n  1. ",
        " in excess, ",
        "on * that the calls needed on certain resources",
    ] {
        assert!(said.contains(sentence), "{sentence}\n{said}");
    }
    // Without a need there is nothing to compare.
    std::fs::write(folder.path().join("calls.jsonl"), "").unwrap();
    let done = nearest(folder.path(), &["calls.jsonl"], &[]);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    assert!(stdout(&done).contains("Nothing was needed"), "{}", stdout(&done));
    let done = nearest(folder.path(), &["--tailor", "calls.jsonl"], &[]);
    assert_eq!(done.status.code(), Some(2));
    assert!(stderr(&done).contains("there is none to cut down"), "{}", stderr(&done));
}
