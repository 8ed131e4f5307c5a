//! What `data/next-run.toml` says of the next run.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::call::{Call, Outcome};
use crate::catalog::{AccessLevel, Catalog, Class, Operation};

const TEXT: &str = include_str!("../../../data/next-run.toml");

/// The file, as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) destroy: Destroy,
    pub(super) update: Vec<UpdateTable>,
    pub(super) questions: Questions,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Destroy {
    /// Words behind which nothing is of the noun.
    behind: Vec<String>,
    /// Verbs that make something only with such a word.
    only_behind: Vec<String>,
    /// Verbs that make, with those that take away.
    pub(super) verbs: BTreeMap<String, Vec<String>>,
    pub(super) pairs: BTreeMap<String, String>,
    pub(super) nothing: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateTable {
    pub(super) of: String,
    /// What the change set's name begins with.
    #[serde(default)]
    named: String,
    /// The tool.
    #[serde(default)]
    by: String,
    pub(super) then: Vec<String>,
    pub(super) destroy: Option<String>,
}

/// Parts of error codes.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Questions {
    absent: Vec<String>,
    present: Vec<String>,
    present_when_made: Vec<String>,
    condition: Vec<String>,
    later: Vec<String>,
    statuses: Vec<u16>,
    pub(super) of: BTreeMap<String, OfService>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OfService {
    pub(super) operations: Vec<String>,
    codes: Vec<String>,
}

/// What a tool calls when it changes what it has created.
#[derive(Debug)]
pub(super) struct Update {
    /// What creates.
    pub(super) of: Operation,
    named: String,
    pub(super) by: String,
    /// What is called for a change, and not to create.
    pub(super) then: Vec<Operation>,
    /// What takes away what was created.
    pub(super) destroy: Option<Operation>,
}

/// The file, with the catalogue's operations in the place of names.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) updates: Vec<Update>,
    destroy: Destroy,
    pairs: HashMap<Operation, Operation>,
    nothing: HashSet<Operation>,
    questions: Questions,
}

impl Known {
    pub(super) fn get() -> &'static Known {
        static KNOWN: LazyLock<Known> = LazyLock::new(|| Known::of(file()));
        &KNOWN
    }

    fn of(File { destroy, update, questions }: File) -> Known {
        let beside = |of: &Operation, name: &String| of.service().operation(name);
        Known {
            updates: update
                .into_iter()
                .filter_map(|it| {
                    let of = operation(&it.of)?;
                    Some(Update {
                        then: it.then.iter().filter_map(|name| beside(&of, name)).collect(),
                        destroy: it.destroy.as_ref().and_then(|name| beside(&of, name)),
                        named: it.named,
                        by: it.by,
                        of,
                    })
                })
                .collect(),
            pairs: destroy
                .pairs
                .iter()
                .filter_map(|(makes, takes)| {
                    let makes = operation(makes)?;
                    Some((makes, beside(&makes, takes)?))
                })
                .collect(),
            nothing: destroy.nothing.keys().filter_map(|name| operation(name)).collect(),
            destroy,
            questions,
        }
    }

    /// Those of the updates whose tool made a successful call.
    pub(super) fn updates_by(
        &self,
        operation: Operation,
        call: &Call,
    ) -> impl Iterator<Item = usize> {
        let name = call.parameters.get("ChangeSetName").and_then(|it| it.as_str());
        let is_it = move |update: &Update| {
            update.of == operation
                && (update.named.is_empty()
                    || name.is_some_and(|name| name.starts_with(&update.named)))
        };
        self.updates.iter().enumerate().filter(move |(_, it)| is_it(it)).map(|(number, _)| number)
    }

    /// The operation that takes away what this one makes, if it makes something.
    pub(super) fn counterpart(&self, operation: Operation) -> Option<Operation> {
        if self.nothing.contains(&operation) {
            return None;
        }
        if let Some(takes) = self.pairs.get(&operation) {
            return Some(*takes);
        }
        let (verb, takes) = self.making_verb(operation)?;
        let noun = &operation.name()[verb.len()..];
        let is_only_behind = self.destroy.only_behind.contains(verb);
        let nouns = self.nouns(noun).filter(|it| !is_only_behind || it.len() < noun.len());
        let has = |name: &str| operation.service().operation(name);
        nouns.into_iter().find_map(|noun| {
            takes.iter().find_map(|take| numbers(noun).find_map(|it| has(&format!("{take}{it}"))))
        })
    }

    /// The verb of an operation that makes something, with those that take it away.
    pub(super) fn making_verb(&self, operation: Operation) -> Option<(&String, &Vec<String>)> {
        let is_verb = |verb: &str| {
            let noun = operation.name().strip_prefix(verb);
            noun.is_some_and(|it| it.starts_with(|first: char| first.is_ascii_uppercase()))
        };
        let found = self.destroy.verbs.iter().find(|(verb, _)| is_verb(verb))?;
        changes_something(operation).then_some(found)
    }

    /// A noun, then what of it stands before a word such as `From`, the longest first.
    fn nouns<'a>(&self, noun: &'a str) -> impl Iterator<Item = &'a str> {
        let is_word = |at: usize| {
            self.destroy.behind.iter().any(|word| {
                let rest = noun.get(at..).and_then(|it| it.strip_prefix(&**word));
                rest.is_some_and(|it| !it.starts_with(|next: char| next.is_ascii_lowercase()))
            })
        };
        let ends: Vec<usize> = (1..noun.len()).rev().filter(|at| is_word(*at)).collect();
        std::iter::once(noun).chain(ends.into_iter().map(|end| &noun[..end]))
    }

    /// Whether an error answers a question that the call was.
    pub(super) fn is_answer(&self, operation: Operation, outcome: &Outcome) -> bool {
        let questions = &self.questions;
        if outcome.status.is_some_and(|status| questions.statuses.contains(&status)) {
            return true;
        }
        let Some(code) = outcome.error.as_deref() else { return false };
        let has = |parts: &[String]| parts.iter().any(|part| code.contains(&**part));
        let of_service = questions.of.get(operation.service().name()).is_some_and(|it| {
            it.operations.iter().any(|name| name == operation.name()) && has(&it.codes)
        });
        of_service
            || has(&questions.absent)
            || has(&questions.present)
            || has(&questions.condition)
            || has(&questions.later)
            || (has(&questions.present_when_made) && self.making_verb(operation).is_some())
    }
}

/// The file; a test sees to it that it can be read.
pub(super) fn file() -> File {
    toml::from_str(TEXT).unwrap_or_default()
}

pub(super) fn operation(name: &str) -> Option<Operation> {
    let (service, name) = name.split_once('.')?;
    Catalog::embedded().service(service)?.operation(name)
}

/// Whether AWS lists an operation's own action as one that changes more than tags; where it lists none, the name decides.
pub(super) fn changes_something(operation: Operation) -> bool {
    let own = operation.authorized().filter(|it| it.class() == Class::Own);
    let levels: Vec<AccessLevel> = own.map(|it| it.action().access_level()).collect();
    let changes = |it| matches!(it, &AccessLevel::Write | &AccessLevel::PermissionsManagement);
    levels.is_empty() || levels.iter().any(changes)
}

/// A noun in the singular and in the plural.
fn numbers(noun: &str) -> impl Iterator<Item = String> {
    let plural = [Some(format!("{noun}s")), noun.strip_suffix('y').map(|it| format!("{it}ies"))];
    let singular = [
        noun.strip_suffix("ies").map(|it| format!("{it}y")),
        noun.strip_suffix('s').map(str::to_owned),
    ];
    let numbers = plural.into_iter().chain(singular).flatten();
    std::iter::once(noun.to_owned()).chain(numbers)
}
