//! Whatever happens, nothing is left behind, and what is foreign stays.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::{Account, FOREIGN, SHELVES};
use crate::chance::{Chance, rounds};
use crate::common::{signal, stderr, with_default_signals};

/// A way to the stand-in on which some requests are lost, throttled or answered with an error.
struct Faulty {
    url: String,
    /// Of how many requests one fails; 0: none.
    one_of: Arc<AtomicU64>,
}

impl Faulty {
    fn before(url: &str, seed: u64) -> Faulty {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let here = format!("http://{}", listener.local_addr().unwrap());
        let there = url.strip_prefix("http://").unwrap().to_owned();
        let one_of = Arc::new(AtomicU64::new(0));
        let faults = Arc::clone(&one_of);
        thread::spawn(move || {
            let chance = Arc::new(AtomicU64::new(seed));
            for stream in listener.incoming().flatten() {
                let number = chance.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
                let mixed = (number ^ (number >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 33;
                let one_of = faults.load(Ordering::Relaxed);
                let fault =
                    (one_of > 0 && mixed.is_multiple_of(one_of)).then_some((mixed / one_of) % 3);
                let there = there.clone();
                thread::spawn(move || serve(stream, &there, fault));
            }
        });
        Faulty { url: here, one_of }
    }
}

/// Each connection has its fault, or goes on.
fn serve(mut client: TcpStream, there: &str, fault: Option<u64>) {
    let answer = match fault {
        Some(0) => return,
        Some(1) => {
            "HTTP/1.1 503 Slow\r\nContent-Length: 79\r\nConnection: close\r\n\r\n<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>          "
        }
        Some(_) => "HTTP/1.1 500 Broken\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        None => {
            let Ok(mut server) = TcpStream::connect(there) else { return };
            let (mut from_client, mut to_server) =
                (client.try_clone().unwrap(), server.try_clone().unwrap());
            thread::spawn(move || {
                let _ = std::io::copy(&mut from_client, &mut to_server);
                let _ = to_server.shutdown(Shutdown::Write);
            });
            let _ = std::io::copy(&mut server, &mut client);
            let _ = client.shutdown(Shutdown::Both);
            return;
        }
    };
    let mut request = [0; 4_096];
    let _ = client.read(&mut request);
    let _ = client.write_all(answer.as_bytes());
}

#[test]
fn after_kills_at_random_moments_the_account_is_empty() {
    let rounds = rounds(5);
    let mut chance = Chance::new();
    let account = Account::open();
    let policy = account.policy(SHELVES);
    let faulty = Faulty::before(&account.stand_in.url, chance.below(u64::MAX));
    for round in 0..rounds {
        // Half of them on a way that fails now and then.
        faulty.one_of.store(if round % 2 == 0 { 0 } else { 5 }, Ordering::Relaxed);
        let signal_name = ["KILL", "TERM", "INT"][usize::try_from(round % 3).unwrap()];
        let arguments = ["try", "--mode", "proxy", "--upstream", &faulty.url];
        let mut command = with_default_signals(arguments);
        account.prepare(&mut command);
        command.arg("--policy").arg(&policy).args(["--", "sleep", "0.3"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let after = Duration::from_millis(chance.below(2_500));
        let started = Instant::now();
        while started.elapsed() < after && child.try_wait().unwrap().is_none() {
            thread::sleep(Duration::from_millis(5));
        }
        if child.try_wait().unwrap().is_none() {
            signal(child.id(), signal_name);
        }
        child.wait().unwrap();
    }
    faulty.one_of.store(0, Ordering::Relaxed);
    let output = account.tries(&["--clean-up"], &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(account.names(), [FOREIGN], "{}", stderr(&output));
}

#[test]
fn two_at_once_are_not_in_each_others_way_nor_in_that_of_cleaning_up() {
    let account = Account::open();
    let policy = account.policy(SHELVES);
    let begin = || {
        let url = &account.stand_in.url;
        let mut command = account.leastwise(&["try", "--mode", "proxy", "--upstream", url]);
        command.arg("--policy").arg(&policy).args(["--", "sh", "-c"]);
        command.arg("until test -e over; do sleep 0.1; done; aws s3 ls");
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let both = [begin(), begin()];
    crate::common::until("both roles are there", || account.names().len() == 3);
    let output = account.tries(&["--clean-up"], &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(account.names().len(), 3, "{}", stderr(&output));
    std::fs::write(account.path().join("over"), "").unwrap();
    for child in both {
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    }
    assert_eq!(account.names(), [FOREIGN]);
}
