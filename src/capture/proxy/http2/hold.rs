//! A request's body while nothing of it goes on: held until it is decided, dropped when it was refused.

use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Reason, RecvStream, SendStream};
use http::HeaderMap;
use tokio::time::timeout;

use super::pump::{self, Broken};
use crate::capture::proxy::answer::Answer;
use crate::capture::proxy::held::{Held, OnDisk};
use crate::capture::proxy::observe::{Admission, GivenUp};
use crate::capture::proxy::shared::{WatchedExchange, decided};

/// A client that goes on after the response has this long to end.
pub(super) const AFTER_RESPONSE: Duration = Duration::from_secs(10);

/// A request that may go on after it was held.
pub(super) struct Admitted {
    held: Held,
    on_disk: Option<Box<OnDisk>>,
    /// The body is over, with these trailers.
    end: Option<Option<HeaderMap>>,
}

/// What became of a body that was read until something is known.
pub(super) enum Decision {
    Granted(Box<Admitted>),
    Refused(Answer),
    GivenUp(GivenUp),
    /// The client went away, or has reset the stream for this reason.
    Gone(Option<Reason>),
    /// Nothing has come for too long.
    Stalled,
}

/// Shows and holds what comes until whoever listens has decided. Windows are given back as it is held.
pub(super) async fn hold(
    body: &mut RecvStream,
    respond: &mut SendResponse<Bytes>,
    watch: &Mutex<WatchedExchange>,
    mut held: Held,
    stall: Duration,
) -> Decision {
    let mut end = None;
    loop {
        let next = poll_fn(|cx| match respond.poll_reset(cx) {
            Poll::Ready(reset) => Poll::Ready(Err(reset.ok())),
            Poll::Pending => body.poll_data(cx).map(Ok),
        });
        let chunk = match timeout(stall, next).await {
            Ok(Ok(Some(Ok(chunk)))) => Some(chunk),
            Ok(Ok(Some(Err(error)))) => return Decision::Gone(error.reason()),
            Ok(Ok(None)) => None,
            Ok(Err(reason)) => return Decision::Gone(reason),
            Err(_) => return Decision::Stalled,
        };
        match &chunk {
            Some(chunk) => {
                locked(watch).request_body(chunk);
                let _ = body.flow_control().release_capacity(chunk.len());
            }
            None => match timeout(stall, body.trailers()).await {
                Ok(Ok(trailers)) => {
                    end = Some(trailers);
                    locked(watch).request_end();
                }
                Ok(Err(error)) => return Decision::Gone(error.reason()),
                Err(_) => return Decision::Stalled,
            },
        }
        let admission = decided(|| locked(watch).ask()).await;
        if let Admission::Refused(answer) = admission {
            return Decision::Refused(answer);
        }
        if let Some(chunk) = chunk
            && let Err(error) = held.put(&chunk).await
        {
            return Decision::GivenUp(GivenUp::Disk(error.to_string()));
        }
        match admission {
            Admission::Granted => {
                return match held.take_file().await {
                    Ok(on_disk) => Decision::Granted(Box::new(Admitted { held, on_disk, end })),
                    Err(error) => Decision::GivenUp(GivenUp::Disk(error.to_string())),
                };
            }
            _ if end.is_some() => return Decision::GivenUp(GivenUp::Undecided),
            _ if held.is_too_much() => {
                return Decision::GivenUp(GivenUp::TooLarge { limit: held.limit() });
            }
            _ => {}
        }
    }
}

impl Admitted {
    /// Sends on what was held. Whether that was all.
    pub(super) async fn send(&mut self, to: &mut SendStream<Bytes>) -> Result<bool, Broken> {
        pump::send(to, Bytes::from(self.held.take_memory())).await?;
        if let Some(mut on_disk) = self.on_disk.take() {
            while poll_fn(|cx| on_disk.poll_fill(cx)).await.map_err(Broken::Held)? {
                let piece = Bytes::copy_from_slice(on_disk.unread());
                on_disk.consume(piece.len());
                pump::send(to, piece).await?;
            }
        }
        let Some(trailers) = self.end.take() else { return Ok(false) };
        pump::end(to, trailers)?;
        Ok(true)
    }
}

/// Drops what comes behind an answer. A client may read nothing before it has sent everything; if it goes on for too long, it is
/// asked to stop: <https://www.rfc-editor.org/rfc/rfc9113#section-8.1>.
pub(super) async fn discard(body: &mut RecvStream, respond: &mut SendResponse<Bytes>) {
    let all = async {
        while let Some(Ok(chunk)) = body.data().await {
            let _ = body.flow_control().release_capacity(chunk.len());
        }
    };
    if timeout(AFTER_RESPONSE, all).await.is_err() {
        respond.send_reset(Reason::NO_ERROR);
    }
}

pub(super) fn locked(watch: &Mutex<WatchedExchange>) -> MutexGuard<'_, WatchedExchange> {
    watch.lock().unwrap_or_else(PoisonError::into_inner)
}
