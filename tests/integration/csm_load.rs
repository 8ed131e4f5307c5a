//! Datagrams as fast as a busy program's SDKs send them, through the real socket, counted: none lost, none
//! miscounted, and the memory does not grow.
//!
//! `LEASTWISE_LOAD=10000000 cargo test --release --test integration csm_load:: -- --nocapture` sends ten million in the second
//! part, which takes some minutes.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::UdpSocket;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use leastwise::call::Timestamp;
use leastwise::capture::csm::{Listener, Receiver};
use leastwise::catalog::Catalog;
use leastwise::recognize::csm::{Observation, Tracker, events};

use crate::support::alone;

const OPERATIONS: [(&str, &str, &str); 6] = [
    ("S3", "PutObject", "s3"),
    ("S3", "GetObject", "s3"),
    ("DynamoDB", "PutItem", "dynamodb"),
    ("Lambda", "Invoke", "lambda"),
    ("SQS", "SendMessage", "sqs"),
    ("Elastic Load Balancing v2", "DescribeTags", "elbv2"),
];
const RATE: u64 = 50_000;
const DATAGRAMS: u64 = 100_000;
/// The clock of what is sent, in milliseconds.
const START: u64 = 1_760_000_000_000;
/// How many calls run at the same time.
const AT_ONCE: u64 = 16;

/// What one program sends: calls of some operations, several at the same time, each with its attempts.
struct Program {
    sent: u64,
    datagram: Vec<u8>,
}

impl Program {
    fn new() -> Self {
        Program { sent: 0, datagram: Vec::new() }
    }

    /// The next datagram. Rounds of 16 attempts, then their 16 calls in another order.
    fn next(&mut self) -> &[u8] {
        let in_round = self.sent % (2 * AT_ONCE);
        let round = self.sent / (2 * AT_ONCE);
        let number = if in_round < AT_ONCE { in_round } else { (in_round * 7 + round) % AT_ONCE };
        let (service, api, _) = OPERATIONS[((round + number) % 6) as usize];
        let begun = START + round * 20 + number / 4;
        self.datagram.clear();
        let agent = "Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 os/linux#6.8.0 md/arch#x86_64 \
            lang/python#3.11.7 md/pyimpl#CPython cfg/retry-mode#standard Botocore/1.44.5";
        let written = if in_round < AT_ONCE {
            write!(
                self.datagram,
                r#"{{"Version":1,"ClientId":"load","Type":"ApiCallAttempt","Service":"{service}","Api":"{api}","Timestamp":{begun},"AttemptLatency":12,"Fqdn":"bucket-{number}.s3.eu-west-1.amazonaws.com","UserAgent":"{agent}","AccessKey":"ASIAY34FZKBOKMUTVV7A","Region":"eu-west-1","SessionToken":"FwoGZXIvYXdzEXAMPLETOKEN","HttpStatusCode":200,"XAmznRequestId":"{round}"}}"#,
            )
        } else {
            write!(
                self.datagram,
                r#"{{"Version":1,"ClientId":"load","Type":"ApiCall","Service":"{service}","Api":"{api}","Timestamp":{begun},"AttemptCount":1,"Region":"eu-west-1","UserAgent":"{agent}","FinalHttpStatusCode":200,"Latency":13,"MaxRetriesExceeded":0}}"#,
            )
        };
        written.unwrap();
        self.sent += 1;
        &self.datagram
    }
}

/// What a session counts.
#[derive(Default)]
struct Counts {
    datagrams: u64,
    attempts: u64,
    malformed: u64,
    calls: BTreeMap<String, u64>,
}

impl Counts {
    fn observe(&mut self, observation: Observation) {
        match observation {
            Observation::Attempt(_) => self.attempts += 1,
            Observation::Call(call) => {
                let operation = call.operation.as_deref().unwrap_or("-");
                let name = format!("{}:{operation} x{}", call.service, call.attempts);
                *self.calls.entry(name).or_default() += 1;
            }
        }
    }
}

/// Reads until the receiver is over; `progress` says how many datagrams were read.
fn count(receiver: &Receiver, tracker: &mut Tracker, progress: &AtomicU64) -> Counts {
    let mut counts = Counts::default();
    loop {
        let batch = match receiver.recv_timeout(Duration::from_secs(20)) {
            Ok(batch) => batch,
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => panic!("the sender does not send"),
        };
        for datagram in batch.iter() {
            counts.datagrams += 1;
            for event in events(datagram) {
                match event {
                    Ok(event) => {
                        let now = event.timestamp.unwrap_or(START) + 20;
                        tracker.event(event, Timestamp(now), &mut |seen| counts.observe(seen));
                    }
                    Err(_) => counts.malformed += 1,
                }
            }
        }
        progress.store(counts.datagrams, Ordering::Relaxed);
    }
    tracker.finish(&mut |seen| counts.observe(seen));
    counts
}

/// Sends at a steady rate. Gives how long it took.
fn send_paced(socket: &UdpSocket, program: &mut Program) -> Duration {
    const AT_A_TIME: u64 = 25;
    let begun = Instant::now();
    for burst in 0..DATAGRAMS / AT_A_TIME {
        let due = begun + Duration::from_nanos(burst * AT_A_TIME * 1_000_000_000 / RATE);
        while let Some(early) = due.checked_duration_since(Instant::now()) {
            thread::sleep(early);
        }
        for _ in 0..AT_A_TIME {
            socket.send(program.next()).unwrap();
        }
    }
    begun.elapsed()
}

/// One test at a time: each needs the processor.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn at_50_000_datagrams_a_second_none_is_lost_and_none_miscounted() {
    const RUNS: u32 = 8;
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    // A machine that is busy with other tests may not run us in time; the kernel then says that
    // it dropped datagrams. What is received is counted right in any case.
    for _ in 0..RUNS {
        if heard_all() {
            return;
        }
    }
    panic!("the kernel dropped datagrams in each of {RUNS} runs");
}

fn heard_all() -> bool {
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let buffer = listener.receive_buffer();
    let receiver = listener.spawn().unwrap();
    let stopper = receiver.stopper();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(receiver.local_addr()).unwrap();
    let sender = thread::spawn(move || {
        let mut program = Program::new();
        let took = send_paced(&socket, &mut program);
        stopper.stop();
        (program.sent, took)
    });
    let mut tracker = Tracker::new(Catalog::embedded());
    let begun = Instant::now();
    let counts = count(&receiver, &mut tracker, &AtomicU64::new(0));
    let took = begun.elapsed();
    let (sent, sending) = sender.join().unwrap();
    let calls: u64 = counts.calls.values().sum();
    let dropped = receiver.kernel_drops();

    println!("{:<22}{:>12}{:>12}", "", "sender", "receiver");
    let rows = [
        ("datagrams", sent, counts.datagrams),
        ("attempts", sent / 2, counts.attempts),
        ("calls", sent / 2, calls),
        ("per second", per_second(sent, sending), per_second(counts.datagrams, took)),
    ];
    for (what, sent, received) in rows {
        println!("{what:<22}{sent:>12}{received:>12}");
    }
    println!(
        "malformed: {}, dropped by the kernel: {dropped:?}, its buffer: {buffer} bytes",
        counts.malformed
    );

    assert_eq!(counts.malformed, 0);
    assert_eq!(counts.datagrams, receiver.received(), "every datagram that was received is read");
    if counts.datagrams < sent {
        assert_ne!(dropped, Some(0), "datagrams were lost, and not by the kernel");
        return false;
    }
    let mut expected = BTreeMap::new();
    let mut program = Program::new();
    while program.sent < sent {
        let sent = String::from_utf8(program.next().to_vec()).unwrap();
        for (service, api, name) in OPERATIONS {
            if sent.contains(r#""Type":"ApiCall","#)
                && sent.contains(&format!(r#""Service":"{service}","Api":"{api}","#))
            {
                *expected.entry(format!("{name}:{api} x1")).or_default() += 1;
            }
        }
    }
    assert_eq!(counts.calls, expected);
    assert_eq!((counts.attempts, calls), (sent / 2, sent / 2));
    true
}

fn per_second(number: u64, took: Duration) -> u64 {
    (number as f64 / took.as_secs_f64()) as u64
}

#[test]
fn millions_more_do_not_raise_the_memory() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    if !alone("csm_load::millions_more_do_not_raise_the_memory") {
        return;
    }
    let more = std::env::var("LEASTWISE_LOAD").ok().and_then(|number| number.parse().ok());
    let more: u64 = more.unwrap_or(300_000);
    let warm_up = 100_000;
    let receiver = Listener::bind("127.0.0.1:0".parse().unwrap()).unwrap().spawn().unwrap();
    let stopper = receiver.stopper();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(receiver.local_addr()).unwrap();
    let read = Arc::new(AtomicU64::new(0));

    let sender = thread::spawn({
        let read = Arc::clone(&read);
        move || {
            let mut program = Program::new();
            let mut warm = None;
            let mut peak = None;
            let mut made_up = Vec::new();
            for number in 0..warm_up + more {
                // As fast as it is read.
                while number - read.load(Ordering::Relaxed) > 100 {
                    thread::yield_now();
                }
                // Every eighth is of another client each time, and its other half never comes.
                if number % 8 == 0 {
                    let one = String::from_utf8_lossy(program.next()).into_owned();
                    made_up.clear();
                    write!(made_up, "{}", one.replacen("\"load\"", &format!("\"{number}\""), 1))
                        .unwrap();
                    socket.send(&made_up).unwrap();
                } else {
                    socket.send(program.next()).unwrap();
                }
                if number == warm_up {
                    warm = resident();
                } else if number > warm_up && number % 10_000 == 0 {
                    peak = peak.max(resident());
                }
            }
            stopper.stop();
            (warm, peak)
        }
    });
    let mut tracker = Tracker::new(Catalog::embedded());
    let begun = Instant::now();
    let counts = count(&receiver, &mut tracker, &read);
    let took = begun.elapsed();
    let (warm, peak) = sender.join().unwrap();
    assert_eq!(counts.datagrams, warm_up + more);
    println!(
        "measured: {} datagrams ({} per second): resident after {warm_up}: {warm:?} KiB, peak after that: {peak:?} KiB",
        counts.datagrams,
        per_second(counts.datagrams, took),
    );
    if let (Some(warm), Some(peak)) = (warm, peak) {
        assert!(peak < warm + (16 << 10), "{warm} KiB grew to {peak} KiB");
    }
}

/// This process's resident memory in KiB, where the system tells.
fn resident() -> Option<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * 4)
}
