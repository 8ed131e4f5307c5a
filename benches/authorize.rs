//! What deciding one call costs, over the corpus of `tests/authorize`: the first time that an operation is seen, and
//! later. Fails when a later decision costs more than 20 µs on average.
//!
//! `cargo bench --bench authorize`
#![allow(clippy::print_stdout)] // A benchmark prints its figures.

use std::fs::File;
use std::hint::black_box;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use leastwise::authorize::{Authorizer, Settings};
use leastwise::call::{Call, Timestamp};
use leastwise::catalog::Catalog;
use leastwise::recognize::http::{self, RequestHead};
use serde_json::Value;

const ROUNDS: u32 = 50;
const PROMISE: Duration = Duration::from_micros(20);

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
    let path: PathBuf =
        [env!("CARGO_MANIFEST_DIR"), "tests", "authorize", "requests.jsonl.gz"].iter().collect();
    let file = File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let lines = BufReader::new(GzDecoder::new(file)).lines();
    lines.filter_map(|line| call(&serde_json::from_str(&line.ok()?).ok()?)).collect()
}

fn call(request: &Value) -> Option<Call> {
    let text = |name: &str| request[name].as_str();
    let url = text("url")?;
    let (scheme, rest) = url.split_once("://")?;
    let target = rest.find(['/', '?']).map_or("/", |start| &rest[start..]);
    let headers: Vec<(&str, &[u8])> = request["headers"]
        .as_array()?
        .iter()
        .filter_map(|it| Some((it[0].as_str()?, it[1].as_str()?.as_bytes())))
        .collect();
    let host = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("host"));
    let head = RequestHead {
        method: text("method")?,
        secure: scheme == "https",
        host: host.map_or("", |(_, host)| std::str::from_utf8(host).unwrap_or_default()),
        target,
        headers: &headers,
    };
    let mut recognizer = http::begin(Catalog::embedded(), &head)?;
    recognizer.body(&STANDARD.decode(text("body_b64")?).ok()?);
    recognizer.end_of_body();
    recognizer.response(200, &[]);
    Some(recognizer.finish(Timestamp(0)))
}
