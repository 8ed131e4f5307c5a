//! A rule's condition and the resource that it says stand in the same item of a list: every rule of the catalogue that looks into a
//! list for both, asked of a call with one item of which the condition holds and one of which it does not.

use leastwise::authorize::{Authorizer, Possible, Settings};
use leastwise::call::{Call, Name, Outcome, Source as Heard, Timestamp};
use leastwise::catalog::rule::{Condition, Function, Rule, Step, Target, Test, Value, Verdict};
use leastwise::catalog::{Catalog, Operation};
use serde_json::{Map, Value as Json, json};

/// What the item of which the condition holds is called, and the other.
const MEANT: &str = "meant";
const OTHER: &str = "other";

fn call(operation: Operation, parameters: Map<String, Json>) -> Call {
    Call {
        source: Heard::Proxy,
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

/// The one list that a path leads into, and what stands behind it.
fn in_list(value: &Value) -> Option<(&[Step], &[Step])> {
    let steps = value.path()?;
    let at = steps.iter().position(|step| *step == Step::Items)?;
    let rest = &steps[at + 1..];
    rest.iter().all(|step| matches!(step, Step::Member(_))).then_some((&steps[..at], rest))
}

/// A text of which a test holds, with a name in it.
fn text(test: &Test, name: &str) -> Option<String> {
    Some(match test {
        Test::Present => name.to_owned(),
        Test::Equals(text) => text.clone(),
        Test::StartsWith(text) => format!("{text}{name}"),
        Test::EndsWith(text) => format!("{name}{text}"),
        Test::Contains(text) => format!("{text}{name}"),
        // An ARN is one of a type or none.
        Test::Like(pattern) if pattern.starts_with("arn:") => return None,
        Test::Like(pattern) => pattern.replace('*', name),
    })
}

fn put(node: &mut Json, steps: &[Step], value: Json) {
    match steps.split_first() {
        Some((Step::Member(name), rest)) => {
            if !node.is_object() {
                *node = json!({});
            }
            put(&mut node[name.as_str()], rest, value);
        }
        _ => *node = value,
    }
}

/// Whether the resources of an action are those of the item that is meant; `None`: the rule is not of that kind.
fn is_paired(
    authorizer: &mut Authorizer,
    operation: Operation,
    action: &str,
    rule: &Rule,
) -> Option<bool> {
    let Verdict::When(Condition::Test(asked, test)) = &rule.verdict else { return None };
    let target = rule.on.iter().find_map(|target| match target {
        Target::Type { value: Some(value), .. } => Some(value),
        _ => None,
    })?;
    let (list, condition) = in_list(asked)?;
    let (other_list, resource) = in_list(target)?;
    let is_plain = |value: &Value| value.functions.iter().all(|it| *it == Function::PartiQl);
    if list != other_list || !is_plain(asked) || !is_plain(target) {
        return None;
    }
    let (mut meant, mut other) = (json!({}), json!({}));
    if condition == resource {
        // The name itself says it; where all have one, each is meant.
        if *test == Test::Present {
            return None;
        }
        let statement = |name: &str| match target.functions.first() {
            Some(_) => text(test, "").map(|it| match &*it {
                "UPDATE" => format!("{it} {name}"),
                _ => format!("{it} FROM {name}"),
            }),
            None => text(test, name),
        };
        put(&mut meant, resource, json!(statement(MEANT)?));
        put(&mut other, resource, json!(OTHER));
    } else if resource.starts_with(condition) {
        put(&mut meant, resource, json!(MEANT));
    } else {
        put(&mut meant, condition, json!(text(test, MEANT)?));
        put(&mut meant, resource, json!(MEANT));
        put(&mut other, resource, json!(OTHER));
    }
    let mut node = Json::Null;
    put(&mut node, list, json!([other, meant]));
    let Json::Object(parameters) = node else { return None };
    let decision = authorizer.decide(&call(operation, parameters));
    let all = decision.requirements.iter().filter(|it| it.action == action);
    let all: Vec<&String> = all.flat_map(|it| &it.resources).collect();
    Some(all.iter().any(|it| it.contains(MEANT)) && !all.iter().any(|it| it.contains(OTHER)))
}

#[test]
fn conditions_and_resources_are_of_the_same_item() {
    let mut authorizer = Authorizer::new(Settings { possible: Possible::Omit, account_id: None });
    let (mut count, mut problems) = (0, Vec::new());
    for operation in Catalog::embedded().services().flat_map(|it| it.operations()) {
        for authorized in operation.authorized() {
            let action = authorized.action().to_string();
            for written in authorized.rules() {
                let Ok(rule) = Rule::parse(written, &|_| None) else { continue };
                let Some(paired) = is_paired(&mut authorizer, operation, &action, &rule) else {
                    continue;
                };
                count += 1;
                if !paired {
                    let (service, operation) = (operation.service().name(), operation.name());
                    problems.push(format!("{service}.{operation} {action}: {written}"));
                }
            }
        }
    }
    println!("{count} rules look into a list for a condition and its resource");
    assert!(problems.is_empty(), "{} of {count}:\n{}", problems.len(), problems.join("\n"));
    // Those with two conditions are in tests/authorize (the endpoints of ec2.CreateTags).
    assert!(count >= 81, "{count}");
}
