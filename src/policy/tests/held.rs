//! Policies with the conditions that hold what a run made: made shorter and split, they allow the same.

use std::sync::LazyLock;

use proptest::prelude::*;

use crate::authorize::Conditions;
use crate::evaluate::document::Document;
use crate::evaluate::known::Known;
use crate::evaluate::verdict::{Context, Evaluator, Request, Resource, Verdict};
use crate::policy::fit::{Fit, fit};
use crate::policy::{Builder, Order, Policy, minimize};
use crate::render;

const EC2: &str = "arn:aws:ec2:eu-west-1:111122223333:";
const ACTIONS: &[&str] =
    &["ec2:DeleteVpc", "ec2:CreateTags", "ec2:DeleteTags", "ec2:ModifyVpcAttribute"];
const RESOURCES: &[&str] = &["vpc/*", "vpc/vpc-1", "vpc/vpc-?", "subnet/*"];
/// Operator, key and value.
const CONDITIONS: &[&[(&str, &str, &str)]] = &[
    &[],
    &[("StringEquals", "aws:ResourceTag/env", "ci")],
    &[("StringEquals", "aws:ResourceTag/env", "prod")],
    &[("StringEquals", "aws:ResourceTag/team", "ci")],
    &[
        ("StringEquals", "aws:ResourceTag/env", "ci"),
        ("StringEquals", "aws:ResourceTag/team", "ci"),
    ],
    &[("StringEquals", "aws:RequestTag/env", "ci")],
    &[("StringEquals", "ec2:CreateAction", "CreateVpc")],
    &[("ArnEquals", "ec2:Vpc", "arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-1")],
    &[("ForAllValues:StringEquals", "aws:TagKeys", "env")],
    &[("ForAllValues:StringEquals", "aws:TagKeys", "team")],
    &[("ForAnyValue:StringEquals", "kms:ResourceAliases", "alias/a")],
    &[("ForAnyValue:StringEquals", "kms:ResourceAliases", "alias/b")],
];

fn conditions(of: &[(&'static str, &'static str, &str)]) -> Conditions {
    let mut conditions = Conditions::new();
    for (operator, key, value) in of {
        let keys = conditions.entry((*operator).into()).or_default();
        keys.insert((*key).into(), vec![(*value).to_owned()]);
    }
    conditions
}

fn contexts() -> Vec<Context> {
    let tags: [&[(&str, &str)]; 5] = [
        &[],
        &[("env", "ci")],
        &[("env", "prod"), ("team", "ci")],
        &[("Env", "ci"), ("team", "ci")],
        &[("env", "other")],
    ];
    let aliases: [&[&str]; 3] = [&[], &["alias/a", "alias/c"], &["alias/b"]];
    let told = |(number, of): (usize, &&[(&str, &str)])| {
        let known = Known::default()
            .with_tags(of.iter().copied())
            .with_request_tags(tags[(number + 1) % tags.len()].iter().copied())
            .with_key("kms:ResourceAliases", aliases[number % aliases.len()].iter().copied());
        let known = match number {
            1 => known.with_key("ec2:Vpc", [format!("{EC2}vpc/vpc-1").as_str()]),
            2 => known.with_key("ec2:CreateAction", ["CreateVpc"]),
            _ => known,
        };
        let mut context = Context::complete();
        known.tell(&mut context, |_| false);
        context
    };
    tags.iter().enumerate().map(told).collect()
}

/// Whether each request is allowed.
fn allowed(documents: &[Policy]) -> Vec<bool> {
    let documents: Vec<Document> =
        documents.iter().map(|it| Document::parse(render::json::render(it)).unwrap()).collect();
    let policies = Evaluator::new(&documents);
    let mut all = Vec::new();
    for context in &contexts() {
        for action in ACTIONS {
            for resource in ["vpc/vpc-1", "vpc/vpc-2", "vpc/vpc-10", "subnet/subnet-1"] {
                let resource = format!("{EC2}{resource}");
                let resource = Resource::Exactly(&resource);
                let verdict = policies.judge(Request { action, resource, context }).verdict;
                all.push(verdict == Verdict::Allowed);
            }
        }
    }
    all
}

/// The actions of EC2, the only ones here.
fn known(_: &str) -> Vec<String> {
    static ALL: LazyLock<Vec<String>> = LazyLock::new(|| {
        let actions = crate::catalog::Catalog::embedded().actions("ec2");
        actions.map(|action| action.name().to_owned()).collect()
    });
    ALL.clone()
}

proptest! {
    // A failure is shrunk and shown; no file of seeds is kept.
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn shortened_and_split_they_allow_the_same(
        grants in prop::collection::vec(
            (
                prop::sample::select(ACTIONS),
                prop::sample::select(RESOURCES),
                prop::sample::select(CONDITIONS),
            ),
            1..60,
        ),
    ) {
        let mut builder = Builder::default();
        for (action, resource, of) in grants {
            builder.allow(action, &[format!("{EC2}{resource}")], &conditions(of));
        }
        for order in [Order::FirstSeen, Order::Alphabetical] {
            let policy = builder.policy(order);
            let before = allowed(std::slice::from_ref(&policy));
            let mut minimized = policy.clone();
            minimize(&mut minimized, &mut known);
            prop_assert_eq!(&allowed(std::slice::from_ref(&minimized)), &before);
            for to in [Fit::Managed, Fit::InlineUser] {
                let Ok(fitted) = fit(policy.clone(), to, &mut known) else { continue };
                prop_assert_eq!(&allowed(&fitted.documents), &before);
            }
        }
    }
}
