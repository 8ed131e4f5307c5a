//! Moves one body with its trailers.

use std::future::poll_fn;
use std::io;
use std::task::Poll;

use bytes::Bytes;
use h2::{Reason, RecvStream, SendStream};
use http::HeaderMap;

/// How one direction ended, when it did not end well.
pub(super) enum Broken {
    /// The side that sends.
    Read(Option<Reason>),
    /// The side that receives.
    Write,
    /// What was held on disk could not be read.
    Held(io::Error),
}

/// Moves one body with its trailers. What was received counts as read when it is on its way.
pub(super) async fn pump(
    from: &mut RecvStream,
    to: &mut SendStream<Bytes>,
    observe: &(dyn Fn(&[u8]) + Sync),
) -> Result<(), Broken> {
    loop {
        // While nothing comes, the other side may go.
        let next = poll_fn(|cx| {
            if to.poll_reset(cx).is_ready() {
                return Poll::Ready(Err(Broken::Write));
            }
            from.poll_data(cx).map(Ok)
        });
        let Some(chunk) = next.await? else { break };
        let chunk = chunk.map_err(|error| Broken::Read(error.reason()))?;
        observe(&chunk);
        let length = chunk.len();
        send(to, chunk).await?;
        let _ = from.flow_control().release_capacity(length);
    }
    end(to, from.trailers().await.map_err(|error| Broken::Read(error.reason()))?)
}

/// Sends a piece, as fast as it is taken.
pub(super) async fn send(to: &mut SendStream<Bytes>, mut chunk: Bytes) -> Result<(), Broken> {
    while !chunk.is_empty() {
        to.reserve_capacity(chunk.len());
        let capacity = poll_fn(|cx| to.poll_capacity(cx)).await;
        let Some(Ok(capacity)) = capacity else { return Err(Broken::Write) };
        let piece = chunk.split_to(capacity.min(chunk.len()));
        to.send_data(piece, false).map_err(|_| Broken::Write)?;
    }
    Ok(())
}

/// Ends a body.
pub(super) fn end(to: &mut SendStream<Bytes>, trailers: Option<HeaderMap>) -> Result<(), Broken> {
    match trailers {
        Some(trailers) => to.send_trailers(trailers).map_err(|_| Broken::Write),
        None => to.send_data(Bytes::new(), true).map_err(|_| Broken::Write),
    }
}
