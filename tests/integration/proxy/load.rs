//! Many connections at once, large bodies: nothing leaks, memory stays flat.

#![cfg(target_os = "linux")]

use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use leastwise::capture::proxy::Limits;

use super::support::*;
use crate::support::alone;

fn open_files() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

/// In KiB, without what is shared with files.
fn memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// How many files may be open. Client, proxy and upstream are in one process: a request at work
/// takes four.
fn files_allowed() -> usize {
    let resource = rustix::process::Resource::Nofile;
    let most = rustix::process::getrlimit(resource).maximum;
    let wanted = rustix::process::Rlimit { current: most, maximum: most };
    rustix::process::setrlimit(resource, wanted).unwrap();
    most.map_or(usize::MAX, |most| most as usize - 200)
}

fn eventually(what: &str, condition: impl Fn() -> bool) {
    let begin = Instant::now();
    while !condition() {
        assert!(begin.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn two_thousand_idle_connections() {
    if !alone("proxy::load::two_thousand_idle_connections") {
        return;
    }
    let count = 2_000.min(files_allowed() / 4);
    let port = upstream(|wire| answer_all(wire, "x"));
    let proxy = proxy_with(|config| config.limits.pool = Duration::from_secs(1));
    let request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let before_files = open_files();
    let before = memory();
    // Half of them have spoken TLS, half have just connected.
    let mut clients = Vec::new();
    let mut silent = Vec::new();
    let config = client_config(proxy.authority.certificate(), &["http/1.1"]);
    for n in 0..count {
        if n % 2 == 0 {
            silent.push(proxy.dial());
            continue;
        }
        let name = rustls::pki_types::ServerName::try_from("localhost").unwrap();
        let connection = rustls::ClientConnection::new(config.clone(), name).unwrap();
        let stream = proxy.connect(&format!("localhost:{port}")).unwrap();
        let mut client = rustls::StreamOwned::new(connection, stream);
        send(&mut client, request);
        read_response(&mut client);
        clients.push(client);
    }
    let used = memory() - before;
    eprintln!("measured: {count} idle connections, client and upstream included: {used} KiB");
    assert!(used < 64 << 10, "{used} KiB");
    // The others go on.
    for client in clients.iter_mut().step_by(100) {
        send(client, request);
        assert_eq!(read_response(client).1, "x");
    }
    drop((clients, silent));
    eventually("files stay open", || open_files() <= before_files + 2);
}

#[test]
fn a_thousand_calls_at_once() {
    if !alone("proxy::load::a_thousand_calls_at_once") {
        return;
    }
    let each = 20.min(files_allowed() / 4 / 50);
    // Nobody is answered before everybody has asked.
    let waiting = Arc::new(Barrier::new(50 * each));
    let port = upstream(move |wire| {
        read_head(wire);
        read_exactly(wire, 3);
        waiting.wait();
        send(wire, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
    });
    // A thousand handshakes at once take their time on a busy machine.
    let proxy = Arc::new(proxy_with(|config| {
        config.limits = Limits {
            connect: PATIENCE,
            handshake: PATIENCE,
            head: PATIENCE,
            silence: PATIENCE,
            ..Limits::default()
        };
    }));
    let before = memory();
    let threads: Vec<_> = (0..50)
        .map(|_| {
            let proxy = proxy.clone();
            std::thread::spawn(move || {
                let mut clients: Vec<_> = (0..each).map(|_| proxy.tls(port)).collect();
                for client in &mut clients {
                    send(client, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc");
                }
                for client in &mut clients {
                    assert_eq!(read_response(client).1, "x");
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    let used = memory() - before;
    eprintln!("measured: {} calls at once, client and upstream included: {used} KiB", 50 * each);
    // Four ends of TLS are in here, and a thousand threads; two of the ends are the proxy's.
    assert!(used < 128 << 10, "{used} KiB");
    let seen = proxy.seen(50 * each);
    assert!(seen.iter().all(|seen| seen.request_body == b"abc" && seen.status == Some(200)));
    assert_eq!(proxy.failures(), Vec::<String>::new());
}

#[test]
fn a_large_body_takes_no_memory() {
    if !alone("proxy::load::a_large_body_takes_no_memory") {
        return;
    }
    const LENGTH: usize = 256 << 20;
    let port = upstream(|wire| {
        let head = read_head(wire);
        let mut piece = vec![0; 1 << 16];
        let mut left = field(&head, "content-length").map_or(0, |length| length.parse().unwrap());
        while left > 0 {
            left -= std::io::Read::read(wire, &mut piece).unwrap();
        }
        send(wire, format!("HTTP/1.1 200 OK\r\nContent-Length: {LENGTH}\r\n\r\n"));
        for _ in 0..LENGTH / piece.len() {
            wire.write_all(&piece).unwrap();
        }
        wire.flush().unwrap();
    });
    let recorder = Recorder { forget_bodies: true, ..Recorder::default() };
    let proxy = proxy_recording(recorder, |_| {});
    let mut client = proxy.tls(port);
    let mut piece = vec![0; 1 << 16];
    send(&mut client, format!("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: {LENGTH}\r\n\r\n"));
    let before = memory();
    let mut most = 0;
    for _ in 0..LENGTH / piece.len() {
        std::io::Write::write_all(&mut client, &piece).unwrap();
        most = most.max(memory());
    }
    std::io::Write::flush(&mut client).unwrap();
    read_head(&mut client);
    let mut left = LENGTH;
    while left > 0 {
        left -= std::io::Read::read(&mut client, &mut piece).unwrap();
        most = most.max(memory());
    }
    let used = most.saturating_sub(before);
    eprintln!("measured: 256 MiB up and down, all included: {used} KiB");
    assert!(used < 16 << 10, "{used} KiB");
}

#[test]
fn a_large_body_that_is_held_takes_no_memory_and_has_no_name() {
    use std::os::unix::fs::PermissionsExt as _;

    if !alone("proxy::load::a_large_body_that_is_held_takes_no_memory_and_has_no_name") {
        return;
    }
    const LENGTH: usize = 60 << 20;
    let digest = || aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    let port = upstream(move |wire| {
        let head = read_head(wire);
        let mut left: usize = field(&head, "content-length").unwrap().parse().unwrap();
        let (mut piece, mut came) = (vec![0; 1 << 16], digest());
        while left > 0 {
            let n = std::io::Read::read(wire, &mut piece).unwrap();
            came.update(&piece[..n]);
            left -= n;
        }
        let sum: String = came.finish().as_ref().iter().map(|it| format!("{it:02x}")).collect();
        send(wire, format!("HTTP/1.1 200 OK\r\nContent-Length: 64\r\n\r\n{sum}"));
    });
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let recorder = Recorder { forget_bodies: true, decides: true, ..Recorder::default() };
    let proxy = proxy_recording(recorder, |config| {
        config.hold_in = vec![directory.path().to_owned()];
    });
    // Where the file is among those that are open, by its directory.
    let held = || {
        let open = std::fs::read_dir("/proc/self/fd").unwrap().filter_map(Result::ok);
        let is_there = |path: &std::path::PathBuf| {
            std::fs::read_link(path).is_ok_and(|it| it.starts_with(directory.path()))
        };
        open.map(|entry| entry.path()).filter(is_there).collect::<Vec<_>>()
    };
    let mut client = proxy.tls(port);
    let (mut piece, mut sent, mut most) = (vec![0; 1 << 16], digest(), 0);
    send(
        &mut client,
        format!(
            "PUT / HTTP/1.1\r\nHost: h\r\nX-Rule: grant end\r\nContent-Length: {LENGTH}\r\n\r\n"
        ),
    );
    let before = memory();
    for n in 0..LENGTH / piece.len() {
        piece.iter_mut().zip(n..).for_each(|(byte, n)| *byte = (n % 251) as u8);
        sent.update(&piece);
        std::io::Write::write_all(&mut client, &piece).unwrap();
        most = most.max(memory());
        if n == 500 {
            eventually("nothing is on disk", || held().len() == 1);
            let file = &held()[0];
            assert!(std::fs::read_link(file).unwrap().to_string_lossy().ends_with(" (deleted)"));
            let mode = std::fs::metadata(file).unwrap().permissions().mode();
            assert_eq!(mode & 0o7777, 0o600);
            assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
        }
    }
    std::io::Write::flush(&mut client).unwrap();
    let (_, sum) = read_response(&mut client);
    most = most.max(memory());
    let expected: String = sent.finish().as_ref().iter().map(|it| format!("{it:02x}")).collect();
    assert_eq!(sum, expected);
    let used = most.saturating_sub(before);
    eprintln!("measured: 60 MiB held, all included: {used} KiB");
    assert!(used < 16 << 10, "{used} KiB");
    eventually("the file stays open", || held().is_empty());
    // One that goes, one that is refused, and one whose proxy is stopped leave none either.
    for rule in ["grant end", "refuse end"] {
        let mut client = proxy.tls(port);
        let head = format!("Host: h\r\nX-Rule: {rule}\r\nContent-Length: 2000000\r\n");
        send(&mut client, format!("PUT / HTTP/1.1\r\n{head}\r\n"));
        send(&mut client, vec![7; 1_000_000]);
        eventually("nothing is on disk", || held().len() == 1);
        if rule == "refuse end" {
            send(&mut client, vec![7; 1_000_000]);
            assert_eq!(read_response(&mut client).1, "refused");
        }
        drop(client);
        eventually("the file stays open", || held().is_empty());
    }
    let mut client = proxy.tls(port);
    let head = "Host: h\r\nX-Rule: grant end\r\nContent-Length: 2000000\r\n";
    send(&mut client, format!("PUT / HTTP/1.1\r\n{head}\r\n"));
    send(&mut client, vec![7; 1_000_000]);
    eventually("nothing is on disk", || held().len() == 1);
    proxy.running.stop(Duration::ZERO);
    eventually("the file stays open", || held().is_empty());
}
