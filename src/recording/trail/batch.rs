//! Values of one text, many at once: what one worker cuts another can look into.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::recognize::cloudtrail::{Member, Record};

/// How much of a text is in one.
const LARGE: usize = 256 << 10;

/// Values of one text.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// Which of the inputs.
    pub(super) input: usize,
    text: Vec<u8>,
    /// Of each value where it ends in it, where it begins in the input's text, and where its members end in `members`.
    ends: Vec<(usize, u64, usize)>,
    members: Vec<Member>,
}

/// A value with its place in the input's text, and with those of its members, as far as they are told.
pub(super) struct Value<'a> {
    pub(super) text: &'a [u8],
    pub(super) position: u64,
    pub(super) members: &'a [Member],
}

impl Batch {
    pub(super) fn of(input: usize) -> Batch {
        let text = Vec::with_capacity(LARGE + LARGE / 8);
        Batch { input, text, ends: Vec::new(), members: Vec::new() }
    }

    /// The same room, for other values of the same text.
    pub(super) fn emptied(mut self) -> Batch {
        self.text.clear();
        self.ends.clear();
        self.members.clear();
        // One long value is no reason to keep so much.
        self.text.shrink_to(2 * LARGE);
        self
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn push(&mut self, value: &[u8], position: u64, members: &[Member]) {
        self.text.extend_from_slice(value);
        self.members.extend_from_slice(members);
        self.ends.push((self.text.len(), position, self.members.len()));
    }

    pub(super) fn is_full(&self) -> bool {
        self.text.len() >= LARGE
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The values.
    pub(super) fn values(&self) -> impl Iterator<Item = Value<'_>> {
        let starts = std::iter::once((0, 0)).chain(self.ends.iter().map(|it| (it.0, it.2)));
        starts.zip(&self.ends).map(|((start, first), (end, position, last))| Value {
            text: &self.text[start..*end],
            position: *position,
            members: &self.members[first..*last],
        })
    }
}

/// What an event comes in, one by one.
#[derive(Deserialize)]
struct Envelope<'a> {
    /// EventBridge's (docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html).
    #[serde(borrow, default)]
    detail: Option<&'a RawValue>,
    /// `lookup-events`' (docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Event.html).
    #[serde(borrow, default, rename = "CloudTrailEvent")]
    cloudtrail_event: Option<&'a RawValue>,
    /// CloudWatch Logs' (docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilteredLogEvent.html).
    #[serde(borrow, default)]
    message: Option<&'a RawValue>,
    /// That of queries of it.
    #[serde(borrow, default, rename = "@message")]
    at_message: Option<&'a RawValue>,
    /// CloudTrail Lake's, where its events are exported.
    #[serde(borrow, default, rename = "eventData", alias = "eventJson", alias = "eventjson")]
    event_data: Option<&'a RawValue>,
}

/// What is in a value that is no record itself: the text of what may be one.
pub(super) fn unwrapped(value: &[u8]) -> Option<Cow<'_, [u8]>> {
    let text = value.trim_ascii();
    if text.first() == Some(&b'"') {
        return serde_json::from_slice::<String>(text).ok().map(|it| Cow::Owned(it.into_bytes()));
    }
    let envelope: Envelope<'_> = serde_json::from_slice(text).ok()?;
    let Envelope { detail, cloudtrail_event, message, at_message, event_data } = envelope;
    let inside = [detail, cloudtrail_event, message, at_message, event_data];
    let inside = inside.into_iter().flatten().next()?.get();
    if inside.starts_with('"') {
        let text = serde_json::from_str::<String>(inside).ok()?;
        return Some(Cow::Owned(text.into_bytes()));
    }
    Some(Cow::Borrowed(inside.as_bytes()))
}

/// The same, as often as one is in another: EventBridge's in CloudWatch Logs'.
pub(super) fn unwrapped_to_record(value: &[u8]) -> Option<Cow<'_, [u8]>> {
    let mut text = unwrapped(value)?;
    for _ in 0..2 {
        if Record::parse(&text).is_ok() {
            break;
        }
        text = Cow::Owned(unwrapped(&text)?.into_owned());
    }
    Some(text)
}
