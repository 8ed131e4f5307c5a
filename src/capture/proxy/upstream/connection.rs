//! Connections to upstreams that speak HTTP/1.1.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::io::{UpstreamIo, delegate};
use super::lent::{Lent, OtherThread};
use crate::capture::proxy::buffer::Buffer;

/// A connection to an upstream that speaks HTTP/1.1.
pub(crate) struct Connection {
    pub(crate) io: ConnectionIo,
    pub(crate) buffer: Buffer,
    /// It has carried a request before: the upstream may have closed it in the meantime.
    pub(crate) reused: bool,
}

/// Its bytes.
pub(crate) enum ConnectionIo {
    Here(UpstreamIo),
    /// The other thread moves them.
    Lent(Box<Lent>),
}

impl Connection {
    pub(crate) fn new(io: UpstreamIo) -> Self {
        Self { io: ConnectionIo::Here(io), buffer: Buffer::default(), reused: false }
    }

    /// Ready when the connection is on this thread (again), with all written that was given to it. What was heard of the upstream
    /// meanwhile is in the buffer. A broken one stays lent: what is left to read of it is read as before.
    ///
    /// # Errors
    /// When it cannot be taken back.
    pub(crate) fn poll_back(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let ConnectionIo::Lent(lent) = &mut self.io
            && let Some(io) = ready!(lent.poll_back(cx, &mut self.buffer))?
        {
            self.io = ConnectionIo::Here(io);
        }
        Poll::Ready(Ok(()))
    }

    /// Whether this thread has it.
    pub(crate) fn is_here(&self) -> bool {
        matches!(self.io, ConnectionIo::Here(_))
    }
}

impl ConnectionIo {
    /// Lends the connection to the other thread, if it can be lent and that thread has none.
    pub(crate) fn lend(&mut self, other: &OtherThread) {
        if let Self::Here(io) = self
            && let Some(lent) = Lent::new(io, other)
        {
            *self = Self::Lent(Box::new(lent));
        }
    }
}

delegate!(ConnectionIo, this => Self::Here(stream) => stream, Self::Lent(stream) => stream);
