use serde_json::{Value, json};

use super::*;
use crate::evaluate::document::{Document, Shape};
use crate::evaluate::levels::{Levels, Policies, Policy, Principal};
use crate::evaluate::verdict::{Context, Request, Resource};

const OBJECT: &str = "arn:aws:s3:::b/k";

fn policy(name: &str, shape: Shape, statements: Value) -> Policy {
    let text = json!({"Version": "2012-10-17", "Statement": statements});
    Policy { name: name.into(), document: Document::parse_as(shape, text.to_string()).unwrap() }
}

fn ruled(policies: &Policies, context: &Context) -> (String, Value) {
    let principal = Principal::parse("arn:aws:iam::111122223333:user/ann").unwrap();
    let request = Request { action: "s3:PutObject", resource: Resource::Exactly(OBJECT), context };
    let ruling = Levels::new(policies).judge(&principal, request);
    let question = Question { action: "s3:PutObject", resource: OBJECT };
    (plain::block(question, &ruling), json::value(question, &ruling))
}

fn policies() -> Policies {
    Policies {
        identity: vec![policy(
            "p\u{1b}.json",
            Shape::Identity,
            json!([{
                "Sid": "Ci", "Effect": "Allow", "Action": "s3:*", "Resource": "*",
                "Condition": {"StringEquals": {"aws:RequestTag/env": "ci"}},
            }]),
        )],
        service_control: vec![
            vec![policy(
                "all.json",
                Shape::ServiceControl,
                json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]),
            )],
            vec![policy(
                "ec2.json",
                Shape::ServiceControl,
                json!([{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}]),
            )],
        ],
        ..Policies::default()
    }
}

#[test]
fn a_denial_is_one_block_with_all_reasons() {
    let mut context = Context::unknown();
    context.set("aws:RequestTag/env", ["prod"]);
    let (text, value) = ruled(&policies(), &context);
    assert_eq!(
        text,
        "denied: s3:PutObject on arn:aws:s3:::b/k, because no service control policy of level 2 allows it
  ! no service control policy of level 2 allows it
  ! no identity-based policy allows it
  + allowed by service control policy of level 1 all.json:1:38, statement 1
  ? would allow it but for its conditions: identity-based policy p\\u{1b}.json:1:38, statement 1 \"Ci\"
      StringEquals aws:RequestTag/env: the policy has \"ci\"; the request has \"prod\"
"
    );
    assert_eq!(value["outcome"], "denied");
    assert_eq!((&value["explicit"], &value["by"]), (&json!(false), &json!("scp")));
    assert_eq!(
        value["missing"],
        json!([{"kind": "scp", "level": 2}, {"kind": "identity", "level": null}])
    );
    assert_eq!(value["allowed_by"][0]["file"], "all.json");
    let unsettled = &value["unsettled"][0];
    assert_eq!((&unsettled["sid"], &unsettled["applies"]), (&json!("Ci"), &json!("no")));
    assert_eq!(
        unsettled["conditions"],
        json!([{
            "operator": "StringEquals", "key": "aws:RequestTag/env", "policy": ["ci"],
            "request": "values", "values": ["prod"],
        }])
    );
}

#[test]
fn what_is_not_known_is_said_with_how_to_say_it() {
    let mut only = policies();
    only.service_control.clear();
    let (text, value) = ruled(&only, &Context::unknown());
    assert!(text.starts_with("undecided: s3:PutObject on arn:aws:s3:::b/k, it depends on condition key aws:RequestTag/env\n"), "{text}");
    assert!(text.contains("the policy has \"ci\"; what the request has is not known\n"), "{text}");
    assert!(text.ends_with("  --context aws:RequestTag/env=VALUE says it\n"), "{text}");
    assert_eq!(value["outcome"], "undecided");
    assert_eq!(value["depends_on"], json!(["condition key aws:RequestTag/env"]));
    assert_eq!(value["by"], Value::Null);
    let (text, _) = ruled(&only, &Context::complete());
    assert!(text.contains("the policy has \"ci\"; the request does not have it\n"), "{text}");
}

#[test]
fn an_explicit_deny_comes_first_and_its_kind_has_its_article() {
    let mut denied = policies();
    denied.service_control.clear();
    denied.identity.push(policy(
        "no.json",
        Shape::Identity,
        json!([{"Sid": "No", "Effect": "Deny", "Action": "s3:Put*", "Resource": "*"}]),
    ));
    let (text, value) = ruled(&denied, &Context::unknown());
    assert!(
        text.starts_with(
            "denied: s3:PutObject on arn:aws:s3:::b/k, with an explicit deny in an identity-based policy\n  - denied by identity-based policy no.json:1:38, statement 1 \"No\"\n"
        ),
        "{text}"
    );
    assert_eq!((&value["explicit"], &value["by"]), (&json!(true), &json!("identity")));
}
