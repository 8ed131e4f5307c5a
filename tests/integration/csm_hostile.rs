//! A million random, cut and mutated datagrams: nothing panics, each is counted, and what comes after is heard.

use std::thread;
use std::time::Instant;

use leastwise::call::{Call, Timestamp};
use leastwise::catalog::Catalog;
use leastwise::recognize::csm::{Kind, Observation, Tracker, events};

const DATAGRAMS: u64 = 1_000_000;
const SEED: u64 = 0x1EA5_7815_E5EE_D001;

const REAL: [&str; 3] = [
    include_str!("../fixtures/csm/boto3.jsonl"),
    include_str!("../fixtures/csm/aws-cli.jsonl"),
    include_str!("../fixtures/csm/javascript-v2.jsonl"),
];
/// Pieces that a parser may stumble over.
const PIECES: [&[u8]; 16] = [
    b"{",
    b"}",
    b"\"",
    b"\\",
    b"\\u",
    b"\\ud800",
    b"[[[[[[[[[[[[[[[[",
    b"null",
    b"-1",
    b"1e999",
    b"18446744073709551616",
    b"\n{",
    b"\0",
    b"\xff\xfe",
    b"\"Type\":\"ApiCall\",",
    b",",
];

struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

/// Makes a datagram that is mostly not what an SDK sends.
fn make(numbers: &mut Numbers, real: &[&[u8]], datagram: &mut Vec<u8>) {
    datagram.clear();
    let one = real[numbers.below(real.len())];
    match numbers.below(8) {
        0 => datagram.extend((0..numbers.below(64)).map(|_| numbers.next() as u8)),
        1 => datagram.extend_from_slice(&one[..numbers.below(one.len())]),
        2 => {
            let other = real[numbers.below(real.len())];
            datagram.extend_from_slice(&one[..numbers.below(one.len())]);
            datagram.extend_from_slice(&other[numbers.below(other.len())..]);
        }
        3 => {
            datagram.extend_from_slice(one);
            for _ in 0..1 + numbers.below(8) {
                let at = numbers.below(datagram.len());
                datagram[at] = numbers.next() as u8;
            }
        }
        4 | 5 => {
            let piece = PIECES[numbers.below(PIECES.len())];
            let at = numbers.below(one.len());
            datagram.extend_from_slice(&one[..at]);
            datagram.extend_from_slice(piece);
            datagram.extend_from_slice(&one[at + numbers.below(one.len() - at)..]);
        }
        // Numbers replaced by others: events that are read, with times that make no sense.
        6 => datagram.extend(one.iter().map(|byte| match byte {
            b'0'..=b'9' => b'0' + (numbers.next() % 10) as u8,
            other => *other,
        })),
        _ => datagram.extend_from_slice(one),
    }
}

/// What went in and what came out.
#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    attempts: u64,
    calls: u64,
    others: u64,
    malformed: u64,
    told_attempts: u64,
    told_calls: u64,
}

fn hear(seed: u64, datagrams: u64) -> Counts {
    let real: Vec<&[u8]> = REAL.iter().flat_map(|lines| lines.lines()).map(str::as_bytes).collect();
    let mut numbers = Numbers(seed);
    let mut tracker = Tracker::new(Catalog::embedded());
    let mut counts = Counts::default();
    let (mut told_attempts, mut told_calls) = (0, 0);
    let mut sink = |observation: Observation| match observation {
        Observation::Attempt(call) => {
            told_attempts += 1;
            check(&call);
        }
        Observation::Call(call) => {
            told_calls += 1;
            check(&call);
        }
    };
    let mut datagram = Vec::new();
    for number in 0..datagrams {
        make(&mut numbers, &real, &mut datagram);
        let mut items = 0;
        for event in events(&datagram) {
            items += 1;
            match &event {
                Ok(event) if event.kind == Kind::Attempt => counts.attempts += 1,
                Ok(event) if event.kind == Kind::Call => counts.calls += 1,
                Ok(_) => counts.others += 1,
                Err(_) => counts.malformed += 1,
            }
            if let Ok(event) = event {
                tracker.event(event, Timestamp(1_760_000_000_000 + number), &mut sink);
            }
        }
        assert!(items > 0, "a datagram was not counted: {:?}", String::from_utf8_lossy(&datagram));
    }
    tracker.finish(&mut sink);
    Counts { told_attempts, told_calls, ..counts }
}

#[test]
fn a_million_hostile_datagrams_are_counted() {
    const THREADS: u64 = 4;
    let begun = Instant::now();
    let threads = (1..=THREADS)
        .map(|number| thread::spawn(move || hear(SEED.wrapping_mul(number), DATAGRAMS / THREADS)));
    let heard: Vec<Counts> =
        threads.collect::<Vec<_>>().into_iter().map(|thread| thread.join().unwrap()).collect();
    println!("{DATAGRAMS} datagrams in {:.1?}", begun.elapsed());
    for counts in heard {
        println!("{counts:?}");
        assert_eq!(counts.told_attempts, counts.attempts, "each attempt is told");
        // An ApiCall counts unless its attempts were counted before; attempts without one count.
        assert!(counts.told_calls <= counts.calls + counts.attempts);
        assert!(counts.told_calls >= counts.calls / 2);
        let datagrams = DATAGRAMS / THREADS;
        assert!(counts.malformed > datagrams / 4 && counts.calls > datagrams / 20, "a mixture");
    }
}

/// Nothing that is told can break a terminal, a policy or a promise.
fn check(call: &Call) {
    let texts = [
        Some(&*call.service),
        call.operation.as_deref(),
        call.region.as_deref(),
        call.host.as_deref(),
        call.principal.as_deref(),
        call.user_agent.as_deref(),
        call.outcome.error.as_deref(),
        call.outcome.message.as_deref(),
        call.outcome.request_id.as_deref(),
        call.parameters.get("Bucket").and_then(|bucket| bucket.as_str()),
    ];
    for text in texts.into_iter().flatten() {
        let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        assert!(is_plain || !text.contains(char::is_control), "{text:?}");
        assert!(text.len() <= 3_000, "{text:?}");
    }
    assert!(call.account.as_deref().is_none_or(|account| account.len() == 12));
    assert!(call.time.0 < 253_402_300_800_000);
}
