//! What judging one call costs, over the corpus of `tests/authorize`: a policy that allows all that they need is asked what each needs
//! before it goes on, and the call is taken in when it is over. Fails when that costs more than 40 µs for each permission where the
//! call is not like one before, and more than 12 µs for each call where it is. What counts is the cheapest of all rounds.
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
const PROMISE_OF_PERMISSION: Duration = Duration::from_micros(40);
const PROMISE_OF_ONE_LIKE_BEFORE: Duration = Duration::from_micros(12);
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
    let permissions = permissions(&calls);
    let [anew, alike] = [1_000, 0].map(|milliseconds| cheapest(&calls, rounds, milliseconds));
    let count = u32::try_from(calls.len()).expect("some calls");
    println!("{count} calls, which need {permissions} permissions");
    println!(
        "each call judged, unlike any in its second: {:?} ({:?} for each permission)",
        anew / count,
        anew / permissions
    );
    println!("each call judged, like one in its second:   {:?}", alike / count);
    if is_bench {
        let each = anew / permissions;
        assert!(each <= PROMISE_OF_PERMISSION, "judging a permission costs {each:?}");
        let each = alike / count;
        assert!(each <= PROMISE_OF_ONE_LIKE_BEFORE, "judging a call again costs {each:?}");
    }
}

/// How many permissions all calls need.
fn permissions(calls: &[Call]) -> u32 {
    let mut guard = guard();
    let mut needed = 0;
    for call in calls {
        let judged = guard.judge(&mut call.clone(), Stage::Request, &mut Settled::new());
        needed += judged.map_or(0, |it| it.permissions.len());
    }
    u32::try_from(needed).expect("some permissions")
}

fn guard() -> Guard {
    let document = Document::parse(POLICY.to_owned()).expect("a policy");
    let policy = Policy { name: Arc::from("policy.json"), document };
    let levels = Levels::new(&Policies { identity: vec![policy], ..Policies::default() });
    Guard::new(levels, Settings::default())
}

/// What all calls cost in the cheapest round, when each round is so much later than the one before.
fn cheapest(calls: &[Call], rounds: u64, milliseconds: u64) -> Duration {
    let mut guard = guard();
    // The first round reads what is known of the operations.
    let round = |number| round(&mut guard, calls, Timestamp(number * milliseconds));
    (0..=rounds).map(round).min().expect("a round")
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
        guard.learn(call, settled);
    }
    start.elapsed()
}
