//! An HTTP exchange → [`Call`]: bytes in, in pieces of any size, values out.
//!
//! [`begin`] reads the head of the request; [`Recognizer`] is fed the rest as it passes. What a call has taken
//! is bounded whatever the size of its body and the order of its members.

mod choose;
mod endpoint;
mod evidence;
mod form;
mod identity;
mod index;
mod named;
mod names;
mod plans;
mod query;
mod refusals;
mod response;
mod routes;
mod scan;
mod signature;
mod take;
mod template;
#[cfg(test)]
mod tests;
mod upload;
mod uri;
mod wanted;
mod xml;

pub use template::is_resource_type;

use serde_json::{Map, Value};

use crate::call::{Authorization, Call, Evidence, Name, Outcome, Source, Timestamp};
use crate::catalog::{Catalog, Location, Operation, Protocol, Service};
use crate::recognize::{account, s3_host};
use choose::{Candidates, Named, bucket, is_bucket_host, speaks};
use endpoint::Endpoint;
pub use endpoint::Home;
use query::Form;
use response::Within;
use routes::{Asked, Found, labels};
use signature::{Signer, is_region};
use take::{LONGEST, MOST_ITEMS, ROOM, kept, push};
pub use uri::path_shape;
use wanted::{Keep, Node, Plan, Want};

/// The head of a request, as it was sent.
#[derive(Debug, Clone, Copy)]
pub struct RequestHead<'a> {
    /// The method (`POST`).
    pub method: &'a str,
    /// Whether it came through TLS.
    pub secure: bool,
    /// The authority (`bucket.s3.eu-west-1.amazonaws.com`, `localhost:4566`).
    pub host: &'a str,
    /// Path and query, not decoded. An absolute form's scheme and authority are passed over.
    pub target: &'a str,
    /// The headers in any case and order.
    pub headers: &'a [(&'a str, &'a [u8])],
}

impl RequestHead<'_> {
    fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.iter().find(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }

    fn text(&self, name: &str) -> &str {
        self.header(name)
            .and_then(|value| std::str::from_utf8(value).ok())
            .unwrap_or_default()
            .trim()
    }
}

/// What a host is to an operation: where its API is, and nothing else, AWS answers.
pub fn home(host: &str, operation: Operation) -> Home {
    Endpoint::read(host).home(operation)
}

/// The paths of the members that are kept of an operation's requests (`Delete.Objects[].Key`, `Tags{}`); not those of
/// which only ARNs are (`Attributes{}`).
pub fn kept_members(operation: Operation) -> Vec<String> {
    plans::plan(operation).paths()
}

/// Recognises one exchange while it passes.
pub struct Recognizer {
    catalog: Catalog,
    request: Request,
    service: Option<Service>,
    operation: Option<Operation>,
    /// What the request calls its operation, where the catalogue's service has none of that name.
    unlisted: Option<String>,
    parameters: Map<String, Value>,
    evidence: Evidence,
    room: usize,
    body: Body,
    response: Option<response::Reader>,
}

/// What is kept of the head.
struct Request {
    method: String,
    secure: bool,
    host: String,
    endpoint: Endpoint,
    /// Without the query, which may hold a signature.
    path: String,
    user_agent: Option<String>,
    signer: Signer,
    region: Option<String>,
    partition: &'static str,
    /// What the service is called where the catalogue does not know it.
    service_name: String,
}

/// What reads the body.
enum Body {
    /// Nothing in it is wanted.
    None,
    Json(scan::json::Scanner, take::Taker),
    Cbor(scan::cbor::Scanner, take::Taker),
    Xml(scan::xml::Scanner, xml::Taker),
    Form(scan::form::Scanner, Box<Form>),
    Upload(upload::Upload),
}

/// Begins recognition. `None`: no call of AWS's API, since it is neither signed, nor
/// sent to a host of AWS's, nor marked by an SDK.
pub fn begin(catalog: Catalog, head: &RequestHead<'_>) -> Option<Recognizer> {
    let (path, query) = uri::split_target(head.target);
    let signer = signature::of_head(head, query);
    let endpoint = Endpoint::read(head.host);
    let is_sdk = head.header("amz-sdk-request").is_some() || head.header("x-amz-target").is_some();
    if signer.is_none() && !endpoint.is_aws && !is_sdk {
        return None;
    }
    // The older schemes sign no service; elsewhere than at AWS, a request like that says nothing of AWS.
    let says_service = signer.as_ref().is_some_and(|signer| signer.service.is_some());
    let user_agent = head.text("user-agent");
    let signed_for = signer.as_ref().and_then(|it| it.region.clone());
    let region = signed_for.filter(|it| is_region(it)).or_else(|| endpoint.region.clone());
    let partition = match &region {
        Some(region) => catalog.partition_for_region(region).id(),
        None => "aws",
    };
    let candidates = if says_service || endpoint.is_aws {
        Candidates::of(catalog, signer.as_ref(), &endpoint, user_agent)
    } else if signer.is_none() {
        Candidates::unsigned(catalog, user_agent)
    } else {
        let s3 = Signer { service: Some("s3".to_owned()), ..Signer::nobody() };
        Candidates::of(catalog, Some(&s3), &endpoint, user_agent)
    };
    let service = candidates.likeliest();
    let authorization = match &signer {
        Some(signer) => signer.authorization,
        None => signature::unsigned(head, &endpoint, service),
    };
    let evidence = evidence::of_request(catalog, head, query, authorization);
    let service_name = signer.as_ref().and_then(|signer| signer.service.clone());
    let service_name = service_name.unwrap_or_else(|| endpoint.stem.clone());
    let mut recognizer = Recognizer {
        catalog,
        service,
        operation: None,
        unlisted: None,
        parameters: Map::new(),
        evidence,
        room: ROOM,
        body: Body::None,
        response: None,
        request: Request {
            method: bounded(head.method),
            secure: head.secure,
            host: bounded(head.host),
            endpoint: Endpoint::default(),
            path: bounded(path),
            user_agent: (!user_agent.is_empty()).then(|| bounded(user_agent)),
            signer: signer.clone().unwrap_or_else(Signer::nobody),
            region,
            partition,
            service_name: bounded(&service_name),
        },
    };
    recognizer.choose(head, path, query, signer.as_ref(), &endpoint, candidates);
    recognizer.request.endpoint = endpoint;
    Some(recognizer)
}

impl Recognizer {
    fn choose(
        &mut self,
        head: &RequestHead<'_>,
        path: &str,
        query: &str,
        signer: Option<&Signer>,
        endpoint: &Endpoint,
        candidates: Candidates,
    ) {
        let target = head.text("x-amz-target");
        if !target.is_empty() {
            match candidates.by_target(target) {
                Named::Operation(operation) => return self.is(operation, Protocol::Json),
                Named::Unlisted(service, name) => return self.is_unlisted(service, name),
                Named::Nothing => {}
            }
        }
        match candidates.by_rpc_path(path) {
            Named::Operation(operation) => {
                let is_json = head.text("smithy-protocol") == "rpc-v2-json";
                let protocol = if is_json { Protocol::Json } else { Protocol::RpcV2Cbor };
                return self.is(operation, protocol);
            }
            Named::Unlisted(service, name) => return self.is_unlisted(service, name),
            Named::Nothing => {}
        }
        let content_type = head.text("content-type");
        let is_form = content_type.starts_with("application/x-www-form-urlencoded");
        if candidates.speak_query() {
            let mut form = Form::new(candidates);
            if query_has(query, "Action") {
                let mut scanner = scan::form::Scanner::default();
                scanner.feed(query.as_bytes(), &mut form);
                scanner.end(&mut form);
                self.form_is_over(form);
                return;
            }
            if head.method == "POST"
                && (is_form || content_type.is_empty())
                && (path.trim_matches('/').is_empty() || form.candidates.has("sqs"))
            {
                self.body = Body::Form(scan::form::Scanner::default(), Box::new(form));
                return;
            }
            let Form { candidates, .. } = form;
            return self.choose_route(head, path, query, signer, endpoint, &candidates, is_form);
        }
        self.choose_route(head, path, query, signer, endpoint, &candidates, is_form);
    }

    #[allow(clippy::too_many_arguments)] // One step of `choose`, which all of it is about.
    fn choose_route(
        &mut self,
        head: &RequestHead<'_>,
        path: &str,
        query: &str,
        signer: Option<&Signer>,
        endpoint: &Endpoint,
        candidates: &Candidates,
        is_form: bool,
    ) {
        let mut asked = Asked::new(head.method, path, query, head.headers);
        let bucket = bucket(signer, endpoint, self.request.partition);
        if let Some(bucket) = &bucket {
            asked.segments.insert(0, bucket);
        }
        let mut found = candidates.by_route(&mut asked, bucket.is_some());
        if found.is_none() && asked.segments.get(1) == Some(&"@connections") {
            // API Gateway's own host has the stage in front.
            asked.segments.remove(0);
            found = candidates.by_route(&mut asked, false);
        }
        // Polly takes presigned GETs of what it has as POSTs.
        let is_presigned = query_has(query, "X-Amz-Signature");
        if found.is_none() && is_presigned && head.method == "GET" {
            asked.method = "POST";
            found = candidates.by_route(&mut asked, bucket.is_some());
        }
        if found.is_none() && is_form && head.method == "POST" {
            // CloudSearch's queries are sent as forms, with all of the query string in them.
            asked.method = "GET";
            asked.query = vec![("format", "sdk"), ("pretty", "true")];
            found = candidates.by_route(&mut asked, false);
        }
        let Some(found) = found else {
            if is_bucket_host(endpoint) {
                self.service = self.catalog.service("s3");
                if signer.is_none()
                    && let Some(upload) = upload::Upload::of(head)
                {
                    self.body = Body::Upload(upload);
                }
            }
            return;
        };
        let found = Found { operation: directory(found.operation, signer, endpoint), ..found };
        let (service, plan) = (found.operation.service(), found.plan());
        if bucket.is_some() && service.name() != "s3" {
            asked.segments.remove(0);
        }
        self.take_outside(plan, found, &asked, head, endpoint);
        if is_presigned {
            self.take_moved(plan, &asked);
        }
        let protocol = if speaks(service, &[Protocol::RestXml]) {
            Protocol::RestXml
        } else {
            Protocol::RestJson
        };
        self.is_with(plan, found.operation, protocol);
    }

    /// Takes the members in path, query, headers and host name.
    fn take_outside(
        &mut self,
        plan: &'static Plan,
        found: Found,
        asked: &Asked<'_>,
        head: &RequestHead<'_>,
        endpoint: &Endpoint,
    ) {
        if plan.outside.iter().any(|it| it.location == Location::Uri) {
            labels(found.route(), &asked.segments, |label, value| {
                let member =
                    plan.outside.iter().find(|it| it.location == Location::Uri && it.wire == label);
                if let Some(member) = member {
                    self.take(member.name, member.keep, &value);
                }
            });
        }
        for member in &plan.outside {
            if member.host_label && endpoint.is_aws {
                let label = found
                    .operation
                    .host_prefix()
                    .strip_prefix('{')
                    .and_then(|it| it.split('}').next());
                if label == Some(member.wire) || label == Some(member.name) {
                    let value = head.host.split('.').next().unwrap_or_default();
                    self.take(member.name, member.keep, value);
                }
            }
            let in_query = || {
                let named = |(name, _): &&(&str, &str)| {
                    *name == member.wire || uri::form_decoded(name) == member.wire
                };
                asked.query.iter().filter(named).map(|(_, value)| uri::form_decoded(value))
            };
            match member.location {
                Location::Query if member.is_list => {
                    for value in in_query() {
                        self.take_item(member.name, member.keep, &value);
                    }
                }
                Location::Query => {
                    if let Some(value) = in_query().next() {
                        self.take(member.name, member.keep, &value);
                    }
                }
                Location::Header => {
                    let value = head.text(member.wire);
                    let moved = if value.is_empty() { asked.in_query(member.wire) } else { None };
                    let value = moved.as_deref().unwrap_or(value);
                    // The one header that is encoded.
                    let decoded = (member.wire == "x-amz-copy-source").then(|| uri::decoded(value));
                    let value = decoded.as_deref().unwrap_or(value);
                    if member.is_list && !value.is_empty() {
                        for item in value.split(',') {
                            self.take_item(member.name, member.keep, item.trim());
                        }
                    } else if !value.is_empty() {
                        self.take(member.name, member.keep, value);
                    }
                }
                _ => {}
            }
        }
    }

    /// Takes members of the body that a presigned request has in its query.
    fn take_moved(&mut self, plan: &'static Plan, asked: &Asked<'_>) {
        let Node::Structure(fields) = plan.node(plan.root) else { return };
        for (name, value) in &asked.query {
            let Some(field) = fields.iter().find(|field| field.wire == *name) else { continue };
            let value = uri::form_decoded(value);
            match field.want {
                Want::Scalar(keep) => self.take(field.name, keep, &value),
                Want::Node(number) => {
                    if let Node::List { item: Want::Scalar(keep), .. } = plan.node(number) {
                        self.take_item(field.name, *keep, &value);
                    }
                }
            }
        }
    }

    fn take(&mut self, name: &str, keep: Keep, value: &str) {
        let cut = value.len() > LONGEST;
        if let Some(value) = kept(keep, value, cut, &mut self.room) {
            self.parameters.insert(name.to_owned(), value);
        }
    }

    fn take_item(&mut self, name: &str, keep: Keep, value: &str) {
        let cut = value.len() > LONGEST;
        let Some(value) = kept(keep, value, cut, &mut self.room) else { return };
        let list = self.parameters.entry(name).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(items) = list
            && items.len() < MOST_ITEMS
        {
            push(items, value);
        }
    }

    /// The operation is known: makes ready for its body.
    fn is(&mut self, operation: Operation, protocol: Protocol) {
        self.is_with(plans::plan(operation), operation, protocol);
    }

    /// The request names an operation that the catalogue lacks; what else is in it cannot be told.
    fn is_unlisted(&mut self, service: Service, name: String) {
        self.service = Some(service);
        self.unlisted = Some(name);
    }

    fn is_with(&mut self, plan: &'static Plan, operation: Operation, protocol: Protocol) {
        self.service = Some(operation.service());
        self.operation = Some(operation);
        if !plan.body {
            return;
        }
        let room = self.room;
        let taken = std::mem::take(&mut self.parameters);
        self.body = match protocol {
            Protocol::Json | Protocol::RestJson => {
                Body::Json(scan::json::Scanner::new(), take::Taker::new(plan, taken, room))
            }
            Protocol::RpcV2Cbor => {
                Body::Cbor(scan::cbor::Scanner::new(), take::Taker::new(plan, taken, room))
            }
            Protocol::RestXml => {
                Body::Xml(scan::xml::Scanner::new(), xml::Taker::new(plan, taken, room))
            }
            Protocol::Query | Protocol::Ec2 => {
                self.parameters = taken;
                Body::None
            }
        };
    }

    /// Reads the next piece of the request's body.
    pub fn body(&mut self, chunk: &[u8]) {
        match &mut self.body {
            Body::None => {}
            Body::Json(scanner, taker) => scanner.feed(chunk, taker),
            Body::Cbor(scanner, taker) => scanner.feed(chunk, taker),
            Body::Xml(scanner, taker) => scanner.feed(chunk, taker),
            Body::Form(scanner, form) => scanner.feed(chunk, &mut **form),
            Body::Upload(upload) => upload.feed(chunk),
        }
    }

    /// The request's body is over; further pieces are passed over. [`finish`](Recognizer::finish) does it too.
    pub fn end_of_body(&mut self) {
        match std::mem::replace(&mut self.body, Body::None) {
            Body::None => {}
            Body::Json(mut scanner, mut taker) => {
                scanner.end(&mut taker);
                self.parameters = taker.finish();
            }
            Body::Cbor(_, taker) => self.parameters = taker.finish(),
            Body::Xml(_, taker) => self.parameters = taker.finish(),
            Body::Form(mut scanner, mut form) => {
                scanner.end(&mut *form);
                self.form_is_over(*form);
            }
            Body::Upload(upload) => {
                if let Some(signer) = upload.signer() {
                    self.evidence.authorization = Some(signer.authorization);
                    self.request.signer = signer;
                }
            }
        }
    }

    fn form_is_over(&mut self, mut form: Form) {
        form.decide();
        if let Some(key) = form.access_key {
            self.request.signer.access_key.get_or_insert(key);
            // The scheme of old has key and signature in the form.
            if form.signed && self.evidence.authorization == Some(Authorization::None) {
                self.evidence.authorization = Some(Authorization::SigV2);
            }
        }
        match form.decided {
            Some((operation, taker)) => {
                self.service = Some(operation.service());
                self.operation = Some(operation);
                self.parameters = taker.finish(std::mem::take(&mut self.parameters));
                self.queue_url();
            }
            None => match form.unlisted {
                Some((service, name)) => self.is_unlisted(service, name),
                None => self.service = form.candidates.likeliest(),
            },
        }
    }

    /// SQS's first protocol sends requests to the queue's URL instead of naming it.
    fn queue_url(&mut self) {
        let is_sqs = self.service.is_some_and(|service| service.name() == "sqs");
        let path = self.request.path.trim_matches('/');
        if is_sqs && path.contains('/') && !self.parameters.contains_key("QueueUrl") {
            let scheme = if self.request.secure { "https" } else { "http" };
            let url = format!("{scheme}://{}/{path}", self.request.host);
            self.parameters.insert("QueueUrl".to_owned(), url.into());
        }
    }

    /// The final response begins (interim ones, 1xx, are passed over). A later one takes its place.
    pub fn response(&mut self, status: u16, headers: &[(&str, &[u8])]) {
        if status < 200 {
            return;
        }
        // These may fail after their answer has begun, under status 200.
        let in_success = self.operation.is_some_and(|operation| {
            operation.service().name() == "s3"
                && ["CopyObject", "CompleteMultipartUpload", "UploadPartCopy"]
                    .contains(&operation.name())
        });
        self.evidence.response = evidence::of_response(self.catalog, headers);
        let within = self.operation.map_or(Within::Nothing, |operation| {
            match (identity::Teller::of(operation), refusals::Reader::of(operation)) {
                (Some(teller), _) => Within::Key(teller),
                (None, Some(reader)) => Within::Refusals(reader),
                (None, None) => Within::Nothing,
            }
        });
        self.response = Some(response::Reader::new(status, headers, in_success, within));
    }

    /// Reads the next piece of the response's body.
    pub fn response_body(&mut self, chunk: &[u8]) {
        if let Some(response) = &mut self.response {
            response.body(chunk);
        }
    }

    /// The operation, as soon as it is known.
    pub fn operation(&self) -> Option<Operation> {
        self.operation
    }

    /// What the host that was asked is to the operation; `None` while none is known, nor named.
    pub fn home(&self) -> Option<Home> {
        let endpoint = &self.request.endpoint;
        let unlisted =
            || Some(endpoint.home_of(self.service.filter(|_| self.unlisted.is_some())?, ""));
        self.operation.map(|operation| endpoint.home(operation)).or_else(unlisted)
    }

    /// The call, as far as the exchange came. `time` is when it began.
    pub fn finish(mut self, time: Timestamp) -> Call {
        self.end_of_body();
        let request = self.request;
        let (outcome, within) = self
            .response
            .map_or_else(|| (Outcome::default(), Within::Nothing), response::Reader::finish);
        match within {
            Within::Nothing => {}
            Within::Key(teller) => {
                let told = teller.identity(&self.parameters, request.partition);
                self.evidence.told.extend(told);
            }
            Within::Refusals(reader) => {
                let (found, more) = reader.finish();
                self.evidence.refusals = found;
                self.evidence.more_refusals = more;
            }
        }
        let recognized = self.operation.is_some();
        let unknown = || match &*request.service_name {
            "" => Name::Borrowed("unknown"),
            name => Name::Owned(name.to_owned()),
        };
        Call {
            source: Source::Proxy,
            time,
            service: self.service.map_or_else(unknown, |service| service.name().into()),
            operation: match self.operation {
                Some(operation) => Some(operation.name().into()),
                None => self.unlisted.map(Name::Owned),
            },
            recognized,
            region: request.region.map(Name::Owned),
            partition: request.partition.into(),
            account: request.signer.access_key.as_deref().and_then(account::from_access_key),
            principal: request.signer.access_key,
            outcome,
            attempts: 1,
            host: Some(request.host),
            method: (!recognized).then_some(request.method),
            path: (!recognized).then(|| path_shape(&request.path)),
            user_agent: request.user_agent,
            parameters: self.parameters,
            evidence: self.evidence,
        }
    }
}

/// What came over the network and is kept as it is: at most so much of it.
fn bounded(text: &str) -> String {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}

/// `ListBuckets` at the endpoint of directory buckets is `ListDirectoryBuckets`.
fn directory(operation: Operation, signer: Option<&Signer>, endpoint: &Endpoint) -> Operation {
    let service = operation.service();
    let is_express = signer.and_then(|signer| signer.service.as_deref()) == Some("s3express")
        || endpoint.s3.as_ref().is_some_and(|s3| s3.target == s3_host::Target::Express);
    let lists = service.name() == "s3" && operation.name() == "ListBuckets" && is_express;
    let directory = if lists { service.operation("ListDirectoryBuckets") } else { None };
    directory.unwrap_or(operation)
}

fn query_has(query: &str, name: &str) -> bool {
    uri::pairs(query).any(|(it, _)| it == name)
}
