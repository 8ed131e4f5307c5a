//! Every member of every operation by which an action's resources are named, given what names none: nothing gets wider by
//! it than by a name.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::plan::ActionPlan;
use super::*;
use crate::call::{Name, Outcome, Timestamp};
use crate::catalog::rule::{Source as From, Step, Target};

/// Operations that need something on what the member that is tried does not name, whatever is in it; and why.
const OTHERWISE: [(&str, &str); 17] = [
    ("application-signals.ListAuditFindings", "a name with `*` is a pattern to AWS itself"),
    (
        "arc-zonal-shift.CreatePracticeRunConfiguration",
        "what is no load balancer has no type of its own",
    ),
    (
        "arc-zonal-shift.DeletePracticeRunConfiguration",
        "what is no load balancer has no type of its own",
    ),
    ("arc-zonal-shift.GetManagedResource", "what is no load balancer has no type of its own"),
    ("arc-zonal-shift.StartPracticeRun", "what is no load balancer has no type of its own"),
    ("arc-zonal-shift.StartZonalShift", "what is no load balancer has no type of its own"),
    (
        "arc-zonal-shift.UpdatePracticeRunConfiguration",
        "what is no load balancer has no type of its own",
    ),
    (
        "arc-zonal-shift.UpdateZonalAutoshiftConfiguration",
        "what is no load balancer has no type of its own",
    ),
    ("ec2.CreateFlowLogs", "the flow log is new, and always among what is asked for"),
    ("ecs.CreateTaskSet", "the task set is new, and always among what is asked for"),
    ("ecs.RunTask", "of two roles, the one that is not named is the task definition's"),
    ("ecs.StartTask", "of two roles, the one that is not named is the task definition's"),
    ("organizations.AttachPolicy", "the policy is asked for, whatever it is attached to"),
    ("organizations.DetachPolicy", "the policy is asked for, whatever it is detached from"),
    ("organizations.MoveAccount", "the account is asked for, wherever it goes"),
    ("transcribe.StartCallAnalyticsJob", "what is written is not what is read"),
    ("transcribe.StartMedicalTranscriptionJob", "what is written is not what is read"),
];

/// How wide a pattern is: in each field of an ARN.
type Width = [usize; 6];

pub(super) fn call(operation: Operation, parameters: Map<String, Json>) -> Call {
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
pub(super) fn paths(action: &ActionPlan) -> Vec<&[Step]> {
    let variables = action.types.iter().flat_map(|it| &it.formats).flat_map(|it| &it.variables);
    let by_rule = action.rules.iter().flat_map(|rule| &rule.on).filter_map(|target| match target {
        Target::Type { value, .. } => value.as_ref(),
        Target::Arns(value) => Some(value),
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
pub(super) fn put(members: &mut Map<String, Json>, steps: &[Step], value: &Json) {
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
    let mut plain = Cow::Borrowed(resource);
    for nothing in ["-??????", "${*}", "${?}", "${$}"] {
        if plain.contains(nothing) {
            plain = Cow::Owned(plain.replace(nothing, ""));
        }
    }
    assert!(!plain.contains("${"), "a variable of IAM's: {resource}");
    if !plain.contains(['*', '?']) {
        return Width::default();
    }
    let mut fields = plain.splitn(6, ':');
    std::array::from_fn(|_| fields.next().unwrap_or_default().matches(['*', '?']).count())
}

fn covers(wide: &Width, narrow: &Width) -> bool {
    wide.iter().zip(narrow).all(|(wide, narrow)| wide >= narrow)
}

/// The widths of what a call needs, by action.
fn widths(authorizer: &mut Authorizer, call: &Call) -> BTreeMap<Name, Vec<Width>> {
    let decision = authorizer.decide(call);
    let of =
        |it: &Requirement| (it.action.clone(), it.resources.iter().map(|it| width(it)).collect());
    decision.requirements.iter().map(of).collect()
}

/// A format's ARN, its variables filled.
fn filled(format: &str) -> Json {
    let mut arn = String::new();
    let mut rest = format;
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
}

/// Texts that are no name, or whose characters mean something in a policy.
fn hostile_names() -> Vec<Json> {
    let texts = ["*", "a/../*", "${aws:username}", "a\u{1b}[2J"];
    // And one that is longer than any that is kept of a request.
    texts.into_iter().map(Json::from).chain([json!("x".repeat(2_100))]).collect()
}

/// What is of another kind, of no place, or was too long to be kept.
fn hostile_arns(formats: &[&'static str]) -> Vec<Json> {
    let texts = ["arn:aws:nothing:eu-west-1:111122223333:thing/benign", "arn:aws:s3:::benign"];
    let mut values: Vec<Json> = texts.into_iter().map(Json::from).collect();
    values.push(Json::Null);
    for format in formats.iter().take(4) {
        for (variable, other) in
            [("${Region}", "*"), ("${Account}", "*"), ("${Partition}", "*"), ("${Region}", "a b")]
        {
            if format.contains(variable) {
                values.push(filled(&format.replacen(variable, other, 1)));
            }
        }
    }
    values
}

/// What hostile values open that names do not.
fn wider(authorizer: &mut Authorizer, operation: Operation) -> Vec<String> {
    let plan = plan(operation);
    // Every member that names something has a name; one of them, in turn, what names nothing.
    let mut base = Map::new();
    let mut members: BTreeMap<Vec<String>, &[Step]> = BTreeMap::new();
    for path in plan.actions.iter().flat_map(paths) {
        put(&mut base, path, &json!("benign"));
        members.insert(shown(path), path);
    }
    let mut problems = Vec::new();
    for (name, path) in members {
        let looks = |action: &&ActionPlan| paths(action).iter().any(|it| shown(it) == name);
        let actions: Vec<&ActionPlan> = plan.actions.iter().filter(looks).collect();
        let formats = actions.iter().flat_map(|it| &it.types).flat_map(|it| &it.formats);
        let formats: Vec<&'static str> = formats.map(|it| it.format.text).take(8).collect();
        let mut with = |value: Option<&Json>| {
            let mut parameters = base.clone();
            replace(&mut parameters, path, value);
            widths(authorizer, &call(operation, parameters))
        };
        let unsaid = with(None);
        let by_name = with(Some(&json!("benign")));
        let mut all: Vec<_> = formats.iter().map(|it| with(Some(&filled(it)))).collect();
        all.push(by_name.clone());
        // An empty text that need not be there is as good as none.
        let mut tried = vec![(json!(""), vec![unsaid.clone()])];
        tried.extend(hostile_names().into_iter().map(|it| (it, vec![by_name.clone()])));
        tried.extend(hostile_arns(&formats).into_iter().map(|it| (it, all.clone())));
        for (value, benign) in tried {
            let found = with(Some(&value));
            for action in &actions {
                let of_action = benign.iter().filter_map(|it| it.get(&action.name));
                let of_action: Vec<_> = of_action.collect();
                let Some(found) = found.get(&action.name).filter(|_| !of_action.is_empty()) else {
                    continue;
                };
                // Such calls as name something; where none does, the narrowest.
                let open = unsaid.get(&action.name).map_or(usize::MAX, |it| total(it));
                let least = of_action.iter().map(|it| total(it)).min().unwrap_or_default();
                let mut telling = of_action.iter().filter(|it| {
                    let names_one = it.contains(&Width::default());
                    names_one || total(it) < open || total(it) == least
                });
                let is_covered = |benign: &[Width]| {
                    found.iter().all(|it| benign.iter().any(|wide| covers(wide, it)))
                };
                if !telling.any(|it| is_covered(it)) {
                    let value: String = value.to_string().chars().take(60).collect();
                    let (service, operation) = (operation.service().name(), operation.name());
                    let name = name.join(".");
                    problems
                        .push(format!("{service}.{operation} {} by {name} {value}: {found:?} rather than {of_action:?}", action.name));
                }
            }
        }
    }
    problems
}

/// How wide some resources are together.
fn total(widths: &[Width]) -> usize {
    widths.iter().flatten().fold(0, |sum, one| sum.saturating_add(*one))
}

fn shown(path: &[Step]) -> Vec<String> {
    path.iter().map(|step| format!("{step:?}")).collect()
}

/// Puts a value where a path ends, in the place of what is there; or takes it away.
fn replace(members: &mut Map<String, Json>, path: &[Step], value: Option<&Json>) {
    let Some(Step::Member(first)) = path.first() else { return };
    members.remove(first);
    if let Some(value) = value {
        put(members, path, value);
    }
}

/// All operations, in two tests, which run beside each other.
fn opens_no_more(half: usize) {
    // No call comes twice.
    let mut authorizer =
        Authorizer { decided: Memory::none(), ..Authorizer::new(Settings::default()) };
    let is_otherwise = |it: &Operation| {
        let name = format!("{}.{}", it.service().name(), it.name());
        OTHERWISE.iter().any(|(otherwise, _)| *otherwise == name)
    };
    let operations = Catalog::embedded().services().flat_map(|it| it.operations());
    let tried = operations.skip(half).step_by(2).filter(|it| !is_otherwise(it));
    let problems: Vec<String> = tried.flat_map(|it| wider(&mut authorizer, it)).collect();
    let shown: Vec<&str> = problems.iter().take(60).map(String::as_str).collect();
    assert!(problems.is_empty(), "{} of them:\n{}", problems.len(), shown.join("\n"));
}

#[test]
fn no_member_opens_more_by_what_is_no_name_than_by_one() {
    opens_no_more(0);
}

#[test]
fn nor_does_any_of_the_other_operations() {
    opens_no_more(1);
}
