//! An event as a call: what it says by itself, and what a call's last attempt says beside it.

use serde_json::{Map, Value};

use super::event::Event;
use super::names::Lookup;
use super::text;
use crate::call::{Call, Evidence, Outcome, Source, Timestamp};
use crate::recognize::account;
use crate::recognize::s3_host::{self, S3Host, Target};

/// What an event says by itself.
pub(super) fn describe(lookup: &mut Lookup, event: &Event<'_>, now: Timestamp) -> Call {
    let names = lookup.operation(&event.service, &event.api);
    let mut place = lookup.place(event.region.as_deref());
    let is_s3 = matches!(&*names.service, "s3" | "s3control");
    let s3_host = event.fqdn.as_deref().filter(|_| is_s3).and_then(s3_host::parse);
    if let Some(S3Host { region: Some(region), .. }) = &s3_host
        && place.region.is_none()
    {
        place = lookup.place(Some(region));
    }
    let principal = event.access_key.as_deref().and_then(text::access_key);
    Call {
        source: Source::Csm,
        time: moment(event.timestamp, now),
        service: names.service,
        operation: Some(names.operation),
        recognized: names.recognized,
        region: place.region,
        partition: place.partition.into(),
        account: principal.and_then(account::from_access_key),
        principal: principal.map(str::to_owned),
        outcome: outcome(event),
        attempts: 0,
        host: event.fqdn.as_deref().and_then(text::host),
        method: None,
        path: None,
        user_agent: event.user_agent.as_deref().map(|text| text::kept(text, text::USER_AGENT)),
        parameters: s3_host.map_or_else(Map::new, |host| parameters(&host, place.partition)),
        evidence: Evidence::default(),
    }
}

/// Completes what an `ApiCall` says by what its last attempt says.
pub(super) fn complete(call: &mut Call, last: Call) {
    call.account = call.account.take().or(last.account);
    call.principal = call.principal.take().or(last.principal);
    call.host = call.host.take().or(last.host);
    call.user_agent = last.user_agent.or(call.user_agent.take());
    if call.region.is_none() {
        call.region = last.region;
        call.partition = last.partition;
    }
    if call.parameters.is_empty() {
        call.parameters = last.parameters;
    }
    let (outcome, last) = (&mut call.outcome, last.outcome);
    outcome.request_id = outcome.request_id.take().or(last.request_id);
    // An SDK that does not say why the call failed (C++ without a response) said why the attempt did.
    let succeeded = outcome.status.is_some_and(|status| status < 400);
    if outcome.error.is_none() && !succeeded {
        outcome.error = last.error;
        outcome.message = outcome.message.take().or(last.message);
    }
    outcome.status = outcome.status.or(last.status);
}

fn outcome(event: &Event<'_>) -> Outcome {
    let name = |text: &Option<std::borrow::Cow<'_, str>>| {
        let text = text.as_deref().filter(|text| !text.is_empty())?;
        Some(text::kept(text, text::NAME))
    };
    let sentence = event.aws_message.as_deref().or(event.sdk_message.as_deref());
    Outcome {
        status: event.status.and_then(|status| u16::try_from(status).ok()).filter(|s| *s != 0),
        error: name(&event.aws_error).or_else(|| name(&event.sdk_error)),
        message: sentence.and_then(text::message),
        request_id: name(&event.request_id),
    }
}

/// What an S3 host says of the request.
fn parameters(host: &S3Host, partition: &str) -> Map<String, Value> {
    let mut parameters = Map::new();
    if let Some(bucket) = host.bucket(partition) {
        parameters.insert("Bucket".to_owned(), Value::String(bucket.into_owned()));
    }
    if let Target::Control(Some(account)) = &host.target {
        parameters.insert("AccountId".to_owned(), Value::String(account.clone()));
    }
    parameters
}

/// In how many respects an attempt did not end as the call did.
pub(super) fn differences(attempt: &Call, call: &Event<'_>) -> u8 {
    let outcome = &attempt.outcome;
    let error = call.aws_error.as_deref().or(call.sdk_error.as_deref());
    let unlike = |left: Option<&str>, right: Option<&str>| {
        u8::from(left.zip(right).is_some_and(|(left, right)| left != right))
    };
    u8::from(outcome.status.map(u64::from) != call.status)
        + u8::from(outcome.error.as_deref() != error)
        + unlike(attempt.region.as_deref(), call.region.as_deref())
        + unlike(attempt.user_agent.as_deref(), call.user_agent.as_deref())
}

/// Whether an SDK tries again after this: no answer, a redirect, a fault of the server's, throttling.
pub(super) fn is_retried(outcome: &Outcome) -> bool {
    const MARKS: [&str; 7] =
        ["Throttl", "SlowDown", "Exceeded", "TooManyRequests", "Timeout", "Skewed", "Malformed"];
    match outcome.status {
        None | Some(300..=399 | 429 | 500..) => true,
        Some(400..=499) => {
            let error = outcome.error.as_deref().unwrap_or_default();
            MARKS.iter().any(|mark| error.contains(mark))
        }
        Some(_) => false,
    }
}

/// When it happened, as the SDK says, unless that is no date that can be written (after the year 9999).
fn moment(timestamp: Option<u64>, now: Timestamp) -> Timestamp {
    timestamp.filter(|time| (1..253_402_300_800_000).contains(time)).map_or(now, Timestamp)
}
