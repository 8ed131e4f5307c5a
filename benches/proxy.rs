//! What the proxy costs: a TLS client and upstream (hyper) talk directly, then through the proxy,
//! side by side in one run. The proxy is a process of its own, whose memory is measured.
//!
//! `cargo bench --bench proxy [-- SECONDS MEBIBYTES]`

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::convert::Infallible;
use std::io::{BufRead as _, Write as _};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

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

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    if let [role, file] = arguments.as_slice()
        && role == "--proxy"
    {
        return be_proxy(file);
    }
    let number =
        |at: usize, default| arguments.get(at).and_then(|n| n.parse().ok()).unwrap_or(default);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(measure(Duration::from_secs(number(0, 3)), number(1, 512)))
}

/// The way from the client to the upstream.
#[derive(Clone)]
struct Way {
    name: &'static str,
    proxy: Option<SocketAddr>,
    upstream: u16,
    tls: Arc<ClientConfig>,
}

async fn measure(time: Duration, mebibytes: u64) -> Result<()> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = params.self_signed(&key)?.der().clone();
    let issuer = Issuer::new(params, key);
    let upstream = upstream(&issuer).await?;
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("root.der");
    std::fs::write(&file, &root)?;
    let (proxy, address, authority) = spawn_proxy(&file)?;
    let ways = [
        Way { name: "direct", proxy: None, upstream, tls: client_config(&root)? },
        Way { name: "leastwise", proxy: Some(address), upstream, tls: client_config(&authority)? },
    ];
    println!("{:<28}{:>12}{:>12}{:>12}", "", "rate", "p50 (µs)", "p99 (µs)");
    let cpu = Cpu(proxy.0.id());
    for connections in [1, 16, 128] {
        let mut rates = Vec::new();
        for way in &ways {
            let before = cpu.now();
            let (rate, p50, p99) = small_requests(way, connections, time).await?;
            let requests = rate * time.as_secs_f64();
            let [ours, theirs] = cpu.since(before).map(|spent| spent * 1e6 / requests);
            println!(
                "{connections:>4} connections {:<12}{rate:>10.0}/s{p50:>12}{p99:>12}  CPU {ours:.0} µs + proxy {theirs:.0} µs",
                way.name
            );
            rates.push(rate);
        }
        println!("{:>28}{:>11.0}%", "", 100.0 * rates[1] / rates[0]);
    }
    let mut rates = Vec::new();
    for way in &ways {
        let (rate, p50, p99) = new_connections(way, time).await?;
        println!("new connections  {:<11}{rate:>10.0}/s{p50:>12}{p99:>12}", way.name);
        rates.push(rate);
    }
    println!("{:>28}{:>11.0}%", "", 100.0 * rates[1] / rates[0]);
    for method in [Method::PUT, Method::GET] {
        let mut rates = Vec::new();
        for way in &ways {
            let before = cpu.now();
            let rate = transfer(way, &method, mebibytes << 20).await?;
            let [ours, theirs] = cpu.since(before);
            println!(
                "{mebibytes} MiB {method}     {:<11}{rate:>8.0} MiB/s  CPU {ours:.2} s + proxy {theirs:.2} s",
                way.name
            );
            rates.push(rate);
        }
        println!("{:>28}{:>11.0}%", "", 100.0 * rates[1] / rates[0]);
    }
    println!("memory of the proxy at most: {}", peak_memory(&proxy));
    let (rate, ..) = small_requests(&ways[1], 1_000, time).await?;
    println!("and with 1,000 connections ({rate:.0}/s): {}", peak_memory(&proxy));
    Ok(())
}

async fn connect(way: &Way) -> Result<SendRequest<Body>> {
    let stream = match way.proxy {
        None => TcpStream::connect(("127.0.0.1", way.upstream)).await?,
        Some(proxy) => {
            let mut stream = TcpStream::connect(proxy).await?;
            let request = format!("CONNECT localhost:{} HTTP/1.1\r\nHost: x\r\n\r\n", way.upstream);
            stream.write_all(request.as_bytes()).await?;
            let mut answer = [0; 39];
            stream.read_exact(&mut answer).await?;
            stream
        }
    };
    stream.set_nodelay(true)?;
    let name = ServerName::try_from("localhost")?;
    let stream = TlsConnector::from(way.tls.clone()).connect(name, stream).await?;
    let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

/// As long as what an SDK signs.
fn small_request(upstream: u16) -> Result<Request<Body>> {
    let signature = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20250101/eu-west-1/dynamodb/aws4_request, \
        SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=0000000000000000000000000000000000000000000000000000000000000000";
    Ok(Request::builder()
        .method(Method::POST)
        .uri("/")
        .header("Host", format!("localhost:{upstream}"))
        .header("X-Amz-Target", "DynamoDB_20120810.GetItem")
        .header("X-Amz-Date", "20250101T000000Z")
        .header("Content-Type", "application/x-amz-json-1.0")
        .header("User-Agent", "aws-sdk-rust/1.3 os/linux lang/rust/1.88")
        .header("Authorization", signature)
        .body(Full::new(Bytes::from_static(&[b'x'; 200])).boxed())?)
}

async fn small_requests(
    way: &Way,
    connections: usize,
    time: Duration,
) -> Result<(f64, u128, u128)> {
    let mut senders = Vec::new();
    for _ in 0..connections {
        senders.push(connect(way).await?);
    }
    let begin = Instant::now();
    let tasks: Vec<_> = senders
        .into_iter()
        .map(|mut sender| {
            let upstream = way.upstream;
            tokio::spawn(async move {
                let mut times = Vec::new();
                while begin.elapsed() < time {
                    let started = Instant::now();
                    sender.ready().await?;
                    let response = sender.send_request(small_request(upstream)?).await?;
                    assert_eq!(response.status(), 200);
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

async fn new_connections(way: &Way, time: Duration) -> Result<(f64, u128, u128)> {
    let begin = Instant::now();
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let way = way.clone();
            tokio::spawn(async move {
                let mut times = Vec::new();
                while begin.elapsed() < time {
                    let started = Instant::now();
                    let mut sender = connect(&way).await?;
                    let response = sender.send_request(small_request(way.upstream)?).await?;
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

fn summary(mut times: Vec<Duration>, all: Duration) -> (f64, u128, u128) {
    times.sort_unstable();
    let at = |share: usize| times.get(times.len() * share / 100).map_or(0, Duration::as_micros);
    (times.len() as f64 / all.as_secs_f64(), at(50), at(99))
}

async fn transfer(way: &Way, method: &Method, length: u64) -> Result<f64> {
    let mut sender = connect(way).await?;
    let begin = Instant::now();
    let request =
        Request::builder().method(method).uri(format!("/{length}")).header("Host", "localhost");
    let request = match *method {
        Method::PUT => request.header("Content-Length", length).body(zeroes(length))?,
        _ => request.body(Full::default().boxed())?,
    };
    let mut body = sender.send_request(request).await?.into_body();
    while let Some(frame) = body.frame().await {
        frame?;
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

async fn upstream(issuer: &Issuer<'static, KeyPair>) -> Result<u16> {
    let key = KeyPair::generate()?;
    let params = CertificateParams::new(vec!["localhost".to_owned()])?;
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

fn spawn_proxy(root: &std::path::Path) -> Result<(Proxy, SocketAddr, CertificateDer<'static>)> {
    let mut child = Command::new(std::env::current_exe()?)
        .arg("--proxy")
        .arg(root)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut lines =
        std::io::BufReader::new(child.stdout.take().ok_or("no output from the proxy")?).lines();
    let address = lines.next().ok_or("no address")??.parse()?;
    let pem = lines.next().ok_or("no certificate")??.replace('|', "\n");
    Ok((Proxy(child), address, CertificateDer::from_pem_slice(pem.as_bytes())?))
}

/// Ends with the benchmark.
struct Proxy(Child);

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// CPU seconds of this process (client and upstream) and of the proxy: what counts on a machine
/// that has other things to do.
struct Cpu(u32);

impl Cpu {
    fn now(&self) -> [f64; 2] {
        ["self".to_owned(), self.0.to_string()].map(|process| {
            let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
            let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
            // User and system time, in hundredths of a second.
            fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>()
                / 100.0
        })
    }

    fn since(&self, before: [f64; 2]) -> [f64; 2] {
        let now = self.now();
        [now[0] - before[0], now[1] - before[1]]
    }
}

fn peak_memory(proxy: &Proxy) -> String {
    let status =
        std::fs::read_to_string(format!("/proc/{}/status", proxy.0.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or_else(|| "unknown on this system".to_owned(), |line| line.trim().to_owned())
}
