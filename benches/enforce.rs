//! What judging one call costs, over the corpus of `tests/authorize`: a policy that allows all that they need is asked what each needs
//! before it goes on, and the call is taken in when it is over. Fails when that costs more than 20 µs on average where the call is
//! not like one before, and more than 6 µs where it is.
//!
//! `cargo bench --bench enforce`
#![allow(clippy::print_stdout)] // A benchmark prints its figures.

#[path = "../tests/integration/requests/mod.rs"]
mod requests;

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use leastwise::call::{Call, Timestamp};
use leastwise::enforce::{Guard, Settings, Settled, Stage};
use leastwise::evaluate::document::Document;
use leastwise::evaluate::levels::{Levels, Policies, Policy};
use serde::de::IgnoredAny;

const ROUNDS: u64 = 20;
const PROMISE: [Duration; 2] = [Duration::from_micros(20), Duration::from_micros(6)];
const POLICY: &str = r#"{
    "Version": "2012-10-17",
    "Statement": [
        { "Effect": "Allow", "Action": "*", "Resource": "arn:aws:*" },
        { "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": { "Bool": { "aws:SecureTransport": "true" } } }
    ]
}"#;

fn main() {
    // `cargo test` runs benches to see that they work: once round is enough.
    let is_bench = std::env::args().any(|it| it == "--bench");
    let rounds = if is_bench { ROUNDS } else { 1 };
    let sent = requests::authorized::<IgnoredAny>().filter_map(|it| it.sent());
    let calls: Vec<Call> = sent.map(|it| it.so_far(Timestamp(0))).collect();
    let found = [1_000, 0].map(|milliseconds| cheapest(&calls, rounds, milliseconds));
    println!("{} calls", calls.len());
    println!("each call judged, unlike any in its second: {:?}", found[0]);
    println!("each call judged, like one in its second:   {:?}", found[1]);
    if is_bench {
        for (found, promise) in found.into_iter().zip(PROMISE) {
            assert!(found <= promise, "judging a call costs {found:?}, more than {promise:?}");
        }
    }
}

/// What a call costs in the cheapest round, when each round is so much later than the one before.
fn cheapest(calls: &[Call], rounds: u64, milliseconds: u64) -> Duration {
    let document = Document::parse(POLICY.to_owned()).expect("a policy");
    let policy = Policy { name: Arc::from("policy.json"), document };
    let levels = Levels::new(&Policies { identity: vec![policy], ..Policies::default() });
    let mut guard = Guard::new(levels, Settings::default());
    let count = u32::try_from(calls.len()).expect("some calls");
    // The first round reads what is known of the operations.
    let round = |number| round(&mut guard, calls, Timestamp(number * milliseconds));
    (0..=rounds).map(round).min().expect("a round") / count
}

fn round(guard: &mut Guard, calls: &[Call], time: Timestamp) -> Duration {
    let mut calls = calls.to_vec();
    calls.iter_mut().for_each(|call| call.time = time);
    let start = Instant::now();
    for call in &mut calls {
        let mut settled = Settled::new();
        black_box(guard.judge(black_box(call), Stage::Request, &mut settled));
        call.outcome.status = Some(200);
        if let Some(judged) = guard.judge(black_box(call), Stage::End, &mut settled) {
            black_box(judged);
        }
        guard.learn(call, &settled);
    }
    start.elapsed()
}
