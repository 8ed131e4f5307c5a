//! The corpus in `tests/data-plane`: what each request is and needs, by AWS's documentation. Every operation of `data/data-plane` has a case.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use leastwise::authorize::{Authorizer, Settings};
use leastwise::call::{Call, Timestamp};
use leastwise::catalog::{Catalog, Location};
use leastwise::recognize::http::{self, RequestHead};
use serde::Deserialize;

use crate::support::{access_key_id, repository};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    case: Vec<Case>,
}

/// A request, and what AWS's page says of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    pub(super) name: String,
    source: String,
    request: String,
    #[serde(default)]
    signed: String,
    #[serde(default)]
    presigned: String,
    #[serde(default)]
    authorization: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
    is: String,
    requires: BTreeSet<String>,
}

const ACCOUNT: &str = "111122223333";

pub(super) fn cases() -> Vec<Case> {
    let text = std::fs::read_to_string(repository("tests/data-plane/cases.toml")).unwrap();
    toml::from_str::<Cases>(&text).unwrap().case
}

/// A request as it is sent.
struct Sent {
    method: String,
    host: String,
    target: String,
    headers: Vec<(String, String)>,
}

impl Case {
    /// The request, signed by whom it says.
    fn sent(&self) -> Sent {
        let (method, url) = self.request.split_once(' ').unwrap();
        let (_, rest) = url.split_once("://").unwrap();
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let scope = |service: &str| {
            format!("{}/20260102/eu-west-1/{service}/aws4_request", access_key_id(ACCOUNT))
        };
        let mut target = format!("/{path}");
        let mut headers: Vec<(String, String)> =
            self.headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        let mut authorized = |value: String| headers.push(("Authorization".to_owned(), value));
        if !self.signed.is_empty() {
            let scope = scope(&self.signed);
            authorized(format!(
                "AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0a"
            ));
        }
        if !self.presigned.is_empty() {
            let mark = if target.contains('?') { '&' } else { '?' };
            let scope = scope(&self.presigned).replace('/', "%2F");
            target.push_str(&format!("{mark}X-Amz-Credential={scope}&X-Amz-Signature=0a"));
        }
        match &*self.authorization {
            "basic" => {
                let password = STANDARD.encode(format!("{}:secret", user(&self.is)));
                authorized(format!("Basic {password}"));
            }
            "bearer" => authorized("Bearer secret".to_owned()),
            _ => {}
        }
        Sent { method: method.to_owned(), host: host.to_owned(), target, headers }
    }

    pub(super) fn call(&self) -> Option<Call> {
        let Sent { method, host, target, headers } = self.sent();
        let headers: Vec<(&str, &[u8])> =
            headers.iter().map(|(name, value)| (&**name, value.as_bytes())).collect();
        let head = RequestHead {
            method: &method,
            secure: true,
            host: &host,
            target: &target,
            headers: &headers,
        };
        let mut recognizer = http::begin(Catalog::embedded(), &head)?;
        recognizer.body(self.body.as_bytes());
        recognizer.end_of_body();
        recognizer.response(200, &[]);
        Some(recognizer.finish(Timestamp(0)))
    }

    /// Whether it needs no permission.
    pub(super) fn needs_nothing(&self) -> bool {
        self.requires.is_empty()
    }

    /// The host, and the request as HTTP/1.1 writes it.
    pub(super) fn written(&self) -> (String, Vec<u8>) {
        let Sent { method, host, target, headers } = self.sent();
        let mut text = format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\n");
        for (name, value) in headers.iter().filter(|(name, _)| name != "Content-Length") {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        let length = self.body.len();
        text.push_str(&format!("Content-Length: {length}\r\nConnection: close\r\n\r\n"));
        (host, [text.as_bytes(), self.body.as_bytes()].concat())
    }
}

/// The name beside a password: Git's credentials have the account behind the user's name.
fn user(is: &str) -> &'static str {
    if is.starts_with("codecommit") { "ann-at-111122223333" } else { "AWS" }
}

#[test]
fn requests_are_what_the_documentation_says_and_need_what_it_says() {
    let (mut names, mut problems, mut covered) = (BTreeSet::new(), Vec::new(), BTreeSet::new());
    let cases = cases();
    for case in &cases {
        let mut problem = |text: String| problems.push(format!("{}: {text}", case.name));
        if !names.insert(&case.name) {
            problem("there is another of the name".to_owned());
        }
        if !case.source.starts_with("https://docs.aws.amazon.com/") {
            problem("its source is no page of AWS's documentation".to_owned());
        }
        let Some(call) = case.call() else {
            problem("not seen as a call".to_owned());
            continue;
        };
        let is = format!("{}.{}", call.service, call.operation.as_deref().unwrap_or("?"));
        if is != case.is || !call.recognized {
            problem(format!("recognised as {is}"));
            continue;
        }
        covered.insert(is);
        let decision = Authorizer::new(Settings::default()).decide(&call);
        let needed = crate::authorize::lines(&decision, |_, conditions| conditions.clone());
        for line in case.requires.difference(&needed) {
            problem(format!("missing   {line}"));
        }
        for line in needed.difference(&case.requires) {
            problem(format!("in excess {line}"));
        }
    }
    let services = Catalog::embedded().services().filter(|it| it.is_data_plane());
    for operation in services.flat_map(|it| it.operations()) {
        let name = format!("{}.{}", operation.service().name(), operation.name());
        if !covered.contains(&name) {
            problems.push(format!("{name} has no case"));
        }
    }
    assert!(problems.is_empty(), "{} of {}:\n{}", problems.len(), cases.len(), problems.join("\n"));
    assert!(cases.len() >= 90, "{}", cases.len());
}

/// A path and a query that a route stands for.
fn target(route: &str) -> String {
    let parts = route.split_inclusive('/').map(|part| {
        let slash = if part.ends_with('/') { "/" } else { "" };
        match part.trim_end_matches('/') {
            label if label.starts_with('{') && label.ends_with("+}") => format!("one/two{slash}"),
            label if label.starts_with('{') => format!("one{slash}"),
            _ => part.to_owned(),
        }
    });
    parts.collect()
}

/// A host at a place of a service, in full.
fn host(place: &str) -> Option<String> {
    let (kind, host) = place.split_once(' ')?;
    if !matches!(kind, "api" | "shared") {
        return None;
    }
    let host = host.replace("*.", "one-two.");
    Some(match host.strip_suffix(".on.aws") {
        Some(host) => format!("{host}.eu-west-1.on.aws"),
        None => format!("{host}.eu-west-1.amazonaws.com"),
    })
}

/// Each method and path of each service, at each of its hosts, signed for it, is the operation that the data says; at another
/// service's host, or signed for another, it is not.
#[test]
fn every_route_at_every_place_is_its_operation() {
    let is = |method: &str, host: &str, target: &str, service: &str, further: &[(&str, &[u8])]| {
        let key = access_key_id(ACCOUNT);
        let signature = format!(
            "AWS4-HMAC-SHA256 Credential={key}/20260102/eu-west-1/{service}/aws4_request, SignedHeaders=host, Signature=0a"
        );
        let mut headers = vec![("authorization", signature.as_bytes())];
        headers.extend(further);
        let head = RequestHead { method, secure: true, host, target, headers: &headers };
        let recognizer = http::begin(Catalog::embedded(), &head).expect("it is signed");
        let call = recognizer.finish(Timestamp(0));
        (format!("{}.{}", call.service, call.operation.unwrap_or_default()), call.region)
    };
    let (mut looked_at, mut problems) = (0, Vec::new());
    for service in Catalog::embedded().services().filter(|it| it.is_data_plane()) {
        let own = service.operations().map(|it| (it, it.method(), it.route(), it.input()));
        let forms = service.forms().map(|it| (it.operation(), it.method(), it.route(), it.input()));
        for (operation, method, route, input) in own.chain(forms) {
            let name = format!("{}.{}", service.name(), operation.name());
            let members = input.into_iter().flat_map(|it| it.members());
            let required =
                members.filter(|it| it.is_required() && it.location() == Location::Header);
            let headers: Vec<(&str, &[u8])> =
                required.map(|it| (it.wire, b"websocket".as_slice())).collect();
            let method = if method == "*" { "GET" } else { method };
            let signing = std::iter::once(service.signing_name());
            for signing in signing.chain(service.further_signing_names()) {
                for host in service.places().filter_map(host) {
                    looked_at += 1;
                    let (found, region) = is(method, &host, &target(route), signing, &headers);
                    if found != name || region.as_deref() != Some("eu-west-1") {
                        problems.push(format!("{method} {host}{route} for {signing}: {found}"));
                    }
                    let (found, _) = is(method, &host, &target(route), "sqs", &headers);
                    if found == name {
                        problems.push(format!("{method} {host}{route} for sqs: {found}"));
                    }
                }
            }
            let (found, _) = is(
                method,
                "sns.eu-west-1.amazonaws.com",
                &target(route),
                service.signing_name(),
                &headers,
            );
            if found == name {
                problems.push(format!("{method} at SNS's {route}: {found}"));
            }
        }
    }
    assert!(problems.is_empty(), "{} of {looked_at}:\n{}", problems.len(), problems.join("\n"));
    assert!(looked_at >= 150, "{looked_at}");
}
