//! IAM's limits: a large policy is split into the fewest managed policies, each small enough, and together they
//! allow exactly what it allowed. That is proved by expanding both: each action that AWS has, on each resource.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use crate::common::{names, output, stderr, stdout};
use leastwise::catalog::Catalog;
use serde_json::{Value, json};

const MANAGED: usize = 6_144;

/// 400 actions of 60 services and 300 resources: the recording of a call for each pair of an action and its
/// resources. Services with few actions are asked for all of them, so that wildcards come in.
struct Large {
    lines: String,
    actions: BTreeSet<String>,
    resources: BTreeSet<String>,
    services: usize,
}

fn large() -> Large {
    let catalog = Catalog::embedded();
    let (mut actions, mut resources) = (BTreeSet::new(), BTreeSet::new());
    let mut lines = String::new();
    let mut services = 0;
    // Every third prefix, so that there are small and large services among them.
    for prefix in catalog.prefixes().filter(|it| catalog.actions(it).len() >= 7).step_by(3) {
        if services == 60 {
            break;
        }
        services += 1;
        let wanted = if services <= 40 { 7 } else { 6 };
        let names: Vec<_> = catalog.actions(prefix).map(|it| it.name()).take(wanted).collect();
        for (place, name) in names.into_iter().enumerate() {
            actions.insert(format!("{prefix}:{name}"));
            // The first ones share their resources, the last has its own.
            let numbers = if place < 4 { 0..3 } else { 3..5 };
            let resources: Vec<_> = numbers
                .map(|number| {
                    let name = ["orders", "customers", "a/long/path/of/names"][number % 3];
                    let resource =
                        format!("arn:aws:{prefix}:eu-west-1:111122223333:thing/{name}-{number}");
                    resources.insert(resource.clone());
                    resource
                })
                .collect();
            lines += &line(&format!("{prefix}:{name}"), &resources, &json!({}));
        }
    }
    Large { lines, actions, resources, services }
}

fn line(action: &str, resources: &[String], conditions: &Value) -> String {
    let (service, operation) = action.split_once(':').unwrap();
    let call = json!({
        "v": 1, "time": "2025-11-22T08:15:30.045Z", "source": "proxy", "service": service, "operation": operation,
        "region": "eu-west-1", "partition": "aws", "account": "111122223333", "principal": null, "status": 200,
        "error": null, "request_id": null, "host": null, "user_agent": null, "parameters": {},
        "requires": [{"action": action, "resources": resources, "conditions": conditions, "reason": "operation"}],
    });
    format!("{call}\n")
}

/// The characters of JSON that are not white space between its elements.
fn size(json: &str) -> usize {
    let (mut count, mut inside, mut escaped) = (0, false, false);
    for character in json.chars() {
        count += usize::from(inside || !character.is_whitespace());
        inside ^= character == '"' && !escaped;
        escaped = inside && character == '\\' && !escaped;
    }
    count
}

/// IAM's wildcards, in ASCII.
fn matches(pattern: &str, text: &str) -> bool {
    matches_bytes(pattern.as_bytes(), text.as_bytes())
}

fn matches_bytes(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern, text) {
        ([], _) => text.is_empty(),
        ([b'*', rest @ ..], _) => (0..=text.len()).any(|from| matches_bytes(rest, &text[from..])),
        ([b'?', rest @ ..], [_, text @ ..]) => matches_bytes(rest, text),
        ([one, rest @ ..], [other, text @ ..]) => one == other && matches_bytes(rest, text),
        _ => false,
    }
}

/// Which of the actions that AWS has these documents allow on which of the resources.
fn expanded(documents: &[Value], resources: &[String]) -> HashSet<(String, String)> {
    let all: Vec<String> = Catalog::embedded()
        .prefixes()
        .flat_map(|prefix| Catalog::embedded().actions(prefix))
        .map(|action| action.to_string())
        .collect();
    assert!(all.len() > 20_000);
    let texts = |value: &Value| -> Vec<String> {
        value.as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()).collect()
    };
    let mut allowed = HashSet::new();
    for statement in documents.iter().flat_map(|it| it["Statement"].as_array().unwrap()) {
        assert_eq!(statement["Effect"], "Allow");
        assert!(statement.get("Condition").is_none());
        let patterns: Vec<_> =
            texts(&statement["Action"]).iter().map(|it| it.to_ascii_lowercase()).collect();
        let on: Vec<_> = texts(&statement["Resource"]);
        let on: Vec<_> =
            resources.iter().filter(|it| on.iter().any(|pattern| matches(pattern, it))).collect();
        let literal: HashSet<&String> =
            patterns.iter().filter(|it| !it.contains(['*', '?'])).collect();
        let wild: Vec<&String> = patterns.iter().filter(|it| it.contains(['*', '?'])).collect();
        for action in &all {
            let lower = action.to_ascii_lowercase();
            if literal.contains(&lower) || wild.iter().any(|pattern| matches(pattern, &lower)) {
                allowed.extend(on.iter().map(|it| (action.clone(), (*it).clone())));
            }
        }
    }
    allowed
}

/// Runs `leastwise policy` in a folder; what it said.
fn policy(folder: &Path, arguments: &[&str]) -> String {
    let run =
        crate::common::leastwise(["policy"]).args(arguments).current_dir(folder).output().unwrap();
    assert!(run.status.success(), "{}", stderr(&run));
    stderr(&run).to_owned()
}

fn documents(folder: &Path, prefix: &str) -> Vec<(String, Value)> {
    let files = names(folder).into_iter().filter(|name| name.starts_with(prefix));
    files
        .map(|name| {
            let text = std::fs::read_to_string(folder.join(name)).unwrap();
            let value = serde_json::from_str(&text).unwrap();
            (text, value)
        })
        .collect()
}

#[test]
fn a_large_policy_splits_into_the_fewest_that_allow_exactly_the_same() {
    let Large { lines, actions, resources, services } = large();
    assert_eq!((actions.len(), services, resources.len()), (400, 60, 300));
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("calls.jsonl"), lines).unwrap();
    policy(folder, &["-o", "whole.json", "calls.jsonl"]);
    policy(folder, &["--minimize", "-o", "minimal.json", "calls.jsonl"]);
    let said = policy(folder, &["--fit", "managed", "--sid", "-o", "policy.json", "calls.jsonl"]);

    let split = documents(folder, "policy-");
    for (text, document) in &split {
        assert!(size(text) <= MANAGED, "{}", size(text));
        assert_eq!(leastwise::evaluate::grammar::violations(document), []);
    }
    // All that is in the minimized policy has to be somewhere, and its Sids too.
    let whole = documents(folder, "policy.json").remove(0).1;
    let sids: usize = whole["Statement"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| size(&it["Sid"].to_string()) + "\"Sid\":,".len())
        .sum();
    let (text, minimal) = documents(folder, "minimal.json").remove(0);
    let frame = size("{\"Version\":\"2012-10-17\",\"Statement\":[]}");
    let statements = minimal["Statement"].as_array().unwrap().len();
    // With k documents: n statements need n - k commas at least, and each document its frame.
    let needed = size(&text) - frame - (statements - 1) + sids;
    let holds = |count: usize| needed + statements <= count * (MANAGED - frame + 1);
    let fewest = (1..).find(|&count| holds(count)).unwrap();
    assert_eq!(split.len(), fewest, "{said}");
    assert!(fewest >= 5, "{fewest} documents are no large policy");
    assert!(said.contains("fewer cannot hold it"), "{said}");
    assert!(said.contains("wildcards stand for"), "{said}");

    // A smaller policy in the same place says what is left of this one.
    std::fs::write(folder.join("few.jsonl"), line("s3:GetObject", &["*".to_owned()], &json!({})))
        .unwrap();
    let said = policy(folder, &["--fit", "managed", "-o", "policy.json", "few.jsonl"]);
    assert!(said.contains("policy-1.json belongs to an earlier policy"), "{said}");

    // Also on resources that are like those that are allowed.
    let probes: Vec<String> = resources
        .iter()
        .flat_map(|it| [it.clone(), format!("{it}x"), it.replace("thing", "other")])
        .collect();
    let unsplit = expanded(&[documents(folder, "whole.json").remove(0).1], &probes);
    let together: Vec<Value> = split.into_iter().map(|(_, document)| document).collect();
    assert_eq!(expanded(&together, &probes), unsplit);
    // 40 services have 4 actions on 3 resources and 3 on 2; 20 have 4 on 3 and 2 on 2.
    assert_eq!(unsplit.len(), 40 * (4 * 3 + 3 * 2) + 20 * (4 * 3 + 2 * 2));
}

#[test]
fn what_fits_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let on = ["arn:aws:s3:::bucket/*".to_owned()];
    let lines = line("s3:GetObject", &on, &json!({})) + &line("s3:PutObject", &on, &json!({}));
    std::fs::write(folder.join("calls.jsonl"), lines).unwrap();
    policy(folder, &["-o", "plain.json", "calls.jsonl"]);
    for place in ["managed", "inline-role", "inline-user", "inline-group"] {
        let said = policy(folder, &["--fit", place, "-o", "fit.json", "calls.jsonl"]);
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        assert_eq!(read("fit.json"), read("plain.json"));
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    assert_eq!(names(folder), ["calls.jsonl", "fit.json", "plain.json"]);
}

#[test]
fn several_documents_on_standard_output_are_a_list() {
    let folder = tempfile::tempdir().unwrap();
    let recording = folder.path().join("calls.jsonl");
    std::fs::write(&recording, large().lines).unwrap();
    let recording = recording.to_str().unwrap();
    let run = output(["policy", "--fit", "managed", recording]);
    assert!(run.status.success());
    let list: Value = serde_json::from_str(stdout(&run)).unwrap();
    let documents = list.as_array().unwrap();
    assert!(documents.len() > 1);
    assert!(documents.iter().all(|it| it["Version"] == "2012-10-17"));
    assert!(stderr(&run).contains("the policy is a list of documents"), "{}", stderr(&run));
}

#[test]
fn what_cannot_fit_is_said_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("calls.jsonl"), large().lines).unwrap();
    for (place, limit) in
        [("inline-user", "2048"), ("inline-group", "5120"), ("inline-role", "10240")]
    {
        let run =
            crate::common::leastwise(["policy", "--fit", place, "-o", "p.json", "calls.jsonl"])
                .current_dir(folder)
                .output()
                .unwrap();
        assert_eq!(run.status.code(), Some(1));
        assert!(stderr(&run).contains("the policy does not fit: it has "), "{}", stderr(&run));
        assert!(stderr(&run).contains(limit), "{}", stderr(&run));
        assert_eq!(
            crate::common::actions(&std::fs::read_to_string(folder.join("p.json")).unwrap()).len(),
            400
        );
    }
    // One action on one resource under one condition, which no document can hold.
    let long = json!({"StringLike": {"aws:RequestTag/x": ["v".repeat(MANAGED)]}});
    std::fs::write(folder.join("calls.jsonl"), line("s3:GetObject", &["*".to_owned()], &long))
        .unwrap();
    let run =
        crate::common::leastwise(["policy", "--fit", "managed", "-o", "p.json", "calls.jsonl"])
            .current_dir(folder)
            .output()
            .unwrap();
    assert_eq!(run.status.code(), Some(1));
    assert!(
        stderr(&run).contains("one action on one resource alone is too large"),
        "{}",
        stderr(&run)
    );
}

#[test]
fn statements_that_differ_in_one_condition_join() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let role = ["arn:aws:iam::111122223333:role/app".to_owned()];
    let to = |service: &str| {
        let condition = json!({"StringEquals": {"iam:PassedToService": [service]}});
        line("iam:PassRole", &role, &condition)
    };
    let lines = to("lambda.amazonaws.com") + &to("ecs.amazonaws.com");
    std::fs::write(folder.join("calls.jsonl"), lines).unwrap();
    let said = policy(folder, &["--minimize", "-o", "p.json", "calls.jsonl"]);
    assert!(said.contains("1 statement was merged with another"), "{said}");
    let policy = documents(folder, "p.json").remove(0).1;
    assert_eq!(policy["Statement"].as_array().unwrap().len(), 1);
    assert_eq!(
        policy["Statement"][0]["Condition"]["StringEquals"]["iam:PassedToService"],
        json!(["ecs.amazonaws.com", "lambda.amazonaws.com"])
    );
}

/// No wildcard of any statement stands for an action that the statement did not list: for lists of every size,
/// of every service that AWS has.
#[test]
fn wildcards_stand_for_the_listed_actions_alone() {
    use leastwise::policy::{Builder, Order, minimize};
    let catalog = Catalog::embedded();
    let mut known = |prefix: &str| -> Vec<String> {
        catalog.actions(prefix).map(|it| it.name().to_owned()).collect()
    };
    let (mut wildcards, mut state) = (0, 1_u64);
    for prefix in catalog.prefixes() {
        let all: Vec<String> = catalog.actions(prefix).map(|it| it.to_string()).collect();
        for keep in [3, 10] {
            let listed: BTreeSet<&String> = all
                .iter()
                .filter(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    (state >> 33) % keep != 0
                })
                .collect();
            let mut builder = Builder::new();
            for action in &listed {
                builder.allow(action, &["*".to_owned()], &Default::default());
            }
            let mut policy = builder.policy(Order::FirstSeen);
            wildcards += minimize(&mut policy, &mut known).wildcards.len();
            let patterns = policy.statements.iter().flat_map(|it| &it.actions);
            let patterns: Vec<_> = patterns.map(|it| it.to_ascii_lowercase()).collect();
            let exact: HashSet<&String> = patterns.iter().filter(|it| !it.contains('*')).collect();
            let wild: Vec<&String> = patterns.iter().filter(|it| it.contains('*')).collect();
            for action in &all {
                let lower = action.to_ascii_lowercase();
                let allowed = exact.contains(&lower) || wild.iter().any(|it| matches(it, &lower));
                assert_eq!(allowed, listed.contains(action), "{action}");
            }
        }
    }
    assert!(wildcards > 1000, "{wildcards} wildcards");
}
