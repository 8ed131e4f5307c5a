//! What answers tell of resources that have a parent: a resource that AWS made together with its parent is named by no
//! creating answer (a new VPC's network ACL), but it stands beside its parent where it is read.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::answer::{self, Text};
use super::kinds::{self, Kind};
use super::names::{folded, singular, stem};
use super::{Made, MadeBy, Name, Written, fits, required, written};
use crate::error::Error;
use crate::sources::botocore::Operation;

/// The verbs of operations that read.
const VERBS: [&str; 3] = ["Describe", "List", "Get"];

impl Made<'_> {
    /// The lines of the section `tells`.
    pub(super) fn tells(&self, made_by: &MadeBy<'_>, by_hand: &Written) -> Result<String, Error> {
        let prefixes: BTreeSet<&String> = made_by.keys().map(|(prefix, _)| prefix).collect();
        let kinds = prefixes.into_iter().filter_map(|it| self.reference.get_key_value(it));
        let kinds: Vec<Kind<'_>> =
            kinds.flat_map(|(prefix, document)| kinds::of(prefix, document)).collect();
        let related = self.related(&kinds, made_by);
        let mut lines = String::new();
        for (name, operation) in &self.service.operations {
            let texts = answer::texts(self.service, operation);
            let told = match by_hand.tells(self.name, name) {
                Some(told) => {
                    let names = told.iter().flat_map(|(child, parent)| [child, parent]);
                    written::check(name, names, &texts, self.reference)?;
                    told.to_vec()
                }
                None => self.told(name, operation, &texts, &related),
            };
            for (child, parent) in told {
                let _ = writeln!(lines, "{name} {child} in {parent}");
            }
        }
        Ok(lines)
    }

    /// Child and parent: AWS makes both, and the child cannot be without the parent, since every request that makes one names the
    /// parent, or the child's ARN does.
    fn related<'k>(
        &self,
        kinds: &'k [Kind<'k>],
        made_by: &MadeBy<'_>,
    ) -> Vec<(&'k Kind<'k>, &'k Kind<'k>)> {
        let by = |kind: &Kind<'_>| made_by.get(&(kind.prefix.to_owned(), kind.name.to_owned()));
        let made: Vec<&Kind<'_>> = kinds.iter().filter(|kind| by(kind).is_some()).collect();
        let mut related = Vec::new();
        for child in &made {
            let makers: Vec<Vec<String>> = by(child)
                .into_iter()
                .flatten()
                .filter_map(|name| self.service.operations.get(*name))
                .map(|operation| required(self.service, operation))
                .collect();
            for parent in made.iter().filter(|it| it.name != child.name) {
                let is_parent = |member: &String| names(parent, member);
                if makers.iter().all(|required| required.iter().any(is_parent))
                    || holds(child, parent)
                {
                    related.push((*child, *parent));
                }
            }
        }
        related
    }

    /// What the answer of an operation that reads tells.
    fn told(
        &self,
        name: &str,
        operation: &Operation,
        texts: &[Text],
        related: &[(&Kind<'_>, &Kind<'_>)],
    ) -> Vec<(Name, Name)> {
        let Some(noun) = VERBS.iter().find_map(|verb| name.strip_prefix(verb)) else {
            return Vec::new();
        };
        let noun = singular(&folded(noun));
        let required = required(self.service, operation);
        let mut told = Vec::new();
        for (child, parent) in related {
            let of_child = named(child, texts, &noun, &required);
            let of_parent = named(parent, texts, "", &[]);
            for (text, child) in &of_child {
                let is_beside = |it: &Text| it.within == text.within && it.path != text.path;
                let beside = of_parent.iter().filter(|(it, _)| is_beside(it));
                told.extend(beside.map(|(_, parent)| (child.clone(), parent.clone())));
            }
            let input = operation.input.as_ref().and_then(|it| self.service.shapes.get(&it.shape));
            let members = input.into_iter().flat_map(|shape| shape.members.keys());
            let of_request = members.filter(|it| {
                let member = folded(it);
                required.contains(&member) && names(parent, &member)
            });
            let variable = parent.last_variables().first().copied().unwrap_or_default();
            for member in of_request {
                let parent = Name {
                    path: member.clone(),
                    variable: variable.to_owned(),
                    prefix: parent.prefix.to_owned(),
                    kind: parent.name.to_owned(),
                    is_arn: folded(member).ends_with("arn"),
                    in_request: true,
                };
                told.extend(of_child.iter().map(|(_, child)| (child.clone(), parent.clone())));
            }
        }
        told.sort();
        told.dedup();
        told
    }
}

/// The texts that name a resource of a type.
fn named<'t>(
    kind: &Kind<'_>,
    texts: &'t [Text],
    noun: &str,
    required: &[String],
) -> Vec<(&'t Text, Name)> {
    let noun = if kind.is_called(noun) { noun } else { "" };
    let mut named = Vec::new();
    for variable in kind.last_variables() {
        for is_arn in [false, true] {
            let fits = |text: &&Text| {
                !required.contains(&text.name) && fits(kind, &folded(variable), text, noun, is_arn)
            };
            named.extend(texts.iter().filter(fits).map(|text| {
                let name = Name {
                    path: text.path.clone(),
                    variable: variable.to_owned(),
                    prefix: kind.prefix.to_owned(),
                    kind: kind.name.to_owned(),
                    is_arn,
                    in_request: false,
                };
                (text, name)
            }));
        }
    }
    named
}

/// Whether a member of this folded name names a resource of a type.
fn names(kind: &Kind<'_>, member: &str) -> bool {
    let is_variable = kind.last_variables().iter().any(|it| folded(it) == member);
    let says = ["id", "arn", "identifier"].iter().any(|end| member.ends_with(end));
    (is_variable && member != "id") || (says && kind.is_called(stem(member)))
}

/// Whether every ARN of a type has the variable of another type's.
fn holds(child: &Kind<'_>, parent: &Kind<'_>) -> bool {
    let of_parent = parent.last_variables();
    child.formats.iter().all(|variables| {
        let Some((_, before)) = variables.split_last() else { return false };
        before.iter().any(|it| *it != "Id" && of_parent.contains(it))
    })
}
