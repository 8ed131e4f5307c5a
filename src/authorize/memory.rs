//! Decisions that were made: programs repeat themselves, and a call like one before costs a lookup.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::decision::Decision;
use crate::call::{Call, Evidence, Name, Source};
use crate::catalog::Operation;

/// Decisions that are remembered; past that they are forgotten together, so that memory is bounded.
const MOST: usize = 8_192;
/// Values in a request's parameters past which its decision is not remembered: such requests are rarely the same.
const MOST_VALUES: usize = 32;
/// Bytes of their texts, likewise.
const MOST_TEXT: usize = 512;

/// Decisions by all that they depend on.
#[derive(Default)]
pub(super) struct Memory {
    hasher: RandomState,
    decided: HashMap<u64, Remembered>,
    /// Nothing is remembered.
    forgets: bool,
}

/// All that a decision depends on, and the decision.
struct Remembered {
    operation: Operation,
    source: Source,
    partition: Name,
    region: Option<Name>,
    account: Option<String>,
    parameters: Map<String, Value>,
    evidence: Evidence,
    status: Option<u16>,
    error: Option<String>,
    decision: Arc<Decision>,
}

impl Memory {
    /// One that remembers nothing.
    pub(super) fn none() -> Memory {
        Memory { forgets: true, ..Memory::default() }
    }

    /// The hash of what a decision on the call depends on; `None` when it is not to be remembered.
    pub(super) fn hash(&self, call: &Call, operation: Operation) -> Option<u64> {
        // A denial says a sentence of its own.
        if self.forgets || call.outcome.message.is_some() || !call.evidence.refusals.is_empty() {
            return None;
        }
        let mut room = (MOST_VALUES, MOST_TEXT);
        if !call.parameters.iter().all(|(name, value)| is_small(name, value, &mut room)) {
            return None;
        }
        Some(self.hasher.hash_one((
            operation,
            call.source,
            &call.region,
            &call.account,
            &call.parameters,
            call.outcome.status,
        )))
    }

    pub(super) fn recall(
        &self,
        hash: u64,
        call: &Call,
        operation: Operation,
    ) -> Option<Arc<Decision>> {
        let known = self.decided.get(&hash)?;
        let same = known.operation == operation
            && known.source == call.source
            && known.partition == call.partition
            && known.region == call.region
            && known.account == call.account
            && known.status == call.outcome.status
            && known.error == call.outcome.error
            && known.evidence == call.evidence
            && known.parameters == call.parameters;
        same.then(|| Arc::clone(&known.decision))
    }

    pub(super) fn remember(
        &mut self,
        hash: u64,
        call: &Call,
        operation: Operation,
        decision: &Arc<Decision>,
    ) {
        if self.decided.len() >= MOST {
            self.decided.clear();
        }
        let remembered = Remembered {
            operation,
            source: call.source,
            partition: call.partition.clone(),
            region: call.region.clone(),
            account: call.account.clone(),
            parameters: call.parameters.clone(),
            evidence: call.evidence.clone(),
            status: call.outcome.status,
            error: call.outcome.error.clone(),
            decision: Arc::clone(decision),
        };
        self.decided.insert(hash, remembered);
    }
}

/// Whether there is room for a value; takes it.
fn is_small(name: &str, value: &Value, room: &mut (usize, usize)) -> bool {
    let text = name.len() + value.as_str().map_or(0, str::len);
    let (Some(values), Some(texts)) = (room.0.checked_sub(1), room.1.checked_sub(text)) else {
        return false;
    };
    *room = (values, texts);
    match value {
        Value::Array(items) => items.iter().all(|item| is_small("", item, room)),
        Value::Object(members) => members.iter().all(|(name, value)| is_small(name, value, room)),
        _ => true,
    }
}
