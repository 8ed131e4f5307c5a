//! A service in a region, asked with signed requests, as often as is of use.

use std::sync::Arc;

use bytes::Bytes;
use http::response::Parts;
use http::{Method, Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use serde_json::Value;

use crate::aws::client::{FORM, form};
use crate::aws::credentials::{Credentials, Unsigned};
use crate::aws::credentials_cache::CredentialsCache;
use crate::aws::endpoint::Endpoint;
use crate::aws::error::AskError;
use crate::aws::retry::Retry;
use crate::aws::wire::{Http, Limits, whole};
use crate::aws::xml::Element;

/// What those are told whose credentials are over.
const EXPIRED: [&str; 4] =
    ["ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"];

/// A service in a region.
#[derive(Debug, Clone)]
pub struct Service {
    pub(super) http: Arc<Http>,
    pub(super) credentials: Arc<CredentialsCache>,
    pub(super) endpoint: Endpoint,
    /// The name that requests are signed for (`s3`).
    pub(super) name: &'static str,
    /// The region that they are signed for.
    pub(super) region: String,
}

/// What is asked.
#[derive(Debug, Clone)]
pub(super) struct Ask<'a> {
    pub(super) operation: &'static str,
    pub(super) method: Method,
    /// Path and query, escaped.
    pub(super) path: &'a str,
    pub(super) headers: &'a [(&'a str, &'a str)],
    pub(super) body: &'a [u8],
}

impl Service {
    /// Asks. The body of the answer is read to its end.
    ///
    /// # Errors
    ///
    /// When there is no answer, or an error, also after several tries.
    pub(super) async fn ask(
        &self,
        ask: &Ask<'_>,
        mut retry: Retry,
    ) -> Result<(Parts, Bytes), AskError> {
        loop {
            let error = match self.once(ask).await {
                Ok((head, body)) => match whole(body).await {
                    Ok(body) => return Ok((head, body)),
                    Err(why) => AskError::Unreached { operation: self.named(ask), why },
                },
                Err(error) => error,
            };
            retry.wait(error).await?;
        }
    }

    /// Asks by the query protocol (<https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>). The answer's root is returned.
    ///
    /// # Errors
    ///
    /// As [`Service::ask`], and when the answer is not XML.
    pub(super) async fn query(
        &self,
        operation: &'static str,
        version: &str,
        parameters: &[(&str, &str)],
        retry: Retry,
    ) -> Result<Element, AskError> {
        let form = form(operation, version, parameters);
        let ask = Ask {
            operation,
            method: Method::POST,
            path: "/",
            headers: &[FORM],
            body: form.as_bytes(),
        };
        let (_, body) = self.ask(&ask, retry).await?;
        Element::read(&body).map_err(|error| self.unreadable(&ask, &error))
    }

    /// Asks by the JSON protocol with paths (<https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html>), with POST.
    ///
    /// # Errors
    ///
    /// As [`Service::ask`], and when the answer is not JSON.
    pub(super) async fn post_json(
        &self,
        operation: &'static str,
        path: &str,
        input: &Value,
        retry: Retry,
    ) -> Result<Value, AskError> {
        let input = input.to_string();
        let headers = [("content-type", "application/json")];
        let (method, body) = (Method::POST, input.as_bytes());
        let ask = Ask { operation, method, path, headers: &headers, body };
        let (_, body) = self.ask(&ask, retry).await?;
        serde_json::from_slice(&body).map_err(|error| self.unreadable(&ask, &error))
    }

    pub(super) fn unreadable(&self, ask: &Ask<'_>, why: &impl ToString) -> AskError {
        AskError::Unreadable { operation: self.named(ask), why: why.to_string() }
    }

    /// Asks; the body of the answer is still to be read.
    ///
    /// # Errors
    ///
    /// As [`Service::ask`].
    pub(super) async fn open(&self, ask: &Ask<'_>) -> Result<(Parts, Incoming), AskError> {
        let mut retry = Retry::new();
        loop {
            match self.once(ask).await {
                Ok(answer) => return Ok(answer),
                Err(error) => retry.wait(error).await?,
            }
        }
    }

    /// Asks once, and once more where the credentials were over.
    async fn once(&self, ask: &Ask<'_>) -> Result<(Parts, Incoming), AskError> {
        let (used, answer) = self.answered(ask).await?;
        let error = match accepted(self.named(ask), answer).await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        if error.has_code(&EXPIRED) && self.credentials.renew(&used).await {
            let (_, answer) = self.answered(ask).await?;
            return accepted(self.named(ask), answer).await;
        }
        Err(error)
    }

    /// Asks once; whatever the answer is, with the credentials that the request was signed with.
    pub(super) async fn answered(
        &self,
        ask: &Ask<'_>,
    ) -> Result<(Credentials, Response<Incoming>), AskError> {
        let unsigned = |why| AskError::Unsigned { operation: self.named(ask), why };
        let credentials = self.credentials.get().await.map_err(unsigned)?;
        let unreached = |why| AskError::Unreached { operation: self.named(ask), why };
        let request = self.request(ask, &credentials).map_err(unreached)?;
        let answer =
            self.http.send(&self.endpoint, request, Limits::default()).await.map_err(unreached)?;
        Ok((credentials, answer))
    }

    fn request(
        &self,
        ask: &Ask<'_>,
        credentials: &Credentials,
    ) -> Result<Request<Full<Bytes>>, String> {
        let unsigned = Unsigned {
            origin: &self.endpoint.origin(),
            authority: self.endpoint.authority(),
            method: ask.method.clone(),
            path: &self.endpoint.path_to(ask.path),
            headers: ask.headers,
            body: Bytes::copy_from_slice(ask.body),
        };
        credentials.signed(unsigned, (self.name, &self.region))
    }

    /// What is asked, as errors name it (`s3:GetObject`).
    pub(super) fn named(&self, ask: &Ask<'_>) -> String {
        format!("{}:{}", self.name, ask.operation)
    }
}

/// An answer that is no error.
async fn accepted(
    operation: String,
    answer: Response<Incoming>,
) -> Result<(Parts, Incoming), AskError> {
    let (head, body) = answer.into_parts();
    if head.status.is_success() {
        return Ok((head, body));
    }
    // An error without what is to be said of it is one all the same.
    let said = whole(body).await.unwrap_or_default();
    Err(AskError::refused(operation, &head, &said))
}
