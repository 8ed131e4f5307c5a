//! One who asks: signs a request, sends it, and reads the answer, of which and of whose time there is not too much.

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::Full;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::aws::credentials::{Credentials, Unsigned};
use crate::aws::error::AskError;
use crate::aws::wire::{LONGEST, Reached, speaking, whole, within};
use crate::aws::xml::Element;

/// What stays as it is in forms and paths: RFC 3986's unreserved characters.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Connects to whoever is asked.
pub trait Reach: Send + Sync {
    /// A new connection.
    fn reach(&self) -> Reached<'_>;
}

/// Whom an operation is asked of.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The name that requests are signed for (`sqs`).
    pub service: &'a str,
    /// The region that they are signed for.
    pub region: &'a str,
    /// The operation.
    pub operation: &'a str,
}

/// Asks.
pub struct Client {
    reach: Box<dyn Reach>,
    /// `http://HOST:PORT`, or with https.
    url: String,
    /// `HOST:PORT`, as it stands in `Host`.
    authority: String,
    credentials: Credentials,
}

impl Client {
    /// One that asks whoever is at this `scheme` (`http` or `https`) and `authority` (`HOST:PORT`).
    pub fn new(
        scheme: &str,
        authority: &str,
        credentials: Credentials,
        reach: Box<dyn Reach>,
    ) -> Client {
        Client {
            reach,
            url: format!("{scheme}://{authority}"),
            authority: authority.to_owned(),
            credentials,
        }
    }

    /// Asks by the query protocol (<https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>). The answer's root is returned.
    ///
    /// # Errors
    ///
    /// When there is no answer, an error, or one that is not XML.
    pub async fn query(
        &self,
        target: Target<'_>,
        version: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Element, AskError> {
        let form = form(target.operation, version, parameters);
        let body = self.send(target, (Method::POST, "/"), &[FORM], form.into_bytes()).await?;
        Element::read(&body).map_err(|error| unreadable(target, &error))
    }

    /// Asks by a JSON protocol (<https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html>). `version`: `1.0` or `1.1`;
    /// `prefix`: what stands before the operation in `X-Amz-Target`.
    ///
    /// # Errors
    ///
    /// When there is no answer, an error, or one that is not JSON.
    pub async fn json(
        &self,
        target: Target<'_>,
        (prefix, version): (&str, &str),
        input: &Value,
    ) -> Result<Value, AskError> {
        let named = format!("{prefix}.{}", target.operation);
        let kind = format!("application/x-amz-json-{version}");
        let headers = [("content-type", kind.as_str()), ("x-amz-target", named.as_str())];
        let input = input.to_string().into_bytes();
        let body = self.send(target, (Method::POST, "/"), &headers, input).await?;
        serde_json::from_slice(&body).map_err(|error| unreadable(target, &error))
    }

    /// Gets a path with its query; the body of the answer is returned.
    ///
    /// # Errors
    ///
    /// When there is no answer, or an error.
    pub async fn get(&self, target: Target<'_>, path: &str) -> Result<Bytes, AskError> {
        self.send(target, (Method::GET, path), &[], Vec::new()).await
    }

    /// Sends a request of any protocol, whose method is one of HTTP's own; what is answered is of no interest.
    ///
    /// # Errors
    ///
    /// When there is no answer, or an error.
    pub async fn ask(
        &self,
        target: Target<'_>,
        (method, path): (&str, &str),
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<(), AskError> {
        let method = method.parse().map_err(|_| AskError::Unreached {
            operation: named(target),
            why: format!("{method} is no method of HTTP"),
        })?;
        self.send(target, (method, path), headers, body).await.map(drop)
    }

    async fn send(
        &self,
        target: Target<'_>,
        (method, path): (Method, &str),
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Bytes, AskError> {
        let unreached = |why: String| AskError::Unreached { operation: named(target), why };
        let request = self.request(target, (method, path), headers, body).map_err(unreached)?;
        let answer = async {
            let mut sender = speaking(self.reach.reach().await?).await?;
            let answer = sender.send_request(request).await.map_err(|error| error.to_string())?;
            let (head, body) = answer.into_parts();
            Ok::<_, String>((head, whole(body).await?))
        };
        let answer = within(LONGEST, answer).await.and_then(|it| it);
        let (head, body) = answer.map_err(unreached)?;
        if head.status.is_success() {
            return Ok(body);
        }
        Err(AskError::refused(named(target), &head, &body))
    }

    fn request(
        &self,
        target: Target<'_>,
        (method, path): (Method, &str),
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Request<Full<Bytes>>, String> {
        let unsigned = Unsigned {
            origin: &self.url,
            authority: &self.authority,
            method,
            path,
            headers,
            body: Bytes::from(body),
        };
        self.credentials.signed(unsigned, (target.service, target.region))
    }
}

/// What a form's type is.
pub(super) const FORM: (&str, &str) =
    ("content-type", "application/x-www-form-urlencoded; charset=utf-8");

/// The form of a request of the query protocol.
pub(super) fn form(operation: &str, version: &str, parameters: &[(&str, &str)]) -> String {
    let mut form = format!("Action={operation}&Version={version}");
    for (name, value) in parameters {
        // A space is a plus in forms, as SDKs send them.
        let value = utf8_percent_encode(value, ESCAPED).to_string().replace("%20", "+");
        form += &format!("&{name}={value}");
    }
    form
}

/// A part of a path, escaped.
pub(crate) fn escaped(part: &str) -> String {
    utf8_percent_encode(part, ESCAPED).to_string()
}

fn named(Target { service, operation, .. }: Target<'_>) -> String {
    format!("{service}:{operation}")
}

fn unreadable(target: Target<'_>, why: &impl ToString) -> AskError {
    AskError::Unreadable { operation: named(target), why: why.to_string() }
}
