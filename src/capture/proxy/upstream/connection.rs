//! Connections to upstreams, whatever they lead through.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use crate::capture::proxy::buffer::{Buffer, ReadAhead};
use crate::capture::proxy::pieces::InPieces;

/// A connection to an upstream that speaks HTTP/1.1.
pub(crate) struct Connection {
    pub(crate) io: UpstreamIo,
    pub(crate) buffer: Buffer,
    /// It has carried a request before: the upstream may have closed it in the meantime.
    pub(crate) reused: bool,
}

impl Connection {
    pub(crate) fn new(io: UpstreamIo) -> Self {
        Self { io, buffer: Buffer::default(), reused: false }
    }
}

/// Bytes to and from the upstream (or to and from the upstream proxy, with the tunnel made).
pub(crate) enum Transport {
    Tcp(TcpStream),
    /// A tunnel in a TLS connection to the upstream proxy.
    Tls(Box<TlsStream<TcpStream>>),
}

/// What HTTP is spoken over.
pub(crate) enum UpstreamIo {
    Plain(Transport),
    Tls(Box<InPieces<TlsStream<ReadAhead<Transport>>>>),
}

/// Delegates reading and writing to whichever stream it is.
macro_rules! delegate {
    ($type:ty, $self:ident => $($pattern:pat => $stream:expr),+) => {
        impl AsyncRead for $type {
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                out: &mut ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                let $self = self.get_mut();
                match $self { $($pattern => Pin::new($stream).poll_read(cx, out)),+ }
            }
        }

        impl AsyncWrite for $type {
            fn poll_write(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bytes: &[u8],
            ) -> Poll<io::Result<usize>> {
                let $self = self.get_mut();
                match $self { $($pattern => Pin::new($stream).poll_write(cx, bytes)),+ }
            }

            fn poll_write_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                slices: &[io::IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                let $self = self.get_mut();
                match $self { $($pattern => Pin::new($stream).poll_write_vectored(cx, slices)),+ }
            }

            fn is_write_vectored(&self) -> bool {
                let $self = self;
                match $self { $($pattern => $stream.is_write_vectored()),+ }
            }

            fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                let $self = self.get_mut();
                match $self { $($pattern => Pin::new($stream).poll_flush(cx)),+ }
            }

            fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                let $self = self.get_mut();
                match $self { $($pattern => Pin::new($stream).poll_shutdown(cx)),+ }
            }
        }
    };
}

delegate!(Transport, this => Self::Tcp(stream) => stream, Self::Tls(stream) => stream);
delegate!(UpstreamIo, this => Self::Plain(stream) => stream, Self::Tls(stream) => stream);
