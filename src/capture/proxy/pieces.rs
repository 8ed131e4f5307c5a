//! Writing to TLS in small pieces. rustls copies what it is given into a record before it encrypts it there, five bytes behind the
//! beginning of what it allocates. Where such a copy is of more than some kilobytes, the C library leaves it to the processor
//! (`rep movsb`), and processors of AMD's take five times as long for it where it is not aligned as for many small copies: a fifth of
//! all that a transfer took. A record is as large as before, made of pieces.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The C library copies so many bytes by itself, whatever the processor (its smallest threshold is 2,112 bytes).
const PIECE: usize = 2 * 1024;
/// Pieces in one write: what rustls may hold.
const MOST: usize = super::buffer::LARGE / PIECE;

/// A TLS stream that is written to in pieces.
pub(crate) struct InPieces<S>(pub(crate) S);

impl<S: AsyncRead + Unpin> AsyncRead for InPieces<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, out)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for InPieces<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if bytes.len() <= PIECE {
            return Pin::new(&mut self.0).poll_write(cx, bytes);
        }
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if slices.iter().all(|slice| slice.len() <= PIECE) {
            return Pin::new(&mut self.0).poll_write_vectored(cx, slices);
        }
        let mut pieces = [IoSlice::new(&[]); MOST];
        let mut count = 0;
        for (place, piece) in pieces.iter_mut().zip(slices.iter().flat_map(|it| it.chunks(PIECE))) {
            *place = IoSlice::new(piece);
            count += 1;
        }
        Pin::new(&mut self.0).poll_write_vectored(cx, pieces.get(..count).unwrap_or_default())
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    /// Takes at most so many bytes at once, and notes how large the pieces were.
    struct Taking {
        at_once: usize,
        largest: usize,
        taken: Vec<u8>,
    }

    impl AsyncWrite for Taking {
        fn poll_write(
            self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
        }

        fn poll_write_vectored(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            slices: &[IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            let mut left = self.at_once;
            for slice in slices {
                self.largest = self.largest.max(slice.len());
                let n = slice.len().min(left);
                self.taken.extend_from_slice(&slice[..n]);
                left -= n;
            }
            Poll::Ready(Ok(self.at_once - left))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[test]
    fn every_byte_is_written_once_in_its_place_and_in_pieces() {
        let bytes: Vec<u8> = (0..700_001_u32).map(|n| (n % 251) as u8).collect();
        let cx = &mut Context::from_waker(Waker::noop());
        for at_once in [1_000, 2_048, 16_384, 65_537, 1 << 20] {
            let mut writer = InPieces(Taking { at_once, largest: 0, taken: Vec::new() });
            let mut written = 0;
            while let rest @ [_, ..] = &bytes[written..] {
                let (head, body) = rest.split_at(rest.len().min(9));
                let slices = [IoSlice::new(head), IoSlice::new(body)];
                let wrote = match written % 2 {
                    0 => Pin::new(&mut writer).poll_write(cx, rest),
                    _ => Pin::new(&mut writer).poll_write_vectored(cx, &slices),
                };
                let Poll::Ready(Ok(n @ 1..)) = wrote else { panic!("{wrote:?}") };
                written += n;
            }
            assert!(writer.0.taken == bytes, "{at_once}");
            assert!(writer.0.largest <= PIECE);
        }
    }
}
