//! One request and its response, both directions at once, in one task.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use super::body::Framing;
use super::expectation::Expectation;
use super::head::{self, MAX_HEAD, Request, Response};
use super::incoming::CONTINUE;
use super::lookout::{Lookout, Witness};
use super::pump::{Broken, Pump};
use super::sink::{ToClient, ToUpstream};
use super::timer::Timer;
use crate::capture::proxy::answer::Answer;
use crate::capture::proxy::buffer::Buffer;
use crate::capture::proxy::held::OnDisk;
use crate::capture::proxy::observe::Observer;
use crate::capture::proxy::shared::Limits;
use crate::capture::proxy::upstream::{Connection, OtherThread};

/// A client that goes on after the response has this long for each piece of its body.
const AFTER_RESPONSE: Duration = Duration::from_secs(10);
/// A client that sends its next requests already is read so far ahead.
const PIPELINED: usize = 4 * 1024;

/// How an exchange ended.
pub(super) enum Outcome {
    /// The whole response was written; `replaced`: it was not the upstream's.
    Complete { keep_client: bool, keep_upstream: bool, replaced: bool },
    /// A kept connection turned out to be closed, and the request can be sent again: what was read of
    /// it, which is in the `up` of the parts, and then the rest of its body.
    Stale { rest: Framing },
    /// Both sides have agreed on another protocol.
    Upgraded,
    /// The client went away.
    ClientGone,
    /// The request's body is not valid, and nothing was answered yet.
    BadBody(&'static str),
    /// The upstream failed; `responding`: in the middle of its response.
    UpstreamFailed { sentence: String, status: u16, responding: bool },
}

/// What is needed of a client's connection to relay one of its requests.
pub(super) struct Parts<'x, C> {
    pub(super) client: &'x mut C,
    pub(super) client_buffer: &'x mut Buffer,
    pub(super) timer: &'x mut Timer,
    pub(super) limits: &'x Limits,
    pub(super) request: &'x Request,
    pub(super) request_head: &'x [u8],
    pub(super) response: &'x mut Response,
    /// The head that goes out, and memory for the one that comes back.
    pub(super) up: &'x mut Vec<u8>,
    pub(super) down: &'x mut Vec<u8>,
    /// Who listens, and memory for what they are told later.
    pub(super) observer: &'x dyn Observer,
    pub(super) untold: &'x mut Vec<u8>,
    /// What was held on disk of the body: it goes out behind `up`.
    pub(super) on_disk: Option<Box<OnDisk>>,
    /// The client was told to send its body, by us.
    pub(super) told_to_go_on: bool,
    /// The thread that the upstream's connection can be lent to.
    pub(super) other: Option<&'x OtherThread>,
}

/// A request and its response on their way.
pub(super) struct Relay<'x, C> {
    client: &'x mut C,
    client_buffer: &'x mut Buffer,
    connection: &'x mut Connection,
    timer: &'x mut Timer,
    limits: &'x Limits,
    request: &'x Request,
    request_head: &'x [u8],
    response: &'x mut Response,
    /// Where the memory of the heads goes back to.
    memory: (&'x mut Vec<u8>, &'x mut Vec<u8>),
    lookout: Lookout<'x>,
    up: Pump,
    up_state: Up,
    down: Down,
    /// A byte of the response (interim ones too) has come.
    answered: bool,
    expectation: Option<Expectation>,
    /// The client has ended its side while it waits.
    client_ended: bool,
    keep_client: bool,
    /// The client gets another answer than the upstream's.
    replaced: bool,
    /// The thread that the upstream's connection can be lent to, and how many bytes of the body have filled large buffers.
    other: Option<&'x OtherThread>,
    filled: usize,
}

enum Up {
    Sending,
    Sent,
    /// The upstream does not take the request; it may have answered all the same.
    Failed(io::Error),
}

enum Down {
    /// Waiting for a head; so many bytes of it were searched for its end.
    Head(usize),
    Interim(Pump),
    Body(Pump),
    Switching(Pump),
    Done,
}

impl<'x, C: AsyncRead + AsyncWrite + Unpin> Relay<'x, C> {
    pub(super) fn new(
        parts: Parts<'x, C>,
        connection: &'x mut Connection,
        watch: &'x mut Witness,
    ) -> Relay<'x, C> {
        let Parts { request, limits, .. } = parts;
        let expects =
            request.expects_continue && (parts.told_to_go_on || !request.framing.is_done());
        let expectation = expects.then(|| Expectation::new(limits.expect, parts.told_to_go_on));
        let asked = (request, parts.request_head);
        let lookout = Lookout::new(parts.observer, asked, watch, parts.untold);
        let up = Pump::with_held(std::mem::take(parts.up), parts.on_disk, request.framing);
        Relay {
            client: parts.client,
            client_buffer: parts.client_buffer,
            connection,
            timer: parts.timer,
            limits,
            request,
            request_head: parts.request_head,
            response: parts.response,
            memory: (parts.up, parts.down),
            lookout,
            up,
            up_state: Up::Sending,
            down: Down::Head(0),
            answered: false,
            expectation,
            client_ended: false,
            keep_client: !request.close,
            replaced: false,
            // What follows another protocol is not read in here.
            other: parts.other.filter(|_| !request.upgrade),
            filled: 0,
        }
    }

    pub(super) async fn run(mut self) -> Outcome {
        let lookout = &mut self.lookout;
        let mut tell = |piece: &[u8]| lookout.request_body_behind_head(piece);
        let joined = self.up.join(self.client_buffer, &mut tell);
        if let Err(Broken::Malformed(sentence)) = joined {
            self.lookout.request_is_on_its_way();
            return Outcome::BadBody(sentence);
        }
        // The time for each step counts from the step before.
        let mut begins = true;
        let outcome = poll_fn(|cx| self.poll(cx, std::mem::take(&mut begins))).await;
        // A request that will be sent again is still in there.
        let Self { up, memory, .. } = self;
        let is_stale = matches!(outcome, Outcome::Stale { .. });
        *memory.0 = if is_stale { up.into_prefix() } else { up.into_memory() };
        outcome
    }

    fn poll(&mut self, cx: &mut Context<'_>, begins: bool) -> Poll<Outcome> {
        let mut progress = begins;
        if let Some(outcome) = self.poll_up(cx, &mut progress) {
            return Poll::Ready(outcome);
        }
        match self.poll_back(cx) {
            Some(Ok(())) => {
                if let Some(outcome) = self.poll_down(cx, &mut progress) {
                    return Poll::Ready(outcome);
                }
            }
            Some(Err(outcome)) => return Poll::Ready(outcome),
            None => {}
        }
        if let Some(outcome) = self.poll_client(cx, &mut progress) {
            return Poll::Ready(outcome);
        }
        if self.poll_expectation(cx) {
            // The interim response has to be written.
            if let Some(outcome) = self.poll_down(cx, &mut progress) {
                return Poll::Ready(outcome);
            }
        }
        if progress {
            self.timer.set(Instant::now() + self.patience());
        }
        match self.timer.poll(cx) {
            Poll::Ready(()) => Poll::Ready(self.timed_out()),
            Poll::Pending => Poll::Pending,
        }
    }

    /// How long nothing may move.
    fn patience(&self) -> Duration {
        match (&self.down, &self.up_state) {
            (Down::Done, _) => AFTER_RESPONSE.min(self.limits.stall),
            _ if self.client_ended => self.limits.half_closed,
            (Down::Head(_), Up::Sent) => self.limits.response,
            _ => self.limits.stall,
        }
    }

    fn poll_up(&mut self, cx: &mut Context<'_>, progress: &mut bool) -> Option<Outcome> {
        if !matches!(self.up_state, Up::Sending) {
            return None;
        }
        let lookout = &mut self.lookout;
        let io = &mut self.connection.io;
        let polled = self.up.poll(
            cx,
            self.client_buffer,
            self.client,
            &mut ToUpstream { io, other: self.other, filled: &mut self.filled },
            &mut |chunk| lookout.request_body(chunk),
            progress,
        );
        lookout.request_is_on_its_way();
        match polled {
            Poll::Pending => {}
            Poll::Ready(Ok(())) => {
                self.up_state = Up::Sent;
                self.lookout.request_end();
            }
            Poll::Ready(Err(Broken::Write(error))) => self.up_state = Up::Failed(error),
            Poll::Ready(Err(Broken::Read(_))) => return Some(Outcome::ClientGone),
            Poll::Ready(Err(Broken::Held(error))) => {
                let what = format!(
                    "did not get the whole request: what was held of it on disk could not be read: {error}"
                );
                return Some(upstream_failed(what, !matches!(self.down, Down::Head(_))));
            }
            Poll::Ready(Err(Broken::Malformed(sentence))) => {
                return Some(match self.down {
                    Down::Head(_) => Outcome::BadBody(sentence),
                    _ => Outcome::ClientGone,
                });
            }
        }
        None
    }

    /// When all is sent, the other thread gives back the connection that it has. `None`: it is on its way.
    fn poll_back(&mut self, cx: &mut Context<'_>) -> Option<Result<(), Outcome>> {
        if !matches!(self.up_state, Up::Sent) {
            return Some(Ok(()));
        }
        match self.connection.poll_back(cx) {
            Poll::Pending => None,
            Poll::Ready(Ok(())) => Some(Ok(())),
            Poll::Ready(Err(error)) => Some(Err(match self.down {
                Down::Head(_) => self.no_response(Some(&error)),
                // No other answer can follow what the client has of this one.
                _ => upstream_failed(format!("broke off its response: {error}"), true),
            })),
        }
    }

    fn poll_down(&mut self, cx: &mut Context<'_>, progress: &mut bool) -> Option<Outcome> {
        loop {
            let (lookout, response) = (&mut self.lookout, &*self.response);
            match &mut self.down {
                Down::Head(_) => match self.poll_head(cx, progress) {
                    Poll::Ready(Ok(())) => {}
                    Poll::Ready(Err(outcome)) => return Some(outcome),
                    Poll::Pending => return None,
                },
                Down::Interim(pump) | Down::Switching(pump) => {
                    let polled = pump.poll(
                        cx,
                        &mut self.connection.buffer,
                        &mut self.connection.io,
                        &mut ToClient(&mut *self.client),
                        &mut |_| {},
                        progress,
                    );
                    match polled {
                        Poll::Pending => return None,
                        Poll::Ready(Err(_)) => return Some(Outcome::ClientGone),
                        Poll::Ready(Ok(())) if matches!(self.down, Down::Switching(_)) => {
                            return Some(Outcome::Upgraded);
                        }
                        Poll::Ready(Ok(())) => self.down = Down::Head(0),
                    }
                }
                Down::Body(pump) => {
                    let polled = pump.poll(
                        cx,
                        &mut self.connection.buffer,
                        &mut self.connection.io,
                        &mut ToClient(&mut *self.client),
                        &mut |chunk| lookout.response_body(response, chunk),
                        progress,
                    );
                    lookout.response_is_on_its_way(response);
                    match polled {
                        Poll::Pending => return None,
                        Poll::Ready(Err(Broken::Write(_) | Broken::Held(_))) => {
                            return Some(Outcome::ClientGone);
                        }
                        Poll::Ready(Err(Broken::Read(error))) => {
                            let what = match error {
                                Some(error) => format!("broke off its response: {error}"),
                                None => {
                                    "closed the connection in the middle of its response".into()
                                }
                            };
                            return Some(upstream_failed(what, true));
                        }
                        Poll::Ready(Err(Broken::Malformed(what))) => {
                            let what = format!("sent a response that is not valid HTTP: {what}");
                            return Some(upstream_failed(what, true));
                        }
                        Poll::Ready(Ok(())) => {
                            if let Down::Body(pump) = std::mem::replace(&mut self.down, Down::Done)
                            {
                                *self.memory.1 = pump.into_memory();
                            }
                            *progress = true;
                        }
                    }
                }
                Down::Done => return self.finish(),
            }
        }
    }

    /// The response is complete. What about the request?
    fn finish(&self) -> Option<Outcome> {
        let sent = matches!(self.up_state, Up::Sent);
        let whole = sent && !self.response.close && !self.response.framing.is_until_close();
        // Of an answer that was replaced, nothing behind the head was read.
        let is_over = self.response.framing.is_done() && self.response.status != 101;
        let read = !self.replaced || is_over;
        let is_free = self.connection.is_here() && self.connection.buffer.is_empty();
        let keep_upstream = whole && read && is_free;
        match self.up_state {
            // It answered early, but takes the rest, and the client is willing to send it.
            Up::Sending if self.keep_client && !self.response.close => None,
            _ => Some(Outcome::Complete {
                keep_client: sent && self.keep_client && !self.client_ended,
                keep_upstream,
                replaced: self.replaced,
            }),
        }
    }

    /// Reads a head from the upstream and decides what to do with it.
    fn poll_head(
        &mut self,
        cx: &mut Context<'_>,
        progress: &mut bool,
    ) -> Poll<Result<(), Outcome>> {
        let Down::Head(searched) = &mut self.down else { return Poll::Ready(Ok(())) };
        let buffer = &mut self.connection.buffer;
        let end = loop {
            match head::find_end(buffer.unread(), *searched) {
                Ok(end) => break end,
                Err(from) => *searched = from,
            }
            if buffer.len() >= MAX_HEAD {
                let what = "sent a response whose head is larger than 64 KiB".to_owned();
                return Poll::Ready(Err(upstream_failed(what, false)));
            }
            match buffer.poll_read(cx, &mut self.connection.io, MAX_HEAD) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(self.no_response(None))),
                Poll::Ready(Err(error)) => {
                    return Poll::Ready(Err(self.no_response(Some(&error))));
                }
                Poll::Ready(Ok(_)) => {
                    *progress = true;
                    self.answered = true;
                }
            }
        };
        let next = self.take_head(end);
        self.connection.buffer.consume(end);
        match next {
            Ok(Down::Body(mut pump)) => {
                let lookout = &mut self.lookout;
                let mut tell = |piece: &[u8]| lookout.response_body_behind_head(piece);
                if pump.join(&mut self.connection.buffer, &mut tell).is_err() {
                    self.lookout.response_is_on_its_way(self.response);
                    let what = "sent a response that is not valid HTTP".to_owned();
                    return Poll::Ready(Err(upstream_failed(what, false)));
                }
                self.down = Down::Body(pump);
                Poll::Ready(Ok(()))
            }
            Ok(next) => {
                self.down = next;
                Poll::Ready(Ok(()))
            }
            Err(outcome) => Poll::Ready(Err(outcome)),
        }
    }

    /// Judges the head that is the first `end` bytes of the upstream's buffer.
    fn take_head(&mut self, end: usize) -> Result<Down, Outcome> {
        let head = self.connection.buffer.unread().get(..end).unwrap_or_default();
        let method = self.request.method(self.request_head);
        self.response.parse(head, method).map_err(|what| {
            upstream_failed(format!("sent a response that is not valid HTTP: {what}"), false)
        })?;
        let mut out = std::mem::take(self.memory.1);
        out.clear();
        match self.response.status {
            101 if self.request.upgrade => {
                self.lookout.response_head(self.response, head);
                if let Some(answer) = self.lookout.replacement() {
                    return Ok(self.replace(&answer));
                }
                self.response.write(head, false, true, &mut out);
                Ok(Down::Switching(Pump::new(out, Framing::none())))
            }
            101 => Err(upstream_failed("switched protocols without being asked".to_owned(), false)),
            status @ 100..200 => {
                if let Some(expectation) = &mut self.expectation
                    && status == 100
                {
                    expectation.told = true;
                    if expectation.told_by_us {
                        return Ok(Down::Head(0));
                    }
                }
                // HTTP/1.0 has none of these.
                if self.request.minor == 0 {
                    return Ok(Down::Head(0));
                }
                self.response.write(head, false, false, &mut out);
                Ok(Down::Interim(Pump::new(out, Framing::none())))
            }
            _ => {
                self.lookout.response_head(self.response, head);
                let unasked = self.expectation.as_ref().is_some_and(|e| !e.told);
                // A client that waited to be told may or may not send its body now: only a new
                // connection leaves no doubt where its next request begins.
                let in_doubt =
                    unasked && matches!(self.up_state, Up::Sending) && !self.up.has_begun();
                self.keep_client &= !in_doubt && !matches!(self.up_state, Up::Failed(_));
                if let Some(answer) = self.lookout.replacement() {
                    return Ok(self.replace(&answer));
                }
                self.keep_client &= !self.response.framing.is_until_close();
                self.response.write(head, !self.keep_client, false, &mut out);
                Ok(Down::Body(Pump::new(out, self.response.framing)))
            }
        }
    }

    /// What is said in place of the upstream's answer.
    fn replace(&mut self, answer: &Answer) -> Down {
        self.replaced = true;
        let only_head = self.request.method(self.request_head) == b"HEAD";
        Down::Body(Pump::new(answer.http1(only_head, !self.keep_client), Framing::none()))
    }

    /// The upstream has closed without a response.
    fn no_response(&self, error: Option<&io::Error>) -> Outcome {
        // The upstream closed while the connection was waiting. A request may have been acted upon
        // although no answer came, so only what may be done twice (RFC 9110, 9.2.2), or never left, is
        // sent again, while all that was read of it is in memory. The rest is for the client to decide.
        let idempotent = matches!(
            self.request.method(self.request_head),
            b"GET" | b"HEAD" | b"PUT" | b"DELETE" | b"OPTIONS"
        );
        let harmless = idempotent || self.up.is_unsent();
        if self.connection.reused && !self.answered && harmless && self.up.can_repeat() {
            return Outcome::Stale { rest: self.up.framing() };
        }
        let what = match (error, &self.up_state) {
            (_, Up::Failed(error)) => format!("did not accept the request: {error}"),
            (Some(error), _) => format!("broke off before it answered: {error}"),
            (None, _) if self.connection.reused && !self.answered && !idempotent => {
                "closed an idle connection without answering. The request may have taken effect, so the proxy does not repeat it; SDKs do"
                    .to_owned()
            }
            (None, _) => "closed the connection before it answered".to_owned(),
        };
        upstream_failed(what, false)
    }

    /// While the client waits: notices when it goes away.
    fn poll_client(&mut self, cx: &mut Context<'_>, progress: &mut bool) -> Option<Outcome> {
        let waiting = matches!((&self.up_state, &self.down), (Up::Sent, Down::Head(_)));
        while waiting && !self.client_ended && self.client_buffer.len() < PIPELINED {
            match self.client_buffer.poll_read(cx, self.client, 0) {
                Poll::Pending => break,
                Poll::Ready(Err(_)) => return Some(Outcome::ClientGone),
                Poll::Ready(Ok(0)) => {
                    // It has closed, or only its sending side: the answer has a while to come.
                    self.client_ended = true;
                    *progress = true;
                }
                Poll::Ready(Ok(_)) => {}
            }
        }
        None
    }

    /// Tells the client to go on when the upstream has said nothing for a while. True: there is
    /// something to write.
    fn poll_expectation(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(expectation) = &mut self.expectation else { return false };
        let waiting = matches!(self.down, Down::Head(_))
            && matches!(self.up_state, Up::Sending)
            && self.connection.buffer.is_empty();
        let is_sending = !waiting || self.up.has_begun();
        if is_sending || self.request.minor == 0 || expectation.poll_tell(cx).is_pending() {
            return false;
        }
        self.down = Down::Interim(Pump::new(CONTINUE.to_vec(), Framing::none()));
        true
    }

    fn timed_out(&self) -> Outcome {
        if self.client_ended {
            return Outcome::ClientGone;
        }
        match (&self.down, &self.up_state) {
            (Down::Done, _) => Outcome::Complete {
                keep_client: false,
                keep_upstream: false,
                replaced: self.replaced,
            },
            (Down::Head(_), Up::Sent) => Outcome::UpstreamFailed {
                sentence: format!("did not answer within {} s", self.limits.response.as_secs()),
                status: 504,
                responding: false,
            },
            (Down::Head(_), _) => Outcome::UpstreamFailed {
                sentence: "did not answer: the request's body stalled for too long".to_owned(),
                status: 504,
                responding: false,
            },
            _ => upstream_failed("let its response stall for too long".to_owned(), true),
        }
    }
}

fn upstream_failed(what: String, responding: bool) -> Outcome {
    Outcome::UpstreamFailed { sentence: what, status: 502, responding }
}
