//! `kill -9` at a random moment, under load: what is in the policy file is a policy.
#![cfg(unix)]

use std::fs;
use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::chance::{Chance, rounds};
use crate::common::{Listener, actions, attempt, event, names, signal};
use leastwise::catalog::Catalog;
use leastwise::recording::Recording;

#[test]
fn each_time_a_valid_policy_and_no_litter() {
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.json");
    let recording = folder.path().join("calls.jsonl");
    let load = load();
    let (rounds, mut chance) = (rounds(20), Chance::new());
    let mut recorded = 0;
    let mut written = 0;
    for _ in 0..rounds {
        let _ = fs::remove_file(&policy);
        let mut listener = Listener::start(&[
            "-o",
            policy.to_str().unwrap(),
            "--record",
            recording.to_str().unwrap(),
        ]);
        listener.stderr = None;
        let moment = Duration::from_millis(20 + chance.below(400));
        let killed = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
                for datagrams in load.chunks(20).cycle() {
                    if killed.load(Ordering::Relaxed) {
                        break;
                    }
                    for datagram in datagrams {
                        let _ = socket.send_to(datagram, listener.address);
                    }
                    thread::sleep(Duration::from_millis(1));
                }
            });
            // A hang-up makes it write at once, so that the moment falls into writing often enough.
            scope.spawn(|| {
                while !killed.load(Ordering::Relaxed) {
                    signal(listener.process.id(), "HUP");
                    thread::sleep(Duration::from_millis(3));
                }
            });
            thread::sleep(moment);
            // The process is not reaped before the end of the scope, so its id stays its own.
            killed.store(true, Ordering::Relaxed);
            signal(listener.process.id(), "KILL");
        });
        assert!(!listener.process.wait().unwrap().success());
        if let Ok(text) = fs::read_to_string(&policy) {
            // Without a statement when it had to write before it heard anything.
            written += u64::from(!actions(&text).is_empty());
        }
        // One that was about to take the policy's name, and the one that the lock hung on.
        let is_hidden = |name: &String| name.starts_with('.') && !name.ends_with(".leastwise-lock");
        let hidden = names(folder.path()).into_iter().filter(is_hidden).count();
        assert!(hidden <= 1, "{:?}", names(folder.path()));
        let calls = Recording::read(&recording).unwrap().entries.len();
        assert!(calls >= recorded, "a recording only grows");
        recorded = calls;
    }
    assert!(written >= rounds / 5, "{written} rounds came as far as a policy");
    assert!(recorded > 0);

    let listener = Listener::start(&["-o", policy.to_str().unwrap()]);
    listener.signal("INT");
    assert_eq!(listener.end().0, Some(0));
    assert_eq!(names(folder.path()), ["calls.jsonl", "policy.json"], "the next start cleans up");
}

/// Calls of many operations, so that the policy is large and grows for a while.
fn load() -> Vec<Vec<u8>> {
    let services = Catalog::embedded().services().take(40);
    let operations = services.flat_map(|service| {
        service.operations().take(20).flat_map(move |operation| {
            let (service, operation) = (service.service_id(), operation.name());
            [attempt(service, operation), event(service, operation)]
        })
    });
    operations.map(|event| event.to_string().into_bytes()).collect()
}
