//! One connection of a client, request after request.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::Poll;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::time::{Instant, timeout};

use super::head::{self, MAX_HEAD, Refusal, Request, Response, TOO_LARGE};
use super::incoming::Admitted;
use super::linger::linger;
use super::lookout::{Circumstances, Witness};
use super::relay::{Outcome, Parts, Relay};
use super::target::{absolute_form, absolute_target, connect_target, host_of, origin_target};
use super::timer::Timer;
use crate::capture::proxy::buffer::Buffer;
use crate::capture::proxy::hosts::is_loopback;
use crate::capture::proxy::observe::{Admission, End, FailureKind, Scheme};
use crate::capture::proxy::shared::{Shared, now, waited};
use crate::capture::proxy::upstream::{
    Connection, Destination, DialError, authority, split_authority,
};
use crate::capture::proxy::{answer, tunnel};

/// What the memory of a head that goes out is kept at for the next one: a body that was held behind it may be larger.
const KEPT: usize = 16 * 1024;

/// Where a connection's requests go.
pub(crate) enum Route {
    /// All to one destination: the client is in an intercepted session. `port` is the one that
    /// the client asked for.
    Fixed { name: String, port: u16, destination: Arc<Destination> },
    /// Each says it itself, as requests to a proxy do.
    Forward,
}

/// What becomes of the connection.
pub(crate) enum After<C> {
    /// It is closed.
    Closed,
    /// The client wants a tunnel to `host:port`; `early` came behind the request.
    Connect { client: C, host: String, port: u16, early: Buffer },
}

/// One connection of a client.
pub(crate) struct ClientConnection<'a, C> {
    pub(super) shared: &'a Shared,
    peer: SocketAddr,
    pub(super) client: C,
    pub(super) buffer: Buffer,
    route: Route,
    pub(super) timer: Timer,
    /// The head of the request at hand.
    pub(super) head: Vec<u8>,
    pub(super) request: Request,
    response: Response,
    /// Memory for the heads that go out.
    pub(super) up: Vec<u8>,
    down: Vec<u8>,
    /// Memory for what whoever listens is told later.
    untold: Vec<u8>,
    /// Why the upstream could not be reached a moment ago; the first request is told.
    dial_error: Option<DialError>,
}

/// How a request ended, as far as the connection is concerned.
pub(super) enum Next {
    Request,
    /// Close, but let the client read what it was told first: it may still be sending.
    Linger,
    /// Close without a word: something broke off in the middle.
    Abort,
}

impl<'a, C: AsyncRead + AsyncWrite + Unpin> ClientConnection<'a, C> {
    pub(crate) fn new(
        shared: &'a Shared,
        peer: SocketAddr,
        client: C,
        buffer: Buffer,
        route: Route,
        dial_error: Option<DialError>,
    ) -> Self {
        Self {
            shared,
            peer,
            client,
            buffer,
            route,
            timer: Timer::new(),
            head: Vec::new(),
            request: Request::default(),
            response: Response::default(),
            up: Vec::new(),
            down: Vec::new(),
            untold: Vec::new(),
            dial_error,
        }
    }

    /// Serves requests until the connection ends or becomes a tunnel.
    pub(crate) async fn serve(mut self) -> After<C> {
        let mut is_first = true;
        loop {
            match self.read_head().await {
                Ok(true) => is_first = false,
                Ok(false) => {
                    if let (Route::Fixed { name, .. }, true) = (&self.route, is_first) {
                        self.shared.unused(self.peer, name);
                    }
                    break;
                }
                Err(refusal) => {
                    self.refuse(&refusal).await;
                    return After::Closed;
                }
            }
            if let Err(refusal) = self.request.parse(&self.head) {
                self.refuse(&refusal).await;
                return After::Closed;
            }
            if matches!(self.route, Route::Forward) && self.request.method(&self.head) == b"CONNECT"
            {
                return match connect_target(self.request.target(&self.head)) {
                    Some((host, port)) => {
                        After::Connect { client: self.client, host, port, early: self.buffer }
                    }
                    None => {
                        self.refuse(&CONNECT_TO_WHAT).await;
                        After::Closed
                    }
                };
            }
            let next = self.serve_request().await;
            for memory in [&mut self.up, &mut self.untold] {
                if memory.capacity() > KEPT {
                    *memory = Vec::new();
                }
            }
            match next {
                Next::Request => {}
                Next::Linger => {
                    self.linger().await;
                    break;
                }
                Next::Abort => return After::Closed,
            }
        }
        let _ = timeout(self.shared.limits.linger, self.client.shutdown()).await;
        After::Closed
    }

    /// Reads the next head into `self.head`. `false`: the client has closed, or was silent for too
    /// long between requests.
    async fn read_head(&mut self) -> Result<bool, Refusal> {
        let limits = &self.shared.limits;
        let mut searched = 0;
        let mut began = !self.buffer.is_empty();
        let mut deadline = Instant::now() + if began { limits.head } else { limits.idle };
        loop {
            // Some clients put an empty line behind a body.
            while searched == 0 && self.buffer.unread().starts_with(b"\r\n") {
                self.buffer.consume(2);
            }
            if self.buffer.unread().first() == Some(&TLS_HANDSHAKE) {
                return Err(TLS_IN_PLAIN);
            }
            match head::find_end(self.buffer.unread(), searched) {
                Ok(end) if end <= MAX_HEAD => {
                    let head = self.buffer.unread().get(..end).unwrap_or_default();
                    self.head.clear();
                    self.head.extend_from_slice(head);
                    self.buffer.consume(end);
                    return Ok(true);
                }
                Ok(_) => return Err(TOO_LARGE),
                Err(_) if self.buffer.len() >= MAX_HEAD => return Err(TOO_LARGE),
                Err(from) => searched = from,
            }
            self.timer.set(deadline);
            let (client, buffer, timer) = (&mut self.client, &mut self.buffer, &mut self.timer);
            let read = poll_fn(|cx| match buffer.poll_read(cx, client, MAX_HEAD) {
                Poll::Ready(read) => Poll::Ready(Some(read)),
                Poll::Pending => {
                    // An idle connection holds no buffer.
                    buffer.release();
                    timer.poll(cx).map(|()| None)
                }
            });
            match read.await {
                Some(Ok(0) | Err(_)) => return Ok(false),
                // The time for a head counts from its first byte.
                Some(Ok(_)) if !began => {
                    began = true;
                    deadline = Instant::now() + limits.head;
                }
                Some(Ok(_)) => {}
                None if self.buffer.is_empty() => return Ok(false),
                None => return Err(TOO_SLOW),
            }
        }
    }

    async fn serve_request(&mut self) -> Next {
        let Resolved { destination, target, scheme, port, asked } = match self.resolve() {
            Ok(resolved) => resolved,
            Err(refusal) => {
                self.refuse(&refusal).await;
                return Next::Abort;
            }
        };
        let shared = self.shared;
        let mut active = Some(shared.active());
        let mut watch = self.watch(&destination, target, scheme, port, asked.as_deref());
        self.up.clear();
        let host = match &self.route {
            Route::Fixed { .. } => None,
            Route::Forward => {
                self.other_host(asked.as_deref().unwrap_or(&destination.host), scheme, port)
            }
        };
        let host = host.as_deref().map(str::as_bytes);
        match shared.dialer.plain_proxy(&destination) {
            // The next proxy is spoken to as we were.
            Some(proxy) => {
                let extra = proxy.authorization_line();
                let absolute = absolute_target(&destination, self.part(target));
                self.request.write(&self.head, &absolute, extra.as_bytes(), host, &mut self.up);
            }
            None => {
                let target = origin_target(self.head.get(target.0..target.1).unwrap_or_default());
                self.request.write(&self.head, target, b"", host, &mut self.up);
            }
        }
        let listener = watch.exchange();
        let admission = match listener.ask() {
            (_, Some(ready)) => Box::pin(waited(ready, || listener.ask())).await,
            (admission, None) => admission,
        };
        let mut admitted = match admission {
            Admission::Granted => None,
            // This is another future, since one that goes on at once should not have its size.
            admission => match Box::pin(self.admit(admission, listener, &mut active)).await {
                Ok(admitted) => Some(admitted),
                Err(next) => return next,
            },
        };
        // What is on disk can be read once, so it goes where nobody can have closed the connection in the meantime.
        let mut fresh = admitted.as_ref().is_some_and(|admitted| admitted.on_disk.is_some());
        loop {
            let kept = match fresh || self.dial_error.is_some() {
                true => None,
                false => shared.pool.take(&destination).await,
            };
            let mut connection = match kept {
                Some(connection) => connection,
                None => {
                    // Who connects has time to be looked at.
                    watch.begin(&*shared.observer, &self.request, &self.head);
                    match self.dial(&destination).await {
                        Ok(connection) => connection,
                        Err(error) => {
                            // A client that waits to be told to go on is not told.
                            if !(self.request.expects_continue && self.buffer.is_empty()) {
                                let a_moment = shared.limits.linger;
                                self.incoming().hear_out(watch.exchange(), a_moment).await;
                            }
                            watch.exchange().finish(End::UpstreamFailed);
                            return self.upstream_failed(&destination, &error).await;
                        }
                    }
                }
            };
            let outcome =
                Relay::new(self.parts(&mut admitted), &mut connection, &mut watch).run().await;
            match outcome {
                Outcome::Complete { keep_client, keep_upstream, replaced } => {
                    if keep_upstream {
                        self.shared.pool.put(&destination, connection);
                    }
                    watch.exchange().finish(if replaced { End::Refused } else { End::Complete });
                    return if keep_client { Next::Request } else { Next::Linger };
                }
                Outcome::Stale { rest } => {
                    // The head, and what was read of the body, is in `self.up`.
                    self.request.framing = rest;
                    fresh = true;
                }
                Outcome::Upgraded => {
                    watch.exchange().finish(End::Upgraded);
                    let early = (std::mem::take(&mut self.buffer), connection.buffer);
                    let idle = shared.limits.tunnel;
                    tunnel::copy(&mut self.client, &mut connection.io, early, idle).await;
                    return Next::Abort;
                }
                Outcome::ClientGone => {
                    watch.exchange().finish(End::ClientAborted);
                    return Next::Abort;
                }
                Outcome::BadBody(sentence) => {
                    watch.exchange().finish(End::ClientAborted);
                    self.refuse(&Refusal { status: 400, sentence }).await;
                    return Next::Abort;
                }
                Outcome::UpstreamFailed { sentence, status, responding } => {
                    watch.exchange().finish(End::UpstreamFailed);
                    let sentence = format!("{} {sentence}.", destination.authority());
                    let error = DialError { status, sentence };
                    if responding {
                        self.failure(FailureKind::Upstream, Some(&destination), error.sentence);
                        return Next::Abort;
                    }
                    return self.upstream_failed(&destination, &error).await;
                }
            }
        }
    }

    /// What relaying the request at hand takes, whose outgoing head is in `self.up`.
    fn parts(&mut self, admitted: &mut Option<Box<Admitted>>) -> Parts<'_, C> {
        let told_to_go_on = admitted.as_ref().is_some_and(|admitted| admitted.told_to_go_on);
        Parts {
            client: &mut self.client,
            client_buffer: &mut self.buffer,
            timer: &mut self.timer,
            limits: &self.shared.limits,
            request: &self.request,
            request_head: &self.head,
            response: &mut self.response,
            up: &mut self.up,
            down: &mut self.down,
            observer: &*self.shared.observer,
            untold: &mut self.untold,
            on_disk: admitted.as_mut().and_then(|admitted| admitted.on_disk.take()),
            told_to_go_on,
            other: self.shared.other.as_ref(),
        }
    }

    /// Where the request at hand goes, and which part of its target is path and query.
    fn resolve(&self) -> Result<Resolved, Refusal> {
        let target = self.request.target(&self.head);
        let start = self.request.target.0 as usize;
        let end = start + target.len();
        if let Route::Fixed { port, destination, .. } = &self.route {
            if self.request.method(&self.head) == b"CONNECT" {
                return Err(NO_CONNECT_INSIDE);
            }
            return Ok(Resolved {
                destination: destination.clone(),
                target: (start, end),
                scheme: Scheme::Https,
                port: *port,
                asked: None,
            });
        }
        let (scheme, host, port, path) = absolute_form(target)?;
        let asked = self.shared.stand_in.is_some().then(|| host.clone());
        let destination = self.shared.destination(scheme, host, port, None);
        Ok(Resolved { destination, target: (start + path, end), scheme, port, asked })
    }

    /// What `Host` has to say where the client put another host there than in its target: a proxy goes by the target alone
    /// (https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2).
    fn other_host(&self, host: &str, scheme: Scheme, port: u16) -> Option<String> {
        let said = std::str::from_utf8(self.request.host(&self.head)?).ok();
        let said = said.and_then(split_authority);
        let same = said.is_some_and(|(name, said_port)| {
            name == host && said_port.unwrap_or(scheme.default_port()) == port
        });
        (!same).then(|| match port {
            port if port == scheme.default_port() && !host.contains(':') => host.to_owned(),
            port => authority(host, port),
        })
    }

    fn watch(
        &self,
        destination: &Destination,
        target: (usize, usize),
        scheme: Scheme,
        port: u16,
        asked: Option<&str>,
    ) -> Witness {
        let said = self.request.host(&self.head).map(host_of);
        let host = match &self.route {
            Route::Fixed { name, .. } => self.shared.asked(destination, name, said.as_deref()),
            Route::Forward => asked.unwrap_or(&destination.host),
        };
        let circumstances = Circumstances {
            time: now(),
            peer: self.peer,
            scheme,
            host: host.to_owned(),
            port,
            to_stand_in: self.shared.is_stand_in(destination),
            is_named: self.shared.is_named(host),
            is_this_machine: is_loopback(host),
            target,
        };
        Witness::new(circumstances, &*self.shared.observer, &self.request, &self.head)
    }

    fn part(&self, (start, end): (usize, usize)) -> &[u8] {
        self.head.get(start..end).unwrap_or_default()
    }

    async fn dial(&mut self, destination: &Arc<Destination>) -> Result<Connection, DialError> {
        if let Some(error) = self.dial_error.take() {
            return Err(error);
        }
        // Dialling is rare and takes much more room than a request that has its connection.
        let dialled = Box::pin(self.shared.dialer.dial(destination, false)).await?;
        Ok(Connection::new(dialled.io))
    }

    async fn upstream_failed(&mut self, destination: &Destination, error: &DialError) -> Next {
        self.failure(FailureKind::Upstream, Some(destination), error.sentence.clone());
        let only_head = self.request.method(&self.head) == b"HEAD";
        if self.say(error.status, &error.sentence, only_head).await.is_err() {
            return Next::Abort;
        }
        Next::Linger
    }

    /// Answers a request that is not taken, and closes.
    pub(super) async fn refuse(&mut self, refusal: &Refusal) {
        self.failure(
            FailureKind::Request,
            None,
            format!("A request was refused: {}.", refusal.sentence),
        );
        if self.say(refusal.status, refusal.sentence, false).await.is_ok() {
            self.linger().await;
        }
    }

    async fn say(&mut self, status: u16, sentence: &str, only_head: bool) -> io::Result<()> {
        self.write(&answer::text(status, sentence, only_head)).await
    }

    /// Writes an answer of ours.
    pub(super) async fn write(&mut self, answer: &[u8]) -> io::Result<()> {
        let write = async {
            self.client.write_all(answer).await?;
            self.client.flush().await
        };
        timeout(self.shared.limits.head, write).await?
    }

    pub(super) fn failure(
        &self,
        kind: FailureKind,
        destination: Option<&Destination>,
        sentence: String,
    ) {
        self.shared.failure(self.peer, kind, destination.map(Destination::authority), sentence);
    }

    async fn linger(&mut self) {
        linger(&mut self.client, self.shared.limits.linger).await;
    }
}

/// Where a request goes.
struct Resolved {
    destination: Arc<Destination>,
    /// The part of the head that is path and query.
    target: (usize, usize),
    /// Scheme and port as asked for.
    scheme: Scheme,
    port: u16,
    /// The host of the target, where there is a stand-in that the request may go to in its place.
    asked: Option<String>,
}

const TLS_HANDSHAKE: u8 = 0x16;
const TLS_IN_PLAIN: Refusal = Refusal {
    status: 400,
    sentence: "a client spoke TLS where plain HTTP is expected: the proxy's own URL begins with http://, even in HTTPS_PROXY",
};
const TOO_SLOW: Refusal =
    Refusal { status: 408, sentence: "the request's head did not arrive in time" };
const CONNECT_TO_WHAT: Refusal = Refusal {
    status: 400,
    sentence: "CONNECT needs a host and a port, as in s3.amazonaws.com:443",
};
const NO_CONNECT_INSIDE: Refusal =
    Refusal { status: 405, sentence: "CONNECT is not supported inside an intercepted connection" };
