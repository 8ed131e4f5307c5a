//! Upstreams and clients that say exactly what a test wants, and record exactly what they hear.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use leastwise::capture::proxy::authority::{Authority, LIFETIME_IN_MEMORY};
use leastwise::capture::proxy::{
    Admission, Answer, Config, End, Exchange, Failure, Hosts, Limits, Observer, Ready, RequestHead,
    ResponseHead, Roots, Running, start,
};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, PKCS_ECDSA_P256_SHA256,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned,
};

pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Bytes both ways.
pub(crate) trait Wire: Read + Write + Send {
    fn socket(&self) -> &TcpStream;
}

impl Wire for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }
}

impl Wire for StreamOwned<ServerConnection, TcpStream> {
    fn socket(&self) -> &TcpStream {
        &self.sock
    }
}

impl Wire for StreamOwned<ClientConnection, TcpStream> {
    fn socket(&self) -> &TcpStream {
        &self.sock
    }
}

pub(crate) type TlsClient = StreamOwned<ClientConnection, TcpStream>;

/// What upstreams' certificates are made with.
pub(crate) struct Pki {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) root: CertificateDer<'static>,
}

pub(crate) fn pki() -> &'static Pki {
    static PKI: OnceLock<Pki> = OnceLock::new();
    PKI.get_or_init(Pki::new)
}

impl Pki {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let mut params = CertificateParams::default();
        // Each has its own name: that of another is an unknown issuer, not a wrong signature.
        let name = format!("test root {:?}", Instant::now());
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = params.self_signed(&key).unwrap().der().clone();
        Self { issuer: Issuer::new(params, key), root }
    }

    /// A server's settings with a certificate for `name` that ends `lifetime` days from now.
    pub(crate) fn server(
        &self,
        name: &str,
        lifetime: i64,
        protocols: &[&str],
    ) -> Arc<ServerConfig> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let now = time::OffsetDateTime::now_utc();
        params.not_before = now - time::Duration::days(30);
        params.not_after = now + time::Duration::days(lifetime);
        let certificate = params.signed_by(&key, &self.issuer).unwrap().der().clone();
        server_config(certificate, &key, protocols)
    }
}

pub(crate) fn server_config(
    certificate: CertificateDer<'static>,
    key: &KeyPair,
    protocols: &[&str],
) -> Arc<ServerConfig> {
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    config.alpn_protocols = protocols.iter().map(|p| p.as_bytes().to_vec()).collect();
    Arc::new(config)
}

/// A plain upstream: `script` runs once for each connection. Returns its port.
pub(crate) fn plain_upstream(script: impl Fn(TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let script = Arc::new(script);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let script = script.clone();
            let stream = stream.unwrap();
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            stream.set_nodelay(true).unwrap();
            std::thread::spawn(move || script(stream));
        }
    });
    port
}

/// What has reached an upstream.
#[derive(Default)]
pub(crate) struct Reached {
    pub(crate) connections: AtomicUsize,
    /// Heads with bodies, as they came.
    pub(crate) requests: Mutex<Vec<String>>,
}

impl Reached {
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// Reads requests and answers each with `ok`, until the connection ends.
    fn serve<W: Read + Write + ?Sized>(&self, wire: &mut W) {
        while let Some(mut request) = try_read_head(wire) {
            if field(&request, "transfer-encoding").is_some() {
                let body = read_head(wire);
                request.push_str(&body);
            } else if let Some(length) = field(&request, "content-length") {
                let body = read_exactly(wire, length.parse().unwrap());
                request.push_str(&String::from_utf8(body).unwrap());
            }
            self.requests.lock().unwrap().push(request);
            send(wire, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }
    }
}

/// A plain upstream that answers every request, and what has reached it. Chunked bodies end with their first empty line, so trailers
/// and chunks must not have one.
pub(crate) fn counting_plain_upstream() -> (u16, Arc<Reached>) {
    let reached = Arc::new(Reached::default());
    let counting = reached.clone();
    let port = plain_upstream(move |mut stream| {
        counting.connections.fetch_add(1, Ordering::SeqCst);
        counting.serve(&mut stream);
    });
    (port, reached)
}

/// The same over TLS.
pub(crate) fn counting_upstream() -> (u16, Arc<Reached>) {
    let reached = Arc::new(Reached::default());
    let counting = reached.clone();
    let port = upstream(move |wire| {
        counting.connections.fetch_add(1, Ordering::SeqCst);
        counting.serve(wire);
    });
    (port, reached)
}

/// A TLS upstream for `localhost`, with a certificate that the proxies of these tests trust.
pub(crate) fn upstream(script: impl Fn(&mut dyn Wire) + Send + Sync + 'static) -> u16 {
    upstream_with(pki().server("localhost", 30, &["http/1.1"]), script)
}

pub(crate) fn upstream_with(
    config: Arc<ServerConfig>,
    script: impl Fn(&mut dyn Wire) + Send + Sync + 'static,
) -> u16 {
    plain_upstream(move |stream| {
        let connection = ServerConnection::new(config.clone()).unwrap();
        let mut stream = StreamOwned::new(connection, stream);
        script(&mut stream);
        stream.conn.send_close_notify();
        let _ = stream.flush();
    })
}

/// Answers every request with `body`, whatever it was; bodies by Content-Length are read.
pub(crate) fn answer_all(wire: &mut dyn Wire, body: &str) {
    while let Some(head) = try_read_head(wire) {
        let length = field(&head, "content-length").map_or(0, |n| n.parse().unwrap());
        read_exactly(wire, length);
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        if wire.write_all(answer.as_bytes()).and_then(|()| wire.flush()).is_err() {
            return;
        }
    }
}

/// What the proxy saw.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) request_body: Vec<u8>,
    pub(crate) request_ended: bool,
    /// The status that was told before anything of the answer went on, and the one that was told in any case.
    pub(crate) announced: Option<u16>,
    pub(crate) status: Option<u16>,
    pub(crate) response_body: Vec<u8>,
    pub(crate) end: Option<End>,
    /// How often it was asked whether the request may go on.
    pub(crate) asked: usize,
}

/// What an exchange says of its request, which asks for it in the field `X-Rule`: `grant 5` as soon as five bytes of the body have
/// come, `refuse head`, `refuse end`, `never`; `replace` the upstream's answer. Without the field it is granted at its head. `X-Late: 2`: when it would be said, what decides it
/// has to be waited for twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rule {
    /// As soon as so many bytes have come; `None`: at the end.
    after: Option<usize>,
    says: Says,
    late: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    Grant,
    Refuse,
    Replace,
    Nothing,
}

impl Rule {
    fn of(head: &RequestHead<'_>) -> Rule {
        let rule =
            head.headers.get("x-rule").map_or("grant head", |it| str::from_utf8(it).unwrap());
        let (says, when) = rule.split_once(' ').unwrap_or((rule, "head"));
        let after = match when {
            "head" => Some(0),
            "end" => None,
            bytes => Some(bytes.parse().unwrap()),
        };
        let says = match says {
            "grant" => Says::Grant,
            "refuse" => Says::Refuse,
            "replace" => Says::Replace,
            _ => Says::Nothing,
        };
        let late = head.headers.get("x-late").map_or("0", |it| str::from_utf8(it).unwrap());
        Rule { after, says, late: late.parse().unwrap() }
    }
}

/// What the exchanges of these tests refuse with.
pub(crate) fn refusal() -> Answer {
    Answer {
        status: 403,
        headers: vec![("x-amzn-RequestId", "r-1".to_owned())],
        body: b"refused".to_vec(),
    }
}

#[derive(Default)]
pub(crate) struct Recorder {
    pub(crate) seen: Mutex<Vec<Seen>>,
    pub(crate) failures: Mutex<Vec<Failure>>,
    /// Bodies are counted, not kept.
    pub(crate) forget_bodies: bool,
    /// It refuses requests and replaces answers, by their rules. Else it only listens, as where no policy is enforced.
    pub(crate) decides: bool,
}

struct Recording {
    recorder: Arc<RecorderHandle>,
    index: usize,
    rule: Rule,
    /// How much of the body has come, and whether that is all.
    came: (usize, bool),
    decided: bool,
    /// It is pending for another reason than the body.
    waits: bool,
}

struct RecorderHandle(Arc<Recorder>);

impl Observer for RecorderHandle {
    fn request(&self, head: &RequestHead<'_>) -> Option<Box<dyn Exchange>> {
        let mut seen = self.0.seen.lock().unwrap();
        seen.push(Seen {
            method: head.method.to_owned(),
            host: head.host.to_owned(),
            port: head.port,
            target: String::from_utf8_lossy(head.target).into_owned(),
            headers: head
                .headers
                .iter()
                .map(|(name, value)| (name.to_owned(), String::from_utf8_lossy(value).into_owned()))
                .collect(),
            ..Seen::default()
        });
        let recorder = Arc::new(RecorderHandle(self.0.clone()));
        let index = seen.len() - 1;
        let rule = Rule::of(head);
        Some(Box::new(Recording {
            recorder,
            index,
            rule,
            came: (0, false),
            decided: false,
            waits: false,
        }))
    }

    fn decides(&self) -> bool {
        self.0.decides
    }

    fn failure(&self, failure: Failure) {
        self.0.failures.lock().unwrap().push(failure);
    }
}

impl Recording {
    fn update(&self, change: impl FnOnce(&mut Seen)) {
        change(&mut self.recorder.0.seen.lock().unwrap()[self.index]);
    }
}

impl Exchange for Recording {
    fn admission(&mut self) -> Admission {
        assert!(!self.decided, "it was said already");
        self.update(|seen| seen.asked += 1);
        let is_time = self.came.1 || self.rule.after.is_some_and(|after| self.came.0 >= after);
        if is_time && self.rule.late > 0 {
            self.rule.late -= 1;
            self.waits = true;
            return Admission::Pending;
        }
        self.decided = is_time && self.rule.says != Says::Nothing;
        match self.rule.says {
            _ if !self.decided => Admission::Pending,
            Says::Refuse => Admission::Refused(refusal()),
            _ => Admission::Granted,
        }
    }

    fn ready(&mut self) -> Option<Ready> {
        let waits = std::mem::take(&mut self.waits);
        waits.then(|| Box::pin(tokio::time::sleep(Duration::from_millis(20))) as Ready)
    }

    fn replacement(&mut self) -> Option<Answer> {
        (self.rule.says == Says::Replace).then(refusal)
    }

    fn request_body(&mut self, chunk: &[u8]) {
        self.came.0 += chunk.len();
        if !self.recorder.0.forget_bodies {
            self.update(|seen| {
                assert!(!seen.request_ended);
                seen.request_body.extend_from_slice(chunk);
            });
        }
    }

    fn request_end(&mut self) {
        self.came.1 = true;
        self.update(|seen| assert!(!std::mem::replace(&mut seen.request_ended, true)));
    }

    fn response_begins(&mut self, head: &ResponseHead<'_>) {
        self.update(|seen| assert!(seen.announced.replace(head.status).is_none()));
    }

    fn response_head(&mut self, head: &ResponseHead<'_>) {
        assert!(self.decided || !self.recorder.0.decides, "it was not to be sent");
        self.update(|seen| assert_eq!(seen.announced, Some(head.status)));
        self.update(|seen| assert!(seen.status.replace(head.status).is_none()));
    }

    fn response_body(&mut self, chunk: &[u8]) {
        if !self.recorder.0.forget_bodies {
            self.update(|seen| seen.response_body.extend_from_slice(chunk));
        }
    }

    fn end(&mut self, end: End) {
        self.update(|seen| assert!(seen.end.replace(end).is_none(), "the end comes once"));
    }
}

/// A proxy with what it saw.
pub(crate) struct Proxy {
    pub(crate) running: Running,
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) authority: Arc<Authority>,
}

/// `localhost` is intercepted, and AWS's hosts; limits are short.
pub(crate) fn proxy() -> Proxy {
    proxy_with(|_| {})
}

pub(crate) fn short_limits() -> Limits {
    Limits {
        connect: Duration::from_secs(3),
        head: Duration::from_millis(700),
        expect: Duration::from_millis(300),
        silence: Duration::from_millis(200),
        linger: Duration::from_millis(500),
        ..Limits::default()
    }
}

pub(crate) fn proxy_with(change: impl FnOnce(&mut Config)) -> Proxy {
    proxy_recording(Recorder::default(), change)
}

/// One whose requests are refused and whose answers are replaced by their rules.
pub(crate) fn deciding(change: impl FnOnce(&mut Config)) -> Proxy {
    proxy_recording(Recorder { decides: true, ..Recorder::default() }, change)
}

pub(crate) fn proxy_recording(recorder: Recorder, change: impl FnOnce(&mut Config)) -> Proxy {
    let hosts = Hosts::new(["amazonaws.com", "api.aws"], ["localhost"]).unwrap();
    let authority =
        Arc::new(Authority::generate(&hosts, SystemTime::now(), LIFETIME_IN_MEMORY).unwrap());
    let mut config = Config::new(hosts, authority.clone());
    config.roots = Roots { native: false, extra: vec![pki().root.clone()] };
    config.limits = short_limits();
    change(&mut config);
    let recorder = Arc::new(recorder);
    let observer = Arc::new(RecorderHandle(recorder.clone()));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let running = start(listener, config, observer).unwrap();
    Proxy { running, recorder, authority }
}

impl Proxy {
    pub(crate) fn address(&self) -> SocketAddr {
        self.running.local_addr()
    }

    /// A plain connection to the proxy.
    pub(crate) fn dial(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    }

    /// A connection to the proxy with `CONNECT` answered; `Err` is the refusal, whole.
    pub(crate) fn connect(&self, target: &str) -> Result<TcpStream, String> {
        let mut stream = self.dial();
        write!(stream, "CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n").unwrap();
        let head = read_head(&mut stream);
        if head.starts_with("HTTP/1.1 200 ") {
            return Ok(stream);
        }
        let mut rest = String::new();
        stream.read_to_string(&mut rest).unwrap();
        Err(head + &rest)
    }

    /// TLS through the proxy to `localhost:port`, in which our authority is trusted.
    pub(crate) fn tls(&self, port: u16) -> TlsClient {
        self.tls_to(&format!("localhost:{port}"), "localhost", &["http/1.1"])
    }

    pub(crate) fn tls_to(&self, target: &str, name: &str, protocols: &[&str]) -> TlsClient {
        let config = client_config(self.authority.certificate(), protocols);
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let connection = ClientConnection::new(config, name).unwrap();
        StreamOwned::new(connection, self.connect(target).unwrap())
    }

    /// The requests seen, once there are `count` and all have ended.
    pub(crate) fn seen(&self, count: usize) -> Vec<Seen> {
        let begin = Instant::now();
        loop {
            let seen = self.recorder.seen.lock().unwrap().clone();
            if seen.len() >= count && seen.iter().all(|seen| seen.end.is_some()) {
                assert_eq!(seen.len(), count);
                return seen;
            }
            assert!(begin.elapsed() < PATIENCE, "only {seen:#?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until this holds of the request that came last.
    pub(crate) fn until(&self, what: impl Fn(&Seen) -> bool) {
        let begin = Instant::now();
        while !self.recorder.seen.lock().unwrap().last().is_some_and(&what) {
            assert!(begin.elapsed() < PATIENCE, "{:#?}", self.recorder.seen.lock().unwrap());
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    pub(crate) fn failures(&self) -> Vec<String> {
        self.recorder.failures.lock().unwrap().iter().map(|f| f.sentence.clone()).collect()
    }

    /// The failures, once there is one.
    pub(crate) fn failure(&self) -> String {
        let begin = Instant::now();
        loop {
            if let Some(first) = self.failures().first() {
                return first.clone();
            }
            assert!(begin.elapsed() < PATIENCE, "no failure was told");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

pub(crate) fn client_config(
    root: &CertificateDer<'static>,
    protocols: &[&str],
) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(root.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|p| p.as_bytes().to_vec()).collect();
    Arc::new(config)
}

/// Reads to the end of a head, one byte at a time: nothing behind it is taken.
pub(crate) fn read_head<R: Read + ?Sized>(reader: &mut R) -> String {
    try_read_head(reader).expect("a head")
}

pub(crate) fn try_read_head<R: Read + ?Sized>(reader: &mut R) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match reader.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return None,
        }
    }
    Some(String::from_utf8(head).unwrap())
}

pub(crate) fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().skip(1).find_map(|line| {
        let (field, value) = line.split_once(':')?;
        field.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

pub(crate) fn read_exactly<R: Read + ?Sized>(reader: &mut R, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes).unwrap();
    bytes
}

/// Reads a response with a Content-Length; returns head and body.
pub(crate) fn read_response<R: Read + ?Sized>(reader: &mut R) -> (String, String) {
    let head = read_head(reader);
    let length = field(&head, "content-length").expect("a length").parse().unwrap();
    let body = String::from_utf8(read_exactly(reader, length)).unwrap();
    (head, body)
}

pub(crate) fn send<W: Write + ?Sized>(writer: &mut W, bytes: impl AsRef<[u8]>) {
    writer.write_all(bytes.as_ref()).unwrap();
    writer.flush().unwrap();
}

/// Whether the other side has closed: its end, or an error, but not more bytes.
pub(crate) fn is_closed<R: Read + ?Sized>(reader: &mut R) -> bool {
    let mut byte = [0];
    match reader.read(&mut byte) {
        Ok(0) => true,
        Ok(_) => false,
        Err(error) => !matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut),
    }
}

/// A channel's next value, within [`PATIENCE`].
pub(crate) fn next<T>(receiver: &std::sync::mpsc::Receiver<T>) -> T {
    receiver.recv_timeout(PATIENCE).expect("something in time")
}
