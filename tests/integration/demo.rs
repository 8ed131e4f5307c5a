//! `leastwise demo`: the first thing that somebody tries.
#![cfg(unix)]

use std::time::{Duration, Instant};

use crate::common::{actions, on_terminal, output, stderr, stdout};

#[test]
fn it_prints_a_policy_and_the_summary() {
    let start = Instant::now();
    let output = output(["demo"]);
    assert!(start.elapsed() < Duration::from_secs(5), "fast where nobody watches");
    assert_eq!(output.status.code(), Some(0));
    let actions = actions(stdout(&output));
    for action in [
        "s3:CreateBucket",
        "iam:CreateRole",
        "iam:PassRole",
        "dynamodb:CreateTable",
        "sqs:CreateQueue",
    ] {
        assert!(actions.iter().any(|known| known == action), "{action} in {actions:?}");
    }
    let said = stderr(&output);
    assert!(said.contains("+ s3:CreateBucket on arn:aws:s3:::example-app-artifacts\n"), "{said}");
    assert!(said.contains("leastwise: heard 22 calls of 21 operations; "), "{said}");
    assert!(said.contains("1  dynamodb.UpdateTimeToLive  AccessDeniedException\n"), "{said}");
    assert!(!said.contains("not recognised"), "{said}");
}

#[test]
fn the_account_is_told_by_the_access_key() {
    let output = output(["demo", "--quiet"]);
    assert!(
        stdout(&output).contains("arn:aws:lambda:eu-west-1:111122223333:function:*"),
        "{}",
        stdout(&output)
    );
    assert_eq!(stderr(&output), "");
}

#[test]
fn on_a_terminal_it_is_live_and_q_ends_it() {
    let output = on_terminal(&["demo"], "CreateBucket", "q");
    let said = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{said}{}", stderr(&output));
    let (live, after) = said.rsplit_once("\u{1b}[?1049l").expect("the alternate screen is left");
    assert!(live.contains("\u{1b}[?1049h"), "{said}");
    assert!(after.contains("\"s3:CreateBucket\""), "{after}");
    assert!(after.contains("leastwise: heard "), "{after}");
    assert!(!after.contains("lambda:CreateFunction"), "it ended early: {after}");
}
