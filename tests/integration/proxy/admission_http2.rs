//! Requests that whoever listens refuses, or admits when some of the body has come: over HTTP/2.

use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::Response;
use hyper::body::{Frame, Incoming};
use leastwise::capture::proxy::{Config, End};

use super::http2::*;
use super::support::*;

fn full(bytes: impl Into<Bytes>) -> BoxBody<Bytes, Infallible> {
    Full::new(bytes.into()).boxed()
}

/// Sends one request under a rule.
async fn ask(
    sender: &mut Sender,
    (method, port, rule): (&str, u16, &str),
    body: BoxBody<Bytes, Infallible>,
) -> Response<Incoming> {
    sender.ready().await.unwrap();
    let request = request(port, "/x").method(method).header("x-rule", rule).body(body).unwrap();
    tokio::time::timeout(PATIENCE, sender.send_request(request)).await.unwrap().unwrap()
}

async fn whole(response: Response<Incoming>) -> Bytes {
    response.into_body().collect().await.unwrap().to_bytes()
}

async fn is_refused(response: Response<Incoming>, body: &str) {
    assert_eq!(response.status(), 403);
    assert_eq!(response.headers()["x-amzn-requestid"], "r-1");
    assert_eq!(response.headers()["content-length"], "7");
    assert_eq!(whole(response).await, body.to_owned());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_decides_is_waited_for_and_other_streams_go_on() {
    let (port, reached) = counting_upstream_h2().await;
    let proxy = deciding(|_| {});
    let sender = client_h2(&proxy, port).await;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..24 {
        let mut sender = sender.clone();
        tasks.spawn(async move {
            let rules = ["refuse head", "refuse end", "grant head", "grant 5", "grant end"];
            let rule = rules[n % rules.len()];
            let text = if n % 2 == 0 { format!("number {n}") } else { String::new() };
            sender.ready().await.unwrap();
            let request = request(port, "/x").method("POST").header("x-rule", rule);
            let request = request.header("x-late", "2").body(full(text.clone())).unwrap();
            let response = sender.send_request(request);
            let response = tokio::time::timeout(PATIENCE, response).await.unwrap().unwrap();
            if rule.starts_with("refuse") {
                is_refused(response, "refused").await;
            } else {
                assert_eq!(response.status(), 200);
            }
            usize::from(rule.starts_with("grant"))
        });
    }
    let granted: usize = tasks.join_all().await.into_iter().sum();
    assert_eq!(reached.load(Ordering::SeqCst), granted);
    assert_eq!(proxy.failures(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_opens_no_stream_and_the_others_go_on() {
    let (port, reached) = counting_upstream_h2().await;
    let proxy = deciding(|_| {});
    let sender = client_h2(&proxy, port).await;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..60 {
        let mut sender = sender.clone();
        tasks.spawn(async move {
            let rules = ["refuse head", "refuse 5", "refuse end", "grant 5", "grant end"];
            let rule = rules[n % rules.len()];
            let text = if n % 2 == 0 { format!("number {n}") } else { String::new() };
            let response = ask(&mut sender, ("POST", port, rule), full(text.clone())).await;
            if rule.starts_with("refuse") {
                is_refused(response, "refused").await;
            } else {
                assert_eq!(response.status(), 200);
                assert_eq!(whole(response).await, text);
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    assert_eq!(reached.load(Ordering::SeqCst), 24);
    let seen = proxy.seen(60);
    let refused: Vec<_> = seen.iter().filter(|seen| seen.end == Some(End::Refused)).collect();
    assert_eq!(refused.len(), 36);
    assert!(refused.iter().all(|seen| seen.status.is_none()));
    assert_eq!(proxy.failures(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_larger_than_every_window_is_held_and_goes_on_as_it_was() {
    let (port, reached) = counting_upstream_h2().await;
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let on_disk = |config: &mut Config| {
        config.hold_in = vec![PathBuf::from("/nowhere"), directory.path().to_owned()];
    };
    let in_memory = |config: &mut Config| config.limits.held_in_memory = 64 << 20;
    let sent: Vec<u8> = (0..9_000_000_u32).map(|n| (n % 251) as u8).collect();
    for change in [&on_disk as &dyn Fn(&mut Config), &in_memory] {
        let proxy = deciding(change);
        let mut sender = client_h2(&proxy, port).await;
        for rule in ["grant 7000000", "grant end"] {
            let mut frames: Vec<_> = sent
                .chunks(100_001)
                .map(|piece| Ok(Frame::data(Bytes::copy_from_slice(piece))))
                .collect();
            let sum = [("x-sum".parse().unwrap(), "1".parse().unwrap())];
            frames.push(Ok(Frame::trailers(sum.into_iter().collect())));
            let mut frames = frames.into_iter();
            let body = StreamBody::new(futures_stream(move || frames.next()));
            let response = ask(&mut sender, ("PUT", port, rule), body.boxed()).await;
            let collected = response.into_body().collect().await.unwrap();
            assert_eq!(collected.trailers().unwrap()["x-sum"], "1");
            assert!(collected.to_bytes() == sent);
        }
        assert!(proxy.seen(2).iter().all(|seen| seen.request_ended && seen.request_body == sent));
    }
    assert_eq!(reached.load(Ordering::SeqCst), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_on_sending_gets_its_refusal_and_no_error() {
    let (port, reached) = counting_upstream_h2().await;
    let proxy = deciding(|_| {});
    let stream = tls_h2(&proxy, port).await.0;
    let (sender, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    for rule in ["refuse head", "refuse 100000"] {
        let mut sender = sender.clone().ready().await.unwrap();
        let put = request(port, "/").method("PUT").header("x-rule", rule).body(()).unwrap();
        let (response, mut body) = sender.send_request(put, false).unwrap();
        // All of it is taken, though nobody wants it.
        let mut left = 5 << 20;
        while left > 0 {
            body.reserve_capacity(left);
            let room = std::future::poll_fn(|cx| body.poll_capacity(cx));
            let room = tokio::time::timeout(PATIENCE, room).await.unwrap().unwrap().unwrap();
            let piece = room.min(left);
            left -= piece;
            body.send_data(Bytes::from(vec![7; piece]), left == 0).unwrap();
        }
        let response = tokio::time::timeout(PATIENCE, response).await.unwrap().unwrap();
        assert_eq!(response.status(), 403);
        let mut body = response.into_body();
        assert_eq!(body.data().await.unwrap().unwrap(), "refused");
        assert!(body.data().await.is_none());
    }
    assert_eq!(reached.load(Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn to_head_a_refusal_has_no_body() {
    let (port, reached) = counting_upstream_h2().await;
    let proxy = deciding(|_| {});
    let mut sender = client_h2(&proxy, port).await;
    for rule in ["refuse head", "refuse end"] {
        is_refused(ask(&mut sender, ("HEAD", port, rule), full("")).await, "").await;
    }
    assert_eq!(reached.load(Ordering::SeqCst), 0);
    is_refused(ask(&mut sender, ("HEAD", port, "replace"), full("")).await, "").await;
    assert_eq!(reached.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_replaced_at_its_head() {
    let (port, reached) = counting_upstream_h2().await;
    let proxy = deciding(|_| {});
    let mut sender = client_h2(&proxy, port).await;
    for _ in 0..3 {
        let secret = full(vec![7; 3_000_000]);
        is_refused(ask(&mut sender, ("GET", port, "replace"), secret).await, "refused").await;
    }
    let response = ask(&mut sender, ("GET", port, "grant head"), full("public")).await;
    assert_eq!(whole(response).await, "public");
    assert_eq!(reached.load(Ordering::SeqCst), 4);
    let seen = proxy.seen(4);
    assert!(seen[..3].iter().all(|it| it.end == Some(End::Refused) && it.response_body.is_empty()));
    assert!(seen.iter().all(|it| it.status == Some(200)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_waits_to_be_told_is_told_by_us_while_nothing_is_decided() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let acceptor = tokio_rustls::TlsAcceptor::from(pki().server("localhost", 30, &["h2"]));
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let stream = acceptor.accept(stream).await.unwrap();
        let mut connection = h2::server::handshake(stream).await.unwrap();
        while let Some(accepted) = connection.accept().await {
            let (mut request, mut respond) = accepted.unwrap();
            tokio::spawn(async move {
                let go_on = Response::builder().status(100).body(()).unwrap();
                respond.send_informational(go_on).unwrap();
                let hints = Response::builder().status(103).body(()).unwrap();
                respond.send_informational(hints).unwrap();
                let body = request.body_mut().data().await.unwrap().unwrap();
                assert_eq!(&body[..], b"hello");
                respond.send_response(Response::new(()), true).unwrap();
            });
        }
    });
    let proxy = deciding(|_| {});
    let stream = tls_h2(&proxy, port).await.0;
    let (sender, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    for (rule, interim, status) in [
        ("grant 5", &[100, 103][..], 200),
        ("grant end", &[100, 103], 200),
        ("refuse 5", &[100], 403),
        ("refuse head", &[], 403),
    ] {
        let mut sender = sender.clone().ready().await.unwrap();
        let expecting = request(port, "/").header("expect", "100-continue").header("x-rule", rule);
        let (mut response, mut body) =
            sender.send_request(expecting.body(()).unwrap(), false).unwrap();
        for (n, expected) in interim.iter().enumerate() {
            let next = std::future::poll_fn(|cx| response.poll_informational(cx));
            let next = tokio::time::timeout(PATIENCE, next).await.unwrap().unwrap().unwrap();
            assert_eq!(next.status(), *expected, "{rule}");
            if n == 0 {
                body.send_data(Bytes::from_static(b"hello"), true).unwrap();
            }
        }
        let response = tokio::time::timeout(PATIENCE, response).await.unwrap().unwrap();
        assert_eq!(response.status(), status, "{rule}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_held_is_refused_and_who_goes_or_stalls_reaches_nobody() {
    let (port, reached) = counting_upstream_h2().await;
    let small = |config: &mut Config| {
        config.limits.stall = Duration::from_millis(400);
        config.limits.held_at_most = 1 << 20;
        config.limits.held_in_memory = 2 << 20;
        config.hold_in = vec![PathBuf::from("/nowhere")];
    };
    let proxy = deciding(small);
    let (mut sender, socket) = client_and_socket(&proxy, port).await;
    let response = ask(&mut sender, ("PUT", port, "grant end"), full(vec![7; 3 << 20])).await;
    assert_eq!(response.status(), 413);
    let said = whole(response).await;
    assert!(String::from_utf8_lossy(&said).contains("more than 1 MiB"), "{said:?}");
    let response = ask(&mut sender, ("PUT", port, "never"), full("x")).await;
    assert_eq!(response.status(), 403);
    // It stalls.
    let pending = || {
        let (say, said) = tokio::sync::mpsc::channel::<Bytes>(1);
        let said = std::sync::Arc::new(tokio::sync::Mutex::new(said));
        (say, StreamBody::new(Channel { said }).boxed())
    };
    let (_say, body) = pending();
    assert_eq!(ask(&mut sender, ("PUT", port, "grant end"), body).await.status(), 408);
    // It goes.
    let (say, body) = pending();
    say.send(Bytes::from_static(b"hello")).await.unwrap();
    let request = request(port, "/").header("x-rule", "grant end").body(body).unwrap();
    let gone = tokio::spawn(async move { sender.send_request(request).await });
    tokio::task::block_in_place(|| proxy.until(|seen| seen.request_body == b"hello"));
    socket.shutdown(std::net::Shutdown::Both).unwrap();
    assert!(gone.await.unwrap().is_err());
    let ends: Vec<_> = proxy.seen(4).iter().map(|seen| seen.end.unwrap()).collect();
    assert_eq!(ends, [End::Refused, End::Refused, End::ClientAborted, End::ClientAborted]);
    // No disk.
    let proxy = deciding(|config| {
        small(config);
        config.limits.held_in_memory = 1_000;
    });
    let mut sender = client_h2(&proxy, port).await;
    let response = ask(&mut sender, ("PUT", port, "grant end"), full(vec![7; 10_000])).await;
    assert_eq!(response.status(), 507);
    assert!(proxy.failure().contains("/nowhere"));
    assert_eq!(reached.load(Ordering::SeqCst), 0);
}
