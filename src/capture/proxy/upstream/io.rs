//! Bytes to and from upstreams, whatever they lead through.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use crate::capture::proxy::buffer::ReadAhead;
use crate::capture::proxy::pieces::InPieces;

/// Bytes to and from the upstream (or to and from the upstream proxy, with the tunnel made).
pub(crate) enum Transport {
    Tcp(TcpStream),
    /// A tunnel in a TLS connection to the upstream proxy.
    Tls(Box<TlsStream<TcpStream>>),
    /// On its way from one thread to another; nothing can be read or written.
    Moving(Moving),
}

/// A connection that no thread waits for, or none at all.
pub(crate) struct Moving(Option<std::net::TcpStream>);

/// What HTTP is spoken over.
pub(crate) enum UpstreamIo {
    Plain(Transport),
    Tls(Box<InPieces<TlsStream<ReadAhead<Transport>>>>),
}

impl UpstreamIo {
    /// What leads to nobody.
    pub(super) fn nowhere() -> Self {
        Self::Plain(Transport::Moving(Moving(None)))
    }

    /// Whether [`leave_thread`](Self::leave_thread) can be asked for.
    pub(super) fn can_move(&mut self) -> bool {
        matches!(self.transport(), Transport::Tcp(_))
    }

    /// This thread does not wait for the connection any more. Nothing can be read or written until one
    /// [enters](Self::enter_thread) it.
    pub(super) fn leave_thread(&mut self) -> io::Result<()> {
        let transport = self.transport();
        match std::mem::replace(transport, Transport::Moving(Moving(None))) {
            Transport::Tcp(stream) => {
                *transport = Transport::Moving(Moving(Some(stream.into_std()?)));
            }
            other => *transport = other,
        }
        Ok(())
    }

    /// This thread waits for the connection from now on.
    pub(super) fn enter_thread(&mut self) -> io::Result<()> {
        let transport = self.transport();
        if let Transport::Moving(Moving(stream)) = transport
            && let Some(stream) = stream.take()
        {
            *transport = Transport::Tcp(TcpStream::from_std(stream)?);
        }
        Ok(())
    }

    fn transport(&mut self) -> &mut Transport {
        match self {
            Self::Plain(transport) => transport,
            Self::Tls(stream) => stream.0.get_mut().0.get_mut(),
        }
    }
}

impl AsyncRead for Moving {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Poll::Ready(Err(io::ErrorKind::NotConnected.into()))
    }
}

impl AsyncWrite for Moving {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(io::ErrorKind::NotConnected.into()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
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
pub(super) use delegate;

delegate!(
    Transport,
    this => Self::Tcp(stream) => stream, Self::Tls(stream) => stream, Self::Moving(stream) => stream
);
delegate!(
    UpstreamIo,
    this => Self::Plain(stream) => stream, Self::Tls(stream) => stream
);
