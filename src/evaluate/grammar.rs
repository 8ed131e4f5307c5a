//! Whether the JSON of a policy is one that IAM reads: the grammar of identity-based policies
//! (reference_policies_grammar in IAM's guide), with what IAM says beside it about ARNs and Sids.
//!
//! It is about form: it knows no services, and whether an action exists is the catalogue's matter.
//! Two things differ from IAM: a policy without statements passes (it is what is written when
//! nothing was heard), and a resource must have all six parts of an ARN, also where IAM lets a `*`
//! stand for the last ones.

use std::collections::HashSet;
use std::fmt;

use serde_json::{Map, Value};

/// Something in a policy that IAM would not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Where: a path from the top (`Statement[2].Action[0]`), empty for the policy as a whole.
    pub place: String,
    /// What is wrong, and what would be right.
    pub problem: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.place.is_empty() { "The policy" } else { &self.place };
        write!(out, "{place} {}.", self.problem)
    }
}

impl std::error::Error for Violation {}

/// Everything that is wrong with the form of a policy, in the order in which it stands there; empty
/// for a policy that IAM reads.
pub fn violations(policy: &Value) -> Vec<Violation> {
    let mut found = Found::default();
    check_policy(policy, &mut found);
    found.0
}

#[derive(Default)]
struct Found(Vec<Violation>);

impl Found {
    fn say(&mut self, place: &str, problem: impl Into<String>) {
        self.0.push(Violation { place: place.to_owned(), problem: problem.into() });
    }
}

fn check_policy(policy: &Value, found: &mut Found) {
    let Value::Object(policy) = policy else {
        return found.say("", format!("must be an object, not {}", kind(policy)));
    };
    check_keys(policy, "", &["Version", "Id", "Statement"], found);
    if let Some(version) = policy.get("Version")
        && !matches!(version.as_str(), Some("2012-10-17" | "2008-10-17"))
    {
        found.say("Version", format!("is {version}; IAM knows \"2012-10-17\" and \"2008-10-17\""));
    }
    if let Some(id) = policy.get("Id")
        && !id.is_string()
    {
        found.say("Id", format!("must be a string, not {}", kind(id)));
    }
    let mut sids = HashSet::new();
    match policy.get("Statement") {
        None => found.say("", "has no Statement"),
        Some(Value::Array(statements)) => {
            for (index, statement) in statements.iter().enumerate() {
                check_statement(statement, &format!("Statement[{index}]"), &mut sids, found);
            }
        }
        Some(statement @ Value::Object(_)) => {
            check_statement(statement, "Statement", &mut sids, found);
        }
        Some(other) => {
            found.say("Statement", format!("must be a list of statements, not {}", kind(other)));
        }
    }
}

fn check_statement<'a>(
    statement: &'a Value,
    place: &str,
    sids: &mut HashSet<&'a str>,
    found: &mut Found,
) {
    let Value::Object(statement) = statement else {
        return found.say(place, format!("must be an object, not {}", kind(statement)));
    };
    const KEYS: &[&str] =
        &["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"];
    check_keys(statement, place, KEYS, found);
    if let Some(sid) = statement.get("Sid") {
        check_sid(sid, &format!("{place}.Sid"), sids, found);
    }
    match statement.get("Effect") {
        None => found.say(place, "has no Effect"),
        Some(effect) if !matches!(effect.as_str(), Some("Allow" | "Deny")) => {
            found.say(
                &format!("{place}.Effect"),
                format!("is {effect}; it must be \"Allow\" or \"Deny\""),
            );
        }
        Some(_) => {}
    }
    check_either(statement, place, ["Action", "NotAction"], action_problem, found);
    check_either(statement, place, ["Resource", "NotResource"], resource_problem, found);
    if let Some(condition) = statement.get("Condition") {
        check_condition(condition, &format!("{place}.Condition"), found);
    }
}

fn check_keys(object: &Map<String, Value>, place: &str, known: &[&str], found: &mut Found) {
    for key in object.keys().filter(|key| !known.contains(&key.as_str())) {
        let hint = match key.as_str() {
            "Principal" | "NotPrincipal" => " (only policies of a resource have it)",
            _ => "",
        };
        found.say(
            place,
            format!("has the unknown key {key:?}{hint}; the known keys are {}", known.join(", ")),
        );
    }
}

fn check_sid<'a>(sid: &'a Value, place: &str, sids: &mut HashSet<&'a str>, found: &mut Found) {
    let Value::String(sid) = sid else {
        return found.say(place, format!("must be a string, not {}", kind(sid)));
    };
    if !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        found.say(place, format!("is {sid:?}; a Sid has ASCII letters and digits only"));
    }
    if !sid.is_empty() && !sids.insert(sid) {
        found.say(place, format!("is {sid:?}, which an earlier statement already has"));
    }
}

/// A statement has exactly one of two elements, and each of its strings must be right.
fn check_either(
    statement: &Map<String, Value>,
    place: &str,
    names: [&str; 2],
    problem: fn(&str) -> Option<String>,
    found: &mut Found,
) {
    let [name, negated] = names;
    match names.map(|name| statement.get(name)) {
        [None, None] => found.say(place, format!("has no {name}")),
        [Some(_), Some(_)] => found.say(place, format!("has both {name} and {negated}")),
        _ => {}
    }
    for name in names {
        let place = format!("{place}.{name}");
        match statement.get(name) {
            None => {}
            Some(Value::String(text)) => check_text(text, &place, problem, found),
            Some(Value::Array(items)) if items.is_empty() => {
                found.say(&place, "is an empty list; leave the statement out instead");
            }
            Some(Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    let place = format!("{place}[{index}]");
                    match item {
                        Value::String(text) => check_text(text, &place, problem, found),
                        other => {
                            found.say(&place, format!("must be a string, not {}", kind(other)));
                        }
                    }
                }
            }
            Some(other) => {
                found.say(
                    &place,
                    format!("must be a string or a list of them, not {}", kind(other)),
                );
            }
        }
    }
}

fn check_text(text: &str, place: &str, problem: fn(&str) -> Option<String>, found: &mut Found) {
    if let Some(problem) = problem(text) {
        found.say(place, format!("is {text:?}; {problem}"));
    }
}

/// What is wrong with the text of an action, if IAM would not take it.
pub(crate) fn action_problem(action: &str) -> Option<String> {
    if action == "*" {
        return None;
    }
    let Some((prefix, name)) = action.split_once(':') else {
        return Some(
            "an action is a service prefix, a colon and a name (s3:GetObject), or *".into(),
        );
    };
    // "Action vendors (e.g., aws, ec2, etc.) must not contain wildcards" is IAM's answer to `*:Untag*`, as those who tried
    // it quote it (github.com/boogy/iam-policy-validator/pull/172).
    if prefix.is_empty() || !prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    {
        return Some(
            "the service prefix has letters, digits and hyphens only, no wildcards".into(),
        );
    }
    // With a hyphen there is `vpc-lattice:AssociateViaAWSService-EventsAndStates`.
    let in_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'?' | b'-');
    if name.is_empty() || !name.bytes().all(in_name) {
        return Some(
            "the action's name has letters, digits, hyphens and wildcards (* and ?) only".into(),
        );
    }
    None
}

/// What is certainly wrong with the text of a resource that somebody else wrote: IAM refuses what is neither `*` nor in
/// the form of an ARN (docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html: invalid ARN
/// prefix, missing ARN field, invalid ARN service case). Where a `*` may stand for the last parts is IAM's to say.
pub(crate) fn certain_resource_problem(resource: &str) -> Option<String> {
    if resource == "*" {
        return None;
    }
    let parts = arn_parts(resource);
    if parts.first() != Some(&"arn") {
        return Some("a resource is * or an ARN, which begins with arn:".into());
    }
    if parts.len() < 6 && !resource.ends_with('*') {
        return Some(
            "an ARN has six parts (arn:partition:service:region:account:resource), of which some may be empty"
                .into(),
        );
    }
    None
}

fn resource_problem(resource: &str) -> Option<String> {
    if resource == "*" {
        return None;
    }
    let parts = arn_parts(resource);
    let [arn, partition, service, region, account, name] = parts.as_slice() else {
        return Some(
            "a resource is * or an ARN of six parts (arn:partition:service:region:account:resource)"
                .into(),
        );
    };
    if *arn != "arn" {
        return Some("an ARN begins with arn:".into());
    }
    let lower = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let wild = |byte: u8| lower(byte) || matches!(byte, b'*' | b'?');
    if partition.is_empty() || !partition.bytes().all(wild) {
        return Some(format!(
            "its partition is {partition:?}, which is not one (aws and aws-cn are)"
        ));
    }
    if service.is_empty() || !service.bytes().all(lower) {
        return Some(format!(
            "its service is {service:?}; it has lower-case letters, digits and hyphens, no wildcards"
        ));
    }
    if !has_variable(region) && !region.bytes().all(wild) {
        return Some(format!("its region is {region:?}, which is not the name of a region"));
    }
    let only_digits = !account.is_empty() && account.bytes().all(|byte| byte.is_ascii_digit());
    if !has_variable(account) && (!account.bytes().all(wild) || only_digits && account.len() != 12)
    {
        return Some(format!("its account is {account:?}; an account id has 12 digits"));
    }
    if name.is_empty() {
        return Some("its last part, which names the resource, is empty".into());
    }
    None
}

/// The parts of an ARN, six at most. The colon in a policy variable (`${aws:username}`) separates
/// nothing.
fn arn_parts(arn: &str) -> Vec<&str> {
    let mut parts = Vec::with_capacity(6);
    let (mut start, mut variable) = (0, false);
    for (index, byte) in arn.bytes().enumerate() {
        match byte {
            b'$' if arn[index..].starts_with("${") => variable = true,
            b'}' => variable = false,
            b':' if !variable && parts.len() < 5 => {
                parts.push(&arn[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    parts.push(&arn[start..]);
    parts
}

fn has_variable(text: &str) -> bool {
    text.contains("${")
}

fn check_condition(condition: &Value, place: &str, found: &mut Found) {
    let Value::Object(operators) = condition else {
        return found.say(place, format!("must be an object, not {}", kind(condition)));
    };
    for (operator, keys) in operators {
        let place = format!("{place}.{operator}");
        let base = base_operator(operator);
        if base.is_none() {
            found.say(&place, "is not an IAM condition operator");
        }
        let Value::Object(keys) = keys else {
            found.say(&place, format!("must be an object of condition keys, not {}", kind(keys)));
            continue;
        };
        if keys.is_empty() {
            found.say(&place, "has no condition key");
        }
        for (key, values) in keys {
            check_condition_key(key, values, &format!("{place}.{key}"), base, found);
        }
    }
}

fn check_condition_key(
    key: &str,
    values: &Value,
    place: &str,
    operator: Option<&str>,
    found: &mut Found,
) {
    let named = |(prefix, name): (&str, &str)| !prefix.is_empty() && !name.is_empty();
    if !key.split_once(':').is_some_and(named) || key.contains(char::is_whitespace) {
        found.say(
            place,
            "is not a condition key, which is a prefix, a colon and a name (aws:SourceIp)",
        );
    }
    let values = match values {
        Value::Array(values) if values.is_empty() => return found.say(place, "has no value"),
        Value::Array(values) => values.as_slice(),
        value => std::slice::from_ref(value),
    };
    for value in values {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Bool(_) | Value::Number(_) => value.to_string(),
            other => {
                found.say(place, format!("has {} as a value; it must be a string", kind(other)));
                continue;
            }
        };
        if let Some(wanted) = operator.and_then(|operator| wanted_value(operator, &text)) {
            found.say(place, format!("has the value {text:?}, which is not {wanted}"));
        }
    }
}

/// What the values of an operator must be, when this one is not. Dates, addresses, ARNs and base64
/// are left to IAM.
fn wanted_value(operator: &str, value: &str) -> Option<&'static str> {
    if has_variable(value) {
        return None;
    }
    match operator {
        "Bool" | "Null"
            if !["true", "false"].iter().any(|word| value.eq_ignore_ascii_case(word)) =>
        {
            Some("true or false")
        }
        _ if operator.starts_with("Numeric") && value.parse::<f64>().is_err() => Some("a number"),
        _ => None,
    }
}

/// IAM's name of a condition operator without `ForAllValues:`, `ForAnyValue:` and `IfExists`.
fn base_operator(operator: &str) -> Option<&str> {
    let single = ["ForAllValues:", "ForAnyValue:"]
        .iter()
        .find_map(|set| operator.strip_prefix(set))
        .unwrap_or(operator);
    let base = match single.strip_suffix("IfExists") {
        // "If the key exists" is what Null asks.
        Some("Null") => return None,
        Some(base) => base,
        None => single,
    };
    OPERATORS.contains(&base).then_some(base)
}

pub(crate) const OPERATORS: &[&str] = &[
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "BinaryEquals",
    "Bool",
    "DateEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateNotEquals",
    "IpAddress",
    "NotIpAddress",
    "Null",
    "NumericEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericNotEquals",
    "StringEquals",
    "StringEqualsIgnoreCase",
    "StringLike",
    "StringNotEquals",
    "StringNotEqualsIgnoreCase",
    "StringNotLike",
];

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sentences(policy: &Value) -> Vec<String> {
        violations(policy).iter().map(ToString::to_string).collect()
    }

    /// A policy with one good statement, in which `key` is replaced.
    fn with(key: &str, value: Value) -> Value {
        let mut policy = json!({
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["*"]}],
        });
        policy["Statement"][0][key] = value;
        policy
    }

    #[track_caller]
    fn wrong(policy: &Value, sentence: &str) {
        assert_eq!(sentences(policy), [sentence]);
    }

    #[test]
    fn good_policies_pass() {
        let good = [
            json!({"Version": "2012-10-17", "Statement": []}),
            json!({"Statement": {"Effect": "Deny", "NotAction": "*", "NotResource": "*"}}),
            json!({
                "Version": "2008-10-17",
                "Id": "any text",
                "Statement": [
                    {"Sid": "One1", "Effect": "Allow", "Action": "*", "Resource": "*"},
                    {
                        "Sid": "",
                        "Effect": "Allow",
                        "Action": ["s3:Get*", "execute-api:Invoke", "ec2:Describe?pcs"],
                        "Resource": "arn:aws:s3:::b/${aws:username}/*",
                        "Condition": {
                            "ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["a", "b"]},
                            "Bool": {"aws:SecureTransport": "true", "aws:ViaAWSService": false},
                            "NumericLessThan": {"s3:max-keys": [10, "11.5", "${aws:x}"]},
                            "StringEquals": {"token.actions.githubusercontent.com:sub": "x"},
                        },
                    },
                ],
            }),
        ];
        for policy in &good {
            assert_eq!(sentences(policy), [""; 0], "{policy}");
        }
        for resource in [
            "arn:aws:s3:::bucket/key with spaces: and colons",
            "arn:aws-cn:lambda:cn-north-1:111122223333:function:*",
            "arn:*:iam::aws:policy/x",
            "arn:aws:ec2:*:*:instance/*",
            "arn:aws:sqs:${aws:RequestedRegion}:${aws:PrincipalAccount}:q",
            "arn:aws:logs:eu-west-?:1111*:log-group:g",
            "arn:aws:bedrock:us-east-1::foundation-model/m",
        ] {
            assert_eq!(sentences(&with("Resource", json!(resource))), [""; 0], "{resource}");
        }
    }

    #[test]
    fn the_frame() {
        wrong(&json!([]), "The policy must be an object, not a list.");
        wrong(&json!({"Version": "2012-10-17"}), "The policy has no Statement.");
        wrong(&json!({"Statement": "x"}), "Statement must be a list of statements, not a string.");
        wrong(&json!({"Statement": [1]}), "Statement[0] must be an object, not a number.");
        wrong(&json!({"Id": 1, "Statement": []}), "Id must be a string, not a number.");
        wrong(
            &json!({"Version": "2012-10-18", "Statement": []}),
            "Version is \"2012-10-18\"; IAM knows \"2012-10-17\" and \"2008-10-17\".",
        );
        wrong(
            &json!({"Statement": [], "statement": []}),
            "The policy has the unknown key \"statement\"; the known keys are Version, Id, Statement.",
        );
    }

    #[test]
    fn a_statement_needs_effect_action_and_resource() {
        assert_eq!(
            sentences(&json!({"Statement": [{}]})),
            [
                "Statement[0] has no Effect.",
                "Statement[0] has no Action.",
                "Statement[0] has no Resource."
            ]
        );
    }

    #[test]
    fn effects_and_sids() {
        wrong(
            &with("Effect", json!("allow")),
            "Statement[0].Effect is \"allow\"; it must be \"Allow\" or \"Deny\".",
        );
        wrong(
            &with("Sid", json!("my sid")),
            "Statement[0].Sid is \"my sid\"; a Sid has ASCII letters and digits only.",
        );
        wrong(&with("Sid", json!(1)), "Statement[0].Sid must be a string, not a number.");
        let twin = json!({"Sid": "S", "Effect": "Allow", "Action": "*", "Resource": "*"});
        wrong(
            &json!({"Statement": [twin, twin]}),
            "Statement[1].Sid is \"S\", which an earlier statement already has.",
        );
        wrong(
            &with("Principal", json!("*")),
            "Statement[0] has the unknown key \"Principal\" (only policies of a resource have it); \
             the known keys are Sid, Effect, Action, NotAction, Resource, NotResource, Condition.",
        );
    }

    #[test]
    fn actions() {
        wrong(
            &with("Action", json!([])),
            "Statement[0].Action is an empty list; leave the statement out instead.",
        );
        wrong(
            &with("Action", json!({})),
            "Statement[0].Action must be a string or a list of them, not an object.",
        );
        wrong(
            &with("Action", json!(["s3:GetObject", null])),
            "Statement[0].Action[1] must be a string, not null.",
        );
        wrong(&with("NotAction", json!("*")), "Statement[0] has both Action and NotAction.");
        for bad in
            ["", "GetObject", "s3", "**", ":x", "*:x", "s 3:x", "s3:", "s3:Get Object", "s3:a:b"]
        {
            let found = sentences(&with("Action", json!([bad])));
            assert_eq!(found.len(), 1, "{bad}: {found:?}");
            assert!(found[0].starts_with("Statement[0].Action[0] is "), "{found:?}");
        }
    }

    #[test]
    fn resources() {
        for bad in [
            "",
            "bucket",
            "**",
            "arn:aws:s3",
            "arn:aws:s3:::",
            "arn:aws:sqs:*",
            "ARN:aws:s3:::b",
            "arn::s3:::b",
            "arn:AWS:s3:::b",
            "arn:aws::::b",
            "arn:aws:*:::b",
            "arn:aws:S3:::b",
            "arn:aws:sqs:eu west:111122223333:q",
            "arn:aws:sqs:eu-west-1:1234:q",
            "arn:aws:iam::${aws:x:role/y",
        ] {
            let found = sentences(&with("Resource", json!([bad])));
            assert_eq!(found.len(), 1, "{bad}: {found:?}");
            assert!(found[0].starts_with("Statement[0].Resource[0] is "), "{found:?}");
        }
        wrong(
            &with("Resource", json!("arn:aws:sqs:eu-west-1:1234:q")),
            "Statement[0].Resource is \"arn:aws:sqs:eu-west-1:1234:q\"; \
             its account is \"1234\"; an account id has 12 digits.",
        );
    }

    #[test]
    fn conditions() {
        let wrong = |condition: Value, sentence: &str| {
            wrong(&with("Condition", condition), &format!("Statement[0].Condition{sentence}"));
        };
        wrong(json!("x"), " must be an object, not a string.");
        wrong(json!({"Equals": {"a:b": "c"}}), ".Equals is not an IAM condition operator.");
        wrong(
            json!({"NullIfExists": {"a:b": "true"}}),
            ".NullIfExists is not an IAM condition operator.",
        );
        wrong(
            json!({"StringEquals": "x"}),
            ".StringEquals must be an object of condition keys, not a string.",
        );
        wrong(json!({"StringEquals": {}}), ".StringEquals has no condition key.");
        wrong(json!({"StringEquals": {"a:b": []}}), ".StringEquals.a:b has no value.");
        wrong(
            json!({"StringEquals": {"ab": "c"}}),
            ".StringEquals.ab is not a condition \
             key, which is a prefix, a colon and a name (aws:SourceIp).",
        );
        wrong(
            json!({"StringEquals": {"a:b": ["c", {}]}}),
            ".StringEquals.a:b has an object as a value; it must be a string.",
        );
        wrong(
            json!({"Bool": {"a:b": "yes"}}),
            ".Bool.a:b has the value \"yes\", which is not true or false.",
        );
        wrong(
            json!({"NumericEquals": {"a:b": "ten"}}),
            ".NumericEquals.a:b has the value \"ten\", which is not a number.",
        );
    }
}
