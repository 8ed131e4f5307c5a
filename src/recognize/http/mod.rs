//! An HTTP exchange → [`Call`]: bytes in, in pieces of any size, values out.
//!
//! [`begin`] reads the head of the request; [`Recognizer`] is fed the rest as it passes. What a call has taken
//! is bounded whatever the size of its body and the order of its members.

mod answers;
mod candidates;
mod choose;
mod coding;
mod endpoint;
mod evidence;
mod form;
mod graphql;
mod head;
mod identity;
mod index;
pub(in crate::recognize) mod keep;
pub(in crate::recognize) mod makes;
mod named;
mod names;
mod outside;
mod pages;
mod places;
mod planes;
pub(in crate::recognize) mod plans;
mod query;
mod refusals;
mod request;
mod response;
mod routes;
mod scan;
mod signature;
pub(in crate::recognize) mod take;
mod telling;
mod template;
#[cfg(test)]
mod tests;
mod upload;
pub(in crate::recognize) mod uri;
pub(in crate::recognize) mod wanted;
mod wire;
mod xml;

pub use endpoint::Home;
pub use head::RequestHead;
pub use template::is_resource_type;
pub use uri::path_shape;
pub use wire::{Dialect, Wire};

use std::sync::Arc;

use crate::call::{Authorization, Call, Evidence, Name, Outcome, Timestamp};
use crate::catalog::{Catalog, Operation, Protocol, Service};
use candidates::Candidates;
use choose::{Asked, Chosen, choose};
use coding::Coding;
use endpoint::Endpoint;
use places::{Place, place};
use query::Form;
use request::Request;
use response::Within;
use signature::{Signer, is_region};
use take::{Taken, bounded};
use wanted::Plan;

/// What a host is to an operation: where its API is, and nothing else, AWS answers.
pub fn home(host: &str, operation: Operation) -> Home {
    Endpoint::read(host).home(operation)
}

/// The paths of the members that are kept of an operation's requests (`Delete.Objects[].Key`, `Tags{}`); not those of
/// which only ARNs are (`Attributes{}`).
pub fn kept_members(operation: Operation) -> Vec<String> {
    // Not the one that is kept: it is asked for before rules are in force.
    Plan::of(operation, operation.input()).paths(false)
}

/// The same with the members of which only ARNs, roles and keys are kept (`Attributes{}`).
pub fn kept_or_referred(operation: Operation) -> Vec<String> {
    Plan::of(operation, operation.input()).paths(true)
}

/// Recognises one exchange while it passes.
pub struct Recognizer {
    catalog: Catalog,
    request: Request,
    service: Option<Service>,
    operation: Option<Operation>,
    /// What the request calls its operation, where the catalogue's service has none of that name.
    unlisted: Option<String>,
    taken: Taken,
    evidence: Evidence,
    body: Body,
    /// How the body is coded, where it is.
    coding: Option<Box<Coding>>,
    said: wire::Said,
    /// The protocol by which the operation was found.
    protocol: Option<Protocol>,
    response: Option<response::Reader>,
    pages: Option<pages::Reader>,
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
    let is_sdk = head.header("amz-sdk-request").is_some() || head.header("x-amz-target").is_some();
    let user_agent = head.text("user-agent");
    let read = || Endpoint::read(head.host);
    let Place { endpoint, candidates } = match &signer {
        Some(signer) => {
            let service = signer.service.as_deref();
            let asked = places::Asked { host: head.host, service, user_agent };
            place(asked, || signed_for(catalog, signer, read(), user_agent))
        }
        None => {
            let endpoint = read();
            if !endpoint.is_aws && !is_sdk {
                return None;
            }
            let candidates = match endpoint.is_aws {
                true => Candidates::of(catalog, None, &endpoint, user_agent),
                false => Candidates::unsigned(catalog, user_agent),
            };
            Place { endpoint: Arc::new(endpoint), candidates: Arc::new(candidates) }
        }
    };
    let signed_for = signer.as_ref().and_then(|it| it.region.clone());
    let region = signed_for.filter(|it| is_region(it)).or_else(|| endpoint.region.clone());
    let partition = match &region {
        Some(region) => catalog.partition_for_region(region).id(),
        None => "aws",
    };
    let service = candidates.likeliest();
    let bucket = choose::bucket(signer.as_ref(), &endpoint, partition);
    let asked = Asked {
        head,
        path,
        query,
        signer: signer.as_ref(),
        endpoint: &endpoint,
        bucket: bucket.as_deref(),
    };
    let authorization = match &signer {
        Some(signer) => signer.authorization,
        None => signature::unsigned(head, &endpoint, service),
    };
    let user = match authorization {
        Authorization::Basic => signature::user(head, &endpoint),
        _ => signature::User::default(),
    };
    let evidence = evidence::of_request(catalog, head, query, authorization);
    let service_name = signer.as_ref().and_then(|signer| signer.service.clone());
    let service_name = service_name.unwrap_or_else(|| endpoint.stem.clone());
    let mut recognizer = Recognizer {
        catalog,
        service,
        operation: None,
        unlisted: None,
        taken: Taken::nothing(),
        evidence,
        body: Body::None,
        coding: Coding::of(head).map(Box::new),
        said: wire::Said::of(head, authorization),
        protocol: None,
        response: None,
        pages: None,
        request: Request {
            method: bounded(head.method),
            secure: head.secure,
            host: bounded(head.host),
            endpoint: endpoint.clone(),
            path: bounded(path),
            user_agent: (!user_agent.is_empty()).then(|| bounded(user_agent)),
            signer: Signer { access_key: user.access_key, ..Signer::nobody() },
            account: user.account,
            region,
            partition,
            service_name: bounded(&service_name),
        },
    };
    if let Some(chosen) = choose(asked, &candidates) {
        recognizer.take(chosen, asked, candidates);
    }
    if let Some(mut signer) = signer {
        // A form in the query may say the key.
        signer.access_key = signer.access_key.or(recognizer.request.signer.access_key);
        recognizer.request.signer = signer;
    }
    Some(recognizer)
}

/// Where a signed request goes, of which only the service counts that it is signed for.
fn signed_for(catalog: Catalog, signer: &Signer, endpoint: Endpoint, user_agent: &str) -> Place {
    let candidates = if signer.service.is_some() || endpoint.is_aws {
        Candidates::of(catalog, Some(signer), &endpoint, user_agent)
    } else {
        // The older schemes sign no service; elsewhere than at AWS, a request like that says nothing of AWS.
        let s3 = Signer { service: Some("s3".to_owned()), ..Signer::nobody() };
        Candidates::of(catalog, Some(&s3), &endpoint, user_agent)
    };
    Place { endpoint: Arc::new(endpoint), candidates: Arc::new(candidates) }
}

impl Recognizer {
    /// Takes what the head says, and makes ready for the body.
    fn take(&mut self, chosen: Chosen<'_>, asked: Asked<'_>, candidates: Arc<Candidates>) {
        match chosen {
            Chosen::Operation(operation, protocol) => self.is(operation, protocol),
            Chosen::Unlisted(service, name) => self.is_unlisted(service, name),
            Chosen::Route(found, protocol, request) => {
                outside::take(found, asked, &request, &mut self.taken);
                self.is_with(plans::plan_of(found), found.operation, protocol);
            }
            Chosen::FormInQuery => {
                let mut form = Form::new(candidates);
                let mut scanner = scan::form::Scanner::default();
                scanner.feed(asked.query.as_bytes(), &mut form);
                scanner.end(&mut form);
                self.form_is_over(form);
            }
            Chosen::FormInBody => {
                let form = Box::new(Form::new(candidates));
                self.body = Body::Form(scan::form::Scanner::default(), form);
            }
            Chosen::Bucket => {
                self.service = self.catalog.service("s3");
                if asked.signer.is_none()
                    && let Some(upload) = upload::Upload::of(asked.head)
                {
                    // https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html: it is PutObject that it needs.
                    self.operation = self.service.and_then(|it| it.operation("PutObject"));
                    self.protocol = Some(Protocol::RestXml);
                    self.body = Body::Upload(upload);
                    let in_path = asked.path.split('/').find(|it| !it.is_empty());
                    if let Some(bucket) = asked.bucket.or(in_path) {
                        self.taken.take("Bucket", keep::Keep::Whole, bucket);
                    }
                }
            }
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
        self.protocol = Some(protocol);
        if !plan.body {
            return;
        }
        let room = self.taken.room;
        let taken = std::mem::take(&mut self.taken.parameters);
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
                self.taken.parameters = taken;
                Body::None
            }
        };
    }

    /// Reads the next piece of the request's body.
    pub fn body(&mut self, chunk: &[u8]) {
        if self.is_read() {
            return;
        }
        match self.coding.take() {
            Some(mut coding) => {
                coding.feed(chunk, &mut |piece| self.read(piece));
                self.coding = Some(coding);
            }
            None => self.read(chunk),
        }
    }

    fn read(&mut self, chunk: &[u8]) {
        match &mut self.body {
            Body::None => {}
            Body::Json(scanner, taker) => scanner.feed(chunk, taker),
            Body::Cbor(scanner, taker) => scanner.feed(chunk, taker),
            Body::Xml(scanner, taker) => scanner.feed(chunk, taker),
            Body::Form(scanner, form) => scanner.feed(chunk, &mut **form),
            Body::Upload(upload) => {
                if upload.feed(chunk) {
                    self.over();
                }
            }
        }
    }

    /// The request's body is over; further pieces are passed over. [`finish`](Recognizer::finish) does it too.
    pub fn end_of_body(&mut self) {
        if let Some(coding) = self.coding.take() {
            coding.end(&mut |piece| self.read(piece));
        }
        self.over();
    }

    /// All was read of the body that is read of it.
    fn over(&mut self) {
        match std::mem::replace(&mut self.body, Body::None) {
            Body::None => {}
            Body::Json(mut scanner, mut taker) => {
                scanner.end(&mut taker);
                self.taken.parameters = taker.finish();
            }
            Body::Cbor(_, taker) => self.taken.parameters = taker.finish(),
            Body::Xml(_, taker) => self.taken.parameters = taker.finish(),
            Body::Form(mut scanner, mut form) => {
                scanner.end(&mut *form);
                self.form_is_over(*form);
            }
            Body::Upload(upload) => {
                upload.take(&mut self.taken);
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
                self.protocol = wire::of_form(operation.service());
                self.taken.parameters = taker.finish(std::mem::take(&mut self.taken.parameters));
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
        if is_sqs && path.contains('/') && !self.taken.parameters.contains_key("QueueUrl") {
            let scheme = if self.request.secure { "https" } else { "http" };
            let url = format!("{scheme}://{}/{path}", self.request.host);
            self.taken.parameters.insert("QueueUrl".to_owned(), url.into());
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
            let key = identity::Teller::of(operation).map(Within::Key);
            let refusals = || refusals::Reader::of(operation).map(Within::Refusals);
            let texts = || answers::Reader::of(operation).map(Within::Texts);
            key.or_else(refusals).or_else(texts).unwrap_or(Within::Nothing)
        });
        self.response = Some(response::Reader::new(status, headers, in_success, within));
        let paged = self.operation.filter(|it| plans::has_pages(*it));
        self.pages = paged.and_then(|it| pages::Reader::new(it, status, headers));
    }

    /// Reads the next piece of the response's body.
    pub fn response_body(&mut self, chunk: &[u8]) {
        if let Some(response) = &mut self.response {
            response.body(chunk);
        }
        if let Some(pages) = &mut self.pages {
            pages.body(chunk);
        }
    }

    /// The operation, as soon as it is known.
    pub fn operation(&self) -> Option<Operation> {
        self.operation
    }

    /// The service, as far as it is known: of a request whose operation is not, the one that it is most likely for.
    pub fn service(&self) -> Option<Service> {
        self.service
    }

    /// What the caller understands as an answer. It is settled together with the [`operation`](Recognizer::operation);
    /// of a request that has none, it is what the head suggests.
    pub fn wire(&self) -> Wire {
        self.said.wire(self.service, self.protocol)
    }

    /// What the host that was asked is to the operation; `None` while none is known, nor named.
    pub fn home(&self) -> Option<Home> {
        let endpoint = &self.request.endpoint;
        let unlisted =
            || Some(endpoint.home_of(self.service.filter(|_| self.unlisted.is_some())?, ""));
        self.operation.map(|operation| endpoint.home(operation)).or_else(unlisted)
    }

    /// Whether everything was read of the request that is wanted of it: what comes of its body changes nothing.
    pub fn is_read(&self) -> bool {
        matches!(self.body, Body::None)
    }

    /// Whether the head of the answer says that the call failed, or has a header that a rule looks at.
    pub fn answer_is_telling(&self) -> bool {
        let status = self.response.as_ref().and_then(response::Reader::status);
        !self.evidence.response.is_empty() || status.is_some_and(|status| status >= 400)
    }

    /// The call, as far as the request and the head of its answer tell. `time` is when it began.
    pub fn so_far(&self, time: Timestamp) -> Call {
        let mut parameters = self.taken.parameters.clone();
        let mut evidence = self.evidence.clone();
        if let Some(operation) = self.operation {
            evidence.request_tags = makes::take_tags(operation, &mut parameters);
        }
        let outcome = Outcome {
            status: self.response.as_ref().and_then(response::Reader::status),
            ..Outcome::default()
        };
        let request = self.request.clone();
        request.call(self.service, self.named(), time, outcome, parameters, evidence)
    }

    /// The operation's name, and whether the catalogue has it.
    fn named(&self) -> (Option<Name>, bool) {
        match self.operation {
            Some(operation) => (Some(operation.name().into()), true),
            None => (self.unlisted.clone().map(Name::Owned), false),
        }
    }

    /// The call, as far as the exchange came. `time` is when it began.
    pub fn finish(mut self, time: Timestamp) -> Call {
        self.end_of_body();
        let named = self.named();
        let (outcome, within) = self
            .response
            .map_or_else(|| (Outcome::default(), Within::Nothing), response::Reader::finish);
        match within {
            Within::Nothing => {}
            Within::Key(teller) => {
                let told = teller.identity(&self.taken.parameters, self.request.partition);
                self.evidence.told.extend(told);
            }
            Within::Texts(reader) => {
                let (decide, told) = reader.finish();
                self.evidence.answered = decide;
                if let Some(operation) = self.operation.filter(|_| !outcome.failed()) {
                    self.evidence.made = makes::made(operation, &self.taken.parameters, &told);
                }
            }
            Within::Refusals(reader) => {
                let (found, more) = reader.finish();
                self.evidence.refusals = found;
                self.evidence.more_refusals = more;
            }
        }
        if let Some(operation) = self.operation {
            let tags = makes::take_tags(operation, &mut self.taken.parameters);
            self.evidence.request_tags = tags;
        }
        self.evidence.more_pages = self.pages.is_some_and(pages::Reader::finish);
        self.request.call(self.service, named, time, outcome, self.taken.parameters, self.evidence)
    }
}
