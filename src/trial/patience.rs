//! Waiting for AWS, unless somebody wants the end.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tokio::time::sleep;

use crate::trial::error::TrialError;

/// How soon it is noticed that somebody wants the end.
const NOTICED_AFTER: Duration = Duration::from_millis(50);
/// Pauses grow to this.
const LONGEST: Duration = Duration::from_secs(4);

/// Whether somebody wants the end.
pub type Interrupted<'a> = &'a (dyn Fn() -> bool + Sync);

/// What comes of something, unless somebody wants the end before.
///
/// # Errors
///
/// When somebody does.
pub(super) async fn unless<T>(
    interrupted: Interrupted<'_>,
    what: impl Future<Output = T>,
) -> Result<T, TrialError> {
    let mut what = pin!(what);
    let mut end = pin!(async {
        while !interrupted() {
            sleep(NOTICED_AFTER).await;
        }
    });
    poll_fn(|context| {
        if let Poll::Ready(found) = what.as_mut().poll(context) {
            return Poll::Ready(Ok(found));
        }
        end.as_mut().poll(context).map(|()| Err(TrialError::Interrupted))
    })
    .await
}

/// Pauses that grow.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pauses(Duration);

impl Pauses {
    pub(super) fn new() -> Pauses {
        Pauses(Duration::from_millis(100))
    }

    pub(super) async fn pause(&mut self) {
        sleep(self.0).await;
        self.0 = LONGEST.min(self.0.mul_f32(1.6));
    }
}
