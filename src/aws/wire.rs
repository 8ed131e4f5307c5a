//! Requests over connections that are kept for the next one.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

use crate::aws::endpoint::Endpoint;

/// No answer that is read as a whole is larger, in bytes: a page of 1,000 keys of 1,024 bytes each, escaped, has some 4 MB.
const LARGEST: usize = 32 << 20;
/// Nobody is waited for longer: for an answer to begin, nor for its next part.
pub(super) const LONGEST: Duration = Duration::from_secs(30);
/// Connections to one host that wait for their next request.
const MOST_IDLE: usize = 16;

/// A connection to whoever is asked.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// A connection that comes, or a sentence why there is none.
pub type Reached<'a> = Pin<Box<dyn Future<Output = Result<Box<dyn Stream>, String>> + Send + 'a>>;

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// To make a connection.
    pub(super) connect: Duration,
    /// Until an answer begins.
    pub(super) answer: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { connect: LONGEST, answer: LONGEST }
    }
}

/// Connects to hosts.
pub trait Connect: fmt::Debug + Send + Sync {
    /// A new connection.
    fn connect<'a>(&'a self, to: &'a Endpoint) -> Reached<'a>;
}

/// Sends requests.
#[derive(Debug)]
pub struct Http {
    connect: Box<dyn Connect>,
    idle: Mutex<HashMap<Endpoint, Vec<SendRequest<Full<Bytes>>>>>,
}

impl Http {
    /// One that connects so.
    pub fn new(connect: Box<dyn Connect>) -> Arc<Http> {
        Arc::new(Http { connect, idle: Mutex::default() })
    }

    /// Sends a request, of which the URI is the path. The body of the answer is still to be read.
    pub(super) async fn send(
        &self,
        to: &Endpoint,
        mut request: Request<Full<Bytes>>,
        limits: Limits,
    ) -> Result<Response<Incoming>, String> {
        while let Some(mut waiting) = self.take(to) {
            match within(limits.answer, waiting.try_send_request(request)).await? {
                Ok(answer) => {
                    self.put(to, waiting);
                    return Ok(answer);
                }
                // The other side had closed it before anything was sent.
                Err(mut error) => match error.take_message() {
                    Some(unsent) => request = unsent,
                    None => return Err(error.error().to_string()),
                },
            }
        }
        let connected = within(limits.connect, self.connect.connect(to)).await??;
        let mut sender = speaking(connected).await?;
        let answer = within(limits.answer, sender.send_request(request)).await?;
        let answer = answer.map_err(|error| error.to_string())?;
        self.put(to, sender);
        Ok(answer)
    }

    /// A connection whose last answer was read to the end.
    fn take(&self, to: &Endpoint) -> Option<SendRequest<Full<Bytes>>> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = idle.get_mut(to)?;
        waiting.retain(|it| !it.is_closed());
        let ready = waiting.iter().position(SendRequest::is_ready)?;
        Some(waiting.swap_remove(ready))
    }

    fn put(&self, to: &Endpoint, sender: SendRequest<Full<Bytes>>) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = idle.entry(to.clone()).or_default();
        if waiting.len() < MOST_IDLE {
            waiting.push(sender);
        }
    }
}

/// Speaks HTTP over a connection. That goes on in a task until the last body has been read or dropped.
pub(super) async fn speaking(stream: Box<dyn Stream>) -> Result<SendRequest<Full<Bytes>>, String> {
    let (sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    tokio::spawn(async move {
        // What breaks it is told to whoever waits for the answer.
        let _ = connection.await;
    });
    Ok(sender)
}

/// The whole body of an answer.
pub(super) async fn whole(body: Incoming) -> Result<Bytes, String> {
    let body = within(LONGEST, Limited::new(body, LARGEST).collect()).await?;
    let body = body.map_err(|error| format!("it broke off, or is too long: {error}"))?;
    Ok(body.to_bytes())
}

pub(super) async fn within<T>(limit: Duration, what: impl Future<Output = T>) -> Result<T, String> {
    let done = timeout(limit, what).await;
    done.map_err(|_| format!("it takes more than {} s", limit.as_secs_f32()))
}
