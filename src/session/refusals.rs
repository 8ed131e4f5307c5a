//! Calls that AWS refused, kept for whoever wants to do something about them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indexmap::IndexMap;

use crate::authorize::{Because, Conditions, Decision, Requirement, Upshot};
use crate::call::{self, Call};

/// Different refusals that are kept; of those beyond it is counted that they were.
const MOST: usize = 2_000;
/// The longest encoded message that is kept: AWS's have a few KiB.
const LONGEST_MESSAGE: usize = 16 << 10;

/// Refusals that are collected by one and read by another.
#[derive(Debug, Clone, Default)]
pub struct Refusals(Arc<Mutex<Collected>>);

impl Refusals {
    /// The refusals themselves.
    pub fn lock(&self) -> MutexGuard<'_, Collected> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was collected.
#[derive(Debug, Default)]
pub struct Collected {
    /// Each that is different, with how often it was.
    pub each: IndexMap<Refusal, u64>,
    /// How many were beyond what is kept.
    pub more: u64,
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Refusal {
    /// The call (`s3.PutObject`).
    pub operation: String,
    /// The action that the answer names, if whoever judges denials takes its word for it.
    pub action: Option<String>,
    /// Why.
    pub because: Because,
    /// What the answer says; empty where it says nothing.
    pub sentence: String,
    /// The message that only AWS can decode.
    pub encoded: Option<Encoded>,
    /// What the call needs: actions, resources, conditions.
    pub needs: Vec<(String, Vec<String>, Conditions)>,
    /// The region of the call.
    pub region: Option<String>,
}

/// A message for `sts:DecodeAuthorizationMessage`, which says what only the account's administrators may read.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Encoded(String);

impl Encoded {
    /// What AWS is asked to decode.
    pub fn message(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Encoded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Encoded")
    }
}

impl Collected {
    /// A call is over; if it was refused, that is kept.
    pub(crate) fn hear(&mut self, call: &Call, decision: &Decision) {
        if !call.outcome.failed() {
            return;
        }
        let code = call.outcome.error.as_deref().unwrap_or_default();
        // Answers to HEAD requests have a status alone.
        let is_silent = call.outcome.status == Some(403) && !call.outcome.is_unauthenticated(&call.service);
        if decision.denial.is_none() && !call::is_denial(code) && !is_silent {
            return;
        }
        let denial = decision.denial.as_ref();
        let is_taken = denial.is_some_and(|it| matches!(it.upshot, Upshot::Known | Upshot::Added));
        let refusal = Refusal {
            operation: format!("{}.{}", call.service, call.operation.as_deref().unwrap_or("?")),
            action: denial.filter(|_| is_taken).and_then(|it| it.action.clone()),
            because: denial.map_or(Because::NotSaid, |it| it.because),
            sentence: denial.map(|it| it.sentence.clone()).unwrap_or_default(),
            encoded: denial.filter(|it| it.encoded).and_then(|_| encoded(call)),
            needs: decision.requirements.iter().map(need).collect(),
            region: call.region.as_deref().map(str::to_owned),
        };
        if let Some(times) = self.each.get_mut(&refusal) {
            *times += 1;
        } else if self.each.len() < MOST {
            self.each.insert(refusal, 1);
        } else {
            self.more += 1;
        }
    }
}

fn need(it: &Requirement) -> (String, Vec<String>, Conditions) {
    (it.action.to_string(), it.resources.clone(), it.conditions.clone())
}

fn encoded(call: &Call) -> Option<Encoded> {
    let message = call.outcome.message.as_deref()?;
    let (_, encoded) = message.split_once("Encoded authorization failure message:")?;
    let encoded = encoded.split_whitespace().next()?;
    (encoded.len() <= LONGEST_MESSAGE).then(|| Encoded(encoded.to_owned()))
}
