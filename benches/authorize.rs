//! What deciding one call costs, over the corpus of `tests/authorize`: the first time that an operation is seen, and
//! later. Fails when a later decision costs more than 12 µs on average.
//!
//! `cargo bench --bench authorize`
#![allow(clippy::print_stdout)] // A benchmark prints its figures.

#[path = "../tests/integration/requests/mod.rs"]
mod requests;

use std::hint::black_box;
use std::time::{Duration, Instant};

use leastwise::authorize::{Authorizer, Settings};
use leastwise::call::Call;
use serde::de::IgnoredAny;

const ROUNDS: u32 = 50;
const PROMISE: Duration = Duration::from_micros(12);

fn main() {
    // `cargo test` runs benches to see that they work: once round is enough.
    let rounds = if std::env::args().any(|it| it == "--bench") { ROUNDS } else { 1 };
    let mut calls = calls();
    let count = u32::try_from(calls.len()).expect("some calls");
    let mut authorizer = Authorizer::new(Settings::default());
    let first = timed(&mut authorizer, &calls, 1) / count;
    let repeated = timed(&mut authorizer, &calls, rounds) / (count * rounds);
    // A call with a message is never remembered, so that it is decided each time.
    for call in &mut calls {
        call.outcome.message = Some(String::new());
    }
    let decided = timed(&mut authorizer, &calls, rounds) / (count * rounds);
    println!("{count} calls");
    println!("the first time, with the operation's plan: {first:?}");
    println!("each time, decided anew:                   {decided:?}");
    println!("each time, remembered:                     {repeated:?}");
    if rounds > 1 {
        assert!(decided <= PROMISE, "deciding a call costs {decided:?}, more than {PROMISE:?}");
    }
}

fn timed(authorizer: &mut Authorizer, calls: &[Call], rounds: u32) -> Duration {
    let start = Instant::now();
    for _ in 0..rounds {
        for call in calls {
            black_box(authorizer.decide(black_box(call)));
        }
    }
    start.elapsed()
}

fn calls() -> Vec<Call> {
    requests::authorized::<IgnoredAny>().filter_map(|it| it.call()).collect()
}
