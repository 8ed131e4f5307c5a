//! One record, its parts borrowed from its text.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::de::{Deserializer as _, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::identity::UserIdentity;
use super::raw::{Name, nested_in, said_in};
use crate::call::Timestamp;

/// The longest record that is looked into. CloudTrail writes no event that is longer than 256 KB, or where it was enriched
/// 1 MB (docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-context-events.html).
const LONGEST: usize = 4 << 20;

/// One CloudTrail record. Cheap to make: what is nested in it is not looked into.
pub struct Record<'a> {
    members: Members<'a>,
    id: Option<Cow<'a, str>>,
    shared_id: Option<Cow<'a, str>>,
    account: Option<Cow<'a, str>>,
    region: Option<Cow<'a, str>>,
    pub(super) source: Cow<'a, str>,
    pub(super) name: Cow<'a, str>,
    pub(super) kind: Cow<'a, str>,
    pub(super) error: Option<Cow<'a, str>>,
    identity: Option<Cow<'a, str>>,
}

/// The outermost members, as they stand in the text; none where one is `null`.
#[derive(Default)]
struct Members<'a> {
    event_source: Option<&'a str>,
    event_name: Option<&'a str>,
    event_type: Option<&'a str>,
    event_category: Option<&'a str>,
    event_id: Option<&'a str>,
    shared_event_id: Option<&'a str>,
    event_time: Option<&'a str>,
    aws_region: Option<&'a str>,
    recipient_account_id: Option<&'a str>,
    api_version: Option<&'a str>,
    error_code: Option<&'a str>,
    error_message: Option<&'a str>,
    request_id: Option<&'a str>,
    user_agent: Option<&'a str>,
    user_identity: Option<&'a str>,
    request_parameters: Option<&'a str>,
    response_elements: Option<&'a str>,
    additional_event_data: Option<&'a str>,
    resources: Option<&'a str>,
    tls_details: Option<&'a str>,
    digest_object: Option<&'a str>,
}

impl<'a> Members<'a> {
    /// The members of an object, by where they stand in its text. `None`: that does not tell them, and it has to be read.
    fn at(text: &'a str, places: &[Member]) -> Option<Members<'a>> {
        let mut members = Members::default();
        for Member { name, value } in places {
            let name = text.get(name.start as usize..name.end as usize)?;
            let value = text.get(value.start as usize..value.end as usize)?.trim_ascii();
            // Escaped, it may be any name.
            if name.contains('\\') || value.is_empty() {
                return None;
            }
            let Some(place) = members.place(name) else { continue };
            if place.is_some() {
                return None;
            }
            *place = Some(value).filter(|value| *value != "null");
        }
        Some(members)
    }

    /// The members of an object, which is read to its end.
    fn read(text: &'a str) -> Result<Members<'a>, serde_json::Error> {
        let mut reader = serde_json::Deserializer::from_str(text);
        let members = reader.deserialize_map(OfRecord)?;
        reader.end()?;
        Ok(members)
    }

    fn place(&mut self, name: &str) -> Option<&mut Option<&'a str>> {
        Some(match name {
            "eventSource" => &mut self.event_source,
            "eventName" => &mut self.event_name,
            "eventType" => &mut self.event_type,
            "eventCategory" => &mut self.event_category,
            "eventID" => &mut self.event_id,
            "sharedEventID" => &mut self.shared_event_id,
            "eventTime" => &mut self.event_time,
            "awsRegion" => &mut self.aws_region,
            "recipientAccountId" => &mut self.recipient_account_id,
            "apiVersion" => &mut self.api_version,
            "errorCode" => &mut self.error_code,
            "errorMessage" => &mut self.error_message,
            "requestID" => &mut self.request_id,
            "userAgent" => &mut self.user_agent,
            "userIdentity" => &mut self.user_identity,
            "requestParameters" => &mut self.request_parameters,
            "responseElements" => &mut self.response_elements,
            "additionalEventData" => &mut self.additional_event_data,
            "resources" => &mut self.resources,
            "tlsDetails" => &mut self.tls_details,
            "digestS3Object" => &mut self.digest_object,
            _ => return None,
        })
    }
}

struct OfRecord;

impl<'de> Visitor<'de> for OfRecord {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members = Members::default();
        while let Some(Name(name)) = map.next_key::<Name<'de>>()? {
            match members.place(&name) {
                Some(Some(_)) => return Err(A::Error::custom(format_args!("{name} twice"))),
                Some(place) => {
                    *place = map.next_value::<Option<&'de RawValue>>()?.map(RawValue::get);
                }
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(members)
    }
}

/// Where a member of an object stands in its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name, without the quotation marks.
    pub name: Range<u32>,
    /// Its value, with white space around it or without.
    pub value: Range<u32>,
}

/// Why a text is no record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoRecord {
    /// It is longer than any record is.
    TooLong,
    /// It is no JSON object, or one whose members are of another type: what is wrong, and where.
    NoObject(String),
    /// It is an object that has nothing of a CloudTrail record.
    OfSomethingElse,
}

impl fmt::Display for NoRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoRecord::TooLong => write!(f, "longer than {} MB, as no event is", LONGEST >> 20),
            NoRecord::NoObject(error) => write!(f, "no JSON object: {error}"),
            NoRecord::OfSomethingElse => f.write_str("no CloudTrail event"),
        }
    }
}

impl std::error::Error for NoRecord {}

impl<'a> Record<'a> {
    /// Reads a JSON object that is one CloudTrail record.
    ///
    /// # Errors
    ///
    /// When it is none.
    pub fn parse(text: &'a [u8]) -> Result<Record<'a>, NoRecord> {
        if text.len() > LONGEST {
            return Err(NoRecord::TooLong);
        }
        let no_object = |error: &dyn fmt::Display| NoRecord::NoObject(error.to_string());
        let text = std::str::from_utf8(text).map_err(|error| no_object(&error))?;
        Record::of_members(Members::read(text).map_err(|error| no_object(&error))?)
    }

    /// The same, by where the members of the object stand in its text: much faster, and without looking whether it is JSON. What is to be
    /// told of it has to be [parsed](Record::parse) once. `None`: it has to be parsed at once.
    pub fn at_a_glance(text: &'a [u8], members: &[Member]) -> Option<Record<'a>> {
        if members.is_empty() || text.len() > LONGEST {
            return None;
        }
        let members = Members::at(std::str::from_utf8(text).ok()?, members)?;
        Record::of_members(members).ok()
    }

    fn of_members(members: Members<'a>) -> Result<Record<'a>, NoRecord> {
        let kind = match () {
            () if members.digest_object.is_some() => Some(Cow::Borrowed(DIGEST)),
            // https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-insights-fields-trails.html
            () if said_in(members.event_category).as_deref() == Some("Insight") => {
                Some(Cow::Borrowed(INSIGHT))
            }
            () if said_in(members.event_category).as_deref() == Some(OUTSIDE) => {
                Some(Cow::Borrowed(OUTSIDE))
            }
            () => said_in(members.event_type),
        };
        let (source, name) = (said_in(members.event_source), said_in(members.event_name));
        let is_call = source.is_some() && name.is_some();
        if kind.is_none() && !is_call {
            return Err(NoRecord::OfSomethingElse);
        }
        // The first versions of events do not say their type, and have calls only.
        let kind = kind.unwrap_or(Cow::Borrowed(API_CALL));
        let identity = nested_in(members.user_identity);
        let is_all = || {
            let is_named = identity.as_deref().is_none_or(|it| !it.contains(OTHER_ACCOUNT));
            is_named && (kind != VPC_ENDPOINT || members.request_parameters.is_some())
        };
        let shared_id = said_in(members.shared_event_id).filter(|_| is_all());
        if !is_call && matches!(&*kind, API_CALL | VPC_ENDPOINT) {
            return Err(NoRecord::OfSomethingElse);
        }
        Ok(Record {
            id: said_in(members.event_id),
            shared_id,
            account: said_in(members.recipient_account_id),
            region: said_in(members.aws_region),
            source: source.unwrap_or_default(),
            name: name.unwrap_or_default(),
            kind,
            error: said_in(members.error_code).filter(|code| !code.is_empty()),
            identity,
            members,
        })
    }

    /// `eventID`, by which a record that lies in several files is known.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// `sharedEventID`, which the copies of one event for several accounts, or for the owner of a VPC endpoint, have in common. A
    /// copy that does not say who called, or what for, has none: another one may.
    pub fn shared_id(&self) -> Option<&str> {
        self.shared_id.as_deref()
    }

    /// `eventTime`.
    pub fn time(&self) -> Option<Timestamp> {
        Timestamp::parse(&said_in(self.members.event_time)?)
    }

    /// `recipientAccountId`: whose trail has it.
    pub fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// `awsRegion`.
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// `eventSource` as it stands (`ec2.amazonaws.com`); empty where a record has none.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// `eventName` as it stands (`RunInstances`); empty where a record has none.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn api_version(&self) -> Option<Cow<'a, str>> {
        said_in(self.members.api_version)
    }

    pub(super) fn error_message(&self) -> Option<Cow<'a, str>> {
        said_in(self.members.error_message)
    }

    pub(super) fn request_id(&self) -> Option<Cow<'a, str>> {
        said_in(self.members.request_id)
    }

    pub(super) fn user_agent(&self) -> Option<Cow<'a, str>> {
        said_in(self.members.user_agent)
    }

    /// Who called, as it stands.
    pub(super) fn identity_text(&self) -> Option<&str> {
        self.identity.as_deref()
    }

    /// Who called.
    pub(super) fn identity(&self) -> UserIdentity<'_> {
        self.identity.as_deref().map(UserIdentity::of).unwrap_or_default()
    }

    pub(super) fn parameters(&self) -> Option<Cow<'a, str>> {
        nested_in(self.members.request_parameters)
    }

    /// Whether the record has nothing of what was asked for, as copies for owners of VPC endpoints may.
    pub(super) fn is_bare_copy(&self) -> bool {
        let members = &self.members;
        self.kind == VPC_ENDPOINT
            && members.request_parameters.is_none()
            && members.resources.is_none()
    }

    pub(super) fn response(&self) -> Option<Cow<'a, str>> {
        nested_in(self.members.response_elements)
    }

    pub(super) fn additional(&self) -> Option<Cow<'a, str>> {
        nested_in(self.members.additional_event_data)
    }

    pub(super) fn resources(&self) -> Option<&'a str> {
        self.members.resources
    }

    /// Whether the request came over TLS, where the record says how.
    pub(super) fn is_over_tls(&self) -> bool {
        self.members.tls_details.is_some()
    }
}

/// The kinds of records (`eventType`).
pub(super) const API_CALL: &str = "AwsApiCall";
pub(super) const VPC_ENDPOINT: &str = "AwsVpceEvent";
pub(super) const INSIGHT: &str = "AwsCloudTrailInsight";
/// The type of the identity in copies for another account than the caller's.
const OTHER_ACCOUNT: &str = "\"AWSAccount\"";
/// What stands for the kind of what is a list of delivered files
/// (docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html).
pub(super) const DIGEST: &str = "digest";
/// The category of what applications outside of AWS tell
/// (docs.aws.amazon.com/awscloudtrail/latest/userguide/query-event-data-store-integration.html).
pub(super) const OUTSIDE: &str = "ActivityAuditLog";
