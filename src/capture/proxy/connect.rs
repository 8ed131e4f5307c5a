//! `CONNECT`: decides from the name and the first bytes whether a connection is opened or
//! tunnelled.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead as _, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_rustls::server::StartHandshake;

use super::answer;
use super::authority::Leaf;
use super::buffer::{Buffer, LARGE, ReadAhead};
use super::client_hello::{Hello, Offers, Peek, Verdict};
use super::http1::{ClientConnection, Route};
use super::observe::{FailureKind, Scheme};
use super::pieces::InPieces;
use super::shared::Shared;
use super::upstream::{Connection, Destination, DialError, Transport, UpstreamIo, authority};
use super::{http2, tunnel};

const HTTPS: u16 = 443;
const ESTABLISHED: &[u8] = b"HTTP/1.1 200 Connection established\r\n\r\n";

/// A client that has asked for a tunnel.
struct Client {
    stream: TcpStream,
    peer: SocketAddr,
    /// What it asked for.
    host: String,
    port: u16,
    /// What it has sent since.
    peek: Peek,
}

/// What a client's first bytes are.
enum Opening {
    Hello(Box<Hello>),
    /// Not TLS, or nothing that could be judged in time.
    Other,
    /// Nothing has come: perhaps the server is the one to speak first.
    Silence,
    Closed,
}

/// What a `CONNECT` has become. It is another future than the one that found it out: that one is large, and a
/// connection that waits for its next request should not hold it.
type Rest<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Serves one `CONNECT` to its end.
pub(super) async fn serve(
    shared: &Arc<Shared>,
    peer: SocketAddr,
    stream: TcpStream,
    (host, port): (String, u16),
    early: Buffer,
) {
    let client = Client { stream, peer, host, port, peek: Peek::default() };
    let rest = Box::pin(open(shared, client, early)).await;
    if let Some(rest) = rest {
        rest.await;
    }
}

/// Finds out what the client wants and makes both sides ready; `None` when it has come to nothing.
async fn open(shared: &Arc<Shared>, mut client: Client, early: Buffer) -> Option<Rest<'_>> {
    if shared.hosts.contains(&client.host) {
        return open_intercepted(shared, client, early).await;
    }
    // Nothing is promised before the upstream has answered.
    let (upstream, spoken) = match shared.dialer.reach(&client.host, client.port).await {
        Ok(reached) => reached,
        Err(error) => {
            client.refuse(shared, &error).await;
            return None;
        }
    };
    client.stream.write_all(ESTABLISHED).await.ok()?;
    look(shared, client, &early, upstream, spoken).await
}

/// The host is one of those that are intercepted.
async fn open_intercepted(
    shared: &Arc<Shared>,
    mut client: Client,
    early: Buffer,
) -> Option<Rest<'_>> {
    client.stream.write_all(ESTABLISHED).await.ok()?;
    let limits = &shared.limits;
    // Where HTTP is spoken it is the client that begins, however slow it is.
    let silence = if client.port == HTTPS { limits.idle } else { limits.silence };
    match client.opening(&early, silence, limits.handshake).await {
        Opening::Hello(hello) => match client.interception(shared, &hello) {
            Some((name, leaf)) => intercept(shared, client, *hello, name, &leaf).await,
            None => dial(shared, client).await,
        },
        Opening::Other => dial(shared, client).await,
        Opening::Silence if client.port == HTTPS => None,
        // A database, for example: it greets its clients.
        Opening::Silence => {
            let reached = shared.dialer.reach(&client.host, client.port).await;
            match reached {
                Ok((upstream, spoken)) => {
                    look(shared, client, &Buffer::default(), upstream, spoken).await
                }
                Err(error) => {
                    client.failed(shared, error.sentence);
                    None
                }
            }
        }
        Opening::Closed => None,
    }
}

/// Looks at what the client says, while the upstream may speak, too; then opens or tunnels.
async fn look<'a>(
    shared: &'a Arc<Shared>,
    mut client: Client,
    early: &Buffer,
    mut upstream: Transport,
    spoken: Vec<u8>,
) -> Option<Rest<'a>> {
    let mut from_upstream = Buffer::default();
    from_upstream.extend(&spoken);
    let opening = if spoken.is_empty() {
        let limits = &shared.limits;
        let mut first = [0; 1024];
        let speaks = poll_fn(|cx| {
            let mut room = ReadBuf::new(&mut first);
            let read = Pin::new(&mut upstream).poll_read(cx, &mut room);
            read.map(|read| read.map(|()| room.filled().len()))
        });
        tokio::select! {
            biased;
            opening = client.opening(early, limits.idle, limits.handshake) => opening,
            read = speaks => match read {
                Ok(n) if n > 0 => {
                    from_upstream.extend(first.get(..n).unwrap_or_default());
                    Opening::Other
                }
                _ => Opening::Closed,
            },
        }
    } else {
        client.peek.push(early.unread());
        Opening::Other
    };
    match opening {
        Opening::Hello(hello) => {
            if let Some((name, leaf)) = client.interception(shared, &hello) {
                drop(upstream);
                return intercept(shared, client, *hello, name, &leaf).await;
            }
        }
        Opening::Closed => return None,
        Opening::Other | Opening::Silence => {}
    }
    Some(client.tunnel(shared, upstream, from_upstream))
}

/// The client was told to go on; the upstream is yet to be reached.
async fn dial(shared: &Arc<Shared>, client: Client) -> Option<Rest<'_>> {
    match shared.dialer.reach(&client.host, client.port).await {
        Ok((upstream, spoken)) => {
            let mut from_upstream = Buffer::default();
            from_upstream.extend(&spoken);
            Some(client.tunnel(shared, upstream, from_upstream))
        }
        Err(error) => {
            client.failed(shared, error.sentence);
            None
        }
    }
}

/// Answers the handshake in the upstream's place.
async fn intercept<'a>(
    shared: &'a Arc<Shared>,
    client: Client,
    hello: Hello,
    name: String,
    leaf: &Leaf,
) -> Option<Rest<'a>> {
    let Client { stream, peer, host, port, .. } = client;
    // The client knows where the name is to be found better than we do.
    let address = (host != name).then_some(host);
    let destination = shared.destination(Scheme::Https, name.clone(), port, address);
    let (upstream, dial_error) = choose(shared, &destination, hello.offers).await;
    let http2 = match &upstream {
        Some((_, http2)) => *http2,
        None => hello.offers.http2 && !hello.offers.http1,
    };
    let config = if http2 { &leaf.http2 } else { &leaf.http1 };
    let io = ReadAhead::with(stream, hello.rest);
    let handshake = StartHandshake::from_parts(hello.accepted, io).into_stream(config.clone());
    let mut stream = match timeout(shared.limits.handshake, handshake).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            let (kind, sentence) = client_tls_failure(&name, &error);
            shared.failure(peer, kind, Some(authority(&name, port)), sentence);
            return None;
        }
        Err(_) => return None,
    };
    stream.get_mut().1.set_buffer_limit(Some(LARGE));
    let stream = InPieces(stream);
    let upstream = upstream.map(|(io, _)| io);
    if http2 {
        let route = http2::Route { name, port, destination };
        let rest = http2::serve(shared, peer, stream, route, upstream, dial_error);
        return Some(Box::pin(rest));
    }
    if let Some(io) = upstream {
        shared.pool.put(&destination, Connection::new(io));
    }
    let route = Route::Fixed { name, port, destination };
    let session = ClientConnection::new(shared, peer, stream, Buffer::default(), route, dial_error);
    Some(Box::pin(async move {
        session.serve().await;
    }))
}

/// What the client gets is what the upstream chooses, so that nothing is translated: a client that
/// offers HTTP/2 waits for the upstream's handshake. The others are dialled for when they ask.
async fn choose(
    shared: &Shared,
    destination: &Destination,
    offers: Offers,
) -> (Option<(UpstreamIo, bool)>, Option<DialError>) {
    if !offers.http2 || destination.scheme == Scheme::Http {
        return (None, None);
    }
    if offers.http1 && shared.pool.prefers_http1(destination) {
        return (None, None);
    }
    match shared.dialer.dial(destination, true).await {
        Ok(dialled) => {
            if !dialled.http2 {
                shared.pool.remember_http1(destination);
            }
            (Some((dialled.io, dialled.http2)), None)
        }
        Err(error) => (None, Some(error)),
    }
}

impl Client {
    /// Reads until the client's first bytes can be judged: the first within `silence`, the rest
    /// within `limit` from then.
    async fn opening(&mut self, early: &Buffer, silence: Duration, limit: Duration) -> Opening {
        if let Some(opening) = judged(self.peek.push(early.unread())) {
            return opening;
        }
        let mut begin = Instant::now();
        let mut bytes = [0; 2048];
        loop {
            let limit = if self.peek.seen.is_empty() { silence } else { limit };
            let read = poll_fn(|cx| {
                let mut room = ReadBuf::new(&mut bytes);
                let read = Pin::new(&mut self.stream).poll_read(cx, &mut room);
                read.map(|read| read.map(|()| room.filled().len()))
            });
            let left = (begin + limit).saturating_duration_since(Instant::now());
            let n = match timeout(left, read).await {
                Ok(Ok(0)) if !self.peek.seen.is_empty() => return Opening::Other,
                Ok(Ok(0) | Err(_)) => return Opening::Closed,
                Ok(Ok(n)) => {
                    if self.peek.seen.is_empty() {
                        begin = Instant::now();
                    }
                    n
                }
                Err(_) if self.peek.seen.is_empty() => return Opening::Silence,
                Err(_) => return Opening::Other,
            };
            if let Some(opening) = judged(self.peek.push(bytes.get(..n).unwrap_or_default())) {
                return opening;
            }
        }
    }

    /// Under which name, and with which certificate, the connection is opened; `None` when it is
    /// not.
    fn interception(&self, shared: &Shared, hello: &Hello) -> Option<(String, Leaf)> {
        let name = hello.server_name.clone().unwrap_or_else(|| self.host.clone());
        if !shared.hosts.contains(&name) {
            return None;
        }
        // On other ports AWS's hosts speak other protocols, too (databases, queues, MQTT).
        let named = shared.hosts.speaks_http(&name) || shared.hosts.speaks_http(&self.host);
        let offers = hello.offers;
        let http = offers.http1 || offers.http2 || (!offers.any && (named || self.port == HTTPS));
        if !http {
            return None;
        }
        match shared.authority.leaf(&name, std::time::SystemTime::now()) {
            Ok(leaf) => Some((name, leaf)),
            Err(error) => {
                self.failed(shared, format!("A connection passes through unrecorded: {error}."));
                None
            }
        }
    }

    /// What the client has said goes on as it came.
    fn tunnel(self, shared: &Shared, mut upstream: Transport, from_upstream: Buffer) -> Rest<'_> {
        let mut from_client = Buffer::default();
        from_client.extend(&self.peek.seen);
        let mut stream = self.stream;
        let early = (from_client, from_upstream);
        Box::pin(async move {
            tunnel::copy(&mut stream, &mut upstream, early, shared.limits.tunnel).await;
        })
    }

    async fn refuse(mut self, shared: &Shared, error: &DialError) {
        self.failed(shared, error.sentence.clone());
        let answer = answer::text(error.status, &error.sentence, false);
        let write = async {
            self.stream.write_all(&answer).await?;
            self.stream.shutdown().await
        };
        let _ = timeout(shared.limits.linger, write).await;
    }

    fn failed(&self, shared: &Shared, sentence: String) {
        let target = Some(authority(&self.host, self.port));
        shared.failure(self.peer, FailureKind::Upstream, target, sentence);
    }
}

fn judged(verdict: Verdict) -> Option<Opening> {
    match verdict {
        Verdict::Undecided => None,
        Verdict::NotTls => Some(Opening::Other),
        Verdict::Hello(hello) => Some(Opening::Hello(hello)),
    }
}

fn client_tls_failure(name: &str, error: &io::Error) -> (FailureKind, String) {
    use rustls::AlertDescription as Alert;
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let distrust = matches!(
        inner,
        Some(rustls::Error::AlertReceived(
            Alert::UnknownCA
                | Alert::BadCertificate
                | Alert::CertificateUnknown
                | Alert::CertificateExpired
                | Alert::UnsupportedCertificate
                | Alert::AccessDenied
        ))
    );
    if distrust || (inner.is_none() && error.kind() == io::ErrorKind::UnexpectedEof) {
        let sentence = format!(
            "A client closed its connection to {name} when it saw Leastwise's certificate ({error}): the client must be told to trust it."
        );
        (FailureKind::Untrusted, sentence)
    } else {
        let sentence = format!("TLS with a client that wants {name} failed: {error}.");
        (FailureKind::ClientTls, sentence)
    }
}
