//! A request's body on its way in while nothing of it goes on: held until it is decided, shown when its upstream is not reached,
//! dropped when it was refused.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::time::{Instant, timeout};

use super::body::Framing;
use super::timer::Timer;
use crate::capture::proxy::buffer::Buffer;
use crate::capture::proxy::held::{Held, OnDisk};
use crate::capture::proxy::observe::{Admission, GivenUp};
use crate::capture::proxy::shared::{HEARD_OUT, WatchedExchange, decided};

/// What tells a client that it may send its body.
pub(super) const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// A request's body, as far as it has come.
pub(super) struct Incoming<'x, C> {
    pub(super) client: &'x mut C,
    pub(super) buffer: &'x mut Buffer,
    pub(super) timer: &'x mut Timer,
    pub(super) framing: &'x mut Framing,
    /// How long no byte may come.
    pub(super) stall: Duration,
}

/// A request that may go on after it was held.
pub(super) struct Admitted {
    /// What is on disk of the body. The rest that was held is behind the head that goes out.
    pub(super) on_disk: Option<Box<OnDisk>>,
    /// The client was told to send its body, or has not waited for that.
    pub(super) told_to_go_on: bool,
    /// Counts what is in memory.
    _held: Held,
}

impl Admitted {
    /// One that was held, and sent by a client that does not wait.
    pub(super) fn new(held: Held, on_disk: Option<Box<OnDisk>>) -> Box<Admitted> {
        Box::new(Admitted { on_disk, told_to_go_on: true, _held: held })
    }
}

/// What became of a body that was read until something is known.
pub(super) enum Decision {
    /// Granted or refused; never pending.
    Admission(Admission),
    GivenUp(GivenUp),
    /// The body is not valid.
    BadBody(&'static str),
    /// The client went away.
    Gone,
    /// Nothing has come for too long.
    Stalled,
}

impl<C: AsyncRead + AsyncWrite + Unpin> Incoming<'_, C> {
    /// Whether the client waits to be told before it sends anything, if it has said so.
    pub(super) fn is_awaited(&self) -> bool {
        self.buffer.is_empty() && !self.framing.is_done()
    }

    /// Tells the client to send its body. False: it has gone.
    pub(super) async fn ask_for_it(&mut self) -> bool {
        let write = async {
            self.client.write_all(CONTINUE).await?;
            self.client.flush().await
        };
        matches!(timeout(self.stall, write).await, Ok(Ok(())))
    }

    /// Shows and holds what comes until whoever listens has decided.
    pub(super) async fn hold(&mut self, watch: &mut WatchedExchange, held: &mut Held) -> Decision {
        loop {
            let mut show = |chunk: &[u8]| watch.request_body(chunk);
            let taken = match self.framing.advance(self.buffer.unread(), &mut show) {
                Ok(taken) => taken,
                Err(malformed) => return Decision::BadBody(malformed.0),
            };
            let is_over = self.framing.is_done();
            if is_over {
                watch.request_end();
            }
            let admission = match taken > 0 || is_over {
                true => decided(|| watch.ask()).await,
                false => Admission::Pending,
            };
            if matches!(admission, Admission::Refused(_)) {
                self.buffer.consume(taken);
                return Decision::Admission(admission);
            }
            let piece = self.buffer.unread().get(..taken).unwrap_or_default();
            if let Err(error) = held.put(piece).await {
                return Decision::GivenUp(GivenUp::Disk(error.to_string()));
            }
            self.buffer.consume(taken);
            self.buffer.grow_if_filled(taken);
            match admission {
                Admission::Pending if is_over => return Decision::GivenUp(GivenUp::Undecided),
                Admission::Pending if held.is_too_much() => {
                    return Decision::GivenUp(GivenUp::TooLarge { limit: held.limit() });
                }
                Admission::Pending => {}
                decided => return Decision::Admission(decided),
            }
            match self.read().await {
                Some(true) => {}
                Some(false) => return Decision::Gone,
                None => return Decision::Stalled,
            }
        }
    }

    /// Shows what has come, and what comes in a moment, of a body that goes nowhere.
    pub(super) async fn hear_out(&mut self, watch: &mut WatchedExchange, a_moment: Duration) {
        let listen = async {
            let mut left = HEARD_OUT;
            loop {
                let mut show = |chunk: &[u8]| watch.request_body(chunk);
                let taken = self.framing.advance(self.buffer.unread(), &mut show).ok()?;
                self.buffer.consume(taken);
                if self.framing.is_done() {
                    watch.request_end();
                    return Some(());
                }
                left = left.checked_sub(taken)?;
                self.read().await.filter(|has_come| *has_come)?;
            }
        };
        // The client may stop in the middle; it is answered all the same.
        let _ = timeout(a_moment, listen).await;
    }

    /// Drops the rest, of which `at_most` so many bytes may come. Whether it is over, so that the next request may begin.
    pub(super) async fn discard(&mut self, at_most: u64) -> bool {
        let mut left = at_most;
        loop {
            let Ok(taken) = self.framing.advance(self.buffer.unread(), &mut |_| {}) else {
                return false;
            };
            self.buffer.consume(taken);
            self.buffer.grow_if_filled(taken);
            if self.framing.is_done() {
                return true;
            }
            let Some(fewer) = left.checked_sub(taken as u64) else { return false };
            left = fewer;
            if self.read().await != Some(true) {
                return false;
            }
        }
    }

    /// Reads what is there. `Some(false)`: the client has ended, or failed; `None`: nothing has come for too long.
    async fn read(&mut self) -> Option<bool> {
        self.timer.set(Instant::now() + self.stall);
        poll_fn(|cx| match self.buffer.poll_fill(cx, self.client) {
            Poll::Ready(read) => Poll::Ready(Some(matches!(read, Ok(1..)))),
            Poll::Pending => self.timer.poll(cx).map(|()| None),
        })
        .await
    }
}
