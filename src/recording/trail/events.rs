//! What events are like as JSON, and what they come in.

/// No event is longer. CloudTrail's have 256 KB, and in an event data store of large events 1 MB
/// (docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html).
pub(super) const LONGEST: usize = 1 << 20;
/// Members of an object whose places are told: an event has some thirty.
pub(super) const MOST_MEMBERS: usize = 64;
/// The lists in containers that hold events: delivered files (`Records`), `lookup-events` (`Events`), CloudWatch Logs'
/// `filter-log-events` and `get-log-events` (`events`), and what it sends to subscribers (`logEvents`).
const LISTS: [&[u8]; 4] = [b"Records", b"Events", b"events", b"logEvents"];

/// Whether the list that begins behind this text is the member of a container that holds events.
pub(super) fn is_of_events(before: &[u8]) -> bool {
    let Some(before) = before.trim_ascii_end().strip_suffix(b":") else { return false };
    let Some(before) = before.trim_ascii_end().strip_suffix(b"\"") else { return false };
    LISTS
        .iter()
        .any(|name| before.strip_suffix(*name).is_some_and(|before| before.last() == Some(&b'"')))
}
