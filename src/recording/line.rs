//! A line of a recording: JSON, its fields in the order in which they are written.

use std::borrow::Cow;
use std::io::{self, BufRead, Read as _};

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::call::{
    self, Authorization, Call, Evidence, Identity, Name, Outcome, Source, Timestamp,
    without_session,
};
use crate::recognize::cloudtrail::{Forwarded, Sessions};
use crate::recognize::http::path_shape;
use crate::recording::entry::{self, Entry, Requires};
use crate::recording::error::RecordingError;

/// The version of the lines that are written, and the only one that is read.
const VERSION: u64 = 1;
/// No line is longer: a datagram has at most 64 KiB.
pub(crate) const LONGEST_LINE: u64 = 1024 * 1024;

/// Reads up to and including a newline, but never more than [`LONGEST_LINE`].
pub(crate) fn read_line(input: &mut impl BufRead, text: &mut Vec<u8>) -> io::Result<usize> {
    input.take(LONGEST_LINE).read_until(b'\n', text)
}

/// Whether a line that does not parse has the beginning of one of ours.
pub(crate) fn looks_cut_off(text: &[u8]) -> bool {
    const BEGINNING: &[u8] = br#"{"v":1,"time":""#;
    let length = text.len().min(BEGINNING.len());
    text[..length] == BEGINNING[..length]
}

/// What is wrong with a line.
pub(crate) enum Problem {
    Version(u64),
    Other,
}

impl Problem {
    pub(crate) fn at(self, path: &str, line: u64) -> RecordingError {
        let path = path.to_owned();
        match self {
            Problem::Version(version) => RecordingError::Version { path, line, version },
            Problem::Other => RecordingError::NotARecording { path, line },
        }
    }
}

/// The call on a line; `None` for an empty one.
pub(crate) fn parse(text: &[u8]) -> Result<Option<Entry>, Problem> {
    let text = text.trim_ascii();
    if text.is_empty() {
        return Ok(None);
    }
    #[derive(Deserialize)]
    struct Versioned {
        v: u64,
    }
    let Versioned { v } = serde_json::from_slice(text).map_err(|_| Problem::Other)?;
    if v != VERSION {
        return Err(Problem::Version(v));
    }
    let line: Line<'_> = serde_json::from_slice(text).map_err(|_| Problem::Other)?;
    if line.sessions.is_some() {
        return Ok(None);
    }
    line.into_entry().map(Some).ok_or(Problem::Other)
}

/// The line of a summary, without what its call is.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Summary {
    /// How often the call was made.
    #[serde(default)]
    pub(crate) count: Option<u64>,
    #[serde(default)]
    pub(crate) first: Option<String>,
    #[serde(default)]
    pub(crate) last: Option<String>,
    /// The service that made it.
    #[serde(default)]
    pub(crate) forwarded: Option<Forwarded>,
    /// What is known of sessions: then there is no call.
    #[serde(default)]
    pub(crate) sessions: Option<Sessions>,
}

impl Summary {
    pub(crate) fn of(text: &[u8]) -> Option<Summary> {
        serde_json::from_slice(text).ok()
    }
}

/// Where the time ends in a line: what stands before it is the same in all lines but for the time.
pub(crate) const TIME_ENDS: usize = r#"{"v":1,"time":"2026-11-22T08:15:30.123Z""#.len();

/// A line, its fields in the order in which they are written.
#[derive(Serialize, Deserialize)]
pub(crate) struct Line<'a> {
    v: u64,
    time: String,
    source: Cow<'a, str>,
    service: Cow<'a, str>,
    operation: Option<Cow<'a, str>>,
    region: Option<Cow<'a, str>>,
    partition: Cow<'a, str>,
    account: Option<Cow<'a, str>>,
    principal: Option<Cow<'a, str>>,
    status: Option<u16>,
    error: Option<Cow<'a, str>>,
    request_id: Option<Cow<'a, str>>,
    host: Option<Cow<'a, str>>,
    user_agent: Option<Cow<'a, str>>,
    parameters: Cow<'a, Map<String, Value>>,
    requires: Cow<'a, [Requires<'a>]>,
    /// What the source called the operation that the catalogue does not have.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    unrecognized: Option<Cow<'a, str>>,
    /// Method and the shape of the path (`/…/…`) of a request that was not recognised.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    method: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    path: Option<Cow<'a, str>>,
    /// The ARN of the principal, when it was known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    principal_arn: Option<Cow<'a, str>>,
    /// Whose the key is that the answer gave out.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    told: Option<Told<'a>>,
    /// How the request was authorised, where that is not a signature in a header.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    authorization: Option<Cow<'a, str>>,
    /// What was made, as the answer tells.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    made: Vec<Made<'a>>,
    /// The tags that the request put on what it made, or changed.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    request_tags: Vec<RequestTag<'a>>,
    /// `false`: AWS answered that it does not know who called.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    authenticated: Option<bool>,
    /// `true`: the answer had more pages.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    more_pages: Option<bool>,
    /// In a summary: how often the call was made.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    count: Option<u64>,
    /// In a summary: when it was made last.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    last: Option<Cow<'a, str>>,
    /// In a summary: what is known of sessions. The line tells no call then.
    #[serde(skip_serializing, default)]
    sessions: Option<IgnoredAny>,
}

/// How a request was authorised, of which a recording says nothing where it is signed in the usual way.
fn authorization(call: &Call) -> Option<&'static str> {
    let found = call.evidence.authorization.filter(|it| *it != Authorization::SigV4);
    found.map(Authorization::as_str)
}

#[derive(Serialize, Deserialize)]
struct Told<'a> {
    access_key: Cow<'a, str>,
    /// None for a key of the caller's own principal.
    arn: Option<Cow<'a, str>>,
}

/// A resource whose id AWS chose in the run.
#[derive(Serialize, Deserialize)]
struct Made<'a> {
    /// `ec2:vpc`
    #[serde(rename = "type")]
    resource_type: Cow<'a, str>,
    id: Cow<'a, str>,
    /// What it stands in, by its id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    parent: Option<Cow<'a, str>>,
    /// `false`: the answer tells of it together with its parent, which was made in the run.
    #[serde(skip_serializing_if = "is_true", default = "yes")]
    by_this_call: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // As serde asks for it.
fn is_true(value: &bool) -> bool {
    *value
}

fn yes() -> bool {
    true
}

#[derive(Serialize, Deserialize)]
struct RequestTag<'a> {
    /// The kind of thing that is tagged, where the request says so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    on: Option<Cow<'a, str>>,
    key: Cow<'a, str>,
    value: Cow<'a, str>,
}

/// Of what a call does not make, tags say nothing that a policy would be held by.
fn request_tags(call: &Call) -> Vec<RequestTag<'_>> {
    let tags = call.evidence.request_tags.iter();
    tags.map(|tag| RequestTag {
        on: tag.on.as_deref().map(Cow::Borrowed),
        key: tag.key.as_str().into(),
        value: tag.value.as_str().into(),
    })
    .collect()
}

fn made(call: &Call) -> Vec<Made<'_>> {
    let made = call.evidence.made.iter();
    made.map(|it| Made {
        resource_type: Cow::Borrowed(&it.resource_type),
        id: it.id.as_str().into(),
        parent: it.parent.as_deref().map(Cow::Borrowed),
        by_this_call: it.by_this_call,
    })
    .collect()
}

impl<'a> Line<'a> {
    pub(crate) fn of(call: &'a Call, requires: &'a [Requires<'a>]) -> Line<'a> {
        fn text(value: Option<&str>) -> Option<Cow<'_, str>> {
            value.map(Cow::Borrowed)
        }
        let operation = text(call.operation.as_deref());
        let (operation, unrecognized) =
            if call.recognized { (operation, None) } else { (None, operation) };
        let told = &call.evidence.told;
        Line {
            v: VERSION,
            time: rfc3339(call.time),
            source: call.source.as_str().into(),
            service: Cow::Borrowed(&call.service),
            operation,
            region: text(call.region.as_deref()),
            partition: Cow::Borrowed(&call.partition),
            account: text(call.account.as_deref()),
            principal: text(call.principal.as_deref()),
            status: call.outcome.status,
            error: text(call.outcome.error.as_deref()),
            request_id: text(call.outcome.request_id.as_deref()),
            host: text(call.host.as_deref()),
            user_agent: text(call.user_agent.as_deref()),
            parameters: Cow::Borrowed(&call.parameters),
            requires: Cow::Borrowed(requires),
            unrecognized,
            method: text(call.method.as_deref()),
            // Also of a call that an older recording told: its path may hold anything.
            path: call.path.as_deref().map(path_shape).map(Cow::Owned),
            principal_arn: told
                .iter()
                .find(|it| it.access_key.is_none())
                .and_then(|it| it.arn.as_deref())
                .map(without_session),
            told: told.iter().find_map(|it| {
                Some(Told {
                    access_key: text(it.access_key.as_deref())?,
                    arn: it.arn.as_deref().map(without_session),
                })
            }),
            authorization: text(authorization(call)),
            made: made(call),
            request_tags: request_tags(call),
            authenticated: call.outcome.is_unauthenticated(&call.service).then_some(false),
            more_pages: call.evidence.more_pages.then_some(true),
            count: None,
            last: None,
            sessions: None,
        }
    }

    fn into_entry(self) -> Option<Entry> {
        fn owned(value: Option<Cow<'_, str>>) -> Option<String> {
            value.map(Cow::into_owned)
        }
        fn name(value: Cow<'_, str>) -> Name {
            Cow::Owned(value.into_owned())
        }
        let recognized = self.operation.is_some();
        let caller = self
            .principal_arn
            .map(|arn| Identity { access_key: None, arn: Some(arn.into_owned()) });
        let given = self.told.map(|Told { access_key, arn }| Identity {
            access_key: Some(access_key.into_owned()),
            arn: owned(arn),
        });
        let evidence = Evidence {
            authorization: self.authorization.as_deref().and_then(Authorization::of_word),
            told: caller.into_iter().chain(given).collect(),
            made: self.made.into_iter().map(call_made).collect(),
            request_tags: self.request_tags.into_iter().map(call_tag).collect(),
            more_pages: self.more_pages == Some(true),
            ..Evidence::default()
        };
        let mut call = Call {
            source: source(&self.source)?,
            time: timestamp(&self.time)?,
            service: name(self.service),
            operation: self.operation.or(self.unrecognized).map(name),
            recognized,
            region: self.region.map(name),
            partition: name(self.partition),
            account: owned(self.account),
            principal: owned(self.principal),
            outcome: Outcome {
                status: self.status,
                error: owned(self.error),
                message: None,
                request_id: owned(self.request_id),
            },
            attempts: 0,
            host: owned(self.host),
            method: owned(self.method),
            path: self.path.as_deref().map(path_shape),
            user_agent: owned(self.user_agent),
            parameters: self.parameters.into_owned(),
            evidence,
        };
        if self.authenticated == Some(false) {
            call.outcome.say_unauthenticated();
        }
        let requires = self.requires.iter().map(entry::owned).collect();
        let last = self.last.as_deref().and_then(timestamp).unwrap_or(call.time);
        Some(Entry { call, requires, times: self.count.unwrap_or(1), last })
    }
}

fn call_made(it: Made<'_>) -> call::Made {
    call::Made {
        resource_type: Cow::Owned(it.resource_type.into_owned()),
        id: it.id.into_owned(),
        parent: it.parent.map(Cow::into_owned),
        by_this_call: it.by_this_call,
    }
}

fn call_tag(it: RequestTag<'_>) -> call::RequestTag {
    call::RequestTag {
        on: it.on.map(Cow::into_owned),
        key: it.key.into_owned(),
        value: it.value.into_owned(),
    }
}

fn source(word: &str) -> Option<Source> {
    [Source::Csm, Source::Proxy, Source::CloudTrail]
        .into_iter()
        .find(|source| source.as_str() == word)
}

/// `2026-11-22T08:15:30.123Z`. A moment past the year 9999, which only a wrong clock tells, is
/// written as the last one before.
pub fn rfc3339(time: Timestamp) -> String {
    const LAST: u64 = 253_402_300_799_999;
    let milliseconds = time.0.min(LAST);
    let moment = i64::try_from(milliseconds / 1000)
        .ok()
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        .unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let mut text = String::from("0000-00-00T00:00:00.000Z").into_bytes();
    let year = moment.year().unsigned_abs();
    let numbers = [
        (0..4, year),
        (5..7, u8::from(moment.month()).into()),
        (8..10, moment.day().into()),
        (11..13, moment.hour().into()),
        (14..16, moment.minute().into()),
        (17..19, moment.second().into()),
        (20..23, (milliseconds % 1000) as u32),
    ];
    for (places, mut number) in numbers {
        for digit in text[places].iter_mut().rev() {
            *digit = b'0' + (number % 10) as u8;
            number /= 10;
        }
    }
    String::from_utf8(text).unwrap_or_default()
}

pub(crate) fn timestamp(text: &str) -> Option<Timestamp> {
    Timestamp::parse(text)
}
