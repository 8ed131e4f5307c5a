//! What rules look at in a call: values, and the conditions on them.

use std::borrow::Cow;

use serde_json::{Map, Value as Json};

use crate::call::{Call, Source as Heard};
use crate::catalog::is_like;
use crate::catalog::rule::{Condition, Function, Source, Step, Test, Value};

use super::s3_uri;

/// Whether a condition holds; it is not known where the request is not visible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Truth {
    Yes,
    No,
    Unknown,
}

impl From<bool> for Truth {
    fn from(value: bool) -> Truth {
        if value { Truth::Yes } else { Truth::No }
    }
}

/// A value that a call has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen<'a> {
    /// The value.
    pub(super) text: Cow<'a, str>,
    /// What a rule puts behind it; `*` and `?` are wildcards in it.
    pub(super) appended: &'a str,
    /// The numbers of the items of lists and entries of maps on the way to it.
    pub(super) items: Vec<usize>,
}

/// The values that `value` has in a call, at most so many.
const MOST: usize = 1_000;

/// The values that the call has.
pub(super) fn values<'a>(value: &'a Value, call: &'a Call) -> Vec<Seen<'a>> {
    let seen = unmade(value, call);
    if value.functions.is_empty() {
        return seen;
    }
    seen.into_iter().filter_map(|it| made(it, &value.functions)).collect()
}

/// The values before anything is made of them.
pub(super) fn unmade<'a>(value: &'a Value, call: &'a Call) -> Vec<Seen<'a>> {
    let plain = |text: Option<Cow<'a, str>>| -> Vec<Seen<'a>> {
        let seen = text.map(|text| Seen { text, appended: "", items: Vec::new() });
        seen.into_iter().collect()
    };
    match &value.source {
        Source::Path(steps) => {
            let mut seen = Vec::new();
            walk(steps, &call.parameters, &mut |node, items| {
                // What is kept of a template is the list of its resources' types.
                if let Node::Value(Json::Array(list)) = &node {
                    let texts = list.iter().filter_map(|it| text_of(Node::Value(it)));
                    let texts =
                        texts.map(|text| Seen { text, appended: "", items: items.to_vec() });
                    seen.extend(texts.take(MOST - seen.len().min(MOST)));
                } else if seen.len() < MOST {
                    seen.extend(text_of(node).map(|text| Seen {
                        text,
                        appended: "",
                        items: items.to_vec(),
                    }));
                }
            });
            seen
        }
        Source::Header(name) => plain(call.evidence.header(name).map(Cow::Borrowed)),
        Source::Query(name) => plain(call.evidence.query(name).map(Cow::Borrowed)),
        Source::Response(name) => plain(call.evidence.response(name).map(Cow::Borrowed)),
        Source::Status => plain(call.outcome.status.map(|it| Cow::Owned(it.to_string()))),
        Source::Error => plain(call.outcome.error.as_deref().map(Cow::Borrowed)),
        Source::Authorization => {
            plain(call.evidence.authorization.map(|it| Cow::Borrowed(it.as_str())))
        }
    }
}

/// What a call says in a place without its being a text.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Said {
    /// Something was there, of which nothing is kept: it was too long, or of another type.
    pub(super) unreadable: bool,
    /// An empty text.
    pub(super) blank: bool,
}

/// What the call says in the place of a value, beside texts.
pub(super) fn said(value: &Value, call: &Call) -> Said {
    let mut said = Said::default();
    let Source::Path(steps) = &value.source else { return said };
    if let Some(Step::Member(first)) = steps.first() {
        // What is wrong with all of it is wrong with what was to be in it.
        said.unreadable = call.parameters.get(first).is_some_and(Json::is_null);
    }
    walk(steps, &call.parameters, &mut |node, _| match node {
        Node::Value(Json::Null) | Node::Key("") => said.unreadable = true,
        Node::Value(Json::String(text)) if text.is_empty() => said.blank = true,
        _ => {}
    });
    said
}

/// Whether a condition holds of a call; `named` says whether the request names a resource of the action's types.
/// `unseen` is what the call's source may not hold although the request had it.
pub(super) fn holds(
    condition: &Condition,
    call: &Call,
    unseen: &[Value],
    named: &dyn Fn() -> bool,
) -> Truth {
    match condition {
        Condition::All(all) => {
            let mut truth = Truth::Yes;
            for condition in all {
                match holds(condition, call, unseen, named) {
                    Truth::No => return Truth::No,
                    Truth::Unknown => truth = Truth::Unknown,
                    Truth::Yes => {}
                }
            }
            truth
        }
        Condition::Any(any) => {
            let mut truth = Truth::No;
            for condition in any {
                match holds(condition, call, unseen, named) {
                    Truth::Yes => return Truth::Yes,
                    Truth::Unknown => truth = Truth::Unknown,
                    Truth::No => {}
                }
            }
            truth
        }
        Condition::Not(inner) => match holds(inner, call, unseen, named) {
            Truth::Yes => Truth::No,
            Truth::No => Truth::Yes,
            Truth::Unknown => Truth::Unknown,
        },
        Condition::Named => {
            let named = named();
            if !named && call.source == Heard::Csm { Truth::Unknown } else { named.into() }
        }
        Condition::Test(value, test) => tested(value, test, call, unseen),
    }
}

fn tested(value: &Value, test: &Test, call: &Call, unseen: &[Value]) -> Truth {
    if is_out_of_sight(value, call) || (unseen.contains(value) && !is_there(value, call)) {
        return Truth::Unknown;
    }
    if *test == Test::Present
        && value.functions.is_empty()
        && let Source::Path(steps) = &value.source
    {
        let mut present = false;
        walk(steps, &call.parameters, &mut |node, _| present |= is_present(node));
        return present.into();
    }
    values(value, call).iter().any(|seen| passes(test, &seen.text)).into()
}

/// Whether the call has something there, whatever it is.
fn is_there(value: &Value, call: &Call) -> bool {
    let Source::Path(steps) = &value.source else { return !unmade(value, call).is_empty() };
    let mut there = false;
    walk(steps, &call.parameters, &mut |_, _| there = true);
    there
}

/// Whether the call could have the value without it being known.
fn is_out_of_sight(value: &Value, call: &Call) -> bool {
    call.source == Heard::Csm
        && match &value.source {
            Source::Path(steps) => match steps.first() {
                Some(Step::Member(name)) => !call.parameters.contains_key(name),
                _ => true,
            },
            Source::Status => call.outcome.status.is_none(),
            // No error is none.
            Source::Error => false,
            _ => true,
        }
}

fn passes(test: &Test, text: &str) -> bool {
    let lower = |text: &str| text.to_lowercase();
    match test {
        Test::Present => !text.is_empty(),
        Test::Equals(wanted) => text == wanted,
        Test::StartsWith(wanted) => lower(text.trim_start()).starts_with(&lower(wanted)),
        Test::EndsWith(wanted) => lower(text).ends_with(&lower(wanted)),
        Test::Contains(wanted) => lower(text).contains(&lower(wanted)),
        Test::Like(pattern) => is_like(&lower(text), &lower(pattern)),
    }
}

/// What a path leads to.
enum Node<'a> {
    Value(&'a Json),
    Key(&'a str),
}

fn is_present(node: Node<'_>) -> bool {
    match node {
        Node::Key(_) => true,
        Node::Value(value) => match value {
            // It was there, and nothing of it could be kept.
            Json::Null => true,
            Json::String(text) => !text.is_empty(),
            Json::Array(items) => !items.is_empty(),
            Json::Object(members) => !members.is_empty(),
            Json::Bool(_) | Json::Number(_) => true,
        },
    }
}

fn text_of(node: Node<'_>) -> Option<Cow<'_, str>> {
    match node {
        Node::Key("") => None,
        Node::Key(key) => Some(Cow::Borrowed(key)),
        Node::Value(Json::String(text)) if !text.is_empty() => Some(Cow::Borrowed(text)),
        Node::Value(Json::Number(number)) => Some(Cow::Owned(number.to_string())),
        Node::Value(Json::Bool(value)) => {
            Some(Cow::Borrowed(if *value { "true" } else { "false" }))
        }
        Node::Value(_) => None,
    }
}

fn walk<'a>(
    steps: &[Step],
    members: &'a Map<String, Json>,
    each: &mut dyn FnMut(Node<'a>, &[usize]),
) {
    let Some((Step::Member(name), rest)) = steps.split_first() else { return };
    if let Some(value) = members.get(name) {
        walk_value(rest, value, &mut Vec::new(), each);
    }
}

fn walk_value<'a>(
    steps: &[Step],
    value: &'a Json,
    items: &mut Vec<usize>,
    each: &mut dyn FnMut(Node<'a>, &[usize]),
) {
    let Some((step, rest)) = steps.split_first() else { return each(Node::Value(value), items) };
    match (step, value) {
        (Step::Member(name), Json::Object(members)) => {
            if let Some(value) = members.get(name) {
                walk_value(rest, value, items, each);
            }
        }
        (Step::Items, Json::Array(list)) => {
            for (number, value) in list.iter().enumerate() {
                items.push(number);
                walk_value(rest, value, items, each);
                items.pop();
            }
        }
        (Step::Values, Json::Object(members)) => {
            for (number, value) in members.values().enumerate() {
                items.push(number);
                walk_value(rest, value, items, each);
                items.pop();
            }
        }
        (Step::Keys, Json::Object(members)) => {
            for (number, key) in members.keys().enumerate() {
                items.push(number);
                each(Node::Key(key), items);
                items.pop();
            }
        }
        _ => {}
    }
}

/// Whether two values can belong together: what lies on the way to both is the same item.
pub(super) fn belong_together(one: (&Value, &[usize]), other: (&Value, &[usize])) -> bool {
    let (Some(path), Some(other_path)) = (one.0.path(), other.0.path()) else { return true };
    let is_container = |step: &Step| !matches!(step, Step::Member(_));
    let common = path
        .iter()
        .zip(other_path)
        .take_while(|(step, other)| step == other || (is_container(step) && is_container(other)));
    let containers = common.filter(|(step, _)| is_container(step)).count();
    one.1.iter().zip(other.1).take(containers).all(|(item, other)| item == other)
}

/// How many steps two values have in common.
pub(super) fn common_steps(one: &Value, other: &Value) -> usize {
    let (Some(one), Some(other)) = (one.path(), other.path()) else { return 0 };
    one.iter().zip(other).take_while(|(one, other)| one == other).count()
}

/// What the functions make of a value; none when nothing is left.
pub(super) fn made<'a>(mut seen: Seen<'a>, functions: &'a [Function]) -> Option<Seen<'a>> {
    for function in functions {
        match function {
            Function::First(separator) => {
                cut(&mut seen.text, |text| text.split(&**separator).next().unwrap_or(text));
            }
            Function::Last(separator) => {
                cut(&mut seen.text, |text| text.rsplit(&**separator).next().unwrap_or(text));
            }
            Function::After(separator) => {
                cut(&mut seen.text, |text| text.split_once(&**separator).map_or(text, |it| it.1));
            }
            Function::Strip(prefix) => {
                cut(&mut seen.text, |text| text.strip_prefix(&**prefix).unwrap_or(text));
            }
            Function::Append(text) => seen.appended = text,
            Function::Lower => seen.text = Cow::Owned(seen.text.to_lowercase()),
            Function::PartiQl => seen.text = Cow::Owned(partiql_table(&seen.text)?),
            Function::S3 => seen.text = Cow::Owned(s3_uri::arn(&seen.text)?),
        }
    }
    if seen.text.is_empty() { None } else { Some(seen) }
}

fn cut(text: &mut Cow<'_, str>, part: impl Fn(&str) -> &str) {
    match text {
        Cow::Borrowed(text) => *text = part(text),
        Cow::Owned(text) => *text = part(text).to_owned(),
    }
}

/// The table that a PartiQL statement is on: behind FROM, INTO or UPDATE, without quotes and index
/// (docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html).
fn partiql_table(statement: &str) -> Option<String> {
    let mut words = statement.split_whitespace();
    words.find(|word| ["from", "into", "update"].iter().any(|it| word.eq_ignore_ascii_case(it)))?;
    let rest: String = words.collect::<Vec<_>>().join(" ");
    let name = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?,
        None => rest.split([' ', '.', ';']).next()?,
    };
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_a_statement() {
        for (statement, table) in [
            ("SELECT * FROM \"Music-1\".\"idx\" WHERE Artist='?'", Some("Music-1")),
            ("select a from Music", Some("Music")),
            ("INSERT INTO \"Music\" VALUE {'?':", Some("Music")),
            ("update Music.idx set a=1", Some("Music")),
            ("DELETE FROM Music;", Some("Music")),
            ("EXISTS(SELECT * FROM \"a b\" WHERE", Some("a b")),
            ("nothing", None),
        ] {
            assert_eq!(partiql_table(statement).as_deref(), table, "{statement}");
        }
    }
}
