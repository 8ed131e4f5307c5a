//! Every member of every operation by which an action's resources are named, given what names none: nothing gets wider by
//! it than by a name.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::plan::{ActionPlan, Plan};
use super::*;
use crate::call::{Outcome, Timestamp};
use crate::catalog::rule::{Source as From, Step};

/// Which of so many operations are tried, unless `SWEEP=all` asks for all.
const EVERY: usize = 7;

/// How wide a pattern is: in each field of an ARN.
type Width = [usize; 6];

fn call(operation: Operation, parameters: Map<String, Json>) -> Call {
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

/// The paths by which an action's resources are named.
fn paths(action: &ActionPlan) -> Vec<&[Step]> {
    let variables = action.types.iter().flat_map(|it| &it.formats).flat_map(|it| &it.variables);
    let by_rule = action.rules.iter().flat_map(|rule| &rule.on).filter_map(|target| match target {
        Target::Type { value, .. } => value.as_ref(),
        _ => None,
    });
    let values = variables.flat_map(|it| it.named.values()).chain(by_rule);
    values
        .filter_map(|value| match &value.source {
            From::Path(steps) => Some(steps.as_slice()),
            _ => None,
        })
        .collect()
}

/// Puts a value at the end of a path.
fn put(members: &mut Map<String, Json>, steps: &[Step], value: &Json) {
    let Some((Step::Member(name), rest)) = steps.split_first() else { return };
    let mut node = members.remove(name).unwrap_or(Json::Null);
    put_in(&mut node, rest, value);
    members.insert(name.clone(), node);
}

fn put_in(node: &mut Json, steps: &[Step], value: &Json) {
    let Some((step, rest)) = steps.split_first() else {
        // What other paths lead into stays.
        if !node.is_object() && !node.is_array() {
            *node = value.clone();
        }
        return;
    };
    match step {
        Step::Member(name) => {
            if !node.is_object() {
                *node = json!({});
            }
            put_in(&mut node[name.as_str()], rest, value);
        }
        Step::Items => {
            if !node.is_array() {
                *node = json!([null]);
            }
            put_in(&mut node[0], rest, value);
        }
        Step::Values => {
            if !node.is_object() {
                *node = json!({});
            }
            put_in(&mut node["k"], rest, value);
        }
        Step::Keys => {
            let key = value.as_str().unwrap_or_default();
            *node = json!({ key: true });
        }
    }
}

/// How wide a resource is. Names of secrets have six unknown characters behind them, in every call.
fn width(resource: &str) -> Width {
    if resource == "*" {
        return [usize::MAX; 6];
    }
    let plain = resource.replace("-??????", "");
    let plain = plain.replace("${*}", "").replace("${?}", "").replace("${$}", "");
    assert!(!plain.contains("${"), "a variable of IAM's: {resource}");
    let mut fields = plain.splitn(6, ':');
    std::array::from_fn(|_| fields.next().unwrap_or_default().matches(['*', '?']).count())
}

fn covers(wide: &Width, narrow: &Width) -> bool {
    wide.iter().zip(narrow).all(|(wide, narrow)| wide >= narrow)
}

/// The widths of what a call needs, by action.
fn widths(authorizer: &mut Authorizer, call: &Call) -> BTreeMap<Name, BTreeSet<Width>> {
    let decision = authorizer.decide(call);
    let of = |it: &Requirement| {
        (it.action.clone(), it.resources.iter().map(|it| width(it)).collect::<BTreeSet<_>>())
    };
    decision.requirements.iter().map(of).collect()
}

/// What names something of the action: a name, and an ARN of each of its formats.
fn names(action: &ActionPlan) -> Vec<Json> {
    let of_format = |text: &str| {
        let mut arn = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, after)) = after.split_once('}') else { break };
            arn.push_str(before);
            arn.push_str(match name {
                "Partition" => "aws",
                "Region" => "eu-west-1",
                name if name.contains("Account") => "111122223333",
                _ => "benign",
            });
            rest = after;
        }
        json!(arn + &rest.replace('*', "benign"))
    };
    let formats = action.types.iter().flat_map(|it| &it.formats).map(|it| it.format.text);
    let arns = formats.take(8).map(of_format);
    ["benign", "s3://benign/benign", "alias/benign"]
        .into_iter()
        .map(Json::from)
        .chain(arns)
        .collect()
}

fn hostile() -> Vec<Json> {
    let texts = [
        "arn:aws:nothing:eu-west-1:111122223333:thing/benign",
        "arn:aws:s3:::benign",
        "*",
        "a/../*",
        "${aws:username}",
        "a\u{1b}[2J",
        "",
    ];
    let mut values: Vec<Json> = texts.into_iter().map(Json::from).collect();
    // What is too long for a name, in a call that was recognised and in one that was not.
    values.extend([Json::Null, json!("x".repeat(5_000))]);
    values
}

/// ARNs of the action's own formats that say any region, account or partition.
fn anywhere(action: &ActionPlan) -> Vec<Json> {
    let mut values = Vec::new();
    for text in action.types.iter().flat_map(|it| &it.formats).map(|it| it.format.text).take(4) {
        for (variable, other) in
            [("${Region}", "*"), ("${Account}", "*"), ("${Partition}", "*"), ("${Region}", "a b")]
        {
            if !text.contains(variable) {
                continue;
            }
            let arn = text.replacen(variable, other, 1);
            let arn = arn.replace("${Partition}", "aws").replace("${Region}", "eu-west-1");
            let arn = arn.replace("${Account}", "111122223333");
            let mut filled = String::new();
            let mut rest = arn.as_str();
            while let Some((before, after)) = rest.split_once("${") {
                filled.push_str(before);
                filled.push_str("benign");
                rest = after.split_once('}').map_or("", |it| it.1);
            }
            values.push(json!(filled + rest));
        }
    }
    values
}

/// What a hostile value opens that a name does not.
fn wider(authorizer: &mut Authorizer, operation: Operation) -> Vec<String> {
    let plan = Plan::of(operation);
    let mut problems = Vec::new();
    for action in &plan.actions {
        // Every member that names something has a name; one of them, what names nothing.
        let mut base = Map::new();
        for path in plan.actions.iter().flat_map(paths) {
            put(&mut base, path, &json!("benign"));
        }
        let paths: BTreeSet<Vec<String>> = paths(action).iter().map(|path| shown(path)).collect();
        for shown_path in paths {
            let Some(path) = self::paths(action).into_iter().find(|it| shown(it) == shown_path)
            else {
                continue;
            };
            let mut with = |value: &Json| {
                let mut parameters = base.clone();
                replace(&mut parameters, path, value);
                widths(authorizer, &call(operation, parameters)).remove(&action.name)
            };
            let allowed: Vec<_> = names(action).iter().filter_map(&mut with).collect();
            let Some(least) = allowed.iter().min_by_key(|it| {
                it.iter()
                    .map(|it| it.iter().fold(0_usize, |sum, one| sum.saturating_add(*one)))
                    .max()
            }) else {
                continue;
            };
            for value in hostile().iter().chain(&anywhere(action)) {
                let Some(found) = with(value) else { continue };
                if !found.iter().all(|it| least.iter().any(|wide| covers(wide, it))) {
                    let shown: String = value.to_string().chars().take(60).collect();
                    problems.push(format!(
                        "{}.{} {} by {} {shown}",
                        operation.service().name(),
                        operation.name(),
                        action.name,
                        shown_path.join(".")
                    ));
                }
            }
        }
    }
    problems
}

fn shown(path: &[Step]) -> Vec<String> {
    path.iter().map(|step| format!("{step:?}")).collect()
}

/// Puts a value where a path ends, in the place of what is there.
fn replace(members: &mut Map<String, Json>, path: &[Step], value: &Json) {
    if let [Step::Member(name)] = path {
        members.insert(name.clone(), value.clone());
        return;
    }
    if let Some(Step::Member(first)) = path.first() {
        members.remove(first);
    }
    put(members, path, value);
}

#[test]
fn no_member_opens_more_by_what_is_no_name_than_by_one() {
    let all = std::env::var_os("SWEEP").is_some();
    let operations: Vec<Operation> =
        Catalog::embedded().services().flat_map(|it| it.operations()).collect();
    let tried = |number: &usize| all || number % EVERY == 0;
    let threads: Vec<_> = (0..2)
        .map(|half| {
            let operations: Vec<Operation> = operations
                .iter()
                .enumerate()
                .filter(|(number, _)| tried(number) && (number / EVERY) % 2 == half)
                .map(|(_, operation)| *operation)
                .collect();
            std::thread::spawn(move || {
                let mut authorizer = Authorizer::new(Settings::default());
                operations.into_iter().flat_map(|it| wider(&mut authorizer, it)).collect::<Vec<_>>()
            })
        })
        .collect();
    let problems: Vec<String> = threads.into_iter().flat_map(|it| it.join().unwrap()).collect();
    let shown: Vec<&str> = problems.iter().take(60).map(String::as_str).collect();
    assert!(problems.is_empty(), "{} of them:\n{}", problems.len(), shown.join("\n"));
}
