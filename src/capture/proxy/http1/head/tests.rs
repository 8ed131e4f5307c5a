//! Heads that are taken, and heads that are not.

use super::fields::MAX_FIELDS;
use super::*;
use crate::capture::proxy::http1::body::Framing;

fn parse(head: &str) -> Result<Request, Refusal> {
    let mut request = Request::default();
    request.parse(head.as_bytes()).map(|()| request)
}

fn written(head: &str) -> String {
    let request = parse(head).unwrap();
    let mut out = Vec::new();
    request.write(head.as_bytes(), request.target(head.as_bytes()), b"", None, &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn a_head_without_hop_fields_goes_on_byte_for_byte() {
    let head = "PUT /a%2Fb//../c?x=1&X=%20&y#z HTTP/1.1\r\nhOsT:h\r\nX-Amz-Date:  a  b \r\nB: 1\r\n\
        A: 2\r\nB:\t3\r\nEmpty:\r\nAuthorization: AWS4-HMAC-SHA256 …\r\nContent-Length: 5\r\n\r\n";
    assert_eq!(written(head), head);
}

#[test]
fn hop_fields_are_left_out_and_the_rest_keeps_its_order() {
    let head = "GET / HTTP/1.1\r\nProxy-Connection: Keep-Alive\r\nHost: h\r\nConnection: Keep-Alive\r\n\
        Keep-Alive: 5\r\nX: 1\r\nProxy-Authorization: Basic eA==\r\nTE: trailers\r\nY: 2\r\n\r\n";
    let expected = "GET / HTTP/1.1\r\nHost: h\r\nX: 1\r\nTE: trailers\r\nY: 2\r\n\r\n";
    assert_eq!(written(head), expected);
}

#[test]
fn an_upgrade_goes_on_but_not_to_http2() {
    let head = "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    assert_eq!(written(head), head);
    let head = "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\n\
        Upgrade: h2c\r\nHTTP2-Settings: AAM\r\n\r\n";
    assert_eq!(written(head), "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
}

#[test]
fn what_could_be_read_in_two_ways_is_refused() {
    let cases = [
        ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 400),
        ("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", 400),
        ("Content-Length: 5\r\nContent-Length: 5\r\n", 400),
        ("Content-Length: 5\r\nContent-Length: 6\r\n", 400),
        ("Content-Length: 5, 5\r\n", 400),
        ("Content-Length: +5\r\n", 400),
        ("Content-Length: -5\r\n", 400),
        ("Content-Length: 0x5\r\n", 400),
        ("Content-Length:\r\n", 400),
        ("Content-Length: 99999999999999999999\r\n", 400),
        ("Transfer-Encoding: chunked, identity\r\n", 501),
        ("Transfer-Encoding: gzip, chunked\r\n", 501),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 501),
        ("Transfer-Encoding: xchunked\r\n", 501),
        ("Transfer-Encoding : chunked\r\n", 400),
        ("Content-Length : 5\r\n", 400),
        ("X: a\r\n b\r\n", 400),
        ("X: a\r\n\tContent-Length: 5\r\n", 400),
        (" X: a\r\n", 400),
        ("X: a\nY: b\r\n", 400),
        ("X: a\rY: b\r\n", 400),
        ("X: a\0b\r\n", 400),
        ("X\r\n", 400),
        (": x\r\n", 400),
        ("Host: other\r\n", 400),
    ];
    for (fields, status) in cases {
        let error = parse(&format!("POST / HTTP/1.1\r\nHost: h\r\n{fields}\r\n")).unwrap_err();
        assert_eq!(error.status, status, "{fields:?}: {error:?}");
    }
    for (head, status) in [
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505),
        ("GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", 505),
        ("GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        ("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ("G(T / HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    ] {
        let error = parse(head).unwrap_err();
        assert_eq!(error.status, status, "{head:?}: {error:?}");
    }
}

#[test]
fn too_many_fields_are_too_large() {
    let fields = "A: b\r\n".repeat(MAX_FIELDS);
    let error = parse(&format!("GET / HTTP/1.1\r\nHost: h\r\n{fields}\r\n")).unwrap_err();
    assert_eq!(error, TOO_LARGE);
}

#[test]
fn the_end_of_a_head_is_found_whatever_the_pieces() {
    let head = b"GET / HTTP/1.1\r\nHost: h\r\n\r\nbody\r\n\r\n";
    let end = 27;
    assert_eq!(find_end(head, 0), Ok(end));
    let mut from = 0;
    for length in 0..end {
        from = find_end(&head[..length], from).unwrap_err();
    }
    assert_eq!(find_end(&head[..end], from), Ok(end));
}

#[test]
fn a_response_is_framed_by_the_rules() {
    let framing = |head: &str, method: &str| {
        let mut response = Response::default();
        response.parse(head.as_bytes(), method.as_bytes()).map(|()| response.framing)
    };
    let sized = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    assert_eq!(framing(sized, "GET"), Ok(Framing::length(5)));
    assert_eq!(framing(sized, "HEAD"), Ok(Framing::none()));
    assert_eq!(framing("HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\n", "GET"), Ok(Framing::none()));
    assert_eq!(framing("HTTP/1.1 200\r\n\r\n", "GET"), Ok(Framing::until_close()));
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(framing(chunked, "GET"), Ok(Framing::chunked()));
    for bad in [
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n",
        "HTTP/1.1 OK\r\n\r\n",
        "\r\nHTTP/1.1 200 OK\r\nX: a\r\n\r\n",
        "SSH-2.0-OpenSSH\r\n\r\n",
    ] {
        assert!(framing(bad, "GET").is_err(), "{bad:?}");
    }
}

#[test]
fn a_response_keeps_its_reason_and_fields() {
    let head = b"HTTP/1.0 299 Quite  Fine\r\nserver: x\r\nConnection: keep-alive\r\nKeep-Alive: 5\r\nX-Amz-Id-2: a\r\n\r\n";
    let mut response = Response::default();
    response.parse(head, b"GET").unwrap();
    assert!(!response.close);
    let mut out = Vec::new();
    response.write(head, true, false, &mut out);
    let expected =
        "HTTP/1.1 299 Quite  Fine\r\nserver: x\r\nX-Amz-Id-2: a\r\nConnection: close\r\n\r\n";
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}
