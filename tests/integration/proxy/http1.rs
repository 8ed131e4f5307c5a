//! What a client sends over HTTP/1.1 is what the upstream receives.

use std::io::{Read as _, Write as _};
use std::sync::Mutex;
use std::sync::mpsc::{channel, sync_channel};
use std::time::{Duration, Instant};

use leastwise::capture::proxy::End;

use super::support::*;

/// An upstream that records a request to its end (`until`), then answers.
fn recording_upstream(
    until: &'static [u8],
    answer: &'static [u8],
) -> (u16, std::sync::mpsc::Receiver<Vec<u8>>) {
    let (sender, receiver) = channel();
    let sender = Mutex::new(sender);
    let port = upstream(move |wire| {
        let mut bytes = Vec::new();
        let mut piece = [0; 1000];
        while !bytes.ends_with(until) {
            match wire.read(&mut piece) {
                Ok(n) if n > 0 => bytes.extend_from_slice(&piece[..n]),
                _ => return,
            }
        }
        send(wire, answer);
        sender.lock().unwrap().send(bytes).unwrap();
    });
    (port, receiver)
}

#[test]
fn the_bytes_of_a_request_and_a_response_pass_as_they_are() {
    let answer = b"HTTP/1.1 299 Quite  Fine\r\nserver: X\r\nx-AMZ-request-ID:  1 \r\nB: 1\r\nA: 2\r\nB: 3\r\n\
        Content-Length: 2\r\n\r\nok";
    let (port, received) = recording_upstream(b"hello", answer);
    let request = format!(
        "PUT /a%2Fb//../%20c?x=1&X=%7e&empty&last= HTTP/1.1\r\nhOsT: localhost:{port}\r\nX-Amz-Date:  20250101T000000Z\r\n\
         X-B: 1\r\nx-a: 2\r\nX-B: 3\r\nauthorization: AWS4-HMAC-SHA256 Credential=x, Signature=y\r\n\
         Content-Length: 5\r\nUser-Agent: aws-cli/2\r\nAccept-Encoding: identity\r\n\r\nhello"
    );
    let proxy = proxy();
    let mut client = proxy.tls(port);
    send(&mut client, &request);
    assert_eq!(String::from_utf8(next(&received)).unwrap(), request);
    let answered = read_exactly(&mut client, answer.len());
    assert_eq!(String::from_utf8(answered).unwrap(), std::str::from_utf8(answer).unwrap());

    let seen = &proxy.seen(1)[0];
    assert_eq!((seen.method.as_str(), seen.host.as_str(), seen.port), ("PUT", "localhost", port));
    assert_eq!(seen.target, "/a%2Fb//../%20c?x=1&X=%7e&empty&last=");
    assert_eq!(seen.headers[0], ("hOsT".to_owned(), format!("localhost:{port}")));
    assert_eq!(seen.headers[4], ("X-B".to_owned(), "3".to_owned()));
    assert_eq!((seen.request_body.as_slice(), seen.status), (&b"hello"[..], Some(299)));
    assert!(seen.request_ended);
    assert_eq!((seen.response_body.as_slice(), seen.end), (&b"ok"[..], Some(End::Complete)));
    assert_eq!(proxy.failures(), Vec::<String>::new());
}

#[test]
fn chunks_extensions_and_trailers_pass_as_they_are() {
    let answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nTrailer: X-T\r\n\r\n3;q=\"x\"\r\nabc\r\n0\r\nX-T: 1\r\n\r\n";
    let (port, received) = recording_upstream(b"x-amz-checksum: b\r\n\r\n", answer);
    let request = "PUT /k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTE: trailers\r\n\
        Trailer: x-amz-checksum\r\n\r\n005\r\nhello\r\n6;ext=1\r\n world\r\n0\r\nx-amz-checksum: b\r\n\r\n";
    let proxy = proxy();
    let mut client = proxy.tls(port);
    // In two pieces, the second one small.
    send(&mut client, &request[..request.len() - 30]);
    std::thread::sleep(Duration::from_millis(30));
    send(&mut client, &request[request.len() - 30..]);
    assert_eq!(String::from_utf8(next(&received)).unwrap(), request);
    assert_eq!(read_exactly(&mut client, answer.len()), answer);
    let seen = &proxy.seen(1)[0];
    assert_eq!(seen.request_body, b"hello world");
    assert_eq!(seen.response_body, b"abc");
}

#[test]
fn a_connection_serves_many_requests_and_the_upstreams_is_kept() {
    let (opened, connections) = channel();
    let opened = Mutex::new(opened);
    let port = upstream(move |wire| {
        opened.lock().unwrap().send(()).unwrap();
        answer_all(wire, "yes");
    });
    let proxy = proxy();
    for _ in 0..3 {
        let mut client = proxy.tls(port);
        for _ in 0..5 {
            send(&mut client, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assert_eq!(read_response(&mut client).1, "yes");
        }
    }
    // Two requests at once in one write are answered in order.
    let mut client = proxy.tls(port);
    send(&mut client, "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
    read_response(&mut client);
    read_response(&mut client);
    assert_eq!(proxy.seen(17).iter().filter(|seen| seen.end == Some(End::Complete)).count(), 17);
    assert_eq!(connections.try_iter().count(), 1);
}

#[test]
fn a_kept_connection_that_the_upstream_closed_is_not_noticed_by_the_client() {
    let port = upstream(|wire| {
        read_head(wire);
        send(wire, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
    let proxy = proxy();
    let mut client = proxy.tls(port);
    for _ in 0..5 {
        send(&mut client, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert_eq!(read_response(&mut client).1, "ok");
    }
}

#[test]
fn a_kept_connection_that_was_closed_while_it_waited_is_not_used_whatever_the_method() {
    let port = upstream(|wire| {
        let head = read_head(wire);
        read_exactly(wire, field(&head, "content-length").map_or(0, |n| n.parse().unwrap()));
        send(wire, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
    let proxy = proxy();
    let mut client = proxy.tls(port);
    for _ in 0..3 {
        send(&mut client, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
        assert_eq!(read_response(&mut client).1, "ok");
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(proxy.failures(), Vec::<String>::new());
}

/// RFC 9110, 9.2.2: the upstream may have acted upon a request although it closed without an answer.
#[test]
fn a_request_that_a_kept_connection_swallowed_is_repeated_only_if_that_is_harmless() {
    let cases = [
        ("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n", "", 2),
        ("PUT /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello", "", 2),
        // The rest of the body has not been read when the upstream closes.
        ("PUT /3 HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhello", "world", 2),
        (
            "PUT /4 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe",
            "llo\r\n0\r\n\r\n",
            2,
        ),
        ("POST /5 HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello", "", 1),
        ("PATCH /6 HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", "", 1),
    ];
    let (sender, receiver) = channel();
    let sender = Mutex::new(sender);
    let port = upstream(move |wire| {
        for n in 0.. {
            let Some(head) = try_read_head(wire) else { return };
            let line = head.lines().next().unwrap().to_owned();
            sender.lock().unwrap().send(line.clone()).unwrap();
            // The second request on a connection is swallowed.
            if n == 1 {
                return;
            }
            if head.contains("chunked") {
                read_exactly(wire, "5\r\nhello\r\n0\r\n\r\n".len());
            } else {
                read_exactly(
                    wire,
                    field(&head, "content-length").map_or(0, |n| n.parse().unwrap()),
                );
            }
            send(wire, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }
    });
    for (request, rest, times) in cases {
        let proxy = proxy();
        let mut client = proxy.tls(port);
        send(&mut client, "GET /first HTTP/1.1\r\nHost: h\r\n\r\n");
        assert_eq!(read_response(&mut client).1, "ok");
        assert_eq!(next(&receiver), "GET /first HTTP/1.1");
        send(&mut client, request);
        let line = request.lines().next().unwrap();
        for _ in 0..times {
            assert_eq!(next(&receiver), line);
        }
        send(&mut client, rest);
        let (head, body) = read_response(&mut client);
        assert_eq!(body.contains("does not repeat it"), times == 1, "{body}");
        let status = if times == 2 { "HTTP/1.1 200 " } else { "HTTP/1.1 502 " };
        assert!(head.starts_with(status), "{request:?}: {head}");
        assert!(receiver.try_recv().is_err(), "{request:?} came once more");
        let seen = &proxy.seen(2)[1];
        let body: &[u8] = match (request.contains("hello") || request.contains("chunked"), rest) {
            (false, _) => b"",
            (true, "world") => b"helloworld",
            (true, _) => b"hello",
        };
        assert_eq!(seen.request_body, body, "{request:?}");
        assert_eq!(proxy.failures().len(), 2 - times, "{request:?}");
    }
}

#[test]
fn a_body_that_goes_nowhere_is_seen() {
    // Nobody listens there.
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let proxy = proxy();
    let mut client = proxy.tls(port);
    send(&mut client, "POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhello");
    std::thread::sleep(Duration::from_millis(100));
    send(&mut client, "world");
    assert!(read_head(&mut client).starts_with("HTTP/1.1 502 "));
    let mut client = proxy.tls(port);
    send(
        &mut client,
        "POST /2 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    );
    assert!(read_head(&mut client).starts_with("HTTP/1.1 502 "));
    // One that stands still, one that is large, and one that waits to be asked for are answered all the same.
    let begin = Instant::now();
    let mut client = proxy.tls(port);
    send(&mut client, "POST /3 HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhello");
    assert!(read_head(&mut client).starts_with("HTTP/1.1 502 "));
    let mut client = proxy.tls(port);
    send(&mut client, "POST /4 HTTP/1.1\r\nHost: h\r\nContent-Length: 3000000\r\n\r\n");
    send(&mut client, vec![7; 1_500_000]);
    assert!(read_head(&mut client).starts_with("HTTP/1.1 502 "));
    let mut client = proxy.tls(port);
    let expecting = "Host: h\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n";
    send(&mut client, format!("PUT /5 HTTP/1.1\r\n{expecting}"));
    assert!(read_head(&mut client).starts_with("HTTP/1.1 502 "));
    assert!(begin.elapsed() < Duration::from_secs(20));
    let seen = proxy.seen(5);
    let bodies: Vec<_> =
        seen.iter().map(|seen| (seen.request_body.len(), seen.request_ended)).collect();
    assert_eq!((bodies[0], bodies[1], bodies[2]), ((10, true), (5, true), (5, false)));
    assert!((1 << 20..1_500_000).contains(&bodies[3].0) && !bodies[3].1, "{bodies:?}");
    assert_eq!(bodies[4], (0, false));
    assert!(seen.iter().all(|seen| seen.end == Some(End::UpstreamFailed)));
}

#[test]
fn a_body_streams_while_it_is_sent() {
    let (heard, hears) = channel();
    let heard = Mutex::new(heard);
    let port = upstream(move |wire| {
        read_head(wire);
        for _ in 0..3 {
            let piece = read_exactly(wire, 4);
            heard.lock().unwrap().send(piece.clone()).unwrap();
        }
        send(wire, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        for piece in ["1\r\na\r\n", "1\r\nb\r\n", "0\r\n\r\n"] {
            send(wire, piece);
            std::thread::sleep(Duration::from_millis(100));
        }
    });
    let proxy = proxy();
    let mut client = proxy.tls(port);
    send(&mut client, "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 12\r\n\r\n");
    for piece in [b"aaaa", b"bbbb", b"cccc"] {
        send(&mut client, piece);
        assert_eq!(next(&hears), piece);
    }
    read_head(&mut client);
    let begin = Instant::now();
    assert_eq!(read_exactly(&mut client, 6), b"1\r\na\r\n");
    assert!(begin.elapsed() < Duration::from_millis(90), "the first chunk waits for no other");
    assert_eq!(read_exactly(&mut client, 11), b"1\r\nb\r\n0\r\n\r\n");
}

#[test]
fn a_slow_upstream_slows_the_client_and_memory_stays() {
    let (go, wait) = sync_channel::<()>(0);
    let wait = Mutex::new(wait);
    let port = upstream(move |wire| {
        read_head(wire);
        wait.lock().unwrap().recv().unwrap();
        let mut left = 64 << 20;
        let mut piece = vec![0; 1 << 16];
        while left > 0 {
            left -= wire.read(&mut piece).unwrap();
        }
        send(wire, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
    let recorder = Recorder { forget_bodies: true, ..Recorder::default() };
    let proxy = proxy_recording(recorder, |_| {});
    let mut client = proxy.tls(port);
    send(&mut client, format!("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n", 64 << 20));
    client.sock.set_write_timeout(Some(Duration::from_millis(700))).unwrap();
    let piece = vec![7; 1 << 16];
    let mut sent = 0;
    let mut rest = Vec::new();
    // Until nothing goes any more: what the sockets and the proxy hold, and no more.
    while rest.is_empty() {
        let n = client.conn.writer().write(&piece).unwrap();
        sent += n;
        while client.conn.wants_write() {
            if client.conn.write_tls(&mut client.sock).is_err() {
                rest = piece.clone();
                break;
            }
        }
        assert!(sent < 60 << 20, "somebody swallows it all");
    }
    go.send(()).unwrap();
    client.sock.set_write_timeout(None).unwrap();
    let mut left = (64 << 20) - sent;
    while left > 0 {
        let n = left.min(piece.len());
        client.write_all(&piece[..n]).unwrap();
        left -= n;
    }
    client.flush().unwrap();
    assert_eq!(read_response(&mut client).1, "ok");
}

#[test]
fn the_upstreams_continue_passes_and_the_body_waits_for_it() {
    let port = upstream(|wire| {
        let head = read_head(wire);
        assert_eq!(field(&head, "expect"), Some("100-continue"));
        wire.socket().set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        assert!(wire.read(&mut [0]).is_err(), "the body has to wait");
        wire.socket().set_read_timeout(Some(PATIENCE)).unwrap();
        send(wire, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Go On\r\n\r\n");
        assert_eq!(read_exactly(wire, 5), b"hello");
        send(wire, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    let proxy = proxy();
    let mut client = proxy.tls(port);
    send(
        &mut client,
        "PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
    );
    assert_eq!(read_head(&mut client), "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n");
    assert_eq!(read_head(&mut client), "HTTP/1.1 100 Go On\r\n\r\n");
    send(&mut client, "hello");
    assert!(read_head(&mut client).starts_with("HTTP/1.1 200 OK"));
}

#[test]
fn an_upstream_that_does_not_continue_is_spoken_for() {
    let port = upstream(|wire| {
        read_head(wire);
        assert_eq!(read_exactly(wire, 5), b"hello");
        // Late, and not needed any more.
        send(wire, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    let proxy = proxy();
    let mut client = proxy.tls(port);
    let begin = Instant::now();
    send(
        &mut client,
        "PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
    );
    assert_eq!(read_head(&mut client), "HTTP/1.1 100 Continue\r\n\r\n");
    assert!(begin.elapsed() >= Duration::from_millis(290));
    send(&mut client, "hello");
    assert!(read_head(&mut client).starts_with("HTTP/1.1 200 OK"), "one 100 is enough");
}

#[test]
fn a_refusal_in_place_of_continue_leaves_no_doubt_where_the_next_request_begins() {
    let port = upstream(|wire| {
        read_head(wire);
        send(wire, "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
        std::thread::sleep(Duration::from_millis(200));
    });
    let proxy = proxy();
    let mut client = proxy.tls(port);
    send(
        &mut client,
        "PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
    );
    let (head, body) = read_response(&mut client);
    assert!(head.starts_with("HTTP/1.1 403 "), "{head}");
    assert_eq!((field(&head, "connection"), body.as_str()), (Some("close"), "no"));
    assert!(is_closed(&mut client));
    assert_eq!(proxy.seen(1)[0].status, Some(403));
}

#[test]
fn an_early_answer_reaches_a_client_that_is_still_sending() {
    let port = upstream(|wire| {
        read_head(wire);
        send(wire, "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
        // It does not read on.
    });
    let proxy = proxy();
    let mut client = proxy.tls(port);
    send(&mut client, "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000000\r\n\r\n");
    let piece = [0; 10_000];
    for _ in 0..20 {
        if client.write_all(&piece).is_err() {
            break;
        }
    }
    let (head, body) = read_response(&mut client);
    assert!(head.starts_with("HTTP/1.1 413 "), "{head}");
    assert_eq!(body, "no");
}

#[test]
fn responses_without_a_length_end_with_the_connection() {
    let port = upstream(|wire| {
        read_head(wire);
        send(wire, "HTTP/1.0 200 OK\r\n\r\nuntil the end");
    });
    let proxy = proxy();
    let mut client = proxy.tls(port);
    send(&mut client, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    let mut all = String::new();
    client.read_to_string(&mut all).unwrap();
    assert_eq!(all, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end");
    assert_eq!(proxy.seen(1)[0].response_body, b"until the end");
}

#[test]
fn answers_without_a_body_are_not_waited_for() {
    let port = upstream(|wire| {
        while let Some(head) = try_read_head(wire) {
            let answer = match head.split(' ').next() {
                Some("HEAD") => "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n",
                Some("DELETE") => "HTTP/1.1 204 No Content\r\n\r\n",
                _ => "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n",
            };
            send(wire, answer);
        }
    });
    let proxy = proxy();
    let mut client = proxy.tls(port);
    for (method, status) in [("HEAD", 200), ("DELETE", 204), ("GET", 304), ("HEAD", 200)] {
        send(&mut client, format!("{method} / HTTP/1.1\r\nHost: h\r\n\r\n"));
        assert!(read_head(&mut client).starts_with(&format!("HTTP/1.1 {status} ")));
    }
}

#[test]
fn a_websocket_in_an_intercepted_session_passes_both_ways() {
    let port = upstream(|wire| {
        let head = read_head(wire);
        assert!(head.contains("Connection: Upgrade\r\nUpgrade: websocket\r\n"), "{head}");
        send(
            wire,
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhi",
        );
        let mut bytes = [0; 3];
        wire.read_exact(&mut bytes).unwrap();
        send(wire, bytes);
    });
    let proxy = proxy();
    let mut client = proxy.tls(port);
    send(
        &mut client,
        "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    );
    let head = read_head(&mut client);
    assert!(head.contains("Upgrade: websocket\r\nConnection: Upgrade\r\n"), "{head}");
    assert_eq!(read_exactly(&mut client, 2), b"hi");
    send(&mut client, "\x00\x01\x02");
    assert_eq!(read_exactly(&mut client, 3), [0, 1, 2]);
    assert_eq!(proxy.seen(1)[0].end, Some(End::Upgraded));
}

#[test]
fn an_http_1_0_client_is_served_and_closed() {
    let port = upstream(|wire| {
        assert!(read_head(wire).starts_with("GET / HTTP/1.0\r\n"));
        send(wire, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
    let proxy = proxy();
    let mut client = proxy.tls(port);
    send(&mut client, "GET / HTTP/1.0\r\n\r\n");
    let mut all = String::new();
    client.read_to_string(&mut all).unwrap();
    assert!(all.ends_with("Connection: close\r\n\r\nok"), "{all}");
    assert_eq!(proxy.seen(1)[0].host, "localhost", "without a Host the connection's");
}

#[test]
fn plain_requests_in_absolute_form_pass_and_are_seen() {
    let (sender, received) = channel();
    let sender = Mutex::new(sender);
    let port = plain_upstream(move |mut stream| {
        while let Some(head) = try_read_head(&mut stream) {
            sender.lock().unwrap().send(head).unwrap();
            send(&mut stream, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }
    });
    let proxy = proxy();
    let mut client = proxy.dial();
    for (target, expected) in [("/a%20b?c=%2f", "/a%20b?c=%2f"), ("", "/"), ("/", "/")] {
        send(
            &mut client,
            format!(
                "GET http://127.0.0.1:{port}{target} HTTP/1.1\r\nHost: bucket.s3.example\r\n\
                 Proxy-Connection: keep-alive\r\nX-A: 1\r\nProxy-Authorization: Basic eDp5\r\nX-b: 2\r\n\r\n"
            ),
        );
        assert_eq!(read_response(&mut client).1, "ok");
        // The target decides: https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2
        let expected = format!(
            "GET {expected} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-A: 1\r\nX-b: 2\r\n\r\n"
        );
        assert_eq!(next(&received), expected);
    }
    let seen = proxy.seen(3);
    assert_eq!((seen[0].host.as_str(), seen[0].port), ("127.0.0.1", port));
    assert_eq!(seen[0].target, "/a%20b?c=%2f");
    assert_eq!(seen[1].target, "/");
}

#[test]
fn aws_traffic_goes_to_the_stand_in_with_its_host_kept() {
    let (sender, received) = channel();
    let sender = Mutex::new(sender);
    let port = plain_upstream(move |mut stream| {
        while let Some(head) = try_read_head(&mut stream) {
            sender.lock().unwrap().send(head).unwrap();
            send(&mut stream, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }
    });
    let proxy = proxy_with(|config| {
        config.stand_in = Some(format!("http://127.0.0.1:{port}").parse().unwrap());
    });
    let host = "my_bucket.s3.eu-west-1.amazonaws.com";
    let mut client = proxy.tls_to(&format!("{host}:443"), host, &["h2", "http/1.1"]);
    let request = format!("GET /k HTTP/1.1\r\nHost: {host}\r\n\r\n");
    send(&mut client, &request);
    assert_eq!(read_response(&mut client).1, "ok");
    assert_eq!(next(&received), request);
    let seen = &proxy.seen(1)[0];
    assert_eq!((seen.host.as_str(), seen.port), (host, 443));
    // Plain requests to AWS's hosts go there, too.
    let mut client = proxy.dial();
    send(&mut client, format!("GET http://{host}/p HTTP/1.1\r\nHost: {host}\r\n\r\n"));
    assert_eq!(read_response(&mut client).1, "ok");
    assert!(next(&received).starts_with("GET /p HTTP/1.1\r\n"));
}
