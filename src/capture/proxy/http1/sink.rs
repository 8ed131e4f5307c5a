//! Where a message goes: to the client, or to the upstream on one thread or two.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::AsyncWrite;

use crate::capture::proxy::buffer::{Buffer, LARGE};
use crate::capture::proxy::upstream::{ConnectionIo, OtherThread};

/// A body that has filled so many bytes of large buffers is long and comes fast: two threads are worth their trouble.
const FAST_AND_LONG: usize = 1024 * 1024;

/// Takes a message.
pub(crate) trait Sink {
    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>>;

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Takes some of the first `n` bytes of `buffer`, which are used up by that.
    fn poll_take(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut Buffer,
        n: usize,
    ) -> Poll<io::Result<usize>> {
        poll_copy(self, cx, buffer, n)
    }
}

/// Writes some of the first `n` bytes of `buffer`.
fn poll_copy<S: Sink + ?Sized>(
    sink: &mut S,
    cx: &mut Context<'_>,
    buffer: &mut Buffer,
    n: usize,
) -> Poll<io::Result<usize>> {
    let bytes = buffer.unread().get(..n).unwrap_or_default();
    let written = ready!(sink.poll_write(cx, bytes))?;
    buffer.consume(written);
    Poll::Ready(Ok(written))
}

/// The client.
pub(crate) struct ToClient<'a, C>(pub(crate) &'a mut C);

impl<C: AsyncWrite + Unpin> Sink for ToClient<'_, C> {
    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.0).poll_write(cx, bytes)
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0).poll_flush(cx)
    }
}

/// The upstream.
pub(crate) struct ToUpstream<'a> {
    pub(crate) io: &'a mut ConnectionIo,
    /// The thread that the connection is lent to when the body is long and comes fast.
    pub(crate) other: Option<&'a OtherThread>,
    /// Bytes of the body that filled large buffers.
    pub(crate) filled: &'a mut usize,
}

impl Sink for ToUpstream<'_> {
    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.io).poll_write(cx, bytes)
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.io).poll_flush(cx)
    }

    fn poll_take(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut Buffer,
        n: usize,
    ) -> Poll<io::Result<usize>> {
        if let ConnectionIo::Lent(lent) = self.io {
            return lent.poll_take(cx, buffer, n);
        }
        let written = ready!(poll_copy(self, cx, buffer, n))?;
        if n >= LARGE {
            *self.filled += written;
        }
        if let Some(other) = self.other.filter(|_| *self.filled >= FAST_AND_LONG) {
            self.io.lend(other);
            // Where that thread has one, the next attempt is due when as much has come again.
            *self.filled = 0;
        }
        Poll::Ready(Ok(written))
    }
}
