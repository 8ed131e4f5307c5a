//! CloudTrail's events, and the calls and needs that they are.

mod formats;
mod hostile;
mod real;
mod summaries;
mod unshown;

use std::collections::{BTreeMap, BTreeSet};

use leastwise::authorize::{Authorizer, Possible, Settings};
use leastwise::call::Call;
use leastwise::catalog::Catalog;
use leastwise::recognize::cloudtrail::{Record, Seen, SeenCall};

/// What an event is.
pub(crate) fn seen(event: &str) -> Seen {
    match Record::parse(event.as_bytes()) {
        Ok(record) => record.seen(Catalog::embedded()),
        Err(error) => panic!("{error}: {event}"),
    }
}

/// The call that an event tells of.
pub(crate) fn call(event: &str) -> SeenCall {
    match seen(event) {
        Seen::Call(seen) => *seen,
        Seen::PassedOver(why) => panic!("{why}: {event}"),
    }
}

/// What is needed, a line for each action and resource: `action on resource [if key=value|value …]`.
pub(crate) fn needed(call: &Call) -> BTreeSet<String> {
    let settings = Settings { possible: Possible::Common, account_id: None };
    let decision = Authorizer::new(settings).decide(call);
    let mut lines = BTreeSet::new();
    for it in &decision.requirements {
        let conditions: BTreeMap<_, _> = it.conditions.values().flatten().collect();
        let conditions: Vec<String> = conditions
            .into_iter()
            .map(|(key, values)| format!(" {key}={}", values.join("|")))
            .collect();
        let conditions = if conditions.is_empty() {
            String::new()
        } else {
            format!(" if{}", conditions.concat())
        };
        for resource in &it.resources {
            lines.insert(format!("{} on {resource}{conditions}", it.action));
        }
    }
    lines
}
