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
/// Of calls for which the same was decided before, as most of a run's are.
const PROMISE_OF_HOLDING: Duration = Duration::from_micros(1);
/// Of calls that are unlike any before: a third of these have tags, by which what they make is held.
const PROMISE_UNLIKE: Duration = Duration::from_micros(6);

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
    let alike = calls.clone();
    for call in &mut calls {
        call.outcome.message = Some(String::new());
    }
    let decided = cheapest(&calls, rounds, &mut decide) / count;
    let held = [(0, &alike), (0, &calls), (1_000, &alike), (1_000, &calls)]
        .map(|(made, calls)| held(calls, rounds, made) / count);
    println!("{count} calls");
    println!("the first time, with the operation's plan: {first:?}");
    println!("each time, decided anew:                   {decided:?}");
    println!("each time, remembered:                     {repeated:?}");
    println!("held to what a run made, beside that");
    println!("  like one before: {:?}; unlike any: {:?}", held[0], held[1]);
    println!("  after 1,000 ids: {:?}; unlike any: {:?}", held[2], held[3]);
    if rounds > 1 {
        assert!(decided <= PROMISE, "deciding a call costs {decided:?}, more than {PROMISE:?}");
        for alike in [held[0], held[2]] {
            assert!(alike <= PROMISE_OF_HOLDING, "holding costs {alike:?} for each call");
        }
        for unlike in [held[1], held[3]] {
            assert!(unlike <= PROMISE_UNLIKE, "holding costs {unlike:?} for each call");
        }
    }
}

/// What it costs to look up for all calls what of their needs a run has made, which made so many resources before, beside deciding
/// them.
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
    let mut round = |holds: bool| {
        let mut calls = calls.to_vec();
        let start = Instant::now();
        for call in &mut calls {
            let decision = black_box(authorizer.decide(call));
            if holds {
                holding.each_grant(call, &decision, |_, grant, _| {
                    black_box((grant.resources.len(), grant.conditions.len()));
                });
                let required = decision.requirements.iter().map(|it| (&*it.action, &*it.resources));
                black_box(holding.learn(call, required));
            } else {
                for it in &decision.requirements {
                    black_box((it.resources.len(), it.conditions.len()));
                }
            }
        }
        start.elapsed()
    };
    let mut cheapest = [false, true].map(|_| Duration::MAX);
    for _ in 0..rounds {
        for (holds, cheapest) in [false, true].into_iter().zip(&mut cheapest) {
            *cheapest = round(holds).min(*cheapest);
        }
    }
    cheapest[1].saturating_sub(cheapest[0])
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
