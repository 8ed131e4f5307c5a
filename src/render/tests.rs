//! The formats on one policy that has every kind of thing in it, as exact text; and strings that mean
//! something in some format. `tests/integration/formats.rs` gives the same to the formats' own tools.

use std::collections::BTreeMap;

use super::*;
use crate::policy::{Effect, Statement};

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn statement(actions: &[&str], resources: &[&str]) -> Statement {
    Statement {
        sid: None,
        effect: Effect::Allow,
        actions: texts(actions),
        resources: texts(resources),
        conditions: BTreeMap::new(),
    }
}

fn policy() -> Policy {
    let mut named = statement(&["s3:GetObject", "s3:PutObject"], &["arn:aws:s3:::bucket/${*}"]);
    named.sid = Some("S3ReadWrite".to_owned());
    let mut role = statement(&["iam:PassRole"], &["arn:aws:iam::111122223333:role/app"]);
    role.effect = Effect::Deny;
    role.conditions.insert(
        "StringEquals".into(),
        BTreeMap::from([("iam:PassedToService".into(), texts(&["ecs.amazonaws.com"]))]),
    );
    Policy { statements: vec![named, role] }
}

#[test]
fn hcl() {
    assert_eq!(
        render(Format::Hcl, &[policy()]),
        r#"data "aws_iam_policy_document" "leastwise" {
  statement {
    sid    = "S3ReadWrite"
    effect = "Allow"

    actions = [
      "s3:GetObject",
      "s3:PutObject",
    ]

    resources = [
      "arn:aws:s3:::bucket/$${*}",
    ]
  }

  statement {
    effect = "Deny"

    actions = [
      "iam:PassRole",
    ]

    resources = [
      "arn:aws:iam::111122223333:role/app",
    ]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"

      values = [
        "ecs.amazonaws.com",
      ]
    }
  }
}
"#
    );
}

#[test]
fn cloudformation() {
    assert_eq!(
        render(Format::CloudFormation, &[policy()]),
        r#"AWSTemplateFormatVersion: "2010-09-09"
Resources:
  LeastwisePolicy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Sid: "S3ReadWrite"
            Effect: Allow
            Action:
              - "s3:GetObject"
              - "s3:PutObject"
            Resource:
              - "arn:aws:s3:::bucket/${*}"
          - Effect: Deny
            Action:
              - "iam:PassRole"
            Resource:
              - "arn:aws:iam::111122223333:role/app"
            Condition:
              "StringEquals":
                "iam:PassedToService":
                  - "ecs.amazonaws.com"
"#
    );
}

#[test]
fn cdk() {
    assert_eq!(
        render(Format::Cdk, &[policy()]),
        r#"import * as iam from "aws-cdk-lib/aws-iam";

export const statements: iam.PolicyStatement[] = [
  new iam.PolicyStatement({
    sid: "S3ReadWrite",
    effect: iam.Effect.ALLOW,
    actions: [
      "s3:GetObject",
      "s3:PutObject",
    ],
    resources: [
      "arn:aws:s3:::bucket/${*}",
    ],
  }),
  new iam.PolicyStatement({
    effect: iam.Effect.DENY,
    actions: [
      "iam:PassRole",
    ],
    resources: [
      "arn:aws:iam::111122223333:role/app",
    ],
    conditions: {
      "StringEquals": {
        "iam:PassedToService": [
          "ecs.amazonaws.com",
        ],
      },
    },
  }),
];
"#
    );
}

#[test]
fn markdown() {
    assert_eq!(
        render(Format::Markdown, &[policy()]),
        "## IAM policy

3 actions in 2 statements; 327 characters as IAM counts them. Fits the inline policies of a user (2048), the inline policies of a group (5120), a managed policy (6144), the inline policies of a role (10240).

| Statement | Effect | Actions | Resources | Conditions |
| --- | --- | --- | --- | --- |
| `S3ReadWrite` | Allow | `s3:GetObject`<br>`s3:PutObject` | `arn:aws:s3:::bucket/${*}` |  |
|  | Deny | `iam:PassRole` | `arn:aws:iam::111122223333:role/app` | `StringEquals` `iam:PassedToService`: `ecs.amazonaws.com` |
"
    );
}

#[test]
fn markdown_shows_what_would_hide_or_break_a_table() {
    let resource = "a|b``c\n\u{202e}\u{7f} `";
    let shown =
        render(Format::Markdown, &[Policy { statements: vec![statement(&["s3:*"], &[resource])] }]);
    assert!(shown.contains("``` a\\|b``c\\u{a}\\u{202e}\\u{7f} ` ```"), "{shown}");
    assert!(!shown.contains("Conditions") && !shown.contains("Effect"), "{shown}");
}

#[test]
fn several_documents_are_numbered() {
    let documents = [policy(), policy()];
    for (format, names) in [
        (Format::Hcl, ["\"leastwise_1\"", "\"leastwise_2\""]),
        (Format::CloudFormation, ["  LeastwisePolicy1:", "  LeastwisePolicy2:"]),
        (Format::Cdk, ["const statements1:", "const statements2:"]),
        (Format::Markdown, ["document 1 of 2", "document 2 of 2"]),
    ] {
        let text = render(format, &documents);
        assert!(names.iter().all(|name| text.matches(name).count() == 1), "{text}");
    }
    let list: serde_json::Value = serde_json::from_str(&render(Format::Json, &documents)).unwrap();
    assert_eq!(list.as_array().map(Vec::len), Some(2));
    assert_eq!(list[1]["Statement"][1]["Effect"], "Deny");
}

#[test]
fn nothing_is_a_whole_text_in_every_format() {
    let nothing = [Policy::default()];
    assert_eq!(
        render(Format::Hcl, &nothing),
        "data \"aws_iam_policy_document\" \"leastwise\" {\n}\n"
    );
    assert!(render(Format::CloudFormation, &nothing).ends_with("Statement: []\n"));
    assert!(render(Format::Cdk, &nothing).ends_with("= [];\n"));
    assert!(render(Format::Markdown, &nothing).ends_with("It allows nothing.\n"));
}

#[test]
fn terraform_takes_nothing_in_a_string_for_its_own() {
    for (value, text) in [
        ("${*}", r#""$${*}""#),
        ("$${*}", r#""$$${*}""#),
        ("%{if}", r#""%%{if}""#),
        ("$ % $$ ${", r#""$ % $$ $${""#),
        ("\"\\\n\t\r", r#""\"\\\n\t\r""#),
        ("\u{1}\u{e9}\u{2028}\u{1f600}", r#""\u0001\u00E9\u2028\U0001F600""#),
    ] {
        assert_eq!(hcl::quoted(value), text);
    }
}

#[test]
fn what_terraform_would_make_a_variable_goes_as_json() {
    let policy = Policy {
        statements: vec![
            statement(&["s3:GetObject"], &["arn:aws:s3:::b/&{x}"]),
            statement(&["s3:PutObject"], &["arn:aws:s3:::b/x"]),
        ],
    };
    let text = render(Format::Hcl, &[policy]);
    let blocks: Vec<_> = text.matches("  statement {").collect();
    assert_eq!(blocks.len(), 1, "{text}");
    assert!(text.contains("source_policy_documents = [\"{\\n"), "{text}");
    assert!(text.contains(r#"\"arn:aws:s3:::b/&{x}\""#), "{text}");
}

#[test]
fn what_cloudformation_would_resolve_is_said() {
    let of = |resource| {
        render(
            Format::CloudFormation,
            &[Policy { statements: vec![statement(&["s3:GetObject"], &[resource])] }],
        )
    };
    assert!(of("arn:aws:s3:::b/{{resolve:ssm:x}}").starts_with("# CloudFormation replaces "));
    assert!(of("arn:aws:s3:::b/{{x}}").starts_with("AWSTemplateFormatVersion"));
}
