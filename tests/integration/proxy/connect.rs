//! What is opened, what is tunnelled, and how the upstream is reached.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::Duration;

use leastwise::capture::proxy::UpstreamProxy;
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};

use super::support::*;

#[test]
fn a_host_that_is_not_intercepted_is_tunnelled_byte_for_byte() {
    // Every byte comes back; the certificate is the upstream's own.
    let port = upstream_with(pki().server("127.0.0.1", 30, &["http/1.1"]), |wire| {
        let mut piece = [0; 4096];
        while let Ok(n) = wire.read(&mut piece) {
            if n == 0 {
                break;
            }
            send(wire, &piece[..n]);
        }
    });
    let proxy = proxy();
    let stream = proxy.connect(&format!("127.0.0.1:{port}")).unwrap();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let connection =
        ClientConnection::new(client_config(&pki().root, &["http/1.1"]), name).unwrap();
    let mut client = StreamOwned::new(connection, stream);
    let bytes: Vec<u8> = (0..200_000_u32).map(|n| n as u8).collect();
    for piece in bytes.chunks(3_000) {
        send(&mut client, piece);
        assert_eq!(read_exactly(&mut client, piece.len()), piece);
    }
    assert!(proxy.seen(0).is_empty());
}

#[test]
fn what_is_not_tls_passes_whoever_speaks_first() {
    let server_first = plain_upstream(|mut stream| {
        send(&mut stream, "220 hello\r\n");
        assert_eq!(read_exactly(&mut stream, 6), b"EHLO\r\n");
        send(&mut stream, "bye");
    });
    let client_first = plain_upstream(|mut stream| {
        assert_eq!(read_exactly(&mut stream, 14), b"GET / HTTP/1.1");
        send(&mut stream, "bye");
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).unwrap();
        assert_eq!(rest, b"!");
        send(&mut stream, " bye");
    });
    let proxy = proxy();
    // `localhost` is intercepted, and yet what is not TLS is left alone.
    for host in ["127.0.0.1", "localhost"] {
        let mut client = proxy.connect(&format!("{host}:{server_first}")).unwrap();
        assert_eq!(read_exactly(&mut client, 11), b"220 hello\r\n");
        send(&mut client, "EHLO\r\n");
        assert_eq!(read_exactly(&mut client, 3), b"bye");
        assert!(is_closed(&mut client));

        let mut client = proxy.connect(&format!("{host}:{client_first}")).unwrap();
        send(&mut client, "GET / HTTP/1.1");
        assert_eq!(read_exactly(&mut client, 3), b"bye");
        send(&mut client, "!");
        // Half-closed: the answer to the end still comes.
        client.shutdown(Shutdown::Write).unwrap();
        assert_eq!(read_exactly(&mut client, 4), b" bye");
        assert!(is_closed(&mut client));
    }
}

#[test]
fn a_tunnel_is_not_promised_before_its_upstream_answers() {
    let proxy = proxy();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let refusal = proxy.connect(&format!("127.0.0.1:{closed}")).unwrap_err();
    assert!(refusal.starts_with("HTTP/1.1 502 Bad Gateway\r\n"), "{refusal}");
    assert!(refusal.contains(&format!("could not connect to 127.0.0.1:{closed}: ")), "{refusal}");
    assert!(proxy.failure().contains("could not connect"));
    let refusal = proxy.connect("no.such.host.invalid:443").unwrap_err();
    assert!(refusal.starts_with("HTTP/1.1 502 "), "{refusal}");
}

#[test]
fn an_intercepted_host_that_cannot_be_reached_is_a_502_inside_tls() {
    let proxy = proxy();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for protocols in [&["http/1.1"][..], &["h2", "http/1.1"], &[]] {
        let mut client = proxy.tls_to(&format!("localhost:{closed}"), "localhost", protocols);
        send(&mut client, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        let (head, body) = read_response(&mut client);
        assert!(head.starts_with("HTTP/1.1 502 "), "{head}");
        assert!(body.contains("could not connect to localhost"), "{body}");
        assert!(is_closed(&mut client));
    }
}

#[test]
fn a_hello_in_many_segments_and_records_is_recognised() {
    let port = upstream(|wire| answer_all(wire, "opened"));
    let proxy = proxy();
    let name = ServerName::try_from("localhost").unwrap();
    let config = client_config(proxy.authority.certificate(), &["http/1.1"]);
    let mut connection = ClientConnection::new(config, name).unwrap();
    let mut hello = Vec::new();
    connection.write_tls(&mut hello).unwrap();
    // The same message in records of 50 bytes, sent in segments of 7.
    let mut records = Vec::new();
    for piece in hello[5..].chunks(50) {
        records.extend_from_slice(&hello[..3]);
        records.extend_from_slice(&(piece.len() as u16).to_be_bytes());
        records.extend_from_slice(piece);
    }
    let mut stream = proxy.connect(&format!("localhost:{port}")).unwrap();
    for segment in records.chunks(7) {
        stream.write_all(segment).unwrap();
        std::thread::sleep(Duration::from_millis(2));
    }
    let mut client = StreamOwned::new(connection, stream);
    send(&mut client, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_eq!(read_response(&mut client).1, "opened");
    assert_eq!(proxy.seen(1).len(), 1);
}

#[test]
fn a_hello_that_comes_with_the_connect_is_recognised() {
    let port = upstream(|wire| answer_all(wire, "opened"));
    let proxy = proxy();
    let name = ServerName::try_from("localhost").unwrap();
    let config = client_config(proxy.authority.certificate(), &[]);
    let mut connection = ClientConnection::new(config, name).unwrap();
    let mut bytes = format!("CONNECT localhost:{port} HTTP/1.1\r\nHost: x\r\n\r\n").into_bytes();
    connection.write_tls(&mut bytes).unwrap();
    let mut stream = proxy.dial();
    send(&mut stream, &bytes);
    assert!(read_head(&mut stream).starts_with("HTTP/1.1 200 "));
    let mut client = StreamOwned::new(connection, stream);
    send(&mut client, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_eq!(read_response(&mut client).1, "opened");
}

#[test]
fn the_name_in_tls_says_who_is_meant_when_an_address_was_asked_for() {
    let port = upstream(|wire| answer_all(wire, "opened"));
    let proxy = proxy();
    let mut client = proxy.tls_to(&format!("127.0.0.1:{port}"), "localhost", &["http/1.1"]);
    send(&mut client, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(read_response(&mut client).1, "opened");
    assert_eq!(proxy.seen(1)[0].host, "localhost");
}

#[test]
fn tls_that_is_not_http_is_tunnelled() {
    let port = upstream_with(pki().server("localhost", 30, &["x-amzn-mqtt-ca"]), |wire| {
        assert_eq!(read_exactly(wire, 4), b"MQTT");
        send(wire, "ACK");
    });
    let proxy = proxy();
    let stream = proxy.connect(&format!("localhost:{port}")).unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    // It trusts the upstream, not us.
    let config = client_config(&pki().root, &["x-amzn-mqtt-ca"]);
    let mut client = StreamOwned::new(ClientConnection::new(config, name).unwrap(), stream);
    send(&mut client, "MQTT");
    assert_eq!(read_exactly(&mut client, 3), b"ACK");
}

#[test]
fn a_client_that_does_not_trust_us_is_told_of_in_the_summary() {
    let port = upstream(|wire| answer_all(wire, "x"));
    let proxy = proxy();
    let stream = proxy.connect(&format!("localhost:{port}")).unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let config = client_config(&pki().root, &["http/1.1"]);
    let mut client = StreamOwned::new(ClientConnection::new(config, name).unwrap(), stream);
    assert!(client.write_all(b"GET / HTTP/1.1\r\n\r\n").is_err());
    let failure = proxy.failure();
    assert!(failure.contains("must be told to trust it"), "{failure}");
    assert!(failure.contains("localhost"), "{failure}");
}

/// A proxy that records what it is asked, and tunnels when `authorized`.
fn upstream_proxy(authorized: bool) -> (u16, std::sync::mpsc::Receiver<String>) {
    let (sender, received) = channel();
    let sender = Mutex::new(sender);
    let port = plain_upstream(move |mut stream| {
        let Some(head) = try_read_head(&mut stream) else { return };
        sender.lock().unwrap().send(head.clone()).unwrap();
        if !authorized {
            send(
                &mut stream,
                "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
            );
            return;
        }
        if !head.starts_with("CONNECT ") {
            send(&mut stream, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nvia");
            return;
        }
        let port: u16 = head.split(':').nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
        let mut to = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
        send(&mut stream, "HTTP/1.1 200 Fine\r\nX: y\r\n\r\n");
        let mut back = (to.try_clone().unwrap(), stream.try_clone().unwrap());
        std::thread::spawn(move || std::io::copy(&mut back.0, &mut back.1));
        let _ = std::io::copy(&mut stream, &mut to);
    });
    (port, received)
}

#[test]
fn the_users_own_proxy_leads_to_the_upstream() {
    let target = upstream_with(pki().server("upstream.test", 30, &[]), |wire| {
        answer_all(wire, "through two");
    });
    let (port, asked) = upstream_proxy(true);
    let url = format!("http://user:pass%21@127.0.0.1:{port}");
    let proxy = proxy_with(|config| {
        config.upstream_proxy = UpstreamProxy::new(Some(&url), Some(&url), "").unwrap();
        config.stand_in = Some(format!("https://upstream.test:{target}").parse().unwrap());
    });
    let host = "sts.amazonaws.com";
    let mut client = proxy.tls_to("sts.amazonaws.com:443", host, &["http/1.1"]);
    send(&mut client, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_eq!(read_response(&mut client).1, "through two");
    assert_eq!(
        next(&asked),
        format!(
            "CONNECT upstream.test:{target} HTTP/1.1\r\nHost: upstream.test:{target}\r\n\
             Proxy-Authorization: Basic dXNlcjpwYXNzIQ==\r\n\r\n"
        )
    );
    // A tunnel goes the same way.
    let stream = proxy.connect(&format!("other.test:{target}")).unwrap();
    drop(stream);
    assert!(next(&asked).starts_with(&format!("CONNECT other.test:{target} ")));
    // And so do plain requests, in absolute form.
    let mut client = proxy.dial();
    send(
        &mut client,
        "GET http://plain.test/x?y HTTP/1.1\r\nHost: plain.test\r\nProxy-Authorization: Basic bWluZQ==\r\n\r\n",
    );
    assert_eq!(read_response(&mut client).1, "via");
    assert_eq!(
        next(&asked),
        "GET http://plain.test:80/x?y HTTP/1.1\r\nProxy-Authorization: Basic dXNlcjpwYXNzIQ==\r\nHost: plain.test\r\n\r\n"
    );
}

/// Longer than a server would need that is the one to begin (a database): where HTTPS is spoken, it is not.
#[test]
fn a_client_that_is_slow_to_begin_still_comes_to_the_stand_in() {
    let target = upstream_with(pki().server("localhost", 30, &[]), |wire| {
        answer_all(wire, "stand-in");
    });
    let proxy = proxy_with(|config| {
        config.stand_in = Some(format!("https://localhost:{target}").parse().unwrap());
        config.limits.silence = std::time::Duration::from_millis(50);
    });
    let host = "sts.amazonaws.com";
    let mut client = proxy.tls_to("sts.amazonaws.com:443", host, &["http/1.1"]);
    std::thread::sleep(std::time::Duration::from_millis(200));
    send(&mut client, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_eq!(read_response(&mut client).1, "stand-in");
    assert_eq!(proxy.failures(), [""; 0]);
}

#[test]
fn an_upstream_proxy_that_refuses_is_named_without_its_password() {
    let (port, _asked) = upstream_proxy(false);
    let url = format!("http://user:hunter2@127.0.0.1:{port}");
    let proxy = proxy_with(|config| {
        config.upstream_proxy = UpstreamProxy::new(Some(&url), None, "").unwrap();
    });
    let refusal = proxy.connect("other.test:443").unwrap_err();
    assert!(refusal.contains("status 407"), "{refusal}");
    assert!(refusal.contains(&format!("http://…@127.0.0.1:{port}")), "{refusal}");
    for text in [refusal, proxy.failure()] {
        assert!(!text.contains("hunter2") && !text.contains("aHVudGVyMg"), "{text}");
    }
}
