//! What is known of resources, and how much of it is kept.

use crate::catalog::Catalog;
use crate::evaluate::verdict::Context;
use std::collections::BTreeMap;

use serde_json::Map;

use super::*;
use crate::call::{Evidence, Outcome, Source, Timestamp};
use crate::evaluate::document::Document;
use crate::evaluate::known::WITHOUT_RESOURCE_ACCOUNT;
use crate::evaluate::verdict::{self, Verdict};

const VPC: &str = "arn:aws:ec2:eu-west-1:111122223333:vpc/";

fn call(account: Option<&str>) -> Call {
    Call {
        source: Source::Proxy,
        time: Timestamp(0),
        service: "ec2".into(),
        operation: Some("DeleteVpc".into()),
        recognized: true,
        region: Some("eu-west-1".into()),
        partition: "aws".into(),
        account: account.map(str::to_owned),
        principal: Some("AKIA1".to_owned()),
        outcome: Outcome::default(),
        attempts: 1,
        host: None,
        method: None,
        path: None,
        user_agent: None,
        parameters: Map::new(),
        evidence: Evidence::default(),
    }
}

fn made(tags: &[(&str, &str)]) -> Known {
    Known::default().with_pattern(&format!("{VPC}*")).with_tags(tags.iter().copied())
}

fn add(collected: &mut Collected, action: &str, resource: &str, known: &Known) {
    let resources = [resource.to_owned()];
    let conditions = Conditions::new();
    collected.add(&call(Some("111122223333")), 1, action, &resources, &conditions, &mut |_| {
        known.clone()
    });
}

/// Each need with what its contexts say of a key.
fn told(collected: &Collected, key: &str) -> Vec<String> {
    let (needs, _) = collected.needs(&[]);
    let one = |context: &Context| match context.get(key) {
        verdict::Known::Values(values) => values.join(","),
        verdict::Known::Absent => "absent".to_owned(),
        verdict::Known::Nothing => "nothing".to_owned(),
    };
    let all = |need: &Need| need.contexts.iter().map(one).collect::<Vec<_>>().join(" or ");
    needs.iter().map(|need| format!("{} {}", need.resource, all(need))).collect()
}

#[test]
fn a_resource_is_judged_by_its_tags_as_they_were() {
    let mut collected = Collected::default();
    let vpc = format!("{VPC}vpc-1");
    add(&mut collected, "ec2:DeleteVpc", &vpc, &made(&[("env", "ci")]));
    add(&mut collected, "ec2:DeleteVpc", &vpc, &made(&[("Env", "ci"), ("x", "y")]));
    add(&mut collected, "ec2:DeleteVpc", &vpc, &made(&[]));
    add(&mut collected, "ec2:DeleteVpc", &vpc, &Known::default());
    add(&mut collected, "ec2:DeleteVpc", &vpc, &made(&[("env", "ci")]));
    assert_eq!(
        told(&collected, "aws:ResourceTag/env"),
        ["ci", "ci", "absent", "nothing"].map(|it| format!("{vpc} {it}"))
    );
    let policy = format!(
        r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "ec2:DeleteVpc", "Resource": "{VPC}*", "Condition": {{"StringEquals": {{"aws:ResourceTag/env": "ci"}}}}}}}}"#
    );
    let documents = [Document::parse(policy).unwrap()];
    let (needs, asked) = collected.needs(&[]);
    assert_eq!(asked.iter().map(|it| it.calls).collect::<Vec<_>>(), [2, 1, 1, 1]);
    let audit = crate::evaluate::audit::Audit::of(&documents, &needs);
    let verdicts: Vec<_> = audit.judgements.into_iter().map(|it| it.verdict).collect();
    assert_eq!(verdicts[..3], [Verdict::Allowed, Verdict::Allowed, Verdict::NotAllowed]);
    assert!(matches!(verdicts[3], Verdict::MayBeAllowed(_)));
}

#[test]
fn what_is_known_goes_before_what_is_said_and_what_conditions_tell() {
    let mut collected = Collected::default();
    let keys = BTreeMap::from([
        (Name::Borrowed("ec2:Vpc"), vec!["arn:aws:ec2:eu-west-1:111122223333:vpc/a".to_owned()]),
        (
            Name::Borrowed("ec2:Subnet"),
            vec!["arn:aws:ec2:eu-west-1:111122223333:subnet/*".to_owned()],
        ),
    ]);
    let conditions = Conditions::from([(Name::Borrowed("ArnEquals"), keys)]);
    let known = Known::default().with_tags([("env", "ci")]);
    let resources = [format!("{VPC}vpc-1")];
    let asked = call(Some("111122223333"));
    collected.add(&asked, 1, "ec2:DeleteVpc", &resources, &conditions, &mut |_| known.clone());
    let said = [
        ("aws:ResourceTag/env", "prod"),
        ("aws:ResourceTag/team", "blue"),
        ("aws:username", "ann"),
    ];
    let said: Vec<Said> = said.map(|(key, value)| (key.to_owned(), Some(value.to_owned()))).into();
    let (needs, _) = collected.needs(&said);
    let [context] = &needs[0].contexts[..] else { panic!("{needs:?}") };
    let values = |key: &str| match context.get(key) {
        verdict::Known::Values(values) => Some(values.join(",")),
        verdict::Known::Absent => Some(String::new()),
        verdict::Known::Nothing => None,
    };
    assert_eq!(values("aws:ResourceTag/env").as_deref(), Some("ci"));
    assert_eq!(values("aws:ResourceTag/team").as_deref(), Some(""));
    assert_eq!(values("aws:username").as_deref(), Some("ann"));
    assert!(values("ec2:Vpc").is_some_and(|it| it.ends_with("vpc/a")));
    assert_eq!(values("ec2:Subnet"), None, "a pattern is no value");
}

#[test]
fn the_account_of_a_resource_is_what_its_arn_says() {
    for (action, resource, is) in [
        ("ec2:DeleteVpc", "arn:aws:ec2:eu-west-1:444455556666:vpc/vpc-1", "444455556666"),
        ("ec2:DeleteVpc", "arn:aws:ec2:eu-west-1:*:vpc/vpc-1", "nothing"),
        ("ec2:createvpcendpoint", "arn:aws:ec2:eu-west-1:444455556666:vpc/vpc-1", "nothing"),
        ("ebs:GetSnapshotBlock", "arn:aws:ec2:eu-west-1:444455556666:snapshot/s", "nothing"),
        ("s3:PutObject", "arn:aws:s3:::bucket/arn:aws:x:y:444455556666:z", "nothing"),
        ("iam:AttachRolePolicy", "arn:aws:iam::aws:policy/ReadOnlyAccess", "nothing"),
        ("ec2:DescribeVpcs", "*", "nothing"),
    ] {
        let mut collected = Collected::default();
        add(&mut collected, action, resource, &Known::default());
        assert_eq!(
            told(&collected, "aws:ResourceAccount"),
            [format!("{resource} {is}")],
            "{action}"
        );
    }
    let mut collected = Collected::default();
    let known = Known::default().with_account("111122223333");
    add(&mut collected, "s3:PutObject", "arn:aws:s3:::bucket/k", &known);
    assert_eq!(told(&collected, "aws:ResourceAccount"), ["arn:aws:s3:::bucket/k 111122223333"]);
}

#[test]
fn every_action_without_the_key_is_one_of_aws() {
    let listed: Vec<&str> =
        WITHOUT_RESOURCE_ACCOUNT.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(listed.len() >= 20 && listed.is_sorted(), "{listed:?}");
    for action in listed {
        let (prefix, name) = action.split_once(':').unwrap();
        let known = match name {
            "*" => Catalog::embedded().actions(prefix).len() > 0,
            _ => Catalog::embedded().action(prefix, name).is_some_and(|it| it.name() == name),
        };
        assert!(known, "{action}");
    }
}

#[test]
fn what_is_kept_of_many_made_resources_is_bounded() {
    let mut collected = Collected::default();
    for number in 0..100_000 {
        let name = format!("vpc-{number}");
        let known = made(&[("Name", name.as_str()), ("env", "ci")]);
        add(&mut collected, "ec2:DeleteVpc", &format!("{VPC}{name}"), &known);
    }
    assert_eq!(collected.needs.len(), 2 * MOST_ALIKE + 1);
    assert_eq!(collected.alike.len(), 1);
    let (needs, asked) = collected.needs(&[]);
    assert_eq!(asked.iter().map(|it| it.calls).sum::<u64>(), 100_000);
    assert!(needs.iter().all(|need| need.pattern.as_deref() == Some(&format!("{VPC}*"))));
    let tags = told(&collected, "aws:ResourceTag/Name");
    assert_eq!(tags[0], format!("{VPC}vpc-0 vpc-0"));
    assert_eq!(tags[MOST_ALIKE], format!("{VPC}* vpc-{MOST_ALIKE}"));
    assert_eq!(tags[2 * MOST_ALIKE], format!("{VPC}* nothing"));
    let common = told(&collected, "aws:ResourceTag/env");
    assert_eq!(common[2 * MOST_ALIKE], format!("{VPC}* ci"), "what all others have is known");
}

#[test]
fn one_resource_that_is_tagged_again_and_again_is_bounded() {
    let mut collected = Collected::default();
    let queue = "arn:aws:sqs:eu-west-1:111122223333:q";
    for number in 0..10_000 {
        let run = number.to_string();
        let known = Known::default().with_tags([("run", run.as_str())]);
        add(&mut collected, "sqs:SendMessage", queue, &known);
    }
    assert_eq!(collected.needs.len(), MOST_ALIKE + 1);
    assert_eq!(told(&collected, "aws:ResourceTag/run").last(), Some(&format!("{queue} nothing")));
}

#[test]
fn an_account_that_becomes_known_is_put_into_what_is_known() {
    let mut collected = Collected::default();
    let known = Known::default()
        .with_pattern("arn:aws:ec2:eu-west-1:*:security-group/*")
        .with_key("ec2:Vpc", ["arn:aws:ec2:eu-west-1:*:vpc/vpc-1"]);
    let resources = ["arn:aws:ec2:eu-west-1:*:security-group/sg-1".to_owned()];
    let conditions = Conditions::new();
    let action = "ec2:DeleteSecurityGroup";
    collected.add(&call(None), 1, action, &resources, &conditions, &mut |_| known.clone());
    assert_eq!(told(&collected, "ec2:Vpc"), [format!("{} nothing", resources[0])]);
    collected.settle(|key| (key == Some("AKIA1")).then(|| "111122223333".to_owned()));
    let settled = resources[0].replace(":*:", ":111122223333:");
    assert_eq!(told(&collected, "ec2:Vpc"), [format!("{settled} {VPC}vpc-1")]);
    let (needs, _) = collected.needs(&[]);
    let pattern = "arn:aws:ec2:eu-west-1:111122223333:security-group/*";
    assert_eq!(needs[0].pattern.as_deref(), Some(pattern));
}
