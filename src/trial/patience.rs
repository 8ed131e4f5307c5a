//! Waiting for AWS, unless somebody wants the end.

use std::future::Future;
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
    let end = async {
        while !interrupted() {
            sleep(NOTICED_AFTER).await;
        }
    };
    tokio::select! {
        found = what => Ok(found),
        () = end => Err(TrialError::Interrupted),
    }
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
