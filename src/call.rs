//! One observed AWS API call: the value that walks through every room of the house.

mod unauthenticated;

use std::borrow::Cow;

use serde_json::{Map, Value};
use time::format_description::well_known::Rfc3339;
use time::{Date, Month, OffsetDateTime};

/// A name that is borrowed from the catalogue when it is known there, and owned otherwise.
pub type Name = Cow<'static, str>;

/// A moment, in milliseconds since the Unix epoch (UTC).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// The moment that a text of RFC 3339 says (`2026-11-22T08:15:30.123Z`); none before 1970.
    pub fn parse(text: &str) -> Option<Timestamp> {
        if let Some(whole) = Timestamp::of_whole_seconds(text.as_bytes()) {
            return Some(whole);
        }
        let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        u64::try_from(moment.unix_timestamp_nanos() / 1_000_000).ok().map(Timestamp)
    }

    /// What `2026-11-22T08:15:30Z` says, as CloudTrail writes all its times; `None`: it is written otherwise, or is none.
    pub(crate) fn of_whole_seconds(text: &[u8]) -> Option<Timestamp> {
        let text: &[u8; 20] = text.try_into().ok()?;
        let is_so = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':'), (19, b'Z')];
        if is_so.iter().any(|(at, byte)| text[*at] != *byte) {
            return None;
        }
        let mut parts = [0..4, 5..7, 8..10, 11..13, 14..16, 17..19].into_iter().map(|places| {
            text[places].iter().try_fold(0_u32, |number, byte| {
                byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0'))
            })
        });
        let mut part = || parts.next().flatten();
        let (year, month, day) = (part()?, part()?, part()?);
        let (hour, minute, second) = (part()?, part()?, part()?);
        let month = Month::try_from(month as u8).ok()?;
        let day = Date::from_calendar_date(i32::try_from(year).ok()?, month, day as u8).ok()?;
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let midnight = u64::try_from(day.midnight().assume_utc().unix_timestamp()).ok()?;
        Some(Timestamp((midnight + u64::from(hour * 3_600 + minute * 60 + second)) * 1_000))
    }
}

/// What a call was heard through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// Client-side monitoring: the SDK's own report; the request itself is not visible.
    Csm,
    /// The TLS-intercepting proxy: the whole request is visible.
    Proxy,
    /// A CloudTrail record.
    CloudTrail,
}

impl Source {
    /// The word for it in a recording: `csm`, `proxy` or `cloudtrail`.
    pub fn as_str(self) -> &'static str {
        match self {
            Source::Csm => "csm",
            Source::Proxy => "proxy",
            Source::CloudTrail => "cloudtrail",
        }
    }
}

/// How a call ended, as far as its source tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// HTTP status of the last response; `None` when there was none (or it was not told).
    pub status: Option<u16>,
    /// AWS's error code (`AccessDenied`) or, where no response came, the SDK's own
    /// (`EndpointConnectionError`).
    pub error: Option<String>,
    /// The sentence that came with the error.
    pub message: Option<String>,
    /// AWS's request id, the key by which one call that was heard twice is known.
    pub request_id: Option<String>,
}

impl Outcome {
    /// Whether the call is known to have failed.
    pub fn failed(&self) -> bool {
        self.error.is_some() || self.status.is_some_and(|status| status >= 400)
    }
}

/// How a request was authorised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Authorization {
    /// Signed with AWS Signature Version 4 in a header.
    SigV4,
    /// Signed with Signature Version 4A.
    SigV4a,
    /// Signed with a version before 4: in a header, or in a form of the query protocol.
    SigV2,
    /// Signed in its query string, in any version.
    Presigned,
    /// Signed in the form that it is: an upload by a web page to S3.
    Form,
    /// With a user name and password that IAM stands behind: a registry's of ECR, Git's of CodeCommit.
    Basic,
    /// With an API key of IAM's as bearer token, as Bedrock takes it.
    Bearer,
    /// With another token, which says nothing of an IAM identity: one of IAM Identity Center's, of Cognito's.
    Token,
    /// Not at all.
    None,
}

impl Authorization {
    const ALL: [Authorization; 9] = [
        Authorization::SigV4,
        Authorization::SigV4a,
        Authorization::SigV2,
        Authorization::Presigned,
        Authorization::Form,
        Authorization::Basic,
        Authorization::Bearer,
        Authorization::Token,
        Authorization::None,
    ];

    /// The word for it in a rule and in a recording.
    pub fn as_str(self) -> &'static str {
        match self {
            Authorization::SigV4 => "sigv4",
            Authorization::SigV4a => "sigv4a",
            Authorization::SigV2 => "sigv2",
            Authorization::Presigned => "presigned",
            Authorization::Form => "form",
            Authorization::Basic => "basic",
            Authorization::Bearer => "bearer",
            Authorization::Token => "token",
            Authorization::None => "none",
        }
    }

    /// What a word stands for.
    pub fn of_word(word: &str) -> Option<Authorization> {
        Authorization::ALL.into_iter().find(|it| it.as_str() == word)
    }

    /// Whether an IAM identity stands behind it, so that its policies decide on the request.
    pub fn is_credential(self) -> bool {
        !matches!(self, Authorization::Token | Authorization::None)
    }
}

/// Who answered a call, as far as it decides what an answer may be believed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Answerer {
    /// AWS: a host of its API, whose certificate was verified.
    Aws,
    /// A stand-in, or another host that the user named.
    Named,
    /// Nobody but us: the call was refused, and nothing of it was sent on.
    Ourselves,
    /// Anybody: nobody vouches for who that is, or no answer is visible (client-side monitoring).
    #[default]
    Anybody,
}

/// Whose an access key is, as far as an answer told. The secrets that were given out with the key have no place here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The id of the access key (`ASIA…`); `None` for the one that signed the call.
    pub access_key: Option<String>,
    /// Its principal's ARN, as AWS tells it (`arn:aws:sts::111122223333:assumed-role/deploy/ci`), with `*` for what is
    /// not told; `None`: its principal is that of the key that signed the call.
    pub arn: Option<String>,
}

/// The codes by which services say that a call, or an entry of one, is denied.
pub fn is_denial(code: &str) -> bool {
    // `KMS.AccessDeniedException`, where one service says it of another.
    let of_another = code.split_once('.').is_some_and(|(_, code)| is_denial(code));
    of_another
        || matches!(
            code,
            "AccessDenied"
                | "AccessDeniedError"
                | "AccessDeniedException"
                | "AuthFailure.ServiceLinkedRoleCreationNotPermitted"
                | "AuthorizationError"
                | "AuthorizationErrorException"
                | "Client.UnauthorizedOperation"
                | "ForbiddenException"
                | "NotAuthorized"
                | "NotAuthorizedException"
                | "UnauthorizedAccess"
                | "UnauthorizedException"
                | "UnauthorizedOperation"
        )
}

/// A denial in an answer that succeeded otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The code that stands with it.
    pub code: Option<String>,
    /// The sentence.
    pub message: String,
    /// Whether it is the report of something that happened before, maybe to another principal (a stack's events), and not the
    /// answer to an entry of this call.
    pub reported: bool,
    /// How often the answer has it.
    pub times: u32,
}

/// A principal's ARN without the name of the session, which is often a person's or a ticket's:
/// `arn:aws:sts::111122223333:assumed-role/deploy/*`.
pub fn without_session(arn: &str) -> Cow<'_, str> {
    let role = arn.split_once(":assumed-role/").and_then(|(_, rest)| rest.split_once('/'));
    match role {
        Some((_, session)) if arn.starts_with("arn:") => {
            Cow::Owned(format!("{}*", &arn[..arn.len() - session.len()]))
        }
        _ => Cow::Borrowed(arn),
    }
}

/// A text of an answer that a rule looks at, or by which IAM tells an ARN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Where it stands: the names of the members on the way (`Parameters.Type`), without lists.
    pub path: String,
    /// The number of the structure that it stands in: what has the same belongs together.
    pub within: usize,
    /// The text.
    pub text: String,
}

/// A resource of which an answer tells that the run made it: AWS chose its id, and will choose another the next time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Its type: the prefix of its actions and AWS's name (`ec2:vpc`).
    pub resource_type: Name,
    /// What AWS chose: the id, or the ARN that has it.
    pub id: String,
    /// The id of what it stands in, as far as request or answer say (`vpc-…` of a subnet).
    pub parent: Option<String>,
    /// Whether this call made it. Otherwise its answer tells of it together with its parent, and if that was made in the run,
    /// so was this (a new VPC's default security group).
    pub by_this_call: bool,
}

/// A tag that a request puts on what it makes or names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestTag {
    /// What it is put on, where the request says so of several things (`subnet`, in `TagSpecifications`).
    pub on: Option<String>,
    /// Its key.
    pub key: String,
    /// Its value.
    pub value: String,
}

/// What request and answer say beside the operation's members: what rules look at, and whose a key is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// How the request was authorised, where it is visible.
    pub authorization: Option<Authorization>,
    /// Headers of the request, names in lower case.
    pub headers: Vec<(Name, String)>,
    /// Keys of the request's query string.
    pub query: Vec<(Name, String)>,
    /// Headers of the answer, names in lower case.
    pub response: Vec<(Name, String)>,
    /// Whose keys are, as the answer told (`sts.AssumeRole`).
    pub told: Vec<Identity>,
    /// Whether the request came over TLS; `None` where that is not visible.
    pub secure: Option<bool>,
    /// Who answered.
    pub answerer: Answerer,
    /// Texts of the answer that decide what the call needs.
    pub answered: Vec<Answered>,
    /// Whether the answer says that there are more pages than it has.
    pub more_pages: bool,
    /// Denials in an answer that succeeded otherwise; some dozens at most.
    pub refusals: Vec<Refusal>,
    /// How many more there were.
    pub more_refusals: u32,
    /// What the answer tells that was made; nothing that is decided of the call depends on it.
    pub made: Vec<Made>,
    /// The tags in the request, of operations that make something or change tags; likewise.
    pub request_tags: Vec<RequestTag>,
}

impl Evidence {
    /// The request's header of this name (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        of(&self.headers, name)
    }

    /// The value of this key in the request's query string.
    pub fn query(&self, name: &str) -> Option<&str> {
        of(&self.query, name)
    }

    /// The answer's header of this name (lower case).
    pub fn response(&self, name: &str) -> Option<&str> {
        of(&self.response, name)
    }
}

fn of<'a>(pairs: &'a [(Name, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(it, _)| it == name).map(|(_, value)| &**value)
}

/// One observed AWS API call.
///
/// It has no field for a secret key, a session token, a signature or a body: what must not reach
/// a recording or a log cannot be put in here.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// What it was heard through.
    pub source: Source,
    /// When the call began.
    pub time: Timestamp,
    /// The service under botocore's name (`elbv2`, `logs`) when the catalogue knows it, else as
    /// the source named it.
    pub service: Name,
    /// The operation as AWS names it (`CreateFunction`); for a call that is not
    /// [`recognized`](Call::recognized), as the source named it, if it did: letters, digits and `_`, but over client-side
    /// monitoring anything.
    pub operation: Option<Name>,
    /// Whether the catalogue has this service and this operation.
    pub recognized: bool,
    /// Region (`eu-west-1`), where one is known.
    pub region: Option<Name>,
    /// Partition (`aws`, `aws-cn`), from the region; `aws` where that is unknown.
    pub partition: Name,
    /// Account id (12 digits), where one is known.
    pub account: Option<String>,
    /// Access key id that signed the call (`AKIA…`): an identifier, not a secret.
    pub principal: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// How many requests were sent for it (1 without retries; 0 when it failed before sending).
    pub attempts: u32,
    /// The host that was called (`bucket.s3.eu-west-1.amazonaws.com`).
    pub host: Option<String>,
    /// The method of a request that was not [`recognized`](Call::recognized), for the list of those.
    pub method: Option<String>,
    /// The shape of the path of a request that was not [`recognized`](Call::recognized): how many segments it has
    /// (`/…/…`), and nothing of what is in them, which may be a token or somebody's name.
    pub path: Option<String>,
    /// The caller's user agent, as sent.
    pub user_agent: Option<String>,
    /// The request's members that an ARN or a rule can need, under the names of the service's
    /// model (`Bucket`, `Tags`), in the model's shape. Empty where the request is not visible, but for
    /// what the source tells otherwise (the bucket of a virtual-hosted S3 host).
    pub parameters: Map<String, Value>,
    /// What request and answer say beside that, as far as a rule looks at it.
    pub evidence: Evidence,
}
