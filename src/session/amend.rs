//! Recorded calls, decided anew: where rules were given, and where it became known later whose a key is.

use std::collections::HashMap;

use crate::authorize::{Authorizer, Reason};
use crate::call::Call;
use crate::catalog::rule::{Source, Step, Value};
use crate::catalog::{Corrections, Operation};
use crate::policy::with_account;
use crate::recognize::http::kept_members;
use crate::recording::{Entry, Requires, owned, requires};
use crate::session::aside::Asides;
use crate::session::principals::Keys;
use crate::session::which::{Anonymous, set_aside};

/// Rules that are in force.
#[derive(Debug, Default)]
pub struct Given {
    /// What rules look at and recordings may not hold.
    unseen: HashMap<Operation, Vec<Value>>,
    /// What is to be said of that.
    hints: Vec<String>,
}

impl Given {
    /// Asked before the rules are in force, when it is still the built-in ones that say what is kept.
    pub fn of(corrections: &Corrections) -> Given {
        let mut given = Given::default();
        for operation in corrections.operations() {
            let kept = kept_members(operation);
            let unseen = |value: &Value| !is_recorded(operation, value, &kept);
            let own: Vec<String> = corrections
                .own_values(operation)
                .iter()
                .filter(|value| unseen(value))
                .map(ToString::to_string)
                .collect();
            if !own.is_empty() {
                let (service, name) = (operation.service().name(), operation.name());
                given.hints.push(format!("{service}.{name} for {}", own.join(", ")));
            }
            let mut values = corrections.values(operation);
            values.retain(unseen);
            given.unseen.insert(operation, values);
        }
        given
    }

    /// What rules ask that recordings may not tell, as a sentence.
    pub fn hint(&self) -> Option<String> {
        if self.hints.is_empty() {
            return None;
        }
        let some: Vec<&str> = self.hints.iter().take(3).map(String::as_str).collect();
        let more = match self.hints.len() - some.len() {
            0 => String::new(),
            more => format!(", and {more} more operations"),
        };
        Some(format!(
            "rules ask {}{more}: recordings made without --rules do not contain it; where it would decide, what was recorded is kept",
            some.join("; ")
        ))
    }

    /// What decides recorded calls anew. `anonymous`: what becomes of calls without credentials.
    pub fn amender(self, anonymous: Anonymous) -> Amender {
        Amender {
            authorizer: (!self.unseen.is_empty()).then(|| Authorizer::for_recordings(self.unseen)),
            anonymous,
            keys: Keys::default(),
            asides: Asides::default(),
        }
    }
}

/// Whether a recording that was made without the rules holds a value, if the request had it.
fn is_recorded(operation: Operation, value: &Value, kept: &[String]) -> bool {
    match &value.source {
        Source::Text(_) | Source::Status | Source::Error => true,
        Source::Header(_)
        | Source::Query(_)
        | Source::Response(_)
        | Source::Answer(_)
        | Source::Authorization => false,
        // What an operation does not have, none of its calls has: a condition of a prefix names members of several.
        Source::Path(steps) if !has(operation, steps) => true,
        Source::Path(_) => {
            let alone = Value { source: value.source.clone(), functions: Vec::new() };
            let path = alone.to_string().replace("{key}", "{}");
            kept.iter().any(|it| {
                it.strip_prefix(&path)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[', '{']))
            })
        }
    }
}

fn has(operation: Operation, steps: &[Step]) -> bool {
    let Some(Step::Member(name)) = steps.first() else { return false };
    operation.input().is_some_and(|input| input.member(name).is_some())
}

/// Decides recorded calls anew, where rules were given that say something of them, and sets aside those that needed nothing.
pub struct Amender {
    authorizer: Option<Authorizer>,
    anonymous: Anonymous,
    keys: Keys,
    asides: Asides,
}

impl Amender {
    /// Takes in what a call tells of whose a key is, before any is amended.
    pub fn learn(&mut self, call: &Call) {
        self.keys.learn(call);
    }

    /// Puts what is known now in the place of what was recorded: what rules say, and the account of its key, also where that
    /// was told after the call. A call that no policy was to decide on needs nothing.
    pub fn amend(&mut self, entry: &mut Entry) {
        let was_known = entry.call.account.is_some();
        self.keys.complete(&mut entry.call);
        self.decide_anew(entry);
        if let (false, Some(account)) = (was_known, &entry.call.account) {
            settle(&mut entry.requires, account);
        }
    }

    fn decide_anew(&mut self, entry: &mut Entry) {
        if let Some(amendment) = self.authorizer.as_mut().and_then(|it| it.amend(&entry.call)) {
            entry.requires.retain(|it| !amendment.replaces(&it.action, &it.reason));
            entry.requires.extend(amendment.requirements().map(|it| owned(&requires(it))));
        }
        let Entry { call, requires, times, .. } = entry;
        if let Some(aside) = set_aside(call, !requires.is_empty(), self.anonymous) {
            requires.clear();
            let operation = call.operation.as_deref().unwrap_or_default();
            let detail = call.outcome.error.as_deref().unwrap_or_default();
            self.asides.add_times(aside, [&call.service, operation, detail], *times);
        }
    }

    /// What was set aside.
    pub fn asides(&self) -> &Asides {
        &self.asides
    }
}

/// Puts an account that became known later where it was left open when the call was recorded.
fn settle(requires: &mut [Requires<'static>], account: &str) {
    // What AWS named in a denial is as AWS wrote it.
    for it in requires.iter_mut().filter(|it| it.reason != Reason::Denied.as_str()) {
        let resources = it.resources.iter().map(|it| with_account(it, account));
        it.resources = resources.collect::<Vec<_>>().into();
    }
}
