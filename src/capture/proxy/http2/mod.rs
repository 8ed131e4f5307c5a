//! HTTP/2: a client's connection and the one to its upstream, stream for stream (`pump`). A body that does not go on is on `hold`.
//!
//! Both sides have agreed on HTTP/2, so nothing is translated. Flow control passes through: a
//! stream is read no faster than the other side takes it.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use h2::client::SendRequest;
use h2::server::SendResponse;
use h2::{Reason, RecvStream, SendStream};
use http::uri::{Authority, Scheme as UriScheme};
use http::{Request, Response, Uri};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use self::answers::{say, send};
use self::hold::{AFTER_RESPONSE, Admitted, Decision, discard, hold, locked};
use self::pump::{Broken, pump};
use super::answer::Answer;
use super::held::Held;
use super::hosts::is_loopback;
use super::observe::{
    Admission, End, FailureKind, Fields, GivenUp, RequestHead, ResponseHead, Scheme, Source,
};
use super::seats::Seat;
use super::shared::{Active, HEARD_OUT, Shared, WatchedExchange, now, waited};
use super::upstream::{Destination, DialError, UpstreamIo};

mod answers;
mod hold;
mod pump;

const STREAM_WINDOW: u32 = 1024 * 1024;
const CONNECTION_WINDOW: u32 = 4 * 1024 * 1024;
const SEND_BUFFER: usize = 128 * 1024;
const MAX_STREAMS: u32 = 256;
const MAX_HEADER_LIST: u32 = 64 * 1024;
const FRAME: u32 = 32 * 1024;

/// Where the connection's requests go.
pub(super) struct Route {
    pub(super) name: String,
    pub(super) port: u16,
    pub(super) destination: Arc<Destination>,
}

/// What the streams of one connection share.
struct Link {
    shared: Arc<Shared>,
    peer: SocketAddr,
    route: Route,
    upstream: tokio::sync::Mutex<Upstream>,
    /// Of the connection, whose streams have tasks of their own.
    seat: Option<Arc<Seat>>,
}

struct Upstream {
    sender: Option<SendRequest<Bytes>>,
    /// Why the first dial failed; the first request is told.
    dial_error: Option<DialError>,
    /// Drives the connection. Ends with it.
    driver: JoinSet<()>,
}

/// Serves one client's connection.
pub(super) async fn serve<C: AsyncRead + AsyncWrite + Unpin>(
    shared: &Arc<Shared>,
    peer: SocketAddr,
    client: C,
    route: Route,
    upstream: Option<UpstreamIo>,
    dial_error: Option<DialError>,
) {
    let handshake = h2::server::Builder::new()
        .initial_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buffer_size(SEND_BUFFER)
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEADER_LIST)
        .max_frame_size(FRAME)
        .handshake::<_, Bytes>(client);
    let Ok(Ok(mut connection)) = timeout(shared.limits.handshake, handshake).await else {
        shared.unused(peer, &route.name);
        return;
    };
    let mut first = Upstream { sender: None, dial_error, driver: JoinSet::new() };
    if let Some(io) = upstream {
        first.adopt(io).await.unwrap_or_default();
    }
    let link = Arc::new(Link {
        shared: shared.clone(),
        peer,
        route,
        upstream: tokio::sync::Mutex::new(first),
        seat: Seat::ours(),
    });
    let (mut streams, mut is_used) = (JoinSet::new(), false);
    loop {
        tokio::select! {
            accepted = connection.accept() => match accepted {
                Some(Ok((request, respond))) => {
                    is_used = true;
                    let link = link.clone();
                    streams.spawn(async move { link.exchange(request, respond).await });
                }
                Some(Err(_)) | None => break,
            },
            Some(_) = streams.join_next() => {}
            () = sleep(shared.limits.idle), if streams.is_empty() => connection.graceful_shutdown(),
        }
    }
    if !is_used {
        link.shared.unused(peer, &link.route.name);
    }
    // What is left has nobody to answer to. It is told, and says so to its upstream.
    drop(connection);
    let told = async { while streams.join_next().await.is_some() {} };
    let _ = timeout(shared.limits.linger, told).await;
    streams.shutdown().await;
}

impl Upstream {
    async fn adopt(&mut self, io: UpstreamIo) -> Result<(), h2::Error> {
        let (sender, connection) = h2::client::Builder::new()
            .initial_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_send_buffer_size(SEND_BUFFER)
            .max_header_list_size(MAX_HEADER_LIST)
            .max_frame_size(FRAME)
            .enable_push(false)
            .handshake::<_, Bytes>(io)
            .await?;
        self.sender = Some(sender);
        self.driver.spawn(async move {
            let _ = connection.await;
        });
        Ok(())
    }
}

impl Link {
    /// A place for one more stream on the upstream's connection, dialled anew where it has ended.
    async fn sender(&self) -> Result<SendRequest<Bytes>, DialError> {
        let destination = &self.route.destination;
        let mut upstream = self.upstream.lock().await;
        if let Some(error) = upstream.dial_error.take() {
            return Err(error);
        }
        if let Some(sender) = upstream.sender.clone() {
            // When all places are taken this waits. Others wait behind it, which is as well.
            if let Ok(ready) = sender.ready().await {
                return Ok(ready);
            }
            upstream.sender = None;
        }
        let dialled = self.shared.dialer.dial(destination, true).await?;
        let failed = |what: String| DialError {
            status: 502,
            sentence: format!("Leastwise could not talk to {}: {what}.", destination.authority()),
        };
        if !dialled.http2 {
            return Err(failed("it no longer speaks HTTP/2".to_owned()));
        }
        upstream.adopt(dialled.io).await.map_err(|error| failed(error.to_string()))?;
        let Some(sender) = upstream.sender.clone() else {
            return Err(failed("HTTP/2 could not be started".to_owned()));
        };
        sender.ready().await.map_err(|error| failed(error.to_string()))
    }

    async fn exchange(&self, request: Request<RecvStream>, mut respond: SendResponse<Bytes>) {
        let mut active = Some(self.shared.active_on(self.seat.clone()));
        if request.method() == http::Method::CONNECT {
            let sentence = "CONNECT is not supported inside an intercepted connection";
            return say(&mut respond, 405, sentence);
        }
        let (parts, mut body) = request.into_parts();
        let watch = Mutex::new(self.watch(&parts));
        let ended = body.is_end_stream();
        let only_head = parts.method == http::Method::HEAD;
        let asked = locked(&watch).ask();
        let admission = match asked {
            (_, Some(ready)) => Box::pin(waited(ready, || locked(&watch).ask())).await,
            (admission, None) => admission,
        };
        let mut admitted = match admission {
            Admission::Granted => None,
            // This is another future, since one that goes on at once should not have its size.
            admission => {
                let streams = (&mut body, &mut respond);
                let admit = self.admit(admission, &parts, streams, &watch, &mut active);
                match Box::pin(admit).await {
                    Some(admitted) => Some(admitted),
                    None => return,
                }
            }
        };
        if ended {
            locked(&watch).request_end();
        }
        let was_held = admitted.is_some();
        let end = match self.forward(parts, ended).await {
            Ok((response, mut sending)) => {
                let up = async {
                    if ended {
                        return Ok(());
                    }
                    let is_over = match &mut admitted {
                        Some(admitted) => admitted.send(&mut sending).await?,
                        None => false,
                    };
                    if !is_over {
                        let observe = |chunk: &[u8]| locked(&watch).request_body(chunk);
                        pump(&mut body, &mut sending, &observe).await?;
                    }
                    locked(&watch).request_end();
                    Ok(())
                };
                let end =
                    self.both(up, response, &mut respond, &watch, (was_held, only_head)).await;
                if end == End::Refused {
                    // Nothing is left of the upstream's stream, which is cancelled.
                    drop(sending);
                    locked(&watch).finish(end);
                    return discard(&mut body, &mut respond).await;
                }
                end
            }
            Err(error) => {
                self.hear_out(&mut body, &watch).await;
                self.failure(error.sentence.clone());
                say(&mut respond, error.status, &error.sentence);
                End::UpstreamFailed
            }
        };
        locked(&watch).finish(end);
    }

    /// Holds a request, of which `admission` is what was said at its head, until it is decided. When it may not go on it is answered,
    /// and `None` is returned. `active` ends with the answer.
    async fn admit(
        &self,
        admission: Admission,
        parts: &http::request::Parts,
        (body, respond): (&mut RecvStream, &mut SendResponse<Bytes>),
        watch: &Mutex<WatchedExchange>,
        active: &mut Option<Active<'_>>,
    ) -> Option<Box<Admitted>> {
        let decision = match admission {
            Admission::Refused(answer) => Decision::Refused(answer),
            Admission::Granted | Admission::Pending => {
                if expects_continue(parts) && !body.is_end_stream() {
                    // The upstream, which would say so, is not asked.
                    let mut go_on = Response::new(());
                    *go_on.status_mut() = http::StatusCode::CONTINUE;
                    let _ = respond.send_informational(go_on);
                }
                let held = Held::behind(&self.shared.holder, Vec::new());
                hold(body, respond, watch, held, self.shared.limits.stall).await
            }
        };
        let answer = match decision {
            Decision::Granted(admitted) => return Some(admitted),
            Decision::Refused(answer) => answer,
            Decision::GivenUp(why) => self.give_up(&why, watch),
            Decision::Gone(reason) => {
                respond.send_reset(reason.unwrap_or(Reason::CANCEL));
                locked(watch).finish(End::ClientAborted);
                return None;
            }
            Decision::Stalled => {
                say(respond, 408, "the request's body stalled for too long");
                locked(watch).finish(End::ClientAborted);
                return None;
            }
        };
        send(respond, &answer, parts.method == http::Method::HEAD);
        locked(watch).finish(End::Refused);
        *active = None;
        discard(body, respond).await;
        None
    }

    fn give_up(&self, why: &GivenUp, watch: &Mutex<WatchedExchange>) -> Answer {
        let (kind, sentence) = why.failure();
        self.shared.failure(self.peer, kind, None, sentence);
        locked(watch).given_up(why)
    }

    /// Shows the body of a request that goes nowhere to whoever listens: what comes in a moment.
    async fn hear_out(&self, body: &mut RecvStream, watch: &Mutex<WatchedExchange>) {
        let listen = async {
            let mut left = HEARD_OUT;
            while let Some(chunk) = body.data().await {
                let chunk = chunk.ok()?;
                locked(watch).request_body(&chunk);
                left = left.checked_sub(chunk.len())?;
                let _ = body.flow_control().release_capacity(chunk.len());
            }
            locked(watch).request_end();
            Some(())
        };
        // The client may stop in the middle; it is answered all the same.
        let _ = timeout(self.shared.limits.linger, listen).await;
    }

    async fn forward(
        &self,
        mut parts: http::request::Parts,
        ended: bool,
    ) -> Result<(h2::client::ResponseFuture, SendStream<Bytes>), DialError> {
        let mut sender = self.sender().await?;
        parts.uri = with_authority(parts.uri, &parts.headers, &self.route.name);
        let mut request = Request::new(());
        *request.method_mut() = parts.method;
        *request.uri_mut() = parts.uri;
        *request.version_mut() = http::Version::HTTP_2;
        *request.headers_mut() = parts.headers;
        sender.send_request(request, ended).map_err(|error| DialError {
            status: 502,
            sentence: format!("{} did not accept a request: {error}.", self.upstream_name()),
        })
    }

    /// Moves the request (`up`) and the response, and says how it ended.
    async fn both(
        &self,
        up: impl Future<Output = Result<(), Broken>>,
        mut response: h2::client::ResponseFuture,
        respond: &mut SendResponse<Bytes>,
        watch: &Mutex<WatchedExchange>,
        (was_held, only_head): (bool, bool),
    ) -> End {
        tokio::pin!(up);
        let mut sent = None;
        let answered = {
            let limit = sleep(self.shared.limits.response);
            tokio::pin!(limit);
            loop {
                tokio::select! {
                    answer = poll_fn(|cx| next_answer(&mut response, cx)) => match answer {
                        // The body has been held: the client was told by us, or has not waited.
                        NextAnswer::Interim(interim) if was_held && interim.status() == 100 => {}
                        NextAnswer::Interim(interim) => {
                            // A client that does not want it has gone, which is noticed below.
                            let _ = respond.send_informational(interim);
                        }
                        NextAnswer::Final(response) => break Some(response),
                    },
                    () = &mut limit => break None,
                    result = &mut up, if sent.is_none() => {
                        if let Err(Broken::Read(reason)) = &result {
                            // The client has gone; dropping our side cancels the upstream's.
                            respond.send_reset(reason.unwrap_or(Reason::CANCEL));
                            return End::ClientAborted;
                        }
                        if let Err(Broken::Held(error)) = &result {
                            let sentence = format!(
                                "{} did not get the whole request: what was held of it on disk could not be read: {error}.",
                                self.upstream_name()
                            );
                            self.failure(sentence.clone());
                            say(respond, 502, &sentence);
                            return End::UpstreamFailed;
                        }
                        sent = Some(result);
                    }
                    _ = poll_fn(|cx| respond.poll_reset(cx)) => return End::ClientAborted,
                }
            }
        };
        let response = match answered {
            Some(Ok(response)) => response,
            Some(Err(error)) => return self.no_response(respond, &error),
            None => {
                let limit = self.shared.limits.response.as_secs();
                let sentence = format!("{} did not answer within {limit} s.", self.upstream_name());
                self.failure(sentence.clone());
                say(respond, 504, &sentence);
                return End::UpstreamFailed;
            }
        };
        let (parts, mut body) = response.into_parts();
        let replacement = {
            let status = parts.status.as_u16();
            let head = ResponseHead { status, headers: Fields(Source::Map(&parts.headers)) };
            let mut watch = locked(watch);
            watch.response_begins(&head);
            watch.response_head(&head);
            watch.replacement()
        };
        if let Some(answer) = replacement {
            send(respond, &answer, only_head);
            return End::Refused;
        }
        let ended = body.is_end_stream();
        let Ok(mut sending) = respond.send_response(Response::from_parts(parts, ()), ended) else {
            return End::ClientAborted;
        };
        let down = async {
            if ended {
                return Ok(());
            }
            let observe = |chunk: &[u8]| locked(watch).response_body(chunk);
            pump(&mut body, &mut sending, &observe).await
        };
        tokio::pin!(down);
        let received = loop {
            tokio::select! {
                received = &mut down => break received,
                result = &mut up, if sent.is_none() => sent = Some(result),
            }
        };
        match received {
            Ok(()) => {
                if sent.is_none() && timeout(AFTER_RESPONSE, up).await.is_err() {
                    respond.send_reset(Reason::NO_ERROR);
                }
                End::Complete
            }
            Err(Broken::Write | Broken::Held(_)) => End::ClientAborted,
            Err(Broken::Read(reason)) => {
                respond.send_reset(reason.unwrap_or(Reason::INTERNAL_ERROR));
                self.failure(format!("{} broke off its response.", self.upstream_name()));
                End::UpstreamFailed
            }
        }
    }

    /// A stream that the upstream resets is reset; a connection that it closes is a 502.
    fn no_response(&self, respond: &mut SendResponse<Bytes>, error: &h2::Error) -> End {
        let sentence = format!("{} broke off before it answered: {error}.", self.upstream_name());
        self.failure(sentence.clone());
        match error.reason() {
            Some(reason) if error.is_reset() => respond.send_reset(reason),
            _ => say(respond, 502, &sentence),
        }
        End::UpstreamFailed
    }

    fn watch(&self, parts: &http::request::Parts) -> WatchedExchange {
        let said = match parts.uri.authority().map(Authority::host) {
            Some(host) => Some(super::hosts::normalize(host)),
            None => parts
                .headers
                .get(http::header::HOST)
                .and_then(|host| host.to_str().ok())
                .and_then(super::upstream::split_authority)
                .map(|(host, _)| host),
        };
        let Route { name, destination, .. } = &self.route;
        let host = self.shared.asked(destination, name, said.as_deref());
        let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
        WatchedExchange::new(self.shared.observer.request(&RequestHead {
            time: now(),
            peer: self.peer,
            scheme: Scheme::Https,
            host,
            port: self.route.port,
            to_stand_in: self.shared.is_stand_in(destination),
            is_named: self.shared.is_named(host),
            is_this_machine: is_loopback(host),
            method: parts.method.as_str(),
            target: target.as_bytes(),
            headers: Fields(Source::Map(&parts.headers)),
        }))
    }

    fn upstream_name(&self) -> String {
        self.route.destination.authority()
    }

    fn failure(&self, sentence: String) {
        self.shared.failure(self.peer, FailureKind::Upstream, Some(self.upstream_name()), sentence);
    }
}

/// What comes on a stream in answer to its request.
enum NextAnswer {
    /// 1xx: more will come.
    Interim(Response<()>),
    Final(Result<Response<RecvStream>, h2::Error>),
}

fn next_answer(
    response: &mut h2::client::ResponseFuture,
    cx: &mut Context<'_>,
) -> Poll<NextAnswer> {
    // The library passes over interim responses that are not asked for first.
    if let Poll::Ready(Some(Ok(interim))) = response.poll_informational(cx) {
        return Poll::Ready(NextAnswer::Interim(interim));
    }
    Pin::new(response).poll(cx).map(NextAnswer::Final)
}

fn expects_continue(parts: &http::request::Parts) -> bool {
    let expected = parts.headers.get(http::header::EXPECT);
    expected.is_some_and(|it| it.as_bytes().eq_ignore_ascii_case(b"100-continue"))
}

/// A request without `:authority` (it has `host`) is given one: the library insists.
fn with_authority(uri: Uri, headers: &http::HeaderMap, name: &str) -> Uri {
    let mut parts = uri.into_parts();
    if parts.authority.is_none() {
        let host = headers.get(http::header::HOST).and_then(|host| host.to_str().ok());
        parts.authority = host.unwrap_or(name).parse::<Authority>().ok();
    }
    parts.scheme = Some(parts.scheme.unwrap_or(UriScheme::HTTPS));
    Uri::from_parts(parts).unwrap_or_default()
}
