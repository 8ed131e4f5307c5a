//! The corpus in `tests/data-plane`: what each request is and needs, by AWS's documentation. Every operation of `data/data-plane` has a case.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use leastwise::authorize::{Authorizer, Settings};
use leastwise::call::{Call, Timestamp};
use leastwise::catalog::Catalog;
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
