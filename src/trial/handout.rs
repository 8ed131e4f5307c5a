//! Credentials for a command that runs longer than a session: it asks for them as it would in a container
//! (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>).

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use crate::aws::CredentialsCache;
use crate::remote::Asking;
use crate::trial::error::TrialError;
use crate::trial::session::Sessions;

/// Connections at once: more come from nobody who should ask.
const MOST_CONNECTIONS: usize = 64;

/// Hands credentials out while it is there.
pub(super) struct Handout {
    address: SocketAddr,
    token: Arc<str>,
    serving: JoinHandle<()>,
}

impl Handout {
    /// Begins, on this machine alone, to whoever has the token.
    ///
    /// # Errors
    ///
    /// When there is no port, or no random numbers.
    pub(super) fn begin(asking: &Asking, sessions: &Sessions) -> Result<Handout, TrialError> {
        let mut random = [0; 32];
        aws_lc_rs::rand::fill(&mut random).map_err(|_| TrialError::NoRandomness)?;
        let token: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let token: Arc<str> = token.into();
        let listening = asking.wait(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
        let listener = listening.map_err(TrialError::Handout)?;
        let address = listener.local_addr().map_err(TrialError::Handout)?;
        let credentials = CredentialsCache::new(Box::new(sessions.clone()));
        let serving = asking.handle().spawn(serve(listener, Arc::clone(&token), credentials));
        Ok(Handout { address, token, serving })
    }

    /// What leads SDKs here.
    pub(super) fn variables(&self) -> [(&'static str, String); 2] {
        [
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("http://{}/", self.address)),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN", self.token.to_string()),
        ]
    }
}

impl Drop for Handout {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: TcpListener, token: Arc<str>, credentials: Arc<CredentialsCache>) {
    let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    while let Ok(place) = Arc::clone(&room).acquire_owned().await {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let (token, credentials) = (Arc::clone(&token), Arc::clone(&credentials));
        tokio::spawn(async move {
            let answer = service_fn(|request| {
                let (token, credentials) = (Arc::clone(&token), Arc::clone(&credentials));
                async move { Ok::<_, Infallible>(answer(&request, &token, &credentials).await) }
            });
            // Who breaks off gets nothing.
            let _ = http1::Builder::new()
                .keep_alive(false)
                .serve_connection(TokioIo::new(stream), answer)
                .await;
            drop(place);
        });
    }
}

async fn answer(
    request: &Request<Incoming>,
    token: &str,
    credentials: &CredentialsCache,
) -> Response<Full<Bytes>> {
    let given = request.headers().get(AUTHORIZATION).map_or(&b""[..], |it| it.as_bytes());
    if aws_lc_rs::constant_time::verify_slices_are_equal(given, token.as_bytes()).is_err() {
        return said(StatusCode::UNAUTHORIZED, "Unauthorized", "the token is not that of this run");
    }
    if request.method() != Method::GET || request.uri().path() != "/" {
        return said(StatusCode::NOT_FOUND, "NotFound", "there are credentials at / alone");
    }
    match credentials.get().await {
        Ok(found) => {
            let [(_, key), (_, secret), (_, session)] = found.variables();
            let body = json!({
                "AccessKeyId": key,
                "SecretAccessKey": secret,
                "Token": session,
                "Expiration": found.expires(),
            });
            with(StatusCode::OK, body.to_string())
        }
        Err(why) => said(StatusCode::INTERNAL_SERVER_ERROR, "Unavailable", &why),
    }
}

fn said(status: StatusCode, code: &str, message: &str) -> Response<Full<Bytes>> {
    with(status, json!({ "code": code, "message": message }).to_string())
}

fn with(status: StatusCode, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    let json = http::HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}
