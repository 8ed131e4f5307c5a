//! A record as the call that it tells of.

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::called::{Called, called};
use super::forwarded::Forwarded;
use super::identity::{Caller, UserIdentity};
use super::members;
use super::passed_over::PassedOver;
use super::raw::said;
use super::record::{API_CALL, DIGEST, INSIGHT, OUTSIDE, Record, VPC_ENDPOINT};
use super::resources;
use crate::call::{
    Answerer, Authorization, Call, Evidence, Name, Outcome, Source, Timestamp, is_denial,
};
use crate::catalog::{Catalog, Looked};
use crate::recognize::http::makes;
use crate::recognize::message::{self as sentence, bounded};

/// What a record is.
#[derive(Debug, Clone, PartialEq)]
pub enum Seen {
    /// A call.
    Call(Box<SeenCall>),
    /// None of a principal that a policy can be written for.
    PassedOver(PassedOver),
}

/// A call that a record tells of.
#[derive(Debug, Clone, PartialEq)]
pub struct SeenCall {
    /// The call.
    pub call: Call,
    /// The service that made it, where one did.
    pub forwarded: Option<Forwarded>,
}

/// Who called, as far as `userIdentity` tells.
#[derive(Debug, Clone)]
pub(super) struct Who {
    pub(super) caller: Result<Caller, PassedOver>,
    /// The partition that the principal is in, of those that there are.
    pub(super) partition: Option<&'static str>,
    /// The service that made the call, if one did; of no region yet.
    pub(super) forwarded: Option<Forwarded>,
}

impl Who {
    pub(super) fn of(identity: &UserIdentity<'_>, catalog: Catalog) -> Who {
        let partition = identity.partition();
        Who {
            caller: identity.caller(),
            partition: catalog.partitions().map(|it| it.id()).find(|it| partition == Some(it)),
            forwarded: Forwarded::of(identity, None),
        }
    }
}

/// The longest sentence of an error that is kept.
const LONGEST_MESSAGE: usize = 2_048;
/// Where the ARNs stand that a record of no operation names.
const RESOURCES: &str = "resources";
/// The longest of all other texts.
const LONGEST: usize = 256;

impl Record<'_> {
    /// The call that it tells of. `who` called, and `message` is the sentence of its error.
    pub(super) fn call(
        &self,
        catalog: Catalog,
        who: &Who,
        message: Option<String>,
    ) -> Result<SeenCall, PassedOver> {
        let caller = who.caller.as_ref().map_err(|why| *why)?;
        let region = self.region().filter(|it| !it.is_empty() && it.len() <= LONGEST);
        let of_region = || region.map(|it| catalog.partition_for_region(it).id());
        let partition = who.partition.or_else(of_region).unwrap_or("aws");
        let forwarded = who.forwarded.as_ref().map(|it| it.in_region(region));
        let asked = self.parameters().and_then(|text| serde_json::from_str(&text).ok());
        let asked: Map<String, Value> = asked.unwrap_or_default();
        let version = self.api_version();
        let fits = |operation| members::fits(operation, &asked);
        let called = called(&self.source, &self.name, version.as_deref(), fits);
        let outcome = self.outcome(message);
        let call = self.of(called, region, partition, caller, asked, outcome);
        if call.outcome.is_unauthenticated(&call.service) {
            return Err(PassedOver::NotAuthenticated);
        }
        Ok(SeenCall { call, forwarded })
    }

    /// Why it is passed over, if that is not for who called: it tells of no call of AWS's API
    /// (docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html: `eventType`).
    pub(super) fn passed_over(&self) -> Option<PassedOver> {
        match &*self.kind {
            API_CALL | VPC_ENDPOINT => self.is_bare_copy().then_some(PassedOver::VpcEndpoint),
            "AwsConsoleSignIn" => Some(PassedOver::SignIn),
            "AwsConsoleAction" => Some(PassedOver::ConsoleAction),
            "AwsServiceEvent" => Some(PassedOver::ServiceEvent),
            INSIGHT => Some(PassedOver::Insight),
            DIGEST => Some(PassedOver::Digest),
            OUTSIDE => Some(PassedOver::OutsideAws),
            _ => Some(PassedOver::OtherKind),
        }
    }

    fn of(
        &self,
        called: Called,
        region: Option<&str>,
        partition: &'static str,
        caller: &Caller,
        asked: Map<String, Value>,
        outcome: Outcome,
    ) -> Call {
        let operation = match called {
            Called::Operation(operation) => Some(operation),
            Called::Service(_) | Called::Unknown => None,
        };
        let service = match called {
            Called::Operation(operation) => Name::Borrowed(operation.service().name()),
            Called::Service(service) => Name::Borrowed(service.name()),
            Called::Unknown => {
                let source = self.source.split_once(".amazon").map_or(&*self.source, |it| it.0);
                Name::Owned(bounded(source, LONGEST).to_owned())
            }
        };
        let mut parameters = Map::new();
        let mut evidence = self.evidence(caller);
        let named = self.resources().map(resources::named).unwrap_or_default();
        if let Some(operation) = operation {
            parameters = members::taken(operation, asked);
            resources::fill(operation, &named, &mut parameters);
            evidence.request_tags = makes::take_tags(operation, &mut parameters);
        } else if !named.is_empty() {
            // What is an action and no operation, such as codecommit:GitPull, says by them alone what it was on.
            let arns = named.into_iter().map(|(arn, _)| arn.into()).collect();
            parameters.insert(RESOURCES.to_owned(), Value::Array(arns));
        }
        let text = |text: Option<std::borrow::Cow<'_, str>>| {
            text.filter(|it| !it.is_empty()).map(|it| bounded(&it, LONGEST).to_owned())
        };
        Call {
            source: Source::CloudTrail,
            time: self.time().unwrap_or(Timestamp(0)),
            service,
            operation: match operation {
                Some(operation) => Some(Name::Borrowed(operation.name())),
                None => Some(Name::Owned(word(&self.name))).filter(|it| !it.is_empty()),
            },
            recognized: operation.is_some(),
            region: region.map(|it| Name::Owned(it.to_owned())),
            partition: Name::Borrowed(partition),
            account: caller.account.clone().or_else(|| self.account().map(str::to_owned)),
            principal: caller.key.clone(),
            outcome,
            attempts: 1,
            host: None,
            method: None,
            path: None,
            user_agent: text(self.user_agent()),
            parameters,
            evidence,
        }
    }

    /// How the call ended. A record has no status: what succeeded had that of success.
    fn outcome(&self, message: Option<String>) -> Outcome {
        let error = self.error.as_deref().map(|code| bounded(code, LONGEST).to_owned());
        Outcome {
            status: match error.as_deref() {
                None => Some(200),
                Some("NoSuchKey" | "NoSuchBucket" | "NoSuchVersion") => Some(404),
                Some(_) => None,
            },
            message,
            error,
            request_id: self.request_id().map(|it| bounded(&it, LONGEST).to_owned()),
        }
    }

    fn evidence(&self, caller: &Caller) -> Evidence {
        Evidence {
            authorization: Some(self.authorization(caller)),
            response: evidence_of_answer(self),
            told: caller.told(),
            secure: self.is_over_tls().then_some(true),
            // The user vouches for the file.
            answerer: Answerer::Aws,
            ..Evidence::default()
        }
    }

    /// How the request was authorised, as far as `additionalEventData` tells: S3's of the signature
    /// (docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-request-identification.html), Bedrock's of its API keys.
    fn authorization(&self, caller: &Caller) -> Authorization {
        let told = self.told_authorization();
        told.filter(|_| caller.authorization == Authorization::SigV4)
            .unwrap_or(caller.authorization)
    }

    /// What `additionalEventData` tells of it, where that is more than that it was signed.
    pub(super) fn told_authorization(&self) -> Option<Authorization> {
        let additional = self.additional()?;
        let additional: Additional<'_> = serde_json::from_str(&additional).ok()?;
        let says = |raw, value: &str| said(raw).is_some_and(|it| it == value);
        if additional.call_with_bearer_token.is_some_and(|it| it.get() == "true") {
            Some(Authorization::Bearer)
        } else if says(additional.signature_version, "SigV2") {
            Some(Authorization::SigV2)
        } else if says(additional.authentication_method, "QueryString") {
            Some(Authorization::Presigned)
        } else {
            None
        }
    }
}

/// What `additionalEventData` tells of how a request was authorised.
#[derive(Deserialize)]
struct Additional<'a> {
    #[serde(borrow, default, rename = "AuthenticationMethod")]
    authentication_method: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "SignatureVersion")]
    signature_version: Option<&'a RawValue>,
    /// Bedrock's records say so of requests with an API key.
    #[serde(borrow, default, rename = "callWithBearerToken")]
    call_with_bearer_token: Option<&'a RawValue>,
}

/// The sentence of an error, where it tells of permissions: others have ids and times in them, and decide nothing.
pub(super) fn message(record: &Record<'_>) -> Option<String> {
    let code = record.error.as_deref()?;
    let text = record.error_message()?;
    is_of_access(code, &text).then(|| kept(&text)).flatten()
}

/// Whether a code or its sentence tells of permissions.
pub(super) fn is_of_access(code: &str, text: &str) -> bool {
    is_denial(code)
        || code.contains("Auth")
        || text.contains("not authorized")
        || text.contains("ccess denied")
}

/// What is kept of such a sentence.
pub(super) fn kept(text: &str) -> Option<String> {
    sentence::kept(text, LONGEST_MESSAGE)
}

/// The header that says how S3 encrypts an object.
const ENCRYPTION: &str = "x-amz-server-side-encryption";

/// The headers of the answer that rules look at: S3's events have them among `responseElements`.
pub(super) fn evidence_of_answer(record: &Record<'_>) -> Vec<(Name, String)> {
    let is_s3 = record.source.starts_with("s3");
    let Some(answer) = record.response().filter(|_| is_s3) else { return Vec::new() };
    let answer: Map<String, Value> = serde_json::from_str(&answer).unwrap_or_default();
    let looked_at = Catalog::embedded().looked_at(Looked::Response);
    // All that are written have it, so that it tells that the answer is there
    // (docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html).
    let found = [ENCRYPTION].into_iter().chain(looked_at.filter(|it| *it != ENCRYPTION));
    let found = found.filter_map(|name| {
        let value = answer.get(name)?.as_str()?;
        Some((Name::Borrowed(name), bounded(value, LONGEST_MESSAGE).to_owned()))
    });
    found.collect()
}

/// What an operation is called that the catalogue lacks: letters, digits and `_`.
fn word(name: &str) -> String {
    let is_letter = |it: &char| it.is_ascii_alphanumeric() || *it == '_';
    name.chars().filter(is_letter).take(LONGEST).collect()
}
