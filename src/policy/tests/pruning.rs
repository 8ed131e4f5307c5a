//! What is cut down still allows what it allowed, and keeps its author's hand.

use proptest::prelude::*;

use crate::evaluate::audit::{Audit, Need};
use crate::evaluate::document::Document;
use crate::evaluate::known::Known;
use crate::evaluate::verdict::{Context, Verdict};

fn need(action: &str, resource: &str) -> Need {
    known_need(action, resource, &Known::default())
}

fn known_need(action: &str, resource: &str, known: &Known) -> Need {
    let mut context = Context::unknown();
    known.tell(&mut context, |_| false);
    context.set("aws:RequestedRegion", ["eu-west-1"]);
    Need {
        action: action.to_owned(),
        resource: resource.to_owned(),
        exact: resource == "*",
        pattern: known.pattern().map(str::to_owned),
        contexts: vec![context],
    }
}

fn pruned(text: &str, needs: &[Need]) -> String {
    let document = Document::parse(text).unwrap();
    let audit = Audit::of(std::slice::from_ref(&document), needs);
    crate::evaluate::prune::prune(&audit, &document, 0, needs, false).text
}

fn some(of: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(of), 1..4)
        .prop_map(|texts| serde_json::to_string(&texts).unwrap())
}

fn statement() -> impl Strategy<Value = String> {
    let actions =
        some(&["s3:*", "s3:Get*", "s3:GetObject", "s3:PutObject", "sqs:*", "*", "S3:getobject"]);
    let resources = some(&[
        "*",
        "arn:aws:s3:::*",
        "arn:aws:s3:::b/*",
        "arn:aws:s3:::b/k",
        "arn:aws:s3:::b/${aws:username}/*",
        "arn:aws:s3:::b/logs/*",
        "arn:aws:sqs:*:*:q",
    ]);
    let condition = prop::sample::select(
        &[
            "",
            r#", "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}"#,
            r#", "Condition": {"StringEquals": {"aws:username": "ann"}}"#,
            r#", "Condition": {"StringEquals": {"aws:ResourceTag/env": "ci"}}"#,
            r#", "Condition": {"StringNotEquals": {"aws:ResourceTag/ENV": "ci"}}"#,
        ][..],
    );
    let element = |one: &'static str, other: &'static str| {
        prop::bool::weighted(0.2).prop_map(move |not| if not { other } else { one })
    };
    (
            prop::bool::weighted(0.2),
            element("Action", "NotAction"),
            actions,
            element("Resource", "NotResource"),
            resources,
            condition,
        )
            .prop_map(|(deny, action, actions, resource, resources, condition)| {
                let effect = if deny { "Deny" } else { "Allow" };
                format!(
                    "{{\"Sid\": \"S\", \"Effect\": \"{effect}\", \"{action}\": {actions}, \"{resource}\": {resources}{condition}}}"
                )
            })
}

fn needs() -> impl Strategy<Value = Vec<Need>> {
    let action = prop::sample::select(
        &["s3:GetObject", "s3:PutObject", "s3:ListAllMyBuckets", "sqs:SendMessage"][..],
    );
    let resource = prop::sample::select(
        &[
            "*",
            "arn:aws:s3:::b/k",
            "arn:aws:s3:::b/*",
            "arn:aws:s3:::b/ann/x",
            "arn:aws:s3:::b/logs/1",
            "arn:aws:sqs:eu-west-1:111122223333:q",
            "arn:aws:sqs:eu-west-1:*:q",
        ][..],
    );
    let tags = prop::sample::select(&[None, Some("ci"), Some("prod")][..]);
    let known = (prop::bool::weighted(0.3), tags);
    prop::collection::vec(
        (action, resource, known).prop_map(|(action, resource, (made, env))| {
            let mut known = Known::default();
            if let Some(env) = env {
                known = known.with_tags([("env", env)]);
            }
            if made && resource.starts_with("arn:aws:s3:::b/") {
                known = known.with_pattern("arn:aws:s3:::b/*");
            }
            known_need(action, resource, &known)
        }),
        1..6,
    )
}

proptest! {
    // A failure is shrunk and shown; no file of seeds is kept.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_allowed_still_is_and_nothing_more(
        statements in prop::collection::vec(statement(), 0..5),
        used in needs(),
        others in needs(),
    ) {
        let text = format!(
            "{{\"Version\": \"2012-10-17\", \"Statement\": [{}]}}", statements.join(", ")
        );
        let text_after = pruned(&text, &used);
        let before = Document::parse(text).unwrap();
        let after = Document::parse(text_after.clone()).unwrap();
        let judged = |document: &Document, needs: &[Need]| {
            Audit::of(std::slice::from_ref(document), needs).judgements
        };
        for (was, is) in judged(&before, &used).iter().zip(judged(&after, &used)) {
            prop_assert_eq!(&was.verdict, &is.verdict, "{}", &text_after);
        }
        for (was, is) in judged(&before, &others).iter().zip(judged(&after, &others)) {
            let is = is.verdict == Verdict::Allowed;
            prop_assert!(!is || was.verdict == Verdict::Allowed, "{}", &text_after);
        }
        // A second time there is nothing to do.
        prop_assert_eq!(pruned(&text_after, &used), text_after);
    }
}

#[test]
fn the_hand_of_the_author_stays() {
    let text = r#"{
  "Statement": [
    {
      "Effect": "Allow",
      "Sid": "Objects",
      "Resource": ["arn:aws:s3:::b/*",
                   "arn:aws:s3:::c/*"],
      "Action": "s3:*Object",
      "Condition": { "Bool" : {"aws:SecureTransport": true} }
    },
    {"Effect": "Allow", "Action": ["sqs:*"], "Resource": "*"},
    {"Sid": "Never", "Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"},
    {"Effect": "Allow", "NotAction": "iam:*", "Resource": "arn:aws:sns:*"}
  ],
  "Version": "2012-10-17"
}
"#;
    let needs = [
        need("s3:GetObject", "arn:aws:s3:::b/k"),
        need("s3:PutObject", "arn:aws:s3:::b/k"),
        need("sns:Publish", "arn:aws:sns:eu-west-1:111122223333:t"),
    ];
    let expected = r#"{
  "Statement": [
    {
      "Effect": "Allow",
      "Sid": "Objects",
      "Resource": ["arn:aws:s3:::b/k"],
      "Action": [
        "s3:GetObject",
        "s3:PutObject"
      ],
      "Condition": { "Bool" : {"aws:SecureTransport": true} }
    },
    {"Sid": "Never", "Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"},
    {"Effect": "Allow", "Action": "sns:Publish", "Resource": "arn:aws:sns:eu-west-1:111122223333:t"}
  ],
  "Version": "2012-10-17"
}
"#;
    assert_eq!(pruned(text, &needs), expected);
}

const VPCS: &str = "arn:aws:ec2:eu-west-1:111122223333:vpc/*";

/// `ec2:DeleteVpc` on these under a condition on the tag `env`.
fn held(sid: &str, resource: &str, env: &str) -> String {
    format!(
        r#"{{"Sid": "{sid}", "Effect": "Allow", "Action": "ec2:DeleteVpc", "Resource": "{resource}", "Condition": {{"StringEquals": {{"aws:ResourceTag/env": "{env}"}}}}}}"#
    )
}

#[test]
fn a_statement_stays_whose_condition_the_tags_meet() {
    let known = |env| Known::default().with_pattern(VPCS).with_tags([("env", env)]);
    let vpc = VPCS.replace('*', "vpc-1");
    let policy = |statements: &[String]| {
        format!("{{\"Version\": \"2012-10-17\", \"Statement\": [{}]}}", statements.join(", "))
    };
    let both = policy(&[held("Ci", VPCS, "ci"), held("Prod", VPCS, "prod")]);
    for (env, stays) in [("ci", "Ci"), ("prod", "Prod")] {
        let text = pruned(&both, &[known_need("ec2:DeleteVpc", &vpc, &known(env))]);
        assert_eq!(text, policy(&[held(stays, VPCS, env)]));
    }
    let none = pruned(&both, &[known_need("ec2:DeleteVpc", &vpc, &known("test"))]);
    assert_eq!(none, policy(&[]));
    let unknown = [known_need("ec2:DeleteVpc", &vpc, &Known::default())];
    let text = pruned(&both, &unknown);
    assert_eq!(text.matches(&vpc).count(), 2, "either may be what allowed it: {text}");
}

#[test]
fn what_the_run_made_is_kept_as_the_pattern_that_lasts() {
    let vpc = VPCS.replace('*', "vpc-1");
    let made = Known::default().with_pattern(VPCS).with_tags([("env", "ci")]);
    let needs = [
        known_need("ec2:DeleteVpc", &vpc, &made),
        need("ec2:DeleteVpc", &VPCS.replace('*', "vpc-2")),
    ];
    for (resource, kept) in [
        ("*", VPCS),
        ("arn:aws:ec2:*", VPCS),
        ("arn:aws:ec2:eu-west-1:111122223333:*/*", VPCS),
        (VPCS, VPCS),
        (
            "arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-*",
            "arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-*",
        ),
        (&vpc, &vpc),
    ] {
        let policy = |resource| {
            let statement = held("Vpcs", resource, "ci");
            format!("{{\"Version\": \"2012-10-17\", \"Statement\": [{statement}]}}")
        };
        assert_eq!(pruned(&policy(resource), &needs[..1]), policy(kept), "{resource}");
    }
    let text = r#"{"Statement": [{"Effect": "Allow", "Action": "ec2:DeleteVpc", "NotResource": "arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-9"}]}"#;
    assert_eq!(pruned(text, &needs), text, "vpc-9 would be allowed");
    let elsewhere = text.replace("vpc/vpc-9", "subnet/*");
    assert!(pruned(&elsewhere, &needs).contains(&format!("\"Resource\": \"{VPCS}\"")));
}
