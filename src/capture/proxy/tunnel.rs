//! Bytes that pass untouched, both ways, until both sides have ended.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, sleep_until};

use super::buffer::Buffer;
use super::seats::Seat;

/// Copies between `a` and `b`. `early` is what was read already: from `a`, and from `b`. When one
/// side ends its sending, the other is told and may go on. Ends with both, with an error, or after
/// `idle` without a byte.
pub(super) async fn copy<A, B>(a: &mut A, b: &mut B, early: (Buffer, Buffer), idle: Duration)
where
    A: AsyncRead + AsyncWrite + Unpin,
    B: AsyncRead + AsyncWrite + Unpin,
{
    let mut to_b = Direction::new(early.0);
    let mut to_a = Direction::new(early.1);
    let mut moved = Instant::now();
    let seat = Seat::ours();
    let mut timer = Box::pin(sleep_until(moved + idle));
    let both = poll_fn(|cx| {
        let before = (to_b.moved, to_a.moved);
        let first = to_b.poll(cx, a, b)?;
        let second = to_a.poll(cx, b, a)?;
        if first.is_ready() && second.is_ready() {
            return Poll::Ready(Ok::<_, io::Error>(()));
        }
        if before != (to_b.moved, to_a.moved) {
            moved = Instant::now();
            if let Some(seat) = &seat {
                seat.touch();
            }
        }
        while timer.as_mut().poll(cx).is_ready() {
            if moved + idle <= Instant::now() {
                return Poll::Ready(Ok(()));
            }
            timer.as_mut().reset(moved + idle);
        }
        Poll::Pending
    });
    let _ = both.await;
}

struct Direction {
    buffer: Buffer,
    ended: bool,
    closed: bool,
    unflushed: bool,
    moved: u64,
}

impl Direction {
    fn new(buffer: Buffer) -> Self {
        Self { buffer, ended: false, closed: false, unflushed: false, moved: 0 }
    }

    fn poll<R, W>(
        &mut self,
        cx: &mut Context<'_>,
        reader: &mut R,
        writer: &mut W,
    ) -> Poll<io::Result<()>>
    where
        R: AsyncRead + Unpin,
        W: AsyncWrite + Unpin,
    {
        loop {
            let read = self.buffer.len();
            while !self.buffer.is_empty() {
                let n = ready!(Pin::new(&mut *writer).poll_write(cx, self.buffer.unread()))?;
                if n == 0 {
                    return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
                }
                self.buffer.consume(n);
                self.moved += n as u64;
                self.unflushed = true;
            }
            self.buffer.grow_if_filled(read);
            if self.ended {
                if !self.closed {
                    ready!(Pin::new(&mut *writer).poll_shutdown(cx))?;
                    self.closed = true;
                }
                return Poll::Ready(Ok(()));
            }
            match self.buffer.poll_fill(cx, reader) {
                Poll::Ready(Ok(0)) => self.ended = true,
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    self.buffer.release();
                    if self.unflushed {
                        ready!(Pin::new(&mut *writer).poll_flush(cx))?;
                        self.unflushed = false;
                    }
                    return Poll::Pending;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    #[tokio::test]
    async fn a_side_that_has_ended_still_hears_the_other() {
        let (mut client, mut a) = duplex(64);
        let (mut b, mut server) = duplex(64);
        let mut early = Buffer::default();
        early.extend(b"early ");
        let idle = Duration::from_secs(60);
        let tunnel = tokio::spawn(async move {
            copy(&mut a, &mut b, (early, Buffer::default()), idle).await;
        });
        client.write_all(b"question").await.unwrap();
        client.shutdown().await.unwrap();
        let mut heard = String::new();
        server.read_to_string(&mut heard).await.unwrap();
        assert_eq!(heard, "early question");
        server.write_all(b"answer").await.unwrap();
        drop(server);
        let mut heard = String::new();
        client.read_to_string(&mut heard).await.unwrap();
        assert_eq!(heard, "answer");
        tunnel.await.unwrap();
    }

    #[tokio::test]
    async fn a_silent_tunnel_ends() {
        let (_client, mut a) = duplex(64);
        let (mut b, _server) = duplex(64);
        let begin = Instant::now();
        let early = (Buffer::default(), Buffer::default());
        copy(&mut a, &mut b, early, Duration::from_millis(50)).await;
        assert!(begin.elapsed() >= Duration::from_millis(50));
    }
}
