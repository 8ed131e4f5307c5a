//! Verdicts on requests: a table written from IAM's documentation, and generated cases on which an
//! independent evaluator (`@cloud-copilot/iam-simulate`, run as a program of its own) must agree.

mod held;
mod levels;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

use crate::chance::Chance;
use crate::support::{on_path, repository, skipped};
use leastwise::evaluate::document::Document;
use leastwise::evaluate::verdict::{Context, Evaluator, Request, Resource, Verdict};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    policy: Vec<Group>,
}

/// A policy, the rule that it shows, and requests.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    rule: String,
    version: Option<String>,
    statements: Vec<Value>,
    /// Whether a key that is not named is unknown, rather than not in the request.
    #[serde(default)]
    open: bool,
    /// What keys begin with that are all named, though others are unknown.
    #[serde(default)]
    all: Vec<String>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    action: Option<String>,
    resource: Option<String>,
    /// A pattern that stands for the resource.
    within: Option<String>,
    #[serde(default)]
    context: BTreeMap<String, Vec<String>>,
    is: String,
}

#[test]
fn the_table_of_documented_rules() {
    let (mut cases, mut rules, mut wrong) = (0, 0, String::new());
    for file in ["actions", "held", "logic", "operators", "resources", "variables"] {
        let path = repository("tests/evaluation").join(format!("{file}.toml"));
        let table: Table = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        for group in table.policy {
            rules += 1;
            let version = group.version.as_deref().unwrap_or("2012-10-17");
            let policy = json!({"Version": version, "Statement": group.statements});
            let document = Document::parse(policy.to_string()).unwrap();
            for case in &group.cases {
                cases += 1;
                let action = case.action.as_deref().unwrap_or("s3:GetObject");
                let resource = case.resource.as_deref().unwrap_or("arn:aws:s3:::b/k");
                let resource = match case.within.as_deref() {
                    Some(pattern) => Resource::Within(pattern),
                    None => Resource::Exactly(resource),
                };
                let is = verdict(
                    std::slice::from_ref(&document),
                    action,
                    resource,
                    known(&case.context, group.open, &group.all),
                );
                if is != case.is {
                    let _ = writeln!(
                        wrong,
                        "{file}: {}\n  {action} on {} with {:?} is {is}, not {}",
                        group.rule,
                        resource.text(),
                        case.context,
                        case.is
                    );
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    assert!(cases >= 220, "{cases} cases");
    eprintln!("{cases} cases of {rules} rules");
}

/// The context of a request that has these keys; whether others are unknown, and what begins keys that are all known nonetheless.
fn known(keys: &BTreeMap<String, Vec<String>>, open: bool, all: &[String]) -> Context {
    let mut context = if open { Context::unknown() } else { Context::complete() };
    for (key, values) in keys {
        context.set(key, values.iter().cloned());
    }
    for beginning in all {
        let own = keys.iter().filter_map(|(key, values)| {
            let (start, name) = key.split_at_checked(beginning.len())?;
            start.eq_ignore_ascii_case(beginning).then(|| (name, values[0].as_str()))
        });
        context.set_all(beginning, own);
    }
    context
}

fn verdict(
    documents: &[Document],
    action: &str,
    resource: Resource<'_>,
    context: Context,
) -> &'static str {
    let request = Request { action, resource, context: &context };
    match Evaluator::new(documents).judge(request).verdict {
        Verdict::Allowed => "allowed",
        Verdict::NotAllowed => "not-allowed",
        Verdict::Denied => "denied",
        Verdict::MayBeAllowed(_) => "may-be-allowed",
        Verdict::MayBeDenied(_) => "may-be-denied",
    }
}

const CASES: usize = 2_000;

/// A case on which the other evaluator and we differ, and why ours is kept. Generated cases avoid these
/// and nothing else, so that each of them must agree.
struct Disagreement {
    reason: &'static str,
    version: &'static str,
    statement: &'static str,
    resource: &'static str,
    context: &'static str,
    ours: &'static str,
    theirs: &'static str,
}

const DISAGREEMENTS: &[Disagreement] = &[
    Disagreement {
        reason: "reference_policies_elements_version: before 2012-10-17, ${aws:username} is text; theirs replaces it",
        version: "2008-10-17",
        statement: r#"{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::bucket/${aws:username}/*"}"#,
        resource: "arn:aws:s3:::bucket/ann/k",
        context: r#"{"aws:username": "ann"}"#,
        ours: "not-allowed",
        theirs: "Allowed",
    },
    Disagreement {
        reason: "reference_policies_variables (no value): nothing equals a variable without a value, so a negated operator holds; theirs lets the statement fail",
        version: "2012-10-17",
        statement: r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringNotEquals": {"aws:PrincipalTag/team": "${aws:username}"}}}"#,
        resource: "arn:aws:s3:::bucket/k",
        context: r#"{"aws:PrincipalTag/team": "blue"}"#,
        ours: "allowed",
        theirs: "ImplicitlyDenied",
    },
    Disagreement {
        reason: "what NotResource is with a variable without a value is not documented: we say that it depends, theirs lets the statement fail",
        version: "2012-10-17",
        statement: r#"{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::bucket/${aws:username}/*"}"#,
        resource: "arn:aws:s3:::bucket/k",
        context: "{}",
        ours: "may-be-allowed",
        theirs: "ImplicitlyDenied",
    },
    Disagreement {
        reason: "reference_policies_elements_condition_operators (IfExists): without the key the condition is true; theirs is false with ForAnyValue",
        version: "2012-10-17",
        statement: r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"ForAnyValue:StringEqualsIfExists": {"aws:TagKeys": "a"}}}"#,
        resource: "arn:aws:s3:::bucket/k",
        context: "{}",
        ours: "allowed",
        theirs: "ImplicitlyDenied",
    },
    Disagreement {
        reason: "0.0.0.0/0 is every IPv4 address; theirs finds none in it",
        version: "2012-10-17",
        statement: r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}}"#,
        resource: "arn:aws:s3:::bucket/k",
        context: r#"{"aws:SourceIp": "203.0.113.9"}"#,
        ours: "allowed",
        theirs: "ImplicitlyDenied",
    },
    Disagreement {
        reason: "reference_policies_variables: ${*} is a * in every string operator; theirs leaves it in StringEqualsIgnoreCase",
        version: "2012-10-17",
        statement: r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEqualsIgnoreCase": {"aws:username": "${*}"}}}"#,
        resource: "arn:aws:s3:::bucket/k",
        context: r#"{"aws:username": "*"}"#,
        ours: "allowed",
        theirs: "ImplicitlyDenied",
    },
    Disagreement {
        reason: "AWSEC2 UserGuide, ExamplePolicies_EC2 (tag resources): */* is every type, in AWS's own examples; theirs takes no wildcard for a type",
        version: "2012-10-17",
        statement: r#"{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:ec2:eu-west-1:111122223333:*/*"}"#,
        resource: "arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-1",
        context: "{}",
        ours: "allowed",
        theirs: "ImplicitlyDenied",
    },
    Disagreement {
        reason: "a * in a request's resource is a character of an object's key; theirs takes it for a wildcard",
        version: "2012-10-17",
        statement: r#"{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::*/notes.txt"}"#,
        resource: "arn:aws:s3:::bucket/*",
        context: "{}",
        ours: "not-allowed",
        theirs: "Allowed",
    },
];

impl Disagreement {
    fn case(&self) -> Value {
        let statement: Value = serde_json::from_str(self.statement).unwrap();
        let context: Value = serde_json::from_str(self.context).unwrap();
        json!({
            "policies": [{"Version": self.version, "Statement": [statement]}],
            "action": "s3:GetObject",
            "resource": self.resource,
            "context": context,
        })
    }
}

/// Our verdict on a case.
fn ours(case: &Value) -> &'static str {
    let policies = case["policies"].as_array().unwrap().iter();
    let documents: Vec<_> =
        policies.map(|policy| Document::parse(policy.to_string()).unwrap()).collect();
    let keys = case["context"].as_object().unwrap().iter().map(|(key, value)| {
        // The other evaluator tells keys with one value from those with several by this.
        let values = match value {
            Value::String(one) => vec![one.clone()],
            several => serde_json::from_value(several.clone()).unwrap(),
        };
        (key.clone(), values)
    });
    let resource = Resource::Exactly(case["resource"].as_str().unwrap());
    verdict(
        &documents,
        case["action"].as_str().unwrap(),
        resource,
        known(&keys.collect(), false, &[]),
    )
}

#[test]
fn an_independent_evaluator_agrees() {
    const TEST: &str = "evaluation::an_independent_evaluator_agrees";
    let folder = repository("tests/evaluation");
    let Some(node) = on_path("node") else {
        return skipped(TEST, "no node");
    };
    if !folder.join("node_modules/@cloud-copilot/iam-simulate").exists() {
        return skipped(TEST, "no tests/evaluation/node_modules (scripts/test makes it, with npm)");
    }
    let mut generator = Generator(Chance::seeded(0x1ea5_7715e));
    let cases: Vec<Value> = (0..CASES).map(|_| generator.case()).collect();
    agree(&node, &cases);
}

/// The other evaluator and we say the same of each case.
fn agree(node: &std::path::Path, cases: &[Value]) {
    let theirs = simulate(node, "simulate.js", cases);
    assert_eq!(theirs.len(), cases.len());
    let mut counts = BTreeMap::new();
    let mut unlisted = Vec::new();
    for (case, theirs) in cases.iter().zip(&theirs) {
        let ours = ours(case);
        let same = match theirs.as_str() {
            "Allowed" => "allowed",
            "ImplicitlyDenied" => "not-allowed",
            "ExplicitlyDenied" => "denied",
            other => panic!("{other}: {case}"),
        };
        *counts.entry(ours).or_insert(0) += 1;
        if ours != same {
            unlisted.push(format!("ours {ours}, theirs {same}: {case}"));
        }
    }
    let count = cases.len();
    eprintln!("{count} cases: {counts:?}; {} kinds of difference are listed", DISAGREEMENTS.len());
    let mut shown = unlisted.clone();
    shown.sort_by_key(String::len);
    shown.truncate(12);
    assert!(unlisted.is_empty(), "{} differ:\n{}", unlisted.len(), shown.join("\n"));
    // A generator whose cases nothing allows or denies would prove nothing.
    for verdict in ["allowed", "not-allowed", "denied"] {
        assert!(counts.get(verdict).is_some_and(|it| *it >= count / 10), "{counts:?}");
    }
}

/// What is listed is so: when the other evaluator changes, its line goes.
#[test]
fn the_listed_disagreements_are_so() {
    const TEST: &str = "evaluation::the_listed_disagreements_are_so";
    let Some(node) = on_path("node") else {
        return skipped(TEST, "no node");
    };
    if !repository("tests/evaluation/node_modules/@cloud-copilot/iam-simulate").exists() {
        return skipped(TEST, "no tests/evaluation/node_modules (scripts/test makes it, with npm)");
    }
    let cases: Vec<_> = DISAGREEMENTS.iter().map(Disagreement::case).collect();
    for ((listed, case), theirs) in
        DISAGREEMENTS.iter().zip(&cases).zip(simulate(&node, "simulate.js", &cases))
    {
        assert_eq!(ours(case), listed.ours, "{}", listed.reason);
        assert_eq!(theirs, listed.theirs, "{}", listed.reason);
    }
}

/// The other evaluator's verdicts, by a script that asks it.
fn simulate(node: &std::path::Path, script: &str, cases: &[Value]) -> Vec<String> {
    let mut process = Command::new(node)
        .arg(repository("tests/evaluation").join(script))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = process.stdin.take().unwrap();
    let lines: String = cases.iter().map(|case| format!("{case}\n")).collect();
    let writing = std::thread::spawn(move || input.write_all(lines.as_bytes()).unwrap());
    let mut answers = String::new();
    process.stdout.take().unwrap().read_to_string(&mut answers).unwrap();
    writing.join().unwrap();
    assert!(process.wait().unwrap().success());
    answers.lines().map(str::to_owned).collect()
}

/// The same cases on every machine.
struct Generator(Chance);

impl Generator {
    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.0.below(limit as u64)).unwrap()
    }

    fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    /// One or several; a string or a list.
    fn some(&mut self, from: &[&str], most: usize) -> Value {
        let count = 1 + self.below(most);
        let picked: Vec<_> = (0..count).map(|_| self.pick(from)).collect();
        if count == 1 && self.one_in(2) { json!(picked[0]) } else { json!(picked) }
    }

    fn case(&mut self) -> Value {
        let policies: Vec<_> = (0..1 + self.below(2)).map(|_| self.policy()).collect();
        let action = self.pick(&["s3:GetObject", "s3:PutObject", "s3:GetObjectTagging"]);
        let resource = self.pick(&[
            "arn:aws:s3:::bucket/key",
            "arn:aws:s3:::bucket/ann/notes.txt",
            "arn:aws:s3:::bucket/ann/2024/a:b",
            "arn:aws:s3:::Bucket/key",
            "arn:aws:s3:::other/$x",
        ]);
        let mut context = serde_json::Map::new();
        for (key, kind) in KEYS {
            if !self.one_in(3) {
                context.insert((*key).to_owned(), self.value(*kind));
            }
        }
        json!({"policies": policies, "action": action, "resource": resource, "context": context})
    }

    fn policy(&mut self) -> Value {
        let count = 1 + self.below(3);
        let statements: Vec<_> = (0..count).map(|_| self.statement()).collect();
        // Before 2012-10-17 there are no variables, which is listed.
        let text = json!(statements).to_string();
        let old = self.one_in(6) && !text.contains("${");
        let version = if old { "2008-10-17" } else { "2012-10-17" };
        let body =
            if count == 1 && self.one_in(2) { statements[0].clone() } else { json!(statements) };
        json!({"Version": version, "Statement": body})
    }

    fn statement(&mut self) -> Value {
        let mut statement = json!({"Effect": if self.one_in(3) { "Deny" } else { "Allow" }});
        let action = if self.one_in(6) { "NotAction" } else { "Action" };
        statement[action] = self.some(
            &[
                "*",
                "s3:*",
                "s3:Get*",
                "s3:getobject",
                "s3:?etObject",
                "S3:PutObject",
                "s3:*Tagging",
                "sqs:*",
                "s3:GetObject",
            ],
            3,
        );
        let resource = if self.one_in(6) { "NotResource" } else { "Resource" };
        // A variable without a value in a NotResource is listed.
        let home = if resource == "Resource" {
            "arn:aws:s3:::bucket/${aws:username}/*"
        } else {
            "arn:aws:s3:::bucket/a?n/*"
        };
        statement[resource] = self.some(
            &[
                "*",
                "arn:aws:s3:::*",
                "arn:aws:s3:::bucket/*",
                "arn:aws:s3:::bucket/key",
                "arn:aws:s3:::?ucket/*",
                home,
                "arn:aws:s3:::bucket/${aws:PrincipalTag/team, 'ann'}/*",
                "arn:aws:s3:::other/${*}",
                "arn:aws:s3:::*/notes.txt",
                "arn:aws:s3:::bucket/*/2024/a:?",
                "arn:aws:s3:*:*:bucket/key",
                "arn:aws:sqs:us-east-1:111122223333:q",
            ],
            3,
        );
        if !self.one_in(3) {
            let mut conditions = serde_json::Map::new();
            for _ in 0..1 + self.below(2) {
                let (operator, key, values) = self.condition();
                conditions.insert(operator, json!({key: values}));
            }
            statement["Condition"] = Value::Object(conditions);
        }
        statement
    }

    fn condition(&mut self) -> (String, &'static str, Value) {
        let (key, kind) = KEYS[self.below(KEYS.len())];
        if self.one_in(8) {
            return ("Null".to_owned(), key, json!(self.pick(&["true", "false"])));
        }
        let operators = match kind {
            Kind::Text | Kind::Several => [
                "StringEquals",
                "StringNotEquals",
                "StringEqualsIgnoreCase",
                "StringNotEqualsIgnoreCase",
                "StringLike",
                "StringNotLike",
            ]
            .as_slice(),
            Kind::Number => &[
                "NumericEquals",
                "NumericNotEquals",
                "NumericLessThan",
                "NumericLessThanEquals",
                "NumericGreaterThan",
                "NumericGreaterThanEquals",
            ],
            Kind::Date => &[
                "DateEquals",
                "DateNotEquals",
                "DateLessThan",
                "DateLessThanEquals",
                "DateGreaterThan",
                "DateGreaterThanEquals",
            ],
            Kind::Bool => &["Bool"],
            Kind::Address => &["IpAddress", "NotIpAddress"],
            Kind::Arn => &["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"],
            Kind::Binary => &["BinaryEquals"],
        };
        let mut operator = self.pick(operators).to_owned();
        let if_exists = self.one_in(4);
        if if_exists {
            operator.push_str("IfExists");
        }
        if kind == Kind::Several {
            // ForAnyValue with IfExists is listed.
            let set = self.pick(&["ForAllValues:", "ForAnyValue:"]);
            operator.insert_str(0, if if_exists { "ForAllValues:" } else { set });
        }
        // ${*} in StringEqualsIgnoreCase is listed.
        let star = if operator.contains("IgnoreCase") { "anna" } else { "${*}" };
        // A variable without a value in a negated operator is listed.
        let name = if operator.contains("Not") { "bobby" } else { "${aws:username}" };
        let values = match kind {
            Kind::Text | Kind::Several => self.some(
                &[
                    "ann",
                    "Ann",
                    "bob",
                    "a*",
                    "?nn",
                    name,
                    "${aws:PrincipalTag/none, 'ann'}",
                    star,
                    "blue",
                ],
                3,
            ),
            Kind::Number => self.some(&["1", "10", "10.5", "-3"], 2),
            Kind::Date => self
                .some(&["2024-01-01T00:00:00Z", "2024-06-01T12:00:00Z", "2023-01-01T00:00:00Z"], 2),
            Kind::Bool => json!(self.pick(&["true", "false"])),
            Kind::Address => {
                self.some(&["203.0.113.0/24", "198.51.100.7/32", "192.0.0.0/8", "2001:db8::/32"], 2)
            }
            Kind::Arn => self.some(
                &[
                    "arn:aws:iam::111122223333:role/*",
                    "arn:aws:iam::*:role/app",
                    "arn:aws:iam::111122223333:role/ap?",
                    "arn:aws:*:*:111122223333:*",
                ],
                2,
            ),
            Kind::Binary => self.some(&["YW5u", "Ym9i"], 2),
        };
        (operator, key, values)
    }

    fn value(&mut self, kind: Kind) -> Value {
        let texts = ["ann", "Ann", "bob", "anna", "*", "blue"];
        let one = match kind {
            Kind::Text => self.pick(&texts),
            Kind::Several => {
                let count = 1 + self.below(3);
                return json!((0..count).map(|_| self.pick(&texts)).collect::<Vec<_>>());
            }
            Kind::Number => self.pick(&["1", "10", "10.5", "11", "-3"]),
            Kind::Date => {
                self.pick(&["2024-01-01T00:00:00Z", "2024-06-01T12:00:00Z", "2025-01-01T00:00:00Z"])
            }
            Kind::Bool => self.pick(&["true", "false"]),
            Kind::Address => {
                self.pick(&["203.0.113.9", "198.51.100.7", "192.0.2.1", "2001:db8::1"])
            }
            Kind::Arn => self.pick(&[
                "arn:aws:iam::111122223333:role/app",
                "arn:aws:iam::444455556666:role/app",
                "arn:aws:iam::111122223333:user/ann",
            ]),
            Kind::Binary => self.pick(&["YW5u", "Ym9i"]),
        };
        json!(one)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    /// Text, several values.
    Several,
    Number,
    Date,
    Bool,
    Address,
    Arn,
    Binary,
}

/// Condition keys of each kind.
const KEYS: &[(&str, Kind)] = &[
    ("aws:username", Kind::Text),
    ("aws:PrincipalTag/team", Kind::Text),
    ("aws:TagKeys", Kind::Several),
    ("s3:max-keys", Kind::Number),
    ("aws:CurrentTime", Kind::Date),
    ("aws:SecureTransport", Kind::Bool),
    ("aws:SourceIp", Kind::Address),
    ("aws:PrincipalArn", Kind::Arn),
    ("test:binary", Kind::Binary),
];
