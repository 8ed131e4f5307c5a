//! CloudTrail's events, and the calls and needs that they are.

mod cases;
mod formats;
mod hostile;
mod real;
mod regular;
pub(crate) mod remote;
mod sources;
mod spelled;
mod story;
mod summaries;
mod unshown;

use std::collections::BTreeSet;

use crate::authorize::lines;
use leastwise::authorize::{Authorizer, Possible, Settings};
use leastwise::call::Call;
use leastwise::catalog::Catalog;
use leastwise::recognize::cloudtrail::{Record, Seen};
use serde_json::{Value, json};

/// What an event is.
pub(crate) fn seen(event: &str) -> Seen {
    match Record::parse(event.as_bytes()) {
        Ok(record) => record.seen(Catalog::embedded()),
        Err(error) => panic!("{error}: {event}"),
    }
}

/// A user who calls.
pub(crate) fn user() -> Value {
    json!({
        "type": "IAMUser",
        "principalId": "AIDACKCEVSQ6C2EXAMPLE",
        "arn": "arn:aws:iam::123456789012:user/ann",
        "accountId": "123456789012",
        "userName": "ann",
    })
}

/// What decides what calls need.
pub(crate) fn authorizer() -> Authorizer {
    Authorizer::new(Settings { possible: Possible::Common, account_id: None })
}

/// What a call needs, a line for each action and resource: `action on resource [if key=value|value …]`.
pub(crate) fn needed(call: &Call) -> BTreeSet<String> {
    needed_by(&mut authorizer(), call)
}

/// The same, of one that has decided before.
pub(crate) fn needed_by(authorizer: &mut Authorizer, call: &Call) -> BTreeSet<String> {
    lines(&authorizer.decide(call), |_, conditions| conditions.clone())
}
