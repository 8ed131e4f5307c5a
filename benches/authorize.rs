//! What deciding one call costs, over the corpus of `tests/authorize`: the first time that an operation is seen, and
//! later; and what it costs more to see what a run made and to hold the policy to it. Fails when a later decision costs more than
//! 12 µs on average, or the rest more than 2 µs (8 where there are tags). What counts is the cheapest of all rounds, since others work on the machine, too.
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

/// The program's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: u32 = 50;
const PROMISE: Duration = Duration::from_micros(12);
/// Of calls for which the same was decided before, as most of a run's are, and the mean of those that are unlike any before: it is to cost
/// one, and on a quiet machine it does.
const PROMISE_OF_HOLDING: Duration = Duration::from_micros(2);
/// Of those that have tags, by which what they make is held.
const PROMISE_WITH_TAGS: Duration = Duration::from_micros(8);

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
    // What a call makes is held by its tags, which takes as much as they are.
    let (tagged, plain): (Vec<Call>, Vec<Call>) =
        calls.into_iter().partition(|call| !call.evidence.request_tags.is_empty());
    let held = |calls: &[Call], made| held(calls, rounds, made) / calls.len() as u32;
    let rows = [0, 1_000].map(|made| [&alike, &plain, &tagged].map(|calls| held(calls, made)));
    let share = tagged.len() as f64 / f64::from(count);
    println!("{count} calls, {:.0} % of them with tags", share * 100.0);
    println!("the first time, with the operation's plan: {first:?}");
    println!("each time, decided anew:                   {decided:?}");
    println!("each time, remembered:                     {repeated:?}");
    println!("held to what a run made, beside that");
    for (made, [alike, plain, tagged]) in ["", " after 1,000 ids,"].into_iter().zip(rows) {
        println!("{made:17} like one before:     {alike:?}");
        let mean = plain.mul_f64(1.0 - share) + tagged.mul_f64(share);
        println!(
            "{made:17} unlike any:          {mean:?}; {plain:?} without tags, {tagged:?} with tags"
        );
    }
    if rounds > 1 {
        assert!(decided <= PROMISE, "deciding a call costs {decided:?}, more than {PROMISE:?}");
        for [alike, plain, tagged] in rows {
            for held in [alike, plain] {
                assert!(held <= PROMISE_OF_HOLDING, "holding costs {held:?} for each call");
            }
            assert!(tagged <= PROMISE_WITH_TAGS, "holding costs {tagged:?} for each with tags");
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
