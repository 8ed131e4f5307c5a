//! What calls make: which texts of an operation's answer name resources that AWS made by it.
//!
//! AWS publishes what answers look like (botocore's output shapes) and what ARNs of each resource type look like (the Service
//! Reference), but not which text of which answer fills which variable. That is told by names here, and by hand in `data/made.toml`
//! where names do not tell.

mod answer;
mod kinds;
mod names;
mod tells;
mod written;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};

use self::answer::Text;
use self::kinds::Kind;
use self::names::{folded, is_chosen, is_id, noun, singular};
pub(crate) use self::written::Written;
use super::services::AuthorizationMap;
use crate::error::Error;
use crate::sources::botocore::{Operation, Service, Shape};
use crate::sources::reference::{Action, Document};

/// How an answer, or a request, names a resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name {
    path: String,
    variable: String,
    prefix: String,
    kind: String,
    is_arn: bool,
    in_request: bool,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Name { path, variable, prefix, kind, is_arn, in_request } = self;
        let (at, equals) = (if *in_request { "@" } else { "" }, if *is_arn { "=" } else { "" });
        write!(f, "{at}{path}{equals} {variable} {prefix}:{kind}")
    }
}

/// The sections `makes` and `tells` of a service's file.
pub(super) fn sections(
    name: &str,
    service: &Service,
    map: &AuthorizationMap<'_>,
    reference: &BTreeMap<String, Document>,
    written: &Written,
) -> Result<String, Error> {
    let made = Made { name, service, map, reference };
    let mut text = String::new();
    let (mut makes, mut made_by) = (String::new(), MadeBy::new());
    for (operation_name, operation) in &service.operations {
        let texts = answer::texts(service, operation);
        let derived = made.makes(operation_name, operation, &texts);
        let found = match written.makes(name, operation_name) {
            Some(names) => {
                written::check(operation_name, names, &texts, reference)?;
                Ok(names.to_vec())
            }
            None => derived,
        };
        match found {
            Ok(names) => {
                for it in names {
                    let _ = writeln!(makes, "{operation_name} {it}");
                    let by: &mut BTreeSet<&str> = made_by.entry((it.prefix, it.kind)).or_default();
                    by.insert(operation_name);
                }
            }
            Err(Some(why)) => {
                let _ = writeln!(makes, "{operation_name} - {why}");
            }
            Err(None) => {}
        }
    }
    if !makes.is_empty() {
        let _ = write!(text, "\nmakes\n{makes}");
    }
    let tells = made.tells(&made_by, written)?;
    if !tells.is_empty() {
        let _ = write!(text, "\ntells\n{tells}");
    }
    Ok(text)
}

/// Prefix and name of a resource type → the operations that make one.
type MadeBy<'a> = BTreeMap<(String, String), BTreeSet<&'a str>>;

struct Made<'a> {
    name: &'a str,
    service: &'a Service,
    map: &'a AuthorizationMap<'a>,
    reference: &'a BTreeMap<String, Document>,
}

impl<'a> Made<'a> {
    /// What a call of the operation makes, or why nothing is known of that; not even a reason where it makes nothing.
    fn makes(
        &self,
        name: &str,
        operation: &Operation,
        texts: &[Text],
    ) -> Result<Vec<Name>, Option<&'static str>> {
        let Some(noun) = noun(name) else { return Err(None) };
        let own = self.own(name);
        let is_written = own.iter().any(|(_, action)| action.annotations.properties.is_write);
        let reason = |why| Err(is_written.then_some(why));
        if own.is_empty() {
            return Err(None);
        }
        if texts.is_empty() {
            return reason("answers with no text");
        }
        let required = required(self.service, operation);
        let kinds: Vec<Kind<'_>> = own
            .iter()
            .map(|(prefix, _)| *prefix)
            .collect::<BTreeSet<&str>>()
            .into_iter()
            .flat_map(|prefix| kinds::of(prefix, &self.reference[prefix]))
            .collect();
        let created = created(&kinds, &own, &noun);
        let mut made = Vec::new();
        let mut is_open = false;
        for Created { kind, is_new } in &created {
            // What is made with it, or is only acted on, is called otherwise.
            let is_it = (*is_new && created.len() == 1) || kind.is_called_in_short(&noun);
            let noun = if is_it { &*noun } else { "" };
            let last = kind.last_variables();
            let before = kind.id_before_name(&kinds);
            for variable in last.iter().copied().chain(before) {
                if kinds::is_named(kind, variable, &required, is_it) {
                    continue;
                }
                is_open = true;
                let found = find(kind, variable, texts, noun, &required);
                // An id that another one stands behind is what an ARN says.
                made.extend(found.into_iter().filter(|it| it.is_arn || last.contains(&variable)));
            }
        }
        made.sort();
        made.dedup();
        match (made.is_empty(), is_open, created.is_empty()) {
            (false, ..) => Ok(made),
            (_, _, true) => reason("has no resource type"),
            (_, false, _) => reason("is named by the request"),
            _ => reason("open"),
        }
    }

    /// The operation's own actions with their prefixes: those of its name, else those that are neither for tags nor for roles.
    fn own(&self, operation: &str) -> Vec<(&'a str, &'a Action)> {
        let listed = self.map.listed(self.name, self.service, operation);
        let actions: Vec<(&str, &Action)> = listed
            .iter()
            .filter_map(|(prefix, name)| {
                let (prefix, document) = self.reference.get_key_value(*prefix)?;
                let action = document.actions.iter().find(|it| it.name == *name)?;
                Some((prefix.as_str(), action))
            })
            .collect();
        let same_name: Vec<_> =
            actions.iter().copied().filter(|(_, action)| action.name == operation).collect();
        if !same_name.is_empty() {
            return same_name;
        }
        let is_aside = |prefix: &str, action: &Action| {
            action.annotations.properties.is_tagging_only || prefix == "iam"
        };
        actions.into_iter().filter(|(prefix, action)| !is_aside(prefix, action)).collect()
    }
}

/// A type of what an operation makes.
struct Created<'k, 'a> {
    kind: &'k Kind<'a>,
    /// Whether AWS's condition keys say that.
    is_new: bool,
}

/// The types of what an operation with these own actions makes.
fn created<'k, 'a>(
    kinds: &'k [Kind<'a>],
    own: &[(&str, &Action)],
    noun: &str,
) -> Vec<Created<'k, 'a>> {
    let keys_of = |kind: &Kind<'_>| {
        let actions = own.iter().filter(|(prefix, _)| *prefix == kind.prefix);
        let mut resources = actions.flat_map(|(_, action)| &action.resources);
        resources.find(|it| it.name == kind.name).map(|it| it.condition_keys.as_ref())
    };
    let lists = |keys: &[String], key: &str| keys.iter().any(|it| it.starts_with(key));
    let is_anywhere = own.iter().any(|(_, it)| lists(&it.action_condition_keys, "aws:RequestTag/"));
    let tags = |kind: &Kind<'_>| {
        // Where tags are listed whatever the action is on, types are not told apart.
        let keys = keys_of(kind).flatten().filter(|_| !is_anywhere);
        keys.map(|keys| (lists(keys, "aws:RequestTag/"), lists(keys, "aws:ResourceTag/")))
    };
    // What has no tags yet but gets some is new, what has some and gets none is there. Some services list both everywhere.
    let is_new = |kind: &&Kind<'_>| tags(kind) == Some((true, false));
    let is_old = |kind: &&Kind<'_>| tags(kind) == Some((false, true));
    let new: Vec<&Kind<'a>> = kinds.iter().filter(is_new).collect();
    let others = || kinds.iter().filter(|it| !is_old(it) && !is_new(it));
    let mut called: Vec<&Kind<'a>> = others().filter(|it| it.is(noun)).collect();
    if called.is_empty() {
        called = others().filter(|it| it.is_called(noun)).collect();
    }
    if new.is_empty() && called.is_empty() {
        let own: Vec<&Kind<'a>> = others().filter(|it| keys_of(it).is_some()).collect();
        called = match own[..] {
            [only] => vec![only],
            _ => own.into_iter().filter(|it| it.is_called_in_short(noun)).collect(),
        };
    }
    let new = new.into_iter().map(|kind| Created { kind, is_new: true });
    new.chain(called.into_iter().map(|kind| Created { kind, is_new: false })).collect()
}

/// How the answer names what was made.
fn find(
    kind: &Kind<'_>,
    variable: &str,
    texts: &[Text],
    noun: &str,
    required: &[String],
) -> Vec<Name> {
    let wanted = folded(variable);
    if is_chosen(&wanted) {
        return Vec::new();
    }
    let matching = |is_arn: bool| {
        let fits = |text: &&Text| fits(kind, &wanted, text, noun, is_arn);
        let found: Vec<&Text> =
            texts.iter().filter(|text| !required.contains(&text.name)).filter(fits).collect();
        let depth = found.iter().map(|text| text.depth).min();
        found.into_iter().filter(move |text| Some(text.depth) == depth)
    };
    let name = |text: &Text, is_arn| Name {
        path: text.path.clone(),
        variable: variable.to_owned(),
        prefix: kind.prefix.to_owned(),
        kind: kind.name.to_owned(),
        is_arn,
        in_request: false,
    };
    let ids = matching(false).map(|text| name(text, false));
    let arns = matching(true).map(|text| name(text, true));
    ids.chain(arns).collect()
}

/// Whether a text is the variable of a type, or the ARN of one. `noun` is what the operation's name calls it, empty when
/// that is about something else.
fn fits(kind: &Kind<'_>, variable: &str, text: &Text, noun: &str, is_arn: bool) -> bool {
    let name = singular(&text.name);
    let is_of_kind = || {
        let is_it = |around: &String| {
            let around = singular(around);
            (around == noun && !noun.is_empty())
                || kind.names.iter().any(|it| around.strip_prefix(&**it).is_some_and(is_about))
        };
        (text.around.is_empty() && !noun.is_empty()) || text.around.iter().any(is_it)
    };
    let is_named = |what: &str| {
        let is_short = || what.len() >= 3 && kind.names.iter().any(|it| it.ends_with(what));
        kind.is_called(what) || (!noun.is_empty() && (what == noun || is_short()))
    };
    if is_arn {
        return match name.strip_suffix("arn") {
            Some("") => is_of_kind(),
            Some(what) => is_named(&singular(what)),
            None => false,
        };
    }
    if name == variable {
        // `Id` and `Name` are called so everywhere.
        return !matches!(variable, "id" | "name" | "identifier") || is_of_kind();
    }
    // The id of something is not its version.
    if ["version", "number", "revision"].iter().any(|end| variable.ends_with(end)) {
        return false;
    }
    match name.strip_suffix("identifier").or_else(|| name.strip_suffix("id")) {
        Some("") => is_of_kind(),
        Some(what) => is_named(&singular(what)),
        None => false,
    }
}

/// Whether it is a word for what is said of something, behind its name: `KeyMetadata`.
fn is_about(word: &str) -> bool {
    matches!(
        word,
        "" | "metadata"
            | "info"
            | "information"
            | "detail"
            | "details"
            | "description"
            | "summary"
            | "data"
            | "output"
            | "object"
            | "item"
            | "entry"
            | "properties"
            | "type"
            | "resource"
    )
}

/// The folded names of members that every request has, of those that such members always have, and of names that a
/// request may choose.
fn required(service: &Service, operation: &Operation) -> Vec<String> {
    let of = |shape: &Shape| -> Vec<String> { shape.required.clone() };
    // What a program may choose is mostly chosen; an id that it may give is mostly AWS's.
    let is_choice = |name: &&String| !is_id(&singular(&folded(name)));
    let Some(input) = operation.input.as_ref().and_then(|it| service.shapes.get(&it.shape)) else {
        return Vec::new();
    };
    let mut names = Vec::new();
    for name in of(input) {
        names.push(folded(&name));
        let inner = input.members.get(&name).and_then(|it| service.shapes.get(&it.shape));
        names.extend(inner.into_iter().flat_map(of).map(|it| folded(&it)));
    }
    names.extend(input.members.keys().filter(is_choice).map(|it| folded(it)));
    names
}
