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
use super::buffer::{Buffer, ReadAhead};
use super::client_hello::{Hello, Offers, Peek, Verdict};
use super::http1::{Route, Session};
use super::observe::{FailureKind, Scheme};
use super::shared::Shared;
use super::upstream::{Connection, Destination, DialError, Transport, UpstreamIo, authority};
use super::{http2, tunnel};

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

/// Serves one `CONNECT` to its end.
pub(super) async fn serve(
    shared: &Arc<Shared>,
    peer: SocketAddr,
    stream: TcpStream,
    (host, port): (String, u16),
    early: &Buffer,
) {
    let mut client = Client { stream, peer, host, port, peek: Peek::default() };
    if shared.hosts.contains(&client.host) {
        open(shared, client, early).await;
        return;
    }
    // Nothing is promised before the upstream has answered.
    let (upstream, spoken) = match shared.dialer.reach(&client.host, client.port).await {
        Ok(reached) => reached,
        Err(error) => return client.refuse(shared, &error).await,
    };
    if client.stream.write_all(ESTABLISHED).await.is_ok() {
        look_and_pass(shared, client, early, upstream, spoken).await;
    }
}

/// The host is one of those that are intercepted.
async fn open(shared: &Arc<Shared>, mut client: Client, early: &Buffer) {
    if client.stream.write_all(ESTABLISHED).await.is_err() {
        return;
    }
    let limits = &shared.limits;
    match client.opening(early, limits.silence, limits.handshake).await {
        Opening::Hello(hello) => match client.interception(shared, &hello) {
            Some((name, leaf)) => intercept(shared, client, *hello, name, &leaf).await,
            None => dial_and_pass(shared, client).await,
        },
        Opening::Other => dial_and_pass(shared, client).await,
        // A database, for example: it greets its clients.
        Opening::Silence => {
            let reached = shared.dialer.reach(&client.host, client.port).await;
            match reached {
                Ok((upstream, spoken)) => {
                    look_and_pass(shared, client, &Buffer::default(), upstream, spoken).await;
                }
                Err(error) => client.failed(shared, error.sentence),
            }
        }
        Opening::Closed => {}
    }
}

/// Looks at what the client says, while the upstream may speak, too; then opens or tunnels.
async fn look_and_pass(
    shared: &Arc<Shared>,
    mut client: Client,
    early: &Buffer,
    mut upstream: Transport,
    spoken: Vec<u8>,
) {
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
        Opening::Closed => return,
        Opening::Other | Opening::Silence => {}
    }
    pass(shared, client, upstream, from_upstream).await;
}

/// The client was told to go on; the upstream is yet to be reached.
async fn dial_and_pass(shared: &Arc<Shared>, client: Client) {
    match shared.dialer.reach(&client.host, client.port).await {
        Ok((upstream, spoken)) => {
            let mut from_upstream = Buffer::default();
            from_upstream.extend(&spoken);
            pass(shared, client, upstream, from_upstream).await;
        }
        Err(error) => client.failed(shared, error.sentence),
    }
}

async fn pass(
    shared: &Arc<Shared>,
    mut client: Client,
    mut upstream: Transport,
    from_upstream: Buffer,
) {
    let mut from_client = Buffer::default();
    from_client.extend(&client.peek.seen);
    drop(std::mem::take(&mut client.peek));
    let early = (from_client, from_upstream);
    tunnel::copy(&mut client.stream, &mut upstream, early, shared.limits.tunnel).await;
}

/// Answers the handshake in the upstream's place and serves the requests inside.
async fn intercept(shared: &Arc<Shared>, client: Client, hello: Hello, name: String, leaf: &Leaf) {
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
    let stream = match timeout(shared.limits.handshake, handshake).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            let sentence = client_tls_failure(&name, &error);
            shared.failure(peer, FailureKind::ClientTls, Some(authority(&name, port)), sentence);
            return;
        }
        Err(_) => return,
    };
    let upstream = upstream.map(|(io, _)| io);
    if http2 {
        let route = http2::Route { name, port, destination };
        http2::serve(shared, peer, stream, route, upstream, dial_error).await;
    } else {
        if let Some(io) = upstream {
            shared.pool.put(&destination, Connection::new(io));
        }
        let route = Route::Fixed { name, port, destination };
        let session = Session::new(shared, peer, stream, Buffer::default(), route, dial_error);
        session.serve().await;
    }
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
    /// within `limit`.
    async fn opening(&mut self, early: &Buffer, silence: Duration, limit: Duration) -> Opening {
        if let Some(opening) = judged(self.peek.push(early.unread())) {
            return opening;
        }
        let begin = Instant::now();
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
                Ok(Ok(n)) => n,
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
        let named = shared.hosts.names(&name) || shared.hosts.names(&self.host);
        let offers = hello.offers;
        let http = offers.http1 || offers.http2 || (!offers.any && (named || self.port == 443));
        if !http {
            return None;
        }
        match shared.authority.leaf(&name, std::time::SystemTime::now()) {
            Ok(leaf) => Some((name, leaf)),
            Err(error) => {
                self.failed(shared, format!("A connection passes unrecorded: {error}."));
                None
            }
        }
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

fn client_tls_failure(name: &str, error: &io::Error) -> String {
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
        format!(
            "A client closed its connection to {name} when it saw Leastwise's certificate ({error}): it has to be told to trust it (AWS_CA_BUNDLE, SSL_CERT_FILE; see docs/clients.md)."
        )
    } else {
        format!("TLS with a client that wants {name} failed: {error}.")
    }
}
