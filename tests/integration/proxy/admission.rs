//! Requests that whoever listens refuses, or admits when some of the body has come: over HTTP/1.1.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::Duration;

use leastwise::capture::proxy::{Config, End};

use super::support::*;

/// Ways for a request with this target: in a tunnel whose TLS is opened, to a proxy, and to a stand-in.
struct Way {
    proxy: Proxy,
    client: Box<dyn Wire>,
    /// Before the path.
    origin: String,
    reached: std::sync::Arc<Reached>,
}

fn ways(change: impl Fn(&mut Config)) -> Vec<Way> {
    let tunnelled = {
        let (port, reached) = counting_upstream();
        let proxy = deciding(&change);
        let client = Box::new(proxy.tls(port));
        Way { proxy, client, origin: String::new(), reached }
    };
    let forwarded = {
        let (port, reached) = counting_plain_upstream();
        let proxy = deciding(&change);
        let client = Box::new(proxy.dial());
        Way { proxy, client, origin: format!("http://127.0.0.1:{port}"), reached }
    };
    let to_stand_in = {
        let (port, reached) = counting_plain_upstream();
        let proxy = deciding(|config| {
            change(config);
            config.stand_in = Some(format!("http://127.0.0.1:{port}").parse().unwrap());
        });
        let host = "sqs.eu-west-1.amazonaws.com";
        let client = Box::new(proxy.tls_to(&format!("{host}:443"), host, &["http/1.1"]));
        Way { proxy, client, origin: String::new(), reached }
    };
    vec![tunnelled, forwarded, to_stand_in]
}

/// A directory on a disk, in which nothing stays.
fn on_disk() -> tempfile::TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

/// The rest of a head: a rule, with the host.
fn rule(rule: &str) -> String {
    format!("Host: h\r\nX-Rule: {rule}\r\n")
}

const REFUSED: &str = "HTTP/1.1 403 Forbidden\r\nx-amzn-RequestId: r-1\r\nContent-Length: 7\r\n";

#[test]
fn what_is_refused_reaches_nobody_and_the_connection_goes_on() {
    let chunked = "5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nX-T: 1\r\n\r\n";
    let bodies = [
        ("", ""),
        ("Content-Length: 0\r\n", ""),
        ("Content-Length: 11\r\n", "hello world"),
        ("Transfer-Encoding: chunked\r\n", chunked),
    ];
    for Way { proxy, mut client, origin, reached } in ways(|_| {}) {
        let mut count = 0;
        for (framing, body) in bodies {
            for when in ["head", "5", "7", "end"] {
                // In one write, and piece by piece.
                for pieces in [1, 3] {
                    let head = rule(&format!("refuse {when}"));
                    send(&mut client, format!("POST {origin}/x HTTP/1.1\r\n{head}{framing}\r\n"));
                    for piece in body.as_bytes().chunks(body.len().div_ceil(pieces).max(1)) {
                        send(&mut client, piece);
                    }
                    let (head, body) = read_response(&mut client);
                    assert_eq!((head, body.as_str()), (format!("{REFUSED}\r\n"), "refused"));
                    count += 1;
                }
            }
        }
        let seen = proxy.seen(count);
        assert!(seen.iter().all(|it| it.end == Some(End::Refused) && it.status.is_none()));
        assert_eq!((reached.connections(), reached.requests()), (0, Vec::new()));
        assert_eq!(proxy.failures(), Vec::<String>::new());
        // Requests that were sent already, behind one that is refused.
        let refused = rule("refuse end");
        send(
            &mut client,
            format!(
                "PUT {origin}/1 HTTP/1.1\r\n{refused}Content-Length: 2\r\n\r\nno\
                 GET {origin}/2 HTTP/1.1\r\nHost: h\r\n\r\n\
                 DELETE {origin}/3 HTTP/1.1\r\n{refused}\r\nGET {origin}/4 HTTP/1.1\r\nHost: h\r\n\r\n"
            ),
        );
        let answers: Vec<_> = (0..4).map(|_| read_response(&mut client).1).collect();
        assert_eq!(answers, ["refused", "ok", "refused", "ok"]);
        let requests = reached.requests();
        assert_eq!(requests.len(), 2);
        assert!(requests[0].starts_with("GET /2 ") && requests[1].starts_with("GET /4 "));
    }
}

#[test]
fn what_is_admitted_later_goes_on_as_it_was_sent() {
    let bodies = [
        ("Content-Length: 11\r\n", "hello world"),
        (
            "Transfer-Encoding: chunked\r\n",
            "5;ext=1\r\nhello\r\n006\r\n world\r\n0\r\nX-T: 1\r\n\r\n",
        ),
    ];
    for Way { proxy, mut client, origin, reached } in ways(|_| {}) {
        let mut sent = Vec::new();
        for (framing, body) in bodies {
            for when in ["2", "11", "end"] {
                let fields = format!("{}{framing}\r\n", rule(&format!("grant {when}")));
                send(&mut client, format!("PUT {origin}/x HTTP/1.1\r\n{fields}"));
                let (first, rest) = body.split_at(body.find("hello").unwrap() + 1);
                send(&mut client, first);
                proxy.until(|seen| seen.request_body == b"h");
                assert_eq!(reached.requests(), sent, "nothing goes on before it is admitted");
                assert!(sent.len() == reached.requests().len());
                send(&mut client, rest);
                assert_eq!(read_response(&mut client).1, "ok");
                // A proxy says for whom a request is that was sent to it.
                let host = origin.strip_prefix("http://").unwrap_or("h");
                let fields = fields.replace("Host: h\r\n", &format!("Host: {host}\r\n"));
                sent.push(format!("PUT /x HTTP/1.1\r\n{fields}{body}"));
                assert_eq!(reached.requests(), sent);
            }
        }
        assert_eq!(reached.connections(), 1, "it is kept for the next");
        let seen = proxy.seen(sent.len());
        assert!(seen.iter().all(|it| it.request_body == b"hello world" && it.request_ended));
        assert!(seen.iter().all(|it| it.end == Some(End::Complete) && it.asked >= 2));
    }
}

#[test]
fn what_is_admitted_at_once_is_asked_about_once() {
    let (port, reached) = counting_upstream();
    let proxy = deciding(|_| {});
    let mut client = proxy.tls(port);
    send(&mut client, "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nab");
    send(&mut client, "cd");
    assert_eq!(read_response(&mut client).1, "ok");
    assert_eq!((proxy.seen(1)[0].asked, reached.requests().len()), (1, 1));
}

/// What decides may be on its way when all of the request is there that is wanted of it.
#[test]
fn what_decides_is_waited_for() {
    for Way { proxy, mut client, origin, reached } in ways(|_| {}) {
        let mut sent = 0;
        for body in ["", "hello world"] {
            for when in ["head", "5", "end"] {
                for says in ["grant", "refuse"] {
                    let fields = rule(&format!("{says} {when}"));
                    let length = body.len();
                    send(
                        &mut client,
                        format!(
                            "POST {origin}/x HTTP/1.1\r\n{fields}X-Late: 2\r\nContent-Length: {length}\r\n\r\n{body}"
                        ),
                    );
                    let answer = read_response(&mut client).1;
                    assert_eq!(answer, if says == "grant" { "ok" } else { "refused" });
                    sent += usize::from(says == "grant");
                    assert_eq!(reached.requests().len(), sent);
                }
            }
        }
        let seen = proxy.seen(12);
        assert!(seen.iter().all(|it| it.asked >= 3), "{seen:?}");
        assert_eq!(proxy.failures(), Vec::<String>::new());
    }
}

#[test]
fn a_client_that_waits_to_be_told_is_told_though_what_decides_comes_late() {
    for Way { proxy: _proxy, mut client, origin, reached } in ways(|_| {}) {
        let fields = rule("grant head");
        let expecting = "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n";
        send(&mut client, format!("PUT {origin}/x HTTP/1.1\r\n{fields}X-Late: 1\r\n{expecting}"));
        assert_eq!(read_head(&mut client), "HTTP/1.1 100 Continue\r\n\r\n");
        send(&mut client, "hello");
        assert_eq!(read_response(&mut client).1, "ok");
        assert!(reached.requests()[0].ends_with("hello"));
    }
}

#[test]
fn a_client_that_sends_everything_before_it_reads_gets_the_refusal() {
    let (port, reached) = counting_upstream();
    let proxy = deciding(|_| {});
    let mut client = proxy.tls(port);
    let body = vec![7; 8 << 20];
    for when in ["head", "100000"] {
        let head = rule(&format!("refuse {when}"));
        send(
            &mut client,
            format!("PUT / HTTP/1.1\r\n{head}Content-Length: {}\r\n\r\n", body.len()),
        );
        send(&mut client, &body);
        assert_eq!(read_response(&mut client).1, "refused");
    }
    send(&mut client, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_eq!(read_response(&mut client).1, "ok");
    assert_eq!(reached.requests().len(), 1);

    // One that sends without an end is not listened to for ever.
    let proxy = deciding(|config| config.limits.held_at_most = 1 << 20);
    let mut client = proxy.tls(port);
    let head = rule("refuse head");
    send(&mut client, format!("PUT / HTTP/1.1\r\n{head}Content-Length: 9999999999\r\n\r\n"));
    assert_eq!(read_response(&mut client).1, "refused");
    while client.write_all(&body).is_ok() {}
    assert_eq!(proxy.seen(1)[0].end, Some(End::Refused));
}

#[test]
fn to_head_a_refusal_has_no_body_and_to_who_closes_it_says_so() {
    let (port, reached) = counting_upstream();
    let proxy = deciding(|_| {});
    let mut client = proxy.tls(port);
    for _ in 0..2 {
        send(&mut client, format!("HEAD / HTTP/1.1\r\n{}\r\n", rule("refuse head")));
        assert_eq!(read_head(&mut client), format!("{REFUSED}\r\n"));
    }
    for version in ["1.1\r\nConnection: close", "1.0"] {
        let mut client = proxy.tls(port);
        send(&mut client, format!("GET / HTTP/{version}\r\n{}\r\n", rule("refuse end")));
        let mut whole = String::new();
        client.read_to_string(&mut whole).unwrap();
        assert_eq!(whole, format!("{REFUSED}Connection: close\r\n\r\nrefused"));
    }
    assert_eq!(reached.connections(), 0);
}

#[test]
fn a_client_that_waits_to_be_told_is_told_by_us_while_nothing_is_decided() {
    let (asked, heard) = channel();
    let asked = Mutex::new(asked);
    let port = upstream(move |wire| {
        let head = read_head(wire);
        asked.lock().unwrap().send(()).unwrap();
        assert_eq!(field(&head, "expect"), Some("100-continue"));
        assert_eq!(read_exactly(wire, 5), b"hello");
        send(wire, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
    // The upstream would be waited for much longer than the test.
    let proxy = deciding(|config| config.limits.expect = PATIENCE * 2);
    for when in ["3", "end"] {
        let mut client = proxy.tls(port);
        let head = rule(&format!("grant {when}"));
        let expecting = "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n";
        send(&mut client, format!("PUT / HTTP/1.1\r\n{head}{expecting}"));
        assert_eq!(read_head(&mut client), "HTTP/1.1 100 Continue\r\n\r\n");
        assert!(heard.try_recv().is_err(), "the upstream is not asked yet");
        send(&mut client, "hell");
        send(&mut client, "o");
        assert_eq!(read_response(&mut client).1, "ok", "one 100 is enough");
        next(&heard);
    }
    // Refused behind it, the connection goes on, since the body is read.
    let (port, reached) = counting_upstream();
    let mut client = proxy.tls(port);
    let expecting = "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n";
    for _ in 0..2 {
        send(&mut client, format!("PUT / HTTP/1.1\r\n{}{expecting}", rule("refuse 2")));
        assert_eq!(read_head(&mut client), "HTTP/1.1 100 Continue\r\n\r\n");
        send(&mut client, "hello");
        assert_eq!(read_response(&mut client), (format!("{REFUSED}\r\n"), "refused".to_owned()));
    }
    // Refused at its head, it is not told, and whether its body comes is in doubt.
    send(&mut client, format!("PUT / HTTP/1.1\r\n{}{expecting}", rule("refuse head")));
    let (head, body) = read_response(&mut client);
    assert_eq!((head, body.as_str()), (format!("{REFUSED}Connection: close\r\n\r\n"), "refused"));
    assert!(is_closed(&mut client));
    assert_eq!(reached.connections(), 0);
}

#[test]
fn what_is_too_much_for_memory_is_held_on_disk() {
    let (port, reached) = counting_upstream();
    let directory = on_disk();
    for (of_one, of_all) in [(10_000, 1 << 20), (1 << 20, 0), (0, 0)] {
        let proxy = deciding(|config| {
            config.limits.held_in_memory = of_one;
            config.limits.held_in_memory_by_all = of_all;
            config.hold_in = vec![PathBuf::from("/nowhere"), directory.path().to_owned()];
        });
        let body: String = (0..200_000).map(|n| char::from(b'a' + (n % 23) as u8)).collect();
        let mut client = proxy.tls(port);
        for when in ["120000", "end"] {
            let head = rule(&format!("grant {when}"));
            send(
                &mut client,
                format!("POST / HTTP/1.1\r\n{head}Content-Length: {}\r\n\r\n", body.len()),
            );
            send(&mut client, &body[..100_000]);
            proxy.until(|seen| seen.request_body.len() == 100_000);
            assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
            send(&mut client, &body[100_000..]);
            assert_eq!(read_response(&mut client).1, "ok");
            assert!(reached.requests().last().unwrap().ends_with(&format!("\r\n\r\n{body}")));
            assert!(
                proxy.recorder.seen.lock().unwrap().last().unwrap().request_body == body.as_bytes()
            );
        }
    }
}

#[test]
fn what_cannot_be_held_is_refused_with_a_sentence() {
    let (port, reached) = counting_upstream();
    let directory = on_disk();
    let small = |config: &mut Config| {
        config.limits.held_in_memory = 1_000;
        config.limits.held_at_most = 2 << 20;
        config.hold_in = vec![directory.path().to_owned()];
    };
    let body = vec![b'x'; 3 << 20];
    // Longer than is held.
    let proxy = deciding(small);
    let mut client = proxy.tls(port);
    let put =
        format!("PUT / HTTP/1.1\r\n{}Content-Length: {}\r\n\r\n", rule("grant end"), body.len());
    send(&mut client, &put);
    send(&mut client, &body);
    let (head, said) = read_response(&mut client);
    assert!(head.starts_with("HTTP/1.1 413 Payload Too Large\r\n"), "{head}");
    assert!(said.contains("more than 2 MiB of it would have to be read to decide"), "{said}");
    assert!(proxy.failure().contains("more than 2 MiB"));
    // The connection goes on; one that is never decided is refused when it is over.
    send(&mut client, format!("PUT / HTTP/1.1\r\n{}Content-Length: 2\r\n\r\nno", rule("never")));
    let (head, said) = read_response(&mut client);
    assert!(head.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{head}");
    assert!(said.contains("it has ended without a decision"), "{said}");
    // No disk.
    let proxy = deciding(|config| {
        small(config);
        config.hold_in = vec![PathBuf::from("/nowhere")];
    });
    let mut client = proxy.tls(port);
    send(&mut client, &put);
    send(&mut client, &body);
    let (head, said) = read_response(&mut client);
    assert!(head.starts_with("HTTP/1.1 507 Insufficient Storage\r\n"), "{head}");
    assert!(said.contains("could not be held on disk") && said.contains("/nowhere"), "{said}");
    assert!(proxy.failure().contains("/nowhere"));
    assert_eq!(proxy.seen(1)[0].end, Some(End::Refused));
    assert_eq!(reached.connections(), 0);
}

#[test]
fn a_client_that_goes_stalls_or_is_broken_while_its_request_is_held_reaches_nobody() {
    let (port, reached) = counting_upstream();
    let directory = on_disk();
    let proxy = deciding(|config| {
        config.limits.stall = Duration::from_millis(400);
        config.limits.held_in_memory = 1_000;
        config.hold_in = vec![directory.path().to_owned()];
    });
    let begun = format!("PUT / HTTP/1.1\r\n{}", rule("grant end"));
    // It goes: of a sending side that is closed, no more can come.
    for how in [Shutdown::Both, Shutdown::Write] {
        let mut client = proxy.tls(port);
        send(&mut client, format!("{begun}Content-Length: 10000\r\n\r\n"));
        send(&mut client, [b'x'; 5_000]);
        proxy.until(|seen| seen.request_body.len() == 5_000);
        client.sock.shutdown(how).unwrap();
        proxy.until(|seen| seen.end == Some(End::ClientAborted));
    }
    // It stalls.
    let mut client = proxy.tls(port);
    send(&mut client, format!("{begun}Content-Length: 10\r\n\r\nhello"));
    let (head, _) = read_response(&mut client);
    assert!(head.starts_with("HTTP/1.1 408 "), "{head}");
    assert!(is_closed(&mut client));
    // Its chunks are broken.
    let mut client = proxy.tls(port);
    send(&mut client, format!("{begun}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nX\r\n"));
    assert!(read_head(&mut client).starts_with("HTTP/1.1 400 "));
    let seen = proxy.seen(4);
    assert!(seen.iter().all(|seen| seen.end == Some(End::ClientAborted) && !seen.request_ended));
    assert_eq!(reached.connections(), 0);
}

#[test]
fn stopping_ends_what_is_pending() {
    let (port, reached) = counting_upstream();
    let proxy = deciding(|_| {});
    let mut client = proxy.tls(port);
    send(
        &mut client,
        format!("PUT / HTTP/1.1\r\n{}Content-Length: 9\r\n\r\nhello", rule("grant end")),
    );
    proxy.until(|seen| seen.request_body == b"hello");
    let recorder = proxy.recorder.clone();
    proxy.running.stop(Duration::from_millis(50));
    assert!(is_closed(&mut client));
    assert_eq!(recorder.seen.lock().unwrap()[0].end, Some(End::Stopped));
    assert_eq!(reached.connections(), 0);
}

/// As `a_request_that_a_kept_connection_swallowed_is_repeated_only_if_that_is_harmless`.
#[test]
fn a_held_request_is_repeated_where_a_kept_connection_swallowed_it() {
    let (sender, received) = channel();
    let sender = Mutex::new(sender);
    let port = upstream(move |wire| {
        for n in 0.. {
            let Some(head) = try_read_head(wire) else { return };
            let length = field(&head, "content-length").map_or(0, |n| n.parse().unwrap());
            let body = if n == 1 { Vec::new() } else { read_exactly(wire, length) };
            sender.lock().unwrap().send((n, body.len())).unwrap();
            // The second request on a connection is swallowed.
            if n == 1 {
                return;
            }
            send(wire, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }
    });
    // In memory it is sent again; from disk it goes on a connection of its own.
    for (in_memory, expected) in [(64 << 10, vec![(1, 0), (0, 20_000)]), (100, vec![(0, 20_000)])] {
        let directory = on_disk();
        let proxy = deciding(|config| {
            config.limits.held_in_memory = in_memory;
            config.hold_in = vec![directory.path().to_owned()];
        });
        let mut client = proxy.tls(port);
        send(&mut client, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        assert_eq!(read_response(&mut client).1, "ok");
        assert_eq!(next(&received), (0, 0));
        let put = format!("PUT / HTTP/1.1\r\n{}Content-Length: 20000\r\n\r\n", rule("grant end"));
        send(&mut client, put);
        send(&mut client, [b'x'; 20_000]);
        assert_eq!(read_response(&mut client).1, "ok");
        let came: Vec<_> = received.try_iter().collect();
        assert_eq!(came, expected);
        assert_eq!(proxy.failures(), Vec::<String>::new());
    }
}

#[test]
fn an_answer_is_replaced_at_its_head() {
    let (opened, connections) = channel();
    let opened = Mutex::new(opened);
    let port = upstream(move |wire| {
        opened.lock().unwrap().send(()).unwrap();
        while let Some(head) = try_read_head(wire) {
            let answer = match head.split(' ').nth(1).unwrap() {
                // It never comes to its end.
                "/endless" => "HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\nsecret",
                "/closing" => "HTTP/1.0 200 OK\r\n\r\nsecret",
                "/upgrade" => {
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"
                }
                "/head" => "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n",
                "/empty" => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
                _ => "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npublic",
            };
            send(wire, answer);
            if answer.starts_with("HTTP/1.0") {
                return;
            }
        }
    });
    let proxy = deciding(|_| {});
    let mut client = proxy.tls(port);
    let mut ask = |line: &str, fields: &str| {
        send(&mut client, format!("{line} HTTP/1.1\r\nHost: h\r\n{fields}\r\n"));
        let head = read_head(&mut client);
        let length =
            if line.starts_with("HEAD") { "0" } else { field(&head, "content-length").unwrap() };
        let body = read_exactly(&mut client, length.parse().unwrap());
        (head, String::from_utf8(body).unwrap())
    };
    let refused = (format!("{REFUSED}\r\n"), "refused".to_owned());
    let upgrade = "Connection: Upgrade\r\nUpgrade: x\r\nX-Rule: replace\r\n";
    for (line, fields, opens) in [
        ("GET /endless", "X-Rule: replace\r\n", 1),
        ("GET /closing", "X-Rule: replace\r\n", 1),
        ("GET /upgrade", upgrade, 1),
        // What is over with its head leaves the connection as it was.
        ("GET /empty", "X-Rule: replace\r\n", 1),
        ("GET /empty", "X-Rule: replace\r\n", 0),
    ] {
        assert_eq!(ask(line, fields), refused, "{line}");
        assert_eq!(connections.try_iter().count(), opens, "{line}");
    }
    let (head, body) = ask("HEAD /head", "X-Rule: replace\r\n");
    assert_eq!((head.as_str(), body.as_str()), (refused.0.as_str(), ""));
    assert_eq!(ask("GET /other", "").1, "public");
    assert_eq!(connections.try_iter().count(), 0);
    let seen = proxy.seen(7);
    assert!(seen[..6].iter().all(|it| it.end == Some(End::Refused) && it.response_body.is_empty()));
    let statuses: Vec<_> = seen.iter().filter_map(|it| it.status).collect();
    assert_eq!(statuses, [200, 200, 101, 404, 404, 200, 200]);
}

#[test]
fn a_request_to_become_another_protocol_is_asked_about_as_any() {
    let (opened, connections) = channel();
    let opened = Mutex::new(opened);
    let port = upstream(move |wire| {
        opened.lock().unwrap().send(()).unwrap();
        read_head(wire);
        send(
            wire,
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nhi",
        );
        let word = read_exactly(wire, 3);
        send(wire, word);
    });
    let proxy = deciding(|_| {});
    let mut client = proxy.tls(port);
    let ask = |says: &str| {
        format!("GET / HTTP/1.1\r\n{}Connection: Upgrade\r\nUpgrade: x\r\n\r\n", rule(says))
    };
    send(&mut client, ask("refuse end"));
    assert_eq!(read_response(&mut client).1, "refused");
    assert!(connections.try_recv().is_err());
    send(&mut client, ask("grant end"));
    assert!(read_head(&mut client).starts_with("HTTP/1.1 101 "));
    assert_eq!(read_exactly(&mut client, 2), b"hi");
    send(&mut client, "you");
    assert_eq!(read_exactly(&mut client, 3), b"you");
    assert_eq!(proxy.seen(2)[1].end, Some(End::Upgraded));
}
