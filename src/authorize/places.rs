//! Sweeps over every operation: members that are an account or a region, items of lists that lack what names something, and
//! members that stand for something where a request lacks them. Each is heeded, or has its reason here.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

use super::plan::Plan;
use super::sweep::{call, paths, put};
use super::*;
use crate::catalog::naming::letters;
use crate::catalog::rule::{Step, Target, Value as Looked};
use crate::catalog::{Class, Kind, Scalar, Shape, Type};
use crate::wildcard::is_like;

/// An account and a region that no call has by itself.
const ELSEWHERE: [&str; 2] = ["999988887777", "xx-else-9"];

/// How deep members are looked for.
const DEEPEST: usize = 3;

/// A scalar that is a text, with the way to it.
struct Text {
    path: Vec<Step>,
    name: &'static str,
    required: bool,
}

/// The texts in a structure, and in those within it.
fn texts(shape: Shape, above: &[Step], depth: usize, found: &mut Vec<Text>) {
    for member in shape.members().filter(|it| !it.sensitive) {
        let mut path = above.to_vec();
        path.push(Step::Member(member.name.to_owned()));
        let mut kind = member.kind;
        if let Type::Shape(list) = kind
            && let Kind::List { item, .. } = list.kind()
        {
            path.push(Step::Items);
            kind = item;
        }
        match kind {
            Type::Scalar(Scalar::String) => {
                found.push(Text { path, name: member.name, required: member.is_required() });
            }
            Type::Shape(inner)
                if depth < DEEPEST && matches!(inner.kind(), Kind::Structure { .. }) =>
            {
                texts(inner, &path, depth + 1, found);
            }
            _ => {}
        }
    }
}

fn texts_of(operation: Operation) -> Vec<Text> {
    let mut found = Vec::new();
    if let Some(input) = operation.input() {
        texts(input, &[], 0, &mut found);
    }
    found
}

fn path_text(path: &[Step]) -> String {
    let source = crate::catalog::rule::Source::Path(path.to_vec());
    Looked { source, functions: Vec::new() }.to_string()
}

/// What is rightly not heeded: patterns of a service and of a path, with the reason.
struct Excuse {
    service: &'static str,
    path: &'static str,
    reason: &'static str,
}

/// What `tests/authorize/excused.txt` says for a sweep.
fn excused(sweep: &str) -> Vec<Excuse> {
    let lines = include_str!("../../tests/authorize/excused.txt").lines();
    let lines = lines.filter(|line| !line.starts_with('#'));
    let excuse = |line: &'static str| {
        let (what, reason) = line.split_once(": ")?;
        let mut words = what.split(' ');
        let (of, service, path) = (words.next()?, words.next()?, words.next()?);
        (of == sweep).then_some(Excuse { service, path, reason })
    };
    lines.filter_map(excuse).collect()
}

/// What `wanted` finds in every operation and is neither heeded nor excused, and how much it finds at all; what is excused
/// and not found is a problem, too.
fn swept(
    sweep: &str,
    mut wanted: impl FnMut(Operation) -> Vec<(String, bool)>,
) -> (usize, Vec<String>) {
    let excuses = excused(sweep);
    let (mut count, mut problems) = (0, Vec::new());
    let mut used = BTreeSet::new();
    for operation in Catalog::embedded().services().flat_map(|it| it.operations()) {
        let service = operation.service().name();
        for (path, heeded) in wanted(operation) {
            count += 1;
            if heeded {
                continue;
            }
            let is_it = |it: &Excuse| is_like(service, it.service) && is_like(&path, it.path);
            match excuses.iter().position(is_it) {
                Some(number) => drop(used.insert(number)),
                None => problems.push(format!("{service} {} {path}", operation.name())),
            }
        }
    }
    let unused = excuses.iter().enumerate().filter(|(number, _)| !used.contains(number));
    problems.extend(
        unused.map(|(_, it)| {
            format!("excused for nothing: {} {}: {}", it.service, it.path, it.reason)
        }),
    );
    (count, problems)
}

/// A call in which every member that names something has a name.
fn named_call(plan: &Plan) -> Map<String, Json> {
    let mut parameters = Map::new();
    for path in plan.actions.iter().flat_map(paths) {
        put(&mut parameters, path, &json!("benign"));
    }
    parameters
}

/// Whether the account or the region that a member names is in the ARNs of some action.
fn is_heeded(
    authorizer: &mut Authorizer,
    operation: Operation,
    plan: &Plan,
    text: &Text,
    place: &str,
) -> bool {
    let mut parameters = named_call(plan);
    let Some(Step::Member(first)) = text.path.first() else { return true };
    parameters.remove(first);
    for path in plan.actions.iter().flat_map(paths).filter(|path| path.first() == text.path.first())
    {
        put(&mut parameters, path, &json!("benign"));
    }
    replace_text(&mut parameters, &text.path, place);
    let decision = authorizer.decide(&call(operation, parameters));
    decision.requirements.iter().flat_map(|it| &it.resources).any(|it| it.contains(place))
}

/// Puts a text at the end of a path, in the place of what is there.
fn replace_text(members: &mut Map<String, Json>, path: &[Step], text: &str) {
    fn walk(node: &mut Json, steps: &[Step], text: &str) {
        match steps.split_first() {
            None => *node = json!(text),
            Some((Step::Member(name), rest)) => {
                if !node.is_object() {
                    *node = json!({});
                }
                walk(&mut node[name.as_str()], rest, text);
            }
            Some((_, rest)) => {
                if !node.is_array() {
                    *node = json!([null]);
                }
                walk(&mut node[0], rest, text);
            }
        }
    }
    let Some((Step::Member(name), rest)) = path.split_first() else { return };
    walk(members.entry(name.clone()).or_insert(Json::Null), rest, text);
}

fn is_account(name: &str) -> bool {
    let name = letters(name);
    let ends = [
        "accountid",
        "accountids",
        "account",
        "accounts",
        "accountnumber",
        "registryid",
        "catalogid",
        "ownerid",
        "owner",
    ];
    ends.iter().any(|it| name.ends_with(it))
}

fn is_region(name: &str) -> bool {
    let name = letters(name);
    let ends = ["region", "regions", "regionname", "regionnames", "regionlist", "regioncode"];
    ends.iter().any(|it| name.ends_with(it)) && !name.ends_with("stateorregion")
}

/// Whether the ARNs of an operation's own actions have this field.
fn has_field(plan: &Plan, index: usize) -> bool {
    let own = plan.actions.iter().filter(|it| it.class == Class::Own);
    let mut formats = own.flat_map(|it| &it.types).flat_map(|it| &it.formats);
    formats.any(|plan| plan.format.fields[index].starts_with("${"))
}

/// The members of every operation that are an account or a region, and whether that is in the ARNs of its actions.
fn places(
    field: usize,
    is_place: fn(&str) -> bool,
    place: &str,
    sweep: &str,
) -> (usize, Vec<String>) {
    let mut authorizer = Authorizer::new(Settings::default());
    swept(sweep, |operation| {
        let mut texts = texts_of(operation);
        texts.retain(|it| is_place(it.name));
        if texts.is_empty() {
            return Vec::new();
        }
        let plan = plan(operation);
        if !has_field(plan, field) {
            return Vec::new();
        }
        let mut heeded = |text: &Text| is_heeded(&mut authorizer, operation, plan, text, place);
        texts.iter().map(|text| (path_text(&text.path), heeded(text))).collect()
    })
}

#[test]
fn accounts_in_requests_are_heeded() {
    let (count, problems) = places(4, is_account, ELSEWHERE[0], "accounts");
    assert!(problems.is_empty(), "{} of {count}:\n{}", problems.len(), problems.join("\n"));
    assert_eq!(count, 1098);
}

#[test]
fn regions_in_requests_are_heeded() {
    let (count, problems) = places(3, is_region, ELSEWHERE[1], "regions");
    assert!(problems.is_empty(), "{} of {count}:\n{}", problems.len(), problems.join("\n"));
    assert_eq!(count, 260);
}

/// The values that name resources of an operation's actions.
fn naming_values(plan: &Plan) -> Vec<Looked> {
    let variables = plan.actions.iter().flat_map(|it| &it.types).flat_map(|it| &it.formats);
    let by_variable = variables.flat_map(|it| &it.variables).flat_map(|it| it.named.values());
    let by_rule = plan.actions.iter().flat_map(|it| &it.rules).flat_map(|rule| &rule.on);
    let by_rule = by_rule.filter_map(|target| match target {
        Target::Type { value, .. } => value.as_ref(),
        _ => None,
    });
    by_variable.chain(by_rule).cloned().collect()
}

#[test]
fn items_without_a_name_are_heeded() {
    let (count, problems) = swept("items", |operation| {
        let may_lack = |text: &&Text| {
            !text.required && matches!(&text.path[..], [.., Step::Items, Step::Member(_)])
        };
        let texts = texts_of(operation);
        if !texts.iter().any(|text| may_lack(&text)) {
            return Vec::new();
        }
        let values = naming_values(plan(operation));
        let texts = texts.iter().filter(may_lack);
        let named = texts.filter_map(|text| {
            let mut looked =
                values.iter().filter(|it| it.path() == Some(&text.path[..])).peekable();
            looked.peek()?;
            Some((path_text(&text.path), looked.any(|it| it.default().is_some())))
        });
        named.collect()
    });
    assert!(problems.is_empty(), "{} of {count}:\n{}", problems.len(), problems.join("\n"));
    assert_eq!(count, 54);
}

#[test]
fn documented_defaults_are_heeded() {
    let lines = include_str!("../../tests/authorize/defaults.txt").lines();
    let listed: BTreeSet<&str> = lines.collect();
    let (count, problems) = swept("defaults", |operation| {
        let (service, name) = (operation.service().name(), operation.name());
        let mut texts = texts_of(operation);
        texts.retain(|text| {
            listed.contains(&*format!("{service} {name} {}", path_text(&text.path)))
        });
        if texts.is_empty() {
            return Vec::new();
        }
        let values = naming_values(plan(operation));
        let named = texts.iter().filter_map(|text| {
            let mut looked =
                values.iter().filter(|it| it.path() == Some(&text.path[..])).peekable();
            looked.peek()?;
            Some((path_text(&text.path), looked.any(|it| it.default().is_some())))
        });
        named.collect()
    });
    assert!(problems.is_empty(), "{} of {count}:\n{}", problems.len(), problems.join("\n"));
    assert_eq!(count, 152);
}
