//! `Expect: 100-continue`: the upstream's answer is waited for, but not forever.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::Sleep;

/// A client that waits, or has waited, to be told to send its body.
pub(super) struct Expectation {
    answer_at: Pin<Box<Sleep>>,
    /// The client was told to go on, by us: the upstream is not to tell it again.
    pub(super) told_by_us: bool,
    pub(super) told: bool,
}

impl Expectation {
    /// One that is answered in the upstream's place after so long, if it was not before.
    pub(super) fn new(answer_after: Duration, told_by_us: bool) -> Self {
        let answer_at = Box::pin(tokio::time::sleep(answer_after));
        Self { answer_at, told_by_us, told: told_by_us }
    }

    /// Ready, once, when the client is to be told by us.
    pub(super) fn poll_tell(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.told || self.answer_at.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        self.told = true;
        self.told_by_us = true;
        Poll::Ready(())
    }
}
