//! Values of one text, many at once: what one worker cuts another can look into.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::recognize::cloudtrail::Record;

/// How much of a text is in one.
const LARGE: usize = 256 << 10;

/// Values of one text.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// Which of the inputs.
    pub(super) input: usize,
    text: Vec<u8>,
    /// Where each value ends in it, and where it begins in the input's text.
    ends: Vec<(usize, u64)>,
}

impl Batch {
    pub(super) fn of(input: usize) -> Batch {
        Batch { input, text: Vec::with_capacity(LARGE + LARGE / 8), ends: Vec::new() }
    }

    /// The same room, for other values of the same text.
    pub(super) fn emptied(mut self) -> Batch {
        self.text.clear();
        self.ends.clear();
        // One long value is no reason to keep so much.
        self.text.shrink_to(2 * LARGE);
        self
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn push(&mut self, value: &[u8], position: u64) {
        self.text.extend_from_slice(value);
        self.ends.push((self.text.len(), position));
    }

    pub(super) fn is_full(&self) -> bool {
        self.text.len() >= LARGE
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The values with their places.
    pub(super) fn values(&self) -> impl Iterator<Item = (&[u8], u64)> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|(end, _)| *end));
        starts.zip(&self.ends).map(|(start, (end, position))| (&self.text[start..*end], *position))
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
