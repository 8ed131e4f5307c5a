//! Calls that AWS refused, kept for whoever wants to do something about them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indexmap::IndexMap;

use crate::authorize::{Because, Conditions, Decision, Requirement, Upshot};
use crate::call::Call;
use crate::evaluate::audit::Need;
use crate::evaluate::verdict::Context;
use crate::made::hold::Holding;
use crate::session::contexts::Asks;
use crate::session::denials::is_refused_without_a_word;

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
    /// What the call needs.
    pub needs: Vec<Needed>,
    /// The region of the call.
    pub region: Option<String>,
    /// The account of the caller.
    pub account: Option<String>,
}

/// An action that a call needs, on one resource.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Needed {
    /// The action.
    pub action: String,
    /// The resource: an ARN, a pattern or `*`.
    pub resource: String,
    /// What stands for the resource in a policy that is to hold the next time, if it is another one then.
    pub pattern: Option<String>,
    /// Under which conditions.
    pub conditions: Conditions,
}

impl Refusal {
    /// What the refusal is about: the action that it names, or all that the call needs.
    pub fn about(&self) -> impl Iterator<Item = &Needed> {
        let named = self.action.as_deref();
        self.needs
            .iter()
            .filter(move |it| named.is_none_or(|named| named.eq_ignore_ascii_case(&it.action)))
    }

    /// A need as policies are asked about it.
    pub fn need(&self, needed: &Needed) -> Need {
        let Needed { action, resource, pattern, conditions } = needed;
        let asks = Asks {
            action,
            resource,
            conditions,
            region: self.region.as_deref(),
            account: self.account.as_deref(),
            known: None,
        };
        Need {
            exact: asks.is_exact(),
            action: action.clone(),
            resource: resource.clone(),
            pattern: pattern.clone(),
            contexts: asks.contexts(&Context::unknown()),
        }
    }
}

/// A message for `sts:DecodeAuthorizationMessage`, which says what only the account's administrators may read.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Encoded(String);

impl Encoded {
    /// A message.
    pub fn of(message: &str) -> Encoded {
        Encoded(message.to_owned())
    }

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
    pub(crate) fn hear(&mut self, call: &Call, decision: &Decision, holding: &mut Holding) {
        // Answers to HEAD requests have a status alone.
        let is_one = decision.denial.is_some() || is_refused_without_a_word(call);
        if !call.outcome.failed() || !is_one {
            return;
        }
        let requirements = decision.requirements.iter();
        let needs = requirements.flat_map(|it| needed(call, it, holding)).collect();
        let denial = decision.denial.as_ref();
        let is_taken = denial.is_some_and(|it| matches!(it.upshot, Upshot::Known | Upshot::Added));
        let refusal = Refusal {
            operation: format!("{}.{}", call.service, call.operation.as_deref().unwrap_or("?")),
            action: denial.filter(|_| is_taken).and_then(|it| it.action.clone()),
            because: denial.map_or(Because::NotSaid, |it| it.because),
            sentence: denial.map(|it| it.sentence.clone()).unwrap_or_default(),
            encoded: denial.filter(|it| it.encoded).and_then(|_| encoded(call)),
            needs,
            region: call.region.as_deref().map(str::to_owned),
            account: call.account.clone(),
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

fn needed(call: &Call, requirement: &Requirement, holding: &mut Holding) -> Vec<Needed> {
    let Requirement { action, resources, conditions, .. } = requirement;
    let each = resources.iter().map(|resource| Needed {
        action: action.to_string(),
        resource: resource.clone(),
        pattern: holding.known(call, action, resource).pattern().map(str::to_owned),
        conditions: conditions.clone(),
    });
    each.collect()
}

fn encoded(call: &Call) -> Option<Encoded> {
    let message = call.outcome.message.as_deref()?;
    let (_, encoded) = message.split_once("Encoded authorization failure message:")?;
    let encoded = encoded.split_whitespace().next()?;
    (encoded.len() <= LONGEST_MESSAGE).then(|| Encoded::of(encoded))
}
