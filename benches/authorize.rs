//! What deciding one call costs, over the corpus of `tests/authorize`: the first time that an operation is seen, and
//! later; and what it costs more to see what a run made and to hold the policy to it. Fails when a later decision costs more than
//! 12 µs on average, or the rest more than 8 µs. What counts is the cheapest of all rounds, since others work on the machine, too.
//!
//! `cargo bench --bench authorize`
#![allow(clippy::print_stdout)] // A benchmark prints its figures.

#[path = "../tests/integration/requests/mod.rs"]
mod requests;

use std::hint::black_box;
use std::time::{Duration, Instant};

use leastwise::authorize::{Authorizer, Settings};
use leastwise::call::{Call, Made, Name};
use leastwise::made::hold::{Generated, Holding};
use serde::de::IgnoredAny;

const ROUNDS: u32 = 50;
const PROMISE: Duration = Duration::from_micros(12);
/// It costs two to five, and is to cost one.
const PROMISE_OF_HOLDING: Duration = Duration::from_micros(8);

fn main() {
    // `cargo test` runs benches to see that they work: once round is enough.
    let rounds = if std::env::args().any(|it| it == "--bench") { ROUNDS } else { 1 };
    let mut calls = calls();
    let count = u32::try_from(calls.len()).expect("some calls");
    let mut authorizer = Authorizer::new(Settings::default());
    let mut decide = |call: &Call| drop(black_box(authorizer.decide(call)));
    let first = cheapest(&calls, 1, &mut decide) / count;
    let repeated = cheapest(&calls, rounds, &mut decide) / count;
    // A call with a message is never remembered, so that it is decided each time.
    for call in &mut calls {
        call.outcome.message = Some(String::new());
    }
    let decided = cheapest(&calls, rounds, &mut decide) / count;
    let held = [0, 1_000].map(|made| held(&calls, rounds, made) / count);
    println!("{count} calls");
    println!("the first time, with the operation's plan: {first:?}");
    println!("each time, decided anew:                   {decided:?}");
    println!("each time, remembered:                     {repeated:?}");
    println!(
        "held to what a run made, beside that:      {:?}; after 1,000 ids: {:?}",
        held[0], held[1]
    );
    if rounds > 1 {
        assert!(decided <= PROMISE, "deciding a call costs {decided:?}, more than {PROMISE:?}");
        for held in held {
            assert!(held <= PROMISE_OF_HOLDING, "holding costs {held:?} for each call");
        }
    }
}

/// What it costs to look up for all calls what of their needs a run has made, which made so many resources before.
fn held(calls: &[Call], rounds: u32, made: u32) -> Duration {
    let mut authorizer = Authorizer::new(Settings::default());
    let mut holding = Holding::new(Generated::Hold);
    for number in 0..made {
        let mut call = calls[0].clone();
        call.service = "ec2".into();
        call.operation = Some("CreateVpc".into());
        call.outcome.message = None;
        call.evidence.made = vec![Made {
            resource_type: Name::Borrowed("ec2:vpc"),
            id: format!("vpc-{:017x}", u64::from(number) * 0x9e37_79b9),
            parent: None,
            by_this_call: true,
        }];
        holding.learn(&mut call, std::iter::empty());
    }
    assert_eq!(holding.run().is_empty(), made == 0);
    let decisions: Vec<_> = calls.iter().map(|call| authorizer.decide(call)).collect();
    let round = |_| {
        let mut calls = calls.to_vec();
        let start = Instant::now();
        for (call, decision) in calls.iter_mut().zip(&decisions) {
            for it in &decision.requirements {
                black_box(holding.grants(call, &it.action, &it.resources, &it.conditions));
            }
            let required = decision.requirements.iter().map(|it| (&*it.action, &*it.resources));
            black_box(holding.learn(call, required));
        }
        start.elapsed()
    };
    (0..rounds).map(round).min().expect("a round")
}

/// The cheapest round over all calls.
fn cheapest(calls: &[Call], rounds: u32, each: &mut impl FnMut(&Call)) -> Duration {
    let round = |_| {
        let start = Instant::now();
        calls.iter().for_each(|call| each(black_box(call)));
        start.elapsed()
    };
    (0..rounds).map(round).min().expect("a round")
}

fn calls() -> Vec<Call> {
    requests::authorized::<IgnoredAny>().filter_map(|it| it.call()).collect()
}
