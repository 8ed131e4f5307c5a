//! Clients and upstreams that are slow, broken or hostile: each ends in the right status or close,
//! and the others go on.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::time::{Duration, Instant};

use leastwise::capture::proxy::End;

use super::support::*;

#[test]
fn forms_of_request_smuggling_are_refused_and_nothing_of_them_goes_on() {
    let cases: &[(&str, u16)] = &[
        ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        ("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400),
        ("Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", 400),
        ("Content-Length: 5,5\r\n\r\nhello", 400),
        ("Content-Length: +5\r\n\r\nhello", 400),
        ("Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501),
        ("Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 501),
        ("Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400),
        ("Transfer-Encoding: chunked\r\n\r\nZ\r\nhello\r\n0\r\n\r\n", 400),
        ("Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n", 400),
        ("Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n", 400),
        ("Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhello\r\n", 400),
        ("Transfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n", 400),
        ("X: a\r\n b\r\n\r\n", 400),
        ("X: a\r\n\tTransfer-Encoding: chunked\r\n\r\n", 400),
        ("X: a\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ("X: a\rY: b\r\n\r\n", 400),
        ("X: \0\r\n\r\n", 400),
        ("Host: other\r\n\r\n", 400),
    ];
    let port = upstream(|wire| {
        // Only what is whole and valid may get here.
        while let Some(head) = try_read_head(wire) {
            assert!(head.starts_with("GET /fine ") || head.contains("chunked"), "{head}");
            if head.starts_with("GET /fine ") {
                send(wire, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            }
        }
    });
    let proxy = proxy();
    let mut other = proxy.tls(port);
    for (fields, status) in cases {
        let mut client = proxy.tls(port);
        send(&mut client, format!("POST /bad HTTP/1.1\r\nHost: h\r\n{fields}"));
        let (head, body) = read_response(&mut client);
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{fields:?}: {head}");
        assert!(body.ends_with(".\n"), "{body:?}");
        assert!(is_closed(&mut client), "{fields:?}");
        send(&mut other, "GET /fine HTTP/1.1\r\nHost: h\r\n\r\n");
        assert!(read_head(&mut other).starts_with("HTTP/1.1 200 "));
    }
}

#[test]
fn responses_that_could_be_read_in_two_ways_are_refused() {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        "HTTP/1.1 OK\r\n\r\n",
        "\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "nonsense\r\n\r\n",
        "HTTP/1.1 101 Switching\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5",
        "",
    ] {
        let port = upstream(move |wire| {
            read_head(wire);
            send(wire, answer);
        });
        let proxy = proxy();
        let mut client = proxy.tls(port);
        send(&mut client, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
        let (head, body) = read_response(&mut client);
        assert!(head.starts_with("HTTP/1.1 502 "), "{answer:?}: {head}");
        assert!(body.starts_with("Localhost:") || body.contains("localhost:"), "{body}");
        assert_eq!(proxy.seen(1)[0].end, Some(End::UpstreamFailed));
        assert_eq!(proxy.failures().len(), 1);
    }
}

#[test]
fn header_bombs_are_431() {
    let port = upstream(|wire| answer_all(wire, "x"));
    let proxy = proxy();
    let one_long = format!("X: {}\r\n", "a".repeat(70_000));
    let many = "A: b\r\n".repeat(300);
    let endless = "a".repeat(200_000);
    for fields in [one_long, many, endless] {
        let mut client = proxy.tls(port);
        let _ = client.write_all(format!("GET / HTTP/1.1\r\nHost: h\r\n{fields}\r\n").as_bytes());
        let _ = client.flush();
        let head = read_head(&mut client);
        assert!(head.starts_with("HTTP/1.1 431 "), "{head}");
    }
    // And large ones that are allowed go through.
    let mut client = proxy.tls(port);
    send(&mut client, format!("GET / HTTP/1.1\r\nHost: h\r\nX: {}\r\n\r\n", "a".repeat(60_000)));
    assert_eq!(read_response(&mut client).1, "x");
}

#[test]
fn a_slow_head_is_408_and_a_silent_client_is_let_go() {
    let port = upstream(|wire| answer_all(wire, "x"));
    let proxy = proxy_with(|config| config.limits.idle = Duration::from_millis(600));
    let mut client = proxy.tls(port);
    let begin = Instant::now();
    send(&mut client, "GET / HT");
    for _ in 0..3 {
        std::thread::sleep(Duration::from_millis(150));
        let _ = client.write_all(b"T").and_then(|()| client.flush());
    }
    let head = read_head(&mut client);
    assert!(head.starts_with("HTTP/1.1 408 "), "{head}");
    assert!(begin.elapsed() < Duration::from_secs(3));

    let mut silent = proxy.tls(port);
    send(&mut silent, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    read_response(&mut silent);
    let begin = Instant::now();
    assert!(is_closed(&mut silent));
    assert!(begin.elapsed() > Duration::from_millis(400));
    let mut plain = proxy.dial();
    assert!(is_closed(&mut plain));
}

#[test]
fn a_client_that_stops_in_the_middle_of_a_body_ends_the_upstreams_request() {
    let (sender, ended) = std::sync::mpsc::channel();
    let sender = std::sync::Mutex::new(sender);
    let port = upstream(move |wire| {
        read_head(wire);
        read_exactly(wire, 5);
        sender.lock().unwrap().send(is_closed(wire)).unwrap();
    });
    let proxy = proxy();
    let mut client = proxy.tls(port);
    send(&mut client, "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhello");
    std::thread::sleep(Duration::from_millis(100));
    drop(client);
    assert!(next(&ended));
    let seen = &proxy.seen(1)[0];
    assert_eq!((seen.end, seen.request_ended), (Some(End::ClientAborted), false));
}

#[test]
fn a_client_that_goes_while_it_waits_is_noticed() {
    let (sender, ended) = std::sync::mpsc::channel();
    let sender = std::sync::Mutex::new(sender);
    let port = upstream(move |wire| {
        read_head(wire);
        sender.lock().unwrap().send(is_closed(wire)).unwrap();
    });
    let proxy = proxy_with(|config| config.limits.half_closed = Duration::from_millis(300));
    let mut client = proxy.tls(port);
    send(&mut client, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
    std::thread::sleep(Duration::from_millis(100));
    drop(client);
    assert!(next(&ended));
    assert_eq!(proxy.seen(1)[0].end, Some(End::ClientAborted));
}

#[test]
fn a_client_that_has_closed_its_sending_side_gets_its_answer() {
    let port = upstream(|wire| {
        read_head(wire);
        std::thread::sleep(Duration::from_millis(200));
        send(wire, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
    let proxy = proxy();
    let mut client = proxy.tls(port);
    send(&mut client, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    client.conn.send_close_notify();
    client.flush().unwrap();
    client.sock.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_response(&mut client).1, "ok");
    assert!(is_closed(&mut client));
}

#[test]
fn an_upstream_that_resets_is_a_502_or_a_cut_response() {
    let reset = |wire: &mut dyn Wire| {
        let socket = socket2::SockRef::from(wire.socket());
        socket.set_linger(Some(Duration::ZERO)).unwrap();
    };
    let port = upstream(move |wire| {
        read_head(wire);
        reset(wire);
    });
    let proxy = proxy();
    let mut client = proxy.tls(port);
    send(&mut client, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
    assert!(read_head(&mut client).starts_with("HTTP/1.1 502 "));

    let port = upstream(move |wire| {
        read_head(wire);
        send(wire, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
        std::thread::sleep(Duration::from_millis(100));
        reset(wire);
    });
    let mut client = proxy.tls(port);
    send(&mut client, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    read_head(&mut client);
    let mut body = Vec::new();
    let cut = client.read_to_end(&mut body);
    assert!(cut.is_err(), "a response that is cut must not look whole");
    assert_eq!(body, b"hello");
    let seen = proxy.seen(2);
    assert_eq!(seen[1].end, Some(End::UpstreamFailed));
    assert_eq!(proxy.failures().len(), 2);
}

#[test]
fn an_upstream_that_says_nothing_is_504() {
    let port = upstream(|wire| {
        read_head(wire);
        std::thread::sleep(Duration::from_secs(2));
    });
    let proxy = proxy_with(|config| config.limits.response = Duration::from_millis(300));
    let mut client = proxy.tls(port);
    send(&mut client, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    let (head, body) = read_response(&mut client);
    assert!(head.starts_with("HTTP/1.1 504 "), "{head}");
    assert!(body.contains("did not answer within"), "{body}");
}

#[test]
fn bodies_that_stand_still_are_let_go() {
    let port = upstream(|wire| {
        read_head(wire);
        send(wire, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
        std::thread::sleep(Duration::from_secs(3));
    });
    let proxy = proxy_with(|config| config.limits.stall = Duration::from_millis(300));
    let mut client = proxy.tls(port);
    send(&mut client, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    read_head(&mut client);
    let begin = Instant::now();
    let mut body = Vec::new();
    assert!(client.read_to_end(&mut body).is_err());
    assert!(begin.elapsed() < Duration::from_secs(2));

    let port = upstream(|wire| {
        let _ = wire.read(&mut [0; 1000]);
        std::thread::sleep(Duration::from_secs(3));
    });
    let mut client = proxy.tls(port);
    send(&mut client, "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhello");
    assert!(read_head(&mut client).starts_with("HTTP/1.1 504 "));
}

#[test]
fn the_proxys_own_port_explains_itself() {
    let proxy = proxy();
    for request in
        ["GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "GET /favicon.ico HTTP/1.0\r\n\r\n"]
    {
        let mut client = proxy.dial();
        send(&mut client, request);
        let (head, body) = read_response(&mut client);
        assert!(head.starts_with("HTTP/1.1 400 "), "{head}");
        assert!(body.contains("Leastwise's proxy") && body.contains("HTTPS_PROXY"), "{body}");
    }
    for (request, status) in [
        ("CONNECT localhost HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("CONNECT /x HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET ftp://a/ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET http:///x HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET http://u:p@a/x HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        ("\x16\x03\x01\x02\x00\x01\x00\x01\x7c\x03\x03", 400),
    ] {
        let mut client = proxy.dial();
        send(&mut client, request);
        let (head, _) = read_response(&mut client);
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{request:?}: {head}");
        assert!(is_closed(&mut client));
    }
    // Asking the proxy for itself does not go round in circles.
    let own = proxy.address();
    let refusal = proxy.connect(&own.to_string()).unwrap_err();
    assert!(refusal.contains("Leastwise's own address"), "{refusal}");
}

#[test]
fn stopping_waits_for_what_is_at_hand() {
    let port = upstream(|wire| {
        read_head(wire);
        std::thread::sleep(Duration::from_millis(300));
        send(wire, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
    let proxy = proxy();
    let mut client = proxy.tls(port);
    send(&mut client, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    std::thread::sleep(Duration::from_millis(100));
    let address = proxy.address();
    let recorder = proxy.recorder.clone();
    let begin = Instant::now();
    proxy.running.stop(Duration::from_secs(5));
    assert!(begin.elapsed() < Duration::from_secs(2));
    assert_eq!(read_response(&mut client).1, "ok");
    assert!(std::net::TcpStream::connect(address).is_err());
    assert_eq!(recorder.seen.lock().unwrap()[0].end, Some(End::Complete));
}
