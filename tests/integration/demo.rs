//! `leastwise demo`: the first thing that somebody tries.
#![cfg(unix)]

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::{leastwise, on_terminal, output, stderr, stdout};

#[test]
fn it_prints_a_policy_and_the_summary() {
    let start = Instant::now();
    let output = output(["demo"]);
    assert!(start.elapsed() < Duration::from_secs(5), "fast where nobody watches");
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let policy: Value = serde_json::from_str(stdout(&output)).unwrap();
    let statements = policy["Statement"].as_array().unwrap();
    let of = |action: &str| {
        let has = |it: &&Value| it["Action"].as_array().unwrap().iter().any(|it| it == action);
        let found: Vec<_> = statements.iter().filter(has).collect();
        assert_eq!(found.len(), 1, "{action} in {policy}");
        found[0]
    };
    // The names that the requests have.
    for (action, resource) in [
        ("s3:PutObject", "arn:aws:s3:::example-orders-releases/orders-1.4.0.zip"),
        ("dynamodb:CreateTable", "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"),
        ("lambda:CreateFunction", "arn:aws:lambda:eu-west-1:111122223333:function:orders"),
    ] {
        assert_eq!(of(action)["Resource"], json!([resource]));
    }
    // The role, and for whom it is.
    assert_eq!(
        of("iam:PassRole")["Condition"]["StringEquals"]["iam:PassedToService"],
        json!(["lambda.amazonaws.com"])
    );
    // A key that the next run has another one of, held by its tag.
    let key = of("kms:EnableKeyRotation");
    assert_eq!(key["Resource"], json!(["arn:aws:kms:eu-west-1:111122223333:key/*"]));
    assert_eq!(key["Condition"]["StringEquals"]["aws:ResourceTag/app"], json!(["orders"]));
    // What was refused.
    of("dynamodb:UpdateTimeToLive");
    assert!(said.contains("+ s3:CreateBucket on arn:aws:s3:::example-orders-releases\n"), "{said}");
    // Each call went through the proxy and was reported, too.
    assert!(said.contains("leastwise: heard 21 calls of 20 operations; "), "{said}");
    assert!(said.contains("1  dynamodb.UpdateTimeToLive  User: arn:aws:iam::111122223333:user/deployer is not authorized"), "{said}");
    assert!(said.contains("leastwise run -o policy.json -- COMMAND"), "{said}");
    for never in ["not recognised", "went past the proxy", "\\u{a}"] {
        assert!(!said.contains(never), "{said}");
    }
}

#[test]
fn colours_are_for_those_who_want_them() {
    let said = |arguments: &[&str], variable: Option<(&str, &str)>| {
        let mut command = leastwise(["demo"]);
        command.args(arguments).envs(variable);
        stderr(&command.output().unwrap()).to_owned()
    };
    let colored = said(&["--color", "always"], None);
    assert!(colored.contains("\u{1b}[32m+\u{1b}[0m s3:CreateBucket on "), "{colored}");
    assert!(colored.contains("\u{1b}[1m  1 call failed:\u{1b}[0m\n"), "{colored}");
    assert_eq!(
        said(&["--color", "always"], Some(("NO_COLOR", "1"))),
        colored,
        "what is said last counts"
    );
    assert_eq!(said(&[], Some(("CLICOLOR_FORCE", "1"))), colored);
    for plain in [said(&[], None), said(&["--color", "never"], Some(("CLICOLOR_FORCE", "1")))] {
        assert!(!plain.contains('\u{1b}'), "{plain}");
    }
}

#[test]
fn it_says_nothing_more_where_it_is_to_be_quiet() {
    let output = output(["demo", "--quiet"]);
    assert!(stdout(&output).contains("\"iam:PassRole\""), "{}", stdout(&output));
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
    assert!(after.contains("leastwise:\u{1b}[0m heard "), "{after}");
    assert!(!after.contains("lambda:CreateFunction"), "it ended early: {after}");
}
