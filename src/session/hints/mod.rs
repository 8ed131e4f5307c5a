//! What the policy of a run cannot do yet, as far as the calls of the run show it. A call is looked at once; what is kept
//! of it is one entry for its operation, so that memory is bounded by the catalogue.

mod known;

use std::collections::{BTreeSet, HashSet};

use indexmap::IndexMap;

use crate::authorize::Standing;
use crate::call::{Call, is_denial};
use crate::catalog::{Catalog, Class, Operation};
use crate::policy::Growing;
use crate::session::tally::LONGEST_NAME;
use crate::text::beginning;
use known::Known;

/// Something that the policy cannot do yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// Operations of which no call succeeded, with the first error of each.
    OnlyFailed(Vec<(String, String)>),
    /// What a tool calls beside when it changes what it has created.
    Update {
        /// The tool.
        by: String,
        /// What was created by it.
        operation: String,
        /// The actions that the policy lacks.
        actions: Vec<String>,
    },
    /// Something was created, and nothing of its kind deleted.
    NoneDeleted {
        /// The operations that created it.
        made: Vec<String>,
        /// The actions that delete it and that the policy lacks.
        actions: Vec<String>,
    },
    /// Operations that read page by page, of which no call was answered with the last page.
    FirstPages(Vec<String>),
}

/// What of the calls so far tells what the next run may need.
#[derive(Debug, Default)]
pub struct Hints {
    /// In the order of first sight.
    operations: IndexMap<Operation, Ended>,
    /// Those of the updates of [`Known`] whose tool was seen to create something.
    updates: BTreeSet<usize>,
}

/// How the calls of an operation ended.
#[derive(Debug, Default)]
struct Ended {
    succeeded: bool,
    /// A call succeeded, and its answer did not say that there are more pages.
    ended: bool,
    denied: bool,
    /// The first error that is no answer to a question.
    error: Option<Box<str>>,
}

impl Hints {
    /// Takes in a call that ended. One on which no policy was to decide says nothing.
    pub fn add(&mut self, call: &Call) {
        let Some(operation) = operation_of(call) else { return };
        if Standing::of(call) != Standing::Judged {
            return;
        }
        let ended = self.operations.entry(operation).or_default();
        if !call.outcome.failed() {
            ended.succeeded = true;
            ended.ended |= !call.evidence.more_pages;
            self.updates.extend(Known::get().updates_by(operation, call));
        } else if is_denied(call) {
            ended.denied = true;
        } else if ended.error.is_none() && !Known::get().is_answer(operation, &call.outcome) {
            ended.error = Some(beginning(&error_of(call), LONGEST_NAME));
        }
    }

    /// What is to be said of the policy that was made of the calls, the most useful first.
    pub fn told(&self, policy: &Growing) -> Vec<Hint> {
        // Before anything was shortened: what it lacks is told by the actions' names.
        let granted: HashSet<String> = policy.actions().map(str::to_ascii_lowercase).collect();
        let allows = |action: &str| granted.contains(&action.to_ascii_lowercase());
        let updates: Vec<usize> =
            self.updates.iter().copied().filter(|it| self.is_creation(*it)).collect();
        let failed = self.only_failed();
        let failed = (!failed.is_empty()).then_some(Hint::OnlyFailed(failed));
        let updated = updates.iter().filter_map(|it| update(*it, &allows));
        let deleted = self.none_deleted(&updates, &allows);
        let pages = self.first_pages();
        failed.into_iter().chain(updated).chain(deleted).chain(pages).collect()
    }

    fn only_failed(&self) -> Vec<(String, String)> {
        let failed = self.operations.iter().filter(|(_, it)| !it.succeeded && !it.denied);
        failed
            .filter_map(|(operation, it)| Some((name(*operation), it.error.as_deref()?.into())))
            .collect()
    }

    fn first_pages(&self) -> Option<Hint> {
        let first = self.operations.iter().filter(|(_, it)| it.succeeded && !it.ended);
        let first: Vec<String> = first.map(|(operation, _)| name(*operation)).collect();
        (!first.is_empty()).then_some(Hint::FirstPages(first))
    }

    /// Whether a tool was seen to create and not to change: nothing was called that it calls then.
    fn is_creation(&self, update: usize) -> bool {
        let update = &Known::get().updates[update];
        !update.then.iter().any(|it| self.operations.contains_key(it))
    }

    /// What was created in services of which nothing was deleted that could have been.
    fn none_deleted(&self, updates: &[usize], allows: &impl Fn(&str) -> bool) -> Option<Hint> {
        let succeeded = self.operations.iter().filter(|(_, it)| it.succeeded).map(|it| *it.0);
        let by_name = succeeded.filter_map(|it| Some((it, Known::get().counterpart(it)?)));
        let by_tool = updates.iter().filter_map(|it| {
            let update = &Known::get().updates[*it];
            Some((update.of, update.destroy?))
        });
        let pairs: Vec<(Operation, Operation)> = by_name.chain(by_tool).collect();
        let is_deleted = |made: Operation| {
            let of_service = pairs.iter().filter(|(it, _)| it.service() == made.service());
            of_service.into_iter().any(|(_, deletes)| self.operations.contains_key(deletes))
        };
        let (mut made, mut actions) = (Vec::new(), Vec::new());
        for (operation, deletes) in pairs.iter().filter(|(made, _)| !is_deleted(*made)) {
            let lacking: Vec<String> = own_actions(*deletes).filter(|it| !allows(it)).collect();
            if !lacking.is_empty() {
                push(&mut made, name(*operation));
                lacking.into_iter().for_each(|it| push(&mut actions, it));
            }
        }
        (!made.is_empty()).then_some(Hint::NoneDeleted { made, actions })
    }
}

fn update(number: usize, allows: &impl Fn(&str) -> bool) -> Option<Hint> {
    let update = &Known::get().updates[number];
    let mut actions = Vec::new();
    for action in update.then.iter().flat_map(|it| own_actions(*it)).filter(|it| !allows(it)) {
        push(&mut actions, action);
    }
    let operation = name(update.of);
    (!actions.is_empty()).then(|| Hint::Update { by: update.by.clone(), operation, actions })
}

/// Adds what is not there yet.
fn push(to: &mut Vec<String>, text: String) {
    if !to.contains(&text) {
        to.push(text);
    }
}

fn operation_of(call: &Call) -> Option<Operation> {
    let name = call.operation.as_deref().filter(|_| call.recognized)?;
    Catalog::embedded().service(&call.service)?.operation(name)
}

fn name(operation: Operation) -> String {
    format!("{}.{}", operation.service().name(), operation.name())
}

/// The actions that every call of an operation needs.
fn own_actions(operation: Operation) -> impl Iterator<Item = String> {
    let own = operation.authorized().filter(|it| it.class() == Class::Own);
    own.map(|it| it.action().to_string())
}

fn is_denied(call: &Call) -> bool {
    match &call.outcome.error {
        Some(code) if is_denial(code) => true,
        // An answer to HEAD has no text, and SDKs make a code of its status.
        code => {
            call.outcome.status == Some(403)
                && matches!(code.as_deref(), None | Some("403" | "Forbidden"))
        }
    }
}

/// The error's code, else the status.
fn error_of(call: &Call) -> String {
    match (&call.outcome.error, call.outcome.status) {
        (Some(code), _) => code.clone(),
        (None, Some(status)) => format!("HTTP {status}"),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests;
