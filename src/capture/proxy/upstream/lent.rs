//! A connection that is lent to the proxy's other thread while a long body goes up. To read a body and open the client's
//! TLS takes about as long as to seal the upstream's and write, so one thread does the one and the other the other. What is read
//! goes over in the buffers that it was read into: nothing is copied, and there are few of them. What the upstream says meanwhile
//! comes the other way, in a few more.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::runtime::Handle;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

use super::io::UpstreamIo;
use crate::capture::proxy::buffer::Buffer;

/// How many full buffers there are at most, 2 MiB: two threads that have their turns on busy cores wait less for each other
/// with eight than with two.
const FULL: usize = 8;
/// How many there are for what the upstream says meanwhile, which is little.
const HEARD: usize = 2;
/// What has room for the beginning of an answer.
const ROOM: usize = 16 * 1024;

/// The thread that a connection can be lent to. It has one at a time.
#[derive(Clone)]
pub(crate) struct OtherThread {
    runtime: Handle,
    has_one: Arc<AtomicBool>,
}

impl OtherThread {
    /// The thread on which this runtime runs.
    pub(crate) fn new(runtime: Handle) -> Self {
        Self { runtime, has_one: Arc::default() }
    }

    fn take(&self) -> Option<Place> {
        let is_free = !self.has_one.swap(true, Ordering::Relaxed);
        is_free.then(|| Place(self.has_one.clone()))
    }
}

/// The one place on the other thread. It is free again when this is dropped.
struct Place(Arc<AtomicBool>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// The end that stays here.
pub(crate) struct Lent {
    /// Takes full buffers; `None`: the connection is to come back.
    full: Option<UnboundedSender<Buffer>>,
    /// Gives them back empty, or says why the upstream takes no more.
    written: UnboundedReceiver<io::Result<Buffer>>,
    /// Empty buffers that came back while nobody needed one.
    spare: Vec<Buffer>,
    /// How many buffers there are, and how many of them are on the other thread.
    buffers: usize,
    away: usize,
    /// What the upstream says; closed when that is over.
    heard: UnboundedReceiver<io::Result<Buffer>>,
    /// Takes the buffers of it that are read.
    room: UnboundedSender<Buffer>,
    reading: Buffer,
    /// The connection; `None`: it does not come back.
    back: Option<oneshot::Receiver<UpstreamIo>>,
}

impl Lent {
    /// Lends `io` to `other`, and leaves nothing of use in its place. `None`: it is as it was, since it cannot be lent or the
    /// other thread has one.
    pub(super) fn new(io: &mut UpstreamIo, other: &OtherThread) -> Option<Self> {
        if !io.can_move() {
            return None;
        }
        let place = other.take()?;
        // Where that fails the connection is as good as closed, which whoever writes next is told.
        io.leave_thread().ok()?;
        let io = std::mem::replace(io, UpstreamIo::nowhere());
        let (full, to_write) = unbounded_channel();
        let (empty, written) = unbounded_channel();
        let (says, heard) = unbounded_channel();
        let (room, to_fill) = unbounded_channel();
        let (give_back, back) = oneshot::channel();
        for _ in 0..HEARD {
            let _ = room.send(Buffer::default());
        }
        let carrier = Carrier {
            io,
            to_write,
            writing: None,
            is_over: false,
            failed: false,
            broken: false,
            empty,
            to_fill,
            filling: None,
            says: Some(says),
        };
        other.runtime.spawn(carrier.run(give_back, place));
        Some(Self {
            full: Some(full),
            written,
            spare: Vec::new(),
            buffers: 0,
            away: 0,
            heard,
            room,
            reading: Buffer::default(),
            back: Some(back),
        })
    }

    /// Takes the first `n` bytes of `buffer`, with its memory where they are all that it has.
    pub(crate) fn poll_take(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut Buffer,
        n: usize,
    ) -> Poll<io::Result<usize>> {
        let mut other = ready!(self.poll_empty(cx))?;
        if buffer.len() == n {
            std::mem::swap(buffer, &mut other);
        } else {
            other.extend(buffer.unread().get(..n).unwrap_or_default());
            buffer.consume(n);
        }
        Poll::Ready(self.send(other).map(|()| n))
    }

    fn send(&mut self, full: Buffer) -> io::Result<()> {
        let sent = self.full.as_ref().is_some_and(|it| it.send(full).is_ok());
        self.away += usize::from(sent);
        if sent { Ok(()) } else { Err(gone()) }
    }

    /// A buffer with nothing in it.
    fn poll_empty(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Buffer>> {
        match self.spare.pop() {
            Some(buffer) => return Poll::Ready(Ok(buffer)),
            None if self.buffers == 0 => {}
            None => {
                if let Poll::Ready(buffer) = self.poll_written(cx) {
                    return Poll::Ready(buffer);
                }
            }
        }
        if self.buffers == FULL {
            return Poll::Pending;
        }
        // One there has to be; the others are for speed.
        let buffer = match Buffer::large() {
            Some(buffer) => buffer,
            None if self.buffers == 0 => Buffer::default(),
            None => return Poll::Pending,
        };
        self.buffers += 1;
        Poll::Ready(Ok(buffer))
    }

    fn poll_written(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Buffer>> {
        let buffer = ready!(self.written.poll_recv(cx)).unwrap_or_else(|| Err(gone()))?;
        self.away -= 1;
        Poll::Ready(Ok(buffer))
    }

    fn poll_all_written(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.away > 0 {
            let buffer = ready!(self.poll_written(cx))?;
            self.spare.push(buffer);
        }
        Poll::Ready(Ok(()))
    }

    /// The connection, when it is back on this thread, with all written that was given. What was heard of the upstream is put into
    /// `heard`. `None`: it is broken and stays where it is; what was heard, and why nothing follows, is to be read from here.
    pub(super) fn poll_back(
        &mut self,
        cx: &mut Context<'_>,
        heard: &mut Buffer,
    ) -> Poll<io::Result<Option<UpstreamIo>>> {
        ready!(self.poll_all_written(cx))?;
        self.full = None;
        let Some(back) = &mut self.back else { return Poll::Ready(Ok(None)) };
        let io = ready!(Pin::new(back).poll(cx));
        self.back = None;
        let Ok(mut io) = io else { return Poll::Ready(Ok(None)) };
        heard.extend(self.reading.unread());
        while let Ok(Ok(buffer)) = self.heard.try_recv() {
            heard.extend(buffer.unread());
        }
        Poll::Ready(io.enter_thread().map(|()| Some(io)))
    }
}

fn gone() -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, "the connection is closed")
}

impl AsyncRead for Lent {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.reading.is_empty() {
            match ready!(this.heard.poll_recv(cx)) {
                Some(Ok(buffer)) => this.reading = buffer,
                Some(Err(error)) => return Poll::Ready(Err(error)),
                None => return Poll::Ready(Ok(())),
            }
        }
        let n = this.reading.len().min(out.remaining());
        out.put_slice(this.reading.unread().get(..n).unwrap_or_default());
        this.reading.consume(n);
        if this.reading.is_empty() {
            let _ = this.room.send(std::mem::take(&mut this.reading));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Lent {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let mut buffer = ready!(this.poll_empty(cx))?;
        buffer.extend(bytes);
        Poll::Ready(this.send(buffer).map(|()| bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().poll_all_written(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().poll_all_written(cx)
    }
}

/// The end on the other thread, which has the connection.
struct Carrier {
    io: UpstreamIo,
    to_write: UnboundedReceiver<Buffer>,
    writing: Option<Buffer>,
    /// No more comes to be written.
    is_over: bool,
    /// The upstream takes no more; it may still say why.
    failed: bool,
    /// Nothing more can be read. Another read would not say so again: it would look like the end.
    broken: bool,
    empty: UnboundedSender<io::Result<Buffer>>,
    /// Buffers to read into: what is read waits until what was read before is used up.
    to_fill: UnboundedReceiver<Buffer>,
    filling: Option<Buffer>,
    /// `None`: nothing more is read.
    says: Option<UnboundedSender<io::Result<Buffer>>>,
}

impl Carrier {
    /// Writes what comes until it is over, and gives the connection back. Where nobody waits for it, it is closed.
    async fn run(mut self, mut give_back: oneshot::Sender<UpstreamIo>, place: Place) {
        if self.io.enter_thread().is_err() {
            return;
        }
        let is_wanted = tokio::select! {
            () = poll_fn(|cx| self.poll(cx)) => !self.failed && !self.broken,
            () = give_back.closed() => false,
        };
        let mut io = self.io;
        // Whoever gets it may lend the next one at once.
        drop(place);
        if is_wanted && io.leave_thread().is_ok() {
            let _ = give_back.send(io);
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let written = self.poll_write(cx);
        self.poll_read(cx);
        written
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            while !self.is_over && self.writing.is_none() {
                match ready!(self.to_write.poll_recv(cx)) {
                    None => self.is_over = true,
                    // It is dropped: whoever gave it knows already, or will.
                    Some(_) if self.failed => {}
                    Some(buffer) => self.writing = Some(buffer),
                }
            }
            let Some(buffer) = &mut self.writing else { return Poll::Ready(()) };
            let result = ready!(poll_write_all(&mut self.io, cx, buffer));
            let result = result.map(|()| std::mem::take(buffer));
            self.writing = None;
            self.failed |= result.is_err();
            let _ = self.empty.send(result);
        }
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) {
        while let Some(says) = &self.says {
            if self.filling.is_none() {
                let Poll::Ready(Some(buffer)) = self.to_fill.poll_recv(cx) else { return };
                self.filling = Some(buffer);
            }
            let Some(buffer) = &mut self.filling else { return };
            match buffer.poll_read(cx, &mut self.io, ROOM) {
                Poll::Pending => return,
                Poll::Ready(Ok(0)) => self.says = None,
                Poll::Ready(Ok(_)) => {
                    let _ = says.send(Ok(std::mem::take(buffer)));
                    self.filling = None;
                }
                Poll::Ready(Err(error)) => {
                    let _ = says.send(Err(error));
                    self.says = None;
                    self.broken = true;
                }
            }
        }
    }
}

/// Writes and flushes all that is in `buffer`.
fn poll_write_all(
    io: &mut UpstreamIo,
    cx: &mut Context<'_>,
    buffer: &mut Buffer,
) -> Poll<io::Result<()>> {
    while !buffer.is_empty() {
        let n = ready!(Pin::new(&mut *io).poll_write(cx, buffer.unread()))?;
        if n == 0 {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        buffer.consume(n);
    }
    Pin::new(io).poll_flush(cx)
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    use super::super::connection::{Connection, ConnectionIo};
    use super::super::io::Transport;
    use super::*;

    /// A thread to lend to, until the sender is dropped.
    fn other_thread() -> (OtherThread, oneshot::Sender<()>) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
        let other = OtherThread::new(runtime.handle().clone());
        let (stop, stopped) = oneshot::channel::<()>();
        std::thread::spawn(move || runtime.block_on(stopped));
        (other, stop)
    }

    async fn connected() -> (Connection, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let ours = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (theirs, _) = listener.accept().await.unwrap();
        (Connection::new(UpstreamIo::Plain(Transport::Tcp(ours))), theirs)
    }

    async fn give(connection: &mut Connection, bytes: &[u8]) -> io::Result<usize> {
        let ConnectionIo::Lent(lent) = &mut connection.io else { panic!("it is here") };
        let mut buffer = Buffer::default();
        buffer.extend(bytes);
        let n = poll_fn(|cx| lent.poll_take(cx, &mut buffer, bytes.len())).await?;
        assert!(buffer.is_empty());
        Ok(n)
    }

    fn is_lent(connection: &Connection) -> bool {
        matches!(connection.io, ConnectionIo::Lent(_))
    }

    #[tokio::test]
    async fn what_is_given_is_written_in_its_order_and_the_connection_comes_back() {
        let (other, _stop) = other_thread();
        let (mut connection, mut theirs) = connected().await;
        for round in 0..3_u8 {
            connection.io.lend(&other);
            assert!(is_lent(&connection), "{round}");
            let reading = tokio::spawn(async move {
                let mut bytes = vec![0; 100 * 10_000];
                theirs.read_exact(&mut bytes).await.unwrap();
                theirs.write_all(b"heard").await.unwrap();
                (theirs, bytes)
            });
            for piece in 0..100_u8 {
                assert_eq!(give(&mut connection, &[piece ^ round; 10_000]).await.unwrap(), 10_000);
            }
            let bytes;
            (theirs, bytes) = reading.await.unwrap();
            for (piece, bytes) in (0..100_u8).zip(bytes.chunks(10_000)) {
                assert!(bytes.iter().all(|byte| *byte == piece ^ round), "{piece}");
            }
            let mut heard = [0; 3];
            connection.io.read_exact(&mut heard).await.unwrap();
            assert_eq!(&heard, b"hea");
            // The rest was heard by nobody yet.
            poll_fn(|cx| connection.poll_back(cx)).await.unwrap();
            assert!(!is_lent(&connection));
            assert_eq!(connection.buffer.unread(), b"rd");
            connection.buffer.consume(2);
            connection.io.write_all(b"here again").await.unwrap();
            let mut said = [0; 10];
            theirs.read_exact(&mut said).await.unwrap();
            assert_eq!(&said, b"here again");
        }
    }

    #[tokio::test]
    async fn a_thread_has_one_at_a_time() {
        let (other, _stop) = other_thread();
        let (mut first, _theirs) = connected().await;
        let (mut second, mut heard) = connected().await;
        first.io.lend(&other);
        second.io.lend(&other);
        assert!(is_lent(&first) && !is_lent(&second));
        second.io.write_all(b"as before").await.unwrap();
        let mut bytes = [0; 9];
        heard.read_exact(&mut bytes).await.unwrap();
        assert_eq!(&bytes, b"as before");
        poll_fn(|cx| first.poll_back(cx)).await.unwrap();
        second.io.lend(&other);
        assert!(is_lent(&second));
    }

    /// Whoever is given up closes the connection, also in the middle of a write that goes nowhere.
    #[tokio::test]
    async fn one_that_nobody_waits_for_is_closed() {
        let (other, _stop) = other_thread();
        let (mut connection, mut theirs) = connected().await;
        connection.io.lend(&other);
        let mut given = 0;
        let patience = std::time::Duration::from_millis(300);
        while let Ok(n) = tokio::time::timeout(patience, give(&mut connection, &[7; 100_000])).await
        {
            given += n.unwrap();
        }
        drop(connection);
        let mut bytes = Vec::new();
        theirs.read_to_end(&mut bytes).await.unwrap();
        assert!(bytes.len() <= given, "{} of {given}", bytes.len());
    }

    /// What an upstream said before it reset the connection is read, and then that it did: a reset is not the end of an answer.
    #[tokio::test]
    async fn what_was_said_before_a_reset_is_read_and_so_is_the_reset() {
        let (other, _stop) = other_thread();
        let (mut connection, mut theirs) = connected().await;
        connection.io.lend(&other);
        give(&mut connection, b"a").await.unwrap();
        theirs.read_u8().await.unwrap();
        theirs.write_all(b"answer").await.unwrap();
        let mut first = [0; 3];
        connection.io.read_exact(&mut first).await.unwrap();
        socket2::SockRef::from(&theirs).set_linger(Some(std::time::Duration::ZERO)).unwrap();
        drop(theirs);
        // The other thread has heard of it.
        let ConnectionIo::Lent(lent) = &mut connection.io else { panic!("it is here") };
        while lent.heard.is_empty() {
            tokio::task::yield_now().await;
        }
        poll_fn(|cx| connection.poll_back(cx)).await.unwrap();
        poll_fn(|cx| connection.poll_back(cx)).await.unwrap();
        assert!(is_lent(&connection));
        let mut rest = Vec::new();
        assert!(connection.io.read_to_end(&mut rest).await.is_err());
        assert_eq!((&first, &rest[..]), (b"ans", &b"wer"[..]));
    }

    #[tokio::test]
    async fn an_upstream_that_is_gone_is_an_error() {
        let (other, _stop) = other_thread();
        let (mut connection, theirs) = connected().await;
        connection.io.lend(&other);
        drop(theirs);
        let mut result = Ok(0);
        for _ in 0..1_000 {
            result = give(&mut connection, &[7; 100_000]).await;
            if result.is_err() {
                break;
            }
        }
        assert!(result.is_err());
    }
}
