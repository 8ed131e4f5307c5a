//! Policies of all kinds: generated cases on which an independent evaluator must agree, but for listed kinds of disagreement.

use std::collections::BTreeMap;
use std::sync::Arc;

use leastwise::evaluate::document::{Document, Shape};
use leastwise::evaluate::levels::{Attached, Levels, Outcome, Policies, Policy, Principal};
use leastwise::evaluate::verdict::{Request, Resource};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Generator, known, on_path, repository, simulate, skipped};
use crate::chance::Chance;

const CASES: usize = 5_000;
const SEED: u64 = 0x1e7e_15a5;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    kind: Vec<Kind>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Kind {
    name: String,
    page: String,
    /// `ours/theirs`.
    verdicts: Vec<String>,
    why: String,
}

#[test]
fn an_independent_evaluator_agrees_about_all_levels() {
    const TEST: &str = "evaluation::levels::an_independent_evaluator_agrees_about_all_levels";
    let folder = repository("tests/evaluation");
    let Some(node) = on_path("node") else {
        return skipped(TEST, "no node");
    };
    if !folder.join("node_modules/@cloud-copilot/iam-simulate").exists() {
        return skipped(TEST, "no tests/evaluation/node_modules (scripts/test makes it, with npm)");
    }
    let listed = std::fs::read_to_string(folder.join("levels-disagreements.toml")).unwrap();
    let listed: Listed = toml::from_str(&listed).unwrap();
    for kind in &listed.kind {
        assert!(kind.page.starts_with("https://docs.aws.amazon.com/"), "{}", kind.page);
        assert!(kind.why.ends_with('.'), "{}", kind.why);
    }
    let mut generator = Generator(Chance::seeded(SEED));
    let cases: Vec<Value> = (0..CASES).map(|_| case(&mut generator)).collect();
    let theirs = simulate(&node, "levels.js", &cases);
    assert_eq!(theirs.len(), cases.len());
    let (mut counts, mut met, mut unlisted) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
    for (case, theirs) in cases.iter().zip(&theirs) {
        let ours = ours(case);
        let same = match theirs.as_str() {
            "Allowed" => "allowed",
            "ImplicitlyDenied" => "not-allowed",
            "ExplicitlyDenied" => "denied",
            other => panic!("{other}: {case}"),
        };
        *counts.entry(ours).or_insert(0) += 1;
        if ours == same {
            continue;
        }
        let verdicts = format!("{ours}/{same}");
        let is_so = |kind: &&Kind| kind.verdicts.contains(&verdicts) && is_of(&kind.name, case);
        let kinds: Vec<_> = listed.kind.iter().filter(|kind| is_of(&kind.name, case)).collect();
        match listed.kind.iter().find(is_so) {
            Some(kind) => *met.entry(&*kind.name).or_insert(0) += 1,
            // Two kinds together come to verdicts that neither does alone.
            None if kinds.len() > 1 => *met.entry("several").or_insert(0) += 1,
            None => unlisted.push(format!("ours {ours}, theirs {same}: {case}")),
        }
    }
    let agreed = CASES - met.values().sum::<usize>() - unlisted.len();
    eprintln!("seed {SEED:#x}: {agreed} of {CASES} agree; {counts:?}; listed: {met:?}");
    unlisted.sort_by_key(String::len);
    let shown = &unlisted[..unlisted.len().min(8)];
    assert!(unlisted.is_empty(), "{} differ:\n{}", unlisted.len(), shown.join("\n"));
    for kind in &listed.kind {
        assert!(met.contains_key(&*kind.name), "no case is of the kind {:?}", kind.name);
    }
    // A generator whose cases nothing allows or denies would prove nothing, nor would one that meets listed kinds alone.
    for verdict in ["allowed", "not-allowed", "denied"] {
        assert!(counts.get(verdict).is_some_and(|it| *it >= CASES / 10), "{counts:?}");
    }
    assert!(agreed >= CASES * 9 / 10, "{agreed}");
    assert!(met.get("several").is_none_or(|it| *it <= CASES / 200), "{met:?}");
}

/// Whether a case is one of which a kind of disagreement speaks.
fn is_of(kind: &str, case: &Value) -> bool {
    let principal = case["principal"].as_str().unwrap();
    let is_service = principal.ends_with(".amazonaws.com");
    let names = |policy: &Value, text: &str| policy.to_string().contains(text);
    let has = |levels: &str| !case[levels].as_array().unwrap().is_empty();
    match kind {
        "root" => principal.ends_with(":root") && !has("identity"),
        "federated user without a session policy" => {
            principal.contains(":federated-user/") && case["session"].is_null()
        }
        "granted to the session" => {
            let everybody = names(&case["of"], "\"Principal\":\"*\"");
            !case["session"].is_null() && (everybody || names(&case["of"], principal))
        }
        "NotPrincipal" => names(&case["of"], "NotPrincipal"),
        "whom an endpoint policy names" => names(&case["endpoint"], "\"Principal\":{"),
        "a service without resource control policies" => {
            has("rcp") && case["action"].as_str().unwrap().starts_with("lambda:")
        }
        "service-linked role" => {
            principal.contains("AWSServiceRoleFor") && (has("scp") || has("rcp"))
        }
        "a service under service control policies" => is_service && has("scp"),
        other => panic!("no case is known for {other:?}"),
    }
}

/// Our verdict on a case.
fn ours(case: &Value) -> &'static str {
    let policy = |shape, policy: &Value| Policy {
        name: Arc::from("generated"),
        document: Document::parse_as(shape, policy.to_string()).unwrap(),
    };
    let optional = |shape, it: &Value| (!it.is_null()).then(|| policy(shape, it));
    let all = |shape, it: &Value| -> Vec<Policy> {
        it.as_array().unwrap().iter().map(|it| policy(shape, it)).collect()
    };
    let levels = |shape, it: &Value| -> Vec<Vec<Policy>> {
        it.as_array().unwrap().iter().map(|it| all(shape, it)).collect()
    };
    let resource = case["resource"].as_str().unwrap();
    let attached = optional(Shape::Resource, &case["of"]);
    let attached = attached.map(|policy| Attached { policy, to: Some(resource.to_owned()) });
    let policies = Policies {
        identity: all(Shape::Identity, &case["identity"]),
        boundary: optional(Shape::Identity, &case["boundary"]),
        session: optional(Shape::Identity, &case["session"]).into_iter().collect(),
        service_control: levels(Shape::ServiceControl, &case["scp"]),
        resource_control: levels(Shape::ResourceControl, &case["rcp"]),
        endpoint: optional(Shape::Endpoint, &case["endpoint"]),
        resource: attached.into_iter().collect(),
        management_account: None,
        complete: true,
        complete_of: None,
    };
    let mut principal = Principal::parse(case["principal"].as_str().unwrap()).unwrap();
    if let Principal::FederatedUser { user, .. } = &mut principal {
        *user = Some("arn:aws:iam::111122223333:user/ann".to_owned());
    }
    let keys = case["context"].as_object().unwrap().iter();
    let keys = keys.map(|(key, value)| (key.clone(), vec![value.as_str().unwrap().to_owned()]));
    let mut context = known(&keys.collect(), false, &[]);
    context.set("aws:ResourceAccount", [case["account"].as_str().unwrap()]);
    let request = Request {
        action: case["action"].as_str().unwrap(),
        resource: Resource::Exactly(resource),
        context: &context,
    };
    match Levels::new(&policies).judge(&principal, request).outcome {
        Outcome::Allowed => "allowed",
        Outcome::Denied(denial) if denial.explicit => "denied",
        Outcome::Denied(_) => "not-allowed",
        Outcome::Undecided(_) => "undecided",
    }
}

/// Each with what IAM says of it: `aws:PrincipalArn`.
const PRINCIPALS: &[(&str, &str)] = &[
    ("arn:aws:iam::111122223333:user/ann", "arn:aws:iam::111122223333:user/ann"),
    ("arn:aws:iam::111122223333:user/ann", "arn:aws:iam::111122223333:user/ann"),
    ("arn:aws:sts::111122223333:assumed-role/app/one", "arn:aws:iam::111122223333:role/app"),
    ("arn:aws:sts::111122223333:assumed-role/app/one", "arn:aws:iam::111122223333:role/app"),
    ("arn:aws:sts::111122223333:assumed-role/app/two", "arn:aws:iam::111122223333:role/app"),
    (
        "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForX/one",
        "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX",
    ),
    (
        "arn:aws:sts::111122223333:federated-user/ann",
        "arn:aws:sts::111122223333:federated-user/ann",
    ),
    ("arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:root"),
    ("arn:aws:iam::444455556666:user/bob", "arn:aws:iam::444455556666:user/bob"),
    ("arn:aws:sts::444455556666:assumed-role/far/one", "arn:aws:iam::444455556666:role/far"),
    ("lambda.amazonaws.com", ""),
    ("anonymous", ""),
];

const REQUESTS: &[(&str, &str)] = &[
    ("s3:GetObject", "arn:aws:s3:::bucket/key"),
    ("s3:PutObject", "arn:aws:s3:::bucket/key"),
    ("sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:queue"),
    ("kms:Decrypt", "arn:aws:kms:eu-west-1:111122223333:key/1234abcd"),
    ("sts:AssumeRole", "arn:aws:iam::111122223333:role/target"),
    ("lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:111122223333:function:f"),
];

fn case(generator: &mut Generator) -> Value {
    let (principal, arn) = PRINCIPALS[generator.below(PRINCIPALS.len())];
    let (action, resource) = REQUESTS[generator.below(REQUESTS.len())];
    let has_identity = principal.starts_with("arn:");
    let is_session = principal.starts_with("arn:aws:sts:");
    let mut case = json!({
        "principal": principal,
        "action": action,
        "resource": resource,
        "account": "111122223333",
        "identity": [],
        "boundary": null,
        "session": null,
        "scp": [],
        "rcp": [],
        "endpoint": null,
        "of": null,
    });
    let mut ask = Ask { generator, action, resource };
    let mut context = json!({});
    if !arn.is_empty() {
        context["aws:PrincipalArn"] = json!(arn);
    }
    for (key, values) in CONTEXT {
        if !ask.generator.one_in(4) {
            context[*key] = json!(ask.generator.pick(values));
        }
    }
    case["context"] = context;
    if has_identity {
        let count = ask.generator.below(3);
        case["identity"] = (0..count).map(|_| ask.policy(Names::Nobody)).collect();
        if ask.generator.one_in(3) {
            case["boundary"] = ask.policy(Names::Nobody);
        }
    }
    if is_session && ask.generator.one_in(3) {
        case["session"] = ask.policy(Names::Nobody);
    }
    if principal != "anonymous" && ask.generator.one_in(3) {
        case["scp"] = ask.levels(Names::Nobody);
    }
    if ask.generator.one_in(3) {
        case["rcp"] = ask.levels(Names::Everybody);
    }
    if ask.generator.one_in(4) {
        case["endpoint"] = ask.policy(Names::Endpoint);
    }
    // Every role has a trust policy, every key a key policy.
    if action.starts_with("sts:") || action.starts_with("kms:") || !ask.generator.one_in(3) {
        case["of"] = ask.policy(Names::Somebody);
    }
    case
}

const CONTEXT: &[(&str, &[&str])] = &[
    ("aws:PrincipalTag/team", &["blue", "red"]),
    ("aws:SourceIp", &["203.0.113.9", "198.51.100.7"]),
    ("aws:SecureTransport", &["true", "false"]),
];

/// Whom the statements of a policy name.
#[derive(Clone, Copy, PartialEq)]
enum Names {
    Nobody,
    Everybody,
    Endpoint,
    Somebody,
}

struct Ask<'g> {
    generator: &'g mut Generator,
    action: &'static str,
    resource: &'static str,
}

impl Ask<'_> {
    fn levels(&mut self, names: Names) -> Value {
        let levels = 1 + self.generator.below(3);
        let level = |ask: &mut Self| -> Vec<Value> {
            (0..1 + ask.generator.below(2)).map(|_| ask.policy(names)).collect()
        };
        json!((0..levels).map(|_| level(self)).collect::<Vec<_>>())
    }

    fn policy(&mut self, names: Names) -> Value {
        let count = 1 + self.generator.below(2);
        let statements: Vec<_> = (0..count).map(|_| self.statement(names)).collect();
        json!({"Version": "2012-10-17", "Statement": statements})
    }

    fn statement(&mut self, names: Names) -> Value {
        let denies = self.generator.one_in(9);
        let mut statement = json!({"Effect": if denies { "Deny" } else { "Allow" }});
        let prefix = self.action.split_once(':').unwrap().0;
        let every = format!("{prefix}:*");
        let fits = [self.action, &every, self.action];
        let any = ["*", "s3:Get*", "sqs:*", "kms:Encrypt", "sts:AssumeRole", "lambda:*"];
        let trust = names == Names::Somebody && prefix == "sts";
        let action = if trust || !self.generator.one_in(5) {
            self.generator.pick(&fits).to_owned()
        } else {
            self.generator.pick(&any).to_owned()
        };
        statement["Action"] = json!(action);
        if !trust {
            let others =
                ["arn:aws:s3:::bucket/*", "arn:aws:s3:::other/*", "arn:aws:sqs:*:*:q*", "*"];
            let resource = if self.generator.one_in(4) {
                self.generator.pick(&others)
            } else {
                self.generator.pick(&["*", self.resource])
            };
            statement["Resource"] = json!(resource);
        }
        if self.generator.one_in(4) {
            statement["Condition"] = self.condition();
        }
        match names {
            Names::Nobody => {}
            Names::Everybody => statement["Principal"] = json!("*"),
            Names::Endpoint if !self.generator.one_in(6) => statement["Principal"] = json!("*"),
            Names::Endpoint => statement["Principal"] = self.named(),
            Names::Somebody => {
                let not = self.generator.one_in(12);
                statement[if not { "NotPrincipal" } else { "Principal" }] = self.named();
            }
        }
        statement
    }

    fn named(&mut self) -> Value {
        if self.generator.one_in(6) {
            return json!("*");
        }
        if self.generator.one_in(8) {
            return json!({"Service": self.generator.some(
                &["lambda.amazonaws.com", "ec2.amazonaws.com"],
                1,
            )});
        }
        json!({"AWS": self.generator.some(
            &[
                "111122223333",
                "arn:aws:iam::111122223333:root",
                "arn:aws:iam::444455556666:root",
                "arn:aws:iam::111122223333:user/ann",
                "arn:aws:iam::111122223333:role/app",
                "arn:aws:sts::111122223333:assumed-role/app/one",
                "arn:aws:sts::111122223333:federated-user/ann",
                "arn:aws:iam::444455556666:user/bob",
                "arn:aws:iam::444455556666:role/far",
            ],
            2,
        )})
    }

    fn condition(&mut self) -> Value {
        let team = self.generator.pick(&["blue", "red"]);
        let arn = self.generator.pick(&[
            "arn:aws:iam::111122223333:role/app",
            "arn:aws:iam::*:user/*",
            "arn:aws:iam::111122223333:*",
        ]);
        match self.generator.below(4) {
            0 => json!({"StringEquals": {"aws:PrincipalTag/team": team}}),
            1 => json!({"ArnLike": {"aws:PrincipalArn": arn}}),
            2 => json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
            _ => json!({"BoolIfExists": {"aws:SecureTransport": "true"}}),
        }
    }
}
