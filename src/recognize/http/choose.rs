//! Which operation a request is, as far as its head tells: the ways in which protocols say it, tried one after the other.

use super::candidates::{Candidates, Named, speaks};
use super::endpoint::Endpoint;
use super::head::RequestHead;
use super::planes;
use super::plans;
use super::routes::{Found, Routed};
use super::signature::Signer;
use super::uri;
use crate::catalog::{Operation, Protocol, Service};
use crate::recognize::s3_host;

/// The head of a request, and what was read of it.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) head: &'a RequestHead<'a>,
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    pub(super) signer: Option<&'a Signer>,
    pub(super) endpoint: &'a Endpoint,
    /// The bucket that the host names.
    pub(super) bucket: Option<&'a str>,
}

/// The bucket or access point that the host names: the value of S3's `Bucket`.
pub(super) fn bucket(
    signer: Option<&Signer>,
    endpoint: &Endpoint,
    partition: &str,
) -> Option<String> {
    if let Some(s3) = &endpoint.s3 {
        return s3.bucket(partition).map(|bucket| bucket.into_owned());
    }
    // Buckets of a stand-in on this machine: `bucket.localhost:4566`.
    let service = signer.and_then(|signer| signer.service.as_deref());
    let is_s3 = matches!(service, Some("s3" | "s3express"));
    let bucket = endpoint.stem.strip_suffix(".localhost").filter(|bucket| *bucket != "s3");
    bucket.filter(|_| is_s3).map(str::to_owned)
}

/// What the head says.
pub(super) enum Chosen<'a> {
    /// The operation, whose body is in this protocol.
    Operation(Operation, Protocol),
    /// The operation of a REST service, with the request in the form in which it is its route's.
    Route(Found, Protocol, Routed<'a>),
    /// An operation that the catalogue's service lacks, by the name that the request has for it.
    Unlisted(Service, String),
    /// The operation stands in a form, which is the query string.
    FormInQuery,
    /// The operation stands in a form, which is the body.
    FormInBody,
    /// It is S3 that is asked for something: an upload by a web page has its operation in the body.
    Bucket,
}

/// A way to say which operation it is.
type Way = for<'a> fn(Asked<'a>, &Candidates) -> Option<Chosen<'a>>;

/// In this order: what names the operation before what only looks like it.
const WAYS: [Way; 5] = [by_target, by_rpc_path, by_form, by_route, by_bucket_host];

/// What the first of the ways says that says something. What no SDK has a model of comes last, but at hosts that are its own.
pub(super) fn choose<'a>(asked: Asked<'a>, candidates: &Candidates) -> Option<Chosen<'a>> {
    by_own_host(asked, candidates)
        .or_else(|| WAYS.iter().find_map(|way| way(asked, candidates)))
        .or_else(|| by_plane(asked))
}

/// A host of a resource's own (`a1b2c3.execute-api`), where SDKs may know some of the paths, too.
fn by_own_host<'a>(asked: Asked<'a>, candidates: &Candidates) -> Option<Chosen<'a>> {
    if !asked.endpoint.is_aws || asked.endpoint.s3.is_some() {
        return None;
    }
    let mut those = planes::at(&asked.endpoint.stem).filter(|it| it.below);
    let own = those.find_map(|it| by_route_of(asked, it.service))?;
    let of_sdks = asked.endpoint.shared().and_then(|name| match by_route(asked, candidates) {
        Some(Chosen::Route(found, protocol, request))
            if found.operation.service().name() == name =>
        {
            Some(Chosen::Route(found, protocol, request))
        }
        _ => None,
    });
    of_sdks.or(Some(own))
}

/// A service of the data plane, for what nothing else was found.
fn by_plane(asked: Asked<'_>) -> Option<Chosen<'_>> {
    if asked.endpoint.is_aws {
        return planes::at(&asked.endpoint.stem).find_map(|it| by_route_of(asked, it.service));
    }
    // Unsigned, it says nothing of AWS there. What looks like a newer call of the service's own API is none of these.
    let is_version = |segment: &str| {
        segment.len() == 10 && segment.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
    };
    let first = asked.path.split('/').nth(1).unwrap_or_default();
    if asked.signer.is_none() || is_version(first) {
        return None;
    }
    planes::elsewhere().find_map(|service| by_route_of(asked, service))
}

/// The operation of a service of the data plane that a request is, if it may be for it: unsigned, or signed for it.
fn by_route_of(asked: Asked<'_>, service: Service) -> Option<Chosen<'_>> {
    if let Some(signer) = asked.signer {
        let name = signer.service.as_deref()?;
        let further = service.further_signing_names();
        std::iter::once(service.signing_name()).chain(further).find(|it| *it == name)?;
    }
    let head = asked.head;
    let request = Routed::new(head.method, asked.path, asked.query, head.headers);
    let (_, found) = plans::routes(service).find(&request)?;
    Some(Chosen::Route(found, Protocol::RestJson, request))
}

impl Asked<'_> {
    /// Whether its body is a form.
    fn is_form(&self) -> bool {
        self.head.text("content-type").starts_with("application/x-www-form-urlencoded")
    }

    /// Whether its query string has this key.
    fn has_in_query(&self, name: &str) -> bool {
        uri::pairs(self.query).any(|(it, _)| it == name)
    }

    /// Whether it carries its signature in the query string.
    pub(super) fn is_presigned(&self) -> bool {
        self.has_in_query("X-Amz-Signature")
    }
}

/// `X-Amz-Target: Prefix.Operation`
fn by_target<'a>(asked: Asked<'a>, candidates: &Candidates) -> Option<Chosen<'a>> {
    let target = Some(asked.head.text("x-amz-target")).filter(|target| !target.is_empty())?;
    // As Java's SDK speaks to Kinesis.
    let is_cbor = asked.head.text("content-type").starts_with("application/x-amz-cbor-1.");
    let protocol = if is_cbor { Protocol::RpcV2Cbor } else { Protocol::Json };
    named(candidates.by_target(target), protocol)
}

/// `/service/Name/operation/Operation`
fn by_rpc_path<'a>(asked: Asked<'a>, candidates: &Candidates) -> Option<Chosen<'a>> {
    let is_cbor = asked.head.text("smithy-protocol") != "rpc-v2-json";
    let protocol = if is_cbor { Protocol::RpcV2Cbor } else { Protocol::Json };
    named(candidates.by_rpc_path(asked.path), protocol)
}

fn named<'a>(named: Named, protocol: Protocol) -> Option<Chosen<'a>> {
    match named {
        Named::Operation(operation) => Some(Chosen::Operation(operation, protocol)),
        Named::Unlisted(service, name) => Some(Chosen::Unlisted(service, name)),
        Named::Nothing => None,
    }
}

/// `Action=Operation&Version=…`
fn by_form<'a>(asked: Asked<'a>, candidates: &Candidates) -> Option<Chosen<'a>> {
    if !candidates.speak_query() {
        return None;
    }
    if asked.has_in_query("Action") {
        return Some(Chosen::FormInQuery);
    }
    let may_be_form = asked.is_form() || asked.head.text("content-type").is_empty();
    // SQS's first protocol sends forms to the queue's URL.
    let is_at_top = asked.path.trim_matches('/').is_empty() || candidates.has("sqs");
    let in_body = asked.head.method == "POST" && may_be_form && is_at_top;
    in_body.then_some(Chosen::FormInBody)
}

/// Method, path and query.
fn by_route<'a>(asked: Asked<'a>, candidates: &Candidates) -> Option<Chosen<'a>> {
    let head = asked.head;
    let mut request = Routed::new(head.method, asked.path, asked.query, head.headers);
    if let Some(bucket) = asked.bucket {
        request.put_in_front(bucket);
    }
    let found = READINGS.iter().find_map(|reading| {
        if reading(asked, &mut request) { candidates.by_route(&request) } else { None }
    });
    let found = found?;
    let found = Found { operation: directory(asked, found.operation), ..found };
    let service = found.operation.service();
    // The bucket is in the path for S3 alone.
    if request.has_bucket && service.name() != "s3" {
        request = request.without_first();
    }
    let is_xml = speaks(service, &[Protocol::RestXml]);
    let protocol = if is_xml { Protocol::RestXml } else { Protocol::RestJson };
    Some(Chosen::Route(found, protocol, request))
}

/// A way to read a request as its route has it. Each changes what those before it left, or says that it is none for this request.
type Reading = for<'a> fn(Asked<'a>, &mut Routed<'a>) -> bool;

/// In this order, until there is an operation of such a route.
const READINGS: [Reading; 4] = [as_sent, behind_stage, presigned_as_post, form_as_get];

fn as_sent<'a>(_: Asked<'a>, _: &mut Routed<'a>) -> bool {
    true
}

/// API Gateway's own host has the stage in front.
fn behind_stage<'a>(_: Asked<'a>, request: &mut Routed<'a>) -> bool {
    let is_behind = request.segments.get(1) == Some(&"@connections");
    if is_behind {
        *request = request.without_first();
    }
    is_behind
}

/// Polly takes presigned GETs of what it has as POSTs.
fn presigned_as_post<'a>(asked: Asked<'a>, request: &mut Routed<'a>) -> bool {
    let is_get = asked.is_presigned() && asked.head.method == "GET";
    if is_get {
        request.method = "POST";
    }
    is_get
}

/// CloudSearch's queries are sent as forms, with all of the query string in them.
fn form_as_get<'a>(asked: Asked<'a>, request: &mut Routed<'a>) -> bool {
    let is_form = asked.is_form() && asked.head.method == "POST";
    if is_form {
        request.method = "GET";
        request.query = vec![("format", "sdk"), ("pretty", "true")];
    }
    is_form
}

/// `ListBuckets` at the endpoint of directory buckets is `ListDirectoryBuckets`.
fn directory(asked: Asked<'_>, operation: Operation) -> Operation {
    let service = operation.service();
    let is_express = asked.signer.and_then(|signer| signer.service.as_deref()) == Some("s3express")
        || asked.endpoint.s3.as_ref().is_some_and(|s3| s3.target == s3_host::Target::Express);
    let lists = service.name() == "s3" && operation.name() == "ListBuckets" && is_express;
    let directory = if lists { service.operation("ListDirectoryBuckets") } else { None };
    directory.unwrap_or(operation)
}

/// S3's own host for buckets, where `s3` is not signed (older schemes, unsigned).
fn by_bucket_host<'a>(asked: Asked<'a>, _: &Candidates) -> Option<Chosen<'a>> {
    let s3 = asked.endpoint.s3.as_ref()?;
    let has_no_buckets =
        matches!(s3.target, s3_host::Target::Control(_) | s3_host::Target::Outposts);
    (!has_no_buckets).then_some(Chosen::Bucket)
}
