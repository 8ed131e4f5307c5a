//! What a proxy costs: a TLS client and upstream (hyper) talk directly, then through the proxy,
//! side by side in one run. The proxy is a process of its own, whose memory is measured.
//!
//! `cargo bench --bench proxy [-- SECONDS MEBIBYTES]` measures the proxy alone, recognising nothing.
//! `scripts/bench-proxy` measures the whole of Leastwise and mitmproxy, by two further roles:
//!
//! `--upstream DIRECTORY` serves until standard input ends, prints its port, and leaves its root in
//! `DIRECTORY/root.pem`. `--against PORT,ROOT SECONDS MEBIBYTES --proxy NAME=ADDRESS,CA,PID[,MEBIBYTES,PAUSE]...`
//! measures running proxies that send what goes to AWS there; the last numbers are a transfer's size
//! for a proxy that would take too long, and for how many milliseconds the client waits after its TLS
//! handshake, for a proxy that does not see what comes together with the end of that.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::convert::Infallible;
use std::io::{BufRead as _, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use base64::Engine as _;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, StreamBody, combinators::BoxBody};
use hyper::body::{Frame, Incoming};
use hyper::client::conn::http1::SendRequest;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use leastwise::capture::proxy::authority::{Authority, LIFETIME_IN_MEMORY};
use leastwise::capture::proxy::{
    Config, Exchange, Failure, Hosts, Observer, RequestHead, ResponseHead, Roots, start,
};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};

type Body = BoxBody<Bytes, Infallible>;
type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

const PIECE: usize = 64 * 1024;
const SMALL_HOST: &str = "dynamodb.eu-west-1.amazonaws.com";
const LARGE_HOST: &str = "bench-bucket.s3.eu-west-1.amazonaws.com";
const ITEM: &str = r#"{"TableName": "bench-table", "Key": {"customer": {"S": "2d1c5f0e-6a55-4d0c-b1b6-8f6f0a2f7f11"}, "order": {"N": "20250101"}}, "ConsistentRead": true, "ReturnConsumedCapacity": "NONE"}"#;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let ["--be-proxy", file] = arguments[..] {
        return be_proxy(file);
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    match arguments[..] {
        ["--upstream", directory] => runtime.block_on(be_upstream(Path::new(directory))),
        ["--against", upstream, seconds, mebibytes, ref proxies @ ..] => {
            let ways = running_proxies(upstream, mebibytes.parse()?, proxies)?;
            runtime.block_on(measure(&ways, Duration::from_secs(seconds.parse()?)))
        }
        _ => {
            let number = |at: usize, default| {
                arguments.get(at).and_then(|n| n.parse().ok()).unwrap_or(default)
            };
            runtime.block_on(library(Duration::from_secs(number(0, 3)), number(1, 512)))
        }
    }
}

/// The way from the client to the upstream.
#[derive(Clone)]
struct Way {
    name: String,
    proxy: Option<Proxy>,
    upstream: u16,
    tls: Arc<ClientConfig>,
    /// What the client asks for: AWS's hosts, or this one, with the port that it believes in.
    small_host: &'static str,
    large_host: &'static str,
    port: u16,
    mebibytes: u64,
    /// Between the TLS handshake and the first request.
    pause: Duration,
}

#[derive(Clone, Copy)]
struct Proxy {
    address: SocketAddr,
    process: u32,
}

/// The proxy of the library against none.
async fn library(time: Duration, mebibytes: u64) -> Result<()> {
    let (issuer, root) = authority()?;
    let upstream = upstream(&issuer).await?;
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("root.der");
    let root = root.der();
    std::fs::write(&file, root)?;
    let (child, address, authority) = spawn_proxy(&file)?;
    let direct = Way {
        name: "direct".to_owned(),
        proxy: None,
        upstream,
        tls: client_config(root)?,
        small_host: "localhost",
        large_host: "localhost",
        port: upstream,
        mebibytes,
        pause: Duration::ZERO,
    };
    let proxied = Way {
        name: "proxy".to_owned(),
        proxy: Some(Proxy { address, process: child.0.id() }),
        tls: client_config(&authority)?,
        ..direct.clone()
    };
    measure(&[direct, proxied], time).await
}

/// No proxy first, then those of the arguments.
fn running_proxies(upstream: &str, mebibytes: u64, proxies: &[&str]) -> Result<Vec<Way>> {
    let (port, root) = upstream.split_once(',').ok_or("--against takes PORT,ROOT")?;
    let direct = Way {
        name: "direct".to_owned(),
        proxy: None,
        upstream: port.parse()?,
        tls: client_config(&CertificateDer::from_pem_file(root)?)?,
        small_host: SMALL_HOST,
        large_host: LARGE_HOST,
        port: 443,
        mebibytes,
        pause: Duration::ZERO,
    };
    let mut ways = vec![direct.clone()];
    for pair in proxies.chunks(2) {
        let ["--proxy", proxy] = pair else {
            return Err(format!("{pair:?} is not --proxy NAME=ADDRESS,CA,PID").into());
        };
        let (name, rest) = proxy.split_once('=').ok_or("--proxy has no NAME=")?;
        let fields: Vec<&str> = rest.split(',').collect();
        let [address, ca, process, ref more @ ..] = fields[..] else {
            return Err(format!("--proxy {name} takes ADDRESS,CA,PID").into());
        };
        ways.push(Way {
            name: name.to_owned(),
            proxy: Some(Proxy { address: address.parse()?, process: process.parse()? }),
            tls: client_config(&CertificateDer::from_pem_file(ca)?)?,
            mebibytes: more.first().map_or(Ok(mebibytes), |size| size.parse())?,
            pause: Duration::from_millis(more.get(1).map_or(Ok(0), |pause| pause.parse())?),
            ..direct.clone()
        });
    }
    Ok(ways)
}

async fn measure(ways: &[Way], time: Duration) -> Result<()> {
    println!(
        "{:<20}{:<12}{:>13}{:>9}{:>10}{:>10}{:>13}{:>13}{:>12}",
        "", "", "rate", "direct", "p50 (µs)", "p99 (µs)", "CPU proxy", "CPU client", "peak memory"
    );
    for connections in [1, 16, 128, 1_000] {
        let mut table = Rows::new(format!("{connections} connections"));
        for way in ways {
            let meter = Meter::start(way);
            let outcome = in_time(time, small_requests(way, connections, time)).await;
            table.times(way, &meter, outcome);
        }
    }
    let mut table = Rows::new("new connections".to_owned());
    for way in ways {
        let meter = Meter::start(way);
        let outcome = in_time(time, new_connections(way, time)).await;
        table.times(way, &meter, outcome);
    }
    for method in [Method::PUT, Method::GET] {
        let mut table = Rows::new(format!("one {method}"));
        for way in ways {
            let meter = Meter::start(way);
            let outcome = in_time(time, transfer(way, &method, way.mebibytes << 20)).await;
            table.transfer(way, &meter, outcome);
        }
    }
    Ok(())
}

/// Gives up on a row that takes far longer than it should: it is shown as failed, the others go on.
async fn in_time<T>(time: Duration, row: impl Future<Output = Result<T>>) -> Result<T> {
    let limit = time * 2 + Duration::from_secs(30);
    tokio::time::timeout(limit, row)
        .await
        .unwrap_or_else(|_| Err(format!("not done after {} s", limit.as_secs()).into()))
}

/// The rows of one measurement; the first is the direct way, which the others are compared with.
struct Rows {
    title: String,
    direct: Option<f64>,
}

impl Rows {
    fn new(title: String) -> Self {
        Self { title, direct: None }
    }

    fn times(&mut self, way: &Way, meter: &Meter, outcome: Result<Times>) {
        match outcome {
            Ok(Times { requests, rate, p50, p99 }) => {
                let [proxy, others] =
                    meter.cpu().map(|spent| format!("{:.0} µs", spent * 1e6 / requests));
                let rate_text = format!("{rate:.0}/s");
                self.row(
                    way,
                    rate,
                    &rate_text,
                    [p50.to_string(), p99.to_string()],
                    [proxy, others],
                );
            }
            Err(error) => self.failed(way, &*error),
        }
    }

    fn transfer(&mut self, way: &Way, meter: &Meter, outcome: Result<f64>) {
        match outcome {
            Ok(rate) => {
                let cpu = meter.cpu().map(|spent| format!("{spent:.2} s"));
                let size = format!("{} MiB", way.mebibytes);
                self.row(way, rate, &format!("{rate:.0} MiB/s"), [size, String::new()], cpu);
            }
            Err(error) => self.failed(way, &*error),
        }
    }

    fn row(&mut self, way: &Way, rate: f64, text: &str, middle: [String; 2], cpu: [String; 2]) {
        let share = format!("{:.0}%", 100.0 * rate / *self.direct.get_or_insert(rate));
        let ([p50, p99], [proxy, others]) = (middle, cpu);
        let (proxy, memory) = match way.proxy {
            None => (String::new(), String::new()),
            Some(running) => (proxy, peak_memory(running.process)),
        };
        println!(
            "{:<20}{:<12}{text:>13}{share:>9}{p50:>10}{p99:>10}{proxy:>13}{others:>13}{memory:>12}",
            self.title, way.name
        );
    }

    fn failed(&self, way: &Way, error: &(dyn std::error::Error + Send + Sync)) {
        println!("{:<20}{:<12} failed: {error}", self.title, way.name);
    }
}

async fn connect(way: &Way, host: &'static str) -> Result<SendRequest<Body>> {
    let stream = match way.proxy {
        None => TcpStream::connect(("127.0.0.1", way.upstream)).await?,
        Some(proxy) => {
            let mut stream = TcpStream::connect(proxy.address).await?;
            let authority = format!("{host}:{}", way.port);
            let request = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n");
            stream.write_all(request.as_bytes()).await?;
            // Byte by byte: what follows the empty line belongs to TLS.
            let mut answer = Vec::new();
            while !answer.ends_with(b"\r\n\r\n") {
                answer.push(stream.read_u8().await?);
            }
            if !answer.starts_with(b"HTTP/1.1 200") {
                return Err(String::from_utf8_lossy(&answer).into());
            }
            stream
        }
    };
    stream.set_nodelay(true)?;
    let name = ServerName::try_from(host)?;
    let stream = TlsConnector::from(way.tls.clone()).connect(name, stream).await?;
    if !way.pause.is_zero() {
        tokio::time::sleep(way.pause).await;
    }
    let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

fn signature(service: &str, headers: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20250101/eu-west-1/{service}/aws4_request, \
         SignedHeaders={headers}, Signature={:064}",
        0
    )
}

/// As long as what an SDK signs.
fn small_request(host: &str) -> Result<Request<Body>> {
    Ok(Request::builder()
        .method(Method::POST)
        .uri("/")
        .header("Host", host)
        .header("X-Amz-Target", "DynamoDB_20120810.GetItem")
        .header("X-Amz-Date", "20250101T000000Z")
        .header("Content-Type", "application/x-amz-json-1.0")
        .header("User-Agent", "aws-sdk-rust/1.3 os/linux lang/rust/1.88")
        .header("Authorization", signature("dynamodb", "content-type;host;x-amz-date;x-amz-target"))
        .body(Full::new(Bytes::from_static(ITEM.as_bytes())).boxed())?)
}

async fn small_requests(way: &Way, connections: usize, time: Duration) -> Result<Times> {
    let mut senders = Vec::new();
    for _ in 0..connections {
        senders.push(connect(way, way.small_host).await?);
    }
    let begin = Instant::now();
    let tasks: Vec<_> = senders
        .into_iter()
        .map(|mut sender| {
            let host = way.small_host;
            tokio::spawn(async move {
                let mut times = Vec::new();
                while begin.elapsed() < time {
                    let started = Instant::now();
                    sender.ready().await?;
                    let response = sender.send_request(small_request(host)?).await?;
                    succeeded(&response)?;
                    response.into_body().collect().await?;
                    times.push(started.elapsed());
                }
                Ok::<_, Box<dyn std::error::Error + Send + Sync>>(times)
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await??);
    }
    Ok(summary(times, begin.elapsed()))
}

async fn new_connections(way: &Way, time: Duration) -> Result<Times> {
    let begin = Instant::now();
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let way = way.clone();
            tokio::spawn(async move {
                let mut times = Vec::new();
                while begin.elapsed() < time {
                    let started = Instant::now();
                    let mut sender = connect(&way, way.small_host).await?;
                    let response = sender.send_request(small_request(way.small_host)?).await?;
                    succeeded(&response)?;
                    response.into_body().collect().await?;
                    times.push(started.elapsed());
                }
                Ok::<_, Box<dyn std::error::Error + Send + Sync>>(times)
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await??);
    }
    Ok(summary(times, begin.elapsed()))
}

struct Times {
    requests: f64,
    rate: f64,
    p50: u128,
    p99: u128,
}

fn summary(mut times: Vec<Duration>, all: Duration) -> Times {
    times.sort_unstable();
    let at = |share: usize| times.get(times.len() * share / 100).map_or(0, Duration::as_micros);
    let requests = times.len() as f64;
    Times { requests, rate: requests / all.as_secs_f64(), p50: at(50), p99: at(99) }
}

fn succeeded(response: &Response<Incoming>) -> Result<()> {
    if response.status() == 200 { Ok(()) } else { Err(response.status().to_string().into()) }
}

async fn transfer(way: &Way, method: &Method, length: u64) -> Result<f64> {
    let mut sender = connect(way, way.large_host).await?;
    let begin = Instant::now();
    let request = Request::builder()
        .method(method)
        .uri(format!("/{length}"))
        .header("Host", way.large_host)
        .header("X-Amz-Date", "20250101T000000Z")
        .header("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
        .header("User-Agent", "aws-sdk-rust/1.3 os/linux lang/rust/1.88")
        .header("Authorization", signature("s3", "host;x-amz-content-sha256;x-amz-date"));
    let request = match *method {
        Method::PUT => request.header("Content-Length", length).body(zeroes(length))?,
        _ => request.body(Full::default().boxed())?,
    };
    let response = sender.send_request(request).await?;
    succeeded(&response)?;
    let mut body = response.into_body();
    let mut received = 0;
    while let Some(frame) = body.frame().await {
        received += frame?.data_ref().map_or(0, Bytes::len) as u64;
    }
    if *method == Method::GET && received != length {
        return Err(format!("{received} bytes came instead of {length}").into());
    }
    Ok((length >> 20) as f64 / begin.elapsed().as_secs_f64())
}

/// A body of `length` bytes.
fn zeroes(length: u64) -> Body {
    struct Zeroes(u64, Bytes);
    impl futures_core::Stream for Zeroes {
        type Item = std::result::Result<Frame<Bytes>, Infallible>;
        fn poll_next(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Self::Item>> {
            let n = self.0.min(PIECE as u64);
            self.0 -= n;
            let piece = self.1.slice(..n as usize);
            std::task::Poll::Ready((n > 0).then(|| Ok(Frame::data(piece))))
        }
    }
    StreamBody::new(Zeroes(length, Bytes::from(vec![0; PIECE]))).boxed()
}

/// The upstream's certificate authority.
fn authority() -> Result<(Issuer<'static, KeyPair>, rcgen::Certificate)> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(rcgen::DnType::CommonName, "benchmark's root");
    let root = params.self_signed(&key)?;
    Ok((Issuer::new(params, key), root))
}

fn pem(certificate: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(certificate);
    let lines: Vec<&str> =
        (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

/// The upstream as a process of its own.
async fn be_upstream(directory: &Path) -> Result<()> {
    let (issuer, root) = authority()?;
    std::fs::write(directory.join("root.pem"), pem(root.der()))?;
    println!("{}", upstream(&issuer).await?);
    std::io::stdout().flush()?;
    tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()))
        .await??;
    Ok(())
}

async fn upstream(issuer: &Issuer<'static, KeyPair>) -> Result<u16> {
    let key = KeyPair::generate()?;
    let params = CertificateParams::new(
        ["localhost", "127.0.0.1", SMALL_HOST, LARGE_HOST].map(str::to_owned),
    )?;
    let certificate = params.signed_by(&key, issuer)?.der().clone();
    let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate], private)?;
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let _ = stream.set_nodelay(true);
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let _ = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service_fn(answer))
                    .await;
            });
        }
    });
    Ok(port)
}

async fn answer(request: Request<Incoming>) -> std::result::Result<Response<Body>, Infallible> {
    let wanted: u64 = request.uri().path().trim_start_matches('/').parse().unwrap_or(0);
    let get = request.method() == Method::GET;
    let mut body = request.into_body();
    while let Some(Ok(_)) = body.frame().await {}
    let response = Response::builder().header("x-amzn-requestid", "0123456789");
    let body =
        if get { zeroes(wanted) } else { Full::new(Bytes::from_static(&[b'{'; 100])).boxed() };
    let response = if get { response.header("Content-Length", wanted) } else { response };
    Ok(response.body(body).unwrap_or_default())
}

fn client_config(root: &CertificateDer<'static>) -> Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    roots.add(root.clone())?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.resumption = rustls::client::Resumption::disabled();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

struct Counting;

impl Observer for Counting {
    fn request(&self, _: &RequestHead<'_>) -> Option<Box<dyn Exchange>> {
        Some(Box::new(Counted(0)))
    }

    fn failure(&self, failure: Failure) {
        eprintln!("{}", failure.sentence);
    }
}

struct Counted(u64);

impl Exchange for Counted {
    fn request_body(&mut self, chunk: &[u8]) {
        self.0 += chunk.len() as u64;
    }
    fn response_head(&mut self, _: &ResponseHead<'_>) {}
    fn response_body(&mut self, chunk: &[u8]) {
        self.0 += chunk.len() as u64;
    }
    fn end(&mut self, _: leastwise::capture::proxy::End) {}
}

/// The child process: a proxy until standard input ends.
fn be_proxy(root: &str) -> Result<()> {
    let hosts = Hosts::new(["amazonaws.com"], ["localhost"])?;
    let authority = Authority::generate(&hosts, SystemTime::now(), LIFETIME_IN_MEMORY)?;
    let pem = authority.certificate_pem();
    let mut config = Config::new(hosts, Arc::new(authority));
    config.roots = Roots { native: false, extra: vec![CertificateDer::from(std::fs::read(root)?)] };
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let running = start(listener, config, Arc::new(Counting))?;
    println!("{}\n{}", running.local_addr(), pem.replace('\n', "|"));
    std::io::stdout().flush()?;
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    Ok(())
}

fn spawn_proxy(root: &std::path::Path) -> Result<(Process, SocketAddr, CertificateDer<'static>)> {
    let mut child = Command::new(std::env::current_exe()?)
        .arg("--be-proxy")
        .arg(root)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut lines =
        std::io::BufReader::new(child.stdout.take().ok_or("no output from the proxy")?).lines();
    let address = lines.next().ok_or("no address")??.parse()?;
    let pem = lines.next().ok_or("no certificate")??.replace('|', "\n");
    Ok((Process(child), address, CertificateDer::from_pem_slice(pem.as_bytes())?))
}

/// Ends with the benchmark.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a measurement costs beside time: CPU, which counts on a machine that has other things to
/// do, and memory, whose peak is taken anew.
struct Meter {
    proxy: u32,
    before: [f64; 2],
}

impl Meter {
    fn start(way: &Way) -> Self {
        let proxy = way.proxy.map_or(0, |proxy| proxy.process);
        if proxy != 0 {
            // Where this is refused, the peak is that of all measurements so far.
            let _ = std::fs::write(format!("/proc/{proxy}/clear_refs"), "5");
        }
        Self { proxy, before: Self::now(proxy) }
    }

    /// CPU seconds so far of the proxy and of this process.
    fn now(proxy: u32) -> [f64; 2] {
        [proxy.to_string(), "self".to_owned()].map(|process| {
            let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
            let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
            // User and system time, in hundredths of a second.
            fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>()
                / 100.0
        })
    }

    fn cpu(&self) -> [f64; 2] {
        let now = Self::now(self.proxy);
        [now[0] - self.before[0], now[1] - self.before[1]]
    }
}

fn peak_memory(process: u32) -> String {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kibibytes.map_or_else(|| "unknown".to_owned(), |kib| format!("{:.1} MiB", kib / 1024.0))
}
