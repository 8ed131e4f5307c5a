//! Dials an upstream: resolves, connects, tunnels through the user's proxy, verifies the
//! certificate. Every failure is a sentence.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{CertificateError, ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::destination::{Destination, authority};
use super::io::{Transport, UpstreamIo};
use super::named::Verifier;
use super::roots::Roots;
use super::via::{ProxyUrl, UpstreamProxy};
use crate::capture::proxy::authority::is_authority;
use crate::capture::proxy::buffer::{LARGE, ReadAhead};
use crate::capture::proxy::http1::head;
use crate::capture::proxy::observe::Scheme;
use crate::capture::proxy::pieces::InPieces;
use crate::capture::proxy::seats::Seat;

/// How long the first address may take before the next one is tried beside it.
const NEXT_ADDRESS_AFTER: Duration = Duration::from_millis(250);
/// How long to wait for a descriptor before asking for one again.
const NO_DESCRIPTOR_FOR: Duration = Duration::from_millis(50);
/// The most that an upstream proxy may answer to CONNECT.
const MAX_CONNECT_ANSWER: usize = 16 * 1024;

/// Why an upstream could not be reached, as a sentence that goes to the client and the summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DialError {
    /// 502, or 504 when it took too long.
    pub(crate) status: u16,
    pub(crate) sentence: String,
}

/// A connection to an upstream, with what was negotiated.
pub(crate) struct Dialled {
    pub(crate) io: UpstreamIo,
    pub(crate) http2: bool,
}

/// Dials upstreams.
pub(crate) struct Dialer {
    roots: Roots,
    via: UpstreamProxy,
    connect_timeout: Duration,
    /// The proxy's own address: dialling it would go round in circles.
    own: Option<SocketAddr>,
    configs: OnceCell<Result<Configs, DialError>>,
}

struct Configs {
    http1: Arc<ClientConfig>,
    http2: Arc<ClientConfig>,
    none: Arc<ClientConfig>,
}

impl Dialer {
    pub(crate) fn new(
        roots: Roots,
        via: UpstreamProxy,
        connect_timeout: Duration,
        own: Option<SocketAddr>,
    ) -> Self {
        Self { roots, via, connect_timeout, own, configs: OnceCell::new() }
    }

    /// The proxy to which plain requests for `destination` go in absolute form.
    pub(crate) fn plain_proxy(&self, destination: &Destination) -> Option<&ProxyUrl> {
        if destination.scheme == Scheme::Https {
            return None;
        }
        self.via.to(Scheme::Http, destination.dialled(), destination.port)
    }

    /// Connects and, for `https`, verifies who answers. `http2`: HTTP/2 is offered first.
    pub(crate) async fn dial(
        &self,
        destination: &Destination,
        http2: bool,
    ) -> Result<Dialled, DialError> {
        let name = destination.authority();
        let dial = async {
            if destination.scheme == Scheme::Http {
                let transport = match self.plain_proxy(destination) {
                    Some(proxy) => self.to_proxy(proxy).await?,
                    None => self.direct(destination.dialled(), destination.port).await?,
                };
                return Ok(Dialled { io: UpstreamIo::Plain(transport), http2: false });
            }
            let (transport, early) = self.reach(destination.dialled(), destination.port).await?;
            if !early.is_empty() {
                return Err(broken(&name, "it spoke before TLS began"));
            }
            let configs = self.configs().await?;
            let config = if http2 { &configs.http2 } else { &configs.http1 };
            let stream = self
                .handshake(config.clone(), &destination.host, &name, ReadAhead::new(transport))
                .await?;
            let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
            Ok(Dialled { io: UpstreamIo::Tls(Box::new(InPieces(stream))), http2 })
        };
        // Twice: connecting has its own limit, and says better what took so long.
        match timeout(self.connect_timeout * 2, dial).await {
            Ok(dialled) => dialled,
            Err(_) => {
                Err(too_slow(&name, "did not finish the TLS handshake", self.connect_timeout))
            }
        }
    }

    /// Connects for a tunnel. Returns what the upstream said at once, too.
    pub(crate) async fn reach(
        &self,
        host: &str,
        port: u16,
    ) -> Result<(Transport, Vec<u8>), DialError> {
        match self.via.to(Scheme::Https, host, port) {
            Some(proxy) => self.tunnel(proxy, host, port).await,
            None => Ok((self.direct(host, port).await?, Vec::new())),
        }
    }

    async fn direct(&self, host: &str, port: u16) -> Result<Transport, DialError> {
        Ok(Transport::Tcp(self.connect(host, port).await?))
    }

    async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, DialError> {
        let name = authority(host, port);
        // What was missing is said before the time is up, which would blame the upstream.
        let last_try = Instant::now() + self.connect_timeout / 2;
        let connecting = async {
            loop {
                match connect_any(host, port, self.own).await {
                    Err(error) if no_descriptor_is_left(&error) && Instant::now() < last_try => {
                        Seat::make_room().await;
                        sleep(NO_DESCRIPTOR_FOR).await;
                    }
                    result => return result,
                }
            }
        };
        match timeout(self.connect_timeout, connecting).await {
            Ok(Ok(stream)) => {
                // Small requests must not wait for more.
                let _ = stream.set_nodelay(true);
                Ok(stream)
            }
            Ok(Err(error)) => Err(DialError {
                status: 502,
                sentence: format!("Leastwise could not connect to {name}: {error}."),
            }),
            Err(_) => Err(too_slow(&name, "did not answer", self.connect_timeout)),
        }
    }

    async fn to_proxy(&self, proxy: &ProxyUrl) -> Result<Transport, DialError> {
        let through = |error: DialError| DialError {
            sentence: format!("{} (It is the upstream proxy.)", error.sentence),
            ..error
        };
        let stream = self.connect(&proxy.host, proxy.port).await.map_err(through)?;
        if proxy.scheme == Scheme::Http {
            return Ok(Transport::Tcp(stream));
        }
        let name = authority(&proxy.host, proxy.port);
        let config = self.configs().await?.none.clone();
        let stream = self.handshake(config, &proxy.host, &name, stream).await.map_err(through)?;
        Ok(Transport::Tls(Box::new(stream)))
    }

    async fn tunnel(
        &self,
        proxy: &ProxyUrl,
        host: &str,
        port: u16,
    ) -> Result<(Transport, Vec<u8>), DialError> {
        let mut transport = self.to_proxy(proxy).await?;
        let name = authority(host, port);
        let authorization = proxy.authorization_line();
        let asked = ask_for_tunnel(&mut transport, &name, &authorization);
        let answer = timeout(self.connect_timeout, asked);
        let failed = |what: String| DialError {
            status: 502,
            sentence: format!("The upstream proxy {proxy:?} did not connect to {name}: {what}."),
        };
        match answer.await {
            Ok(Ok((200..=299, early))) => Ok((transport, early)),
            Ok(Ok((407, _))) => Err(failed(
                "it requires a user and password (status 407): put them in the proxy's URL"
                    .to_owned(),
            )),
            Ok(Ok((status, _))) => Err(failed(format!("it answered with status {status}"))),
            Ok(Err(error)) => Err(failed(error.to_string())),
            Err(_) => Err(too_slow(
                &name,
                "could not be reached through the upstream proxy",
                self.connect_timeout,
            )),
        }
    }

    async fn handshake<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        config: Arc<ClientConfig>,
        host: &str,
        name: &str,
        stream: S,
    ) -> Result<TlsStream<S>, DialError> {
        let server = ServerName::try_from(host.to_owned())
            .map_err(|_| broken(name, "its name cannot appear in a certificate"))?;
        let handshake = TlsConnector::from(config).connect(server, stream);
        match timeout(self.connect_timeout, handshake).await {
            Ok(Ok(mut stream)) => {
                stream.get_mut().1.set_buffer_limit(Some(LARGE));
                Ok(stream)
            }
            Ok(Err(error)) => Err(tls_failure(name, &error)),
            Err(_) => Err(too_slow(name, "did not finish the TLS handshake", self.connect_timeout)),
        }
    }

    /// Made at the first use: reading the system's certificates takes a few milliseconds.
    async fn configs(&self) -> Result<&Configs, DialError> {
        let made = self.configs.get_or_init(|| async {
            let roots = self.roots.clone();
            let made = tokio::task::spawn_blocking(move || make_configs(&roots)).await;
            made.unwrap_or_else(|error| Err(no_roots(&error.to_string())))
        });
        made.await.as_ref().map_err(Clone::clone)
    }
}

fn make_configs(roots: &Roots) -> Result<Configs, DialError> {
    let mut store = RootCertStore::empty();
    let mut reason = "the system has none".to_owned();
    if roots.native {
        let native = rustls_native_certs::load_native_certs();
        if let Some(error) = native.errors.first() {
            reason = error.to_string();
        }
        store.add_parsable_certificates(native.certs);
    }
    // A server's own certificate counts for that server alone: webpki takes whatever signed as an authority.
    let authorities = roots.extra.iter().filter(|certificate| is_authority(certificate));
    store.add_parsable_certificates(authorities.cloned());
    if store.is_empty() && roots.extra.is_empty() {
        return Err(no_roots(&reason));
    }
    let provider = crate::capture::proxy::crypto::provider();
    let verifier = Verifier::new(roots.extra.clone(), store, &provider)
        .map_err(|error| no_roots(&error.to_string()))?;
    let base = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| no_roots(&error.to_string()))?
        // rustls calls every verifier that is not its own dangerous.
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    let offering = |protocols: &[&[u8]]| {
        let mut config = base.clone();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        Arc::new(config)
    };
    Ok(Configs {
        http1: offering(&[b"http/1.1"]),
        http2: offering(&[b"h2", b"http/1.1"]),
        none: offering(&[]),
    })
}

/// Tries the host's addresses, each a little after the one before; the first that answers wins.
async fn connect_any(host: &str, port: u16, own: Option<SocketAddr>) -> io::Result<TcpStream> {
    let addresses: Vec<SocketAddr> = tokio::net::lookup_host((host, port)).await?.collect();
    if addresses.iter().any(|&address| is_own(address, own)) {
        return Err(io::Error::other("that is Leastwise's own address"));
    }
    if let &[address] = addresses.as_slice() {
        return TcpStream::connect(address).await;
    }
    let mut last = io::Error::new(io::ErrorKind::NotFound, "it has no address");
    let mut attempts = JoinSet::new();
    let mut rest = alternating(addresses).into_iter();
    let mut next = rest.next();
    loop {
        if let Some(address) = next.take() {
            attempts.spawn(TcpStream::connect(address));
        }
        tokio::select! {
            Some(attempt) = attempts.join_next() => match attempt {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => last = error,
                Err(error) => last = error.into(),
            },
            () = sleep(NEXT_ADDRESS_AFTER), if rest.len() > 0 => {}
            else => return Err(last),
        }
        next = rest.next();
    }
}

/// Whoever waits a little gets one: clients that say nothing make room.
#[cfg(unix)]
fn no_descriptor_is_left(error: &io::Error) -> bool {
    use rustix::io::Errno;

    let errno = Errno::from_io_error(error);
    errno.is_some_and(|errno| errno == Errno::MFILE || errno == Errno::NFILE)
}

/// There is no such limit here.
#[cfg(not(unix))]
fn no_descriptor_is_left(_: &io::Error) -> bool {
    false
}

fn is_own(address: SocketAddr, own: Option<SocketAddr>) -> bool {
    own.is_some_and(|own| {
        let same =
            own.ip() == address.ip() || (own.ip().is_unspecified() && address.ip().is_loopback());
        own.port() == address.port() && same
    })
}

/// The families by turns, beginning with the resolver's favourite.
fn alternating(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (favoured, others): (Vec<_>, Vec<_>) =
        addresses.into_iter().partition(|address| address.is_ipv6() == first_is_v6);
    let mut others = others.into_iter();
    let mut all: Vec<_> =
        favoured.into_iter().flat_map(|address| [Some(address), others.next()]).flatten().collect();
    all.extend(others);
    all
}

/// Asks a proxy for a tunnel; returns its status and what came behind its answer.
async fn ask_for_tunnel<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    target: &str,
    authorization_line: &str,
) -> io::Result<(u16, Vec<u8>)> {
    let request =
        format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{authorization_line}\r\n");
    stream.write_all(request.as_bytes()).await?;
    stream.flush().await?;
    let mut answer = Vec::with_capacity(1024);
    loop {
        if let Some(answered) = tunnel_answer(&answer) {
            let (status, end) = answered?;
            return Ok((status, answer.split_off(end)));
        }
        if answer.len() > MAX_CONNECT_ANSWER {
            return Err(io::Error::other("its answer is too long"));
        }
        if stream.read_buf(&mut answer).await? == 0 {
            return Err(io::Error::other("it closed the connection"));
        }
    }
}

/// An answer to CONNECT: its status and where it ends. `None` while it has no end.
pub(crate) fn tunnel_answer(bytes: &[u8]) -> Option<io::Result<(u16, usize)>> {
    let end = head::find_end(bytes, 0).ok()?;
    let mut fields = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut fields);
    let parsed = response.parse(bytes.get(..end).unwrap_or_default());
    Some(match (parsed, response.code) {
        (Ok(httparse::Status::Complete(_)), Some(status @ 100..)) => Ok((status, end)),
        _ => Err(io::Error::other("its answer is not valid HTTP")),
    })
}

fn tls_failure(name: &str, error: &io::Error) -> DialError {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let Some(rustls::Error::InvalidCertificate(reason)) = inner else {
        return broken(name, &format!("TLS with it failed: {error}"));
    };
    let (what, hint) = match reason {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            ("it has expired", "")
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            ("it is not valid yet", " Is this machine's clock right?")
        }
        CertificateError::NotValidForNameContext { presented, .. } if presented.is_empty() => (
            "its only name is its subject, which is no longer accepted",
            " Make it with subjectAltName (openssl req -x509 -addext subjectAltName=DNS:NAME).",
        ),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            ("it is for another name", "")
        }
        CertificateError::Revoked => ("it was revoked", ""),
        CertificateError::UnknownIssuer => (
            "it is signed by an authority that is not trusted",
            " --upstream-ca FILE adds one: a PEM file with the authority's certificate, or with the server's own.",
        ),
        CertificateError::BadSignature => ("its signature is wrong", ""),
        CertificateError::Other(other) if is_of_authority(other) => (
            "it is an authority's certificate (CA:TRUE), and not one that you named",
            " If it is your stand-in's own certificate, as openssl req -x509 makes it, name that certificate with --upstream-ca FILE.",
        ),
        other => {
            return refused(name, &format!("it is not valid ({other})"), "");
        }
    };
    refused(name, what, hint)
}

/// What `openssl req -x509` makes, for one.
fn is_of_authority(error: &rustls::OtherError) -> bool {
    matches!(error.0.downcast_ref::<webpki::Error>(), Some(webpki::Error::CaUsedAsEndEntity))
}

fn refused(name: &str, what: &str, hint: &str) -> DialError {
    DialError {
        status: 502,
        sentence: format!("Leastwise refused the certificate of {name}: {what}.{hint}"),
    }
}

fn broken(name: &str, what: &str) -> DialError {
    DialError { status: 502, sentence: format!("Leastwise could not talk to {name}: {what}.") }
}

fn too_slow(name: &str, what: &str, limit: Duration) -> DialError {
    let seconds = limit.as_secs_f32();
    DialError { status: 504, sentence: format!("{name} {what} within {seconds} s.") }
}

fn no_roots(reason: &str) -> DialError {
    DialError {
        status: 502,
        sentence: format!(
            "Leastwise has no trusted root certificates to verify the upstream with ({reason}). Name some with --upstream-ca FILE."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_families_take_turns() {
        let address = |text: &str| text.parse::<SocketAddr>().unwrap();
        let all = ["[::1]:1", "[::2]:1", "[::3]:1", "1.1.1.1:1", "2.2.2.2:1"].map(address);
        let expected = ["[::1]:1", "1.1.1.1:1", "[::2]:1", "2.2.2.2:1", "[::3]:1"].map(address);
        assert_eq!(alternating(all.to_vec()), expected);
    }

    #[test]
    fn an_answer_to_connect_has_a_status_of_http() {
        let answer = |text: &str| tunnel_answer(text.as_bytes()).map(Result::ok);
        let established = "HTTP/1.1 200 Connection established\r\n\r\n";
        assert_eq!(answer(established), Some(Some((200, established.len()))));
        assert_eq!(answer("HTTP/1.1 200 OK\r\n\r\nSSH-2.0"), Some(Some((200, 19))));
        assert_eq!(answer("HTTP/1.1 007 Bond\r\n\r\n"), Some(None));
        assert_eq!(answer("SSH-2.0\r\n\r\n"), Some(None));
        assert_eq!(answer("HTTP/1.1 200 OK\r\n"), None);
    }

    #[test]
    fn the_proxys_own_address_is_known() {
        let address = |text: &str| text.parse::<SocketAddr>().unwrap();
        let own = Some(address("0.0.0.0:10080"));
        assert!(is_own(address("127.0.0.1:10080"), own));
        assert!(!is_own(address("127.0.0.1:10081"), own));
        assert!(!is_own(address("192.0.2.1:10080"), own));
    }
}
