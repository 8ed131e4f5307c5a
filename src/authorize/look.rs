//! What rules look at in a call: values, and the conditions on them.

use std::borrow::Cow;

use serde_json::{Map, Value as Json};

use crate::call::{Call, Source as Heard};
use crate::catalog::rule::{Condition, Default, Function, Source, Step, Test, Value};
use crate::wildcard::is_like_in_any_case;

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
    /// It is something that the call does not name, by a rule.
    pub(super) any: bool,
}

impl<'a> Seen<'a> {
    fn new(text: Cow<'a, str>, items: Vec<usize>) -> Seen<'a> {
        Seen { text, appended: "", items, any: false }
    }
}

/// The values that `value` has in a call, at most so many.
const MOST: usize = 1_000;

/// The values that the call has.
pub(super) fn values<'a>(value: &'a Value, call: &'a Call) -> Vec<Seen<'a>> {
    let seen = unmade(value, call);
    if value.functions.is_empty() {
        return seen;
    }
    let named = seen.into_iter().filter(|it| !it.any);
    named.filter_map(|it| made(it, value, call)).collect()
}

/// The values before anything is made of them.
pub(super) fn unmade<'a>(value: &'a Value, call: &'a Call) -> Vec<Seen<'a>> {
    let plain = |text: Option<Cow<'a, str>>| -> Vec<Seen<'a>> {
        text.map(|text| Seen::new(text, Vec::new())).into_iter().collect()
    };
    // What is out of sight is not known to be absent.
    let default = value.default().filter(|_| call.source != Heard::Csm);
    match &value.source {
        Source::Path(steps) => {
            let mut seen = Vec::new();
            walk(steps, &call.parameters, &mut |node, items| {
                if seen.len() >= MOST {
                    return;
                }
                // What is kept of a template is the list of its resources' types.
                if let Node::Value(Json::Array(list)) = &node
                    && !list.is_empty()
                {
                    let texts = list.iter().filter_map(|it| text_of(&Node::Value(it)));
                    let room = MOST - seen.len();
                    seen.extend(texts.map(|text| Seen::new(text, items.to_vec())).take(room));
                    return;
                }
                match (text_of(&node), default) {
                    (Some(text), _) => seen.push(Seen::new(text, items.to_vec())),
                    (None, Some(default)) if is_unsaid(&node) => {
                        seen.push(unsaid(default, items.to_vec()));
                    }
                    (None, _) => {}
                }
            });
            seen
        }
        Source::Text(text) => plain(Some(Cow::Borrowed(text))),
        Source::Header(name) => plain(call.evidence.header(name).map(Cow::Borrowed)),
        Source::Query(name) => plain(call.evidence.query(name).map(Cow::Borrowed)),
        Source::Response(name) => plain(call.evidence.response(name).map(Cow::Borrowed)),
        Source::Answer(path) => {
            let told = call.evidence.answered.iter().filter(|it| it.path == *path);
            let seen = told.map(|it| Seen {
                text: Cow::Borrowed(&*it.text),
                appended: "",
                items: vec![it.within],
                any: false,
            });
            seen.take(MOST).collect()
        }
        Source::Status => plain(call.outcome.status.map(|it| Cow::Owned(it.to_string()))),
        Source::Error => plain(call.outcome.error.as_deref().map(Cow::Borrowed)),
        Source::Authorization => {
            plain(call.evidence.authorization.map(|it| Cow::Borrowed(it.as_str())))
        }
    }
}

/// What stands for a member that is not there.
fn unsaid(default: &Default, items: Vec<usize>) -> Seen<'_> {
    match default {
        Default::Text(text) => Seen::new(Cow::Borrowed(text), items),
        Default::Any => Seen { any: true, ..Seen::new(Cow::Borrowed("*"), items) },
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

/// Where a value was found: its path, and the items of lists and entries of maps on the way.
pub(super) type Origin<'a> = (&'a Value, Vec<usize>);

/// Whether a condition holds of a call; `named` says whether the request names a resource of the action's types.
/// `unseen` is what the call's source may not hold although the request had it.
pub(super) fn holds(
    condition: &Condition,
    call: &Call,
    unseen: &[Value],
    named: &dyn Fn() -> bool,
) -> Truth {
    holds_beside(condition, call, unseen, named, &[])
}

/// The same beside what was found in these places: of each list in which one of them is, only its own item counts.
pub(super) fn holds_beside(
    condition: &Condition,
    call: &Call,
    unseen: &[Value],
    named: &dyn Fn() -> bool,
    beside: &[Origin<'_>],
) -> Truth {
    match condition {
        Condition::All(all) => {
            let mut truth = Truth::Yes;
            for condition in all {
                match holds_beside(condition, call, unseen, named, beside) {
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
                match holds_beside(condition, call, unseen, named, beside) {
                    Truth::Yes => return Truth::Yes,
                    Truth::Unknown => truth = Truth::Unknown,
                    Truth::No => {}
                }
            }
            truth
        }
        Condition::Not(inner) => match holds_beside(inner, call, unseen, named, beside) {
            Truth::Yes => Truth::No,
            Truth::No => Truth::Yes,
            Truth::Unknown => Truth::Unknown,
        },
        Condition::Named => {
            let named = named();
            if !named && call.source == Heard::Csm { Truth::Unknown } else { named.into() }
        }
        Condition::Test(value, test) => tested(value, test, call, unseen, beside),
    }
}

fn tested(
    value: &Value,
    test: &Test,
    call: &Call,
    unseen: &[Value],
    beside: &[Origin<'_>],
) -> Truth {
    let is_beside = |items: &[usize]| {
        beside.iter().all(|(other, of_other)| belong_together((value, items), (other, of_other)))
    };
    if is_out_of_sight(value, call) || (unseen.contains(value) && !is_there(value, call)) {
        return Truth::Unknown;
    }
    if *test == Test::Present
        && value.functions.is_empty()
        && let Source::Path(steps) = &value.source
    {
        let mut present = false;
        walk(steps, &call.parameters, &mut |node, items| {
            present |= is_beside(items) && is_present(node);
        });
        return present.into();
    }
    if value.functions.is_empty()
        && let Source::Path(steps) = &value.source
    {
        let mut any = false;
        walk(steps, &call.parameters, &mut |node, items| {
            any = any || is_beside(items) && passes_at(test, &node);
        });
        return any.into();
    }
    let mut values = values(value, call).into_iter().filter(|seen| is_beside(&seen.items));
    values.any(|seen| passes(test, &seen.text)).into()
}

/// Whether a condition can hold beside one item although it does not of the whole call: it asks that something is not in
/// an item.
pub(super) fn is_by_item(condition: &Condition) -> bool {
    match condition {
        Condition::All(all) | Condition::Any(all) => all.iter().any(is_by_item),
        Condition::Not(inner) => inner.values().into_iter().any(|value| {
            let steps = value.path().unwrap_or_default();
            steps.iter().any(|step| !matches!(step, Step::Member(_)))
        }),
        Condition::Named | Condition::Test(..) => false,
    }
}

/// Whether the call has something there, whatever it is.
fn is_there(value: &Value, call: &Call) -> bool {
    let Source::Path(steps) = &value.source else { return !unmade(value, call).is_empty() };
    let mut there = false;
    walk(steps, &call.parameters, &mut |node, _| there |= !matches!(node, Node::Absent));
    there
}

/// Whether the call could have the value without it being known.
fn is_out_of_sight(value: &Value, call: &Call) -> bool {
    // An answer that does not come, or fails, does not say what another would.
    if let Source::Answer(_) = &value.source
        && call.evidence.answered.is_empty()
    {
        return true;
    }
    // A record has few headers of an answer, none of a request, and not how a call ended but for its error.
    if call.source == Heard::CloudTrail {
        return match &value.source {
            Source::Header(name) => call.evidence.header(name).is_none(),
            Source::Query(name) => call.evidence.query(name).is_none(),
            // S3's records have those of the answer, or none.
            Source::Response(_) => call.evidence.response.is_empty(),
            Source::Status => call.outcome.status.is_none(),
            _ => false,
        };
    }
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

/// Whether what is there, or one of the texts of a list, is as asked.
fn passes_at(test: &Test, node: &Node<'_>) -> bool {
    let is_one = |node: &Node<'_>| text_of(node).is_some_and(|text| passes(test, &text));
    match node {
        Node::Value(Json::Array(list)) => list.iter().any(|it| is_one(&Node::Value(it))),
        _ => is_one(node),
    }
}

fn passes(test: &Test, text: &str) -> bool {
    match test {
        Test::Present => !text.is_empty(),
        Test::Equals(wanted) => text == wanted,
        Test::StartsWith(wanted) => starts_with(text.trim_start(), wanted),
        Test::EndsWith(wanted) => ends_with(text, wanted),
        Test::Contains(wanted) => contains(text, wanted),
        Test::Like(pattern) => is_like_in_any_case(text, pattern),
    }
}

/// Whether a text starts so, in capitals or not.
fn starts_with(text: &str, wanted: &str) -> bool {
    match text.get(..wanted.len()) {
        Some(start) if wanted.is_ascii() => start.eq_ignore_ascii_case(wanted),
        _ => text.to_lowercase().starts_with(&wanted.to_lowercase()),
    }
}

/// Whether a text ends so, in capitals or not.
fn ends_with(text: &str, wanted: &str) -> bool {
    match text.len().checked_sub(wanted.len()).and_then(|start| text.get(start..)) {
        Some(end) if wanted.is_ascii() => end.eq_ignore_ascii_case(wanted),
        _ => text.to_lowercase().ends_with(&wanted.to_lowercase()),
    }
}

/// Whether a text has another in it, in capitals or not.
fn contains(text: &str, wanted: &str) -> bool {
    if !wanted.is_ascii() {
        return text.to_lowercase().contains(&wanted.to_lowercase());
    }
    let wanted = wanted.as_bytes();
    wanted.is_empty()
        || text.as_bytes().windows(wanted.len()).any(|it| it.eq_ignore_ascii_case(wanted))
}

/// What a path leads to.
enum Node<'a> {
    Value(&'a Json),
    Key(&'a str),
    /// Nothing is there: the last member of the path, or the list or map that it names.
    Absent,
}

/// Whether the call says nothing there; an empty text or list is as good as none.
fn is_unsaid(node: &Node<'_>) -> bool {
    match node {
        Node::Absent => true,
        Node::Value(Json::String(text)) => text.is_empty(),
        Node::Value(_) | Node::Key(_) => false,
    }
}

fn is_present(node: Node<'_>) -> bool {
    match node {
        Node::Absent => false,
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

fn text_of<'a>(node: &Node<'a>) -> Option<Cow<'a, str>> {
    match *node {
        Node::Absent | Node::Key("") => None,
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
    walk_member(rest, members.get(name), &mut Vec::new(), each);
}

/// Goes on from a member, or says that it is absent where the path has no more to name.
fn walk_member<'a>(
    rest: &[Step],
    value: Option<&'a Json>,
    items: &mut Vec<usize>,
    each: &mut dyn FnMut(Node<'a>, &[usize]),
) {
    match value {
        Some(value) => walk_value(rest, value, items, each),
        None if names_one(rest) => each(Node::Absent, items),
        None => {}
    }
}

/// Whether the rest of a path, behind a member that is not there, names one thing: `[]` behind it has no items whose
/// members could be missing.
fn names_one(rest: &[Step]) -> bool {
    let behind_member = rest.iter().position(|step| !matches!(step, Step::Member(_)));
    behind_member.is_none_or(|place| place + 1 == rest.len())
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
            walk_member(rest, members.get(name), items, each);
        }
        (Step::Items, Json::Array(list)) if list.is_empty() && rest.is_empty() => {
            each(Node::Absent, items);
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
    if let (Source::Answer(path), Source::Answer(other_path)) = (&one.0.source, &other.0.source) {
        // Members of one structure, or of different ones.
        let parent = |path: &str| path.rsplit_once('.').map_or(String::new(), |it| it.0.to_owned());
        return parent(path) != parent(other_path) || one.1 == other.1;
    }
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

/// What a value's functions make of what was seen for it; none when nothing is left.
pub(super) fn made<'a>(mut seen: Seen<'a>, value: &'a Value, call: &'a Call) -> Option<Seen<'a>> {
    if seen.any {
        return Some(seen);
    }
    for function in &value.functions {
        match function {
            Function::First(separator) => {
                cut(&mut seen.text, |text| text.split(&**separator).next().unwrap_or(text));
            }
            Function::Before(separator) => {
                cut(&mut seen.text, |text| text.rsplit_once(&**separator).map_or(text, |it| it.0));
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
            Function::Prepend(text) => seen.text = Cow::Owned(format!("{text}{}", seen.text)),
            Function::Append(text) => seen.appended = text,
            Function::Lower => seen.text = Cow::Owned(seen.text.to_lowercase()),
            Function::PartiQl => seen.text = Cow::Owned(partiql_table(&seen.text)?),
            Function::Only(test) if !passes(test, &seen.text) => return None,
            // What is absent has been made up for when it was looked for.
            Function::Only(_) | Function::Else(_) => {}
            Function::As(text) => seen.text = Cow::Borrowed(text),
            Function::Join(separator, other) => {
                let beside =
                    |it: &Seen<'_>| belong_together((value, &seen.items), (other, &it.items));
                if let Some(behind) = values(other, call).into_iter().find(beside) {
                    seen.text = Cow::Owned(format!("{}{separator}{}", seen.text, behind.text));
                }
            }
            Function::S3 => seen.text = Cow::Owned(s3_uri::arn(&seen.text)?),
        }
    }
    if seen.text.is_empty() { None } else { Some(seen) }
}

/// Whether a rule passes over what was seen: it is of another kind than the rule is for, and no wrong name.
pub(super) fn is_passed_over(seen: &Seen<'_>, value: &Value) -> bool {
    let fails = |it: &Function| matches!(it, Function::Only(test) if !passes(test, &seen.text));
    value.functions.iter().any(fails)
}

fn cut(text: &mut Cow<'_, str>, part: impl Fn(&str) -> &str) {
    match text {
        Cow::Borrowed(text) => *text = part(text),
        Cow::Owned(text) => *text = part(text).to_owned(),
    }
}

/// The table that a PartiQL statement is on, behind FROM, INTO or UPDATE, as ARNs have it: `Music`, or where it names an index
/// (`"Music"."AlbumTitleIndex"`) `Music/index/AlbumTitleIndex`
/// (docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.select.html).
fn partiql_table(statement: &str) -> Option<String> {
    let mut words = statement.split_whitespace();
    words.find(|word| ["from", "into", "update"].iter().any(|it| word.eq_ignore_ascii_case(it)))?;
    let rest: String = words.collect::<Vec<_>>().join(" ");
    let (table, behind) = partiql_name(&rest)?;
    let index = behind.trim_start().strip_prefix('.').and_then(|it| partiql_name(it.trim_start()));
    Some(match index {
        Some((index, _)) => format!("{table}/index/{index}"),
        None => table.to_owned(),
    })
}

/// The name that a text begins with, quoted or not, and what is behind it.
fn partiql_name(text: &str) -> Option<(&str, &str)> {
    let (name, behind) = match text.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"')?,
        None => text.split_at(text.find([' ', '.', ';', '[', '(', ')']).unwrap_or(text.len())),
    };
    (!name.is_empty()).then_some((name, behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_or_index_of_a_statement() {
        for (statement, table) in [
            ("SELECT * FROM \"Music-1\".\"idx\" WHERE Artist='?'", Some("Music-1/index/idx")),
            ("SELECT * FROM \"Music\" . \"by.artist\"", Some("Music/index/by.artist")),
            ("select a from Music", Some("Music")),
            ("select a from Music.idx where b=1", Some("Music/index/idx")),
            ("INSERT INTO \"Music\" VALUE {'?':", Some("Music")),
            ("update Music set a=1", Some("Music")),
            ("DELETE FROM Music;", Some("Music")),
            ("EXISTS(SELECT * FROM \"a b\" WHERE", Some("a b")),
            ("nothing", None),
        ] {
            assert_eq!(partiql_table(statement).as_deref(), table, "{statement}");
        }
    }
}
