//! A datagram's bytes → events.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// What an event reports.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Kind {
    /// One request and its response, of perhaps several that a call takes.
    Attempt,
    /// A call, when it is over.
    Call,
    /// Something that this version of Leastwise does not know.
    #[default]
    Other,
}

/// One event as an SDK sent it, borrowed from the datagram. Fields whose type is not the usual one are
/// read where that is possible (`"200"` for `200`) and `None` where it is not.
///
/// The session token, which SDKs send along, is not here: it cannot be kept.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Event<'a> {
    /// What it reports.
    pub kind: Kind,
    /// What the program's configuration calls it (`AWS_CSM_CLIENT_ID`). The SDKs put it into every event; see, under
    /// github.com/boto and github.com/aws: botocore's `monitoring.py`, aws-sdk-js's `lib/publisher/index.js`, aws-sdk-java's
    /// `ClientSideMonitoringRequestHandler`, aws-sdk-go's `csm/reporter.go`, aws-sdk-ruby's `request_metrics.rb`, aws-sdk-php's
    /// `AbstractMonitoringMiddleware`, aws-sdk-cpp's `DefaultMonitoring.cpp`.
    pub client_id: Cow<'a, str>,
    /// The SDK's `serviceId` (`DynamoDB`). Never empty, except in an event of kind [`Kind::Other`].
    pub service: Cow<'a, str>,
    /// The operation (`PutItem`). Never empty, except in an event of kind [`Kind::Other`].
    pub api: Cow<'a, str>,
    /// When the call or the attempt began, in milliseconds since the Unix epoch.
    pub timestamp: Option<u64>,
    /// How long the call or the attempt took, in milliseconds.
    pub latency: Option<u64>,
    /// How many attempts the call took.
    pub attempt_count: Option<u64>,
    /// The region that the request was signed for.
    pub region: Option<Cow<'a, str>>,
    /// The host that was called, as botocore has it with its port.
    pub fqdn: Option<Cow<'a, str>>,
    /// The SDK's user agent.
    pub user_agent: Option<Cow<'a, str>>,
    /// The id of the access key that signed the request.
    pub access_key: Option<Cow<'a, str>>,
    /// The HTTP status of the response (of the last one, in a call).
    pub status: Option<u64>,
    /// AWS's error code, and its sentence.
    pub aws_error: Option<Cow<'a, str>>,
    /// The sentence that came with [`aws_error`](Event::aws_error).
    pub aws_message: Option<Cow<'a, str>>,
    /// The SDK's own error, where no response came.
    pub sdk_error: Option<Cow<'a, str>>,
    /// The sentence that came with [`sdk_error`](Event::sdk_error).
    pub sdk_message: Option<Cow<'a, str>>,
    /// AWS's request id.
    pub request_id: Option<Cow<'a, str>>,
}

/// A part of a datagram that is not an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Nothing in it but spaces.
    #[error("the datagram is empty")]
    Empty,
    /// JSON that ends in the middle.
    #[error("the event ends in the middle, after {after} bytes")]
    Truncated {
        /// How many bytes there were.
        after: usize,
    },
    /// Something that is not JSON.
    #[error("not JSON at line {line}, column {column}")]
    NotJson {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// JSON, but not an object.
    #[error("JSON, but not an object")]
    NotAnObject,
    /// An event that does not say what was called.
    #[error("the event has no {field}")]
    Missing {
        /// The field that is missing or not readable.
        field: &'static str,
    },
}

/// The events of one datagram, in order: mostly one; several when they follow each other, with or
/// without newlines between them. Every datagram gives at least one item.
pub fn events(datagram: &[u8]) -> Events<'_> {
    let rest = skip_padding(datagram);
    Events { rest, pending: rest.is_empty().then_some(Malformed::Empty) }
}

/// What [`events`] gives.
#[derive(Debug, Clone)]
pub struct Events<'a> {
    rest: &'a [u8],
    pending: Option<Malformed>,
}

impl<'a> Iterator for Events<'a> {
    type Item = Result<Event<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(malformed) = self.pending.take() {
            return Some(Err(malformed));
        }
        if self.rest.is_empty() {
            return None;
        }
        let (length, read) = match parse::<Whole<'a>>(self.rest) {
            // What is damaged may be a text that nobody needs: C++'s SDK cuts messages in the middle
            // of a character, JavaScript's in the middle of a surrogate pair.
            (_, Err(Malformed::NotJson { .. })) => parse::<Essential<'a>>(self.rest),
            read => read,
        };
        self.rest = match &read {
            Ok(_) => skip_padding(&self.rest[length..]),
            Err(_) => next_line_with_object(self.rest),
        };
        Some(read.and_then(Event::checked))
    }
}

/// Reads one JSON value from the front; how many bytes it took, and what it was.
fn parse<'a, T>(bytes: &'a [u8]) -> (usize, Result<Event<'a>, Malformed>)
where
    T: Deserialize<'a> + Into<Event<'a>>,
{
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<T>();
    let read = match values.next() {
        Some(Ok(value)) => Ok(value.into()),
        Some(Err(error)) => Err(match error.classify() {
            serde_json::error::Category::Eof => Malformed::Truncated { after: bytes.len() },
            serde_json::error::Category::Data => Malformed::NotAnObject,
            _ => Malformed::NotJson { line: error.line(), column: error.column() },
        }),
        None => Err(Malformed::Empty),
    };
    (values.byte_offset(), read)
}

/// What senders put after an event (and a byte order mark before it).
fn skip_padding(mut bytes: &[u8]) -> &[u8] {
    bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let is_padding = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0);
    let start = bytes.iter().position(|byte| !is_padding(byte)).unwrap_or(bytes.len());
    &bytes[start..]
}

/// After something unreadable: the next line that looks like an event.
fn next_line_with_object(bytes: &[u8]) -> &[u8] {
    let found = memchr::memmem::find(bytes, b"\n{");
    found.map_or(&[], |newline| &bytes[newline + 1..])
}

impl Event<'_> {
    fn checked(self) -> Result<Self, Malformed> {
        let field = match self.kind {
            Kind::Other => return Ok(self),
            _ if self.service.is_empty() => "Service",
            _ if self.api.is_empty() => "Api",
            _ => return Ok(self),
        };
        Err(Malformed::Missing { field })
    }
}

/// The fields that are read. .NET's SDK writes `AWS` where the others write `Aws`.
#[derive(serde::Deserialize)]
#[serde(field_identifier)]
enum Field {
    Type,
    ClientId,
    Service,
    Api,
    Timestamp,
    #[serde(alias = "AttemptLatency")]
    Latency,
    AttemptCount,
    Region,
    Fqdn,
    UserAgent,
    AccessKey,
    #[serde(alias = "FinalHttpStatusCode")]
    HttpStatusCode,
    #[serde(alias = "FinalAwsException", alias = "AWSException", alias = "FinalAWSException")]
    AwsException,
    #[serde(
        alias = "FinalAwsExceptionMessage",
        alias = "AWSExceptionMessage",
        alias = "FinalAWSExceptionMessage"
    )]
    AwsExceptionMessage,
    #[serde(alias = "FinalSdkException")]
    SdkException,
    #[serde(alias = "FinalSdkExceptionMessage")]
    SdkExceptionMessage,
    #[serde(alias = "XAmzRequestId")]
    XAmznRequestId,
    #[serde(other)]
    Other,
}

/// An event with all that is read of it.
struct Whole<'a>(Event<'a>);

/// An event without its free texts.
struct Essential<'a>(Event<'a>);

impl<'a> From<Whole<'a>> for Event<'a> {
    fn from(Whole(event): Whole<'a>) -> Self {
        event
    }
}

impl<'a> From<Essential<'a>> for Event<'a> {
    fn from(Essential(event): Essential<'a>) -> Self {
        event
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Whole<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EventVisitor { texts: true, life: PhantomData }).map(Whole)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Essential<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_map(EventVisitor { texts: false, life: PhantomData })
            .map(Essential)
    }
}

/// Written by hand, since a derived one refuses a field that comes twice.
struct EventVisitor<'a> {
    texts: bool,
    life: PhantomData<&'a ()>,
}

impl<'de: 'a, 'a> Visitor<'de> for EventVisitor<'a> {
    type Value = Event<'a>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an event")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Event<'a>, A::Error> {
        let mut event = Event::default();
        let mut kind = None;
        let mut hint = Kind::Other;
        while let Some(field) = map.next_key::<Field>()? {
            match field {
                Field::Type => kind = text(&mut map)?,
                Field::ClientId => event.client_id = text(&mut map)?.unwrap_or_default(),
                Field::Service => event.service = text(&mut map)?.unwrap_or_default(),
                Field::Api => event.api = text(&mut map)?.unwrap_or_default(),
                Field::Timestamp => event.timestamp = number(&mut map)?,
                Field::Latency => event.latency = number(&mut map)?,
                Field::AttemptCount => {
                    event.attempt_count = number(&mut map)?;
                    hint = Kind::Call;
                }
                Field::Region => event.region = text(&mut map)?,
                Field::Fqdn => {
                    event.fqdn = text(&mut map)?;
                    hint = Kind::Attempt;
                }
                Field::AccessKey => event.access_key = text(&mut map)?,
                Field::HttpStatusCode => event.status = number(&mut map)?,
                Field::XAmznRequestId => {
                    let id = text(&mut map)?;
                    event.request_id = event.request_id.take().or(id);
                }
                Field::UserAgent if self.texts => event.user_agent = text(&mut map)?,
                Field::AwsException if self.texts => event.aws_error = text(&mut map)?,
                Field::AwsExceptionMessage if self.texts => event.aws_message = text(&mut map)?,
                Field::SdkException if self.texts => event.sdk_error = text(&mut map)?,
                Field::SdkExceptionMessage if self.texts => event.sdk_message = text(&mut map)?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        event.kind = match kind.as_deref() {
            Some("ApiCallAttempt") => Kind::Attempt,
            Some("ApiCall") => Kind::Call,
            Some(_) => Kind::Other,
            // Without a readable type, the fields that only one of them has tell.
            None => hint,
        };
        Ok(event)
    }
}

fn text<'de: 'a, 'a, A: MapAccess<'de>>(map: &mut A) -> Result<Option<Cow<'a, str>>, A::Error> {
    map.next_value::<Text<'a>>().map(|text| text.0)
}

fn number<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<u64>, A::Error> {
    Ok(match map.next_value::<Scalar<'de>>()?.0 {
        Value::Number(number) => Some(number),
        Value::Text(text) => parse_number(&text),
        Value::None => None,
    })
}

fn parse_number(text: &str) -> Option<u64> {
    let text = text.trim();
    text.parse().ok().or_else(|| whole(text.parse().ok()?))
}

fn whole(number: f64) -> Option<u64> {
    // Within this range a conversion keeps the number; beyond it none of ours makes sense.
    (0.0..9e15).contains(&number).then_some(number as u64)
}

/// A text, or whatever can pass for one.
struct Text<'a>(Option<Cow<'a, str>>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Text(match Scalar::deserialize(deserializer)?.0 {
            Value::Text(text) => Some(text),
            Value::Number(number) => Some(number.to_string().into()),
            Value::None => None,
        }))
    }
}

struct Scalar<'a>(Value<'a>);

enum Value<'a> {
    Text(Cow<'a, str>),
    Number(u64),
    None,
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor(PhantomData)).map(Scalar)
    }
}

/// Takes any JSON value; what is neither a text nor a number is `None`.
struct ScalarVisitor<'a>(PhantomData<&'a ()>);

impl<'de: 'a, 'a> Visitor<'de> for ScalarVisitor<'a> {
    type Value = Value<'a>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value<'a>, E> {
        Ok(Value::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value<'a>, E> {
        Ok(Value::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value<'a>, E> {
        Ok(Value::Number(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value<'a>, E> {
        Ok(u64::try_from(number).map_or(Value::None, Value::Number))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value<'a>, E> {
        Ok(whole(number).map_or(Value::None, Value::Number))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Value<'a>, E> {
        Ok(Value::None)
    }

    fn visit_unit<E>(self) -> Result<Value<'a>, E> {
        Ok(Value::None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value<'a>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value<'a>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::None)
    }
}
