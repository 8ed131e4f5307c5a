//! The client: hyper over rustls, that sends what an SDK sends. Each request has its own parameters and is signed
//! (Signature Version 4, the key derived for each, as botocore and the SDK for Rust do); each
//! answer is parsed.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, StreamBody, combinators::BoxBody};
use hyper::body::{Frame, Incoming};
use hyper::client::conn::http1::SendRequest;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use ring::{digest, hmac};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::table::Meter;
use crate::{LARGE_HOST, Result, SMALL_HOST};

/// The body of a request or response that is sent.
pub(crate) type Body = BoxBody<Bytes, Infallible>;

const PIECE: usize = 64 * 1024;
/// How many new connections are made at the same time.
const NEW_AT_ONCE: usize = 16;
const DATE: &str = "20250101T000000Z";
const SCOPE: [&str; 2] = ["20250101", "eu-west-1"];

/// The way from the client to the upstream.
#[derive(Clone)]
pub(crate) struct Way {
    pub(crate) name: String,
    /// The place among the ways of the one that does less, with which this one is compared.
    pub(crate) without: Option<usize>,
    pub(crate) proxy: Option<Proxy>,
    /// The upstream's port, and its process.
    pub(crate) upstream: (u16, u32),
    pub(crate) tls: Arc<ClientConfig>,
    pub(crate) mebibytes: u64,
}

#[derive(Clone, Copy)]
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    pub(crate) process: u32,
    /// Whether it is spoken to as if it were the upstream, and asked for no tunnel.
    pub(crate) is_reverse: bool,
}

/// What one round gave.
pub(crate) struct Done {
    /// Requests, or transfers.
    pub(crate) times: usize,
    /// Each second: requests, or MiB.
    pub(crate) rate: f64,
    /// Microseconds that a request took.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    /// Seconds that the proxy took, and client and upstream together; not for making the connections
    /// where those are not what is measured.
    pub(crate) cpu: [f64; 2],
}

/// Small requests, one after the other on each of so many connections.
pub(crate) async fn small_requests(way: &Way, connections: usize, time: Duration) -> Result<Done> {
    let mut senders = Vec::new();
    for _ in 0..connections {
        senders.push(connect(way, SMALL_HOST).await?);
    }
    let (meter, begin) = (Meter::start(way), Instant::now());
    let tasks = senders.into_iter().enumerate().map(|(task, mut sender)| {
        tokio::spawn(async move {
            let mut times = Vec::new();
            while begin.elapsed() < time {
                times.push(one_call(&mut sender, task, times.len()).await?);
            }
            Ok(times)
        })
    });
    collect(tasks.collect(), begin, (way, meter)).await
}

/// A request on each of many connections, which are closed after it.
pub(crate) async fn new_connections(way: &Way, time: Duration) -> Result<Done> {
    let (meter, begin) = (Meter::start(way), Instant::now());
    let tasks = (0..NEW_AT_ONCE).map(|task| {
        let way = way.clone();
        tokio::spawn(async move {
            let mut times = Vec::new();
            while begin.elapsed() < time {
                let started = Instant::now();
                let mut sender = connect(&way, SMALL_HOST).await?;
                one_call(&mut sender, task, times.len()).await?;
                times.push(started.elapsed());
            }
            Ok(times)
        })
    });
    collect(tasks.collect(), begin, (way, meter)).await
}

type Times = tokio::task::JoinHandle<Result<Vec<Duration>>>;

async fn collect(tasks: Vec<Times>, begin: Instant, (way, meter): (&Way, Meter)) -> Result<Done> {
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await??);
    }
    let rate = times.len() as f64 / begin.elapsed().as_secs_f64();
    let cpu = meter.spent(way);
    times.sort_unstable();
    let at = |share: usize| times.get(times.len() * share / 100).map_or(0.0, |t| t.as_secs_f64());
    Ok(Done { times: times.len(), rate, p50: at(50) * 1e6, p99: at(99) * 1e6, cpu })
}

/// One object of so many bytes.
pub(crate) async fn transfer(way: &Way, method: &Method) -> Result<Done> {
    let length = way.mebibytes << 20;
    let mut sender = connect(way, LARGE_HOST).await?;
    let (meter, begin) = (Meter::start(way), Instant::now());
    let headers = [("x-amz-content-sha256", "UNSIGNED-PAYLOAD"), ("x-amz-date", DATE)];
    let path = format!("/{length}");
    let request = signed(method, "s3", LARGE_HOST, &path, &headers, "UNSIGNED-PAYLOAD");
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
    let took = begin.elapsed().as_secs_f64();
    let (rate, cpu) = (way.mebibytes as f64 / took, meter.spent(way));
    Ok(Done { times: 1, rate, p50: took * 1e6, p99: took * 1e6, cpu })
}

async fn connect(way: &Way, host: &'static str) -> Result<SendRequest<Body>> {
    let stream = match way.proxy {
        None => TcpStream::connect(("127.0.0.1", way.upstream.0)).await?,
        Some(Proxy { address, is_reverse: true, .. }) => TcpStream::connect(address).await?,
        Some(proxy) => {
            let mut stream = TcpStream::connect(proxy.address).await?;
            let authority = format!("{host}:443");
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
    let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

/// A `GetItem` of its own, from the building of its request to the reading of its answer.
async fn one_call(sender: &mut SendRequest<Body>, task: usize, number: usize) -> Result<Duration> {
    let started = Instant::now();
    sender.ready().await?;
    let body = serde_json::json!({
        "TableName": "bench-table",
        "Key": {
            "customer": {"S": format!("2d1c5f0e-6a55-4d0c-b1b6-{task:012}")},
            "order": {"N": number.to_string()},
        },
        "ConsistentRead": true,
        "ReturnConsumedCapacity": "NONE",
    });
    let body = serde_json::to_vec(&body)?;
    let headers = [
        ("content-type", "application/x-amz-json-1.0"),
        ("x-amz-date", DATE),
        ("x-amz-target", "DynamoDB_20120810.GetItem"),
    ];
    let hash = hex(digest::digest(&digest::SHA256, &body).as_ref());
    let request = signed(&Method::POST, "dynamodb", SMALL_HOST, "/", &headers, &hash)
        .header("amz-sdk-invocation-id", format!("e5d5cd9e-6a55-4d0c-b1b6-{number:012}"))
        .header("amz-sdk-request", "attempt=1; max=3")
        .header("Content-Length", body.len())
        .body(Full::new(Bytes::from(body)).boxed())?;
    let response = sender.send_request(request).await?;
    succeeded(&response)?;
    let answer = response.into_body().collect().await?.to_bytes();
    let answer: serde_json::Value = serde_json::from_slice(&answer)?;
    if answer["Item"]["order"]["N"] != number.to_string().as_str() {
        return Err("the answer is another request's".into());
    }
    Ok(started.elapsed())
}

/// A signed request. `headers` are those that are signed beside `host`, in the order of the alphabet; none
/// comes before it but `content-type`.
fn signed(
    method: &Method,
    service: &str,
    host: &str,
    path: &str,
    headers: &[(&str, &str)],
    hash: &str,
) -> hyper::http::request::Builder {
    let mut all = vec![("host", host)];
    all.extend(headers);
    all.sort_unstable();
    let lines: String = all.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let canonical = format!("{method}\n{path}\n\n{lines}\n{names}\n{hash}");
    let canonical = hex(digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref());
    let [day, region] = SCOPE;
    let scope = format!("{day}/{region}/{service}/aws4_request");
    let text = format!("AWS4-HMAC-SHA256\n{DATE}\n{scope}\n{canonical}");
    let mac = |key: &[u8], text: &str| {
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes())
    };
    let key = [region, service, "aws4_request"]
        .iter()
        .fold(mac(b"AWS4wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", day), |key, part| {
            mac(key.as_ref(), part)
        });
    let signature = hex(mac(key.as_ref(), &text).as_ref());
    let mut request = Request::builder().method(method).uri(path).header("host", host);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request
        .header("User-Agent", "aws-sdk-rust/1.3.8 ua/2.1 api/none os/linux lang/rust/1.88.0 m/E,b")
        .header(
            "Authorization",
            format!(
                "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/{scope}, \
                 SignedHeaders={names}, Signature={signature}"
            ),
        )
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn succeeded(response: &Response<Incoming>) -> Result<()> {
    if response.status() == 200 { Ok(()) } else { Err(response.status().to_string().into()) }
}

/// A body of `length` bytes.
pub(crate) fn zeroes(length: u64) -> Body {
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

pub(crate) fn client_config(root: &CertificateDer<'static>) -> Result<Arc<ClientConfig>> {
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
