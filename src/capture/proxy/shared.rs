//! What the connections of one thread share, most of it with those of the others.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use super::answer::Answer;
use super::authority::Authority;
use super::held::Holder;
use super::hosts::{Hosts, is_at_or_below};
use super::observe::{
    Admission, End, Exchange, Failure, FailureKind, GivenUp, Observer, Ready, ResponseHead, Scheme,
};
use super::seats::Seat;
use super::upstream::{Destination, Dialer, OtherThread, Pool};
use crate::call::Timestamp;

/// How long things may take, and how much is held of requests that are not decided. The defaults are those of the tool; tests have shorter ones.
#[derive(Debug, Clone)]
pub struct Limits {
    /// To connect to the upstream, and once more for its TLS handshake.
    pub connect: Duration,
    /// A client's TLS handshake.
    pub handshake: Duration,
    /// A request's head, from its first byte.
    pub head: Duration,
    /// A client's connection without a request.
    pub idle: Duration,
    /// An upstream's connection without a request.
    pub pool: Duration,
    /// The upstream's answer, from the end of the request. AWS Lambda may take 15 minutes.
    pub response: Duration,
    /// A body of which no byte moves.
    pub stall: Duration,
    /// The upstream's answer, when the client has closed its sending side.
    pub half_closed: Duration,
    /// The upstream's answer to `Expect: 100-continue`, before the proxy answers it.
    pub expect: Duration,
    /// The first byte in a tunnel to an intercepted host, before the server may be the one to speak.
    pub silence: Duration,
    /// Reading on after an answer that closes the connection.
    pub linger: Duration,
    /// A tunnel in which no byte moves.
    pub tunnel: Duration,
    /// Of one request that is pending, in memory, in bytes. What is more goes to disk.
    pub held_in_memory: usize,
    /// Of all of them together, in memory, in bytes.
    pub held_in_memory_by_all: usize,
    /// Of one request, in memory and on disk, in bytes. One that is longer is given up.
    pub held_at_most: u64,
}

impl Default for Limits {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            connect: seconds(10),
            handshake: seconds(10),
            head: seconds(30),
            idle: seconds(300),
            pool: seconds(30),
            response: seconds(1_000),
            stall: seconds(300),
            half_closed: seconds(30),
            expect: seconds(1),
            silence: seconds(1),
            linger: seconds(2),
            tunnel: seconds(3_600),
            held_in_memory: 64 << 10,
            held_in_memory_by_all: 64 << 20,
            held_at_most: 256 << 20,
        }
    }
}

/// So much of the body of a request is read that has nowhere to go: enough to know what it was about.
pub(crate) const HEARD_OUT: usize = 1024 * 1024;

pub(crate) struct Shared {
    pub(crate) hosts: Hosts,
    /// Hosts that the user named as stand-ins, which is no reason to open their TLS.
    pub(crate) endpoints: Vec<String>,
    pub(crate) authority: Arc<Authority>,
    pub(crate) stand_in: Option<Arc<Destination>>,
    pub(crate) dialer: Arc<Dialer>,
    pub(crate) pool: Pool,
    pub(crate) limits: Limits,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) active: Arc<AtomicUsize>,
    pub(crate) holder: Arc<Holder>,
    /// The thread that an upstream's connection can be lent to, where there is another.
    pub(crate) other: Option<OtherThread>,
}

impl Shared {
    /// Where a request for `host` goes: AWS's hosts to the stand-in, where there is one.
    pub(crate) fn destination(
        &self,
        scheme: Scheme,
        host: String,
        port: u16,
        address: Option<String>,
    ) -> Arc<Destination> {
        match &self.stand_in {
            Some(stand_in) if self.hosts.has_suffix_of(&host) => stand_in.clone(),
            _ => Arc::new(Destination { scheme, host, port, address }),
        }
    }

    /// Whether this is where the stand-in is.
    pub(crate) fn is_stand_in(&self, destination: &Destination) -> bool {
        self.stand_in.as_deref().is_some_and(|stand_in| std::ptr::eq(stand_in, destination))
    }

    /// Whether the user named a host, or one of their own that it is below.
    pub(crate) fn is_named(&self, host: &str) -> bool {
        // Below AWS's names there are other people's.
        let is_at = |named: &String| {
            host == named || (is_at_or_below(host, named) && !self.hosts.has_suffix_of(named))
        };
        self.hosts.named().iter().chain(&self.endpoints).any(is_at)
    }

    /// The host that a request in a tunnel is for. The client may say any, but what answers is whoever the certificate is of:
    /// only a host below that one is taken from it.
    pub(crate) fn asked<'a>(
        &self,
        destination: &Destination,
        name: &'a str,
        said: Option<&'a str>,
    ) -> &'a str {
        match said {
            Some(said) if !said.is_empty() && self.is_stand_in(destination) => said,
            Some(said) if is_at_or_below(said, name) => said,
            _ => name,
        }
    }

    /// Counts an exchange until the guard is dropped.
    pub(crate) fn active(&self) -> Active<'_> {
        self.active_on(Seat::ours())
    }

    /// As [`active`](Shared::active), for a task that serves a part of the connection on this seat.
    pub(crate) fn active_on(&self, seat: Option<Arc<Seat>>) -> Active<'_> {
        self.active.fetch_add(1, Ordering::AcqRel);
        if let Some(seat) = &seat {
            seat.begin();
        }
        Active(&self.active, seat)
    }

    /// A client has closed a connection to this host, which we had opened, without a request.
    pub(crate) fn unused(&self, peer: SocketAddr, host: &str) {
        let sentence = format!("A client closed its connection to {host} without a request.");
        self.failure(peer, FailureKind::Unused, Some(host.to_owned()), sentence);
    }

    pub(crate) fn failure(
        &self,
        peer: SocketAddr,
        kind: FailureKind,
        target: Option<String>,
        sentence: String,
    ) {
        self.observer.failure(Failure { time: now(), peer, target, kind, sentence });
    }
}

pub(crate) struct Active<'a>(&'a AtomicUsize, Option<Arc<Seat>>);

impl Drop for Active<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
        if let Some(seat) = &self.1 {
            seat.end();
        }
    }
}

/// The time of day, for what the observer is told.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Asks whether a request may go on, and while what decides it is on its way, waits and asks again.
pub(crate) async fn decided(mut ask: impl FnMut() -> (Admission, Option<Ready>)) -> Admission {
    match ask() {
        (_, Some(ready)) => waited(ready, ask).await,
        (admission, None) => admission,
    }
}

/// Waits for what decides whether a request may go on, and asks again.
pub(crate) async fn waited(
    mut ready: Ready,
    mut ask: impl FnMut() -> (Admission, Option<Ready>),
) -> Admission {
    loop {
        ready.await;
        match ask() {
            (_, Some(again)) => ready = again,
            (admission, None) => return admission,
        }
    }
}

/// Whoever listens to an exchange, if anybody does. Tells its end exactly once.
pub(crate) struct WatchedExchange {
    exchange: Option<Box<dyn Exchange>>,
    request_ended: bool,
}

impl WatchedExchange {
    pub(crate) fn new(exchange: Option<Box<dyn Exchange>>) -> Self {
        Self { exchange, request_ended: false }
    }

    /// Where nobody listens, nobody refuses.
    pub(crate) fn admission(&mut self) -> Admission {
        self.exchange.as_mut().map_or(Admission::Granted, |exchange| exchange.admission())
    }

    /// As [`admission`](WatchedExchange::admission), with what it waits for, if it is not the body.
    pub(crate) fn ask(&mut self) -> (Admission, Option<Ready>) {
        let admission = self.admission();
        let waits = matches!(admission, Admission::Pending);
        let ready = self.exchange.as_mut().filter(|_| waits).and_then(|exchange| exchange.ready());
        (admission, ready)
    }

    pub(crate) fn given_up(&mut self, why: &GivenUp) -> Answer {
        match &mut self.exchange {
            Some(exchange) => exchange.given_up(why),
            None => why.answer(),
        }
    }

    pub(crate) fn request_body(&mut self, chunk: &[u8]) {
        if let Some(exchange) = &mut self.exchange
            && !chunk.is_empty()
        {
            exchange.request_body(chunk);
        }
    }

    pub(crate) fn request_end(&mut self) {
        if let Some(exchange) = &mut self.exchange
            && !std::mem::replace(&mut self.request_ended, true)
        {
            exchange.request_end();
        }
    }

    pub(crate) fn response_begins(&mut self, head: &ResponseHead<'_>) {
        if let Some(exchange) = &mut self.exchange {
            exchange.response_begins(head);
        }
    }

    pub(crate) fn response_head(&mut self, head: &ResponseHead<'_>) {
        if let Some(exchange) = &mut self.exchange {
            exchange.response_head(head);
        }
    }

    pub(crate) fn replacement(&mut self) -> Option<Answer> {
        self.exchange.as_mut().and_then(|exchange| exchange.replacement())
    }

    pub(crate) fn response_body(&mut self, chunk: &[u8]) {
        if let Some(exchange) = &mut self.exchange
            && !chunk.is_empty()
        {
            exchange.response_body(chunk);
        }
    }

    pub(crate) fn finish(&mut self, end: End) {
        if let Some(mut exchange) = self.exchange.take() {
            exchange.end(end);
        }
    }
}

impl Drop for WatchedExchange {
    fn drop(&mut self) {
        self.finish(End::Stopped);
    }
}
