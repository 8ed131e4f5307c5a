//! Moves one body from one side to the other: reads only when everything that was read has been
//! written, so that a slow reader slows the sender and memory stays flat.

use std::io;
use std::task::{Context, Poll, ready};

use tokio::io::AsyncRead;

use super::body::Framing;
use super::sink::Sink;
use crate::capture::proxy::buffer::Buffer;
use crate::capture::proxy::held::OnDisk;

/// A body of up to this size goes out in one write with its head.
const TOGETHER: usize = 16 * 1024;

/// The state of one direction.
pub(crate) struct Pump {
    /// The head (and the beginning of the body), written first.
    prefix: Vec<u8>,
    written: usize,
    /// What was held of the body on disk, written next.
    on_disk: Option<Box<OnDisk>>,
    framing: Framing,
    /// Bytes at the beginning of the buffer that belong to the body and are not written.
    pending: usize,
    unflushed: bool,
    /// The reader has ended.
    ended: bool,
    /// Bytes of the body taken so far, framing included.
    taken: u64,
    /// Some of the body did not fit behind the head: it is gone when it is written.
    streamed: bool,
}

/// Why a body did not get through.
#[derive(Debug)]
pub(crate) enum Broken {
    /// The sender failed, or ended before its body did (`None`).
    Read(Option<io::Error>),
    /// The receiver failed.
    Write(io::Error),
    /// The chunk framing is not valid.
    Malformed(&'static str),
    /// What was held on disk could not be read.
    Held(io::Error),
}

impl Pump {
    /// A pump that writes `head`, then the body that `framing` describes.
    pub(crate) fn new(head: Vec<u8>, framing: Framing) -> Self {
        Self {
            prefix: head,
            written: 0,
            on_disk: None,
            framing,
            pending: 0,
            unflushed: false,
            ended: false,
            taken: 0,
            streamed: false,
        }
    }

    /// The same, with what is on disk of the body between `head` and the rest, which `framing` describes.
    pub(crate) fn with_held(head: Vec<u8>, on_disk: Option<Box<OnDisk>>, framing: Framing) -> Self {
        let streamed = on_disk.is_some();
        Self { on_disk, streamed, ..Self::new(head, framing) }
    }

    /// Puts the part of the body that is in `buffer` behind the head, so that both leave in one
    /// write.
    pub(crate) fn join(
        &mut self,
        buffer: &mut Buffer,
        payload: &mut dyn FnMut(&[u8]),
    ) -> Result<(), Broken> {
        let is_behind = self.on_disk.is_some();
        if self.framing.is_done() || is_behind || buffer.is_empty() || buffer.len() > TOGETHER {
            return Ok(());
        }
        let n = self.framing.advance(buffer.unread(), payload).map_err(malformed)?;
        self.prefix.extend_from_slice(buffer.unread().get(..n).unwrap_or_default());
        buffer.consume(n);
        self.taken += n as u64;
        Ok(())
    }

    /// Whether all that was read of the message is in the prefix: it can be sent again.
    pub(crate) fn can_repeat(&self) -> bool {
        !self.streamed
    }

    /// Whether no byte was taken by the receiver.
    pub(crate) fn is_unsent(&self) -> bool {
        self.written == 0
    }

    /// How the rest of the body is framed.
    pub(crate) fn framing(&self) -> Framing {
        self.framing
    }

    /// Whether any of the body has come.
    pub(crate) fn has_begun(&self) -> bool {
        self.taken > 0
    }

    /// The message as far as it was read, to be sent again.
    pub(crate) fn into_prefix(self) -> Vec<u8> {
        self.prefix
    }

    /// The memory of the prefix, to be used again.
    pub(crate) fn into_memory(mut self) -> Vec<u8> {
        self.prefix.clear();
        self.prefix
    }

    /// Moves what can be moved. Ready when the message is complete and flushed. `progress` is set
    /// when a byte moved.
    pub(crate) fn poll<R, W>(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut Buffer,
        reader: &mut R,
        writer: &mut W,
        payload: &mut dyn FnMut(&[u8]),
        progress: &mut bool,
    ) -> Poll<Result<(), Broken>>
    where
        R: AsyncRead + Unpin,
        W: Sink,
    {
        loop {
            ready!(self.poll_write(cx, buffer, writer, progress))?;
            if self.framing.is_done() || (self.ended && self.framing.is_until_close()) {
                if self.unflushed {
                    ready!(writer.poll_flush(cx)).map_err(Broken::Write)?;
                    self.unflushed = false;
                }
                return Poll::Ready(Ok(()));
            }
            if buffer.is_empty() {
                if self.ended {
                    return Poll::Ready(Err(Broken::Read(None)));
                }
                match buffer.poll_fill(cx, reader) {
                    Poll::Ready(Ok(0)) => self.ended = true,
                    Poll::Ready(Ok(_)) => *progress = true,
                    Poll::Ready(Err(error)) => {
                        return Poll::Ready(Err(Broken::Read(Some(error))));
                    }
                    Poll::Pending => {
                        if self.unflushed {
                            ready!(writer.poll_flush(cx)).map_err(Broken::Write)?;
                            self.unflushed = false;
                        }
                        return Poll::Pending;
                    }
                }
                continue;
            }
            let n = self.framing.advance(buffer.unread(), payload).map_err(malformed)?;
            self.pending = n;
            self.taken += n as u64;
            self.streamed = true;
        }
    }

    fn poll_write<W: Sink>(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut Buffer,
        writer: &mut W,
        progress: &mut bool,
    ) -> Poll<Result<(), Broken>> {
        while let Some(rest) = self.prefix.get(self.written..).filter(|rest| !rest.is_empty()) {
            self.written += ready!(write(cx, writer, rest))?;
            self.unflushed = true;
            *progress = true;
        }
        while let Some(on_disk) = &mut self.on_disk {
            if !ready!(on_disk.poll_fill(cx)).map_err(Broken::Held)? {
                self.on_disk = None;
                break;
            }
            let n = ready!(write(cx, writer, on_disk.unread()))?;
            on_disk.consume(n);
            self.unflushed = true;
            *progress = true;
        }
        let written = self.pending;
        while self.pending > 0 {
            let n = ready!(taken(writer.poll_take(cx, buffer, self.pending)))?;
            self.pending -= n;
            self.unflushed = true;
            *progress = true;
        }
        buffer.grow_if_filled(written);
        Poll::Ready(Ok(()))
    }
}

/// Writes at least one byte.
fn write<W: Sink>(
    cx: &mut Context<'_>,
    writer: &mut W,
    bytes: &[u8],
) -> Poll<Result<usize, Broken>> {
    taken(writer.poll_write(cx, bytes))
}

/// At least one byte was taken.
fn taken(result: Poll<io::Result<usize>>) -> Poll<Result<usize, Broken>> {
    result.map(|result| match result {
        Ok(0) => Err(Broken::Write(io::ErrorKind::WriteZero.into())),
        Ok(n) => Ok(n),
        Err(error) => Err(Broken::Write(error)),
    })
}

fn malformed(error: super::body::Malformed) -> Broken {
    Broken::Malformed(error.0)
}
