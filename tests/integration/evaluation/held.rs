//! Generated cases with the conditions that hold what a run made, in the contexts that requests on such resources have.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Generator, agree, ours};
use crate::chance::Chance;
use crate::support::{on_path, repository, skipped};

const CASES: usize = 2_000;

#[test]
fn an_independent_evaluator_agrees_on_what_holds() {
    const TEST: &str = "evaluation::held::an_independent_evaluator_agrees_on_what_holds";
    let Some(node) = on_path("node") else {
        return skipped(TEST, "no node");
    };
    if !repository("tests/evaluation/node_modules/@cloud-copilot/iam-simulate").exists() {
        return skipped(TEST, "no tests/evaluation/node_modules (scripts/test makes it, with npm)");
    }
    let mut generator = Generator(Chance::seeded(0x0004_01d5));
    let cases: Vec<Value> = (0..CASES).map(|_| generator.held()).collect();
    agree(&node, &cases);
    // Each key decides some of them: without it in the context, the verdict is another.
    for key in HELD.iter().flat_map(|held| held.keys).map(|(key, _)| *key) {
        let decides = cases.iter().filter(|case| {
            let mut without = (*case).clone();
            without["context"]
                .as_object_mut()
                .unwrap()
                .retain(|it, _| !it.eq_ignore_ascii_case(key));
            ours(case) != ours(&without)
        });
        assert!(decides.count() >= 5, "{key}");
    }
}

impl Generator {
    /// A case with the conditions that hold what a run made.
    fn held(&mut self) -> Value {
        let held = &HELD[self.below(HELD.len())];
        let action = self.pick(held.actions);
        let count = 1 + self.below(3);
        let mut statements = Vec::new();
        for number in 0..count {
            // What is denied is first allowed, so that the denial counts.
            let deny = number > 0 && self.one_in(2);
            let mut statement = json!({"Effect": if deny { "Deny" } else { "Allow" }});
            let other = self.pick(held.actions);
            statement["Action"] =
                if self.one_in(4) { json!(other) } else { json!([action, other]) };
            statement["Resource"] = self.some(held.patterns, 2);
            let mut conditions: BTreeMap<String, BTreeMap<&str, Value>> = BTreeMap::new();
            for _ in 0..self.below(if deny { 2 } else { 4 }) {
                let (key, of) = held.keys[self.below(held.keys.len())];
                let operator = self.pick(of.operators());
                let values = if operator == "Null" {
                    json!(self.pick(&["true", "false"]))
                } else {
                    self.some(of.asked(), 2)
                };
                conditions.entry(operator.to_owned()).or_default().insert(key, values);
            }
            if !conditions.is_empty() {
                statement["Condition"] = json!(conditions);
            }
            statements.push(statement);
        }
        let mut context = serde_json::Map::new();
        for (key, of) in held.keys {
            if self.one_in(4) {
                continue;
            }
            let key = if self.one_in(4) { key.to_uppercase() } else { (*key).to_owned() };
            let one = self.pick(of.had());
            let several: Vec<&str> = (0..1 + self.below(3)).map(|_| self.pick(of.had())).collect();
            context.insert(key, if of.is_several() { json!(several) } else { json!(one) });
        }
        json!({
            "policies": [{"Version": "2012-10-17", "Statement": statements}],
            "action": action,
            "resource": self.pick(held.resources),
            "context": context,
        })
    }
}

/// What a run makes in a service, and what can hold it.
struct Held {
    actions: &'static [&'static str],
    resources: &'static [&'static str],
    /// Of policies.
    patterns: &'static [&'static str],
    keys: &'static [(&'static str, Of)],
}

/// What a condition key holds by.
#[derive(Clone, Copy)]
enum Of {
    Tag,
    CreateAction,
    Vpc,
    Account,
    Alias,
    Aliases,
    Records,
}

const HELD: &[Held] = &[
    Held {
        actions: &[
            "ec2:DeleteVpc",
            "ec2:CreateSubnet",
            "ec2:CreateTags",
            "ec2:DeleteSecurityGroup",
        ],
        resources: &[
            "arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-0a1b2c3d4e5f60718",
            "arn:aws:ec2:eu-west-1:111122223333:subnet/subnet-0a1b2c3d4e5f60718",
            "arn:aws:ec2:eu-west-1:111122223333:security-group/sg-0a1b2c3d4e5f60718",
        ],
        patterns: &[
            "arn:aws:ec2:eu-west-1:111122223333:vpc/*",
            "arn:aws:ec2:eu-west-1:111122223333:subnet/*",
            "arn:aws:ec2:eu-west-1:111122223333:security-group/*",
            // With `*/*`, which means the same, theirs differs (listed).
            "arn:aws:ec2:eu-west-1:111122223333:*",
            "arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-?????????????????",
            "arn:aws:ec2:eu-west-1:444455556666:vpc/*",
        ],
        keys: &[
            ("aws:ResourceTag/env", Of::Tag),
            ("aws:ResourceTag/Team", Of::Tag),
            ("aws:RequestTag/env", Of::Tag),
            ("ec2:CreateAction", Of::CreateAction),
            ("ec2:Vpc", Of::Vpc),
            ("aws:ResourceAccount", Of::Account),
        ],
    },
    Held {
        actions: &["kms:Decrypt", "kms:GenerateDataKey", "kms:ScheduleKeyDeletion"],
        resources: &[
            "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "arn:aws:kms:eu-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab",
        ],
        patterns: &[
            "arn:aws:kms:eu-west-1:111122223333:key/*",
            "arn:aws:kms:eu-west-1:111122223333:key/????????-????-????-????-????????????",
            "arn:aws:kms:*:111122223333:key/mrk-*",
        ],
        keys: &[
            ("kms:ResourceAliases", Of::Aliases),
            ("kms:RequestAlias", Of::Alias),
            ("aws:ResourceTag/app", Of::Tag),
        ],
    },
    Held {
        actions: &["route53:ChangeResourceRecordSets", "route53:GetHostedZone"],
        resources: &["arn:aws:route53:::hostedzone/Z0123456789ABCDEFGHIJ"],
        patterns: &["arn:aws:route53:::hostedzone/*", "arn:aws:route53:::hostedzone/Z?????????*"],
        keys: &[("route53:ChangeResourceRecordSetsNormalizedRecordNames", Of::Records)],
    },
    Held {
        actions: &["s3:GetObject", "s3:PutObject"],
        resources: &["arn:aws:s3:::assets-0a1b2c3d/k", "arn:aws:s3:::assets-prod/k"],
        patterns: &["arn:aws:s3:::assets-*/*", "arn:aws:s3:::assets-????????/*"],
        keys: &[("aws:ResourceAccount", Of::Account)],
    },
];

impl Of {
    fn is_several(self) -> bool {
        matches!(self, Of::Aliases | Of::Records)
    }

    fn operators(self) -> &'static [&'static str] {
        match self {
            Of::Tag | Of::Alias => {
                &["StringEquals", "StringEquals", "StringLike", "StringNotEquals", "Null"]
            }
            Of::CreateAction | Of::Account => &["StringEquals", "Null"],
            Of::Vpc => &["ArnEquals", "ArnLike", "StringEquals"],
            Of::Aliases => {
                &["ForAnyValue:StringEquals", "ForAnyValue:StringLike", "ForAllValues:StringLike"]
            }
            Of::Records => &["ForAllValues:StringEquals", "ForAllValues:StringLike", "Null"],
        }
    }

    /// What policies ask for.
    fn asked(self) -> &'static [&'static str] {
        match self {
            Of::Tag => &["ci", "prod", "c*", "CI", ""],
            Of::CreateAction => &["CreateVpc", "CreateSubnet"],
            Of::Vpc => &[
                "arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-1",
                "arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-*",
            ],
            Of::Account => &["111122223333", "444455556666"],
            Of::Alias | Of::Aliases => &["alias/app", "alias/app-*", "alias/other"],
            Of::Records => {
                &["www.example.com", "\\052.example.com", "*.example.com", "example.com"]
            }
        }
    }

    /// What requests have.
    fn had(self) -> &'static [&'static str] {
        match self {
            Of::Tag => &["ci", "ci", "CI", "prod", "other"],
            Of::CreateAction => &["CreateVpc", "RunInstances"],
            Of::Vpc => &[
                "arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-1",
                "arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-2",
                "arn:aws:ec2:eu-west-1:444455556666:vpc/vpc-1",
            ],
            Of::Account => &["111122223333", "444455556666"],
            Of::Alias | Of::Aliases => &["alias/app", "alias/app-1", "alias/App", "alias/other"],
            Of::Records => {
                &["www.example.com", "\\052.example.com", "mail.example.com", "a.b.example.com"]
            }
        }
    }
}
