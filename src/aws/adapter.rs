//! The requests of AWS's own crate, which finds credentials: it asks over the same connections as everything else here.

use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::header::HOST;
use http::{HeaderValue, Request, Response, Uri};
use http_body_util::Full;

use crate::aws::endpoint::Endpoint;
use crate::aws::wire::{Http, LONGEST, Limits, whole};

/// Sends what AWS's crate asks.
#[derive(Debug, Clone)]
pub(super) struct Adapter(pub(super) Arc<Http>);

/// The same, with limits.
#[derive(Debug)]
struct Limited {
    http: Arc<Http>,
    limits: Limits,
}

impl HttpClient for Adapter {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let or_longest = |limit: Option<Duration>| limit.unwrap_or(LONGEST).min(LONGEST);
        let limits = Limits {
            connect: or_longest(settings.connect_timeout()),
            answer: or_longest(settings.read_timeout()),
        };
        SharedHttpConnector::new(Limited { http: Arc::clone(&self.0), limits })
    }
}

impl HttpConnector for Limited {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (http, limits) = (Arc::clone(&self.http), self.limits);
        HttpConnectorFuture::new(async move {
            let (to, request) = plain(request)?;
            let io = |why: String| ConnectorError::io(why.into());
            let (head, body) = http.send(&to, request, limits).await.map_err(io)?.into_parts();
            let body = whole(body).await.map_err(io)?;
            let answer = Response::from_parts(head, SdkBody::from(body));
            HttpResponse::try_from(answer).map_err(|error| ConnectorError::user(error.into()))
        })
    }
}

/// Whom a request is for, and the request as it is sent there.
fn plain(request: HttpRequest) -> Result<(Endpoint, Request<Full<Bytes>>), ConnectorError> {
    let unusable = |why: &str| ConnectorError::user(why.into());
    let request = request.try_into_http1x();
    let (mut head, body) =
        request.map_err(|error| ConnectorError::user(error.into()))?.into_parts();
    let scheme = head.uri.scheme_str().unwrap_or_default();
    let host = head.uri.authority().map(ToString::to_string).unwrap_or_default();
    let to = Endpoint::of_url(&format!("{scheme}://{host}"))
        .map_err(|_| unusable("the address of the credentials is no http:// or https:// URL"))?;
    let path = head.uri.path_and_query().map_or("/", |it| it.as_str());
    head.uri = Uri::try_from(path).map_err(|error| ConnectorError::user(error.into()))?;
    if !head.headers.contains_key(HOST) {
        let host = HeaderValue::try_from(to.authority());
        head.headers.insert(HOST, host.map_err(|error| ConnectorError::user(error.into()))?);
    }
    let body = body.bytes().map(Bytes::copy_from_slice);
    let body = body.ok_or_else(|| unusable("a request for credentials is a stream"))?;
    Ok((to, Request::from_parts(head, Full::new(body))))
}
