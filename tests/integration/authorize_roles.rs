//! Every member of a request that names a role, of the operations that AWS's map lists `iam:PassRole` for: the role is kept of
//! the request, and passing it is asked for. `tests/authorize/roles.py` writes the list out of botocore's models.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use leastwise::authorize::{Authorizer, Possible, Settings};
use leastwise::call::{Call, Name, Outcome, Source, Timestamp};
use leastwise::catalog::{Catalog, Operation};
use leastwise::recognize::http::kept_or_referred;
use serde_json::{Map, Value, json};

const ROLE: &str = "arn:aws:iam::111122223333:role/app";

/// Members that name a role which is not passed: what their names end in, and why.
const NOT_PASSED: [(&str, &str); 17] = [
    (".RoleSessionName", "the name of a session"),
    ("StartPolicyGeneration policyGenerationDetails.principalArn", "the role whose policy is made"),
    (".FeatureName", "what the role is for"),
    ("RoleToDBCluster FeatureName", "what the role is for"),
    ("RoleFromDBCluster FeatureName", "what the role is for"),
    ("StreamingOptions.RoleArn", "the job's own role assumes it"),
    (".DynamodbStsRoleArn", "the job's own role assumes it"),
    (".TmpDirIAMRole", "the cluster that is read from has it"),
    ("PodIdentityAssociation targetRoleArn", "the role of the association assumes it"),
    ("RunJobFlow StepExecutionRoleArn", "the role of the cluster's instances assumes it"),
    ("RoleAlias roleAlias", "the alias of a role, not the role"),
    ("ModifyClusterIamRoles RemoveIamRoles[]", "it is taken away"),
    (".crossAccountRoleArns[]", "the role that is passed assumes it"),
    (".crossAccountRoleArn", "the role that is passed assumes it"),
    (".crossAccountRole", "the plan's role assumes it"),
    (".approvalRole", "it belongs to the person who approves"),
    ("TargetLocations[].ExecutionRoleName", "the runbook's role assumes it in other accounts"),
];

/// Puts a value at the end of a path.
fn put(node: &mut Value, path: &str, value: &Value) {
    if path.is_empty() {
        *node = value.clone();
    } else if let Some(rest) = path.strip_prefix("[]") {
        *node = json!([null]);
        put(&mut node[0], rest, value);
    } else if let Some(rest) = path.strip_prefix("{}") {
        *node = json!({ "k": null });
        put(&mut node["k"], rest, value);
    } else {
        let path = path.trim_start_matches('.');
        let end = path.find(['.', '[', '{']).unwrap_or(path.len());
        *node = json!({});
        put(&mut node[&path[..end]], &path[end..], value);
    }
}

fn call(operation: Operation, parameters: Map<String, Value>) -> Call {
    Call {
        source: Source::Proxy,
        time: Timestamp(0),
        service: Name::Borrowed(operation.service().name()),
        operation: Some(Name::Borrowed(operation.name())),
        recognized: true,
        region: Some(Name::Borrowed("eu-west-1")),
        partition: Name::Borrowed("aws"),
        account: Some("111122223333".to_owned()),
        principal: None,
        outcome: Outcome::default(),
        attempts: 1,
        host: None,
        method: None,
        path: None,
        user_agent: None,
        parameters,
        evidence: Default::default(),
    }
}

/// Whether passing the role is asked for when it stands at this path, and nothing else is said but what rules ask for.
fn is_passed(authorizer: &mut Authorizer, operation: Operation, path: &str) -> bool {
    let mut node = Value::Null;
    put(&mut node, path, &json!(ROLE));
    let Value::Object(parameters) = node else { return false };
    let decision = authorizer.decide(&call(operation, parameters));
    let passing = decision.requirements.iter().filter(|it| it.action == "iam:PassRole");
    // Which role an instance profile has, the request does not say.
    let of_profile =
        path.to_ascii_lowercase().contains("profile") || path.ends_with("instanceRole");
    let mut resources = passing.flat_map(|it| &it.resources);
    resources.any(|it| it == ROLE || of_profile && it == "arn:aws:iam::111122223333:role/*")
}

#[test]
fn roles_that_requests_name_are_passed() {
    let list = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/authorize/roles.txt");
    let list = fs::read_to_string(list).expect("the list");
    let mut authorizer =
        Authorizer::new(Settings { possible: Possible::Include, account_id: None });
    let mut kept: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let (mut count, mut problems, mut used) = (0, Vec::new(), BTreeSet::new());
    for line in list.lines() {
        let (name, path) = line.split_once(' ').expect("an operation and a path");
        let (service, operation) = name.split_once('.').expect("a service and an operation");
        let operation = Catalog::embedded().service(service).and_then(|it| it.operation(operation));
        let operation = operation.unwrap_or_else(|| panic!("the catalogue has {name}"));
        let kept =
            kept.entry(name).or_insert_with(|| kept_or_referred(operation).into_iter().collect());
        count += 1;
        let is_kept = kept.contains(path);
        if is_kept && is_passed(&mut authorizer, operation, path) {
            continue;
        }
        match NOT_PASSED.iter().find(|(end, _)| line.ends_with(*end)) {
            Some((end, _)) => {
                used.insert(end);
            }
            None => problems.push(format!("{line}{}", if is_kept { "" } else { " is not kept" })),
        }
    }
    println!("{count} members name a role; {} kinds of them do not pass it", used.len());
    assert!(problems.is_empty(), "{} of {count}:\n{}", problems.len(), problems.join("\n"));
    assert_eq!(used.len(), NOT_PASSED.len(), "each exception is one");
    assert!(count >= 1_300, "{count}");
}
