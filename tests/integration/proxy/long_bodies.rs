//! Bodies that are so long, and come so fast, that two threads move them.

use std::io::{Read, Write};
use std::sync::mpsc::{channel, sync_channel};
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use leastwise::capture::proxy::End;

use super::support::*;

const LENGTH: usize = 24 << 20;
const PIECE: usize = 1 << 16;

/// A prime, so that what stands at two places differs unless they are this far apart.
const PERIOD: usize = 1_048_583;

/// Some bytes that do not repeat themselves, up to a piece behind the period.
fn pattern() -> &'static [u8] {
    static PATTERN: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let byte = |at: usize| ((at % PERIOD).wrapping_mul(2_654_435_761) >> 13) as u8;
        (0..PERIOD + PIECE).map(byte).collect()
    });
    &PATTERN
}

/// The body from here to there, in pieces.
fn pieces(from: usize, to: usize) -> impl Iterator<Item = &'static [u8]> {
    (from..to).step_by(PIECE).map(move |at| {
        let start = at % PERIOD;
        &pattern()[start..start + PIECE.min(to - at)]
    })
}

/// Reads this part of the body.
fn read_all(wire: &mut (impl Read + ?Sized), from: usize, to: usize) {
    let mut read = vec![0; PIECE];
    for piece in pieces(from, to) {
        let read = &mut read[..piece.len()];
        wire.read_exact(read).unwrap();
        assert!(read == piece, "it is another body, from {from} to {to}");
    }
}

fn write_all(wire: &mut (impl Write + ?Sized), from: usize, to: usize) -> std::io::Result<()> {
    for piece in pieces(from, to) {
        wire.write_all(piece)?;
    }
    wire.flush()
}

fn forgetful() -> Proxy {
    proxy_recording(Recorder { forget_bodies: true, ..Recorder::default() }, |_| {})
}

fn head(length: usize) -> String {
    format!("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n")
}

#[test]
fn every_byte_arrives_in_its_place_and_the_connection_is_kept() {
    let (reached, heard) = channel();
    let reached = Mutex::new(reached);
    let port = upstream(move |wire| {
        reached.lock().unwrap().send("connection".to_owned()).unwrap();
        while let Some(head) = try_read_head(wire) {
            let length = field(&head, "content-length").unwrap().parse().unwrap();
            read_all(wire, 0, length);
            reached.lock().unwrap().send(length.to_string()).unwrap();
            send(wire, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }
    });
    let proxy = forgetful();
    let mut client = proxy.tls(port);
    // Small ones between, and one whose last piece is not full.
    for length in [LENGTH, 3, LENGTH + 12_345, 0, LENGTH] {
        send(&mut client, head(length));
        write_all(&mut client, 0, length).unwrap();
        assert_eq!(read_response(&mut client).1, "ok");
    }
    drop(client);
    let heard: Vec<String> = heard.try_iter().collect();
    let lengths = [LENGTH, 3, LENGTH + 12_345, 0, LENGTH].map(|length| length.to_string());
    assert_eq!(heard[0], "connection");
    assert_eq!(heard[1..], lengths);
    assert_eq!(proxy.failures(), Vec::<String>::new());
}

#[test]
fn a_request_right_behind_a_long_body_is_the_next_one() {
    let port = plain_upstream(|mut wire| {
        read_head(&mut wire);
        read_all(&mut wire, 0, LENGTH);
        send(&mut wire, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst");
        let second = read_head(&mut wire);
        assert!(second.starts_with("POST / "), "{second}");
        send(&mut wire, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond");
    });
    let proxy = forgetful();
    let mut client = proxy.dial();
    let mut all = head_to(port, "PUT", LENGTH).into_bytes();
    all.extend(pieces(0, LENGTH).flatten());
    all.extend(head_to(port, "POST", 0).into_bytes());
    client.write_all(&all).unwrap();
    assert_eq!(read_response(&mut client).1, "first");
    assert_eq!(read_response(&mut client).1, "second");
}

#[test]
fn chunks_pass_as_they_are() {
    const CHUNK: usize = 1 << 20;
    let port = upstream(|wire| {
        read_head(wire);
        for at in (0..LENGTH).step_by(CHUNK) {
            assert_eq!(read_exactly(wire, 8), b"100000\r\n");
            read_all(wire, at, at + CHUNK);
            assert_eq!(read_exactly(wire, 2), b"\r\n");
        }
        assert_eq!(read_exactly(wire, 15), b"0\r\nx-sum: 1\r\n\r\n");
        send(wire, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
    let proxy = forgetful();
    let mut client = proxy.tls(port);
    send(&mut client, "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
    for at in (0..LENGTH).step_by(CHUNK) {
        client.write_all(b"100000\r\n").unwrap();
        write_all(&mut client, at, at + CHUNK).unwrap();
        client.write_all(b"\r\n").unwrap();
    }
    send(&mut client, "0\r\nx-sum: 1\r\n\r\n");
    assert_eq!(read_response(&mut client).1, "ok");
}

/// The upstream answers at such length, while it is sent a body, that both directions are full, and reads on only when all of its
/// answer is gone.
#[test]
fn an_answer_at_length_passes_while_the_body_is_sent() {
    let port = plain_upstream(|mut wire| {
        read_head(&mut wire);
        read_all(&mut wire, 0, LENGTH / 2);
        send(&mut wire, format!("HTTP/1.1 200 OK\r\nContent-Length: {LENGTH}\r\n\r\n"));
        write_all(&mut wire, 0, LENGTH).unwrap();
        read_all(&mut wire, LENGTH / 2, LENGTH);
    });
    let proxy = forgetful();
    let mut client = proxy.dial();
    let mut sender = client.try_clone().unwrap();
    let sending = std::thread::spawn(move || {
        send(&mut sender, head_to(port, "PUT", LENGTH));
        write_all(&mut sender, 0, LENGTH).unwrap();
    });
    read_head(&mut client);
    read_all(&mut client, 0, LENGTH);
    sending.join().unwrap();
    let seen = proxy.seen(1);
    assert_eq!(seen[0].end, Some(End::Complete));
}

#[test]
fn a_refusal_in_the_middle_reaches_the_client() {
    let port = upstream(|wire| {
        read_head(wire);
        read_all(wire, 0, LENGTH / 2);
        send(wire, "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
        // What else is sent is read, or the connection would be reset and the answer lost.
        let _ = std::io::copy(wire, &mut std::io::sink());
    });
    let proxy = forgetful();
    let mut client = proxy.tls(port);
    send(&mut client, head(LENGTH));
    // Not more than is read on before the connection is closed.
    let _ = write_all(&mut client, 0, LENGTH / 2 + (2 << 20));
    let (head, body) = read_response(&mut client);
    assert!(head.starts_with("HTTP/1.1 403 "), "{head}");
    assert_eq!(body, "no");
}

#[test]
fn an_upstream_that_goes_in_the_middle_is_a_502() {
    let port = upstream(|wire| {
        read_head(wire);
        read_all(wire, 0, LENGTH / 2);
        let _ = wire.socket().shutdown(std::net::Shutdown::Both);
    });
    let proxy = forgetful();
    let mut client = proxy.tls(port);
    send(&mut client, head(LENGTH));
    let _ = write_all(&mut client, 0, LENGTH / 2 + (2 << 20));
    let (head, _) = read_response(&mut client);
    assert!(head.starts_with("HTTP/1.1 502 "), "{head}");
}

/// The upstream takes nothing, so that the other thread has buffers that it cannot write when the client goes.
#[test]
fn a_client_that_goes_while_nothing_moves_takes_the_upstreams_connection_with_it() {
    let (go, wait) = sync_channel::<()>(0);
    let wait = Mutex::new(wait);
    let (ended, ends) = channel();
    let ended = Mutex::new(ended);
    let port = plain_upstream(move |mut wire| {
        read_head(&mut wire);
        read_all(&mut wire, 0, LENGTH / 2);
        wait.lock().unwrap().recv().unwrap();
        let mut rest = Vec::new();
        let _ = wire.read_to_end(&mut rest);
        ended.lock().unwrap().send(rest.len()).unwrap();
    });
    let proxy = forgetful();
    let mut client = proxy.dial();
    send(&mut client, head_to(port, "PUT", LENGTH * 4));
    client.set_write_timeout(Some(Duration::from_millis(700))).unwrap();
    assert!(write_all(&mut client, 0, LENGTH * 4).is_err(), "somebody swallows it all");
    drop(client);
    go.send(()).unwrap();
    let rest = ends.recv_timeout(PATIENCE).unwrap();
    assert!(rest < LENGTH * 2, "{rest}");
}

/// A request to a plain upstream, as one asks a proxy.
fn head_to(port: u16, method: &str, length: usize) -> String {
    format!(
        "{method} http://localhost:{port}/ HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: {length}\r\n\r\n"
    )
}
