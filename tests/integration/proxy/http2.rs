//! HTTP/2 on both sides, against hyper's client and server.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use leastwise::capture::proxy::End;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::support::*;

pub(super) type Sender = hyper::client::conn::http2::SendRequest<
    http_body_util::combinators::BoxBody<Bytes, Infallible>,
>;

/// An upstream that echoes body and trailers, and says in a field what it was asked.
async fn echo(request: Request<Incoming>) -> Result<Response<Incoming>, Infallible> {
    let asked = request
        .headers()
        .iter()
        .map(|(name, value)| format!("{name}={}", value.to_str().unwrap()))
        .collect::<Vec<_>>()
        .join(";");
    let uri = request.uri().to_string();
    let status = if uri.ends_with("/teapot") { 418 } else { 200 };
    Ok(Response::builder()
        .status(status)
        .header("x-uri", uri)
        .header("x-asked", asked)
        .body(request.into_body())
        .unwrap())
}

/// Serves HTTP/2 (and nothing else) for `localhost`.
pub(super) async fn upstream_h2() -> u16 {
    counting_upstream_h2().await.0
}

/// The same, and how many streams have reached it.
pub(super) async fn counting_upstream_h2() -> (u16, Arc<AtomicUsize>) {
    let reached = Arc::new(AtomicUsize::new(0));
    let counting = reached.clone();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let acceptor = TlsAcceptor::from(pki().server("localhost", 30, &["h2"]));
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (acceptor, counting) = (acceptor.clone(), counting.clone());
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let service = service_fn(|request| {
                    counting.fetch_add(1, Ordering::SeqCst);
                    echo(request)
                });
                let _ = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    });
    (port, reached)
}

pub(super) async fn client_h2(proxy: &Proxy, port: u16) -> Sender {
    client_and_socket(proxy, port).await.0
}

pub(super) type Tls = tokio_rustls::client::TlsStream<tokio::net::TcpStream>;

pub(super) async fn client_and_socket(proxy: &Proxy, port: u16) -> (Sender, std::net::TcpStream) {
    let (stream, socket) = tls_h2(proxy, port).await;
    let (sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
    tokio::spawn(connection);
    (sender, socket)
}

pub(super) async fn tls_h2(proxy: &Proxy, port: u16) -> (Tls, std::net::TcpStream) {
    let stream = std::net::TcpStream::connect(proxy.address()).unwrap();
    stream.set_nonblocking(true).unwrap();
    let socket = stream.try_clone().unwrap();
    let mut stream = tokio::net::TcpStream::from_std(stream).unwrap();
    let connect = format!("CONNECT localhost:{port} HTTP/1.1\r\nHost: x\r\n\r\n");
    stream.write_all(connect.as_bytes()).await.unwrap();
    let mut answer = [0; 39];
    stream.read_exact(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200 ") && answer.ends_with(b"\r\n\r\n"));
    let config = client_config(proxy.authority.certificate(), &["h2", "http/1.1"]);
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TlsConnector::from(config).connect(name, stream).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    (stream, socket)
}

pub(super) fn request(port: u16, path: &str) -> hyper::http::request::Builder {
    Request::builder().method("POST").uri(format!("https://localhost:{port}{path}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_and_trailers_pass_stream_for_stream() {
    let port = upstream_h2().await;
    let proxy = proxy();
    let mut sender = client_h2(&proxy, port).await;
    let frames = [
        Ok(Frame::data(Bytes::from_static(b"hello "))),
        Ok(Frame::data(Bytes::from(vec![b'x'; 3_000_000]))),
        Ok(Frame::trailers(
            [("x-sum".parse().unwrap(), "1".parse().unwrap())].into_iter().collect(),
        )),
    ];
    let mut stream = frames.into_iter();
    let body = StreamBody::new(futures_stream(move || stream.next()));
    let request = request(port, "/a%2Fb//c?x=%20")
        .header("x-b", "1")
        .header("x-a", "2")
        .header("x-b", "3")
        .body(body.boxed())
        .unwrap();
    let response = sender.send_request(request).await.unwrap();
    assert_eq!(response.status(), 200);
    let uri = response.headers()["x-uri"].to_str().unwrap();
    assert_eq!(uri, format!("https://localhost:{port}/a%2Fb//c?x=%20"));
    assert_eq!(response.headers()["x-asked"], "x-b=1;x-b=3;x-a=2");
    let collected = response.into_body().collect().await.unwrap();
    assert_eq!(collected.trailers().unwrap()["x-sum"], "1");
    assert_eq!(collected.to_bytes().len(), 3_000_006);

    let seen = &proxy.seen(1)[0];
    assert_eq!(seen.target, "/a%2Fb//c?x=%20");
    assert_eq!((seen.host.as_str(), seen.port), ("localhost", port));
    assert_eq!(seen.request_body.len(), 3_000_006);
    assert_eq!(seen.response_body.len(), 3_000_006);
    assert!(seen.request_ended);
    assert_eq!((seen.status, seen.end), (Some(200), Some(End::Complete)));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_streams_share_a_connection() {
    let port = upstream_h2().await;
    let proxy = proxy();
    let sender = client_h2(&proxy, port).await;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..300 {
        let mut sender = sender.clone();
        tasks.spawn(async move {
            let body = Full::new(Bytes::from(n.to_string())).boxed();
            let path = if n % 3 == 0 { "/teapot" } else { "/" };
            sender.ready().await.unwrap();
            let response =
                sender.send_request(request(port, path).body(body).unwrap()).await.unwrap();
            assert_eq!(response.status(), if n % 3 == 0 { 418 } else { 200 });
            let body = response.into_body().collect().await.unwrap().to_bytes();
            assert_eq!(body, n.to_string());
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    assert_eq!(proxy.seen(300).len(), 300);
}

#[tokio::test(flavor = "multi_thread")]
async fn both_ways_at_once_like_an_event_stream() {
    let port = upstream_h2().await;
    let proxy = proxy();
    let mut sender = client_h2(&proxy, port).await;
    let (say, said) = tokio::sync::mpsc::channel::<Bytes>(1);
    let said = Arc::new(tokio::sync::Mutex::new(said));
    let body = StreamBody::new(Channel { said });
    let mut response =
        sender.send_request(request(port, "/").body(body.boxed()).unwrap()).await.unwrap();
    for n in 0..5 {
        say.send(Bytes::from(format!("event {n}"))).await.unwrap();
        let frame = response.body_mut().frame().await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), format!("event {n}"));
    }
    drop(say);
    while let Some(frame) = response.body_mut().frame().await {
        assert!(frame.unwrap().into_data().unwrap().is_empty());
    }
    assert_eq!(proxy.seen(1)[0].end, Some(End::Complete));
}

/// Whoever answers has a certificate of the tunnel's host; only below it another is believed.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_for_the_host_that_was_verified() {
    let port = upstream_h2().await;
    let proxy = proxy();
    let mut sender = client_h2(&proxy, port).await;
    let said = ["iam.amazonaws.com", "notlocalhost", "bucket.localhost"];
    for host in said {
        let request = Request::builder().method("POST").uri(format!("https://{host}/"));
        let body = http_body_util::Empty::new().boxed();
        let response = sender.send_request(request.body(body).unwrap()).await.unwrap();
        assert_eq!(response.status(), 200);
        response.into_body().collect().await.unwrap();
    }
    let seen: Vec<_> = proxy.seen(said.len()).iter().map(|it| it.host.clone()).collect();
    assert_eq!(seen, ["localhost", "localhost", "bucket.localhost"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_away_cancels_the_upstream() {
    let port = upstream_h2().await;
    let proxy = proxy();
    let (mut sender, socket) = client_and_socket(&proxy, port).await;
    let (_say, said) = tokio::sync::mpsc::channel::<Bytes>(1);
    let body = StreamBody::new(Channel { said: Arc::new(tokio::sync::Mutex::new(said)) });
    let response =
        sender.send_request(request(port, "/").body(body.boxed()).unwrap()).await.unwrap();
    assert_eq!(response.status(), 200);
    socket.shutdown(std::net::Shutdown::Both).unwrap();
    assert_eq!(proxy.seen(1)[0].end, Some(End::ClientAborted));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_offers_both_gets_what_the_upstream_chose() {
    let port = upstream(|wire| answer_all(wire, "one"));
    let proxy = proxy();
    for _ in 0..3 {
        let mut client =
            proxy.tls_to(&format!("localhost:{port}"), "localhost", &["h2", "http/1.1"]);
        send(&mut client, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        assert_eq!(read_response(&mut client).1, "one");
        assert_eq!(client.conn.alpn_protocol(), Some(&b"http/1.1"[..]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn interim_responses_pass() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let acceptor = TlsAcceptor::from(pki().server("localhost", 30, &["h2"]));
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let stream = acceptor.accept(stream).await.unwrap();
        let mut connection = h2::server::handshake(stream).await.unwrap();
        while let Some(accepted) = connection.accept().await {
            let (mut request, mut respond) = accepted.unwrap();
            tokio::spawn(async move {
                let hints =
                    Response::builder().status(103).header("link", "</a>").body(()).unwrap();
                respond.send_informational(hints).unwrap();
                let go_on = Response::builder().status(100).body(()).unwrap();
                respond.send_informational(go_on).unwrap();
                // The client waits for that with its body.
                let body = request.body_mut().data().await.unwrap().unwrap();
                assert_eq!(&body[..], b"hello");
                respond.send_response(Response::new(()), true).unwrap();
            });
        }
    });
    let proxy = proxy();
    let stream = tls_h2(&proxy, port).await.0;
    let (mut sender, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    let expecting = request(port, "/").header("expect", "100-continue").body(()).unwrap();
    let (mut response, mut body) = sender.send_request(expecting, false).unwrap();
    let mut interim = Vec::new();
    while interim.len() < 2 {
        let next = std::future::poll_fn(|cx| response.poll_informational(cx));
        let next = tokio::time::timeout(PATIENCE, next).await.unwrap().unwrap().unwrap();
        interim.push((next.status().as_u16(), next.headers().get("link").cloned()));
    }
    assert_eq!(interim, [(103, Some("</a>".parse().unwrap())), (100, None)]);
    body.send_data(Bytes::from_static(b"hello"), true).unwrap();
    assert_eq!(response.await.unwrap().status(), 200);
    let seen = &proxy.seen(1)[0];
    assert_eq!((seen.status, seen.request_body.as_slice()), (Some(200), &b"hello"[..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_goes_nowhere_is_seen() {
    // It speaks HTTP/2 once, and then nobody listens there any more.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let acceptor = TlsAcceptor::from(pki().server("localhost", 30, &["h2"]));
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        drop(listener);
        let mut connection =
            h2::server::handshake(acceptor.accept(stream).await.unwrap()).await.unwrap();
        let (_, mut respond) = connection.accept().await.unwrap().unwrap();
        respond.send_response(Response::new(()), true).unwrap();
        connection.graceful_shutdown();
        while connection.accept().await.is_some() {}
    });
    let proxy = proxy();
    let mut sender = client_h2(&proxy, port).await;
    let body = || Full::new(Bytes::from_static(b"hello")).boxed();
    let response = sender.send_request(request(port, "/").body(body()).unwrap()).await.unwrap();
    assert_eq!(response.status(), 200);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let response = sender.send_request(request(port, "/").body(body()).unwrap()).await.unwrap();
    assert_eq!(response.status(), 502);
    let seen = &proxy.seen(2)[1];
    assert_eq!((seen.request_body.as_slice(), seen.request_ended), (&b"hello"[..], true));
    assert_eq!(seen.end, Some(End::UpstreamFailed));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_that_is_gone_is_a_502_and_dialled_again() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let acceptor = TlsAcceptor::from(pki().server("localhost", 30, &["h2"]));
    tokio::spawn(async move {
        for n in 0.. {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(stream) = acceptor.accept(stream).await else { continue };
            if n == 0 {
                // The first connection breaks while a request waits.
                tokio::time::sleep(Duration::from_millis(300)).await;
                continue;
            }
            tokio::spawn(async move {
                let _ = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                    .serve_connection(TokioIo::new(stream), service_fn(echo))
                    .await;
            });
        }
    });
    let proxy = proxy();
    let mut sender = client_h2(&proxy, port).await;
    let empty = || Full::new(Bytes::new()).boxed();
    let response = sender.send_request(request(port, "/").body(empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), 502);
    assert_eq!(response.headers()["server"], "leastwise");
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert!(String::from_utf8_lossy(&body).contains("broke off before it answered"), "{body:?}");
    let response = sender.send_request(request(port, "/").body(empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(proxy.failure().contains("broke off"));
}

/// A stream out of a closure.
pub(super) fn futures_stream<T: Unpin>(
    next: impl FnMut() -> Option<T> + Unpin,
) -> impl futures_core::Stream<Item = T> + Unpin {
    struct FromFn<F>(F);
    impl<T, F: FnMut() -> Option<T> + Unpin> futures_core::Stream for FromFn<F> {
        type Item = T;
        fn poll_next(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<T>> {
            std::task::Poll::Ready((self.0)())
        }
    }
    FromFn(next)
}

/// Frames out of a channel.
pub(super) struct Channel {
    pub(super) said: Arc<tokio::sync::Mutex<tokio::sync::mpsc::Receiver<Bytes>>>,
}

impl futures_core::Stream for Channel {
    type Item = Result<Frame<Bytes>, Infallible>;

    fn poll_next(
        self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        let mut said = self.said.try_lock().unwrap();
        said.poll_recv(cx).map(|chunk| chunk.map(|chunk| Ok(Frame::data(chunk))))
    }
}
