//! Memory for bytes in flight: small by default, large where a body streams, bounded over all
//! connections.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What a connection begins with.
const SMALL: usize = 4 * 1024;
/// What it grows to on its own account, when a head needs it or the large ones are all taken.
const MEDIUM: usize = 16 * 1024;
/// What a streaming body gets, and what rustls may hold of it: fewer, larger system calls.
pub(super) const LARGE: usize = 256 * 1024;
/// How many large buffers there are at most, over all connections: 12 MiB.
const LARGE_AT_MOST: usize = 48;

/// How many small buffers that nobody needs a thread keeps, for the next that is needed: 512 KiB. Each request takes two and gives them
/// back, and to have them from the allocator and zeroed each time was a few hundredths of the proxy's time.
const SPARE_AT_MOST: usize = 128;

static LARGE_TAKEN: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static SPARE: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// A small buffer. What it was used for before may be in it.
fn small() -> Vec<u8> {
    SPARE.with_borrow_mut(Vec::pop).unwrap_or_else(|| vec![0; SMALL])
}

/// Keeps a small buffer for the next that is needed.
fn spare(data: Vec<u8>) {
    if data.len() == SMALL {
        SPARE.with_borrow_mut(|spare| {
            if spare.len() < SPARE_AT_MOST {
                spare.push(data);
            }
        });
    }
}

/// One of the few large buffers. Gives its place back when it is dropped.
struct Large;

impl Large {
    fn take() -> Option<Self> {
        let taken = LARGE_TAKEN.fetch_add(1, Ordering::Relaxed);
        // Made first, so that a refused one gives its place back, too.
        let large = Self;
        (taken < LARGE_AT_MOST).then_some(large)
    }
}

impl Drop for Large {
    fn drop(&mut self) {
        LARGE_TAKEN.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Bytes that were read and not yet used up.
#[derive(Default)]
pub(crate) struct Buffer {
    data: Vec<u8>,
    start: usize,
    end: usize,
    large: Option<Large>,
}

impl Buffer {
    /// An empty one that is large, if there is one left.
    pub(crate) fn large() -> Option<Self> {
        let large = Large::take()?;
        Some(Self { data: vec![0; LARGE], start: 0, end: 0, large: Some(large) })
    }

    pub(crate) fn unread(&self) -> &[u8] {
        self.data.get(self.start..self.end).unwrap_or_default()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    pub(crate) fn len(&self) -> usize {
        self.end - self.start
    }

    /// The first `n` bytes are used up.
    pub(crate) fn consume(&mut self, n: usize) {
        self.start = (self.start + n).min(self.end);
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
        }
    }

    /// Puts `bytes` behind what is there.
    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        self.compact();
        self.data.truncate(self.end);
        self.data.extend_from_slice(bytes);
        self.end = self.data.len();
    }

    /// Gives the memory back, when nothing is in it.
    pub(crate) fn release(&mut self) {
        if self.is_empty() {
            spare(std::mem::take(self).data);
        }
    }

    fn compact(&mut self) {
        if self.start > 0 {
            self.data.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
    }

    /// Makes room: at least one byte, unless `at_most` bytes are in use. A buffer that is full grows.
    fn make_room(&mut self, at_most: usize) {
        if self.end < self.data.len() {
            return;
        }
        self.compact();
        if self.end < self.data.len() {
            return;
        }
        let grown = match self.data.len() {
            0 => {
                self.data = small();
                return;
            }
            length if length < MEDIUM => MEDIUM,
            length if length < LARGE => {
                if self.large.is_none() {
                    self.large = Large::take();
                }
                // Without a large one there is room for what must fit (a head), but no more.
                if self.large.is_some() { LARGE } else { at_most.clamp(length, LARGE) }
            }
            length => length,
        };
        self.data.resize(grown.max(self.data.len()), 0);
    }

    /// Reads once, into room of at least one byte. `Ok(0)`: the end of the stream, or no room left.
    /// `needed` is how many bytes have to fit in any case.
    pub(crate) fn poll_read<R: AsyncRead + Unpin>(
        &mut self,
        cx: &mut Context<'_>,
        reader: &mut R,
        needed: usize,
    ) -> Poll<io::Result<usize>> {
        self.make_room(needed);
        let room = self.data.get_mut(self.end..).unwrap_or_default();
        if room.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let mut room = ReadBuf::new(room);
        ready!(Pin::new(reader).poll_read(cx, &mut room))?;
        let n = room.filled().len();
        self.end += n;
        Poll::Ready(Ok(n))
    }

    /// Reads what is there, until the room is full: for bodies. Pending only when nothing came.
    pub(crate) fn poll_fill<R: AsyncRead + Unpin>(
        &mut self,
        cx: &mut Context<'_>,
        reader: &mut R,
    ) -> Poll<io::Result<usize>> {
        let mut total = 0;
        loop {
            match self.poll_read(cx, reader, 0) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Ok(total)),
                Poll::Ready(Ok(n)) => {
                    total += n;
                    // Full: worth a larger buffer the next time, but first it goes on its way.
                    if self.end == self.data.len() {
                        return Poll::Ready(Ok(total));
                    }
                }
                // An error after bytes comes again with the next read.
                Poll::Ready(Err(_)) | Poll::Pending if total > 0 => return Poll::Ready(Ok(total)),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Makes the next reads large, when the last one filled what there was.
    pub(crate) fn grow_if_filled(&mut self, read: usize) {
        let filled = read > 0 && read >= self.data.len();
        if self.is_empty() && filled && self.data.len() < LARGE {
            if self.large.is_none() && self.data.len() >= MEDIUM {
                self.large = Large::take();
            }
            let grown = if self.large.is_some() { LARGE } else { MEDIUM };
            self.data.resize(grown.max(self.data.len()), 0);
        }
    }
}

/// Reads ahead of rustls, which asks for 4 KiB at a time: where a body streams, one system call
/// brings several records instead of a quarter of one. Idle connections hold no buffer.
pub(crate) struct ReadAhead<S> {
    inner: S,
    ahead: Vec<u8>,
    start: usize,
    end: usize,
    large: Option<Large>,
    /// The last read from `inner` brought everything that was asked for.
    filled: bool,
}

impl<S> ReadAhead<S> {
    pub(crate) fn new(inner: S) -> Self {
        Self { inner, ahead: Vec::new(), start: 0, end: 0, large: None, filled: false }
    }

    /// What is read from.
    pub(crate) fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    /// `first` was read from `inner` already, and is read again.
    pub(crate) fn with(inner: S, first: Vec<u8>) -> Self {
        let end = first.len();
        Self { inner, ahead: first, start: 0, end, large: None, filled: false }
    }

    fn release(&mut self) {
        self.ahead = Vec::new();
        self.large = None;
        self.filled = false;
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for ReadAhead<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.start == this.end {
            if this.filled && this.ahead.is_empty() && out.remaining() > 0 {
                this.large = Large::take();
                if this.large.is_some() {
                    this.ahead = vec![0; LARGE];
                }
            }
            if this.ahead.is_empty() {
                let before = out.filled().len();
                let wanted = out.remaining();
                ready!(Pin::new(&mut this.inner).poll_read(cx, out))?;
                this.filled = wanted >= 1024 && out.filled().len() - before == wanted;
                return Poll::Ready(Ok(()));
            }
            let mut room = ReadBuf::new(&mut this.ahead);
            match Pin::new(&mut this.inner).poll_read(cx, &mut room) {
                Poll::Ready(result) => {
                    let n = room.filled().len();
                    result?;
                    (this.start, this.end) = (0, n);
                    // Little came: the body is over, or too slow to be worth the memory.
                    this.filled = n >= MEDIUM;
                    if n == 0 {
                        this.release();
                        return Poll::Ready(Ok(()));
                    }
                }
                Poll::Pending => {
                    if !this.filled {
                        this.release();
                    }
                    return Poll::Pending;
                }
            }
        }
        let ahead = this.ahead.get(this.start..this.end).unwrap_or_default();
        let n = ahead.len().min(out.remaining());
        out.put_slice(ahead.get(..n).unwrap_or_default());
        this.start += n;
        if this.start == this.end && this.large.is_none() {
            this.release();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for ReadAhead<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match slices {
            // A record by itself, as most messages are: the system has less to do for one buffer than for a list of one.
            [slice] => Pin::new(&mut self.inner).poll_write(cx, slice),
            slices => Pin::new(&mut self.inner).poll_write_vectored(cx, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test]
    async fn reading_ahead_changes_no_byte() {
        let (mut writer, reader) = tokio::io::duplex(100_000);
        let sent: Vec<u8> = (0..1_000_000_u32).map(|n| (n % 251) as u8).collect();
        let expected = sent.clone();
        let writing = tokio::spawn(async move {
            for piece in sent.chunks(70_001) {
                writer.write_all(piece).await.unwrap();
            }
        });
        let mut reader = ReadAhead::new(reader);
        let mut received = Vec::new();
        let mut piece = [0; 4096];
        loop {
            match reader.read(&mut piece).await.unwrap() {
                0 => break,
                n => received.extend_from_slice(&piece[..n]),
            }
        }
        writing.await.unwrap();
        assert!(received == expected);
        assert!(reader.ahead.is_empty(), "an idle connection holds no buffer");
    }

    #[test]
    fn what_is_consumed_makes_room_for_what_comes() {
        let mut buffer = Buffer::default();
        buffer.extend(b"abc");
        buffer.consume(2);
        buffer.extend(b"def");
        assert_eq!(buffer.unread(), b"cdef");
        buffer.consume(4);
        assert!(buffer.is_empty());
        buffer.release();
        assert_eq!(buffer.data.capacity(), 0);
    }
}
